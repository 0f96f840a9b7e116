"""What is sent and what comes back, without anything that sends.

A *flow* is a generator that yields what to do and is sent the result. It does no I/O, reads no clock and never
sleeps, so that one flow serves a sync and an async driver and can be stepped by hand in a test::

    def login(account: Account) -> Flow[SessionToken]:
        reply = yield from exchange(Request("GET", account.address, query=(...)))
        return read_session_token(reply)

A flow asks for one of these steps:

=====================  ===================================================================================
step                   what the driver sends back
=====================  ===================================================================================
``Request``            a ``Reply``; a ``ConnectionFailed`` is thrown into the flow
tuple of ``Request``   a tuple of ``Reply`` or ``ConnectionFailed``, in the order of the requests
``Concurrent``         the same, with a bound of its own on how many are on their way at a time
``Request(stream=)``   a ``Reply`` without body, or with its start from status 400 on; ``NextChunk`` reads it
``NextChunk``          the next bytes of the running stream; ``b""`` at its end
``Sleep``              nothing, after the time is over
``Now``                an aware ``datetime`` in UTC
``RunBlocking``        what the function returns; what it raises is thrown into the flow
``Uninterrupted``      what its flow returns; a cancellation waits until that flow has ended
``Emit``               nothing: the value goes to the caller that iterates over the series
=====================  ===================================================================================

The functions at the end of this module ask for one step each and give its answer its right type.

A flow that is ended early (cancelled, interrupted by Ctrl-C, closed, or left by the consumer of its items) sees that
exception at the step it waits for. It may ask for further steps before it lets the exception through, to give back
what it holds; the driver performs them for a bounded time::

    token = new_token()
    try:
        yield from run_blocking(lambda: store.take_lease(connection, token))
        ...
    finally:
        yield from run_blocking(lambda: store.release_lease(connection, token))
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from typing import Generic, TypeAlias, TypeVar, cast

from attrs import field, frozen

from magister_connect.core.secrets import Secret
from magister_connect.errors import ConnectionFailed, UsageError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _masked_pairs(pairs: Sequence[tuple[str, str | Secret]]) -> str:
    return f"<{', '.join(name for name, _ in pairs)}>"


@frozen
class Request:
    """One HTTP request, complete.

    ``address`` is absolute and without query; ``query`` and ``headers`` are pairs whose values may be secrets, which
    only the transport reveals. ``timeout`` is the read timeout in seconds, ``total`` bounds the request and its reply
    as a whole, and ``limit`` is the largest reply in bytes after decompression; ``None`` is what the client has.
    ``safe_to_repeat`` decides whether a transient failure is tried again: by default for reading methods only.
    ``allow_list`` names a server that is known to let strangers time out, which turns a connect timeout into
    ``AllowListSuspected``. ``shown`` is the address as it may be printed, where the address itself names a person. The
    repr holds names, never values.
    """

    method: str
    address: str = field(repr=False)
    query: tuple[tuple[str, str | Secret], ...] = field(default=(), repr=_masked_pairs)
    headers: tuple[tuple[str, str | Secret], ...] = field(default=(), repr=_masked_pairs)
    body: bytes | None = field(default=None, repr=False)
    timeout: float | None = None
    total: float | None = None
    limit: int | None = None
    stream: bool = False
    safe_to_repeat: bool | None = None
    allow_list: bool = False
    shown: str | None = None

    @property
    def line(self) -> str:
        """Method and address, without the query: fit for a log and an error."""
        return f"{self.method} {self.shown or self.address}"

    @property
    def repeatable(self) -> bool:
        """Whether this request may be sent again after a failure that left its fate open."""
        return self.method in READING_METHODS if self.safe_to_repeat is None else self.safe_to_repeat


def _size_only(body: bytes) -> str:
    return f"<{len(body)} bytes>"


@frozen
class Reply:
    """What came back: status, headers (pairs, as sent) and the decompressed body.

    The repr holds the status and the size of the body, never the body or a header.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=_size_only)

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty when the server names none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The character set that the server declares in its Content-Type, in lower case."""
        for part in (self.header("content-type") or "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'").lower() or None
        return None


class Concurrent(tuple[Request, ...]):  # noqa: SLOT001 - tuples have no slots but empty ones
    """Requests to send at the same time, at most ``concurrency`` of them at a time, whatever the driver's own bound."""

    concurrency: int

    @classmethod
    def bounded(cls, requests: Sequence[Request], concurrency: int) -> Concurrent:
        """These requests under this bound."""
        together = cls(requests)
        together.concurrency = concurrency
        return together


