"""Paging beyond the numbered pitfalls: windows that move, services that stop answering, years that are closed."""

import datetime as dt
from collections.abc import Callable

import httpx
import pytest

from magister_connect.errors import CursorStuck, LeaseHeld, ServiceError
from magister_connect.results import HAND_WRITTEN, Connection, DateForm
from magister_connect.results.contracts.contract import FIELDS
from tests.results.world import DAY, KINDS, NOW, PAGINGS, SEPTEMBER, STATELESS, World

JIJ = Connection("JIJ", "ZAND")


def at_each_request(world: World, action: Callable[[int], httpx.Response | None]) -> None:
    """Do something before each request for results is answered: it is told how many came before."""
    asked = iter(range(10_000))
    world.before.append(lambda request: action(next(asked)) if request.method == "POST" else None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("paging", STATELESS)
def test_batches_go_on_from_the_checkpoint_of_an_earlier_one(paging: str, kind: str) -> None:
    world = World(paging=paging, page_size=4, kind=kind)
    world.fill(10)
    checkpoint = world.batches(school_year="2025-2026")[-1].checkpoint
    world.add(900, NOW)
    world.clock.advance(hours=1)
    numbers = [each.submission_nr for batch in world.batches(since=checkpoint) for each in batch.results]
    assert "900" in numbers
    assert len(numbers) < 11


@pytest.mark.parametrize("paging", STATELESS)
def test_dates_without_a_time_whose_bound_is_included_page_on_day_by_day(paging: str) -> None:
    form = {"date_form": DateForm.DATE, "since_includes": True}
    world = World(paging=paging, date_form="date", page_size=4, changes=form)
    world.fill(14, step=30_000)
    world.pull()
    world.assert_complete()


def test_a_service_that_takes_no_moment_is_read_by_number_in_one_window() -> None:
    world = World(paging="number", takes_since=False, takes_until=False, page_size=4)
    world.fill(10, begin=dt.datetime(2024, 7, 31, 20))
    assert [year.school_year for year in world.pull().years] == ["all"]
    world.add(900, NOW)
    again = world.pull()
    assert (again.new, again.unchanged) == (1, 0)
    world.assert_complete()


@pytest.mark.parametrize("paging", ["since", "number"])
def test_a_service_that_stops_answering_is_gone_on_with_where_it_stopped(paging: str) -> None:
    world = World(paging=paging, page_size=4, takes_until=False, takes_limit=False)
    world.fill(12)
    at_each_request(world, lambda before: httpx.Response(500) if before > 1 else None)
    with pytest.raises(ServiceError, match="No request of this run was answered"):
        world.pull(from_school_year="2025-2026")
    assert 0 < world.store.count() < 12
    assert world.requests < 15
    world.before.clear()
    assert world.pull(from_school_year="2025-2026").quarantined == 0
    world.assert_complete()


def test_a_list_that_moves_more_than_the_overlap_is_read_anew() -> None:
    world = World(paging="offset", page_size=24)
    world.fill(60)

    def move(before: int) -> None:
        if before == 1:
            for number in range(100, 112):
                world.change(number, world.clock.local())

    at_each_request(world, move)
    assert world.pull(from_school_year="2025-2026").new == 60
    world.assert_complete()


def test_a_list_that_always_moves_is_told_and_not_read_for_ever() -> None:
    world = World(paging="offset", page_size=24)
    world.fill(200)

    def move(_before: int) -> None:
        world.clock.advance(hours=1)
        first = sorted(world.service.current_results("JIJ"), key=lambda each: each.gewijzigd)[:20]
        for each in first:
            world.change(each.submission_nr, world.clock.local())

    at_each_request(world, move)
    with pytest.raises(CursorStuck, match=r"changes faster than it can be read.*quiet hour"):
        world.pull(from_school_year="2025-2026")
    assert world.requests < 40


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("score", ["81,5", "8l,5"])
def test_a_record_without_its_moment_comes_with_the_others(paging: str, score: str) -> None:
    world = World(paging=paging, page_size=4)
    world.fill(9)
    world.service.damaged[103] = {"modified": None, "score": score}
    report = world.pull(from_school_year="2025-2026")
    assert report.new + report.quarantined == 9


def test_a_record_that_could_not_be_read_is_delivered_once_the_contract_knows_better() -> None:
    world = World(paging="offset", contract=HAND_WRITTEN)
    world.fill(5)
    world.service.damaged[102] = {"grade": "7,3 (voorlopig)"}
    assert world.pull().quarantined == 1
    without_grades = {field: names for field, names in FIELDS.items() if field != "grade"}
    world.contract = HAND_WRITTEN.evolve(fields=without_grades)
    world.service.damaged.clear()
    world.withdraw(102)  # it does not come again by itself
    world.forget_clients()
    report = world.pull(reread=None)
    assert (report.new, report.quarantined) == (1, 0)
    [result] = [each for each in world.store.results() if each.submission_nr == "102"]
    assert (result.grade, result.extra) == (None, {"grade": "7,3 (voorlopig)"})


def test_a_year_that_was_deleted_is_not_read_again() -> None:
    world = World(paging="offset")
    world.add(1, SEPTEMBER - 365 * DAY)
    world.add(2, SEPTEMBER)
    world.pull(from_school_year="2024-2025")
    assert world.store.delete_school_year("2024-2025") == 1
    report = world.pull(from_school_year="2024-2025", reread=dt.timedelta())
    assert [year.school_year for year in report.years] == ["2025-2026"]
    assert world.store.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_interrupted_by_hand_gives_the_connection_back(kind: str) -> None:
    world = World(paging="offset", page_size=4, kind=kind)
    world.fill(9)

    def interrupt(before: int) -> None:
        if before == 1:
            with pytest.raises(LeaseHeld):
                world.store.take_lease(JIJ, world.clock())
            raise KeyboardInterrupt

    at_each_request(world, interrupt)
    with pytest.raises(KeyboardInterrupt):
        world.pull()
    world.pull()
    world.assert_complete()
