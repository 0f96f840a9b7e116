"""The checker gives the verdict of the official schemas, and finds what they cannot."""

import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from magister_connect import edexml
from magister_connect.edexml.checking.advice import ADVICE
from magister_connect.edexml.model.blocks import BASE_BLOCKS, BLOCKS
from magister_connect.edexml.model.particles import ComplexType
from magister_connect.edexml.model.simple_types import Codes
from magister_connect.edexml.model.versions import model
from magister_connect.errors import DocumentInvalid, UsageError
from tests.edexml.mutations import mutated
from tests.edexml.synthetic import VERSIONS, document, minimal
from tests.edexml.vectors import GROUP, NAME, VECTORS, grouped, pupils, staffed, teacher

CASES = [(name, content, version, version in takers) for name, content, takers in VECTORS for version in VERSIONS]
XS = "{http://www.w3.org/2001/XMLSchema}"
MUTATIONS = int(os.environ.get("EDEXML_MUTATIONS", "150"))


def verdict(content: bytes, version: str) -> bool:
    return edexml.check(content, version=version, strict_schooljaar=True, blocks=BASE_BLOCKS).schema_valid


def official(shared_data: Path, version: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared_data / "edexml-xsd" / version / "EDEXML.structuur.xsd"))


@pytest.mark.parametrize(("content", "version", "valid"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_vector_gets_its_verdict(content: bytes, version: str, valid: bool) -> None:
    assert verdict(content, version) is valid


@pytest.mark.parametrize("version", VERSIONS)
def test_the_vectors_are_those_of_the_official_schema(version: str, shared_data: Path) -> None:
    schema = official(shared_data, version)
    different = [
        name
        for name, content, takers in VECTORS
        if schema.validate(etree.fromstring(content)) is not (version in takers)
    ]
    assert different == []


def code_lists(kind: ComplexType) -> Iterator[tuple[str, list[str]]]:
    for element in kind.elements:
        if isinstance(element.type, ComplexType):
            yield from code_lists(element.type)
        elif isinstance(element.type, Codes):
            yield element.type.name, list(element.type.members)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [*((version, model(version).root) for version in VERSIONS), ("2.0-lvs", BLOCKS.types["LVSGegevensType"])],
)
def test_the_code_lists_are_those_of_the_official_schema_in_its_order(
    folder: str, kind: ComplexType, shared_data: Path
) -> None:
    official = {
        found.get("name"): [code.get("value") for code in found.iter(f"{XS}enumeration")]
        for path in (shared_data / "edexml-xsd" / folder).glob("*.xsd")
        for found in etree.parse(path).iter(f"{XS}simpleType")
    }
    lists = dict(code_lists(kind))
    assert len(lists) >= 6
    assert lists == {name: official[name] for name in lists}


@pytest.mark.parametrize("version", VERSIONS)
def test_random_changes_get_the_verdict_of_the_official_schema(version: str, shared_data: Path) -> None:
    """``EDEXML_MUTATIONS=5000`` runs the whole number."""
    schema, rng = official(shared_data, version), random.Random(5)
    example = (shared_data / "edexml-samples" / f"EDEXML.Voorbeeld.{version}.xml").read_bytes()
    verdicts = set()
    for number in range(MUTATIONS):
        content = mutated(example, rng)
        expected = schema.validate(etree.fromstring(content))
        assert verdict(content, version) is expected, f"mutation {number}"
        verdicts.add(expected)
    assert verdicts == {True, False}


@pytest.mark.parametrize("version", VERSIONS)
def test_reading_strictly_agrees_with_checking(version: str) -> None:
    rng = random.Random(6)
    for _ in range(150):
        content = mutated(document(version), rng)
        report = edexml.check(content, version=version)
        try:
            edexml.read(content, version=version, unknown_blocks="error")
        except DocumentInvalid:
            assert not report.schema_valid or any(code == "X20" for code, _ in report.counts)
        else:
            assert report.schema_valid


def test_the_lvs_block_agrees_with_its_schema(shared_data: Path) -> None:
    folder = shared_data / "edexml-xsd" / "2.0-lvs"
    schema, rng = etree.XMLSchema(etree.parse(folder / "EDEXML.elementen.lvs.xsd")), random.Random(8)
    fields = "<rugzakleerling>true</rugzakleerling><opleiding_ouders>4</opleiding_ouders><adviesvo>22</adviesvo>"
    block = f"<blok xsi:type='LVSGegevensType'><code>L</code>{fields}<lwooindicatie>9</lwooindicatie></blok>"
    whole = minimal(pupil=f"{NAME}<toevoegingen>{block}</toevoegingen>")
    for _ in range(150):
        content = mutated(whole, rng)
        expected = schema.validate(etree.fromstring(content))
        assert edexml.check(content, version="2.0", strict_schooljaar=True).valid_with_extensions is expected


def test_the_list_of_school_years_has_ended_and_is_strict_on_request() -> None:
    content = minimal().replace(b"2014-2015", b"2025-2026")
    assert edexml.check(content).schema_valid
    assert [
        finding.code for finding in edexml.check(content, strict_schooljaar=True).findings if "X" in finding.code
    ] == ["X16"]


YEARLESS = "<groepen><groep key='c'><naam>mix</naam><jaargroep>C</jaargroep></groep></groepen>"
MADE = "<peildatum>2014-10-01</peildatum><brincode>99XX</brincode><aanmaakdatum>2014-10-01T08:00:00</aanmaakdatum>"


@pytest.mark.parametrize(
    ("code", "severity", "content"),
    [
        ("S01", "hint", pupils("key='#1'")),
        ("S02", "warning", pupils("key=' 1'")),
        ("S02", "error", pupils("key=' 1'", "key='1'")),
        ("S02", "error", pupils("key='1'", "key=' 1'")),
        ("S02", "error", pupils("key=' 1'", "key='1 '")),
        ("S02", "error", grouped("", GROUP + GROUP.replace("'g'", "'g '"))),
        ("S02", "error", staffed(teacher() + teacher(attributes="key='1 '"))),
        ("S04", "warning", minimal()),
        ("S05", "warning", minimal(pupil=NAME + "<groep key='c'/>", rest=YEARLESS)),
        ("S06", "hint", grouped("<jaargroep>2</jaargroep><groep key='g'/>")),
        ("S10", "warning", minimal(pupil="<achternaam>van  Dijk</achternaam>")),
        ("S11", "hint", minimal(pupil="<achternaam>Dijk - Berg</achternaam>")),
        ("S12", "warning", minimal(pupil="<achternaam>D</achternaam><voorletters-1>A.B.</voorletters-1>")),
        ("S14", "privacy", minimal(pupil=NAME + "<bsn>111222333</bsn>")),
        ("S17", "warning", minimal(pupil=NAME + "<emailadres>x</emailadres>")),
        ("S18", "warning", minimal(school="<peildatum>2016-10-01</peildatum>")),
        ("S19", "hint", minimal(school=MADE, pupil=NAME + "<uitstroomdatum>2014-09-01</uitstroomdatum>")),
        ("S21", "warning", minimal()),
        ("S22", "warning", minimal(school="<instellingsnummer>012</instellingsnummer>")),
        ("S23", "hint", minimal(school="<schoolkey>k</schoolkey>")),
        ("S24", "warning", minimal(school="<xsdversie>2.3</xsdversie>")),
        ("S24", "warning", minimal(school="<xsdversie>1.03</xsdversie>", pupil=NAME + "<jaargroep>B</jaargroep>")),
        ("S27", "warning", pupils("key='1' eckid='9876'")),
        ("S29", "hint", minimal(school=MADE, pupil=NAME + "<geboortedatum>2015-01-01</geboortedatum>")),
        ("S29", "hint", minimal(school=MADE, pupil=NAME + "<mutatiedatum>2015-01-01T00:00:00</mutatiedatum>")),
        (
            "S29",
            "hint",
            minimal(
                pupil=NAME + "<instroomdatum>2014-02-01</instroomdatum><uitstroomdatum>2014-01-01</uitstroomdatum>"
            ),
        ),
        ("S30", "warning", grouped("", GROUP + GROUP.replace("'g'", "'h'"))),
    ],
)
def test_a_rule_of_meaning_finds_what_it_says(code: str, severity: str, content: bytes) -> None:
    version = "2.1" if code == "S24" and b"1.03" in content else None
    report = edexml.check(content, version=version)
    assert (code, severity) in report.counts
    assert report.schema_valid


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("S15", "<bsn>111222334</bsn>"),
        ("S15", "<onderwijsnummer>101234566</onderwijsnummer>"),
        ("S15", "<postcodenl>9711SS</postcodenl>"),
        ("S16", "<rijksregisternummer>00000000001</rijksregisternummer>"),
    ],
)
def test_digits_are_checked_on_request_only(code: str, more: str) -> None:
    content = minimal(pupil=NAME + more)
    assert code not in {found for found, _ in edexml.check(content).counts}
    assert code in {found for found, _ in edexml.check(content, numbers=True).counts}


