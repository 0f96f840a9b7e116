"""Pitfalls 10 to 18 of incremental retrieval, each by its number, in every way of paging that it concerns."""

import datetime as dt
import logging
from typing import Any

import httpx
import pytest

from magister_connect.core.drivers import RetryPolicy
from magister_connect.errors import (
    ConnectionFailed,
    CursorStuck,
    LeaseHeld,
    NotAuthenticated,
    UsageError,
)
from magister_connect.results import Connection, Contract, Paging
from magister_connect.store import Store
from tests.results import foreign
from tests.results.world import DAY, KINDS, PAGINGS, SEPTEMBER, STATELESS, World
from tests.store.databases import Make

# -- 10 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", STATELESS)
@pytest.mark.parametrize("bounds", [(True, True), (False, True), (True, False), (False, False)])
def test_10_a_poison_record_is_taken_out_alone_and_tried_again_every_run(
    paging: str, bounds: tuple[bool, bool]
) -> None:
    takes_until, takes_limit = bounds
    world = World(paging=paging, page_size=8, takes_until=takes_until, takes_limit=takes_limit)
    world.fill(30)
    world.service.poison = {117}
    report = world.pull(from_school_year="2025-2026")
    healthy = {number: value for number, value in world.truth().items() if number != "117"}
    if takes_until or (takes_limit and paging not in {"since", "page"}):
        assert world.stored() == healthy
    assert report.quarantined == 1
    assert "fails on this request" in next(iter(report.reasons))
    assert world.pull(from_school_year="2025-2026").quarantined == 1
    world.service.poison = set()
    assert world.pull(from_school_year="2025-2026").quarantined == 0
    world.assert_complete()


def test_10_the_service_gets_two_more_chances_before_a_window_is_halved() -> None:
    world = World(paging="offset", page_size=50)
    world.fill(5)
    failures = iter([500, 500])
    world.before.append(
        lambda request: httpx.Response(code) if request.method == "POST" and (code := next(failures, 0)) else None
    )
    assert world.pull().quarantined == 0
    assert world.slept == [1.0, 3.0]
    world.assert_complete()


def test_10_a_service_that_breaks_down_over_everything_is_no_poison() -> None:
    world = World(paging="offset", page_size=50)
    world.before.append(lambda request: httpx.Response(500) if request.method == "POST" else None)
    with pytest.raises(Exception, match="fails on this request"):
        world.pull()
    assert world.requests < 500


# -- 11 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("empty", ["empty", "nil", "absent", "fault"])
@pytest.mark.parametrize("style", ["hand-written", "laminas"])
def test_11_every_way_to_say_that_there_is_nothing_is_understood(paging: str, empty: str, style: str) -> None:
    world = World(paging=paging, empty=empty, style=style, page_size=4)
    assert world.pull().stored == 0
    world.fill(8)
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("paging", STATELESS)
def test_11_a_short_batch_is_not_the_end_unless_the_contract_says_so(paging: str) -> None:
    unsure = World(paging=paging, page_size=50)
    certain = World(paging=paging, page_size=50, changes={"page_size": 50, "short_batch_ends": True})
    for world in (unsure, certain):
        world.fill(10)
        world.pull(from_school_year="2025-2026")
        world.assert_complete()
        world.pull(from_school_year="2025-2026")
    assert certain.requests == 1
    assert unsure.requests == (1 if paging == "token" else 2)  # whose flag says it


@pytest.mark.parametrize("paging", [paging for paging in PAGINGS if paging != "token"])
def test_11_a_page_size_that_is_declared_too_large_is_no_silent_loss(paging: str) -> None:
    changes = {"page_size": 50, "short_batch_ends": True}
    world = World(paging=paging, page_size=10, takes_limit=False, changes=changes)
    world.fill(35)
    with pytest.raises(CursorStuck, match="page_size was not the last one"):
        world.pull(from_school_year="2025-2026")


def test_11_a_flag_that_says_the_opposite_is_no_silent_loss() -> None:
    service = foreign.by_page()
    plain = service.write
    service.write = lambda found, texts: f"{plain(found, texts)}<last>{str(len(found) < foreign.PAGE).lower()}</last>"
    contract = Contract.from_wsdl(service.description).contract
    assert contract is not None
    described = service.description.replace(b"</xsd:sequence></xsd:complexType></xsd:element>", b"@", 1).replace(
        b"</xsd:sequence></xsd:complexType></xsd:element>",
        b'<xsd:element name="last" type="xsd:boolean"/></xsd:sequence></xsd:complexType></xsd:element>',
        1,
    )
    service.description = described.replace(b"@", b"</xsd:sequence></xsd:complexType></xsd:element>")
    with service.client(contract.evolve(more="last")) as client, pytest.raises(CursorStuck, match="The flag last says"):
        client.pull(Store("sqlite://"), stamnummers=range(1000, 2000), from_school_year="2025-2026")


