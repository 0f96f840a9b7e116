"""What systems really write is read on request, and every departure leaves a finding."""

import datetime as dt

import pytest

from magister_connect import edexml
from magister_connect.errors import DocumentInvalid, UsageError
from tests.edexml.synthetic import VERSIONS, document, minimal
from tests.edexml.vectors import pupils

GROUP = "<groepen><groep key='g'><naam>b1a</naam><jaargroep>11</jaargroep></groep></groepen>"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_right_document_has_no_findings_but_for_unknown_blocks(version: str) -> None:
    read = edexml.read(document(version), lenient=True)
    assert read == edexml.read(document(version))
    assert [finding.code for finding in read.findings] == (["X13"] if version == "2.1" else [])


@pytest.mark.parametrize(
    ("content", "codes", "field", "value"),
    [
        (minimal(pupil="<geslacht>1</geslacht><roepnaam>F</roepnaam>"), ["L01"], "geslacht", "1"),
        (
            minimal(pupil="<achternaam>D</achternaam><tussenvoegsel>van</tussenvoegsel>"),
            ["L02"],
            "voorvoegsel",
            "van",
        ),
        (minimal(pupil="<achternaam>D</achternaam><voorletters>F</voorletters>"), ["L02"], "voorletters_1", "F"),
        (minimal(pupil="<n:roepnaam xmlns:n='urn:x'>F</n:roepnaam>"), ["L03"], "roepnaam", "F"),
        (minimal(pupil="<roepnaam>F</roepnaam><emailadres/>"), ["L04"], "emailadres", None),
        (minimal(pupil="<roepnaam>F</roepnaam><toevoegingen/>"), ["L04"], "toevoegingen", ()),
        (
            minimal(pupil="<roepnaam>F</roepnaam><geboortedatum> 2011-05-04 </geboortedatum>"),
            ["L06"],
            "geboortedatum",
            dt.date(2011, 5, 4),
        ),
        (minimal(pupil="<roepnaam>F</roepnaam><jaargroep> 4 </jaargroep>"), ["L06"], "jaargroep", "4"),
        (
            minimal(pupil="<roepnaam>F</roepnaam><geboortedatum>2011-05-04T00:00:00</geboortedatum>"),
            ["L07"],
            "geboortedatum",
            dt.date(2011, 5, 4),
        ),
        (
            minimal(pupil="<roepnaam>F</roepnaam><mutatiedatum>2011-05-04</mutatiedatum>"),
            ["L07"],
            "mutatiedatum",
            dt.datetime(2011, 5, 4),
        ),
        (minimal(pupil="<roepnaam>F</roepnaam><jaargroep>p</jaargroep>"), ["X04"], "extra", (("jaargroep", "p"),)),
        (minimal(pupil="<roepnaam>F</roepnaam><kluis>12</kluis>"), ["X01"], "extra", (("kluis", "12"),)),
        (minimal(pupil="<roepnaam>F</roepnaam><groep key='x'/>"), ["X11"], "groep", "x"),
        (minimal(school="<xsdversie>2.3</xsdversie>"), ["L10"], "roepnaam", "Fenna"),
        (
            minimal(school="<xsdversie>1.03</xsdversie>", pupil="<roepnaam>F</roepnaam><bsn>111222333</bsn>"),
            ["L12"],
            "bsn",
            "111222333",
        ),
        (b"\n " + minimal(), ["L14"], "roepnaam", "Fenna"),
        (minimal(pupil="<roepnaam>F</roepnaam>tekst"), ["X08"], "roepnaam", "F"),
    ],
)
def test_a_departure_is_let_pass_and_told(content: bytes, codes: list[str], field: str, value: object) -> None:
    read = edexml.read(content, lenient=True)
    assert [finding.code for finding in read.findings] == codes
    assert getattr(read.leerlingen[0], field) == value


@pytest.mark.parametrize("text", ["2023/2024", "2020 / 2021", " 2023-2024"])
def test_other_forms_of_a_school_year_are_understood(text: str) -> None:
    read = edexml.read(minimal().replace(b"2014-2015", text.encode()), lenient=True)
    assert len(read.school.schooljaar) == 9
    assert len(read.findings) == 1


