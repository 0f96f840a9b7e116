"""Our client at a certified OpenID Connect server that others wrote: oidc-provider for node.

It is installed from npm once and kept for later runs; where node or the package cannot be had, these tests are skipped.
"""

import json
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from magister_connect.core.drivers import RetryPolicy
from magister_connect.core.secrets import Secret
from magister_connect.errors import CallbackInvalid, LoginRequired, NotAuthenticated, Refused
from magister_connect.login import (
    AssertionAudience,
    ClientAuthentication,
    ClientKey,
    LoginSettings,
    MagisterLogin,
    ResponseType,
    StartedLogin,
    Tokens,
)

VERSION = "9.13.3"
BACK = "https://platform.example/terug"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
SECRETS = {"basic": "geheim%van:ons", "post": "geheim", "signed": "geheim", "pushed": "geheim"}


def install() -> Path:
    """The folder with the package; made beside and moved into place, so that nobody finds half an installation."""
    folder = Path(tempfile.gettempdir()) / f"magister-connect-oidc-provider-{VERSION}"
    if folder.is_dir():
        return folder
    beside = Path(tempfile.mkdtemp(prefix=f"{folder.name}-"))
    command = ["npm", "install", "--prefix", str(beside), "--no-audit", "--no-fund", "--ignore-scripts"]
    command += ["--prefer-offline", "--fetch-retries=0", "--fetch-timeout=15000", f"oidc-provider@{VERSION}"]
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=60)
        with suppress(OSError):  # another process was first
            beside.rename(folder)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"oidc-provider cannot be installed from npm: {type(error).__name__}")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node is not on this machine")
    port, public = free_port(), json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
    script = str(Path(__file__).with_name("oidc_provider.mjs"))
    command = ["node", script, str(install()), str(port), json.dumps({**public, "kid": "k1", "alg": "RS256"})]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            if "listening" not in server.stdout.readline():
                pytest.skip("oidc-provider does not run with this node")
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def login_to(issuer: str, client: str, **changes: Any) -> MagisterLogin:
    given: dict[str, Any] = {
        "client_id": client,
        "client_secret": Secret(SECRETS[client]) if client in SECRETS else None,
        "redirect_uri": BACK,
        "scopes": ("openid", "offline_access"),
        "issuer": issuer,
        **changes,
    }
    return MagisterLogin(LoginSettings(**given), retries=RetryPolicy(attempts=1))


def browse(address: str) -> str:
    """What the browser does: log in, consent, and come back."""
    with httpx.Client(timeout=20) as browser:
        reply = browser.get(address)
        for _ in range(12):
            if reply.is_redirect:
                target = httpx.URL(reply.url).join(reply.headers["location"])
                if target.host == "platform.example":
                    return str(target)
                reply = browser.get(target)
                continue
            assert reply.status_code == 200, reply.text
            action = re.search(r'action="([^"]+)"', reply.text)
            prompt = re.search(r'name="prompt" value="([^"]+)"', reply.text)
            assert action is not None
            assert prompt is not None
            form = {"prompt": prompt[1], "login": "leerling-1", "password": "x"}
            reply = browser.post(httpx.URL(reply.url).join(action[1]), data=form)
    raise AssertionError(address)


def log_in(login: MagisterLogin) -> tuple[StartedLogin, Tokens]:
    started = login.start(prompt="consent")  # without it, that server issues no refresh token (OpenID Connect Core, 11)
    return started, login.finish(started.pending, browse(started.url))


