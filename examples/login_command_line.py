"""Log in from a command line: the browser goes to Magister and comes back, and a folder stores the tokens.

    python examples/login_command_line.py voorbeeld.magister.net --client-id ... --base-url ... --port 8765

Register the redirect address ``http://127.0.0.1:PORT/terug`` with your accreditation. The
script asks for the client secret. Without arguments, it uses the simulated school, without
a browser.
"""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import webbrowser
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import httpx

from magister_connect.core.drivers import utc_now
from magister_connect.core.secrets import Secret
from magister_connect.login import FileTokenStore, LoginSettings, MagisterLogin
from magister_connect.public_api import PublicApiClient
from magister_connect.sandbox import Sandbox


class Waiting(HTTPServer):
    """Waits on loopback until the browser comes back, once."""

    came_back_to = ""

    @property
    def redirect_uri(self) -> str:
        """The address to which the browser comes back."""
        return f"http://127.0.0.1:{self.server_port}/terug"


class ComeBack(BaseHTTPRequestHandler):
    """Handles the request of the browser that comes back."""

    def do_GET(self) -> None:
        """Store the address, and ask the person to close the page."""
        if isinstance(self.server, Waiting):
            self.server.came_back_to = (
                f"{self.server.redirect_uri.removesuffix('/terug')}{self.path}"
            )
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<p>Ingelogd. U kunt deze pagina sluiten.</p>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's own word
        """Write nothing: the address contains the code."""


def log_in(
    login: MagisterLogin,
    store: FileTokenStore,
    waiting: Waiting,
    host: str,
    send: Callable[[str], object],
    hint: str | None = None,
) -> str:
    """Open the browser, wait for it, store the tokens; returns the address of the school's interface."""
    started = login.start(host, login_hint=hint)
    Thread(target=send, args=(started.url,)).start()
    waiting.handle_request()
    tokens = login.finish(started.pending, waiting.came_back_to)
    login.keep(tokens, store, "me")
    return login.api_address(tokens)


def show_grades(
    login: MagisterLogin,
    store: FileTokenStore,
    base_url: str,
    clock: Callable[[], dt.datetime] = utc_now,
) -> None:
    """Print the latest grades of the person who logged in; expired tokens are renewed."""
    with PublicApiClient(base_url, tokens=login.kept(store, "me"), clock=clock) as api:
        account = api.account()
        for grade in list(api.laatste_cijfers(account.persoon.id))[:5]:
            print(f"{grade.vak.code:<6} {grade.waarde:>5}  {grade.omschrijving}")


def with_magister(arguments: argparse.Namespace) -> None:
    """Log in at a real school."""
    store = FileTokenStore(arguments.folder)
    with Waiting(("127.0.0.1", arguments.port), ComeBack) as waiting:
        secret = getpass.getpass("client secret (empty: none): ")
        settings = LoginSettings(
            client_id=arguments.client_id,
            client_secret=Secret(secret) if secret else None,
            redirect_uri=waiting.redirect_uri,
            scopes=arguments.scope,
        )
        with MagisterLogin(settings) as login:
            found = log_in(login, store, waiting, arguments.host, webbrowser.open)
            show_grades(login, store, arguments.base_url or found)


def with_sandbox(folder: Path) -> None:
    """Log in at the simulated school, which needs no browser."""
    store = FileTokenStore(folder)
    with (
        Sandbox(pupils=20, staff=15) as school,
        Waiting(("127.0.0.1", 0), ComeBack) as waiting,
    ):
        pupil = next(iter(school.school.leerlingen.values()))
        settings = LoginSettings(
            client_id=school.accounts.client_id,
            client_secret=Secret(school.accounts.client_secret),
            redirect_uri=waiting.redirect_uri,
            scopes=("openid", "offline_access"),
            issuer=school.issuer_url,
            host_meta=school.host_meta_url,
        )
        with (
            MagisterLogin(settings, clock=school.clock) as login,
            httpx.Client(follow_redirects=True) as browser,
        ):
            found = log_in(
                login,
                store,
                waiting,
                "zandbakcollege.magister.net",
                browser.get,
                pupil.loginnaam,
            )
            show_grades(login, store, found, school.clock)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "host", nargs="?", help="the school, such as voorbeeld.magister.net"
    )
    parser.add_argument("--client-id")
    parser.add_argument(
        "--base-url", help="address of the interface (default: from host-meta)"
    )
    parser.add_argument("--scope", action="append", default=["openid", "offline_access"])
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".magister-tokens")
    chosen = parser.parse_args()
    if chosen.host is None:
        with TemporaryDirectory() as folder:
            with_sandbox(Path(folder))
    else:
        with_magister(chosen)
