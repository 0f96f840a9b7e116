"""The two tables that an administrator maintains: personal numbers with stamnummers, and crebos with programmes.

The second is checked with the register of crebos, if there is a file of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from attrs import frozen

from magister_connect.codes import draw_validity, read_sbb_accreditations
from magister_connect.core.values import to_date
from magister_connect.crosswalk import (
    Crosswalk,
    Enrolment,
    Link,
    LintFinding,
    ParameterTable,
    Period,
    TextRow,
    lint_parameters,
    read_text_table,
)
from magister_connect.errors import DocumentInvalid, MappingError
from magister_connect.identifiers import Crebo, Pgn, Stamnummer


@frozen
class ProgrammeCheck:
    """Findings about the table of programmes, and a picture (SVG) of the crebos and their last days."""

    findings: tuple[LintFinding, ...] = ()
    picture: str = ""


def read_numbers(path: Path, *, scope: str) -> Crosswalk:
    """Personal number to stamnummer: CSV with ``pgn;stamnummer;geldig_van;geldig_tot``.

    ``scope`` is the school, in which a stamnummer is unique; ``geldig_tot`` is the first
    day on which a line is no longer valid. Raises :class:`DocumentInvalid` with the line
    for a damaged number: it never guesses.
    """
    table = read_text_table(path)
    if missing := {"pgn", "stamnummer"} - set(table.columns):
        raise DocumentInvalid(
            f"Columns are missing: {', '.join(sorted(missing))}", where=path.name, line=1
        )
    return Crosswalk([_link(row, path.name, scope) for row in table], cardinality="n:1")


def read_programmes(path: Path) -> ParameterTable:
    """Crebo to the platform's programme: CSV with ``crebo;leerweg;valid_from;valid_until;opleiding;platformcode``."""
    table = ParameterTable.read(path)
    if "platformcode" not in table.columns:
        raise DocumentInvalid("A column is missing: platformcode", where=path.name, line=1)
    return table


def check_programmes(
    path: Path,
    register: Path,
    enrolments: Iterable[Enrolment],
    today: dt.date,
    language: str = "en",
) -> ProgrammeCheck:
    """Compare the table with the crebos that SBB publishes (JSON); the school has these enrolments today."""
    table, codes = (
        read_text_table(path),
        read_sbb_accreditations(register, inclusive_until=True),
    )
    findings = lint_parameters(
        table,
        as_of=today,
        register=codes,
        successors=codes.successors,
        enrolments=enrolments,
    )
    used = [
        Crebo(text) for row in table if Crebo.is_valid(text := row.get("crebo").strip())
    ]
    words: Literal["en", "nl"] = "nl" if language == "nl" else "en"
    drawn = draw_validity(
        codes, used, as_of=today, successors=codes.successors, language=words
    )
    return ProgrammeCheck(findings, drawn)


def _link(row: TextRow, name: str, scope: str) -> Link:
    try:
        number, stamnummer = (
            Pgn.parse(row["pgn"]),
            Stamnummer.parse(row["stamnummer"], scope=scope),
        )
    except MappingError as error:
        what = error.what
    else:
        return Link(
            number,
            stamnummer,
            Period(_day(row, "geldig_van"), _day(row, "geldig_tot")),
            source=name,
        )
    raise DocumentInvalid(what, where=name, line=row.line)


def _day(row: TextRow, column: str) -> dt.date | None:
    text = row.get(column).strip()
    return to_date(text, f"line {row.line}/{column}", day_first=True) if text else None
