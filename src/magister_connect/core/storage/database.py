"""The only module that uses engines and transactions of SQLAlchemy. It translates their errors.

An exception of SQLAlchemy contains the statement and its values. One of a database server may contain a whole row, and
an engine logs what it reads at level DEBUG. So no exception of SQLAlchemy leaves a transaction, and addresses are
printed without user and password. No engine logs what is done here, whoever made it, unless you set a level on its
logger (``sqlalchemy.engine.Engine.magister_connect``).
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool

from magister_connect.core.boundary import raised_by_caller
from magister_connect.core.extras import install_command
from magister_connect.core.storage.sqlite_files import LOCK_PATIENCE as LOCK_PATIENCE
from magister_connect.core.storage.sqlite_files import explain, make_private, require_patience
from magister_connect.errors import MagisterConnectError, Responsible, StoreFailed, UsageError

_CONNECT_PATIENCE: Final = 10  # seconds that connecting to a server may take
_LONGEST: Final = 2**31 - 1  # milliseconds that PostgreSQL accepts; 0 would mean no limit
_AT_ONCE: Final = 500  # rows per fetch
_NAME: Final = "magister_connect"
_NOT_NULL: Final = {"SQLITE_CONSTRAINT_NOTNULL", "23502"}  # of SQLite, and of the SQL standard
_FOR_EXAMPLE: Final = 'Pass a URL such as "sqlite:///school.db" or "postgresql+psycopg://user@host/name".'


class Database:
    """One database. ``prepare`` sets it up on first use. Safe to share between threads and after a fork.

    ``where`` is an address, or an engine of the caller with its own pool; what runs here stays out of the log of that
    engine. ``patience`` is how many seconds a transaction waits for another one that holds a lock. Only its owner can
    read a new SQLite file (mode 0600) and the files that SQLite writes beside it.
    """

    def __init__(
        self,
        where: str | Engine,
        *,
        prepare: Callable[[Connection], None],
        dialects: tuple[str, ...] = (),
        patience: float = LOCK_PATIENCE,
    ) -> None:
        require_patience(patience)
        target = where.url if isinstance(where, Engine) else _target(where, dialects)
        self._engine = _unlogged(where) if isinstance(where, Engine) else _engine(target, patience)
        self._reading = self._engine.execution_options(magister_connect_reads=True)
        self.place = _place(target)
        self._prepare = prepare
        self._ready = False
        self._process = os.getpid()
        # An in-memory SQLite database has one connection, so its transactions run one after another.
        self._in_memory = self._engine.pool.__class__ is StaticPool
        self._turn: AbstractContextManager[object] = threading.RLock() if self._in_memory else nullcontext()
        self.dialect = self._engine.dialect.name

    @contextmanager
    def write(self) -> Generator[Connection, None, None]:
        """Open a transaction that is committed as a whole or not at all. Raises :class:`StoreFailed`."""
        with self._translate_errors(), self._own_turn():
            self._make_ready()
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """Open a transaction that only reads."""
        with self._translate_errors(), self._own_turn():
            self._make_ready()
            with self._reading.connect() as connection:
                yield connection

    def rows(self, query: Select[Any]) -> Iterator[dict[str, Any]]:
        """Yield the rows of a query in batches.

        An in-memory database is read at once, so that an open iterator does not block other transactions.
        """
        with self.read() as connection:
            found = connection.execution_options(yield_per=_AT_ONCE).execute(query).mappings()
            if not self._in_memory:
                yield from map(dict, found)
                return
            rows = [dict(row) for row in found]
        yield from rows

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose(close=self._process == os.getpid())

    def _own_turn(self) -> AbstractContextManager[object]:
        """Return the lock of an in-memory database, which a fork may have copied in a locked state."""
        if self._process != os.getpid():
            if self._in_memory:
                raise UsageError(
                    "An in-memory database belongs to the process that made it",
                    advice="Make it in the process that uses it, after the fork, or use a file.",
                )
            self._engine.dispose(close=False)  # leave the connections of the parent process alone
            self._process = os.getpid()
        return self._turn

    def _make_ready(self) -> None:
        if not self._ready:
            if self.dialect == "sqlite":
                make_private(self._engine.url.database or "")
            with self._engine.begin() as connection:
                self._prepare(connection)
            self._ready = True

    @contextmanager
    def _translate_errors(self) -> Generator[None, None, None]:
        problem: StoreFailed
        try:
            yield
        except StoreFailed as error:
            error.where = error.where or self.place
            raise
        except MagisterConnectError:
            raise
        except Exception as error:
            if not isinstance(error, SQLAlchemyError) and raised_by_caller(error):
                raise
            problem = _explain_exception(error, self.place)
        else:
            return
        raise problem from None  # the server's own error may hold a whole row


class KeyExists(StoreFailed):
    """A row with this key exists already."""


def _explain_exception(error: Exception, place: str) -> StoreFailed:
    if isinstance(error, IntegrityError):
        if {getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate")} & _NOT_NULL:
            advice = "Pass a value for every argument."
            return StoreFailed("A value is missing", where=place, responsible=Responsible.YOU, advice=advice)
        return KeyExists("A row with this key exists already", where=place, responsible=Responsible.YOU)
    if isinstance(error, DBAPIError):
        return explain(str(error.orig), place)
    if isinstance(error, PoolTimeout):
        return StoreFailed(
            "No connection to the database became free in time",
            where=place,
            responsible=Responsible.YOU,
            advice="Read each list of rows to its end or close it, or use fewer threads at the same time.",
        )
    if isinstance(error, sqlite3.Error):  # of the statement that begins a transaction
        return explain(str(error), place)
    # The driver refuses a value before the database sees it: a number that is too large, or half a surrogate pair.
    return StoreFailed(
        f"The database driver cannot do this ({type(error).__name__})",
        where=place,
        advice="Is a number too large, or does a text contain an invalid character? Correct this value at its source.",
    )


def _target(url: str, dialects: tuple[str, ...]) -> URL:
    """Parse the address. If it names no driver, use the driver of the extra ``postgres``. Raises UsageError."""
    target = None
    with suppress(ArgumentError, ValueError):  # their texts would contain the address and its password
        target = make_url(url)
    if target is None or (dialects and target.get_backend_name() not in dialects):
        raise UsageError("The database URL cannot be used", where="url", advice=_FOR_EXAMPLE)
    if target.get_backend_name() != "sqlite" and "@" in f"{target.host}{target.database}":
        raise UsageError(
            "The user name or password in the database URL contains a special character",
            where="url",
            advice="Percent-encode it: @ as %40, / as %2F, : as %3A. Or build the URL with sqlalchemy.URL.create.",
        )
    return target.set(drivername="postgresql+psycopg") if target.drivername == "postgresql" else target


def _place(target: URL) -> str:
    """Return the address of the database without user, password and query."""
    if target.get_backend_name() == "sqlite":
        return target.database or "in memory"
    return URL.create(
        target.drivername, host=target.host, port=target.port, database=target.database
    ).render_as_string()


def _engine(target: URL, patience: float) -> Engine:
    sqlite = target.get_backend_name() == "sqlite"
    options: dict[str, Any] = (
        _sqlite_options(target, patience) if sqlite else {"pool_pre_ping": True, "pool_timeout": patience}
    )
    if target.get_backend_name() == "postgresql":
        options["connect_args"] = {"connect_timeout": _CONNECT_PATIENCE}
    try:
        engine = create_engine(target, hide_parameters=True, logging_name=_NAME, pool_logging_name=_NAME, **options)
    except NoSuchModuleError:
        raise UsageError(
            "SQLAlchemy has no driver of this name", where=target.drivername, advice=_FOR_EXAMPLE
        ) from None
    except ImportError:
        raise UsageError(
            "The driver of this database is not installed",
            where=target.drivername,
            advice=f'Run {install_command("postgres")}. Then use "postgresql+psycopg://user@host/name".',
        ) from None
    if sqlite:
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif target.get_backend_name() == "postgresql":
        event.listen(engine, "connect", _set_up_postgresql(patience))
    _disable_logging()
    return engine


def _unlogged(engine: Engine) -> Engine:
    """Return the same engine for statements that it does not log: they contain tokens."""
    same = engine.execution_options()
    same.logging_name, same.hide_parameters = _NAME, True
    same.echo = False
    _disable_logging()
    return same


def _disable_logging() -> None:
    for part in ("engine.Engine", "pool.impl.QueuePool", "pool.impl.StaticPool"):
        logger = logging.getLogger(f"sqlalchemy.{part}.{_NAME}")
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)


def _sqlite_options(target: URL, patience: float) -> dict[str, Any]:
    if target.database in {None, "", ":memory:"}:
        return {"connect_args": {"timeout": patience, "check_same_thread": False}, "poolclass": StaticPool}
    return {"connect_args": {"timeout": patience}, "pool_timeout": patience}


def _set_up_sqlite(
    connection: Any,  # noqa: ANN401 - the driver's own
    _record: object,
) -> None:
    connection.isolation_level = None  # the transaction begins below, so that writers wait for each other
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("magister_connect_reads", False)
    with closing(connection.connection.cursor()) as cursor:  # past SQLAlchemy, which takes longer over it than SQLite
        cursor.execute("BEGIN" if reads else "BEGIN IMMEDIATE")


def _set_up_postgresql(patience: float) -> Callable[[Any, object], None]:
    def set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {max(1, min(int(1000 * patience), _LONGEST))}")
        connection.commit()

    return set_up
