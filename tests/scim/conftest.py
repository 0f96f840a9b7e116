"""Accounts of a small school, and both clients from one table."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import anyio
import pytest

from magister_connect.drivers import AwaitingDriver, BlockingDriver, RetryPolicy
from magister_connect.login import StaticToken
from magister_connect.sandbox import Sandbox, ScimSwitches
from magister_connect.scim import AsyncScimClient, ScimClient
from magister_connect.secrets import Secret

Ask: TypeAlias = Callable[..., Any]
MakeSchool: TypeAlias = Callable[..., Sandbox]


@pytest.fixture
def make_school() -> Iterator[MakeSchool]:
    opened: list[Sandbox] = []

    def make(**switches: object) -> Sandbox:
        opened.append(Sandbox(pupils=12, staff=15, scim=ScimSwitches(**switches)))  # type: ignore[arg-type]  # by name
        return opened[-1]

    yield make
    for school in opened:
        school.close()


@pytest.fixture
def school(make_school: MakeSchool) -> Sandbox:
    return make_school()


def client_for(school: Sandbox, **options: Any) -> ScimClient:
    tokens = StaticToken(Secret(school.accounts.scim_token))
    driver = BlockingDriver(retries=RetryPolicy(attempts=1))
    return ScimClient(school.scim_url, tokens=tokens, driver=driver, **options)


def _ask_blocking(school: Sandbox, name: str, *arguments: Any, **named: Any) -> Any:
    with client_for(school) as client:
        found = getattr(client, name)(*arguments, **named)
        return list(found) if name == "users" else found


async def _ask_awaiting(school: Sandbox, name: str, *arguments: Any, **named: Any) -> Any:
    tokens = StaticToken(Secret(school.accounts.scim_token))
    driver = AwaitingDriver(retries=RetryPolicy(attempts=1))
    async with AsyncScimClient(school.scim_url, tokens=tokens, driver=driver) as client:
        found = getattr(client, name)(*arguments, **named)
        if isinstance(found, AsyncIterable):
            return [each async for each in found]
        return await found if isinstance(found, Awaitable) else found


@pytest.fixture(params=["blocking", "awaiting"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask a client of either kind: ``ask(school, method, *arguments)``; lists come whole."""
    if request.param == "blocking":
        return _ask_blocking

    def run(*arguments: Any, **named: Any) -> Any:
        return anyio.run(partial(_ask_awaiting, *arguments, **named))

    return run
