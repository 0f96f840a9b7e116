"""What is doubtful about a parameter table, before it decides anything. Works on damaged tables as well."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import combinations, pairwise

from attrs import frozen

from magister_connect.crosswalk.links import Period, require_day
from magister_connect.crosswalk.parameters import Enrolment, ParameterRow, ParameterTable
from magister_connect.crosswalk.successors import Successors
from magister_connect.crosswalk.text_tables import TextTable
from magister_connect.errors import DocumentInvalid, FieldInvalid
from magister_connect.identifiers import Crebo, Elementcode, Keuzedeel

__all__ = ["LintCode", "LintFinding", "lint_parameters"]


class LintCode(StrEnum):
    """What a finding is about."""

    DAMAGED = "damaged by a spreadsheet"
    KEUZEDEEL = "keuzedeel in the column crebo"
    MALFORMED = "no crebo"
    INVALID = "row that cannot be read"
    UNKNOWN = "crebo that is not in the register"
    EXPIRED = "crebo that expired and is in use"
    NEVER_HIT = "row that no enrolment hits"
    GAP = "days without a row"
    OVERLAP = "days with two rows"
    SUCCESSOR = "successor without a row"
    UNDECIDED = "rows that leave a choice undecided"


@frozen
class LintFinding:
    """One doubt: what it is about, on which line, and in words."""

    code: LintCode
    line: int | None
    text: str


def lint_parameters(
    table: TextTable,
    *,
    as_of: dt.date,
    register: Mapping[Crebo, Period] | None = None,
    successors: Successors | None = None,
    enrolments: Iterable[Enrolment] | None = None,
    inclusive_until: bool = False,
) -> tuple[LintFinding, ...]:
    """All doubts about a table, by line.

    ``register`` is the official list with the period of each crebo, ``successors`` what took their place, and
    ``enrolments`` those that are active on ``as_of``: what is not given is not checked.
    """
    require_day(as_of, "as_of")
    findings = list(_damage(table))
    sound, unreadable = _sound_rows(table, findings, inclusive=inclusive_until)
    findings += unreadable
    findings += _rivals(sound)
    findings += _gaps_and_overlaps(sound)
    used = tuple(enrolments or ())
    if enrolments is not None:
        findings += _never_hit(sound, used, as_of)
    if register is not None:
        findings += _against_register(sound, register, used, as_of)
    if successors is not None:
        findings += _missing_successors(sound, successors, as_of)
    return tuple(sorted(findings, key=lambda finding: (finding.line or 0, finding.code, finding.text)))


def _damage(table: TextTable) -> Iterator[LintFinding]:
    for row in table:
        if (found := _what_is_wrong(row.get("crebo").strip())) is not None:
            yield LintFinding(found, row.line, f"column crebo: {found}")


def _what_is_wrong(text: str) -> LintCode | None:
    if not text or Crebo.is_valid(text) or Elementcode.is_valid(text):
        return None
    if Keuzedeel.is_valid(text):
        return LintCode.KEUZEDEEL
    whole, mark, rest = text.replace(",", ".").partition(".")
    is_number = whole.isascii() and whole.isdigit()
    if is_number and ((mark and not rest.strip("0")) or len(whole) < 4):
        return LintCode.DAMAGED
    return LintCode.MALFORMED


def _sound_rows(
    table: TextTable, damaged: Iterable[LintFinding], *, inclusive: bool
) -> tuple[list[ParameterRow], list[LintFinding]]:
    lines = {finding.line for finding in damaged}
    sound: list[ParameterRow] = []
    unreadable: list[LintFinding] = []
    for row in table:
        if row.line in lines:
            continue
        try:
            sound += ParameterTable.from_text(TextTable(table.columns, (row,)), inclusive_until=inclusive).rows
        except (DocumentInvalid, FieldInvalid) as error:
            column = f"column {error.where}: " if error.where else ""
            unreadable.append(LintFinding(LintCode.INVALID, row.line, f"{column}{error.what}"))
    return sound, unreadable


def _rivals(rows: Iterable[ParameterRow]) -> Iterator[LintFinding]:
    for first, second in combinations(rows, 2):
        if first.rivals(second):
            yield LintFinding(LintCode.UNDECIDED, second.line, f"as good as row {first.line}")


def _gaps_and_overlaps(rows: Iterable[ParameterRow]) -> Iterator[LintFinding]:
    groups: defaultdict[tuple[str, ...], list[ParameterRow]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.key.values())].append(row)
    for group in groups.values():
        ordered = sorted(group, key=lambda row: (row.period.begin or dt.date.min, row.line))
        for first, second in pairwise(ordered):
            if first.period.overlaps(second.period):
                yield LintFinding(LintCode.OVERLAP, second.line, f"overlaps with row {first.line}")
            elif first.period.end != second.period.begin:
                yield LintFinding(LintCode.GAP, second.line, f"days are missing between row {first.line} and this one")


def _never_hit(rows: list[ParameterRow], enrolments: Iterable[Enrolment], as_of: dt.date) -> Iterator[LintFinding]:
    hit: set[int] = set()
    for enrolment in enrolments:
        fitting = [row for row in rows if as_of in row.period and row.misfit(enrolment) is None]
        if fitting:
            hit.add(max(fitting, key=lambda row: row.rank).line)
    for row in rows:
        if as_of in row.period and row.line not in hit:
            yield LintFinding(LintCode.NEVER_HIT, row.line, "no active enrolment is decided by this row")


def _against_register(
    rows: Iterable[ParameterRow], register: Mapping[Crebo, Period], used: Iterable[Enrolment], as_of: dt.date
) -> Iterator[LintFinding]:
    in_use = {enrolment.crebo for enrolment in used}
    for row in rows:
        text = row.key["crebo"]
        if not Crebo.is_valid(text):
            continue
        period = register.get(Crebo(text))
        if period is None:
            yield LintFinding(LintCode.UNKNOWN, row.line, f"crebo {text} is not in the register")
        elif as_of not in period and text in in_use:
            yield LintFinding(LintCode.EXPIRED, row.line, f"crebo {text} is over or not begun, and enrolments have it")


def _missing_successors(rows: Iterable[ParameterRow], successors: Successors, as_of: dt.date) -> Iterator[LintFinding]:
    there = {row.key["crebo"]: row.line for row in rows}
    for text, line in there.items():
        if not Crebo.is_valid(text):
            continue
        for succession in successors.after(Crebo(text), as_of):
            if str(succession.new) not in there:
                yield LintFinding(LintCode.SUCCESSOR, line, f"crebo {succession.new} took the place of {text}")
