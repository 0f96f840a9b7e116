"""From one batch to the next, in each of the ways that the service may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from magister_connect.exchange import Series, ask_time
from magister_connect.results.contract import Paging
from magister_connect.results.paging.drain import Batch, Drain
from magister_connect.results.paging.moments import drain_by_moment
from magister_connect.results.paging.numbers import drain_by_number
from magister_connect.results.paging.offsets import drain_by_offset
from magister_connect.results.paging.once import drain_once

__all__ = ["Batch", "Drain", "read_window"]

_WAYS: Final[Mapping[Paging, Callable[[Drain], Series[Batch]]]] = {
    Paging.SINCE: drain_by_moment,
    Paging.OFFSET: drain_by_offset,
    Paging.NUMBER: drain_by_number,
    Paging.ONCE: drain_once,
}


def read_window(drain: Drain) -> Series[Batch]:
    """Everything in the drain's window, in the way of its contract; the last batch says that it is the last."""
    yield from _WAYS[drain.service.contract.paging](drain)
    now = yield from ask_time()
    yield from drain.finish(now)
