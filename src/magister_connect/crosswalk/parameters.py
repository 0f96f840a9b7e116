"""Parameter tables: from a crebo, and what else is known of an enrolment, to the codes of a platform.

A crebo alone decides nothing: every administration that is known has several programmes for one crebo (documented:
EduArte). So a row may also name leerweg, niveau, leerjaar, locatie and cohort; an empty field is a wildcard. The most
specific row wins; between equally specific ones the priority decides; what is still undecided is an error when the
table is loaded, and never when a pupil is looked up. The form of such a table is inferred from those of test
suppliers; no public definition of the term is known.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Final

from attrs import field, frozen

from magister_connect.core.boundary import file_boundary
from magister_connect.core.frozen import FrozenDict
from magister_connect.core.serialization import PlainData
from magister_connect.core.text_tables import TextRow, TextTable, read_text_table
from magister_connect.core.values import to_integer, to_optional_day
from magister_connect.crosswalk.links import ALWAYS, Period, require_day
from magister_connect.crosswalk.successors import Successors
from magister_connect.errors import DocumentInvalid, FieldInvalid, MappingError, Reason, Responsible, UsageError
from magister_connect.identifiers import Crebo, Elementcode, Keuzedeel, programme_code

KEYS: Final = ("crebo", "leerweg", "niveau", "leerjaar", "locatie", "cohort")
"""The fields of the key, in the order in which they are told."""
_FROM: Final = ("valid_from", "geldig_van")
_UNTIL: Final = ("valid_until", "geldig_tot")
_PRIORITY: Final = ("priority", "prioriteit")
_OTHERS: Final = (*_FROM, *_UNTIL, *_PRIORITY)


@frozen
class Enrolment(PlainData):
    """What is known of an enrolment when its parameters are looked up; what is not known stays empty."""

    crebo: str = ""
    leerweg: str = ""
    niveau: str = ""
    leerjaar: str = ""
    locatie: str = ""
    cohort: str = ""

    def __attrs_post_init__(self) -> None:
        for name in KEYS:
            if not isinstance(getattr(self, name), str):
                raise UsageError(
                    "What is known of an enrolment is text",
                    where=f"Enrolment.{name}",
                    advice="A number has lost its zeros, and fits no row: give the text as it stands in its source.",
                )


@frozen
class ParameterRow(PlainData):
    """One row: what it asks for, when it holds, and what it gives. ``line`` is where it stands in its file."""

    line: int
    key: Mapping[str, str]
    values: Mapping[str, str]
    period: Period = ALWAYS
    priority: int = 0

    @property
    def specificity(self) -> int:
        """How many fields of the key are filled."""
        return sum(map(bool, self.key.values()))

    @property
    def rank(self) -> tuple[int, int]:
        """What decides between rows that fit: specificity, then priority."""
        return self.specificity, self.priority

    def misfit(self, enrolment: Enrolment) -> str | None:
        """The first field in which the row asks for something else, or nothing."""
        return next((name for name, wanted in self.key.items() if wanted and wanted != getattr(enrolment, name)), None)

    def rivals(self, other: ParameterRow) -> bool:
        """Whether some enrolment on some day would be left undecided between the two."""
        together = all(not a or not b or a == b for a, b in zip(self.key.values(), other.key.values(), strict=True))
        return together and self.rank == other.rank and self.period.overlaps(other.period)


@frozen
class RowVerdict(PlainData):
    """What became of one row in one decision."""

    row: ParameterRow
    fits: bool
    why: str


@frozen
class Explanation(PlainData):
    """How a decision came about: the row that won, and the verdict on every row of the table."""

    winner: ParameterRow | None
    verdicts: tuple[RowVerdict, ...] = field(repr=False)

    def __str__(self) -> str:
        if self.winner is None:
            head = "no row fits"
        else:
            head = f"row {self.winner.line} won: specificity {self.winner.specificity}, priority {self.winner.priority}"
        return "\n".join([head, *(f"row {verdict.row.line}: {verdict.why}" for verdict in self.verdicts)])


class ParameterTable:
    """Rows from which one is chosen. Raises :class:`DocumentInvalid` where two rows leave a choice undecided."""

    def __init__(self, rows: Iterable[ParameterRow], *, columns: Sequence[str] = ()) -> None:
        self.rows = tuple(rows)
        self.columns = tuple(columns) or tuple(dict.fromkeys(name for row in self.rows for name in row.values))
        self._by_crebo: defaultdict[str, list[ParameterRow]] = defaultdict(list)
        for row in self.rows:
            self._by_crebo[row.key["crebo"]].append(row)
        self._refuse_rivals()

    @classmethod
    @file_boundary.around
    def read(
        cls,
        source: str | os.PathLike[str] | bytes,
        *,
        inclusive_until: bool = False,
        delimiter: str | None = None,
        encoding: str | None = None,
    ) -> ParameterTable:
        """From CSV or spreadsheet text (path or bytes); ``delimiter`` and ``encoding`` as in :func:`read_text_table`.

        Columns named after :data:`KEYS`, ``valid_from``, ``valid_until`` and ``priority`` (or ``geldig_van``,
        ``geldig_tot`` and ``prioriteit``) are the key; all others are values. Dates are ``2025-08-01`` or ``1-8-2025``;
        ``valid_until`` is the first day on which the row no longer holds, or with ``inclusive_until`` the last day on
        which it does. Raises :class:`DocumentInvalid` with the line.
        """
        table = read_text_table(source, delimiter=delimiter, encoding=encoding)
        return cls.from_text(table, inclusive_until=inclusive_until)

    @classmethod
    def from_text(cls, table: TextTable, *, inclusive_until: bool = False) -> ParameterTable:
        """From a table of text; see :meth:`read`."""
        if "crebo" not in table.columns:
            advice = f"The key has the columns {', '.join(KEYS)}, of which only crebo is needed."
            raise DocumentInvalid("A column crebo is needed", line=1, advice=advice)
        columns = tuple(name for name in table.columns if name not in (*KEYS, *_OTHERS))
        return cls((_row(row, columns, inclusive=inclusive_until) for row in table), columns=columns)

    def __repr__(self) -> str:
        return f"<ParameterTable: {len(self.rows)} rows that give {', '.join(self.columns) or 'nothing'}>"

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ParameterRow]:
        return iter(self.rows)

    def candidates(self, crebo: str) -> Iterator[ParameterRow]:
        """The rows for a crebo, and those for any crebo."""
        yield from self._by_crebo.get(crebo, ())
        if crebo:
            yield from self._by_crebo.get("", ())

    def find(self, enrolment: Enrolment, *, as_of: dt.date) -> ParameterRow | None:
        """The row that wins for an enrolment on a day, or nothing."""
        require_day(as_of, "as_of")
        fitting = (
            row for row in self.candidates(enrolment.crebo) if as_of in row.period and row.misfit(enrolment) is None
        )
        return max(fitting, key=lambda row: row.rank, default=None)

    def value(self, enrolment: Enrolment, column: str, *, as_of: dt.date) -> str:
        """One value of the row that wins; raises :class:`MappingError` (``unknown``) where none does."""
        if (row := self.find(enrolment, as_of=as_of)) is None:
            raise MappingError(
                "No row of the parameter table fits",
                where=f"crebo {enrolment.crebo or '(none)'}",
                responsible=Responsible.SCHOOL,
                advice="Have a row added for it; explain() tells what each row asks for.",
            ).because(Reason.UNKNOWN)
        self._require_column(column)
        return row.values[column]

    def explain(self, enrolment: Enrolment, *, as_of: dt.date) -> Explanation:
        """Why :meth:`find` decides as it does: one verdict for each row."""
        winner = self.find(enrolment, as_of=as_of)
        return Explanation(winner, tuple(_verdict(row, winner, enrolment, as_of) for row in self.rows))

    def programmes(self, column: str, *, as_of: dt.date) -> Mapping[str, frozenset[str]]:
        """The reverse: for each value of a column the crebos that lead to it; more than one deserves a look.

        Raises :class:`UsageError` for a column that the table does not give.
        """
        require_day(as_of, "as_of")
        self._require_column(column)
        found: defaultdict[str, set[str]] = defaultdict(set)
        for row in self.rows:
            if as_of in row.period and row.key["crebo"]:
                found[row.values[column]].add(row.key["crebo"])
        return FrozenDict({value: frozenset(crebos) for value, crebos in found.items()})

    def _require_column(self, column: str) -> None:
        if column not in self.columns:
            advice = f"It gives {', '.join(self.columns) or 'nothing'}."
            raise UsageError("The parameter table has no such column", where=column, advice=advice)

    def _refuse_rivals(self) -> None:
        wild = self._by_crebo.get("", [])
        for crebo, rows in self._by_crebo.items():
            for first, second in combinations(rows if not crebo else [*rows, *wild], 2):
                if first.rivals(second):
                    earlier, later = sorted((first.line, second.line))
                    raise DocumentInvalid(
                        f"Rows {earlier} and {later} leave a choice undecided",
                        line=later,
                        advice="Fill another field of the key, part their periods, or give one of them a priority.",
                    )


def _verdict(row: ParameterRow, winner: ParameterRow | None, enrolment: Enrolment, as_of: dt.date) -> RowVerdict:
    if (name := row.misfit(enrolment)) is not None:
        return RowVerdict(row, fits=False, why=f"asks for another {name}")
    if as_of not in row.period:
        return RowVerdict(row, fits=False, why="does not hold on this day")
    if row is winner:
        return RowVerdict(row, fits=True, why=f"wins with specificity {row.specificity} and priority {row.priority}")
    return RowVerdict(row, fits=True, why=f"fits, with less: specificity {row.specificity} and priority {row.priority}")


def _row(row: TextRow, columns: Sequence[str], *, inclusive: bool) -> ParameterRow:
    key = {name: row.get(name).strip() for name in KEYS}
    if key["crebo"]:
        key["crebo"] = _code(key["crebo"], row.line)
    begin, end = _day(row, _FROM), _day(row, _UNTIL)
    if begin is not None and end is not None and (end < begin or (end == begin and not inclusive)):
        advice = "Look at both dates: the day in the last one no longer counts, unless inclusive_until=True is told."
        raise DocumentInvalid("The row ends before it begins", line=row.line, advice=advice)
    return ParameterRow(
        row.line,
        FrozenDict(key),
        FrozenDict({name: row[name] for name in columns}),
        Period.through(begin, end) if inclusive else Period(begin, end),
        _priority(row),
    )


def _code(text: str, line: int) -> str:
    try:
        code = programme_code(text, lenient=True)
    except MappingError:
        raise DocumentInvalid(
            "The crebo is damaged: five digits were expected, or four for vo",
            line=line,
            advice="Format the column as text before you open the file in a spreadsheet.",
        ) from None
    if not isinstance(code, (Crebo, Elementcode)):
        raise DocumentInvalid(
            f"A {'keuzedeel' if isinstance(code, Keuzedeel) else 'unit'} stands in the column crebo",
            line=line,
            advice="Name the crebo of the qualification; keuzedelen and units have a table of their own.",
        )
    return str(code)


def _either(row: TextRow, columns: Sequence[str]) -> str:
    return next((text for column in columns if (text := row.get(column).strip())), "")


def _day(row: TextRow, columns: Sequence[str]) -> dt.date | None:
    try:
        return to_optional_day(_either(row, columns), columns[0])
    except FieldInvalid as error:
        what = error.what
    raise _unreadable(row, columns, what, "Write it as 2025-08-01 or 1-8-2025.")


def _priority(row: TextRow) -> int:
    try:
        return to_integer(_either(row, _PRIORITY) or "0", _PRIORITY[0])
    except FieldInvalid:
        pass
    raise _unreadable(row, _PRIORITY, "A whole number was expected", "The highest priority wins; nothing means 0.")


def _unreadable(row: TextRow, columns: Sequence[str], what: str, advice: str) -> DocumentInvalid:
    where = next((column for column in columns if row.get(column).strip()), columns[0])
    return DocumentInvalid(what, where=where, line=row.line, advice=advice)


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
class LintFinding(PlainData):
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
