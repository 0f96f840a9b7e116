"""Checkpoints in the store: they move only in the transaction of the rows they stand for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import insert, select, update

from magister_connect.results.checkpoints import Checkpoint
from magister_connect.results.records import Connection
from magister_connect.store.results import of_connection
from magister_connect.store.tables import checkpoint as table

__all__ = ["put_checkpoint", "read_checkpoints"]

_VALUES = ("watermark", "last_number", "complete", "largest", "read_at", "read_whole_at", "deleted")


def put_checkpoint(database: Database, checkpoint: Checkpoint) -> None:
    """Move a checkpoint."""
    values: dict[str, Any] = {name: getattr(checkpoint, name) for name in _VALUES}
    connection, year = checkpoint.connection, checkpoint.school_year
    moved = database.execute(
        update(table).where(of_connection(table, connection), table.c.school_year == year).values(values)
    )
    if moved.rowcount == 0:
        database.execute(
            insert(table).values(
                product=connection.product, instellingscode=connection.instellingscode, school_year=year, **values
            )
        )


def read_checkpoints(database: Database, connection: Connection) -> tuple[Checkpoint, ...]:
    """The checkpoints of one connection, newest year first."""
    query = select(table).where(of_connection(table, connection)).order_by(table.c.school_year.desc())
    return tuple(
        Checkpoint(
            connection=connection,
            school_year=row["school_year"],
            **{name: row[name] for name in _VALUES},
        )
        for row in database.execute(query).mappings()
    )
