"""Successions as a graph without cycles: what replaced what, and since when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

from magister_connect.crosswalk.links import Succession
from magister_connect.errors import MappingError, Reason
from magister_connect.identifiers import Identifier, Personal

Trail = tuple[Succession, ...]


class Successors:
    """The graph of successions. Raises :class:`MappingError` (``conflict``) if it has a cycle."""

    def __init__(self, successions: Iterable[Succession] = ()) -> None:
        self.successions = tuple(dict.fromkeys(successions))
        self._after: defaultdict[Identifier, list[Succession]] = defaultdict(list)
        self._before: defaultdict[Identifier, list[Succession]] = defaultdict(list)
        for succession in self.successions:
            self._after[succession.old].append(succession)
            self._before[succession.new].append(succession)
        self._refuse_cycles()

    def __bool__(self) -> bool:
        return bool(self.successions)

    def after(self, identifier: Identifier, as_of: dt.date | None = None) -> tuple[Succession, ...]:
        """Return what directly replaced ``identifier``, on that day or ever."""
        found = self._after.get(identifier, ())
        return tuple(one for one in found if as_of is None or one.on is None or one.on <= as_of)

    def before(self, identifier: Identifier) -> tuple[Succession, ...]:
        """Return what ``identifier`` directly replaced."""
        return tuple(self._before.get(identifier, ()))

    def is_partial(self, identifier: Identifier, as_of: dt.date | None = None) -> bool:
        """Return whether ``identifier`` was replaced in part, or by more than one."""
        found = self.after(identifier, as_of)
        return len({one.new for one in found}) > 1 or any(not one.complete for one in found)

    def current(self, identifier: Identifier, as_of: dt.date | None = None) -> Identifier:
        """Return the last in the chain of complete successions, or ``identifier`` itself if there is none."""
        while (found := self.after(identifier, as_of)) and not self.is_partial(identifier, as_of):
            identifier = found[0].new
        return identifier

    def related(self, identifier: Identifier, as_of: dt.date | None) -> Iterator[tuple[Identifier, Trail]]:
        """Yield the identifiers that count as ``identifier``, with the successions that lead there, nearest first.

        The first is ``identifier`` itself. Complete successions are followed forward. Numbers of one person count as
        each other in both directions and on any day. An onderwijsnummer and the BSN that replaced it are one person, in
        old and in new files.
        """
        seen = {identifier}
        queue: list[tuple[Identifier, Trail]] = [(identifier, ())]
        for here, trail in queue:
            yield here, trail
            for there, step in self._neighbours(here, as_of):
                if there not in seen:
                    seen.add(there)
                    queue.append((there, (*trail, step)))

    def connected(self, identifier: Identifier) -> frozenset[Identifier]:
        """Return ``identifier`` and everything that successions connect with it, in either direction and on any day."""
        seen = {identifier}
        queue = [identifier]
        for here in queue:
            around = {one.new for one in self._after.get(here, ())} | {one.old for one in self._before.get(here, ())}
            queue += around - seen
            seen |= around
        return frozenset(seen)

    def _neighbours(self, here: Identifier, as_of: dt.date | None) -> Iterator[tuple[Identifier, Succession]]:
        day = None if isinstance(here, Personal) else as_of
        if not self.is_partial(here, day):
            yield from ((one.new, one) for one in self.after(here, day))
        if isinstance(here, Personal):
            yield from ((one.old, one) for one in self.before(here) if one.complete)

    def _refuse_cycles(self) -> None:
        done: set[Identifier] = set()
        for start in list(self._after):
            self._walk(start, done)

    def _walk(self, start: Identifier, done: set[Identifier]) -> None:
        path: dict[Identifier, Iterator[Succession]] = {start: iter(self._after.get(start, ()))}
        while path:
            here = next(reversed(path))
            step = next((one for one in path[here] if one.new not in done), None)
            if step is None:
                done.add(here)
                del path[here]
            elif step.new in path:
                raise MappingError(
                    "These successions form a circle",
                    where=repr(step.new),
                    advice="Reverse the one that is wrong, or leave it out.",
                ).because(Reason.CONFLICT)
            else:
                path[step.new] = iter(self._after.get(step.new, ()))
