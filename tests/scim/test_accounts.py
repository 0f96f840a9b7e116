"""Accounts of the simulated school: read, found, changed."""

import json

import pytest

from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    ContractMismatch,
    FieldInvalid,
    LoginRequired,
    NotFound,
    Refused,
    ServiceError,
    UsageError,
)
from magister_connect.login import LoginSettings, MagisterLogin, StaticToken
from magister_connect.sandbox import Sandbox, faults
from magister_connect.sandbox.login.server import account_id
from magister_connect.scim import AttributePath, Changes, ScimClient, User, where
from magister_connect.scim.records import Attribute, Schema, find_stamnummer, read_stamnummer
from tests.login.both_clients import Ask
from tests.scim.conftest import MakeSchool, client_for

URN = "urn:zandbak:params:scim:schemas:Leerling"


def first(school: Sandbox) -> str:
    return account_id(next(iter(school.school.leerlingen.values())))


def test_an_account_is_read(school: Sandbox, ask: Ask) -> None:
    pupil = next(iter(school.school.leerlingen.values()))
    user = ask(school, "user", first(school))
    assert (user.id, user.user_name, user.active) == (first(school), pupil.loginnaam, True)
    assert user.name.family_name == pupil.achternaam
    assert user.version
    assert ask(school, "stamnummer", user) == str(pupil.stamnummer)
    assert pupil.achternaam not in repr(user)


@pytest.mark.parametrize("post", [True, False])
@pytest.mark.parametrize("page_size", [2, 5, 27, 100])
def test_all_accounts_come_once(school: Sandbox, ask: Ask, post: bool, page_size: int) -> None:
    expected = [*school.school.leerlingen.values(), *school.school.medewerkers.values()]
    found = ask(school, "users", page_size=page_size, post=post)
    assert sorted(each.id for each in found) == sorted(map(account_id, expected))


@pytest.mark.parametrize("post", [True, False])
def test_accounts_are_found_by_filters(school: Sandbox, ask: Ask, post: bool) -> None:
    pupil = list(school.school.leerlingen.values())[3]
    by_name = where("userName").equals(pupil.loginnaam.upper()) & where("active").equals(True)
    assert [each.id for each in ask(school, "users", by_name, post=post)] == [account_id(pupil)]
    by_number = where(f"{URN}:stamnummer").equals(str(pupil.stamnummer))
    assert [each.id for each in ask(school, "users", by_number, post=post)] == [account_id(pupil)]
    assert len(ask(school, "users", where("userType").equals("leerling"), post=post)) == len(school.school.leerlingen)
    assert ask(school, "users", where("userName").equals('"; geheim'), post=post) == []
    narrow = ask(school, "users", by_name, attributes=["userName"], post=post)
    assert (narrow[0].user_name, narrow[0].name) == (pupil.loginnaam, None)


@pytest.mark.parametrize("answers", [True, False])
def test_an_account_is_changed(make_school: MakeSchool, ask: Ask, answers: bool) -> None:
    school = make_school(answers_change_with_204=not answers)
    changed = ask(school, "change", first(school), Changes().rename("nieuw").block().set_password("Welkom01!"))
    assert (changed is not None) is answers
    user = ask(school, "user", first(school))
    assert (user.user_name, user.active) == ("nieuw", False)
    assert "password" not in json.dumps(dict(user.extra))
    ask(school, "activate", first(school))
    ask(school, "rename", first(school), "ouder")
    ask(school, "set_password", first(school), Secret("Welkom02!"))
    user = ask(school, "user", first(school))
    assert (user.user_name, user.active) == ("ouder", True)


def test_a_change_is_not_made_over_somebody_elses(school: Sandbox, ask: Ask) -> None:
    user = ask(school, "user", first(school))
    ask(school, "block", user.id, version=user.version)
    with pytest.raises(Refused, match="since it was read") as caught:
        ask(school, "activate", user.id, version=user.version)
    assert caught.value.status == 412
    assert not ask(school, "user", user.id).active


@pytest.mark.parametrize("as_text", [True, False])
def test_refusals_are_named(make_school: MakeSchool, ask: Ask, as_text: bool) -> None:
    school = make_school(status_as_text=as_text)
    other = list(school.school.leerlingen.values())[1]
    with pytest.raises(Refused) as caught:
        ask(school, "rename", first(school), other.loginnaam)
    assert (caught.value.status, caught.value.code) == (409, "uniqueness")
    assert other.loginnaam not in str(caught.value)
    with pytest.raises(Refused) as caught:
        ask(school, "change", first(school), Changes().set(f"{URN}:stamnummer", "1"))
    assert (caught.value.status, caught.value.code) == (400, "mutability")
    with pytest.raises(NotFound) as missing:
        ask(school, "user", "niemand-0000")
    assert "niemand" not in str(missing.value)
    with pytest.raises(Refused) as caught:
        ask(school, "users", where("bestaatNiet").equals(1))
    assert caught.value.code in {"invalidFilter", "invalidPath"}


def test_a_token_that_is_not_taken_asks_for_another(school: Sandbox) -> None:
    tokens = StaticToken(Secret("verkeerd"))
    with ScimClient(school.scim_url, tokens=tokens) as client, pytest.raises(LoginRequired) as caught:
        client.user(first(school))
    assert "verkeerd" not in str(caught.value)


