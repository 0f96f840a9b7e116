"""Date-times of the service: naive local times in Europe/Amsterdam (inferred)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from magister_connect.core.values import is_no_date, to_date, to_datetime
from magister_connect.errors import FieldInvalid, UsageError

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
DAY: Final = dt.timedelta(days=1)
SECOND: Final = dt.timedelta(seconds=1)
_PLAIN_LENGTH: Final = len("2024-10-01 08:30:00")  # the usual form, which is read directly
_YEARS: Final = range(1990, 2200)


class DateForm(StrEnum):
    """The form of a date-time in a request. The contract sets which form the service wants."""

    DATE = "2024-10-01"
    SECONDS = "2024-10-01T08:30:00"
    BLANK = "2024-10-01 08:30:00"
    ZONED = "2024-10-01T08:30:00+02:00"

    @property
    def granule(self) -> dt.timedelta:
        """The smallest step of this form."""
        return DAY if self is DateForm.DATE else SECOND


def local_time(moment: dt.datetime) -> dt.datetime:
    """Convert an aware date-time to naive local time in Amsterdam."""
    return moment.astimezone(AMSTERDAM).replace(tzinfo=None, fold=0)


def lower_bound(moment: dt.datetime) -> dt.datetime:
    """Return the earliest time that a naive local text may mean: the first of two repeated hours, from its start."""
    first, second = (moment.replace(tzinfo=AMSTERDAM, fold=fold).utcoffset() for fold in (0, 1))
    doubtful = first is not None and second is not None and first > second
    return moment.replace(minute=0, second=0, microsecond=0) if doubtful else moment


def read_moment(text: str, field: str, *, day_first: bool = False) -> dt.datetime | None:
    """Read a date or date-time as naive local time.

    Values that programs write for "no date" (``0000-00-00``, ``0001-01-01``, ``9999-12-31``) return ``None``. A text
    with a zone is converted to local time. Raises :class:`FieldInvalid`, also for a year in which no test was taken.
    """
    if not day_first and len(text) == _PLAIN_LENGTH and text[10] in " T" and text[:2] == "20":
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            pass  # reported below
    if is_no_date(text):
        return None
    if day_first or len(text) <= len("2024-10-01"):
        moment = _read_date_first(text, field, day_first=day_first)
    else:
        moment = _local(to_datetime(text, field), field)
    if moment.year not in _YEARS:
        raise FieldInvalid("A date and time from 1990 to 2199 was expected", where=field)
    return moment


def _local(moment: dt.datetime, field: str) -> dt.datetime:
    try:
        return moment if moment.tzinfo is None else local_time(moment)
    except OverflowError:
        pass
    raise FieldInvalid("A date and time from 1990 to 2199 was expected", where=field)


def _read_date_first(text: str, field: str, *, day_first: bool) -> dt.datetime:
    date, _, time = text.strip().replace("T", " ").partition(" ")
    day = to_date(date, field, day_first=day_first)
    if not time:
        return dt.datetime.combine(day, dt.time())
    return _local(to_datetime(f"{day.isoformat()}T{time.strip()}", field), field)


def write_moment(moment: dt.datetime, form: DateForm) -> str:
    """Write a naive local time in the form that the service wants.

    In a form with a zone, a repeated hour means the first.
    """
    if form is DateForm.DATE:
        return moment.date().isoformat()
    if form is DateForm.ZONED:
        return moment.replace(tzinfo=AMSTERDAM, fold=0).isoformat(timespec="seconds")
    return moment.isoformat("T" if form is DateForm.SECONDS else " ", timespec="seconds")


def to_local(moment: dt.datetime | dt.date | str, field: str) -> dt.datetime:
    """Convert a caller's moment to naive local time. Raises :class:`UsageError`."""
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
            advice=f'Pass a date, a datetime or a text, such as {field}="2025-08-01" or {field}="2025-08-01 08:30:00".',
        ) from None
    return found


def refuse_negative(**spans: dt.timedelta | None) -> None:
    """Raise :class:`UsageError` for a negative time span, because it would skip results."""
    for name, span in spans.items():
        if span is not None and span < dt.timedelta():
            raise UsageError(
                f"{name}= is negative", where=name, advice=f"Pass zero or more, such as {name}=timedelta(days=7)."
            )
