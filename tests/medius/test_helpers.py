"""What people write again and again: merging staff, lesson periods, differences."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.errors import UsageError
from magister_connect.medius import Row, StaffMember, Student, diff, lesperiode_after, lesperiode_on, merge_employees
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
