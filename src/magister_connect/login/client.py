"""Login with Magister, sync and async."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from magister_connect.core.drivers import (
    AsyncClient,
    AsyncDriver,
    AsyncHttp,
    RetryPolicy,
    SyncClient,
    SyncDriver,
    SyncHttp,
    Timeouts,
)
from magister_connect.core.flow import Flow, run_blocking
from magister_connect.core.json import JsonObject
from magister_connect.login.authorization import PendingLogin, StartedLogin
from magister_connect.login.operations import LoginServer
from magister_connect.login.schools import find_api_address, find_school, search_schools
from magister_connect.login.settings import LoginSettings
from magister_connect.login.tenants import School, Tenant
from magister_connect.login.token_stores import ApplicationTokens, KeptTokens, MemoryTokenStore, TokenSource, TokenStore
from magister_connect.login.tokens import Tokens


def _extra(prompt: str | None, login_hint: str | None) -> Mapping[str, str]:
    given = {"prompt": prompt, "login_hint": login_hint}
    return {name: value for name, value in given.items() if value is not None}


def keep(server: LoginServer, tokens: Tokens, store: TokenStore, key: str) -> Flow[KeptTokens]:
    """Put tokens under ``key``, whatever stands there."""
    source = KeptTokens(server, store, key)
    yield from run_blocking(lambda: source.put(tokens))
    return source


class MagisterLogin(SyncClient):
    """Login with Magister for one accredited application.

    ``settings`` say who logs in where (see :class:`LoginSettings`). ``http`` is a client of httpx or httpx2; you
    close it. Use the login in ``with``, or call :meth:`close`.
    """

    def __init__(
        self,
        settings: LoginSettings,
        *,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: SyncDriver | None = None,
    ) -> None:
        self._server = LoginServer(settings)
        super().__init__(driver, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<MagisterLogin {self.settings.client_id} at {self.settings.issuer}>"

    @property
    def settings(self) -> LoginSettings:
        """Who logs in where."""
        return self._server.settings

    def start(
        self, school: School | Tenant | str | None = None, *, prompt: str | None = None, login_hint: str | None = None
    ) -> StartedLogin:
        """Begin a login: where to send the browser (``.url``), and what to keep until it comes back (``.pending``).

        ``school`` is the school's host, such as ``voorbeeld.magister.net``, or what :meth:`find_school` returns. The
        login page asks for the school if you pass none, or one whose host is not known (see
        ``tenant_id_in_acr_values`` of the settings). ``prompt`` is ``login``, ``none`` or ``select_account``,
        ``login_hint`` the login name; all of these are documented by public clients. Where the server requires it, the
        request is pushed to it first (RFC 9126). Raises :class:`UsageError` without a redirect address, and for a text
        that is no host.
        """
        return self._driver.run(self._server.start(school, _extra(prompt, login_hint)))

    def finish(self, pending: PendingLogin, callback_url: str) -> Tokens:
        """Tokens for the browser that came back to ``callback_url``, once everything about it has been verified.

        Raises :class:`CallbackInvalid` when the browser belongs to another login, :class:`IdentityInvalid` when the
        identity token cannot be trusted, :class:`ConsentMissing` when the school has not switched the application on,
        :class:`LoginRequired` when the login has to start again.
        """
        return self._driver.run(self._server.finish(pending, callback_url))

    def refresh(self, tokens: Tokens) -> Tokens:
        """Newer tokens by the refresh token, which is spent by it.

        A source from :meth:`kept` does this for you, once for many callers. Raises :class:`LoginRequired` when the
        grant is dead.
        """
        return self._driver.run(self._server.refresh(tokens))

    def application_token(self) -> Tokens:
        """A token of the application itself, by client credentials. :meth:`application` keeps one fresh for you."""
        return self._driver.run(self._server.request_application_token())

    def schools(self, query: str) -> tuple[School, ...]:
        """The schools whose name fits, of those that consented to this application; three characters or more."""
        return self._driver.run(search_schools(self._server.settings, query))

    def find_school(self, name: str) -> School:
        """The one school of this name or tenant id. Raises :class:`ConsentMissing` when the search does not show it."""
        return self._driver.run(find_school(self._server.settings, name))

    def api_address(self, tokens: Tokens | TokenSource) -> str:
        """The base address of the interface of the token's school, from host-meta (documented by several clients).

        Give it the source from :meth:`keep` or :meth:`kept`, which renews a token that has ended.
        """
        return self._driver.run(find_api_address(self._server.settings, tokens))

    def userinfo(self, tokens: Tokens) -> JsonObject:
        """What the login server says about the person who logged in, signed or plain.

        Raises :class:`IdentityInvalid` if it is about another person, or signed by somebody else.
        """
        return self._driver.run(self._server.userinfo(tokens))

    def revoke(self, tokens: Tokens) -> None:
        """End the grant of these tokens at the login server (RFC 7009). Remove them from your store as well.

        Raises :class:`UsageError` if the server names no address for it.
        """
        self._driver.run(self._server.revoke(tokens))

    def logout_url(
        self, tokens: Tokens, *, post_logout_redirect_uri: str | None = None, state: str | None = None
    ) -> str:
        """Where to send the browser to end its session. The address holds the identity token: do not log it.

        ``post_logout_redirect_uri`` is where the browser comes back to, with ``state``, if it is registered.
        """
        return self._driver.run(self._server.logout_url(tokens, post_logout_redirect_uri, state))

    def keep(self, tokens: Tokens, store: TokenStore, key: str) -> KeptTokens:
        """Keep tokens under ``key`` of a store, and give the source that keeps them fresh."""
        return self._driver.run(keep(self._server, tokens, store, key))

    def kept(self, store: TokenStore, key: str) -> KeptTokens:
        """The source of the tokens that :meth:`keep` has put under ``key`` before."""
        return KeptTokens(self._server, store, key)

    def application(self, store: TokenStore | None = None, key: str = "application") -> ApplicationTokens:
        """A source of tokens of the application itself; without a store, each process asks for its own."""
        return ApplicationTokens(self._server, store or MemoryTokenStore(), key)


class AsyncMagisterLogin(AsyncClient):
    """Login with Magister for one accredited application, async.

    ``settings`` say who logs in where (see :class:`LoginSettings`). ``http`` is a client of httpx or httpx2; you
    close it. Use the login in ``async with``, or call :meth:`aclose`.
    """

    def __init__(
        self,
        settings: LoginSettings,
        *,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: AsyncDriver | None = None,
    ) -> None:
        self._server = LoginServer(settings)
        super().__init__(driver, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<AsyncMagisterLogin {self.settings.client_id} at {self.settings.issuer}>"

    @property
    def settings(self) -> LoginSettings:
        """Who logs in where."""
        return self._server.settings

    async def start(
        self, school: School | Tenant | str | None = None, *, prompt: str | None = None, login_hint: str | None = None
    ) -> StartedLogin:
        """Begin a login: where to send the browser (``.url``), and what to keep until it comes back (``.pending``).

        ``school`` is the school's host, such as ``voorbeeld.magister.net``, or what :meth:`find_school` returns. The
        login page asks for the school if you pass none, or one whose host is not known (see
        ``tenant_id_in_acr_values`` of the settings). ``prompt`` is ``login``, ``none`` or ``select_account``,
        ``login_hint`` the login name; all of these are documented by public clients. Where the server requires it, the
        request is pushed to it first (RFC 9126). Raises :class:`UsageError` without a redirect address, and for a text
        that is no host.
        """
        return await self._driver.run(self._server.start(school, _extra(prompt, login_hint)))

    async def finish(self, pending: PendingLogin, callback_url: str) -> Tokens:
        """Tokens for the browser that came back to ``callback_url``, once everything about it has been verified.

        Raises :class:`CallbackInvalid` when the browser belongs to another login, :class:`IdentityInvalid` when the
        identity token cannot be trusted, :class:`ConsentMissing` when the school has not switched the application on,
        :class:`LoginRequired` when the login has to start again.
        """
        return await self._driver.run(self._server.finish(pending, callback_url))

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Newer tokens by the refresh token, which is spent by it.

        A source from :meth:`kept` does this for you, once for many callers. Raises :class:`LoginRequired` when the
        grant is dead.
        """
        return await self._driver.run(self._server.refresh(tokens))

    async def application_token(self) -> Tokens:
        """A token of the application itself, by client credentials. :meth:`application` keeps one fresh for you."""
        return await self._driver.run(self._server.request_application_token())

    async def schools(self, query: str) -> tuple[School, ...]:
        """The schools whose name fits, of those that consented to this application; three characters or more."""
        return await self._driver.run(search_schools(self._server.settings, query))

    async def find_school(self, name: str) -> School:
        """The one school of this name or tenant id. Raises :class:`ConsentMissing` when the search does not show it."""
        return await self._driver.run(find_school(self._server.settings, name))

    async def api_address(self, tokens: Tokens | TokenSource) -> str:
        """The base address of the interface of the token's school, from host-meta (documented by several clients).

        Give it the source from :meth:`keep` or :meth:`kept`, which renews a token that has ended.
        """
        return await self._driver.run(find_api_address(self._server.settings, tokens))

    async def userinfo(self, tokens: Tokens) -> JsonObject:
        """What the login server says about the person who logged in, signed or plain.

        Raises :class:`IdentityInvalid` if it is about another person, or signed by somebody else.
        """
        return await self._driver.run(self._server.userinfo(tokens))

    async def revoke(self, tokens: Tokens) -> None:
        """End the grant of these tokens at the login server (RFC 7009). Remove them from your store as well.

        Raises :class:`UsageError` if the server names no address for it.
        """
        await self._driver.run(self._server.revoke(tokens))

    async def logout_url(
        self, tokens: Tokens, *, post_logout_redirect_uri: str | None = None, state: str | None = None
    ) -> str:
        """Where to send the browser to end its session. The address holds the identity token: do not log it.

        ``post_logout_redirect_uri`` is where the browser comes back to, with ``state``, if it is registered.
        """
        return await self._driver.run(self._server.logout_url(tokens, post_logout_redirect_uri, state))

    async def keep(self, tokens: Tokens, store: TokenStore, key: str) -> KeptTokens:
        """Keep tokens under ``key`` of a store, and give the source that keeps them fresh."""
        return await self._driver.run(keep(self._server, tokens, store, key))

    def kept(self, store: TokenStore, key: str) -> KeptTokens:
        """The source of the tokens that :meth:`keep` has put under ``key`` before."""
        return KeptTokens(self._server, store, key)

    def application(self, store: TokenStore | None = None, key: str = "application") -> ApplicationTokens:
        """A source of tokens of the application itself; without a store, each process asks for its own."""
        return ApplicationTokens(self._server, store or MemoryTokenStore(), key)
