"""A report that a school can act on: the cause first, in Dutch and English, and without people unless asked."""

import ast
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from magister_connect import edexml
from magister_connect.core.xml import _IN_WORDS, _MAGIC
from magister_connect.edexml.checking.advice import ADVICE, Fixer
from magister_connect.edexml.checking.causes import TITLES
from magister_connect.edexml.checking.dutch import DUTCH, is_translated, translated
from magister_connect.edexml.checking.page import SIGNS
from magister_connect.edexml.checking.report import Report
from magister_connect.edexml.findings import Cause
from tests.edexml.mutations import mutated
from tests.edexml.synthetic import VERSIONS, document, minimal
from tests.edexml.vectors import GROUP, NAME, VECTORS, grouped

SOURCE = Path(str(edexml.__file__)).parent
LANGUAGES = ("en", "nl")
# Where messages of findings are made, and the calls and statements that make them.
MAKERS = {"Problem", "Misfit", "Unusable", "KeyViolation", "DocumentInvalid", "note", "_note", "_sink", "Finding"}


def many(pupil: str, count: int = 12, *, school: str = "") -> bytes:
    """A file of as many pupils with the same fields."""
    each = "".join(f"<leerling key='{number}'>{pupil.format(number)}</leerling>" for number in range(count))
    return minimal(school=school, pupil="@").replace(b"<leerling key='1'>@</leerling>", each.encode())


