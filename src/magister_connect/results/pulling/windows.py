"""Periods to request results for, and their school years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from magister_connect.errors import UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results.moments import DAY

LATE_GRADING_UNTIL: Final = (10, 15)  # month and day until which last year's results may still come


@frozen(order=True)
class Window:
    """The half-open period from ``begin`` until ``end``. Both are naive local times."""

    begin: dt.datetime
    end: dt.datetime

    def halves(self, granule: dt.timedelta) -> tuple[Window, Window] | None:
        """Return two windows that meet on a whole granule, or ``None`` if the window is a single granule."""
        steps = (self.end - self.begin) // granule
        if steps < 2:
            return None
        middle = self.begin + (steps // 2) * granule
        return Window(self.begin, middle), Window(middle, self.end)


def window_of(year: Schooljaar) -> Window:
    """Return the school year as a window."""
    begin, end = (dt.datetime.combine(day, dt.time()) for day in (year.begin, year.end))
    return Window(begin, end)


def is_open(year: Schooljaar, now: dt.datetime) -> bool:
    """Whether results of this year may still come at a local time. Last year stays open until 15 October."""
    month, day = LATE_GRADING_UNTIL
    return dt.datetime.combine(year.begin, dt.time()) <= now < dt.datetime(year.end.year, month, day) + DAY  # noqa: DTZ001 - naive local time


def open_years(now: dt.datetime) -> tuple[Schooljaar, ...]:
    """Return the school years with possible new results, newest first."""
    current = Schooljaar.of(now.date())
    last = Schooljaar.starting(current.begin.year - 1)
    return (current, last) if is_open(last, now) else (current,)


def years_back(newest: Schooljaar) -> Iterator[Schooljaar]:
    """Yield a school year and the earlier ones, newest first."""
    for year in range(newest.begin.year, 1999, -1):
        yield Schooljaar.starting(year)


def refuse_future(year: Schooljaar, now: dt.datetime, name: str) -> None:
    """Raise :class:`UsageError` for a school year that has not begun at a local time."""
    if year > Schooljaar.of(now.date()):
        raise UsageError(
            "The school year lies in the future",
            where=name,
            advice="Pass a school year that has begun (they begin on 1 August), or correct the clock of this machine.",
        )
