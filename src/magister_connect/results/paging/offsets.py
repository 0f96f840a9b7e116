"""Paging by offset within a window.

A record that changes during the reading moves to the end, and everything behind it moves up by one: pages overlap, so
that some records come twice and none is skipped. A page of which nothing was seen before proves that more has moved
than the overlap covers, and the reading begins anew.
"""

from __future__ import annotations

from collections.abc import Generator

from attrs import mutable

from magister_connect.errors import CursorStuck
from magister_connect.exchange import Answer, Item, Series, Step
from magister_connect.results.moments import Window
from magister_connect.results.paging.drain import Batch, Drain
from magister_connect.results.paging.limits import Limit
from magister_connect.results.paging.narrowing import Narrower, can_narrow, drain_narrowing, first_answered
from magister_connect.results.service import Ask, Page, Patience, Poisoned

__all__ = ["drain_by_offset"]

OVERLAP = 10
MOST_RESTARTS = 3
FURTHEST = 1_000_000  # records of one institution in one school year
FURTHEST_IN_GRANULE = 64


@mutable
class _Place:
    """How far the list of a window has been read."""

    drain: Drain
    window: Window
    since: str
    limit: Limit
    offset: int = 0
    overlap: int = 0
    restarts: int = 0

    def ask(self, step: int = 0) -> Ask:
        """The next request, or the one so many records further."""
        return self.drain.ask(self.window, self.since, offset=self.offset + step, limit=self.limit.value)

    def is_at_end(self, page: Page) -> bool:
        """Whether a page shows that nothing follows: nothing but the overlap, or what the contract says."""
        only_overlap = page.count <= self.overlap and not self.limit.covers(page.count)
        return only_overlap or self.drain.is_last(page, self.limit.value)

    def advance(self, count: int) -> None:
        """Go on behind a page, but for some records that are asked for once more."""
        self.overlap = min(OVERLAP, count // 2)
        self.offset += count - self.overlap
        self.limit.widen()

    def restart(self) -> None:
        """Begin anew, a few times. Raises :class:`CursorStuck`."""
        if self.restarts >= MOST_RESTARTS:
            raise CursorStuck(
                "The list changes faster than it can be read, or comes in another order each time",
                where=self.drain.service.address,
                advice="Try again at a quiet hour; if it stays, ask the vendor in which order batches come.",
            )
        self.offset, self.overlap, self.restarts = 0, 0, self.restarts + 1

    def skip(self, steps: int) -> None:
        """Go on behind what cannot be answered."""
        self.offset, self.overlap = self.offset + steps, 0
        self.limit.widen()


def drain_by_offset(drain: Drain) -> Series[Batch]:
    """Everything in the drain's window."""
    yield from drain_narrowing(drain, drain.remaining, _read, drain.since)


def _read(drain: Drain, window: Window, first: str | None, patience: Patience) -> Series[Batch]:
    place = _Place(drain, window, first or drain.write(window.begin), Limit(drain))
    drain.last_batch = frozenset()  # two halves may begin with the same records
    while True:
        try:
            page = yield from drain.fetch(place.ask(), patience=patience)
        except Poisoned as poison:
            patience = ()
            if can_narrow(drain, window):
                raise Narrower(window.begin, poison=poison) from None
            if not place.limit.reduce() and not (yield from _step_over(drain, place, poison)):
                return
            continue
        fresh = yield from drain.take(page)
        if place.is_at_end(page):
            return
        if place.overlap and fresh == page.count:
            place.restart()
            continue
        drain.refuse_repetition(page)
        place.advance(page.count)


def _step_over(drain: Drain, place: _Place, poison: Poisoned) -> Generator[Step | Item[Batch], Answer, bool]:
    """Set apart what cannot be answered, and go on behind it; gives whether there is anything behind it."""
    alone = drain.service.contract.parameters.until is not None  # the window is a single granule by now
    steps = yield from first_answered(drain, place.ask, FURTHEST_IN_GRANULE if alone else FURTHEST)
    since = place.since if drain.latest is None else drain.write(drain.latest)
    until = drain.write(place.window.end) if drain.service.contract.parameters.until else None
    yield from drain.give_poison(poison, since=since, until=until)
    if steps is None:
        return False
    place.skip(steps)
    return True
