"""Results as UWLR carries them: written as the official schema has them, refused where it or the standard refuses."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from lxml import etree

from magister_connect.errors import DocumentInvalid, FieldInvalid, UsageError
from magister_connect.uwlr import (
    Anderresultaat,
    Osoresultaat,
    check_results,
    in_batches,
    read_definitions,
    result_key,
    write_definitions,
)
from magister_connect.uwlr.results import read_results, refuse_departures, write_results
from tests.uwlr.messages import DAY, FULL, OSO, exam, head, message, norms, result, schema, taking

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
VALID = {
    "minimal": message(),
    "eckid and who marked it": message(taking(eckid="https://ketenid.example/1", resultaatverwerkerid="M1")),
    "oso": message(taking(result(score=None, osoresultaat=OSO))),
    "empty oso": message(taking(result(score=None, osoresultaat=Osoresultaat()))),
    "every field": message(taking(result(toetsonderdeelcode="O1", infourl="https://uitleg.example")), tests=(FULL,)),
    "two takings of one test": message(taking(), taking(result("k2"), leerlingid="L2")),
    "schoolkey": message(brincode=None, schoolkey="school-7"),
}


@pytest.mark.parametrize("name", VALID)
def test_a_message_is_valid_by_the_official_schema_and_reads_back(name: str, shared_data: Path) -> None:
    written = etree.fromstring(etree.tostring(write_results(VALID[name])))
    official = schema(shared_data, "UWLR_Leerresultaten_v2p2.xsd")
    assert official.validate(written), official.error_log
    assert read_results(written) == (VALID[name], ())
    assert list(check_results(VALID[name])) == []


WRONG_RECORDS: dict[str, tuple[Callable[[], object], str]] = {
    "no outcome": (lambda: result(score=None), "Resultaat"),
    "two outcomes": (lambda: result(osoresultaat=OSO), "Resultaat"),
    "a score below zero": (lambda: result(score=-1), "Resultaat.score"),
    "a score that is no whole number": (lambda: result(score=Decimal("7.5")), "Resultaat.score"),
    "a moment for a day": (lambda: result(afnamedatum=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), "Resultaat.afnamedatum"),
    "no key": (lambda: result(""), "Resultaat.key"),
    "a key of 257 characters": (lambda: result("k" * 257), "Resultaat.key"),
    "no result": (lambda: attrs.evolve(taking(), resultaten=()), "Toetsafname.resultaten"),
    "no test": (lambda: attrs.evolve(message(), toetsen=()), "ResultsMessage.toetsen"),
    "an untyped other result": (lambda: Anderresultaat(type="Mijn"), "Anderresultaat.type"),
    "a BRIN and a schoolkey": (lambda: head(schoolkey="x"), "school"),
    "no school": (lambda: head(brincode=None), "school"),
    "a control character": (lambda: result(toetscode="a\x1b"), "Resultaat.toetscode"),
}


@pytest.mark.parametrize("name", WRONG_RECORDS)
def test_a_record_that_the_schema_refuses_cannot_be_made(name: str) -> None:
    make, where = WRONG_RECORDS[name]
    with pytest.raises(UsageError) as raised:
        make()
    assert raised.value.where == where


WRONG_MESSAGES = {
    "a test that is not in the message": (message(taking(result(toetscode="T9"))), "resultaat[1]/toetscode"),
    "a test twice": (message(tests=(exam(), exam())), "toets[2]/toetscode"),
    "a key twice": (message(taking(result(), result())), "resultaat[2]/@key"),
    "a key twice over takings": (
        message(taking(), taking(leerlingid="L2")),
        "toetsafname[2]/resultaten/resultaat[1]/@key",
    ),
    "no version": (message(xsdversie=None), "school/xsdversie"),
    "years that do not follow": (message(schooljaar="2025-1999"), "school/schooljaar"),
    "a part that the test lacks": (
        message(taking(result(toetsonderdeelcode="O9")), tests=(FULL,)),
        "toetsonderdeelcode",
    ),
    "a norm that ends before it begins": (message(tests=(exam(toetsnormering=norms((9, 3))),)), "norm[1]"),
    "a number of a part twice": (
        message(tests=(attrs.evolve(FULL, toetsonderdelen=FULL.toetsonderdelen * 2),)),
        "toetsonderdeelvolgnummer",
    ),
    "a score that deviates": (message(taking(result(score=None, afwijkende_score="7.5"))), "resultaat[1]/score"),
}


@pytest.mark.parametrize("name", WRONG_MESSAGES)
def test_a_message_that_the_standard_refuses_is_found_before_it_is_sent(name: str) -> None:
    wrong, where = WRONG_MESSAGES[name]
    found = tuple(check_results(wrong))
    assert [each for each in found if each.where.endswith(where)]
    with pytest.raises(DocumentInvalid, match="may not be sent"):
        refuse_departures(found)
    with pytest.raises(FieldInvalid):
        read_results(write_results(wrong))
    back, departures = read_results(write_results(wrong), lenient=True)
    assert back == wrong
    assert departures


def test_a_deviating_score_may_be_sent_where_it_was_agreed() -> None:
    agreed = message(taking(result(score=None, afwijkende_score="X")))
    assert list(check_results(agreed, deviating_scores=True)) == []
    written = etree.tostring(write_results(agreed))
    assert b"<score>X</score>" in written


OWN_TYPE = "{urn:partijen}Percentiel"


def test_a_type_of_two_parties_keeps_its_name_and_stands_before_the_address() -> None:
    own = Anderresultaat(type=OWN_TYPE, andere_score="88")
    sent = message(taking(result(score=None, anderresultaat=own, infourl="https://uitleg.example")))
    written = etree.fromstring(etree.tostring(write_results(sent)))
    assert read_results(written, agreed_types=[OWN_TYPE]) == (sent, ())
    assert [each.where for each in check_results(sent)] == [
        "toetsafnames/toetsafname[1]/resultaten/resultaat[1]/anderresultaat"
    ]
    assert not list(check_results(sent, agreed_types=[OWN_TYPE]))
    names = [etree.QName(child).localname for child in written.findall(".//{*}resultaat/*")]
    assert names == ["afnamedatum", "toetscode", "anderresultaat", "infourl"]


WIRE = etree.tostring(write_results(message(taking(result(toetsonderdeelcode="O1")), tests=(FULL,)))).decode()
TEST = WIRE[WIRE.index("<toets>") : WIRE.index("</toetsen>")]
RESULT = WIRE[WIRE.index("<resultaat ") : WIRE.index("</resultaten>")]
PART_OF_TEST = WIRE[WIRE.index("<toetsonderdeel>") : WIRE.index("</toetsonderdelen>")]
FROM_ZERO = "<beginnormwaarde>0</beginnormwaarde>"
SCORE = "<score>5</score>"
WIRE_REFUSED: dict[str, tuple[str, str]] = {
    "an ECK iD without leerlingid": ("<leerlingid>L1</leerlingid>", "<eckid>https://ketenid.nl/pilot/a</eckid>"),
    "an unknown test": (
        "<toetscode>T1</toetscode><toetsonderdeelcode>",
        "<toetscode>T9</toetscode><toetsonderdeelcode>",
    ),
    "a test twice": (TEST, TEST * 2),
    "a key twice": (RESULT, RESULT * 2),
    "no key": (' key="k1"', ""),
    "a score of 7.5": (SCORE, "<score>7.5</score>"),
    "a score of X": (SCORE, "<score>X</score>"),
    "a score below zero": (SCORE, "<score>-1</score>"),
    "no result": (RESULT, ""),
    "an untyped other result": (SCORE, "<anderresultaat/>"),
    "another result of an unknown type": (
        SCORE,
        f'<anderresultaat {XSI} xsi:type="Onbekend"/>',
    ),
    "no outcome": (SCORE, ""),
    "no aanmaakdatum": ("<aanmaakdatum>2026-01-16T03:00:00+00:00</aanmaakdatum>", ""),
    "no xsdversie": ("<xsdversie>2.2</xsdversie>", ""),
    "a peildatum": ("<aanmaakdatum>", "<peildatum>2026-01-16</peildatum><aanmaakdatum>"),
    "no tests": (WIRE[WIRE.index("<toetsen>") : WIRE.index("</toetsen>")] + "</toetsen>", ""),
    "a number of a part twice": (PART_OF_TEST, PART_OF_TEST * 2),
    "a moment for a day": ("<afnamedatum>2026-01-15<", "<afnamedatum>2026-01-15T10:00:00<"),
    "another order": (SCORE, f"{SCORE}<versie>1</versie>"),
}
OF_OUR_OWN = {  # the official schema accepts them (measured), and nobody can use them
    "a part that the test lacks": (
        "<toetsonderdeelcode>O1</toetsonderdeelcode><score>",
        "<toetsonderdeelcode>O9</toetsonderdeelcode><score>",
    ),
    "a norm that ends before it begins": (
        f"{FROM_ZERO}<eindnormwaarde>4<",
        f"{FROM_ZERO.replace('0', '8')}<eindnormwaarde>4<",
    ),
    "years that do not follow": ("<schooljaar>2025-2026<", "<schooljaar>2025-1999<"),
}


def changed(change: tuple[str, str]) -> etree._Element:
    before, after = change
    assert before in WIRE
    return etree.fromstring(WIRE.replace(before, after, 1))


@pytest.mark.parametrize("name", WIRE_REFUSED)
def test_what_the_official_schema_refuses_is_refused_by_its_place(name: str, shared_data: Path) -> None:
    official = schema(shared_data, "UWLR_Leerresultaten_v2p2.xsd")
    assert official.validate(etree.fromstring(WIRE)), official.error_log
    assert not official.validate(changed(WIRE_REFUSED[name]))
    with pytest.raises(FieldInvalid) as raised:
        read_results(changed(WIRE_REFUSED[name]))
    assert raised.value.where


@pytest.mark.parametrize("name", OF_OUR_OWN)
def test_what_the_official_schema_lets_pass_and_nobody_can_use_is_refused_all_the_same(
    name: str, shared_data: Path
) -> None:
    wrong = changed(OF_OUR_OWN[name])
    assert schema(shared_data, "UWLR_Leerresultaten_v2p2.xsd").validate(wrong)
    with pytest.raises(FieldInvalid):
        read_results(wrong)
    _, departures = read_results(wrong, lenient=True)
    assert len(departures) == 1


def test_a_message_becomes_plain_data_and_comes_back_and_masks_whoever_it_is_about() -> None:
    sent = message(
        taking(result(infourl="https://uitleg.example/L1"), eckid="https://ketenid.nl/pilot/a"), tests=(FULL,)
    )
    assert type(sent).from_dict(sent.to_dict(reveal=True)) == sent
    shown = sent.to_json()
    assert "ketenid" not in shown
    assert "L1" not in shown
    assert "Rekenen" in shown


RTTI = """
<leerresultaten_verzoek xmlns="http://www.edustandaard.nl/leerresultaten/2/leerresultaten">
<school><schooljaar>2025-2026</schooljaar><brincode>00AA</brincode><aanmaakdatum>2026-01-16T03:00:00</aanmaakdatum></school>
<toetsafnames><toetsafname><leerlingid>L1</leerlingid><resultaten>
<resultaat key="a"><afnamedatum>2026-01-15</afnamedatum><toetscode>T1</toetscode><score>7.5</score></resultaat>
<resultaat key="b"><afnamedatum>2026-01-15</afnamedatum><toetscode>T1</toetscode><score>X</score></resultaat>
</resultaten></toetsafname></toetsafnames>
<toetsen><toets><toetscode>T1</toetscode><toetsnormering><norm><eindnormwaarde>10</eindnormwaarde></norm>
</toetsnormering></toets></toetsen></leerresultaten_verzoek>
"""


def test_what_was_observed_at_a_receiver_reads_leniently_with_every_departure_named() -> None:
    read, departures = read_results(etree.fromstring(RTTI), lenient=True)
    assert [each.afwijkende_score for each in read.results] == ["7.5", "X"]
    assert read.school.xsdversie is None
    assert len(departures) == 5
    with pytest.raises(FieldInvalid, match=r"resultaat\[1\]/score"):
        read_results(etree.fromstring(RTTI))


def test_keys_are_stable_differ_by_every_part_and_say_nothing() -> None:
    assert result_key("afname-7", "onderdeel-1") == result_key("afname-7", "onderdeel-1")
    keys = {result_key(*parts) for parts in (("ab", "c"), ("a", "bc"), ("abc",), ("abc", "d"))}
    assert len(keys) == 4
    assert "afname" not in result_key("afname-7")
    with pytest.raises(UsageError):
        result_key("a", "")


def test_batches_hold_every_result_once_and_the_tests_that_they_need() -> None:
    takings = tuple(
        taking(result(f"k{number}", toetscode=f"T{number % 3}"), leerlingid=f"L{number}") for number in range(7)
    )
    whole = message(*takings, tests=tuple(exam(f"T{number}") for number in range(3)))
    pieces = list(in_batches(whole, 2))
    assert [taken for piece in pieces for taken in piece.toetsafnames] == list(takings)
    assert max(sum(1 for _ in piece.results) for piece in pieces) == 2
    assert all(not list(check_results(piece)) for piece in pieces)


def test_definitions_of_tests_are_valid_by_the_official_schema_and_read_back(shared_data: Path) -> None:
    document = write_definitions((FULL, exam("T2")))
    official = schema(shared_data, "UWLR_Toetsdefinities_v2p2.xsd")
    assert official.validate(etree.fromstring(document)), official.error_log
    assert read_definitions(document) == (FULL, exam("T2"))


def test_a_record_prints_no_value() -> None:
    shown = repr(VALID["every field"]) + repr(result(key="geheim")) + repr(taking(leerlingid="geheim"))
    assert "geheim" not in shown
    assert str(DAY.year) not in shown