def test_a_record_without_a_key_is_left_out() -> None:
    read = edexml.read(minimal().replace(b" key='1'", b""), lenient=True)
    assert read.leerlingen == ()
    assert [finding.code for finding in read.findings] == ["X06", "L11"]


def test_a_person_without_a_key_is_known_by_the_eck_id() -> None:
    content = minimal().replace(b" key='1'", b" eckid='e'").replace(b"</EDEX>", b"")
    content += b"<leerkrachten><leerkracht eckid='f'><roepnaam>M</roepnaam></leerkracht></leerkrachten></EDEX>"
    read = edexml.read(content, lenient=True)
    assert [(one.key, one.eckid) for one in read.leerlingen] == [("e", "e")]
    assert [(one.key, one.eckid) for one in read.leerkrachten] == [("f", "f")]
    assert [finding.code for finding in read.findings] == ["L13", "L13"]
    with pytest.raises(DocumentInvalid, match="key is missing"):
        edexml.read(content)


def test_the_first_departures_are_kept_and_all_are_let_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magister_connect.edexml.reading.lenient._MOST_FINDINGS", 3)
    read = edexml.read(pupils(*(f"key='{number}' kleur='x'" for number in range(9))), lenient=True)
    assert (len(read.leerlingen), len(read.findings)) == (9, 3)


def test_a_default_namespace_is_let_pass() -> None:
    read = edexml.read(document("2.0").replace(b"<EDEX", b"<EDEX xmlns='urn:vendor'"), lenient=True)
    assert read == edexml.read(document("2.0"))
    assert {finding.code for finding in read.findings} == {"X14"}


def test_extensions_are_found_in_any_place() -> None:
    block = "<toevoegingen><blok xsi:type='Onbekend'><code>A</code></blok></toevoegingen>"
    dated = "<mutatiedatum>2023-09-01T10:11:12</mutatiedatum>"
    read = edexml.read(minimal(pupil=f"<roepnaam>F</roepnaam>{dated}{block}"), lenient=True)
    assert len(read.leerlingen[0].toevoegingen) == 1
    assert [finding.code for finding in read.findings] == ["L01", "X13"]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_other_encodings_are_read_as_they_are(codec: str) -> None:
    content = minimal(pupil="<roepnaam>Loïs</roepnaam>").decode().replace("UTF-8", codec.removesuffix("-sig"))
    assert edexml.read(content.encode(codec)).leerlingen[0].roepnaam == "Loïs"


def test_a_wrong_encoding_can_be_put_right() -> None:
    content = minimal(pupil="<roepnaam>Loïs</roepnaam>").decode().encode("cp1252")
    with pytest.raises(DocumentInvalid, match="not in the encoding that it declares"):
        edexml.read(content)
    assert edexml.read(content, encoding="cp1252").leerlingen[0].roepnaam == "Loïs"
    with pytest.raises(UsageError):
        edexml.read(content, encoding="onzin")
    with pytest.raises(DocumentInvalid):
        edexml.read(content, encoding="ascii")


def test_findings_never_hold_values() -> None:
    read = edexml.read(minimal(pupil="<roepnaam>F</roepnaam><geheim>geheim</geheim><bsn>stiekem</bsn>"), lenient=True)
    assert "stiekem" not in str(read.findings)
    assert [finding.path for finding in read.findings] == [
        "EDEX/leerlingen/leerling[1]/geheim",
        "EDEX/leerlingen/leerling[1]/bsn",
    ]


def test_staff_before_pupils_is_read_whole_and_not_as_a_stream() -> None:
    staff = "<leerkrachten><leerkracht key='1'><roepnaam>M</roepnaam></leerkracht></leerkrachten>"
    read = edexml.read(minimal(rest=staff), lenient=True)
    assert (len(read.leerlingen), len(read.leerkrachten)) == (1, 1)
    with pytest.raises(DocumentInvalid), edexml.open(minimal(rest=staff), lenient=True) as stream:
        list(stream.leerlingen)
