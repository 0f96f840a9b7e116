"""Store results by identity and fingerprint, so that storing them again changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy import Connection as Database
from sqlalchemy.exc import IntegrityError

from magister_connect.errors import LeaseHeld
from magister_connect.results.records import Checkpoint, Connection, Result
from magister_connect.results.store_protocol import Absent, RowCounts, YearResult
from magister_connect.store.tables import checkpoint as table
from magister_connect.store.tables import (
    from_json_values,
    from_row,
    lease,
    result,
    result_version,
    to_json_values,
    to_row,
)

MOST_AT_ONCE = 500  # identities in one query: databases limit the number of variables


def of_connection(table: Table, connection: Connection) -> ColumnElement[bool]:
    """Return the condition for the rows of a connection."""
    return and_(table.c.product == connection.product, table.c.instellingscode == connection.instellingscode)


def pieces(identities: Sequence[str]) -> Iterator[Sequence[str]]:
    """Split identities into batches that fit into one query."""
    for start in range(0, len(identities), MOST_AT_ONCE):
        yield identities[start : start + MOST_AT_ONCE]


def put_results(
    database: Database, connection: Connection, results: Sequence[YearResult], now: dt.datetime
) -> RowCounts:
    """Store results: add new ones, keep the old version of changed ones, and leave the rest."""
    latest = {filed.result.submission_nr: filed for filed in results}
    known = _known(database, connection, tuple(latest))
    new = [filed for number, filed in latest.items() if number not in known]
    changed = [
        filed for number, filed in latest.items() if number in known and known[number][0] != filed.result.fingerprint
    ]
    back = [
        number
        for number, filed in latest.items()
        if number in known and known[number] == (filed.result.fingerprint, True)
    ]
    if new:
        database.execute(insert(result), [_row(filed, now, first=True) for filed in new])
    if changed:
        _keep_versions(database, connection, [filed.result.submission_nr for filed in changed], now)
        database.execute(_CHANGE, [_renamed(_row(filed, now, first=False)) for filed in changed])
    _set_absent(database, connection, back, None, now)
    return RowCounts(len(new), len(changed), len(results) - len(new) - len(changed))


def not_stored(database: Database, connection: Connection, results: Sequence[YearResult]) -> list[YearResult]:
    """Return those that are not stored with exactly this content.

    Delivered results of a candidate who has left are kept.
    """
    known = _known(database, connection, [filed.result.submission_nr for filed in results])
    return [filed for filed in results if known.get(filed.result.submission_nr, ("",))[0] != filed.result.fingerprint]


def _known(database: Database, connection: Connection, numbers: Sequence[str]) -> dict[str, tuple[str, bool]]:
    columns = (result.c.submission_nr, result.c.fingerprint, result.c.absent_since)
    found: dict[str, tuple[str, bool]] = {}
    for some in pieces(numbers):
        query = select(*columns).where(of_connection(result, connection), result.c.submission_nr.in_(some))
        found |= {number: (fingerprint, absent is not None) for number, fingerprint, absent in database.execute(query)}
    return found


def _row(filed: YearResult, now: dt.datetime, *, first: bool) -> dict[str, Any]:
    row = to_row(filed.result) | {"school_year": filed.school_year, "changed_at": now, "absent_since": None}
    return row | {"first_stored_at": now} if first else row


_KEY = ("product", "instellingscode", "submission_nr")
_CHANGE = (
    update(result)
    .where(*(result.c[name] == bindparam(f"old_{name}") for name in _KEY))
    .values({column: bindparam(column.name) for column in result.c if column.name not in {*_KEY, "first_stored_at"}})
)


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    return {f"old_{name}" if name in _KEY else name: value for name, value in row.items()}


def _keep_versions(database: Database, connection: Connection, numbers: Sequence[str], now: dt.datetime) -> None:
    for some in pieces(numbers):
        query = select(result).where(of_connection(result, connection), result.c.submission_nr.in_(some))
        versions = [
            {name: row[name] for name in (*_KEY, "stamnummer", "school_year", "fingerprint")}
            | {"content": to_json_values(from_row(dict(row))), "replaced_at": now}
            for row in database.execute(query).mappings()
        ]
        database.execute(insert(result_version), versions)


def read_versions(database: Database, connection: Connection, number: str) -> tuple[Result, ...]:
    """Return earlier versions of a result, oldest first."""
    query = (
        select(result_version.c.content)
        .where(of_connection(result_version, connection), result_version.c.submission_nr == number)
        .order_by(result_version.c.number)
    )
    return tuple(from_json_values(row[0]) for row in database.execute(query))


def mark_absent(
    database: Database, connection: Connection, school_year: str, seen: Collection[str], now: dt.datetime, limit: int
) -> Absent:
    """Mark the results of a year that a complete reading did not return; none if there are more than ``limit``."""
    query = select(result.c.submission_nr, result.c.absent_since).where(
        of_connection(result, connection), result.c.school_year == school_year
    )
    rows = database.execute(query).all()
    missing = [number for number, absent in rows if absent is None and number not in seen]
    if len(missing) <= limit:
        _set_absent(database, connection, missing, now, now)
    return Absent(len(missing), len(rows))


def _set_absent(
    database: Database, connection: Connection, numbers: Sequence[str], since: dt.datetime | None, now: dt.datetime
) -> None:
    for some in pieces(numbers):
        database.execute(
            update(result)
            .where(of_connection(result, connection), result.c.submission_nr.in_(some))
            .values(absent_since=since, changed_at=now)
        )


def select_results(
    *,
    product: str | None = None,
    instellingscode: str | None = None,
    school_year: str | None = None,
    stamnummer: Collection[str] | None = None,
    changed_since: dt.datetime | None = None,
    with_absent: bool = False,
) -> Select[Any]:
    """Return the query for results, in a fixed order."""
    wanted = {
        "product": product,
        "instellingscode": instellingscode,
        "school_year": school_year,
    }
    query = select(result).where(*(result.c[name] == value for name, value in wanted.items() if value is not None))
    if stamnummer is not None:
        query = query.where(result.c.stamnummer.in_(stamnummer))
    if changed_since is not None:
        query = query.where(result.c.changed_at >= changed_since)
    if not with_absent:
        query = query.where(result.c.absent_since.is_(None))
    return query.order_by(*(result.c[name] for name in _KEY))


def count_results(query: Select[Any]) -> Select[Any]:
    """Return the query that counts the rows of another query."""
    return select(func.count()).select_from(query.order_by(None).subquery())


_VALUES = ("watermark", "cursor", "complete", "largest", "read_at", "read_whole_at", "deleted")


def put_checkpoint(database: Database, checkpoint: Checkpoint) -> None:
    """Update a checkpoint."""
    values: dict[str, Any] = {name: getattr(checkpoint, name) for name in _VALUES}
    connection, year = checkpoint.connection, checkpoint.school_year
    moved = database.execute(
        update(table).where(of_connection(table, connection), table.c.school_year == year).values(values)
    )
    if moved.rowcount == 0:
        database.execute(
            insert(table).values(
                product=connection.product, instellingscode=connection.instellingscode, school_year=year, **values
            )
        )


def read_checkpoints(database: Database, connection: Connection) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of one connection, newest year first."""
    query = select(table).where(of_connection(table, connection)).order_by(table.c.school_year.desc())
    return tuple(
        Checkpoint(
            connection=connection,
            school_year=row["school_year"],
            **{name: row[name] for name in _VALUES},
        )
        for row in database.execute(query).mappings()
    )


