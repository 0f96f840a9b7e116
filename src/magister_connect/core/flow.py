"""Requests, responses, and the steps of a flow. This module does no I/O.

A *flow* is a generator that yields steps and receives their results. It does no I/O, reads no clock and never sleeps.
So one flow works with the sync and the async driver, and a test can step it by hand::

    def login(account: Account) -> Flow[SessionToken]:
        reply = yield from exchange(Request("GET", account.address, query=(...)))
        return read_session_token(reply)

A flow yields these steps:

=====================  ===================================================================================
step                   what the driver sends back
=====================  ===================================================================================
``Request``            a ``Reply``; a ``ConnectionFailed`` is thrown into the flow
tuple of ``Request``   a tuple of ``Reply`` or ``ConnectionFailed``, in the order of the requests
``Concurrent``         the same, with its own limit on the number of simultaneous requests
``Request(stream=)``   a ``Reply`` without body, or with its start from status 400 on; ``NextChunk`` reads it
``NextChunk``          the next bytes of the running stream; ``b""`` at its end
``Sleep``              nothing, after the wait
``Now``                an aware ``datetime`` in UTC
``RunBlocking``        the result of the function; its exception is thrown into the flow
``Uninterrupted``      the result of its flow; a cancellation waits until that flow has ended
``Emit``               nothing: the value goes to the caller that iterates over the series
=====================  ===================================================================================

The functions at the end of this module yield one step each, and return its result with the right type.

A flow can end early: it is cancelled, interrupted by Ctrl-C or closed, or the consumer of its items stops. The
exception is then raised at the current step. Before the flow lets it pass, it may yield further steps to release its
resources. The driver performs these for a limited time::

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
    """One complete HTTP request.

    - ``address``: absolute, without query.
    - ``query`` and ``headers``: pairs of name and value. A value may be a secret; only the transport reveals it.
    - ``timeout``: the read timeout in seconds.
    - ``total``: the limit in seconds for the request and its response together.
    - ``limit``: the largest response in bytes, after decompression.
    - ``safe_to_repeat``: whether to retry after a temporary failure. By default only reading methods are retried.
    - ``allow_list``: whether the server is known to let unknown machines time out. A connect timeout then becomes
      ``AllowListSuspected``.
    - ``shown``: a printable address, for an address that identifies a person.

    For ``timeout``, ``total`` and ``limit``, ``None`` means the setting of the client. The repr contains names, never
    values.
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
        """Method and address without the query, for logs and errors."""
        return f"{self.method} {self.shown or self.address}"

    @property
    def repeatable(self) -> bool:
        """Whether this request may be sent again after a failure, when the server may have handled it already."""
        return self.method in READING_METHODS if self.safe_to_repeat is None else self.safe_to_repeat


def _size_only(body: bytes) -> str:
    return f"<{len(body)} bytes>"


@frozen
class Reply:
    """One response: status, headers (pairs, as sent) and the decompressed body.

    The repr contains the status and the size of the body, never the body or a header.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=_size_only)

    def header(self, name: str) -> str | None:
        """Return the first header with this name, or ``None``. Upper and lower case are equal."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters. Empty if the server sends none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The character set from the Content-Type header, in lower case, or ``None``."""
        for part in (self.header("content-type") or "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'").lower() or None
        return None


class Concurrent(tuple[Request, ...]):  # noqa: SLOT001 - only empty slots are possible for a tuple
    """Requests to send at the same time, at most ``concurrency`` at once. The driver's own limit does not apply."""

    concurrency: int

    @classmethod
    def bounded(cls, requests: Sequence[Request], concurrency: int) -> Concurrent:
        """Make a group of these requests with this limit."""
        together = cls(requests)
        together.concurrency = concurrency
        return together


@frozen
class Sleep:
    """Wait this many seconds."""

    seconds: float


@frozen
class NextChunk:
    """Read the next bytes of the stream that the last ``Request(stream=True)`` opened."""


