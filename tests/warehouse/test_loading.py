"""What may not go wrong: a short read, a failing database, a process that is killed."""

import datetime as dt
import io
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import dlt
import pytest
from dlt.destinations.job_client_impl import SqlLoadJob
from dlt.load.load import Load
from dlt.normalize.normalize import Normalize

from magister_connect import edexml
from magister_connect.core.records.unreadable import Unreadable
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.errors import NotPermitted, SnapshotStopped, StoreFailed, UsageError
from magister_connect.warehouse.columns import Unstorable, columns_of
from magister_connect.warehouse.privacy import Choice
from tests.warehouse.conftest import KINDS, Warehouse, source, warehouses
from tests.warehouse.scripted import NIGHT, SECRET, Scripted, closed_rows, open_rows, pupils, staff, table, tonight

# -- who is gone ------------------------------------------------------------------------------------------------------


def test_a_short_read_closes_nothing_until_each_of_its_tables_is_approved(duckdb_warehouse: Warehouse) -> None:
    both: dict[str, Any] = {"medius_tables": ["students", "employees"]}
    tonight(duckdb_warehouse, Scripted(pupils(range(1, 41)), staff=staff(30)), **both)
    fewer = Scripted(pupils(range(1, 21)), staff=staff(10))
    approvals: list[str] = []
    for medius, name in ((Scripted(staff=staff(30)), "students"), (fewer, "students"), (fewer, "employees")):
        with pytest.raises(SnapshotStopped, match=f"{name}.*Ask the school") as stop:
            tonight(duckdb_warehouse, medius, 1, approvals=approvals, **both)
        assert (len(open_rows(duckdb_warehouse)), closed_rows(duckdb_warehouse)) == (40, 0)
        approvals += [stop.value.approval] if medius is fewer else []
    others = Scripted(pupils(range(1, 20)), staff=staff(10))
    with pytest.raises(SnapshotStopped, match="students"):  # the approval was for one more
        tonight(duckdb_warehouse, others, 1, approvals=approvals, **both)
    tonight(duckdb_warehouse, fewer, 1, approvals=approvals, **both)
    assert (closed_rows(duckdb_warehouse), closed_rows(duckdb_warehouse, "employees")) == (20, 20)
    with pytest.raises(UsageError, match="only moves forward"):
        tonight(duckdb_warehouse, fewer, 0, **both)
    nobody = Scripted(staff=staff(10))
    with pytest.raises(SnapshotStopped) as stop:
        tonight(duckdb_warehouse, nobody, 2, **both)
    tonight(duckdb_warehouse, nobody, 2, approvals=[stop.value.approval], **both)
    assert closed_rows(duckdb_warehouse) == 20, "dlt closes rows only together with new ones"
    tonight(duckdb_warehouse, Scripted(pupils([3]), staff=staff(10)), 3, **both)
    assert (set(open_rows(duckdb_warehouse)), closed_rows(duckdb_warehouse)) == ({"3"}, 39)


def test_a_row_of_nobody_that_cannot_be_read_stops_a_history(duckdb_warehouse: Warehouse) -> None:
    odd = attrs.evolve(table(("Vak",), ("wi",)), unreadable=(Unreadable("vakken, row 2", "", "Too many cells"),))
    with pytest.raises(UsageError, match="no column identifies its person"):
        tonight(duckdb_warehouse, Scripted(lists={"vakken": odd}), on_unreadable="keep")


# -- what stays behind ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pseudonyms", [None, b"x" * 32], ids=["none", "a bare key"])
def test_without_a_key_nothing_is_read(pseudonyms: Any) -> None:
    with pytest.raises(UsageError, match="needs a key for pseudonyms"):
        source(pseudonyms=pseudonyms, medius=Scripted(NotPermitted("never asked")))


