"""The database: engine, transactions, and its errors in words of ours.

The statement and the values of an error of SQLAlchemy never leave this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from magister_connect.errors import Move, StoreFailed, UsageError
from magister_connect.store import tables

_LOCK: Final = 7_243_914  # any number that is ours: two processes at once must not both migrate


def _create(*wanted: Table) -> Callable[[Connection], None]:
    return lambda connection: tables.METADATA.create_all(connection, tables=list(wanted))


_STEPS: Final[tuple[Callable[[Connection], None], ...]] = (
    _create(tables.result, tables.result_version, tables.checkpoint, tables.quarantine, tables.lease, tables.spool),
    _create(tables.crosswalk_row),
    _create(tables.snapshot, tables.snapshot_approval),
)
VERSION: Final = len(_STEPS)


def migrate(connection: Connection) -> None:
    """Bring the schema to the version of this library. Raises :class:`StoreFailed` for a later one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    version = _version(connection)
    if version > VERSION:
        raise StoreFailed(
            f"The database has version {version} of the schema, and this library knows {VERSION}",
            move=Move.YOURS,
            advice="Use a later version of magister-connect.",
        )
    for step in _STEPS[version:]:
        step(connection)
    if version < VERSION:
        connection.execute(tables.schema_version.delete())
        connection.execute(tables.schema_version.insert().values(version=VERSION))


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(tables.schema_version.name):
        tables.schema_version.create(connection)
        return 0
    return connection.execute(select(tables.schema_version.c.version)).scalar() or 0


LOCK_PATIENCE: Final = 30.0  # seconds that one writer waits for another in SQLite
_DIALECTS: Final = ("sqlite", "postgresql")
_FOR_EXAMPLE: Final = 'For example Store("sqlite:///school.db") or Store("postgresql+psycopg://user@host/name").'


class Database:
    """One database, made ready when it is first used."""

    def __init__(self, url: str, *, patience: float = LOCK_PATIENCE) -> None:
        target = _target(url)
        self._engine = _engine(target, patience)
        self._place = _place(target)
        self._ready = False
        self.dialect = self._engine.dialect.name

    @contextmanager
    def write(self) -> Generator[Connection, None, None]:
        """One transaction: all of it or nothing. Raises :class:`StoreFailed`."""
        with _in_words(self._place):
            self._make_ready()
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """A transaction that only reads."""
        with _in_words(self._place):
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


def _target(url: str) -> URL:
    """The address, with the driver that the extra ``postgres`` brings where none is named. Raises UsageError."""
    target = None
    with suppress(ArgumentError, ValueError):  # what they say would hold the address, password included
        target = make_url(url)
    if target is None or target.get_backend_name() not in _DIALECTS:
        raise UsageError("This is no address of a database that can be used", where="url", advice=_FOR_EXAMPLE)
    return target.set(drivername="postgresql+psycopg") if target.drivername == "postgresql" else target


def _place(target: URL) -> str:
    """Where the database is, without user, password and query."""
    if target.get_backend_name() == "sqlite":
        return target.database or "in memory"
    return URL.create(
        target.drivername, host=target.host, port=target.port, database=target.database
    ).render_as_string()


def _engine(target: URL, patience: float) -> Engine:
    sqlite = target.get_backend_name() == "sqlite"
    options: dict[str, Any] = {"connect_args": {"timeout": patience}} if sqlite else {}
    if sqlite and target.database in {None, "", ":memory:"}:
        options["poolclass"] = StaticPool
        options["connect_args"]["check_same_thread"] = False
    try:
        engine = create_engine(target, hide_parameters=True, **options)
    except NoSuchModuleError:
        raise UsageError(
            "SQLAlchemy has no driver of this name", where=target.drivername, advice=_FOR_EXAMPLE
        ) from None
    except ImportError:
        raise UsageError(
            "The driver of this database is not installed",
            where=target.drivername,
            advice='pip install "magister-connect[postgres]", and Store("postgresql+psycopg://user@host/name").',
        ) from None
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
def _in_words(place: str) -> Generator[None, None, None]:
    problem: StoreFailed | None = None
    try:
        yield
    except DBAPIError as error:
        problem = explain(str(error.orig), place)
    except SQLAlchemyError as error:
        problem = StoreFailed(f"The database cannot do this ({type(error).__name__})", where=place)
    except StoreFailed as error:
        error.where = error.where or place
        raise
    if problem is not None:
        raise problem from None  # the server's own error may hold a whole row


def explain(words: str, place: str) -> StoreFailed:
    """The error that a database's own words stand for; what they hold of a row is not looked at."""
    told = words.partition("DETAIL:")[0]
    for sign, what, move, advice in _SIGNS:
        if re.search(sign, told, re.IGNORECASE):
            return StoreFailed(what, where=place, move=move, advice=advice)
    return StoreFailed("The database refuses this", where=place, move=Move.YOURS)


_SIGNS: Final = (  # the first that fits: what a server says stands behind "connection failed"
    (
        r"\b(locked|busy|deadlock)\b|could not serialize",
        "The database is locked by another process",
        Move.LATER,
        "Let that process end, or give the store more patience.",
    ),
    ("disk is full|disk full|no space", "The disk is full", Move.YOURS, "Make room: the next run goes on from here."),
    ("disk i/o error", "The disk cannot be written", Move.YOURS, "Check the disk, and who may write to the folder."),
    (
        "readonly|read-only",
        "The database may only be read",
        Move.YOURS,
        "Let this user write to it: for a file also to its folder.",
    ),
    (
        "unable to open",
        "The database file cannot be opened",
        Move.YOURS,
        "Check that its folder is there, and that this user may write to it.",
    ),
    ("not a database", "The file is no database", Move.YOURS, "Check the url: this file is something else."),
    ("malformed", "The database file is damaged", Move.YOURS, "Put a copy back, or begin with a new file."),
    (
        "password",
        "The database server refuses this user or password",
        Move.YOURS,
        "Check both in the url.",
    ),
    (
        '(database|role) "[^"]*" does not exist',
        "The database server has no such database or user",
        Move.YOURS,
        "Check both in the url, or have them made.",
    ),
    (
        "pg_hba",
        "The database server admits nobody from here as this user",
        Move.YOURS,
        "Have its pg_hba.conf admit this machine, user and database.",
    ),
    (
        "too many clients|too many connections|connection slots",
        "The database server has no connection left",
        Move.LATER,
        "Use fewer workers, or allow it more connections.",
    ),
    (
        "connection|shut ?down|shutting down|starting up",
        "The database server cannot be reached",
        Move.NETWORK,
        "Check host and port in the url, and that the server runs.",
    ),
    (
        "permission",
        "The database user may not do this",
        Move.YOURS,
        "Grant the user the right to make, read and write tables.",
    ),
)
