"""The cases hold at the simulated school, and each finds what it is there for."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.secrets import Secret
from magister_connect.login import LoginSettings, MagisterLogin, StaticToken
from magister_connect.medius import MediusClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox, School
from magister_connect.sandbox.faults import HtmlPage, Maintenance
from magister_connect.scim import ScimClient
from magister_connect.testing import (
    Case,
    Script,
    compare,
    medius_cases,
    medius_session,
    medius_table,
    results_cases,
    scim_cases,
    uwlr_cases,
)
from magister_connect.uwlr import UwlrClient
from tests.scim.test_other_server import other

__all__ = ["other"]
PUBLIC: dict[str, Any] = {"tokens": StaticToken(Secret("t"))}
SINCE = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
CASES: dict[str, tuple[Case[Any], ...]] = {
    "medius": medius_cases("platform-inschrijvingen", lesperiode="2526"),
    "results": results_cases(SINCE),
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

    return {"medius": medius, "results": results, "scim": scim, "uwlr": uwlr}[service]


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
    assert all(str(each).startswith("no ") for each in outcomes)


def double(*replies: tuple[str, Any]) -> Any:
    """Opens a client of Medius at a double that gives these answers, whoever asks."""
    script = Script()
    for function, reply in replies:
        script.add(reply, query={"Function": function}, times=None)

    def opened(**changed: Any) -> MediusClient:
        account = {"username": "u", "password": "p"}
        settings: dict[str, Any] = {**account, "http": script.client(), "retries": NO_RETRIES, **changed}
        return MediusClient("https://school.example:8800", **settings)

    return opened


def test_what_a_careless_double_leaves_out_is_found() -> None:
    rows = medius_table([{"stamnr_str": 10001, "Klas": "1a"}])
    careless = double(("Login", medius_session("t")), ("GetActiveStudents", rows), ("GetData", rows))
    troubles = {each.case.partition(": ")[2]: each.trouble for each in compare(CASES["medius"], careless)}
    assert {name for name, trouble in troubles.items() if not trouble} == {
        "the account logs in",
        "active students have a stamnummer each",
        "a list has columns and rows",
    }
    assert troubles["a wrong password is refused"] == "it is answered, but NotAuthenticated was expected"
    assert (
        troubles["a school year that does not exist has no students"]
        == "a school year that does not exist has students"
    )
    assert "NotPermitted was expected" in troubles["an unknown list is refused, not empty"]


def test_a_server_that_is_not_ours_is_told_by_its_own_ways(other: tuple[str, Any]) -> None:
    """The demonstration of scim2-server wants no token, and knows no stamnummer."""
    url, _ = other
    outcomes = compare(CASES["scim"], partial(ScimClient, url, tokens=StaticToken(Secret("t"))))
    assert [each.case.partition(": ")[2] for each in outcomes if each.trouble] == [
        "a wrong token is refused",
        "a schema names the stamnummer",
    ]
