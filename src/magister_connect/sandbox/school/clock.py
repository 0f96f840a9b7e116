"""The clocks of the simulated school: one that stands still until you move it, and one that runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
DEFAULT_MOMENT: Final = dt.datetime(2025, 11, 20, 10, 0, tzinfo=AMSTERDAM)
"""A Thursday morning in lesson period 2526, long enough after 1 August to have marks, absences and test results."""


class VirtualClock(SafeRepr):
    """A clock that you set and advance yourself. Thread-safe, for all services.

    Calling it returns the moment in UTC, as drivers and clients expect from their ``clock``. It raises
    :class:`UsageError`, and does not move, for a moment outside the years 1 to 9999 and for a negative step. A day
    before the founding of a school with this clock raises it too.
    """

    def __init__(self, moment: dt.datetime = DEFAULT_MOMENT) -> None:
        self._lock = Lock()
        self._checks: dict[object, Callable[[dt.date], None]] = {}
        self._moment = _aware(moment)

    def __call__(self) -> dt.datetime:
        """Return the moment in UTC."""
        return self.now().astimezone(dt.UTC)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.now().isoformat()})"

    def now(self) -> dt.datetime:
        """Return the moment, aware, in Europe/Amsterdam."""
        with self._lock:
            return self._moment

    def local(self) -> dt.datetime:
        """Return the moment in Europe/Amsterdam, without a zone."""
        return self.now().replace(tzinfo=None)

    def today(self) -> dt.date:
        """Return the day in Europe/Amsterdam."""
        return self.now().date()

    def set(self, moment: dt.datetime) -> None:
        """Go to a moment, forwards or backwards. A moment without a zone is in Europe/Amsterdam.

        The school of a day is always the same, however the clock got there. Sessions, tokens and changes keep the
        moments at which they began.
        """
        with self._lock:
            self._move(_aware(moment))

    def advance(
        self, step: dt.timedelta | None = None, *, days: float = 0, hours: float = 0, seconds: float = 0
    ) -> None:
        """Advance by real time, so that the night of the clock change has 23 or 25 hours."""
        with self._lock:
            try:
                whole = (step or dt.timedelta()) + dt.timedelta(days=days, hours=hours, seconds=seconds)
                moment = _aware(self._moment.astimezone(dt.UTC) + whole)
            except (OverflowError, ValueError):
                raise _outside_calendar("VirtualClock.advance") from None
            if whole < dt.timedelta():
                raise UsageError(
                    "A clock does not advance by a negative step",
                    where="VirtualClock.advance",
                    advice="Use set() to go to an earlier moment.",
                )
            self._move(moment)

    def require(self, check: Callable[[dt.date], None], key: object) -> None:
        """Call a check with today, and with each day before the clock moves to it; one check for each key."""
        check(self.today())
        self._checks[key] = check

    def _move(self, moment: dt.datetime) -> None:
        for check in self._checks.values():
            check(moment.date())
        self._moment = moment


class RunningClock(VirtualClock):
    """A clock that runs with that of the machine, from now or from another moment.

    You can set and advance it; it then continues from there.
    """

    def __init__(self, moment: dt.datetime | None = None) -> None:
        self._ahead = dt.timedelta()
        super().__init__(moment or _of_the_machine())
        self._move(self._moment)

    def now(self) -> dt.datetime:
        """Return the moment, aware, in Europe/Amsterdam."""
        return (_of_the_machine() + self._ahead).astimezone(AMSTERDAM)

    def advance(
        self, step: dt.timedelta | None = None, *, days: float = 0, hours: float = 0, seconds: float = 0
    ) -> None:
        """Advance by real time, and continue from there."""
        self._moment = self.now()
        super().advance(step, days=days, hours=hours, seconds=seconds)

    def _move(self, moment: dt.datetime) -> None:
        super()._move(moment)
        self._ahead = moment - _of_the_machine()


def _of_the_machine() -> dt.datetime:
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - the one clock of the sandbox that follows the machine's


def on_the_wall(moment: dt.datetime) -> dt.datetime:
    """Return a moment as local time in Amsterdam without a zone. A moment without a zone stays as it is."""
    return moment if moment.tzinfo is None else _aware(moment).replace(tzinfo=None)


def _aware(moment: dt.datetime) -> dt.datetime:
    if not isinstance(moment, dt.datetime):  # pyright: ignore[reportUnnecessaryIsInstance] - code without types gives a date
        raise UsageError(
            f"A clock takes a datetime, not a {type(moment).__name__}",
            where="VirtualClock",
            advice="Pass a datetime such as dt.datetime(2026, 8, 1, 10).",
        )
    try:
        meant = moment.replace(tzinfo=AMSTERDAM) if moment.tzinfo is None else moment
        return meant.astimezone(dt.UTC).astimezone(AMSTERDAM)
    except OverflowError:
        raise _outside_calendar("VirtualClock") from None


def _outside_calendar(where: str) -> UsageError:
    return UsageError("This moment is outside the calendar", where=where, advice="Pass one in the years 1 to 9999.")
