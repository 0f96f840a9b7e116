"""Write SOAP envelopes and faults, each in the form of its version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias

from magister_connect.core.xml import Element

SoapVersion: TypeAlias = Literal["1.1", "1.2"]

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
NAMESPACES: Final[Mapping[SoapVersion, str]] = {"1.1": SOAP_11, "1.2": SOAP_12}
MEDIA_TYPES: Final[Mapping[SoapVersion, str]] = {"1.1": "text/xml", "1.2": "application/soap+xml"}

_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_RENAMED: Final = {"Client": "Sender", "Server": "Receiver"}
_CODES_OF_12: Final = frozenset({"VersionMismatch", "MustUnderstand", "DataEncodingUnknown", "Sender", "Receiver"})


def write_envelope(
    content: Element, *, version: SoapVersion = "1.1", prefix: str = "SOAP-ENV", header: Iterable[Element] = ()
) -> bytes:
    """Return an envelope in UTF-8 with one element in its body."""
    from lxml import etree

    namespace = NAMESPACES[version]
    envelope = etree.Element(f"{{{namespace}}}Envelope", nsmap={prefix: namespace})
    blocks = list(header)
    if blocks:
        etree.SubElement(envelope, f"{{{namespace}}}Header").extend(blocks)
    etree.SubElement(envelope, f"{{{namespace}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def fault_element(
    code: str,
    text: str,
    *,
    version: SoapVersion = "1.1",
    prefix: str = "SOAP-ENV",
    actor: str = "",
    detail: Iterable[Element] = (),
    language: str = "nl",
) -> Element:
    """Return a ``Fault``. SOAP 1.1 writes the code as it is given, with its prefix or without.

    SOAP 1.2 has five codes (part 1, 5.4.6). ``Client`` and ``Server`` become ``Sender`` and ``Receiver``. A code that
    says more, such as ``Client.AutorisatieOngeldig``, becomes the subcode.
    """
    from lxml import etree

    namespace, details = NAMESPACES[version], list(detail)
    fault = etree.Element(f"{{{namespace}}}Fault", nsmap={prefix: namespace})
    if version == "1.1":
        for name, value in (("faultcode", code), ("faultstring", text), ("faultactor", actor)):
            if value or name != "faultactor":
                etree.SubElement(fault, name).text = value
        if details:
            etree.SubElement(fault, "detail").extend(details)
        return fault
    value, subcode = _code_of_12(code)
    codes = etree.SubElement(fault, f"{{{namespace}}}Code")
    etree.SubElement(codes, f"{{{namespace}}}Value").text = f"{prefix}:{value}"
    if subcode:
        below = etree.SubElement(codes, f"{{{namespace}}}Subcode")
        etree.SubElement(below, f"{{{namespace}}}Value").text = subcode
    reason = etree.SubElement(fault, f"{{{namespace}}}Reason")
    etree.SubElement(reason, f"{{{namespace}}}Text", {_LANGUAGE: language}).text = text
    if actor:
        etree.SubElement(fault, f"{{{namespace}}}Role").text = actor
    if details:
        etree.SubElement(fault, f"{{{namespace}}}Detail").extend(details)
    return fault


def fault_status(code: str, version: SoapVersion = "1.1") -> int:
    """Return the HTTP status of a fault: 500, except that SOAP 1.2 blames the sender with 400 (part 2, 7.5.2)."""
    return 400 if version == "1.2" and _code_of_12(code)[0] == "Sender" else 500


def _code_of_12(code: str) -> tuple[str, str]:
    """Return the code of SOAP 1.2, and the subcode if the given code says more."""
    bare = code.rpartition(":")[2]
    whose, _, more = bare.partition(".")
    value = _RENAMED.get(whose, whose)
    if value not in _CODES_OF_12:
        return "Receiver", bare
    return value, bare if more else ""
