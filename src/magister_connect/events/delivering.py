"""Deliver each event to another system once.

It is announced together with the snapshot, and kept until it is acknowledged.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from magister_connect.core.drivers import utc_now
from magister_connect.events.event import Event


class PendingMessage(Protocol):
    """A message that was announced but not acknowledged yet."""

    @property
    def key(self) -> str:
        """Its id."""
        ...

    @property
    def place(self) -> str:
        """Its place in the log."""
        ...

    @property
    def fingerprint(self) -> str:
        """What the log keeps of it after it has arrived."""
        ...

    @property
    def content(self) -> bytes:
        """The content."""
        ...


class DeliveryLog(Protocol):
    """The log of what was sent: ``store.deliveries`` of :class:`~magister_connect.store.Store`."""

    def pending(self, name: str) -> Iterable[PendingMessage]:
        """Return the messages that were not acknowledged yet, oldest first."""
        ...

    def acknowledge(self, name: str, results: Collection[PendingMessage], now: dt.datetime) -> None:
        """Record that they have arrived."""
        ...


def deliver(
    log: DeliveryLog, name: str, send: Callable[[Event], object], *, clock: Callable[[], dt.datetime] = utc_now
) -> int:
    """Send the events that wait for a receiver, in order. Returns how many.

    ``log`` is ``store.deliveries``. ``name`` is the receiver for which the events were announced
    (``store.snapshots.keep(..., announce=events, to=name)``). ``send`` is your function. If it raises, because the
    receiver refuses the event, that event and the later ones wait for the next call.

    A process that dies after sending and before recording sends that event again with the same ``id``. So the receiver
    must accept each id only once (a PUT with the id does this).
    """
    count = 0
    for waiting in log.pending(name):
        send(Event.from_dict(json.loads(waiting.content)))
        log.acknowledge(name, [waiting], clock())
        count += 1
    return count
