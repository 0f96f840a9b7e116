"""The envelopes of Nummervoorziening: SOAP 1.1, document/literal, with WS-Addressing.

Namespace, actions and fields are documented; the names of the wrapping elements are not, so they are settings
(:class:`Dialect`) of what we send, and of no account in what we read: answers are read by the names of their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from attrs import field, frozen
from lxml import etree

from magister_connect.core.flow import Reply, Request
from magister_connect.core.soap import Fault, read_body, read_texts
from magister_connect.core.soap.reply import fault_of
from magister_connect.core.values import to_boolean, to_datetime, to_integer
from magister_connect.core.xml import Element, local_name
from magister_connect.errors import FieldInvalid, Move, ReplyInvalid, SoapFault, UsageError
from magister_connect.identifiers import Oin
from magister_connect.nummervoorziening.records import Availability, BatchResult, ChainOrSector

NAMESPACE: Final = "http://ketenid.nl/eck/schemas/v1_0"
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_ANONYMOUS: Final = f"{ADDRESSING}/anonymous"

_ADVICE: Final = "Give one of ENVIRONMENTS, or https://..., and a client with the school's certificate."

Field = tuple[str, "str | tuple[Field, ...]"]
"""An element: its name, and its text or the elements in it."""


@frozen
class Dialect:
    """Names that no public document settles: how the wrapping element ends, and what an entry of a batch is called."""

    request_suffix: str = "Request"
    hpgn_entry: str = "hpgnList"
    stampseudonym_entry: str = "stampseudonymList"


@frozen
class Envelope:
    """Where and for which school: what all requests of one client have in common.

    Raises :class:`UsageError` for an address that is none, that holds a query, a fragment or an account, or that is
    without TLS and not of this machine itself.
    """

    address: str
    oin: Oin
    dialect: Dialect = field(factory=Dialect)

    def __attrs_post_init__(self) -> None:
        try:
            parts = urlsplit(self.address)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host, parts = None, urlsplit("")
        if parts.scheme not in {"https", "http"} or not host:
            raise UsageError("This is no address of a web service", advice=_ADVICE)
        if parts.query or parts.fragment or "@" in parts.netloc:
            raise UsageError("The address may not hold a query, a fragment or an account", where=host, advice=_ADVICE)
        if parts.scheme == "http" and host not in _THIS_MACHINE:
            raise UsageError("Nummervoorziening is asked over TLS only", where=host, advice=_ADVICE)


def items(name: str, value_name: str, values: Sequence[str]) -> tuple[Field, ...]:
    """The entries of a batch; the index of each is its place, which tells nothing of a person."""
    return tuple((name, (("index", str(place)), (value_name, value))) for place, value in enumerate(values))


def write_request(
    envelope: Envelope, operation: str, fields: Iterable[Field] = (), *, message_id: str, safe_to_repeat: bool
) -> Request:
    """The request for one operation."""
    root = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soap": _SOAP, "wsa": ADDRESSING, "eck": NAMESPACE})
    _write_addressing(etree.SubElement(root, f"{{{_SOAP}}}Header"), envelope, operation, message_id)
    body = etree.SubElement(root, f"{{{_SOAP}}}Body")
    _write(etree.SubElement(body, f"{{{NAMESPACE}}}{operation}{envelope.dialect.request_suffix}"), fields)
    return Request(
        "POST",
        envelope.address,
        headers=(("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", f'"{NAMESPACE}/{operation}"')),
        body=etree.tostring(root, xml_declaration=True, encoding="utf-8"),
        safe_to_repeat=safe_to_repeat,
    )


def _write_addressing(header: Element, envelope: Envelope, operation: str, message_id: str) -> None:
    for name, text in (
        ("To", envelope.address),
        ("Action", f"{NAMESPACE}/{operation}"),
        ("MessageID", f"urn:uuid:{message_id}"),
    ):
        etree.SubElement(header, f"{{{ADDRESSING}}}{name}").text = text
    for name, address in (("From", f"{_ANONYMOUS}?oin={envelope.oin}"), ("ReplyTo", _ANONYMOUS)):
        element = etree.SubElement(header, f"{{{ADDRESSING}}}{name}")
        etree.SubElement(element, f"{{{ADDRESSING}}}Address").text = address


def _write(parent: Element, fields: Iterable[Field]) -> None:
    for name, content in fields:
        element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        if isinstance(content, str):
            element.text = content
        else:
            _write(element, content)


@frozen
class FaultMeaning:
    """What to think of a fault."""

    move: Move
    advice: str
    retryable: bool = False


_UNFINISHED: Final = "The batch is still being worked on. Ask again later."
_TOO_FAST: Final = "Too many questions came in a short time. Ask again later."
_TOMORROW: Final = "Submit the batch tomorrow."
_BROKEN: Final = "The service could not compute. Ask again later."
_FETCHED: Final = "A batch is handed out once: read the reply that was kept, or submit the batch again."
_NUMBER: Final = "Look at how the hPGN was made: the number before it, the salt of the environment, small letters."

FAULTS: Final = MappingProxyType(
    {
        "NotFinishedException": FaultMeaning(Move.LATER, _UNFINISHED, retryable=True),
        "TemporaryBlockedException": FaultMeaning(Move.LATER, _TOO_FAST, retryable=True),
        "LimitDailyBatchSubmissionsExceededException": FaultMeaning(Move.LATER, _TOMORROW, retryable=True),
        "HashOperationException": FaultMeaning(Move.VENDOR, _BROKEN, retryable=True),
        "ContentAlreadyRetrievedException": FaultMeaning(Move.YOURS, _FETCHED),
        "ContentRemovedException": FaultMeaning(Move.YOURS, "The batch was not fetched in time: submit it again."),
        "NotAllowedCallerException": FaultMeaning(
            Move.SCHOOL,
            "The certificate is not on the allow list of Kennisnet, or this school has not given it a mandate there.",
        ),
        "InvalidHPgnException": FaultMeaning(Move.YOURS, _NUMBER),
        "BlockedHPgnException": FaultMeaning(
            Move.YOURS, "This hPGN was replaced by another one: use the hPGN of the present number."
        ),
        "InvalidChainIdException": FaultMeaning(Move.YOURS, "Take the chain from retrieve_chains()."),
        "InvalidSectorIdException": FaultMeaning(Move.YOURS, "Take the sector from retrieve_sectors()."),
    }
)
"""By name (documented, in the reference clients and on the wiki of Kennisnet)."""

_STRANGE: Final = FaultMeaning(Move.VENDOR, "Report it to Kennisnet with the time.")


class NummervoorzieningFault(SoapFault):
    """The service says no; ``name`` is that of its fault, and ``retryable`` tells whether asking again can help."""

    name: str = ""
    retryable: bool = False


def fault_error(fault: Fault, where: str, status: int | None) -> NummervoorzieningFault:
    """The error for a fault; its text is left out, since it may quote what was asked."""
    name = fault.actor.rpartition(":")[2].rpartition(".")[2]
    verdict = FAULTS.get(name, _STRANGE)
    known = name if name in FAULTS else "a fault that is not documented"
    error = NummervoorzieningFault(
        f"Nummervoorziening answered with {known}",
        where=where,
        move=verdict.move,
        advice=verdict.advice,
        status=status,
        code=fault.code,
    )
    error.name, error.retryable = name, verdict.retryable
    return error


_KEPT: Final = "kept reply"
_UNREAD: Final = (
    "The reply was given to keep before it was read: compare its names with contract(), then read it again."
)


def content_of(reply: Reply, where: str) -> Element:
    """The content of the answer; raises :class:`NummervoorzieningFault`, and else what the SOAP room raises."""
    if (fault := fault_of(reply, where)) is not None:
        raise fault_error(fault, where, reply.status)
    return read_body(reply, where)


def read_single(content: Element, name: str) -> str:
    """The one text that an answer consists of."""
    found = _descendants(content, name)
    if len(found) != 1 or not (found[0].text or "").strip():
        raise ReplyInvalid("The answer does not hold exactly one value", where=name)
    return (found[0].text or "").strip()


def read_availability(content: Element) -> Availability:
    """The answer to a ping. Raises :class:`FieldInvalid` with the path."""
    texts = {name: read_single(content, name) for name in ("available", "applicationVersion", "systemTime")}
    return Availability(
        to_boolean(texts["available"], "available"),
        texts["applicationVersion"],
        to_datetime(texts["systemTime"], "systemTime"),
    )


def read_listed(content: Element) -> tuple[ChainOrSector, ...]:
    """Chains or sectors: whatever has an id and a name."""
    rows = [read_texts(parent) for parent in content.iter("{*}*") if {"id", "name"} <= _names(parent)]
    return tuple(
        ChainOrSector(
            row["id"] or "",
            row["name"] or "",
            row.get("description") or "",
            to_datetime(edited, "lastEdited") if (edited := row.get("lastEdited")) else None,
        )
        for row in rows
    )


def read_batch(content: Element) -> BatchResult:
    """What came of a batch: whatever has an index is an entry of it.

    Raises :class:`ReplyInvalid` where one place is answered twice, where an entry says neither a value nor a failure,
    and where there is no entry at all, since an empty batch cannot be handed in.
    """
    values: dict[int, str] = {}
    failures: dict[int, str] = {}
    for entry in content.iter("{*}*"):
        if "index" in _names(entry):
            _sort_in(read_texts(entry), values, failures)
    if not values and not failures:
        raise ReplyInvalid("The answer holds no entry of the batch", where="index", advice=_UNREAD)
    return BatchResult(values, failures)


def read_kept_reply(body: bytes) -> BatchResult:
    """Read the raw reply of a batch that was kept: a batch is handed out once, but may be read as often as wanted."""
    return read_batch(content_of(Reply(200, (("Content-Type", "text/xml"),), body), _KEPT))


def _sort_in(texts: dict[str, str | None], values: dict[int, str], failures: dict[int, str]) -> None:
    place = to_integer(texts["index"] or "", "index")
    if place in values or place in failures:
        raise ReplyInvalid("One entry of the batch is answered twice", where=f"index {place}")
    if (value := texts.get("value")) is not None:
        values[place] = value.strip()
    elif "errorMessage" in texts:
        failures[place] = texts["errorMessage"] or ""
    else:
        raise FieldInvalid("A pseudonym was expected", where=f"index {place}/value", advice=_UNREAD)


def _names(parent: Element) -> set[str]:
    return {local_name(child) for child in parent}


def _descendants(content: Element, name: str) -> list[Element]:
    return [element for element in content.iter("{*}*") if local_name(element) == name]


def contract() -> bytes:
    """The WSDL. Names of operations, actions and fields are documented; those of wrapping elements are not."""
    return files("magister_connect.nummervoorziening").joinpath("contract.wsdl").read_bytes()
