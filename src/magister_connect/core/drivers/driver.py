"""The drivers: :class:`SyncDriver` and :class:`AsyncDriver`, and the state of a running flow."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, aclosing, suppress
from contextvars import copy_context
from functools import partial
from itertools import chain
from threading import BoundedSemaphore
from typing import Final, Generic, Self, TypeVar, cast

import anyio
import anyio.lowlevel
import anyio.to_thread
from attrs import evolve

from magister_connect.core.boundary import boundary
from magister_connect.core.drivers.bounds import Timeouts, deadline
from magister_connect.core.drivers.pacing import PLACE_WAIT, Pace
from magister_connect.core.drivers.retrying import RetryPolicy
from magister_connect.core.drivers.shielding import run_shielded
from magister_connect.core.drivers.transport import (
    REPLY_LIMIT,
    AsyncHttp,
    AsyncTransport,
    SyncHttp,
    SyncTransport,
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
    RunBlocking,
    Sleep,
    Step,
    StreamingFlow,
    Uninterrupted,
)
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import ConnectionFailed, UsageError

T = TypeVar("T")
CLEANUP_SECONDS: Final = 30.0  # time that a flow which ends early gets to release its resources
CLEANUP_STEPS: Final = 100
REFUSAL_SIZE: Final = 65_536  # bytes of a streamed error response that are read at once, to know what it says
CONCURRENCY: Final = 4  # what the interfaces of a school were seen to accept


def utc_now() -> dt.datetime:
    """Return the current time in UTC. This is the default clock of the drivers."""
    return dt.datetime.now(dt.UTC)


class RunningFlow(Generic[T]):
    """A flow or streaming flow in progress: its current step and, at the end, its result.

    ``step`` is ``None`` at the end. A failure is thrown into the flow. The flow can handle it or let it pass.
    """

    __slots__ = ("_flow", "result", "step")

    def __init__(self, flow: Flow[T] | StreamingFlow[T]) -> None:
        self._flow = flow
        self.result: T | None = None
        self.step: Step | Emit[T] | None = None
        self.answer(None)

    @property
    def ended(self) -> bool:
        """Whether the flow has returned or raised."""
        return self.step is None

    def answer(self, answer: Answer) -> None:
        """Send the flow the result of its step."""
        self.step = None
        try:
            self.step = self._flow.send(answer)
        except StopIteration as end:
            self.result = cast("T | None", end.value)

    def fail(self, failure: BaseException) -> None:
        """Throw a failure into the flow: its step failed, or it must end."""
        self.step = None
        try:
            self.step = self._flow.throw(failure)
        except StopIteration as end:
            self.result = cast("T | None", end.value)

    def close(self) -> None:
        """End the flow at its current step."""
        with suppress(RuntimeError):  # for a flow that keeps yielding steps
            self._flow.close()


class SyncDriver(SafeRepr):
    """Runs flows: sends requests, waits, retries, and returns the responses in order.

    - ``http``: a client of httpx or httpx2, which you close yourself. Without it, the driver makes and closes one. The
      driver replaces the lock of its connection pool, so that Ctrl-C cannot leave it held.
    - ``concurrency``: how many requests of one tuple run at the same time (default 4).
    - ``pace``: limits the number and the speed of requests over all flows.
    - ``sleep`` and ``clock``: replace these in tests.

    Threads may share a driver. A flow must stay in the thread that runs it.
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
        self._process = os.getpid()
        self._sleep = sleep
        self._clock = clock or utc_now

    def run(self, flow: Flow[T]) -> T:
        """Run ``flow`` to its end and return its result."""
        __tracebackhide__ = True
        with boundary:
            return self._run(flow)

    def iterate(self, series: StreamingFlow[T]) -> Generator[T, None, None]:
        """Run ``series`` and yield its items as they arrive. If you stop early, the running request ends."""
        __tracebackhide__ = True
        with boundary:
            walk = RunningFlow(series)
            yield from self._walk(walk)

    def _run(self, flow: Flow[T]) -> T:
        walk = RunningFlow(flow)
        for _ in self._walk(walk):
            raise UsageError(
                "This flow emits items, which run() cannot return", advice="Call iterate() instead of run()."
            )
        return cast("T", walk.result)

    def _walk(self, walk: RunningFlow[T]) -> Generator[T, None, None]:
        stream = _OpenStream(self._transport)
        try:
            while (step := walk.step) is not None:
                if isinstance(step, Emit):
                    yield step.value
                    walk.answer(None)
                else:
                    self._perform(walk, step, stream)
        except BaseException as error:
            self._clean_up(walk, error, stream)
            raise
        finally:
            walk.close()
            stream.close()

    def _perform(self, walk: RunningFlow[T], step: Step, stream: _OpenStream) -> None:
        """Perform one step, and send its result to the flow."""
        interruption: BaseException | None = None
        try:
            if isinstance(step, Uninterrupted):
                answer, interruption = self._run_uninterrupted(step.flow)
            else:
                answer = self._answer(step, stream)
        except Exception as error:  # noqa: BLE001 - every exception of a step goes to the flow
            walk.fail(error)
        else:
            walk.answer(answer)
        if interruption is not None:
            raise interruption

    def _clean_up(self, walk: RunningFlow[T], error: BaseException, stream: _OpenStream) -> None:
        """Let a flow that ends early release its resources."""
        if walk.ended:
            return
        with suppress(type(error), Exception), deadline(CLEANUP_SECONDS):
            walk.fail(error)
            for _ in range(CLEANUP_STEPS):
                if (step := walk.step) is None:
                    return
                if isinstance(step, Emit):
                    walk.answer(None)
                else:
                    self._perform(walk, step, stream)

    def _run_uninterrupted(self, flow: Flow[T]) -> tuple[T, BaseException | None]:
        """Return the result of the flow, and the exception that interrupted the wait for it.

        The flow runs in another thread, because only the main thread receives signals.
        """
        if threading.current_thread() is not threading.main_thread():
            return self._run(flow), None
        results: list[T] = []
        failures: list[BaseException] = []
        finished = threading.Event()

        def work() -> None:
            try:
                results.append(self._run(flow))
            except BaseException as error:  # noqa: BLE001 - raised below, in the calling thread
                failures.append(error)
            finally:
                finished.set()

        thread = threading.Thread(target=copy_context().run, args=(work,))
        interruption = _join_uninterrupted(thread, finished)
        if failures or not results:
            raise interruption or failures[0]
        return results[0], interruption

    def send(self, request: Request) -> Reply:
        """Send one request, with retries. Raises :class:`ConnectionFailed`."""
        return _reply_or_raise(self._send_with_retries(request, self._transport.send))

    def close(self) -> None:
        """Close what the driver opened."""
        self._transport.close()

    def __repr__(self) -> str:
        return f"<SyncDriver, {self._concurrency} at a time>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _answer(self, step: Step, stream: _OpenStream) -> object:
        if isinstance(step, Request):
            return _reply_or_raise(self._send_with_retries(step, stream.open)) if step.stream else self.send(step)
        if isinstance(step, NextChunk):
            return stream.next()
        if isinstance(step, tuple):
            return self._send_all(step)
        if isinstance(step, Sleep):
            self._sleep(step.seconds)
            return None
        if isinstance(step, Now):
            return self._clock()
        if isinstance(step, RunBlocking):
            return step.action()
        raise UsageError(f"The flow yielded a {type(step).__name__}, which is not a step")

    def _send_all(self, requests: tuple[Request, ...]) -> tuple[Outcome, ...]:
        bound = requests.concurrency if isinstance(requests, Concurrent) else self._concurrency
        at_work: set[threading.Thread] = set()
        stopped = threading.Event()

        def settle(request: Request) -> Outcome | None:
            at_work.add(threading.current_thread())
            return None if stopped.is_set() else self._send_with_retries(request, self._transport.send)

        with ThreadPoolExecutor(max_workers=max(1, min(bound, len(requests)))) as pool:
            try:
                running = [pool.submit(copy_context().run, settle, each) for each in requests]
                return tuple(cast("Outcome", each.result()) for each in running)
            except BaseException:
                stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                for thread in tuple(at_work):  # the pool does not know one whose start was interrupted
                    thread.join()
                raise

    def _send_with_retries(self, request: Request, send: Callable[[Request], Reply]) -> Outcome:
        def attempt(request: Request) -> Outcome:
            try:
                return self._send_at_pace(request, send)
            except ConnectionFailed as failure:
                return failure

        outcome = attempt(request)
        if self._retries.again(request, outcome) is False:
            return outcome
        return self._retries.settle(request, outcome, attempt)

    def _send_at_pace(self, request: Request, send: Callable[[Request], Reply]) -> Reply:
        """Send a request or open a stream at the pace. A stream holds its place until its head arrives."""
        if self._pace is None:
            return send(request)
        if self._process != os.getpid():  # a fork may have copied places that another thread held
            self._places, self._process = BoundedSemaphore(self._pace.at_once), os.getpid()
        with self._places:
            while not self._pace.take_place():  # another client of this school has all places
                self._sleep(PLACE_WAIT)
            try:
                if (wait := self._pace.reserve()) > 0:
                    self._sleep(wait)
                reply = send(request)
            finally:
                self._pace.release()
        self._pace.learn(reply)
        return reply