def test_right_digits_are_fine() -> None:
    for more in ("<bsn>111222333</bsn>", "<rijksregisternummer>00000000097</rijksregisternummer>"):
        report = edexml.check(minimal(pupil=NAME + more), numbers=True)
        assert not {"S15", "S16"} & {code for code, _ in report.counts}


def test_everything_is_found_in_one_pass_with_line_and_path() -> None:
    pupil = "<geslacht>3</geslacht><onzin/><groep key='x'/>"
    findings = [one for one in edexml.check(minimal(pupil=pupil)).findings if one.code[0] == "X"]
    assert {(one.code, one.path) for one in findings} == {
        ("X02", "EDEX/leerlingen/leerling[1]/geslacht"),
        ("X04", "EDEX/leerlingen/leerling[1]/geslacht"),
        ("X01", "EDEX/leerlingen/leerling[1]/onzin"),
        ("X02", "EDEX/leerlingen/leerling[1]/groep"),
        ("X03", "EDEX/leerlingen/leerling[1]"),
        ("X11", "EDEX/leerlingen/leerling[1]/groep"),
    }
    assert {one.line for one in findings} == {3}


def test_what_is_no_document_is_a_finding() -> None:
    report = edexml.check(b"<EDEX><school>")
    assert not report.schema_valid
    assert [(one.code, one.severity, one.line) for one in report.findings] == [("X00", "error", 1)]


