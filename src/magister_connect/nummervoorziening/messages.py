"""The messages of Nummervoorziening: SOAP 1.1, document/literal, with WS-Addressing 1.0.

Names and order of elements are those of the WSDL that Kennisnet publishes (EckID 0.7 of 29 December 2017, documented).
Requests contain exactly its elements, responses are read by exactly its names, and its mandatory elements are
mandatory. The WSDL declares no faults. The name of a fault is in ``faultactor``, without a prefix (documented). The
fault names are from the reference clients and the wiki of Kennisnet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from attrs import frozen
from lxml import etree

from magister_connect.core.flow import Reply, Request
from magister_connect.core.soap import Fault, read_body, read_texts
from magister_connect.core.soap.envelopes import MEDIA_TYPES, write_envelope
from magister_connect.core.soap.reply import fault_of
from magister_connect.core.values import to_boolean, to_datetime, to_integer
from magister_connect.core.xml import Element, local_name
from magister_connect.errors import FieldInvalid, ReplyInvalid, Responsible, SoapFault
from magister_connect.identifiers import Oin
from magister_connect.nummervoorziening.records import Availability, BatchResult, Chain, Sector

NAMESPACE: Final = "http://ketenid.nl/eck/schemas/v1_0"
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
PORT_TYPE: Final = "EckIDPort"
RESPONSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ping": "pingResponse",
        "retrieveStampseudonym": "retrieveStampseudonymResponse",
        "retrieveEckId": "retrieveEckIdResponse",
        "submitStampseudonymBatch": "submitBatchResponse",
        "submitEckIdBatch": "submitBatchResponse",
        "retrieveBatch": "retrieveBatchResponse",
        "replaceStampseudonym": "replaceStampseudonymResponse",
        "retrieveChains": "retrieveChainsResponse",
        "retrieveSectors": "retrieveSectorsResponse",
    }
)
"""The operations, each with the name of its response element."""
_ANONYMOUS: Final = f"{ADDRESSING}/anonymous"

Field = tuple[str, "str | tuple[Field, ...]"]
"""An element: its name, and its text or child elements."""


def wsdl() -> bytes:
    """Return our own WSDL of the service, written from published facts."""
    return files("magister_connect.nummervoorziening").joinpath("eckid.wsdl").read_bytes()


# -- requests -------------------------------------------------------------------------------------------------------


def write_request(
    address: str,
    oin: Oin,
    operation: str,
    fields: Iterable[Field] = (),
    *,
    message_id: str,
    safe_to_repeat: bool = False,
) -> Request:
    """Return the request for one operation, on behalf of the school with this OIN."""
    content = etree.Element(f"{{{NAMESPACE}}}{operation}Request", nsmap={"eck": NAMESPACE})
    _write_fields(content, fields)
    return Request(
        "POST",
        address,
        headers=(
            ("Content-Type", f"{MEDIA_TYPES['1.1']}; charset=utf-8"),
            ("SOAPAction", f'"{NAMESPACE}/{operation}"'),
        ),
        body=write_envelope(content, prefix="soap", header=_addressing(address, oin, operation, message_id)),
        safe_to_repeat=safe_to_repeat,
    )


def write_entries(list_name: str, value_name: str, values: Sequence[str]) -> tuple[Field, ...]:
    """Return the entries of a batch. The index of each is its position, which reveals nothing about a person."""
    return tuple((list_name, (("index", str(place)), (value_name, value))) for place, value in enumerate(values))


def write_moment(moment: dt.datetime) -> str:
    """Return an aware date-time as ``xs:dateTime`` with zone and milliseconds, as in the published samples."""
    offset = moment.utcoffset() or dt.timedelta()
    whole_minutes = not offset % dt.timedelta(minutes=1)  # the standard has no seconds in a zone
    return (moment if whole_minutes else moment.astimezone(dt.UTC)).isoformat(timespec="milliseconds")


def _addressing(address: str, oin: Oin, operation: str, message_id: str) -> Iterator[Element]:
    action, message = f"{NAMESPACE}/{operation}", f"urn:uuid:{message_id}"
    for name, text in (("To", address), ("Action", action), ("MessageID", message)):
        yield write_addressing(name, text)
    for name, reference in (("From", f"{_ANONYMOUS}?oin={oin}"), ("ReplyTo", _ANONYMOUS)):
        element = write_addressing(name)
        element.append(write_addressing("Address", reference))
        yield element


def write_addressing(name: str, text: str | None = None) -> Element:
    """Return an element of WS-Addressing."""
    element = etree.Element(f"{{{ADDRESSING}}}{name}", nsmap={"wsa": ADDRESSING})
    element.text = text
    return element


def _write_fields(parent: Element, fields: Iterable[Field]) -> None:
    for name, content in fields:
        element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        if isinstance(content, str):
            element.text = content
        else:
            _write_fields(element, content)


# -- faults ---------------------------------------------------------------------------------------------------------


@frozen
class FaultMeaning:
    """What a fault means: who can fix it, what to do, and whether the same request can succeed later."""

    responsible: Responsible
    advice: str
    retryable: bool = False


FAULTS: Final = MappingProxyType(
    {
        "NotFinishedException": FaultMeaning(Responsible.NOBODY, "Wait until the batch is ready.", retryable=True),
        "TemporaryBlockedException": FaultMeaning(
            Responsible.NOBODY, "Send fewer requests in a short time.", retryable=True
        ),
        "LimitDailyBatchSubmissionsExceededException": FaultMeaning(
            Responsible.NOBODY, "Submit the batch tomorrow: the daily limit is reached.", retryable=True
        ),
        "HashOperationException": FaultMeaning(
            Responsible.SUPPLIER, "Report this with the time if a second attempt fails too.", retryable=True
        ),
        "ContentAlreadyRetrievedException": FaultMeaning(
            Responsible.YOU, "Read the reply that was saved, or submit the batch again: a batch can be retrieved once."
        ),
        "ContentRemovedException": FaultMeaning(
            Responsible.YOU, "Submit the batch again: it was not retrieved in time."
        ),
        "NotAllowedCallerException": FaultMeaning(
            Responsible.SCHOOL,
            "Has the school given your certificate a mandate at Kennisnet, and is it on the allow list there?",
        ),
        "InvalidHPgnException": FaultMeaning(
            Responsible.YOU,
            "Check how the hPGN was made: the number, the salt of the environment, lower case.",
        ),
        "BlockedHPgnException": FaultMeaning(
            Responsible.YOU, "Use the hPGN of the present number: this one was replaced."
        ),
        "InvalidChainIdException": FaultMeaning(Responsible.YOU, "Use a chain_id from retrieve_chains()."),
        "InvalidSectorIdException": FaultMeaning(Responsible.YOU, "Use a sector_id from retrieve_sectors()."),
    }
)
"""The faults by name (documented, in the reference clients and on the wiki of Kennisnet)."""
_UNDOCUMENTED: Final = FaultMeaning(Responsible.SUPPLIER, "Report the fault to Kennisnet with the time.")


class NummervoorzieningFault(SoapFault):
    """The service refused the request. ``name`` is the name of the fault. ``retryable`` is true if a retry can help."""

    name: str = ""
    retryable: bool = False


def fault_error(fault: Fault, where: str, status: int | None) -> NummervoorzieningFault:
    """Return the error for a fault. Its text is left out, because it may quote the request."""
    name = fault.actor.rpartition(":")[2].rpartition(".")[2]
    meaning = FAULTS.get(name, _UNDOCUMENTED)
    error = NummervoorzieningFault(
        f"Nummervoorziening returned {name if name in FAULTS else 'a fault that is not documented'}",
        where=where,
        responsible=meaning.responsible,
        advice=meaning.advice,
        status=status,
        code=fault.code,
    )
    error.name, error.retryable = name, meaning.retryable
    return error


# -- responses ------------------------------------------------------------------------------------------------------

_SAVED: Final = (
    "Report how the saved reply differs from wsdl(). Once that is solved, read the saved reply with read_batch_reply()."
)


def read_response(reply: Reply, operation: str, where: str) -> Element:
    """Return the response element of an operation.

    Raises :class:`NummervoorzieningFault` for a fault, :class:`ReplyInvalid` for another message, :class:`NotXml` for a
    web page, and by status the errors of :func:`~magister_connect.core.soap.read_body`.
    """
    if (fault := fault_of(reply, where)) is not None:
        raise fault_error(fault, where, reply.status)
    content = read_body(reply, where)
    if content.tag != f"{{{NAMESPACE}}}{RESPONSES[operation]}":
        raise ReplyInvalid(f"The response contains another message than {RESPONSES[operation]}", where=where)
    return content


def read_value(content: Element, name: str) -> str:
    """Return the one mandatory text of a response."""
    text = (read_texts(content).get(name) or "").strip()
    if not text:
        raise FieldInvalid("A value was expected", where=name)
    return text


def read_availability(content: Element) -> Availability:
    """Read the response to a ping. Raises :class:`FieldInvalid` with the path."""
    return Availability(
        to_boolean(read_value(content, "available"), "available"),
        read_value(content, "applicationVersion"),
        _read_moment(content, "systemTime"),
    )


def read_chains(content: Element) -> tuple[Chain, ...]:
    """Read the chains. Raises :class:`FieldInvalid` if there is none or if a field is missing."""
    return tuple(Chain(*_read_described(entry)) for entry in _entries(content, "chain"))


def read_sectors(content: Element) -> tuple[Sector, ...]:
    """Read the sectors. Raises :class:`FieldInvalid` if there is none or if a field is missing."""
    return tuple(Sector(*_read_described(entry)) for entry in _entries(content, "sector"))


def read_batch(content: Element) -> BatchResult:
    """Read the result of a batch.

    Raises :class:`ReplyInvalid` for a repeated index, and for an entry with neither a value nor an error message. Also
    raises it for a response without entries, because an empty batch cannot be submitted.
    """
    success: dict[int, str] = {}
    failed: dict[int, str] = {}
    for entry in content.iterchildren("{*}*"):
        texts = read_texts(entry)
        index = to_integer(texts.get("index") or "", "index")
        if index in success or index in failed:
            raise ReplyInvalid("The response contains one entry of the batch twice", where=f"index {index}")
        if local_name(entry) == "success" and texts.get("value") is not None:
            success[index] = (texts["value"] or "").strip()
        elif local_name(entry) == "failed" and "errorMessage" in texts:
            failed[index] = texts["errorMessage"] or ""
        else:
            raise FieldInvalid("A pseudonym or an error message was expected", where=f"index {index}", advice=_SAVED)
    if not success and not failed:
        raise ReplyInvalid("The response contains no entry of the batch", where="success", advice=_SAVED)
    return BatchResult(success, failed)


def read_batch_reply(body: bytes) -> BatchResult:
    """Read a saved response of ``retrieve_batch``. The service returns it once, but you can read it many times."""
    reply = Reply(200, (("Content-Type", "text/xml"),), body)
    return read_batch(read_response(reply, "retrieveBatch", "saved reply"))


def _entries(content: Element, name: str) -> list[Element]:
    found = list(content.iterchildren(f"{{{NAMESPACE}}}{name}"))
    if not found:
        raise FieldInvalid("At least one element was expected", where=name)
    return found


def _read_described(entry: Element) -> tuple[str, str, str, dt.datetime]:
    place = local_name(entry)
    texts = read_texts(entry)
    if missing := [name for name in ("id", "name", "description") if texts.get(name) is None]:
        raise FieldInvalid("A value was expected", where=f"{place}/{missing[0]}")
    try:
        edited = _read_moment(entry, "lastEdited")
    except FieldInvalid as error:
        raise error.under(place) from None
    return texts["id"] or "", texts["name"] or "", texts["description"] or "", edited


def _read_moment(content: Element, name: str) -> dt.datetime:
    return to_datetime(read_value(content, name), name)