def _join_uninterrupted(thread: threading.Thread, finished: threading.Event) -> BaseException | None:
    """Run a thread to its end, also after Ctrl-C. Return the exception that interrupted the wait."""
    interruption: BaseException | None = None
    begun = False
    while True:
        try:
            if not begun:
                begun = True
                thread.start()
            while not finished.wait(0.5):
                if not thread.is_alive():  # interrupted before it was started
                    return interruption
        except RuntimeError:  # no thread can be started
            raise
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            interruption = error
        else:
            return interruption


class _OpenStream:
    """The one streamed response that a flow may have open."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport
        self._held: ExitStack | None = None
        self._chunks: Iterator[bytes] | None = None

    def open(self, request: Request) -> Reply:
        self.close()
        self._held = ExitStack()
        head, chunks = self._held.enter_context(self._transport.open(request))
        self._chunks = chunks
        if head.status < 400:
            return head
        start = list(_read_up_to(REFUSAL_SIZE, chunks))
        self._chunks = chain(start, chunks)
        return evolve(head, body=b"".join(start))

    def close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    def next(self) -> bytes:
        if self._chunks is None:
            raise UsageError("NextChunk came before a streamed request", advice="Send Request(..., stream=True) first.")
        return next(self._chunks, b"")


class AsyncDriver(SafeRepr):
    """Runs flows: sends requests, waits, retries, and returns the responses in order.

    - ``http``: an async client of httpx or httpx2, which you close yourself. Without it, the driver makes and closes
      one.
    - ``concurrency``: how many requests of one tuple run at the same time (default 4).
    - ``pace``: limits the number and the speed of requests over all flows.
    - ``sleep`` and ``clock``: replace these in tests.

    A driver belongs to one event loop. Tasks of that loop may share it.
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
        """Run ``flow`` to its end and return its result."""
        __tracebackhide__ = True
        with boundary:
            return await self._run(flow)

    async def iterate(self, series: StreamingFlow[T]) -> AsyncGenerator[T, None]:
        """Run ``series`` and yield its items as they arrive. If you stop early, the running request ends."""
        __tracebackhide__ = True
        with boundary:
            async with aclosing(self._walk(RunningFlow(series))) as items:
                async for item in items:
                    yield item

    async def _run(self, flow: Flow[T]) -> T:
        walk = RunningFlow(flow)
        async with aclosing(self._walk(walk)) as items:
            async for _ in items:
                raise UsageError(
                    "This flow emits items, which run() cannot return", advice="Call iterate() instead of run()."
                )
        return cast("T", walk.result)

    async def _walk(self, walk: RunningFlow[T]) -> AsyncGenerator[T, None]:
        stream = _OpenAsyncStream(self._transport)
        try:
            while (step := walk.step) is not None:
                if isinstance(step, Emit):
                    yield step.value
                    walk.answer(None)
                else:
                    await self._perform(walk, step, stream)
        except BaseException as error:
            await self._clean_up(walk, error, stream)
            raise
        finally:
            walk.close()
            await stream.close()

    async def _perform(self, walk: RunningFlow[T], step: Step, stream: _OpenAsyncStream) -> None:
        """Perform one step, and send its result to the flow.

        A blocking action on this machine takes effect even if its task is cancelled. So the flow receives its result
        before a cancellation.
        """
        interruption: BaseException | None = None
        try:
            if isinstance(step, Uninterrupted):
                answer, interruption = await run_shielded(partial(self._run, step.flow))
            elif isinstance(step, RunBlocking):
                await anyio.lowlevel.checkpoint_if_cancelled()
                answer, interruption = await run_shielded(partial(anyio.to_thread.run_sync, step.action))
            else:
                answer = await self._answer(step, stream)
        except Exception as error:  # noqa: BLE001 - every exception of a step goes to the flow
            walk.fail(error)
        else:
            walk.answer(answer)
        if interruption is not None:
            raise interruption

    async def _clean_up(self, walk: RunningFlow[T], error: BaseException, stream: _OpenAsyncStream) -> None:
        """Let a flow that ends early release its resources."""
        if walk.ended:
            return
        with suppress(type(error), Exception), anyio.move_on_after(CLEANUP_SECONDS, shield=True):
            walk.fail(error)
            for _ in range(CLEANUP_STEPS):
                if (step := walk.step) is None:
                    return
                if isinstance(step, Emit):
                    walk.answer(None)
                else:
                    await self._perform(walk, step, stream)

    async def send(self, request: Request) -> Reply:
        """Send one request, with retries. Raises :class:`ConnectionFailed`."""
        return _reply_or_raise(await self._send_with_retries(request, self._transport.send))

    async def close(self) -> None:
        """Close what the driver opened."""
        await self._transport.close()

    def __repr__(self) -> str:
        return f"<AsyncDriver, {self._concurrency} at a time>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def _answer(self, step: Step, stream: _OpenAsyncStream) -> object:
        if isinstance(step, Request):
            return (
                _reply_or_raise(await self._send_with_retries(step, stream.open))
                if step.stream
                else await self.send(step)
            )
        if isinstance(step, NextChunk):
            return await stream.next()
        if isinstance(step, tuple):
            return await self._send_all(step)
        if isinstance(step, Sleep):
            await self._sleep(step.seconds)
            return None
        if isinstance(step, Now):
            return self._clock()
        raise UsageError(f"The flow yielded a {type(step).__name__}, which is not a step")

    async def _send_all(self, requests: tuple[Request, ...]) -> tuple[Outcome, ...]:
        bound = requests.concurrency if isinstance(requests, Concurrent) else self._concurrency
        outcomes: dict[int, Outcome | Exception] = {}
        limiter = anyio.CapacityLimiter(max(1, bound))

        async def settle(place: int, request: Request) -> None:
            async with limiter:
                try:
                    outcomes[place] = await self._send_with_retries(request, self._transport.send)
                except Exception as error:  # noqa: BLE001 - raised below: a group of errors would hide it
                    outcomes[place] = error

        async with anyio.create_task_group() as group:
            for place, request in enumerate(requests):
                group.start_soon(settle, place, request)
        return tuple(_outcome_or_raise(outcomes[place]) for place in range(len(requests)))

    async def _send_with_retries(self, request: Request, send: Callable[[Request], Awaitable[Reply]]) -> Outcome:
        async def attempt(request: Request) -> Outcome:
            try:
                return await self._send_at_pace(request, send)
            except ConnectionFailed as failure:
                return failure

        outcome = await attempt(request)
        if self._retries.again(request, outcome) is False:
            return outcome
        return await self._retries.settle_async(request, outcome, attempt)

    async def _send_at_pace(self, request: Request, send: Callable[[Request], Awaitable[Reply]]) -> Reply:
        """Send a request or open a stream at the pace. A stream holds its place until its head arrives."""
        if self._pace is None:
            return await send(request)
        if self._places is None:  # made here, because here an event loop is running
            self._places = anyio.CapacityLimiter(self._pace.at_once)
        async with self._places:
            while not await self._take_place(self._pace):  # another client of this school has all places
                await self._sleep(PLACE_WAIT)
            try:
                if (wait := await _ask_pace(self._pace, self._pace.reserve)) > 0:
                    await self._sleep(wait)
                reply = await send(request)
            finally:
                await _ask_pace(self._pace, self._pace.release)
        await _ask_pace(self._pace, partial(self._pace.learn, reply))
        return reply

    async def _take_place(self, pace: Pace) -> bool:
        if not pace.blocks:
            return pace.take_place()
        taken, interruption = await run_shielded(partial(anyio.to_thread.run_sync, pace.take_place))
        if interruption is not None:
            if taken:
                await _ask_pace(pace, pace.release)
            raise interruption
        return taken


