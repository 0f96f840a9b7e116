"""The same login against a server that others wrote: oidc-provider-mock from PyPI."""

from collections.abc import Iterator

import httpx
import pytest

from magister_connect.core.secrets import Secret
from magister_connect.errors import CallbackInvalid, ConsentMissing, LoginRequired
from magister_connect.login import LoginSettings, MagisterLogin

# The server itself uses what its own libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore")
REDIRECT = "http://127.0.0.1:8123/terug"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    from oidc_provider_mock import run_server_in_thread

    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def login(issuer: str) -> Iterator[MagisterLogin]:
    settings = LoginSettings(
        client_id="platform",
        client_secret=Secret("geheim"),
        redirect_uri=REDIRECT,
        scopes=("openid", "profile"),
        issuer=issuer,
        clock_skew=120,
    )
    with MagisterLogin(settings) as login:
        yield login


def press(url: str, **form: str) -> str:
    return httpx.post(url, data=form).headers["location"]


def test_a_person_logs_in_and_stays_logged_in(login: MagisterLogin) -> None:
    started = login.start()
    tokens = login.finish(started.pending, press(started.url, sub="leerling-1"))
    assert tokens.identity is not None
    assert tokens.identity.subject == "leerling-1"
    assert login.userinfo(tokens)["sub"] == "leerling-1"
    newer = login.refresh(tokens)
    assert newer.access_token != tokens.access_token
    assert newer.id_token is not None


def test_a_code_of_that_server_serves_once(login: MagisterLogin) -> None:
    started = login.start()
    back = press(started.url, sub="leerling-1")
    login.finish(started.pending, back)
    with pytest.raises(LoginRequired):
        login.finish(started.pending, back)


def test_a_refusal_counts_with_its_state_only(login: MagisterLogin) -> None:
    """Old releases of that server leave the state out, which RFC 6749 demands: whose refusal it is cannot be known."""
    started = login.start()
    refusal = httpx.URL(press(started.url, action="deny"))
    with pytest.raises(CallbackInvalid):
        login.finish(started.pending, str(refusal.copy_remove_param("state")))
    with pytest.raises(ConsentMissing, match="or the person refused"):
        login.finish(started.pending, str(refusal.copy_set_param("state", httpx.URL(started.url).params["state"])))
