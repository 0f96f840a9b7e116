"""A code table: the codes, the periods in which each is valid, and what replaced what."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Generic, TypeVar

from attrs import field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.records.unreadable import Unreadable
from magister_connect.crosswalk import Period, Standing, Succession, Successors, standing_of
from magister_connect.crosswalk.links import require_day
from magister_connect.errors import MappingError, Reason, Responsible
from magister_connect.identifiers import Identifier

C = TypeVar("C", bound=Identifier)


@frozen
class CodeRow(PlainData):
    """One row: a code, its period, its name, and all original cells. ``line`` is its line in the file."""

    code: Identifier
    period: Period
    title: str = ""
    line: int | None = None
    cells: Mapping[str, str] = field(factory=FrozenDict, repr=False)


class CodeTable(SafeRepr, Mapping[C, tuple[Period, ...]], Generic[C]):
    """Codes and their periods of validity, merged if they touch. Use it as a ``Register`` for parameter tables.

    ``rows`` are all rows as they were read. ``unreadable`` are rows that could not be read. ``others`` is the number of
    rows with another kind of code. ``successions`` state what replaced what. Raises :class:`MappingError`
    (``conflict``) if they form a cycle.
    """

    def __init__(
        self,
        rows: Iterable[CodeRow],
        *,
        kind: type[C],
        successions: Iterable[Succession] = (),
        unreadable: Iterable[Unreadable] = (),
        others: int = 0,
        name: str = "",
    ) -> None:
        self.rows = tuple(rows)
        self.kind = kind
        self.name = name
        self.unreadable = tuple(unreadable)
        self.others = others
        self.successors = Successors(successions)
        self._rows_of: defaultdict[Identifier, list[CodeRow]] = defaultdict(list)
        for row in self.rows:
            self._rows_of[row.code].append(row)
        self._periods = {code: _joined(row.period for row in found) for code, found in self._rows_of.items()}

    def __getitem__(self, code: C) -> tuple[Period, ...]:
        return self._periods[code]

    def __iter__(self) -> Iterator[C]:
        return (code for code in self._periods if isinstance(code, self.kind))

    def __len__(self) -> int:
        return len(self._periods)

    def __repr__(self) -> str:
        return f"<CodeTable {self.name or self.kind.kind}: {len(self)} codes in {len(self.rows)} rows>"

    def rows_of(self, code: C) -> tuple[CodeRow, ...]:
        """Return all rows of a code, in file order."""
        return tuple(self._rows_of.get(code, ()))

    def row(self, code: C, *, as_of: dt.date) -> CodeRow:
        """Return the row of a code that is valid on a day.

        Raises :class:`MappingError` with the reason: ``unknown``, ``expired``, ``not_yet_valid``, or ``ambiguous`` if
        two rows are valid.
        """
        standing = self.standing(code, as_of=as_of)
        holding = [row for row in self._rows_of.get(code, ()) if as_of in row.period]
        if len(holding) == 1:
            return holding[0]
        lines = ", ".join(str(row.line) for row in holding)
        raise MappingError(
            f"{len(holding)} rows of {code.kind} {code} are valid on {as_of}: {lines}" if holding else f"{standing}",
            where=self.name or self.kind.kind,
            responsible=Responsible.SENDER if holding else Responsible.YOU,
            advice="Report the rows that overlap; rows_of(code) lists them."
            if holding
            else "Check the code and as_of.",
        ).because(Reason.AMBIGUOUS if holding else standing.reason or Reason.UNKNOWN)

    def standing(self, code: C, *, as_of: dt.date) -> Standing:
        """Return whether a code is known and valid on a day, and until when."""
        require_day(as_of, "as_of")
        return standing_of(code, self, as_of)

    @property
    def overlaps(self) -> tuple[tuple[CodeRow, CodeRow], ...]:
        """Return pairs of rows of one code that are valid on the same day.

        The cause is an error of the publisher, or a wrong ``inclusive``.
        """
        return tuple(
            (first, second)
            for rows in self._rows_of.values()
            for first, second in pairwise(sorted(rows, key=lambda row: row.period.begin or dt.date.min))
            if first.period.overlaps(second.period)
        )

    def with_successions(self, successions: Iterable[Succession]) -> CodeTable[C]:
        """Return this table with more successions, such as those of a crebokoppeltabel."""
        return CodeTable(
            self.rows,
            kind=self.kind,
            successions=(*self.successors.successions, *successions),
            unreadable=self.unreadable,
            others=self.others,
            name=self.name,
        )


def _joined(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Merge periods that overlap or touch."""
    joined: list[Period] = []
    for period in sorted(periods, key=lambda each: each.begin or dt.date.min):
        last = joined[-1] if joined else None
        if last is None or (last.end is not None and period.begin is not None and last.end < period.begin):
            joined.append(period)
        elif last.end is not None and (period.end is None or last.end < period.end):
            joined[-1] = Period(last.begin, period.end)
    return tuple(joined)
