"""SQLite files, and translation of database errors. This module needs no SQLAlchemy.

Only its owner can read a file that is made here, and the files that SQLite writes beside it. A file from elsewhere is
treated as a document: it is only read, only its tables count, and its code does not run.
"""

from __future__ import annotations

import math
import os
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from magister_connect.errors import DocumentInvalid, Responsible, StoreFailed, UsageError

LOCK_PATIENCE: Final = 30.0  # seconds that one writer waits for another
_OWNER_ONLY: Final = 0o600


def require_patience(seconds: float) -> None:
    """Raise :class:`UsageError` for a patience with which a wait would not end, or not begin."""
    if not 0 <= seconds < math.inf:
        raise UsageError("The patience is a number of seconds, from 0", where="patience")


def make_private(name: str) -> None:
    """Create the file of a new database before SQLite does, so that SQLite's other files get the same rights."""
    if not name or name.startswith((":", "file:")):
        return
    with suppress(OSError):  # exists already, or cannot be made; the database reports the latter
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))


def write_table(
    path: str | os.PathLike[str],
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    patience: float = LOCK_PATIENCE,
) -> None:
    """Write a table of text in its order, in place of an older one. Raises :class:`StoreFailed`."""
    require_patience(patience)
    held = [tuple(row) for row in rows]
    make_private(os.fspath(path))
    names, marks = ", ".join(f'"{name}" TEXT NOT NULL' for name in columns), ", ".join("?" * len(columns))
    try:
        with closing(sqlite3.connect(path, timeout=patience)) as database, database:
            database.execute("BEGIN")
            database.execute(f'DROP TABLE IF EXISTS "{table}"')
            database.execute(f'CREATE TABLE "{table}" (place INTEGER PRIMARY KEY, {names})')
            database.executemany(f'INSERT INTO "{table}" VALUES (NULL, {marks})', held)  # noqa: S608 - names of our own # nosec B608
    except sqlite3.Error as error:
        problem = explain(str(error), Path(path).name)
    else:
        return
    raise problem


def read_table(path: str | os.PathLike[str], table: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the rows of a table of text, in their order.

    Raises :class:`DocumentInvalid` if it is not such a table, :class:`StoreFailed` while another process has it locked,
    and :class:`FileNotFoundError`.
    """
    Path(path).stat()
    names = ", ".join(f'"{name}"' for name in columns)
    rows: list[tuple[object, ...]] | None = None
    try:
        with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.execute("PRAGMA trusted_schema=OFF")
            kind = database.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            if kind == ("table",):  # a view would run code
                rows = database.execute(f'SELECT {names} FROM "{table}" ORDER BY place').fetchall()  # noqa: S608 - as above # nosec B608
    except sqlite3.OperationalError as error:
        if re.search(r"\b(locked|busy)\b", str(error)):
            problem: DocumentInvalid | StoreFailed = explain(str(error), Path(path).name)
        else:
            problem = _no_table(table, path)
    except (sqlite3.Error, ValueError):  # invalid text: SQLite accepts it, Python does not
        problem = _no_table(table, path)
    else:
        if rows is not None and all(isinstance(cell, str) for row in rows for cell in row):
            return rows  # type: ignore[return-value]  # checked above
        problem = _no_table(table, path)
    raise problem


def _no_table(table: str, path: str | os.PathLike[str]) -> DocumentInvalid:
    return DocumentInvalid(f"The file is not an SQLite file with a {table}", where=Path(path).name)


def explain(words: str, place: str) -> StoreFailed:
    """Return the error for a database's own error text. Row values in that text are not used."""
    message = words.partition("DETAIL:")[0]
    for sign, what, responsible, advice in _SIGNS:
        if re.search(sign, message, re.IGNORECASE):
            return StoreFailed(what, where=place, responsible=responsible, advice=advice)
    return StoreFailed(
        "The database refuses the statement",
        where=place,
        responsible=Responsible.YOU,
        advice="Check the rights of this database account, and that no other program changed the tables.",
    )


_SIGNS: Final = (  # first match; the text of a server follows "connection failed"
    (
        r"\b(locked|busy|deadlock|lock timeout)\b|could not serialize",
        "The database is locked by another process",
        Responsible.NOBODY,
        "Wait until that process ends, or pass the store more patience.",
    ),
    (
        "disk is full|disk full|no space",
        "The disk is full",
        Responsible.YOU,
        "Free disk space: the next run continues from here.",
    ),
    (
        "disk i/o error",
        "The disk cannot be written",
        Responsible.YOU,
        "Check the disk, and who may write to the folder.",
    ),
    (
        "readonly|read-only",
        "The database is read-only",
        Responsible.YOU,
        "Allow this user to write to the database, and for a file also to its folder.",
    ),
    (
        "unable to open",
        "The database file cannot be opened",
        Responsible.YOU,
        "Check that its folder is there, and that this user may write to it.",
    ),
    ("not a database", "The file is not a database", Responsible.YOU, "Check the url: this file is something else."),
    ("malformed", "The database file is damaged", Responsible.YOU, "Put a copy back, or begin with a new file."),
    (
        "password",
        "The database server refuses this user or password",
        Responsible.YOU,
        "Check both in the url.",
    ),
    (
        '(database|role) "[^"]*" does not exist',
        "The database server has no such database or user",
        Responsible.YOU,
        "Check both in the url, or have them made.",
    ),
    (
        "pg_hba",
        "The database server refuses this user from this machine",
        Responsible.YOU,
        "Allow this machine, user and database in its pg_hba.conf.",
    ),
    (
        "too many clients|too many connections|connection slots",
        "The database server has no connection left",
        Responsible.NOBODY,
        "Use fewer workers, or allow it more connections.",
    ),
    (
        "statement timeout",
        "The database server stopped the statement after its own time limit",
        Responsible.YOU,
        "Set a higher statement_timeout for this database user, or read less at a time.",
    ),
    (
        "certificate",
        "The certificate of the database server is not accepted",
        Responsible.YOU,
        "Check sslmode and sslrootcert in the url, and the name of the host.",
    ),
    (
        "connection|shut ?down|shutting down|starting up|host name|SYSCALL",
        "The database server cannot be reached",
        Responsible.NETWORK,
        "Check host and port in the url, and that the server runs.",
    ),
    (
        "permission",
        "The database user may not do this",
        Responsible.YOU,
        "Grant the user the right to make, read and write tables.",
    ),
)
