"""Pulls over a service that fails at random: no foreign exception, and in the end nothing lost or doubled."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import suppress

import httpx

from magister_connect.core.drivers import RetryPolicy
from magister_connect.errors import InternalError, MagisterConnectError
from magister_connect.results import ResultsClient
from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.store import Store
from stress.kills import compare
from stress.tally import Tally
from tests.results.truth import truth

START = dt.datetime(2025, 11, 20, 9, tzinfo=dt.UTC)
QUICK = RetryPolicy(attempts=2, first_wait=0.0001, longest_wait=0.0001, jitter=0, ceiling=0.0001)


class FaultyTransport(httpx.BaseTransport):
    """Sends requests on, and fails before or after one in three of them."""

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


def faults(tally: Tally, numbers: range) -> Iterator[int]:
    """Three pulls over a faulty service, then a whole one, with the number of the run as the seed."""
    if not numbers:
        return
    with Sandbox(data=School.seeded(5, pupils=8), results=ResultsSwitches(page_size=20)) as sandbox:
        wanted = truth(sandbox)
        for number in numbers:
            sandbox.results.begin_anew()
            run(tally, sandbox, number, wanted)
            yield 1


def run(tally: Tally, sandbox: Sandbox, number: int, wanted: dict[str, object]) -> None:
    """One run in a store of its own."""
    with httpx.HTTPTransport() as inner, Store("sqlite://", key=Store.generate_key()) as store:
        transport = FaultyTransport(inner, random.Random(number))
        for attempt in range(4):
            transport.share = 0.3 if attempt < 3 else 0.0
            with httpx.Client(transport=transport) as http, suppress(MagisterConnectError):
                client = ResultsClient(
                    sandbox.results_wsdl,
                    product="JIJ",
                    instellingscode="ZAND",
                    soap_key="zandbak-jij-sleutel",
                    http=http,
                    retries=QUICK,
                    clock=lambda attempt=attempt: START + dt.timedelta(hours=attempt),  # type: ignore[misc]  # bound now
                )
                try:
                    client.pull(store, stamnummers=str.isdigit)
                except InternalError as error:
                    tally.note("foreign exceptions", str(error))
                except MagisterConnectError:
                    raise
                except Exception as error:  # noqa: BLE001 - what is looked for
                    tally.note("foreign exceptions", f"{type(error).__name__}: {error}")
        compare(tally, {each.submission_nr: each.modified_at for each in store.results()}, wanted)
