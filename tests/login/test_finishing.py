"""From the first click to tokens, against the simulated login server; and everything that may be wrong on the way."""

import datetime as dt
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from attrs import evolve

from magister_connect.core.drivers import RetryPolicy, SyncDriver
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    CallbackInvalid,
    ConsentMissing,
    IdentityInvalid,
    LoginRequired,
    MagisterConnectError,
    NotAuthenticated,
    Refused,
    UsageError,
)
from magister_connect.login import (
    AsyncMagisterLogin,
    ClientAuthentication,
    MagisterLogin,
    MemoryTokenStore,
    PendingLogin,
    ResponseType,
    Tenant,
)
from magister_connect.sandbox import Refusal, Sandbox
from magister_connect.sandbox.login.server import account_id
from tests.login.conftest import HOST, REDIRECT, MakeSchool, come_back, first_pupil, log_in, login_to, settings_for


def test_the_login_address_holds_everything_that_the_server_needs(school: Sandbox) -> None:
    started = login_to(school).start(Tenant(host=HOST), prompt="select_account", login_hint="iemand")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(started.url).query).items()}
    assert asked.keys() == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
        "nonce", "prompt", "login_hint", "acr_values",
    }  # fmt: skip
    assert asked["acr_values"] == f"tenant:{HOST}"
    assert asked["code_challenge_method"] == "S256"
    assert asked["state"] == started.pending.state.reveal()
    assert asked["code_challenge"] != started.pending.verifier.reveal()


@pytest.mark.parametrize("response_type", ResponseType)
@pytest.mark.parametrize("way", [ClientAuthentication.AUTOMATIC, ClientAuthentication.POST, ClientAuthentication.BASIC])
def test_who_logs_in_is_known_and_verified(school: Sandbox, response_type: ResponseType, way: str) -> None:
    with login_to(school, response_type=response_type, authentication=way) as login:
        started, back = log_in(school, login)
        assert ("#" in back) == (response_type is ResponseType.CODE_ID_TOKEN)
        tokens = login.finish(started.pending, back)
        person = next(iter(school.school.leerlingen.values()))
        assert tokens.identity is not None
        assert tokens.identity.subject == tokens.subject == account_id(person)
        assert tokens.identity.tenant == HOST
        assert tokens.identity.username == person.loginnaam
        assert tokens.expires == school.clock() + dt.timedelta(hours=1)
        assert login.userinfo(tokens)["preferred_username"] == person.loginnaam
        assert login.api_address(tokens) == school.public_api_url
        assert "id_token_hint=" in login.logout_url(tokens)


SWITCHES: list[dict[str, object]] = [
    {"require_pushed_requests": True},
    {"require_pkce": True},
    {"signed_userinfo": True},
    {"key_id": None},
    {"send_iss": False},
    {"refresh_id_token": False},
    {"redirect_uris": frozenset({REDIRECT})},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda given: next(iter(given)))
def test_a_login_works_at_each_position_of_a_switch(make_school: MakeSchool, switches: dict[str, object]) -> None:
    school = make_school(**switches)
    with login_to(school) as login:
        started, back = log_in(school, login)
        tokens = login.finish(started.pending, back)
        assert login.userinfo(tokens)["sub"] == tokens.subject
        newer = login.refresh(tokens)
        assert newer.subject == tokens.subject
        login.revoke(newer)
        with pytest.raises(LoginRequired):
            login.refresh(newer)


def test_a_school_of_the_search_starts_a_login_at_it_or_at_the_page_that_asks(make_school: MakeSchool) -> None:
    school = make_school(accept_tenant_id=True)
    for by_id in (False, True):
        with login_to(school, tenant_id_in_acr_values=by_id) as login:
            found = login.find_school("Zandbakcollege")
            started = login.start(found, login_hint=first_pupil(school))
            assert ("acr_values" in started.url) is by_id
            assert login.finish(started.pending, come_back(started)).tenant == HOST


@pytest.mark.anyio
async def test_the_awaiting_twin_logs_in_as_well(school: Sandbox) -> None:
    patience = RetryPolicy(attempts=1)
    async with AsyncMagisterLogin(settings_for(school), clock=school.clock, retries=patience) as login:
        started = await login.start(HOST, login_hint=first_pupil(school))
        tokens = await login.finish(started.pending, come_back(started))
        assert (await login.refresh(tokens)).access_token != tokens.access_token
        assert [each.display_name for each in await login.schools("zandbak")] == ["Zandbakcollege"]


