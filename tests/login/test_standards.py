"""Cases of the standards of login, each refused or accepted as its section says; the section is in the test's name.

OAuth 2.0: RFC 6749 and 6750, 7009 (revocation), 7523 (assertions), 9126 (pushed requests) and 9207 (the issuer in the
callback). OpenID Connect: Core 1.0, Discovery 1.0 and RP-Initiated Logout 1.0.
"""

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from magister_connect.core.flow import Reply
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    CallbackInvalid,
    ContractMismatch,
    IdentityInvalid,
    NotJson,
    ReplyInvalid,
    ServiceError,
    UsageError,
)
from magister_connect.login import AssertionAudience, ClientKey, LoginSettings, PendingLogin, School, Tenant, Tokens
from magister_connect.login.operations import LoginServer
from magister_connect.login.tokens import TokenResponse
from magister_connect.testing import html_page, json_reply
from tests.login.scripted import (
    C_HASH,
    ISSUER,
    KEY,
    KEY_SET,
    NOTHING,
    NOW,
    PEM,
    document,
    form_of,
    identity_token,
    settings,
    through,
)

BACK = "https://platform.example/terug"
TOKENS = Tokens(
    access_token=Secret("t"), refresh_token=Secret("r"), id_token=Secret(identity_token("wie")), subject="wie"
)


def started_at(server: LoginServer, **changes: object) -> PendingLogin:
    started, _ = through(server.start("x.example", {}), document(**changes))
    pending: PendingLogin = started.pending
    return pending


# -- the callback ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["code", "state", "iss", "error"])
def test_a_parameter_that_comes_twice_is_refused_rfc6749_3_1(name: str) -> None:
    server = LoginServer(settings(redirect_uri=BACK))
    pending = started_at(server)
    state = pending.state.reveal()
    value = {"code": "c", "state": state, "iss": ISSUER, "error": "x"}[name]
    query = f"code=c&state={state}&iss={ISSUER}" + ("&error=x" if name == "error" else "")
    for extra in (f"&{name}={value}", f"&{name}=another", f"#{name}={value}"):
        with pytest.raises(CallbackInvalid, match=f"twice: {name}"):
            through(server.finish(pending, f"{BACK}?{query}{extra}"))


@pytest.mark.parametrize(
    ("promised", "iss", "words"),
    [
        (True, None, "no issuer"),
        (True, "https://elsewhere.example", "another login server"),
        (True, f"{ISSUER}/", "another login server"),
        (False, "https://elsewhere.example", "another login server"),
        (True, ISSUER, None),
        (False, None, None),
        (False, ISSUER, None),
    ],
)
def test_the_issuer_in_the_callback_is_compared_rfc9207_2_4(promised: bool, iss: str | None, words: str | None) -> None:
    server = LoginServer(settings(redirect_uri=BACK, scopes="eigen"))
    pending = started_at(server, authorization_response_iss_parameter_supported=promised)
    back = f"{BACK}?code=c&state={pending.state.reveal()}" + (f"&iss={iss}" if iss else "")
    if words is None:
        assert through(server.finish(pending, back), json_reply({"access_token": "t"}))[0].access_token == Secret("t")
    else:
        with pytest.raises(CallbackInvalid, match=words):
            through(server.finish(pending, back))


def test_an_identity_token_of_the_hybrid_answer_names_the_issuer_as_well_rfc9207_2_4() -> None:
    promised = {"authorization_response_iss_parameter_supported": True}
    for response_type in ("code id_token", "code"):
        server = LoginServer(settings(redirect_uri=BACK, response_type=response_type, scopes="openid"))
        pending = started_at(server, **promised)
        token = identity_token("wie", pending.nonce, c_hash=C_HASH)
        back = f"{BACK}#code=c&state={pending.state.reveal()}&id_token={token}"
        if response_type == "code":  # nobody would verify it
            with pytest.raises(CallbackInvalid, match="no issuer"):
                through(server.finish(pending, back))
        else:
            tokens, _ = through(server.finish(pending, back), KEY_SET, json_reply({"access_token": "t"}))
            assert tokens.subject == "wie"


