"""The simulated login server without HTTP: its switches, its people, its key, and its tokens."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import jwt
from attrs import evolve, frozen
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.sandbox.login.grants import TENANT_HOST, Code, Grant, Grants
from magister_connect.sandbox.school.people import Persoon
from magister_connect.sandbox.state import SandboxState

KEY_ID: Final = "zandbak-1"
REFRESH_LASTS: Final = dt.timedelta(days=30)
IDENTITY_LASTS: Final = dt.timedelta(minutes=5)


class Refusal(StrEnum):
    """Where missing consent of a school is refused. Which of the four the real server uses is unknown."""

    SEARCH = "search"
    AUTHORIZE = "authorize"
    TOKEN = "token"
    RESOURCE = "resource"


@frozen(kw_only=True)
class IssuerSwitches:
    """The unknown properties of the real login server, and deviations from the standards for tests.

    Without changes the server follows OAuth 2.0, OpenID Connect and RFC 9207, so that any library can use it. Unknown
    for the real server:

    - ``consent``: whether the school gave consent to the sandbox's own client from the start.
    - ``refusal`` and ``refusal_code``: where and how missing consent is refused.
    - ``short_search_status``: the status of a search with fewer than three characters.
    - ``tenant_claim``: whether tokens name the school.
    - ``accept_tenant_id``: whether ``acr_values`` may contain a tenant id.
    - ``omit_refresh_token``: a refresh returns no refresh token, and the old one stays valid.
    - ``refresh_id_token``: a refresh returns an identity token.
    - ``discovery``: whether there is a discovery document.
    - ``require_pkce``, ``require_pushed_requests``, ``send_iss`` (RFC 9207), ``signed_userinfo``.

    ``redirect_uris`` are the registered addresses; ``None`` registers every address that the standard allows.
    ``key_id`` is the name of the signing key; ``None`` means a key without a name. ``expires_in`` is in seconds.
    """

    consent: bool = True
    refusal: Refusal = Refusal.SEARCH
    refusal_code: str = "unauthorized_client"
    short_search_status: int = 200
    tenant_claim: bool = True
    accept_tenant_id: bool = False
    omit_refresh_token: bool = False
    refresh_id_token: bool = True
    discovery: bool = True
    require_pkce: bool = False
    require_pushed_requests: bool = False
    send_iss: bool = True
    signed_userinfo: bool = False
    redirect_uris: frozenset[str] | None = None
    key_id: str | None = KEY_ID
    expires_in: int = 3600


class Issuer(SafeRepr):
    """The login server: its switches, its state, and its key. host-meta returns ``api_url``."""

    def __init__(self, state: SandboxState, switches: IssuerSwitches) -> None:
        self.state = state
        self.switches = switches
        self.grants = Grants(consented={state.accounts.client_id} if switches.consent else set())
        self.api_url = ""

    def __repr__(self) -> str:
        return f"<Issuer: {len(self.grants.consented)} clients with consent>"

    def has_consent(self, client_id: str) -> bool:
        """Return whether the school gave consent to this application."""
        return client_id in self.grants.consented

    def refuses(self, client_id: str, place: Refusal) -> bool:
        """Return whether missing consent is refused here."""
        return not self.has_consent(client_id) and self.switches.refusal is place

    def person(self, login_name: str) -> Persoon | None:
        """Return a pupil, parent or member of staff by login name."""
        return next((each for each in self._people() if each.loginnaam == login_name), None)

    def person_of(self, subject: str) -> Persoon | None:
        """Return a pupil, parent or member of staff by the UUID of the account."""
        return next((each for each in self._people() if account_id(each) == subject), None)

    def _people(self) -> list[Persoon]:
        school = self.state.school
        return [*school.leerlingen.values(), *school.medewerkers.values(), *school.ouders.values()]

    # -- tokens -----------------------------------------------------------------------------------------------------

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT of these claims, RS256."""
        headers = None if self.switches.key_id is None else {"kid": self.switches.key_id}
        return jwt.encode(dict(claims), _key(), algorithm="RS256", headers=headers)

    def public_key(self) -> dict[str, Any]:
        """Return the only key of the key set."""
        numbers = json.loads(RSAAlgorithm.to_jwk(_key().public_key()))
        name = {} if self.switches.key_id is None else {"kid": self.switches.key_id}
        return {**numbers, **name, "use": "sig", "alg": "RS256"}

    def issue_tokens(
        self,
        issuer: str,
        client_id: str,
        subject: str | None,
        scope: str,
        *,
        nonce: str = "",
        refresh: bool,
        family: str = "",
        identify: bool = True,
    ) -> dict[str, Any]:
        """Return a successful token response, with an identity token for a person who asked for openid."""
        now = self.state.clock()
        grant = Grant(
            client_id=client_id,
            subject=subject,
            scope=scope,
            family=family,
            ends=now + dt.timedelta(seconds=self.switches.expires_in),
        )
        claims = {**self._claims(issuer, subject, now, grant.ends), "client_id": client_id}
        access = self.sign({**claims, "aud": f"{issuer}/resources", "jti": self.grants.name("at")})
        self.grants.access[access] = grant
        response: dict[str, Any] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.switches.expires_in,
            "scope": scope,
        }
        if identify and subject is not None and "openid" in scope.split():
            response["id_token"] = self.identity(issuer, client_id, subject, nonce, access_token=access)
        if refresh:
            response["refresh_token"] = self.grants.name("rt")
            self.grants.refresh[str(response["refresh_token"])] = evolve(grant, ends=now + REFRESH_LASTS)
        return response

    def identity(
        self, issuer: str, client_id: str, subject: str, nonce: str, *, code: str = "", access_token: str = ""
    ) -> str:
        """Return an identity token, with a nonce only if the request had one (OpenID Connect Core, 2)."""
        now = self.state.clock()
        person = self.person_of(subject)
        claims = {
            **self._claims(issuer, subject, now, now + IDENTITY_LASTS),
            "aud": client_id,
            "preferred_username": person.loginnaam if person else "",
        }
        hashes = {"c_hash": code, "at_hash": access_token}
        claims |= {name: _half_hash(text) for name, text in hashes.items() if text}
        return self.sign(claims | ({"nonce": nonce} if nonce else {}))

    def userinfo(self, issuer: str, client_id: str, person: Persoon) -> dict[str, Any]:
        """Return the userinfo claims. Issuer and audience are for its signed form (OpenID Connect Core, 5.3.2)."""
        signed = {"iss": issuer, "aud": client_id} if self.switches.signed_userinfo else {}
        return {
            **signed,
            "sub": account_id(person),
            "given_name": person.roepnaam,
            "middle_name": person.tussenvoegsel,
            "family_name": person.achternaam,
            "preferred_username": person.loginnaam,
            "tenant_name": self.state.school.naam,
        }

    def proves(self, code: Code, verifier: str) -> bool:
        """Return whether a code verifier matches the challenge, or there is neither (RFC 7636, 4.6)."""
        if not code.challenge:
            return not verifier
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == code.challenge

    def _claims(self, issuer: str, subject: str | None, now: dt.datetime, ends: dt.datetime) -> dict[str, Any]:
        claims = {"iss": issuer, "iat": int(now.timestamp()), "exp": int(ends.timestamp())}
        if subject is not None:
            claims["sub"] = subject
        if self.switches.tenant_claim:
            claims["urn:magister:claims:iam:tenant"] = TENANT_HOST
        return claims


def account_id(person: Persoon) -> str:
    """Return the UUID of a person's account, which differs from that of the person."""
    digest = hashlib.sha256(f"account {person.persoon_id}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _half_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


@lru_cache(maxsize=1)
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
