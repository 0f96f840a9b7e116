"""Each event to another system, once: announced together with the snapshot, and kept until it was acknowledged."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from magister_connect.core.drivers import utc_now
from magister_connect.events.event import Event


class PendingMessage(Protocol):
    """A message that was announced and not acknowledged yet."""

    @property
    def key(self) -> str:
        """Its id."""
        ...

    @property
    def place(self) -> str:
        """Which one it is in the log."""
        ...

    @property
    def fingerprint(self) -> str:
        """What the log keeps of it when it has arrived."""
        ...

    @property
    def content(self) -> bytes:
        """What it says."""
        ...


class DeliveryLog(Protocol):
    """The log of what was sent: ``store.deliveries`` of :class:`~magister_connect.store.Store`."""

    def pending(self, name: str) -> Iterable[PendingMessage]:
        """What waits, the oldest first."""
        ...

    def acknowledge(self, name: str, results: Collection[PendingMessage], now: dt.datetime) -> None:
        """Note that they have arrived."""
        ...


def deliver(
    log: DeliveryLog, name: str, send: Callable[[Event], object], *, clock: Callable[[], dt.datetime] = utc_now
) -> int:
    """Send the events that wait for a receiver, in their order; returns how many.

    ``log`` is ``store.deliveries``, and ``name`` the receiver that the events were announced for
    (``store.snapshots.keep(..., announce=events, to=name)``). ``send`` is yours, and raises where the receiver does not
    take the event: that one and those behind it wait for the next call. A process that dies between sending and noting
    sends that one event again under the same ``id``: let the receiver take each id once (a PUT by the id does).
    """
    count = 0
    for waiting in log.pending(name):
        send(Event.from_dict(json.loads(waiting.content)))
        log.acknowledge(name, [waiting], clock())
        count += 1
    return count