def template(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def messages() -> Iterator[str]:
    """Every text of the package that is the message of a finding, by the statements that make one."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.parent.name in {"comparing", "writing", "formats"} or path.name == "groups.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            texts: list[ast.expr] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                texts = node.args if name in MAKERS else []
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                texts = node.value.elts
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"words", "what"}:
                texts = [node.value]
            yield from (
                text for each in texts if (text := template(each)) and " " in text and text[0] in "{ABCDEFGHINOPTUW"
            )


COMPOSED = re.compile(
    r"\{\} (?:was|were) expected|\{\}, on an existing day|A document cannot be read from this.*"
    r"|This refers to \{\} \{\}, .*"
)
"""Made of parts that are held against the catalogue in the documents below; the last is no finding."""


def test_every_message_has_its_dutch_words() -> None:
    found = set(messages())
    assert len(found) > 50
    assert sorted(text for text in found if not is_translated(text) and not COMPOSED.fullmatch(text)) == []


@pytest.mark.parametrize(
    "text", sorted({*_IN_WORDS.values(), *(f"{words} came instead of XML" for _, words in _MAGIC)})
)
def test_what_is_wrong_with_markup_has_its_dutch_words(text: str) -> None:
    assert translated(text, "nl") != text


def test_no_message_of_a_broken_document_stays_english() -> None:
    contents = [content for _, content, _ in VECTORS] + [document(version) for version in VERSIONS]
    contents += [mutated(document(version), random.Random(seed)) for version in VERSIONS for seed in range(60)]
    found = {finding for content in contents for finding in edexml.check(content, numbers=True).findings}
    assert len({finding.code for finding in found}) > 20
    assert [finding.message for finding in found if finding.words("nl") == finding.message] == []


def test_the_catalogue_agrees_with_itself() -> None:
    assert [english for english, dutch in DUTCH.items() if english.count("{}") != dutch.count("{}")] == []
    assert all(DUTCH[title] for title in TITLES.values())
    for advice in ADVICE.values():
        assert advice.en != advice.nl
        assert advice.text("nl").endswith((".", "?"))


@pytest.mark.parametrize("form", ["to_text", "to_html", "to_json"])
def test_every_form_is_dutch_on_request_and_has_the_same_codes(form: str) -> None:
    report = edexml.check(document("2.1"))
    english = getattr(report, form)()
    dutch = getattr(report, form)(language="nl")
    codes = {finding.code for finding in report.findings}
    assert codes == {code for code in codes if code in dutch} == {code for code in codes if code in english}
    for finding in report.findings:
        assert finding.words("nl").replace("&", "&amp;") in dutch.replace("&amp;", "&").replace("&", "&amp;")
    assert "What is wrong" not in dutch


def test_the_words_of_every_finding_and_the_signs_stand_on_the_page() -> None:
    html = edexml.check(minimal(pupil=NAME + "<bsn>111222333</bsn><groep key='x'/>")).to_html("nl")
    assert '<html lang="nl">' in html
    for words in ("fout", "waarschuwing", "privacy", "Wat er mis is, en wie het oplost", "De school"):
        assert words in html
    assert all(sign in html for severity, sign in SIGNS.items() if severity != "hint")
    assert " 0 of 0" not in html
    assert " 0 van de 0" not in html


# -- the cause first ------------------------------------------------------------------------------------------------


def test_a_file_that_states_another_version_is_one_thing_to_fix() -> None:
    groups = "<groepen><groep key='g'><naam>1a</naam><jaargroep>1</jaargroep></groep></groepen>"
    pupil = NAME + "<jaargroep>1</jaargroep><groep key='g'/>"
    content = many(pupil, 30, school="<xsdversie>1.03</xsdversie>").replace(
        b"</school>", b"</school>" + groups.encode()
    )
    report = edexml.check(content)
    first = report.causes[0]
    assert (first.cause, first.number, first.remedy.fixer) == (Cause.VERSION, 31, Fixer.SUPPLIER)
    assert {group.first.code for group in first.groups} == {"X02", "S24"}
    assert "xsdversie" in report.to_text().splitlines()[3]
    assert "X02" not in {group.first.code for one in report.causes[1:] for group in one.groups}


def test_what_no_version_has_does_not_follow_from_the_version() -> None:
    content = many(NAME + "<onzin/><emailadres>a@b.nl</emailadres>", 3, school="<xsdversie>1.03</xsdversie>")
    causes = {finding.path.rpartition("/")[2]: finding.cause for finding in edexml.check(content).findings}
    assert (causes["onzin"], causes["emailadres"]) == (None, Cause.VERSION)


def test_lists_that_the_stated_version_lacks_follow_from_the_version() -> None:
    more = "<vestigingen><vestiging key='v'><naam>N</naam></vestiging></vestigingen>"
    content = minimal(school="<xsdversie>1.03</xsdversie>", rest=more)
    assert {one.cause for one in edexml.check(content).findings if one.code[0] == "X"} == {Cause.VERSION}


def test_what_every_record_has_is_said_of_the_export_once() -> None:
    report = edexml.check(many(NAME, 15))
    first = report.causes[0]
    assert (first.cause, [group.of_all for group in first.groups]) == (Cause.EXPORT, [True])
    assert "in all 15 records" in report.to_text()
    assert [one.cause for one in edexml.check(many(NAME, 3)).causes] == [None, None]


def test_dates_of_another_year_are_one_cause() -> None:
    stale = "<aanmaakdatum>2019-10-01T08:00:00</aanmaakdatum>"
    born = "<geboortedatum>2011-05-04</geboortedatum><jaargroep>8</jaargroep>"
    report = edexml.check(many(NAME + born, 4, school=stale))
    assert report.causes[0].cause is Cause.YEAR
    assert {group.first.code for group in report.causes[0].groups} == {"S18", "S32"}
    assert "outside the school year 2014-2015" in report.to_text()


def test_a_wrong_encoding_is_a_cause() -> None:
    names = edexml.check(many("<roepnaam>Zo\u00c3\u00ab</roepnaam>", 2))
    assert names.causes[0].cause is Cause.ENCODING
    broken = edexml.check(minimal(pupil="<roepnaam>Zo\u00eb</roepnaam>").decode().encode("cp1252"))
    assert broken.causes[0].cause is Cause.ENCODING


def test_groups_that_are_not_in_the_file_are_numbered_and_counted() -> None:
    members = "".join(f"<leerling key='{n}'>{NAME}<groep key='geheim-{n % 2}'/></leerling>" for n in range(5))
    content = minimal(pupil="@").replace(b"<leerling key='1'>@</leerling>", members.encode())
    report = edexml.check(content)
    found = {
        group.first.message: len(group.findings)
        for one in report.causes
        for group in one.groups
        if group.first.code == "X11"
    }
    words = "This refers to undefined group {}, which is not in the file"
    assert found == {words.format(1): 3, words.format(2): 2}
    assert "geheim" not in report.to_text() + report.to_html() + report.to_json()


# -- who it is about ------------------------------------------------------------------------------------------------

PERSON = "<achternaam>Dijkman</achternaam><roepnaam>Fenna</roepnaam><geslacht>3</geslacht><groep key='g'/>"
ABOUT = grouped("").replace(NAME.encode(), PERSON.encode()).replace(b"key='1'", b"key='K77'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_names_nobody_unless_it_is_asked_to(language: edexml.Language) -> None:
    report = edexml.check(ABOUT)
    for form in (report.to_text, report.to_html, report.to_json):
        hidden, shown = form(language=language), form(language=language, reveal=True)
        assert not [word for word in ("Dijkman", "Fenna", "K77") if word in hidden]
        assert [word for word in ("Dijkman", "Fenna", "K77", "b1a") if word not in shown] == []
    assert "Dijkman" not in repr(report.findings)
    assert "inside the school" in report.to_html(reveal=True)


def test_a_report_reads_back() -> None:
    report = edexml.check(ABOUT)
    assert Report.from_dict(json.loads(report.to_json(reveal=True))) == report
    without = attrs.evolve(report, findings=tuple(attrs.evolve(one, subject=None) for one in report.findings))
    assert Report.from_dict(report.to_dict()) == without
    finding = next(one for one in report.findings if one.subject)
    assert edexml.Finding.from_dict(finding.to_dict(reveal=True)) == finding


# -- extensions -----------------------------------------------------------------------------------------------------

LVS = "<toevoegingen><blok xsi:type='LVSGegevensType'><code>L</code></blok></toevoegingen>"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_known_extension_is_told_apart_from_the_schema_of_the_version(version: str) -> None:
    report = edexml.check(minimal(pupil=NAME + LVS), version=version)
    assert (report.schema_valid, report.valid_with_extensions) == (False, True)
    assert (report.extensions, report.verdict) == (("LVSGegevensType",), "valid with extensions")
    assert "LVSGegevensType" in report.to_text("nl").splitlines()[1]


# -- what goes wrong in real files ----------------------------------------------------------------------------------


def aged(born: str, year: str = "", group: str = "") -> bytes:
    year = f"<jaargroep>{year}</jaargroep>" if year else ""
    return minimal(
        pupil=f"{NAME}<geboortedatum>{born}</geboortedatum>{year}{group}", rest=f"<groepen>{GROUP}</groepen>"
    )


@pytest.mark.parametrize(
    ("code", "severity", "content", "field"),
    [
        ("S17", "warning", minimal(pupil=NAME + "<emailadres>sem@school,nl</emailadres>"), "emailadres"),
        ("S17", "warning", minimal(pupil=NAME + "<emailadres>sem@school</emailadres>"), "emailadres"),
        ("S17", "warning", minimal(pupil=NAME + "<emailadres>a b@school.nl</emailadres>"), "emailadres"),
        ("S18", "warning", minimal(school="<aanmaakdatum>2013-10-01T08:00:00</aanmaakdatum>"), "aanmaakdatum"),
        ("S32", "hint", aged("2008-05-04", "8"), "jaargroep"),
        ("S33", "warning", aged("2002-05-04", "1"), "jaargroep"),
        ("S33", "warning", aged("2002-05-04", group="<groep key='g'/>"), "groep"),
        ("S34", "warning", aged("1912-05-04"), "geboortedatum"),
        ("S34", "warning", aged("2102-05-04"), "geboortedatum"),
        ("S35", "hint", minimal(pupil="<achternaam>van der Berg</achternaam>"), "achternaam"),
        ("S36", "hint", minimal(pupil="<achternaam>JANSEN</achternaam>"), "achternaam"),
        ("S37", "warning", minimal(pupil="<roepnaam>Zo\u00c3\u00ab</roepnaam>"), "roepnaam"),
    ],
)
def test_a_rule_finds_what_it_says(code: str, severity: str, content: bytes, field: str) -> None:
    report = edexml.check(content)
    found = [one for one in report.findings if one.code == code]
    assert [(one.severity, one.path.rpartition("/")[2]) for one in found] == [(severity, field)]
    assert report.schema_valid


@pytest.mark.parametrize(
    "content",
    [
        aged("2002-05-04", "11"),
        aged("2005-05-04", "4"),
        aged("2010-05-04", "1"),
        minimal(pupil="<achternaam>Vandenberg</achternaam><emailadres>sem.o'neil+x@post.school.nl</emailadres>"),
        minimal(pupil="<achternaam>Berg</achternaam><voorvoegsel>van der</voorvoegsel><roepnaam>BO</roepnaam>"),
        minimal(pupil="<achternaam>Ç\u00e2glar</achternaam><emailadres>zo\u00eb@sch\u00f6ol.nl</emailadres>"),
        minimal(school="<aanmaakdatum>2015-07-31T08:00:00</aanmaakdatum>"),
    ],
)
def test_what_is_right_is_left_alone(content: bytes) -> None:
    codes = {finding.code for finding in edexml.check(content).findings}
    assert codes & {"S17", "S18", "S32", "S33", "S34", "S35", "S36", "S37"} == set()