def test_what_was_named_comes_and_what_was_left_out_does_not(duckdb_warehouse: Warehouse) -> None:
    medius = Scripted(pupils(range(1, 4)))
    tonight(duckdb_warehouse, medius, reveal={"students": ["email", "stamnummer"]}, leave_out={"students": ["klas"]})
    assert ("1@x.nl", "1") in duckdb_warehouse.rows("SELECT email, stamnummer FROM {}.students")
    with pytest.raises(Exception, match="klas"):
        duckdb_warehouse.rows("SELECT klas FROM {}.students")
    assert SECRET not in duckdb_warehouse.everything()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"reveal": {"pupils": ["email"]}}, "no table pupils"),
        ({"reveal": {"students": "email"}}, "must be a list"),
        ({"medius_tables": "students"}, "a list of names"),
        ({"medius_tables": ["groups"]}, "no table groups"),
        ({"lists": ["students"]}, "called students"),
        ({"medius": None}, "nothing to load"),
        ({"medius": None, "lists": ["x"]}, "need a client of Medius"),
        ({"results": 3}, "come from a client"),
        ({"at": NIGHT.replace(tzinfo=None)}, "no time zone"),
        (
            {"edexml": edexml.School("2025-2026"), "reveal": {"edexml_leerlingen": ["bsn"]}, "pseudonyms": "external"},
            "outside the school",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_be_meant_is_refused_before_anything_is_read(options: dict[str, Any], words: str) -> None:
    if options.get("pseudonyms") == "external":
        options = {**options, "pseudonyms": Pseudonymiser(b"x" * 32, key_id="k1", audience=Audience("others"))}
    with pytest.raises(UsageError, match=words):
        source(**{"medius": Scripted(NotPermitted("never asked")), **options})


@pytest.mark.parametrize("table_and_name", [("students", "nickname"), ("lijst", "Vak")], ids=str)
def test_a_named_column_that_is_not_there_stops_the_load(
    duckdb_warehouse: Warehouse, table_and_name: tuple[str, str]
) -> None:
    name, column = table_and_name
    medius = Scripted(pupils([1]), {} if name == "students" else {"lijst": table(("Stamnr",), ("1",))})
    with pytest.raises(UsageError, match=f"no column {column}"):
        tonight(duckdb_warehouse, medius, reveal={name: [column]})


# -- failing ----------------------------------------------------------------------------------------------------------


def test_an_error_of_a_service_leaves_as_it_is(duckdb_warehouse: Warehouse) -> None:
    with pytest.raises(NotPermitted, match="no right") as refusal:
        tonight(duckdb_warehouse, Scripted(NotPermitted("no right to this function")))
    assert refusal.value.__cause__ is None


@attrs.frozen
class Failed:
    """A load that a database refused for good, after one that it took and before another."""

    warehouse: Warehouse
    failure: StoreFailed
    said: tuple[bytes, ...]
    trace: str


@pytest.fixture(scope="module", params=KINDS)
def failed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: Callable[[], str]
) -> Iterator[Failed]:
    """A column of the database refuses what comes: each database quotes it in its error."""
    left_out = {"students": ["klas"]}
    for warehouse in warehouses(request.param, tmp_path_factory.mktemp("failed"), postgres_server):
        tonight(warehouse, Scripted(pupils([1, 2])), leave_out=left_out)
        with warehouse.pipeline().sql_client() as client:
            for name in ("school", "school_staging"):
                client.execute_sql(f"ALTER TABLE {name}.students ADD COLUMN achternaam bigint")
        shown, log = io.StringIO(), logging.getLogger("dlt")
        before, listener = log.level, logging.StreamHandler(shown)
        log.setLevel(logging.DEBUG)
        log.addHandler(listener)
        with pytest.raises(StoreFailed) as refusal:
            tonight(warehouse, Scripted(pupils([2, 3])), 1, reveal={"students": ["achternaam"]}, leave_out=left_out)
        log.removeHandler(listener)
        log.setLevel(before)
        failure = refusal.value
        chain = repr([failure, failure.__cause__, failure.__context__])
        texts = [path.read_bytes() for path in warehouse.folder.rglob("*") if is_text_of_dlt(path)]
        said = (shown.getvalue().encode(), chain.encode(), str(failure).encode(), *texts)
        trace = repr(warehouse.pipeline().last_trace)
        tonight(warehouse, Scripted(pupils([2, 3])), 2, leave_out=left_out)
        yield Failed(warehouse, failure, said, trace)


def test_a_load_that_fails_tells_no_value_anywhere(failed: Failed) -> None:
    assert "students" in str(failed.failure)
    assert len(failed.said) > 3
    assert failed.said[0], "dlt has logged"
    assert [each for each in failed.said if b"Geheim" in each] == []
    assert SECRET not in failed.trace


def test_what_the_database_refuses_for_good_does_not_stop_later_loads(failed: Failed) -> None:
    periods = failed.warehouse.rows("SELECT valid_to IS NULL, count(*) FROM {}.students GROUP BY 1 ORDER BY 1")
    assert periods == [(False, 1), (True, 2)]


def test_whole_numbers_and_moments_have_the_bounds_of_every_database() -> None:
    @attrs.define
    class Odd:
        number: int | None = None
        moment: dt.datetime | None = None

    columns = columns_of("odd", Odd, Choice(), {})
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    records = [Odd(2**63 - 1), Odd(2**63), Odd(-(2**63)), Odd(moment=latest), Odd(moment=NIGHT)]
    unstorable: list[Unstorable] = []
    assert len(columns.rows(records, unstorable)) == 3
    assert [(each.place, each.path) for each in unstorable] == [("row 2", "number"), ("row 4", "moment")]


def is_text_of_dlt(path: Path) -> bool:
    """Traces, logs, state and schemas; not the rows that wait for the next load, nor the database."""
    return path.is_file() and "jobs" not in path.parent.name and path.suffix not in {".duckdb", ".gz", ".wal", ".jsonl"}


