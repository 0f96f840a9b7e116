"""The examples of login, run as their readers run them: with the simulated school as the school."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

import magister_connect
from magister_connect.core.secrets import Secret
from magister_connect.login import LoginSettings
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.serving import Application, serve

ROOT = Path(__file__).parents[2]
SOURCE = Path(str(magister_connect.__file__)).parents[1]


def test_the_command_line_shows_grades(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "login_command_line.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5
    assert "," in done.stdout


def test_the_starlette_application_logs_in_and_shows_grades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    with Sandbox(pupils=4, staff=15) as school, serve(cast("Application", Latecomer(school))) as served:
        walk_through(school, served.url)


class Latecomer:
    """The application, made when its address is known, because that is part of its settings."""

    def __init__(self, school: Sandbox) -> None:
        self._school = school
        self._made: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        import login_starlette

        host, port = scope["server"]
        school = self._school
        self._made = self._made or login_starlette.application(
            LoginSettings(
                client_id=school.accounts.client_id,
                client_secret=Secret(school.accounts.client_secret),
                redirect_uri=f"http://{host}:{port}/terug",
                scopes=("openid", "offline_access"),
                issuer=school.issuer_url,
                host_meta=school.host_meta_url,
            ),
            school.clock,
        )
        await self._made(scope, receive, send)


def walk_through(school: Sandbox, address: str) -> None:
    pupil = next(iter(school.school.leerlingen.values()))
    marks = school.school.marks_of(pupil.stamnummer, school.clock.local())
    with httpx.Client(base_url=address, follow_redirects=True) as browser:
        page = browser.get("/login", params={"login_hint": pupil.loginnaam})
        assert page.url.path == "/cijfers"
        assert page.text.count("<li>") == len({each.kolom_id for each in marks})
        assert browser.get("/cijfers").status_code == 200
        browser.cookies.clear()
        assert browser.get("/cijfers", follow_redirects=False).headers["location"] == "/login"
