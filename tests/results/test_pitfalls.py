"""Pitfalls 1 to 9 of incremental retrieval, each by its number, in every way of paging that it concerns."""

import datetime as dt
from typing import Any

import pytest

from magister_connect.errors import CursorStuck, UsageError
from magister_connect.results import Connection, DateForm
from magister_connect.sandbox.results import selecting
from magister_connect.sandbox.results import service as results_service
from magister_connect.store import Store
from tests.results.world import DAY, HOUR, KINDS, NOW, PAGINGS, SEPTEMBER, STATELESS, World
from tests.store.databases import Make

# -- 1 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("includes", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_01_ties_at_the_end_of_a_batch_come_all(paging: str, includes: bool, kind: str) -> None:
    world = World(paging=paging, since_includes=includes, page_size=4, kind=kind)
    world.fill(3)
    for number in range(3):
        world.add(500 + number, SEPTEMBER + 5 * HOUR)
    world.fill(3, begin=SEPTEMBER + DAY)
    for number in range(4):
        world.add(600 + number, SEPTEMBER + 40 * HOUR + number * HOUR)
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("paging", ["offset", "number"])
def test_01_more_ties_than_fit_in_a_batch_come_all_where_there_is_another_way(paging: str) -> None:
    world = World(paging=paging, page_size=4)
    for number in range(9):
        world.add(500 + number, SEPTEMBER)
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("limit", [True, False])
def test_01_more_ties_than_fit_in_a_batch_are_no_silent_loss(known: bool, limit: bool) -> None:
    changes = {"page_size": 4} if known else {}
    world = World(paging="since", page_size=4, changes=changes, takes_limit=limit)
    world.fill(6)
    for number in range(9):
        world.add(500 + number, SEPTEMBER + 2 * DAY)
    with pytest.raises(CursorStuck, match=r"covers no more than one moment.*Set page_size in the contract.*offset"):
        world.pull()


@pytest.mark.parametrize("paging", ["since", "page"])
@pytest.mark.parametrize(("size", "count"), [(2, 2), (2, 3), (4, 9), (9, 12)])
def test_01_a_few_ties_that_nothing_proves_complete_are_told(
    monkeypatch: pytest.MonkeyPatch, paging: str, size: int, count: int
) -> None:
    monkeypatch.setattr(selecting, "_start_of", lambda _wanted, _switches: 0)  # a page that the service ignores
    world = World(paging=paging, page_size=size)
    for number in range(count):
        world.add(500 + number, SEPTEMBER)
    report = world.pull(from_school_year="2025-2026")
    assert (report.new, len(report.alarms)) == (size, 1)
    assert report.alarms[0].startswith(f"the last batch of 2025-2026 held {size}, no batch held more")
    assert "set page_size" in report.next_action
    assert [batch.unproven for batch in world.batches(school_year="2025-2026")][-1] == size


@pytest.mark.parametrize("earlier", [dt.datetime(2025, 8, 20), dt.datetime(2024, 10, 1)])
@pytest.mark.parametrize("paging", ["since", "page"])
def test_01_a_few_ties_are_complete_where_the_year_or_the_one_before_it_had_a_larger_batch(
    earlier: dt.datetime, paging: str
) -> None:
    world = World(paging=paging, page_size=8, changes={"batches_in_order": True})
    world.fill(20, begin=earlier)
    world.pull(from_school_year="2024-2025")
    world.clock.advance(days=1)
    for number in range(5):
        world.add(500 + number, NOW + HOUR)
    report = world.pull(from_school_year="2024-2025", overlap=dt.timedelta())
    assert (report.new, report.alarms) == (5, ())
    world.assert_complete()


def test_01_a_size_that_one_year_showed_counts_for_the_others() -> None:
    world = World(paging="since", page_size=4)
    world.fill(12, begin=SEPTEMBER - 365 * DAY)
    world.pull()
    for number in range(7):
        world.add(500 + number, SEPTEMBER)
    with pytest.raises(CursorStuck, match="A batch of 4 records covers no more than one moment"):
        world.pull()


