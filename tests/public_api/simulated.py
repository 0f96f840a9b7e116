"""The simulated school as both clients see it, with the services that stand beside its interface."""

import ssl
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import anyio
import httpx
import pytest

from magister_connect.core.drivers import RetryPolicy
from magister_connect.core.secrets import Secret
from magister_connect.login import StaticToken
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.login.server import account_id
from magister_connect.sandbox.school.people import Leerling, Medewerker, Ouder, Persoon
from tests.public_api.conftest import quick

Ask: TypeAlias = Callable[..., Any]
ONCE = RetryPolicy(attempts=1)
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP only: reading the authorities of this machine takes longer than all the rest."""


def token_of(school: Sandbox, person: Persoon | None, scope: str = "openid") -> str:
    subject = None if person is None else account_id(person)
    answer = school.issuer.issue_tokens("http://x", school.accounts.client_id, subject, scope, refresh=False)
    return str(answer["access_token"])


def settings_for(school: Sandbox, person: Persoon | None, scope: str) -> dict[str, Any]:
    return {
        "base_url": school.public_api_url,
        "tokens": StaticToken(Secret(token_of(school, person, scope))),
        "service_urls": school.service_urls,
        "clock": school.clock,
        "pace": quick(),
        "retries": ONCE,
    }


def ask_sync(
    school: Sandbox, person: Persoon | None, name: str, *arguments: Any, scope: str = "openid", **named: Any
) -> Any:
    http = httpx.Client(verify=NO_AUTHORITIES)
    with http, PublicApiClient(**settings_for(school, person, scope), http=http) as client:
        found = getattr(client, name)(*arguments, **named)
        return list(found) if hasattr(found, "pages") else found


async def _ask(school: Sandbox, person: Persoon | None, name: str, scope: str, *arguments: Any, **named: Any) -> Any:
    http = httpx.AsyncClient(verify=NO_AUTHORITIES)
    async with http, AsyncPublicApiClient(**settings_for(school, person, scope), http=http) as client:
        found = getattr(client, name)(*arguments, **named)
        if isinstance(found, AsyncIterable):
            return [each async for each in found]
        return await found if isinstance(found, Awaitable) else found


def ask_async(
    school: Sandbox, person: Persoon | None, name: str, *arguments: Any, scope: str = "openid", **named: Any
) -> Any:
    return anyio.run(partial(_ask, school, person, name, scope, *arguments, **named))


BOTH = pytest.mark.parametrize("ask", [ask_sync, ask_async], ids=["blocking", "awaiting"])


def send(school: Sandbox, person: Persoon | None, method: str, path: str, **options: Any) -> httpx.Response:
    """A request without a client of ours, for what the sandbox answers and no method of ours asks."""
    scope = options.pop("scope", "openid")
    base = options.pop("base", school.public_api_url)
    headers = {"Authorization": f"Bearer {token_of(school, person, scope)}"}
    return httpx.request(method, f"{base}/{path}", headers=headers, verify=NO_AUTHORITIES, **options)


def fetch(address: str) -> httpx.Response:
    """What lies at an address that is open to whoever has it."""
    return httpx.get(address, verify=NO_AUTHORITIES)


def first_pupil(school: Sandbox) -> Leerling:
    return next(iter(school.school.leerlingen.values()))


def parent_of(school: Sandbox, pupil: Leerling) -> Ouder:
    return school.school.parents_of(pupil.stamnummer)[0]


def mentor_of(school: Sandbox, pupil: Leerling) -> Medewerker:
    enrolment = pupil.enrolment_on(school.clock.today())
    assert enrolment is not None
    found = school.school.employee_with_code(enrolment.mentor)
    assert found is not None
    return found


def some_staff(school: Sandbox) -> Medewerker:
    return next(iter(school.school.medewerkers.values()))


def pupils_with(school: Sandbox, kind: int) -> Iterator[Leerling]:
    """Pupils who have been absent in this way."""
    for pupil in school.school.leerlingen.values():
        absence = school.school.absence_of(pupil.stamnummer, school.clock.local())
        if any(each.soort.type == kind for each in absence):
            yield pupil
