"""The two tables that an administrator keeps: whose a personal number is, and which programme a crebo stands for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from magister_connect.core.values import to_date
from magister_connect.crosswalk import Crosswalk, Link, ParameterTable, Period, TextRow, read_text_table
from magister_connect.errors import DocumentInvalid, MappingError
from magister_connect.identifiers import Pgn, Stamnummer


def read_numbers(path: Path, *, scope: str) -> Crosswalk:
    """Personal number to stamnummer: CSV with ``pgn;stamnummer;geldig_van;geldig_tot``.

    ``scope`` names the school, inside which a stamnummer is unique; ``geldig_tot`` is the first day on which a line no
    longer holds. Raises :class:`DocumentInvalid` with the line for a damaged number: nothing is guessed.
    """
    table = read_text_table(path)
    if missing := {"pgn", "stamnummer"} - set(table.columns):
        raise DocumentInvalid(f"Columns are missing: {', '.join(sorted(missing))}", where=path.name, line=1)
    return Crosswalk([_link(row, path.name, scope) for row in table], cardinality="n:1")


def read_programmes(path: Path) -> ParameterTable:
    """Crebo to the platform's programme: CSV with ``crebo;leerweg;valid_from;valid_until;opleiding;platformcode``."""
    table = ParameterTable.read(path)
    if "platformcode" not in table.columns:
        raise DocumentInvalid("A column is missing: platformcode", where=path.name, line=1)
    return table


def _link(row: TextRow, name: str, scope: str) -> Link:
    try:
        number, stamnummer = Pgn.parse(row["pgn"]), Stamnummer.parse(row["stamnummer"], scope=scope)
    except MappingError as error:
        what = error.what
    else:
        return Link(number, stamnummer, Period(_day(row, "geldig_van"), _day(row, "geldig_tot")), source=name)
    raise DocumentInvalid(what, where=name, line=row.line)


def _day(row: TextRow, column: str) -> dt.date | None:
    text = row.get(column).strip()
    return to_date(text, f"line {row.line}/{column}", day_first=True) if text else None
