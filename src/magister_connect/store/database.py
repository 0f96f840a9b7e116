"""The database: engine, transactions, and its errors in words of ours.

The statement and the values of an error of SQLAlchemy never leave this module.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from magister_connect.errors import Move, StoreFailed, UsageError
from magister_connect.store.migrations import migrate

__all__ = ["Database"]

LOCK_PATIENCE: Final = 30.0  # seconds that one writer waits for another in SQLite


class Database:
    """One database, made ready when it is first used."""

    def __init__(self, url: str, *, patience: float = LOCK_PATIENCE) -> None:
        self._engine = _engine(url, patience)
        self._ready = False
        self.dialect = self._engine.dialect.name

    @contextmanager
    def write(self) -> Generator[Connection, None, None]:
        """One transaction: all of it or nothing. Raises :class:`StoreFailed`."""
        with _in_words():
            self._make_ready()
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """A transaction that only reads."""
        with _in_words():
            self._make_ready()
            with self._engine.connect() as connection:
                yield connection.execution_options(magister_connect_reads=True)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _make_ready(self) -> None:
        if not self._ready:
            with self._engine.begin() as connection:
                migrate(connection)
            self._ready = True


def _engine(url: str, patience: float) -> Engine:
    engine, sqlite = None, False
    try:
        target = make_url(url)
        sqlite = target.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"connect_args": {"timeout": patience}} if sqlite else {}
        if sqlite and target.database in {None, "", ":memory:"}:
            options["poolclass"] = StaticPool
            options["connect_args"]["check_same_thread"] = False
        engine = create_engine(target, hide_parameters=True, **options)
    except (ArgumentError, NoSuchModuleError, ImportError):
        pass
    if engine is None:
        raise UsageError(
            "This is no address of a database that can be used",
            where="url",
            advice='For example Store("sqlite:///school.db") or Store("postgresql+psycopg://user@host/name").',
        )
    if sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(
    connection: Any,  # noqa: ANN401 - the driver's own
    _record: object,
) -> None:
    connection.isolation_level = None  # the transaction is begun below, so that writers queue up instead of failing
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("magister_connect_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def _in_words() -> Generator[None, None, None]:
    problem: StoreFailed | None = None
    try:
        yield
    except DBAPIError as error:
        problem = _explain(str(error.orig).lower())
    except SQLAlchemyError as error:
        problem = StoreFailed(f"The database cannot do this ({type(error).__name__})")
    if problem is not None:
        raise problem from None  # the server's own error may hold a whole row


def _explain(words: str) -> StoreFailed:
    for sign, what, move in _SIGNS:
        if sign in words:
            return StoreFailed(what, move=move)
    return StoreFailed("The database refuses this", move=Move.YOURS)


_SIGNS: Final = (
    ("locked", "The database is locked by another process", Move.LATER),
    ("busy", "The database is locked by another process", Move.LATER),
    ("disk is full", "The disk is full", Move.YOURS),
    ("disk full", "The disk is full", Move.YOURS),
    ("no space", "The disk is full", Move.YOURS),
    ("disk i/o error", "The disk cannot be written", Move.YOURS),
    ("readonly", "The database may only be read", Move.YOURS),
    ("unable to open", "The database file cannot be opened", Move.YOURS),
    ("not a database", "The file is no database", Move.YOURS),
    ("malformed", "The database file is damaged", Move.YOURS),
    ("connection", "The database server cannot be reached", Move.NETWORK),
    ("shut down", "The database server cannot be reached", Move.NETWORK),
    ("password", "The database server refuses this user", Move.YOURS),
    ("permission", "The database user may not do this", Move.YOURS),
)
