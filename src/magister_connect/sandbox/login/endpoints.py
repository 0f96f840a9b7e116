"""The simulated login server over HTTP: discovery, keys, login, rotating tokens, the search for schools, host-meta.

By default it is a correct server of OAuth 2.0 and OpenID Connect, for any library. What public clients document about
the real server (the search, host-meta, ``acr_values``) is included. No password is needed: ``login_hint`` names the
person who logs in. Without it, a page asks who you are.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import html
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from attrs import frozen
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from magister_connect.sandbox.login.grants import TENANT_HOST, TENANT_ID, Code, Grant
from magister_connect.sandbox.login.server import Issuer, Refusal, account_id

if TYPE_CHECKING:
    from starlette.requests import Request

CODE_LASTS: Final = dt.timedelta(minutes=5)
PUSHED_LASTS: Final = 60
UNCACHED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1
GRANT_TYPES: Final = ("authorization_code", "refresh_token", "client_credentials")
RESPONSE_TYPES: Final = ("code", "code id_token")
PATHS: Final = {
    "authorization_endpoint": "connect/authorize",
    "token_endpoint": "connect/token",
    "userinfo_endpoint": "connect/userinfo",
    "end_session_endpoint": "connect/endsession",
    "revocation_endpoint": "connect/revocation",
    "pushed_authorization_request_endpoint": "connect/par",
    "jwks_uri": ".well-known/openid-configuration/jwks",
}


def application(issuer: Issuer) -> Starlette:
    """Return the login server as an application."""
    metadata, browser, clients = _Metadata(issuer), _Browser(issuer), _Clients(issuer)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", metadata.discovery),
            Route("/.well-known/openid-configuration/jwks", metadata.keys),
            Route("/.well-known/host-meta.json", metadata.host_meta),
            Route("/challenges/tenant/search", metadata.search),
            Route("/connect/authorize", browser.authorize, methods=["GET", "POST"]),
            Route("/connect/endsession", browser.end_session, methods=["GET", "POST"]),
            Route("/connect/token", clients.token, methods=["POST"]),
            Route("/connect/par", clients.push, methods=["POST"]),
            Route("/connect/revocation", clients.revoke, methods=["POST"]),
            Route("/connect/userinfo", clients.userinfo, methods=["GET", "POST"]),
        ]
    )


@frozen
class _Metadata:
    """The endpoints without login: the discovery document, the keys, host-meta and the search for schools."""

    issuer: Issuer

    async def discovery(self, request: Request) -> Response:
        """Return the discovery document (OpenID Connect Discovery 1.0, 3)."""
        switches = self.issuer.switches
        if not switches.discovery:
            return Response(status_code=404)
        base = _base(request)
        return JSONResponse(
            {
                "issuer": base,
                **{name: f"{base}/{path}" for name, path in PATHS.items()},
                "require_pushed_authorization_requests": switches.require_pushed_requests,
                "authorization_response_iss_parameter_supported": switches.send_iss,
                "response_types_supported": list(RESPONSE_TYPES),
                "response_modes_supported": ["query", "fragment"],
                "grant_types_supported": list(GRANT_TYPES),
                "subject_types_supported": ["public"],
                "scopes_supported": ["openid", "profile", "offline_access", "scim"],
                "claims_supported": ["sub", "preferred_username", "given_name", "middle_name", "family_name"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "prompt_values_supported": ["none", "login", "select_account"],
            }
        )

    async def keys(self, _: Request) -> Response:
        """Return the keys."""
        return JSONResponse({"keys": [self.issuer.public_key()]})

    async def host_meta(self, request: Request) -> Response:
        """Return the address of the interface for the school of the token."""
        if _holder(self.issuer, request) is None:
            return _unauthorized()
        return JSONResponse({"links": [{"rel": "magister-api", "href": self.issuer.api_url}]})

    async def search(self, request: Request) -> Response:
        """Return the schools that gave consent to the client."""
        key = request.query_params.get("key", "")
        if len(key) < 3:
            return JSONResponse([], status_code=self.issuer.switches.short_search_status)
        client = request.query_params.get("client_id", self.issuer.state.accounts.client_id)
        found = key.casefold() in self.issuer.state.school.naam.casefold() or key == TENANT_ID
        if not found or self.issuer.refuses(client, Refusal.SEARCH):
            return JSONResponse([])
        return JSONResponse([{"displayName": self.issuer.state.school.naam, "id": TENANT_ID}])


@frozen
class _Browser:
    """The endpoints for a browser: login and logout."""

    issuer: Issuer

    async def authorize(self, request: Request) -> Response:
        """Log in the named person, and send the browser back."""
        given = await _read_form(request) if request.method == "POST" else request.query_params.multi_items()
        asked = self._unpack(dict(given))
        if asked is None or len(given) != len(dict(given)) or not self._knows(asked):
            return HTMLResponse("<h1>invalid_request</h1>", status_code=400)  # no trusted address for sending an error
        if error := self._objection(asked):
            return self._send_back(request, asked, {"error": error})
        person = self.issuer.person(asked.get("login_hint", ""))
        if person is None:
            if asked.get("prompt") == "none":
                return self._send_back(request, asked, {"error": "login_required"})
            return HTMLResponse(_login_page(asked))
        return self._send_back(request, asked, self._answer(request, asked, account_id(person)))

    async def end_session(self, request: Request) -> Response:
        """End a session (OpenID Connect RP-Initiated Logout 1.0)."""
        given = await _read_form(request) if request.method == "POST" else request.query_params.multi_items()
        asked = dict(given)
        back = asked.get("post_logout_redirect_uri", "")
        if back and asked.get("id_token_hint") and _is_registered(self.issuer, back):
            state = {"state": asked["state"]} if "state" in asked else {}
            return RedirectResponse(_join(back, "?", state) if state else back, status_code=302)
        return HTMLResponse("<p>U bent uitgelogd.</p>")

    def _unpack(self, asked: dict[str, str]) -> dict[str, str] | None:
        """Return the request, which may have been pushed before; ``None`` if pushing was required and missing."""
        if "request_uri" in asked:
            pushed = self.issuer.grants.pushed.pop(asked["request_uri"], None)
            return pushed if pushed and pushed.get("client_id") == asked.get("client_id") else None
        return None if self.issuer.switches.require_pushed_requests else asked

    def _knows(self, asked: Mapping[str, str]) -> bool:
        known = asked.get("client_id") == self.issuer.state.accounts.client_id
        return known and _is_registered(self.issuer, asked.get("redirect_uri", ""))

    def _objection(self, asked: Mapping[str, str]) -> str | None:
        if asked.get("response_type") not in RESPONSE_TYPES:
            return "unsupported_response_type" if asked.get("response_type") else "invalid_request"
        hybrid_without_nonce = asked["response_type"] != "code" and not asked.get("nonce")
        if hybrid_without_nonce or not self._knows_tenant(asked) or not self._has_sound_challenge(asked):
            return "invalid_request"
        if self.issuer.refuses(asked["client_id"], Refusal.AUTHORIZE):
            return self.issuer.switches.refusal_code
        return None

    def _knows_tenant(self, asked: Mapping[str, str]) -> bool:
        wanted = {each for each in asked.get("acr_values", "").split() if each.startswith("tenant:")}
        known = {TENANT_HOST, TENANT_ID} if self.issuer.switches.accept_tenant_id else {TENANT_HOST}
        return wanted <= {f"tenant:{each}" for each in known}

    def _has_sound_challenge(self, asked: Mapping[str, str]) -> bool:
        if not asked.get("code_challenge"):
            return not self.issuer.switches.require_pkce and "code_challenge_method" not in asked
        return asked.get("code_challenge_method") == "S256"

    def _answer(self, request: Request, asked: Mapping[str, str], subject: str) -> dict[str, str]:
        grants, nonce = self.issuer.grants, asked.get("nonce", "")
        code = grants.name("code")
        grants.codes[code] = Code(
            client_id=asked["client_id"],
            subject=subject,
            scope=asked.get("scope", ""),
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
            nonce=nonce,
            ends=self.issuer.state.clock() + CODE_LASTS,
        )
        if asked["response_type"] == "code":
            return {"code": code}
        token = self.issuer.identity(_base(request), asked["client_id"], subject, nonce, code=code)
        return {"code": code, "id_token": token}

    def _send_back(self, request: Request, asked: Mapping[str, str], answer: Mapping[str, str]) -> Response:
        joint = "#" if "id_token" in asked.get("response_type", "") else "?"
        state = {"state": asked["state"]} if "state" in asked else {}
        sender = {"iss": _base(request)} if self.issuer.switches.send_iss else {}  # RFC 9207, for errors too
        return RedirectResponse(_join(asked["redirect_uri"], joint, {**answer, **state, **sender}), status_code=302)


@frozen
class _Clients:
    """The endpoints for applications: tokens, pushed requests, revocation, userinfo."""

    issuer: Issuer

    async def token(self, request: Request) -> Response:
        """Answer at the token endpoint."""
        given = await _read_form(request)
        form = dict(given)
        if len(form) != len(given):
            return _refuse("invalid_request")
        client = self._client(request, form)
        if client is None:
            return _refuse_client(request)
        if self.issuer.refuses(client, Refusal.TOKEN):
            return _refuse(self.issuer.switches.refusal_code)
        grants: dict[str, Callable[[str, str, Mapping[str, str]], Response]] = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_client,
        }
        if not form.get("grant_type"):
            return _refuse("invalid_request")
        by = grants.get(form["grant_type"])
        return _refuse("unsupported_grant_type") if by is None else by(_base(request), client, form)

    async def push(self, request: Request) -> Response:
        """Accept an authorization request before the browser comes (RFC 9126)."""
        form = dict(await _read_form(request))
        client = self._client(request, form)
        if client is None:
            return _refuse_client(request)
        if "request_uri" in form or not _is_registered(self.issuer, form.get("redirect_uri", "")):
            return _refuse("invalid_request")
        name = f"urn:ietf:params:oauth:request_uri:{self.issuer.grants.name('par')}"
        secrets = {"client_secret", "client_assertion", "client_assertion_type"}
        self.issuer.grants.pushed[name] = {key: value for key, value in form.items() if key not in secrets} | {
            "client_id": client
        }
        return JSONResponse({"request_uri": name, "expires_in": PUSHED_LASTS}, 201, UNCACHED)

    async def revoke(self, request: Request) -> Response:
        """Revoke a token. An unknown token has already ended (RFC 7009, 2.2)."""
        form = dict(await _read_form(request))
        client = self._client(request, form)
        if client is None:
            return _refuse_client(request)
        if not form.get("token"):
            return _refuse("invalid_request")
        self.issuer.grants.revoke(form["token"], client)
        return Response(status_code=200, headers=UNCACHED)

    async def userinfo(self, request: Request) -> Response:
        """Return the person of the token."""
        grant = _holder(self.issuer, request)
        person = self.issuer.person_of(grant.subject or "") if grant else None
        if grant is None or person is None:
            return _unauthorized()
        claims = self.issuer.userinfo(_base(request), grant.client_id, person)
        if self.issuer.switches.signed_userinfo:
            return Response(self.issuer.sign(claims), media_type="application/jwt", headers=UNCACHED)
        return JSONResponse(claims, headers=UNCACHED)

    def _client(self, request: Request, form: Mapping[str, str]) -> str | None:
        accounts = self.issuer.state.accounts
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        given = (form.get("client_id", ""), form.get("client_secret", ""))
        if kind.lower() == "basic":
            try:
                name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
            given = (unquote(name), unquote(secret))
        return accounts.client_id if given == (accounts.client_id, accounts.client_secret) else None

    def _by_code(self, issuer: str, client: str, form: Mapping[str, str]) -> Response:
        code = self.issuer.grants.spend_code(form.get("code", ""))
        if (
            code is None
            or (code.client_id, code.redirect_uri) != (client, form.get("redirect_uri"))
            or not self.issuer.proves(code, form.get("code_verifier", ""))
            or code.ends <= self.issuer.state.clock()
        ):
            return _refuse("invalid_grant")
        refresh = "offline_access" in code.scope.split()
        return _issue(
            self.issuer.issue_tokens(
                issuer, client, code.subject, code.scope, nonce=code.nonce, refresh=refresh, family=form["code"]
            )
        )

    def _by_refresh(self, issuer: str, client: str, form: Mapping[str, str]) -> Response:
        keep = self.issuer.switches.omit_refresh_token
        grant = self.issuer.grants.spend_refresh(form.get("refresh_token", ""), keep=keep)
        if grant is None or grant.client_id != client or grant.ends <= self.issuer.state.clock():
            return _refuse("invalid_grant")
        if set(form.get("scope", "").split()) - set(grant.scope.split()):  # RFC 6749, 6: never more than before
            return _refuse("invalid_scope")
        return _issue(
            self.issuer.issue_tokens(
                issuer,
                client,
                grant.subject,
                grant.scope,
                refresh=not keep,
                family=grant.family,
                identify=self.issuer.switches.refresh_id_token,
            )
        )

    def _by_client(self, issuer: str, client: str, form: Mapping[str, str]) -> Response:
        return _issue(self.issuer.issue_tokens(issuer, client, None, form.get("scope", ""), refresh=False))


def _holder(issuer: Issuer, request: Request) -> Grant | None:
    return issuer.grants.holder(request.headers.get("authorization", ""), issuer.state.clock())


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _read_form(request: Request) -> list[tuple[str, str]]:
    return parse_qsl((await request.body()).decode("utf-8", "replace"))


def _is_registered(issuer: Issuer, address: str) -> bool:
    """Return whether a redirect address is registered: by name, or as any allowed address (RFC 6749, 3.1.2)."""
    if issuer.switches.redirect_uris is not None:
        return address in issuer.switches.redirect_uris
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.scheme) and not parts.fragment and (bool(parts.netloc) or parts.scheme not in {"http", "https"})


def _join(address: str, joint: str, answer: Mapping[str, str]) -> str:
    """Add an answer to an address, and keep its own query (RFC 6749, 3.1.2)."""
    between = "&" if joint == "?" and "?" in address else joint
    return f"{address}{between}{urlencode(answer)}"


def _issue(response: Mapping[str, object]) -> Response:
    return JSONResponse(response, headers=UNCACHED)


def _refuse(error: str, status: int = 400, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": error}, status, {**UNCACHED, **(headers or {})})


def _refuse_client(request: Request) -> Response:
    """Refuse an unknown application: 401, with the challenge for its header (RFC 6749, 5.2)."""
    challenge = {"WWW-Authenticate": 'Basic realm="zandbak"'} if "authorization" in request.headers else None
    return _refuse("invalid_client", 401, challenge)


def _unauthorized() -> Response:
    """Refuse a token that is not valid (RFC 6750, 3)."""
    return Response(status_code=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"', **UNCACHED})


def _login_page(asked: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
        if name != "login_hint"
    )
    fit = '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    return f'{fit}<form action="/connect/authorize">{hidden}<input name="login_hint"><button>Inloggen</button></form>'
