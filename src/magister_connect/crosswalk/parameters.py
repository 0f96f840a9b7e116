"""Parameter tables: from a crebo and other data of an enrolment to the codes of a platform.

A crebo alone is not enough: every known administration has several programmes for one crebo (documented: EduArte). So a
row may also name leerweg, niveau, leerjaar, locatie and cohort. An empty field is a wildcard. The most specific row is
chosen, and then the one with the highest priority. If that does not decide, loading the table raises an error; looking
up a pupil never does. The form of the table is inferred from those of test suppliers. No public definition is known.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from attrs import field, frozen

from magister_connect.core.boundary import file_boundary
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.tables.text_tables import TextRow, TextTable, read_text_table
from magister_connect.core.values import to_integer, to_optional_day
from magister_connect.crosswalk.links import ALWAYS, Period, require_day
from magister_connect.crosswalk.registers import Register, standing_of
from magister_connect.crosswalk.successors import Successors
from magister_connect.errors import DocumentInvalid, FieldInvalid, MappingError, Reason, Responsible, UsageError
from magister_connect.identifiers import Crebo, Elementcode, Keuzedeel, programme_code

KEYS: Final = ("crebo", "leerweg", "niveau", "leerjaar", "locatie", "cohort")
"""The fields of the key, in the order of reports."""
_FROM: Final = ("valid_from", "geldig_van")
_UNTIL: Final = ("valid_until", "geldig_tot")
_PRIORITY: Final = ("priority", "prioriteit")
NOTES: Final = (("finding", "what to do"), ("bevinding", "wat te doen"))
"""Columns for findings, in English and Dutch. They are not values of the table."""
_OTHERS: Final = (*_FROM, *_UNTIL, *_PRIORITY, *NOTES[0], *NOTES[1])


@frozen
class Enrolment(PlainData):
    """The known data of an enrolment when its parameters are looked up. Unknown fields are empty."""

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
                    "The fields of an enrolment are text",
                    where=f"Enrolment.{name}",
                    advice="Pass the text of the source: a number has lost its zeros and matches no row.",
                )


@frozen
class ParameterRow(PlainData):
    """One row: its conditions, its period and its values. ``line`` is its line in the file."""

    line: int
    key: Mapping[str, str]
    values: Mapping[str, str]
    period: Period = ALWAYS
    priority: int = 0

    @property
    def specificity(self) -> int:
        """The number of key fields that are filled."""
        return sum(map(bool, self.key.values()))

    @property
    def rank(self) -> tuple[int, int]:
        """The order between matching rows: specificity, then priority."""
        return self.specificity, self.priority

    def mismatch(self, enrolment: Enrolment) -> str | None:
        """Return the first field with another value than the row requires, or ``None``."""
        return next((name for name, wanted in self.key.items() if wanted and wanted != getattr(enrolment, name)), None)

    def conflicts_with(self, other: ParameterRow) -> bool:
        """Return whether both rows could match the same enrolment on some day, with equal rank."""
        together = all(not a or not b or a == b for a, b in zip(self.key.values(), other.key.values(), strict=True))
        return together and self.rank == other.rank and self.period.overlaps(other.period)


@frozen
class RowVerdict(PlainData):
    """The result for one row in one decision."""

    row: ParameterRow
    fits: bool
    why: str


@frozen
class Explanation(PlainData):
    """Why a row was chosen: that row, and the verdict on every row of the table.

    ``remarks`` are what the register and the successors state about the crebo of the enrolment.
    """

    winner: ParameterRow | None
    verdicts: tuple[RowVerdict, ...] = field(repr=False)
    remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.winner is None:
            head = "no row matches"
        else:
            row = self.winner
            head = f"row {row.line} was chosen: specificity {row.specificity}, priority {row.priority}"
        lines = (f"row {verdict.row.line}: {verdict.why}" for verdict in self.verdicts)
        return "\n".join([head, *lines, *self.remarks])


class ParameterTable(SafeRepr):
    """A table of rows from which one is chosen.

    Raises :class:`DocumentInvalid` if two rows match the same enrolment, and neither takes precedence.
    """

    def __init__(self, rows: Iterable[ParameterRow], *, columns: Sequence[str] = ()) -> None:
        self.rows = tuple(rows)
        self.columns = tuple(columns) or tuple(dict.fromkeys(name for row in self.rows for name in row.values))
        self._by_crebo: defaultdict[str, list[ParameterRow]] = defaultdict(list)
        for row in self.rows:
            self._by_crebo[row.key["crebo"]].append(row)
        self._refuse_conflicts()

    @classmethod
    @file_boundary.around
    def read(
        cls,
        source: str | os.PathLike[str] | bytes,
        *,
        inclusive_until: bool = False,
        delimiter: str | None = None,
        encoding: str | None = None,
        sheet: str | None = None,
        header_line: int = 1,
    ) -> ParameterTable:
        """Read a table from CSV or a workbook (path or bytes).

        The last four arguments are those of :func:`read_text_table`.

        Columns named in :data:`KEYS`, ``valid_from``, ``valid_until`` and ``priority`` (or ``geldig_van``,
        ``geldig_tot`` and ``prioriteit``) are the key. All others except :data:`NOTES` are values. Dates are
        ``2025-08-01`` or ``1-8-2025``. ``valid_until`` is the first day when the row is no longer valid; with
        ``inclusive_until`` it is the last day when it is. Raises :class:`DocumentInvalid` with the line.
        """
        table = read_text_table(source, delimiter=delimiter, encoding=encoding, sheet=sheet, header_line=header_line)
        return cls.from_text(table, inclusive_until=inclusive_until)

    @classmethod
    @file_boundary.around
    def from_text(cls, table: TextTable, *, inclusive_until: bool = False) -> ParameterTable:
        """Build a parameter table from a text table; see :meth:`read`."""
        if "crebo" not in table.columns:
            advice = f"Add it: the key has the columns {', '.join(KEYS)}, and only crebo is required."
            raise DocumentInvalid("The table has no column crebo", line=1, advice=advice)
        columns = tuple(name for name in table.columns if name not in (*KEYS, *_OTHERS))
        return cls((_row(row, columns, inclusive=inclusive_until) for row in table), columns=columns)

    def __repr__(self) -> str:
        return f"<ParameterTable: {len(self.rows)} rows that give {', '.join(self.columns) or 'nothing'}>"

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ParameterRow]:
        return iter(self.rows)

    def candidates(self, crebo: str) -> Iterator[ParameterRow]:
        """Yield the rows for a crebo, and those for any crebo."""
        yield from self._by_crebo.get(crebo, ())
        if crebo:
            yield from self._by_crebo.get("", ())

    def find(self, enrolment: Enrolment, *, as_of: dt.date) -> ParameterRow | None:
        """Return the row for an enrolment on a day, or ``None``."""
        require_day(as_of, "as_of")
        fitting = (
            row for row in self.candidates(enrolment.crebo) if as_of in row.period and row.mismatch(enrolment) is None
        )
        return max(fitting, key=lambda row: row.rank, default=None)

    def value(self, enrolment: Enrolment, column: str, *, as_of: dt.date) -> str:
        """Return one value of the row for an enrolment. Raises :class:`MappingError` (``unknown``) if there is none."""
        if (row := self.find(enrolment, as_of=as_of)) is None:
            raise MappingError(
                "No row of the parameter table matches",
                where=f"crebo {enrolment.crebo or '(none)'}",
                responsible=Responsible.SCHOOL,
                advice="Add a row for it; explain() shows the conditions of each row.",
            ).because(Reason.UNKNOWN)
        self._require_column(column)
        return row.values[column]

    def explain(
        self,
        enrolment: Enrolment,
        *,
        as_of: dt.date,
        register: Register | None = None,
        successors: Successors | None = None,
    ) -> Explanation:
        """Explain the decision of :meth:`find`, with one verdict for each row.

        With a ``register`` the explanation also states whether the crebo is valid on the day. With ``successors`` it
        states what replaced the crebo, and whether the table has a row for that.
        """
        winner = self.find(enrolment, as_of=as_of)
        verdicts = tuple(_verdict(row, winner, enrolment, as_of) for row in self.rows)
        return Explanation(winner, verdicts, tuple(self._remarks(enrolment.crebo, as_of, register, successors)))

    def _remarks(
        self, text: str, as_of: dt.date, register: Register | None, successors: Successors | None
    ) -> Iterator[str]:
        if not Crebo.is_valid(text):
            return
        if register is not None:
            yield str(standing_of(Crebo(text), register, as_of))
        for succession in () if successors is None else successors.after(Crebo(text), as_of):
            lines = ", ".join(str(row.line) for row in self._by_crebo.get(str(succession.new), ()))
            rows = f"and has row {lines}" if lines else "and has no row"
            yield f"crebo {succession.new} replaced it, {rows}"

    def programmes(self, column: str, *, as_of: dt.date) -> Mapping[str, frozenset[str]]:
        """Return the crebos that lead to each value of a column. More than one may be a mistake.

        Raises :class:`UsageError` if the table has no such column of values.
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
            advice = f"Pass one of {', '.join(self.columns) or 'nothing'}."
            raise UsageError("The parameter table has no such column", where=column, advice=advice)

    def _refuse_conflicts(self) -> None:
        wild = self._by_crebo.get("", [])
        for crebo, rows in self._by_crebo.items():
            for first, second in combinations(rows if not crebo else [*rows, *wild], 2):
                if first.conflicts_with(second):
                    earlier, later = sorted((first.line, second.line))
                    raise DocumentInvalid(
                        f"Rows {earlier} and {later} match the same enrolment, and neither takes precedence",
                        line=later,
                        advice="Fill in another key field, separate the periods, or give one row a higher priority.",
                    )


