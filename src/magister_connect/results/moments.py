"""Local time at the service: Europe/Amsterdam without a zone (inferred), school years, and the doubtful hours.

On the last Sunday of October 02:00 to 03:00 exists twice. A text without zone does not tell which of the two it
means, so that a lower bound inside that hour is moved to its beginning. On the last Sunday of March that hour does
not exist; a moment inside it is only a text, and compares like one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from attrs import frozen

from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.values import to_date, to_datetime

__all__ = [
    "AMSTERDAM",
    "SECOND",
    "DateForm",
    "Window",
    "is_open",
    "local_time",
    "lower_bound",
    "open_years",
    "read_moment",
    "refuse_future",
    "refuse_negative",
    "to_local",
    "window_of",
    "write_moment",
    "years_back",
]

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
LATE_GRADING_UNTIL: Final = (10, 15)  # month and day until which last year's results may still come
DAY: Final = dt.timedelta(days=1)
SECOND: Final = dt.timedelta(seconds=1)
_PLAIN_LENGTH: Final = len("2024-10-01 08:30:00")  # the usual form, read without further ado
_ZERO: Final = "0000-00-00"  # a date that is not there, in MySQL


class DateForm(StrEnum):
    """How a moment is written in a request; which one the service wants is in its contract."""

    DATE = "2024-10-01"
    SECONDS = "2024-10-01T08:30:00"
    BLANK = "2024-10-01 08:30:00"
    ZONED = "2024-10-01T08:30:00+02:00"

    @property
    def granule(self) -> dt.timedelta:
        """The smallest step that this form can tell."""
        return DAY if self is DateForm.DATE else SECOND


@frozen(order=True)
class Window:
    """From ``begin`` until ``end``, half-open, both naive local times."""

    begin: dt.datetime
    end: dt.datetime

    def halves(self, granule: dt.timedelta) -> tuple[Window, Window] | None:
        """Two windows that meet on a whole granule, or ``None`` when it is one granule already."""
        steps = (self.end - self.begin) // granule
        if steps < 2:
            return None
        middle = self.begin + (steps // 2) * granule
        return Window(self.begin, middle), Window(middle, self.end)


def local_time(moment: dt.datetime) -> dt.datetime:
    """An aware moment as the clock on the wall in Amsterdam shows it, naive."""
    return moment.astimezone(AMSTERDAM).replace(tzinfo=None, fold=0)


def lower_bound(moment: dt.datetime) -> dt.datetime:
    """The earliest moment that a naive local text may mean: the first of the two hours, from its beginning."""
    first, second = (moment.replace(tzinfo=AMSTERDAM, fold=fold).utcoffset() for fold in (0, 1))
    doubtful = first is not None and second is not None and first > second
    return moment.replace(minute=0, second=0, microsecond=0) if doubtful else moment


def read_moment(text: str, field: str, *, day_first: bool = False) -> dt.datetime | None:
    """A naive local moment from a date or a date and time; the zero date means that there is none.

    A text with a zone is brought to local time. Raises :class:`FieldInvalid`.
    """
    if not day_first and len(text) == _PLAIN_LENGTH and text[10] in " T" and text[0] in "12":
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            pass  # told below
    if text.startswith(_ZERO):
        return None
    if day_first or len(text) <= len("2024-10-01"):
        return _read_date_first(text, field, day_first=day_first)
    moment = to_datetime(text, field)
    return moment if moment.tzinfo is None else local_time(moment)


def _read_date_first(text: str, field: str, *, day_first: bool) -> dt.datetime:
    date, _, time = text.strip().replace("T", " ").partition(" ")
    day = to_date(date, field, day_first=day_first)
    if not time:
        return dt.datetime.combine(day, dt.time())
    moment = to_datetime(f"{day.isoformat()}T{time.strip()}", field)
    return moment if moment.tzinfo is None else local_time(moment)


def write_moment(moment: dt.datetime, form: DateForm) -> str:
    """A naive local moment in the form that the service wants; zoned, the first of two hours is meant."""
    if form is DateForm.DATE:
        return moment.date().isoformat()
    if form is DateForm.ZONED:
        return moment.replace(tzinfo=AMSTERDAM, fold=0).isoformat(timespec="seconds")
    return moment.isoformat("T" if form is DateForm.SECONDS else " ", timespec="seconds")


def window_of(year: Schooljaar) -> Window:
    """The school year as a window."""
    begin, end = (dt.datetime.combine(day, dt.time()) for day in (year.begin, year.end))
    return Window(begin, end)


def is_open(year: Schooljaar, now: dt.datetime) -> bool:
    """Whether results of this year may still come at a local moment: last year's until 15 October."""
    month, day = LATE_GRADING_UNTIL
    return dt.datetime.combine(year.begin, dt.time()) <= now < dt.datetime(year.end.year, month, day) + DAY  # noqa: DTZ001 - naive local time


def open_years(now: dt.datetime) -> tuple[Schooljaar, ...]:
    """The school years whose results may still come, newest first."""
    current = Schooljaar.of(now.date())
    last = Schooljaar.starting(current.begin.year - 1)
    return (current, last) if is_open(last, now) else (current,)


def years_back(newest: Schooljaar) -> Iterator[Schooljaar]:
    """A school year and those before it, newest first."""
    for year in range(newest.begin.year, 1999, -1):
        yield Schooljaar.starting(year)


def refuse_future(year: Schooljaar, now: dt.datetime, name: str) -> None:
    """Raise :class:`UsageError` for a school year that has not begun at a local moment."""
    if year > Schooljaar.of(now.date()):
        raise UsageError(
            "The school year lies in the future",
            where=name,
            advice="A school year begins on the first of August; if it has begun, look at the clock of this machine.",
        )


def refuse_negative(**spans: dt.timedelta | None) -> None:
    """Raise :class:`UsageError` for a span of time that is less than nothing: it would leave out what lies in it."""
    for name, span in spans.items():
        if span is not None and span < dt.timedelta():
            raise UsageError(
                f"{name}= is less than nothing", where=name, advice=f"For example {name}=timedelta(days=7)."
            )


def to_local(moment: dt.datetime | dt.date | str, field: str) -> dt.datetime:
    """A moment that a caller gives, as naive local time. Raises :class:`UsageError`."""
    if isinstance(moment, dt.datetime):
        return moment if moment.tzinfo is None else local_time(moment)
    if isinstance(moment, dt.date):
        return dt.datetime.combine(moment, dt.time())
    try:
        found = read_moment(moment, field)
    except FieldInvalid:
        found = None
    if found is None:
        raise UsageError(
            "A date, or a date and time, was expected",
            where=field,
            advice=f'For example {field}="2025-08-01", {field}="2025-08-01 08:30:00", or a date or datetime of Python.',
        ) from None
    return found
