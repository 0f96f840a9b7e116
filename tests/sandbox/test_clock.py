import datetime as dt
from collections.abc import Callable

import pytest

from magister_connect.errors import UsageError
from magister_connect.sandbox import RunningClock, VirtualClock
from magister_connect.sandbox.school.clock import AMSTERDAM, DEFAULT_MOMENT


def test_it_stands_still_at_a_documented_moment() -> None:
    clock = VirtualClock()
    assert clock.now() == clock.now() == DEFAULT_MOMENT
    assert clock.local() == dt.datetime.fromisoformat("2025-11-20T10:00")
    assert clock() == dt.datetime(2025, 11, 20, 9, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        (dt.datetime.fromisoformat("2025-10-25T12:00"), 25),
        (dt.datetime.fromisoformat("2026-03-28T12:00"), 23),
        (dt.datetime.fromisoformat("2025-11-20T12:00"), 24),
    ],
)
def test_it_advances_by_real_time_over_the_change_of_the_clock(start: dt.datetime, hours: int) -> None:
    clock = VirtualClock(start)
    clock.advance(hours=hours)
    assert clock.local() == start + dt.timedelta(days=1)


def test_it_goes_back_when_it_is_set_back_and_does_not_advance_backwards() -> None:
    clock = VirtualClock()
    with pytest.raises(UsageError, match=r"negative step \(VirtualClock\.advance\)\..+Use set\(\) to go to an earlier"):
        clock.advance(days=-1)
    assert clock.now() == DEFAULT_MOMENT
    clock.set(dt.datetime(2020, 1, 1, 12, 0, tzinfo=dt.UTC))
    assert clock.now() == dt.datetime(2020, 1, 1, 13, 0, tzinfo=AMSTERDAM)


def test_a_running_clock_runs_with_the_machine_and_goes_on_from_where_it_is_set() -> None:
    clock = RunningClock()
    machine = dt.datetime.now(dt.UTC)
    assert dt.timedelta() <= clock() - machine < dt.timedelta(seconds=30) or clock() <= dt.datetime.now(dt.UTC)
    first = dt.datetime(2031, 8, 1, 6, tzinfo=AMSTERDAM)
    for begun in (RunningClock(first), clock):
        begun.set(first)
        assert first <= begun.now() < first + dt.timedelta(seconds=30)
        before = begun.now()
        while begun.now() == before:
            pass
        begun.advance(days=2)
        assert begun.today() == dt.date(2031, 8, 3)
    assert repr(clock).startswith("RunningClock(2031-08-03T06:00")


@pytest.mark.parametrize(
    "move",
    [
        lambda clock: clock.advance(days=1e7),
        lambda clock: clock.advance(days=1e12),
        lambda clock: clock.advance(seconds=float("nan")),
        lambda clock: clock.advance(dt.timedelta.min),
        lambda clock: clock.set(dt.datetime.max.replace(tzinfo=dt.UTC)),
        lambda clock: clock.set(dt.datetime.fromisoformat("0001-01-01T00:00")),
    ],
    ids=["too far", "too many days to count", "no number", "too far back", "after the last day", "before the first"],
)
def test_a_moment_that_no_calendar_has_is_refused_and_the_clock_stays(
    move: Callable[[VirtualClock], None],
) -> None:
    clock = VirtualClock()
    with pytest.raises(UsageError, match="This moment is outside the calendar"):
        move(clock)
    assert clock.now() == DEFAULT_MOMENT
