"""Verify identity tokens and signed userinfo, including the signature. PyJWT does the cryptography.

The checks are those that OpenID Connect Core 1.0 requires of a client: 3.1.3.7 for an identity token from the token
endpoint, 3.3.2.11 for one in the callback, 12.2 for one from a refresh, and 5.3.2 for userinfo.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from magister_connect.core.flow import Flow, Request, exchange
from magister_connect.core.json import JsonObject, parse_json
from magister_connect.core.secrets import Secret
from magister_connect.errors import IdentityInvalid
from magister_connect.login.discovery import Endpoints
from magister_connect.login.error_responses import raise_for_error
from magister_connect.login.settings import LoginSettings

if TYPE_CHECKING:
    import jwt

TENANT_CLAIM: Final = "urn:magister:claims:iam:tenant"
USERNAME_CLAIM: Final = "urn:magister:claims:iam:username"
HASHES: Final = {
    "256": hashlib.sha256,
    "384": hashlib.sha384,
    **dict.fromkeys(("512", "DSA", "519"), hashlib.sha512),  # Ed25519 hashes with SHA-512 (RFC 8032, 5.1)
}
KEY_TYPES: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
CURVES: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "ES256K": "secp256k1"}
LATEST: Final = 2**53  # no time is later; NaN and infinity, which Python's JSON accepts, fail the comparison
MOST_KEYS: Final = 8  # how many matching keys are tried for one token

ACCEPTED: Final = "If your contract names another algorithm, pass LoginSettings(algorithms=...)."
SIGNATURE_ONLY: Final[Any] = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@frozen(kw_only=True)
class Identity:
    """The user, from a verified identity token.

    - ``subject``: probably the id in SCIM and UWLR (inferred: compare, do not assume).
    - ``tenant``: the host of the school; sometimes missing (documented by one client).
    - ``username``: the login name.
    - ``claims``: all claims.
    """

    subject: str = field(repr=False)
    tenant: str | None = None
    username: str | None = field(default=None, repr=False)
    claims: JsonObject = field(factory=dict, repr=False, eq=False)


class KeyUnknown(Exception):
    """No key of the set matches and verifies a token. The server may have newer keys."""


@frozen(kw_only=True)
class Expected:
    """The expected values of an identity token.

    - ``nonce``: the one of the login.
    - ``code``: makes ``c_hash`` mandatory, because the token was in the callback (3.3.2.11).
    - ``access_token``: compared with ``at_hash`` if the token has one (3.1.3.8).
    - ``before``: the claims of the token that a refresh replaces (12.2).
    - ``subject``: the person that the token must be about.
    """

    moment: dt.datetime
    nonce: Secret | None = None
    code: Secret | None = None
    access_token: Secret | None = None
    before: JsonObject | None = field(default=None, repr=False)
    subject: str | None = field(default=None, repr=False)


# -- keys -----------------------------------------------------------------------------------------------------------


def fetch_keys(endpoints: Endpoints) -> Flow[JsonObject]:
    """Fetch the public keys of the login server."""
    request = Request("GET", endpoints.jwks_uri)
    reply = yield from exchange(request)
    raise_for_error(reply, request)
    keys = parse_json(reply.body, request.line)
    if not isinstance(keys, dict):
        raise IdentityInvalid("The keys of the login server cannot be read", where=request.line)
    return keys


def choose_keys(keys: JsonObject, header: Mapping[str, object]) -> list[jwt.PyJWK]:
    """Return the keys that match a token by ``kid``, ``kty``, ``crv``, ``alg`` and ``use`` (RFC 7517, 4).

    Keys of unknown types are skipped. If the keys or the token have no key id, every key of the right type matches. Two
    keys with the same id both match.
    """
    found, algorithm, name = keys.get("keys"), str(header.get("alg")), header.get("kid")
    given = found if isinstance(found, list) else []
    usable = [key for key in given if isinstance(key, dict) and _fits(key, algorithm)]
    if name is not None and any(key.get("kid") is not None for key in usable):
        usable = [key for key in usable if key.get("kid") == name]
    return [parsed for key in usable[:MOST_KEYS] if (parsed := _parse_key(key, algorithm)) is not None]


def _fits(key: JsonObject, algorithm: str) -> bool:
    # A foreign value may be a list, which has no hash: tuples compare it, sets would raise.
    operations = key.get("key_ops")
    return (
        key.get("kty") == KEY_TYPES.get(algorithm[:2])
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, algorithm)
        and (key.get("kty") != "EC" or key.get("crv") == CURVES.get(algorithm))
        and (not isinstance(operations, list) or "verify" in operations)
    )


def _parse_key(key: JsonObject, algorithm: str) -> jwt.PyJWK | None:
    import jwt  # imported here: it takes long

    try:
        return jwt.PyJWK.from_dict(dict(key), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError):
        return None


# -- tokens ---------------------------------------------------------------------------------------------------------


def verify_identity(
    token: Secret, settings: LoginSettings, endpoints: Endpoints, keys: JsonObject, expected: Expected
) -> Identity:
    """Verify ``token`` and return its identity. Raises :class:`IdentityInvalid` if any check fails.

    Raises :class:`KeyUnknown` if no key of the set verifies the token.
    """
    header = read_header(token)
    claims = verify_signature(token, header, settings, keys)
    _check_issuer_and_audience(claims, settings, endpoints)
    _check_times(claims, expected.moment, settings.clock_skew)
    if expected.nonce is not None and Secret(str(claims.get("nonce", ""))) != expected.nonce:
        raise IdentityInvalid("The identity token was made for another login: its nonce differs")
    if expected.code is not None and "c_hash" not in claims:
        raise IdentityInvalid("The identity token of the callback has no c_hash, which binds it to the code")
    _check_hash(claims, "c_hash", expected.code, header)
    _check_hash(claims, "at_hash", expected.access_token, header)
    if expected.before is not None:
        _check_unchanged(claims, expected.before)
    if expected.subject is not None and claims["sub"] != expected.subject:
        raise IdentityInvalid("The identity token is about another person than the login")
    return _read_identity(claims)


def read_header(token: Secret) -> Mapping[str, object]:
    """Return the unverified header of a token.

    Raises :class:`IdentityInvalid` for a text that is not a signed token.
    """
    import jwt  # imported here: it takes long

    try:
        return jwt.get_unverified_header(token.reveal())
    except (jwt.PyJWTError, ValueError):
        pass
    raise IdentityInvalid("The identity token cannot be read")


def read_claims(token: Secret) -> JsonObject:
    """Return the claims of a token that was verified earlier, or an empty object if it cannot be read."""
    import jwt  # imported here: it takes long

    try:
        return dict(jwt.decode(token.reveal(), options={"verify_signature": False}))
    except (jwt.PyJWTError, ValueError):
        return {}


def verify_signature(
    token: Secret, header: Mapping[str, object], settings: LoginSettings, keys: JsonObject
) -> JsonObject:
    """Return the claims of a token after checking its signature. Raises :class:`KeyUnknown` if no key verifies it."""
    if header.get("crit") is not None:  # RFC 7515, 4.1.11: a required extension, which we do not support
        raise IdentityInvalid("The token requires an extension that is not supported: crit")
    if header.get("alg") not in settings.algorithms:
        raise IdentityInvalid("The token is not signed in a way that is accepted", advice=ACCEPTED)
    import jwt  # imported here: it takes long

    for key in choose_keys(keys, header):
        try:
            # The functions below check everything except the signature, with the driver's clock.
            return dict(jwt.decode(token.reveal(), key, algorithms=list(settings.algorithms), options=SIGNATURE_ONLY))
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError):
            pass
        raise IdentityInvalid("The token is not signed by the login server, or it cannot be read")
    raise KeyUnknown


def _check_issuer_and_audience(claims: JsonObject, settings: LoginSettings, endpoints: Endpoints) -> None:
    for name in ("iss", "sub", "aud", "exp", "iat"):
        if not claims.get(name):
            raise IdentityInvalid(f"The identity token lacks a claim that every identity token has: {name}")
    if not isinstance(claims["sub"], str):
        raise IdentityInvalid("The identity token has no sub in text form")
    if claims["iss"] not in (endpoints.issuer, settings.issuer):
        raise IdentityInvalid("The identity token is from another login server: its issuer differs")
    audience = claims["aud"]
    audiences = audience if isinstance(audience, list) else [audience]
    if settings.client_id not in audiences:
        raise IdentityInvalid("The identity token is for another application: its audience differs")
    party = claims.get("azp")
    if party != settings.client_id and (party is not None or len(audiences) > 1):
        raise IdentityInvalid("The identity token was made for another application: its authorized party differs")


def _check_times(claims: JsonObject, moment: dt.datetime, skew: float) -> None:
    now = moment.timestamp()
    late, early = now - _number(claims, "exp"), _number(claims, "iat") - now
    early = max(early, _number(claims, "nbf") - now) if "nbf" in claims else early
    if late > skew:
        raise IdentityInvalid(
            f"The identity token expired {late:.0f} s ago",
            advice="Check the clock of this machine; if it is right, start a new login.",
        )
    if early > skew:
        raise IdentityInvalid(
            f"The identity token is valid only in {early:.0f} s",
            advice="Set the clock of this machine, which is slow, then start a new login.",
        )


def _number(claims: JsonObject, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LATEST < value < LATEST:
        raise IdentityInvalid(f"The identity token has no readable time in {name}")
    return float(value)


def _check_hash(claims: JsonObject, name: str, text: Secret | None, header: Mapping[str, object]) -> None:
    """Compare the left half of the hash (3.1.3.6 and 3.3.2.11)."""
    if text is None or name not in claims:
        return
    digest = HASHES.get(str(header.get("alg"))[-3:], hashlib.sha256)(text.reveal().encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if claims[name] != half:
        raise IdentityInvalid(f"The identity token belongs to another response: its {name} differs")


def _check_unchanged(claims: JsonObject, before: JsonObject) -> None:
    """Check the claims that a refresh must not change (12.2).

    These are issuer and subject, and nonce, auth_time and azp if both tokens have them.
    """
    for name in ("iss", "sub"):
        if before.get(name) is not None and claims.get(name) != before[name]:
            raise IdentityInvalid(f"The identity token of the refresh belongs to somebody else: its {name} has changed")
    for name in ("nonce", "auth_time", "azp"):
        if claims.get(name) is not None and before.get(name) is not None and claims[name] != before[name]:
            raise IdentityInvalid(f"The identity token of the refresh belongs to another login: its {name} has changed")


def _read_identity(claims: JsonObject) -> Identity:
    return Identity(
        subject=str(claims["sub"]),
        tenant=_first_text(claims, (TENANT_CLAIM,)),
        username=_first_text(claims, (USERNAME_CLAIM, "preferred_username")),
        claims=claims,
    )


def _first_text(claims: JsonObject, names: Sequence[str]) -> str | None:
    return next((value for name in names if isinstance(value := claims.get(name), str)), None)


# -- userinfo -------------------------------------------------------------------------------------------------------


def verify_userinfo(token: Secret, settings: LoginSettings, endpoints: Endpoints, keys: JsonObject) -> JsonObject:
    """Return the claims of signed userinfo (5.3.2). Checks the signature, and issuer and audience if present."""
    claims = verify_signature(token, read_header(token), settings, keys)
    if claims.get("iss", endpoints.issuer) not in (endpoints.issuer, settings.issuer):
        raise IdentityInvalid("The userinfo is from another login server: its issuer differs")
    audience = claims.get("aud", settings.client_id)
    if settings.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise IdentityInvalid("The userinfo is for another application: its audience differs")
    return claims


def require_subject(claims: JsonObject, subject: str | None) -> JsonObject:
    """Return the userinfo claims if they are about ``subject`` (5.3.2). If no subject is known, any is accepted."""
    found = claims.get("sub")
    if not isinstance(found, str) or not found:
        raise IdentityInvalid("The userinfo has no sub")
    if subject is not None and found != subject:
        raise IdentityInvalid("The userinfo is about another person than the login")
    return claims