_SKEW: Final = dt.timedelta(minutes=5)  # how much the clocks of two machines may differ


def take_lease(database: Database, connection: Connection, now: dt.datetime, seconds: float, token: str) -> str:
    """Take a lease that is free or has ended, or that begins too far in the future because the clock was set back.

    Raises :class:`LeaseHeld`.
    """
    ends = now + dt.timedelta(seconds=seconds)
    values = {"token": token, "taken_at": now, "expires_at": ends}
    free = or_(lease.c.expires_at <= now, lease.c.taken_at > now + _SKEW)
    taken = database.execute(update(lease).where(_of(connection), free).values(values))
    if taken.rowcount == 0:
        _insert(database, connection, values)
    return token


def _insert(database: Database, connection: Connection, values: Mapping[str, object]) -> None:
    if database.execute(select(lease.c.token).where(_of(connection))).first() is None:
        try:
            with database.begin_nested():
                database.execute(
                    insert(lease).values(
                        product=connection.product, instellingscode=connection.instellingscode, **values
                    )
                )
        except IntegrityError:
            pass
        else:
            return
    raise LeaseHeld(
        "Another run works on this connection",
        where=str(connection),
        advice="Wait until that run ends. If its process is gone, the lease expires, or call Store.break_lease().",
    )


def confirm_lease(database: Database, connection: Connection, token: str, now: dt.datetime, seconds: float) -> None:
    """Extend the lease within a transaction. Raises :class:`LeaseHeld` if another run took it."""
    ends = now + dt.timedelta(seconds=seconds)
    kept = database.execute(
        update(lease).where(_of(connection), lease.c.token == token).values(taken_at=now, expires_at=ends)
    )
    if kept.rowcount != 1:
        raise LeaseHeld(
            "Another run has taken over this connection",
            where=str(connection),
            advice="Wait until that run ends; it continues where this one stopped.",
        )


def release_lease(database: Database, connection: Connection, token: str) -> None:
    """Release the lease, if this run still has it."""
    database.execute(delete(lease).where(_of(connection), lease.c.token == token))


def break_lease(database: Database, connection: Connection) -> None:
    """Free the connection, whichever run has the lease."""
    database.execute(delete(lease).where(_of(connection)))


def _of(connection: Connection) -> ColumnElement[bool]:
    return and_(lease.c.product == connection.product, lease.c.instellingscode == connection.instellingscode)
