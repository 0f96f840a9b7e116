"""What is wrong with a set of links before anyone asks: duplicates and contradictions. Nothing is ever dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import combinations

from attrs import frozen

from magister_connect.crosswalk.links import Link, family
from magister_connect.errors import UsageError
from magister_connect.identifiers import Identifier

__all__ = ["Cardinality", "Conflict", "ConflictKind", "find_conflicts"]


class Cardinality(StrEnum):
    """How many identifiers of one side may belong to one of the other side, at one moment."""

    ONE_TO_ONE = "1:1"
    ONE_TO_MANY = "1:n"
    MANY_TO_ONE = "n:1"
    MANY_TO_MANY = "n:m"

    @classmethod
    def named(cls, name: str) -> Cardinality:
        """The cardinality of this name; raises :class:`UsageError` that lists what there is."""
        if name not in set(cls):
            raise UsageError(
                "There is no such cardinality", where="cardinality", advice=f"It is one of {', '.join(cls)}."
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
    """What two links have against each other."""

    DUPLICATE = "duplicate"
    TWO_RIGHTS = "one left, two rights"
    TWO_LEFTS = "one right, two lefts"


@frozen
class Conflict:
    """Two links that cannot both stand, or that say the same twice."""

    kind: ConflictKind
    links: tuple[Link, Link]


def find_conflicts(links: Iterable[Link], cardinality: Cardinality) -> tuple[Conflict, ...]:
    """Duplicates, and what contradicts the cardinality, at moments and locations that the links share."""
    everything = tuple(links)
    found = list(_duplicates(everything))
    if cardinality.one_right:
        found += _contradictions(everything, lambda link: (link.left, link.right), ConflictKind.TWO_RIGHTS)
    if cardinality.one_left:
        found += _contradictions(everything, lambda link: (link.right, link.left), ConflictKind.TWO_LEFTS)
    return tuple(found)


def _meet(first: Link, second: Link) -> bool:
    return first.period.overlaps(second.period) and (
        first.location is None or second.location is None or first.location == second.location
    )


def _duplicates(links: Iterable[Link]) -> Iterator[Conflict]:
    groups: defaultdict[tuple[Identifier, Identifier, str], list[Link]] = defaultdict(list)
    for link in links:
        groups[link.left, link.right, link.source].append(link)
    for group in groups.values():
        for pair in combinations(group, 2):
            if _meet(*pair):
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
            if sides(pair[0])[1] != sides(pair[1])[1] and _meet(*pair):
                yield Conflict(kind, pair)
