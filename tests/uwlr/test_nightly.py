"""A month of nights of a simulated school: pulled, compared, kept; results delivered once, killed anywhere."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from magister_connect import Secret, edexml
from magister_connect.errors import ConnectionFailed, DocumentInvalid, LeaseHeld, SnapshotStopped
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store
from magister_connect.uwlr import (
    SMALLE_SET,
    IncomingRequest,
    NoData,
    NothingChanged,
    Operation,
    Pulled,
    PupilData,
    ResultsMessage,
    SchoolReference,
    UwlrClient,
    answer,
)
from magister_connect.uwlr.nightly import snapshot_name
from magister_connect.uwlr.operations import Connection
from tests.uwlr.messages import ACCOUNT, message, result
from tests.uwlr.test_las import KINDS, YEAR, Kind, ask, of_school


def new_store(folder: Path) -> Store:
    return Store(f"sqlite:///{folder / 'store.db'}", key=Store.generate_key())


@pytest.mark.parametrize("kind", KINDS)
def test_a_month_of_nights_brings_every_change_of_the_school_once(kind: Kind, tmp_path: Path) -> None:
    with Sandbox(pupils=400, now=dt.datetime(2026, 1, 15, 2)) as school, new_store(tmp_path) as store:
        brin, begin = school.school.brin, school.clock.today()
        nights: list[Pulled] = []
        for _ in range(5):
            nights.append(ask(kind, school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR, profile=SMALLE_SET)))
            school.clock.advance(days=7)
        assert isinstance(nights[0].answer, PupilData)
        assert nights[0].diff is None
        assert not nights[0].beyond
        whole = ask(kind, school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR, whole=True))
        first, last = nights[0].answer.document, whole.answer.document
        logged = {each.stamnummer for each in school.school.changes(begin) if each.kind in {"came", "left"}}
        assert logged
        told = [each for night in (*nights, whole) if night.diff for each in (night.diff.added, night.diff.left)]
        assert sum(len(each.get("leerling", ())) for each in told) == len(logged)
        assert {each.key for each in last.leerlingen} ^ {each.key for each in first.leerlingen} == {
            key for each in told for key in each.get("leerling", ())
        }
        again = ask(kind, school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))
        assert isinstance(again.answer, NothingChanged)
        assert again.proposals == ()


def test_a_night_that_is_broken_off_is_done_again_and_no_data_keeps_everybody(tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school, new_store(tmp_path) as store:
        brin = school.school.brin
        ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))
        pupil = next(iter(school.school.pupils_on(school.clock.today())))[0]
        school.clock.advance(days=1)
        school.school.replace(pupil, roepnaam="Anders")

        def broken(pulled: Pulled) -> None:
            raise ConnectionFailed("The platform is away", where=pulled.name)

        seen: list[edexml.Proposal] = []
        with pytest.raises(ConnectionFailed):
            ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR, apply=broken))
        ask(
            "sync",
            school,
            lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR, apply=lambda one: seen.extend(one.proposals)),
        )
        assert [(each.kind, each.field) for each in seen] == [("leerling", "roepnaam")]
        nothing = ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, "2031-2032"))
        assert nothing.answer == NoData()
        kept = store.snapshots.last(nothing.name)
        assert kept is not None
        assert len(kept.value.document.leerlingen) > 50


def test_a_night_in_which_too_many_are_gone_stops_until_somebody_approves(tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school, new_store(tmp_path) as store:
        brin = school.school.brin
        ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))
        for pupil, _ in tuple(school.school.pupils_on(school.clock.today()))[:30]:
            del school.school.leerlingen[pupil.stamnummer]
        school.clock.advance(days=1)
        with pytest.raises(SnapshotStopped, match="leerling are gone") as raised:
            ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))
        store.snapshots.approve(raised.value.where or "", raised.value.approval, by="beheerder")
        pulled = ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))
        assert len(pulled.diff.left["leerling"]) == 30


@pytest.mark.parametrize("kind", KINDS)
def test_two_nights_at_once_are_one_night_and_a_refusal(kind: Kind, tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school, new_store(tmp_path) as store:
        brin = school.school.brin
        held: list[LeaseHeld] = []

        def again(pulled: Pulled) -> None:
            with pytest.raises(LeaseHeld, match="uwlr 99ZZ") as raised:
                ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))
            held.append(raised.value)

        first = ask(kind, school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR, apply=again))
        assert "break_lease" in (held[0].advice or "")
        assert isinstance(first.answer, PupilData)
        assert isinstance(ask(kind, school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR)).answer, NothingChanged)


def test_a_night_that_lasts_so_long_that_another_took_over_keeps_nothing(tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school, new_store(tmp_path) as store:
        brin = school.school.brin

        def slow(pulled: Pulled) -> None:
            school.clock.advance(hours=1)
            ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))

        with pytest.raises(LeaseHeld, match="taken"):
            ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR, apply=slow))
        assert len(store.snapshots.names()) == 1


def test_a_lease_of_a_night_that_was_killed_can_be_broken(tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school, new_store(tmp_path) as store:
        brin = school.school.brin
        name = ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR)).name
        store.snapshots.take_lease(name, school.clock(), "killed")
        store.snapshots.renew_lease(name, "killed", school.clock())
        with pytest.raises(LeaseHeld):
            ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))
        store.snapshots.break_lease(name)
        ask("sync", school, lambda uwlr: uwlr.pull(store.snapshots, brin, YEAR))


@pytest.mark.parametrize("kind", KINDS)
def test_a_delivery_sends_what_was_not_acknowledged_and_what_changed(kind: Kind, tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school, new_store(tmp_path) as store:
        for scores, sent in (((3, 5, 9), 3), ((3, 5, 9), 0), ((3, 6, 9, 1), 2)):
            told = of_school(school, *scores)
            done = ask(kind, school, delivering(store.deliveries, told, most=2))
            assert (done.sent, done.known) == (sent, len(scores) - sent)
        assert [each.result.score for each in school.uwlr.results.values()] == [3, 6, 9, 1]
        assert [each.times for each in school.uwlr.results.values()] == [1, 2, 1, 1]


def delivering(log: Any, told: ResultsMessage, **options: Any) -> Callable[[Any], Any]:
    return lambda uwlr: uwlr.deliver(log, told, **options)


class Killed(BaseException):
    """What a process gets that is killed."""


def test_a_delivery_that_is_killed_anywhere_ends_with_every_result_once(tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school:
        told = of_school(school, 1, 2, 3, 4, 5)
        for place in range(12):
            folder = tmp_path / str(place)
            folder.mkdir()
            with new_store(folder) as store:
                school.uwlr.results.clear()
                log = _Dying(store.deliveries, place)
                with pytest.raises(Killed):
                    ask("sync", school, delivering(log, told, most=2))
                ask("sync", school, delivering(store.deliveries, told, most=2))
                assert [each.result.score for each in school.uwlr.results.values()] == [1, 2, 3, 4, 5]
                done = ask("sync", school, delivering(store.deliveries, told))
                assert done.sent == 0


class _Dying:
    """A log whose process is killed before or after one of its steps."""

    def __init__(self, log: Any, place: int) -> None:
        self._log, self._left = log, place

    def _step(self, name: str, *arguments: Any) -> Any:
        if self._left == 0:
            raise Killed
        found = getattr(self._log, name)(*arguments)
        if self._left == 1:
            raise Killed
        self._left -= 2
        return found

    def announce(self, *arguments: Any) -> Any:
        return self._step("announce", *arguments)

    def acknowledged(self, *arguments: Any) -> Any:
        return self._log.acknowledged(*arguments)

    def acknowledge(self, *arguments: Any) -> Any:
        return self._step("acknowledge", *arguments)


def test_a_result_is_not_sent_twice_under_another_key(tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school, new_store(tmp_path) as store:
        told = of_school(school, 5)
        ask("sync", school, lambda uwlr: uwlr.deliver(store.deliveries, told))
        (only,) = told.toetsafnames
        other = attrs.evolve(told, toetsafnames=(attrs.evolve(only, resultaten=(result("k9", score=5),)),))
        with pytest.raises(DocumentInvalid, match="have another key"):
            ask("sync", school, lambda uwlr: uwlr.deliver(store.deliveries, other))
        assert len(school.uwlr.results) == 1
        ask("sync", school, lambda uwlr: uwlr.deliver(store.deliveries, other, retaken=True))
        assert len(school.uwlr.results) == 2


def test_a_result_that_stands_twice_under_two_keys_is_not_sent_at_all(tmp_path: Path) -> None:
    with Sandbox(pupils=60) as school, new_store(tmp_path) as store:
        told = of_school(school, 5)
        (only,) = told.toetsafnames
        twice = attrs.evolve(only, resultaten=(*only.resultaten, result("k9", score=6)))
        doubled = attrs.evolve(told, toetsafnames=(twice,))
        with pytest.raises(DocumentInvalid, match="have another key"):
            ask("sync", school, delivering(store.deliveries, doubled, most=1))
        assert not school.uwlr.results
        done = ask("sync", school, delivering(store.deliveries, doubled, most=1, retaken=True))
        assert done.sent == 2


CONFIRMED = b"".join(answer(IncomingRequest(Operation.RESULTS, ACCOUNT, None, None), "geengegevens"))


def confirming() -> UwlrClient:
    """A client whose administration confirms whatever it gets."""
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, content=CONFIRMED, headers={"content-type": "text/xml"})
    )
    return UwlrClient(
        "https://las.example/uwlr",
        "naam",
        "code",
        {"00AA00": "sleutel", "school A": "sleutel a", "school B": "sleutel b"},
        results_endpoint="https://las.example/resultaten",
        http=httpx.Client(transport=transport),
    )


def test_each_school_has_a_log_of_its_own_however_it_is_named(tmp_path: Path) -> None:
    """The keys of a pupil, a test and a result are those of one administration: two schools may have the same."""
    named: tuple[tuple[dict[str, Any], int], ...] = (
        ({"brincode": None, "schoolkey": "school A"}, 1),
        ({"brincode": None, "schoolkey": "school B"}, 1),
        ({"brincode": "00AA"}, 1),
        ({"brincode": "00AA", "dependancecode": "00"}, 0),
        ({"brincode": None, "schoolkey": "school A"}, 0),
    )
    with new_store(tmp_path) as store, confirming() as uwlr:
        assert [uwlr.deliver(store.deliveries, message(**head)).sent for head, _ in named] == [
            sent for _, sent in named
        ]


def test_a_location_00_and_none_have_one_series_of_snapshots_and_one_key() -> None:
    connection = Connection("https://las.example", "naam", "code", {"00AA00": "sleutel"})
    names = {snapshot_name(connection, school) for school in ("00AA", "00AA00", SchoolReference("00AA"))}
    assert len(names) == 1
    assert snapshot_name(connection, "00AA01") not in names
    assert connection.authorisation(SchoolReference.of("00AA")).autorisatiesleutel == Secret("sleutel")