@pytest.mark.parametrize(
    ("client", "changes"),
    [
        pytest.param("basic", {}, id="basic"),
        pytest.param("basic", {"response_type": ResponseType.CODE_ID_TOKEN}, id="hybrid"),
        pytest.param("post", {"authentication": ClientAuthentication.POST}, id="post"),
        pytest.param("public", {}, id="public"),
        pytest.param("key", {"client_key": ClientKey(Secret(PEM))}, id="key without id"),
        pytest.param(
            "key",
            {"client_key": ClientKey(Secret(PEM), key_id="k1", audience=AssertionAudience.ISSUER)},
            id="key with id, for the issuer",
        ),
        pytest.param("signed", {}, id="signed userinfo"),
        pytest.param("pushed", {"push_requests": True}, id="pushed"),
    ],
)
def test_a_person_logs_in_and_stays_logged_in(issuer: str, client: str, changes: dict[str, Any]) -> None:
    with login_to(issuer, client, **changes) as login:
        started, tokens = log_in(login)
        assert ("request_uri=" in started.url) is (client == "pushed")
        assert tokens.identity is not None
        assert tokens.subject == tokens.identity.subject == "leerling-1"
        assert tokens.refresh_token is not None
        assert login.userinfo(tokens)["sub"] == "leerling-1"
        newer = login.refresh(tokens)
        assert newer.refresh_token != tokens.refresh_token
        assert newer.identity is not None
        assert newer.identity is not tokens.identity  # another identity token came with the refresh, and was verified
        assert newer.subject == "leerling-1"


def test_a_grant_that_was_revoked_is_dead(issuer: str) -> None:
    with login_to(issuer, "basic") as login:
        _, tokens = log_in(login)
        login.revoke(tokens)
        with pytest.raises(LoginRequired):
            login.refresh(tokens)
        with pytest.raises(LoginRequired):
            login.userinfo(tokens)


def test_a_refresh_token_that_comes_twice_ends_the_grant(issuer: str) -> None:
    with login_to(issuer, "basic") as login:
        _, tokens = log_in(login)
        newer = login.refresh(tokens)
        for spent in (tokens, newer):
            with pytest.raises(LoginRequired):
                login.refresh(spent)


def test_the_browser_comes_back_from_the_logout_page(issuer: str) -> None:
    with login_to(issuer, "basic") as login:
        _, tokens = log_in(login)
        url = login.logout_url(tokens, post_logout_redirect_uri=BACK, state="s")
        reply = httpx.get(url)
        assert reply.status_code == 200
        assert "/session/end/confirm" in reply.text


@pytest.mark.parametrize(
    ("client", "changes", "error"),
    [
        ("basic", {"client_secret": Secret("verkeerd")}, NotAuthenticated),
        ("key", {"client_key": ClientKey(Secret(PEM), key_id="another")}, NotAuthenticated),
    ],
)
def test_an_application_that_cannot_authenticate_is_told(
    issuer: str, client: str, changes: dict[str, Any], error: type[Exception]
) -> None:
    with login_to(issuer, client, scopes=(), **changes) as login, pytest.raises(error):
        login.application_token()


@pytest.mark.parametrize("client", ["basic", "key"])
def test_an_application_gets_a_token_of_its_own(issuer: str, client: str) -> None:
    changes = {"client_key": ClientKey(Secret(PEM))} if client == "key" else {}
    with login_to(issuer, client, scopes=(), **changes) as login:
        assert login.application_token().access_token


def test_a_request_that_was_not_pushed_is_refused(issuer: str) -> None:
    with login_to(issuer, "pushed") as login:
        started = login.start()
        back = httpx.get(started.url).headers["location"]
        assert parse_qs(urlsplit(back).query)["error"] == ["invalid_request"]
        with pytest.raises(Refused, match="did not log the user in"):
            login.finish(started.pending, back)


def test_a_callback_without_its_issuer_is_refused_rfc9207(issuer: str) -> None:
    with login_to(issuer, "basic") as login:
        started = login.start(prompt="consent")
        parts = urlsplit(browse(started.url))
        query = {name: values[0] for name, values in parse_qs(parts.query).items() if name != "iss"}
        with pytest.raises(CallbackInvalid, match="no issuer"):
            login.finish(started.pending, f"{BACK}?{urlencode(query)}")
