"""Taking people and years out again, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Table, delete, insert, select, update
from sqlalchemy import Connection as Database

from magister_connect.results.records import Connection
from magister_connect.store.results import of_connection
from magister_connect.store.sealing import Seal
from magister_connect.store.tables import checkpoint, quarantine, result, result_version

__all__ = ["delete_pupil", "delete_school_year"]


def delete_pupil(database: Database, seal: Seal, stamnummer: str) -> int:
    """Remove every result of a candidate, earlier states and what waits; gives how many rows."""
    return _delete(
        database,
        (result, result.c.stamnummer == stamnummer),
        (result_version, result_version.c.stamnummer == stamnummer),
        (quarantine, quarantine.c.pupil.in_(seal.tags(stamnummer))),
    )


def delete_school_year(database: Database, school_year: str, connection: Connection | None) -> int:
    """Remove a school year, and leave word that it is not to be read again; gives how many rows."""
    tables = (result, result_version, quarantine)
    removed = _delete(database, *((table, _of_year(table, school_year, connection)) for table in tables))
    known = select(checkpoint.c.product, checkpoint.c.instellingscode).distinct()
    connections = [connection] if connection else [Connection(*row) for row in database.execute(known)]
    for each in connections:
        _close_year(database, each, school_year)
    return removed


def _close_year(database: Database, connection: Connection, school_year: str) -> None:
    values = {"watermark": None, "complete": True, "deleted": True}
    found = database.execute(
        update(checkpoint)
        .where(of_connection(checkpoint, connection), checkpoint.c.school_year == school_year)
        .values(values)
    )
    if found.rowcount == 0:
        database.execute(
            insert(checkpoint).values(
                product=connection.product,
                instellingscode=connection.instellingscode,
                school_year=school_year,
                largest=0,
                **values,
            )
        )


def _of_year(table: Table, school_year: str, connection: Connection | None) -> ColumnElement[bool]:
    within = table.c.school_year == school_year
    return within if connection is None else within & of_connection(table, connection)


def _delete(database: Database, *wanted: tuple[Table, ColumnElement[bool]]) -> int:
    done: Iterable[int] = [database.execute(delete(table).where(which)).rowcount for table, which in wanted]
    return sum(done)
