"""Logging in, as flows: start, finish, refresh, the application's own token, who it is, logging out."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import quote, urlencode

import jwt
from oauthlib.oauth2.rfc6749.parameters import prepare_token_request

from magister_connect.core.flow import Flow, Request, current_time, exchange
from magister_connect.core.json import JsonObject, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import IdentityInvalid, LoginRequired, UsageError
from magister_connect.login.authorization import Callback, PendingLogin, StartedLogin, begin, read_callback
from magister_connect.login.discovery import Endpoints, discover
from magister_connect.login.error_responses import explain_token_error, raise_for_error
from magister_connect.login.identity import Identity, fetch_keys, verify
from magister_connect.login.settings import ClientAuthentication, LoginSettings, Tenant
from magister_connect.login.tokens import TokenAnswer, Tokens

TOKEN_TIMEOUT: Final = 20.0  # well below the lease under which a refresh is made
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def request_tokens(
    settings: LoginSettings, endpoints: Endpoints, grant: str, fields: Mapping[str, str | Secret]
) -> Flow[Tokens]:
    """Ask for tokens by one grant. It is asked once: codes and refresh tokens are single-use (documented).

    Raises :class:`LoginRequired` where the grant is dead, :class:`ConsentMissing` where the school or the scopes are
    refused, :class:`NotAuthenticated` where the application itself is, and :class:`ServiceError` or
    :class:`ConnectionFailed` where the grant may still be good.
    """
    moment = yield from current_time()
    request = _write_request(settings, endpoints, grant, fields, moment)
    reply = yield from exchange(request)
    if reply.status in {408, 429} or reply.status >= 500:
        raise_for_error(reply, request)
    if reply.status >= 400:
        raise explain_token_error(reply, request, grant)
    answer = read_record(TokenAnswer, parse_json(reply.body, request.line), request.line)
    came = yield from current_time()
    return Tokens.from_answer(answer, came, settings.scopes)


def _write_request(
    settings: LoginSettings,
    endpoints: Endpoints,
    grant: str,
    fields: Mapping[str, str | Secret],
    moment: dt.datetime,
) -> Request:
    proof, headers = _prove(settings, endpoints, moment)
    plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in fields.items()}
    form = prepare_token_request(grant, client_id=settings.client_id, include_client_id=True, **plain)
    body = f"{form}&{urlencode(proof)}" if proof else form
    return Request(
        "POST",
        endpoints.token_endpoint,
        headers=(
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
            *headers,
        ),
        body=body.encode("ascii"),
        timeout=TOKEN_TIMEOUT,
    )


def _prove(
    settings: LoginSettings, endpoints: Endpoints, moment: dt.datetime
) -> tuple[Mapping[str, str], tuple[tuple[str, Secret], ...]]:
    """How the application proves itself: form fields and headers."""
    way = _choose_way(settings, endpoints)
    secret = settings.client_secret.reveal() if settings.client_secret else ""
    if way is ClientAuthentication.BASIC:  # RFC 6749, 2.3.1: both halves are form-encoded first
        pair = f"{quote(settings.client_id, safe='')}:{quote(secret, safe='')}"
        return {}, (("authorization", Secret(f"Basic {base64.b64encode(pair.encode()).decode()}")),)
    if way is ClientAuthentication.POST:
        return {"client_secret": secret}, ()
    if way is ClientAuthentication.PRIVATE_KEY:
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": _sign(settings, endpoints, moment)}, ()
    return {}, ()


def _choose_way(settings: LoginSettings, endpoints: Endpoints) -> ClientAuthentication:
    if settings.authentication is not ClientAuthentication.AUTOMATIC:
        return settings.authentication
    if settings.client_key is not None:
        return ClientAuthentication.PRIVATE_KEY
    if settings.client_secret is None:
        return ClientAuthentication.NONE
    offered = endpoints.token_endpoint_auth_methods_supported
    only_post = ClientAuthentication.POST in offered and ClientAuthentication.BASIC not in offered
    return ClientAuthentication.POST if only_post else ClientAuthentication.BASIC


def _sign(settings: LoginSettings, endpoints: Endpoints, moment: dt.datetime) -> str:
    key = settings.client_key
    if key is None:
        raise UsageError("client_key is needed for private_key_jwt", advice="Give LoginSettings(client_key=...).")
    claims = {
        "iss": settings.client_id,
        "sub": settings.client_id,
        "aud": endpoints.token_endpoint,
        "jti": settings.random_text(),
        "iat": int(moment.timestamp()),
        "exp": int(moment.timestamp()) + 60,
    }
    try:
        return jwt.encode(claims, key.pem.reveal(), algorithm=key.algorithm, headers={"kid": key.key_id or ""})
    except (jwt.PyJWTError, ValueError, TypeError, NotImplementedError):  # the last for an unknown algorithm
        pass
    raise UsageError("The client key cannot sign", advice="Give an unencrypted PEM that fits the algorithm.")


class LoginServer:
    """The login server as flows; its discovery document and keys are remembered once they have been read."""

    def __init__(self, settings: LoginSettings) -> None:
        self.settings = settings
        self._endpoints: Endpoints | None = None
        self._keys: JsonObject | None = None

    def endpoints(self) -> Flow[Endpoints]:
        """The addresses of the login server, discovered once."""
        if self._endpoints is None:
            self._endpoints = yield from discover(self.settings)
        return self._endpoints

    def start(self, school: Tenant | str | None, extra: Mapping[str, str]) -> Flow[StartedLogin]:
        """Where to send the browser, and what to remember until it comes back."""
        endpoints = yield from self.endpoints()
        moment = yield from current_time()
        return begin(self.settings, endpoints, school, moment, extra)

    def finish(self, pending: PendingLogin, callback_url: str) -> Flow[Tokens]:
        """Tokens for the browser that came back."""
        endpoints = yield from self.endpoints()
        moment = yield from current_time()
        callback = read_callback(self.settings, endpoints, pending, callback_url, moment)
        seen = yield from self._read_front(callback, pending)
        fields: dict[str, str | Secret] = {
            "code": callback.code,
            "redirect_uri": pending.redirect_uri,
            "code_verifier": pending.verifier,
        }
        tokens = yield from request_tokens(self.settings, endpoints, "authorization_code", fields)
        return (yield from self._identify(tokens, pending, seen))

    def refresh(self, tokens: Tokens) -> Flow[Tokens]:
        """Newer tokens. The refresh token is spent by this: refresh tokens rotate and are single-use (documented)."""
        if tokens.refresh_token is None:
            raise LoginRequired("There is no refresh token, so the grant ends with its access token")
        endpoints = yield from self.endpoints()
        newer = yield from request_tokens(
            self.settings, endpoints, "refresh_token", {"refresh_token": tokens.refresh_token}
        )
        return tokens.refreshed_with(newer)

    def request_application_token(self) -> Flow[Tokens]:
        """A token of the application itself, by client credentials (inferred for SCIM: its grant is not public)."""
        endpoints = yield from self.endpoints()
        fields: dict[str, str | Secret] = {"scope": " ".join(self.settings.scopes)}
        if self.settings.audience:
            fields["audience"] = self.settings.audience
        return (yield from request_tokens(self.settings, endpoints, "client_credentials", fields))

    def userinfo(self, access_token: Secret) -> Flow[JsonObject]:
        """What the login server tells about the person (path: documented by one client)."""
        endpoints = yield from self.endpoints()
        if endpoints.userinfo_endpoint is None:
            raise UsageError(
                "The login server names no address for userinfo",
                advice="Use what finish() has verified: tokens.identity.",
            )
        request = Request(
            "GET",
            endpoints.userinfo_endpoint,
            headers=(("authorization", Secret(f"Bearer {access_token.reveal()}")),),
        )
        reply = yield from exchange(request)
        if reply.status == 401:
            raise LoginRequired("The login server does not accept the token", where=request.line, status=401)
        raise_for_error(reply, request)
        found = parse_json(reply.body, request.line)
        return found if isinstance(found, dict) else {}

    def logout_url(self, tokens: Tokens) -> Flow[str]:
        """Where to send the browser to end its session at the login server."""
        endpoints = yield from self.endpoints()
        if endpoints.end_session_endpoint is None or tokens.id_token is None:
            raise UsageError(
                "Logging out needs an identity token and a server that has an address for it",
                advice="Ask for the scope openid; without such an address, forgetting the tokens is all there is.",
            )
        return f"{endpoints.end_session_endpoint}?id_token_hint={tokens.id_token.reveal()}"

    def _read_front(self, callback: Callback, pending: PendingLogin) -> Flow[Identity | None]:
        if callback.id_token is None:
            return None
        return (yield from self._verify(callback.id_token, pending.nonce, code=callback.code))

    def _identify(self, tokens: Tokens, pending: PendingLogin, seen: Identity | None) -> Flow[Tokens]:
        if tokens.id_token is None:
            if seen is None and "openid" in self.settings.scopes:
                raise IdentityInvalid("The token address gave no identity token, though openid was asked for")
            return tokens if seen is None else tokens.with_identity(seen)
        identity = yield from self._verify(tokens.id_token, pending.nonce, access_token=tokens.access_token)
        if seen is not None and seen.subject != identity.subject:
            raise IdentityInvalid("The two identity tokens of one login are about different persons")
        return tokens.with_identity(identity)

    def _verify(
        self, token: Secret, nonce: Secret, *, code: Secret | None = None, access_token: Secret | None = None
    ) -> Flow[Identity]:
        """Verify with the keys that are known; a server may have new ones since, so read them once more."""
        endpoints = yield from self.endpoints()
        moment = yield from current_time()

        def check(keys: JsonObject) -> Identity:
            return verify(
                token,
                self.settings,
                endpoints,
                keys,
                nonce=nonce,
                moment=moment,
                code=code,
                access_token=access_token,
            )

        if self._keys is not None:
            with suppress(IdentityInvalid):  # the server may have new keys since: judged by those, below
                return check(self._keys)
        self._keys = yield from fetch_keys(endpoints)
        return check(self._keys)