def _verdict(row: ParameterRow, winner: ParameterRow | None, enrolment: Enrolment, as_of: dt.date) -> RowVerdict:
    if (name := row.mismatch(enrolment)) is not None:
        return RowVerdict(row, fits=False, why=f"requires another {name}")
    if as_of not in row.period:
        return RowVerdict(row, fits=False, why="is not valid on this day")
    if row is winner:
        return RowVerdict(row, fits=True, why=f"chosen: specificity {row.specificity} and priority {row.priority}")
    return RowVerdict(
        row, fits=True, why=f"matches, but has a lower rank: specificity {row.specificity} and priority {row.priority}"
    )


def _row(row: TextRow, columns: Sequence[str], *, inclusive: bool) -> ParameterRow:
    key = {name: row.get(name).strip() for name in KEYS}
    if key["crebo"]:
        key["crebo"] = _code(key["crebo"], row.line)
    begin, end = _day(row, _FROM), _day(row, _UNTIL)
    if begin is not None and end is not None and (end < begin or (end == begin and not inclusive)):
        advice = "Check both dates: the last day is not included, unless you pass inclusive_until=True."
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
            f"A {'keuzedeel' if isinstance(code, Keuzedeel) else 'unit'} is in the column crebo",
            line=line,
            advice="Write the crebo of the qualification; keuzedelen and units have their own table.",
        )
    return str(code)


def _first_filled(row: TextRow, columns: Sequence[str]) -> str:
    return next((text for column in columns if (text := row.get(column).strip())), "")


def _day(row: TextRow, columns: Sequence[str]) -> dt.date | None:
    try:
        return to_optional_day(_first_filled(row, columns), columns[0])
    except FieldInvalid as error:
        what = error.what
    raise _unreadable(row, columns, what, "Write it as 2025-08-01 or 1-8-2025.")


def _priority(row: TextRow) -> int:
    try:
        return to_integer(_first_filled(row, _PRIORITY) or "0", _PRIORITY[0])
    except FieldInvalid:
        pass
    raise _unreadable(row, _PRIORITY, "A whole number was expected", "The highest priority wins; nothing means 0.")


def _unreadable(row: TextRow, columns: Sequence[str], what: str, advice: str) -> DocumentInvalid:
    where = next((column for column in columns if row.get(column).strip()), columns[0])
    return DocumentInvalid(what, where=where, line=row.line, advice=advice)
