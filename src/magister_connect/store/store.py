"""The store. Every method is one transaction. Errors of the database are raised as :class:`StoreFailed`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from magister_connect.core.boundary import boundary
from magister_connect.core.late import LateModule
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.storage.leases import LEASE_SECONDS, new_token
from magister_connect.core.storage.sqlite_files import LOCK_PATIENCE
from magister_connect.core.values import require_aware
from magister_connect.errors import UsageError

if TYPE_CHECKING:
    import os

    import attrs
    import sqlalchemy as sql

    from magister_connect import identifiers
    from magister_connect.core.flow import Reply
    from magister_connect.core.secrets import Secret
    from magister_connect.core.storage import database as databases
    from magister_connect.core.storage import encryption
    from magister_connect.core.storage.encryption import Keys
    from magister_connect.crosswalk import Crosswalk
    from magister_connect.crosswalk import files as crosswalk_files
    from magister_connect.identifiers import Identifier
    from magister_connect.results import records
    from magister_connect.results.pulling import store_protocol
    from magister_connect.results.pulling.store_protocol import (
        Absent,
        RowCounts,
        Spooled,
        Transaction,
        Waiting,
        WaitingKind,
    )
    from magister_connect.results.records import Checkpoint, Connection, Result
    from magister_connect.store import deliveries, exporting, frames, schema, snapshots, tables
    from magister_connect.store import encryption as seals
    from magister_connect.store import quarantine as waiting_room
    from magister_connect.store import results as result_rows
    from magister_connect.store.deliveries import Deliveries
    from magister_connect.store.frames import StoredResults
    from magister_connect.store.snapshots import Snapshots
else:
    attrs = LateModule("attrs")
    crosswalk_files = LateModule("magister_connect.crosswalk.files")
    databases = LateModule("magister_connect.core.storage.database")
    deliveries = LateModule("magister_connect.store.deliveries")
    encryption = LateModule("magister_connect.core.storage.encryption")
    exporting = LateModule("magister_connect.store.exporting")
    frames = LateModule("magister_connect.store.frames")
    identifiers = LateModule("magister_connect.identifiers")
    records = LateModule("magister_connect.results.records")
    result_rows = LateModule("magister_connect.store.results")
    schema = LateModule("magister_connect.store.schema")
    seals = LateModule("magister_connect.store.encryption")
    snapshots = LateModule("magister_connect.store.snapshots")
    sql = LateModule("sqlalchemy")
    store_protocol = LateModule("magister_connect.results.pulling.store_protocol")
    tables = LateModule("magister_connect.store.tables")
    waiting_room = LateModule("magister_connect.store.quarantine")


@boundary.around_methods
class Store(SafeRepr):
    """A database for data that must survive the process, in SQLite or PostgreSQL.

    - ``url`` is an SQLAlchemy URL: ``sqlite:///school.db`` or ``postgresql+psycopg://user@host/name``.
    - ``key`` (or several, newest first) encrypts quarantine and raw replies. :meth:`generate_key` creates one.
    - ``patience`` is how many seconds a transaction waits for a lock of another one.

    The schema is created or migrated when the store is first used. Only the owner can read a new SQLite file. Threads
    may share a store. After a fork, it opens its own connections; an in-memory store raises :class:`UsageError`.

    Raises :class:`UsageError` for another kind of URL, a driver that is not installed, or an invalid key. Later errors
    of the database are raised as :class:`StoreFailed`.
    """

    def __init__(self, url: str, *, key: Keys | None = None, patience: float = LOCK_PATIENCE) -> None:
        self._database = databases.Database(
            url, prepare=schema.migrate, dialects=("sqlite", "postgresql"), patience=patience
        )
        self._seal = seals.Seal(_keys(key))
        self._quarantine = waiting_room.Quarantine(self._seal)

    @property
    def deliveries(self) -> Deliveries:
        """The log of what was sent to another system, and what was acknowledged."""
        return deliveries.Deliveries(self._database, self._seal)

    @property
    def snapshots(self) -> Snapshots:
        """Stored tables and documents, to compare with what is read next."""
        return snapshots.Snapshots(self._database, self._seal)

    @staticmethod
    def generate_key() -> Secret:
        """Generate a key. Store it in another place than the database."""
        return encryption.generate_key()

    # -- reading --------------------------------------------------------------------------------------------------

    def results(
        self,
        *,
        product: str | None = None,
        instellingscode: str | None = None,
        school_year: str | None = None,
        stamnummer: str | int | Identifier | None = None,
        changed_since: dt.datetime | None = None,
        with_absent: bool = False,
    ) -> StoredResults:
        """Return the delivered results. Iterate over them, or call ``.to_polars()`` for a table.

        ``changed_since`` skips older results. ``with_absent`` includes those that the service no longer lists. Raises
        :class:`UsageError` for a ``changed_since`` without a time zone, because its meaning would depend on the
        machine.
        """
        require_aware(changed_since, "changed_since")
        query = result_rows.select_results(
            product=product,
            instellingscode=instellingscode,
            school_year=school_year,
            stamnummer=None if stamnummer is None else _texts_of(stamnummer, numeric=True),
            changed_since=changed_since,
            with_absent=with_absent,
        )
        return frames.StoredResults(self._database, query)

    def count(self, *, product: str | None = None, school_year: str | None = None, with_absent: bool = False) -> int:
        """Return the number of delivered results."""
        query = result_rows.count_results(
            result_rows.select_results(product=product, school_year=school_year, with_absent=with_absent)
        )
        with self._database.read() as database:
            return int(database.execute(query).scalar_one())

    def versions(self, product: str, instellingscode: str, submission_nr: str) -> tuple[Result, ...]:
        """Return earlier versions of a result, oldest first."""
        with self._database.read() as database:
            return result_rows.read_versions(database, records.Connection(product, instellingscode), submission_nr)

    def checkpoints(self, connection: Connection) -> Mapping[str, Checkpoint]:
        """Return how far each school year of a connection was read, newest first."""
        with self._database.read() as database:
            return {each.school_year: each for each in result_rows.read_checkpoints(database, connection)}

    def waiting(self, connection: Connection | None = None, kind: WaitingKind | None = None) -> Iterable[Waiting]:
        """Return what is in quarantine, oldest first: ``unknown``, ``unreadable``, ``unanswered``, ``reply`` or all.

        Every pull tries all but ``unknown`` again. :meth:`discard` removes entries.
        """
        with self._database.read() as database:
            return tuple(self._quarantine.read(database, connection, kind))

    def count_waiting(self, connection: Connection | None = None) -> Mapping[str, int]:
        """Return how much is in quarantine, by kind and reason."""
        with self._database.read() as database:
            return waiting_room.count_waiting(database, connection)

    # -- one run --------------------------------------------------------------------------------------------------

    def take_lease(
        self, connection: Connection, now: dt.datetime, seconds: float = LEASE_SECONDS, token: str | None = None
    ) -> str:
        """Take the lease of a connection for one run. Returns the token of the lease, a new one if you pass none.

        Raises :class:`LeaseHeld`.
        """
        with self._database.write() as database:
            return result_rows.take_lease(database, connection, now, seconds, token or new_token())

    def renew_lease(self, connection: Connection, token: str, now: dt.datetime) -> None:
        """Extend the lease of a connection. Raises :class:`LeaseHeld` if another run took it."""
        with self._database.write() as database:
            result_rows.confirm_lease(database, connection, token, now, LEASE_SECONDS)

    def release_lease(self, connection: Connection, token: str) -> None:
        """Release the lease of a connection."""
        with self._database.write() as database:
            result_rows.release_lease(database, connection, token)

    def break_lease(self, connection: Connection) -> None:
        """Free a connection whose run is dead: killed, or on a machine that is gone.

        This is optional: a lease ends fifteen minutes after it was last extended. If the run is still alive, its next
        transaction raises :class:`LeaseHeld`.
        """
        with self._database.write() as database:
            result_rows.break_lease(database, connection)

    def commit(self, connection: Connection, token: str, transaction: Transaction) -> RowCounts:
        """Store rows, quarantine and checkpoint in one transaction. Raises :class:`LeaseHeld`."""
        now, quarantined = transaction.now, self._quarantine
        with self._database.write() as database:
            result_rows.confirm_lease(database, connection, token, now, LEASE_SECONDS)
            kept = result_rows.put_results(database, connection, transaction.results, now)
            strangers = result_rows.not_stored(database, connection, transaction.unknown)
            waiting = quarantined.put_unknown(database, connection, strangers, now)
            quarantined.put_unreadable(database, connection, transaction.unreadable, transaction.school_year, now)
            quarantined.put_unanswered(database, connection, transaction.unanswered, now)
            delivered = [filed.result.submission_nr for filed in transaction.results]
            set_aside = [filed.result.submission_nr for filed in strangers]
            if transaction.is_waiting:
                quarantined.settle(database, connection, ("unknown", "unreadable"), delivered)
                quarantined.settle(database, connection, ("unreadable",), set_aside)
            waiting_room.remove_numbers(database, transaction.solved)
            if transaction.spooled is not None:
                database.execute(sql.delete(tables.spool).where(tables.spool.c.number == transaction.spooled))
            for checkpoint in transaction.reopened:
                result_rows.put_checkpoint(database, checkpoint)
            if transaction.checkpoint is not None:
                result_rows.put_checkpoint(database, transaction.checkpoint)
            return attrs.evolve(kept, waiting=waiting)

    def mark_absent(
        self, connection: Connection, token: str, school_year: str, seen: Collection[str], now: dt.datetime, limit: int
    ) -> Absent:
        """Mark the results of a year that a complete reading did not return; none if there are more than ``limit``.

        Returns how many there are, marked or not. Raises :class:`LeaseHeld`.
        """
        with self._database.write() as database:
            result_rows.confirm_lease(database, connection, token, now, LEASE_SECONDS)
            return result_rows.mark_absent(database, connection, school_year, seen, now, limit)

    def expire_waiting(self, connection: Connection, token: str, before: str, now: dt.datetime) -> Mapping[str, int]:
        """Remove results of unknown candidates from school years before this one. Returns how many of each year.

        Raises :class:`LeaseHeld`.
        """
        with self._database.write() as database:
            result_rows.confirm_lease(database, connection, token, now, LEASE_SECONDS)
            return waiting_room.expire_unknown(database, connection, before)

    # -- crosswalks -----------------------------------------------------------------------------------------------

    def save_crosswalk(self, crosswalk: Crosswalk, *, name: str = "default") -> None:
        """Store a crosswalk, and replace an older one of that name. It is encrypted if the store has a key."""
        rows = [
            {"name": name, "place": place, "content": self._seal.encrypt(json.dumps(row).encode())}
            for place, row in enumerate(crosswalk_files.rows_of(crosswalk))
        ]
        with self._database.write() as database:
            database.execute(sql.delete(tables.crosswalk_row).where(tables.crosswalk_row.c.name == name))
            database.execute(sql.insert(tables.crosswalk_row), rows)

    def crosswalk(self, name: str = "default") -> Crosswalk | None:
        """Return the crosswalk with this name. Raises :class:`DocumentInvalid` if its rows were changed since."""
        query = (
            sql.select(tables.crosswalk_row.c.content)
            .where(tables.crosswalk_row.c.name == name)
            .order_by(tables.crosswalk_row.c.place)
        )
        rows: list[Sequence[str]] = [json.loads(self._seal.open(row["content"])) for row in self._database.rows(query)]
        return crosswalk_files.crosswalk_from_rows(rows) if rows else None

    def delete_crosswalk(self, name: str = "default") -> None:
        """Remove a crosswalk."""
        with self._database.write() as database:
            database.execute(sql.delete(tables.crosswalk_row).where(tables.crosswalk_row.c.name == name))

    # -- rights of people, and sharing -------------------------------------------------------------------------------

    def delete_pupil(self, stamnummer: str | int | Identifier, *, numeric: bool = True) -> int:
        """Remove every result of a candidate, with earlier versions and what waits. Returns how many rows.

        With ``numeric=False`` leading zeros of the stamnummer count, as in ``Contract.numeric_stamnummers``.

        A later pull stores the results again, unless the number is not in ``stamnummers`` or the service no longer
        lists them. Raw replies that were never read, and crosswalks, are not searched. So pull first, and use
        ``Crosswalk.deleted``.
        """
        with self._database.write() as database:
            return exporting.delete_pupil(database, self._seal, _texts_of(stamnummer, numeric=numeric))

    def delete_school_year(self, school_year: str, connection: Connection | None = None) -> int:
        """Remove a school year, and mark it so that no pull reads it again. Returns how many rows.

        ``school_year`` has the form ``2019-2020``. ``all`` means the results without a known moment. Raises
        :class:`MappingError` for another text, so that a mistyped year does not look like an empty one.
        """
        has_name = school_year != store_protocol.ALL_YEARS
        year = identifiers.Schooljaar.parse(school_year).reveal() if has_name else school_year
        with self._database.write() as database:
            return exporting.delete_school_year(database, year, connection)

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        school_year: str | None = None,
        product: str | None = None,
        pseudonyms: Secret | str | None = None,
        spreadsheet: bool = True,
    ) -> int:
        """Write results as CSV without names. Returns how many.

        ``spreadsheet`` adds an apostrophe before a text that a spreadsheet would read as a formula (``=``, ``+``,
        ``-``, ``@``). Turn it off for a file that only programs read.

        ``pseudonyms`` is a key of at least 16 characters. Stamnummers and submission numbers are then replaced by
        pseudonyms, always the same for the same key. Raises :class:`UsageError` for a shorter key, and ``OSError`` if
        the file cannot be written.
        """
        pseudonym = None if pseudonyms is None else exporting.as_pseudonym(_keys(pseudonyms)[0])
        query = result_rows.select_results(product=product, school_year=school_year)
        return exporting.write_export(self._database.rows(query), path, pseudonym, spreadsheet=spreadsheet)

    # -- raw replies ----------------------------------------------------------------------------------------------

    def can_spool(self) -> bool:
        """Whether raw replies can be stored, which needs a key."""
        return bool(self._seal)

    def spool(self, connection: Connection, reply: Reply, now: dt.datetime) -> int:
        """Store a raw reply with its status and headers, encrypted, before it is read. Returns its number."""
        if not self._seal:
            raise UsageError(
                "Raw replies are stored encrypted, which needs a store with a key",
                where="key",
                advice="Pass a key to the store, Store(url, key=Store.generate_key()), and keep that key.",
            )
        values = {
            "product": connection.product,
            "instellingscode": connection.instellingscode,
            "received_at": now,
            "status": reply.status,
            "headers": [list(each) for each in reply.headers],
            "body": self._seal.encrypt(reply.body),
        }
        with self._database.write() as database:
            key = database.execute(sql.insert(tables.spool).values(values)).inserted_primary_key
            return int(key[0]) if key else 0

    def spooled(self, connection: Connection) -> Iterable[Spooled]:
        """Return stored raw replies that did not become rows, oldest first."""
        with self._database.read() as database:
            rows = database.execute(waiting_room.SPOOLED, result_rows.whose(connection)).mappings()
            return tuple(self._spooled(dict(row)) for row in rows)

    def _spooled(self, row: Mapping[str, Any]) -> Spooled:
        return store_protocol.Spooled(row["number"], waiting_room.reply_of(row, self._seal.open(row["body"])))

    def set_reply_aside(self, connection: Connection, number: int, reason: str, now: dt.datetime) -> None:
        """Move a raw reply that cannot be read to quarantine, where :meth:`waiting` lists it."""
        with self._database.write() as database:
            row = database.execute(sql.select(tables.spool).where(tables.spool.c.number == number)).mappings().first()
            if row is not None:
                self._quarantine.put_reply(database, connection, self._spooled(dict(row)).reply, reason, now)
                database.execute(sql.delete(tables.spool).where(tables.spool.c.number == number))

    def discard_spooled(self, number: int) -> None:
        """Delete a raw reply without results."""
        with self._database.write() as database:
            database.execute(sql.delete(tables.spool).where(tables.spool.c.number == number))

    def discard(self, *numbers: int) -> None:
        """Remove entries from quarantine by number, as :meth:`waiting` lists them.

        A discarded result of an unknown candidate comes back when its year is read again.
        """
        with self._database.write() as database:
            waiting_room.remove_numbers(database, numbers)

    # -- closing --------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<Store {self._database.place}{', encrypting what waits' if self._seal else ''}>"

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def _texts_of(stamnummer: str | int | Identifier, *, numeric: bool) -> frozenset[str]:
    """Return the possible texts of the stamnummer in the store: its canonical form, and the given form."""
    given, canonical = (identifiers.canonical_stamnummer(stamnummer, numeric=each) for each in (False, numeric))
    return frozenset((given, canonical))


def _keys(key: Keys | None) -> list[Secret]:
    advice = "Make one with Store.generate_key(), and keep it. Leave key= out if nothing is to be encrypted."
    return encryption.as_keys(key, advice=advice)
