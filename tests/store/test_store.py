"""What the store promises, on SQLite and on PostgreSQL."""

import csv
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from attrs import evolve
from sqlalchemy import event

from magister_connect.core.flow import Reply
from magister_connect.crosswalk import Crosswalk, Link
from magister_connect.errors import LeaseHeld, MappingError, StoreFailed, UsageError
from magister_connect.identifiers import Stamnummer, ToaGebruikersnaam
from magister_connect.results import Checkpoint, Connection, Level, Part, Result, Status, UnansweredRange, Unreadable
from magister_connect.results.pulling.store_protocol import RowCounts, Transaction, YearResult
from magister_connect.store import Store, schema, tables
from magister_connect.store.schema import VERSION
from tests.store.databases import Make

JIJ = Connection("JIJ", "ZAND")
TOA = Connection("TOA", "ZAND")
NOW = dt.datetime(2025, 11, 20, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
YEAR = "2025-2026"
REPLY = Reply(200, (("content-type", "text/xml"),), b"<Envelope/>")
WHOLE = Result(
    product="JIJ",
    instellingscode="ZAND",
    submission_nr="42",
    stamnummer="00012345",
    test_nr="7",
    test_code="NE-LE",
    test_name="Nederlands lezen",
    subject="Nederlands",
    skill="lezen",
    taken_at=dt.datetime(2025, 10, 26, 2, 30),
    graded_at=dt.datetime(2025, 10, 27, 8),
    modified_at=dt.datetime(2025, 10, 27, 8),
    cursor="2025-10-27 08:00:00",
    level=Level.BELOW_1F,
    level_raw="0F",
    development_score=Decimal(66),
    development_score_raw="66",
    score=Decimal("81.5"),
    score_raw="81,5",
    percentage=Decimal(81),
    percentage_raw="81",
    grade=Decimal("7.3"),
    grade_raw="7,3",
    status=Status.GRADED,
    parts=(Part(code="1", name="Begrijpen", score=Decimal(12), level=Level.F2, level_raw="2F", extra={"weight": "2"}),),
    extra={"firstname": "Sanne", "unknown": "x"},
    fingerprint="a" * 64,
)
BARE = Result(product="JIJ", instellingscode="ZAND", submission_nr="43", stamnummer="1002", fingerprint="b" * 64)


def keep(
    store: Store, *results: Result, now: dt.datetime = NOW, connection: Connection = JIJ, **more: Any
) -> RowCounts:
    """Keep results in a run of their own."""
    token = store.take_lease(connection, now)
    transaction = Transaction(results=[YearResult(each, YEAR) for each in results], school_year=YEAR, now=now, **more)
    kept = store.commit(connection, token, transaction)
    store.release_lease(connection, token)
    return kept


def numbered(*numbers: int, **changes: Any) -> list[Result]:
    """Results that differ in their number."""
    return [evolve(BARE, submission_nr=str(number), **changes) for number in numbers]


@pytest.mark.parametrize("result", [WHOLE, BARE], ids=["whole", "bare"])
def test_a_result_comes_out_as_it_went_in(store: Store, result: Result) -> None:
    keep(store, result)
    assert list(store.results()) == [result]


def test_putting_results_in_twice_changes_nothing(store: Store) -> None:
    assert keep(store, WHOLE, BARE) == RowCounts(new=2)
    assert keep(store, WHOLE, BARE) == RowCounts(unchanged=2)


def test_a_changed_result_replaces_the_old_one_which_is_kept_aside(store: Store) -> None:
    keep(store, WHOLE)
    later = evolve(WHOLE, score=Decimal(90), score_raw="90", fingerprint="c" * 64)
    assert keep(store, later, now=NOW + DAY) == RowCounts(changed=1)
    assert list(store.results()) == [later]
    assert store.versions("JIJ", "ZAND", "42") == (WHOLE,)


def test_more_results_than_one_query_takes(store: Store) -> None:
    many = numbered(*range(1201))
    assert keep(store, *many).new == 1201
    assert keep(store, *many, evolve(many[0], fingerprint="c" * 64)) == RowCounts(changed=1, unchanged=1201)


def test_results_are_found_by_what_is_asked(store: Store) -> None:
    keep(store, WHOLE, BARE)
    keep(store, evolve(BARE, product="TOA"), connection=TOA, now=NOW + DAY)
    questions: list[tuple[dict[str, Any], int]] = [
        ({}, 3),
        ({"product": "JIJ"}, 2),
        ({"stamnummer": "00012345"}, 1),
        ({"stamnummer": "12345"}, 0),
        ({"school_year": "2024-2025"}, 0),
        ({"changed_since": NOW + DAY}, 1),
        ({"instellingscode": "other"}, 0),
    ]
    assert [(asked, len(list(store.results(**asked)))) for asked, _ in questions] == questions


def test_a_checkpoint_moves_only_with_its_rows(store: Store) -> None:
    token = store.take_lease(JIJ, NOW)
    checkpoint = Checkpoint(connection=JIJ, school_year=YEAR, watermark="2025-10-27 08:00:00", read_at=NOW)
    broken = evolve(BARE, stamnummer=None)  # type: ignore[arg-type]  # what a database refuses
    with pytest.raises(StoreFailed):
        store.commit(
            JIJ,
            token,
            Transaction(results=[YearResult(broken, YEAR)], school_year=YEAR, checkpoint=checkpoint, now=NOW),
        )
    assert store.checkpoints(JIJ) == {}
    store.commit(
        JIJ, token, Transaction(results=[YearResult(BARE, YEAR)], school_year=YEAR, checkpoint=checkpoint, now=NOW)
    )
    assert store.checkpoints(JIJ) == {YEAR: checkpoint}
    assert store.count() == 1


def test_a_failing_statement_tells_nothing_of_a_pupil(store: Store) -> None:
    broken = evolve(WHOLE, stamnummer=None, test_name="Sanne de Vries")  # type: ignore[arg-type]  # as above
    with pytest.raises(StoreFailed) as failed:
        keep(store, broken)
    assert "Sanne" not in f"{failed.value!r}{failed.value}"
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None or failed.value.__suppress_context__


def test_a_value_that_never_reaches_the_database_tells_nothing_of_a_pupil() -> None:
    broken = evolve(BARE, extra={"Sanne de Vries": NOW})  # type: ignore[dict-item]  # what a caller may put in
    with pytest.raises(StoreFailed, match="cannot do this") as failed:
        keep(Store("sqlite://"), broken)
    assert "Sanne" not in f"{failed.value!r}{failed.value}"
    assert failed.value.where == "in memory"


def test_changes_since_a_moment_without_a_zone_are_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="changed_since"):
        store.results(changed_since=NOW.replace(tzinfo=None))


