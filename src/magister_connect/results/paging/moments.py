"""Paging by moment alone: each request begins where the last batch ended, and the server decides how much it sends.

The traps: records that share a moment at the end of a batch, batches that are not in order, and moments that do not
move. A window is halved where that helps; where nothing helps, :class:`CursorStuck` says so and nothing is lost in
silence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeAlias

from magister_connect.errors import CursorStuck
from magister_connect.exchange import Series
from magister_connect.results.moments import SECOND, Window
from magister_connect.results.paging.drain import Batch, Drain
from magister_connect.results.paging.narrowing import (
    Narrower,
    can_narrow,
    drain_narrowing,
    first_answered,
    narrow_for_order,
)
from magister_connect.results.service import Page, Patience, Poisoned

__all__ = ["drain_by_moment"]

Position: TypeAlias = tuple[dt.datetime, str]
"""Where a request begins: the moment, and its text."""


def drain_by_moment(drain: Drain) -> Series[Batch]:
    """Everything in the drain's window."""
    yield from drain_narrowing(drain, drain.remaining, _read, drain.since)


def _read(drain: Drain, window: Window, first: str | None, patience: Patience) -> Series[Batch]:
    here: Position = (window.begin, first or drain.write(window.begin))
    size, reaches_end = 0, window.end == drain.window.end
    while True:
        rest = Window(here[0], window.end)
        try:
            page = yield from drain.fetch(drain.ask(rest, here[1]), patience=patience)
        except Poisoned as poison:
            yield from _take_out(drain, rest, poison)
            return
        may_hide = drain.may_hide(page)
        fresh = yield from drain.take(page, resumable=reaches_end)
        moments = drain.moments(page)
        if fresh and size:
            drain.saw_cut(size)
        if drain.is_last(page) or not moments:
            return
        if may_hide and moments != sorted(moments):
            narrow_for_order(drain, rest, moments)
        following = _next(drain, page, moments, here)
        if following is None or following[0] >= window.end:
            return
        here, size = following, page.count


def _next(drain: Drain, page: Page, moments: Sequence[dt.datetime], here: Position) -> Position | None:
    """Where the next request begins, or ``None`` at the end. Raises :class:`CursorStuck`."""
    position = _from(drain, page, max(moments))
    if position[0] > here[0]:
        return position
    if drain.is_cut_off(page) and min(moments) == max(moments):
        raise CursorStuck(
            f"{page.count} records share one moment and fill a batch: those behind them cannot be reached",
            where=drain.service.address,
            advice="Ask the vendor for an offset or a larger batch, and set the contract's paging.",
        )
    return None


def _from(drain: Drain, page: Page, moment: dt.datetime) -> Position:
    """From a moment on: in the service's own words where it includes the bound, else from one step earlier."""
    contract = drain.service.contract
    if not contract.since_includes:
        return moment - drain.granule, drain.write(moment - drain.granule)
    if drain.granule > SECOND:
        return dt.datetime.combine(moment.date(), dt.time()), drain.write(moment)
    words = {getattr(result, contract.cursor_field): result.cursor for result in page.results}
    return moment, words.get(moment) or drain.write(moment)


def _take_out(drain: Drain, window: Window, poison: Poisoned) -> Series[Batch]:
    """Narrow down what the service cannot answer; where there is no upper bound, go on behind it."""
    if can_narrow(drain, window):
        raise Narrower(window.begin, poison=poison)
    since = drain.write(window.begin)
    if drain.service.contract.parameters.until is not None:
        yield from drain.give_poison(poison, since=since, until=drain.write(window.end))
        return
    steps = (window.end - window.begin) // drain.granule
    clear = yield from first_answered(
        drain, lambda step: drain.ask(window, drain.write(window.begin + step * drain.granule)), steps
    )
    end = window.end if clear is None else window.begin + clear * drain.granule
    yield from drain.give_poison(poison, since=since, until=drain.write(end))
    if clear is not None:
        yield from _read(drain, Window(end, window.end), None, ())
