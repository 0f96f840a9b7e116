"""The log of what is sent to another system: what was announced, and what was acknowledged.

Results are announced by their place; the sender still has their contents. Messages are announced with their content,
which is stored encrypted until it has arrived.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from attrs import field, frozen
from sqlalchemy import Connection, delete, insert, select, update

from magister_connect.core.boundary import boundary
from magister_connect.core.storage.database import Database
from magister_connect.errors import UsageError
from magister_connect.store.encryption import Seal
from magister_connect.store.tables import delivery as table

_AT_ONCE: Final = 500  # variables of one statement


class Sent(Protocol):
    """A result as the log sees it: its key, its place (which result it is, whatever its key), and its fingerprint."""

    @property
    def key(self) -> str:
        """The key under which it is sent."""
        ...

    @property
    def place(self) -> str:
        """Which result it is."""
        ...

    @property
    def fingerprint(self) -> str:
        """A hash of its contents."""
        ...


class Message(Protocol):
    """A message to send, such as an event: its id and its content."""

    @property
    def id(self) -> str:
        """The unique id."""
        ...

    @property
    def content(self) -> bytes:
        """The content."""
        ...


@frozen
class Pending:
    """A message that was announced but not acknowledged: its id as ``key``, and its content."""

    key: str
    place: str = field(repr=False)
    content: bytes = field(repr=False)
    announced_at: dt.datetime
    fingerprint: str = ""


def announce_messages(
    database: Connection, seal: Seal, name: str, messages: Iterable[Message], now: dt.datetime
) -> None:
    """Record messages with their content, inside a transaction. A message that was announced before stays as it is.

    They come after those that wait already, also if the clock stood still or was set back.
    """
    wanted = {each.id: each for each in messages}
    for some in _pieces(list(wanted)):
        query = select(table.c.key).where(table.c.name == name, table.c.key.in_(some))
        for key in database.execute(query).scalars().all():
            del wanted[key]
    moment, first = _next_turn(database, name, now)
    rows = [
        {
            "name": name,
            "key": key,
            "place": seal.tags(key)[0],
            "fingerprint": "",
            "announced_at": moment,
            "turn": turn,
            "content": seal.encrypt(each.content),
        }
        for turn, (key, each) in enumerate(wanted.items(), start=first)
    ]
    if rows:
        database.execute(insert(table), rows)


def _next_turn(database: Connection, name: str, now: dt.datetime) -> tuple[dt.datetime, int]:
    """Return the moment and the turn of the next message, in the order of :meth:`Deliveries.pending`."""
    columns = select(table.c.announced_at, table.c.turn).where(table.c.name == name)
    last = database.execute(columns.order_by(table.c.announced_at.desc(), table.c.turn.desc()).limit(1)).one_or_none()
    return (now, 0) if last is None or last.announced_at < now else (last.announced_at, last.turn + 1)


@boundary.around_methods
class Deliveries:
    """The log of a store. Results are announced before they are sent, and acknowledged when they have arrived.

    Which result a key belongs to is stored as a tag that needs the key of the store. Raises :class:`UsageError` if the
    store has no key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        if not seal:
            raise UsageError(
                "Deliveries need a store with a key",
                where="key",
                advice="Pass a key to the store, Store(url, key=Store.generate_key()), and keep that key.",
            )
        self._database, self._seal = database, seal

    def __repr__(self) -> str:
        return "<Deliveries of a store>"

    def announce(self, name: str, results: Collection[Sent], now: dt.datetime) -> Mapping[str, str]:
        """Record results before they are sent, in one transaction.

        Returns the keys that were recorded earlier for the same results, by place. New keys for these results are not
        recorded.
        """
        tags = {each.place: self._seal.tags(each.place) for each in results}
        before: dict[str, str] = {}
        with self._database.write() as database:
            for some in _pieces([tag for each in tags.values() for tag in each]):
                query = select(table.c.place, table.c.key).where(table.c.name == name, table.c.place.in_(some))
                before |= {row.place: row.key for row in database.execute(query)}
            found = {place: before[tag] for place, each in tags.items() for tag in each if tag in before}
            known = set(before.values())
            rows = [
                {"name": name, "key": each.key, "place": tags[each.place][0], "fingerprint": "", "announced_at": now}
                for each in results
                if each.key not in known and each.place not in found
            ]
            if rows:
                database.execute(insert(table), rows)
        return found

    def acknowledged(self, name: str, keys: Collection[str]) -> Mapping[str, str]:
        """Return the fingerprints of the results that have arrived, by key."""
        found: dict[str, str] = {}
        with self._database.read() as database:
            for some in _pieces(list(keys)):
                query = select(table.c.key, table.c.fingerprint).where(
                    table.c.name == name, table.c.key.in_(some), table.c.acknowledged_at.is_not(None)
                )
                found |= {row.key: row.fingerprint for row in database.execute(query)}
        return found

    def acknowledge(self, name: str, results: Collection[Sent], now: dt.datetime) -> None:
        """Record that results have arrived, in one transaction."""
        with self._database.write() as database:
            for each in results:
                values = {"fingerprint": each.fingerprint, "acknowledged_at": now, "content": None}
                place = (table.c.name == name, table.c.key == each.key)
                if not database.execute(update(table).where(*place).values(values)).rowcount:
                    tag = self._seal.tags(each.place)[0]
                    row = {"name": name, "key": each.key, "place": tag, "announced_at": now, **values}
                    database.execute(insert(table).values(row))

    def pending(self, name: str) -> tuple[Pending, ...]:
        """Return the messages that were not acknowledged yet, in the order of their announcement.

        A snapshot announces them (``store.snapshots.keep(..., announce=messages, to=name)``). :meth:`acknowledge`
        removes them with their content. Raises :class:`StoreFailed` if they were encrypted with another key.
        """
        query = (
            select(table.c.key, table.c.place, table.c.content, table.c.announced_at)
            .where(table.c.name == name, table.c.acknowledged_at.is_(None), table.c.content.is_not(None))
            .order_by(table.c.announced_at, table.c.turn)
        )
        with self._database.read() as database:
            rows = database.execute(query).all()
        return tuple(Pending(row.key, row.place, self._seal.open(row.content), row.announced_at) for row in rows)

    def delete(self, name: str) -> int:
        """Delete everything that was sent under this name, or waits. Returns how much."""
        with self._database.write() as database:
            return database.execute(delete(table).where(table.c.name == name)).rowcount


def _pieces(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _AT_ONCE):
        yield texts[start : start + _AT_ONCE]