def test_a_mistyped_school_year_is_refused_and_not_taken_for_an_empty_one(store: Store) -> None:
    with pytest.raises(MappingError, match="2025-2026"):
        store.delete_school_year("2025")


def test_results_without_a_year_can_be_deleted(store: Store) -> None:
    token = store.take_lease(JIJ, NOW)
    store.commit(JIJ, token, Transaction(results=[YearResult(BARE, "all")], school_year="all", now=NOW))
    assert store.delete_school_year("all", JIJ) == 1
    assert store.count() == 0


def test_a_lease_is_held_by_one_run_and_ends_by_itself(store: Store) -> None:
    token = store.take_lease(JIJ, NOW, 600)
    with pytest.raises(LeaseHeld):
        store.take_lease(JIJ, NOW + dt.timedelta(seconds=599))
    assert store.take_lease(TOA, NOW)
    second = store.take_lease(JIJ, NOW + dt.timedelta(seconds=600))
    with pytest.raises(LeaseHeld, match="taken over this connection"):
        store.commit(JIJ, token, Transaction(school_year=YEAR, now=NOW))
    store.release_lease(JIJ, token)
    store.commit(JIJ, second, Transaction(school_year=YEAR, now=NOW))


@pytest.mark.postgres
@pytest.mark.parametrize("new_address", ["postgresql"], indirect=True)
def test_of_two_runs_that_find_a_connection_free_at_the_same_moment_one_takes_it(make_store: Make) -> None:
    one, other = make_store(), make_store()
    one.count()

    def overtake(_connection: Any, _cursor: Any, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO lease"):
            other.take_lease(JIJ, NOW)

    event.listen(one._database._engine, "before_cursor_execute", overtake)
    with pytest.raises(LeaseHeld, match="Another run works"):
        one.take_lease(JIJ, NOW)


def test_a_lease_from_a_future_that_cannot_be_does_not_stand_in_the_way(store: Store) -> None:
    store.take_lease(JIJ, NOW + DAY)
    assert store.take_lease(JIJ, NOW)


def test_what_waits_is_found_again_with_its_reason(store: Store) -> None:
    unreadable = Unreadable(
        path="result[3]/score", reason="A decimal number was expected", submission_nr="9", record=b"<result/>"
    )
    missed = UnansweredRange(connection=JIJ, school_year=YEAR, since="2025-09-01T00:00:00", reason="It breaks down")
    more: dict[str, Any] = {"unknown": [YearResult(WHOLE, YEAR)], "unreadable": [unreadable], "unanswered": [missed]}
    keep(store, **more)
    keep(store, **more)
    assert {each.kind: (each.result, each.path, each.range, each.tries) for each in store.waiting(JIJ)} == {
        "unknown": (WHOLE, None, None, 2),
        "unreadable": (None, "result[3]/score", None, 2),
        "unanswered": (None, None, evolve(missed), 2),
    }
    assert store.count_waiting(JIJ) == {
        "unknown: the stamnummer is not known": 1,
        "unreadable: A decimal number was expected": 1,
        "unanswered: It breaks down": 1,
    }
    assert store.count_waiting() == store.count_waiting(JIJ)
    assert store.count_waiting(TOA) == {}
    keep(store, WHOLE, evolve(BARE, submission_nr="9"))
    assert [each.kind for each in store.waiting()] == ["unanswered"]


def test_of_a_candidate_who_has_left_what_was_delivered_stays(store: Store) -> None:
    keep(store, WHOLE)
    assert keep(store, unknown=[YearResult(WHOLE, YEAR)]) == RowCounts()
    assert list(store.waiting()) == []
    changed = [YearResult(evolve(WHOLE, fingerprint="c" * 64), YEAR)]
    assert keep(store, unknown=changed) == RowCounts(waiting=1)
    assert keep(store, unknown=changed) == RowCounts()
    assert [each.kind for each in store.waiting()] == ["unknown"]


def test_what_is_dropped_at_the_end_of_a_year_is_counted_by_year(store: Store) -> None:
    years = ("2022-2023", "2023-2024", "2023-2024", YEAR, "all")
    keep(store, unknown=[YearResult(evolve(BARE, submission_nr=str(nr)), year) for nr, year in enumerate(years)])
    missed = UnansweredRange(
        connection=JIJ, school_year="2022-2023", since="2022-09-01T00:00:00", reason="It breaks down"
    )
    keep(store, unanswered=[missed])
    keep(store, unknown=[YearResult(BARE, "2022-2023")], connection=TOA)
    token = store.take_lease(JIJ, NOW)
    assert store.expire_waiting(JIJ, token, YEAR, NOW) == {"2022-2023": 1, "2023-2024": 2}
    assert store.expire_waiting(JIJ, token, YEAR, NOW) == {}
    assert [each.school_year for each in store.waiting(JIJ, kind="unknown")] == [YEAR, "all"]
    assert [each.kind for each in (*store.waiting(JIJ, kind="unanswered"), *store.waiting(TOA))] == [
        "unanswered",
        "unknown",
    ]


def test_years_are_reopened_in_one_transaction(store: Store) -> None:
    done: dict[str, Any] = {
        "watermark": "2025-10-27 08:00:00",
        "cursor": "7",
        "complete": True,
        "largest": 50,
        "read_at": NOW,
    }
    checkpoints = [Checkpoint(connection=JIJ, school_year=year, **done) for year in (YEAR, "2024-2025")]
    for each in checkpoints:
        keep(store, checkpoint=each)
    keep(store, reopened=[each.reopened() for each in checkpoints])
    assert [each.is_reopened for each in checkpoints] == [False, False]
    assert [each.is_reopened for each in store.checkpoints(JIJ).values()] == [True, True]
    assert {each.largest for each in store.checkpoints(JIJ).values()} == {50}


def test_without_the_key_nothing_that_waits_can_be_read(make_store: Make) -> None:
    keep(make_store(key=Store.generate_key()), unknown=[YearResult(WHOLE, YEAR)])
    with pytest.raises(StoreFailed, match="another key"):
        make_store(key=Store.generate_key()).waiting()


def test_keys_can_be_changed(make_store: Make) -> None:
    old, new = Store.generate_key(), Store.generate_key()
    keep(make_store(key=old), unknown=[YearResult(WHOLE, YEAR)])
    store = make_store(key=[new, old])
    assert [each.result for each in store.waiting()] == [WHOLE]
    assert store.delete_pupil("00012345") == 1


def test_a_raw_reply_is_kept_encrypted_and_only_so(make_store: Make) -> None:
    with pytest.raises(UsageError, match="encrypted"):
        make_store().spool(JIJ, REPLY, NOW)
    store = make_store(key=Store.generate_key())
    number = store.spool(JIJ, REPLY, NOW)
    assert [(each.number, each.reply) for each in store.spooled(JIJ)] == [(number, REPLY)]
    keep(store, BARE, spooled=number)
    assert list(store.spooled(JIJ)) == []


def test_a_raw_reply_that_cannot_be_read_waits_with_its_status_and_can_be_discarded(make_store: Make) -> None:
    store = make_store(key=Store.generate_key())
    store.set_reply_aside(JIJ, store.spool(JIJ, REPLY, NOW), "It is no envelope", NOW)
    assert list(store.spooled(JIJ)) == []
    [waiting] = store.waiting(JIJ, "reply")
    assert (waiting.reply, waiting.reason, waiting.kind) == (REPLY, "It is no envelope", "reply")
    assert b"Envelope" not in repr(waiting).encode()
    assert store.count_waiting() == {"reply: It is no envelope": 1}
    store.discard(waiting.number)
    assert list(store.waiting()) == []


def test_a_raw_reply_that_holds_nothing_is_forgotten(make_store: Make) -> None:
    store = make_store(key=Store.generate_key())
    store.discard_spooled(store.spool(JIJ, REPLY, NOW))
    assert list(store.spooled(JIJ)) == []


LONG = {"score": Decimal("1.2345678901234567890123456789"), "test_nr": "7" * 150, "test_code": "c" * 300}


@pytest.mark.parametrize("changes", [LONG, {"stamnummer": "9" * 200}, {"cursor": "2025-09-01 08:00:00" * 9}])
def test_both_databases_give_back_what_they_took(store: Store, changes: dict[str, Any]) -> None:
    wanted = evolve(BARE, **changes, findings=("test_name: a character was replaced",), stamnummer_raw="007")
    keep(store, wanted)
    [result] = store.results()
    assert result == wanted


@pytest.mark.parametrize("given", ["0012345", 12345, Stamnummer("12345", scope="ZAND")])
def test_a_pupil_is_found_and_deleted_by_the_stamnummer_in_any_form(store: Store, given: Any) -> None:
    keep(store, evolve(BARE, stamnummer="12345"))
    assert len(list(store.results(stamnummer=given))) == 1
    assert store.delete_pupil(given) == 1


def test_a_pupil_is_deleted_wherever_there_is_a_trace(store: Store) -> None:
    keep(store, WHOLE, BARE)
    keep(store, evolve(WHOLE, fingerprint="c" * 64), unknown=[YearResult(evolve(WHOLE, submission_nr="44"), YEAR)])
    unreadable = Unreadable(path="p", reason="r", submission_nr="45", stamnummer="00012345", record=b"<result/>")
    keep(store, unreadable=[unreadable])
    assert store.delete_pupil("00012345") == 4
    assert list(store.results(with_absent=True)) == [BARE]
    assert store.versions("JIJ", "ZAND", "42") == ()
    assert list(store.waiting()) == []


def test_a_school_year_is_deleted_and_its_checkpoint_says_so(store: Store) -> None:
    checkpoint = Checkpoint(connection=JIJ, school_year=YEAR, watermark="2025-10-27 08:00:00", complete=True)
    keep(store, WHOLE, checkpoint=checkpoint)
    assert store.delete_school_year(YEAR) == 1
    assert store.delete_school_year("2024-2025", JIJ) == 0
    assert [(each.school_year, each.deleted) for each in store.checkpoints(JIJ).values()] == [
        (YEAR, True),
        ("2024-2025", True),
    ]


def test_an_export_has_no_names(store: Store, tmp_path: Path) -> None:
    keep(store, WHOLE, evolve(BARE, test_name="=HYPERLINK(1)"))
    path = tmp_path / "results.csv"
    assert store.export(path) == 2
    text = path.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["stamnummer"], row["score"], row["level"]) for row in rows] == [
        ("00012345", rows[0]["score"], "<1F"),
        ("1002", "", ""),
    ]
    assert Decimal(rows[0]["score"]) == Decimal("81.5")
    assert rows[1]["test_name"] == "'=HYPERLINK(1)"
    assert "Sanne" not in text


