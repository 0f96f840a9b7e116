"""The schema and its migrations. A database of any earlier version is migrated in one transaction.

A new database gets the current tables, and no migration runs. Each migration goes from one version to the next. It may
run on tables that a later library created, so it checks which columns exist. A change of a column, or of its contents,
is a new migration at the end of the list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Table, Text, inspect, select, text

from magister_connect.errors import Responsible, StoreFailed
from magister_connect.store import tables

_LOCK: Final = 7_243_914  # an arbitrary number: two processes must not migrate at once
Step = Callable[[Connection], None]


def _create(*wanted: Table) -> Step:
    return lambda connection: tables.METADATA.create_all(connection, tables=list(wanted))


def _add(connection: Connection, column: Column[object], default: str | None = None) -> None:
    """Add a column if it is missing. ``default`` is the value for existing rows, as SQL."""
    table = column.table.name
    if column.name in {each["name"] for each in inspect(connection).get_columns(table)}:
        return
    kind = column.type.compile(connection.dialect)
    filled = "" if default is None else f" NOT NULL DEFAULT {default}"
    connection.execute(text(f'ALTER TABLE "{table}" ADD COLUMN "{column.name}" {kind}{filled}'))


def _widen(connection: Connection, table: Table) -> None:
    """Remove the length limit of texts and numbers. SQLite has no such limit."""
    if connection.dialect.name != "postgresql":
        return
    bounded = (column for column in table.c if isinstance(column.type, (Text, tables.Exact, BigInteger)))
    changes = (f'ALTER COLUMN "{column.name}" TYPE {column.type.compile(connection.dialect)}' for column in bounded)
    connection.execute(text(f'ALTER TABLE "{table.name}" {", ".join(changes)}'))


def _keep_what_was_sent(connection: Connection) -> None:
    """Allow texts and numbers of any length, remarks on a result, any cursor, and the status of a raw reply."""
    _add(connection, tables.result.c.stamnummer_raw)
    _add(connection, tables.result.c.findings, "'[]'")
    _add(connection, tables.spool.c.status, "200")
    _add(connection, tables.spool.c.headers, "'[]'")
    _add(connection, tables.checkpoint.c.cursor)
    if "last_number" in {each["name"] for each in inspect(connection).get_columns("checkpoint")}:
        connection.execute(text("UPDATE checkpoint SET cursor = CAST(last_number AS VARCHAR(20))"))
        connection.execute(text("ALTER TABLE checkpoint DROP COLUMN last_number"))
    of_results = (tables.result, tables.result_version, tables.checkpoint, tables.quarantine)
    for table in (*of_results, tables.lease, tables.spool):
        _widen(connection, table)
    connection.execute(text("UPDATE quarantine SET kind = 'unanswered' WHERE kind = 'poison'"))


_STEPS: Final[tuple[Step, ...]] = (
    _create(tables.result, tables.result_version, tables.checkpoint, tables.quarantine, tables.lease, tables.spool),
    _create(tables.crosswalk_row),
    _create(tables.snapshot, tables.snapshot_approval),
    _create(tables.delivery),
    _keep_what_was_sent,
)
VERSION: Final = len(_STEPS)


def migrate(connection: Connection) -> None:
    """Migrate the schema to the version of this library. Raises :class:`StoreFailed` for a later one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    version = _version(connection)
    if version == VERSION:
        return
    if version is None:
        tables.METADATA.create_all(connection)
    elif version < VERSION:
        for step in _STEPS[version:]:
            step(connection)
    else:
        raise StoreFailed(
            f"The database has version {version} of the schema, and this library knows versions up to {VERSION}",
            responsible=Responsible.YOU,
            advice="Install the version of magister-connect that wrote this database, or a later one.",
        )
    connection.execute(tables.schema_version.delete())
    connection.execute(tables.schema_version.insert().values(version=VERSION))


def _version(connection: Connection) -> int | None:
    """Return the version of the schema, or ``None`` for a database without our tables."""
    if not inspect(connection).has_table(tables.schema_version.name):
        return None
    return connection.execute(select(tables.schema_version.c.version)).scalar()
