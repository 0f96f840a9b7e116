"""The views for Django, in a project of one file."""

# Django publishes no types, so pyright guesses them and guesses wrong.
# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportIndexIssue=false

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import django
import httpx
import pytest
from django.conf import settings
from django.test import Client

from magister_connect.core.secrets import Secret
from magister_connect.login import LoginSettings, MagisterLogin, MemoryTokenStore
from magister_connect.public_api import PublicApiClient
from magister_connect.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=4, staff=15) as school:
        yield school


@pytest.fixture
def views(monkeypatch: pytest.MonkeyPatch, school: Sandbox) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    if not settings.configured:
        settings.configure(
            SECRET_KEY="only for this test",
            ALLOWED_HOSTS=["testserver"],
            ROOT_URLCONF="login_django",
            INSTALLED_APPS=["django.contrib.sessions"],
            MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
            SESSION_ENGINE="django.contrib.sessions.backends.cache",
            USE_TZ=True,
        )
        django.setup()
    settings.MAGISTER_TOKENS = MemoryTokenStore()
    settings.MAGISTER_LOGIN = LoginSettings(
        client_id=school.accounts.client_id,
        client_secret=Secret(school.accounts.client_secret),
        redirect_uri="http://testserver/terug",
        scopes=("openid", "offline_access"),
        issuer=school.issuer_url,
        host_meta=school.host_meta_url,
    )
    import login_django

    # The school's clock stands still, so the views have to look at that one.
    monkeypatch.setattr(login_django, "MagisterLogin", lambda given: MagisterLogin(given, clock=school.clock))
    monkeypatch.setattr(login_django, "PublicApiClient", partial(client_of, school))
    return login_django


def client_of(school: Sandbox, base_url: str, **options: object) -> PublicApiClient:
    return PublicApiClient(base_url, clock=school.clock, **options)  # type: ignore[arg-type]  # by name


def test_a_person_logs_in_and_sees_grades(views: ModuleType, school: Sandbox) -> None:
    assert views.urlpatterns
    browser = Client()
    pupil = next(iter(school.school.leerlingen.values()))
    to_magister = browser.get("/login", {"school": "zandbakcollege.magister.net"})["location"]
    back = httpx.get(f"{to_magister}&login_hint={pupil.loginnaam}").headers["location"]
    assert browser.get(back)["location"] == "/cijfers"
    marks = school.school.marks_of(pupil.stamnummer, school.clock.local())
    assert len(browser.get("/cijfers").json()) == len({each.kolom_id for each in marks})
    assert browser.get(back)["location"] == "/login"  # a pending login serves once


def test_whoever_cannot_be_logged_in_is_told_so(views: ModuleType, school: Sandbox) -> None:
    assert views.urlpatterns
    browser, hint = Client(), next(iter(school.school.leerlingen.values())).loginnaam
    back = httpx.get(f"{browser.get('/login')['location']}&login_hint={hint}").headers["location"]
    tampered = browser.get(back.replace("state=", "state=x"))
    assert (tampered.status_code, b"another login" in tampered.content) == (400, True)
    back = httpx.get(f"{browser.get('/login')['location']}&login_hint={hint}").headers["location"]
    assert browser.get(back)["location"] == "/cijfers"
    school.issuer.grants.end_all_access()
    school.issuer.grants.refresh.clear()
    assert browser.get("/cijfers")["location"] == "/login"


def test_a_stranger_is_sent_to_login(views: ModuleType) -> None:
    assert views.urlpatterns
    assert Client().get("/cijfers")["location"] == "/login"
    assert Client().get("/terug?code=x&state=y")["location"] == "/login"
