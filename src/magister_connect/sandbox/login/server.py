"""The simulated login server: discovery, keys, login, tokens that rotate, the search for schools, host-meta.

What is documented by public clients is imitated; how a refusal for want of consent shows is not public, so each of the
four ways is a position of :attr:`IssuerSwitches.refusal`. Nobody types a password: whoever is named by ``login_hint``
is logged in, and without one a page asks who you are.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlencode

import jwt
from attrs import frozen
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from magister_connect.sandbox.login.grants import TENANT_HOST, TENANT_ID, Code, Grant, Grants
from magister_connect.sandbox.school.people import Persoon
from magister_connect.sandbox.state import SandboxState

if TYPE_CHECKING:
    from starlette.requests import Request


KEY_ID: Final = "zandbak-1"
CODE_LASTS: Final = dt.timedelta(minutes=5)


class Refusal(StrEnum):
    """Where a school that has not consented shows: the four ways of which the real one is unknown."""

    SEARCH = "search"
    AUTHORIZE = "authorize"
    TOKEN = "token"
    RESOURCE = "resource"


@frozen(kw_only=True)
class IssuerSwitches:
    """What nobody knows about the real login server, or what differs.

    ``consent``: whether the school consented to the sandbox's own client from the start. ``refusal_code`` is what the
    login or the token address calls the refusal. ``omit_refresh_token``: the reply to a refresh leaves it out, and the
    old one goes on. ``tenant_claim``: whether tokens name the school. ``discovery``: whether there is a document.
    ``short_search_status``: the answer to a search with fewer than three characters.
    """

    consent: bool = True
    refusal: Refusal = Refusal.SEARCH
    refusal_code: str = "unauthorized_client"
    expires_in: int = 3600
    omit_refresh_token: bool = False
    tenant_claim: bool = True
    discovery: bool = True
    short_search_status: int = 200
    key_id: str = KEY_ID


class Issuer:
    """The login server: its switches, what it remembers, and its key. ``api_url`` is told by host-meta."""

    def __init__(self, state: SandboxState, switches: IssuerSwitches) -> None:
        self.state = state
        self.switches = switches
        self.grants = Grants(consented={state.accounts.client_id} if switches.consent else set())
        self.api_url = ""

    def has_consent(self, client_id: str) -> bool:
        """Whether the school consented to this application."""
        return client_id in self.grants.consented

    def refuses(self, client_id: str, place: Refusal) -> bool:
        """Whether the want of consent shows here."""
        return not self.has_consent(client_id) and self.switches.refusal is place

    def person(self, login_name: str) -> Persoon | None:
        """A pupil, parent or member of staff by login name."""
        school = self.state.school
        people: list[Persoon] = [*school.leerlingen.values(), *school.medewerkers.values(), *school.ouders.values()]
        return next((each for each in people if each.loginnaam == login_name), None)

    def person_of(self, subject: str) -> Persoon | None:
        """A pupil, parent or member of staff by the UUID of the account."""
        school = self.state.school
        people: list[Persoon] = [*school.leerlingen.values(), *school.medewerkers.values(), *school.ouders.values()]
        return next((each for each in people if account_id(each) == subject), None)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A JWT of these claims, RS256."""
        return jwt.encode(dict(claims), _key(), algorithm="RS256", headers={"kid": self.switches.key_id})

    def public_key(self) -> dict[str, Any]:
        """The key set's one key."""
        numbers = json.loads(RSAAlgorithm.to_jwk(_key().public_key()))
        return {**numbers, "kid": self.switches.key_id, "use": "sig", "alg": "RS256"}

    def give(
        self, issuer: str, client_id: str, subject: str | None, scope: str, *, nonce: str = "", refresh: bool
    ) -> dict[str, Any]:
        """An answer of the token address."""
        now = self.state.clock()
        ends = now + dt.timedelta(seconds=self.switches.expires_in)
        claims = self._claims(issuer, subject, now, ends)
        access = self.sign(
            {**claims, "aud": f"{issuer}/resources", "client_id": client_id, "jti": self.grants.name("at")}
        )
        self.grants.access[access] = Grant(client_id=client_id, subject=subject, scope=scope, ends=ends)
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.switches.expires_in,
            "scope": scope,
        }
        if subject is not None and "openid" in scope.split() and nonce:
            answer["id_token"] = self.identity(issuer, client_id, subject, nonce)
        if refresh:
            answer["refresh_token"] = self.grants.name("rt")
            self.grants.refresh[str(answer["refresh_token"])] = Grant(
                client_id=client_id, subject=subject, scope=scope, ends=now + dt.timedelta(days=30)
            )
        return answer

    def identity(self, issuer: str, client_id: str, subject: str, nonce: str, *, code: str = "") -> str:
        """An identity token."""
        now = self.state.clock()
        claims = self._claims(issuer, subject, now, now + dt.timedelta(minutes=5))
        person = self.person_of(subject)
        claims |= {"aud": client_id, "nonce": nonce, "preferred_username": person.loginnaam if person else ""}
        if code:
            digest = hashlib.sha256(code.encode()).digest()[:16]
            claims["c_hash"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return self.sign(claims)

    def _claims(self, issuer: str, subject: str | None, now: dt.datetime, ends: dt.datetime) -> dict[str, Any]:
        claims = {"iss": issuer, "iat": int(now.timestamp()), "exp": int(ends.timestamp())}
        if subject is not None:
            claims["sub"] = subject
        if self.switches.tenant_claim:
            claims["urn:magister:claims:iam:tenant"] = TENANT_HOST
        return claims


def account_id(person: Persoon) -> str:
    """The UUID of a person's account, which is not the one of the person."""
    digest = hashlib.sha256(f"account {person.persoon_id}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


@lru_cache(maxsize=1)
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def application(issuer: Issuer) -> Starlette:
    """The login server as an application."""
    handlers = _Handlers(issuer)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", handlers.discovery),
            Route("/.well-known/openid-configuration/jwks", handlers.keys),
            Route("/.well-known/host-meta.json", handlers.host_meta),
            Route("/connect/authorize", handlers.authorize),
            Route("/connect/token", handlers.token, methods=["POST"]),
            Route("/connect/userinfo", handlers.userinfo),
            Route("/connect/endsession", handlers.end_session),
            Route("/challenges/tenant/search", handlers.search),
        ]
    )


