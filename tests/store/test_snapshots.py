"""Yesterday's table is kept, compared with today's, and never acted on where too much is gone."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy

from magister_connect import edexml
from magister_connect.core.records.unreadable import UnreadableRecords
from magister_connect.core.snapshots import Guard
from magister_connect.crosswalk import Crosswalk, Link, UnreadableRow
from magister_connect.errors import FieldInvalid, Reason, SnapshotStopped, StoreFailed, UsageError
from magister_connect.identifiers import Bsn, Stamnummer
from magister_connect.medius import Records, Row, Student, Table
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store
from tests.store.databases import Make

NIGHT = dt.datetime(2025, 11, 3, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def students(numbers: Sequence[int], **changed: Any) -> Records[Student]:
    return Records([Student(str(each), klas=changed.get(f"klas_{each}", "4h")) for each in numbers], name="Leerlingen")


def test_the_first_night_has_nothing_to_compare_and_the_second_has(store: Store) -> None:
    today = students(range(1, 40))
    first = store.snapshots.compare("99ZZ students", today, at=NIGHT)
    assert (first.before, first.diff, first.age) == (None, None, None)
    assert "the first one" in repr(first)
    store.snapshots.keep("99ZZ students", today, at=NIGHT)
    now = students(range(2, 42), klas_3="4v")
    change = store.snapshots.compare("99ZZ students", now, at=NIGHT + 7 * DAY)
    assert [each.stamnummer for each in change.diff.left] == ["1"]
    assert [each.stamnummer for each in change.diff.added] == ["40", "41"]
    assert [(each.columns, each.after[0].klas) for each in change.diff.changed] == [(("klas",), "4v")]
    assert (change.age, change.objections) == (7 * DAY, ())
    assert change.before is not None
    assert change.before.taken_at == NIGHT


def table(numbers: Sequence[int]) -> Table:
    positions = {"Stamnr": 0, "Klas": 1}
    return Table("lijst", ("Stamnr", "Klas"), tuple(Row(positions, (str(each), "4h")) for each in numbers))


def crosswalk(numbers: Sequence[int]) -> Crosswalk:
    return Crosswalk(Link(Stamnummer(str(each), scope="99ZZ"), Bsn("111222333")) for each in numbers)


@pytest.fixture(scope="module")
def document() -> edexml.Document:
    with Sandbox(pupils=40, staff=10) as school:
        return edexml.read(school.edexml_path)


KINDS: list[tuple[str, Any, dict[str, Any]]] = [
    ("records", students, {}),
    ("table", table, {"key": "Stamnr"}),
    ("crosswalk", crosswalk, {}),
]


@pytest.mark.parametrize(("name", "make", "settings"), KINDS, ids=lambda each: each if isinstance(each, str) else "")
def test_every_kind_of_table_is_kept_guarded_and_approved(
    store: Store, name: str, make: Any, settings: dict[str, Any]
) -> None:
    whole, half, empty = make(range(1, 41)), make(range(1, 21)), make([])
    store.snapshots.keep(name, whole, at=NIGHT)
    last = store.snapshots.last(name, Student)
    assert last is not None
    assert list(last.value.links if name == "crosswalk" else last.value) == list(
        whole.links if name == "crosswalk" else whole
    )
    with pytest.raises(SnapshotStopped, match=r"nothing was read.*Ask the school"):
        store.snapshots.compare(name, empty, at=NIGHT, **settings)
    with pytest.raises(SnapshotStopped, match=rf"20 of 4[01] \w+ are gone \({name}\)") as caught:
        store.snapshots.compare(name, half, at=NIGHT, **settings)
    assert f"approve('{name}', '{caught.value.approval}', by=...)" in str(caught.value)
    assert "111222333" not in str(caught.value)
    store.snapshots.approve(name, caught.value.approval, by="Wil Beheer", at=NIGHT)
    passed = store.snapshots.compare(name, half, at=NIGHT, **settings)
    assert "are gone" in passed.objections[0]
    with pytest.raises(SnapshotStopped):  # it holds for that one snapshot
        store.snapshots.compare(name, make(range(1, 20)), at=NIGHT, **settings)
    store.snapshots.keep(name, half, at=NIGHT)
    store.snapshots.keep(name, whole, at=NIGHT)
    with pytest.raises(SnapshotStopped):  # and until the next one is kept
        store.snapshots.compare(name, half, at=NIGHT, **settings)


def test_a_document_is_kept_and_guarded_by_kind(store: Store, document: edexml.Document) -> None:
    store.snapshots.keep("file", document, at=NIGHT)
    last = store.snapshots.last("file")
    assert last is not None
    assert last.value == document
    staff_gone = attrs.evolve(document, leerkrachten=document.leerkrachten[:1])
    guard = Guard(least=40, kinds={"leerkracht": (0.1, 1)})
    with pytest.raises(SnapshotStopped, match=r"of \d+ leerkracht are gone"):
        store.snapshots.compare("file", staff_gone, guard=guard, at=NIGHT)
    pupils = attrs.evolve(document, leerlingen=document.leerlingen[1:])
    found = store.snapshots.compare("file", pupils, guard=guard, at=NIGHT)
    assert found.diff.left["leerling"] == (document.leerlingen[0].key,)


def test_official_examples_are_kept_whole(store: Store, shared_data: Path) -> None:
    for path in sorted((shared_data / "edexml-samples").iterdir()):
        document = edexml.read(path, lenient=True)
        store.snapshots.keep(path.name, document)
        last = store.snapshots.last(path.name)
        assert last is not None
        assert last.value == document


def test_over_a_change_of_school_year_those_count_who_were_expected_to_stay(store: Store) -> None:
    before = dt.datetime(2025, 7, 30, tzinfo=dt.UTC)
    after = dt.datetime(2025, 8, 2, tzinfo=dt.UTC)
    old = students(range(1, 101), **{f"klas_{each}": "5h" for each in range(1, 41)})
    store.snapshots.keep("s", old, at=before)
    new = students(range(41, 101))
    with pytest.raises(SnapshotStopped, match="40 of 100"):
        store.snapshots.compare("s", new, at=after)
    found = store.snapshots.compare("s", new, at=after, stays=lambda each: each.klas != "5h")
    assert len(found.diff.left) == 40
    with pytest.raises(SnapshotStopped, match="40 of 100"):  # within a year everybody is expected to stay
        store.snapshots.compare("s", new, at=before, stays=lambda each: each.klas != "5h")
    with pytest.raises(SnapshotStopped, match="30 of 60"):
        store.snapshots.compare("s", students(range(71, 101)), at=after, stays=lambda each: each.klas != "5h")


@pytest.fixture(scope="module")
def two_years() -> tuple[edexml.Document, edexml.Document]:
    """A primary school in June, and in September of the next school year, when every group has another key."""
    with Sandbox(pupils=300, staff=20, now=dt.datetime(2026, 6, 1, tzinfo=dt.UTC)) as school:
        june = edexml.read(school.edexml(primary=True))
        school.clock.advance(days=110)
        return june, edexml.read(school.edexml(primary=True))


def test_a_new_school_year_of_a_primary_school_passes_by_itself(
    store: Store, two_years: tuple[edexml.Document, edexml.Document]
) -> None:
    june, september = two_years
    assert june.school.schooljaar != september.school.schooljaar
    store.snapshots.keep("po", june, at=NIGHT)  # both state their school year: the day does not matter
    found = store.snapshots.compare("po", september, at=NIGHT)
    assert len(found.diff.left["leerling"]) > 15
    with pytest.raises(SnapshotStopped, match="leerling are gone"):
        store.snapshots.compare("po", september, at=NIGHT, stays=bool)
    others = attrs.evolve(september, leerlingen=september.leerlingen[:60])
    with pytest.raises(SnapshotStopped, match="leerling are gone"):
        store.snapshots.compare("po", others, at=NIGHT)


def test_whoever_has_another_key_is_not_gone(store: Store, document: edexml.Document) -> None:
    store.snapshots.keep("file", document, at=NIGHT)
    other = attrs.evolve(
        document, leerlingen=tuple(attrs.evolve(each, key=f"n{each.key}") for each in document.leerlingen)
    )
    found = store.snapshots.compare("file", other, guard=Guard(share=0, least=0), at=NIGHT)
    assert len(found.diff.rekeyed) == len(document.leerlingen)
    people_gone = attrs.evolve(document, leerlingen=(), leerkrachten=())
    with pytest.raises(SnapshotStopped, match="nothing was read"):  # groups alone are nothing
        store.snapshots.compare("file", people_gone, guard=Guard(share=1), at=NIGHT)


def test_whoever_is_unreadable_tonight_has_not_left_and_has_not_come_tomorrow(store: Store) -> None:
    store.snapshots.keep("s", students(range(1, 31)), at=NIGHT)
    kept = UnreadableRecords("keep")
    with pytest.warns(UserWarning, match="row 1"):
        kept.add(FieldInvalid("A date was expected"), place="lijst, row 1", raw={}, fields={"stamnummer": "1"})
    tonight = Records(list(students(range(2, 31))), unreadable=kept.kept)
    found = store.snapshots.compare("s", tonight, guard=Guard(share=0, least=0), at=NIGHT)
    assert not found.diff
    store.snapshots.keep("s", tonight, at=NIGHT)
    left = store.snapshots.compare("s", students(range(2, 31)), at=NIGHT + DAY).diff.left
    assert [each.stamnummer for each in left] == ["1"]  # read again, and gone by then
    assert not store.snapshots.compare("s", students(range(1, 31)), at=NIGHT + DAY).diff


def test_a_table_with_unreadable_rows_is_kept_by_its_key(store: Store) -> None:
    store.snapshots.keep("t", table(range(1, 31)), at=NIGHT)
    kept = UnreadableRecords("keep")
    with pytest.warns(UserWarning, match="row 1"):
        kept.add(FieldInvalid("A row has 3 cells"), place="lijst, row 1", raw=["1", "4h", "x"])
    tonight = attrs.evolve(table(range(2, 31)), unreadable=kept.kept)
    assert [row["Stamnr"] for row in store.snapshots.compare("t", tonight, key="Stamnr", at=NIGHT).diff.unsure] == ["1"]
    with pytest.raises(UsageError, match="has no key"):
        store.snapshots.keep("t", tonight, at=NIGHT)
    store.snapshots.keep("t", tonight, key="Stamnr", at=NIGHT)
    assert not store.snapshots.compare("t", table(range(1, 31)), key="Stamnr", at=NIGHT).diff


def test_links_of_whoever_is_unreadable_tonight_are_kept(store: Store) -> None:
    store.snapshots.keep("c", crosswalk(range(1, 31)), at=NIGHT)
    odd = UnreadableRow(0, "bsn", Reason.CHECKSUM, identifiers=(Stamnummer("1", scope="99ZZ"), Bsn("123456782")))
    store.snapshots.keep("c", Crosswalk(crosswalk(range(2, 31)).links, unreadable=[odd]), at=NIGHT)
    found = store.snapshots.compare("c", crosswalk(range(2, 31)), at=NIGHT + DAY)
    assert [link.left for link in found.diff.removed] == [Stamnummer("1", scope="99ZZ")]


def test_snapshots_are_encrypted_and_pruned_but_the_last_one_stays(make_store: Make) -> None:
    key = Store.generate_key()
    store = make_store(key=key)
    for night in range(5):
        store.snapshots.keep("s", students(range(1, 3 + night)), at=NIGHT + night * DAY)
    store.snapshots.keep("old", students([1]), at=NIGHT)
    with store._database.read() as database:
        held = list(database.execute(sqlalchemy.text("SELECT name, content FROM snapshot")))
    assert len(held) == 6
    assert not [row for row in held if b'"stamnummer"' in bytes(row.content)]
    assert store.snapshots.prune(2 * DAY, at=NIGHT + 4 * DAY) == 2
    assert store.snapshots.names() == ("old", "s")
    last = store.snapshots.last("s", Student)
    assert last is not None
    assert len(last.value) == 6
    store.snapshots.keep("s", students([1]), at=NIGHT + 9 * DAY, older_than=2 * DAY)
    assert store.snapshots.delete("s") == 1
    assert store.snapshots.last("s") is None


def test_without_a_key_nothing_is_kept(make_store: Make) -> None:
    with pytest.raises(UsageError, match=r"stored encrypted, which needs a store with a key \(key\).*generate_key"):
        make_store().snapshots.names()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda held: held.keep("s", {"a": 1}), UsageError, "A dict cannot be kept"),
        (lambda held: held.keep("", students([1])), UsageError, "1 to 200 characters"),
        (lambda held: held.keep("s", students([1]), at=dt.datetime(2025, 1, 1)), UsageError, "no time zone"),
        (lambda held: held.keep("s", students([1]), at=dt.date(2025, 1, 1)), UsageError, "A datetime was expected"),
        (lambda held: held.compare("s", students([1]), key="nummer"), UsageError, "The record has no nummer"),
        (lambda held: held.compare("t", students([1])), UsageError, "another type than medius.Records"),
        (lambda held: held.last("s"), UsageError, "last\\(name, Student\\)"),
        (lambda held: held.approve("s", None, by="Wil Beheer", at=NIGHT), StoreFailed, "A value is missing"),
    ],
)
def test_what_cannot_be_meant_is_refused(store: Store, call: Any, error: type[Exception], words: str) -> None:
    store.snapshots.keep("s", students([1]), at=NIGHT)
    store.snapshots.keep("t", table([1]), at=NIGHT)
    with pytest.raises(error, match=words):
        call(store.snapshots)


def test_a_snapshot_of_another_key_or_version_is_not_read(make_store: Make) -> None:
    store = make_store(key=Store.generate_key())
    store.snapshots.keep("s", students([1]), at=NIGHT)
    with store._database.write() as database:
        database.execute(sqlalchemy.text("UPDATE snapshot SET type = 'medius.Later'"))
    with pytest.raises(StoreFailed, match=r"a medius\.Later, which this version does not know"):
        store.snapshots.last("s", Student)
