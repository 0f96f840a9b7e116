"""Identity tokens that must not be trusted."""

import datetime as dt
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from magister_connect.core.secrets import Secret
from magister_connect.errors import IdentityInvalid
from magister_connect.login import Endpoints, Identity, LoginSettings
from magister_connect.login.identity import verify

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW = dt.datetime(2025, 11, 20, 9, 0, tzinfo=dt.UTC)
ISSUER = "https://accounts.example"
SETTINGS = LoginSettings(client_id="platform", issuer=ISSUER)
ENDPOINTS = Endpoints(
    issuer=ISSUER, authorization_endpoint=f"{ISSUER}/a", token_endpoint=f"{ISSUER}/t", jwks_uri=f"{ISSUER}/k"
)


def key_set(*names: str) -> dict[str, Any]:
    public = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
    return {"keys": [{**public, "kid": name, "use": "sig", "alg": "RS256"} for name in names]}


def claims(**changes: object) -> dict[str, object]:
    moment = int(NOW.timestamp())
    return {
        "iss": ISSUER,
        "aud": "platform",
        "sub": "wie",
        "nonce": "n",
        "iat": moment,
        "exp": moment + 300,
        **changes,
    }


def token(key: Any = KEY, algorithm: str = "RS256", kid: str = "k", **changes: object) -> Secret:
    return Secret(jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid}))


def check(text: Secret, keys: dict[str, Any] | None = None, **more: Any) -> Identity:
    given = key_set("k") if keys is None else keys
    return verify(text, SETTINGS, ENDPOINTS, given, nonce=Secret("n"), moment=NOW, **more)


def test_a_right_one_is_believed() -> None:
    identity = check(token(**{"urn:magister:claims:iam:tenant": "x.magister.net"}))
    assert (identity.subject, identity.tenant) == ("wie", "x.magister.net")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (token(OTHER), "not signed"),
        (token(kid="unknown"), "no key of the name"),
        (token("x" * 40, "HS256"), "not in a way that is accepted|not signed"),
        (Secret("a.b.c"), "cannot be read"),
        (Secret(""), "cannot be read"),
        (token(aud="another"), "audience"),
        (token(iss="https://elsewhere.example"), "issuer"),
        (token(nonce="m"), "nonce"),
        (token(azp="another"), "authorized party"),
        (token(exp=int(NOW.timestamp()) - 61), "over for"),
        (token(iat=int(NOW.timestamp()) + 61), "in the future"),
        (token(nbf=int(NOW.timestamp()) + 600), "in the future"),
        (token(exp="soon"), "readable time|lacks|not signed"),
        (Secret(jwt.encode({"iss": ISSUER, "aud": "platform"}, KEY, "RS256", {"kid": "k"})), "lacks a claim"),
    ],
)
def test_a_wrong_one_is_refused_and_not_told(text: Secret, words: str) -> None:
    with pytest.raises(IdentityInvalid, match=words) as caught:
        check(text)
    assert caught.value.__cause__ is None
    if text:
        assert text.reveal() not in str(caught.value)


def test_an_unsigned_one_is_refused() -> None:
    with pytest.raises(IdentityInvalid):
        check(Secret(jwt.encode(claims(), "", algorithm="none", headers={"kid": "k"})))


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "?"}]}, key_set("k", "k")])
def test_keys_that_do_not_serve_are_named(keys: dict[str, Any]) -> None:
    with pytest.raises(IdentityInvalid, match="no key"):
        check(token(), keys)


@pytest.mark.parametrize(("name", "argument"), [("c_hash", "code"), ("at_hash", "access_token")])
def test_a_hash_ties_the_token_to_its_answer(name: str, argument: str) -> None:
    # The left half of SHA-256 of "abc", computed by hand from the published digest.
    right = "ungWv48Bz-pBQUDeXa4iIw"
    check(token(**{name: right}), None, **{argument: Secret("abc")})
    with pytest.raises(IdentityInvalid, match=name):
        check(token(**{name: right}), None, **{argument: Secret("abd")})


def test_a_skew_within_the_margin_is_forgiven() -> None:
    check(token(exp=int(NOW.timestamp()) - 59))
    check(token(iat=int(NOW.timestamp()) + 59))
