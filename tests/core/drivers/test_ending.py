"""However a flow ends early, it gives back what it holds, and the caller sees what ended it."""

from __future__ import annotations

import _thread
import asyncio
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest

from magister_connect.core.drivers import AsyncDriver, Pace, SyncDriver
from magister_connect.core.flow import (
    Flow,
    Request,
    StreamingFlow,
    emit,
    exchange,
    run_blocking,
    sleep,
    uninterrupted,
)
from magister_connect.core.storage.leases import under_lease
from magister_connect.errors import StoreFailed, TimedOut, UsageError
from tests.core.drivers.conftest import ScriptedServer

BACKENDS = ["asyncio", "trio"]


class Desk:
    """Lends one thing, slowly, and counts."""

    def __init__(self, *, failing: bool = False) -> None:
        self.lent: set[str] = set()
        self.taken = threading.Event()
        self.pass_on = threading.Event()
        self.threads: set[int] = set()
        self.failing = failing

    def take(self, token: str) -> str:
        self.lent.add(token)
        self.threads.add(threading.get_ident())
        self.taken.set()
        self.pass_on.wait(5)
        return token

    def give_back(self, token: str) -> None:
        self.threads.add(threading.get_ident())
        self.lent.discard(token)
        if self.failing:
            raise StoreFailed("The database is locked by another process")


