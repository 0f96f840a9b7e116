"""Text becomes a value or an error with a path; never a guess, never the text in the message."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.values import (
    DUTCH_WORDS,
    collapse,
    to_boolean,
    to_date,
    to_datetime,
    to_decimal,
    to_integer,
    to_time,
)
from magister_connect.errors import FieldInvalid

READERS: list[Callable[[str, str], object]] = [to_integer, to_decimal, to_boolean, to_date, to_datetime, to_time]
UTC = dt.UTC
PLUS_TWO = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("-7", -7), ("+007", 7), (" 12 ", 12)])
def test_whole_numbers(text: str, value: int) -> None:
    assert to_integer(text, "n") == value


@pytest.mark.parametrize("text", ["", "x", "1.0", "1e3", "1_000", "٣", "0x1", "--1", "1" * 39])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(FieldInvalid):
        to_integer(text, "n")


@pytest.mark.parametrize(
    ("text", "value"), [("8.1", "8.1"), ("8", "8"), (".5", "0.5"), ("-3.", "-3"), ("007.10", "7.10")]
)
def test_decimals(text: str, value: str) -> None:
    assert to_decimal(text, "n") == Decimal(value)


def test_a_decimal_comma_has_to_be_asked_for() -> None:
    assert to_decimal("81,5", "n", comma=True) == Decimal("81.5")
    with pytest.raises(FieldInvalid):
        to_decimal("81,5", "n")


@pytest.mark.parametrize("text", ["1.000,5", "1,000,5", "NaN", "inf", "1e3", ",", "", "8 1"])
def test_what_is_no_decimal_even_with_a_comma(text: str) -> None:
    with pytest.raises(FieldInvalid):
        to_decimal(text, "n", comma=True)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), (" 0 ", False)])
def test_booleans_of_xml_schema(text: str, value: bool) -> None:
    assert to_boolean(text, "b") is value


@pytest.mark.parametrize("text", ["True", "ja", "", "2", "yes"])
def test_other_words_are_no_booleans_unless_asked_for(text: str) -> None:
    with pytest.raises(FieldInvalid):
        to_boolean(text, "b")


def test_dutch_words_are_asked_for_by_name() -> None:
    assert to_boolean("ja", "b", DUTCH_WORDS) is True
    assert to_boolean("False", "b", DUTCH_WORDS) is False


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("2014-09-07", {}),
        ("2014-09-07+02:00", {}),
        ("2014-09-07Z", {}),
        (" 2014-09-07 ", {}),
        ("2014/09/07", {"slashed": True}),
        ("7-9-2014", {"day_first": True}),
        ("07/09/2014", {"day_first": True}),
    ],
)
def test_dates_lose_their_zone_and_keep_their_day(text: str, options: dict[str, bool]) -> None:
    assert to_date(text, "d", **options) == dt.date(2014, 9, 7)


@pytest.mark.parametrize(
    "text", ["2014/09/07", "7-9-2014", "2014-9-7", "20140907", "2014-02-30", "", "2014-09-07T00:00"]
)
def test_what_is_no_date_without_being_asked_for(text: str) -> None:
    with pytest.raises(FieldInvalid):
        to_date(text, "d")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-10-27T02:30:00", dt.datetime(2024, 10, 27, 2, 30)),
        ("2024-10-27 02:30:00", dt.datetime(2024, 10, 27, 2, 30)),
        ("2024-10-27T02:30", dt.datetime(2024, 10, 27, 2, 30)),
        ("2024-10-27T02:30:00Z", dt.datetime(2024, 10, 27, 2, 30, tzinfo=UTC)),
        ("2024-10-27T02:30:00+02:00", dt.datetime(2024, 10, 27, 2, 30, tzinfo=PLUS_TWO)),
        ("2024-10-27T02:30:00.1234567Z", dt.datetime(2024, 10, 27, 2, 30, 0, 123456, tzinfo=UTC)),
        ("2024-10-27T02:30:00.5", dt.datetime(2024, 10, 27, 2, 30, 0, 500000)),
        ("2024-12-31T24:00:00", dt.datetime(2025, 1, 1)),
        ("2024-12-31T24:00:00.000", dt.datetime(2025, 1, 1)),
        ("2024-W01-1T08:00", dt.datetime(2024, 1, 1, 8)),
    ],
)
def test_moments(text: str, value: dt.datetime) -> None:
    assert to_datetime(text, "t") == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000-00-00 00:00:00",
        "2024-10-01",
        "01-10-2024",
        "2024-10-01T25:00:00",
        "2024-12-31T24:00:01",
        "9999-12-31T24:00:00",
        "T",
        "²024-01-01T00:00",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(FieldInvalid):
        to_datetime(text, "t")


@pytest.mark.parametrize(("text", "value"), [("08:30", dt.time(8, 30)), ("08:30:15", dt.time(8, 30, 15))])
def test_times_of_day(text: str, value: dt.time) -> None:
    assert to_time(text, "t") == value


@pytest.mark.parametrize("text", ["8:30", "24:30", "", "08:30Z"])
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(FieldInvalid):
        to_time(text, "t")


def test_white_space_collapses_as_in_a_token() -> None:
    assert collapse("  a \n b\t c ") == "a b c"


@given(st.dates())
def test_a_date_written_is_the_date_read(value: dt.date) -> None:
    assert to_date(value.isoformat(), "d") == value


@given(st.datetimes(timezones=st.none() | st.just(UTC) | st.just(PLUS_TWO)))
def test_a_moment_written_is_the_moment_read(value: dt.datetime) -> None:
    assert to_datetime(value.isoformat(), "t") == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_a_decimal_written_with_a_comma_is_the_decimal_read(value: Decimal) -> None:
    assert to_decimal(str(value).replace(".", ","), "n", comma=True) == value


@pytest.mark.parametrize("reader", READERS)
@given(text=st.text())
def test_any_text_is_a_value_or_an_error_that_does_not_quote_it(
    reader: Callable[[str, str], object], text: str
) -> None:
    try:
        reader(text, "path/of/field")
    except FieldInvalid as error:
        assert error.where == "path/of/field"
        assert error.__context__ is None
        assert str(error) == str(FieldInvalid(error.what, where="path/of/field"))
        assert error.what.isascii()
