"""What a login server may answer instead, step by step and without a server; and how an application proves itself."""

import base64
import datetime as dt
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from magister_connect.core.drivers import AsyncDriver, RetryPolicy
from magister_connect.core.flow import Flow, Reply, Request, RunBlocking, Uninterrupted
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    CallbackInvalid,
    ConnectionFailed,
    ConsentMissing,
    ContractMismatch,
    FieldInvalid,
    IdentityInvalid,
    LoginRequired,
    MagisterConnectError,
    Maintenance,
    NotAuthenticated,
    NotJson,
    RateLimited,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
    UsageError,
)
from magister_connect.login import (
    AsyncMagisterLogin,
    ClientAuthentication,
    KeptTokens,
    MemoryTokenStore,
    ResponseType,
    StoredTokens,
    Tenant,
    Tokens,
)
from magister_connect.login.identity import fetch_keys
from magister_connect.login.operations import LoginServer
from magister_connect.login.schools import find_school, read_api_address, search_schools
from magister_connect.login.settings import ClientKey
from magister_connect.sandbox import Sandbox
from magister_connect.testing import Stepper, html_page, json_reply
from tests.login.conftest import HOST, come_back, first_pupil, log_in, login_to, settings_for
from tests.login.scripted import (
    C_HASH,
    ISSUER,
    KEY,
    KEY_SET,
    NOTHING,
    NOW,
    PEM,
    SECRET,
    document,
    form_of,
    identity_token,
    settings,
    through,
)


def authorization(request: Request) -> str | None:
    found = next((value for name, value in request.headers if name == "authorization"), None)
    return found.reveal() if isinstance(found, Secret) else found


TOKEN = json_reply({"access_token": "t"})
BASIC = "Basic " + base64.b64encode(b"app:geheim%25van%3Aons").decode()


@pytest.mark.parametrize(
    ("changes", "offered", "header", "in_the_form"),
    [
        ({}, [], BASIC, {}),
        ({}, ["client_secret_post", "client_secret_basic"], BASIC, {}),
        ({}, ["client_secret_post"], None, {"client_secret": SECRET}),
        ({"authentication": ClientAuthentication.POST}, [], None, {"client_secret": SECRET}),
        ({"authentication": ClientAuthentication.BASIC}, ["client_secret_post"], BASIC, {}),
        ({"client_secret": None}, [], None, {}),
        ({"authentication": ClientAuthentication.NONE}, [], None, {}),
        ({"audience": "scim"}, [], BASIC, {"audience": "scim"}),
    ],
)
def test_an_application_proves_itself_in_the_way_that_is_set_or_offered(
    changes: dict[str, object], offered: list[str], header: str | None, in_the_form: dict[str, str]
) -> None:
    flow = LoginServer(settings(**changes)).request_application_token()
    tokens, asked = through(flow, document(token_endpoint_auth_methods_supported=offered), TOKEN)
    assert tokens.access_token == Secret("t")
    assert authorization(asked[1]) == header
    form = form_of(asked[1])
    assert {name: form[name] for name in form.keys() & {"client_secret", "audience", "client_assertion"}} == in_the_form


@pytest.mark.parametrize("way", [ClientAuthentication.AUTOMATIC, ClientAuthentication.PRIVATE_KEY])
def test_an_application_with_a_key_signs_a_proof_of_one_minute(way: ClientAuthentication) -> None:
    key = ClientKey(pem=Secret(PEM), key_id="k1", algorithm="ES256")
    server = LoginServer(settings(client_secret=None, client_key=key, authentication=way))
    _, asked = through(server.request_application_token(), document(), TOKEN)
    form = form_of(asked[1])
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    proof = form["client_assertion"]
    claims = jwt.decode(
        proof,
        KEY.public_key(),
        algorithms=["ES256"],
        audience=f"{ISSUER}/t",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert jwt.get_unverified_header(proof)["kid"] == "k1"
    assert (claims["iss"], claims["sub"]) == ("app", "app")
    assert (claims["iat"], claims["exp"]) == (NOW.timestamp(), NOW.timestamp() + 60)
    _, again = through(server.request_application_token(), TOKEN)
    assert (
        jwt.decode(form_of(again[0])["client_assertion"], options={"verify_signature": False})["jti"] != claims["jti"]
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "client_key is needed"),
        (ClientKey(pem=Secret("geen sleutel")), "cannot sign"),
        (ClientKey(pem=Secret(PEM), algorithm="RS256"), "cannot sign"),
        (ClientKey(pem=Secret(PEM), algorithm="XX1"), "cannot sign"),
    ],
)
def test_a_key_that_cannot_sign_is_told_before_anything_is_asked(key: ClientKey | None, words: str) -> None:
    server = LoginServer(settings(client_key=key, authentication=ClientAuthentication.PRIVATE_KEY))
    with pytest.raises(UsageError, match=words) as caught:
        through(server.request_application_token(), document())
    assert caught.value.__cause__ is None
    assert "sleutel" not in str(caught.value).replace("client_key", "")