def test_an_error_needs_the_issuer_as_well_rfc9207_2_4() -> None:
    server = LoginServer(settings(redirect_uri=BACK))
    pending = started_at(server, authorization_response_iss_parameter_supported=True)
    with pytest.raises(CallbackInvalid, match="no issuer"):
        through(server.finish(pending, f"{BACK}?error=access_denied&state={pending.state.reveal()}"))


@pytest.mark.parametrize("back", [f"{BACK}?code=&state=", f"{BACK}?state=", "https://[::1", f"{BACK}?code=c"])
def test_an_empty_code_or_state_and_an_unreadable_address_are_refused_rfc6749_4_1_2(back: str) -> None:
    server = LoginServer(settings(redirect_uri=BACK))
    pending = started_at(server)
    back = back.replace("?code=&state=", f"?code=&state={pending.state.reveal()}")
    with pytest.raises(CallbackInvalid):
        through(server.finish(pending, back))


def test_a_redirect_address_keeps_its_own_query_rfc6749_3_1_2() -> None:
    server = LoginServer(settings(redirect_uri=f"{BACK}?school=1", scopes="eigen"))
    pending = started_at(server)
    back = f"{BACK}?school=1&code=c&state={pending.state.reveal()}"
    _, asked = through(server.finish(pending, back), json_reply({"access_token": "t"}))
    assert form_of(asked[0])["redirect_uri"] == f"{BACK}?school=1"


def test_a_redirect_address_with_a_fragment_is_refused_rfc6749_3_1_2() -> None:
    with pytest.raises(UsageError, match="fragment"):
        settings(redirect_uri=f"{BACK}#hier")


def test_the_hybrid_answer_without_c_hash_is_refused_oidc_core_3_3_2_11() -> None:
    server = LoginServer(settings(redirect_uri=BACK, response_type="code id_token"))
    pending = started_at(server)
    back = f"{BACK}#code=c&state={pending.state.reveal()}&id_token="
    with pytest.raises(IdentityInvalid, match="c_hash"):
        through(server.finish(pending, back + identity_token("wie", pending.nonce)), KEY_SET)
    with pytest.raises(IdentityInvalid, match="c_hash"):
        through(server.finish(pending, back + identity_token("wie", pending.nonce, c_hash="x")))
    right = back + identity_token("wie", pending.nonce, c_hash=C_HASH)
    assert through(server.finish(pending, right), json_reply({"access_token": "t"}))[0].subject == "wie"


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": None}, {"access_token": 7}, []])
def test_an_answer_without_an_access_token_is_refused_rfc6749_5_1(answer: object) -> None:
    server = LoginServer(settings(redirect_uri=BACK, scopes="eigen"))
    pending = started_at(server)
    with pytest.raises(Exception, match="has no access token"):
        through(server.finish(pending, f"{BACK}?code=c&state={pending.state.reveal()}"), json_reply(answer))


@pytest.mark.parametrize("token", ["t\r\nx: y", "t\0", "t\N{SNOWMAN}", "\x7f"])
def test_an_access_token_that_no_header_carries_is_refused_after_the_new_refresh_token_is_saved(token: str) -> None:
    saved: list[Tokens] = []

    def save(tokens: Tokens) -> Any:
        saved.append(tokens)
        yield from ()

    answer = json_reply({"access_token": token, "refresh_token": "r2"})
    flow = LoginServer(settings()).refresh(Tokens(access_token=Secret("t"), refresh_token=Secret("r")), save)
    with pytest.raises(ReplyInvalid, match="characters that a token cannot have"):
        through(flow, document(), answer)
    assert [each.refresh_token for each in saved] == [Secret("r2")]


# -- refreshing -----------------------------------------------------------------------------------------------------


FORGED = jwt.encode({"sub": "wie"}, ec.generate_private_key(ec.SECP256R1()), "ES256", {"kid": "k1"})


