"""Requests for data: every form that was measured against the official schema, and what a server makes of each."""

import datetime as dt
from pathlib import Path

import pytest
from lxml import etree

from magister_connect.uwlr import (
    DataRequest,
    FaultCode,
    GroupReference,
    Operation,
    Refusal,
    SchoolReference,
    Supplier,
    authorise,
    parse_request,
)
from magister_connect.uwlr.messages import LEERLINGGEGEVENS, write_request
from tests.uwlr.messages import ACCOUNT, schema

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
AUT = "http://www.edustandaard.nl/leerresultaten/2/autorisatie"
KEYS = (
    f'<autorisatie xmlns="{AUT}"><autorisatiesleutel>Sleutel1</autorisatiesleutel><klantcode>code=1</klantcode>'
    "<klantnaam>leverancier</klantnaam></autorisatie>"
)
YEAR = "<schooljaar>2025-2026</schooljaar>"
BRIN = "<brincode>00AA</brincode>"
VERSION = "<xsdversie>2.2</xsdversie>"
MINIMAL = YEAR + BRIN + VERSION
SINCE = "<laatstontvangengegevens>2026-01-10T12:00:00+01:00</laatstontvangengegevens>"


def element(content: str, name: str = "leerlinggegevens_verzoek") -> str:
    return f'<{name} xmlns="{LEERLINGGEGEVENS}">{content}</{name}>'


def envelope(content: str, header: str = KEYS) -> bytes:
    text = f'<s:Envelope xmlns:s="{SOAP}"><s:Header>{header}</s:Header><s:Body>{content}</s:Body></s:Envelope>'
    return text.encode()


