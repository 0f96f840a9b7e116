"""Addresses, keys and files that cannot be used are told in words, before or when they are used."""

from pathlib import Path

import pytest

from magister_connect.errors import StoreFailed, UsageError
from magister_connect.store import Store


@pytest.mark.parametrize("url", ["school.db", "", "nonsense://x", "sqlite+missing:///x.db"])
def test_what_is_no_address_of_a_database_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///"):
        Store(url)


@pytest.mark.parametrize("key", ["short", "x" * 44])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="generate_key"):
        Store("sqlite://", key=key)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "school.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreFailed, match="no database"):
        Store(f"sqlite:///{path}").count()


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="cannot be opened"):
        Store(f"sqlite:///{tmp_path}/missing/school.db").count()


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreFailed, match="cannot be reached"):
        Store("postgresql+psycopg://nobody@127.0.0.1:1/none").count()


def test_a_key_is_not_shown() -> None:
    key = Store.generate_key()
    assert key.reveal() not in repr(key)