@pytest.mark.parametrize(
    ("token", "words"),
    [
        pytest.param(identity_token("wie"), None, id="right"),
        pytest.param(identity_token("iemand anders"), "sub has changed", id="sub"),
        pytest.param(identity_token("wie", iss="https://elsewhere.example"), "another login server", id="iss"),
        pytest.param(identity_token("wie", aud="another"), "another application", id="aud"),
        pytest.param(identity_token("wie", exp=NOW.timestamp() - 3600), "expired", id="exp"),
        pytest.param(identity_token("wie", at_hash="x"), "at_hash", id="at_hash"),
        pytest.param(FORGED, "No key of the login server", id="signature"),
        pytest.param("a.b.c", "cannot be read", id="no token"),
    ],
)
def test_an_identity_token_of_a_refresh_is_verified_oidc_core_12_2(token: str, words: str | None) -> None:
    server = LoginServer(settings())
    answer = json_reply({"access_token": "t2", "refresh_token": "r2", "id_token": token})
    saved: list[Tokens] = []

    def save(tokens: Tokens) -> Any:
        saved.append(tokens)
        yield from ()

    if words is None:
        newer, _ = through(server.refresh(TOKENS, save), document(), KEY_SET, answer)
        assert (newer.subject, newer.refresh_token, newer.access_token) == ("wie", Secret("r2"), Secret("t2"))
        assert newer.id_token == Secret(token)
    else:
        with pytest.raises(IdentityInvalid, match=words):
            through(server.refresh(TOKENS, save), document(), KEY_SET, answer)
    # Whatever is wrong with the identity, the new refresh token is not lost, and no access token is there to be used.
    assert [(each.refresh_token, each.is_fresh(NOW), bool(each.access_token)) for each in saved] == [
        (Secret("r2"), False, False)
    ]


def test_keys_are_read_before_the_refresh_token_is_spent() -> None:
    server = LoginServer(settings())
    with pytest.raises(ServiceError):
        through(server.refresh(TOKENS), document(), Reply(500))  # nothing was sent to the token endpoint


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (3600, 3600), ("3600", 3600), (3600.5, 3600.5), ("3600.0", 3600), (" 60 ", 60), (0, 0), (-5, 0), ("-5", 0),
        (1e300, 316_224_000), (10**400, None), ("soon", None), ("", None), (None, None), (True, None), ([3600], None),
        ({"s": 1}, None), ("inf", 316_224_000), ("nan", None),
    ],
)  # fmt: skip
def test_any_lifetime_is_read_without_losing_the_refresh_token_rfc6749_5_1(
    given: object, seconds: float | None
) -> None:
    answer = {"access_token": "t2", "refresh_token": "r2", "expires_in": given}
    response = TokenResponse.read(answer, NOW, (), "x")
    assert response.require_tokens().refresh_token == Secret("r2")
    assert response.expires == (None if seconds is None else NOW + dt.timedelta(seconds=seconds))


def test_a_lifetime_of_more_digits_than_python_reads_loses_no_refresh_token_rfc8259_6() -> None:
    body = b'{"access_token": "t2", "refresh_token": "r2", "expires_in": ' + b"9" * 5_000 + b"}"
    newer, _ = through(
        LoginServer(settings()).refresh(Tokens(access_token=Secret("t"), refresh_token=Secret("r"))),
        document(),
        Reply(200, body=body),
    )
    assert newer.refresh_token == Secret("r2")


@pytest.mark.parametrize(
    "odd", [{"token_type": None}, {"scope": None}, {"scope": ["a"]}, {"id_token": ""}, {"id_token": None}, {"x": 1}]
)
def test_odd_fields_beside_the_tokens_cost_nothing_rfc6749_5_1(odd: dict[str, object]) -> None:
    answer = json_reply({"access_token": "t2", "refresh_token": "r2", **odd})
    newer, _ = through(
        LoginServer(settings()).refresh(Tokens(access_token=Secret("t"), refresh_token=Secret("r"))), document(), answer
    )
    assert (newer.access_token, newer.refresh_token) == (Secret("t2"), Secret("r2"))


# -- userinfo -------------------------------------------------------------------------------------------------------


