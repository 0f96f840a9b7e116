"""The clock of the simulated school, which stands still until it is moved."""

from __future__ import annotations

import datetime as dt
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from magister_connect.errors import UsageError

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
DEFAULT_MOMENT: Final = dt.datetime(2025, 11, 20, 10, 0, tzinfo=AMSTERDAM)
"""A Thursday morning in lesson period 2526, long enough after 1 August for marks, absence and test results to exist."""


class VirtualClock:
    """A clock that is set and advanced by hand, safe to share between the threads of all services.

    Calling it gives the moment in UTC, the form that drivers and clients take as their ``clock``. Raises
    :class:`UsageError`, and stays where it was, for a moment that a calendar of the years 1 to 9999 does not reach.
    """

    def __init__(self, moment: dt.datetime = DEFAULT_MOMENT) -> None:
        self._lock = Lock()
        self._moment = _aware(moment)

    def __call__(self) -> dt.datetime:
        """The moment in UTC."""
        return self.now().astimezone(dt.UTC)

    def __repr__(self) -> str:
        return f"VirtualClock({self.now().isoformat()})"

    def now(self) -> dt.datetime:
        """The moment, aware, in Europe/Amsterdam."""
        with self._lock:
            return self._moment

    def local(self) -> dt.datetime:
        """The moment as a clock on the wall shows it: naive, in Europe/Amsterdam."""
        return on_the_wall(self.now())

    def today(self) -> dt.date:
        """The day in Europe/Amsterdam."""
        return self.now().date()

    def set(self, moment: dt.datetime) -> None:
        """Go to a moment, forwards or backwards; a naive one is meant in Europe/Amsterdam."""
        with self._lock:
            self._moment = _aware(moment)

    def advance(
        self, step: dt.timedelta | None = None, *, days: float = 0, hours: float = 0, seconds: float = 0
    ) -> None:
        """Move on by real time, so that the night of the clock change has 23 or 25 hours; a negative step goes back."""
        with self._lock:
            try:
                whole = (step or dt.timedelta()) + dt.timedelta(days=days, hours=hours, seconds=seconds)
                self._moment = _aware(self._moment.astimezone(dt.UTC) + whole)
            except (OverflowError, ValueError):
                raise _unreachable("VirtualClock.advance") from None


def on_the_wall(moment: dt.datetime) -> dt.datetime:
    """A moment as a clock on the wall in Amsterdam shows it; a naive one is meant so already."""
    return moment if moment.tzinfo is None else _aware(moment).replace(tzinfo=None)


def _aware(moment: dt.datetime) -> dt.datetime:
    try:
        meant = moment.replace(tzinfo=AMSTERDAM) if moment.tzinfo is None else moment
        return meant.astimezone(dt.UTC).astimezone(AMSTERDAM)
    except OverflowError:
        raise _unreachable("VirtualClock") from None


def _unreachable(where: str) -> UsageError:
    return UsageError("No calendar has that moment", where=where, advice="Give one in the years 1 to 9999.")
