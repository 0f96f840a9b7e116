"""Identity tokens that must not be trusted."""

import datetime as dt
import json
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from magister_connect.core.secrets import Secret
from magister_connect.errors import IdentityInvalid
from magister_connect.login import Endpoints, Identity, LoginSettings
from magister_connect.login.identity import Expected, KeyUnknown, choose_keys, verify_identity, verify_userinfo

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


CRITICAL = Secret(jwt.encode(claims(), KEY, "RS256", {"kid": "k", "crit": ["x"], "x": 1}))


def check(text: Secret, keys: dict[str, Any] | None = None, **more: Any) -> Identity:
    given = key_set("k") if keys is None else keys
    values: dict[str, Any] = {"moment": NOW, "nonce": Secret("n"), **more}
    expected = Expected(**values)
    return verify_identity(text, SETTINGS, ENDPOINTS, given, expected)


def test_a_right_one_is_believed() -> None:
    identity = check(token(**{"urn:magister:claims:iam:tenant": "x.magister.net"}))
    assert (identity.subject, identity.tenant) == ("wie", "x.magister.net")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (token("x" * 40, "HS256"), "not signed in a way that is accepted"),
        (Secret("a.b.c"), "cannot be read"),
        (Secret(""), "cannot be read"),
        (token(aud="another"), "audience"),
        (token(iss="https://elsewhere.example"), "issuer"),
        (token(nonce="m"), "nonce"),
        (token(azp="another"), "authorized party"),
        (token(exp=int(NOW.timestamp()) - 61), "expired"),
        (token(iat=int(NOW.timestamp()) + 61), "valid only in"),
        (token(nbf=int(NOW.timestamp()) + 600), "valid only in"),
        (token(exp="soon"), "readable time"),
        (token(exp=float("nan")), "readable time"),
        (token(exp=float("inf")), "readable time"),
        (token(exp=10**400), "readable time"),
        (token(iat=float("-inf")), "readable time"),
        (
            Secret(jwt.encode(claims(), KEY, "RS256", {"kid": "k", "crit": ["x"], "x": 1})),
            "not understood|cannot be read",
        ),
        (token(sub=""), "lacks a claim .* sub"),
        (token(sub=7), "in text|lacks|cannot be read"),
        (token(aud=["platform", "another"]), "authorized party"),
        (token(aud=["another"]), "audience"),
        (Secret(jwt.encode({"iss": ISSUER, "aud": "platform"}, KEY, "RS256", {"kid": "k"})), "lacks a claim"),
    ],
)
def test_a_wrong_one_is_refused_and_not_told(text: Secret, words: str) -> None:
    with pytest.raises(IdentityInvalid, match=words) as caught:
        check(text)
    assert caught.value.__cause__ is None
    if text:
        assert text.reveal() not in str(caught.value)


@pytest.mark.parametrize("issuer", [[ISSUER], {"iss": ISSUER}])
def test_an_issuer_that_is_no_text_is_refused_oidc_core_2(issuer: object) -> None:
    parts = [{"alg": "RS256", "kid": "k"}, claims(iss=issuer)]
    signed = ".".join(urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts)
    signature = KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    forged = Secret(f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}")
    with pytest.raises(IdentityInvalid, match="issuer"):
        check(forged)
    with pytest.raises(IdentityInvalid, match="issuer"):
        verify_userinfo(forged, SETTINGS, ENDPOINTS, key_set("k"))


def test_an_unsigned_one_is_refused() -> None:
    with pytest.raises(IdentityInvalid):
        check(Secret(jwt.encode(claims(), "", algorithm="none", headers={"kid": "k"})))


@pytest.mark.parametrize("text", [token(OTHER), token(kid="unknown")], ids=["forged", "unknown kid"])
def test_one_that_no_key_verifies_may_be_signed_with_a_newer_key(text: Secret) -> None:
    with pytest.raises(KeyUnknown):
        check(text)


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "?"}, "x", None, {"kty": "RSA"}]}])
def test_a_set_without_a_key_that_fits_verifies_nothing(keys: dict[str, Any]) -> None:
    with pytest.raises(KeyUnknown):
        check(token(), keys)


