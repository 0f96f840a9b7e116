"""Results of candidates who were not known before their school year was over: counted, and brought back."""

import datetime as dt
import json
from typing import Any

import pytest

from magister_connect.errors import Responsible, UsageError
from magister_connect.results import Connection, ResultsClient
from magister_connect.results.contracts.contract import Parameters
from magister_connect.sandbox import Sandbox, School
from tests.results.world import HOUR, KINDS, KNOWN, SEPTEMBER, STATELESS, World
from tests.store.databases import Make

JIJ = Connection("JIJ", "ZAND")
YEARS = (2023, 2024, 2025)
CLOSED = ("2023-2024", "2024-2025")


class Crash(RuntimeError):
    """The process ends here."""


def of_three_years(count: int = 6, **options: Any) -> World:
    """So many results in each of three years, two of which are over."""
    world = World(page_size=4, **options)
    for year in YEARS:
        for place in range(count):
            moment = dt.datetime(year, 9, 1, 9) + place * HOUR
            world.add(year * 100 + place, moment, username=KNOWN[place % len(KNOWN)])
    return world


def read(report: Any) -> list[str]:
    return [year.school_year for year in report.years]


@pytest.fixture(scope="module")
def school() -> School:
    return School.seeded(1)


@pytest.mark.parametrize("todays", [False, True], ids=["nobody", "the pupils of today"])
def test_whoever_was_forgotten_on_the_first_night_is_brought_back_whole(
    todays: bool, school: School, make_store: Make
) -> None:
    store = make_store()
    with Sandbox(data=school) as sandbox:
        shown = [each.username for each in sandbox.results.current_results("JIJ")]
        everybody = [username for username in shown if username.isdigit()]
        pupils = school.pupils_on(sandbox.clock().date()) if todays else ()
        known = {str(pupil.stamnummer) for pupil, _ in pupils}
        with ResultsClient(
            sandbox.results_wsdl,
            product="JIJ",
            instellingscode=sandbox.instellingscode,
            soap_key=sandbox.results_key,
            clock=sandbox.clock,
        ) as service:
            first = service.pull(store, stamnummers=known)
            assert first.left_out > 0
            assert first.stored + first.unknown + first.left_out == len(shown)
            service.pull(store, stamnummers=everybody)
            lost = len(everybody) - store.count()
            guests = len(shown) - len(everybody)
            assert 0 < lost <= first.left_out <= lost + guests
            third = service.pull(store, stamnummers=everybody, reopen=list(first.left_out_by_year))
    assert third.new == lost
    assert store.count() == len(everybody) == 1467


def test_what_is_left_out_is_counted_by_year_and_said_with_what_to_do() -> None:
    world = of_three_years()
    report = world.pull(stamnummers=KNOWN[:1])
    assert report.left_out_by_year == {"2023-2024": 4, "2024-2025": 4}
    assert (report.new, report.left_out, report.unknown) == (6, 8, 4)
    assert 'add the candidates and pull once with reopen=["2023-2024", "2024-2025"]' in report.next_action
    assert "8 left out" in str(report)
    assert "Left out: 8." in report._repr_html_()
    assert "<button" not in report._repr_html_()
    told = json.loads(report.to_json())
    assert (told["left_out"], told["left_out_by_year"]) == (8, {"2023-2024": 4, "2024-2025": 4})
    assert world.pull(stamnummers=KNOWN[:1]).left_out == 0


def test_what_waited_is_counted_when_its_year_is_over() -> None:
    world = World(paging="offset")
    world.add(1, SEPTEMBER, username="gast01")
    assert world.pull().left_out == 0
    world.clock.set(dt.datetime(2026, 10, 17))
    report = world.pull(reread=None)
    assert report.left_out_by_year == {"2025-2026": 1}
    assert "2025-2026" in report.next_action
    assert world.pull(stamnummers=[*KNOWN, "gast01"], reopen="2025-2026").new == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("paging", STATELESS)
def test_the_years_that_are_named_are_read_again_and_no_other(paging: str, kind: str, make_store: Make) -> None:
    world = of_three_years(paging=paging, kind=kind, store=make_store())
    world.pull(stamnummers=())
    report = world.pull(reopen="2023-2024")
    assert read(report) == ["2025-2026", "2023-2024"]
    assert (report.new, report.delivered, world.store.count(school_year="2024-2025")) == (12, 6, 0)
    assert world.pull(reopen=CLOSED).new == 6
    world.assert_complete()
    again = world.pull(reopen="all")
    assert {*CLOSED, "2025-2026"} <= set(read(again))
    assert (again.stored, again.withdrawn, again.left_out) == (0, 0, 0)
    assert read(world.pull()) == ["2025-2026"]


@pytest.mark.parametrize("paging", STATELESS)
def test_a_reopened_year_is_handled_like_an_open_one(paging: str) -> None:
    world = of_three_years(paging=paging)
    world.pull()
    world.change(202301, dt.datetime(2023, 12, 1), score="12")
    world.states[202302] = ()
    world.add(202399, dt.datetime(2024, 1, 1))
    assert world.pull().stored == 0
    report = world.pull(reopen="2023-2024")
    assert (report.new, report.changed, report.withdrawn) == (1, 1, 1)
    assert len(world.store.versions("JIJ", "ZAND", "202301")) == 1
    del world.states[202302]
    world.assert_complete()


