"""Paging by the last submission number.

A changed record keeps its number and a record that shows late may have a lower one: both are found where the request
takes a moment as well, and else only by reading the whole year again.
"""

from __future__ import annotations

from magister_connect.errors import CursorStuck, ReplyInvalid
from magister_connect.exchange import Flow, Series
from magister_connect.results.moments import Window
from magister_connect.results.paging.drain import Batch, Drain
from magister_connect.results.paging.narrowing import Narrower, can_narrow, drain_narrowing, first_answered
from magister_connect.results.service import Page, Patience, Poisoned

__all__ = ["drain_by_number"]

HIGHEST_NUMBER = 2**31 - 1  # submission numbers are 32-bit integers (documented)


def drain_by_number(drain: Drain) -> Series[Batch]:
    """Everything in the drain's window, behind the last number where the service takes no moment."""
    yield from drain_narrowing(drain, drain.remaining, _read, drain.since)


def _read(drain: Drain, window: Window, first: str | None, patience: Patience) -> Series[Batch]:
    takes_since = drain.service.contract.parameters.since is not None
    last = 0 if takes_since or drain.whole else drain.checkpoint.last_number or 0
    since = first or drain.write(window.begin)
    while True:
        try:
            ask = drain.ask(window, since, last_number=last)
            page = yield from drain.fetch(ask, patience=patience)
        except Poisoned as poison:
            patience = ()
            if can_narrow(drain, window):
                raise Narrower(window.begin, poison) from None
            clear = yield from _next_clear(drain, window, since, last)
            yield from drain.give_poison(poison, since=since, after=last, before=clear)
            if clear is None:
                return
            last = clear
            continue
        fresh = drain.admit(page)
        drain.note(page)
        top = _highest_number(page)
        drain.reached_number(top)
        yield from drain.give(page, fresh)
        if drain.is_last(page) or (drain.before is not None and top >= drain.before):
            return
        if top <= last:
            raise CursorStuck("Records come that do not follow the last number", where=drain.service.address)
        last = top


def _next_clear(drain: Drain, window: Window, since: str, last: int) -> Flow[int | None]:
    """The lowest number behind which the service answers again."""
    limit = 1 if drain.service.contract.parameters.limit else None
    steps = yield from first_answered(
        drain,
        lambda step: drain.ask(window, since, last_number=last + step, limit=limit),
        HIGHEST_NUMBER - last,
    )
    return None if steps is None else last + steps


def _highest_number(page: Page) -> int:
    numbers = [result.submission_nr for result in page.results]
    numbers += [each.submission_nr or "" for each in page.unreadable]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise ReplyInvalid("A submission number is no number, so that it cannot be paged by", where="submission_nr")
    return max(map(int, numbers), default=0)