def test_an_export_may_hide_who_it_is_about(store: Store, tmp_path: Path) -> None:
    keep(store, WHOLE)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    for path in (first, second):
        store.export(path, pseudonyms="a key of sixteen characters")
    assert "00012345" not in first.read_text(encoding="utf-8")
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(UsageError, match="16 characters"):
        store.export(first, pseudonyms="short")


def links() -> Iterable[Link]:
    """Who is known at the platform by which name."""
    yield Link(Stamnummer("12345", scope="school"), ToaGebruikersnaam("Z-12345", scope="TOA"), source="import")


def test_a_crosswalk_is_kept_by_name(make_store: Make) -> None:
    key = Store.generate_key()
    store = make_store(key=key)
    assert store.crosswalk() is None
    store.save_crosswalk(Crosswalk(links()))
    store.save_crosswalk(Crosswalk(links()))
    assert [link.right for link in (make_store(key=key).crosswalk() or Crosswalk()).links] == [
        link.right for link in links()
    ]
    store.delete_crosswalk()
    assert store.crosswalk() is None


def write_version_2(store: Store) -> None:
    """Make the database one that an earlier library wrote."""
    words = {
        "sqlite": {"number": "INTEGER PRIMARY KEY", "bytes": "BLOB", "moment": "DATETIME", "decimal": "VARCHAR(40)",
                   "true": "1", "false": "0", "body": "X'3c782f3e'"},
        "postgresql": {"number": "INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "bytes": "BYTEA",
                       "moment": "TIMESTAMP WITH TIME ZONE", "decimal": "NUMERIC(20, 6)",
                       "true": "TRUE", "false": "FALSE", "body": r"'\x3c782f3e'"},
    }  # fmt: skip
    script = (Path(__file__).parent / "version_2.sql").read_text(encoding="utf-8").splitlines()
    engine = store._database._engine
    with engine.begin() as connection:
        for line in script:
            if not line.startswith("--"):
                connection.exec_driver_sql(line.format(**words[engine.dialect.name]))