RSA_KEY = key_set("k")["keys"][0]
EC_KEY = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key()))
WITHOUT_KID = {name: value for name, value in RSA_KEY.items() if name != "kid"}
OTHER_KEY = {**json.loads(RSAAlgorithm.to_jwk(OTHER.public_key())), "use": "sig"}
UNNAMED = Secret(jwt.encode(claims(), KEY, algorithm="RS256"))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        pytest.param(token(), [EC_KEY, {"kty": "AKP", "kid": "k"}, RSA_KEY], id="unknown kinds beside it"),
        pytest.param(token(), [WITHOUT_KID], id="a set without kids"),
        pytest.param(token(), [OTHER_KEY, WITHOUT_KID], id="a set without kids, two keys"),
        pytest.param(token(), [RSA_KEY, RSA_KEY], id="one key twice"),
        pytest.param(token(), [{**OTHER_KEY, "kid": "k"}, RSA_KEY], id="two keys of one name"),
        pytest.param(token(), [{**RSA_KEY, "use": "enc"}, RSA_KEY], id="one for encryption"),
        pytest.param(token(), [{**RSA_KEY, "alg": "RS512"}, RSA_KEY], id="one for another algorithm"),
        pytest.param(token(), [{**RSA_KEY, "use": ["sig"]}, {**RSA_KEY, "alg": {}}, RSA_KEY], id="unreadable ones"),
        pytest.param(token(), [{**RSA_KEY, "key_ops": ["verify"]}], id="key_ops instead of use"),
        pytest.param(UNNAMED, [EC_KEY, RSA_KEY], id="a token without kid"),
        pytest.param(token(), [{name: RSA_KEY[name] for name in ("kty", "n", "e", "kid")}], id="without use and alg"),
    ],
)
def test_keys_are_chosen_by_kid_kty_alg_and_use_rfc7517_4(text: Secret, keys: list[dict[str, Any]]) -> None:
    assert check(text, {"keys": keys}).subject == "wie"


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([{**RSA_KEY, "use": "enc"}], id="for encryption"),
        pytest.param([{**RSA_KEY, "alg": "PS256"}], id="another algorithm"),
        pytest.param([{**RSA_KEY, "key_ops": ["sign"]}], id="key_ops without verify"),
        pytest.param([{**RSA_KEY, "kid": "other"}], id="another name"),
        pytest.param([EC_KEY], id="another type"),
    ],
)
def test_a_key_of_another_purpose_is_not_used_rfc7517_4(keys: list[dict[str, Any]]) -> None:
    with pytest.raises(KeyUnknown):
        check(token(), {"keys": keys})


def test_no_more_than_eight_keys_are_tried_for_one_token() -> None:
    assert len(choose_keys({"keys": [WITHOUT_KID] * 50}, {"alg": "RS256"})) == 8


# The left half of SHA-256 of "abc", computed by hand from the published digest.
HALF = "ungWv48Bz-pBQUDeXa4iIw"


@pytest.mark.parametrize(("name", "argument"), [("c_hash", "code"), ("at_hash", "access_token")])
def test_a_hash_ties_the_token_to_its_answer_oidc_core_3_3_2_11(name: str, argument: str) -> None:
    check(token(**{name: HALF}), None, **{argument: Secret("abc")})
    with pytest.raises(IdentityInvalid, match=name):
        check(token(**{name: HALF}), None, **{argument: Secret("abd")})


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS384", KEY),
        ("PS512", KEY),
        ("ES256", ec.generate_private_key(ec.SECP256R1())),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    ],
)
def test_a_hash_is_that_of_the_algorithm_as_authlib_makes_it(algorithm: str, key: Any) -> None:
    half = pytest.importorskip("authlib.oidc.core.util").create_half_hash("abc", algorithm).decode().rstrip("=")
    made = token(key, algorithm, at_hash=half)
    public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    settings = LoginSettings(client_id="platform", issuer=ISSUER, algorithms=(algorithm,))
    expected = Expected(moment=NOW, access_token=Secret("abc"))
    assert verify_identity(made, settings, ENDPOINTS, {"keys": [public]}, expected).subject == "wie"


def test_a_token_from_the_browser_needs_a_c_hash_oidc_core_3_3_2_11() -> None:
    with pytest.raises(IdentityInvalid, match="c_hash"):
        check(token(), None, code=Secret("abc"))
    check(token(), None, access_token=Secret("abc"))  # at_hash is optional at the token endpoint (3.1.3.6)


BEFORE = claims(auth_time=5, azp="platform")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"sub": "iemand anders"}, "sub"),
        ({"nonce": "another"}, "nonce"),
        ({"auth_time": 6}, "auth_time"),
        ({"nonce": None}, None),
        ({"auth_time": 5}, None),
        ({"azp": "platform"}, None),
        ({}, None),
    ],
)
def test_a_refreshed_token_is_about_the_same_login_oidc_core_12_2(changes: dict[str, Any], word: str | None) -> None:
    text = token(**changes)
    if word is None:
        assert check(text, None, nonce=None, before=BEFORE, subject="wie").subject == "wie"
    else:
        with pytest.raises(IdentityInvalid, match=word):
            check(text, None, nonce=None, before=BEFORE)


def test_a_refreshed_token_of_another_issuer_or_person_is_refused_oidc_core_12_2() -> None:
    with pytest.raises(IdentityInvalid, match="iss has changed"):
        check(token(), None, before=claims(iss="https://before.example"))
    with pytest.raises(IdentityInvalid, match="another person"):
        check(token(), None, subject="iemand anders")


def test_a_skew_within_the_margin_is_forgiven() -> None:
    check(token(exp=int(NOW.timestamp()) - 59))
    check(token(iat=int(NOW.timestamp()) + 59))
