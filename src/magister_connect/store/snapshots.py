"""Snapshots: tables and documents stored by name, to compare today's with the last good one.

The store keeps encrypted bytes and the name of a type. ``<service>/snapshot_format.py`` defines how a type becomes
bytes, which records it has, and how two of them are compared. Without a key, no snapshot is stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Final, Generic, TypeVar, cast

from attrs import field, frozen
from sqlalchemy import delete, func, insert, select

from magister_connect.core.boundary import boundary
from magister_connect.core.snapshots import Guard, RecordsByKey, SnapshotFormat
from magister_connect.core.storage.database import Database
from magister_connect.core.storage.leases import LEASE_SECONDS
from magister_connect.core.values import require_aware
from magister_connect.errors import LeaseHeld, SnapshotStopped, StoreFailed, UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results.records import Connection
from magister_connect.store.deliveries import Message, announce_messages
from magister_connect.store.encryption import Seal
from magister_connect.store.results import break_lease, confirm_lease, release_lease, take_lease
from magister_connect.store.tables import snapshot as table
from magister_connect.store.tables import snapshot_approval as approvals

T = TypeVar("T")
DEFAULT_GUARD: Final = Guard()
_LONGEST_NAME: Final = 200
_APPROVAL_LENGTH: Final = 16
_BREAK: Final = "store.snapshots.break_lease({!r})"


@frozen(repr=False)
class Snapshot(Generic[T]):
    """A stored table or document, and its time."""

    name: str
    type: str
    taken_at: dt.datetime
    value: T = field(repr=False)
    number: int = 0

    def __repr__(self) -> str:
        return f"<Snapshot {self.name} of {self.taken_at:%Y-%m-%d %H:%M}: {self.value!r}>"


@frozen(repr=False)
class Comparison(Generic[T]):
    """What changed since the last snapshot: ``diff`` is that of the service, and ``None`` for the first snapshot.

    ``before`` is the last snapshot, and ``age`` its age. ``objections`` are those of the guard that an approval
    overrules.
    """

    name: str
    before: Snapshot[T] | None
    diff: Any
    objections: tuple[str, ...] = ()
    age: dt.timedelta | None = None

    def __repr__(self) -> str:
        since = "the first one" if self.before is None else f"since {self.before.taken_at:%Y-%m-%d %H:%M}"
        return f"<Comparison of {self.name}, {since}: {self.diff!r}>"


@boundary.around_methods
class Snapshots:
    """The snapshots of a store.

    ``keep`` and ``compare`` accept Medius tables and records, EDEXML and UWLR documents, and crosswalks. Raises
    :class:`UsageError` if the store has no key, because such a table is a list of persons.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        if not seal:
            raise UsageError(
                "Snapshots are stored encrypted, which needs a store with a key",
                where="key",
                advice="Pass a key to the store, Store(url, key=Store.generate_key()), and keep that key.",
            )
        self._database = database
        self._seal = seal

    def __repr__(self) -> str:
        return "<Snapshots of a store>"

    def names(self) -> tuple[str, ...]:
        """Return the names that have snapshots."""
        with self._database.read() as database:
            return tuple(database.execute(select(table.c.name).distinct().order_by(table.c.name)).scalars())

    def keep(
        self,
        name: str,
        value: object,
        *,
        key: str | None = None,
        at: dt.datetime | None = None,
        older_than: dt.timedelta | None = None,
        announce: Iterable[Message] = (),
        to: str = "",
        token: str | None = None,
    ) -> None:
        """Store a table or document as the last snapshot of this name, in one transaction.

        A person whose record could not be read keeps the record of the last snapshot. So nobody is missed who leaves
        the next day. ``key`` is the field or column that identifies a record.

        - ``announce`` are messages about what changed, such as events, for the receiver ``to``. They are added to
          :attr:`Store.deliveries` in the same transaction, so that none is lost or created twice.
        - ``older_than`` removes older snapshots of this name.
        - ``at`` is when the value was read, by default now.
        - ``token`` is that of a lease. Nothing is stored if another run has taken it.

        Raises :class:`UsageError` for a type that no service can store and for messages without a receiver, and
        :class:`LeaseHeld`.
        """
        messages = tuple(announce)
        if messages and not to:
            raise UsageError("Messages need a receiver", where="to", advice='Name it: to="internships".')
        kept, moment = _format_of(value), _moment(at)
        if kept.carried is not None and getattr(value, "unreadable", None):
            before = self.last(name, _kind_of(value) or dict)
            older = before.value if before is not None and before.type == kept.name else None
            value = kept.carried(older, value, key or kept.key)
        content = self._seal.encrypt(kept.write(value))
        with self._database.write() as database:
            if token is not None:
                confirm_lease(database, _series(name), token, moment, LEASE_SECONDS)
            database.execute(insert(table).values(name=_named(name), type=kept.name, taken_at=moment, content=content))
            database.execute(delete(approvals).where(approvals.c.name == name))
            announce_messages(database, self._seal, to, messages, moment)
            if older_than is not None:
                database.execute(delete(table).where(table.c.name == name, table.c.taken_at < moment - older_than))

    def last(self, name: str, kind: type[Any] | None = None) -> Snapshot[Any] | None:
        """Return the last snapshot of this name, or ``None``. For records of Medius, ``kind`` is their class.

        Raises :class:`StoreFailed` if a later version or another key stored it.
        """
        query = select(table.c.number, table.c.type, table.c.taken_at, table.c.content).where(table.c.name == name)
        with self._database.read() as database:
            row = database.execute(query.order_by(table.c.number.desc()).limit(1)).one_or_none()
        if row is None:
            return None
        value = _format_named(row.type).read(self._seal.open(row.content), kind)
        return Snapshot(name, row.type, row.taken_at, value, row.number)

    def compare(
        self,
        name: str,
        now: T,
        *,
        key: str | None = None,
        guard: Guard = DEFAULT_GUARD,
        stays: Callable[[Any], bool] | None = None,
        at: dt.datetime | None = None,
    ) -> Comparison[T]:
        """Compare a value with the last snapshot of this name. Nothing is stored.

        ``key`` is the field or column that identifies a record. Raises :class:`SnapshotStopped` if the guard refuses.
        Pass its ``approval`` to :meth:`approve` to accept exactly this snapshot.

        In a new school year, only people who were expected to stay count as gone: ``stays`` returns this for an older
        record. Without it, everybody was expected to stay, except the last year group in EDEXML and UWLR. The school
        year is the one that both values state, or else the one of the day when each was read.

        A person with an unreadable record in ``now`` is not gone. Raises :class:`UsageError` if the type differs from
        that of the last snapshot.
        """
        kept, moment = _format_of(now), _moment(at)
        key = key or kept.key
        before = self.last(name, _kind_of(now) or dict)
        if before is not None and before.type != kept.name:
            advice = f"Pass a snapshot of the type {before.type}, or use another name."
            raise UsageError(f"The last snapshot is of another type than {kept.name}", where=name, advice=advice)
        records = kept.records(now, key)
        expected = {} if before is None else kept.expected(before.value, now, key)
        if before is not None and _year_changed(kept, before, now, moment):
            stays = stays or kept.staying(before.value)
            expected = {sort: {key: one for key, one in held.items() if stays(one)} for sort, held in expected.items()}
        uncertain = {str(each) for each in kept.uncertain(now, key)}
        counted = {sort: held.keys() - uncertain for sort, held in expected.items()}
        objections = guard.objections(counted, records)
        if objections:
            self._require_approval(name, records, objections)
        if before is None:
            return Comparison(name, None, None, objections)
        return Comparison(name, before, kept.diff(before.value, now, key), objections, age=moment - before.taken_at)

    def take_lease(self, name: str, now: dt.datetime, token: str) -> None:
        """Take the lease of a series of snapshots for one run, for fifteen minutes. Raises :class:`LeaseHeld`."""
        advice = f"Wait until that run ends. If its process is gone, the lease expires, or call {_BREAK.format(name)}."
        with self._database.write() as database:
            try:
                take_lease(database, _series(name), now, LEASE_SECONDS, token)
            except LeaseHeld as error:
                error.where, error.advice = name, advice
                raise

    def renew_lease(self, name: str, token: str, now: dt.datetime) -> None:
        """Extend the lease of a series. Raises :class:`LeaseHeld` if another run took it."""
        with self._database.write() as database:
            confirm_lease(database, _series(name), token, now, LEASE_SECONDS)

    def release_lease(self, name: str, token: str) -> None:
        """Release the lease of a series."""
        with self._database.write() as database:
            release_lease(database, _series(name), token)

    def break_lease(self, name: str) -> None:
        """Free a series whose run is dead. This is optional: a lease ends on its own."""
        with self._database.write() as database:
            break_lease(database, _series(name))

    def approve(self, name: str, approval: str, *, by: str, at: dt.datetime | None = None) -> None:
        """Accept the snapshot that :meth:`compare` stopped with this ``approval``.

        ``by`` names the person who checked it.

        It is valid for the same people only, and until the next snapshot is stored.
        """
        row = {"name": _named(name), "approval": approval, "approved_by": by, "approved_at": _moment(at)}
        with self._database.write() as database:
            database.execute(delete(approvals).where(approvals.c.name == name, approvals.c.approval == approval))
            database.execute(insert(approvals).values(row))

    def prune(self, older_than: dt.timedelta, *, at: dt.datetime | None = None) -> int:
        """Remove older snapshots, but never the last one of a name. Returns how many."""
        newest = select(func.max(table.c.number)).group_by(table.c.name)
        old = table.c.taken_at < _moment(at) - older_than
        with self._database.write() as database:
            return database.execute(delete(table).where(old, table.c.number.not_in(newest))).rowcount

    def delete(self, name: str) -> int:
        """Remove every snapshot of this name. Returns how many."""
        with self._database.write() as database:
            database.execute(delete(approvals).where(approvals.c.name == name))
            return database.execute(delete(table).where(table.c.name == name)).rowcount

    def _require_approval(self, name: str, records: RecordsByKey, objections: tuple[str, ...]) -> None:
        listed = "\x1e".join(f"{sort}\x1f{key}" for sort in sorted(records) for key in sorted(records[sort]))
        tags = {tag[:_APPROVAL_LENGTH] for tag in self._seal.tags(f"{name}\x1d{listed}")}
        query = select(approvals.c.approval).where(approvals.c.name == name)
        with self._database.read() as database:
            given = set(database.execute(query).scalars())
        if tags & given:
            return
        stop = SnapshotStopped(f"This differs too much from the last snapshot: {', '.join(objections)}", where=name)
        stop.approval = next(iter(sorted(tags)))
        stop.advice = f"{stop.advice} If this is right, call snapshots.approve({name!r}, {stop.approval!r}, by=...)."
        raise stop


