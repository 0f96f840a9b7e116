"""The driver that blocks."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import BoundedSemaphore
from typing import Self, TypeVar, cast

from magister_connect.drivers.pacing import Pace
from magister_connect.drivers.retrying import RetryPolicy
from magister_connect.drivers.transport import REPLY_LIMIT, BlockingHttp, BlockingTransport, Timeouts
from magister_connect.drivers.walking import CONCURRENCY, Walk, utc_now
from magister_connect.errors import ConnectionFailed, UsageError
from magister_connect.exchange import (
    AskTime,
    Flow,
    Item,
    NextChunk,
    Outcome,
    Pause,
    Reply,
    Request,
    Series,
    Step,
    Together,
)

__all__ = ["BlockingDriver"]

T = TypeVar("T")


class BlockingDriver:
    """Runs flows: sends, waits, repeats what may be repeated, and answers in order.

    ``http`` is a client of httpx or httpx2 that stays the caller's; without it, one is made and closed here.
    ``concurrency`` bounds how many requests of one tuple are on their way at a time (4 unless given), ``pace`` how many
    there are and how fast they follow each other over all flows. ``sleep`` and ``clock`` are what tests replace.
    A driver may be shared between threads; each flow belongs to the thread that runs it.
    """

    def __init__(
        self,
        http: BlockingHttp | None = None,
        *,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        concurrency: int | None = None,
        pace: Pace | None = None,
        limit: int = REPLY_LIMIT,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], dt.datetime] | None = None,
    ) -> None:
        self._transport = BlockingTransport(http, timeouts or Timeouts(), limit)
        self._retries = retries or RetryPolicy()
        concurrency = concurrency or CONCURRENCY
        self._concurrency = concurrency if pace is None else min(concurrency, pace.at_once)
        self._pace = pace
        self._places = BoundedSemaphore(pace.at_once if pace else 1)
        self._sleep = sleep
        self._clock = clock or utc_now

    def run(self, flow: Flow[T]) -> T:
        """Run ``flow`` to its end and give what it returns."""
        walk = Walk(flow)
        for _ in self._walk(walk):
            raise UsageError("A series is iterated over, not run")
        return cast("T", walk.result)

    def iterate(self, series: Series[T]) -> Generator[T, None, None]:
        """Run ``series`` and give its items as they come; stopping early ends what is under way."""
        return self._walk(Walk(series))

    def _walk(self, walk: Walk[T]) -> Generator[T, None, None]:
        stream = _Stream(self._transport)
        try:
            while (step := walk.step) is not None:
                if isinstance(step, Item):
                    yield step.value
                    walk.answer(None)
                    continue
                try:
                    answer = self._answer(step, stream)
                except Exception as error:  # noqa: BLE001 - whatever a step raises belongs to the flow
                    walk.fail(error)
                else:
                    walk.answer(answer)
        finally:
            walk.close()
            stream.close()

    def send(self, request: Request) -> Reply:
        """Send one request, with its repetitions. Raises :class:`ConnectionFailed`."""
        outcome = self._settle(request)
        if isinstance(outcome, ConnectionFailed):
            raise outcome
        return outcome

    def close(self) -> None:
        """Close what was opened here."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _answer(self, step: Step, stream: _Stream) -> object:
        if isinstance(step, Request):
            return stream.open(step) if step.stream else self.send(step)
        if isinstance(step, NextChunk):
            return stream.next()
        if isinstance(step, tuple):
            return self._send_all(step)
        if isinstance(step, Pause):
            self._sleep(step.seconds)
            return None
        if isinstance(step, AskTime):
            return self._clock()
        return step.action()

    def _send_all(self, requests: tuple[Request, ...]) -> tuple[Outcome, ...]:
        bound = requests.concurrency if isinstance(requests, Together) else self._concurrency
        with ThreadPoolExecutor(max_workers=max(1, min(bound, len(requests)))) as pool:
            return tuple(pool.map(self._settle, requests))

    def _settle(self, request: Request) -> Outcome:
        outcome = self._try(request)
        if self._retries.again(request, outcome) is False:
            return outcome
        return self._retries.settle(request, outcome, self._try)

    def _try(self, request: Request) -> Outcome:
        try:
            return self._send_at_pace(request)
        except ConnectionFailed as failure:
            return failure

    def _send_at_pace(self, request: Request) -> Reply:
        if self._pace is None:
            return self._transport.send(request)
        with self._places:
            if (wait := self._pace.reserve()) > 0:
                self._sleep(wait)
            reply = self._transport.send(request)
        self._pace.learn(reply)
        return reply


class _Stream:
    """The one streamed reply that a flow may have open."""

    def __init__(self, transport: BlockingTransport) -> None:
        self._transport = transport
        self._held: ExitStack | None = None
        self._chunks: Iterator[bytes] | None = None

    def open(self, request: Request) -> Reply:
        self.close()
        self._held = ExitStack()
        head, self._chunks = self._held.enter_context(self._transport.open(request))
        return head

    def close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    def next(self) -> bytes:
        if self._chunks is None:
            raise UsageError("NextChunk was asked for before a streamed request")
        return next(self._chunks, b"")
