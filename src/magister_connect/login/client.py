"""The sync and the async client for login with Magister."""

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
    """Store tokens under ``key``, and replace what is there."""
    source = KeptTokens(server, store, key)
    yield from run_blocking(lambda: source.put(tokens))
    return source


class MagisterLogin(SyncClient):
    """A sync client for login with Magister, for one accredited application.

    ``settings`` identify the application and the server; see :class:`LoginSettings`. ``http`` is a client of httpx or
    httpx2, which you close yourself. Use the login in ``with``, or call :meth:`close`.
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
        """The settings of the application and the server."""
        return self._server.settings

    def start(
        self, school: School | Tenant | str | None = None, *, prompt: str | None = None, login_hint: str | None = None
    ) -> StartedLogin:
        """Start a login. Send the browser to ``.url``, and keep ``.pending`` until the callback.

        - ``school``: the school's host, such as ``voorbeeld.magister.net``, or a result of :meth:`find_school`. Without
          it, or if its host is not known, the login page asks for the school. See also ``tenant_id_in_acr_values`` of
          the settings.
        - ``prompt``: ``login``, ``none`` or ``select_account``.
        - ``login_hint``: the login name.

        All three are documented by public clients. If the server requires it, the request is first pushed to the server
        (RFC 9126). Raises :class:`UsageError` if the settings have no redirect address, or if ``school`` is not a valid
        host.
        """
        return self._driver.run(self._server.start(school, _extra(prompt, login_hint)))

    def finish(self, pending: PendingLogin, callback_url: str) -> Tokens:
        """Verify the callback, and return the tokens.

        ``pending`` is the one from :meth:`start`, and ``callback_url`` the whole address that the browser came back to.

        Raises :class:`CallbackInvalid` if the callback belongs to another login, and :class:`IdentityInvalid` if the
        identity token cannot be trusted. Raises :class:`ConsentMissing` if the school has not switched on the
        application, and :class:`LoginRequired` if the user must start again.
        """
        return self._driver.run(self._server.finish(pending, callback_url))

    def refresh(self, tokens: Tokens) -> Tokens:
        """Return newer tokens. This uses up the refresh token.

        Prefer :meth:`kept`: its source refreshes once for many callers. Raises :class:`LoginRequired` if the grant has
        ended.
        """
        return self._driver.run(self._server.refresh(tokens))

    def application_token(self) -> Tokens:
        """Request a token for the application itself (client credentials).

        :meth:`application` keeps one fresh for you.
        """
        return self._driver.run(self._server.request_application_token())

    def schools(self, query: str) -> tuple[School, ...]:
        """Search the schools that consented to this application, by at least three characters of their name."""
        return self._driver.run(search_schools(self._server.settings, query))

    def find_school(self, name: str) -> School:
        """Return the school with this name or tenant id.

        Raises :class:`ConsentMissing` if the search does not find it.
        """
        return self._driver.run(find_school(self._server.settings, name))

    def api_address(self, tokens: Tokens | TokenSource) -> str:
        """Return the base address of the API of the token's school, from host-meta (documented by several clients).

        Pass the source from :meth:`keep` or :meth:`kept`: it renews an expired token.
        """
        return self._driver.run(find_api_address(self._server.settings, tokens))

    def userinfo(self, tokens: Tokens) -> JsonObject:
        """Return the server's claims about the user, from a signed or plain response.

        Raises :class:`IdentityInvalid` if they are about another person, or if the signature is wrong.
        """
        return self._driver.run(self._server.userinfo(tokens))

    def revoke(self, tokens: Tokens) -> None:
        """End the grant of these tokens at the login server (RFC 7009). Remove them from your store as well.

        Raises :class:`UsageError` if the server has no revocation endpoint.
        """
        self._driver.run(self._server.revoke(tokens))

    def logout_url(
        self, tokens: Tokens, *, post_logout_redirect_uri: str | None = None, state: str | None = None
    ) -> str:
        """Return the address that ends the browser's session. It contains the identity token, so do not log it.

        After logout, the browser goes to ``post_logout_redirect_uri`` with ``state``, if that address is registered.
        """
        return self._driver.run(self._server.logout_url(tokens, post_logout_redirect_uri, state))

    def keep(self, tokens: Tokens, store: TokenStore, key: str) -> KeptTokens:
        """Store tokens under ``key``, and return the source that keeps them fresh."""
        return self._driver.run(keep(self._server, tokens, store, key))

    def kept(self, store: TokenStore, key: str) -> KeptTokens:
        """Return the source of the tokens that :meth:`keep` stored under ``key`` before."""
        return KeptTokens(self._server, store, key)

    def application(self, store: TokenStore | None = None, key: str = "application") -> ApplicationTokens:
        """Return a source of tokens for the application itself. Without a store, each process requests its own."""
        return ApplicationTokens(self._server, store or MemoryTokenStore(), key)


class AsyncMagisterLogin(AsyncClient):
    """An async client for login with Magister, for one accredited application.

    ``settings`` identify the application and the server; see :class:`LoginSettings`. ``http`` is an async client of
    httpx or httpx2, which you close yourself. Use the login in ``async with``, or call :meth:`aclose`.
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
        """The settings of the application and the server."""
        return self._server.settings

    async def start(
        self, school: School | Tenant | str | None = None, *, prompt: str | None = None, login_hint: str | None = None
    ) -> StartedLogin:
        """Start a login. Send the browser to ``.url``, and keep ``.pending`` until the callback.

        - ``school``: the school's host, such as ``voorbeeld.magister.net``, or a result of :meth:`find_school`. Without
          it, or if its host is not known, the login page asks for the school. See also ``tenant_id_in_acr_values`` of
          the settings.
        - ``prompt``: ``login``, ``none`` or ``select_account``.
        - ``login_hint``: the login name.

        All three are documented by public clients. If the server requires it, the request is first pushed to the server
        (RFC 9126). Raises :class:`UsageError` if the settings have no redirect address, or if ``school`` is not a valid
        host.
        """
        return await self._driver.run(self._server.start(school, _extra(prompt, login_hint)))

    async def finish(self, pending: PendingLogin, callback_url: str) -> Tokens:
        """Verify the callback, and return the tokens.

        ``pending`` is the one from :meth:`start`, and ``callback_url`` the whole address that the browser came back to.

        Raises :class:`CallbackInvalid` if the callback belongs to another login, and :class:`IdentityInvalid` if the
        identity token cannot be trusted. Raises :class:`ConsentMissing` if the school has not switched on the
        application, and :class:`LoginRequired` if the user must start again.
        """
        return await self._driver.run(self._server.finish(pending, callback_url))

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Return newer tokens. This uses up the refresh token.

        Prefer :meth:`kept`: its source refreshes once for many callers. Raises :class:`LoginRequired` if the grant has
        ended.
        """
        return await self._driver.run(self._server.refresh(tokens))

    async def application_token(self) -> Tokens:
        """Request a token for the application itself (client credentials).

        :meth:`application` keeps one fresh for you.
        """
        return await self._driver.run(self._server.request_application_token())

    async def schools(self, query: str) -> tuple[School, ...]:
        """Search the schools that consented to this application, by at least three characters of their name."""
        return await self._driver.run(search_schools(self._server.settings, query))

    async def find_school(self, name: str) -> School:
        """Return the school with this name or tenant id.

        Raises :class:`ConsentMissing` if the search does not find it.
        """
        return await self._driver.run(find_school(self._server.settings, name))

    async def api_address(self, tokens: Tokens | TokenSource) -> str:
        """Return the base address of the API of the token's school, from host-meta (documented by several clients).

        Pass the source from :meth:`keep` or :meth:`kept`: it renews an expired token.
        """
        return await self._driver.run(find_api_address(self._server.settings, tokens))

    async def userinfo(self, tokens: Tokens) -> JsonObject:
        """Return the server's claims about the user, from a signed or plain response.

        Raises :class:`IdentityInvalid` if they are about another person, or if the signature is wrong.
        """
        return await self._driver.run(self._server.userinfo(tokens))

    async def revoke(self, tokens: Tokens) -> None:
        """End the grant of these tokens at the login server (RFC 7009). Remove them from your store as well.

        Raises :class:`UsageError` if the server has no revocation endpoint.
        """
        await self._driver.run(self._server.revoke(tokens))

    async def logout_url(
        self, tokens: Tokens, *, post_logout_redirect_uri: str | None = None, state: str | None = None
    ) -> str:
        """Return the address that ends the browser's session. It contains the identity token, so do not log it.

        After logout, the browser goes to ``post_logout_redirect_uri`` with ``state``, if that address is registered.
        """
        return await self._driver.run(self._server.logout_url(tokens, post_logout_redirect_uri, state))

    async def keep(self, tokens: Tokens, store: TokenStore, key: str) -> KeptTokens:
        """Store tokens under ``key``, and return the source that keeps them fresh."""
        return await self._driver.run(keep(self._server, tokens, store, key))

    def kept(self, store: TokenStore, key: str) -> KeptTokens:
        """Return the source of the tokens that :meth:`keep` stored under ``key`` before."""
        return KeptTokens(self._server, store, key)

    def application(self, store: TokenStore | None = None, key: str = "application") -> ApplicationTokens:
        """Return a source of tokens for the application itself. Without a store, each process requests its own."""
        return ApplicationTokens(self._server, store or MemoryTokenStore(), key)
