"""Paging by offset within a window.

A record that changes during the reading moves to the end, and everything behind it moves up by one: pages overlap, so
that some records come twice and none is skipped. A page of which nothing was seen before proves that more has moved
than the overlap covers, and the reading begins anew.
"""

from __future__ import annotations

from collections.abc import Generator

from attrs import mutable

from magister_connect.errors import CursorStuck
from magister_connect.exchange import Answer, Flow, Item, Series, Step
from magister_connect.results.moments import Window
from magister_connect.results.paging.drain import Batch, Drain
from magister_connect.results.paging.narrowing import Narrower, can_narrow, drain_narrowing
from magister_connect.results.service import Page, Patience, Poisoned

__all__ = ["drain_by_offset"]

OVERLAP = 10
MOST_RESTARTS = 3
FIRST_LIMIT = 256  # to begin with where the size of a batch is not known and has to be halved


@mutable
class _Place:
    """How far the list has been read, and how much is asked for at a time."""

    offset: int = 0
    overlap: int = 0
    limit: int | None = None
    restarts: int = 0

    def advance(self, count: int) -> None:
        self.overlap = min(OVERLAP, count // 2)
        self.offset += count - self.overlap
        self.limit = None if self.limit is None else self.limit * 2

    def restart(self) -> None:
        self.offset, self.overlap, self.restarts = 0, 0, self.restarts + 1

    def step_over(self) -> None:
        self.offset, self.overlap, self.limit = self.offset + 1, 0, None


def drain_by_offset(drain: Drain) -> Series[Batch]:
    """Everything in the drain's window."""
    yield from drain_narrowing(drain, drain.remaining, _read, drain.since)


def _read(drain: Drain, window: Window, first: str | None, patience: Patience) -> Series[Batch]:
    since, place = first or drain.write(window.begin), _Place()
    while True:
        try:
            page = yield from _fetch(drain, window, since, place, patience=patience)
        except Poisoned as poison:
            patience = ()
            if not (yield from _make_smaller(drain, window, place, poison)):
                return
            continue
        fresh = drain.admit(page)
        drain.note(page)
        yield from drain.give(page, fresh)
        if page.count <= place.overlap or (drain.is_last(page) and place.limit is None):
            return
        if place.overlap and len(fresh) == page.count:
            _refuse_restart(drain, place)
            place.restart()
            continue
        drain.refuse_repetition(page)
        place.advance(page.count)


def _fetch(drain: Drain, window: Window, since: str, place: _Place, *, patience: Patience) -> Flow[Page]:
    ask = drain.ask(window, since, offset=place.offset, limit=place.limit)
    return (yield from drain.fetch(ask, patience=patience))


def _make_smaller(
    drain: Drain, window: Window, place: _Place, poison: Poisoned
) -> Generator[Step | Item[Batch], Answer, bool]:
    """Ask for less, in a smaller window or with a smaller limit; step over a record that is alone.

    Gives whether there is anything left to ask for.
    """
    if can_narrow(drain, window):
        raise Narrower(window.begin, poison)
    limit = place.limit or drain.service.contract.page_size or drain.checkpoint.largest or FIRST_LIMIT
    takes_limit = drain.service.contract.parameters.limit is not None
    if takes_limit and limit > 1:
        place.limit = limit // 2
        return True
    until = drain.write(window.end) if drain.service.contract.parameters.until else None
    yield from drain.give_poison(poison, since=drain.write(window.begin), until=until)
    place.step_over()
    return takes_limit


def _refuse_restart(drain: Drain, place: _Place) -> None:
    if place.restarts >= MOST_RESTARTS:
        raise CursorStuck(
            "The list changes faster than it can be read, or comes in another order each time",
            where=drain.service.address,
            advice="Try again at a quiet hour; if it stays, ask the vendor in which order batches come.",
        )
