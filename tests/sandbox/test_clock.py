import datetime as dt

import pytest

from magister_connect.sandbox import VirtualClock
from magister_connect.sandbox.clock import AMSTERDAM, DEFAULT_MOMENT


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


def test_it_goes_back_when_it_is_set_back() -> None:
    clock = VirtualClock()
    clock.advance(days=-1)
    assert clock.today() == dt.date(2025, 11, 19)
    clock.set(dt.datetime(2020, 1, 1, 12, 0, tzinfo=dt.UTC))
    assert clock.now() == dt.datetime(2020, 1, 1, 13, 0, tzinfo=AMSTERDAM)
