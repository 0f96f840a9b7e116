"""Whatever ends a run: after the next complete one the store equals the service, nothing lost and nothing doubled."""

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from magister_connect.core.drivers import NO_RETRIES, RetryPolicy
from magister_connect.errors import ConnectionFailed, StoreFailed
from magister_connect.results import ResultsClient, pull_results
from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.sandbox.faults import Cut
from magister_connect.store import Store
from tests.results.world import PAGINGS, STATELESS, World
from tests.store.databases import Addresses

Order = Callable[..., list[dict[str, Any]]]
TWENTY = 20
A_FEW = 5  # moments on a server, where the same code runs
PATIENT = RetryPolicy(first_wait=0, longest_wait=0, jitter=0)


@pytest.fixture(scope="module")
def school() -> School:
    return School.seeded(5, pupils=8)


@pytest.fixture(scope="module")
def order() -> Iterator[Order]:
    """A process without threads, in which pulls are forked off and killed."""
    command = [sys.executable, "-m", "tests.results.puller"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def send(*orders: dict[str, Any]) -> list[dict[str, Any]]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(orders) + "\n")
            process.stdin.flush()
            answer: list[dict[str, Any]] = json.loads(process.stdout.readline())
            return answer

        yield send
        process.stdin.close()


def truth(sandbox: Sandbox) -> dict[str, Any]:
    """What the service shows of candidates with a number."""
    return {str(each.submission_nr): each.gewijzigd for each in sandbox.results.truth("JIJ") if each.username.isdigit()}


def stored(url: str, key: str) -> dict[str, Any]:
    """What stands in a store."""
    with Store(url, key=key) as store:
        return {each.submission_nr: each.modified_at for each in store.results()}


@pytest.mark.slow
@pytest.mark.parametrize("paging", ["offset", "once"])
def test_a_run_may_be_killed_at_any_moment(paging: Any, school: School, order: Order, new_address: Addresses) -> None:
    key = Store.generate_key().reveal()
    with Sandbox(data=school, results=ResultsSwitches(paging=paging, page_size=5)) as sandbox:
        plain = {"wsdl": sandbox.results_wsdl, "key": key, "paging": paging, "moments": None, "hours": 0}

        def fresh() -> str:
            sandbox.results.begin_anew()
            return new_address()

        first_database = fresh()
        [whole] = order({**plain, "database": first_database})
        count = TWENTY if first_database.startswith("sqlite") else A_FEW
        moments = random.Random(paging).sample(range(1, whole["moments"]), count)
        for moment in moments:
            database = fresh()
            [first] = order({**plain, "database": database, "moments": moment})
            assert first["killed"]
            [second] = order({**plain, "database": database, "hours": 1})
            assert second["status"] == 0
            assert stored(database, key) == truth(sandbox), f"killed at moment {moment}"


@pytest.mark.slow
@pytest.mark.parametrize("paging", STATELESS)
def test_a_run_that_reopens_years_may_be_killed_at_any_moment(
    paging: Any, school: School, order: Order, new_address: Addresses
) -> None:
    key = Store.generate_key().reveal()
    with Sandbox(data=school, results=ResultsSwitches(paging=paging, page_size=5)) as sandbox:
        plain = {"wsdl": sandbox.results_wsdl, "key": key, "paging": paging, "moments": None, "hours": 0}

        def with_years_left_out() -> str:
            database = new_address()
            order({**plain, "database": database, "nobody_known": True})
            return database

        [whole] = order({**plain, "database": with_years_left_out(), "reopen": "all"})
        reopened = 10  # moments: by then the years are open again
        for moment in random.Random(paging).sample(range(reopened, whole["moments"]), A_FEW):
            database = with_years_left_out()
            [first] = order({**plain, "database": database, "moments": moment, "reopen": "all"})
            assert first["killed"]
            [second] = order({**plain, "database": database, "hours": 1})
            assert second["status"] == 0
            assert stored(database, key) == truth(sandbox), f"killed at moment {moment}"


@pytest.mark.slow
def test_two_processes_at_once_do_not_double_anything(school: School, order: Order, new_address: Addresses) -> None:
    key = Store.generate_key().reveal()
    with Sandbox(data=school, results=ResultsSwitches(page_size=5)) as sandbox:
        database = new_address()
        plain = {"wsdl": sandbox.results_wsdl, "key": key, "paging": "offset", "moments": None, "hours": 0}
        ends = order(*[{**plain, "database": database}] * 3)
        assert [end["status"] for end in ends] == [0, 0, 0]
        assert any(end["moments"] > 0 for end in ends)
        assert stored(database, key) == truth(sandbox)


