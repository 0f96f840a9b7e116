"""A request that is broken off at any of its steps leaves nothing in the connection pool of its HTTP client."""

from __future__ import annotations

import asyncio
import gc
import ssl
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from types import FrameType
from typing import Any

import anyio
import httpcore
import httpcore2
import httpx
import httpx2
import pytest

from magister_connect.core.drivers import AsyncDriver, SyncDriver
from magister_connect.core.flow import Flow, Request, StreamingFlow, emit, exchange, exchange_all, next_chunk
from tests.core.drivers.conftest import ScriptedServer

LIBRARIES = [httpx, httpx2]
KEPT_OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
STEPS = 40  # more than a request takes
CONTEXT = ssl.create_default_context()  # making one for each client takes most of the time of a test
# The garbage collector gets the generators inside httpx and httpcore on trio, which hold nothing by then, and a socket
# that Ctrl-C took from httpcore just as it was made.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect()


class BrokenOffAt:
    """Awaits something, and calls ``cancel`` when it goes on for the n-th time."""

    def __init__(self, work: Any, step: int, cancel: Callable[[], object]) -> None:
        self._work = work
        self._step = step
        self._cancel = cancel

    def __await__(self) -> Generator[Any, Any, Any]:
        answer: Any = None
        failure: BaseException | None = None
        for step in range(10_000):
            if step == self._step:
                self._cancel()
            try:
                waiting = self._work.send(answer) if failure is None else self._work.throw(failure)
            except StopIteration as end:
                return end.value
            answer = failure = None
            try:
                answer = yield waiting
            except BaseException as error:  # noqa: BLE001 - handed on
                failure = error
        raise AssertionError("it goes on for ever")


def whole(url: str) -> Flow[object]:
    return (yield from exchange(Request("GET", url)))


def streamed(url: str) -> Flow[object]:
    yield from exchange(Request("GET", url, stream=True))
    return (yield from next_chunk())


def left_in(http: Any) -> str:
    pool = http._transport._pool
    busy = [each for each in pool.connections if not (each.is_idle() or each.is_closed())]
    return f"{len(busy)} connections, {len(pool._requests)} requests"


NOTHING = "0 connections, 0 requests"


