"""Reports on many questions: counts and masked examples, safe to send outside the school.

No report contains a number. Examples are tags, and counts below a threshold can be suppressed.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.core.html import page, table
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.tables.spreadsheets import harmless
from magister_connect.crosswalk.answers import ADVICE, Ambiguous, Answer, Match, NoMatch
from magister_connect.errors import Reason

MATCHED: Final = "matched"
MISSING: Final = "missing"
EXAMPLES: Final = 3


def _frozen(counts: Mapping[str, int]) -> Mapping[str, int]:
    return FrozenDict(dict(sorted(counts.items())))


def outcome_of(answer: Answer) -> str:
    """Return ``matched`` or the reason."""
    return MATCHED if isinstance(answer, Match) else str(answer.reason)


def advice_for(name: str) -> str:
    """Return what to do for an outcome; empty for a match."""
    return ADVICE[Reason(name)] if name in set(Reason) else ""


@frozen
class ResolutionReport(SafeRepr):
    """How many were matched, and how many were not and why, with up to three masked examples of each reason."""

    counts: Mapping[str, int] = field(converter=_frozen)
    examples: Mapping[str, tuple[str, ...]] = field(factory=lambda: FrozenDict({}))

    @property
    def total(self) -> int:
        """The number of questions."""
        return sum(self.counts.values())

    @property
    def unmatched(self) -> int:
        """The number without a single match. Missing values are not errors and do not count."""
        return self.total - self.counts.get(MATCHED, 0) - self.counts.get(MISSING, 0)

    @property
    def exit_code(self) -> int:
        """The exit code for a command: 0 if everything matched, otherwise 1."""
        return 1 if self.unmatched else 0

    def rows(self, *, suppress_below: int = 0) -> Iterator[tuple[str, str, str]]:
        """Yield outcome, count and advice. Counts from 1 to below ``suppress_below`` are written as ``<n``."""
        for name, count in self.counts.items():
            shown = f"<{suppress_below}" if 0 < count < suppress_below else str(count)
            yield name, shown, advice_for(name)

    def to_csv(self, *, suppress_below: int = 0) -> str:
        """Return the rows as CSV with a header."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            [
                ("outcome", "count", "advice"),
                *(map(harmless, row) for row in self.rows(suppress_below=suppress_below)),
            ]
        )
        return text.getvalue()

    def to_dict(self, *, reveal: bool = False, suppress_below: int = 0) -> dict[str, object]:  # noqa: ARG002 - names nobody
        """Return the rows as plain data, under ``outcomes``."""
        rows = self.rows(suppress_below=suppress_below)
        return {"outcomes": [{"outcome": name, "count": count, "advice": advice} for name, count, advice in rows]}

    def to_json(self, *, reveal: bool = False, suppress_below: int = 0) -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(reveal=reveal, suppress_below=suppress_below))

    def to_html(self, *, suppress_below: int = 0) -> str:
        """Return a complete HTML page, with the rows as a table."""
        return page("Matched and not matched", "<h1>Matched and not matched</h1>", self._table(suppress_below))

    def __str__(self) -> str:
        return "\n".join(f"{name}: {count}" for name, count in self.counts.items())

    def _repr_html_(self) -> str:
        return self._table(sortable=False)

    def _table(self, suppress_below: int = 0, *, sortable: bool = True) -> str:
        rows = self.rows(suppress_below=suppress_below)
        return table(("outcome", "count", "advice"), rows, sortable=sortable)


@frozen
class Resolved(PlainData):
    """The answers, in the order of the questions."""

    answers: tuple[Answer, ...] = field(repr=False)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def matches(self) -> tuple[Match, ...]:
        """The matches."""
        return tuple(answer for answer in self.answers if isinstance(answer, Match))

    @property
    def unmatched(self) -> tuple[NoMatch | Ambiguous, ...]:
        """The answers without a match, each with its reason."""
        return tuple(answer for answer in self.answers if not isinstance(answer, Match))

    @property
    def report(self) -> ResolutionReport:
        """Return counts by outcome, with masked examples of what was not matched."""
        examples: dict[str, tuple[str, ...]] = {}
        for answer in self.unmatched:
            shown = examples.get(outcome_of(answer), ())
            examples[outcome_of(answer)] = (*shown, repr(answer.identifier))[:EXAMPLES]
        return ResolutionReport(Counter(map(outcome_of, self.answers)), FrozenDict(examples))