class _Handlers:
    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer

    async def discovery(self, request: Request) -> Response:
        """The discovery document."""
        if not self.issuer.switches.discovery:
            return Response(status_code=404)
        base = _base(request)
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/connect/authorize",
                "token_endpoint": f"{base}/connect/token",
                "userinfo_endpoint": f"{base}/connect/userinfo",
                "end_session_endpoint": f"{base}/connect/endsession",
                "jwks_uri": f"{base}/.well-known/openid-configuration/jwks",
                "response_types_supported": ["code", "code id_token"],
                "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def keys(self, _: Request) -> Response:
        """The keys."""
        return JSONResponse({"keys": [self.issuer.public_key()]})

    async def host_meta(self, request: Request) -> Response:
        """Where the interface of the token's school is."""
        if self._holder(request) is None:
            return Response(status_code=401)
        return JSONResponse({"links": [{"rel": "magister-api", "href": self.issuer.api_url}]})

    async def search(self, request: Request) -> Response:
        """The schools that consented to the client that asks."""
        key = request.query_params.get("key", "")
        if len(key) < 3:
            return JSONResponse([], status_code=self.issuer.switches.short_search_status)
        client = request.query_params.get("client_id", self.issuer.state.accounts.client_id)
        found = key.casefold() in self.issuer.state.school.naam.casefold() or key == TENANT_ID
        if not found or self.issuer.refuses(client, Refusal.SEARCH):
            return JSONResponse([])
        return JSONResponse([{"displayName": self.issuer.state.school.naam, "id": TENANT_ID}])

    async def authorize(self, request: Request) -> Response:
        """Log in whoever is named, and send the browser back."""
        asked = request.query_params
        if asked.get("client_id") != self.issuer.state.accounts.client_id or "redirect_uri" not in asked:
            return HTMLResponse("<h1>unauthorized_client</h1>", status_code=400)
        if error := self._objection(asked):
            return _back(asked, {"error": error})
        person = self.issuer.person(asked.get("login_hint", ""))
        if person is None:
            if asked.get("prompt") == "none":
                return _back(asked, {"error": "login_required"})
            return HTMLResponse(_login_page(asked))
        return self._send_back(request, account_id(person))

    def _objection(self, asked: Mapping[str, str]) -> str | None:
        acr = asked.get("acr_values", f"tenant:{TENANT_HOST}")
        if acr != f"tenant:{TENANT_HOST}" or asked.get("code_challenge_method") != "S256" or not asked.get("state"):
            return "invalid_request"
        if asked.get("response_type") not in {"code", "code id_token"}:
            return "unsupported_response_type"
        if self.issuer.refuses(asked["client_id"], Refusal.AUTHORIZE):
            return self.issuer.switches.refusal_code
        return None

    def _send_back(self, request: Request, subject: str) -> Response:
        asked, grants = request.query_params, self.issuer.grants
        code = grants.name("code")
        grants.codes[code] = Code(
            client_id=asked["client_id"],
            subject=subject,
            scope=asked.get("scope", ""),
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            nonce=asked.get("nonce", ""),
            ends=self.issuer.state.clock() + CODE_LASTS,
        )
        answer = {"code": code}
        if asked["response_type"] == "code id_token":
            answer["id_token"] = self.issuer.identity(
                _base(request), asked["client_id"], subject, asked.get("nonce", ""), code=code
            )
        return _back(asked, answer)

    async def token(self, request: Request) -> Response:
        """The token address."""
        form = dict(parse_qsl((await request.body()).decode()))
        client = self._client(request, form)
        if client is None:
            return _refuse("invalid_client", 401)
        if self.issuer.refuses(client, Refusal.TOKEN):
            return _refuse(self.issuer.switches.refusal_code)
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_client,
        }
        by = grants.get(form.get("grant_type", ""))
        return _refuse("unsupported_grant_type") if by is None else by(_base(request), client, form)

    def _client(self, request: Request, form: Mapping[str, str]) -> str | None:
        accounts = self.issuer.state.accounts
        basic = request.headers.get("authorization", "")
        if basic.startswith("Basic "):
            name, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
            given = (unquote(name), unquote(secret))
        else:
            given = (form.get("client_id", ""), form.get("client_secret", ""))
        return accounts.client_id if given == (accounts.client_id, accounts.client_secret) else None

    def _by_code(self, issuer: str, client: str, form: Mapping[str, str]) -> Response:
        code = self.issuer.grants.spend_code(form.get("code", ""))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            code is None
            or (code.client_id, code.redirect_uri, code.challenge) != (client, form.get("redirect_uri"), challenge)
            or code.ends <= self.issuer.state.clock()
        ):
            return _refuse("invalid_grant")
        refresh = "offline_access" in code.scope.split()
        return JSONResponse(
            self.issuer.give(issuer, client, code.subject, code.scope, nonce=code.nonce, refresh=refresh)
        )

    def _by_refresh(self, issuer: str, client: str, form: Mapping[str, str]) -> Response:
        keep = self.issuer.switches.omit_refresh_token
        grant = self.issuer.grants.spend_refresh(form.get("refresh_token", ""), keep=keep)
        if grant is None or grant.client_id != client or grant.ends <= self.issuer.state.clock():
            return _refuse("invalid_grant")
        return JSONResponse(self.issuer.give(issuer, client, grant.subject, grant.scope, refresh=not keep))

    def _by_client(self, issuer: str, client: str, form: Mapping[str, str]) -> Response:
        return JSONResponse(self.issuer.give(issuer, client, None, form.get("scope", ""), refresh=False))

    async def userinfo(self, request: Request) -> Response:
        """Who the token belongs to."""
        grant = self._holder(request)
        person = self.issuer.person_of(grant.subject or "") if grant else None
        if person is None:
            return Response(status_code=401)
        return JSONResponse(
            {
                "sub": account_id(person),
                "given_name": person.roepnaam,
                "middle_name": person.tussenvoegsel,
                "family_name": person.achternaam,
                "preferred_username": person.loginnaam,
                "tenant_name": self.issuer.state.school.naam,
            }
        )

    async def end_session(self, _: Request) -> Response:
        """The end of a session."""
        return HTMLResponse("<p>U bent uitgelogd.</p>")

    def _holder(self, request: Request) -> Grant | None:
        return self.issuer.grants.holder(request.headers.get("authorization", ""), self.issuer.state.clock())


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _back(asked: Mapping[str, str], answer: Mapping[str, str]) -> Response:
    joint = "#" if "id_token" in asked.get("response_type", "") else "?"
    query = urlencode({**answer, "state": asked.get("state", "")})
    return RedirectResponse(f"{asked['redirect_uri']}{joint}{query}", status_code=302)


def _refuse(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error}, status_code=status)


def _login_page(asked: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    return f'<form action="/connect/authorize">{hidden}<input name="login_hint"><button>Inloggen</button></form>'
