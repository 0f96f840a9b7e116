"""Whatever a login server or a browser sends, what comes of it is an error of ours or a value that holds."""

import json
from typing import Any

import attrs
import jwt
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.flow import Reply
from magister_connect.core.secrets import Secret
from magister_connect.errors import MagisterConnectError
from magister_connect.login import Endpoints
from magister_connect.login.identity import Expected, KeyUnknown, choose_keys, verify_identity
from magister_connect.login.operations import LoginServer
from magister_connect.login.tokens import TokenResponse
from tests.login.scripted import ISSUER, KEY, KEY_SET, NOW, document, settings, through

BACK = "https://platform.example/terug"
SETTINGS = settings(redirect_uri=BACK)
ENDPOINTS = through(LoginServer(SETTINGS).endpoints(), document())[0]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "iss": JSON | st.just(ISSUER),
        "sub": JSON | st.just("wie"),
        "aud": JSON | st.just("app"),
        "exp": JSON | st.just(NOW.timestamp() + 60),
        "iat": JSON | st.just(NOW.timestamp()),
        **dict.fromkeys(("nbf", "azp", "nonce", "c_hash", "at_hash"), JSON),
    },
)


@given(st.text() | st.text().map(lambda text: f"{BACK}?{text}") | st.text().map(lambda text: f"{BACK}#{text}"))
def test_no_address_of_a_browser_breaks_anything(back: str) -> None:
    server = LoginServer(SETTINGS)
    started, _ = through(server.start("x.example", {}), document())
    try:
        through(server.finish(started.pending, back))
    except MagisterConnectError as error:
        assert started.pending.state.reveal() not in str(error)
    else:
        raise AssertionError(back)  # nobody guesses the state


@given(CLAIMS)
def test_claims_are_right_or_refused(claims: dict[str, Any]) -> None:
    try:
        text = jwt.encode(claims, KEY, "ES256", {"kid": "k1"})
    except (TypeError, ValueError):
        return  # PyJWT does not write it
    keys = json.loads(KEY_SET.body)
    try:
        identity = verify_identity(Secret(text), SETTINGS, ENDPOINTS, keys, Expected(moment=NOW))
    except MagisterConnectError:
        return
    assert (identity.subject, claims["iss"]) == (claims["sub"], ISSUER)
    assert "app" in claims["aud"]
    assert claims["exp"] >= NOW.timestamp() - SETTINGS.clock_skew


@given(st.dictionaries(st.sampled_from(["keys", "x"]), JSON), st.dictionaries(st.text(), SCALARS))
def test_any_set_of_keys_can_be_looked_through(keys: dict[str, Any], header: dict[str, Any]) -> None:
    assert choose_keys(keys, {"alg": "RS256", **header}) == []


@given(st.text())
def test_any_text_is_no_token(text: str) -> None:
    try:
        verify_identity(Secret(text), SETTINGS, ENDPOINTS, {"keys": []}, Expected(moment=NOW))
    except (MagisterConnectError, KeyUnknown):
        return
    raise AssertionError(text)


FIELDS = ("access_token", "token_type", "expires_in", "scope", "id_token")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_no_answer_of_the_token_endpoint_costs_the_refresh_token(answer: dict[str, Any]) -> None:
    response = TokenResponse.read({**answer, "refresh_token": "r2"}, NOW, (), "x")
    assert response.refresh_token == Secret("r2")
    assert response.expires is None or response.expires >= NOW


@given(st.dictionaries(st.sampled_from([each.name for each in attrs.fields(Endpoints)]), JSON))
def test_no_discovery_document_breaks_anything(changes: dict[str, Any]) -> None:
    reply = document(**changes)
    try:
        endpoints, _ = through(LoginServer(SETTINGS).endpoints(), Reply(200, (), reply.body))
    except MagisterConnectError:
        return
    assert endpoints.issuer == ISSUER
