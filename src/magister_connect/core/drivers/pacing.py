"""Limit how fast a client sends requests, and slow down after a server reports too many requests."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from threading import Lock
from typing import ClassVar, Final
from weakref import WeakSet, WeakValueDictionary

from attrs import define, field

from magister_connect.core.drivers.retrying import asked_by_header
from magister_connect.core.flow import Reply
from magister_connect.core.records.safe_repr import SafeRepr


@define(eq=False)
class Pace(SafeRepr):
    """A pace that several threads or tasks share. The driver does the waiting.

    - ``gap``: seconds between two requests.
    - ``slow`` and ``slowest``: a 429 doubles the gap, to at least ``slow`` and at most ``slowest``. All requests also
      wait as long as the response asks.
    - ``calm``: after so many successes in a row, the gap is halved again.
    - ``at_once``: how many requests may run at the same time.
    - ``ticks``: a clock in seconds that never goes back.

    The defaults have been observed to be safe: 4 at a time, 150 ms apart, and 0.9 to 2.5 s apart after a refusal.
    """

    gap: float = 0.15
    slow: float = 0.9
    slowest: float = 2.5
    calm: int = 20
    at_once: int = 4
    asked: Callable[[Reply], float | None] = field(default=asked_by_header, repr=False)
    ticks: Callable[[], float] = field(default=time.monotonic, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)
    _now_gap: float | None = field(default=None, init=False, repr=False)
    _free: float = field(default=0.0, init=False, repr=False)
    _calm: int = field(default=0, init=False, repr=False)
    _on_their_way: int = field(default=0, init=False, repr=False)

    blocks: ClassVar[bool] = False
    """Whether its methods read files or a database. If so, an async driver calls them in a worker thread."""

    def __attrs_post_init__(self) -> None:
        _PACES.add(self)

    @property
    def current_gap(self) -> float:
        """The current gap, in seconds."""
        return self.gap if self._now_gap is None else self._now_gap

    def take_place(self) -> bool:
        """Take one of the ``at_once`` places if one is free. Give it back with :meth:`release`."""
        with self._lock:
            free = self._on_their_way < self.at_once
            self._on_their_way += free
            return free

    def reserve(self) -> float:
        """Take the next turn, and return how many seconds to wait for it."""
        with self._lock:
            now = self.ticks()
            turn = max(now, self._free)
            self._free = turn + self.current_gap
            return turn - now

    def release(self) -> None:
        """Give the place back."""
        with self._lock:
            self._on_their_way -= 1

    def learn(self, reply: Reply) -> None:
        """Adjust the gap to a response."""
        with self._lock:
            if reply.status == 429:
                self._now_gap = min(self.slowest, max(self.slow, self.current_gap * 2))
                self._free = max(self._free, self.ticks() + (self.asked(reply) or 0.0))
                self._calm = 0
            elif self._now_gap is not None:
                self._calm += 1
                if self._calm >= self.calm:
                    self._calm, halved = 0, self._now_gap / 2
                    self._now_gap = None if halved <= self.gap else halved


PLACE_WAIT: Final = 0.02
"""Seconds before a driver checks again whether another client has given back a place."""
_PACES: WeakSet[Pace] = WeakSet()
_SHARED: WeakValueDictionary[tuple[str, str], Pace] = WeakValueDictionary()
_SHARED_LOCK = Lock()


def shared_pace(school: str, client_id: str, asked: Callable[[Reply], float | None] = asked_by_header) -> Pace:
    """Return the pace of a school for one client id: the same object for all clients of this process.

    Observed: the limit belongs to the school and the client id together, not to a client object. Thirty users of one
    application share it. Separate processes do not share this object. Divide the limit over them (``Pace(at_once=...,
    gap=...)``), or use a pace that is kept in a store.
    """
    with _SHARED_LOCK:
        return _SHARED.setdefault((school, client_id), Pace(asked=asked))


def _renew_locks() -> None:
    """Renew the locks in a child process after a fork. Another thread of the parent may have held one."""
    for pace in tuple(_PACES):
        pace._lock, pace._on_their_way = Lock(), 0  # noqa: SLF001 - of this module
    globals()["_SHARED_LOCK"] = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
