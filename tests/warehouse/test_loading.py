"""What may not go wrong: a short read, rows that cannot be read, a failing database, a process that is killed."""

import datetime as dt
import logging
import multiprocessing
import os
import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import dlt
import pytest
from dlt.load.load import Load
from dlt.normalize.normalize import Normalize

from magister_connect import edexml
from magister_connect.core.records.unreadable import Unreadable
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.errors import FieldInvalid, NotPermitted, SnapshotStopped, StoreFailed, UsageError
from magister_connect.identifiers import Stamnummer
from magister_connect.medius import Records
from magister_connect.results import Result
from magister_connect.uwlr import NoData
from magister_connect.warehouse import MediusList, load
from magister_connect.warehouse.columns import Unstorable, columns_of
from magister_connect.warehouse.privacy import Choice
from tests.warehouse.conftest import PSEUDONYMS, Warehouse, source
from tests.warehouse.scripted import DAY, NIGHT, SECRET, Scripted, closed_rows, open_rows, pupils, table, tonight

# -- who is gone ------------------------------------------------------------------------------------------------------


def test_changes_and_leavers_close_rows_and_all_others_stay_open(warehouse: Warehouse) -> None:
    tonight(warehouse, Scripted(pupils(range(1, 31))))
    tonight(warehouse, Scripted(pupils(range(2, 32), klas_3="4v")), 1)
    rows = open_rows(warehouse)
    assert set(rows) == {str(each) for each in range(2, 32)}
    assert (rows["3"], rows["4"]) == ("4v", "4h")
    assert closed_rows(warehouse) == 2
    tonight(warehouse, Scripted(pupils(range(1, 32), klas_3="4v")), 2)  # back again
    assert (len(open_rows(warehouse)), closed_rows(warehouse)) == (31, 2)


def test_a_short_read_closes_nothing_until_somebody_approved(duckdb_warehouse: Warehouse) -> None:
    tonight(duckdb_warehouse, Scripted(pupils(range(1, 41))))
    approval = ""
    for short in (pupils([]), pupils(range(1, 21))):
        with pytest.raises(SnapshotStopped, match="Ask the school") as stop:
            tonight(duckdb_warehouse, Scripted(short), 1)
        assert (len(open_rows(duckdb_warehouse)), closed_rows(duckdb_warehouse)) == (40, 0)
        approval = stop.value.approval
    with pytest.raises(SnapshotStopped):
        tonight(duckdb_warehouse, Scripted(pupils(range(1, 20))), 1, approvals=[approval])
    tonight(duckdb_warehouse, Scripted(pupils(range(1, 21))), 1, approvals=[approval])
    assert (len(open_rows(duckdb_warehouse)), closed_rows(duckdb_warehouse)) == (20, 20)


def test_who_cannot_be_read_keeps_the_rows_that_are_open(duckdb_warehouse: Warehouse) -> None:
    tonight(duckdb_warehouse, Scripted(pupils(range(1, 31))))
    odd = pupils(range(1, 28), 29, 30)  # 28 left; 29 and 30 cannot be read
    with pytest.raises(FieldInvalid):
        tonight(duckdb_warehouse, Scripted(odd), 1)
    tonight(duckdb_warehouse, Scripted(odd), 1, on_unreadable="keep")
    assert set(open_rows(duckdb_warehouse)) == {str(each) for each in (*range(1, 28), 29, 30)}
    tonight(duckdb_warehouse, Scripted(pupils(range(1, 31))), 2)
    assert closed_rows(duckdb_warehouse) == 1
    told = duckdb_warehouse.rows("SELECT table_name, place, path, reason FROM {}.unreadable ORDER BY place")
    assert told == [
        ("students", f"Leerlingen, row {each}", "geb_datum_str", "A date was expected") for each in (29, 30)
    ]


