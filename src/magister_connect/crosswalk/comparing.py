"""Compare two states of a crosswalk, before you use the new one.

The dangerous change is a number that now belongs to another person. A system that knew the old owner would attach the
data of one person to another. AMN forbids such a change (documented); Magister's rule for stamnummers is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from magister_connect.core.records.serialization import PlainData
from magister_connect.crosswalk.links import Link, family
from magister_connect.crosswalk.table import Crosswalk
from magister_connect.errors import MappingError, Reason, Responsible
from magister_connect.identifiers import Identifier, Personal, Scoped

Pair = tuple[Identifier, Identifier]


@frozen
class Changed(PlainData):
    """The links between the same two identifiers, before and after."""

    before: tuple[Link, ...]
    after: tuple[Link, ...]


@frozen
class Rekeyed(PlainData):
    """A number that now belongs to another person. ``by_birth_date`` is true if only the birth date shows it."""

    identifier: Identifier
    before: tuple[Identifier, ...]
    after: tuple[Identifier, ...]
    by_birth_date: bool = False


@frozen
class SnapshotDiff(PlainData):
    """The differences in the newer state. ``superseded`` are changes that a succession explains."""

    added: tuple[Link, ...] = field(repr=lambda links: f"<{len(links)}>")
    removed: tuple[Link, ...] = field(repr=lambda links: f"<{len(links)}>")
    changed: tuple[Changed, ...] = field(repr=lambda changes: f"<{len(changes)}>")
    rekeyed: tuple[Rekeyed, ...]
    superseded: tuple[Rekeyed, ...]
    share_removed: float

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of differences of each kind."""
        return {name: len(getattr(self, name)) for name in ("added", "removed", "changed", "rekeyed", "superseded")}

    def check(self, *, most_removed: float = 0.05) -> None:
        """Raise :class:`MappingError` (``conflict``) if a number belongs to another person, or too many links are gone.

        ``most_removed`` is the share of the older links that may be missing.
        """
        if self.rekeyed:
            raise MappingError(
                f"Numbers that now belong to another person: {len(self.rekeyed)}",
                where=", ".join(repr(one.identifier) for one in self.rekeyed[:3]),
                responsible=Responsible.SCHOOL,
                advice="Do not import this. Find out who was given an old number.",
            ).because(Reason.CONFLICT)
        if self.share_removed > most_removed:
            raise MappingError(
                f"{self.share_removed:.1%} of the links are gone, and at most {most_removed:.1%} were expected",
                responsible=Responsible.SCHOOL,
                advice="Check whether the newer file was cut off or is of another school year.",
            ).because(Reason.CONFLICT)


def diff(older: Crosswalk, newer: Crosswalk) -> SnapshotDiff:
    """Compare an older with a newer state. The time when a link was seen does not count as a change.

    Links of people with an unreadable record in the newer state are not in ``removed``. Raises :class:`UsageError` if
    such a record may belong to anybody.
    """
    before, after = _by_pair(older.links), _by_pair(newer.links)
    both = [pair for pair in before if pair in after]
    uncertain = newer.uncertain
    removed = [
        link
        for pair, links in before.items()
        if pair not in after and not uncertain.intersection(pair)
        for link in links
    ]
    changes = [Changed(before[pair], after[pair]) for pair in both if set(before[pair]) != set(after[pair])]
    moved = list(_moved(older, newer))
    return SnapshotDiff(
        added=tuple(link for pair, links in after.items() if pair not in before for link in links),
        removed=tuple(removed),
        changed=tuple(changes),
        rekeyed=(*(one for one, explained in moved if not explained), *_other_birth_date(older, newer)),
        superseded=tuple(one for one, explained in moved if explained),
        share_removed=len(removed) / len(older.links) if older.links else 0.0,
    )


def _by_pair(links: Iterable[Link]) -> dict[Pair, tuple[Link, ...]]:
    found: defaultdict[Pair, list[Link]] = defaultdict(list)
    for link in links:
        found[link.left, link.right].append(evolve(link, seen_at=None))
    return {pair: tuple(group) for pair, group in found.items()}


def _people_of(crosswalk: Crosswalk) -> dict[tuple[Identifier, type[Identifier]], set[Identifier]]:
    """Return the persons that each number of an administration refers to, by the kind of their identifier."""
    found: defaultdict[tuple[Identifier, type[Identifier]], set[Identifier]] = defaultdict(set)
    for link in crosswalk.links:
        for number, person in ((link.left, link.right), (link.right, link.left)):
            if isinstance(number, Scoped) and isinstance(person, Personal) and not isinstance(person, Scoped):
                found[number, family(person)].add(person)
    return found


def _moved(older: Crosswalk, newer: Crosswalk) -> Iterable[tuple[Rekeyed, bool]]:
    before, after = _people_of(older), _people_of(newer)
    for key in sorted(before.keys() & after.keys(), key=lambda key: (key[0], key[1].kind)):
        gained = after[key] - before[key]
        if gained:
            owners = {newer.successors.current(person) for person in before[key]}
            explained = {newer.successors.current(person) for person in gained} <= owners
            yield Rekeyed(key[0], tuple(sorted(before[key])), tuple(sorted(gained))), explained


def _birth_dates(crosswalk: Crosswalk) -> dict[Identifier, set[object]]:
    found: defaultdict[Identifier, set[object]] = defaultdict(set)
    for link in crosswalk.links:
        for side in (link.left, link.right):
            if link.born is not None and isinstance(side, Scoped):
                found[side].add(link.born)
    return found


def _other_birth_date(older: Crosswalk, newer: Crosswalk) -> Iterable[Rekeyed]:
    before, after = _birth_dates(older), _birth_dates(newer)
    for number in sorted(before.keys() & after.keys()):
        if not before[number] & after[number]:
            yield Rekeyed(number, (), (), by_birth_date=True)
