"""A school's own WSDL, contract and results in the simulated service: a contract is rehearsed before it is used."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from magister_connect.errors import NotAuthenticated, ServiceError, UsageError
from magister_connect.results import Contract, ResultsClient
from magister_connect.sandbox import ResultsSwitches, Sandbox, SandboxState, School, VirtualClock
from magister_connect.sandbox.results import ResultsService
from magister_connect.store import Store
from tests.results import foreign
from tests.results.test_foreign import KINDS, contract_of
from tests.results.truth import truth

ACCOUNTS = {"header": {"username": "magister"}}


def client_of(
    sandbox: Sandbox, contract: Contract, key: str | None = None, credentials: dict[str, str] | None = None
) -> ResultsClient:
    return ResultsClient(
        sandbox.results_wsdl,
        product="Facet",
        instellingscode=sandbox.instellingscode,
        soap_key=key or sandbox.results_key,
        contract=contract,
        clock=sandbox.clock,
        credentials=credentials,
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"latin", "utf-16", "mtom", "attributes"}])
def test_a_contract_is_rehearsed_against_its_own_wsdl(kind: str, small_school: School, tmp_path: Path) -> None:
    declared = KINDS[kind]().description
    contract = contract_of(kind, KINDS[kind](), tmp_path)
    switches = ResultsSwitches(wsdl=declared, contract=contract, page_size=7)
    with Sandbox(data=small_school, results=switches) as sandbox, Store("sqlite://") as store:
        with client_of(sandbox, contract, credentials=ACCOUNTS.get(kind)) as client:
            assert not client.check()
            client.pull(store, stamnummers=str.isdigit)
        assert {each.submission_nr: each.modified_at for each in store.results()} == truth(sandbox)


def test_a_wrong_key_is_refused(small_school: School, tmp_path: Path) -> None:
    contract = contract_of("page", KINDS["page"](), tmp_path)
    switches = ResultsSwitches(wsdl=KINDS["page"]().description, contract=contract)
    refused = pytest.raises(NotAuthenticated)
    with (
        Sandbox(data=small_school, results=switches) as sandbox,
        client_of(sandbox, contract, key="fout") as client,
        refused,
    ):
        client.pull(Store("sqlite://"), stamnummers=str.isdigit)


def test_a_request_without_what_the_wsdl_requires_breaks_the_service_down(small_school: School, tmp_path: Path) -> None:
    contract = contract_of("constants", KINDS["constants"](), tmp_path)
    switches = ResultsSwitches(wsdl=KINDS["constants"]().description, contract=contract)
    other = contract.evolve(constants={**contract.constants, "taal": "fr"})
    broken = pytest.raises(ServiceError, match="No request of this run was answered")
    with Sandbox(data=small_school, results=switches) as sandbox, client_of(sandbox, other) as client, broken:
        client.pull(Store("sqlite://"), stamnummers=str.isdigit)


def test_a_contract_that_does_not_fit_the_wsdl_is_refused_at_once(small_school: School) -> None:
    switches = ResultsSwitches(wsdl=foreign.by_page().description, contract=Contract(name="other"))
    with pytest.raises(UsageError, match="does not fit its WSDL"):
        ResultsService(SandboxState(small_school, VirtualClock()), switches)
    with pytest.raises(UsageError, match="belong together"):
        ResultsSwitches(wsdl=foreign.by_page().description)


def test_own_results_come_back_as_they_were_given() -> None:
    with Sandbox(pupils=8) as sandbox, Store("sqlite://") as store, Store("sqlite://") as again:
        with client_of(sandbox, Contract(name="plain", paging="offset")) as client:
            client.pull(store, stamnummers=str.isdigit)
            mine = [each for each in store.results() if each.modified_at and each.modified_at > dt.datetime(2024, 8, 1)]
            sandbox.results.replace("JIJ", mine)
            client.pull(again, stamnummers=str.isdigit)
        assert {each.submission_nr: each.fingerprint for each in again.results()} == {
            each.submission_nr: each.fingerprint for each in mine
        }
        assert any(isinstance(each.score, Decimal) for each in again.results())
        with pytest.raises(UsageError, match="has no date"):
            sandbox.results.replace("JIJ", [evolve(mine[0], taken_at=None, graded_at=None, modified_at=None)])
