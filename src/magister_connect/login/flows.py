"""Logging in, as flows: start, finish, refresh, the application's own token, who it is, logging out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from magister_connect.errors import IdentityInvalid, LoginRequired, UsageError
from magister_connect.exchange import Flow, Request, ask_time, exchange
from magister_connect.json_records import JsonObject, parse_json
from magister_connect.login.asking import ask_tokens
from magister_connect.login.authorizing import Callback, StartedLogin, begin, read_callback
from magister_connect.login.discovery import Endpoints, discover
from magister_connect.login.identity import Identity, fetch_keys, verify
from magister_connect.login.pending import PendingLogin
from magister_connect.login.refusals import raise_for_trouble
from magister_connect.login.settings import LoginSettings, Tenant
from magister_connect.login.tokens import Tokens
from magister_connect.secrets import Secret

__all__ = ["LoginServer"]


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
        moment = yield from ask_time()
        return begin(self.settings, endpoints, school, moment, extra)

    def finish(self, pending: PendingLogin, callback_url: str) -> Flow[Tokens]:
        """Tokens for the browser that came back."""
        endpoints = yield from self.endpoints()
        moment = yield from ask_time()
        callback = read_callback(self.settings, endpoints, pending, callback_url, moment)
        seen = yield from self._read_front(callback, pending)
        fields: dict[str, str | Secret] = {
            "code": callback.code,
            "redirect_uri": pending.redirect_uri,
            "code_verifier": pending.verifier,
        }
        tokens = yield from ask_tokens(self.settings, endpoints, "authorization_code", fields)
        return (yield from self._identify(tokens, pending, seen))

    def refresh(self, tokens: Tokens) -> Flow[Tokens]:
        """Newer tokens. The refresh token is spent by this: refresh tokens rotate and are single-use (documented)."""
        if tokens.refresh_token is None:
            raise LoginRequired("There is no refresh token, so the grant ends with its access token")
        endpoints = yield from self.endpoints()
        newer = yield from ask_tokens(
            self.settings, endpoints, "refresh_token", {"refresh_token": tokens.refresh_token}
        )
        return tokens.renewed_by(newer)

    def ask_own(self) -> Flow[Tokens]:
        """A token of the application itself, by client credentials (inferred for SCIM: its grant is not public)."""
        endpoints = yield from self.endpoints()
        fields: dict[str, str | Secret] = {"scope": " ".join(self.settings.scopes)}
        if self.settings.audience:
            fields["audience"] = self.settings.audience
        return (yield from ask_tokens(self.settings, endpoints, "client_credentials", fields))

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
        raise_for_trouble(reply, request)
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
            return tokens if seen is None else tokens.known_as(seen)
        identity = yield from self._verify(tokens.id_token, pending.nonce, access_token=tokens.access_token)
        if seen is not None and seen.subject != identity.subject:
            raise IdentityInvalid("The two identity tokens of one login are about different persons")
        return tokens.known_as(identity)

    def _verify(
        self, token: Secret, nonce: Secret, *, code: Secret | None = None, access_token: Secret | None = None
    ) -> Flow[Identity]:
        """Verify with the keys that are known; a server may have new ones since, so read them once more."""
        endpoints = yield from self.endpoints()
        moment = yield from ask_time()

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