def test_a_moment_before_the_last_load_is_refused(duckdb_warehouse: Warehouse) -> None:
    tonight(duckdb_warehouse, Scripted(pupils(range(1, 5))), 1)
    with pytest.raises(UsageError, match="only moves forward"):
        tonight(duckdb_warehouse, Scripted(pupils(range(1, 5))), 0)


def test_no_data_changes_nothing_and_descent_stays_behind(duckdb_warehouse: Warehouse) -> None:
    leerling = edexml.Leerling("1", groep="a", etniciteit="Zandbaks")  # type: ignore[arg-type]  # shown nowhere
    document = edexml.Document(edexml.School("2025-2026", brincode="99ZZ"), leerlingen=(leerling,))
    for night, answer in enumerate((document, NoData)):
        load(duckdb_warehouse.pipeline(), source(uwlr=answer, at=NIGHT + night * DAY))
    assert duckdb_warehouse.rows("SELECT groep, valid_to FROM {}.uwlr_leerlingen") == [("a", None)]
    assert "Zandbaks" not in duckdb_warehouse.everything()


# -- lists ------------------------------------------------------------------------------------------------------------


def test_a_new_column_of_a_list_changes_those_only_who_have_a_value_in_it(warehouse: Warehouse) -> None:
    first = table(("Stamnr", "Crebo"), ("1", "01234"), ("2", "01234"))
    second = table(("Stamnr", "Crebo", "Stage.Bedrijf"), ("1", "01234", "007"), ("2", "01234", ""))
    for night, read in enumerate((first, second)):
        tonight(warehouse, Scripted(lists={"stages": read}), night)
    rows = warehouse.rows("SELECT crebo, stage_bedrijf, valid_to IS NULL FROM {}.stages ORDER BY stage_bedrijf, 3")
    assert sorted(rows, key=repr) == sorted(
        [("01234", None, False), ("01234", None, True), ("01234", "007", True)], key=repr
    )


def test_columns_of_any_name_come_under_names_of_their_own(duckdb_warehouse: Warehouse) -> None:
    columns = ("Stamnr", "Klas", "klas", "valid_to", "2e Vak", "Mentor")
    tonight(duckdb_warehouse, Scripted(lists={"Mijn lijst": table(columns, ("1", "a", "b", "c", "d", "e"))}))
    rows = duckdb_warehouse.rows("SELECT klas, klas_1, valid_to_1, c_2e_vak FROM {}.mijn_lijst")
    assert rows == [("a", "b", "c", "d")]
    assert "'e'" not in duckdb_warehouse.everything()


def test_what_looks_like_a_number_or_an_address_is_masked_in_texts(duckdb_warehouse: Warehouse) -> None:
    told = "bel 999999999, of mail naam@school.example"
    tonight(duckdb_warehouse, Scripted(lists={"notities": table(("Stamnr", "Stage"), ("1", told))}))
    ((text,),) = duckdb_warehouse.rows("SELECT stage FROM {}.notities")
    assert text.startswith("bel ")
    everything = duckdb_warehouse.everything()
    assert [each for each in ("999999999", "naam@school.example") if each in everything] == []


def test_a_list_that_is_merged_by_its_key_loses_nothing(duckdb_warehouse: Warehouse) -> None:
    wanted = MediusList(layout="absenties", key=("Nummer",), write="merge")
    columns = ("Stamnr", "Nummer", "Soort")
    for night, rows in enumerate(([("1", "10", "A"), ("2", "11", "A")], [("1", "10", "Z")])):
        tonight(duckdb_warehouse, Scripted(lists={"absenties": table(columns, *rows)}), night, lists=[wanted])
    found = duckdb_warehouse.rows("SELECT soort, nummer_key LIKE 'k1:%' FROM {}.absenties ORDER BY soort")
    assert found == [("A", True), ("Z", True)]


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


