"""Calls that are cancelled or interrupted at a random moment release everything, and the caller sees the cancellation.

Async calls are cancelled in four ways, and sync calls by the exception that Ctrl-C raises in the main thread.
Afterwards no connection is in use, no task, thread, lease or file is left, and the client works.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import logging
import random
import signal
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Self

import anyio
import anyio.lowlevel
import httpx
from attrs import frozen

from magister_connect.core.drivers import NO_RETRIES, AsyncDriver, Pace, SyncDriver
from magister_connect.errors import InternalError, LeaseHeld
from magister_connect.login import KeptTokens, MemoryTokenStore
from magister_connect.login.operations import LoginServer
from magister_connect.medius import AsyncMediusClient, MediusClient
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.results import AsyncResultsClient, Connection, ResultsClient
from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.store import Store
from stress.databases import folder
from stress.tally import Runs, Tally

NOW: Final = dt.datetime(2025, 11, 20, 9, tzinfo=dt.UTC)
WAYS: Final = ("task", "timeout", "anyio", "trio")
AT_MOST: Final = 25.0  # seconds until a cancelled call must end, on a busy machine
LIMITS: Final = httpx.Limits(max_connections=4)
Ask = Callable[[Any], Any]


@frozen
class Subject:
    """What is cancelled: a client of each kind with an HTTP client, one of its calls, and a check afterwards."""

    make: Callable[[type[Any], Any], Any]
    ask: Ask
    sync_kind: type[Any]
    async_kind: type[Any]
    held: Callable[[], str | None]
    begin_anew: Callable[[], None]


async def cancel(way: str, call: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Cancel a call after some time, in one of four ways."""
    if way == "task":
        task = asyncio.ensure_future(call())
        await asyncio.sleep(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    elif way == "timeout":
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await call()
    else:
        with anyio.move_on_after(seconds):
            await call()


def in_use(http: Any) -> str | None:
    """The connections that no call uses and that were not released."""
    busy = [each for each in http._transport._pool.connections if not (each.is_idle() or each.is_closed())]
    waiting = http._transport._pool._requests
    return f"{len(busy)} connections are in use, {len(waiting)} requests are waiting" if busy or waiting else None


async def read(answer: Any) -> object:
    """The result of an async client: of a call, or a list."""
    return [each async for each in answer] if hasattr(answer, "__aiter__") else await answer


def cancel_one(tally: Tally, subject: Subject, number: int, longest: float) -> None:
    """One async call that is cancelled."""
    way, seconds = WAYS[number % len(WAYS)], random.Random(number).random() * longest

    async def scene() -> None:
        async with httpx.AsyncClient(limits=LIMITS) as http, subject.make(subject.async_kind, http) as client:
            started = time.monotonic()
            await cancel(way, lambda: read(subject.ask(client)), seconds)
            if time.monotonic() - started - seconds > AT_MOST:
                tally.note("leaks", f"{way}: the cancellation took more than {AT_MOST} s")
            await anyio.lowlevel.checkpoint()
            for left in filter(None, (in_use(http), subject.held(), left_tasks(way))):
                tally.note("leaks", f"{way}: {left}")
            try:
                await read(subject.ask(client))
            except Exception as error:  # noqa: BLE001 - what is looked for
                tally.note("lost", f"{way}: afterwards: {type(error).__name__}: {error}")

    guarded(tally, way, lambda: anyio.run(scene, backend="trio" if way == "trio" else "asyncio"))


def left_tasks(way: str) -> str | None:
    """The other tasks of asyncio."""
    tasks = () if way == "trio" else [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    return f"{len(tasks)} tasks are left" if tasks else None


def interrupt_one(tally: Tally, subject: Subject, number: int, longest: float) -> None:
    """One sync call that is interrupted like with Ctrl-C."""
    seconds = 0.001 + random.Random(number).random() * longest
    with httpx.Client(limits=LIMITS) as http, subject.make(subject.sync_kind, http) as client:
        started = time.monotonic()

        def call() -> None:
            answer = subject.ask(client)
            list(answer) if hasattr(answer, "__iter__") else answer

        guarded(tally, "Ctrl-C", lambda: interrupt(call, seconds))
        if time.monotonic() - started - seconds > AT_MOST:
            tally.note("leaks", f"Ctrl-C: the interruption took more than {AT_MOST} s")
        for left in filter(None, (in_use(http), subject.held(), left_threads())):
            tally.note("leaks", f"Ctrl-C: {left}")
        try:
            call()
        except Exception as error:  # noqa: BLE001 - what is looked for
            tally.note("lost", f"Ctrl-C: afterwards: {type(error).__name__}: {error}")


def interrupt(call: Callable[[], None], seconds: float) -> None:
    """Call, and after some time raise the exception of Ctrl-C."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        call()
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def left_threads() -> str | None:
    """The threads other than those of the simulated school, after a short wait for threads that end by themselves."""
    ends = time.monotonic() + 2
    while True:
        left = [each.name for each in threading.enumerate() if each.name.startswith(("ThreadPool", "Thread-"))]
        if not left or time.monotonic() > ends:
            return f"threads are left: {left}" if left else None
        time.sleep(0.002)


def guarded(tally: Tally, way: str, action: Callable[[], object]) -> None:
    """Count everything other than a result or a cancellation."""
    try:
        action()
    except InternalError as error:
        tally.note("foreign exceptions", f"{way}: {error}")
    except Exception as error:  # noqa: BLE001 - what is looked for
        tally.note("foreign exceptions", f"{way}: {type(error).__name__}: {error}")


def over(prepare: Callable[[ExitStack], Subject], one: Callable[[Tally, Subject, int, float], None]) -> Runs:
    """Runs over one subject."""

    def runs(tally: Tally, numbers: range) -> Iterator[int]:
        if not numbers:
            return
        with ExitStack() as stack:
            place = stack.enter_context(folder())
            stack.callback(setattr, tempfile, "tempdir", tempfile.tempdir)
            tempfile.tempdir = str(place)
            subject = prepare(stack)
            longest = length(subject)
            kept = set(place.iterdir())
            for number in numbers:
                subject.begin_anew()
                one(tally, subject, number, longest)
                if number % 20 == 0:
                    gc.collect()
                if left := set(place.iterdir()) - kept:
                    tally.note("leaks", f"files are left: {[each.name for each in left]}")
                    kept |= left
                yield 1

    return runs


def length(subject: Subject) -> float:
    """How long the second call takes."""
    started = 0.0
    for _ in range(2):
        subject.begin_anew()
        started = time.monotonic()
        with httpx.Client(limits=LIMITS) as http, subject.make(subject.sync_kind, http) as client:
            answer = subject.ask(client)
            list(answer) if hasattr(answer, "__iter__") else answer
    return time.monotonic() - started


def nothing_held() -> None:
    """For clients that have only connections."""


def pulls(stack: ExitStack) -> Subject:
    """Pulls into a store: afterwards there is no lease."""
    place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    switches = ResultsSwitches(page_size=5)
    sandbox = stack.enter_context(Sandbox(data=School.seeded(5, pupils=8), results=switches))
    store = stack.enter_context(Store(f"sqlite:///{place / 'school.db'}", key=Store.generate_key()))

    def make(kind: type[Any], http: Any) -> Any:
        named = {"product": "JIJ", "instellingscode": "ZAND", "soap_key": "zandbak-jij-sleutel"}
        return kind(sandbox.results_wsdl, **named, http=http, retries=NO_RETRIES, clock=lambda: NOW)

    def held() -> str | None:
        connection, token = Connection("JIJ", "ZAND"), "stress"
        try:
            store.take_lease(connection, NOW, token=token)
        except LeaseHeld:
            return "the lease is still held"
        store.release_lease(connection, token)
        return None

    def begin_anew() -> None:
        from stress.databases import wipe

        wipe(store)
        sandbox.results.begin_anew()

    def ask(client: Any) -> Any:
        return client.pull(store, stamnummers=str.isdigit)

    return Subject(make, ask, ResultsClient, AsyncResultsClient, held, begin_anew)


class _Renewing:
    """A client that only renews tokens."""

    def __init__(self, driver: Any, source: KeptTokens) -> None:
        self._driver = driver
        self._source = source

    def renew(self) -> Any:
        """A token, renewed if it has expired."""
        return self._driver.run(self._source.access_token())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._driver.close()


def renewals(stack: ExitStack) -> Subject:
    """Renewals of tokens: afterwards the grant is valid, and there is no lease."""
    from tests.login.conftest import log_in, login_to, settings_for

    school = stack.enter_context(Sandbox(pupils=4, staff=3))
    store = MemoryTokenStore()
    with login_to(school) as login:
        started, back = log_in(school, login)
        login.keep(login.finish(started.pending, back), store, "k")
    source = KeptTokens(LoginServer(settings_for(school)), store, "k")

    def held() -> str | None:
        stored = store.read("k")
        return "the lease of the renewal is still held" if stored is None or stored.lease is not None else None

    def make(kind: type[Any], http: Any) -> Any:
        return _Renewing(kind(http, clock=school.clock, retries=NO_RETRIES), source)

    def begin_anew() -> None:
        school.clock.advance(hours=2)

    return Subject(make, _Renewing.renew, SyncDriver, AsyncDriver, held, begin_anew)


def medius(ask: Callable[[Any, list[str]], Any]) -> Callable[[ExitStack], Subject]:
    """Calls of Medius."""

    def prepare(stack: ExitStack) -> Subject:
        school = stack.enter_context(Sandbox(pupils=40, staff=3))
        named: dict[str, Any] = {"username": school.medius_username, "password": school.medius_password}
        named |= {"allow_http": True, "retries": NO_RETRIES, "clock": school.clock}
        address = school.medius_url
        with MediusClient(address, **named) as client:
            numbers = [str(each.stamnummer) for each in client.students()]

        def make(kind: type[Any], http: Any) -> Any:
            return kind(address, http=http, **named)

        return Subject(
            make, lambda client: ask(client, numbers), MediusClient, AsyncMediusClient, lambda: None, nothing_held
        )

    return prepare


def public_api(stack: ExitStack) -> Subject:
    """A list of the Public API, page by page."""
    from tests.login.conftest import log_in, login_to

    school = stack.enter_context(Sandbox(pupils=40, staff=3))
    with login_to(school) as login:
        started, back = log_in(school, login)
        source = login.keep(login.finish(started.pending, back), MemoryTokenStore(), "k")
    address = school.public_api_url

    def make(kind: type[Any], http: Any) -> Any:
        return kind(
            address,
            tokens=source,
            http=http,
            retries=NO_RETRIES,
            clock=school.clock,
            pace=Pace(gap=0, slow=0, slowest=0),
        )

    return Subject(
        make, lambda client: client.account(), PublicApiClient, AsyncPublicApiClient, lambda: None, nothing_held
    )


_SUBJECTS: Final[dict[str, Callable[[ExitStack], Subject]]] = {
    "pulls into a store": pulls,
    "renewals of tokens": renewals,
    "lists of Medius": medius(lambda client, _: client.students()),
    "many people of Medius": medius(lambda client, numbers: client.student_groups_of(numbers)),
    "the Public API": public_api,
}
CANCELS: Final[dict[str, Runs]] = {
    **{f"cancels: {name}": over(prepare, cancel_one) for name, prepare in _SUBJECTS.items()},
    **{f"Ctrl-C: {name}": over(prepare, interrupt_one) for name, prepare in _SUBJECTS.items()},
}
logging.getLogger("asyncio").setLevel(logging.CRITICAL)