def test_a_pending_login_survives_a_session_and_shows_nothing(school: Sandbox) -> None:
    with login_to(school) as login:
        started, back = log_in(school, login)
        restored = PendingLogin.from_text(started.pending.to_text())
        assert restored == started.pending
        assert started.pending.verifier.reveal() not in repr(started) + repr(restored) + str(restored)
        assert login.finish(restored, back).identity is not None


@pytest.mark.parametrize("text", ["", "{}", "[]", "<html>", '{"state": 1}'])
def test_a_pending_login_that_was_tampered_with_is_refused(text: str) -> None:
    with pytest.raises(CallbackInvalid):
        PendingLogin.from_text(text)


def changed(back: str, **changes: str | None) -> str:
    parts = urlsplit(back)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return parts._replace(query=urlencode({k: v for k, v in query.items() if v is not None})).geturl()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "another"}, CallbackInvalid),
        ({"state": None}, CallbackInvalid),
        ({"code": None}, CallbackInvalid),
        ({"iss": "https://elsewhere.example"}, CallbackInvalid),
        ({"code": "code-made-up"}, LoginRequired),
        ({"error": "access_denied"}, ConsentMissing),
        ({"error": "unauthorized_client"}, ConsentMissing),
        ({"error": "login_required"}, LoginRequired),
        ({"error": "invalid_request"}, Refused),
        ({"error": "<script>geheim</script>"}, Refused),
    ],
)
def test_what_comes_back_wrong_is_named(
    school: Sandbox, changes: dict[str, str | None], error: type[MagisterConnectError]
) -> None:
    with login_to(school) as login:
        started, back = log_in(school, login)
        with pytest.raises(error) as caught:
            login.finish(started.pending, changed(back, **changes))
        code = parse_qs(urlsplit(back).query)["code"][0]
        told = str(caught.value) + repr(caught.value.__dict__)
        assert code not in told
        assert "geheim" not in told
        assert caught.value.__cause__ is None


def test_a_callback_at_another_address_is_refused(school: Sandbox) -> None:
    with login_to(school) as login:
        started, back = log_in(school, login)
        with pytest.raises(CallbackInvalid):
            login.finish(started.pending, back.replace("platform.example", "elsewhere.example"))


def test_a_code_serves_once(school: Sandbox) -> None:
    with login_to(school) as login:
        started, back = log_in(school, login)
        login.finish(started.pending, back)
        with pytest.raises(LoginRequired, match="used before"):
            login.finish(started.pending, back)


def test_a_login_that_took_too_long_starts_again(school: Sandbox) -> None:
    with login_to(school) as login:
        started, back = log_in(school, login)
        school.clock.advance(seconds=1000)
        with pytest.raises(LoginRequired, match="took too long"):
            login.finish(started.pending, back)


@pytest.mark.parametrize("response_type", ResponseType)
def test_another_nonce_is_another_login(school: Sandbox, response_type: ResponseType) -> None:
    with login_to(school, response_type=response_type) as login:
        started, back = log_in(school, login)
        with pytest.raises(IdentityInvalid, match="nonce"):
            login.finish(evolve(started.pending, nonce=Secret("another")), back)


@pytest.mark.parametrize(("minutes", "words"), [(10, "expired"), (-10, "valid only in")])
def test_a_clock_that_is_ten_minutes_off_is_named(school: Sandbox, minutes: int, words: str) -> None:
    off = dt.timedelta(minutes=minutes)
    with SyncDriver(clock=lambda: school.clock() + off) as driver:
        login = MagisterLogin(settings_for(school), driver=driver)
        started, back = log_in(school, login)
        with pytest.raises(IdentityInvalid, match=words) as caught:
            login.finish(started.pending, back)
        assert "clock" in str(caught.value)


def test_a_wrong_secret_is_the_applications_own_trouble(school: Sandbox) -> None:
    with login_to(school, client_secret=Secret("verkeerd")) as login:
        started, back = log_in(school, login)
        with pytest.raises(NotAuthenticated) as caught:
            login.finish(started.pending, back)
        assert caught.value.code == "invalid_client"
        assert not isinstance(caught.value, LoginRequired)
        assert "verkeerd" not in str(caught.value)


