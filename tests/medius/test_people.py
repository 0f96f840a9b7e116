"""Many people at once: in order, with what failed beside what did not."""

import pytest

from magister_connect.core.flow import Concurrent, Reply
from magister_connect.errors import (
    AllowListSuspected,
    ConnectionFailed,
    MagisterConnectError,
    ServiceError,
    UsageError,
)
from magister_connect.identifiers import Stamnummer
from magister_connect.medius.account import account_at
from magister_connect.medius.people import STUDENT_SUBJECTS
from magister_connect.medius.session import Session
from magister_connect.sandbox import Sandbox
from magister_connect.testing import Stepper, medius_exception, medius_table
from tests.medius.conftest import Connect, MakeSandbox

METHODS = [
    ("student_groups_of", "leerlingen"),
    ("student_subjects_of", "leerlingen"),
    ("employee_groups_of", "medewerkers"),
    ("employee_classes_of", "medewerkers"),
    ("employee_subjects_of", "medewerkers"),
]
STATELESS = Session(account_at("https://school.invalid", "u", "p", stateless=True))


def rows(number: int) -> Reply:
    return medius_table([{"Stamnr": number, "Vak": "wi"}])


@pytest.mark.parametrize(("method", "people"), METHODS)
def test_many_are_what_one_after_the_other_would_be(
    connect: Connect, school: Sandbox, method: str, people: str
) -> None:
    medius, numbers = connect(school), list(getattr(school.school, people))[:12]
    found = getattr(medius, method)(reversed(numbers), concurrency=3)
    assert [each.stamnummer for each in found] == [str(number) for number in numbers[::-1]]
    assert all(each.failure is None for each in found)
    assert list(found[0].records) == list(getattr(medius, method.removesuffix("_of"))(numbers[-1]))


def test_nobody_is_nothing(connect: Connect, school: Sandbox) -> None:
    assert connect(school).student_groups_of([]) == ()


def step(people: list[int], concurrency: int = 2) -> Stepper[object]:
    return Stepper(STUDENT_SUBJECTS.of_many(STATELESS, people, concurrency=concurrency))


def test_what_fails_for_one_is_reported_with_that_one() -> None:
    stepper = step([1, 2, 3, 4], 4)
    assert isinstance(stepper.step, Concurrent)
    assert stepper.step.concurrency == 4
    broken = medius_table([{"Stamnr": "x", "Vak": "wi"}])
    stepper.answer((rows(1), ConnectionFailed("weg"), medius_exception("kapot", "EAccess"), broken))
    found = stepper.result
    assert isinstance(found, tuple)
    assert [type(each.failure).__name__ for each in found] == [
        "NoneType",
        "ConnectionFailed",
        "ServiceError",
        "FieldInvalid",
    ]
    assert [len(each.records) for each in found] == [1, 0, 0, 0]
    assert "1" not in repr(found[0]).replace("<1 records", "")


def test_a_server_that_nobody_can_reach_is_an_error_at_once() -> None:
    stepper = step(list(range(1, 500)))
    with pytest.raises(AllowListSuspected):
        stepper.answer((AllowListSuspected("stil"), AllowListSuspected("stil")))


def test_a_few_failures_at_the_start_are_not_fatal() -> None:
    stepper = step([1, 2, 3])
    stepper.answer((ConnectionFailed("weg"), rows(2)))
    stepper.answer((rows(3),))
    assert stepper.done


def test_a_thousand_go_in_batches_between_which_the_session_is_looked_at() -> None:
    stepper, sizes = step(list(range(1, 2503))), list[int]()
    while not stepper.done:
        sizes.append(len(stepper.requests))
        stepper.answer(tuple(rows(1) for _ in stepper.requests))
    assert sizes == [2, 1000, 1000, 500]


@pytest.mark.parametrize("expired", ["exception", "general", "html"])
def test_an_expired_token_costs_one_login_for_all(connect: Connect, sandbox: MakeSandbox, expired: str) -> None:
    school = sandbox(expired=expired)
    medius = connect(school)
    medius.login()
    school.medius.rights.forget_tokens()
    found = medius.student_groups_of(school.school.leerlingen, concurrency=5)
    assert all(each.failure is None for each in found)
    assert school.medius.calls.count("Algemeen.Login") == 2


def test_who_is_unknown_has_no_rows_and_is_told_of(connect: Connect, school: Sandbox) -> None:
    (one,) = connect(school).student_groups_of([999_999])
    assert (len(one.records), one.failure) == (0, None)
    assert one.records.warnings


@pytest.mark.parametrize("number", ["12a", "", 0, -1, 2_147_483_648, "9" * 30, True, 1.5, "\uff11\uff12"])
def test_what_is_no_stamnummer_is_refused_before_anything_is_sent(connect: Connect, number: object) -> None:
    medius = connect("https://school.invalid")
    for call in (medius.student_groups, medius.update_student_email):
        with pytest.raises(UsageError, match="stamnummer is a whole number"):
            call(number, "x@y.example")
    with pytest.raises(UsageError):
        medius.student_groups_of([1, number])


@pytest.mark.parametrize("number", [7, "7", " 007 ", Stamnummer.parse("7", scope="school")])
def test_a_stamnummer_may_be_a_number_its_digits_or_the_identifier(number: int | str | Stamnummer) -> None:
    call = STUDENT_SUBJECTS.call(number, "", None)
    assert call.arguments[-1] == ("StamNr", "7")


def test_at_least_one_has_to_be_on_its_way(connect: Connect) -> None:
    with pytest.raises(UsageError) as caught:
        connect("https://school.invalid").student_groups_of([1], concurrency=0)
    assert isinstance(caught.value, MagisterConnectError)
    assert not isinstance(caught.value, ServiceError)
