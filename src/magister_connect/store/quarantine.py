"""The quarantine: unknown candidates, unreadable records, and ranges that could not be fetched, with reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from attrs import asdict, frozen
from sqlalchemy import Connection as Database
from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from magister_connect.core.flow import Reply
from magister_connect.results.pulling.store_protocol import ALL_YEARS, Waiting, YearResult
from magister_connect.results.records import Connection, UnansweredRange, Unreadable
from magister_connect.store.encryption import Seal
from magister_connect.store.results import of_a_connection, of_connection, pieces, whose
from magister_connect.store.tables import connection_of, from_json, spool, to_json
from magister_connect.store.tables import quarantine as table

UNKNOWN: Final = "unknown"
UNREADABLE: Final = "unreadable"
UNANSWERED: Final = "unanswered"
REPLY: Final = "reply"
LONGEST_IDENTITY: Final = 200  # characters; a database index accepts little more
UNKNOWN_REASON: Final = "the stamnummer is not known"
_PLACE: Final = ("since", "until", "after", "before")


@frozen
class Quarantine:
    """The quarantine of one database. Its contents are encrypted."""

    seal: Seal

    def put_unknown(
        self, database: Database, connection: Connection, waiting: Sequence[YearResult], now: dt.datetime
    ) -> int:
        """Store results until their candidate is known. A later version replaces an earlier one.

        Returns how many were not waiting before.
        """
        rows = [
            self._row(
                connection,
                UNKNOWN,
                filed.result.submission_nr,
                filed.school_year,
                now,
                reason=UNKNOWN_REASON,
                pupil=self.seal.tags(filed.result.stamnummer)[0],
                content=self.seal.encrypt(to_json(filed.result).encode()),
            )
            for filed in waiting
        ]
        return self._put(database, connection, UNKNOWN, rows)

    def put_unreadable(
        self, database: Database, connection: Connection, waiting: Sequence[Unreadable], year: str, now: dt.datetime
    ) -> None:
        """Store records that could not be read."""
        rows = [
            self._row(
                connection,
                UNREADABLE,
                _identity(each),
                year,
                now,
                reason=each.reason,
                path=each.path,
                pupil=None if each.stamnummer is None else self.seal.tags(each.stamnummer)[0],
                content=self.seal.encrypt(each.record),
            )
            for each in waiting
        ]
        self._put(database, connection, UNREADABLE, rows)

    def put_unanswered(
        self, database: Database, connection: Connection, ranges: Sequence[UnansweredRange], now: dt.datetime
    ) -> None:
        """Store the ranges that the service could not answer."""
        rows = [
            self._row(
                connection,
                UNANSWERED,
                f"after {each.after}" if each.after is not None else f"since {each.since}",
                each.school_year,
                now,
                reason=each.reason,
                place={name: getattr(each, name) for name in _PLACE},
            )
            for each in ranges
        ]
        self._put(database, connection, UNANSWERED, rows)

    def put_reply(
        self, database: Database, connection: Connection, reply: Reply, reason: str, now: dt.datetime
    ) -> None:
        """Store a whole reply that could not be read."""
        row = self._row(
            connection,
            REPLY,
            f"sha256:{sha256(reply.body).hexdigest()}",
            ALL_YEARS,
            now,
            reason=reason,
            content=self.seal.encrypt(reply.body),
            place={"status": reply.status, "headers": [list(each) for each in reply.headers]},
        )
        self._put(database, connection, REPLY, [row])

    def settle(
        self, database: Database, connection: Connection, kinds: Collection[str], numbers: Sequence[str]
    ) -> None:
        """Remove entries for results that have now been read."""
        for some in pieces(numbers):
            database.execute(_SETTLE, whose(connection) | {"kinds": tuple(kinds), "numbers": some})

    def read(self, database: Database, connection: Connection | None, kind: str | None) -> Iterator[Waiting]:
        """Yield what waits, oldest first."""
        query = select(table).order_by(table.c.number)
        if connection is not None:
            query = query.where(of_connection(table, connection))
        if kind is not None:
            query = query.where(table.c.kind == kind)
        for row in database.execute(query).mappings():
            yield self._waiting(dict(row))

    def _waiting(self, row: Mapping[str, Any]) -> Waiting:
        kind, connection = row["kind"], connection_of(row)
        content = None if row["content"] is None else self.seal.open(row["content"])
        place = row["place"] or {}
        return Waiting(
            number=row["number"],
            connection=connection,
            kind=kind,
            school_year=row["school_year"],
            reason=row["reason"],
            path=row["path"],
            submission_nr=None
            if kind in {UNANSWERED, REPLY} or row["identity"].startswith("sha256:")
            else row["identity"],
            tries=row["tries"],
            first_seen_at=row["first_seen_at"],
            result=from_json(content) if kind == UNKNOWN and content else None,
            record=content if kind == UNREADABLE else None,
            reply=reply_of(place, content) if kind == REPLY and content is not None else None,
            range=UnansweredRange(connection=connection, school_year=row["school_year"], reason=row["reason"], **place)
            if kind == UNANSWERED
            else None,
        )

    def _row(
        self, connection: Connection, kind: str, identity: str, year: str, now: dt.datetime, **more: object
    ) -> dict[str, Any]:
        return {
            **asdict(connection),
            "kind": kind,
            "identity": identity,
            "school_year": year,
            "reason": "",
            "path": None,
            "pupil": None,
            "content": None,
            "place": None,
            "first_seen_at": now,
            "last_tried_at": now,
            "tries": 1,
            **more,
        }

    def _put(self, database: Database, connection: Connection, kind: str, rows: Sequence[dict[str, Any]]) -> int:
        latest = {row["identity"]: row for row in rows}
        known = self._known(database, connection, kind, tuple(latest))
        new = [row for identity, row in latest.items() if identity not in known]
        if new:
            database.execute(insert(table), new)
        for identity in known:
            values = {name: value for name, value in latest[identity].items() if name not in {"first_seen_at", "tries"}}
            database.execute(
                update(table).where(table.c.number == known[identity]).values(**values, tries=table.c.tries + 1)
            )
        return len(new)

    def _known(
        self, database: Database, connection: Connection, kind: str, identities: Sequence[str]
    ) -> dict[str, int]:
        found: dict[str, int] = {}
        for some in pieces(identities):
            query = select(table.c.identity, table.c.number).where(
                of_connection(table, connection), table.c.kind == kind, table.c.identity.in_(some)
            )
            found |= {str(row[0]): int(row[1]) for row in database.execute(query)}
        return found


def _identity(unreadable: Unreadable) -> str:
    """Return the submission number, or a hash if there is no usable number."""
    number = unreadable.submission_nr
    if number and len(number) <= LONGEST_IDENTITY:
        return number
    return f"sha256:{sha256(unreadable.record).hexdigest()}"


def reply_of(place: Mapping[str, Any], body: bytes) -> Reply:
    """Rebuild a reply from its stored parts."""
    return Reply(place["status"], tuple((name, value) for name, value in place["headers"]), body)


SPOOLED: Final = select(spool).where(of_a_connection(spool)).order_by(spool.c.number)
"""Raw replies that were kept, of the connection in ``whose(connection)``."""
_SETTLE: Final = delete(table).where(
    of_a_connection(table),
    table.c.kind.in_(bindparam("kinds", expanding=True)),
    table.c.identity.in_(bindparam("numbers", expanding=True)),
)
_COUNT: Final = select(table.c.kind, table.c.reason, func.count()).group_by(table.c.kind, table.c.reason)
_COUNT_OF_ONE: Final = _COUNT.where(of_a_connection(table))


def count_waiting(database: Database, connection: Connection | None) -> dict[str, int]:
    """Return how much waits, by kind and reason."""
    found = database.execute(_COUNT) if connection is None else database.execute(_COUNT_OF_ONE, whose(connection))
    return {f"{kind}: {reason}": count for kind, reason, count in found}


def remove_numbers(database: Database, numbers: Collection[int]) -> None:
    """Remove entries by number."""
    for number in numbers:
        database.execute(delete(table).where(table.c.number == number))


def expire_unknown(database: Database, connection: Connection, before: str) -> dict[str, int]:
    """Remove results of unknown candidates from school years before this one. Returns how many of each year."""
    over = and_(of_connection(table, connection), table.c.kind == UNKNOWN, table.c.school_year < before)
    query = select(table.c.school_year, func.count()).where(over).group_by(table.c.school_year)
    dropped = {str(year): int(count) for year, count in database.execute(query.order_by(table.c.school_year))}
    database.execute(delete(table).where(over))
    return dropped
