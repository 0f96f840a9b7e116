"""A small school, a pupil's token, and both clients from one table."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import pytest

from magister_connect.core.drivers import Pace, RetryPolicy
from magister_connect.core.secrets import Secret
from magister_connect.login import StaticToken
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.sandbox import IssuerSwitches, PublicApiSwitches, Sandbox
from magister_connect.sandbox.login.server import account_id
from magister_connect.sandbox.school.people import Leerling, Persoon
from tests.login.both_clients import Ask, choose_client, read_whole


def quick() -> Pace:
    """A pace that waits for nothing."""
    return Pace(gap=0.0, slow=0.0, slowest=0.0, asked=lambda _: None)


MakeSchool: TypeAlias = Callable[..., Sandbox]


def token_for(school: Sandbox, person: Persoon | None) -> Secret:
    subject = None if person is None else account_id(person)
    answer = school.issuer.issue_tokens("http://x", school.accounts.client_id, subject, "openid", refresh=False)
    return Secret(answer["access_token"])


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=40, staff=15) as school:
        yield school


@pytest.fixture
def make_school() -> Iterator[MakeSchool]:
    opened: list[Sandbox] = []

    def make(issuer: IssuerSwitches | None = None, **switches: object) -> Sandbox:
        made = PublicApiSwitches(**switches)  # type: ignore[arg-type]  # by name
        opened.append(Sandbox(pupils=2, staff=15, public_api=made, issuer=issuer))
        return opened[-1]

    yield make
    for school in opened:
        school.close()


def pupil_of(school: Sandbox) -> Leerling:
    return next(iter(school.school.leerlingen.values()))


def _options(school: Sandbox, person: Persoon | None, **changes: Any) -> dict[str, Any]:
    tokens = changes.get("tokens") or StaticToken(token_for(school, person))
    return {"pace": quick(), "retries": RetryPolicy(attempts=1), "clock": school.clock, **changes, "tokens": tokens}


def client_for(school: Sandbox, person: Persoon | None, **changes: Any) -> PublicApiClient:
    return PublicApiClient(school.public_api_url, **_options(school, person, **changes))


def _ask_sync(school: Sandbox, person: Persoon | None, name: str, *arguments: Any, **named: Any) -> Any:
    with client_for(school, person) as client:
        found = getattr(client, name)(*arguments, **named)
        return list(found) if isinstance(found, Iterable) and not isinstance(found, bytes | str | dict) else found


async def _ask_async(school: Sandbox, person: Persoon | None, name: str, *arguments: Any, **named: Any) -> Any:
    async with AsyncPublicApiClient(school.public_api_url, **_options(school, person)) as client:
        return await read_whole(getattr(client, name)(*arguments, **named))


@pytest.fixture(params=["blocking", "awaiting"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask a client of either kind: ``ask(school, person, method, *arguments)``; lists come whole."""
    return choose_client(request.param, _ask_sync, _ask_async)
