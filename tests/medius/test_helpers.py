"""What people write again and again: merging staff, lesson periods, differences."""

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.records.unreadable import Unreadable, UnreadableRecordWarning
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.medius import (
    MediusClient,
    Records,
    Row,
    StaffMember,
    Student,
    Table,
    active_on,
    diff,
    lesperiode_after,
    lesperiode_on,
    merge_employees,
    one_per_pupil,
)
from magister_connect.sandbox import Sandbox
from tests.medius.conftest import Connect


def student(number: int, **fields: Any) -> Student:
    return Student(str(number), **fields)


def test_doubled_staff_are_merged_and_their_roles_collected(connect: Connect, school: Sandbox) -> None:
    people = school.school.medewerkers
    merged = merge_employees(connect(school).employees())
    numbered = [each for each in merged if each.stamnummer is not None]
    assert {each.stamnummer: each.functies for each in numbered} == {
        str(each.stamnummer): each.functies for each in people.values()
    }
    assert {each.stamnummer for each in numbered if each.has_left} == {"15", "30"}
    assert not any(each.differing for each in merged)


def test_rows_that_do_not_agree_are_told_of() -> None:
    rows = [StaffMember("1", roepnaam="A", functie_omschr="x"), StaffMember("1", roepnaam="B"), StaffMember(None)]
    first, stray = merge_employees([*rows, StaffMember(None)])[:2]
    assert (first.functies, first.differing, len(first.rows)) == (("x",), ("roepnaam",), 2)
    assert (stray.stamnummer, len(stray.rows)) == (None, 1)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (dt.date(2025, 8, 1), "2526"),
        (dt.date(2026, 7, 31), "2526"),
        (dt.date(2026, 8, 1), "2627"),
        (dt.date(1999, 12, 31), "9900"),
        (dt.date(2100, 1, 1), "9900"),
    ],
)
def test_the_lesson_period_of_a_day(day: dt.date, code: str) -> None:
    assert lesperiode_on(day) == code


@given(st.dates())
def test_the_next_lesson_period_is_that_of_a_year_later(day: dt.date) -> None:
    if day.year < dt.MAXYEAR:
        assert lesperiode_after(lesperiode_on(day.replace(day=1))) == lesperiode_on(
            day.replace(day=1, year=day.year + 1)
        )


@pytest.mark.parametrize("code", ["", "2527", "25-26", "2025", "abcd"])
def test_what_is_no_lesson_period_has_no_next(code: str) -> None:
    with pytest.raises(UsageError):
        lesperiode_after(code)


class TestDifferences:
    def test_those_who_came_left_and_changed(self) -> None:
        before = [student(1, klas="1a"), student(2, klas="1b"), student(3)]
        after = [student(4), student(2, klas="2b", email="x"), student(1, klas="1a")]
        found = diff(before, after)
        assert [each.stamnummer for each in found.added] == ["4"]
        assert [each.stamnummer for each in found.left] == ["3"]
        assert [(each.columns, each.before[0].klas, each.after[0].klas) for each in found.changed] == [
            (("email", "klas"), "1b", "2b")
        ]
        assert found
        assert "2b" not in repr(found)

    def test_the_order_of_several_rows_does_not_count(self) -> None:
        rows = [student(1, klas="a"), student(1, klas="b")]
        assert not diff(rows, rows[::-1])
        assert diff(rows, rows[:1]).changed[0].columns == ("klas",)

    def test_the_same_values_in_other_rows_are_a_change(self) -> None:
        before = [student(1, klas="a", studie="x"), student(1, klas="b", studie="y")]
        after = [student(1, klas="a", studie="y"), student(1, klas="b", studie="x")]
        assert set(diff(before, after).changed[0].columns) == {"klas", "studie"}

    def test_rows_of_a_table_are_compared_by_a_column(self) -> None:
        def row(number: str, team: str) -> Row:
            return Row({"Stamnr": 0, "team": 1}, (number, team))

        found = diff([row("1", "a"), row("2", "a")], [row("1", "b")], key="Stamnr")
        assert (found.changed[0].columns, len(found.left)) == (("team",), 1)
        with pytest.raises(UsageError, match="no Leerling"):
            diff([row("1", "a")], [], key="Leerling")

    def test_accounts_that_are_nobodys_only_come_and_go(self) -> None:
        kiosk, other = StaffMember(None, code="K"), StaffMember(None, code="L")
        found = diff([kiosk], [kiosk, other])
        assert (found.added, found.left, found.changed) == ((other,), (), ())

    @given(st.lists(st.integers(1, 5), max_size=6), st.lists(st.integers(1, 5), max_size=6))
    def test_a_difference_turned_round_swaps_who_came_and_who_left(self, old: list[int], new: list[int]) -> None:
        before, after = [student(each) for each in old], [student(each) for each in new]
        there, back = diff(before, after), diff(after, before)
        came = {str(number) for number in set(new) - set(old)}
        assert {each.stamnummer for each in there.added} == {each.stamnummer for each in back.left} == came
        assert not diff(before, before)


@attrs.frozen
class Enrolled:
    stamnummer: str
    klas: str
    van: dt.date | None
    tot: dt.date | None = None
    vertrek: str = ""


DAY = dt.date(2025, 10, 1)
SUMMER, AUTUMN = dt.date(2025, 8, 1), dt.date(2025, 10, 2)
ENROLLED = [
    Enrolled("1", "over", dt.date(2024, 8, 1), dt.date(2025, 7, 31)),
    Enrolled("1", "nu", SUMMER),
    Enrolled("2", "laatste dag", SUMMER, DAY),
    Enrolled("3", "weg", SUMMER, None, "2025/09/30"),
    Enrolled("4", "straks", AUTUMN),
    Enrolled("5", "dubbel", SUMMER),
    Enrolled("5", "nieuw", dt.date(2025, 9, 1), None, "1899/12/30"),
    Enrolled("", "niemand", SUMMER),
]
NAMES: dict[str, Any] = {"begin": "van", "until": ("tot", "vertrek")}


