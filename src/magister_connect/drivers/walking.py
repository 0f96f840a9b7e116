"""Where a flow is: the part of driving that neither blocks nor awaits."""

from __future__ import annotations

import datetime as dt
from typing import Final, Generic, TypeVar, cast

from magister_connect.exchange import Answer, Flow, Item, Series, Step

__all__ = ["CONCURRENCY", "Walk", "utc_now"]

T = TypeVar("T")
CONCURRENCY: Final = 4  # what the interfaces of a school were seen to bear


def utc_now() -> dt.datetime:
    """The clock that drivers read unless they are given another."""
    return dt.datetime.now(dt.UTC)


class Walk(Generic[T]):
    """A flow or series on its way: the step that it wants done, and in the end its result.

    ``step`` is ``None`` at the end. A failure is thrown into the flow, which may react to it or let it through.
    """

    __slots__ = ("_flow", "result", "step")

    def __init__(self, flow: Flow[T] | Series[T]) -> None:
        self._flow = flow
        self.result: T | None = None
        self.step: Step | Item[T] | None = None
        self.answer(None)

    def answer(self, answer: Answer) -> None:
        """Tell the flow what came of its step."""
        try:
            self.step = self._flow.send(answer)
        except StopIteration as end:
            self.step, self.result = None, cast("T | None", end.value)

    def fail(self, failure: Exception) -> None:
        """Tell the flow that its step failed."""
        try:
            self.step = self._flow.throw(failure)
        except StopIteration as end:
            self.step, self.result = None, cast("T | None", end.value)

    def close(self) -> None:
        """End the flow where it is."""
        self._flow.close()