@pytest.mark.parametrize("flow", [whole, streamed])
@pytest.mark.parametrize("way", ["task of asyncio", "scope on asyncio", "scope on trio"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_wherever_an_async_request_is_cancelled_it_gives_its_connection_back(
    library: Any, way: str, flow: Callable[[str], Flow[object]], server: ScriptedServer
) -> None:
    server.script = [KEPT_OPEN]

    async def broken_off(step: int) -> str:
        async with library.AsyncClient(verify=CONTEXT) as http, AsyncDriver(http) as driver:
            if way == "task of asyncio":

                async def call() -> None:
                    task = asyncio.current_task()
                    assert task is not None
                    await BrokenOffAt(driver.run(flow(server.url)), step, task.cancel)

                await asyncio.wait((asyncio.ensure_future(call()),))
            else:
                with anyio.CancelScope() as scope:
                    await BrokenOffAt(driver.run(flow(server.url)), step, scope.cancel)
            return left_in(http)

    async def scene() -> dict[int, str]:
        return {step: await broken_off(step) for step in range(STEPS)}

    left = anyio.run(scene, backend=way.rpartition(" ")[2])
    assert {step: what for step, what in left.items() if what != NOTHING} == {}


@pytest.mark.parametrize("way", ["asyncio", "trio"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_request_that_is_cancelled_just_as_it_gets_its_place_leaves_it(
    library: Any, way: str, server: ScriptedServer
) -> None:
    server.script = [KEPT_OPEN]

    async def broken_off(turns: int) -> str:
        limits = library.Limits(max_connections=1, max_keepalive_connections=0)
        async with library.AsyncClient(verify=CONTEXT, limits=limits) as http, AsyncDriver(http) as driver:
            scope = anyio.CancelScope()

            async def waiting() -> None:
                with scope:
                    await driver.run(whole(server.url))

            async with anyio.create_task_group() as group:
                first = driver.iterate(holding(server.url))
                await anext(first)
                group.start_soon(waiting)
                await anyio.wait_all_tasks_blocked()
                closing = first.aclose()
                await BrokenOffAt(closing, turns, scope.cancel)
            return left_in(http)

    async def scene() -> dict[int, str]:
        return {turns: await broken_off(turns) for turns in range(20)}

    left = anyio.run(scene, backend=way)
    assert {turns: what for turns, what in left.items() if what != NOTHING} == {}


def holding(url: str) -> StreamingFlow[int]:
    yield from exchange(Request("GET", url, stream=True))
    yield from emit(1)


# -- Ctrl-C -------------------------------------------------------------------------------------------------------


class InterruptedAt:
    """Raises what Ctrl-C raises at the n-th of the points in some modules where Python looks for signals.

    Those are the beginning of a function, and the end of one that is written in C.
    """

    def __init__(self, point: int, *modules: str) -> None:
        self._left = point
        self._modules = modules

    def __enter__(self) -> None:
        sys.setprofile(self._count)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _count(self, frame: FrameType, event: str, _argument: object) -> None:
        name = str(frame.f_globals.get("__name__", ""))
        if event not in {"call", "c_return"} or not name.startswith(self._modules):
            return
        self._left -= 1
        if self._left == 0:
            sys.setprofile(None)
            raise KeyboardInterrupt


def interrupted_everywhere(driver: SyncDriver, url: str, *modules: str) -> dict[int, str]:
    """What is left after a request that is interrupted at each point, and after the next call, of another thread."""
    left: dict[int, str] = {}
    for point in range(1, 3000):
        try:
            with InterruptedAt(point, *modules):
                driver.run(whole(url))
                return left
        except KeyboardInterrupt:
            pass
        if (what := left_in(driver._transport._http)) != NOTHING:
            left[point] = what
        after = threading.Thread(target=driver.run, args=(whole(url),), daemon=True)
        after.start()
        after.join(10)
        if after.is_alive():
            left[point] = "a lock: the next call waits for ever"
            driver._transport._http._transport._pool._optional_thread_lock = threading.Lock()  # so that it can close
            return left
    raise AssertionError("a request has more points")


@pytest.mark.parametrize("library", LIBRARIES)
def test_wherever_ctrl_c_breaks_a_sync_request_off_it_gives_its_connection_back(
    library: Any, server: ScriptedServer
) -> None:
    server.script = [KEPT_OPEN]
    with library.Client(verify=CONTEXT) as http, SyncDriver(http) as driver:
        assert interrupted_everywhere(driver, server.url, "httpx", "httpcore") == {}


@pytest.mark.parametrize("pool", ["new", "in use"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_wherever_ctrl_c_breaks_a_request_on_a_kept_connection_off_no_lock_stays_held(library: Any, pool: str) -> None:
    core = {httpx: httpcore, httpx2: httpcore2}[library]
    url = "http://school.example"
    with library.Client(verify=CONTEXT) as http:
        http._transport._pool._network_backend = core.MockBackend([KEPT_OPEN] * 5000)
        if pool == "in use":
            http.get(url)
        with SyncDriver(http) as driver:
            driver.run(whole(url))
            assert interrupted_everywhere(driver, url, "httpcore") == {}


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_abandoned_stream_may_be_collected_while_the_pool_is_locked(library: Any, server: ScriptedServer) -> None:
    server.script = [KEPT_OPEN]
    with library.Client(verify=CONTEXT) as http, SyncDriver(http) as driver:
        stream = driver.iterate(holding(server.url))
        next(stream)
        with http._transport._pool._optional_thread_lock:
            del stream
        assert left_in(http) == NOTHING


def test_a_pool_whose_lock_is_held_keeps_that_lock() -> None:
    with httpx.Client(verify=CONTEXT) as http:
        pool: Any = http._transport._pool  # type: ignore[attr-defined]  # of its default transport
        lock = pool._optional_thread_lock._lock
        with lock:
            SyncDriver(http)
        assert pool._optional_thread_lock is lock


def test_when_ctrl_c_breaks_the_start_of_a_worker_off_no_request_is_left(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script = [KEPT_OPEN]
    server.hold.clear()
    start, started = threading.Thread.start, []

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        if thread.name.startswith("ThreadPool"):
            started.append(thread)
            threading.Timer(0.1, server.hold.set).start()
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with httpx.Client(verify=CONTEXT) as http, SyncDriver(http) as driver:
        with pytest.raises(KeyboardInterrupt):
            driver.run(exchange_all([Request("GET", server.url)] * 9, concurrency=4))
        assert [thread.is_alive() for thread in started] == [False]
        assert left_in(http) == NOTHING
    assert len(server.heads) <= 1