class TestEnrolments:
    def test_those_are_active_whose_enrolment_holds(self) -> None:
        assert [each.klas for each in active_on(ENROLLED, DAY, **NAMES)] == [
            "nu",
            "laatste dag",
            "dubbel",
            "nieuw",
            "niemand",
        ]
        assert "laatste dag" not in [each.klas for each in active_on(ENROLLED, DAY, inclusive=False, **NAMES)]

    def test_each_pupil_has_one_row_the_one_that_holds_and_began_last(self) -> None:
        found = one_per_pupil(ENROLLED, DAY, **NAMES)
        assert [each.klas for each in found] == ["nu", "laatste dag", "weg", "straks", "nieuw"]
        assert [each.klas for each in one_per_pupil(ENROLLED)] == ["over", "laatste dag", "weg", "straks", "dubbel"]
        assert [each.klas for each in one_per_pupil(ENROLLED, begin="van")][:1] == ["nu"]

    def test_rows_of_a_table_keep_its_name_and_warnings(self) -> None:
        positions = {"Stamnr": 0, "van": 1, "tot": 2}
        rows = (Row(positions, ("1", "2025/08/01", "1899/12/30")), Row(positions, ("1", "01-08-2024", "2025-07-31")))
        table = Table("lijst", tuple(positions), rows, ("let op",))
        found = active_on(table, DAY, begin="van", until="tot")
        assert (list(found), found.name, found.warnings) == ([rows[0]], "lijst", ("let op",))
        assert list(one_per_pupil(table, DAY, key="Stamnr", begin="van", until="tot")) == [rows[0]]

    @pytest.mark.parametrize(
        ("call", "error", "words"),
        [
            (
                lambda: active_on(ENROLLED, DAY, begin="vanaf", until="tot"),
                UsageError,
                "no vanaf; there are: stamnummer",
            ),
            (lambda: one_per_pupil(ENROLLED, key="nr"), UsageError, "no nr; there are"),
            (lambda: active_on(ENROLLED, DAY, begin="klas", until="tot"), FieldInvalid, "row 1/column klas"),
        ],
    )
    def test_what_is_no_column_and_no_date_is_named(self, call: Any, error: type[Exception], words: str) -> None:
        with pytest.raises(error, match=words) as caught:
            call()
        assert "over" not in str(caught.value)

    def test_a_row_that_cannot_be_read_is_kept_apart_with_its_pupil(self) -> None:
        odd = [Enrolled("5", "krom", SUMMER, None, "morgen"), Enrolled("6", "recht", SUMMER), *ENROLLED[:2]]
        before = Unreadable("lijst, row 9", "", "odd")
        rows = Records([*ENROLLED, *odd], name="lijst", unreadable=(before,))
        with pytest.raises(FieldInvalid, match=r"lijst, row 9/column vertrek.*on_unreadable") as caught:
            active_on(rows, DAY, **NAMES)
        assert "morgen" not in str(caught.value)
        with pytest.warns(UnreadableRecordWarning, match="lijst, row 9, column vertrek"):
            active = active_on(rows, DAY, on_unreadable="keep", **NAMES)
        assert [each.klas for each in active][-3:] == ["niemand", "recht", "nu"]
        with pytest.warns(UnreadableRecordWarning):
            single = one_per_pupil(rows, DAY, on_unreadable="keep", **NAMES)
        assert [each.stamnummer for each in single] == ["1", "2", "3", "4", "6"]  # which row of 5 holds is unknown
        for found in (active, single):
            assert found.unreadable[0] is before
            assert (found.unreadable[1].fields["stamnummer"], len(found.unreadable)) == ("5", 2)
            assert "vertrek" not in found.unreadable[1].fields
        assert diff(ENROLLED[1:-1], single).left == ()
        with pytest.raises(UsageError, match="on_unreadable"):
            active_on(rows, DAY, on_unreadable="skip", **NAMES)  # type: ignore[arg-type]  # on purpose

    def test_the_pupils_of_a_year_are_more_than_those_of_today(self, connect: Connect, school: Sandbox) -> None:
        medius, today = connect(school), school.clock.today()
        now = {each.stamnummer for each in medius.students()}
        year = {each.stamnummer for each in medius.students(lesperiode_on(today))}
        assert now <= year
        left = {str(each.stamnummer) for each in school.school.leerlingen.values() if not each.enrolment_on(today)}
        assert year - now <= left


def test_a_list_that_had_rows_names_the_parameters_that_differ(connect: Connect, school: Sandbox) -> None:
    medius = connect(school)
    assert medius.get_data("leerlinggegevens", {"lesperiode": "2526", "klas": "bestaat-niet"}).warnings == ()
    assert medius.get_data("leerlinggegevens", {"lesperiode": "2526"})
    found = medius.get_data("leerlinggegevens", {"lesperiode": "2526", "klas": "bestaat-niet"})
    assert found.warnings == ("No rows: this list had rows with lesperiode; this call adds klas.",)
    found = medius.get_data("leerlinggegevens", {"klas": "bestaat-niet"})
    assert found.warnings == ("No rows: this list had rows with lesperiode; this call lacks lesperiode and adds klas.",)


def test_a_client_prints_its_account_and_address_and_no_password() -> None:
    with MediusClient("https://school.invalid:8800", username="platform", password="geheim") as medius:
        assert repr(medius) == "<MediusClient platform at https://school.invalid:8800>"
