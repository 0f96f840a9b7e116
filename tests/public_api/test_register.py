"""The register of parties: which data for which purpose, and what a grant has beyond it."""

import warnings
from pathlib import Path

import pytest

from magister_connect.core.secrets import Secret
from magister_connect.errors import DocumentInvalid, UsageError
from magister_connect.login import ExcessScopesWarning, LoginSettings, MagisterLogin
from magister_connect.public_api import Register
from magister_connect.sandbox import Sandbox
from tests.public_api.simulated import first_pupil

TEXT = """
[[party]]
name = "Huiswerkhulp"
client_id = "huiswerkhulp"

[[party.purpose]]
name = "Show pupils what is due"
data = ["afspraken", "opdrachten"]
scopes = ["calendar.user"]

[[party.purpose]]
name = "Show pupils their grades"
data = ["cijfers", "vakken"]
scopes = ["grades.read", "calendar.user"]
"""


def read(folder: Path, text: str = TEXT) -> Register:
    path = folder / "register.toml"
    path.write_text(text, encoding="utf-8")
    return Register.read(path)


def test_a_party_has_the_scopes_of_its_purposes(tmp_path: Path) -> None:
    register = read(tmp_path)
    party = register.of("huiswerkhulp")
    assert party.scopes == ("calendar.user", "grades.read")
    assert [each.name for each in party.purposes_of("cijfers")] == ["Show pupils their grades"]
    assert party.purposes_of("absenties") == ()
    assert party.excess(["openid", "grades.read", "grades.manage"]) == {"grades.manage"}
    assert "| Huiswerkhulp | Show pupils their grades | cijfers, vakken | grades.read, calendar.user |" in (
        register.to_markdown()
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[[party]", "register.toml"),
        ("party = 1", "register.toml, party"),
        ("[[party]]\nname = 'a'\nclient_id = 'b'\npurpose = [{name = 'c', data = 'd', scopes = []}]", r"\[0\]"),
    ],
)
def test_what_is_no_register_says_where(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(DocumentInvalid, match=where) as caught:
        read(tmp_path, text)
    assert caught.value.advice


def test_a_party_that_is_not_in_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Add a \[\[party\]\]"):
        read(tmp_path).of("another")


def test_a_grant_beyond_the_register_is_a_warning_at_login(tmp_path: Path) -> None:
    import httpx

    party = read(tmp_path).of("huiswerkhulp")
    with Sandbox(pupils=1, staff=15) as school:
        settings = LoginSettings(
            client_id=school.accounts.client_id,
            client_secret=Secret(school.accounts.client_secret),
            redirect_uri="https://platform.example/terug",
            scopes=("openid", *party.scopes),
            issuer=school.issuer_url,
            host_meta=school.host_meta_url,
        )
        with MagisterLogin(settings, clock=school.clock) as login, warnings.catch_warnings():
            warnings.simplefilter("error", ExcessScopesWarning)
            started = login.start("zandbakcollege.magister.net", login_hint=first_pupil(school).loginnaam)
            tokens = login.finish(started.pending, httpx.get(started.url).headers["location"])
        assert party.excess(tokens.scopes) == set()
