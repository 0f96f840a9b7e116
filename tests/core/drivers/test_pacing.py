"""A pace keeps requests apart, is slowed down by a refusal and recovers; every driver waits for its turn."""

import anyio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from magister_connect.core.drivers import NO_RETRIES, AsyncDriver, Pace, SyncDriver
from magister_connect.core.flow import Flow, Reply, Request, exchange, exchange_all
from magister_connect.testing import Script
from tests.core.drivers.conftest import Runner, ScriptedServer

MANY = Reply(429, (("Retry-After", "7"),))
FINE = Reply(200)
EVENTS = st.lists(st.one_of(st.sampled_from([None, FINE, MANY]), st.floats(0, 20)), max_size=60)


@given(EVENTS)
@example([MANY, FINE, FINE, FINE, None, *[FINE] * 6, None, None])
def test_no_two_turns_are_nearer_than_the_gap_that_held_and_no_gap_is_out_of_bounds(
    events: list[Reply | float | None],
) -> None:
    now, free = 0.0, 0.0
    pace = Pace(calm=3, ticks=lambda: now)
    for event in events:
        if isinstance(event, Reply):
            pace.learn(event)
            if event is MANY:
                free = max(free, now + 7)
        elif event is None:
            gap = pace.current_gap
            turn = now + pace.reserve()
            assert turn >= free - 1e-9
            free = turn + gap
        else:
            now += event
        assert pace.gap <= pace.current_gap <= pace.slowest


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_requests_are_on_their_way_than_the_pace_allows(
    runner: Runner, server: ScriptedServer, at_once: int
) -> None:
    pace = Pace(gap=0.0, at_once=at_once)
    outcomes = runner.run(lambda: exchange_all([Request("GET", server.url)] * 9, 9), pace=pace, retries=NO_RETRIES)
    assert [outcome.status for outcome in outcomes if isinstance(outcome, Reply)] == [200] * 9
    assert 1 <= server.most_busy <= at_once


def ask(times: int) -> Flow[list[int]]:
    statuses = []
    for _ in range(times):
        reply = yield from exchange(Request("GET", "https://school.invalid/doc"))
        statuses.append(reply.status)
    return statuses


@pytest.mark.parametrize("backend", [None, "asyncio", "trio"])
def test_a_driver_waits_for_its_turn_and_longer_after_a_refusal(backend: str | None) -> None:
    script, now = Script(), 0.0
    waits: list[float] = []
    for reply in (FINE, MANY, FINE):
        script.add(reply)
    pace = Pace(gap=0.5, at_once=1, ticks=lambda: now)

    def wait(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += seconds

    async def wait_async(seconds: float) -> None:
        wait(seconds)

    async def main() -> list[int]:
        async with AsyncDriver(script.async_client(), pace=pace, retries=NO_RETRIES, sleep=wait_async) as driver:
            return await driver.run(ask(3))

    if backend is None:
        with SyncDriver(script.client(), pace=pace, retries=NO_RETRIES, sleep=wait) as driver:
            statuses = driver.run(ask(3))
    else:
        statuses = anyio.run(main, backend=backend)
    assert statuses == [200, 429, 200]
    assert waits == [0.5, 7.0]