def test_a_database_of_an_earlier_version_is_brought_to_this_one_whole(make_store: Make) -> None:
    key = Store.generate_key()
    write_version_2(make_store())
    store = make_store(key=key)
    [result] = store.results()
    assert (result.stamnummer, result.score, result.extra, result.findings) == (
        "12345",
        Decimal("81.5"),
        {"weight": "2"},
        (),
    )
    [former] = store.versions("JIJ", "ZAND", "42")
    assert (former.score, former.stamnummer_raw, former.findings) == (Decimal("80.5"), None, ())
    [checkpoint] = store.checkpoints(JIJ).values()
    assert (checkpoint.cursor, checkpoint.largest) == ("42", 50)
    [waiting] = store.waiting()
    assert (waiting.kind, waiting.range and waiting.range.since) == ("unanswered", "2025-09-01")
    long = evolve(BARE, stamnummer="x" * 190, score=Decimal("0.123456789"), findings=("a remark",))
    keep(store, long)
    assert long in list(store.results())
    store.save_crosswalk(Crosswalk(links()))
    assert store.deliveries.announce("a", [], NOW) == {}
    assert make_store().count() == 2


def test_a_step_that_fails_leaves_the_earlier_version(make_store: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    write_version_2(make_store())

    def fail(_connection: object) -> None:
        raise StoreFailed("No")

    monkeypatch.setattr(schema, "_STEPS", (*schema._STEPS, fail))
    monkeypatch.setattr(schema, "VERSION", VERSION + 1)
    with pytest.raises(StoreFailed, match="No"):
        make_store().count()
    monkeypatch.undo()
    assert make_store().count() == 1


def test_a_database_of_a_later_version_is_refused(make_store: Make) -> None:
    store = make_store()
    with store._database.write() as connection:
        connection.execute(tables.schema_version.update().values(version=VERSION + 1))
    with pytest.raises(StoreFailed, match="a later one"):
        make_store().count()


def test_a_new_database_has_the_tables_that_all_steps_make(make_store: Make) -> None:
    stepwise = make_store()
    with stepwise._database._engine.begin() as connection:
        tables.schema_version.create(connection)
        connection.execute(tables.schema_version.insert().values(version=0))
    stepwise.count()
    found = {table: columns_of(stepwise, table) for table in tables.METADATA.tables}
    assert found == {table: {each.name for each in made.c} for table, made in tables.METADATA.tables.items()}


def columns_of(store: Store, table: str) -> set[str]:
    """The names of the columns that a table has."""
    with store._database.read() as connection:
        return {each["name"] for each in sqlalchemy.inspect(connection).get_columns(table)}