def test_findings_are_counted_beyond_those_that_are_kept() -> None:
    report = edexml.check(pupils(*(f"key='#{number}'" for number in range(30))), most=5)
    assert Counter(one.code for one in report.findings) == {"S21": 1, "S01": 5, "S04": 5}
    assert report.counts["S01", edexml.Severity.HINT] == 30
    assert report.to_text().endswith("and 50 more findings\n")


def test_departures_from_the_schema_are_counted_beyond_those_that_are_kept_too() -> None:
    report = edexml.check(pupils(*(f"key='{number}' kleur='x'" for number in range(30))), most=2)
    assert [one.path for one in report.findings if one.code == "X07"] == [
        f"EDEX/leerlingen/leerling[{number}]/@kleur" for number in (1, 2)
    ]
    assert report.counts["X07", edexml.Severity.ERROR] == 30


def test_no_rule_crowds_out_another() -> None:
    pupils_and_one = pupils(*(f"key='#{number}'" for number in range(30)), "key='#0'")
    report = edexml.check(pupils_and_one, most=2)
    assert [one.path for one in report.findings if one.code == "X10"] == ["EDEX/leerlingen/leerling[31]/@key"]


def test_what_repeats_itself_is_put_together_for_people_and_stays_whole_as_data() -> None:
    report = edexml.check(pupils(*(f"key='#{number}'" for number in range(30))))
    assert sum(one.code == "S01" for one in report.findings) == 30
    lines = report.to_text().splitlines()
    lines = [line.strip() for line in lines]
    at = lines.index("S01 hint, in all 30 records: The key is a dummy key: it can be different in the next file")
    assert lines[at + 1 : at + 5] == [
        *(f"line 3, EDEX/leerlingen/leerling[{number}]/@key" for number in (1, 2, 3)),
        "and 27 more",
    ]
    assert "<li>line 3, EDEX/leerlingen/leerling[3]/@key</li><li>and 27 more</li>" in report.to_html()
    assert '<span class="path">leerlingen/leerling/@key</span>' in report.to_html()


