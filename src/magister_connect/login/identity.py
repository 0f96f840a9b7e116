"""Identity tokens: who logged in, verified down to the signature. PyJWT does the arithmetic."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Final

import jwt
from attrs import field, frozen

from magister_connect.core.flow import Flow, Request, exchange
from magister_connect.core.json import JsonObject, parse_json
from magister_connect.core.secrets import Secret
from magister_connect.errors import IdentityInvalid
from magister_connect.login.discovery import Endpoints
from magister_connect.login.error_responses import raise_for_error
from magister_connect.login.settings import LoginSettings

TENANT_CLAIM: Final = "urn:magister:claims:iam:tenant"
USERNAME_CLAIM: Final = "urn:magister:claims:iam:username"
HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


@frozen(kw_only=True)
class Identity:
    """Who logged in, from a verified identity token.

    ``subject`` is probably the id that SCIM and UWLR know (inferred: compare, do not assume). ``tenant`` is the
    school's host and not always there (documented by one client); ``username`` the login name. ``claims`` holds all.
    """

    subject: str
    tenant: str | None = None
    username: str | None = field(default=None, repr=False)
    claims: JsonObject = field(factory=dict, repr=False, eq=False)


def fetch_keys(endpoints: Endpoints) -> Flow[JsonObject]:
    """The keys that the login server signs with."""
    request = Request("GET", endpoints.jwks_uri)
    reply = yield from exchange(request)
    raise_for_error(reply, request)
    keys = parse_json(reply.body, request.line)
    if not isinstance(keys, dict):
        raise IdentityInvalid("The keys of the login server cannot be read", where=request.line)
    return keys


def verify(
    token: Secret,
    settings: LoginSettings,
    endpoints: Endpoints,
    keys: JsonObject,
    *,
    nonce: Secret | None,
    moment: dt.datetime,
    code: Secret | None = None,
    access_token: Secret | None = None,
) -> Identity:
    """The identity in ``token``; raises :class:`IdentityInvalid` unless everything about it is right.

    Checked are: signature by a key of the server, issuer, audience, authorized party, time (with the clock skew of the
    settings), nonce, and the hashes of code and access token where the token has them.
    """
    header = _read_header(token)
    claims = _decode(token, header, settings, endpoints, keys)
    _check_times(claims, moment, settings.clock_skew)
    _check_party(claims, settings)
    if nonce is not None and Secret(str(claims.get("nonce", ""))) != nonce:
        raise IdentityInvalid("The identity token was made for another login: its nonce differs")
    _check_hash(claims, "c_hash", code, header)
    _check_hash(claims, "at_hash", access_token, header)
    return _read_identity(claims)


def _read_header(token: Secret) -> Mapping[str, object]:
    try:
        return jwt.get_unverified_header(token.reveal())
    except (jwt.PyJWTError, ValueError):
        pass
    raise IdentityInvalid("The identity token cannot be read")


def _decode(
    token: Secret, header: Mapping[str, object], settings: LoginSettings, endpoints: Endpoints, keys: JsonObject
) -> JsonObject:
    key = _find_key(keys, header)
    try:
        return jwt.decode(
            token.reveal(),
            key,
            algorithms=list(settings.algorithms),
            audience=settings.client_id,
            issuer=[endpoints.issuer, settings.issuer],
            # Times are checked against the driver's clock, below.
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["exp", "iat", "sub"]},
        )
    except jwt.InvalidAudienceError:
        wrong = "The identity token is for another application: its audience differs"
    except jwt.InvalidIssuerError:
        wrong = "The identity token is from another login server: its issuer differs"
    except jwt.MissingRequiredClaimError:
        wrong = "The identity token lacks a claim that every identity token has"
    except (jwt.PyJWTError, ValueError):
        wrong = "The identity token is not signed by the login server, or not in a way that is accepted"
    raise IdentityInvalid(wrong)


def _find_key(keys: JsonObject, header: Mapping[str, object]) -> jwt.PyJWK:
    try:
        usable = [key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys if key.public_key_use in {"sig", None}]
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        usable = []
    named = [key for key in usable if header.get("kid") is None or key.key_id == header.get("kid")]
    if len(named) != 1:
        raise IdentityInvalid("The login server has no key of the name that the identity token was signed with")
    return named[0]


def _check_times(claims: JsonObject, moment: dt.datetime, skew: float) -> None:
    now = moment.timestamp()
    late, early = now - _number(claims, "exp"), _number(claims, "iat") - now
    early = max(early, _number(claims, "nbf") - now) if "nbf" in claims else early
    if late > skew:
        raise IdentityInvalid(
            f"The identity token has been over for {late:.0f} s",
            advice="Check the clock of this machine; if it is right, start a new login.",
        )
    if early > skew:
        raise IdentityInvalid(
            f"The identity token comes from {early:.0f} s in the future",
            advice="The clock of this machine is slow: set it right, then start a new login.",
        )


def _number(claims: JsonObject, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IdentityInvalid(f"The identity token has no readable time in {name}")
    return float(value)


def _check_party(claims: JsonObject, settings: LoginSettings) -> None:
    party = claims.get("azp")
    if party is not None and party != settings.client_id:
        raise IdentityInvalid("The identity token was made for another application: its authorized party differs")


def _check_hash(claims: JsonObject, name: str, text: Secret | None, header: Mapping[str, object]) -> None:
    """Compare the left half of the hash, as OpenID Connect Core 3.3.2.11 defines it."""
    if text is None or name not in claims:
        return
    digest = HASHES.get(str(header.get("alg"))[-3:], hashlib.sha256)(text.reveal().encode("ascii")).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if claims[name] != half:
        raise IdentityInvalid(f"The identity token belongs to another answer: its {name} differs")


def _read_identity(claims: JsonObject) -> Identity:
    def text(*names: str) -> str | None:
        return next((value for name in names if isinstance(value := claims.get(name), str)), None)

    return Identity(
        subject=str(claims["sub"]),
        tenant=text(TENANT_CLAIM),
        username=text(USERNAME_CLAIM, "preferred_username"),
        claims=claims,
    )