def test_11_pages_that_count_from_another_number_are_no_silent_loss() -> None:
    service = foreign.by_page()
    plain = service.select
    service.select = lambda found, texts: plain(found, {**texts, "page": str(int(texts["page"]) + 1)})
    contract = Contract.from_wsdl(service.description).contract
    with service.client(contract) as client, pytest.raises(CursorStuck, match=r"Page 0 holds .*first_page=0"):
        client.pull(Store("sqlite://"), stamnummers=range(1000, 2000), from_school_year="2025-2026")


# -- 12 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", STATELESS)
def test_12_the_hour_that_exists_twice_loses_nothing(paging: str) -> None:
    world = World(paging=paging, page_size=4)
    night = dt.datetime(2025, 10, 26, 2)
    world.clock.set(night + 50 * dt.timedelta(minutes=1))
    world.add(1, night + dt.timedelta(minutes=40))
    world.pull(overlap=dt.timedelta())
    world.clock.advance(hours=1)  # the clock on the wall shows 02:50 again
    world.add(2, night + dt.timedelta(minutes=20), zichtbaar_vanaf=night)
    world.pull(overlap=dt.timedelta())
    world.assert_complete()


def test_12_the_checkpoint_keeps_the_words_of_the_service() -> None:
    world = World(paging="offset", moments="blank")
    world.add(1, dt.datetime(2025, 10, 26, 2, 30))
    assert world.batches(school_year="2025-2026")[-1].checkpoint.watermark == "2025-10-26 02:30:00"


def test_12_the_words_of_the_service_are_echoed_where_it_includes_the_bound() -> None:
    world = World(paging="since", page_size=4, moments="blank", changes={"since_includes": True})
    world.fill(6)
    world.batches(since="2025-08-01")
    asked = [call["date_from"] for call in world.service.calls]
    assert asked[:2] == ["2025-08-01T00:00:00", "2025-09-01 12:00:00"]


@pytest.mark.parametrize("moments", ["blank", "T", "zoned"])
def test_12_moments_are_local_time_however_they_are_written(moments: str) -> None:
    world = World(paging="offset", moments=moments)
    world.fill(5)
    world.pull()
    world.assert_complete()


# -- 13 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", PAGINGS)
def test_13_no_request_goes_over_the_first_of_august(paging: str) -> None:
    world = World(paging=paging, page_size=4)
    world.fill(5, begin=dt.datetime(2024, 7, 31, 20))
    world.fill(5, begin=dt.datetime(2025, 7, 31, 20))
    for number in range(5):
        world.add(700 + number, dt.datetime(2024, 7, 31, 23, 59, 57) + number * dt.timedelta(seconds=1))
    world.pull()
    world.assert_complete()
    periods = [(call["date_from"][:10], call["date_to"][:10]) for call in world.service.calls]
    assert all(_year(begin) == _year(end) for begin, end in periods)


def _year(day: str) -> int:
    date = dt.date.fromisoformat(day)
    return date.year if date.month >= 8 else date.year - 1


