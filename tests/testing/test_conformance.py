"""The cases hold at the simulated school, and each finds what it is there for."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.login import LoginSettings, MagisterLogin, StaticToken
from magister_connect.medius import MediusClient
from magister_connect.public_api import PublicApiClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox, School
from magister_connect.sandbox.faults import HtmlPage, Maintenance
from magister_connect.scim import ScimClient
from magister_connect.testing import (
    Case,
    Outcome,
    Script,
    compare,
    cut_off,
    json_reply,
    medius_cases,
    medius_error,
    medius_exception,
    medius_refusal,
    medius_session,
    medius_table,
    public_api_cases,
    public_api_page,
    public_api_refusal,
    results_batch,
    results_cases,
    results_contract,
    scim_cases,
    unavailable,
    uwlr_cases,
)
from magister_connect.uwlr import UwlrClient
from tests.public_api.conftest import quick, token_for
from tests.scim.test_other_server import other

__all__ = ["other"]
PUBLIC: dict[str, Any] = {"tokens": StaticToken(Secret("t"))}
SINCE = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
CASES: dict[str, tuple[Case[Any], ...]] = {
    "medius": medius_cases("platform-inschrijvingen", lesperiode="2526"),
    "results": results_cases(SINCE),
    "public_api": public_api_cases(dt.date(2025, 11, 17)),
    "scim": scim_cases(),
    "uwlr": uwlr_cases("99ZZ", "2025-2026"),
}


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(data=School.seeded(pupils=30, staff=5)) as school:
        yield school


def opener(school: Sandbox, service: str) -> Any:
    """Opens the client of a service at the simulated school, with other arguments where a case wants them."""

    def medius(**changed: Any) -> MediusClient:
        account: dict[str, Any] = {
            "username": school.medius_username,
            "password": school.medius_password,
            "allow_http": True,
        }
        settings: dict[str, Any] = account | {"retries": NO_RETRIES} | changed
        return MediusClient(school.medius_url, **settings)

    def results(**changed: Any) -> ResultsClient:
        account: dict[str, Any] = {
            "product": "JIJ",
            "instellingscode": school.instellingscode,
            "soap_key": school.results_key,
        }
        more: dict[str, Any] = {"clock": school.clock, "retries": NO_RETRIES}
        settings: dict[str, Any] = account | more | changed
        return ResultsClient(school.results_wsdl, **settings)

    def public_api(**changed: Any) -> PublicApiClient:
        pupil = next(iter(school.school.leerlingen.values()))
        settings: dict[str, Any] = {
            "tokens": StaticToken(token_for(school, pupil)),
            "pace": quick(),
            "clock": school.clock,
            "retries": NO_RETRIES,
        } | changed
        return PublicApiClient(school.public_api_url, **settings)

    def scim(**changed: Any) -> ScimClient:
        known = LoginSettings(
            client_id=school.accounts.client_id,
            client_secret=Secret(school.accounts.client_secret),
            scopes=("scim",),
            issuer=school.issuer_url,
        )
        tokens: dict[str, Any] = {"tokens": MagisterLogin(known, clock=school.clock).application()}
        settings: dict[str, Any] = tokens | {"clock": school.clock, "retries": NO_RETRIES} | changed
        return ScimClient(school.scim_url, **settings)

    def uwlr(**changed: Any) -> UwlrClient:
        account: dict[str, Any] = {
            "klantnaam": school.accounts.uwlr_klantnaam,
            "klantcode": school.accounts.uwlr_klantcode,
            "autorisatiesleutel": school.accounts.uwlr_key,
        }
        settings: dict[str, Any] = account | {"clock": school.clock, "retries": NO_RETRIES} | changed
        return UwlrClient(school.uwlr_url, **settings)

    return {"medius": medius, "results": results, "public_api": public_api, "scim": scim, "uwlr": uwlr}[service]


@pytest.mark.parametrize(
    ("service", "case"), [(service, case) for service, cases in CASES.items() for case in cases], ids=str
)
def test_the_simulated_school_does_what_the_clients_expect(school: Sandbox, service: str, case: Case[Any]) -> None:
    case.run(opener(school, service))


@pytest.mark.parametrize("service", CASES)
@pytest.mark.parametrize("fault", [HtmlPage(), Maintenance()], ids=["a page for people", "maintenance"])
def test_no_case_holds_at_a_server_that_is_not_there(school: Sandbox, service: str, fault: Any) -> None:
    school.faults.on("/", fault, service=service)
    try:
        outcomes = compare(CASES[service], opener(school, service))
    finally:
        school.faults.clear()
    assert [str(each) for each in outcomes if not each.trouble] == []
    assert sum(each.checked for each in outcomes) <= 2, "one cause is named once"
    assert str(outcomes[0]).startswith("no ")
    assert all(str(each).startswith("?  ") for each in outcomes if not each.checked)


def double(*replies: tuple[str, Any]) -> Any:
    """Opens a client of Medius at a double that gives these answers, whoever asks."""
    script = Script()
    functions = {"Get": ("GetActiveStudents", "GetActiveEmpoyees", "GetData"), "": ("GetActiveEmpoyees",)}
    for function, reply in replies:
        for each in functions.get(function, (function,)):
            script.add(reply, query={"Function": each}, times=None)

    def opened(**changed: Any) -> MediusClient:
        account = {"username": "u", "password": "p"}
        settings: dict[str, Any] = {**account, "http": script.client(), "retries": NO_RETRIES, **changed}
        return MediusClient("https://school.example:8800", **settings)

    return opened


def test_a_fault_of_a_service_that_is_not_there_is_refused(school: Sandbox) -> None:
    """A rule that never applies would make a test of failures prove nothing."""
    with pytest.raises(UsageError, match=r"no service 'public-api'.*Pass one of medius, "):
        school.faults.on("/", HtmlPage(), service="public-api")


def names(outcomes: tuple[Outcome, ...], mark: str) -> list[str]:
    return [each.case.partition(": ")[2] for each in outcomes if str(each).startswith(mark)]


STUDENTS = {"stamnr_str": 10001, "Klas": "1a"}
LOGIN, SESSION = "Login", medius_session("t")


def test_what_a_careless_double_leaves_out_is_found() -> None:
    rows = medius_table([STUDENTS])
    outcomes = compare(
        CASES["medius"], double((LOGIN, SESSION), ("GetActiveStudents", rows), ("GetData", rows), ("", unavailable()))
    )
    assert names(outcomes, "yes") == [
        "the account logs in",
        "there are active students, and every row can be read",
        "the list has rows",
    ]
    troubles = {each.case.partition(": ")[2]: each.trouble for each in outcomes}
    assert troubles["a wrong password is refused"] == "it is answered, but NotAuthenticated was expected"
    columns = troubles["the students have all columns of the record Student"]
    assert "columns are missing" in columns
    assert "Loginaccount.Naam" in columns
    assert "Klas" not in columns
    assert "has students" in troubles["a school year that does not exist has no students"]
    assert "NotPermitted was expected" in troubles["an unknown list is refused, not empty"]


@pytest.mark.parametrize(
    ("replies", "wrong", "unknown"),
    [
        ([(LOGIN, medius_refusal())], ["the account logs in"], 8),
        ([(LOGIN, medius_session(""))], ["the account logs in"], 8),
        (
            [(LOGIN, SESSION), ("GetActiveStudents", medius_table()), ("Get", medius_error())],
            [
                "a wrong password is refused",
                "there are active students, and every row can be read",
                "there are staff, and every row can be read",
                "the list has rows",
            ],
            4,
        ),
        (
            [
                (LOGIN, SESSION),
                ("GetActiveStudents", medius_table([{"stamnr_str": ""}])),
                ("Get", medius_exception("x")),
            ],
            [
                "a wrong password is refused",
                "there are active students, and every row can be read",
                "the students have all columns of the record Student",
                "there are staff, and every row can be read",
                "the list has rows",
            ],
            3,
        ),
        (
            [(LOGIN, SESSION), ("Get", cut_off(medius_table([STUDENTS]), 90))],
            [
                "a wrong password is refused",
                "there are active students, and every row can be read",
                "there are staff, and every row can be read",
                "the list has rows",
            ],
            4,
        ),
    ],
    ids=["nobody logs in", "no token", "empty tables", "an empty stamnummer", "cut off"],
)
def test_a_deviation_is_named_once_and_nothing_that_it_hides(
    replies: list[tuple[str, Any]], wrong: list[str], unknown: int
) -> None:
    outcomes = compare(CASES["medius"], double(*replies))
    assert names(outcomes, "no ") == wrong
    assert len(names(outcomes, "?")) == unknown


ACCOUNT = {"UuId": "u", "Persoon": {"Id": 7, "Achternaam": "Voorbeeld"}, "Groep": []}


def lesson(number: int, day: int) -> dict[str, Any]:
    texts = {"Omschrijving": "ne", "Start": f"2025-11-{day}T08:30:00Z", "Einde": f"2025-11-{day}T09:20:00Z"}
    numbers = {"Id": number, "Status": 1, "Type": 13, "InfoType": 0, "WeergaveType": 1}
    answers = {"DuurtHeleDag": False, "Afgerond": False, "HeeftBijlagen": False}
    lists: dict[str, Any] = {name: [] for name in ("Vakken", "Docenten", "Lokalen", "Groepen")}
    return texts | numbers | answers | lists


def public_double(lessons: Any, *, account: Any = ACCOUNT) -> Any:
    """A double that accepts every token, has no enrolments, and knows nobody by another number."""
    script = Script()
    script.add(json_reply(account), path="/api/account", times=None)
    script.add(public_api_refusal(404), path=f"/api/leerlingen/{999_999_999}/aanmeldingen", times=None)
    script.add(public_api_page([]), path="/api/leerlingen/7/aanmeldingen", times=None)
    script.add(lessons, times=None)

    def opened(**changed: Any) -> PublicApiClient:
        account: dict[str, Any] = {**PUBLIC, "http": script.client(), "retries": NO_RETRIES, "pace": quick()}
        return PublicApiClient("https://school.example/api", **account | changed)

    return opened


TAKES_ALL = "a wrong token is refused", "there are enrolments, and each can be read"
APPOINTMENTS = "there are appointments in the requested days only"


@pytest.mark.parametrize(
    ("opened", "wrong", "unknown"),
    [
        (public_double(public_api_page([lesson(1, 18), lesson(2, 19)])), [*TAKES_ALL], 1),
        (public_double(public_api_page([lesson(1, 18), lesson(2, 28)])), [*TAKES_ALL, APPOINTMENTS], 1),
        (public_double(public_api_page([])), [*TAKES_ALL, APPOINTMENTS], 2),
        (public_double(public_api_page([{"Id": "one"}])), [*TAKES_ALL, APPOINTMENTS], 2),
        (public_double(json_reply({"lessons": []})), [*TAKES_ALL, APPOINTMENTS], 2),
        (public_double(None, account={"Persoon": {}}), ["the account names its person"], 6),
    ],
    ids=["no check of tokens", "other days", "no lessons", "unreadable", "not a list", "no person"],
)
def test_what_is_wrong_with_a_double_of_the_public_api_is_named(opened: Any, wrong: list[str], unknown: int) -> None:
    outcomes = compare(CASES["public_api"], opened)
    assert (names(outcomes, "no "), len(names(outcomes, "?"))) == (wrong, unknown), "\n".join(map(str, outcomes))


def test_results_that_ignore_the_requested_moment_are_found(school: Sandbox) -> None:
    """A results service that sends everything every time, and one that sends nothing."""
    address = "https://tap.example/api/v3/results/doclit"
    rows: list[dict[str, object]] = [
        {"submission_nr": place, "username": "10001", "test_nr": 5, "modified": f"2025-10-{place:02} 10:00:00"}
        for place in range(1, 9)
    ]

    def double_of(given: list[dict[str, object]]) -> Any:
        script = Script()
        script.add(results_contract(address), method="GET", times=None)
        for offset in range(len(given) + 1):
            script.add(results_batch(given[offset:]), method="POST", body_has=f"<offset>{offset}<", times=None)
        script.add(results_batch(), method="POST", times=None)
        settings: dict[str, Any] = {"product": "JIJ", "instellingscode": "ABCD", "http": script.client()}
        more: dict[str, Any] = {"clock": school.clock, "retries": NO_RETRIES}

        def opened(**changed: Any) -> ResultsClient:
            arguments: dict[str, Any] = {**settings, **more, "soap_key": "x", **changed}
            return ResultsClient(f"{address}?wsdl", **arguments)

        return opened

    assert names(compare(CASES["results"], double_of(rows)), "no ") == [
        "a wrong key is refused",
        "a later start returns no older results",
    ]
    nothing = compare(CASES["results"], double_of([]))
    assert names(nothing, "no ") == ["there are results, and every record can be read"]
    assert len(names(nothing, "?")) == 4
    unreadable = compare(CASES["results"], double_of([{**rows[0], "username": ""}]))
    assert "unreadable records: 1, the first at result[0]/stamnummer" in unreadable[0].trouble


def test_a_server_that_is_not_ours_is_told_by_its_own_ways(other: tuple[str, Any]) -> None:
    """The demonstration of scim2-server wants no token, and knows no stamnummer."""
    url, _ = other
    outcomes = compare(CASES["scim"], partial(ScimClient, url, tokens=StaticToken(Secret("t"))))
    assert [each.case.partition(": ")[2] for each in outcomes if each.trouble] == [
        "a wrong token is refused",
        "a schema names the stamnummer",
    ]
