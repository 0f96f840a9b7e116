"""The schema, in steps: a database is brought from any earlier version to this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, Table, inspect, select, text

from magister_connect.errors import Responsible, StoreFailed
from magister_connect.store import tables

_LOCK: Final = 7_243_914  # any number that is ours: two processes at once must not both migrate


def _create(*wanted: Table) -> Callable[[Connection], None]:
    return lambda connection: tables.METADATA.create_all(connection, tables=list(wanted))


_STEPS: Final[tuple[Callable[[Connection], None], ...]] = (
    _create(tables.result, tables.result_version, tables.checkpoint, tables.quarantine, tables.lease, tables.spool),
    _create(tables.crosswalk_row),
    _create(tables.snapshot, tables.snapshot_approval),
    _create(tables.delivery),
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
            responsible=Responsible.YOU,
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
