"""The databases of the runs: one of each kind, emptied between two runs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Final

import sqlalchemy

from magister_connect.store import Store
from magister_connect.store.tables import METADATA
from tests.store.databases import drop_database, new_database, postgres_url

IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - faster, and it survives the kill of a process
_KEPT: Final = "schema_version"


@contextmanager
def folder() -> Generator[Path]:
    """A folder for databases, in memory if the system has such a folder."""
    with TemporaryDirectory(prefix="stress-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as path:
        yield Path(path)


@contextmanager
def postgres() -> Generator[str]:
    """The address of an empty database on a PostgreSQL server that runs inside this context."""
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as path:
        server = postgres_url(Path(path))
        address = new_database(server)
        yield address
        drop_database(server, address)


def wipe(store: Store) -> None:
    """Delete all rows of all tables."""
    with store._database.write() as connection:
        for table in reversed(METADATA.sorted_tables):
            if table.name != _KEPT:
                connection.execute(table.delete())


class FileDatabase:
    """One SQLite file. Each run begins with a copy of an empty database, or without a file."""

    def __init__(self, place: Path) -> None:
        self._path = place / "school.db"
        self._empty = place / "empty.db"
        self.address = f"sqlite:///{self._path}"

    def begin_anew(self, *, without_tables: bool) -> None:
        """Put the file back, with its tables or without."""
        if not self._empty.exists():
            with Store(f"sqlite:///{self._empty}") as store:
                store.count()
        for left in self._path.parent.glob(f"{self._path.name}*"):
            left.unlink()
        if not without_tables:
            copyfile(self._empty, self._path)


class ServerDatabase:
    """One database on a server. Each run begins without rows, or without tables."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._engine = sqlalchemy.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)

    def begin_anew(self, *, without_tables: bool) -> None:
        """Delete rows or tables; first wait until the server has noticed that a process was killed."""
        tables = [each.name for each in METADATA.sorted_tables]
        with self._engine.connect() as connection:
            there = sqlalchemy.inspect(connection).get_table_names()
            if without_tables:
                for name in set(tables) & set(there):
                    connection.execute(sqlalchemy.text(f'DROP TABLE IF EXISTS "{name}" CASCADE'))
            elif set(tables) <= set(there):
                names = ", ".join(f'"{name}"' for name in tables if name != _KEPT)
                connection.execute(sqlalchemy.text(f"TRUNCATE {names}"))
