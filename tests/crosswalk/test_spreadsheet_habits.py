"""Tables that people made: empty dates, marked texts, dates with a time, codes in small letters."""

import datetime as dt
from typing import Any

import pytest

from magister_connect.core.records.unreadable import Unreadable, UnreadableRecords, UnreadableRecordWarning
from magister_connect.crosswalk import (
    Built,
    Column,
    Crosswalk,
    Enrolment,
    Link,
    Match,
    ParameterTable,
    Period,
    build_links,
    diff,
    read_text_table,
)
from magister_connect.errors import DocumentInvalid, FieldInvalid, MappingError, Reason, UsageError
from magister_connect.identifiers import (
    Bsn,
    Crebo,
    EckId,
    Elementcode,
    ExamUnit,
    Keuzedeel,
    Pgn,
    Remark,
    Schooljaar,
    Stamnummer,
    programme_code,
)
from tests.odd_values import DAYS, NO_DAY

pytestmark = pytest.mark.filterwarnings("ignore::magister_connect.core.records.unreadable.UnreadableRecordWarning")
SCOPE = "99ZZ"
ANNA, BRAM = "111222333", "123456782"
DAY = dt.date(2025, 10, 1)


def built(*rows: dict[str, Any], **named: Any) -> Built:
    whole = [{"bsn": ANNA, "nr": "10001", "van": "", "tot": "", **row} for row in rows]
    named = {"on_unreadable": "keep", **named}
    return build_links(
        whole, Column("bsn", Pgn), Column("nr", Stamnummer, SCOPE), source="t", begin="van", until="tot", **named
    )


@pytest.mark.parametrize("text", NO_DAY)
@pytest.mark.parametrize("begin", ["", "2024/08/01", "1899/12/30"])
def test_an_end_that_is_not_there_is_open_and_the_pupil_has_not_left(begin: str, text: str) -> None:
    found = built({"van": begin, "tot": text})
    assert found.unreadable == ()
    assert found.links[0].period.end is None
    crosswalk = Crosswalk(found)
    assert isinstance(crosswalk.resolve(Pgn.parse(ANNA), to=Stamnummer, as_of=DAY), Match)
    assert crosswalk.leavers(DAY) == frozenset()


def test_an_empty_day_of_a_spreadsheet_that_is_a_date_is_open_too() -> None:
    assert built({"tot": dt.datetime(1899, 12, 30)}).links[0].period == Period()


@pytest.mark.parametrize(
    "text", ["2025-08-01 00:00:00", "01-08-2025 00:00", "2025/08/01", "1-8-2025", "2025-08-01T00:00"]
)
def test_a_day_with_midnight_is_a_day(text: str) -> None:
    assert built({"van": text}).links[0].period == Period(dt.date(2025, 8, 1))


@pytest.mark.parametrize("text", DAYS)
def test_a_day_that_cannot_be_read_rejects_one_row_and_says_why(text: str) -> None:
    found = built({"tot": text}, {"bsn": BRAM})
    (unreadable,) = found.unreadable
    assert (len(found.links), unreadable.row, unreadable.column, unreadable.reason) == (1, 0, "tot", Reason.MALFORMED)
    assert "date" in unreadable.advice
    assert unreadable.advice.endswith("Write it as 2025-08-01 or 1-8-2025.")
    assert text not in unreadable.advice + repr(unreadable) + repr(found)
    if text == "1-8-25":
        assert "a year of four digits" in unreadable.advice


def test_reading_is_strict_unless_records_are_kept_apart_each_with_a_warning() -> None:
    rows = [{"bsn": ANNA, "nr": "10001"}, {"bsn": "111222334", "nr": "10002"}, {"bsn": BRAM, "nr": "nr"}]
    sides = Column("bsn", Pgn), Column("nr", Stamnummer, SCOPE)
    with pytest.raises(MappingError, match=r"row 1, column bsn.*on_unreadable=\"keep\".*\.unreadable") as caught:
        build_links(rows, *sides, source="t")
    assert caught.value.reason is Reason.CHECKSUM
    with pytest.warns(UnreadableRecordWarning) as seen:
        found = build_links(rows, *sides, source="t", on_unreadable="keep")
    assert [str(each) for each in found.unreadable] == ["row 1, column bsn: checksum", "row 2, column nr: malformed"]
    assert [str(one.message).rpartition("(")[2] for one in seen] == [f"{each})" for each in found.unreadable]
    with pytest.raises(UsageError, match="on_unreadable"):
        build_links(rows, *sides, source="t", on_unreadable="skip")  # type: ignore[arg-type]  # a caller without types


def test_whoever_could_not_be_read_is_no_leaver_and_not_removed() -> None:
    ended = {"van": "2023-08-01", "tot": "2025-07-31"}
    good = built(ended, {"bsn": BRAM, "nr": "10002", **ended})
    odd = built(ended, {"bsn": BRAM, "nr": "10002", **ended}, {"van": "2025-08-01", "tot": "straks"})
    everybody = Crosswalk(good).leavers(DAY)
    assert {each.reveal() for each in everybody} == {ANNA, "10001", BRAM, "10002"}
    assert {each.reveal() for each in Crosswalk(odd).leavers(DAY)} == {BRAM, "10002"}
    gone = built({"bsn": BRAM, "nr": "10002", **ended}, {"tot": "straks"})
    assert diff(Crosswalk(good), Crosswalk(gone)).removed == ()
    assert len(diff(Crosswalk(good), Crosswalk(gone.links)).removed) == 1