def signed(**claims: object) -> Reply:
    text = jwt.encode({"sub": "wie", **claims}, PEM, algorithm="ES256", headers={"kid": "k1"})
    return Reply(200, (("content-type", "application/jwt"),), text.encode())


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (json_reply({"sub": "wie", "given_name": "A"}), None),
        (json_reply({"sub": "iemand anders"}), "another person"),
        (json_reply({"sub": ""}), "has no sub"),
        (json_reply({"given_name": "A"}), "has no sub"),
    ],
)
def test_userinfo_of_another_subject_is_refused_oidc_core_5_3_2(reply: Reply, words: str | None) -> None:
    flow = LoginServer(settings()).userinfo(TOKENS)
    where = document(userinfo_endpoint=f"{ISSUER}/u")
    if words is None:
        assert through(flow, where, reply)[0]["given_name"] == "A"
    else:
        with pytest.raises(IdentityInvalid, match=words):
            through(flow, where, reply)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (signed(given_name="A"), None),
        (signed(given_name="A", iss=ISSUER, aud=["app", "x"]), None),
        (signed(iss="https://elsewhere.example"), "issuer"),
        (signed(aud="another"), "audience"),
        (signed(sub="iemand anders"), "another person"),
        (Reply(200, (("content-type", "application/jwt"),), b"x.y.z"), "cannot be read"),
    ],
)
def test_signed_userinfo_is_verified_oidc_core_5_3_2(reply: Reply, words: str | None) -> None:
    flow = LoginServer(settings()).userinfo(TOKENS)
    replies = [document(userinfo_endpoint=f"{ISSUER}/u"), reply, *([] if words == "cannot be read" else [KEY_SET])]
    if words is None:
        assert through(flow, *replies)[0]["given_name"] == "A"
    else:
        with pytest.raises(IdentityInvalid, match=words):
            through(flow, document(userinfo_endpoint=f"{ISSUER}/u"), reply, KEY_SET)


# -- keys and documents ---------------------------------------------------------------------------------------------


def test_ten_forged_tokens_cost_one_request_for_keys() -> None:
    server = LoginServer(settings(redirect_uri=BACK, response_type="code id_token"))
    pending = started_at(server)
    forged = jwt.encode({"sub": "x"}, ec.generate_private_key(ec.SECP256R1()), "ES256", {"kid": "other"})
    for place in range(10):
        back = f"{BACK}#code=c&state={pending.state.reveal()}&id_token={forged}"
        with pytest.raises(IdentityInvalid, match="No key of the login server"):
            through(server.finish(pending, back), *([KEY_SET] if place == 0 else []))


def test_a_key_that_was_changed_is_found_after_a_minute() -> None:
    server = LoginServer(settings(redirect_uri=BACK, response_type="code id_token"))
    pending = started_at(server)
    newer = ec.generate_private_key(ec.SECP256R1())
    public = json.loads(ECAlgorithm.to_jwk(newer.public_key()))
    claims = jwt.decode(identity_token("wie", pending.nonce, c_hash=C_HASH), options={"verify_signature": False})
    text = jwt.encode(claims, newer, "ES256", {"kid": "k2"})
    back = f"{BACK}#code=c&state={pending.state.reveal()}&id_token={text}"
    with pytest.raises(IdentityInvalid, match="No key of the login server"):
        through(server.finish(pending, back), KEY_SET)
    later = NOW + dt.timedelta(seconds=61)
    rotated = json_reply({"keys": [{**public, "kid": "k2"}]})
    tokens, _ = through(server.finish(pending, back), rotated, json_reply({"access_token": "t"}), now=later)
    assert tokens.subject == "wie"


@pytest.mark.parametrize(
    "odd",
    [
        {"scopes_supported": None},
        {"grant_types_supported": "authorization_code"},
        {"token_endpoint_auth_methods_supported": [None]},
        {"userinfo_endpoint": None},
        {"require_pushed_authorization_requests": None},
        {"authorization_response_iss_parameter_supported": "yes"},
        {"discovered": False},
        {"extra": 1},
    ],
)
def test_one_odd_value_is_no_reason_for_guessed_paths_oidc_discovery_3(odd: dict[str, object]) -> None:
    endpoints, _ = through(LoginServer(settings()).endpoints(), document(**odd))
    assert endpoints.discovered
    assert endpoints.token_endpoint == f"{ISSUER}/t"


