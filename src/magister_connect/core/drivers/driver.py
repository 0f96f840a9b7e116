"""Where a flow is: the part of driving that neither blocks nor awaits."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, aclosing
from threading import BoundedSemaphore
from typing import Final, Generic, Self, TypeVar, cast

import anyio
import anyio.to_thread

from magister_connect.core.drivers.pacing import Pace
from magister_connect.core.drivers.retrying import RetryPolicy
from magister_connect.core.drivers.transport import (
    REPLY_LIMIT,
    AsyncHttp,
    AsyncTransport,
    SyncHttp,
    SyncTransport,
    Timeouts,
)
from magister_connect.core.flow import (
    Answer,
    Concurrent,
    Emit,
    Flow,
    NextChunk,
    Now,
    Outcome,
    Reply,
    Request,
    Sleep,
    Step,
    StreamingFlow,
)
from magister_connect.errors import ConnectionFailed, UsageError

T = TypeVar("T")
CONCURRENCY: Final = 4  # what the interfaces of a school were seen to bear


def utc_now() -> dt.datetime:
    """The clock that drivers read unless they are given another."""
    return dt.datetime.now(dt.UTC)


class RunningFlow(Generic[T]):
    """A flow or series on its way: the step that it wants done, and in the end its result.

    ``step`` is ``None`` at the end. A failure is thrown into the flow, which may react to it or let it through.
    """

    __slots__ = ("_flow", "result", "step")

    def __init__(self, flow: Flow[T] | StreamingFlow[T]) -> None:
        self._flow = flow
        self.result: T | None = None
        self.step: Step | Emit[T] | None = None
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


class SyncDriver:
    """Runs flows: sends, waits, repeats what may be repeated, and answers in order.

    ``http`` is a client of httpx or httpx2 that stays the caller's; without it, one is made and closed here.
    ``concurrency`` bounds how many requests of one tuple are on their way at a time (4 unless given), ``pace`` how many
    there are and how fast they follow each other over all flows. ``sleep`` and ``clock`` are what tests replace.
    A driver may be shared between threads; each flow belongs to the thread that runs it.
    """

    def __init__(
        self,
        http: SyncHttp | None = None,
        *,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        concurrency: int | None = None,
        pace: Pace | None = None,
        limit: int = REPLY_LIMIT,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], dt.datetime] | None = None,
    ) -> None:
        self._transport = SyncTransport(http, timeouts or Timeouts(), limit)
        self._retries = retries or RetryPolicy()
        concurrency = concurrency or CONCURRENCY
        self._concurrency = concurrency if pace is None else min(concurrency, pace.at_once)
        self._pace = pace
        self._places = BoundedSemaphore(pace.at_once if pace else 1)
        self._sleep = sleep
        self._clock = clock or utc_now

    def run(self, flow: Flow[T]) -> T:
        """Run ``flow`` to its end and give what it returns."""
        walk = RunningFlow(flow)
        for _ in self._walk(walk):
            raise UsageError("A series is iterated over, not run")
        return cast("T", walk.result)

    def iterate(self, series: StreamingFlow[T]) -> Generator[T, None, None]:
        """Run ``series`` and give its items as they come; stopping early ends what is under way."""
        return self._walk(RunningFlow(series))

    def _walk(self, walk: RunningFlow[T]) -> Generator[T, None, None]:
        stream = _OpenStream(self._transport)
        try:
            while (step := walk.step) is not None:
                if isinstance(step, Emit):
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

    def _answer(self, step: Step, stream: _OpenStream) -> object:
        if isinstance(step, Request):
            return stream.open(step) if step.stream else self.send(step)
        if isinstance(step, NextChunk):
            return stream.next()
        if isinstance(step, tuple):
            return self._send_all(step)
        if isinstance(step, Sleep):
            self._sleep(step.seconds)
            return None
        if isinstance(step, Now):
            return self._clock()
        return step.action()

    def _send_all(self, requests: tuple[Request, ...]) -> tuple[Outcome, ...]:
        bound = requests.concurrency if isinstance(requests, Concurrent) else self._concurrency
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


class _OpenStream:
    """The one streamed reply that a flow may have open."""

    def __init__(self, transport: SyncTransport) -> None:
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


class AsyncDriver:
    """Runs flows: sends, waits, repeats what may be repeated, and answers in order.

    ``http`` is a client of httpx or httpx2 that stays the caller's; without it, one is made and closed here.
    ``concurrency`` bounds how many requests of one tuple are on their way at a time (4 unless given), ``pace`` how many
    there are and how fast they follow each other over all flows. ``sleep`` and ``clock`` are what tests replace.
    A driver belongs to one event loop and may be shared between its tasks.
    """

    def __init__(
        self,
        http: AsyncHttp | None = None,
        *,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        concurrency: int | None = None,
        pace: Pace | None = None,
        limit: int = REPLY_LIMIT,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        clock: Callable[[], dt.datetime] | None = None,
    ) -> None:
        self._transport = AsyncTransport(http, timeouts or Timeouts(), limit)
        self._retries = retries or RetryPolicy()
        self._concurrency = concurrency or CONCURRENCY
        self._pace = pace
        self._places: anyio.CapacityLimiter | None = None
        self._sleep = sleep
        self._clock = clock or utc_now

    async def run(self, flow: Flow[T]) -> T:
        """Run ``flow`` to its end and give what it returns."""
        walk = RunningFlow(flow)
        async with aclosing(self._walk(walk)) as items:
            async for _ in items:
                raise UsageError("A series is iterated over, not run")
        return cast("T", walk.result)

    def iterate(self, series: StreamingFlow[T]) -> AsyncGenerator[T, None]:
        """Run ``series`` and give its items as they come; stopping early ends what is under way."""
        return self._walk(RunningFlow(series))

    async def _walk(self, walk: RunningFlow[T]) -> AsyncGenerator[T, None]:
        stream = _OpenAsyncStream(self._transport)
        try:
            while (step := walk.step) is not None:
                if isinstance(step, Emit):
                    yield step.value
                    walk.answer(None)
                    continue
                try:
                    answer = await self._answer(step, stream)
                except Exception as error:  # noqa: BLE001 - whatever a step raises belongs to the flow
                    walk.fail(error)
                else:
                    walk.answer(answer)
        finally:
            walk.close()
            await stream.close()

    async def send(self, request: Request) -> Reply:
        """Send one request, with its repetitions. Raises :class:`ConnectionFailed`."""
        outcome = await self._settle(request)
        if isinstance(outcome, ConnectionFailed):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Close what was opened here."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def _answer(self, step: Step, stream: _OpenAsyncStream) -> object:
        if isinstance(step, Request):
            return await (stream.open(step) if step.stream else self.send(step))
        if isinstance(step, NextChunk):
            return await stream.next()
        if isinstance(step, tuple):
            return await self._send_all(step)
        if isinstance(step, Sleep):
            await self._sleep(step.seconds)
            return None
        if isinstance(step, Now):
            return self._clock()
        return await anyio.to_thread.run_sync(step.action)

    async def _send_all(self, requests: tuple[Request, ...]) -> tuple[Outcome, ...]:
        bound = requests.concurrency if isinstance(requests, Concurrent) else self._concurrency
        outcomes: dict[int, Outcome | UsageError] = {}
        limiter = anyio.CapacityLimiter(max(1, bound))

        async def settle(place: int, request: Request) -> None:
            async with limiter:
                try:
                    outcomes[place] = await self._settle(request)
                except UsageError as error:  # raised below: a group of errors would hide it
                    outcomes[place] = error

        async with anyio.create_task_group() as group:
            for place, request in enumerate(requests):
                group.start_soon(settle, place, request)
        return tuple(_usable(outcomes[place]) for place in range(len(requests)))

    async def _settle(self, request: Request) -> Outcome:
        outcome = await self._try(request)
        if self._retries.again(request, outcome) is False:
            return outcome
        return await self._retries.settle_async(request, outcome, self._try)

    async def _try(self, request: Request) -> Outcome:
        try:
            return await self._send_at_pace(request)
        except ConnectionFailed as failure:
            return failure

    async def _send_at_pace(self, request: Request) -> Reply:
        if self._pace is None:
            return await self._transport.send(request)
        if self._places is None:  # made here, where there is an event loop
            self._places = anyio.CapacityLimiter(self._pace.at_once)
        async with self._places:
            if (wait := self._pace.reserve()) > 0:
                await self._sleep(wait)
            reply = await self._transport.send(request)
        self._pace.learn(reply)
        return reply


def _usable(outcome: Outcome | UsageError) -> Outcome:
    if isinstance(outcome, UsageError):
        raise outcome
    return outcome


class _OpenAsyncStream:
    """The one streamed reply that a flow may have open."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self._held: AsyncExitStack | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    async def open(self, request: Request) -> Reply:
        await self.close()
        self._held = AsyncExitStack()
        head, self._chunks = await self._held.enter_async_context(self._transport.open(request))
        return head

    async def close(self) -> None:
        if self._held is not None:
            await self._held.aclose()
            self._held = None

    async def next(self) -> bytes:
        if self._chunks is None:
            raise UsageError("NextChunk was asked for before a streamed request")
        return await anext(self._chunks, b"")
