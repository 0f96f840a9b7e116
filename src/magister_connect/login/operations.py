"""Flows of the login: start, finish, refresh, application token, userinfo, logout, revocation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

from attrs import evolve, frozen

from magister_connect.core.flow import Flow, Request, current_time, exchange
from magister_connect.core.json import JsonObject, Record, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    ConnectionFailed,
    ContractMismatch,
    IdentityInvalid,
    LoginRequired,
    NotJson,
    Refused,
    ReplyInvalid,
    UsageError,
)
from magister_connect.login.authorization import (
    Callback,
    PendingLogin,
    StartedLogin,
    join_query,
    read_callback,
    start_login,
)
from magister_connect.login.discovery import Endpoints, discover
from magister_connect.login.error_responses import raise_for_error
from magister_connect.login.identity import (
    Expected,
    Identity,
    KeyUnknown,
    fetch_keys,
    read_claims,
    require_subject,
    verify_identity,
    verify_userinfo,
)
from magister_connect.login.settings import LoginSettings
from magister_connect.login.tenants import School, Tenant
from magister_connect.login.token_endpoint import request_tokens, write_form
from magister_connect.login.tokens import TokenResponse, Tokens

T = TypeVar("T")
SaveRotated: TypeAlias = Callable[[Tokens], Flow[None]]
"""Saves tokens with only a new refresh token, before the rest of the response is verified."""
DEFAULTS_LIFETIME: Final = 3600.0  # seconds; a server without a document today may have one tomorrow
KEYS_PAUSE: Final = 60.0  # seconds between two requests for keys, so that forged tokens do not cause one each
UNREACHABLE: Final = (ConnectionFailed, Refused, NotJson)


@frozen
class _CachedDocument(Generic[T]):
    """A document of the server, and the time after which it is read again."""

    value: T
    read: dt.datetime
    until: dt.datetime


@frozen(kw_only=True, repr=False, slots=False)
class _PushedRequest(Record):
    request_uri: str


class LoginServer:
    """The login server as flows.

    Its discovery document and keys are cached for the ``metadata_lifetime`` of the settings. If reading them again
    fails, the old ones stay in use until it succeeds.
    """

    def __init__(self, settings: LoginSettings) -> None:
        self.settings = settings
        self._endpoints: _CachedDocument[Endpoints] | None = None
        self._keys: _CachedDocument[JsonObject] | None = None

    def endpoints(self) -> Flow[Endpoints]:
        """Return the endpoints of the login server."""
        moment = yield from current_time()
        known = self._endpoints
        if known is not None and moment < known.until:
            return known.value
        try:
            found = yield from discover(self.settings)
        except UNREACHABLE:
            if known is None:
                raise
            found = known.value
        lifetime = self.settings.metadata_lifetime
        lasting = lifetime if found.discovered else min(lifetime, DEFAULTS_LIFETIME)
        self._endpoints = _CachedDocument(found, moment, moment + dt.timedelta(seconds=lasting))
        return found

    # -- a user logs in -------------------------------------------------------------------------------------------

    def start(self, school: School | Tenant | str | None, extra: Mapping[str, str]) -> Flow[StartedLogin]:
        """Return the address to send the browser to, and the data to keep until the callback."""
        endpoints = yield from self.endpoints()
        moment = yield from current_time()
        pending, query = start_login(self.settings, school, moment, extra)
        if self.settings.push_requests or endpoints.require_pushed_authorization_requests:
            query = yield from self._push(endpoints, query)
        return StartedLogin(join_query(endpoints.authorization_endpoint, query), pending)

    def finish(self, pending: PendingLogin, callback_url: str) -> Flow[Tokens]:
        """Verify the callback, and return the tokens."""
        endpoints = yield from self.endpoints()
        moment = yield from current_time()
        callback = read_callback(self.settings, endpoints, pending, callback_url, moment)
        seen = yield from self._verify_front(callback, pending)
        fields: dict[str, str | Secret] = {
            "code": callback.code,
            "redirect_uri": pending.redirect_uri,
            "code_verifier": pending.verifier,
        }
        response = yield from request_tokens(self.settings, endpoints, "authorization_code", fields)
        return (yield from self._identify(response.require_tokens(), pending, seen))

    def _push(self, endpoints: Endpoints, query: str) -> Flow[str]:
        """Push the authorization request to the server first, if it requires that (RFC 9126)."""
        address = endpoints.pushed_authorization_request_endpoint
        if address is None:
            raise ContractMismatch(
                "The login server requires pushed authorization requests, but publishes no address for them",
                where="pushed_authorization_request_endpoint",
            )
        request = yield from write_form(self.settings, endpoints, address, query)
        reply = yield from exchange(request)
        raise_for_error(reply, request)
        pushed = read_record(_PushedRequest, parse_json(reply.body, request.line), request.line)
        return urlencode({"client_id": self.settings.client_id, "request_uri": pushed.request_uri})

    def _verify_front(self, callback: Callback, pending: PendingLogin) -> Flow[Identity | None]:
        if callback.id_token is None:
            return None
        moment = yield from current_time()
        expected = Expected(moment=moment, nonce=pending.nonce, code=callback.code)
        return (yield from self._verify(callback.id_token, expected))

    def _identify(self, tokens: Tokens, pending: PendingLogin, seen: Identity | None) -> Flow[Tokens]:
        if tokens.id_token is None:
            if seen is None and "openid" in self.settings.scopes:
                raise IdentityInvalid("The token endpoint sent no identity token, though openid was asked for")
            return tokens if seen is None else tokens.with_identity(seen)
        moment = yield from current_time()
        expected = Expected(moment=moment, nonce=pending.nonce, access_token=tokens.access_token)
        identity = yield from self._verify(tokens.id_token, expected)
        if seen is not None and seen.subject != identity.subject:
            raise IdentityInvalid("The two identity tokens of one login are about different persons")
        return tokens.with_identity(identity)

    # -- tokens without a browser -----------------------------------------------------------------------------------

    def refresh(self, tokens: Tokens, save_rotated: SaveRotated | None = None) -> Flow[Tokens]:
        """Return newer tokens. This uses up the refresh token: refresh tokens rotate and are single-use (documented).

        An identity token in the response is verified (OpenID Connect Core, 12.2). ``save_rotated`` is called before
        that, so that the new refresh token is not lost if the rest is invalid.
        """
        if tokens.refresh_token is None:
            raise LoginRequired("There is no refresh token, and the access token has expired")
        endpoints = yield from self.endpoints()
        if tokens.id_token is not None and self._keys is None:  # may fail, so before the refresh
            yield from self._read_keys(endpoints)
        response = yield from request_tokens(
            self.settings, endpoints, "refresh_token", {"refresh_token": tokens.refresh_token}
        )
        if save_rotated is not None and not response.is_plain:
            yield from save_rotated(response.rotate(tokens))
        newer = response.require_tokens()
        identity = yield from self._verify_refreshed(tokens, response)
        return tokens.refreshed_with(newer if identity is None else newer.with_identity(identity))

    def request_application_token(self) -> Flow[Tokens]:
        """Request a token for the application itself.

        Client credentials are inferred for SCIM: its grant is not public.
        """
        endpoints = yield from self.endpoints()
        fields: dict[str, str | Secret] = {"scope": " ".join(self.settings.scopes)}
        if self.settings.audience:
            fields["audience"] = self.settings.audience
        response = yield from request_tokens(self.settings, endpoints, "client_credentials", fields)
        return response.require_tokens()

    def revoke(self, tokens: Tokens) -> Flow[None]:
        """End a grant at the login server (RFC 7009): first its refresh token, then its access token."""
        endpoints = yield from self.endpoints()
        if endpoints.revocation_endpoint is None:
            raise UsageError(
                "The login server publishes no address to revoke tokens",
                advice="Delete the tokens from your store. The access token expires automatically.",
            )
        given = (("refresh_token", tokens.refresh_token), ("access_token", tokens.access_token))
        for hint, token in given:
            if token:
                form = urlencode(
                    {"token": token.reveal(), "token_type_hint": hint, "client_id": self.settings.client_id}
                )
                request = yield from write_form(self.settings, endpoints, endpoints.revocation_endpoint, form)
                reply = yield from exchange(evolve(request, safe_to_repeat=True))
                raise_for_error(reply, request)

    def _verify_refreshed(self, before: Tokens, response: TokenResponse) -> Flow[Identity | None]:
        if response.id_token is None:
            return None
        moment = yield from current_time()
        expected = Expected(
            moment=moment,
            access_token=response.access_token,
            before=None if before.id_token is None else read_claims(before.id_token),
            subject=before.subject,
        )
        return (yield from self._verify(response.id_token, expected))

    # -- the user -----------------------------------------------------------------------------------------------------

    def userinfo(self, tokens: Tokens) -> Flow[JsonObject]:
        """Return the server's claims about the user, signed or plain (path: documented by one client)."""
        endpoints = yield from self.endpoints()
        if endpoints.userinfo_endpoint is None:
            raise UsageError(
                "The login server publishes no address for userinfo",
                advice="Use what finish() has verified: tokens.identity.",
            )
        request = Request(
            "GET",
            endpoints.userinfo_endpoint,
            headers=(("authorization", Secret(f"Bearer {tokens.access_token.reveal()}")),),
        )
        reply = yield from exchange(request)
        if reply.status == 401:
            raise LoginRequired("The login server does not accept the token", where=request.line, status=401)
        raise_for_error(reply, request)
        if reply.media_type == "application/jwt":
            token = Secret(reply.body.decode("ascii", "replace").strip())
            found = yield from self._with_keys(lambda keys: verify_userinfo(token, self.settings, endpoints, keys))
        else:
            plain = parse_json(reply.body, request.line)
            if not isinstance(plain, dict):
                raise ReplyInvalid("The userinfo is not a JSON object", where=request.line)
            found = plain
        return require_subject(found, tokens.subject)

    def logout_url(self, tokens: Tokens, post_logout_redirect_uri: str | None, state: str | None) -> Flow[str]:
        """Return the address that ends the session of the browser (OpenID Connect RP-Initiated Logout 1.0, 2)."""
        endpoints = yield from self.endpoints()
        if endpoints.end_session_endpoint is None or tokens.id_token is None:
            raise UsageError(
                "Logout needs an identity token and a server with a logout address",
                advice="Request the scope openid. If the server has no such address, delete the tokens.",
            )
        given = {
            "id_token_hint": tokens.id_token.reveal(),
            "client_id": self.settings.client_id,
            "post_logout_redirect_uri": post_logout_redirect_uri,
            "state": state,
        }
        query = urlencode({name: value for name, value in given.items() if value is not None})
        return join_query(endpoints.end_session_endpoint, query)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _verify(self, token: Secret, expected: Expected) -> Flow[Identity]:
        endpoints = yield from self.endpoints()
        return (
            yield from self._with_keys(lambda keys: verify_identity(token, self.settings, endpoints, keys, expected))
        )

    def _with_keys(self, verify: Callable[[JsonObject], T]) -> Flow[T]:
        """Verify with the cached keys. If none matches, fetch newer keys, but not too often."""
        endpoints = yield from self.endpoints()
        moment = yield from current_time()
        known = self._keys
        if known is None or moment >= known.until:
            known = yield from self._read_keys(endpoints)
        try:
            return verify(known.value)
        except KeyUnknown:
            pass
        if (moment - known.read).total_seconds() >= KEYS_PAUSE:
            known = yield from self._read_keys(endpoints)
            try:
                return verify(known.value)
            except KeyUnknown:
                pass
        raise IdentityInvalid("No key of the login server verifies the signature of the token")

    def _read_keys(self, endpoints: Endpoints) -> Flow[_CachedDocument[JsonObject]]:
        moment = yield from current_time()
        known = self._keys
        try:
            found = yield from fetch_keys(endpoints)
        except UNREACHABLE:
            if known is None:
                raise
            found = known.value
        until = moment + dt.timedelta(seconds=self.settings.metadata_lifetime)
        self._keys = _CachedDocument(found, moment, until)
        return self._keys