PUPILS = "leerlingen_verzoek"
ACCEPTED = {
    "minimal": element(MINIMAL),
    "a location": element(f"{YEAR}{BRIN}<dependancecode>01</dependancecode>{VERSION}"),
    "an empty location": element(f"{YEAR}{BRIN}<dependancecode/>{VERSION}"),
    "years that do not follow": element(f"<schooljaar>2025-1999</schooljaar>{BRIN}{VERSION}"),
    "a schoolkey": element(f"{YEAR}<schoolkey>s-1</schoolkey>{VERSION}"),
    "a data set": element(f"{MINIMAL}<gegevenssetid>Smalle-set-VO</gegevenssetid>"),
    "a moment": element(f"{MINIMAL}{SINCE}"),
    "a moment without a zone": element(
        f"{MINIMAL}<laatstontvangengegevens>2026-01-10T12:00:00</laatstontvangengegevens>"
    ),
    "both": element(f"{MINIMAL}<gegevenssetid>x</gegevenssetid>{SINCE}"),
    "the structure": element(MINIMAL, "structuur_verzoek"),
    "a group": element(f'{MINIMAL}<groepen><groep key="g1"/></groepen>', PUPILS),
    "a group without a key": element(f"{MINIMAL}<groepen><groep/></groepen>", PUPILS),
    "staff of both kinds": element(
        f'{MINIMAL}<groepen><groep key="g1"/><samengestelde_groep/></groepen>', "leerkrachten_verzoek"
    ),
}
REFUSED = {  # the path that is named, and whether lenient reading lets it pass
    "an empty school year": (element(f"<schooljaar></schooljaar>{BRIN}{VERSION}"), "schooljaar", True),
    "no school year": (element(f"{BRIN}{VERSION}"), "schooljaar", True),
    "another form of school year": (element(f"<schooljaar>2025/2026</schooljaar>{BRIN}{VERSION}"), "schooljaar", False),
    "a BRIN and a schoolkey": (element(f"{YEAR}{BRIN}<schoolkey>s-1</schoolkey>{VERSION}"), "schoolkey", True),
    "no school": (element(f"{YEAR}{VERSION}"), "school", False),
    "no version": (element(f"{YEAR}{BRIN}"), "xsdversie", True),
    "another order": (element(f"{MINIMAL}{SINCE}<gegevenssetid>x</gegevenssetid>"), "gegevenssetid", True),
    "a day for a moment": (
        element(f"{MINIMAL}<laatstontvangengegevens>2026-01-10</laatstontvangengegevens>"),
        "laatstontvangengegevens",
        False,
    ),
    "a moment that is none": (
        element(f"{MINIMAL}<laatstontvangengegevens>gisterenT</laatstontvangengegevens>"),
        "laatstontvangengegevens",
        False,
    ),
    "a BRIN in small letters": (element(f"{YEAR}<brincode>99xx</brincode>{VERSION}"), "brincode", False),
    "a BRIN with a location": (element(f"{YEAR}<brincode>99XX01</brincode>{VERSION}"), "brincode", False),
    "a location of three digits": (
        element(f"{YEAR}{BRIN}<dependancecode>001</dependancecode>{VERSION}"),
        "dependancecode",
        False,
    ),
    "a data set of 65 characters": (
        element(f"{MINIMAL}<gegevenssetid>{'x' * 65}</gegevenssetid>"),
        "gegevenssetid",
        False,
    ),
    "pupils of no group": (element(MINIMAL, PUPILS), "groepen", False),
    "pupils of an empty list of groups": (element(f"{MINIMAL}<groepen/>", PUPILS), "groepen", False),
    "a role in a group": (
        element(f'{MINIMAL}<groepen><groep key="g1"><rol>LKR</rol></groep></groepen>', PUPILS),
        "groepen/groep",
        True,
    ),
    "an element that is unknown": (element(f"{MINIMAL}<iets/>"), "iets", True),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_request_that_the_official_schema_accepts_is_read(name: str, shared_data: Path) -> None:
    official = schema(shared_data, "UWLR_Leerlinggegevens_v2p2.xsd")
    assert official.validate(etree.fromstring(ACCEPTED[name])), official.error_log
    assert parse_request(envelope(ACCEPTED[name])).departures == ()


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_the_official_schema_refuses_is_refused_by_its_place(name: str, shared_data: Path) -> None:
    content, where, passes = REFUSED[name]
    official = schema(shared_data, "UWLR_Leerlinggegevens_v2p2.xsd")
    assert not official.validate(etree.fromstring(content))
    with pytest.raises(Refusal) as raised:
        parse_request(envelope(content))
    assert raised.value.code is FaultCode.ONGELDIG_BERICHT
    assert raised.value.text == f"Fout in {where}"
    if passes:
        assert [each.where for each in parse_request(envelope(content), lenient=True).departures] == [where]
    else:
        with pytest.raises(Refusal):
            parse_request(envelope(content), lenient=True)


def test_what_was_written_reads_back() -> None:
    moment = dt.datetime(2026, 1, 10, 12, tzinfo=dt.UTC)
    for operation in Operation:
        if operation is Operation.RESULTS:
            continue
        groups = (GroupReference("g&1"), GroupReference(samengesteld=True)) if operation.by_groups else ()
        sent = DataRequest(operation, SchoolReference.of("00AA01"), "2025-2026", "2.3", "set", moment, groups)
        read = parse_request(write_request(sent, ACCOUNT))
        assert read.asked == sent
        assert read.authorisation.same_as(ACCOUNT)


def header(**changes: str) -> str:
    values = {"autorisatiesleutel": "Sleutel1", "klantcode": "code=1", "klantnaam": "leverancier"}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in {**values, **changes}.items())
    return f'<autorisatie xmlns="{AUT}">{inner}</autorisatie>'


