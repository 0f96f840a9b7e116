"""A service that remembers what it has delivered: each request gives the next results, until there are none."""

from __future__ import annotations

from magister_connect.exchange import Series
from magister_connect.results.paging.drain import Batch, Drain

__all__ = ["drain_once"]


def drain_once(drain: Drain) -> Series[Batch]:
    """Everything that has not been delivered. A raw reply is kept before it is read, where the drain has a spool."""
    since = drain.since or drain.write(drain.window.begin)
    while True:
        page = yield from drain.fetch(drain.ask(drain.window, since))
        yield from drain.take(page)
        if drain.is_last(page):
            return
        drain.refuse_repetition(page)