def test_a_row_that_may_be_anybodys_stops_every_conclusion_from_absence() -> None:
    odd = built({}, {"bsn": "x", "nr": "y"})
    for conclude in (lambda: Crosswalk(odd).leavers(DAY), lambda: diff(Crosswalk(()), Crosswalk(odd))):
        with pytest.raises(UsageError, match=r"1 unreadable records have no readable identifier.*row 1, column bsn"):
            conclude()
    assert Crosswalk(odd).with_links([Link(Bsn(BRAM), Stamnummer("2", scope=SCOPE))]).unreadable == odd.unreadable


class Listed(list[dict[str, str]]):
    unreadable: tuple[Unreadable, ...] = ()


def test_records_that_a_list_kept_apart_are_rejected_here_too() -> None:
    kept = UnreadableRecords("keep")
    with pytest.warns(UserWarning, match="row 2"):
        kept.add(FieldInvalid("A date was expected", where="column tot"), place="lijst, row 2", fields={"bsn": BRAM})
    rows = Listed([{"bsn": ANNA, "nr": "10001"}])
    rows.unreadable = kept.kept
    sides = Column("bsn", Pgn), Column("nr", Stamnummer, SCOPE)
    with pytest.raises(MappingError, match=r"lijst, row 2: A date was expected"):
        build_links(rows, *sides, source="t")
    found = build_links(rows, *sides, source="t", on_unreadable="keep")
    assert [(each.column, each.identifiers) for each in found.unreadable] == [("column tot", (Pgn.parse(BRAM),))]
    assert Crosswalk(found).uncertain == {Pgn.parse(BRAM)}


def test_zeros_that_a_spreadsheet_kept_are_read_with_a_remark() -> None:
    for text in ('="063138219"', "'063138219", ' ="063138219" '):
        reading = Bsn.parse_lenient(text)
        assert reading.identifier == Bsn("063138219")
        assert Remark.TEXT_MARK_REMOVED in reading.remarks
    table = read_text_table(b'bsn;nr\n="063138219";10001\n')
    assert len(build_links(table, Column("bsn", Pgn), Column("nr", Stamnummer, SCOPE), source="t").links) == 1


@pytest.mark.parametrize("text", ["2024/2025", "2425", "24/25", "24-25", "2024-25", "2024 - 2025", " 2024-2025 "])
def test_a_school_year_is_read_in_the_forms_of_exports(text: str) -> None:
    reading = Schooljaar.parse_lenient(text)
    assert str(reading.identifier) == "2024-2025"
    assert reading.remarks


@pytest.mark.parametrize("text", ["2024/2026", "2525", "2024", "24", "2024/2025/2026", "20242025x"])
def test_what_is_no_school_year_is_refused(text: str) -> None:
    with pytest.raises(MappingError):
        Schooljaar.parse_lenient(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("25187", Crebo("25187")),
        ("0011", Elementcode("0011")),
        ("K0067", Keuzedeel("K0067")),
        ("C0123", ExamUnit("C0123")),
        (" k0067 ", Keuzedeel("K0067")),
        ("c0123", ExamUnit("C0123")),
    ],
)
def test_a_column_of_programmes_may_hold_units_and_small_letters(text: str, code: object) -> None:
    assert programme_code(text, lenient=True) == code
    if text != text.strip().upper():
        with pytest.raises(MappingError):
            programme_code(text)
    if isinstance(code, Keuzedeel | ExamUnit):
        reading = type(code).parse_lenient(text)
        assert reading.identifier == code
        assert (Remark.CASE_CHANGED in reading.remarks) == (text.strip() != text.strip().upper())


def test_an_eck_id_in_capitals_is_the_one_in_small_letters() -> None:
    text = f"https://ketenid.nl/201703/{'0123456789abcdef' * 8}"
    reading = EckId.parse_lenient(text.upper())
    assert (reading.identifier, reading.remarks) == (EckId(text), (Remark.CASE_CHANGED,))


def test_a_parameter_table_takes_what_spreadsheets_make_of_it() -> None:
    content = b'sep=;\r\ncrebo;toets;geldig_van;geldig_tot;\r\n="25187";A;01-08-2025 00:00;1899/12/30;\r\n;;;;\r\n'
    table = ParameterTable.read(content)
    assert table.value(Enrolment("25187"), "toets", as_of=DAY) == "A"
    with pytest.raises(DocumentInvalid, match="A unit is in the column crebo"):
        ParameterTable.read(b"crebo;toets\nc0123;A\n")
    with pytest.raises(DocumentInvalid, match="four digits was expected"):
        ParameterTable.read(b"crebo;toets;geldig_van\n25187;A;1-8-25\n")