def test_a_load_that_fails_tells_no_value_anywhere(warehouse: Warehouse, capfd: pytest.CaptureFixture[str]) -> None:
    """A column of the database refuses what comes: each database quotes it in its error."""
    reveal = {"students": ["achternaam"]}
    tonight(warehouse, Scripted(pupils([])), leave_out={"students": ["klas"]})  # the dataset is there
    tonight(warehouse, Scripted(pupils([1])), leave_out={"students": ["klas"]})
    with warehouse.pipeline().sql_client() as client:
        client.execute_sql("ALTER TABLE school.students ADD COLUMN achternaam bigint")
        for name in ("school_staging",):
            client.execute_sql(f"ALTER TABLE {name}.students ADD COLUMN achternaam bigint")
    logging.getLogger("dlt").setLevel(logging.DEBUG)
    with pytest.raises(StoreFailed) as failure:
        tonight(warehouse, Scripted(pupils([1, 2])), 1, reveal=reveal)
    assert "students" in str(failure.value)
    shown = "".join(capfd.readouterr())
    chain = repr([failure.value, failure.value.__cause__, failure.value.__context__])
    texts = [path.read_bytes() for path in warehouse.folder.rglob("*") if is_text_of_dlt(path)]
    assert texts
    for told in (shown.encode(), chain.encode(), str(failure.value).encode(), *texts):
        assert SECRET.encode() not in told
        assert b"Geheim" not in told
    trace = warehouse.pipeline().last_trace
    assert SECRET not in repr(trace)


def test_what_the_database_refuses_for_good_does_not_stop_later_loads(warehouse: Warehouse) -> None:
    left_out = {"students": ["klas"]}
    tonight(warehouse, Scripted(pupils([1, 2])), leave_out=left_out)
    with warehouse.pipeline().sql_client() as client:
        for name in ("school", "school_staging"):
            client.execute_sql(f"ALTER TABLE {name}.students ADD COLUMN achternaam bigint")
    reveal = {"students": ["achternaam"]}
    with pytest.raises(StoreFailed):  # a text in a column of numbers
        tonight(warehouse, Scripted(pupils([2, 3])), 1, reveal=reveal, leave_out=left_out)
    tonight(warehouse, Scripted(pupils([2, 3])), 2, leave_out=left_out)
    periods = warehouse.rows("SELECT valid_to IS NULL, count(*) FROM {}.students GROUP BY 1 ORDER BY 1")
    assert periods == [(False, 1), (True, 2)]


@attrs.define
class Amount:
    """A row of a list with a number in it."""

    stamnummer: str = ""
    bedrag: Decimal | None = None


@attrs.define
class Amounts(Scripted):
    """A list whose rows are records already."""

    amounts: dict[str, str] = attrs.field(factory=dict)

    def get_data(self, *_: object, **__: object) -> Any:
        return self

    @property
    def unreadable(self) -> tuple[()]:
        return ()

    def to(self, *_: object, **__: object) -> Any:
        return Records([Amount(str(number), Decimal(text)) for number, text in self.amounts.items()])


def test_a_value_that_no_database_can_hold_costs_its_own_row(warehouse: Warehouse) -> None:
    rows = [MediusList(layout="bedragen", to=Amount)]

    def load_amounts(night: int, amounts: dict[str, str], **options: Any) -> None:
        medius = Amounts(amounts=amounts)
        tonight(warehouse, medius, night, medius_tables=(), lists=rows, **options)

    load_amounts(0, {"1": "1.5", "2": "2.5"})
    for too_much in ("1E+40", "NaN"):
        with pytest.raises(FieldInvalid, match="29 digits") as refusal:
            load_amounts(1, {"1": too_much, "2": "3.5"})
        assert (refusal.value.where, too_much in str(refusal.value)) == ("bedragen, row 1, bedrag", False)
        assert warehouse.rows("SELECT count(*) FROM {}.bedragen") == [(2,)]
    load_amounts(1, {"1": "1E+40", "2": "3.5"}, on_unreadable="keep")
    current = "SELECT bedrag FROM {}.bedragen WHERE valid_to IS NULL ORDER BY bedrag"
    assert [float(amount) for (amount,) in warehouse.rows(current)] == [1.5, 3.5]  # who is uncertain keeps the open row
    assert warehouse.rows("SELECT table_name, place, path, reason FROM {}.unreadable") == [
        ("bedragen", "row 1", "bedrag", "The column holds at most 29 digits before the point")
    ]
    load_amounts(2, {"1": "4.5", "2": "3.5"})
    assert [float(amount) for (amount,) in warehouse.rows(current)] == [3.5, 4.5]


