"""Limits on the duration of a call and the speed of a response, so that a very slow server cannot block you.

A read timeout starts again with every byte. So each call also has a deadline, and each stream a minimum rate. For a
stream, only the time spent waiting for the server counts, not the time that your code needs between two chunks.

Async calls end by cancellation. A blocking socket cannot be cancelled. So the timeout of each of its reads and writes
is cut to the time that is left. httpcore passes the stream of every new connection to its ``trace`` extension
(documented). A thread-local variable holds the deadline of the current call. Sync code cannot limit a DNS look-up; the
operating system has its own limit for that.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from contextvars import ContextVar
from typing import Any, Final

from attrs import Attribute, Factory, field, frozen

from magister_connect.core.flow import Request
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import TimedOut, UsageError

_DEADLINE: Final[ContextVar[float]] = ContextVar("magister_connect.deadline", default=math.inf)
_TICK: Final = 0.002  # seconds that a timeout may fire early
_PIECE: Final = 65_536  # bytes that are written under one timeout


def _above_zero(_timeouts: object, attribute: Attribute[float], seconds: float | None) -> None:
    if seconds is None and attribute.default is None:
        return
    if seconds is None or not seconds > 0:
        raise UsageError("A timeout is a number of seconds above zero", where=f"the timeout to {attribute.name}")


def _not_negative(_timeouts: object, attribute: Attribute[float], rate: float) -> None:
    if not rate >= 0:
        raise UsageError("A rate is a number of bytes a second, or 0 for none", where=attribute.name)


@frozen
class Timeouts(SafeRepr):
    """Limits on time, in seconds. Every call has a limit.

    - ``connect``: for making a connection.
    - ``read``: for each read of a part of a response.
    - ``total``: for a whole request that is not streamed, from the first byte sent to the last byte received. The
      default is 300, or ``read`` if that is longer. A call with a longer read timeout of its own may take that long.
    - ``least_rate``: the fewest bytes per second that a stream must bring, measured over one read timeout. 0 means no
      limit. A stream may take as long as it needs at this rate.
    - ``stream_total``: for a whole stream. ``None`` means no limit.

    Use :func:`deadline` to limit a group of calls. Raises :class:`UsageError` for a timeout that is not above zero.
    """

    connect: float = field(default=5.0, validator=_above_zero)
    read: float = field(default=60.0, validator=_above_zero)
    total: float = field(default=Factory(lambda self: max(300.0, self.read), takes_self=True), validator=_above_zero)
    stream_total: float | None = field(default=None, validator=_above_zero)
    least_rate: float = field(default=100.0, validator=_not_negative)


def deadline(seconds: float) -> AbstractContextManager[None]:
    """Limit all calls inside the block, sync or async, including their retries and waits.

    ::

        with deadline(20):
            client.students()

    A call that is still running after that time raises :class:`TimedOut`. An outer deadline that ends earlier wins.
    """
    if not seconds > 0:
        raise UsageError("A deadline is a number of seconds above zero", where="deadline")
    return _Deadline(seconds)


class _Deadline(AbstractContextManager[None]):
    """A class, because a generator takes three times as long."""

    __slots__ = ("_seconds", "_token")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        ends, outer = time.monotonic() + self._seconds, _DEADLINE.get()
        self._token = _DEADLINE.set(min(outer, ends))

    def __exit__(self, *_exception: object) -> None:
        _DEADLINE.reset(self._token)


class Bounds:
    """The time limits of one response, and how much of them has been used.

    ``with bounds:`` is one wait for the server by a sync call. It also limits the sockets that this thread reads and
    writes. Async code calls ``begin`` and ``end``.
    """

    __slots__ = (
        *("_arrived", "_began", "_before", "_ended", "_marked", "_nearest", "_rate", "_request", "_total", "_waited"),
        *("ends", "read"),
    )

    def __init__(self, request: Request, timeouts: Timeouts) -> None:
        for name in ("timeout", "total"):
            if (seconds := getattr(request, name)) is not None and not seconds > 0:
                where = f"the {'read timeout' if name == 'timeout' else 'total'} of the call"
                raise UsageError("A timeout is a number of seconds above zero", where=where)
        self._request = request
        self.read = timeouts.read if request.timeout is None else request.timeout
        if request.total is not None:
            self._total = request.total
        elif request.stream:
            self._total = math.inf if timeouts.stream_total is None else timeouts.stream_total
        else:
            self._total = max(timeouts.total, request.timeout or 0.0)
        self._rate = timeouts.least_rate if request.stream else 0.0
        self._waited = 0.0
        self._marked = 0.0
        self._arrived = 0
        self._nearest = Bounds._past_total  # not of this object: it would refer to itself
        self._began = self._ended = 0.0
        self._before = self.ends = math.inf

    def __enter__(self) -> None:
        self.begin()
        self._before = _THREAD.ends
        if self.ends < self._before:
            _THREAD.ends = self.ends

    def __exit__(self, *_exception: object) -> None:
        _THREAD.ends = self._before
        self.end()

    def begin(self) -> float:
        """Start a wait for the server and return how long it may take. Raises :class:`TimedOut` if no time is left.

        ``ends`` is the moment at which it must end.
        """
        self._began = now = time.monotonic()
        left, self._nearest = self._total - self._waited, Bounds._past_total
        if (until := _DEADLINE.get() - now) < left:
            left, self._nearest = until, Bounds._past_deadline
        if self._rate and 2 * self.read < left:  # a slower chunk comes in tiny pieces
            left, self._nearest = 2 * self.read, Bounds._too_slow
        self.ends = now + left
        if left <= 0:
            raise self.overdue()
        return left

    def end(self) -> None:
        """End the wait and count its time."""
        self._ended = now = time.monotonic()
        self._waited += now - self._began

    @property
    def is_overdue(self) -> bool:
        """Whether the last wait used all the time that was left."""
        return self._ended >= self.ends - _TICK

    def arrive(self, size: int) -> None:
        """Count received bytes, before decompression. Raises :class:`TimedOut` if the stream is too slow."""
        self._arrived += size
        if self._rate and (window := self._waited - self._marked) >= self.read:
            if self._arrived < self._rate * window:
                raise self._too_slow()
            self._marked, self._arrived = self._waited, 0

    def overdue(self) -> TimedOut:
        """Return the error for a wait that used all the time that was left."""
        return self._nearest(self)

    def _past_deadline(self) -> TimedOut:
        return TimedOut(
            "The deadline of the call has passed", where=self._request.line, advice=_LONGER_DEADLINE
        ).lasting()

    def _past_total(self) -> TimedOut:
        return TimedOut(
            f"The response did not end within {self._total:g} s in all", where=self._request.line, advice=_LONGER_TOTAL
        ).lasting()

    def _too_slow(self) -> TimedOut:
        return TimedOut(
            f"The stream delivered fewer than {self._rate:g} bytes a second over {self.read:g} s",
            where=self._request.line,
            advice=_LOWER_RATE,
        ).lasting()


_LONGER_DEADLINE: Final = "Set a later deadline, or request less at a time."
_LONGER_TOTAL: Final = "If the service is that slow, request less at a time, or set a higher Timeouts(total=...)."
_LOWER_RATE: Final = "If the service or the network is that slow, set a lower Timeouts(least_rate=...)."


# -- blocking sockets -------------------------------------------------------------------------------------------------


class PastDeadline(Exception):
    """Raised by a blocking socket after the deadline. It never leaves the drivers."""


class _Thread(threading.local):
    ends: float = math.inf


_THREAD: Final = _Thread()
_NEW_STREAM: Final = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")


def trace(event: str, info: Mapping[str, Any]) -> None:
    """Make each new stream respect the deadline of its thread. This is the ``trace`` extension of sync requests."""
    if event.endswith(_NEW_STREAM):
        stream = info["return_value"]
        with suppress(AttributeError):  # a stream of another backend accepts no attributes
            stream.read, stream.write = _reading(stream.read), _writing(stream.write)


def _remaining(timeout: float | None) -> float | None:
    if _THREAD.ends is math.inf:
        return timeout
    left = _THREAD.ends - time.monotonic()
    if left <= 0:
        raise PastDeadline
    return left if timeout is None else min(timeout, left)


def _reading(read: Callable[..., bytes]) -> Callable[..., bytes]:
    def read_in_time(max_bytes: int, timeout: float | None = None) -> bytes:
        return read(max_bytes, timeout=_remaining(timeout))

    return read_in_time


def _writing(write: Callable[..., None]) -> Callable[..., None]:
    def write_in_time(buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            write(buffer[start : start + _PIECE], timeout=_remaining(timeout))

    return write_in_time