def killed(kind: str, place: Any, folder: Path, moment: str, night: dict[str, Any]) -> None:
    """A load whose process ends by force."""
    one_after_the_other, merged, run = threading.Lock(), list[SqlLoadJob](), SqlLoadJob.run

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def run_one(job: SqlLoadJob) -> None:
        with one_after_the_other:
            if merged:
                die()
            merged.append(job)
            run(job)

    destination = dlt.destinations.duckdb(place) if kind == "duckdb" else dlt.destinations.postgres(place)
    if moment == "loaded":
        Load.complete_package = die  # type: ignore[method-assign]  # every row is in, and nobody has noted it
    elif moment == "merging":
        SqlLoadJob.run = run_one  # type: ignore[method-assign, assignment]  # one table is of tonight, the other of last night
    else:
        Normalize.run = die  # type: ignore[method-assign, assignment]  # nothing is in the database
    tonight(Warehouse(lambda: destination, folder), **night)


@pytest.fixture(scope="module")
def processes() -> Any:
    """Processes that begin with everything imported, once for all of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def kill_a_load(warehouse: Warehouse, processes: Any, moment: str, **night: Any) -> None:
    made = warehouse.destination()
    kind = "duckdb" if "duckdb" in made.destination_name else "postgres"
    place = made.config_params["credentials"]
    process = processes.Process(target=killed, args=(kind, place, warehouse.folder, moment, night))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


POSTGRES = pytest.mark.postgres


@pytest.mark.parametrize(
    ("warehouse", "moment", "elsewhere"),
    [
        pytest.param("duckdb", "normalising", "", id="before anything is in the database"),
        pytest.param("duckdb", "loaded", "-another", id="when all rows are in duckdb, and the folder is lost"),
        pytest.param(
            "postgresql",
            "loaded",
            "-another",
            id="when all rows are in PostgreSQL, and the folder is lost",
            marks=POSTGRES,
        ),
    ],
    indirect=["warehouse"],
)
def test_a_killed_load_is_done_again_without_loss(
    warehouse: Warehouse, processes: Any, moment: str, elsewhere: str
) -> None:
    tonight(warehouse, Scripted(pupils(range(1, 31))))
    second = Scripted(pupils(range(2, 32), klas_3="4v"))
    kill_a_load(warehouse, processes, moment, medius=second, night=1)
    tonight(warehouse, second, 2, elsewhere=elsewhere)
    assert (len(open_rows(warehouse)), closed_rows(warehouse)) == (30, 2)


@pytest.mark.parametrize(
    ("warehouse", "elsewhere"),
    [
        pytest.param("duckdb", "-another", id="duckdb, on another machine"),
        pytest.param("postgresql", "", id="PostgreSQL, on the same machine", marks=POSTGRES),
    ],
    indirect=["warehouse"],
)
def test_of_a_load_that_is_killed_between_two_approved_tables_nothing_is_lost(
    warehouse: Warehouse, processes: Any, elsewhere: str
) -> None:
    """Each table is merged in a transaction of its own, so they differ until the next load, which needs no other."""
    tables = ("students", "employees")
    both: dict[str, Any] = {"medius_tables": tables, "at": None}
    tonight(warehouse, Scripted(pupils(range(1, 31)), staff=staff(30)), **both)
    second = Scripted(pupils(range(16, 32)), staff=staff(10))
    approvals: list[str] = []
    for _ in tables:
        with pytest.raises(SnapshotStopped) as stop:
            tonight(warehouse, second, approvals=approvals, **both)
        approvals.append(stop.value.approval)
    kill_a_load(warehouse, processes, "merging", medius=second, approvals=approvals, **both)
    closed = {name: closed_rows(warehouse, name) for name in tables}
    assert closed in ({"students": 15, "employees": 0}, {"students": 0, "employees": 20}), "one table is of tonight"
    as_of_last = "valid_from <= {at} AND (valid_to IS NULL OR valid_to > {at})".replace("{at}", LAST_COMPLETE)
    for name in tables:  # what the documentation prints for readers
        assert warehouse.rows(f"SELECT count(*) FROM {{}}.{name} WHERE {as_of_last}") == [(30,)]  # noqa: S608 - names of ours
    tonight(warehouse, second, elsewhere=elsewhere, approvals=approvals, **both)
    assert [closed_rows(warehouse, name) for name in tables] == [15, 20]
    assert len(open_rows(warehouse)) == 16


LAST_COMPLETE = "(SELECT max(inserted_at) FROM {}._dlt_loads WHERE status = 0)"


# -- telemetry --------------------------------------------------------------------------------------------------------


def test_dlt_reports_nothing(tmp_path: Path) -> None:
    """Whoever runs the tests is behind a guard that would notice; this asks dlt itself."""
    from dlt.common.runtime import anon_tracker

    assert os.environ["RUNTIME__DLTHUB_TELEMETRY"] == "false"
    pipeline = dlt.pipeline("x", pipelines_dir=str(tmp_path))
    assert pipeline.run_context.runtime_config.dlthub_telemetry is False
    assert getattr(anon_tracker, "_ANON_TRACKER_ENDPOINT", None) is None
