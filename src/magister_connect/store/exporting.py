"""Export results as a table for others: no names, only fields of the contract, and numbers only if you ask for them."""

from __future__ import annotations

import csv
import hmac
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, delete, insert, select, update
from sqlalchemy import Connection as Database

from magister_connect.core.secrets import Secret
from magister_connect.core.tables.spreadsheets import harmless
from magister_connect.errors import UsageError
from magister_connect.results.records import Connection
from magister_connect.store.encryption import Seal
from magister_connect.store.results import of_connection
from magister_connect.store.tables import checkpoint, quarantine, result, result_version

COLUMNS: Final = (
    "product",
    "instellingscode",
    "submission_nr",
    "stamnummer",
    "school_year",
    "test_nr",
    "test_code",
    "test_name",
    "subject",
    "skill",
    "taken_at",
    "graded_at",
    "modified_at",
    "level",
    "development_score",
    "score",
    "percentage",
    "grade",
    "status",
)
"""The columns of an export: the fields of the contract. ``extra`` may contain a name, so it is not included."""

_LEAST_KEY: Final = 16  # bytes: there are so few stamnummers that a short key could be guessed


def as_pseudonym(key: Secret) -> Callable[[str], str]:
    """Return a function from stamnummers to pseudonyms.

    The same key gives the same pseudonyms, and they cannot be reversed without it.
    """
    secret = key.reveal().encode()
    if len(secret) < _LEAST_KEY:
        raise UsageError(
            f"The key of pseudonyms needs at least {_LEAST_KEY} characters",
            where="pseudonyms",
            advice="Make one with Store.generate_key(), and keep it: the same key gives the same pseudonyms.",
        )
    return lambda text: hmac.new(secret, text.strip().encode(), sha256).hexdigest()[:32]


def write_export(
    rows: Iterable[Mapping[str, Any]],
    path: str | os.PathLike[str],
    pseudonym: Callable[[str], str] | None,
    *,
    spreadsheet: bool,
) -> int:
    """Write rows as CSV in UTF-8 with one header. Returns how many."""
    count = 0
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            values = {name: row[name] for name in COLUMNS}
            if pseudonym is not None:
                values["stamnummer"] = pseudonym(values["stamnummer"])
                values["submission_nr"] = pseudonym(values["submission_nr"])
            writer.writerow([_cell(value, spreadsheet=spreadsheet) for value in values.values()])
            count += 1
    return count


def _cell(value: object, *, spreadsheet: bool) -> str:
    if value is None:
        return ""
    return harmless(str(value)) if spreadsheet else str(value)


def delete_pupil(database: Database, seal: Seal, stamnummers: Collection[str]) -> int:
    """Remove every result of a candidate, with earlier versions and what waits. Returns how many rows."""
    return _delete(
        database,
        (result, result.c.stamnummer.in_(stamnummers)),
        (result_version, result_version.c.stamnummer.in_(stamnummers)),
        (quarantine, quarantine.c.pupil.in_([tag for each in stamnummers for tag in seal.tags(each)])),
    )


def delete_school_year(database: Database, school_year: str, connection: Connection | None) -> int:
    """Remove a school year, and mark it so that no pull reads it again. Returns how many rows."""
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
