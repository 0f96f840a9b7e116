"""Libraries of others log in at the simulated login server, by the clock of the machine: authlib and oauthlib."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwk, jwt

from magister_connect.sandbox import IssuerSwitches, RunningClock, Sandbox
from magister_connect.sandbox.login.server import account_id
from tests.login.conftest import first_pupil

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries use what their own dependencies deprecate
BACK = "https://platform.example/terug?school=1"
SCOPE = "openid offline_access"


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=4, staff=15, clock=RunningClock()) as school:
        yield school


def browse(address: str, school: Sandbox) -> str:
    """What the browser does: log a pupil in, and come back."""
    reply = httpx.get(f"{address}&{urlencode({'login_hint': first_pupil(school)})}")
    assert reply.status_code == 302, reply.text
    return reply.headers["location"]


def claims_of(id_token: str, school: Sandbox) -> dict[str, Any]:
    """An identity token as joserfc verifies it, times included."""
    keys = jwk.KeySet.import_key_set(httpx.get(f"{school.issuer_url}/.well-known/openid-configuration/jwks").json())
    token = jwt.decode(id_token, keys, algorithms=["RS256"])
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": school.issuer_url},
        aud={"essential": True, "value": school.accounts.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True, "value": account_id(next(iter(school.school.leerlingen.values())))},
    ).validate(token.claims)
    return dict(token.claims)


@pytest.mark.parametrize("challenge", [None, "S256"], ids=["without PKCE", "with PKCE"])
def test_authlib_logs_in_refreshes_and_revokes(school: Sandbox, challenge: str | None) -> None:
    from authlib.common.security import generate_token
    from authlib.integrations.httpx_client import OAuth2Client

    verifier = generate_token(48) if challenge else None
    accounts = school.accounts
    with OAuth2Client(  # pyright: ignore[reportGeneralTypeIssues, reportAttributeAccessIssue] - authlib has no types
        accounts.client_id, accounts.client_secret, scope=SCOPE, redirect_uri=BACK, code_challenge_method=challenge
    ) as client:
        authorize = f"{school.issuer_url}/connect/authorize"
        address, state = client.create_authorization_url(authorize, **({"code_verifier": verifier} if verifier else {}))
        back = browse(address, school)
        assert parse_qs(urlsplit(back).query)["school"] == ["1"]
        token = client.fetch_token(
            f"{school.issuer_url}/connect/token",
            authorization_response=back,
            state=state,
            **({"code_verifier": verifier} if verifier else {}),
        )
        assert not token.is_expired()
        assert "nonce" not in claims_of(token["id_token"], school)  # none was asked for
        newer = client.refresh_token(f"{school.issuer_url}/connect/token", refresh_token=token["refresh_token"])
        assert newer["refresh_token"] != token["refresh_token"]
        assert "nonce" not in claims_of(newer["id_token"], school)
        info = f"{school.issuer_url}/connect/userinfo"
        assert client.get(info).json()["sub"] == claims_of(newer["id_token"], school)["sub"]
        assert client.revoke_token(f"{school.issuer_url}/connect/revocation", newer["refresh_token"]).status_code == 200
        assert client.get(info).status_code == 401


def test_authlib_as_a_web_application_finds_everything_in_the_discovery_document(school: Sandbox) -> None:
    from authlib.integrations.starlette_client import OAuth
    from starlette.requests import Request

    accounts = school.accounts
    oauth = OAuth()
    oauth.register(
        "magister",
        client_id=accounts.client_id,
        client_secret=accounts.client_secret,
        server_metadata_url=f"{school.issuer_url}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )
    session: dict[str, Any] = {}

    def request(query: str = "") -> Request:
        scope = {"type": "http", "method": "GET", "path": "/terug", "headers": [], "session": session}
        return Request({**scope, "query_string": query.encode()})

    async def log_in() -> dict[str, Any]:
        sent = await oauth.magister.authorize_redirect(request(), BACK)
        back = browse(sent.headers["location"], school)
        return dict(await oauth.magister.authorize_access_token(request(urlsplit(back).query)))

    token = asyncio.run(log_in())
    assert token["userinfo"]["sub"] == account_id(next(iter(school.school.leerlingen.values())))
    assert token["userinfo"]["nonce"]


def test_oauthlib_logs_in_and_refreshes(school: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from requests_oauthlib import OAuth2Session

    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # loopback
    accounts = school.accounts
    with OAuth2Session(accounts.client_id, scope=SCOPE.split(), redirect_uri=BACK, pkce="S256") as session:
        address, _ = session.authorization_url(f"{school.issuer_url}/connect/authorize")
        token_endpoint = f"{school.issuer_url}/connect/token"
        token = session.fetch_token(
            token_endpoint,
            authorization_response=browse(address, school),
            client_secret=accounts.client_secret,
            include_client_id=True,
        )
        assert token["expires_at"] > dt.datetime.now(dt.UTC).timestamp() + 3000
        claims_of(token["id_token"], school)
        newer = session.refresh_token(
            token_endpoint, auth=(accounts.client_id, accounts.client_secret), refresh_token=token["refresh_token"]
        )
        assert newer["access_token"] != token["access_token"]
        assert session.get(f"{school.issuer_url}/connect/userinfo").json()["given_name"]


def test_oauthlib_as_an_application_gets_a_token(school: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from oauthlib.oauth2 import BackendApplicationClient
    from requests_oauthlib import OAuth2Session

    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    accounts = school.accounts
    with OAuth2Session(client=BackendApplicationClient(accounts.client_id, scope=["scim"])) as session:
        token = session.fetch_token(
            f"{school.issuer_url}/connect/token", client_id=accounts.client_id, client_secret=accounts.client_secret
        )
        assert "id_token" not in token
        accounts_found = session.get(f"{school.scim_url}/Users", params={"count": "2"}).json()
        assert len(accounts_found["Resources"]) == 2


# -- what the server answers to requests that are not right -----------------------------------------------------------


def asked(school: Sandbox, **changes: str | None) -> httpx.Response:
    query = {
        "client_id": school.accounts.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": SCOPE,
        "state": "s",
        "login_hint": first_pupil(school),
        **changes,
    }
    address = f"{school.issuer_url}/connect/authorize"
    return httpx.get(address, params={name: value for name, value in query.items() if value is not None})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, None),
        ({"state": None}, None),
        ({"acr_values": "urn:other"}, None),
        ({"code_challenge": "x" * 43, "code_challenge_method": "S256"}, None),
        ({"response_type": "code id_token", "nonce": "n"}, None),
        ({"response_type": "code id_token"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"acr_values": "tenant:elders.magister.net"}, "invalid_request"),
        ({"login_hint": None, "prompt": "none"}, "login_required"),
    ],
)
def test_an_authorization_request_is_answered_rfc6749_4_1_2(
    school: Sandbox, changes: dict[str, str | None], error: str | None
) -> None:
    reply = asked(school, **changes)
    assert reply.status_code == 302
    parts = urlsplit(reply.headers["location"])
    hybrid = "id_token" in (changes.get("response_type") or "")
    found = {name: values[0] for name, values in parse_qs(parts.fragment if hybrid else parts.query).items()}
    assert found.get("error") == error
    assert ("code" in found) is (error is None)
    assert found.get("state") == (None if "state" in changes else "s")
    assert found["iss"] == school.issuer_url


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": None}, {"redirect_uri": "/terug"}, {"redirect_uri": f"{BACK}#hier"}, {"redirect_uri": "https://[::1"},
        {"client_id": "iemand"}, {"client_id": None},
    ],
)  # fmt: skip
def test_nobody_is_sent_to_an_address_that_cannot_be_trusted_rfc6749_4_1_2_1(
    school: Sandbox, changes: dict[str, str | None]
) -> None:
    reply = asked(school, **changes)
    assert (reply.status_code, "location" in reply.headers) == (400, False)


def test_only_registered_addresses_are_gone_back_to_rfc6749_3_1_2_3() -> None:
    with Sandbox(pupils=2, staff=15, issuer=IssuerSwitches(redirect_uris=frozenset({BACK}))) as school:
        assert asked(school).status_code == 302
        assert asked(school, redirect_uri="https://platform.example/terug").status_code == 400


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        ({}, {}, 401, "invalid_client"),
        ({}, {"authorization": "Basic ???"}, 401, "invalid_client"),
        ({}, {"authorization": "Basic /w=="}, 401, "invalid_client"),
        ({"client_secret": "x"}, {}, 401, "invalid_client"),
        ({"grant_type": ""}, None, 400, "invalid_request"),
        ({"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, None, 400, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x"}, None, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, None, 400, "invalid_grant"),
        ({"grant_type": "client_credentials"}, None, 200, None),
    ],
)
def test_a_token_request_is_answered_uncached_rfc6749_5(
    school: Sandbox, form: dict[str, str], headers: dict[str, str] | None, status: int, error: str | None
) -> None:
    accounts = school.accounts
    known = {"client_id": accounts.client_id, "client_secret": accounts.client_secret} if headers is None else {}
    reply = httpx.post(f"{school.issuer_url}/connect/token", data={**known, **form}, headers=headers)
    assert (reply.status_code, reply.json().get("error")) == (status, error)
    assert reply.headers["cache-control"] == "no-store"
    if headers and status == 401:
        assert reply.headers["www-authenticate"].startswith("Basic ")


def test_a_parameter_that_comes_twice_is_refused_rfc6749_3_2(school: Sandbox) -> None:
    auth = (school.accounts.client_id, school.accounts.client_secret)
    body = "grant_type=client_credentials&scope=a&scope=b"
    reply = httpx.post(f"{school.issuer_url}/connect/token", content=body, auth=auth)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_a_code_that_comes_twice_ends_its_tokens_rfc6749_4_1_2(school: Sandbox) -> None:
    accounts = school.accounts
    code = parse_qs(urlsplit(asked(school).headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    auth = (accounts.client_id, accounts.client_secret)
    token = httpx.post(f"{school.issuer_url}/connect/token", data=form, auth=auth).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    assert httpx.post(f"{school.issuer_url}/connect/userinfo", headers=headers).status_code == 200
    assert httpx.post(f"{school.issuer_url}/connect/token", data=form, auth=auth).status_code == 400
    refused = httpx.get(f"{school.issuer_url}/connect/userinfo", headers=headers)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')


def test_a_browser_that_logs_out_comes_back_rp_initiated_logout_3(school: Sandbox) -> None:
    query = {"id_token_hint": "x", "post_logout_redirect_uri": BACK, "state": "s"}
    reply = httpx.get(f"{school.issuer_url}/connect/endsession", params=query)
    assert (reply.status_code, reply.headers["location"]) == (302, f"{BACK}&state=s")
    assert httpx.get(f"{school.issuer_url}/connect/endsession").status_code == 200