def test_the_same_words_about_another_element_stand_apart() -> None:
    pupil = NAME + "<geboortedatum>x</geboortedatum><instroomdatum>x</instroomdatum>"
    lines = edexml.check(minimal(pupil=pupil)).to_text().splitlines()
    assert lines.count("X04 error, once: A date such as 2025-08-01 was expected") == 2


def test_the_heaviest_findings_come_first() -> None:
    text = edexml.check(minimal(pupil="<roepnaam>F</roepnaam><bsn>111222333</bsn><groep key='x'/>")).to_text()
    places = [text.index(f"{word}, once: ") for word in (" error", " warning", " privacy")]
    assert places == sorted(places)


def test_every_finding_has_an_advice() -> None:
    source = Path(str(edexml.__file__)).parent
    written = {code for path in source.rglob("*.py") for code in re.findall(r'"([XSL]\d\d)"', path.read_text("utf-8"))}
    assert set(ADVICE) == written
    for code in ADVICE:
        assert edexml.Finding(code, edexml.Severity.HINT, "", "").advice.endswith((".", "?"))


def test_a_report_says_what_follows_from_its_verdict() -> None:
    told = [
        edexml.check(content).to_text().splitlines()[1] for content in (minimal(), pupils("key=' 1'", "key='1'"), b"")
    ]
    assert len(set(told)) == 3
    assert "refuses the whole file" in told[2]


def test_a_report_tells_the_same_in_every_form() -> None:
    report = edexml.check(document("2.1"))
    told = json.loads(report.to_json())
    assert (told["schema_valid"], told["ok"], told["version"]) == (False, False, "2.1")
    assert {one["code"] for one in told["findings"]} == {one.code for one in report.findings}
    assert {one["advice"] for one in told["counts"]} == {one.advice for one in report.findings}
    for finding in report.findings:
        for words in (finding.message, finding.advice, f"line {finding.line}"):
            assert words in report.to_html()
            assert words in report.to_text()
        assert finding.path in report.to_text()
    assert repr(report) == f"<Report: not valid, {len(report.findings)} findings>"


@pytest.mark.parametrize("version", VERSIONS)
def test_no_form_of_a_report_holds_values(version: str) -> None:
    report = edexml.check(mutated(document(version), random.Random(1)))
    for text in (report.to_text(), report.to_json(), report.to_html(), repr(report)):
        assert not [value for value in ("Dijkman", "Boersma", "111222333", "Fenna", "a1a1a1") if value in text]


def test_the_words_of_a_report_cannot_become_markup() -> None:
    report = edexml.check(b"<EDEX><x y='<'/></EDEX>")
    assert "<x y" not in report.to_html()


def test_completeness_is_counted_per_purpose() -> None:
    completeness = edexml.check(document("2.0")).completeness
    assert completeness.fill_level == "full"
    accounts = {(one.kind, one.fields): (one.filled, one.of) for one in completeness.coverage("accounts")}
    assert accounts["leerling", ("emailadres", "gebruikersnaam")] == (1, 2)
    assert accounts["leerling", ("eckid",)] == (0, 2)
    assert completeness.of("leerling", "bsn").share == 0.5
    assert edexml.check(minimal()).completeness.fill_level == "limited"
    assert edexml.check(grouped("")).completeness.fill_level == "simple"
    with pytest.raises(UsageError):
        completeness.coverage("onzin")  # type: ignore[arg-type]  # that is the point


def test_a_teacher_is_checked_too() -> None:
    content = staffed(teacher("<emailadres>x</emailadres>", "key='#1' eckid='e'"))
    assert {"S01", "S17", "S27"} <= {code for code, _ in edexml.check(content).counts}
