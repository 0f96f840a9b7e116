"""Whatever ends a run: after the next complete one the store equals the service, nothing lost and nothing doubled."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest
from sqlalchemy import event

from magister_connect.core.drivers import NO_RETRIES, RetryPolicy
from magister_connect.errors import ConnectionFailed, MagisterConnectError, StoreFailed
from magister_connect.results import ResultsClient, pull_results
from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.sandbox.faults import Cut
from magister_connect.store import Store
from tests.results.truth import truth
from tests.results.world import PAGINGS, World
from tests.store.databases import Make

PATIENT = RetryPolicy(first_wait=0, longest_wait=0, jitter=0)


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
def test_a_connection_that_is_reset_in_the_middle_of_a_body(
    attempts: str, small_school: School, tmp_path: Path
) -> None:
    with (
        Sandbox(data=small_school, results=ResultsSwitches(page_size=5)) as sandbox,
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


def test_a_service_that_restarts(small_school: School) -> None:
    sandbox, store = Sandbox(data=small_school, results=ResultsSwitches(page_size=5)), Store("sqlite://")
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
def test_a_service_that_fails_at_random_loses_nothing_and_raises_nothing_foreign(paging: str, make_store: Make) -> None:
    world = World(paging=paging, page_size=3, store=make_store(key=Store.generate_key()))
    world.fill(12)
    chance = Random(paging)

    def fail(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or chance.random() > 0.3:
            return None
        kind = chance.choice(("refused", "busy", "page", "empty", "broken"))
        if kind == "refused":
            raise httpx.ConnectError("gone", request=request)
        if kind == "busy":
            return httpx.Response(503, html="<h1>Onderhoud</h1>")
        if kind == "broken":
            return httpx.Response(500)
        return httpx.Response(200, html="<html>Onderhoud</html>" if kind == "page" else "")

    world.before.append(fail)
    for _ in range(5):
        with suppress(MagisterConnectError):
            world.pull()
    world.before.clear()
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
