"""Inloggen met Magister in a Starlette application: two routes, and the grades of whoever logged in.

    pip install "magister-connect[public-api]" starlette uvicorn
    CLIENT_ID=... CLIENT_SECRET=... BASE_URL=https://platform.example \
        uvicorn --no-access-log --factory examples.login_starlette:from_environment

An access log would contain the code of each login, so it is off. The pending login is a
secret, so it stays on the server, and the cookie contains only a key to it. Tokens stay in
a store; use SqlTokenStore on more than one machine.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from magister_connect.core.drivers import utc_now
from magister_connect.core.secrets import Secret
from magister_connect.errors import ConsentMissing, LoginRequired, MagisterConnectError
from magister_connect.login import (
    AsyncMagisterLogin,
    LoginSettings,
    MemoryTokenStore,
    PendingLogin,
)
from magister_connect.public_api import AsyncPublicApiClient

if TYPE_CHECKING:
    from starlette.requests import Request

COOKIE = "login"


class Pages:
    """The pages of the application."""

    def __init__(
        self, settings: LoginSettings, clock: Callable[[], dt.datetime] = utc_now
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._pending: dict[str, str] = {}
        self._people: dict[str, tuple[str, str]] = {}
        self._store = MemoryTokenStore()

    def _login(self) -> AsyncMagisterLogin:
        return AsyncMagisterLogin(self._settings, clock=self._clock)

    async def start(self, request: Request) -> Response:
        """Send the browser to Magister."""
        async with self._login() as login:
            started = await login.start(
                request.query_params.get("school"),
                login_hint=request.query_params.get("login_hint"),
            )
        key = secrets.token_urlsafe()
        self._pending[key] = started.pending.to_text()
        response = RedirectResponse(started.url)
        response.set_cookie(
            COOKIE, key, httponly=True, secure=request.url.scheme == "https", samesite="lax"
        )
        return response

    async def finish(self, request: Request) -> Response:
        """Handle the browser that comes back."""
        kept = self._pending.pop(request.cookies.get(COOKIE, ""), None)
        if kept is None:
            return RedirectResponse("/login")
        async with self._login() as login:
            tokens = await login.finish(PendingLogin.from_text(kept), str(request.url))
            base_url = await login.api_address(tokens)
            await login.keep(tokens, self._store, str(tokens.subject))
        key = secrets.token_urlsafe()
        self._people[key] = (str(tokens.subject), base_url)
        response = RedirectResponse("/cijfers")
        response.set_cookie(
            COOKIE, key, httponly=True, secure=request.url.scheme == "https", samesite="lax"
        )
        return response

    async def grades(self, request: Request) -> Response:
        """The latest grades of the person with this browser."""
        person = self._people.get(request.cookies.get(COOKIE, ""))
        if person is None:
            return RedirectResponse("/login")
        subject, base_url = person
        async with self._login() as login:
            source = login.kept(self._store, subject)
            async with AsyncPublicApiClient(
                base_url, tokens=source, clock=self._clock
            ) as api:
                account = await api.account()
                grades = [grade async for grade in api.laatste_cijfers(account.persoon.id)]
        rows = "".join(
            f"<li>{escape(grade.vak.code or '')} {escape(grade.waarde)}</li>"
            for grade in grades
        )
        return HTMLResponse(f"<ul>{rows}</ul>")


async def explain(_: Request, error: Exception) -> Response:
    """Show the person what to do, without personal data."""
    if isinstance(error, LoginRequired):
        return RedirectResponse("/login")
    status = 403 if isinstance(error, ConsentMissing) else 502
    return HTMLResponse(f"<p>{escape(str(error))}</p>", status_code=status)


def application(
    settings: LoginSettings, clock: Callable[[], dt.datetime] = utc_now
) -> Starlette:
    """The application; its redirect address is ``/terug``."""
    pages = Pages(settings, clock)
    return Starlette(
        routes=[
            Route("/login", pages.start),
            Route("/terug", pages.finish),
            Route("/cijfers", pages.grades),
        ],
        exception_handlers={MagisterConnectError: explain},
    )


def from_environment() -> Starlette:
    """The application with the settings of the environment."""
    return application(
        LoginSettings(
            client_id=os.environ["CLIENT_ID"],
            client_secret=Secret(os.environ["CLIENT_SECRET"]),
            redirect_uri=f"{os.environ['BASE_URL']}/terug",
            scopes=os.environ.get("SCOPES", "openid offline_access").split(),
        )
    )
