"""The envelopes of Nummervoorziening: SOAP 1.1, document/literal, with WS-Addressing.

Namespace, actions and fields are documented; the names of the wrapping elements are not, so they are settings
(:class:`Dialect`) of what we send, and of no account in what we read: answers are read by the names of their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from attrs import field, frozen
from lxml import etree

from magister_connect.errors import UsageError
from magister_connect.exchange import Request
from magister_connect.identifiers import Oin
from magister_connect.markup import Element

__all__ = ["ADDRESSING", "NAMESPACE", "Dialect", "Envelope", "Field", "items", "write_request"]

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
