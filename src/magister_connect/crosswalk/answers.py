"""The answers of a crosswalk: a match, no match with a reason from a fixed list, or several candidates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NoReturn, TypeAlias

from attrs import field, frozen

from magister_connect.core.records.serialization import PlainData
from magister_connect.crosswalk.links import Link, Succession
from magister_connect.errors import MappingError, Responsible
from magister_connect.errors import Reason as Reason
from magister_connect.identifiers import Identifier, Scoped

ADVICE: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.MALFORMED: "Check the column: a number without its leading zeros or with a decimal point is damaged.",
        Reason.CHECKSUM: "A digit is wrong. Correct it where it was typed in.",
        Reason.UNKNOWN: "Set the record aside, and try again when the other side has the person.",
        Reason.EXPIRED: "Ask with the date of the event instead of today, or have the period corrected.",
        Reason.NOT_YET_VALID: "Ask again on or after the first day.",
        Reason.AMBIGUOUS: "Pass the location or the scope, or let a person decide and store the decision as a link.",
        Reason.CONFLICT: "Two sources contradict each other: have one of them corrected.",
        Reason.WRONG_SCOPE: "The number is known in another administration: check which one the record comes from.",
        Reason.SUPERSEDED: "Another number replaced this one only in part: let a person decide.",
    }
)
"""What to do for each reason."""

_RESPONSIBLE: Final = MappingProxyType({Reason.UNKNOWN: Responsible.NOBODY, Reason.NOT_YET_VALID: Responsible.NOBODY})


def _raise(identifier: Identifier, reason: Reason, what: str) -> NoReturn:
    responsible = _RESPONSIBLE.get(reason, Responsible.SCHOOL)
    raise MappingError(what, where=repr(identifier), responsible=responsible, advice=ADVICE[reason]).because(reason)


@frozen
class Match(PlainData):
    """One identifier, and the links and successions that lead to it."""

    identifier: Identifier
    target: Identifier
    links: tuple[Link, ...] = field(default=(), repr=False)
    successions: tuple[Succession, ...] = field(default=(), repr=False)

    @property
    def confidence(self) -> float:
        """The confidence of the weakest link."""
        return min((link.confidence for link in self.links), default=1.0)

    def or_raise(self) -> Identifier:
        """Return the identifier that was found."""
        return self.target


@frozen
class NoMatch(PlainData):
    """No identifier was found, for a reason from the fixed list."""

    identifier: Identifier
    reason: Reason

    @property
    def advice(self) -> str:
        """What to do."""
        return ADVICE[self.reason]

    def or_raise(self) -> NoReturn:
        """Raise :class:`MappingError` with the reason."""
        _raise(self.identifier, self.reason, f"No match: {self.reason}")


@frozen
class Ambiguous(PlainData):
    """Several identifiers are possible, and none is chosen.

    ``reason`` is ``conflict`` if links contradict the cardinality of the crosswalk. It is ``superseded`` if the
    identifier was replaced only in part, and otherwise ``ambiguous``.
    """

    identifier: Identifier
    candidates: tuple[Match, ...]
    reason: Reason = Reason.AMBIGUOUS

    @property
    def advice(self) -> str:
        """What to do."""
        return ADVICE[self.reason]

    def or_raise(self) -> NoReturn:
        """Raise :class:`MappingError` with the reason."""
        _raise(self.identifier, self.reason, f"{len(self.candidates)} candidates: {self.reason}")


Answer: TypeAlias = Match | NoMatch | Ambiguous


_MOST_TELLING_FIRST: Final = (
    Reason.SUPERSEDED,
    Reason.EXPIRED,
    Reason.NOT_YET_VALID,
    Reason.WRONG_SCOPE,
    Reason.UNKNOWN,
)


@frozen
class Question:
    """The requested kind, the day (``None``: any day), the scope and the location."""

    to: type[Identifier]
    as_of: dt.date | None
    scope: str | None = None
    location: str | None = None
    least_confidence: float = 0.0

    def objection(self, match: Match, link: Link | None) -> Reason | None:
        """Return why this match is not an answer, or ``None``.

        ``link`` is the last link that led to it, if there is one.
        """
        if self.scope is not None and isinstance(match.target, Scoped) and match.target.scope != self.scope:
            return Reason.WRONG_SCOPE
        return None if link is None else self._objection_to(link)

    def _objection_to(self, link: Link) -> Reason | None:
        if self.location is not None and link.location not in {None, self.location}:
            return Reason.UNKNOWN
        if self.as_of is not None and link.period.is_before(self.as_of):
            return Reason.EXPIRED
        if self.as_of is not None and link.period.is_after(self.as_of):
            return Reason.NOT_YET_VALID
        return Reason.UNKNOWN if link.confidence < self.least_confidence else None


def most_telling(reasons: Iterable[Reason]) -> Reason:
    """Return the reason that says most about what to do."""
    given = set(reasons)
    return next(reason for reason in _MOST_TELLING_FIRST if reason in given)