def test_too_many_withdrawn_results_of_a_reopened_year_are_an_alarm() -> None:
    world = of_three_years(paging="offset")
    world.pull()
    for place in range(3):
        del world.states[202300 + place]
    report = world.pull(reopen="all")
    assert (report.withdrawn, len(report.alarms)) == (0, 1)
    assert world.pull(reopen="all", accept_withdrawals=True).withdrawn == 3


def test_what_was_stored_of_a_candidate_who_has_left_is_not_counted_as_left_out() -> None:
    world = of_three_years(paging="offset")
    world.pull()
    report = world.pull(stamnummers=KNOWN[:1], reopen="all")
    assert (report.left_out, report.withdrawn, world.store.count()) == (0, 0, 18)


def crash_at(world: World, place: int, **options: Any) -> None:
    """A run that ends before it keeps anything once more than ``place`` times."""
    keep, calls = world.store.commit, iter(range(1000))

    def crash(*arguments: Any) -> Any:
        if next(calls) == place:
            raise Crash
        return keep(*arguments)

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(world.store, "commit", crash)
        with pytest.raises(Crash):
            world.pull(**options)


@pytest.mark.parametrize("paging", STATELESS)
@pytest.mark.parametrize("place", range(1, 8))
def test_a_run_that_ends_in_the_middle_is_taken_up_without_being_told_again(paging: str, place: int) -> None:
    world = of_three_years(paging=paging)
    world.pull(stamnummers=())
    crash_at(world, place, reopen="all")
    world.pull(from_school_year="2025-2026")
    world.assert_complete()
    assert read(world.pull()) == ["2025-2026"]


@pytest.mark.parametrize("paging", STATELESS)
@pytest.mark.parametrize("place", range(1, 4))
def test_what_is_gone_is_noticed_also_when_the_run_was_ended_in_the_middle(paging: str, place: int) -> None:
    world = of_three_years(paging=paging)
    world.pull()
    crash_at(world, place, reopen="2023-2024")
    del world.states[202300]
    assert world.pull().withdrawn == 1
    world.assert_complete()


@pytest.mark.parametrize("paging", STATELESS)
def test_reading_whole_now_holds_also_for_a_year_that_was_read_in_part(paging: str) -> None:
    world = World(paging=paging, page_size=3)
    world.fill(7)
    crash_at(world, 2)
    world.withdraw(100)
    assert world.store.count() > 0
    assert world.pull(reread=dt.timedelta()).withdrawn == 1
    world.assert_complete()


def test_a_year_that_was_never_read_may_be_named() -> None:
    world = of_three_years(paging="offset")
    world.add(1, dt.datetime(2015, 9, 1))
    world.pull()
    assert world.pull(reopen="2015-2016").new == 1
    world.assert_complete()


def test_a_service_that_cannot_be_asked_for_a_year_is_read_whole() -> None:
    changes = {"parameters": Parameters(since=None)}
    world = of_three_years(paging="number", takes_since=False, changes=changes)
    assert world.pull(stamnummers=()).left_out == 12
    assert world.pull(reread=None).new == 6
    assert world.pull(reread=None, reopen="2023-2024").new == 12
    world.assert_complete()


def test_a_service_that_delivers_once_gives_what_the_supplier_sets_to_be_delivered_anew() -> None:
    world = of_three_years(paging="once")
    report = world.pull(stamnummers=KNOWN[:1])
    assert report.left_out == 8
    assert "ask the supplier of the tests to deliver these years again" in report.next_action
    in_vain = world.pull(reopen=CLOSED)
    assert (in_vain.new, in_vain.delivered) == (4, 4)
    assert "the reopened years brought nothing" in in_vain.next_action
    world.service.begin_anew()
    brought = world.pull(reopen=CLOSED)
    assert (brought.new, brought.alarms) == (8, ())
    world.assert_complete()


def test_a_year_that_was_deleted_is_not_reopened() -> None:
    world = of_three_years(paging="offset")
    world.pull()
    world.store.delete_school_year("2023-2024")
    with pytest.raises(UsageError, match="2023-2024 was deleted") as caught:
        world.pull(reopen=CLOSED)
    assert (caught.value.where, caught.value.responsible, world.requests) == ("reopen", Responsible.YOU, 0)
    report = world.pull(reopen="all")
    assert "2023-2024" not in read(report)
    assert (report.stored, world.store.count(school_year="2023-2024")) == (0, 0)


def test_years_are_reopened_all_together_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    world = of_three_years(paging="offset")
    world.pull(stamnummers=())
    with monkeypatch.context() as broken:
        broken.setattr(world, "respond", lambda _request: pytest.fail("nothing is asked before"))
        broken.setattr(world.store, "spooled", _crash)
        with pytest.raises(Crash):
            world.pull(reopen="all")
    reopened = {year for year, each in world.store.checkpoints(JIJ).items() if each.is_reopened}
    assert {*CLOSED, "2025-2026"} <= reopened
    world.pull()
    world.assert_complete()


def _crash(*_arguments: Any) -> Any:
    raise Crash
