"""From empty to complete against the simulated school, in every way of paging, sync and async."""

from itertools import pairwise
from typing import Any

import anyio
import pytest

from magister_connect.errors import StoreFailed
from magister_connect.results import (
    HAND_WRITTEN,
    LAMINAS,
    AsyncResultsClient,
    Contract,
    Paging,
    PullReport,
    ResultsClient,
    pull_results,
)
from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.store import Store
from tests.results.world import World
from tests.store.databases import Make

WAYS = ["offset", "since", "number", "once"]
STYLES = {"hand-written": HAND_WRITTEN, "laminas": LAMINAS}


@pytest.fixture(scope="module")
def school() -> School:
    return School.seeded(3, pupils=60)


@pytest.fixture
def store(make_store: Make) -> Store:
    return make_store(key=Store.generate_key())


def contract_of(switches: ResultsSwitches) -> Contract | None:
    """A service that delivers once looks like any other, so that its contract has to be named."""
    return STYLES[switches.style].evolve(paging=Paging.ONCE) if switches.paging == "once" else None


def pull(kind: str, sandbox: Sandbox, store: Store) -> PullReport:
    known = list(sandbox.school.leerlingen)
    account: dict[str, Any] = {
        "product": "JIJ",
        "instellingscode": sandbox.instellingscode,
        "soap_key": sandbox.results_key,
        "clock": sandbox.clock,
        "contract": contract_of(sandbox.results.switches),
    }
    if kind == "blocking":
        with ResultsClient(sandbox.results_wsdl, **account) as service:
            return pull_results(service, store, stamnummers=known)

    async def pull_async() -> PullReport:
        async with AsyncResultsClient(sandbox.results_wsdl, **account) as asked:
            return await pull_results(asked, store, stamnummers=known)

    return anyio.run(pull_async)


@pytest.mark.parametrize("kind", ["blocking", "awaiting"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("paging", WAYS)
def test_a_school_is_pulled_whole_and_stays_so(
    paging: Any, style: Any, kind: str, school: School, store: Store
) -> None:
    switches = ResultsSwitches(paging=paging, style=style, page_size=20)
    with Sandbox(data=school, results=switches) as sandbox:
        truth = {str(each.submission_nr): each.username for each in sandbox.results.current_results("JIJ")}
        first = pull(kind, sandbox, store)
        again = pull(kind, sandbox, store)
    guests = {number for number, username in truth.items() if not username.isdigit()}
    assert {result.submission_nr: result.stamnummer for result in store.results()} == {
        number: username for number, username in truth.items() if number not in guests
    }
    assert (first.stored, first.unknown) == (len(truth) - len(guests), len(guests))
    assert (again.stored, again.unknown, again.quarantined) == (0, len(guests), 0)


def test_the_batches_of_a_run_hold_each_result_once() -> None:
    world = World(paging="offset", page_size=4, repeats=2)
    world.fill(20)
    numbers = [result.submission_nr for batch in world.batches(since="2025-08-01") for result in batch.results]
    assert len(numbers) == len(set(numbers)) == 20


def test_a_store_that_fails_ends_the_run_and_gives_the_lease_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(paging="offset")
    world.fill(3)

    def fail(*_arguments: Any) -> None:
        raise StoreFailed("The disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(world.store, "commit", fail)
        with pytest.raises(StoreFailed, match="disk is full"):
            world.pull()
    assert world.pull().new == 3


def test_progress_is_told_after_every_batch() -> None:
    world = World(paging="offset", page_size=4)
    world.fill(9)
    told: list[Any] = []
    world.pull(progress=told.append, from_school_year="2025-2026")
    assert sum(each.results for each in told) == 9
    assert all(before.batches < after.batches for before, after in pairwise(told))
