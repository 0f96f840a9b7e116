"""What changed becomes events, and each of them arrives once, wherever the process is killed."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import attrs
import pytest

import magister_connect
from magister_connect import edexml
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.errors import UsageError
from magister_connect.events import Event, deliver, events_of
from magister_connect.identifiers import Stamnummer, UwlrKey
from magister_connect.medius import Records, Student
from magister_connect.sandbox import ChangeKind, Sandbox, School
from magister_connect.store import Store
from tests.store.databases import Make

NIGHT = dt.datetime(2025, 11, 3, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
PSEUDONYMS = Pseudonymiser(b"a key of the tests, 32 bytes long", key_id="k1", audience=Audience("internships"))
Made = dict[str, dict[str, Any]]
FIRST: Made = {
    "1": {"klas": "4A", "studie": "ICT"},
    "2": {"klas": "4A", "studie": "ICT"},
    "3": {"klas": "4B", "studie": "ZORG", "achternaam": "Proef"},
    **{str(number): {"klas": "1A"} for number in range(10, 40)},
}
SECOND: Made = {
    **{number: fields for number, fields in FIRST.items() if number != "1"},
    "2": {"klas": "4C", "studie": "ICT"},
    "3": {"klas": "4B", "studie": "BOUW", "achternaam": "Anders"},
    "4": {"klas": "4C", "studie": "ICT"},
}


@pytest.fixture
def store(make_store: Make) -> Store:
    return make_store(key=Store.generate_key())


def students(made: Made) -> Records[Student]:
    return Records([Student(number, **fields) for number, fields in made.items()], name="Leerlingen")


def night(store: Store, made: Made, days: int, **options: Any) -> tuple[Event, ...]:
    """Compare and keep, with the events announced in the same transaction."""
    now, read = NIGHT + days * DAY, students(made)
    compared = store.snapshots.compare("students", read, at=now)
    options.setdefault("pseudonyms", PSEUDONYMS)
    events = events_of(compared, scope="99ZZ", at=now, **options)
    store.snapshots.keep("students", read, at=now, announce=events, to="internships")
    return events


def person(number: str) -> str:
    return PSEUDONYMS.of(Stamnummer(number, scope="99ZZ"))


def test_every_change_is_one_event_with_the_values_that_were_revealed(store: Store) -> None:
    assert night(store, FIRST, 0) == ()
    events = night(store, SECOND, 1, reveal=["klas"])
    told = {(each.kind, each.person, each.fields, each.before.get("klas"), each.after.get("klas")) for each in events}
    assert told == {
        ("came", person("4"), (), None, ("4C",)),
        ("left", person("1"), (), ("4A",), None),
        ("class_changed", person("2"), ("klas",), ("4A",), ("4C",)),
        ("enrolment_changed", person("3"), ("studie",), None, None),
    }
    assert {(each.since, each.at) for each in events} == {(NIGHT, NIGHT + DAY)}


@pytest.mark.parametrize("reveal", [[], ["klas"], ["stamnummer"], ["studie", "klas"]], ids=str)
def test_nothing_comes_along_that_was_not_revealed(store: Store, reveal: list[str]) -> None:
    night(store, FIRST, 0)
    events = night(store, SECOND, 1, reveal=reveal)
    for event in events:
        assert {*event.before, *event.after} <= set(reveal)
        assert (event.person in {"1", "2", "3", "4"}) is ("stamnummer" in reveal)
        assert "Anders" not in event.content.decode()
        assert "4C" not in repr(event)
        assert Event.from_dict(json.loads(event.content)) == event


def test_a_comparison_that_is_done_again_gives_the_same_ids(store: Store) -> None:
    night(store, FIRST, 0)
    read = students(SECOND)
    again = [
        events_of(store.snapshots.compare("students", read, at=NIGHT + DAY), scope="99ZZ", at=at, pseudonyms=PSEUDONYMS)
        for at in (NIGHT + DAY, NIGHT + 2 * DAY)
    ]
    assert [each.id for each in again[0]] == [each.id for each in again[1]]
    assert len({each.id for each in again[0]}) == len(again[0])


def test_a_change_that_comes_back_is_another_event(store: Store) -> None:
    """Also where the clock stands still: it is told by the snapshot, not by what changed."""
    night(store, FIRST, 0)
    there = night(store, SECOND, 0)
    back = night(store, FIRST, 0)
    again = night(store, SECOND, 0)
    assert {each.id for each in there}.isdisjoint(each.id for each in again)
    arrived: list[Event] = []
    deliver(store.deliveries, "internships", arrived.append)
    assert len(arrived) == len(there) + len(back) + len(again)


def test_what_the_receiver_refuses_waits_in_its_order(store: Store) -> None:
    night(store, FIRST, 0)
    events = night(store, SECOND, 1)
    arrived: list[Event] = []

    def send(event: Event) -> None:
        if len(arrived) == 2:
            raise ConnectionError
        arrived.append(event)

    with pytest.raises(ConnectionError):
        deliver(store.deliveries, "internships", send)
    later = night(store, FIRST, 2)
    assert deliver(store.deliveries, "internships", arrived.append) == len(events) - 2 + len(later)
    assert [each.id for each in arrived] == [each.id for each in (*events, *later)]
    assert deliver(store.deliveries, "internships", arrived.append) == 0


@pytest.mark.parametrize("days", [(0, 0, 0, 0), (3, 2, 1, 0)], ids=["the clock stands still", "the clock goes back"])
def test_events_arrive_in_the_order_of_the_snapshots(store: Store, days: tuple[int, ...]) -> None:
    nights = [night(store, made, day) for day, made in zip(days, (FIRST, SECOND, FIRST, SECOND), strict=True)]
    arrived: list[Event] = []
    deliver(store.deliveries, "internships", arrived.append)
    assert [each.id for each in arrived] == [event.id for events in nights for event in events]


def test_events_of_a_document_are_those_of_the_log() -> None:
    data = School.seeded(pupils=150, staff=20)
    with (
        Sandbox(data=data, now=dt.datetime(2025, 9, 10, 3)) as school,
        Store("sqlite://", key=Store.generate_key()) as store,
    ):
        first, found = school.clock.today(), list[Event]()
        for _ in range(2):
            document, now = edexml.read(school.edexml_path), school.clock()
            compared = store.snapshots.compare("file", document, at=now)
            found += events_of(compared, scope="99ZZ", at=now, reveal=["key"], key="key", person=UwlrKey)
            store.snapshots.keep("file", document, at=now)
            school.clock.advance(days=160)
        last = school.clock.today() - dt.timedelta(days=160)
        log = [each for each in data.changes(first, last) if each.person == "leerling"]
    counts = {kind: sum(each.kind == kind for each in log) for kind in (ChangeKind.CAME, ChangeKind.LEFT)}
    assert all(counts.values())
    assert {kind: sum(each.kind == kind.value for each in found) for kind in counts} == counts


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pseudonyms": None}, "name its person"),
        ({"reveal": "klas"}, "must be a list"),
    ],
)
def test_what_cannot_be_meant_is_refused(store: Store, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        night(store, FIRST, 0, **options)


def test_messages_need_a_receiver_and_a_comparison_that_has_events(store: Store) -> None:
    night(store, FIRST, 0)
    compared = store.snapshots.compare("students", students(SECOND), at=NIGHT)
    events = events_of(compared, scope="99ZZ", at=NIGHT, pseudonyms=PSEUDONYMS)
    with pytest.raises(UsageError, match="need a receiver"):
        store.snapshots.keep("students", students(SECOND), announce=events)
    assert store.snapshots.last("students", Student).value == students(FIRST)  # type: ignore[union-attr]  # kept above
    with pytest.raises(UsageError, match="A str has no events"):
        events_of(attrs.evolve(compared, diff="text"), scope="99ZZ", at=NIGHT, pseudonyms=PSEUDONYMS)


def test_contents_are_encrypted_while_they_wait_and_gone_when_they_arrived(tmp_path: Path) -> None:
    path = tmp_path / "school.db"
    with Store(f"sqlite:///{path}", key=Store.generate_key()) as store:
        night(store, FIRST, 0)
        night(store, SECOND, 1, reveal=["klas"])
        (waiting, *_) = store.deliveries.pending("internships")
        assert "klas" not in repr(waiting)
        assert b"class_changed" not in path.read_bytes()
        deliver(store.deliveries, "internships", lambda _: None)
        assert store.deliveries.pending("internships") == ()


class Died(BaseException):
    """The process is gone."""


class Steps:
    """Counts the steps of a night, and dies at one of them."""

    def __init__(self, store: Store, receiver: dict[str, Event], die: int, death: Callable[[], object]) -> None:
        self.store, self.receiver, self.die, self.death = store, receiver, die, death
        self.reached = 0

    def step(self) -> None:
        self.reached += 1
        if self.reached == self.die:
            self.death()

    def night(self) -> None:
        self.step()
        night(self.store, SECOND, 1)
        self.step()
        deliver(self, "internships", self.send)

    def send(self, event: Event) -> None:
        self.step()
        self.receiver[event.id] = event  # it takes each id once

    def pending(self, name: str) -> Any:
        return self.store.deliveries.pending(name)

    def acknowledge(self, name: str, results: Any, now: dt.datetime) -> None:
        self.step()
        self.store.deliveries.acknowledge(name, results, now)
        self.step()


def die() -> None:
    raise Died


def test_wherever_a_night_dies_the_next_one_brings_each_change_once(tmp_path: Path) -> None:
    """Two steps around the night, and three for each of its four changes."""
    key = Store.generate_key()
    for place in range(1, 16, 2):
        receiver: dict[str, Event] = {}
        address = f"sqlite:///{tmp_path / f'{place}.db'}"
        with Store(address, key=key) as store:
            night(store, FIRST, 0)
            steps = Steps(store, receiver, place, die)
            with pytest.raises(Died) if place < 15 else nullcontext():
                steps.night()
            assert steps.reached == min(place, 14)
        with Store(address, key=key) as store:
            Steps(store, receiver, 0, die).night()
            assert store.deliveries.pending("internships") == ()
        arrived = sorted(each.kind for each in receiver.values())
        assert arrived == ["came", "class_changed", "enrolment_changed", "left"], place


KILLED = """
import os, sys
from magister_connect.store import Store
from tests.events.test_events import Steps
with Store(sys.argv[1], key=sys.argv[2]) as store:
    Steps(store, {}, 7, lambda: os.kill(os.getpid(), 9)).night()
"""


def test_a_process_that_is_killed_leaves_what_it_had_not_noted(tmp_path: Path) -> None:
    database, key = f"sqlite:///{tmp_path / 'school.db'}", Store.generate_key()
    with Store(database, key=key) as store:
        night(store, FIRST, 0)
    folders = [str(Path(magister_connect.__file__).parents[1]), str(Path(__file__).parents[2])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    command = [sys.executable, "-c", KILLED, database, key.reveal()]
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    with Store(database, key=key) as store:
        assert len(store.deliveries.pending("internships")) == 3
