"""What a pull asks of a store, and what it hands to it.

``magister_connect.store.Store`` is one; anything with these methods is another. Every method is one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, Literal, Protocol, TypeVar

from attrs import field, frozen

from magister_connect.core.flow import Flow, Reply
from magister_connect.core.leases import LEASE_SECONDS
from magister_connect.core.leases import under_lease as _under_lease
from magister_connect.results.records import Checkpoint, Connection, Result, UnansweredRange, Unreadable

ALL_YEARS: Final = "all"  # in the place of a school year, for results without a moment
WaitingKind = Literal["unknown", "unreadable", "unanswered", "reply"]

T = TypeVar("T")


@frozen
class YearResult:
    """A result, and the school year under which it is kept."""

    result: Result
    school_year: str


@frozen(kw_only=True)
class Transaction:
    """What goes into one transaction: rows, what waits with its reason, what is settled, and the checkpoint.

    ``unknown`` are results of candidates who are not known. ``solved`` are numbers of ranges that have been
    read at last, ``spooled`` the number of the raw reply from which all this came. ``reopened`` are checkpoints of
    years that are read again. ``now`` is the moment of the transaction, from which the lease runs anew.
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
    now: dt.datetime


@frozen
class RowCounts:
    """What became of the results of one transaction.

    ``waiting`` counts those of unknown candidates that were set aside and had not waited before.
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
    """Results of a school year that a whole reading did not bring: how many, of how many."""

    count: int
    total: int


@frozen(kw_only=True)
class Waiting:
    """One entry of the quarantine.

    ``kind`` is ``unknown`` (``result`` is of a candidate who is not known), ``unreadable`` (``record`` is the element
    as it came), ``unanswered`` (the service cannot answer ``range``) or ``reply`` (``reply`` is a whole reply of a
    service that delivers once, which cannot be read). ``reason`` says why.
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
    """A raw reply that was kept before it was read, with its status and headers."""

    number: int
    reply: Reply


class ResultStore(Protocol):
    """What outlives the process. Raises :class:`StoreFailed`; methods that write raise :class:`LeaseHeld`."""

    def take_lease(self, connection: Connection, now: dt.datetime, seconds: float, token: str | None = None) -> str:
        """Take the connection for this run, under ``token`` if it is given; returns the token."""
        ...

    def renew_lease(self, connection: Connection, token: str, now: dt.datetime) -> None:
        """Hold on to the connection for longer."""
        ...

    def release_lease(self, connection: Connection, token: str) -> None:
        """Give the connection back."""
        ...

    def checkpoints(self, connection: Connection) -> Mapping[str, Checkpoint]:
        """How far each school year has come."""
        ...

    def commit(self, connection: Connection, token: str, transaction: Transaction) -> RowCounts:
        """Keep rows and checkpoint together."""
        ...

    def waiting(self, connection: Connection, kind: WaitingKind) -> Iterable[Waiting]:
        """What is in quarantine."""
        ...

    def count_waiting(self, connection: Connection) -> Mapping[str, int]:
        """How much is in quarantine, by reason."""
        ...

    def mark_absent(
        self, connection: Connection, token: str, school_year: str, seen: Collection[str], now: dt.datetime, limit: int
    ) -> Absent:
        """Mark the results of a year that a whole reading did not bring, or none if they are more than ``limit``.

        Returns how many they are, marked or not.
        """
        ...

    def expire_waiting(self, connection: Connection, token: str, before: str, now: dt.datetime) -> Mapping[str, int]:
        """Drop results of unknown candidates of the school years before this one; returns how many of each year."""
        ...

    def can_spool(self) -> bool:
        """Whether raw replies can be kept encrypted."""
        ...

    def spool(self, connection: Connection, reply: Reply, now: dt.datetime) -> int:
        """Keep a raw reply before it is read; returns its number."""
        ...

    def spooled(self, connection: Connection) -> Iterable[Spooled]:
        """Raw replies that were kept and never came to be rows."""
        ...

    def set_reply_aside(self, connection: Connection, number: int, reason: str, now: dt.datetime) -> None:
        """Move a raw reply that cannot be read into quarantine."""
        ...

    def discard_spooled(self, number: int) -> None:
        """Forget a raw reply that holds nothing."""
        ...


def under_lease(
    store: ResultStore, connection: Connection, now: dt.datetime, work: Callable[[str], Flow[T]]
) -> Flow[T]:
    """Do something while no other run works on the connection; ``work`` takes the token of the lease.

    Raises :class:`LeaseHeld` while another run does, and what ``work`` raises.
    """
    return _under_lease(
        partial(store.take_lease, connection, now, LEASE_SECONDS), partial(store.release_lease, connection), work
    )
