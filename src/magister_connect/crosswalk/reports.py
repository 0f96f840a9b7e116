"""What came of many questions: counts and masked examples, fit to leave the school.

No report holds a number: examples are tags, and counts below a threshold can be suppressed.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.core.frozen import FrozenDict
from magister_connect.core.half_made import HalfMade
from magister_connect.core.html import page, table
from magister_connect.core.serialization import PlainData
from magister_connect.core.spreadsheets import harmless
from magister_connect.crosswalk.answers import ADVICE, Ambiguous, Answer, Match, NoMatch
from magister_connect.errors import Reason

MATCHED: Final = "matched"
MISSING: Final = "missing"
EXAMPLES: Final = 3


def _frozen(counts: Mapping[str, int]) -> Mapping[str, int]:
    return FrozenDict(dict(sorted(counts.items())))


def outcome_of(answer: Answer) -> str:
    """``matched`` or the reason."""
    return MATCHED if isinstance(answer, Match) else str(answer.reason)


def advice_for(name: str) -> str:
    """What to do about an outcome; nothing for a match."""
    return ADVICE[Reason(name)] if name in set(Reason) else ""


@frozen
class ResolutionReport(HalfMade):
    """How many were matched, and how many not for which reason, with up to three masked examples of each."""

    counts: Mapping[str, int] = field(converter=_frozen)
    examples: Mapping[str, tuple[str, ...]] = field(factory=lambda: FrozenDict({}))

    @property
    def total(self) -> int:
        """How many were asked."""
        return sum(self.counts.values())

    @property
    def unmatched(self) -> int:
        """How many have no single match; a missing value is nobody's mistake and does not count."""
        return self.total - self.counts.get(MATCHED, 0) - self.counts.get(MISSING, 0)

    @property
    def exit_code(self) -> int:
        """0 when everything matched and 1 when not, for a command."""
        return 1 if self.unmatched else 0

    def rows(self, *, suppress_below: int = 0) -> Iterator[tuple[str, str, str]]:
        """Outcome, count and advice; counts from 1 to below ``suppress_below`` are written as ``<n``."""
        for name, count in self.counts.items():
            shown = f"<{suppress_below}" if 0 < count < suppress_below else str(count)
            yield name, shown, advice_for(name)

    def to_csv(self, *, suppress_below: int = 0) -> str:
        """The rows as CSV with a header."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            [
                ("outcome", "count", "advice"),
                *(map(harmless, row) for row in self.rows(suppress_below=suppress_below)),
            ]
        )
        return text.getvalue()

    def to_dict(self, *, reveal: bool = False, suppress_below: int = 0) -> dict[str, object]:  # noqa: ARG002 - names nobody
        """The rows as plain data, under ``outcomes``."""
        rows = self.rows(suppress_below=suppress_below)
        return {"outcomes": [{"outcome": name, "count": count, "advice": advice} for name, count, advice in rows]}

    def to_json(self, *, reveal: bool = False, suppress_below: int = 0) -> str:
        """:meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(reveal=reveal, suppress_below=suppress_below))

    def to_html(self, *, suppress_below: int = 0) -> str:
        """A page that stands by itself, with the rows as a table."""
        return page("Matched and not matched", "<h1>Matched and not matched</h1>", self._table(suppress_below))

    def __str__(self) -> str:
        return "\n".join(f"{name}: {count}" for name, count in self.counts.items())

    def _repr_html_(self) -> str:
        return self._table()

    def _table(self, suppress_below: int = 0) -> str:
        return table(("outcome", "count", "advice"), self.rows(suppress_below=suppress_below))


@frozen
class Resolved(PlainData):
    """The answers in the order of the questions."""

    answers: tuple[Answer, ...] = field(repr=False)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def matches(self) -> tuple[Match, ...]:
        """Those that were found."""
        return tuple(answer for answer in self.answers if isinstance(answer, Match))

    @property
    def unmatched(self) -> tuple[NoMatch | Ambiguous, ...]:
        """Those that were not, each with its reason."""
        return tuple(answer for answer in self.answers if not isinstance(answer, Match))

    @property
    def report(self) -> ResolutionReport:
        """Counts by outcome, with masked examples of what was not matched."""
        examples: dict[str, tuple[str, ...]] = {}
        for answer in self.unmatched:
            shown = examples.get(outcome_of(answer), ())
            examples[outcome_of(answer)] = (*shown, repr(answer.identifier))[:EXAMPLES]
        return ResolutionReport(Counter(map(outcome_of, self.answers)), FrozenDict(examples))