def test_a_result_that_no_database_can_hold_is_set_aside_and_odd_characters_are_replaced(warehouse: Warehouse) -> None:
    read = [
        Result(product="TOA", instellingscode="X", submission_nr="7", stamnummer="12", score=Decimal("1E+40")),
        Result(product="TOA", instellingscode="X", submission_nr="8", stamnummer="12", level_raw="a\x00b\ud800"),
    ]
    load(warehouse.pipeline(), source(results=read, on_unreadable="keep"))
    assert warehouse.rows("SELECT level_raw FROM {}.results") == [("a\ufffdb\ufffd",)]
    assert warehouse.rows("SELECT table_name, path FROM {}.unreadable") == [("results", "score")]


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


def killed(kind: str, place: Any, folder: Path, at: str) -> None:
    """A load whose process ends by force."""

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    destination = dlt.destinations.duckdb(place) if kind == "duckdb" else dlt.destinations.postgres(place)
    if at == "loading":
        Load.complete_package = die  # type: ignore[method-assign]  # every row is in, and nobody has noted it
    else:
        Normalize.run = die  # type: ignore[method-assign, assignment]  # nothing is in the database
    tonight(Warehouse(lambda: destination, folder), Scripted(pupils(range(2, 32), klas_3="4v")), 1)


@pytest.fixture(scope="module")
def processes() -> Any:
    """Processes that begin with everything imported, once for all of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@pytest.mark.parametrize(
    ("at", "elsewhere"),
    [
        pytest.param("normalising", "", id="before anything is in the database"),
        pytest.param("loading", "-another", id="when all rows are in, and the folder is lost with the machine"),
    ],
)
def test_a_killed_load_is_done_again_without_loss(
    warehouse: Warehouse, processes: Any, at: str, elsewhere: str
) -> None:
    tonight(warehouse, Scripted(pupils(range(1, 31))))
    made = warehouse.destination()
    kind = "duckdb" if "duckdb" in made.destination_name else "postgres"
    process = processes.Process(target=killed, args=(kind, made.config_params["credentials"], warehouse.folder, at))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    tonight(warehouse, Scripted(pupils(range(2, 32), klas_3="4v")), 2, elsewhere=elsewhere)
    assert (len(open_rows(warehouse)), closed_rows(warehouse)) == (30, 2)


# -- results that were read elsewhere, and telemetry ------------------------------------------------------------------


def test_results_of_a_store_are_merged_by_their_submission(duckdb_warehouse: Warehouse) -> None:
    for level in ("1F", "2F"):
        read = [Result(product="TOA", instellingscode="X", submission_nr="7", stamnummer="0012", level_raw=level)]
        load(duckdb_warehouse.pipeline(), source(results=read))
    key = PSEUDONYMS.of(Stamnummer("12", scope="99ZZ"))
    assert duckdb_warehouse.rows("SELECT level_raw, stamnummer_key FROM {}.results") == [("2F", key)]


def test_dlt_reports_nothing(duckdb_warehouse: Warehouse) -> None:
    """Whoever runs the tests is behind a guard that would notice; this asks dlt itself."""
    from dlt.common.runtime import anon_tracker

    tonight(duckdb_warehouse, Scripted(pupils([1])))
    assert os.environ["RUNTIME__DLTHUB_TELEMETRY"] == "false"
    assert (
        dlt.pipeline("x", pipelines_dir=str(duckdb_warehouse.folder)).run_context.runtime_config.dlthub_telemetry
        is False
    )
    assert getattr(anon_tracker, "_ANON_TRACKER_ENDPOINT", None) is None
