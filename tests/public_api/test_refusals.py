"""Every way in which the interface says no, or says nothing usable."""

import datetime as dt
import json

import pytest

from magister_connect.core.flow import Reply, Request
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    ConsentMissing,
    FieldInvalid,
    LoginRequired,
    MagisterConnectError,
    Maintenance,
    NotAuthenticated,
    NotFound,
    NotJson,
    NotPermitted,
    RateLimited,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
    SessionLocked,
    UsageError,
)
from magister_connect.login import StaticToken
from magister_connect.public_api.account import account
from magister_connect.public_api.exchange.connection import Connection, Service
from magister_connect.public_api.exchange.operations import read_single
from magister_connect.public_api.exchange.refusals import asked_wait, raise_for_refusal
from magister_connect.sandbox import IssuerSwitches, Refusal, Sandbox
from magister_connect.sandbox import faults as kinds
from magister_connect.testing import play
from tests.login.both_clients import Ask
from tests.public_api.conftest import MakeSchool, client_for, pupil_of

WHERE = Request(
    "GET",
    "https://school.example/api/personen/17/cijfers/laatste",
    shown="https://school.example/api/personen/{id}/cijfers/laatste",
)
PRIVATE = "Jan Jansen"


def reply(status: int, body: object = b"", **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), data)


CASES = [
    (reply(401, b"SecurityToken Expired"), LoginRequired, None),
    (reply(401, {"error": "invalid_token"}), LoginRequired, None),
    (reply(401, www_authenticate='Bearer error_description="The audience x"'), NotAuthenticated, "invalid_token"),
    (reply(403, {"Fouttype": "OnvoldoendePrivileges", "Message": PRIVATE}), NotPermitted, "OnvoldoendePrivileges"),
    (reply(403, {"Fouttype": "OngeldigeSessieStatus", "Message": PRIVATE}), SessionLocked, "OngeldigeSessieStatus"),
    (reply(403, {"Fouttype": "GeenToestemming", "Message": PRIVATE}), ConsentMissing, "GeenToestemming"),
    (reply(403, {"type": "about:blank", "title": PRIVATE}), ConsentMissing, None),
    (reply(403, b"<HTML>"), ConsentMissing, None),
    (reply(404, {"Message": PRIVATE}), NotFound, None),
    (reply(405, {"Message": f"The requested resource does not support {PRIVATE}"}), Refused, None),
    (reply(400, {"foutcode": "a1b2c3d", "omschrijving": PRIVATE}), Refused, "a1b2c3d"),
    (reply(429, {"SecondsLeft": 25}), RateLimited, None),
    (reply(500, {"foutcode": "a1b2c3d", "omschrijving": PRIVATE}), ServiceError, "a1b2c3d"),
    (reply(500, {"error": PRIVATE}), ServiceError, None),
    (reply(502, b"<HTML><HEAD>"), Maintenance, None),
    (reply(503, b"<HTML><HEAD>Magister tijdelijk niet beschikbaar"), Maintenance, None),
    (reply(504), Maintenance, None),
    (reply(302, location="https://accounts.example/account/login?sessionId=1"), LoginRequired, None),
    (reply(302, location="https://blob.example/logins/1"), Refused, None),
    (reply(307), Refused, None),
    (reply(400, {"foutcode": "a1b2c3z"}), Refused, "a1b2c3z"),
    (reply(200, b"<HTML><HEAD>Onderhoud", content_type="text/html; charset=utf-8"), Maintenance, None),
    (reply(200, b"  <!DOCTYPE html>"), Maintenance, None),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "error", "code"), CASES)
def test_each_refusal_has_its_name(answer: Reply, error: type[Refused], code: str | None) -> None:
    with pytest.raises(error) as caught:
        raise_for_refusal(answer, WHERE)
    assert type(caught.value) is error
    assert caught.value.code == code
    assert caught.value.status == answer.status
    assert caught.value.where == "GET https://school.example/api/personen/{id}/cijfers/laatste"
    assert PRIVATE not in str(caught.value) + repr(caught.value.__dict__)
    assert caught.value.advice


def test_a_limit_tells_how_long_it_lasts() -> None:
    with pytest.raises(RateLimited, match="wait asked for is 25 s") as caught:
        raise_for_refusal(reply(429, {"secondsLeft": 25}, retry_after="7"), WHERE)
    assert caught.value.retry_after == 25.0
    with pytest.raises(RateLimited, match=r"retries are used up \(GET"):
        raise_for_refusal(reply(429), WHERE)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_no_refusal(status: int) -> None:
    raise_for_refusal(reply(status, b'{"a": 1}'), WHERE)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (reply(429, {"Message": "x", "SecondsLeft": 25}), 25.0),
        (reply(429, {"message": "x", "secondsLeft": 12.5}), 12.5),
        (reply(429, {"secondsleft": 3}, retry_after="7"), 7.0),
        (reply(429, b"", retry_after="7"), 7.0),
        (reply(429, {"secondsLeft": "soon"}), None),
        (reply(429, {"secondsLeft": True}), None),
        (reply(429, {"secondsLeft": -3}), None),
        (reply(429, {"secondsLeft": 1e9}), None),
        (reply(429, b"["), None),
        (reply(429, [], retry_after="soon"), None),
    ],
)
def test_the_wait_is_read_in_every_spelling(answer: Reply, seconds: float | None) -> None:
    assert asked_wait(answer) == seconds


