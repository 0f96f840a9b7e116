"""Calls that are cancelled at a random moment: nothing stays held, and the caller sees the cancellation."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import anyio

from magister_connect.core.drivers import AsyncDriver, SyncDriver
from magister_connect.core.secrets import Secret
from magister_connect.login import KeptTokens, MemoryTokenStore, Tokens
from magister_connect.login.operations import LoginServer
from magister_connect.results import AsyncResultsClient, Connection
from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.store import Store
from stress.tally import Tally

NOW = dt.datetime(2025, 11, 20, 9, tzinfo=dt.UTC)
WAYS = ("task", "timeout", "anyio", "trio")


def cancelled(way: str, call: Callable[[], Awaitable[object]], seconds: float) -> str | None:
    """Cancel a call after some time; what the caller saw, if it was neither its result nor its cancellation."""

    async def by_task() -> None:
        task = asyncio.ensure_future(call())
        await asyncio.sleep(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def by_timeout() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await call()

    async def by_scope() -> None:
        with anyio.move_on_after(seconds):
            await call()

    work = {"task": by_task, "timeout": by_timeout}.get(way, by_scope)
    try:
        anyio.run(work, backend="trio" if way == "trio" else "asyncio")
    except Exception as error:  # noqa: BLE001 - what is looked for
        return f"{type(error).__name__}: {error}"
    return None


def pulls(tally: Tally, numbers: range) -> Iterator[int]:
    """Pulls into a store: afterwards no lease is held."""
    if not numbers:
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(data=School.seeded(5, pupils=8), results=ResultsSwitches(page_size=5)) as sandbox,
    ):
        longest = 0.25
        for number in numbers:
            chance = random.Random(number)
            sandbox.results.begin_anew()
            path = Path(folder) / f"{number}.db"
            with Store(f"sqlite:///{path}") as store:
                store.count()

                async def call(store: Store = store) -> object:
                    async with AsyncResultsClient(
                        sandbox.results_wsdl,
                        product="JIJ",
                        instellingscode="ZAND",
                        soap_key="zandbak-jij-sleutel",
                        clock=lambda: NOW,
                    ) as client:
                        return await client.pull(store, stamnummers=str.isdigit)

                started = time.monotonic()
                saw = cancelled(WAYS[number % len(WAYS)], call, chance.random() * longest)
                if saw:
                    tally.note("foreign exceptions", saw)
                if time.monotonic() - started > 10:
                    tally.note("leaks", "the cancellation took more than 10 s")
                try:
                    store.take_lease(Connection("JIJ", "ZAND"), NOW)
                except Exception as error:  # noqa: BLE001 - what is looked for
                    tally.note("leaks", f"the lease is still held ({type(error).__name__})")
            for left in Path(folder).glob(f"{number}.db*"):
                left.unlink()
            yield 1


def renewals(tally: Tally, numbers: range) -> Iterator[int]:
    """Renewals of tokens: afterwards the grant lives, and no lease is held."""
    if not numbers:
        return
    from tests.login.conftest import log_in, login_to, settings_for

    with Sandbox() as school:
        store = MemoryTokenStore()
        with login_to(school) as login:
            started, back = log_in(school, login)
            login.keep(login.finish(started.pending, back), store, "k")
        source = KeptTokens(LoginServer(settings_for(school)), store, "k")
        with SyncDriver(clock=school.clock) as driver:
            for number in numbers:
                school.clock.advance(hours=2)

                async def call() -> object:
                    async with AsyncDriver(clock=school.clock) as async_driver:
                        return await async_driver.run(source.access_token())

                saw = cancelled(WAYS[number % len(WAYS)], call, random.Random(number).random() * 0.05)
                if saw:
                    tally.note("foreign exceptions", saw)
                stored = store.read("k")
                if stored is None or stored.lease is not None:
                    tally.note("leaks", "the lease of the renewal is still held")
                try:
                    driver.run(source.access_token())
                except Exception as error:  # noqa: BLE001 - what is looked for
                    tally.note("lost", f"the grant is gone ({type(error).__name__})")
                    source.put(Tokens(access_token=Secret("x")))
                yield 1


CANCELS = {"pulls into a store": pulls, "renewals of tokens": renewals}
