"""One school for this package, and both clients behind one interface."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Literal

import anyio.from_thread
import httpx
import pytest

from magister_connect.medius import AsyncMediusClient, MediusClient
from magister_connect.sandbox import MediusSwitches, Sandbox
from magister_connect.testing import Script

MakeSandbox = Callable[..., Sandbox]


@pytest.fixture(scope="session")
def school() -> Iterator[Sandbox]:
    """A small school that no test changes."""
    with Sandbox(pupils=60, staff=30) as running:
        yield running


class Awaited:
    """An async client whose methods can be called from a test that does not await."""

    def __init__(self, client: AsyncMediusClient, portal: anyio.from_thread.BlockingPortal) -> None:
        self._client = client
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        if not inspect.ismethod(member):
            return member

        def called(*arguments: Any, **named: Any) -> Any:
            async def run() -> Any:
                outcome = member(*arguments, **named)
                if inspect.isasyncgen(outcome):
                    return [item async for item in outcome]
                return await outcome if inspect.isawaitable(outcome) else outcome

            return self._portal.call(run)

        return called


class Connect:
    """Connects to a school or an address with one kind of client, and closes what it opened."""

    def __init__(self, kind: str, held: ExitStack) -> None:
        self._blocking = kind == "blocking"
        self._held = held
        self._portal = None if self._blocking else held.enter_context(anyio.from_thread.start_blocking_portal(kind))

    def __call__(self, place: Sandbox | str, **options: Any) -> Any:
        """A client; its methods can be called without being awaited, whichever kind it is."""
        address = place if isinstance(place, str) else place.medius_url
        account = {"username": "platform", "password": "zandbak-wachtwoord", "allow_http": True}
        settings: dict[str, Any] = {**account, **options}
        if self._portal is None:
            return self._held.enter_context(MediusClient(address, **settings))
        client = AsyncMediusClient(address, **settings)
        self._held.callback(self._portal.call, client.aclose)
        return Awaited(client, self._portal)

    def http(self, **options: Any) -> Any:
        """A client of httpx of this kind."""
        if self._portal is None:
            return self._held.enter_context(httpx.Client(**options))
        client = httpx.AsyncClient(**options)
        self._held.callback(self._portal.call, client.aclose)
        return client

    def scripted(self, script: Script, library: Literal["httpx", "httpx2"] = "httpx") -> Any:
        """A client of this kind that plays a script."""
        if self._portal is None:
            blocking = script.client(library)
            self._held.callback(blocking.close)
            return blocking
        awaiting = script.async_client(library)
        self._held.callback(self._portal.call, awaiting.aclose)
        return awaiting


@pytest.fixture(scope="session")
def tls_school() -> Iterator[Sandbox]:
    """The same over TLS."""
    with Sandbox(pupils=5, staff=5, tls=True) as running:
        yield running


KINDS = ["blocking", "asyncio", "trio"]


@pytest.fixture(params=KINDS[:2])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Each kind of client in turn."""
    with ExitStack() as held:
        yield Connect(request.param, held)


@pytest.fixture
def sandbox() -> Iterator[MakeSandbox]:
    """Makes schools of a test's own, with its switches."""
    with ExitStack() as held:
        yield lambda **switches: held.enter_context(Sandbox(pupils=20, staff=10, medius=MediusSwitches(**switches)))