@frozen
class Now:
    """Read the clock."""


@frozen
class RunBlocking:
    """Run something that blocks on this machine, such as a file or a database.

    An async driver runs it in a worker thread.
    """

    action: Callable[[], object] = field(repr=False)


@frozen
class Uninterrupted(Generic[T_co]):
    """Run a flow to its end without interruption, because it must not stop half-way."""

    flow: Flow[T_co] = field(repr=False)


@frozen
class Emit(Generic[T_co]):
    """A value for the caller that iterates. Asking for the next value acknowledges this one."""

    value: T_co = field(repr=False)


Outcome: TypeAlias = Reply | ConnectionFailed
Step: TypeAlias = Request | tuple[Request, ...] | Sleep | NextChunk | Now | RunBlocking | Uninterrupted[object]
Answer: TypeAlias = object
Flow: TypeAlias = Generator[Step, Answer, T]
StreamingFlow: TypeAlias = Generator[Step | Emit[T], Answer, None]


def exchange(request: Request) -> Flow[Reply]:
    """Send one request. Raises :class:`ConnectionFailed` if no usable response comes back."""
    return cast("Reply", (yield request))


def exchange_all(requests: Sequence[Request], concurrency: int | None = None) -> Flow[tuple[Outcome, ...]]:
    """Send many requests, and return their outcomes in the same order.

    ``concurrency`` is how many may run at the same time. Without it, the setting of the driver applies.
    """
    step = tuple(requests) if concurrency is None else Concurrent.bounded(requests, concurrency)
    return cast("tuple[Outcome, ...]", (yield step))


def exchange_stream(request: Request) -> Flow[Reply]:
    """Open a streamed response. Read its body with :func:`next_chunk`."""
    if not request.stream:
        raise UsageError("A streamed exchange needs Request(stream=True)", where=request.line)
    return cast("Reply", (yield request))


def next_chunk() -> Flow[bytes]:
    """Return the next bytes of the stream, ``b""`` at its end. Raises :class:`ConnectionFailed` if it breaks off."""
    return cast("bytes", (yield NextChunk()))


def sleep(seconds: float) -> Flow[None]:
    """Wait."""
    yield Sleep(seconds)


def current_time() -> Flow[dt.datetime]:
    """Return the time of the driver's clock, aware, in UTC."""
    return cast("dt.datetime", (yield Now()))


def run_blocking(action: Callable[[], T]) -> Flow[T]:
    """Run something that blocks on this machine, and return its result."""
    return cast("T", (yield RunBlocking(action)))


def uninterrupted(flow: Flow[T]) -> Flow[T]:
    """Run a flow to its end. A cancellation or Ctrl-C takes effect after it. Timeouts still apply."""
    return cast("T", (yield Uninterrupted(flow)))


def emit(value: T) -> StreamingFlow[T]:
    """Pass one value to the caller that iterates over the series."""
    yield Emit(value)


def consume(series: StreamingFlow[T], take: Callable[[T], Flow[None]]) -> Flow[None]:
    """Iterate over a series inside a flow. Its steps are passed on, and ``take`` receives each item."""
    try:
        step = next(series)
        while True:
            if isinstance(step, Emit):
                try:
                    yield from take(step.value)
                except BaseException:
                    yield from _close_stream(series)
                    raise
                step = series.send(None)
                continue
            try:
                answer = yield step
            except BaseException as error:  # noqa: BLE001 - every exception of a step goes to the series
                step = series.throw(error)
            else:
                step = series.send(answer)
    except StopIteration:
        return


def _close_stream(series: StreamingFlow[T]) -> Flow[None]:
    """End a series early, and perform the steps by which it releases its resources."""
    try:
        step = series.throw(GeneratorExit())
        while True:
            answer = None if isinstance(step, Emit) else (yield step)
            step = series.send(answer)
    except (StopIteration, GeneratorExit):
        return
