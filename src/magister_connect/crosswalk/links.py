"""Links between identifiers, and successions of one identifier by another.

All periods here include their first day and exclude the day when they end (half-open, as in RIO). Use
:meth:`Period.through` for sources with "up to and including". Published queries on Magister mix both in one file
(observed), so always choose explicitly.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import combinations
from typing import Final

from attrs import field, frozen

from magister_connect.core.records.serialization import PlainData
from magister_connect.errors import UsageError
from magister_connect.identifiers import Identifier, Pgn


def require_day(day: object, where: str) -> None:
    """Raise :class:`UsageError` unless the value is ``None`` or a ``date``.

    A ``datetime`` cannot be compared with a date.
    """
    if day is not None and (not isinstance(day, dt.date) or isinstance(day, dt.datetime)):
        raise UsageError(
            "A day was expected, as datetime.date",
            where=where,
            advice="Convert a text with date.fromisoformat(text), and a moment with moment.date().",
        )


@frozen
class Period(PlainData):
    """A period from a first day until an end day, which is excluded. ``None`` means open."""

    begin: dt.date | None = None
    end: dt.date | None = None

    def __attrs_post_init__(self) -> None:
        require_day(self.begin, "begin of a period")
        require_day(self.end, "end of a period")
        if self.begin is not None and self.end is not None and self.end <= self.begin:
            raise UsageError(
                "The period does not end after it begins",
                where="Period",
                advice="Use Period.through if the last day is included.",
            )

    @classmethod
    def through(cls, first: dt.date | None, last: dt.date | None) -> Period:
        """Create a period from the first to the last day, both included, as in many sources.

        The last day 9999-12-31 leaves the period open: sources use it for an unknown end.
        """
        if last is None or last == dt.date.max:
            return cls(first, None)
        return cls(first, last + dt.timedelta(days=1))

    def __contains__(self, day: dt.date) -> bool:
        return (self.begin is None or self.begin <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        """Return whether both periods have a day in common."""
        return (self.begin is None or other.end is None or self.begin < other.end) and (
            other.begin is None or self.end is None or other.begin < self.end
        )

    def is_before(self, day: dt.date) -> bool:
        """Return whether the period has ended on this day."""
        return self.end is not None and self.end <= day

    def is_after(self, day: dt.date) -> bool:
        """Return whether the period has not begun on this day."""
        return self.begin is not None and day < self.begin


ALWAYS: Final = Period()
"""The period without beginning and end."""


def _or_none(text: str | None) -> str | None:
    return text or None


@frozen
class Link(PlainData):
    """Two identifiers with the same meaning, for a period.

    - ``source``: where the link comes from, and ``seen_at`` (aware) when it was read.
    - ``confidence``: 1 is certain.
    - ``location``: the site where it is valid.
    - ``decided_by``: who decided, if a person did.
    - ``born``: a birth date, used to notice that a number now belongs to another person. It is never shown.
    """

    left: Identifier
    right: Identifier
    period: Period = ALWAYS
    source: str = ""
    seen_at: dt.datetime | None = None
    confidence: float = 1.0
    location: str | None = field(default=None, converter=_or_none)
    decided_by: str | None = field(default=None, converter=_or_none)
    born: dt.date | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        require_identifiers(self.left, self.right, where="Link")
        if not 0 <= self.confidence <= 1:
            raise UsageError(
                "Confidence must be between 0 and 1",
                where="Link",
                advice="Pass a number from 0 to 1, where 1 is certain.",
            )
        if self.seen_at is not None and self.seen_at.tzinfo is None:
            raise UsageError(
                "The datetime of a link needs a time zone",
                where="Link(seen_at=...)",
                advice="Pass datetime.now(UTC), or add the time zone of the source to the datetime.",
            )

    def other_side(self, identifier: Identifier) -> Identifier:
        """Return what ``identifier`` is linked to. Raises if it is not in this link."""
        if identifier == self.left:
            return self.right
        if identifier == self.right:
            return self.left
        raise UsageError(
            "This identifier is on neither side of the link",
            where=identifier.kind,
            advice="Use the links that Crosswalk.links_of() returns for it.",
        )


@frozen
class Succession(PlainData):
    """One identifier replaced another: an onderwijsnummer by a BSN, or a BRIN by that of the school it merged into.

    ``on`` is the first day of the new one, or ``None`` if unknown. ``complete`` is false if only a part was transferred
    (RIO: gedeeltelijke overgang). The new one is then not an answer for the old one.
    """

    old: Identifier
    new: Identifier
    on: dt.date | None = None
    complete: bool = True
    source: str = ""

    def __attrs_post_init__(self) -> None:
        require_identifiers(self.old, self.new, where="Succession")
        require_day(self.on, "day of a succession")
        if family(self.old) is not family(self.new):
            raise UsageError(
                "A succession needs two identifiers of one kind",
                where=self.old.kind,
                advice="Use a Link for two kinds of identifiers of one person.",
            )


def require_identifiers(*values: object, where: str) -> None:
    """Raise :class:`UsageError` unless each value is an identifier.

    Plain text would be visible wherever the link is shown.
    """
    if not all(isinstance(value, Identifier) for value in values):
        raise UsageError(
            "An identifier was expected", where=where, advice="Make one: Stamnummer.parse(text, scope=...)."
        )


def family(identifier: Identifier) -> type[Identifier]:
    """Return the kind of an identifier. BSN and onderwijsnummer are one kind here."""
    return Pgn if isinstance(identifier, Pgn) else type(identifier)


class Cardinality(StrEnum):
    """How many identifiers on one side may belong to one identifier on the other side, at one moment."""

    ONE_TO_ONE = "1:1"
    ONE_TO_MANY = "1:n"
    MANY_TO_ONE = "n:1"
    MANY_TO_MANY = "n:m"

    @classmethod
    def named(cls, name: str) -> Cardinality:
        """Return the cardinality with this name. Raises :class:`UsageError`, with a list of names, if there is none."""
        if name not in set(cls):
            raise UsageError(
                "This cardinality does not exist", where="cardinality", advice=f"Use one of {', '.join(cls)}."
            )
        return cls(name)

    @property
    def one_right(self) -> bool:
        """Whether a left side has at most one right side of a kind and scope."""
        return self.endswith(":1")

    @property
    def one_left(self) -> bool:
        """Whether a right side has at most one left side of a kind and scope."""
        return self.startswith("1:")


class ConflictKind(StrEnum):
    """How two links contradict or repeat each other."""

    DUPLICATE = "duplicate"
    TWO_RIGHTS = "one left, two rights"
    TWO_LEFTS = "one right, two lefts"


@frozen
class Conflict(PlainData):
    """Two links that cannot both be right, or that are duplicates."""

    kind: ConflictKind
    links: tuple[Link, Link]


def find_conflicts(links: Iterable[Link], cardinality: Cardinality) -> tuple[Conflict, ...]:
    """Find duplicates and contradictions of the cardinality, on days and locations that the links share."""
    everything = tuple(links)
    found = list(_duplicates(everything))
    if cardinality.one_right:
        found += _contradictions(everything, lambda link: (link.left, link.right), ConflictKind.TWO_RIGHTS)
    if cardinality.one_left:
        found += _contradictions(everything, lambda link: (link.right, link.left), ConflictKind.TWO_LEFTS)
    return tuple(found)


def _overlap(first: Link, second: Link) -> bool:
    return first.period.overlaps(second.period) and (
        first.location is None or second.location is None or first.location == second.location
    )


def _duplicates(links: Iterable[Link]) -> Iterator[Conflict]:
    groups: defaultdict[tuple[Identifier, Identifier, str], list[Link]] = defaultdict(list)
    for link in links:
        groups[link.left, link.right, link.source].append(link)
    for group in groups.values():
        for pair in combinations(group, 2):
            if _overlap(*pair):
                yield Conflict(ConflictKind.DUPLICATE, pair)


def _contradictions(
    links: Iterable[Link], sides: Callable[[Link], tuple[Identifier, Identifier]], kind: ConflictKind
) -> Iterator[Conflict]:
    groups: defaultdict[tuple[Identifier, type[Identifier], str], list[Link]] = defaultdict(list)
    for link in links:
        one, other = sides(link)
        groups[one, family(other), other.realm].append(link)
    for group in groups.values():
        for pair in combinations(group, 2):
            if sides(pair[0])[1] != sides(pair[1])[1] and _overlap(*pair):
                yield Conflict(kind, pair)
