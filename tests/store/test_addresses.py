"""Addresses, keys and files that cannot be used are told in words, before or when they are used."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.engine import URL

from magister_connect.core.storage.sqlite_files import explain
from magister_connect.errors import Responsible, StoreFailed, UsageError
from magister_connect.store import Store
from tests.store.databases import Addresses


@pytest.mark.parametrize("url", ["school.db", "", "nonsense://x", "mysql://x", "sqlite+missing:///x.db"])
def test_what_is_no_address_of_a_database_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///"):
        Store(url)


@pytest.mark.parametrize("key", ["", "short", "x" * 44, []])
def test_what_is_no_key_is_refused(key: str | list[str]) -> None:
    with pytest.raises(UsageError, match="generate_key"):
        Store("sqlite://", key=key)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "school.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreFailed, match="not a database"):
        Store(f"sqlite:///{path}").count()


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="cannot be opened"):
        Store(f"sqlite:///{tmp_path}/missing/school.db").count()


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreFailed, match="cannot be reached"):
        Store("postgresql+psycopg://nobody@127.0.0.1:1/none").count()


def test_a_driver_that_is_not_installed_is_named_with_the_extra_that_has_it() -> None:
    with pytest.raises(UsageError, match=r"not installed \(postgresql\+pg8000\).*magister-connect\[postgres\]"):
        Store("postgresql+pg8000://user@127.0.0.1/name")


def test_an_address_without_a_driver_takes_the_one_of_the_extra() -> None:
    with pytest.raises(StoreFailed) as failed:
        Store("postgresql://127.0.0.1:1/none").count()
    assert failed.value.where == "postgresql+psycopg://127.0.0.1:1/none"


def test_an_error_names_the_database_and_neither_user_nor_password() -> None:
    with pytest.raises(StoreFailed) as failed:
        Store("postgresql+psycopg://somebody:geheim@127.0.0.1:1/none?connect_timeout=5").count()
    assert failed.value.where == "postgresql+psycopg://127.0.0.1:1/none"
    assert "somebody" not in str(failed.value)
    assert "geheim" not in str(failed.value)


def test_a_database_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "school.db"
    with Store(f"sqlite:///{path}") as store:
        store.count()
    reading = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert reading.count() == 0
    with pytest.raises(StoreFailed, match="is read-only"):
        reading.delete_pupil("1001")


@pytest.fixture
def without_rights(new_address: Addresses) -> Iterator[URL]:
    """The address of an empty database for a user who may do nothing there, and who is gone afterwards."""
    address = sqlalchemy.engine.make_url(new_address())
    role, password = f"without_rights_{os.getpid()}", secrets.token_hex(16)
    owner = sqlalchemy.create_engine(address, isolation_level="AUTOCOMMIT")
    with owner.connect() as database:
        database.execute(sqlalchemy.text(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'"))
        try:
            yield address.set(username=role, password=password)
        finally:
            database.execute(sqlalchemy.text(f"DROP ROLE {role}"))
    owner.dispose()


def told_of(address: URL) -> str:
    """What a store says that cannot be used."""
    with Store(address.render_as_string(hide_password=False)) as store, pytest.raises(StoreFailed) as failed:
        store.count()
    return failed.value.what


@pytest.mark.postgres
@pytest.mark.parametrize("new_address", ["postgresql"], indirect=True)
def test_a_user_without_rights_is_told(without_rights: URL) -> None:
    assert "may not do this" in told_of(without_rights)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"database": "nobody_made_this"}, ["no such database or user"]),
        # A server that wants a password does not tell that there is no such user.
        ({"username": "nobody_of_this_name"}, ["no such database or user", "refuses this user or password"]),
        ({"query": {"options": "-c default_transaction_read_only=on"}}, ["is read-only"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("new_address", ["postgresql"], indirect=True)
def test_what_a_server_refuses_is_told_by_its_reason(
    new_address: Addresses, change: dict[str, Any], told: list[str]
) -> None:
    address = sqlalchemy.engine.make_url(new_address())
    changes: dict[str, Any] = {**change, "query": {**address.query, **change.get("query", {})}}
    what = told_of(address.set(**changes))
    assert any(reason in what for reason in told)


@pytest.mark.parametrize(
    ("words", "what", "responsible"),
    [
        ("connection failed: FATAL:  password authentication failed for user", "user or password", Responsible.YOU),
        (
            "connection failed: FATAL:  no pg_hba.conf entry for host",
            "refuses this user from",
            Responsible.YOU,
        ),
        ("connection failed: FATAL:  sorry, too many clients already", "no connection left", Responsible.NOBODY),
        ("connection failed: FATAL:  the database system is starting up", "cannot be reached", Responsible.NETWORK),
        ("terminating connection due to administrator command", "cannot be reached", Responsible.NETWORK),
        ("SSL SYSCALL error: EOF detected", "cannot be reached", Responsible.NETWORK),
        ('could not translate host name "x" to address', "cannot be reached", Responsible.NETWORK),
        ("connection failed: SSL error: certificate verify failed", "certificate of the", Responsible.YOU),
        ("canceling statement due to statement timeout", "its own time limit", Responsible.YOU),
        ("deadlock detected", "locked by another process", Responsible.NOBODY),
        ("could not extend file: No space left on device", "disk is full", Responsible.YOU),
        (
            "null value in a column\nDETAIL:  Failing row: no space, password, locked",
            "refuses the statement",
            Responsible.YOU,
        ),
    ],
)
def test_the_words_of_a_database_are_told_by_their_reason(words: str, what: str, responsible: Responsible) -> None:
    error = explain(words, "school.db")
    assert what in error.what
    assert (error.where, error.responsible) == ("school.db", responsible)
    assert error.advice


def test_a_key_is_not_shown() -> None:
    key = Store.generate_key()
    assert key.reveal() not in repr(key)