def test_01_a_limit_that_the_contract_asks_for_is_raised_for_ties() -> None:
    world = World(paging="since", changes={"limit": 3})
    for number in range(8):
        world.add(500 + number, SEPTEMBER)
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("more", ["has_more", None])
def test_01_a_first_page_without_a_cursor_is_no_silent_loss(monkeypatch: pytest.MonkeyPatch, more: str | None) -> None:
    monkeypatch.setattr(results_service, "next_token", lambda *_: None)
    world = World(paging="token", page_size=4, changes={"more": more})
    world.fill(9)
    with pytest.raises(CursorStuck, match="has more records, but returns no new cursor"):
        world.pull()


@pytest.mark.parametrize("changes", [{}, {"since_includes": True}, {"page_size": 12}])
@pytest.mark.parametrize("takes_until", [True, False])
def test_01_a_day_that_fills_a_batch_is_no_silent_loss_where_dates_have_no_time(
    changes: dict[str, Any], takes_until: bool
) -> None:
    dates = {"date_form": DateForm.DATE, **changes}
    world = World(paging="since", date_form="date", page_size=12, takes_until=takes_until, changes=dates)
    world.fill(30, step=1200)
    with pytest.raises(CursorStuck, match="covers no more than one day"):
        world.pull(from_school_year="2025-2026")


def test_01_a_service_that_compares_days_although_it_takes_times_is_no_silent_loss() -> None:
    world = World(paging="since", date_form="date", page_size=12)
    world.fill(30, step=1200)
    with pytest.raises(CursorStuck, match=r"does not begin with the last record.*DateForm.DATE"):
        world.pull(from_school_year="2025-2026")