def borrowing(desk: Desk) -> Flow[str]:
    """Learns what it has taken from the answer alone, as from a database."""
    token = yield from run_blocking(lambda: desk.take("a"))
    try:
        yield from sleep(3600)
    finally:
        yield from run_blocking(lambda: desk.give_back(token))
    return token


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("moment", ["while it is taken", "while it is held"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_cancelled_flow_gives_back(backend: str, moment: str, failing: bool) -> None:
    desk = Desk(failing=failing)

    async def main() -> None:
        async with AsyncDriver() as driver, anyio.create_task_group() as group:
            group.start_soon(driver.run, borrowing(desk))
            await anyio.to_thread.run_sync(desk.taken.wait)
            if moment == "while it is held":
                desk.pass_on.set()
                await anyio.sleep(0.02)
            group.cancel_scope.cancel()
            desk.pass_on.set()

    anyio.run(main, backend=backend)
    assert not desk.lent
    assert threading.get_ident() not in desk.threads, "the event loop was held up"


@pytest.mark.parametrize("failing", [False, True])
def test_a_task_of_asyncio_that_is_cancelled_gives_back(failing: bool) -> None:
    desk = Desk(failing=failing)

    async def main() -> None:
        async with AsyncDriver() as driver:
            task = asyncio.create_task(driver.run(borrowing(desk)))
            await asyncio.to_thread(desk.taken.wait)
            task.cancel()
            await asyncio.sleep(0.02)
            assert not task.done(), "its thread is still at work"
            desk.pass_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert not desk.lent


@pytest.mark.parametrize("failing", [False, True])
def test_a_time_out_of_the_caller_comes_out_as_itself(failing: bool) -> None:
    desk = Desk(failing=failing)
    desk.pass_on.set()

    async def main() -> None:
        async with AsyncDriver() as driver:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await driver.run(borrowing(desk))

    asyncio.run(main())
    assert not desk.lent


@pytest.mark.parametrize("failing", [False, True])
def test_control_c_gives_back(failing: bool) -> None:
    desk = Desk(failing=failing)
    desk.pass_on.set()

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    with SyncDriver(sleep=interrupted) as driver, pytest.raises(KeyboardInterrupt):
        driver.run(borrowing(desk))
    assert not desk.lent


# -- what is not interrupted --------------------------------------------------------------------------------------


class Grant:
    """A token that the server gives once: it must be saved, or it is lost."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.saved = False

    def save(self) -> None:
        self.saved = True


def renewing(grant: Grant, url: str) -> Flow[None]:
    def ask_and_save() -> Flow[None]:
        yield from run_blocking(grant.asked.set)
        yield from exchange(Request("POST", url))
        yield from run_blocking(grant.save)

    yield from uninterrupted(ask_and_save())
    yield from sleep(3600)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_must_not_be_interrupted_is_ended_first(server: ScriptedServer, backend: str) -> None:
    grant = Grant()
    server.hold.clear()

    async def main() -> None:
        async with AsyncDriver() as driver, anyio.create_task_group() as group:
            group.start_soon(driver.run, renewing(grant, server.url))
            await anyio.to_thread.run_sync(grant.asked.wait)
            group.cancel_scope.cancel()
            server.hold.set()

    anyio.run(main, backend=backend)
    assert grant.saved


def test_a_cancelled_task_ends_it_first(server: ScriptedServer) -> None:
    grant = Grant()
    server.hold.clear()

    async def main() -> None:
        async with AsyncDriver() as driver:
            task = asyncio.create_task(driver.run(renewing(grant, server.url)))
            await asyncio.to_thread(grant.asked.wait)
            for _ in range(3):
                task.cancel()
                await asyncio.sleep(0.01)
            server.hold.set()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert grant.saved


@pytest.fixture
def python_handles_control_c() -> Iterator[None]:
    """A process that a shell started in the background ignores SIGINT, and Python leaves it so."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("python_handles_control_c")
def test_control_c_ends_it_first(server: ScriptedServer) -> None:
    grant = Grant()
    server.hold.clear()

    def interrupt() -> None:
        grant.asked.wait(5)
        _thread.interrupt_main(signal.SIGINT)
        threading.Timer(0.05, server.hold.set).start()

    threading.Thread(target=interrupt).start()
    with SyncDriver() as driver, pytest.raises(KeyboardInterrupt):
        driver.run(renewing(grant, server.url))
    assert grant.saved


# -- series -------------------------------------------------------------------------------------------------------


def lending(desk: Desk) -> StreamingFlow[int]:
    token = yield from run_blocking(lambda: desk.take("a"))
    try:
        for number in range(1000):
            yield from emit(number)
    finally:
        yield from run_blocking(lambda: desk.give_back(token))


def closed(items: Iterator[int]) -> None:
    items.close()  # type: ignore[attr-defined]  # a generator


def dropped(_items: Iterator[int]) -> None:
    gc.collect()


@pytest.mark.parametrize("leave", [closed, dropped])
def test_a_series_that_is_left_gives_back(leave: Callable[[Iterator[int]], None]) -> None:
    desk = Desk()
    desk.pass_on.set()
    driver = SyncDriver()
    items = driver.iterate(lending(desk))
    next(items)
    leave(items)
    del items
    gc.collect()
    assert not desk.lent
    driver.close()


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_async_series_that_is_left_gives_back(backend: str) -> None:
    desk = Desk()
    desk.pass_on.set()

    async def main() -> None:
        async with AsyncDriver() as driver:
            items = driver.iterate(lending(desk))
            await anext(items)
            await items.aclose()

    anyio.run(main, backend=backend)
    assert not desk.lent


def test_a_client_that_is_closed_while_it_is_used_says_so(server: ScriptedServer) -> None:
    server.script = [None]
    driver = SyncDriver()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(driver.run, exchange(Request("GET", server.url, timeout=0.5)))
        while not server.heads:
            pass
        driver.close()
        with pytest.raises((UsageError, TimedOut)):
            running.result()
    with pytest.raises(UsageError, match="has been closed"):
        driver.run(exchange(Request("GET", server.url)))


# -- loops and processes ------------------------------------------------------------------------------------------


def test_an_async_client_belongs_to_one_event_loop(server: ScriptedServer) -> None:
    driver = AsyncDriver()

    async def call() -> int:
        return (await driver.run(exchange(Request("GET", server.url)))).status

    assert anyio.run(call) == 200
    for _ in range(4):
        with pytest.raises(UsageError, match=r"another event loop.*one for each event loop"):
            anyio.run(call)
    anyio.run(driver.close)


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
@pytest.mark.parametrize("own", [True, False])
def test_after_a_fork_no_connection_is_shared(server: ScriptedServer, own: bool) -> None:
    server.script = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"]  # the connection stays open
    http = None if own else httpx.Client()
    driver = SyncDriver(http, pace=Pace(gap=0, at_once=1))
    request = Request("GET", server.url)
    driver.run(exchange(request))
    connections = len(server.heads)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            words = str(driver.run(exchange(request)).status)
        except UsageError as error:
            words = error.what
        os.write(writing, words.encode())
        os._exit(0)
    os.waitpid(child, 0)
    words = os.read(reading, 1000).decode()
    if own:
        assert words == "200"
        assert len(server.heads) == connections + 1
    else:
        assert "made in another process" in words
    os.close(reading)
    os.close(writing)
    driver.close()
    if http is not None:
        http.close()


class SlowlyClosed(httpx.AsyncByteStream):
    """A body whose end takes some turns of the loop."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"x"

    async def aclose(self) -> None:
        self.closing.set()
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        self.closed = True


def test_a_connection_that_is_being_given_back_is_given_back_whatever_is_cancelled() -> None:
    async def scene() -> tuple[bool, bool]:
        stream = SlowlyClosed()
        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=stream))
        async with httpx.AsyncClient(transport=transport) as http:
            call = asyncio.ensure_future(AsyncDriver(http).run(exchange(Request("GET", "https://school.invalid/"))))
            await stream.closing.wait()
            call.cancel()
            await asyncio.wait((call,))
            return stream.closed, call.cancelled()

    assert asyncio.run(scene()) == (True, True)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_lease_is_given_back_when_the_cancellation_comes_just_before_its_release(backend: str) -> None:
    held: set[str] = set()

    async def scene() -> None:
        with anyio.CancelScope() as scope:

            def work(_token: str) -> Flow[None]:
                scope.cancel()  # seen at the next step, which is the release
                yield from ()

            async with AsyncDriver() as driver:
                await driver.run(under_lease(held.add, held.discard, work))

    anyio.run(scene, backend=backend)
    assert held == set()
