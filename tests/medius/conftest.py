"""One school for the room, and both clients behind one face."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import anyio.from_thread
import httpx
import pytest

from magister_connect.medius import AsyncMediusClient, MediusClient
from magister_connect.sandbox import MediusSwitches, Sandbox

Connect = Callable[..., Any]
MakeSandbox = Callable[..., Sandbox]


@pytest.fixture(scope="session")
def school() -> Iterator[Sandbox]:
    """A small school that no test changes."""
    with Sandbox(pupils=60, staff=30) as running:
        yield running


class Awaited:
    """An awaiting client whose methods can be called from a test that does not await."""

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


@pytest.fixture(params=["blocking", "asyncio", "trio"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Connects to a school or an address, with each kind of client; what it opens is closed."""
    with ExitStack() as held:

        def blocking(address: str, **options: Any) -> MediusClient:
            return held.enter_context(MediusClient(address, **options))

        def awaiting(address: str, **options: Any) -> Awaited:
            portal = held.enter_context(anyio.from_thread.start_blocking_portal(request.param))
            client = AsyncMediusClient(address, **options)
            held.callback(portal.call, client.aclose)
            return Awaited(client, portal)

        make = blocking if request.param == "blocking" else awaiting

        def connect(place: Sandbox | str, **options: Any) -> Any:
            address = place if isinstance(place, str) else place.medius_url
            settings = {"username": "platform", "password": "zandbak-wachtwoord", "allow_http": True}
            return make(address, **{**settings, **options})

        connect.http = httpx.Client if request.param == "blocking" else httpx.AsyncClient  # type: ignore[attr-defined]  # rides along
        connect.blocking = request.param == "blocking"  # type: ignore[attr-defined]  # rides along
        yield connect


@pytest.fixture
def sandbox() -> Iterator[MakeSandbox]:
    """Makes schools of a test's own, with its switches."""
    with ExitStack() as held:
        yield lambda **switches: held.enter_context(Sandbox(pupils=20, staff=10, medius=MediusSwitches(**switches)))
