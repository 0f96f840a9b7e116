"""What is asked of a crosswalk, and why a link is no answer to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from attrs import frozen

from magister_connect.crosswalk.answers import Match
from magister_connect.crosswalk.links import Link
from magister_connect.errors import Reason
from magister_connect.identifiers import Identifier, Scoped

__all__ = ["Question", "most_telling"]

_MOST_TELLING_FIRST: Final = (
    Reason.SUPERSEDED,
    Reason.EXPIRED,
    Reason.NOT_YET_VALID,
    Reason.WRONG_SCOPE,
    Reason.UNKNOWN,
)


@frozen
class Question:
    """The kind that is wanted, on which day (``None``: whenever), in which scope and at which location."""

    to: type[Identifier]
    as_of: dt.date | None
    scope: str | None = None
    location: str | None = None
    least_confidence: float = 0.0

    def objection(self, match: Match, link: Link | None) -> Reason | None:
        """Why this match is no answer, or nothing; ``link`` is the last one on the way, where there is one."""
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
    """The one of several reasons that says most about what to do."""
    given = set(reasons)
    return next(reason for reason in _MOST_TELLING_FIRST if reason in given)