CONNECTION = Connection(base_url="https://school.example/api", tokens=StaticToken(Secret("t")))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(200, b""), NotJson),
        (reply(200, b'{"UuId": "x", "Pers'), NotJson),
        (reply(200, b"NaN"), NotJson),
        (reply(200, b"[" * 100_000), NotJson),
        (reply(200, b"\xff\xfe\x00"), NotJson),
        (reply(204), ReplyInvalid),
        (reply(200, []), FieldInvalid),
        (reply(200, {"Persoon": {}, "Groep": []}), FieldInvalid),
        (reply(200, {"Persoon": {"Id": PRIVATE, "Achternaam": "x"}, "Groep": []}), FieldInvalid),
        (reply(200, {"Persoon": {"Id": 1, "Achternaam": "x", "Geboortedatum": PRIVATE}, "Groep": []}), FieldInvalid),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_named_and_not_told(
    answer: Reply, error: type[MagisterConnectError]
) -> None:
    with pytest.raises(error) as caught:
        play(read_single(CONNECTION, account()), [answer])
    assert PRIVATE not in str(caught.value)
    assert "school.example/api/account" in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_path_of_a_wrong_field_is_told() -> None:
    body = {"Persoon": {"Id": 1, "Achternaam": "x"}, "Groep": [{"Privileges": [{"Naam": 3, "AccessType": []}]}]}
    with pytest.raises(FieldInvalid, match=r"account/Groep\[0\]/Privileges\[0\]/Naam\)"):
        play(read_single(CONNECTION, account()), [reply(200, body)])


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (kinds.HtmlPage(), Maintenance),
        (kinds.Maintenance(), Maintenance),
        (kinds.Refused(500, b"<html>"), ServiceError),
    ],
)
def test_trouble_on_the_way_is_named_by_both_clients(
    school: Sandbox, ask: Ask, kind: kinds.Fault, error: type[Refused]
) -> None:
    assert school.public_api_url
    school.faults.on("/api/account", kind, service="public_api")
    try:
        with pytest.raises(error):
            ask(school, pupil_of(school), "account")
    finally:
        school.faults.clear()


@pytest.mark.parametrize("body", ['{"Fouttype": "GeenToegang"}', '{"title": "Forbidden", "status": 403}', ""])
def test_a_school_without_consent_is_named(make_school: MakeSchool, ask: Ask, body: str) -> None:
    school = make_school(IssuerSwitches(consent=False, refusal=Refusal.RESOURCE), consent_body=body)
    with pytest.raises(ConsentMissing, match="switch your application on"):
        ask(school, pupil_of(school), "account")
    school.issuer.grants.consented.add(school.accounts.client_id)
    assert ask(school, pupil_of(school), "account").persoon.id


def test_a_school_that_is_closed_is_named(make_school: MakeSchool, ask: Ask) -> None:
    school = make_school(locked=True)
    with pytest.raises(SessionLocked):
        ask(school, pupil_of(school), "account")


@pytest.mark.parametrize("as_text", [True, False])
def test_a_token_that_is_over_and_cannot_be_renewed_asks_for_a_login(
    make_school: MakeSchool, ask: Ask, as_text: bool
) -> None:
    school = make_school(expired_as_text=as_text)
    client = client_for(school, pupil_of(school))
    school.clock.advance(dt.timedelta(hours=2))
    with client, pytest.raises(LoginRequired):
        client.account()


@pytest.mark.parametrize(
    "href", ["https://elsewhere.example/api/x", "//elsewhere.example/x", "http://school.example/api/x"]
)
def test_a_link_to_another_host_is_not_followed(href: str) -> None:
    with pytest.raises(ReplyInvalid, match="another host"):
        CONNECTION.resolve(href)


@pytest.mark.parametrize(
    ("base", "href", "address"),
    [
        ("https://school.example/api", "/api/berichten/1?top=3", "https://school.example/api/berichten/1"),
        ("https://school.example/m/api", "/api/berichten/1?top=3", "https://school.example/m/api/berichten/1"),
        ("https://school.example/v1", "/berichten/1?top=3", "https://school.example/berichten/1"),
        ("https://school.example/v1/", "berichten/1?top=3", "https://school.example/v1/berichten/1"),
    ],
)  # fmt: skip
def test_links_belong_to_the_base(base: str, href: str, address: str) -> None:
    connection = Connection(base_url=base, attendance_url="https://presence.example/api/v2", tokens=CONNECTION.tokens)
    assert connection.resolve(href) == (address, (("top", "3"),))


def test_links_of_a_service_beside_it_stay_at_that_service() -> None:
    there = "https://attendance.magister.net/api/v2/absence-notices/today"
    school = Connection(base_url="https://voorbeeld.magister.net/api", tokens=CONNECTION.tokens)
    found = school.resolve("/api/v2/absence-notices/today?skip=100", Service.ATTENDANCE)
    assert found == (there, (("skip", "100"),))
    assert school.address("/api/v2/absence-notices/today", Service.ATTENDANCE) == there
    with pytest.raises(ReplyInvalid, match="another host"):
        school.resolve("https://voorbeeld.magister.net/api/x", Service.ATTENDANCE)


@pytest.mark.parametrize(
    "base", ["https://school.example/api", "https://magister.net.example/api", "http://127.0.0.1:9"]
)
def test_a_token_goes_to_no_service_that_nobody_named(base: str) -> None:
    elsewhere = Connection(base_url=base, tokens=CONNECTION.tokens, lockers_url="https://lockers.example/api")
    assert elsewhere.address("x", Service.LOCKERS) == "https://lockers.example/api/x"
    with pytest.raises(
        UsageError, match=r"known only for schools at magister\.net \(calendar_url\).*service_urls="
    ) as caught:
        elsewhere.address("icalendar", Service.CALENDAR)
    assert caught.value.responsible is Responsible.YOU


def test_tokens_do_not_go_over_plain_http() -> None:
    with pytest.raises(UsageError, match="base_url"):
        Connection(base_url="http://school.example/api", tokens=StaticToken(Secret("t")))