def _year_changed(kept: SnapshotFormat[Any], before: Snapshot[Any], now: object, moment: dt.datetime) -> bool:
    years = [kept.year(before.value), kept.year(now)]
    if None in years:
        years = [str(Schooljaar.of(day.date())) for day in (before.taken_at, moment)]
    return years[0] != years[1]


def _series(name: str) -> Connection:
    """Return the connection that stands for a series of snapshots in the table of leases."""
    return Connection("snapshots", _named(name))


def _moment(at: dt.datetime | None) -> dt.datetime:
    require_aware(at, "at")
    return at or dt.datetime.now(dt.UTC)  # noqa: TID251 - the store is no flow; tests pass at=


def _named(name: str) -> str:
    if not name or len(name) > _LONGEST_NAME:
        advice = 'Pass a name such as "99ZZ students".'
        raise UsageError("The name of a snapshot has 1 to 200 characters", where="name", advice=advice)
    return name


def _formats_of(service: str) -> Mapping[str, SnapshotFormat[Any]]:
    """Return what a service can store, by name; empty if there is no such service."""
    if not service.isidentifier():
        return {}
    try:
        formats = import_module(f"magister_connect.{service}.snapshot_format").FORMATS
    except ModuleNotFoundError:
        return {}
    return {each.name: each for each in formats}


def _format_of(value: object) -> SnapshotFormat[Any]:
    package, _, rest = type(value).__module__.partition(".")
    found = _formats_of(rest.partition(".")[0]) if package == "magister_connect" else {}
    for each in found.values():
        if type(value) is each.kind:
            return each
    raise UsageError(
        f"A {type(value).__name__} cannot be kept as a snapshot",
        where="snapshots",
        advice="Pass a Table or Records of Medius, a Document of EDEXML, a PupilData of UWLR, or a Crosswalk.",
    )


def _format_named(name: str) -> SnapshotFormat[Any]:
    found = _formats_of(name.partition(".")[0]).get(name)
    if found is None:
        raise StoreFailed(f"The last snapshot is a {name}, which this version does not know", where="snapshots")
    return found


def _kind_of(value: object) -> type[Any] | None:
    """Return the class of the records in a list."""
    first = next(iter(cast("Any", value)), None) if hasattr(value, "__iter__") else None
    return None if first is None else type(first)