@pytest.mark.parametrize(
    "name",
    [
        *("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"),
        *("revocation_endpoint", "pushed_authorization_request_endpoint"),
    ],
)
@pytest.mark.parametrize(
    "address",
    [
        *("http://login.example/x", "ftp://login.example", "//x", "https://u:p@login.example/x", ""),
        "https://login.example/x#fragment",  # RFC 6749, 3.1
    ],
)
def test_every_address_is_https_without_a_fragment_oidc_discovery_3(name: str, address: str) -> None:
    with pytest.raises(ContractMismatch, match=name) as caught:
        through(LoginServer(settings()).endpoints(), document(**{name: address}))
    assert "u:p" not in str(caught.value)


def test_a_document_is_read_again_after_its_age_and_a_page_meanwhile_changes_nothing() -> None:
    server = LoginServer(settings(metadata_lifetime=600.0))
    with pytest.raises(NotJson):
        through(server.endpoints(), html_page())
    first, _ = through(server.endpoints(), document())
    soon, later, at_last = (NOW + dt.timedelta(seconds=seconds) for seconds in (599, 600, 1200))
    assert through(server.endpoints(), now=soon) == (first, [])
    assert through(server.endpoints(), html_page(), now=later)[0] is first
    moved, _ = through(server.endpoints(), document(token_endpoint=f"{ISSUER}/t2"), now=at_last)
    assert moved.token_endpoint == f"{ISSUER}/t2"


def test_guessed_paths_are_no_answer_for_the_life_of_the_object() -> None:
    server = LoginServer(settings())
    assert not through(server.endpoints(), NOTHING)[0].discovered
    later = NOW + dt.timedelta(hours=1)
    assert through(server.endpoints(), document(), now=later)[0].discovered


# -- the application ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key_id", "audience", "header", "aud"),
    [
        (None, AssertionAudience.TOKEN_ENDPOINT, {}, f"{ISSUER}/t"),
        ("k1", AssertionAudience.TOKEN_ENDPOINT, {"kid": "k1"}, f"{ISSUER}/t"),
        (None, AssertionAudience.ISSUER, {}, ISSUER),
        (None, "https://audience.example", {}, "https://audience.example"),
    ],
)
def test_an_assertion_names_a_key_only_if_there_is_one_rfc7523_3(
    key_id: str | None, audience: Any, header: dict[str, str], aud: str
) -> None:
    key = ClientKey(Secret(PEM), key_id=key_id, algorithm="ES256", audience=audience)
    server = LoginServer(settings(client_secret=None, client_key=key))
    _, asked = through(server.request_application_token(), document(), json_reply({"access_token": "t"}))
    proof = form_of(asked[1])["client_assertion"]
    found = jwt.get_unverified_header(proof)
    assert {name: value for name, value in found.items() if name not in {"alg", "typ"}} == header
    options: Any = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(proof, KEY.public_key(), ["ES256"], options=options, audience=aud)["iss"] == "app"


def test_a_request_is_pushed_where_the_server_requires_it_rfc9126_5() -> None:
    server = LoginServer(settings(redirect_uri=BACK))
    par = document(
        require_pushed_authorization_requests=True,
        pushed_authorization_request_endpoint=f"{ISSUER}/par",
        authorization_endpoint=f"{ISSUER}/a?b=1",
    )
    pushed = json_reply({"request_uri": "urn:x:1", "expires_in": 60}, 201)
    started, asked = through(server.start("x.example", {"prompt": "login"}), par, pushed)
    assert started.url == f"{ISSUER}/a?b=1&client_id=app&request_uri=urn%3Ax%3A1"
    form = form_of(asked[1])
    assert (form["acr_values"], form["prompt"], form["state"]) == (
        "tenant:x.example",
        "login",
        started.pending.state.reveal(),
    )
    assert any(name == "authorization" for name, _ in asked[1].headers)


def test_a_required_pushed_request_without_an_address_is_a_broken_contract_rfc9126_5() -> None:
    server = LoginServer(settings(redirect_uri=BACK))
    with pytest.raises(ContractMismatch, match="publishes no address"):
        through(server.start(None, {}), document(require_pushed_authorization_requests=True))