def test_01_a_bound_that_is_declared_as_included_and_is_not_is_no_silent_loss() -> None:
    world = World(paging="since", since_includes=False, changes={"since_includes": True}, page_size=4)
    for number in range(9):
        world.add(500 + number, SEPTEMBER + number // 3 * HOUR)
    with pytest.raises(CursorStuck, match="since_includes=False"):
        world.pull(from_school_year="2025-2026")


@pytest.mark.parametrize("count", [3, 12])
@pytest.mark.parametrize("form", ["date", "dateTime"])
def test_01_a_night_whose_results_share_one_moment_is_complete_where_an_earlier_batch_was_larger(
    form: str, count: int
) -> None:
    changes = {"date_form": DateForm.DATE} if form == "date" else {}
    world = World(paging="since", date_form=form, changes=changes)
    world.fill(20, begin=NOW - 4 * DAY)
    world.pull(from_school_year="2025-2026")
    world.clock.advance(days=1)
    for number in range(count):
        world.add(500 + number, NOW + HOUR)
    assert world.pull(from_school_year="2025-2026", overlap=dt.timedelta()).new == count
    world.assert_complete()


# -- 2 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", STATELESS)
@pytest.mark.parametrize("bounds", [(True, True), (False, True), (True, False)])
def test_02_a_day_is_read_again_where_dates_have_no_time(paging: str, bounds: tuple[bool, bool]) -> None:
    since_includes, until_includes = bounds
    world = World(
        paging=paging, date_form="date", page_size=50, since_includes=since_includes, until_includes=until_includes,
        changes={"date_form": DateForm.DATE},
    )  # fmt: skip
    world.add(1, NOW - HOUR)
    world.pull(overlap=dt.timedelta())
    world.add(2, NOW)
    world.clock.advance(hours=1)
    world.pull(overlap=dt.timedelta())
    world.assert_complete()


# -- 3 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("skew", [-3, 3])
def test_03_the_clock_of_the_client_decides_nothing(paging: str, skew: int) -> None:
    world = World(paging=paging, page_size=4)
    world.client_clock = lambda: world.clock() + skew * DAY
    world.fill(10)
    world.pull()
    world.add(900, NOW + HOUR)
    world.clock.advance(hours=2)
    world.pull(overlap=dt.timedelta())
    world.assert_complete()


# -- 4 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", PAGINGS)
def test_04_a_record_that_shows_late_is_found_by_the_overlap(paging: str) -> None:
    world = World(paging=paging, page_size=4)
    world.fill(10, begin=NOW - 2 * DAY)
    world.add(50, NOW - DAY, zichtbaar_vanaf=NOW + HOUR)
    world.pull()
    world.clock.advance(hours=2)
    world.add(900, NOW + HOUR)
    assert world.pull().new == 2
    world.assert_complete()


@pytest.mark.parametrize("paging", STATELESS)
def test_04_a_record_that_shows_later_still_is_found_by_reading_the_year_again(paging: str) -> None:
    world = World(paging=paging, page_size=4)
    world.add(50, NOW - 40 * DAY, zichtbaar_vanaf=NOW + HOUR)
    world.fill(10, begin=NOW - 2 * DAY)
    world.pull()
    world.clock.advance(hours=2)
    assert world.pull().new == 0
    world.clock.advance(days=31)
    assert world.pull().new == 1
    world.assert_complete()


# -- 5 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("order", ["shuffled", "arbitrary"])
def test_05_unsorted_batches_lose_nothing(paging: str, order: str) -> None:
    world = World(paging=paging, order=order, page_size=7)
    world.fill(60)
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("paging", ["since", "number"])
@pytest.mark.parametrize("order", ["shuffled", "arbitrary"])
def test_05_where_order_cannot_be_proven_it_is_said(paging: str, order: str) -> None:
    world = World(paging=paging, order=order, page_size=7, takes_until=False)
    world.fill(60)
    with pytest.raises(CursorStuck, match="out of order"):
        world.pull()


@pytest.mark.parametrize("paging", ["since", "number"])
def test_05_a_contract_can_say_that_batches_follow_each_other(paging: str) -> None:
    world = World(paging=paging, order="shuffled", page_size=7, takes_until=False, changes={"batches_in_order": True})
    world.fill(60)
    world.pull()
    world.assert_complete()


def test_05_the_watermark_moves_within_a_run_only_while_the_order_is_proven() -> None:
    ordered, mixed = World(paging="since", page_size=7), World(paging="since", order="shuffled", page_size=7)
    for world in (ordered, mixed):
        world.fill(20)
    marks = [[batch.checkpoint.watermark for batch in each.batches(since="2025-08-01")] for each in (ordered, mixed)]
    assert None not in marks[0]
    assert set(marks[1][:-1]) == {None}
    assert marks[0][-1] == marks[1][-1]


# -- 6 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", PAGINGS)
def test_06_a_changed_record_replaces_the_old_one_which_is_kept(paging: str) -> None:
    world = World(paging=paging, page_size=4)
    world.fill(10)
    world.pull()
    world.change(103, NOW + HOUR, score="90,0")
    world.clock.advance(hours=2)
    report = world.pull()
    assert (report.new, report.changed) == (0, 1)
    world.assert_complete()
    assert [each.score_raw for each in world.store.versions("JIJ", "ZAND", "103")] == ["81,5"]


def test_06_a_change_that_the_cursor_cannot_see_is_found_by_reading_the_year_again() -> None:
    world = World(paging="offset", selects_by="afgenomen", changes={"cursor_field": "taken_at"})
    world.fill(10)
    world.add(900, NOW - DAY)
    world.pull()
    world.change(103, NOW + HOUR, score="90,0")
    world.clock.advance(hours=2)
    assert world.pull().changed == 0
    world.clock.advance(days=31)
    assert world.pull().changed == 1
    world.assert_complete()


# -- 7 ---------------------------------------------------------------------------------------------------------------


def test_07_a_withdrawn_result_is_marked_and_not_deleted() -> None:
    world = World(paging="offset", page_size=30)
    world.fill(100)
    world.pull()
    world.withdraw(103, 104)
    report = world.pull(reread=dt.timedelta())
    assert (report.withdrawn, report.alarms) == (2, ())
    world.assert_complete()
    assert world.store.count(with_absent=True) == 100


def test_07_a_result_that_comes_back_is_no_longer_marked() -> None:
    world = World(paging="offset", page_size=30)
    world.fill(100)
    world.pull()
    world.withdraw(103)
    world.pull(reread=dt.timedelta())
    world.states[103] = world.states[103][:-1]
    world.pull(reread=dt.timedelta())
    world.assert_complete()


def test_07_too_many_withdrawn_results_are_an_alarm_and_wait_for_a_person() -> None:
    world = World(paging="offset", page_size=30)
    world.fill(100)
    world.pull()
    world.withdraw(*range(100, 130))
    report = world.pull(reread=dt.timedelta())
    assert report.withdrawn == 0
    assert "30 of 100" in report.alarms[0]
    assert "30 of 100" in report.next_action
    assert world.store.count() == 100
    assert world.pull(reread=dt.timedelta(), accept_withdrawals=True).withdrawn == 30
    world.assert_complete()


# -- 8 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", PAGINGS)
def test_08_results_of_an_unknown_candidate_wait_and_are_delivered_by_themselves(paging: str, make_store: Make) -> None:
    world = World(paging=paging, page_size=4, store=make_store(key=Store.generate_key()))
    world.fill(10)
    first = world.pull(stamnummers=["1001", "1002"])
    assert (first.new, first.unknown) == (7, 3)
    assert first.reasons == {"unknown: the stamnummer is not known": 3}
    second = world.pull()
    assert (second.delivered, second.unknown) == (3, 0)
    world.assert_complete()


@pytest.mark.parametrize("paging", PAGINGS)
def test_08_what_to_do_about_unknown_candidates_is_told_once(paging: str, make_store: Make) -> None:
    world = World(paging=paging, page_size=4, store=make_store(key=Store.generate_key()))
    world.add(1, SEPTEMBER, username="gast01")
    told = []
    for number in (2, 3):
        told += [world.pull(), world.pull()]
        world.add(number, SEPTEMBER + number * DAY, username="gast01")
        world.clock.advance(hours=1)
    assert [(report.unknown, report.newly_unknown) for report in told] == [(1, 1), (1, 0), (2, 1), (2, 0)]
    assert [report.next_action.partition(" ")[0] for report in told] == ["Add", "Nothing", "Add", "Nothing"]
    assert "wait as before" in told[-1].next_action


@pytest.mark.parametrize(("numeric", "new"), [(True, 2), (False, 1)])
def test_08_zeros_in_front_do_not_count_unless_the_contract_says_so(numeric: bool, new: int) -> None:
    world = World(paging="offset", changes={"numeric_stamnummers": numeric})
    world.add(1, SEPTEMBER, username=" 00012345 ")
    world.add(2, SEPTEMBER + HOUR, username="12345")
    report = world.pull(stamnummers=["00012345"])
    assert (report.new, report.unknown) == (new, 2 - new)
    padded = next(iter(world.store.results()))
    raw = ("12345", "00012345", ("stamnummer: leading zeros were removed",)) if numeric else ("00012345", None, ())
    assert (padded.stamnummer, padded.stamnummer_raw, padded.findings) == raw


def test_08_what_waits_is_dropped_when_its_year_is_over() -> None:
    world = World(paging="offset")
    world.add(1, SEPTEMBER, username="gast01")
    assert world.pull().unknown == 1
    world.clock.set(dt.datetime(2026, 10, 14))
    assert world.pull(reread=None).unknown == 1
    world.clock.set(dt.datetime(2026, 10, 17))
    assert world.pull(reread=None).unknown == 0


# -- 9 ---------------------------------------------------------------------------------------------------------------


class Crash(RuntimeError):
    """The process ends here."""


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("place", range(5))
def test_09_a_crash_between_fetch_and_commit_loses_nothing(
    paging: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(paging=paging, page_size=3)
    world.fill(10)
    keep, calls = world.store.commit, iter(range(100))

    def crash(*arguments: Any) -> Any:
        if next(calls) == place:
            raise Crash
        return keep(*arguments)

    monkeypatch.setattr(world.store, "commit", crash)
    with pytest.raises(Crash):
        world.pull()
    world.pull()
    world.assert_complete()


def test_09_a_service_that_delivers_once_is_not_asked_without_a_place_for_its_replies() -> None:
    world = World(paging="once", store=Store("sqlite://"))
    with pytest.raises(UsageError, match="delivers each result once"):
        world.pull()
    assert world.requests == 0


def test_09_a_raw_reply_is_deleted_with_the_commit_of_its_rows() -> None:
    world = World(paging="once", page_size=3)
    world.fill(10)
    world.pull()
    assert list(world.store.spooled(Connection("JIJ", "ZAND"))) == []
