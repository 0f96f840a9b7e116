"""Accounts of a small school, and both clients from one table."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from magister_connect.core.drivers import RetryPolicy
from magister_connect.core.secrets import Secret
from magister_connect.login import StaticToken
from magister_connect.sandbox import Sandbox, ScimSwitches
from magister_connect.scim import AsyncScimClient, ScimClient
from tests.login.both_clients import Ask, choose_client, read_whole

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


def _options(school: Sandbox, **changes: Any) -> dict[str, Any]:
    tokens = StaticToken(Secret(school.accounts.scim_token))
    return {"tokens": tokens, "retries": RetryPolicy(attempts=1), **changes}


def client_for(school: Sandbox, **changes: Any) -> ScimClient:
    return ScimClient(school.scim_url, **_options(school, **changes))


def _ask_sync(school: Sandbox, name: str, *arguments: Any, **named: Any) -> Any:
    with client_for(school) as client:
        found = getattr(client, name)(*arguments, **named)
        return list(found) if name == "users" else found


async def _ask_async(school: Sandbox, name: str, *arguments: Any, **named: Any) -> Any:
    async with AsyncScimClient(school.scim_url, **_options(school)) as client:
        return await read_whole(getattr(client, name)(*arguments, **named))


@pytest.fixture(params=["blocking", "awaiting"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask a client of either kind: ``ask(school, method, *arguments)``; lists come whole."""
    return choose_client(request.param, _ask_sync, _ask_async)