@pytest.mark.parametrize(
    "period",
    [
        {"since": "2025-05-01", "until": "2025-10-01"},
        {"since": "2025-10-01", "until": "2025-09-01"},
        {"since": dt.date(2024, 8, 1), "until": dt.date(2025, 8, 2)},
        {},
        {"since": "next week"},
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_13_a_typed_period_over_the_first_of_august_is_refused(period: dict[str, Any], kind: str) -> None:
    world = World(paging="offset", kind=kind)
    with pytest.raises(UsageError):
        world.batches(**period)
    assert world.requests == 0


def test_13_years_are_read_newest_first_and_closed_years_once() -> None:
    world = World(paging="offset")
    for year in (2023, 2024, 2025):
        world.add(year, dt.datetime(year, 9, 1))
    first = world.pull(from_school_year="2022-2023")
    assert [year.school_year for year in first.years] == ["2025-2026", "2024-2025", "2023-2024", "2022-2023"]
    assert [year.school_year for year in world.pull(from_school_year="2022-2023").years] == ["2025-2026"]
    world.assert_complete()


def test_13_last_year_stays_open_until_the_middle_of_october() -> None:
    world = World(paging="offset")
    world.clock.set(dt.datetime(2026, 7, 1))
    world.add(1, dt.datetime(2026, 6, 1))
    world.pull()
    world.clock.set(dt.datetime(2026, 10, 14))
    world.add(2, dt.datetime(2026, 7, 20), zichtbaar_vanaf=dt.datetime(2026, 10, 13))
    assert [year.school_year for year in world.pull(reread=None).years] == ["2026-2027", "2025-2026"]
    world.clock.set(dt.datetime(2026, 10, 17))
    assert [year.school_year for year in world.pull(reread=None).years] == ["2026-2027"]


# -- 14 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_14_two_runs_on_one_connection_do_not_race(kind: str, make_store: Make) -> None:
    world = World(paging="offset", kind=kind, store=make_store(key=Store.generate_key()))
    world.fill(5)
    connection = Connection("JIJ", "ZAND")
    token = world.store.take_lease(connection, world.clock())
    with pytest.raises(LeaseHeld, match="Another run"):
        world.pull()
    world.store.release_lease(connection, token)
    assert world.pull().new == 5


def test_14_a_run_that_was_taken_over_keeps_nothing_more() -> None:
    world = World(paging="offset", page_size=3)
    world.fill(9)

    def take_over(_progress: object) -> None:
        world.store.take_lease(Connection("JIJ", "ZAND"), world.clock() + DAY)

    with pytest.raises(LeaseHeld, match="taken over this connection"):
        world.pull(progress=take_over)
    assert world.store.count() < 9
    world.clock.advance(days=2)
    world.pull()
    world.assert_complete()


@pytest.mark.parametrize("paging", PAGINGS)
def test_14_a_run_that_lives_is_not_taken_over_however_long_it_takes(paging: str, make_store: Make) -> None:
    world = World(paging=paging, page_size=3, store=make_store(key=Store.generate_key()))
    world.fill(12)
    begun = world.clock()

    def pass_ten_minutes(_progress: object) -> None:
        world.clock.advance(hours=1 / 6)
        with pytest.raises(LeaseHeld):
            world.store.take_lease(Connection("JIJ", "ZAND"), world.clock())

    report = world.pull(progress=pass_ten_minutes)
    assert world.clock() - begun > dt.timedelta(minutes=30)
    assert report.started_at == begun
    assert report.new == len(list(world.store.results(changed_since=report.started_at))) == 12


# -- 15 --------------------------------------------------------------------------------------------------------------


def test_15_a_service_that_ignores_the_offset_does_not_run_on() -> None:
    world = World(paging="offset", page_size=4)
    world.fill(9)
    fixed = world.respond(world.first_request())
    world.before.append(lambda request: fixed if request.method == "POST" else None)
    with pytest.raises(CursorStuck, match="same batch"):
        world.pull()
    assert world.requests < 10


def test_15_a_service_that_delivers_the_same_again_and_again_does_not_run_on() -> None:
    world = World(paging="offset", page_size=4, changes={"paging": Paging.ONCE})
    world.fill(9)
    with pytest.raises(CursorStuck, match="same batch"):
        world.pull()


# -- 16 --------------------------------------------------------------------------------------------------------------


def test_16_passing_trouble_is_tried_again_and_a_refusal_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(paging="offset")
    world.fill(3)
    answers = iter([503, 502])
    world.before.append(
        lambda request: httpx.Response(code) if request.method == "POST" and (code := next(answers, 0)) else None
    )
    patient = RetryPolicy(first_wait=0, longest_wait=0, jitter=0)
    batches = list(world.client(retries=patient).batches(since="2025-08-01"))
    assert sum(len(batch.results) for batch in batches) == 3
    world.key, world.requests = "wrong", 0
    with pytest.raises(NotAuthenticated):
        list(world.client(retries=patient).batches(since="2025-08-01"))
    assert world.requests == 1


def test_16_a_service_that_delivers_once_is_never_asked_twice() -> None:
    world = World(paging="once")
    world.fill(3)

    def cut(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise httpx.ReadError("cut", request=request)
        return None

    world.before.append(cut)
    with pytest.raises(ConnectionFailed):
        list(world.client(retries=RetryPolicy(first_wait=0, longest_wait=0, jitter=0)).batches(since="2025-08-01"))
    assert world.requests == 1


# -- 17 --------------------------------------------------------------------------------------------------------------


def test_17_one_number_under_two_products_is_two_results() -> None:
    world = World(paging="offset")
    world.add(1, SEPTEMBER, score="70,0")
    world.pull()
    world.school.submissions("TOA").clear()
    world.school.submissions("TOA").update(world.states)
    world.product, world.key = "TOA", "zandbak-toa-sleutel"
    world.pull()
    assert [(each.product, each.submission_nr) for each in world.store.results()] == [("JIJ", "1"), ("TOA", "1")]


# -- 18 --------------------------------------------------------------------------------------------------------------


def test_18_no_log_no_error_and_no_report_tells_of_a_pupil_or_the_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(paging="offset", page_size=4)
    world.fill(9)
    world.service.damaged[103] = {"score": "8l,5-geheim"}
    report = world.pull(stamnummers=["1001"])
    told = [caplog.text, report.to_json(), str(report), report._repr_html_()]
    told += [repr(each) for each in world.store.waiting()] + [repr(each) for each in world.store.results()]
    world.key = "geheime-sleutel"
    with pytest.raises(NotAuthenticated) as refused:
        world.pull()
    told += [str(refused.value), repr(refused.value), caplog.text]
    for secret in ("00012345", "1002", "8l,5", "81,5", "zandbak-jij-sleutel", "geheime-sleutel", "hash="):
        assert not any(secret in text for text in told), secret


def test_18_what_waits_lies_encrypted(tmp_path: Any) -> None:
    path = tmp_path / "school.db"
    with Store(f"sqlite:///{path}", key=Store.generate_key()) as store:
        world = World(paging="offset", store=store)
        world.add(1, SEPTEMBER, username="gast-99887")
        world.service.damaged[1] = {"test_name": "Vertrouwelijk"}
        assert world.pull().unknown == 1
    held = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"gast-99887" not in held
    assert b"Vertrouwelijk" not in held
