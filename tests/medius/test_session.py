"""Sessions: when a login happens, and what an answer that may mean an expired token leads to."""

import datetime as dt

import pytest

from magister_connect.core.flow import Reply
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    MagisterConnectError,
    NotAuthenticated,
    NotPermitted,
    Refused,
    ReplyInvalid,
    ServiceError,
)
from magister_connect.medius import MediusClient
from magister_connect.medius.account import account_at
from magister_connect.medius.session import HeldToken, Session
from magister_connect.sandbox import MediusAccount, Sandbox
from magister_connect.testing import Script, Stepper, medius_exception, medius_session, medius_table
from tests.medius.conftest import Connect, MakeSandbox

EXPIRED = ["exception", "general", "result", "html"]


def test_a_login_happens_once_for_many_calls(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    medius = connect(school)
    medius.students()
    medius.employees()
    assert school.medius.calls.count("Algemeen.Login") == 1


def test_a_stateless_account_never_logs_in(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    medius = connect(school, stateless=True)
    medius.login()
    assert medius.students()
    assert "Algemeen.Login" not in school.medius.calls


def test_a_stateless_account_with_a_wrong_password_is_refused(connect: Connect, school: Sandbox) -> None:
    with pytest.raises(NotAuthenticated):
        connect(school, stateless=True, password="fout").students()


@pytest.mark.parametrize("expired", EXPIRED)
def test_an_expired_token_is_renewed_once_whatever_the_service_answers(
    connect: Connect, sandbox: MakeSandbox, expired: str
) -> None:
    school = sandbox(expired=expired)
    medius = connect(school)
    before = medius.students()
    school.medius.rights.forget_tokens()
    assert medius.students() == before
    assert school.medius.calls.count("Algemeen.Login") == 2


@pytest.mark.parametrize("expired", EXPIRED)
def test_lists_are_renewed_too_whole_and_streamed(connect: Connect, sandbox: MakeSandbox, expired: str) -> None:
    school = sandbox(expired=expired)
    medius = connect(school)
    before = len(medius.get_data("SDS-Medewerker"))
    for form in ("XML", "XMLTable", "CSV", "TAB"):
        school.medius.rights.forget_tokens()
        assert len(medius.get_data("SDS-Medewerker", form=form)) == before
        school.medius.rights.forget_tokens()
        assert len(list(medius.iter_data("SDS-Medewerker", form=form))) == before


@pytest.mark.parametrize(("expired", "renewed"), [("exception", True), ("result", True), ("general", False)])
def test_a_write_is_repeated_only_when_the_answer_speaks_of_the_session(
    connect: Connect, sandbox: MakeSandbox, expired: str, *, renewed: bool
) -> None:
    school = sandbox(expired=expired)
    medius = connect(school)
    medius.login()
    school.medius.rights.forget_tokens()
    number = next(iter(school.school.leerlingen))
    if renewed:
        medius.update_student_email(number, "x@y.example")
    else:
        with pytest.raises(Refused):
            medius.update_student_email(number, "x@y.example")
    assert school.medius.calls.count("ADFuncties.UpdateLeerEMail") == 1 + renewed


def test_a_token_is_renewed_before_it_is_known_to_expire(sandbox: MakeSandbox) -> None:
    school = sandbox()
    with MediusClient(school.medius_url, username="platform", password="zandbak-wachtwoord", allow_http=True) as medius:
        medius._driver._clock = school.clock
        medius.students()
        school.clock.advance(dt.timedelta(minutes=29))
        medius.students()
        school.clock.advance(dt.timedelta(minutes=2))
        medius.students()
    assert school.medius.calls.count("Algemeen.Login") == 2


def test_a_login_that_somebody_else_made_meanwhile_is_used() -> None:
    session = Session(account_at("https://school.invalid", "u", "p"))
    play_login(session, "T1")
    first = HeldToken(Secret("T0"))
    flow = session.renew(first)
    with pytest.raises(StopIteration) as ended:
        next(flow)
    assert ended.value.value.token == Secret("T1")


def play_login(session: Session, token: str) -> None:
    stepper = Stepper(session.ensure_token())
    stepper.answer(dt.datetime(2025, 11, 20, tzinfo=dt.UTC))
    stepper.answer(medius_session(token))
    stepper.answer(dt.datetime(2025, 11, 20, tzinfo=dt.UTC))
    assert stepper.result.fresh


@pytest.mark.parametrize(("text", "logins"), [("Query timeout expired", 1), ("Algemene fout", 2)])
def test_a_list_that_takes_too_long_is_not_asked_for_again(
    connect: Connect, magister_script: Script, text: str, logins: int
) -> None:
    magister_script.add(medius_session(), query={"Function": "Login"}, times=logins)
    magister_script.add(medius_table([]), times=1)
    magister_script.add(medius_exception(text, "EOleException"), times=logins)
    medius = connect("https://school.invalid", http=connect.scripted(magister_script))
    medius.get_data("zwaar")
    with pytest.raises(ServiceError):
        medius.get_data("zwaar")


def test_a_clear_refusal_costs_no_second_login(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    medius = connect(school)
    medius.students()
    with pytest.raises(NotPermitted):
        medius.get_data("bestaat-niet")
    assert school.medius.calls.count("Algemeen.Login") == 1


def test_a_refusal_right_after_a_login_is_not_taken_for_an_expired_token(
    connect: Connect, sandbox: MakeSandbox
) -> None:
    school = sandbox()
    with pytest.raises(MagisterConnectError):
        connect(school).get_data("meldingen")
    assert school.medius.calls == ["Algemeen.Login", "Data.GetData"]


@pytest.mark.parametrize(("split", "works"), [("first", True), ("last", False)])
def test_a_semicolon_in_a_password_is_warned_of_where_it_matters(
    connect: Connect, sandbox: MakeSandbox, split: str, *, works: bool
) -> None:
    school = sandbox(accounts=(MediusAccount("u", "a;b"),), password_split=split)
    assert connect(school, username="u", password="a;b").students()
    with pytest.warns(UserWarning, match="holds ';'"):
        medius = connect(school, username="u", password="a;b", stateless=True)
    if works:
        assert medius.students()
    else:
        with pytest.raises(NotAuthenticated):
            medius.students()


def test_a_login_without_a_token_is_not_believed(connect: Connect, magister_script: Script) -> None:
    magister_script.add(Reply(200, (), b"<Response><Result>True</Result></Response>"))
    http = connect.scripted(magister_script)
    with pytest.raises(ReplyInvalid, match="no session token"):
        connect("https://school.invalid", http=http).login()


@pytest.mark.parametrize(("minutes", "logins"), [(9, 1), (10, 2)])
def test_a_token_is_renewed_unasked_at_the_age_that_was_passed_in(
    connect: Connect, sandbox: MakeSandbox, minutes: int, logins: int
) -> None:
    school = sandbox()
    medius = connect(school, token_lifetime=dt.timedelta(minutes=10), clock=school.clock)
    medius.students()
    school.clock.advance(hours=minutes / 60)
    medius.students()
    assert school.medius.calls.count("Algemeen.Login") == logins
