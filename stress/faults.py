"""Pulls with a service and a database that fail at random: no foreign exception, and nothing is lost or doubled.

A service that delivers once is not included: nobody can recover a response of it that is cut off.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, Final

import httpx
from sqlalchemy import event

from magister_connect.core.drivers import RetryPolicy, SyncDriver
from magister_connect.errors import InternalError, MagisterConnectError
from magister_connect.results import ResultsClient
from magister_connect.sandbox import ResultsSwitches, School
from magister_connect.store import Store
from stress.databases import postgres, wipe
from stress.direct import DirectSandbox
from stress.kills import compare
from stress.tally import Runs, Tally
from tests.results.puller import CONTRACTS
from tests.results.truth import truth

START = dt.datetime(2025, 11, 20, 9, tzinfo=dt.UTC)
PAGINGS = ("since", "offset", "number", "page", "token")
QUICK = RetryPolicy(attempts=2, first_wait=0.0001, longest_wait=0.0001, jitter=0, ceiling=0.0001)


class FaultyTransport(httpx.BaseTransport):
    """Forwards requests, and fails before or after one in three of them."""

    def __init__(self, inner: httpx.BaseTransport, chance: random.Random) -> None:
        self._inner = inner
        self._chance = chance
        self.share = 0.3

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        if self._chance.random() > self.share:
            return self._inner.handle_request(request)
        kind = self._chance.choice(("refuse", "status", "late", "cut", "garble", "page", "empty", "headers"))
        if kind == "refuse":
            raise httpx.ConnectError("refused", request=request)
        if kind == "status":
            return httpx.Response(self._chance.choice((429, 500, 502, 503, 504)), html="<h1>busy</h1>")
        reply = self._inner.handle_request(request)
        body = reply.read()
        reply.close()
        if kind == "late":
            raise httpx.ReadError("broken off", request=request)
        return self._spoiled(kind, reply, body)

    def _spoiled(self, kind: str, reply: httpx.Response, body: bytes) -> httpx.Response:
        chance = self._chance
        headers = {"content-type": reply.headers.get("content-type", "text/xml")}
        if kind == "cut":
            body = body[: chance.randrange(len(body) + 1)]
        elif kind == "garble":
            place = chance.randrange(len(body) + 1)
            body = body[:place] + chance.randbytes(chance.randrange(1, 9)) + body[place + chance.randrange(5) :]
        elif kind == "page":
            body, headers = b"<html><body>Onderhoud</body></html>", {"content-type": "text/html"}
        elif kind == "empty":
            body = b""
        else:
            headers |= {"retry-after": chance.choice(("1e9", "-1", "Wed, 99 Xxx 99999", "\xe9"))}
            return httpx.Response(503, headers=[(k.encode(), v.encode("latin-1")) for k, v in headers.items()])
        return httpx.Response(reply.status_code, headers=headers, content=body)


class FaultyDatabase:
    """Makes one statement in fifty fail like a database."""

    def __init__(self, store: Store) -> None:
        self.chance = random.Random(0)
        self.share = 0.0
        dbapi = store._database._engine.dialect.dbapi
        assert dbapi is not None
        self._failure: type[Exception] = dbapi.OperationalError
        event.listen(store._database._engine, "do_execute", self._fail_now_and_then)

    def _fail_now_and_then(self, *_statement: object) -> None:
        if self.chance.random() < self.share:
            raise self._failure(self.chance.choice(("database is locked", "disk I/O error", "database is full", "?")))


class Faults:
    """Pulls from a faulty service, with one way of paging."""

    def __init__(self, paging: Any, data: School, stack: ExitStack) -> None:
        self._paging = paging
        switches = ResultsSwitches(paging=paging, page_size=20)
        self._sandbox = stack.enter_context(DirectSandbox(data=data, results=switches))
        self._wanted = truth(self._sandbox)

    def run(self, tally: Tally, number: int, store: Store, database: FaultyDatabase) -> None:
        """One pull that can fail (in every third run: three), and a complete one. The number of the run is the seed."""
        self._sandbox.results.begin_anew()
        transport = FaultyTransport(self._sandbox.transport, random.Random(number))
        database.chance = random.Random(number)
        last = 1 if number // len(PAGINGS) % 3 else 3
        for attempt in range(last + 1):
            transport.share, database.share = (0.3, 0.02) if attempt < last else (0.0, 0.0)
            try:
                self._pull(store, transport, START + dt.timedelta(hours=attempt))
            except InternalError as error:
                tally.note("foreign exceptions", f"{self._paging}: {error}")
            except MagisterConnectError as error:
                if attempt == last:
                    tally.note("lost", f"{self._paging}: the last pull failed ({error})")
            except Exception as error:  # noqa: BLE001 - what is looked for
                tally.note("foreign exceptions", f"{self._paging}: {type(error).__name__}: {error}")
        compare(tally, store, self._wanted)

    def _pull(self, store: Store, transport: httpx.BaseTransport, now: dt.datetime) -> None:
        with httpx.Client(transport=transport) as http:
            client = ResultsClient(
                self._sandbox.results_wsdl,
                product="JIJ",
                instellingscode="ZAND",
                soap_key="zandbak-jij-sleutel",
                contract=CONTRACTS.get(self._paging),
                driver=SyncDriver(http, retries=QUICK, sleep=lambda _: None, clock=lambda: now),
            )
            client.pull(store, stamnummers=str.isdigit)


def faults_on(new_database: Callable[[], AbstractContextManager[str]]) -> Runs:
    """Runs on one kind of database, each way of paging in turn."""

    def faults(tally: Tally, numbers: range) -> Iterator[int]:
        if not numbers:
            return
        with ExitStack() as stack:
            address = stack.enter_context(new_database())
            store = stack.enter_context(Store(address, key=Store.generate_key(), patience=5))
            database = FaultyDatabase(store)
            data = School.seeded(5, pupils=4)
            kinds = [Faults(paging, data, stack) for paging in PAGINGS]
            for number in numbers:
                wipe(store)
                kinds[number % len(kinds)].run(tally, number, store, database)
                yield 1

    return faults


FAULTS: Final[dict[str, tuple[float, Runs]]] = {
    "SQLite": (0.9, faults_on(lambda: nullcontext("sqlite://"))),
    "PostgreSQL": (0.1, faults_on(postgres)),
}