@pytest.mark.parametrize("paging", PAGINGS)
def test_a_locked_database_ends_the_run_and_loses_nothing(paging: str, tmp_path: Path) -> None:
    path = tmp_path / "school.db"
    world = World(paging=paging, page_size=4, store=Store(f"sqlite:///{path}", key=Store.generate_key(), patience=0.01))
    world.fill(10)
    blocker = sqlite3.connect(path, isolation_level=None)

    def block(_progress: object) -> None:
        if not blocker.in_transaction:
            blocker.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreFailed, match="locked"):
        world.pull(progress=block)
    blocker.close()
    world.clock.advance(hours=1)
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("paging", ["since", "offset", "number"])
def test_a_full_disk_ends_the_run_and_loses_nothing(paging: str, tmp_path: Path) -> None:
    world = World(paging=paging, page_size=50, store=Store(f"sqlite:///{tmp_path / 'school.db'}"))
    world.pull()
    world.fill(400)
    engine = world.store._database._engine

    def limit(pages: int) -> None:
        engine.dispose()
        event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count={pages}"))

    limit(45)
    with pytest.raises(StoreFailed, match="disk is full"):
        world.pull()
    limit(100_000)
    world.clock.advance(hours=1)
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("attempts", ["repeated", "once"])
def test_a_connection_that_is_reset_in_the_middle_of_a_body(attempts: str, school: School, tmp_path: Path) -> None:
    with (
        Sandbox(data=school, results=ResultsSwitches(page_size=5)) as sandbox,
        Store(f"sqlite:///{tmp_path / 'school.db'}") as store,
    ):
        sandbox.faults.on("/", Cut(after=900), service="results", requests={4})
        with ResultsClient(
            sandbox.results_wsdl,
            product="JIJ",
            instellingscode="ZAND",
            soap_key=sandbox.results_key,
            clock=sandbox.clock,
            retries=PATIENT if attempts == "repeated" else NO_RETRIES,
        ) as service:
            if attempts == "once":
                with pytest.raises(ConnectionFailed):
                    pull_results(service, store, stamnummers=str.isdigit)
            pull_results(service, store, stamnummers=str.isdigit)
        assert {each.submission_nr: each.modified_at for each in store.results()} == truth(sandbox)


def test_a_service_that_restarts(school: School) -> None:
    sandbox, store = Sandbox(data=school, results=ResultsSwitches(page_size=5)), Store("sqlite://")
    with sandbox, store:
        address = sandbox.results_wsdl
        service = ResultsClient(
            address, product="JIJ", instellingscode="ZAND", soap_key=sandbox.results_key, clock=sandbox.clock,
            retries=NO_RETRIES,
        )  # fmt: skip
        running = sandbox._served["results"]

        def stop(_progress: object) -> None:
            running.stop()

        with pytest.raises(ConnectionFailed):
            pull_results(service, store, stamnummers=str.isdigit, progress=stop)
        assert store.count() < len(truth(sandbox))
        sandbox.serve("results", sandbox.results.application(), port=running.port)
        pull_results(service, store, stamnummers=str.isdigit)
        assert {each.submission_nr: each.modified_at for each in store.results()} == truth(sandbox)
        service.close()


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("broken", range(1, 6))
def test_any_request_may_fail(paging: str, broken: int) -> None:
    world = World(paging=paging, page_size=3)
    world.fill(12)
    posts = iter(range(1, 100))

    def fail(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and next(posts) == broken:
            raise httpx.ConnectError("gone", request=request)
        return None

    world.before.append(fail)
    with pytest.raises(ConnectionFailed):
        world.pull()
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("paging", PAGINGS)
def test_a_clock_that_is_set_back_a_day_between_runs(paging: str) -> None:
    world = World(paging=paging, page_size=4)
    world.fill(10)
    world.pull()
    world.add(900, world.clock.local())
    ahead = world.clock()
    world.client_clock = lambda: ahead.replace(day=ahead.day - 1)
    world.pull()
    world.assert_complete()
