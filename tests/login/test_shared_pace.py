"""A pace that processes share: turns, places and what a 429 asks for, kept in a store of tokens."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock

import anyio
import pytest

from magister_connect.core.drivers import AsyncDriver, SyncDriver
from magister_connect.core.flow import Reply, Request, exchange_all
from magister_connect.login import FileTokenStore, MemoryTokenStore, SharedPace, TokenStore
from magister_connect.testing import Script, json_reply

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
LIMITED = Reply(429, (("retry-after", "7"),))
FINE = json_reply({})
MakeStore = Callable[[], TokenStore]


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture(params=["memory", "file"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """A store as each process opens it; what is kept is the same for all of them."""
    memory = MemoryTokenStore()
    return (lambda: memory) if request.param == "memory" else (lambda: FileTokenStore(tmp_path))


@pytest.fixture
def processes(make_store: MakeStore) -> tuple[SharedPace, SharedPace, Clock]:
    clock = Clock()
    first, second = (SharedPace(store=make_store(), key="school c", clock=clock, at_once=2) for _ in range(2))
    return first, second, clock


Processes = tuple[SharedPace, SharedPace, Clock]


def test_turns_of_all_processes_follow_each_other(processes: Processes) -> None:
    first, second, clock = processes
    waits = [round(each.reserve(), 3) for each in (first, second, second, first)]
    assert waits == [0.0, 0.15, 0.3, 0.45]
    clock.advance(10)
    assert second.reserve() == 0.0


def test_what_one_process_is_asked_to_wait_holds_for_all(processes: Processes) -> None:
    first, second, clock = processes
    first.learn(LIMITED)
    assert (second.reserve(), second.current_gap) == (7.0, 0.9)
    assert round(first.reserve(), 3) == 7.9
    clock.advance(60)
    for _ in range(60):
        second.learn(FINE)
    assert first.current_gap == first.gap


def test_places_are_those_of_all_processes(processes: Processes) -> None:
    first, second, clock = processes
    assert [first.take_place(), second.take_place(), first.take_place(), second.take_place()] == [
        True, True, False, False,
    ]  # fmt: skip
    second.release()
    assert first.take_place()
    assert not second.take_place()
    clock.advance(61)  # whoever had them was killed
    assert [second.take_place(), second.take_place(), second.take_place()] == [True, True, False]
    first.release()  # of a place that is somebody else's by now
    assert not first.take_place()


def test_a_school_is_not_held_back_for_another(make_store: MakeStore) -> None:
    clock = Clock()
    one, other = (SharedPace(store=make_store(), key=key, clock=clock) for key in ("a", "b"))
    one.learn(LIMITED)
    assert other.reserve() == 0.0


class Network:
    """Counts how many requests are on their way at a time."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = Lock()

    def send(self, _: Request) -> Reply:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        Event().wait(0.02)
        with self._lock:
            self.now -= 1
        return FINE

    def close(self) -> None:
        """Nothing is open."""


def test_drivers_that_share_a_store_alone_have_no_more_on_their_way_than_places(make_store: MakeStore) -> None:
    network = Network()

    def work(_: int) -> None:
        pace = SharedPace(store=make_store(), key="k", gap=0.0, at_once=1)
        with SyncDriver(Script().client(), pace=pace) as driver:
            driver._transport = network  # type: ignore[assignment]  # stands in for the network
            driver.run(exchange_all([Request("GET", "https://x.example")] * 2))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert network.most == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_async_client_that_is_cancelled_gives_its_place_back(make_store: MakeStore, backend: str) -> None:
    pace = SharedPace(store=make_store(), key="k", gap=0.0, at_once=1)
    script = Script()
    script.add(FINE, times=None)

    async def main() -> None:
        async with AsyncDriver(script.async_client(), pace=pace) as driver:
            pace.learn(LIMITED)  # the next turn is seven seconds off
            with anyio.move_on_after(0.02):
                await driver.send(Request("GET", "https://x.example"))
            assert not script.sent

    anyio.run(main, backend=backend)
    assert pace.take_place()