def refusal(code: str, status: int) -> Reply:
    return json_reply({"error": code}, status)


TOKENS = Tokens(access_token=Secret("t"), refresh_token=Secret("r"))
NAMED = Tokens(access_token=Secret("t"), id_token=Secret("i"), subject="wie")
MAC = {"access_token": "t", "token_type": "mac"}
Make = Callable[[LoginServer], Flow[object]]


@pytest.mark.parametrize(
    ("make", "replies", "error"),
    [
        (lambda server: server.refresh(Tokens(access_token=Secret("t"))), [], LoginRequired),
        (lambda server: server.refresh(TOKENS), [document(), refusal("invalid_grant", 400)], LoginRequired),
        (lambda server: server.refresh(TOKENS), [document(), refusal("invalid_client", 401)], NotAuthenticated),
        (lambda server: server.refresh(TOKENS), [document(), refusal("invalid_scope", 400)], ConsentMissing),
        (lambda server: server.refresh(TOKENS), [document(), Reply(429, (), b"")], RateLimited),
        (lambda server: server.refresh(TOKENS), [document(), Reply(408, (), b"")], Refused),
        (lambda server: server.refresh(TOKENS), [document(), Reply(503, (), b"")], Maintenance),
        (lambda server: server.refresh(TOKENS), [document(), Reply(500, (), b"")], ServiceError),
        (lambda server: server.refresh(TOKENS), [document(), Reply(302, (("Location", "/x"),))], Refused),
        (lambda server: server.endpoints(), [Reply(301, (("Location", "/x"),))], Refused),
        (lambda server: server.revoke(TOKENS), [document(revocation_endpoint=f"{ISSUER}/r"), Reply(303)], Refused),
        (lambda server: server.refresh(TOKENS), [document(), html_page()], NotJson),
        (lambda server: server.refresh(TOKENS), [document(), json_reply(MAC)], ContractMismatch),
        (lambda server: server.request_application_token(), [document(), html_page(status=400)], NotAuthenticated),
        (lambda server: server.request_application_token(), [document(), json_reply([], 400)], NotAuthenticated),
        (lambda server: server.userinfo(NAMED), [document()], UsageError),
        (lambda server: server.userinfo(NAMED), [NOTHING, Reply(401, (), b"")], LoginRequired),
        (lambda server: server.userinfo(NAMED), [NOTHING, Reply(403, (), b"")], Refused),
        (lambda server: server.logout_url(NAMED, None, None), [document()], UsageError),
        (lambda server: server.logout_url(TOKENS, None, None), [NOTHING], UsageError),
        (lambda server: server.userinfo(NAMED), [NOTHING, json_reply(["x"])], ReplyInvalid),
        (lambda server: server.userinfo(NAMED), [NOTHING, json_reply({"sub": "iemand anders"})], IdentityInvalid),
        (lambda server: server.userinfo(NAMED), [NOTHING, json_reply({"name": "x"})], IdentityInvalid),
        (lambda server: server.revoke(TOKENS), [document()], UsageError),
        (lambda server: server.refresh(TOKENS), [document(), json_reply({"access_token": ""})], ReplyInvalid),
        (lambda server: server.refresh(TOKENS), [document(), json_reply({"access_token": 3})], ReplyInvalid),
        (lambda server: server.refresh(TOKENS), [document(), json_reply([])], ReplyInvalid),
        (lambda server: server.endpoints(), [document(issuer="https://elsewhere.example")], ContractMismatch),
        (lambda server: server.endpoints(), [document(token_endpoint=None)], FieldInvalid),
        (lambda server: server.endpoints(), [html_page()], NotJson),
        (lambda server: server.endpoints(), [json_reply([])], FieldInvalid),
        (lambda server: server.endpoints(), [json_reply({"issuer": ISSUER})], FieldInvalid),
        (lambda server: server.endpoints(), [Reply(503, (), b"")], Maintenance),
        (lambda server: read_api_address(server.settings, Secret("t")), [Reply(401, (), b"")], LoginRequired),
        (
            lambda server: read_api_address(server.settings, Secret("t")),
            [json_reply({"links": [{"rel": "iets", "href": "https://x.example"}]})],
            ReplyInvalid,
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_what_it_is(make: Make, replies: list[Reply], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        through(make(LoginServer(settings())), *replies)
    assert type(caught.value) is error
    assert isinstance(caught.value, MagisterConnectError)
    assert caught.value.advice
    assert SECRET not in str(caught.value)


def test_a_refusal_of_the_server_as_such_is_the_applications_move() -> None:
    with pytest.raises(Refused, match="partner contract") as caught:
        through(read_api_address(settings(), Secret("t")), refusal("invalid_request", 400))
    assert (caught.value.responsible, caught.value.code) == (Responsible.YOU, "invalid_request")


@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("soon", None)])
def test_a_limit_of_the_server_tells_how_long_it_lasts(header: str, wait: float | None) -> None:
    with pytest.raises(RateLimited) as caught:
        through(LoginServer(settings()).endpoints(), Reply(429, (("Retry-After", header),)))
    assert caught.value.retry_after == wait


def test_a_school_shows_its_name_and_no_more() -> None:
    (found, *_), _ = through(search_schools(settings(), "brug"), json_reply(SCHOOLS))
    assert repr(found) == "<School 'De Brug'>"
    assert found.tenant == Tenant(id="a1")


@pytest.mark.parametrize("response_type", ResponseType)
def test_what_a_browser_brings_back_must_hold_all_that_was_asked_for(response_type: ResponseType) -> None:
    server = LoginServer(settings(redirect_uri="https://platform.example/terug", response_type=response_type))
    started, _ = through(server.start("x.example", {}), document())
    assert repr(started) == "<StartedLogin>"
    back = f"https://platform.example/terug?code=c&state={started.pending.state.reveal()}"
    if response_type is ResponseType.CODE_ID_TOKEN:
        with pytest.raises(CallbackInvalid, match="no identity token"):
            through(server.finish(started.pending, back))
    else:
        with pytest.raises(IdentityInvalid, match="though openid was asked for"):
            through(server.finish(started.pending, back), TOKEN)


def test_a_login_needs_an_address_to_come_back_to() -> None:
    with pytest.raises(UsageError, match="you registered"):
        through(LoginServer(settings()).start("x.example", {}), document())


def test_without_openid_nobody_is_identified() -> None:
    server = LoginServer(settings(redirect_uri="https://platform.example/terug", scopes="eigen"))
    started, _ = through(server.start("x.example", {}), document())
    back = f"https://platform.example/terug?code=c&state={started.pending.state.reveal()}"
    tokens, _ = through(server.finish(started.pending, back), TOKEN)
    assert (tokens.subject, tokens.identity, tokens.scopes) == (None, None, ("eigen",))


@pytest.mark.parametrize("behind", ["a", "b", None])
def test_both_identity_tokens_of_one_login_are_about_one_person(behind: str | None) -> None:
    hybrid = ResponseType.CODE_ID_TOKEN
    server = LoginServer(settings(redirect_uri="https://platform.example/terug", response_type=hybrid))
    started, _ = through(server.start("x.example", {}), document())
    nonce, state = started.pending.nonce, started.pending.state.reveal()
    back = f"https://platform.example/terug#code=c&state={state}&id_token={identity_token('a', nonce, c_hash=C_HASH)}"
    answer = {"access_token": "t"} | ({} if behind is None else {"id_token": identity_token(behind, nonce)})
    replies = [KEY_SET, json_reply(answer)]
    if behind == "b":
        with pytest.raises(IdentityInvalid, match="different persons"):
            through(server.finish(started.pending, back), *replies)
    else:  # the token address may leave it out: what came with the browser has been verified
        assert through(server.finish(started.pending, back), *replies)[0].subject == "a"


SCHOOLS = [
    {"displayName": "De Brug", "id": "a1"},
    {"displayName": "de brug", "id": "b2b"},
    {"displayName": "Het Anker", "id": "c3"},
    {"displayName": "het anker", "id": "c3"},
]


def test_two_schools_of_one_name_are_told_apart_by_their_id() -> None:
    with pytest.raises(UsageError, match=r"2 schools have this name .* tenant id"):
        through(find_school(settings(), "De Brug"), json_reply(SCHOOLS))
    assert through(find_school(settings(), " B2B "), json_reply(SCHOOLS))[0].id == "b2b"
    assert through(find_school(settings(), "Het Anker"), json_reply(SCHOOLS))[0].id == "c3"  # one school, two names
    with pytest.raises(ConsentMissing, match=r"Ask the school: Have.* Check the name of the school too\."):
        through(find_school(settings(), "De Burg"), json_reply(SCHOOLS))


@pytest.mark.parametrize("status", [404, 405, 410, 501])
def test_a_server_without_a_discovery_document_gets_the_known_paths(status: int) -> None:
    server = LoginServer(settings())
    endpoints, _ = through(server.endpoints(), Reply(status))
    assert not endpoints.discovered
    assert endpoints.token_endpoint == f"{ISSUER}/connect/token"
    assert through(server.endpoints()) == (endpoints, [])  # read once


def test_keys_that_are_no_object_cannot_be_read() -> None:
    endpoints, _ = through(LoginServer(settings()).endpoints(), document())
    with pytest.raises(IdentityInvalid, match="cannot be read"):
        through(fetch_keys(endpoints), json_reply([]))


def test_settings_need_a_client_id() -> None:
    with pytest.raises(UsageError, match="client id"):
        settings(client_id="")


def test_a_search_carries_the_client_id_or_what_is_set() -> None:
    assert dict(settings().search_query) == {"client_id": "app"}
    assert settings(search_parameters={"a": "b"}).search_query == {"a": "b"}


@pytest.mark.anyio
async def test_the_awaiting_twin_answers_as_the_blocking_one(school: Sandbox) -> None:
    with login_to(school) as blocking:
        started, back = log_in(school, blocking)
        tokens = blocking.finish(started.pending, back)
        own_scopes, found = blocking.application_token().scopes, blocking.find_school("Zandbakcollege")
        address, person = blocking.api_address(tokens), blocking.userinfo(tokens)
        assert blocking.refresh(tokens).subject == tokens.subject
        goodbye = blocking.logout_url(tokens)
    async with (
        AsyncDriver(clock=school.clock, retries=RetryPolicy(attempts=1)) as driver,
        AsyncMagisterLogin(settings_for(school), driver=driver) as login,
    ):
        assert login.settings == blocking.settings
        assert (await login.application_token()).scopes == own_scopes
        assert await login.find_school("Zandbakcollege") == found
        assert (await login.api_address(tokens), await login.userinfo(tokens)) == (address, person)
        assert await login.logout_url(tokens) == goodbye
        started = await login.start(HOST, login_hint=first_pupil(school))
        kept = await login.keep(await login.finish(started.pending, come_back(started)), MemoryTokenStore(), "k")
        access = await driver.run(kept.access_token())
        assert await driver.run(login.kept(kept.store, "k").access_token()) == access
        own = login.application()
        assert await driver.run(own.access_token()) == await driver.run(own.access_token()) != access


@pytest.mark.parametrize(("seconds", "in_time"), [(10, True), (11, False)])
def test_a_pending_login_lasts_as_long_as_the_settings_say(seconds: int, in_time: bool) -> None:
    address = "https://platform.example/terug"
    server = LoginServer(settings(redirect_uri=address, scopes="eigen", pending_lifetime=10.0))
    started, _ = through(server.start("x.example", {}), document())
    back, later = f"{address}?code=c&state={started.pending.state.reveal()}", NOW + dt.timedelta(seconds=seconds)
    if in_time:
        assert through(server.finish(started.pending, back), TOKEN, now=later)[0].scopes == ("eigen",)
    else:
        with pytest.raises(LoginRequired, match="took too long"):
            through(server.finish(started.pending, back), now=later)


def test_the_chance_in_a_login_is_passed_in() -> None:
    texts = iter(["toestand", "nonce", "v" * 43])
    server = LoginServer(settings(redirect_uri="https://platform.example/terug", random_text=lambda: next(texts)))
    started, _ = through(server.start("x.example", {}), document())
    asked = parse_qs(urlsplit(started.url).query)
    assert (asked["state"], asked["nonce"]) == (["toestand"], ["nonce"])
    assert started.pending.verifier == Secret("v" * 43)


@pytest.mark.parametrize(("margin", "renewed"), [(299.0, False), (300.0, True)])
def test_a_token_is_renewed_as_long_before_its_end_as_the_margin_says(margin: float, renewed: bool) -> None:
    ends = NOW + dt.timedelta(seconds=300)
    held = Tokens(access_token=Secret("oud"), refresh_token=Secret("r"), expires=ends, scopes=("eigen",))
    assert held.is_fresh(NOW, margin) is not renewed
    store = MemoryTokenStore()
    store.replace("k", None, StoredTokens(tokens=held))
    stepper = Stepper(KeptTokens(LoginServer(settings()), store, "k", margin=margin).access_token())
    while not stepper.done and not isinstance(stepper.step, Uninterrupted):  # within it the server is asked
        stepper.answer(stepper.step.action() if isinstance(stepper.step, RunBlocking) else NOW)
    assert stepper.done is not renewed
    if renewed:
        stepper.fail(ConnectionFailed("The server is away", where="token"))
        assert isinstance(stepper.step, RunBlocking)  # the lease is given back
        with pytest.raises(ConnectionFailed):
            stepper.answer(stepper.step.action())
