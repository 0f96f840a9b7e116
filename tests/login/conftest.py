"""A small school with its login server, and a login that somebody has gone through."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from magister_connect.core.drivers import RetryPolicy, SyncDriver
from magister_connect.core.secrets import Secret
from magister_connect.login import LoginSettings, MagisterLogin, StartedLogin
from magister_connect.sandbox import IssuerSwitches, Sandbox

REDIRECT = "https://platform.example/terug"
HOST = "zandbakcollege.magister.net"
MakeSchool = Callable[..., Sandbox]


@pytest.fixture
def make_school() -> Iterator[MakeSchool]:
    opened: list[Sandbox] = []

    def make(**switches: object) -> Sandbox:
        school = Sandbox(pupils=4, staff=15, issuer=IssuerSwitches(**switches))  # type: ignore[arg-type]  # by name
        opened.append(school)
        return school

    yield make
    _close_drivers()
    for school in opened:
        school.close()


@pytest.fixture
def school(make_school: MakeSchool) -> Sandbox:
    return make_school()


def settings_for(school: Sandbox, **changes: object) -> LoginSettings:
    given: dict[str, object] = {
        "client_id": school.accounts.client_id,
        "client_secret": Secret(school.accounts.client_secret),
        "redirect_uri": REDIRECT,
        "scopes": ("openid", "offline_access"),
        "issuer": school.issuer_url,
        "host_meta": school.host_meta_url,
    }
    return LoginSettings(**{**given, **changes})  # type: ignore[arg-type]  # by name


_OPENED: list[SyncDriver] = []


def _close_drivers() -> None:
    while _OPENED:
        _OPENED.pop().close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def driver_of(school: Sandbox) -> SyncDriver:
    """A driver with the school's clock, closed when the test is over."""
    _OPENED.append(SyncDriver(clock=school.clock, retries=RetryPolicy(attempts=1)))
    return _OPENED[-1]


def login_to(school: Sandbox, **changes: object) -> MagisterLogin:
    return MagisterLogin(settings_for(school, **changes), driver=driver_of(school))


def first_pupil(school: Sandbox) -> str:
    return next(iter(school.school.leerlingen.values())).loginnaam


def come_back(started: StartedLogin) -> str:
    """What the browser does: go there, and come back with what the server says."""
    return httpx.get(started.url).headers["location"]


def log_in(school: Sandbox, login: MagisterLogin) -> tuple[StartedLogin, str]:
    started = login.start(HOST, login_hint=first_pupil(school))
    return started, come_back(started)
