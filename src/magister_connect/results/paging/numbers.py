"""Paging by the last submission number.

A changed record keeps its number and a record that shows late may have a lower one: both are found where the request
takes a moment as well, and else only by reading the whole year again.
"""

from __future__ import annotations

from magister_connect.errors import CursorStuck, ReplyInvalid
from magister_connect.exchange import Flow, Series
from magister_connect.results.moments import Window
from magister_connect.results.paging.drain import Batch, Drain
from magister_connect.results.paging.limits import Limit
from magister_connect.results.paging.narrowing import (
    Narrower,
    can_narrow,
    drain_narrowing,
    first_answered,
    narrow_for_order,
)
from magister_connect.results.service import Page, Patience, Poisoned

__all__ = ["drain_by_number"]

HIGHEST_NUMBER = 2**31 - 1  # submission numbers are 32-bit integers (documented)


def drain_by_number(drain: Drain) -> Series[Batch]:
    """Everything in the drain's window, behind the last number where the service takes no moment."""
    yield from drain_narrowing(drain, drain.remaining, _read, drain.since)


def _read(drain: Drain, window: Window, first: str | None, patience: Patience) -> Series[Batch]:
    takes_since = drain.service.contract.parameters.since is not None
    last = 0 if takes_since or drain.whole else drain.checkpoint.last_number or 0
    since, limit = first or drain.write(window.begin), Limit(drain)
    while True:
        try:
            ask = drain.ask(window, since, last_number=last, limit=limit.value)
            page = yield from drain.fetch(ask, patience=patience)
        except Poisoned as poison:
            patience = ()
            if can_narrow(drain, window):
                raise Narrower(window.begin, poison=poison) from None
            if limit.reduce():
                continue
            clear = yield from _next_clear(drain, window, since, last, limit.value)
            yield from drain.give_poison(poison, since=since, after=last, before=clear)
            if clear is None:
                return
            last = clear
            limit.widen()
            continue
        numbers, may_hide = _numbers(page), drain.may_hide(page)
        yield from drain.take(page, numbers=numbers)
        if drain.is_last(page, limit.value):
            return
        if may_hide and numbers != sorted(numbers):
            narrow_for_order(drain, window, drain.moments(page))
        if max(numbers) <= last:
            raise CursorStuck(
                "Records come that do not follow the last number",
                where=drain.service.address,
                advice="Check with the vendor that the contract's parameters.last_number is heeded, or set its paging.",
            )
        last = max(numbers)
        if drain.before is not None and last >= drain.before:
            return
        limit.widen()


def _next_clear(drain: Drain, window: Window, since: str, last: int, limit: int | None) -> Flow[int | None]:
    """The lowest number behind which the service answers again."""
    steps = yield from first_answered(
        drain,
        lambda step: drain.ask(window, since, last_number=last + step, limit=limit),
        HIGHEST_NUMBER - last,
    )
    return None if steps is None else last + steps


def _numbers(page: Page) -> list[int]:
    numbers = [each.submission_nr or "" for each in page.records]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise ReplyInvalid(
            "A submission number is no number, so that it cannot be paged by",
            where="submission_nr",
            advice="Check with the vendor how batches are asked for, and set the contract's paging to another way.",
        )
    return [int(number) for number in numbers]
