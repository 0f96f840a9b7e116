"""The protocol between a pull and a store.

``magister_connect.store.Store`` implements it; any other class with these methods works too. Every method is one
transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, Literal, Protocol, TypeVar

from attrs import field, frozen

from magister_connect.core.flow import Flow, Reply
from magister_connect.core.storage.leases import LEASE_SECONDS
from magister_connect.core.storage.leases import under_lease as _under_lease
from magister_connect.results.records import Checkpoint, Connection, Result, UnansweredRange, Unreadable

ALL_YEARS: Final = "all"  # instead of a school year, for results without a moment
WaitingKind = Literal["unknown", "unreadable", "unanswered", "reply"]

T = TypeVar("T")


@frozen
class YearResult:
    """A result, and the school year under which it is stored."""

    result: Result
    school_year: str


@frozen(kw_only=True)
class Transaction:
    """The contents of one transaction.

    - ``unknown``: results of unknown candidates.
    - ``solved``: numbers of ranges that have been read by now.
    - ``spooled``: the number of the raw response that all this came from.
    - ``reopened``: checkpoints of years that are read again.
    - ``is_waiting``: false if nothing waits for this connection, so that these rows settle nothing.
    - ``now``: the time of the transaction. The lease is renewed from here.
    """

    results: Sequence[YearResult] = ()
    unknown: Sequence[YearResult] = ()
    unreadable: Sequence[Unreadable] = ()
    unanswered: Sequence[UnansweredRange] = ()
    school_year: str
    checkpoint: Checkpoint | None = None
    reopened: Sequence[Checkpoint] = ()
    solved: Collection[int] = ()
    spooled: int | None = None
    is_waiting: bool = True
    now: dt.datetime


@frozen
class RowCounts:
    """The counts of the results in one transaction.

    ``waiting`` counts results of unknown candidates that were quarantined now and did not wait before.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.waiting + other.waiting,
        )


NO_ROWS: Final = RowCounts()


@frozen
class Absent:
    """How many results of a school year a complete reading did not contain, and how many there were."""

    count: int
    total: int


@frozen(kw_only=True)
class Waiting:
    """One entry of the quarantine.

    ``kind`` is one of:

    - ``unknown``: ``result`` belongs to an unknown candidate.
    - ``unreadable``: ``record`` is the element as received.
    - ``unanswered``: the service does not respond for ``range``.
    - ``reply``: ``reply`` is a whole unreadable response, of a service that delivers each result once.

    ``reason`` explains why.
    """

    number: int
    connection: Connection
    kind: WaitingKind
    school_year: str
    reason: str
    submission_nr: str | None = None
    path: str | None = None
    tries: int = 1
    first_seen_at: dt.datetime
    result: Result | None = field(default=None, repr=False)
    record: bytes | None = field(default=None, repr=False)
    range: UnansweredRange | None = None
    reply: Reply | None = None


@frozen
class Spooled:
    """A raw response that was stored before it was read, with its status and headers."""

    number: int
    reply: Reply


class ResultStore(Protocol):
    """The persistent store. Methods raise :class:`StoreFailed`; methods that write also raise :class:`LeaseHeld`."""

    def take_lease(self, connection: Connection, now: dt.datetime, seconds: float, token: str | None = None) -> str:
        """Take the lease of the connection for this run, with ``token`` if given. Returns the token."""
        ...

    def renew_lease(self, connection: Connection, token: str, now: dt.datetime) -> None:
        """Extend the lease of the connection."""
        ...

    def release_lease(self, connection: Connection, token: str) -> None:
        """Release the lease of the connection."""
        ...

    def checkpoints(self, connection: Connection) -> Mapping[str, Checkpoint]:
        """Return the checkpoint of each school year."""
        ...

    def commit(self, connection: Connection, token: str, transaction: Transaction) -> RowCounts:
        """Store results and checkpoint in one transaction."""
        ...

    def waiting(self, connection: Connection, kind: WaitingKind) -> Iterable[Waiting]:
        """Return the entries in quarantine."""
        ...

    def count_waiting(self, connection: Connection) -> Mapping[str, int]:
        """Return the number of entries in quarantine, by reason."""
        ...

    def mark_absent(
        self, connection: Connection, token: str, school_year: str, seen: Collection[str], now: dt.datetime, limit: int
    ) -> Absent:
        """Mark the results of a year that a complete reading did not contain.

        Mark none if there are more than ``limit``.

        Returns their number, marked or not.
        """
        ...

    def expire_waiting(self, connection: Connection, token: str, before: str, now: dt.datetime) -> Mapping[str, int]:
        """Delete waiting results of unknown candidates of earlier school years. Returns the number per year."""
        ...

    def can_spool(self) -> bool:
        """Return whether raw responses can be stored encrypted."""
        ...

    def spool(self, connection: Connection, reply: Reply, now: dt.datetime) -> int:
        """Store a raw response before it is read. Returns its number."""
        ...

    def spooled(self, connection: Connection) -> Iterable[Spooled]:
        """Return raw responses that were stored and not read."""
        ...

    def set_reply_aside(self, connection: Connection, number: int, reason: str, now: dt.datetime) -> None:
        """Move an unreadable raw response into quarantine."""
        ...

    def discard_spooled(self, number: int) -> None:
        """Delete a raw response without contents."""
        ...


def under_lease(
    store: ResultStore, connection: Connection, now: dt.datetime, work: Callable[[str], Flow[T]]
) -> Flow[T]:
    """Run ``work`` while no other run works on the connection. ``work`` takes the token of the lease.

    Raises :class:`LeaseHeld` while another run does, and the errors of ``work``.
    """
    return _under_lease(
        partial(store.take_lease, connection, now, LEASE_SECONDS), partial(store.release_lease, connection), work
    )
