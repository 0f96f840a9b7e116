"""A database is waited for within bounds, keeps its files to their owner, and shows nothing in any error or log."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy
from attrs import evolve

from magister_connect.core.secrets import Secret
from magister_connect.crosswalk import Crosswalk, write_sqlite
from magister_connect.errors import Responsible, StoreFailed, UsageError
from magister_connect.login import StoredTokens, Tokens
from magister_connect.login.token_stores.file import FileTokenStore
from magister_connect.login.token_stores.sql import SqlTokenStore
from magister_connect.results.records import Connection
from magister_connect.store import Store
from tests.store.databases import Make, addresses
from tests.store.test_store import BARE, JIJ, NOW, keep, numbered

TOKENS = Tokens(access_token=Secret("toegang-geheim"), refresh_token=Secret("ververs-geheim"))


@pytest.mark.parametrize("kind", ["store", "tokens"])
def test_the_files_of_a_database_are_their_owners_alone_from_the_start(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "new.db"
    before = os.umask(0o022)
    try:
        if kind == "store":
            with Store(f"sqlite:///{path}") as store:
                store.count()
                modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
        else:
            tokens = SqlTokenStore(f"sqlite:///{path}")
            tokens.replace("k", None, StoredTokens(tokens=TOKENS))
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
            tokens.close()
    finally:
        os.umask(before)
    assert set(modes) == {"new.db", "new.db-wal", "new.db-shm"}
    assert set(modes.values()) == {0o600}


def test_a_store_in_memory_serves_many_threads() -> None:
    with Store("sqlite://") as store:
        keep(store, *numbered(*range(50)))

        def work(place: int) -> set[int]:
            if place % 2:
                return {len(list(store.results())) for _ in range(20)}
            for _ in range(20):
                store.break_lease(Connection("JIJ", "X"))
                store.count_waiting()
            return {50}

        with ThreadPoolExecutor(8) as pool:
            assert set().union(*pool.map(work, range(8))) == {50}


def test_a_store_in_memory_can_be_written_while_it_is_read() -> None:
    with Store("sqlite://") as store:
        keep(store, *numbered(1, 2))
        for result in store.results():
            store.delete_pupil(result.stamnummer)
        assert store.count() == 0


UNESCAPED = [
    "postgresql://user:wacht@woord@host.invalid/db",
    "postgresql://user:12/woord@host.invalid/db",
    "postgresql+psycopg://us@er:wachtwoord@host.invalid/db",
]


@pytest.mark.parametrize("url", UNESCAPED)
@pytest.mark.parametrize("make", [Store, SqlTokenStore])
def test_a_password_that_is_not_escaped_is_never_taken_for_a_host(url: str, make: Callable[[str], object]) -> None:
    try:
        told = repr(make(url))
    except UsageError as error:
        told = str(error)
        assert "@ as %40" in told
    assert "woord" not in told


# -- locks --------------------------------------------------------------------------------------------------------


def test_a_locked_file_is_waited_for_and_no_token_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "tokens.db"
    store = SqlTokenStore(f"sqlite:///{path}", patience=0.1)
    stored = StoredTokens(tokens=TOKENS)
    store.replace("k", None, stored)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFailed, match="locked by another process") as caught:
        store.replace("k", stored, evolve(stored, lease="x"))
    other.close()
    store.close()
    assert caught.value.responsible is Responsible.NOBODY
    assert "geheim" not in str(caught.value) + repr(caught.value.__dict__) + caplog.text
    assert caught.value.__cause__ is None


@pytest.fixture
def server_url(tmp_path: Path, postgres_server: Callable[[], str]) -> Iterator[str]:
    """The address of an empty database on a server."""
    for new_address in addresses("postgresql", tmp_path, postgres_server):
        yield new_address()


@pytest.mark.postgres
def test_a_lock_on_a_server_is_waited_for_within_patience(server_url: str) -> None:
    store = Store(server_url, patience=0.3)
    token = store.take_lease(JIJ, NOW)
    engine = sqlalchemy.create_engine(server_url)
    with engine.begin() as other:
        other.execute(sqlalchemy.text("LOCK TABLE lease IN ACCESS EXCLUSIVE MODE"))
        started = time.monotonic()
        with pytest.raises(StoreFailed, match="locked by another process") as caught:
            store.release_lease(JIJ, token)
    engine.dispose()
    assert time.monotonic() - started < 10
    assert caught.value.responsible is Responsible.NOBODY


@pytest.mark.postgres
def test_a_connection_that_went_stale_is_noticed_before_it_is_used(server_url: str) -> None:
    store = Store(server_url)
    assert store.count() == 0
    engine = sqlalchemy.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as other:
        other.execute(
            sqlalchemy.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()
    assert store.count() == 0


def test_values_are_as_wide_as_they_come(make_store: Make) -> None:
    wide = evolve(
        BARE,
        submission_nr="9" * 300,
        test_nr="x" * 300,
        cursor="y" * 300,
        score=Decimal("123456789012345678901234.123456789012"),
    )
    store = make_store()
    keep(store, wide)
    (back,) = store.results()
    assert back == wide


# -- log ----------------------------------------------------------------------------------------------------------


def test_the_log_of_an_engine_of_ours_shows_no_row(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in (None, "sqlalchemy", "sqlalchemy.engine"):
        caplog.set_level(logging.DEBUG, logger=name)
    with Store(f"sqlite:///{tmp_path / 'school.db'}") as store:
        keep(store, *numbered(4711001))
        assert len(list(store.results())) == 1
    assert "4711001" not in caplog.text
    assert "sqlalchemy.engine" not in {record.name for record in caplog.records}


def test_a_store_says_where_it_is_and_no_more() -> None:
    store = Store("postgresql://jan:wachtwoord@127.0.0.1:9/school", key=Store.generate_key())
    assert repr(store) == "<Store postgresql+psycopg://127.0.0.1:9/school, encrypting what waits>"
    tokens = SqlTokenStore("postgresql://jan:wachtwoord@127.0.0.1:9/school")
    assert repr(tokens) == "<SqlTokenStore magister_tokens in postgresql+psycopg://127.0.0.1:9/school>"


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_after_a_fork_a_store_opens_connections_of_its_own(make_store: Make) -> None:
    store = make_store()
    keep(store, *numbered(1))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(store.count()).encode())
        os._exit(0)
    counted = {store.count() for _ in range(20)}
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"1"
    assert counted == {1}
    os.close(reading)
    os.close(writing)


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_after_a_fork_a_store_in_memory_is_refused_also_while_the_parent_writes() -> None:
    store = Store("sqlite://")
    reading, writing = os.pipe()
    with store._database.write():
        child = os.fork()
        if child == 0:
            with suppress(UsageError):
                ThreadPoolExecutor(1).submit(store.count).result(10)
                os.write(writing, b"counted")
            os._exit(0)
        os.waitpid(child, 0)
    os.close(writing)
    assert os.read(reading, 100) == b""
    os.close(reading)
    assert store.count() == 0


PATIENCE: list[Callable[[float, Path], object]] = [
    lambda patience, _: Store("sqlite://", patience=patience),
    lambda patience, _: Store("postgresql://127.0.0.1:9/school", patience=patience),
    lambda patience, folder: FileTokenStore(folder, patience=patience),
    lambda patience, folder: write_sqlite(Crosswalk(()), folder / "links.db", patience=patience),
]


@pytest.mark.parametrize("make", PATIENCE)
@pytest.mark.parametrize("patience", [-1, float("inf"), float("nan")])
def test_a_wait_that_could_not_end_is_refused(
    make: Callable[[float, Path], object], patience: float, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="patience"):
        make(patience, tmp_path)


def test_when_all_connections_are_in_use_the_error_says_so(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 'school.db'}", patience=0.01) as store, ExitStack() as stack:
        reads = (stack.enter_context(store._database.read()) for _ in range(100))
        with pytest.raises(StoreFailed, match="No connection to the database became free") as caught:
            list(reads)
        assert caught.value.responsible is Responsible.YOU


@pytest.mark.postgres
def test_no_patience_does_not_mean_no_limit(server_url: str) -> None:
    store = Store(server_url, patience=0)
    with store._database.read() as connection:
        assert connection.execute(sqlalchemy.text("SHOW lock_timeout")).scalar() == "1ms"