def test_an_application_is_not_told_to_send_a_person_through_login(school: Sandbox) -> None:
    school.faults.on("/scim", faults.Refused(401))
    settings = LoginSettings(
        client_id=school.accounts.client_id,
        client_secret=Secret(school.accounts.client_secret),
        issuer=school.issuer_url,
    )
    with (
        MagisterLogin(settings) as login,
        ScimClient(school.scim_url, tokens=login.application()) as client,
        pytest.raises(LoginRequired, match="the application logs in for itself"),
    ):
        client.user(first(school))


def test_a_server_that_failed_is_not_said_to_refuse(school: Sandbox, ask: Ask) -> None:
    school.faults.on("/scim", faults.Refused(500))
    with pytest.raises(ServiceError, match="The server failed"):
        ask(school, "user", first(school))


def test_the_server_tells_what_it_can_do(school: Sandbox, ask: Ask) -> None:
    assert ask(school, "config").patch.supported
    assert {each.name for each in ask(school, "schemas")} >= {"User", "Leerling"}


def test_an_application_opens_the_accounts_with_its_own_token(school: Sandbox) -> None:
    settings = LoginSettings(
        client_id=school.accounts.client_id,
        client_secret=Secret(school.accounts.client_secret),
        issuer=school.issuer_url,
        scopes=("scim",),
    )
    with (
        MagisterLogin(settings) as login,
        ScimClient(school.scim_url, tokens=login.application(), clock=school.clock) as client,
    ):
        assert client.user(first(school)).id == first(school)


@pytest.mark.parametrize(
    ("schema", "name"),
    [("urn:school:kenmerken:x", "leerlingnummer"), ("urn:school:kenmerken:y", "studentNumber"), (URN, "stamnummer")],
)
def test_the_stamnummer_is_found_wherever_it_is(make_school: MakeSchool, ask: Ask, schema: str, name: str) -> None:
    school = make_school(stamnummer_schema=schema, stamnummer_name=name)
    assert ask(school, "stamnummer_path").schema == schema
    pupil = next(iter(school.school.leerlingen.values()))
    assert ask(school, "stamnummer", ask(school, "user", first(school))) == str(pupil.stamnummer)


def test_a_stamnummer_that_cannot_be_found_is_named_by_hand(make_school: MakeSchool) -> None:
    school = make_school(stamnummer_schema="urn:school:kenmerken:x", stamnummer_name="kenmerk1")
    with client_for(school) as client, pytest.raises(ContractMismatch, match="No attributes"):
        client.stamnummer_path()
    with client_for(school, stamnummer=AttributePath("urn:school:kenmerken:x", "kenmerk1")) as client:
        assert client.stamnummer(client.user(first(school)))
    employee = account_id(next(iter(school.school.medewerkers.values())))
    with client_for(school, stamnummer=AttributePath("urn:school:kenmerken:x", "kenmerk1")) as client:
        assert client.stamnummer(client.user(employee)) is None


@pytest.mark.parametrize(("value", "expected"), [(10001, "10001"), ("0010001", "0010001"), (None, None)])
def test_a_stamnummer_is_text_whatever_is_written(value: object, expected: str | None) -> None:
    user = User(id="1", extra={"URN:x": {"StamNummer": value}})
    assert read_stamnummer(user, AttributePath("urn:x", "stamnummer")) == expected


@pytest.mark.parametrize("extension", [{"stamnummer": True}, {"stamnummer": []}, []])
def test_a_stamnummer_of_another_kind_is_refused(extension: object) -> None:
    with pytest.raises(FieldInvalid):
        read_stamnummer(User(id="1", extra={"urn:x": extension}), AttributePath("urn:x", "stamnummer"))


def test_two_candidates_are_none() -> None:
    attributes = (Attribute(name="stamnummer"), Attribute(name="leerlingnummer"))
    with pytest.raises(ContractMismatch, match="2 attributes"):
        find_stamnummer([Schema(id="urn:x", attributes=attributes)])
    described = (Attribute(name="a", description="Het stamnummer"), Attribute(name="b"))
    assert find_stamnummer([Schema(id="urn:x", attributes=described)]) == AttributePath("urn:x", "a")
    core = Schema(id="urn:ietf:params:scim:schemas:core:2.0:User", attributes=attributes)
    with pytest.raises(ContractMismatch):
        find_stamnummer([core])


def test_changes_show_no_values() -> None:
    changes = Changes().set_password("Welkom01!").rename("jan").remove("emails", where("type").equals("work"))
    assert repr(changes) == "<Changes set password, set userName, remove emails>"
    assert b"Welkom01!" in changes.to_json()
    assert json.loads(changes.to_json())["Operations"][2] == {"op": "remove", "path": 'emails[type eq "work"]'}


@pytest.mark.parametrize("wrong", ["id", "meta.version", "ID", "", "a b", 'x"y'])
def test_what_cannot_be_written_is_not_sent(wrong: str) -> None:
    with pytest.raises(UsageError):
        Changes().set(wrong, "x")


def test_no_change_is_not_sent() -> None:
    with pytest.raises(UsageError):
        Changes().to_json()
    for empty in ("", "  "):
        with pytest.raises(UsageError, match="login name"):
            Changes().rename(empty)
