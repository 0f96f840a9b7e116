"""Crosswalks in the store: the rows of their own format, by name, sealed where the store has a key."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection as Database
from sqlalchemy import delete, insert, select

from magister_connect.crosswalk import Crosswalk
from magister_connect.crosswalk.files import crosswalk_from_rows, rows_of
from magister_connect.store.encryption import Seal
from magister_connect.store.tables import crosswalk_row as table


def put_crosswalk(database: Database, seal: Seal, name: str, crosswalk: Crosswalk) -> None:
    """Keep a crosswalk in the place of an older one of that name."""
    rows = [
        {"name": name, "place": place, "content": seal.encrypt(json.dumps(row).encode())}
        for place, row in enumerate(rows_of(crosswalk))
    ]
    delete_crosswalk(database, name)
    database.execute(insert(table), rows)


def read_crosswalk(database: Database, seal: Seal, name: str) -> Crosswalk | None:
    """The crosswalk of this name. Raises :class:`DocumentInvalid` where its rows were changed since."""
    query = select(table.c.content).where(table.c.name == name).order_by(table.c.place)
    rows: list[Sequence[str]] = [json.loads(seal.open(row[0])) for row in database.execute(query)]
    return crosswalk_from_rows(rows) if rows else None


def delete_crosswalk(database: Database, name: str) -> None:
    """Remove a crosswalk."""
    database.execute(delete(table).where(table.c.name == name))
