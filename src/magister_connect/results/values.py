"""Numbers of a result: a decimal point or comma, and words where a number would stand."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from attrs import frozen

from magister_connect.core.values import collapse, to_date, to_datetime, to_decimal
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.identifiers import Schooljaar


class Status(StrEnum):
    """Where the grading of a submission stands."""

    GRADED = "graded"
    PENDING = "pending"
    NOT_ASSESSED = "not_assessed"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


SCORE_WORDS: Final[Mapping[str, Status]] = MappingProxyType(
    {
        "beoordeeld": Status.GRADED,  # documented, as is the next one
        "niet meer beoordelen": Status.NOT_ASSESSED,
        "nog te beoordelen": Status.PENDING,  # inferred, as are the rest
        "te beoordelen": Status.PENDING,
        "ingetrokken": Status.WITHDRAWN,
        "graded": Status.GRADED,
        "pending": Status.PENDING,
        "withdrawn": Status.WITHDRAWN,
    }
)
"""Words for a status, in lower case; a contract may have words of its own."""


def parse_status(text: str, words: Mapping[str, Status] = SCORE_WORDS) -> Status:
    """The status that a text names; ``OTHER`` for words that are not known."""
    return words.get(collapse(text).lower(), Status.OTHER)


def parse_score(text: str, field: str, words: Mapping[str, Status] = SCORE_WORDS) -> Decimal | Status:
    """A number, or the status that stands in its place (a score column may hold words, documented).

    Raises :class:`FieldInvalid` for a text with digits that is no number: that is damage, not a word.
    """
    try:
        return to_decimal(text, field, comma=True)
    except FieldInvalid:
        if any(character.isdigit() for character in text):
            raise
    return parse_status(text, words)


def parse_percentage(text: str, field: str, words: Mapping[str, Status] = SCORE_WORDS) -> Decimal | Status:
    """As :func:`parse_score`, with or without a sign of percent behind the number."""
    return parse_score(text.rstrip().removesuffix("%"), field, words)


AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
LATE_GRADING_UNTIL: Final = (10, 15)  # month and day until which last year's results may still come
DAY: Final = dt.timedelta(days=1)
SECOND: Final = dt.timedelta(seconds=1)
_PLAIN_LENGTH: Final = len("2024-10-01 08:30:00")  # the usual form, read without further ado
# Dates that programs write for one that is not there: MySQL's zero, the first and the last day of .NET, the zeros of
# SQL Server and of spreadsheets (all inferred from those products, none seen in this service).
_NO_DATES: Final = ("0000-00-00", "0001-01-01", "9999-12-31", "1900-01-01", "1899-12-30")
_NO_DATES_DAY_FIRST: Final = tuple("-".join(reversed(each.split("-"))) for each in _NO_DATES)
_YEARS: Final = range(1990, 2200)


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
    """A naive local moment from a date or a date and time.

    Dates that programs write for none (``0000-00-00``, ``0001-01-01``, ``9999-12-31``) mean that there is none. A text
    with a zone is brought to local time. Raises :class:`FieldInvalid`, also for a year in which no test was taken.
    """
    if not day_first and len(text) == _PLAIN_LENGTH and text[10] in " T" and text[:2] == "20":
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            pass  # reported below
    if text.startswith(_NO_DATES) or (day_first and text.replace("/", "-").startswith(_NO_DATES_DAY_FIRST)):
        return None
    if day_first or len(text) <= len("2024-10-01"):
        moment = _read_date_first(text, field, day_first=day_first)
    else:
        moment = _local(to_datetime(text, field), field)
    if moment.year not in _YEARS:
        raise FieldInvalid("A moment of our time was expected", where=field)
    return moment


def _local(moment: dt.datetime, field: str) -> dt.datetime:
    try:
        return moment if moment.tzinfo is None else local_time(moment)
    except OverflowError:
        pass
    raise FieldInvalid("A moment of our time was expected", where=field)


def _read_date_first(text: str, field: str, *, day_first: bool) -> dt.datetime:
    date, _, time = text.strip().replace("T", " ").partition(" ")
    day = to_date(date, field, day_first=day_first)
    if not time:
        return dt.datetime.combine(day, dt.time())
    return _local(to_datetime(f"{day.isoformat()}T{time.strip()}", field), field)


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


class LevelFamily(StrEnum):
    """Which scale a level belongs to; levels of two families do not compare."""

    REFERENTIE = "referentie"
    ERK = "erk"
    NONE = "none"


class Level(StrEnum):
    """A level that was reached (documented: A1 to C1 and the referentieniveaus; inferred: ``<A1`` and C2).

    ``OTHER`` is a text that is none of them, such as a range or the outcome of an intake test: the text itself stays
    in ``level_raw``.
    """

    BELOW_1F = "<1F"
    F1 = "1F"
    F2 = "2F"
    F3 = "3F"
    F4 = "4F"
    S1 = "1S"
    BELOW_A1 = "<A1"
    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"
    OTHER = "other"

    @property
    def family(self) -> LevelFamily:
        """The scale of this level."""
        if self is Level.OTHER:
            return LevelFamily.NONE
        return LevelFamily.ERK if self.value[-2] in "ABC" else LevelFamily.REFERENTIE


_BLANKS: Final = re.compile(r"\s+")
# The lowest level is written in both ways on the supplier's own pages (documented).
_KNOWN: Final = {level.value: level for level in Level if level is not Level.OTHER} | {"0F": Level.BELOW_1F}


def parse_level(text: str) -> Level:
    """The level that a text names, whatever its case and blanks; ``OTHER`` for everything else."""
    if text in _KNOWN:
        return _KNOWN[text]
    return _KNOWN.get(_BLANKS.sub("", text).upper(), Level.OTHER)
