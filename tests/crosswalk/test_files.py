"""A crosswalk in files: the same after each round trip, and damage is noticed."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magister_connect.crosswalk import (
    Audience,
    Crosswalk,
    Link,
    Period,
    Succession,
    read_csv,
    read_sqlite,
    write_csv,
    write_sqlite,
)
from magister_connect.crosswalk.files import COLUMNS, FORMAT, crosswalk_from_rows, rows_of
from magister_connect.crosswalk.frames import read_parquet, write_parquet
from magister_connect.errors import DocumentInvalid, StoreFailed, UsageError
from magister_connect.identifiers import AmnDeelnemersnummer, EckId, Role, Stamnummer, UwlrKey
from magister_connect.sandbox.school.identities import FORMER_NUMBERS, PUPIL_NUMBERS

ANNA = PUPIL_NUMBERS[0]
SUPPLIER = Audience("a supplier")
FULL = Crosswalk(
    [
        Link(ANNA, Stamnummer("51155", scope="99ZZ"), source="replica"),
        Link(
            UwlrKey("00001", scope="99ZZ/00/2025-2026"),
            EckId.parse_lenient("https://id.school/abcde").identifier,
            Period(dt.date(2025, 8, 1), None),
            source='a "quoted"; source,\nof two lines',
            seen_at=dt.datetime(2025, 10, 1, 8, 30, tzinfo=dt.UTC),
            confidence=0.1 + 0.2,
            location="01",
            decided_by="de administratie",
            born=dt.date(2012, 3, 4),
        ),
        Link(Stamnummer("7", scope="99ZZ", role=Role.STAFF), AmnDeelnemersnummer("zz-7", scope="klant")),
    ],
    successions=[Succession(FORMER_NUMBERS[ANNA], ANNA, dt.date(2025, 1, 1), complete=False, source="duo")],
    cardinality="1:n",
)
FORMS: list[tuple[Callable[..., None], Callable[[Path], Crosswalk]]] = [
    (write_csv, read_csv),
    (write_sqlite, read_sqlite),
    (write_parquet, read_parquet),
]
FORM_NAMES = ["csv", "sqlite", "parquet"]


def same(one: Crosswalk, other: Crosswalk) -> bool:
    return (one.links, one.successors.successions, one.cardinality) == (
        other.links,
        other.successors.successions,
        other.cardinality,
    )


@pytest.mark.parametrize(("write", "read"), FORMS, ids=FORM_NAMES)
@pytest.mark.parametrize("crosswalk", [FULL, Crosswalk()], ids=["full", "empty"])
def test_nothing_changes_in_a_round_trip(
    tmp_path: Path, write: Callable[..., None], read: Callable[[Path], Crosswalk], crosswalk: Crosswalk
) -> None:
    path = tmp_path / "file"
    write(crosswalk, path)
    write(crosswalk, path)
    assert same(read(path), crosswalk)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    source=st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    key=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=256),
    confidence=st.floats(0, 1),
)
@pytest.mark.parametrize(("write", "read"), FORMS, ids=FORM_NAMES)
def test_any_text_comes_back_as_it_was(
    tmp_path: Path,
    write: Callable[..., None],
    read: Callable[[Path], Crosswalk],
    source: str,
    key: str,
    confidence: float,
) -> None:
    crosswalk = Crosswalk([Link(ANNA, UwlrKey(key, scope="x"), source=source, confidence=confidence)])
    write(crosswalk, tmp_path / "file")
    assert same(read(tmp_path / "file"), crosswalk)


@pytest.mark.parametrize(("write", "read"), FORMS, ids=FORM_NAMES)
def test_personal_numbers_are_not_written_for_others(
    tmp_path: Path, write: Callable[..., None], read: Callable[[Path], Crosswalk]
) -> None:
    with pytest.raises(UsageError, match="a supplier"):
        write(FULL, tmp_path / "file", audience=SUPPLIER)
    assert not (tmp_path / "file").exists()
    allowed = Crosswalk([Link(Stamnummer("1", scope="99ZZ"), AmnDeelnemersnummer("zz-1", scope="klant"))])
    write(allowed, tmp_path / "file", audience=SUPPLIER)
    assert same(read(tmp_path / "file"), allowed)


def rows() -> list[tuple[str, ...]]:
    return list(rows_of(FULL))


@pytest.mark.parametrize(
    "change",
    [
        lambda _table: [],
        lambda table: table[:-1],
        lambda table: table[1:],
        lambda table: [*table[1:2], *table[:1], *table[2:]],
        lambda table: [(*table[0][:3], "111222333", *table[0][4:]), *table[1:]],
        lambda table: [*table[:-1], (*table[-1][:1], "magister-connect crosswalk 2", *table[-1][2:])],
        lambda table: [*table[:-1], (*table[-1][:2], "1:1", *table[-1][3:])],
        lambda table: [*table[:-1], table[-1][:5]],
    ],
)
def test_a_file_that_was_changed_is_refused(change: Callable[[list[tuple[str, ...]]], list[tuple[str, ...]]]) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        crosswalk_from_rows(change(rows()))
    assert ANNA.reveal() not in str(caught.value)


@pytest.mark.parametrize("place", [3, 7, 11, 12])
def test_a_row_that_makes_no_sense_is_named_and_not_told(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magister_connect.crosswalk.files._check_sum", lambda _body, _end: None)
    table = rows()
    table[1] = (*table[1][:place], "x" * (place != 3), *table[1][place + 1 :])
    with pytest.raises(DocumentInvalid, match="row 2"):
        crosswalk_from_rows(table)


def test_a_spreadsheet_that_took_the_zeros_away_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    write_csv(FULL, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrelation,")
    path.write_text(path.read_text(encoding="utf-8").replace(",00001,", ",1,"), encoding="utf-8")
    with pytest.raises(DocumentInvalid, match="changed"):
        read_csv(path)


def test_another_file_is_no_crosswalk(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DocumentInvalid):
        read_csv(path)
    with pytest.raises(DocumentInvalid):
        read_sqlite(path)
    pl.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(DocumentInvalid):
        read_parquet(path)


ODD_TABLES = {
    "a number": "UPDATE crosswalk SET source = 1.5 WHERE place = 1",
    "bytes": "UPDATE crosswalk SET source = X'FF00' WHERE place = 1",
    "text that is none": "UPDATE crosswalk SET source = CAST(X'FF' AS TEXT) WHERE place = 1",
    "a program": "ALTER TABLE crosswalk RENAME TO held; CREATE VIEW crosswalk AS SELECT * FROM held",
    "another table": "DROP TABLE crosswalk; CREATE TABLE crosswalk (relation TEXT)",
}


@pytest.mark.parametrize("name", ODD_TABLES)
def test_an_sqlite_file_that_another_program_changed_is_refused(tmp_path: Path, name: str) -> None:
    write_sqlite(FULL, tmp_path / "x.db")
    database = sqlite3.connect(tmp_path / "x.db")
    database.executescript(ODD_TABLES[name])
    database.close()
    with pytest.raises(DocumentInvalid):
        read_sqlite(tmp_path / "x.db")


def test_an_sqlite_file_is_its_owners_from_the_start_and_reading_writes_nothing(tmp_path: Path) -> None:
    write_sqlite(FULL, path := tmp_path / "x.db")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o400)
    read_sqlite(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_locked_sqlite_file_is_no_damaged_one(tmp_path: Path) -> None:
    write_sqlite(FULL, path := tmp_path / "x.db")
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreFailed, match="locked"):
            write_sqlite(FULL, path, patience=0.01)


def test_a_parquet_file_with_an_empty_cell_is_refused(tmp_path: Path) -> None:
    row = dict.fromkeys(COLUMNS, "x") | {"source": None}
    pl.DataFrame([row], schema=dict.fromkeys(COLUMNS, pl.String)).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(DocumentInvalid):
        read_parquet(tmp_path / "x.parquet")


@pytest.mark.parametrize("read", [read for _, read in FORMS], ids=FORM_NAMES)
def test_a_file_that_is_not_there_is_not_found_and_not_made(tmp_path: Path, read: Callable[[Path], Crosswalk]) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_the_format_is_text_with_a_version_everywhere(tmp_path: Path) -> None:
    write_sqlite(FULL, tmp_path / "x.db")
    with sqlite3.connect(tmp_path / "x.db") as database:
        kinds = {row[2] for row in database.execute("PRAGMA table_info(crosswalk)")}
        last = database.execute("SELECT left_kind FROM crosswalk ORDER BY place DESC").fetchone()
    database.close()
    assert kinds == {"INTEGER", "TEXT"}
    assert last == (FORMAT,)
    write_parquet(FULL, tmp_path / "x.parquet")
    assert pl.read_parquet_schema(tmp_path / "x.parquet") == dict.fromkeys(COLUMNS, pl.String())
