"""What a request that was broken off leaves in the connection pool of its HTTP client, taken out again.

A pool of httpcore counts a connection as in use until its request has ended. A cancellation or Ctrl-C at one of a few
points gets past that (observed with httpcore 1.0): behind a new connection and before its first request, while a
request gets its place, and while a response is closed. The connection then stays in the pool for good, and so many of
them stop the client. httpcore has no public way to take one out. So this looks inside, and does nothing where it finds
no pool, such as over a transport of yours.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final

_LOCK_WAIT: Final = 1.0  # seconds; pools hold their lock for microseconds


def remove_request(http: Any, built: Any) -> list[Any]:
    """Take the request ``built`` out of the pools of a client; returns the connections that are still to be closed."""
    left: list[Any] = []
    for pool in _pools(http):
        with _locked(pool):
            for each in list(pool._requests):
                if each.request.extensions is built.extensions:
                    pool._requests.remove(each)
            used = {id(each.connection) for each in pool._requests}
            for connection in pool.connections:
                if id(connection) not in used and not (connection.is_idle() or connection.is_closed()):
                    pool._connections.remove(connection)
                    left.append(connection)
            left += pool._assign_requests_to_connections()  # whoever waits for a place gets one
    return left


def _pools(http: Any) -> Iterator[Any]:
    for transport in (getattr(http, "_transport", None), *getattr(http, "_mounts", {}).values()):
        if hasattr(pool := getattr(transport, "_pool", None), "_assign_requests_to_connections"):
            yield pool


@contextmanager
def _locked(pool: Any) -> Generator[None]:
    """Hold the lock of a pool. An interruption just behind its acquiring may have left it locked for good."""
    if (lock := getattr(pool._optional_thread_lock, "_lock", None)) is not None:
        lock.acquire(timeout=_LOCK_WAIT)
    try:
        yield
    finally:
        if lock is not None:
            lock.release()