def test_revoking_ends_both_tokens_rfc7009_2_1() -> None:
    server = LoginServer(settings())
    where = document(revocation_endpoint=f"{ISSUER}/r")
    _, asked = through(server.revoke(TOKENS), where, Reply(200), Reply(200))
    assert [(form_of(each)["token"], form_of(each)["token_type_hint"]) for each in asked[1:]] == [
        ("r", "refresh_token"),
        ("t", "access_token"),
    ]


@pytest.mark.parametrize("address", [f"{ISSUER}/end", f"{ISSUER}/end?policy=a%20b"])
def test_the_logout_address_keeps_its_query_rp_initiated_logout_2(address: str) -> None:
    server = LoginServer(settings())
    url, _ = through(server.logout_url(TOKENS, BACK, "s t"), document(end_session_endpoint=address))
    found = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    expected = {"post_logout_redirect_uri": BACK, "state": "s t", "client_id": "app"}
    assert {name: found[name] for name in expected} == expected
    assert found.get("policy") == ("a b" if "?" in address else None)
    assert url.count("?") == 1


# -- the school -----------------------------------------------------------------------------------------------------

SCHOOL = School(display_name="Zandbakcollege", id="a" * 32)


@pytest.mark.parametrize(
    ("school", "by_id", "acr_values"),
    [
        ("voorbeeld.magister.net", False, "tenant:voorbeeld.magister.net"),
        ("Voorbeeld.Magister.NET", False, "tenant:voorbeeld.magister.net"),
        (" https://voorbeeld.magister.net/ ", False, "tenant:voorbeeld.magister.net"),
        ("voorbeeld.magister.net.", False, "tenant:voorbeeld.magister.net"),
        (Tenant(host="VOORBEELD.magister.net", id="a" * 32), True, "tenant:voorbeeld.magister.net"),
        (SCHOOL, False, None),
        (SCHOOL, True, f"tenant:{'a' * 32}"),
        (SCHOOL.tenant, True, f"tenant:{'a' * 32}"),
        (None, True, None),
    ],
)
def test_a_login_starts_at_what_was_given_as_the_school(school: Any, by_id: bool, acr_values: str | None) -> None:
    server = LoginServer(settings(redirect_uri=BACK, tenant_id_in_acr_values=by_id))
    started, _ = through(server.start(school, {}), document())
    assert parse_qs(urlsplit(started.url).query).get("acr_values") == (None if acr_values is None else [acr_values])


@pytest.mark.parametrize(
    "school",
    [
        *("", "voorbeeld", "voorbeeld.magister.net/api", "http://voorbeeld.magister.net", "voorbeeld.magister.net:443"),
        *("a b.magister.net", "u@voorbeeld.magister.net", "x.magister.net tenant:y.magister.net", "<School 'Zandbak'>"),
        *("-x.magister.net", "127.0.0.1", f"{'a' * 250}.nl", "voorbeeld..net", "voorbeeld.magister.net?x=1"),
    ],
)
def test_what_is_no_host_is_refused_before_anything_is_sent(school: str) -> None:
    with pytest.raises(UsageError, match="not the host of a school"):
        Tenant(host=school)
    with pytest.raises(UsageError, match="not the host of a school"):
        through(LoginServer(settings(redirect_uri=BACK)).start(school, {}), document())


def test_a_tenant_id_that_would_add_words_is_refused() -> None:
    school = School(display_name="x", id="a b")
    with pytest.raises(UsageError, match="not the id of a tenant"):
        through(LoginServer(settings(redirect_uri=BACK)).start(school, {}), document())


@pytest.mark.parametrize("issuer", ["https://u:geheim@login.example", "https://[::1"])
def test_an_issuer_with_an_account_is_refused_without_its_secret(issuer: str) -> None:
    with pytest.raises(UsageError) as caught:
        LoginSettings(client_id="app", issuer=issuer)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("name", ["response_type", "authentication"])
def test_a_word_that_is_none_of_the_list_is_refused_with_the_list(name: str) -> None:
    with pytest.raises(UsageError, match="Pass one of '"):
        settings(**{name: "iets anders"})
