"""UWLR faults: what each code means, who can fix it, and how to answer with a fault.

A fault is a SOAP 1.1 fault with a code that ends in ``Client.X`` or ``Server.X``. Only the part after the last colon
counts, because systems write it with and without a prefix (observed). An unknown code is handled by its class. The text
of a fault may quote the request, so it is masked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen
from lxml import etree

from magister_connect.core.flow import Reply
from magister_connect.core.soap.envelopes import fault_element, write_envelope
from magister_connect.core.soap.reply import Fault, fault_of, refuse_status
from magister_connect.core.xml import Element, parse, reply_complaint
from magister_connect.errors import (
    Maintenance,
    NotAuthenticated,
    NotPermitted,
    NotXml,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
)
from magister_connect.uwlr.messages import SOAP


class FaultCode(StrEnum):
    """The codes of the standard (observed in public code; the official text on faults is not public)."""

    INTERNE_FOUT = "Server.InterneFout"
    TIJDELIJK_NIET_BESCHIKBAAR = "Server.TijdelijkNietBeschikbaar"
    ONGELDIG_BERICHT = "Client.OngeldigBericht"
    ONGELDIGE_KLANT_IDENTIFICATIE = "Client.OngeldigeKlantIdentificatie"
    AUTORISATIE_ONGELDIG = "Client.AutorisatieOngeldig"
    VOCABULAIRE_TERM_ONGELDIG = "Client.VocabulaireTermOngeldig"
    XSD_VERSIE_ONGELDIG = "Client.XsdVersieOngeldig"
    LEERLING_ONGELDIG = "Client.LeerlingOngeldig"
    TOETS_NORMERING_ONGELDIG = "Client.ToetsNormeringOngeldig"
    SCORE_ONGELDIG = "Client.ScoreOngeldig"
    ELD_RESULTAAT_ONGELDIG = "Client.EldResultaatOngeldig"


@frozen
class _Meaning:
    error: type[Refused]
    responsible: Responsible
    what: str
    advice: str


_RESULT: Final = "Compare the results with the tests and norms in the message, and with the data of the school."
_MEANINGS: Final[Mapping[str, _Meaning]] = MappingProxyType(
    {
        FaultCode.INTERNE_FOUT: _Meaning(
            ServiceError,
            Responsible.NOBODY,
            "The administration had an internal error",
            "Report this with the time if it happens again.",
        ),
        FaultCode.TIJDELIJK_NIET_BESCHIKBAAR: _Meaning(
            Maintenance,
            Responsible.NOBODY,
            "The administration is not available at the moment",
            "Repeat the request in the next run.",
        ),
        FaultCode.ONGELDIG_BERICHT: _Meaning(
            Refused,
            Responsible.YOU,
            "The administration does not accept the form of the request",
            "Check the school year, the BRIN or schoolkey and the xsdversie of the connection.",
        ),
        FaultCode.ONGELDIGE_KLANT_IDENTIFICATIE: _Meaning(
            NotAuthenticated,
            Responsible.YOU,
            "The administration does not know this klantnaam with this klantcode",
            "Compare both with the values that the supplier of the administration issued.",
        ),
        FaultCode.AUTORISATIE_ONGELDIG: _Meaning(
            NotPermitted,
            Responsible.SCHOOL,
            "The key does not give access to the data of this school",
            "Which key did it make for you, and for which BRIN or location?",
        ),
        FaultCode.XSD_VERSIE_ONGELDIG: _Meaning(
            Refused,
            Responsible.YOU,
            "The administration does not support this version",
            "Pass another version, such as version='2.2' or '2.3'.",
        ),
        FaultCode.LEERLING_ONGELDIG: _Meaning(
            Refused,
            Responsible.YOU,
            "The administration does not know one of the pupils",
            "Fetch the pupils of the school again, and send the results of those pupils only.",
        ),
        FaultCode.VOCABULAIRE_TERM_ONGELDIG: _Meaning(
            Refused,
            Responsible.YOU,
            "The administration does not know a term of a vocabulary",
            "Compare the terms with the vocabulary that both parties use.",
        ),
        FaultCode.TOETS_NORMERING_ONGELDIG: _Meaning(
            Refused, Responsible.YOU, "The administration does not accept the norms of a test", _RESULT
        ),
        FaultCode.SCORE_ONGELDIG: _Meaning(
            Refused, Responsible.YOU, "The administration does not accept a score", _RESULT
        ),
        FaultCode.ELD_RESULTAAT_ONGELDIG: _Meaning(
            Refused, Responsible.YOU, "The administration does not accept an OSO result", _RESULT
        ),
    }
)
_CLIENT: Final = _Meaning(
    Refused,
    Responsible.YOU,
    "The administration refuses the request",
    "Check the settings of the connection and the arguments of the call.",
)
_SERVER: Final = _Meaning(
    ServiceError,
    Responsible.NOBODY,
    "The administration cannot answer",
    "Report this with the time if it happens again.",
)


def error_of(fault: Fault, where: str, status: int | None = None) -> Refused:
    """Return the error for a fault. ``code`` holds the code without its prefix.

    A code that is not in the standard is handled by its class. A code that begins with ``Client`` or ``Sender``, or a
    complaint of WCF about the request (``DeserializationFailed``, inferred), is an error of the caller. Other codes are
    errors of the server.
    """
    meaning = _MEANINGS.get(fault.code)
    if meaning is None:
        meaning = _CLIENT if fault.blames_request or fault.code == "DeserializationFailed" else _SERVER
    what = f"{meaning.what} (fault {_printable(fault.code)})"
    return meaning.error(
        what,
        where=where,
        responsible=meaning.responsible,
        advice=meaning.advice,
        status=status,
        code=_printable(fault.code),
    )


def is_passing(reply: Reply) -> bool:
    """Return whether a reply is the fault ``Server.TijdelijkNietBeschikbaar``, with any HTTP status.

    That fault asks for another attempt. A fault is small, so a large reply is not read twice.
    """
    code = FaultCode.TIJDELIJK_NIET_BESCHIKBAAR
    if len(reply.body) > LARGEST_FAULT or code.encode() not in reply.body:
        return False
    fault = _fault_in(reply, "")
    return fault is not None and fault.code == code


LARGEST_FAULT: Final = 65_536


def _printable(code: str) -> str:
    return code if re.fullmatch(r"[A-Za-z][A-Za-z.]{0,60}", code) else "of an unknown form"


def read_content(reply: Reply, where: str) -> Element:
    """Return the element in the body of a reply. Raises the error of a fault, whatever the HTTP status.

    The body is read before the status, because some systems send a fault, or an HTML page, with status 200, 400 or 403
    (inferred). Raises :class:`NotXml` for an HTML page, the error of :func:`refuse_status` for a status without a
    fault, and :class:`ReplyInvalid` for an empty reply.
    """
    if (fault := _fault_in(reply, where)) is not None:
        raise error_of(fault, where, reply.status)
    refuse_status(reply, where)
    if not reply.body.strip():
        advice = "Report this with the time if it happens again."
        raise ReplyInvalid(f"The answer is empty (status {reply.status})", where=where, advice=advice)
    root = parse(reply.body, reply_complaint(where))
    body = next(root.iterchildren(f"{{{SOAP}}}Body"), None)
    content = None if body is None else next(body.iterchildren("{*}*"), None)
    if content is None:
        raise NotXml("The response is XML, but not a SOAP envelope with an element in its body", where=where)
    return content


def _fault_in(reply: Reply, where: str) -> Fault | None:
    """Return the fault in a reply, also if its status has another meaning, such as 400 or 403."""
    if reply.status in {200, 202, 500}:
        return fault_of(reply, where)
    if b"Fault" not in reply.body:
        return None
    return fault_of(Reply(500, (("content-type", "text/xml"),), reply.body), where)


def write_fault(code: FaultCode | str, text: str = "", detail: str = "") -> bytes:
    """Write a fault as an envelope in UTF-8.

    Send it with HTTP status 500. ``text`` and ``detail`` must not contain personal data.
    """
    explained = []
    if detail:
        explained.append(etree.Element("toelichting"))
        explained[0].text = detail
    words = text or TEXTS.get(str(code), "The request is refused")
    return write_envelope(fault_element(f"soap:{code}", words, prefix="soap", detail=explained), prefix="soap")


TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        FaultCode.INTERNE_FOUT: "Interne fout",
        FaultCode.TIJDELIJK_NIET_BESCHIKBAAR: "Tijdelijk niet beschikbaar",
        FaultCode.ONGELDIG_BERICHT: "Het bericht is ongeldig",
        FaultCode.ONGELDIGE_KLANT_IDENTIFICATIE: "De klantnaam of klantcode is onbekend",
        FaultCode.AUTORISATIE_ONGELDIG: "De autorisatie is ongeldig",
        FaultCode.VOCABULAIRE_TERM_ONGELDIG: "Een term van een vocabulaire is ongeldig",
        FaultCode.XSD_VERSIE_ONGELDIG: "De xsdversie wordt niet ondersteund",
        FaultCode.LEERLING_ONGELDIG: "Een leerling is onbekend",
        FaultCode.TOETS_NORMERING_ONGELDIG: "De normering van een toets is ongeldig",
        FaultCode.SCORE_ONGELDIG: "Een score is ongeldig",
        FaultCode.ELD_RESULTAAT_ONGELDIG: "Een OSO-resultaat is ongeldig",
    }
)
"""The Dutch texts of the faults that we send, for the person who reads the log of the other side."""
