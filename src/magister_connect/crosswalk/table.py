"""The crosswalk: links and successions, and the answers that follow from them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeVar

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.crosswalk.answers import ADVICE, Ambiguous, Answer, Match, NoMatch, Question, most_telling
from magister_connect.crosswalk.building import UnreadableRow
from magister_connect.crosswalk.links import (
    ALWAYS,
    Cardinality,
    Conflict,
    ConflictKind,
    Link,
    Succession,
    find_conflicts,
    require_day,
    require_identifiers,
)
from magister_connect.crosswalk.reports import Resolved
from magister_connect.crosswalk.successors import Successors
from magister_connect.errors import MappingError, Reason, Responsible, UsageError
from magister_connect.identifiers import Identifier, Pgn, Scoped, kind_named

Kind = type[Identifier] | str
_Held = TypeVar("_Held", Link, Succession)


class Crosswalk(SafeRepr):
    """Which identifier corresponds to which other, when, and by which source.

    Immutable: ``with_links`` returns a new one.

    You can look up links from both sides. ``cardinality`` is what the links should be. Contradictions and duplicates
    are listed in :attr:`conflicts`; ``on_conflict="raise"`` refuses contradictions at once. No link is ever dropped.

    ``links`` may be the result of :func:`build_links`. Its unreadable records are then in :attr:`unreadable`, and those
    people do not count as having left. Raises :class:`MappingError` if successions form a cycle.
    """

    def __init__(
        self,
        links: Iterable[Link] = (),
        *,
        successions: Iterable[Succession] = (),
        cardinality: Cardinality | str = Cardinality.MANY_TO_MANY,
        on_conflict: Literal["report", "raise"] = "report",
        unreadable: Iterable[UnreadableRow] | None = None,
    ) -> None:
        kept = getattr(links, "unreadable", ()) if unreadable is None else unreadable
        self.unreadable: tuple[UnreadableRow, ...] = tuple(kept)
        self.links = _require_type(Link, links)
        self.cardinality = Cardinality.named(cardinality)
        self.successors = Successors(_require_type(Succession, successions))
        self.conflicts = find_conflicts(self.links, self.cardinality)
        if on_conflict not in {"report", "raise"}:
            raise UsageError("'report' or 'raise' was expected", where="Crosswalk(on_conflict=...)")
        if on_conflict == "raise":
            self._refuse_contradictions()
        self._contradicted = {link for conflict in self.contradictions for link in conflict.links}
        self._of: defaultdict[Identifier, list[Link]] = defaultdict(list)
        self._texts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for link in self.links:
            for side in (link.left, link.right):
                self._of[side].append(link)
                self._texts[side.kind, side.reveal()].add(side.realm)

    def __len__(self) -> int:
        return len(self.links)

    def __contains__(self, identifier: Identifier) -> bool:
        return identifier in self._of

    def __repr__(self) -> str:
        return f"Crosswalk({len(self.links)} links, {len(self.successors.successions)} successions)"

    @property
    def identifiers(self) -> Iterator[Identifier]:
        """Yield every identifier in a link or succession, once."""
        held = {one for succession in self.successors.successions for one in (succession.old, succession.new)}
        return iter(held | set(self._of))

    @property
    def contradictions(self) -> tuple[Conflict, ...]:
        """The conflicts that are not duplicates."""
        return tuple(conflict for conflict in self.conflicts if conflict.kind is not ConflictKind.DUPLICATE)

    def links_of(self, identifier: Identifier) -> tuple[Link, ...]:
        """Return the links with exactly this identifier, on either side and of any period."""
        return tuple(self._of.get(identifier, ()))

    def texts_of(self, kind: Kind, *, scope: str) -> frozenset[str]:
        """Return the revealed texts of one kind in one scope, for the argument ``stamnummers`` of a pull of results.

        A result with another number waits in quarantine, and is stored once its number is known.
        """
        wanted = _type_of(kind)
        return frozenset(
            one.reveal()
            for one in self.identifiers
            if isinstance(one, wanted) and isinstance(one, Scoped) and one.scope == scope
        )

    def with_links(self, links: Iterable[Link] = (), successions: Iterable[Succession] = ()) -> Crosswalk:
        """Return this crosswalk with more links and successions."""
        return Crosswalk(
            (*self.links, *links),
            successions=(*self.successors.successions, *successions),
            cardinality=self.cardinality,
            unreadable=(*self.unreadable, *getattr(links, "unreadable", ())),
        )

    @property
    def uncertain(self) -> frozenset[Identifier]:
        """Return the people with an unreadable record. Do not conclude anything from data that is missing for them.

        Raises :class:`UsageError` if a record has no readable identifier, because it may belong to anybody.
        """
        nameless = [each for each in self.unreadable if not each.identifiers]
        if nameless:
            raise UsageError(
                f"{len(nameless)} unreadable records have no readable identifier, so it is unknown who is absent",
                where=f"row {nameless[0].row}, column {nameless[0].column}",
                responsible=Responsible.SCHOOL,
                advice="Correct these records at their source, and build the links again.",
            )
        personal = [one for each in self.unreadable for one in each.identifiers if one.personal]
        return self.person(*personal)

    def resolve(
        self,
        identifier: Identifier,
        *,
        to: Kind,
        as_of: dt.date | None,
        scope: str | None = None,
        location: str | None = None,
        via: Sequence[Kind] = (),
        least_confidence: float = 0.0,
    ) -> Answer:
        """Find the identifier of kind ``to`` for ``identifier`` on the day ``as_of``.

        ``as_of`` is the day of the event, or ``None`` for any day.
        ``to`` is a type or its kind as text. ``scope`` limits the answer to one administration and ``location`` to one
        site; links without a location are valid everywhere. ``via`` names the kinds to go through, one link each. It
        never raises because of data: the result contains the reason.
        """
        require_identifiers(identifier, where="Crosswalk.resolve")
        require_day(as_of, "as_of")
        question = Question(_type_of(to), as_of, scope, location, least_confidence)
        between = [Question(_type_of(kind), as_of, None, location, least_confidence) for kind in via]
        trails = [Match(identifier, identifier)]
        for step in (*between, question):
            trails, refusals = self._step(trails, step)
            if not trails:
                return self._refusal(identifier, question, most_telling(refusals))
        return self._answer(identifier, trails)

    def resolve_many(
        self,
        identifiers: Iterable[Identifier],
        *,
        to: Kind,
        as_of: dt.date | None,
        scope: str | None = None,
        location: str | None = None,
        via: Sequence[Kind] = (),
        least_confidence: float = 0.0,
    ) -> Resolved:
        """Resolve several identifiers, in order, and return the answers with a report; see :meth:`resolve`.

        For columns of a frame, use ``crosswalk.frames.resolve_many``.
        """

        def ask(one: Identifier) -> Answer:
            return self.resolve(
                one,
                to=to,
                as_of=as_of,
                scope=scope,
                location=location,
                via=via,
                least_confidence=least_confidence,
            )

        return Resolved(tuple(map(ask, identifiers)))

    def deleted(self, *identifiers: Identifier) -> Crosswalk:
        """Return this crosswalk without a person: no link or succession leads to one of ``identifiers``.

        Links between personal identifiers are followed to the person's other numbers, so that no data of the person
        remains. Identifiers that are not personal (a school, a programme) remain for others.
        """
        gone = self.person(*identifiers)
        return Crosswalk(
            (link for link in self.links if link.left not in gone and link.right not in gone),
            successions=(one for one in self.successors.successions if one.old not in gone and one.new not in gone),
            cardinality=self.cardinality,
            unreadable=(each for each in self.unreadable if not gone.intersection(each.identifiers)),
        )

    def person(self, *identifiers: Identifier) -> frozenset[Identifier]:
        """Return all personal identifiers that belong to the same person, by links and successions of any period.

        A number that now belongs to another person leads to both people. Check for that first with ``diff``.
        """
        require_identifiers(*identifiers, where="Crosswalk.person")
        if any(not one.personal for one in identifiers):
            raise UsageError(
                "This identifier does not belong to one person",
                where="Crosswalk.person",
                advice="Pass a number of the person; a school or a programme belongs to many people.",
            )
        seen = set(identifiers)
        queue = list(identifiers)
        for here in queue:
            around = {link.other_side(here) for link in self._of.get(here, ())} | self.successors.connected(here)
            fresh = {one for one in around if one.personal} - seen
            seen |= fresh
            queue += fresh
        return frozenset(seen)

    def leavers(self, day: dt.date) -> frozenset[Identifier]:
        """Return all personal identifiers of the people who had left on ``day``, for use with :meth:`deleted`.

        A person has left if at least one link has a period, and every link with a period has ended on that day. A link
        without begin and end says nothing about it. So people with only such links are never included. Neither are
        people with an unreadable record. Raises :class:`UsageError` if an unreadable record may belong to anybody.
        """
        require_day(day, "day")
        gone: set[Identifier] = set()
        there: set[Identifier] = set()
        for link in self.links:
            if link.period != ALWAYS:
                sides = (side for side in (link.left, link.right) if side.personal)
                (gone if link.period.is_before(day) else there).update(sides)
        return self.person(*gone) - self.person(*there) - self.uncertain

    def _refuse_contradictions(self) -> None:
        if found := self.contradictions:
            first = found[0]
            raise MappingError(
                f"The links are not {self.cardinality}, contradictions: {len(found)}, the first has {first.kind!s}",
                where=" and ".join(f"{link.left!r} to {link.right!r}" for link in first.links),
                responsible=Responsible.SCHOOL,
                advice=f"{ADVICE[Reason.CONFLICT]} With on_conflict='report', all of them are in conflicts.",
            ).because(Reason.CONFLICT)

    def _answer(self, identifier: Identifier, found: Sequence[Match]) -> Answer:
        best: dict[Identifier, Match] = {}
        for match in found:
            if match.target not in best or match.confidence > best[match.target].confidence:
                best[match.target] = match
        candidates = tuple(best[target] for target in sorted(best))
        if len(candidates) == 1:
            return candidates[0]
        contradicted = any(link in self._contradicted for match in candidates for link in match.links)
        return Ambiguous(identifier, candidates, Reason.CONFLICT if contradicted else Reason.AMBIGUOUS)

    def _refusal(self, identifier: Identifier, question: Question, reason: Reason) -> NoMatch | Ambiguous:
        """Return no match; or, if the identifier was replaced in part, the candidates.

        Only a person can choose between those.
        """
        heirs = self.successors.after(identifier, question.as_of) if reason is Reason.SUPERSEDED else ()
        candidates: list[Match] = []
        for heir in heirs:
            trail = Match(identifier, heir.new, (), (heir,))
            candidates += [trail] if isinstance(heir.new, question.to) else self._step([trail], question)[0]
        return Ambiguous(identifier, tuple(candidates), reason) if candidates else NoMatch(identifier, reason)

    def _why_unknown(self, identifier: Identifier, as_of: dt.date | None) -> Reason:
        if self.successors.is_partial(identifier, as_of):
            return Reason.SUPERSEDED
        if identifier in self._of:
            return Reason.UNKNOWN
        realms = self._texts.get((identifier.kind, identifier.reveal()), set())
        return Reason.WRONG_SCOPE if realms - {identifier.realm} else Reason.UNKNOWN

    def _step(self, trails: Iterable[Match], question: Question) -> tuple[list[Match], list[Reason]]:
        found: list[Match] = []
        refusals: list[Reason] = []
        for trail in trails:
            candidates = list(self._candidates(trail, question))
            for match, link in candidates:
                reason = question.objection(match, link)
                if reason is None:
                    found.append(match)
                else:
                    refusals.append(reason)
            if not candidates:
                refusals.append(self._why_unknown(trail.target, question.as_of))
        return found, refusals

    def _candidates(self, trail: Match, question: Question) -> Iterator[tuple[Match, Link | None]]:
        for here, steps in self.successors.related(trail.target, question.as_of):
            successions = (*trail.successions, *steps)
            if steps and isinstance(here, question.to) and self.successors.current(here, question.as_of) == here:
                yield Match(trail.identifier, here, trail.links, successions), None
            for link in self._of.get(here, ()):
                target = self._newest(link.other_side(here), question)
                if target is not None:
                    yield Match(trail.identifier, target, (*trail.links, link), successions), link

    def _newest(self, target: Identifier, question: Question) -> Identifier | None:
        """Return the target, or the personal number that replaced it, if that is of the requested kind."""
        current = self.successors.current(target, question.as_of) if isinstance(target, Pgn) else target
        return next((one for one in (current, target) if isinstance(one, question.to)), None)


def _require_type(wanted: type[_Held], values: Iterable[object]) -> tuple[_Held, ...]:
    given = tuple(values)
    held = tuple(one for one in given if isinstance(one, wanted))
    if len(held) != len(given):
        name = wanted.__name__
        raise UsageError(
            f"A crosswalk needs records of the class {name}",
            where="Crosswalk",
            advice=f"Make each one: {name}(identifier, identifier), or let build_links() read a table.",
        )
    return held


def _type_of(kind: Kind) -> type[Identifier]:
    return kind_named(kind) if isinstance(kind, str) else kind