@pytest.mark.parametrize("code", ["unauthorized_client", "access_denied"])
def test_consent_that_is_missing_at_the_login_page(make_school: MakeSchool, code: str) -> None:
    school = make_school(consent=False, refusal=Refusal.AUTHORIZE, refusal_code=code)
    with login_to(school) as login:
        started, back = log_in(school, login)
        with pytest.raises(ConsentMissing, match="switch your application on") as caught:
            login.finish(started.pending, back)
        assert caught.value.code == code


@pytest.mark.parametrize("code", ["unauthorized_client", "invalid_scope", "access_denied"])
def test_consent_that_is_missing_at_the_token_address(make_school: MakeSchool, code: str) -> None:
    school = make_school(consent=False, refusal=Refusal.TOKEN, refusal_code=code)
    with login_to(school) as login:
        started, back = log_in(school, login)
        with pytest.raises(ConsentMissing) as caught:
            login.finish(started.pending, back)
        assert (caught.value.status, caught.value.code) == (400, code)
        with pytest.raises(ConsentMissing):
            login.application_token()


def test_consent_that_is_missing_in_the_search(make_school: MakeSchool) -> None:
    school = make_school(consent=False)
    with login_to(school) as login:
        assert login.schools("Zandbakcollege") == ()
        with pytest.raises(ConsentMissing, match="Privacy Manager"):
            login.find_school("Zandbakcollege")
        school.issuer.grants.consented.add(school.accounts.client_id)
        found = login.find_school("zandbakcollege")
        assert found.tenant == Tenant(id=found.id)


def test_a_search_needs_three_characters_and_sends_nothing_before(school: Sandbox) -> None:
    with login_to(school) as login, pytest.raises(UsageError):
        login.schools("za")


def test_without_a_discovery_document_the_known_paths_serve(make_school: MakeSchool) -> None:
    school = make_school(discovery=False)
    with login_to(school) as login:
        started, back = log_in(school, login)
        assert started.url.startswith(f"{school.issuer_url}/connect/authorize?")
        assert login.finish(started.pending, back).identity is not None


def test_an_issuer_must_be_https_unless_it_is_on_loopback() -> None:
    for issuer in ("http://accounts.example", "ftp://x", "accounts.example"):
        with pytest.raises(UsageError):
            settings_for_address(issuer)
    settings_for_address("http://127.0.0.1:1")


def settings_for_address(issuer: str) -> object:
    from magister_connect.login import LoginSettings

    return LoginSettings(client_id="x", redirect_uri=REDIRECT, issuer=issuer)


def test_tokens_show_nothing_in_their_repr(school: Sandbox) -> None:
    with login_to(school) as login:
        started, back = log_in(school, login)
        tokens = login.finish(started.pending, back)
        for secret in (tokens.access_token, tokens.refresh_token, tokens.id_token):
            assert secret is not None
            assert secret.reveal() not in repr(tokens)


def test_nothing_of_a_login_is_logged(school: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with login_to(school) as login:
        started, back = log_in(school, login)
        caplog.clear()
        tokens = login.refresh(login.finish(started.pending, back))
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "POST" in told
    code = parse_qs(urlsplit(back).query)["code"][0]
    for secret in (
        code,
        tokens.access_token.reveal(),
        started.pending.verifier.reveal(),
        school.accounts.client_secret,
    ):
        assert secret not in told


def test_the_login_page_asks_who_you_are(school: Sandbox) -> None:
    with login_to(school) as login:
        page = httpx.get(login.start(HOST).url)
        assert page.status_code == 200
        assert "login_hint" in page.text
        silent = login.start(HOST, prompt="none")
        with pytest.raises(LoginRequired):
            login.finish(silent.pending, come_back(silent))


def test_a_source_whose_token_has_ended_still_finds_the_interface(school: Sandbox) -> None:
    with login_to(school) as login:
        started, back = log_in(school, login)
        tokens = login.finish(started.pending, back)
        source = login.keep(tokens, MemoryTokenStore(), "me")
        school.clock.advance(hours=2)
        with pytest.raises(LoginRequired):
            login.api_address(tokens)
        assert login.api_address(source) == school.public_api_url
        school.issuer.grants.end_all_access()  # before its time
        assert login.api_address(source) == school.public_api_url
        assert school.issuer.grants.refreshes == 2