SUITE: dict[str, tuple[bytes, FaultCode | None]] = {
    # The suite of the standard (version 1), as observed in public code, in its own order.
    "normal request": (envelope(element(MINIMAL)), None),
    "malformed body": (envelope("<x>"), FaultCode.ONGELDIG_BERICHT),
    "another body": (envelope("<x/>"), FaultCode.ONGELDIG_BERICHT),
    "no header": (envelope(element(MINIMAL), ""), FaultCode.AUTORISATIE_ONGELDIG),
    "an incomplete header": (envelope(element(MINIMAL), header(klantcode="")), FaultCode.AUTORISATIE_ONGELDIG),
    "a klantcode of 65 characters": (
        envelope(element(MINIMAL), header(klantcode="c" * 65)),
        FaultCode.AUTORISATIE_ONGELDIG,
    ),
    "wrong klantnaam": (envelope(element(MINIMAL), header(klantnaam="x")), FaultCode.ONGELDIGE_KLANT_IDENTIFICATIE),
    "wrong klantcode": (envelope(element(MINIMAL), header(klantcode="x")), FaultCode.ONGELDIGE_KLANT_IDENTIFICATIE),
    "wrong key": (envelope(element(MINIMAL), header(autorisatiesleutel="x")), FaultCode.AUTORISATIE_ONGELDIG),
    "wrong form of school year": (
        envelope(element(f"<schooljaar>25-26</schooljaar>{BRIN}{VERSION}")),
        FaultCode.ONGELDIG_BERICHT,
    ),
    "unknown BRIN": (envelope(element(f"{YEAR}<brincode>00ZZ</brincode>{VERSION}")), FaultCode.AUTORISATIE_ONGELDIG),
    "malformed BRIN": (envelope(element(f"{YEAR}<brincode>ABCD</brincode>{VERSION}")), FaultCode.ONGELDIG_BERICHT),
    "another location": (
        envelope(element(f"{YEAR}{BRIN}<dependancecode>07</dependancecode>{VERSION}")),
        FaultCode.AUTORISATIE_ONGELDIG,
    ),
    "malformed location": (
        envelope(element(f"{YEAR}{BRIN}<dependancecode>x</dependancecode>{VERSION}")),
        FaultCode.ONGELDIG_BERICHT,
    ),
    "unknown schoolkey": (
        envelope(element(f"{YEAR}<schoolkey>x</schoolkey>{VERSION}")),
        FaultCode.AUTORISATIE_ONGELDIG,
    ),
    "another version": (envelope(element(f"{YEAR}{BRIN}<xsdversie>9.9</xsdversie>")), FaultCode.XSD_VERSIE_ONGELDIG),
    "malformed moment": (
        envelope(element(f"{MINIMAL}<laatstontvangengegevens>x</laatstontvangengegevens>")),
        FaultCode.ONGELDIG_BERICHT,
    ),
    # Ours.
    "a request that is wrong, of a stranger": (
        envelope(element(YEAR), header(klantnaam="x")),
        FaultCode.ONGELDIG_BERICHT,
    ),
    "larger than a request may be": (envelope(element(MINIMAL) + " " * 70_000), FaultCode.ONGELDIG_BERICHT),
    "larger than any message may be": (b"<" + b" " * (16 * 1024 * 1024), FaultCode.ONGELDIG_BERICHT),
    "a document type": (b"<!DOCTYPE x>" + envelope(element(MINIMAL)), FaultCode.ONGELDIG_BERICHT),
    "an entity": (
        b'<!DOCTYPE x [<!ENTITY a "2025-2026">]>' + envelope(element(MINIMAL.replace("2025-2026", "&a;"))),
        FaultCode.ONGELDIG_BERICHT,
    ),
    "nothing": (b"", FaultCode.ONGELDIG_BERICHT),
    "the namespace of version 1": (
        envelope(element(MINIMAL).replace("leerresultaten/2", "leerresultaten/1")),
        FaultCode.ONGELDIG_BERICHT,
    ),
}
SUPPLIERS = (
    Supplier("leverancier", "code=1", {"Sleutel1": (SchoolReference.of("00AA"),), "Sleutel2": ()}),
    Supplier("ander", "code=2", {"Sleutel3": (SchoolReference.of("00ZZ"),)}),
)


@pytest.mark.parametrize("name", SUITE)
def test_a_server_answers_the_suite_of_the_standard_by_the_right_code(name: str) -> None:
    body, code = SUITE[name]

    def serve() -> Supplier:
        return authorise(parse_request(body), SUPPLIERS)

    if code is None:
        assert serve() is SUPPLIERS[0]
        return
    with pytest.raises(Refusal) as raised:
        serve()
    assert raised.value.code is code
    assert "Sleutel" not in raised.value.text


PREFIXES = ("", "a:", "le:", "ns0:")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_request_is_read_under_any_prefix_and_behind_a_byte_order_mark(prefix: str, mark: bytes) -> None:
    declared = f"xmlns{':' + prefix[:-1] if prefix else ''}"
    inner = MINIMAL.replace("</", "\0").replace("<", f"<{prefix}").replace("\0", f"</{prefix}")
    name = f"{prefix}leerlinggegevens_verzoek"
    content = f'<{name} {declared}="{LEERLINGGEGEVENS}">{inner}</{name}>'
    found = parse_request(mark + envelope(content))
    assert found.school == SchoolReference.of("00AA")