async def _ask_pace(pace: Pace, action: Callable[[], T]) -> T:
    """Call a pace. A blocking one runs in a worker thread, and a cancellation waits for it."""
    if not pace.blocks:
        return action()
    answer, interruption = await run_shielded(partial(anyio.to_thread.run_sync, action))
    if interruption is not None:
        raise interruption
    return answer


def _read_up_to(size: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Read chunks until they hold ``size`` bytes."""
    while size > 0 and (chunk := next(chunks, b"")):
        size -= len(chunk)
        yield chunk


async def _chain(start: Sequence[bytes], chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in start:
        yield chunk
    async for chunk in chunks:
        yield chunk


def _reply_or_raise(outcome: Outcome) -> Reply:
    if isinstance(outcome, ConnectionFailed):
        raise outcome
    return outcome


def _outcome_or_raise(outcome: Outcome | Exception) -> Outcome:
    if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionFailed):
        raise outcome
    return outcome


class _OpenAsyncStream:
    """The one streamed response that a flow may have open."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self._held: AsyncExitStack | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    async def open(self, request: Request) -> Reply:
        await self.close()
        self._held = AsyncExitStack()
        head, chunks = await self._held.enter_async_context(self._transport.open(request))
        self._chunks = chunks
        if head.status < 400:
            return head
        start: list[bytes] = []
        while sum(map(len, start)) < REFUSAL_SIZE and (chunk := await anext(chunks, b"")):
            start.append(chunk)
        self._chunks = _chain(start, chunks)
        return evolve(head, body=b"".join(start))

    async def close(self) -> None:
        if self._held is not None:
            await self._held.aclose()
            self._held = None

    async def next(self) -> bytes:
        if self._chunks is None:
            raise UsageError("NextChunk came before a streamed request", advice="Send Request(..., stream=True) first.")
        return await anext(self._chunks, b"")