@frozen
class Sleep:
    """Wait this many seconds."""

    seconds: float


@frozen
class NextChunk:
    """Ask for the next bytes of the stream that the last ``Request(stream=True)`` opened."""


@frozen
class Now:
    """Ask what time it is."""


@frozen
class RunBlocking:
    """Do something that blocks on this machine (a file, a database): awaited in a worker thread by an async driver."""

    action: Callable[[], object] = field(repr=False)


@frozen
class Uninterrupted(Generic[T_co]):
    """Run a flow to its end whatever happens meanwhile: for what must not be left half-done."""

    flow: Flow[T_co] = field(repr=False)


@frozen
class Emit(Generic[T_co]):
    """A value for the caller that iterates; asking for the next one acknowledges it."""

    value: T_co = field(repr=False)


Outcome: TypeAlias = Reply | ConnectionFailed
Step: TypeAlias = "Request | tuple[Request, ...] | Sleep | NextChunk | Now | RunBlocking | Uninterrupted[object]"
Answer: TypeAlias = object
Flow: TypeAlias = Generator[Step, Answer, T]
StreamingFlow: TypeAlias = Generator[Step | Emit[T], Answer, None]


def exchange(request: Request) -> Flow[Reply]:
    """Send one request. Raises :class:`ConnectionFailed` where nothing usable comes back."""
    return cast("Reply", (yield request))


def exchange_all(requests: Sequence[Request], concurrency: int | None = None) -> Flow[tuple[Outcome, ...]]:
    """Send many requests, the outcomes in their order.

    ``concurrency`` is how many may be on their way at a time; without it, as many as the driver was told.
    """
    step = tuple(requests) if concurrency is None else Concurrent.bounded(requests, concurrency)
    return cast("tuple[Outcome, ...]", (yield step))


def exchange_stream(request: Request) -> Flow[Reply]:
    """Open a streamed reply: its body is read by :func:`next_chunk`."""
    if not request.stream:
        raise UsageError("A streamed exchange needs Request(stream=True)", where=request.line)
    return cast("Reply", (yield request))


def next_chunk() -> Flow[bytes]:
    """The next bytes of the running stream, ``b""`` at its end. Raises :class:`ConnectionFailed` when it is cut off."""
    return cast("bytes", (yield NextChunk()))


def sleep(seconds: float) -> Flow[None]:
    """Wait."""
    yield Sleep(seconds)


def current_time() -> Flow[dt.datetime]:
    """The time of the driver's clock, aware, in UTC."""
    return cast("dt.datetime", (yield Now()))


def run_blocking(action: Callable[[], T]) -> Flow[T]:
    """Do something that blocks on this machine and give back the result."""
    return cast("T", (yield RunBlocking(action)))


def uninterrupted(flow: Flow[T]) -> Flow[T]:
    """Run a flow to its end; a cancellation or Ctrl-C takes effect after it. Its requests have their timeouts."""
    return cast("T", (yield Uninterrupted(flow)))


def emit(value: T) -> StreamingFlow[T]:
    """Hand one value to the caller that iterates over the series."""
    yield Emit(value)


def consume(series: StreamingFlow[T], take: Callable[[T], Flow[None]]) -> Flow[None]:
    """Go through a series inside a flow: its steps are passed on, and each item is given to ``take``."""
    try:
        step = next(series)
        while True:
            if isinstance(step, Emit):
                try:
                    yield from take(step.value)
                except BaseException:
                    yield from _leave(series)
                    raise
                step = series.send(None)
                continue
            try:
                answer = yield step
            except BaseException as error:  # noqa: BLE001 - whatever a step raises belongs to the series
                step = series.throw(error)
            else:
                step = series.send(answer)
    except StopIteration:
        return


def _leave(series: StreamingFlow[T]) -> Flow[None]:
    """End a series early, with the steps by which it gives back what it holds."""
    try:
        step = series.throw(GeneratorExit())
        while True:
            answer = None if isinstance(step, Emit) else (yield step)
            step = series.send(answer)
    except (StopIteration, GeneratorExit):
        return
