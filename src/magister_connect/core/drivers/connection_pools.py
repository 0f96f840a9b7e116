"""Keep the connection pool of an HTTP client usable after a cancellation or an interrupted request.

httpcore has no public way to do this, so this module uses private attributes of its pools (observed with httpcore 1.0).
It changes nothing in a transport without such a pool. Three faults are repaired:

- A pool counts a connection as in use until its request has ended. At a few points, a cancellation or Ctrl-C leaves the
  connection in the pool for ever: after connecting and before the first request, while a request is assigned, and while
  a response is closed. :func:`remove_request` removes it.
- The locks of httpcore are acquired in Python code. Ctrl-C between the acquiring and the return of that code leaves a
  lock held for ever, and the next request waits for ever. :func:`replace_locks` sets a lock of the standard library
  directly: CPython acquires it in one step of ``with``, between which and the block no signal arrives (observed with
  CPython 3.11 to 3.13). The locks of single connections cannot be replaced, so :func:`remove_request` removes a
  connection that no request uses and whose lock is held.
- The garbage collector can close an abandoned stream in a thread that holds the lock of the pool, and the thread then
  waits for itself. A lock that its thread may acquire again (``RLock``, as in httpcore2) prevents that.

A pool that is already in use keeps its own lock, because another thread may hold it. Only the Python code around that
lock is removed. Its users then get the second repair, but not the third. No lock is ever released for another thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

_PLAIN_LOCK: Final = type(threading.Lock())
_LOCKS: Final = (_PLAIN_LOCK, type(threading.RLock()))


def replace_locks(http: Any) -> None:
    """Make the locks in the pools of a sync client safe against Ctrl-C and against the garbage collector."""
    for pool in _pools(http):
        if not isinstance(lock := getattr(pool._optional_thread_lock, "_lock", None), _LOCKS):
            continue
        pool._optional_thread_lock = lock
        if isinstance(lock, _PLAIN_LOCK) and not lock.locked():
            with lock:
                if not (pool.connections or pool._requests):
                    pool._optional_thread_lock = threading.RLock()


def remove_request(http: Any, built: Any) -> list[Any]:
    """Remove the request ``built`` from the pools of a client. Returns the connections that you must close."""
    left: list[Any] = []
    for pool in _pools(http):
        with pool._optional_thread_lock:
            for each in list(pool._requests):
                if each.request.extensions is built.extensions:
                    pool._requests.remove(each)
            used = {id(each.connection) for each in pool._requests}
            for connection in pool.connections:
                if id(connection) not in used and (_is_busy(connection) or _is_locked(connection)):
                    pool._connections.remove(connection)
                    left.append(connection)
            left += pool._assign_requests_to_connections()  # a waiting request gets the free place
    return left


def _pools(http: Any) -> Iterator[Any]:
    for transport in (getattr(http, "_transport", None), *getattr(http, "_mounts", {}).values()):
        if hasattr(pool := getattr(transport, "_pool", None), "_assign_requests_to_connections"):
            yield pool


def _is_busy(connection: Any) -> bool:
    return not (connection.is_idle() or connection.is_closed())


def _is_locked(connection: Any) -> bool:
    """Whether a lock of a sync connection, or of the connection inside it (TLS, proxies), is held."""
    while connection is not None:
        parts: dict[str, Any] = getattr(connection, "__dict__", {})
        locks = (getattr(part, "_lock", None) for part in parts.values())
        if any(isinstance(lock, _PLAIN_LOCK) and lock.locked() for lock in locks):
            return True
        connection = parts.get("_connection")
    return False
