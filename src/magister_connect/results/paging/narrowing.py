"""Getting past what a service cannot answer: ever smaller windows, and steps over what is in the way.

One record that cannot be encoded costs the whole batch (measured with ext-soap), and a batch without order hides
records behind its limit. Where the service takes an upper bound, the window is halved until the trouble is alone;
where it does not, the next point that is answered is looked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from magister_connect.errors import CursorStuck
from magister_connect.exchange import Flow, Series
from magister_connect.results.moments import Window
from magister_connect.results.paging.drain import Batch, Drain
from magister_connect.results.service import PATIENCE, Ask, Patience, Poisoned

__all__ = ["Narrower", "Pager", "can_narrow", "drain_narrowing", "first_answered", "narrow_for_order"]


class Narrower(Exception):
    """A pager asks for smaller windows, from where it has come to, and split where it says or in the middle."""

    def __init__(self, begin: dt.datetime, *, poison: Poisoned | None = None, split: dt.datetime | None = None) -> None:
        super().__init__()
        self.begin = begin
        self.poison = poison
        self.split = split


Pager = Callable[[Drain, Window, "str | None", Patience], Series[Batch]]
"""Reads one window from a text on, patiently or not; raises :class:`Narrower` where a smaller window may help."""


def can_narrow(drain: Drain, window: Window) -> bool:
    """Whether the window can be halved: there is an upper bound, and more than one granule."""
    return drain.service.contract.parameters.until is not None and window.halves(drain.granule) is not None


def drain_narrowing(
    drain: Drain, window: Window, pager: Pager, first: str | None = None, *, patience: Patience = PATIENCE
) -> Series[Batch]:
    """Everything in a window, in halves where the whole cannot be had."""
    try:
        yield from pager(drain, window, first, patience)
    except Narrower as wanted:
        halves = _halves(drain, Window(wanted.begin, window.end), wanted.split)
        left = () if wanted.poison else PATIENCE
    else:
        return
    for half in halves:
        yield from drain_narrowing(drain, half, pager, patience=left)


def _halves(drain: Drain, window: Window, split: dt.datetime | None) -> tuple[Window, ...]:
    if split is not None and window.begin < split < window.end:
        return Window(window.begin, split), Window(split, window.end)
    return window.halves(drain.granule) or ()


def narrow_for_order(drain: Drain, window: Window, moments: Sequence[dt.datetime]) -> None:
    """Ask for smaller windows because of a batch out of order, split where the batch has its middle.

    Two halves that bring nothing new prove that the batch was whole. Raises :class:`CursorStuck` where the service
    takes no upper bound, or one moment fills the batch.
    """
    if can_narrow(drain, window):
        raise Narrower(window.begin, split=sorted(moments)[len(moments) // 2])
    raise CursorStuck(
        "A full batch came out of order, so that it may hide records that cannot be asked for",
        where=drain.service.address,
        advice="Ask the vendor in which order batches come; if they follow each other, set batches_in_order=True "
        "in the contract, and else the paging by an offset or an upper bound.",
    )


def first_answered(drain: Drain, ask_at: Callable[[int], Ask], furthest: int) -> Flow[int | None]:
    """The smallest number of steps after which the service answers again; ``None`` when it does not.

    Steps are doubled until there is an answer, and then halved: a record in the way costs some forty requests.
    """
    failed, step = 0, 1
    while not (yield from _answers(drain, ask_at(min(step, furthest)))):
        if step >= furthest:
            return None
        failed, step = step, step * 2
    answered = min(step, furthest)
    while answered - failed > 1:
        middle = (failed + answered) // 2
        if (yield from _answers(drain, ask_at(middle))):
            answered = middle
        else:
            failed = middle
    return answered


def _answers(drain: Drain, ask: Ask) -> Flow[bool]:
    try:
        yield from drain.fetch(ask, patience=())
    except Poisoned:
        return False
    return True
