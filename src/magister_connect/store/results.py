"""Store results by identity and fingerprint, so that storing them again changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy import Connection as Database
from sqlalchemy.dialects import postgresql, sqlite

from magister_connect.errors import LeaseHeld
from magister_connect.results.pulling.store_protocol import Absent, RowCounts, YearResult
from magister_connect.results.records import Checkpoint, Connection, Result
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


def of_a_connection(table: Table) -> ColumnElement[bool]:
    """Return the same condition for a statement that is built once: ``whose(connection)`` are its values.

    Building a statement takes several times as long as running it.
    """
    return and_(table.c.product == bindparam("of_product"), table.c.instellingscode == bindparam("of_instellingscode"))


def whose(connection: Connection) -> dict[str, str]:
    """Return the values of ``of_a_connection``."""
    return {"of_product": connection.product, "of_instellingscode": connection.instellingscode}


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
    found: dict[str, tuple[str, bool]] = {}
    for some in pieces(numbers):
        rows = database.execute(_KNOWN, whose(connection) | {"numbers": some})
        found |= {number: (fingerprint, absent is not None) for number, fingerprint, absent in rows}
    return found


_KNOWN: Final = select(result.c.submission_nr, result.c.fingerprint, result.c.absent_since).where(
    of_a_connection(result), result.c.submission_nr.in_(bindparam("numbers", expanding=True))
)


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
    moved = database.execute(_MOVE, whose(connection) | {"of_year": year} | values)
    if moved.rowcount == 0:
        database.execute(
            insert(table).values(
                product=connection.product, instellingscode=connection.instellingscode, school_year=year, **values
            )
        )


_MOVE: Final = (
    update(table)
    .where(of_a_connection(table), table.c.school_year == bindparam("of_year"))
    .values({name: bindparam(name) for name in _VALUES})
)
_CHECKPOINTS: Final = select(table).where(of_a_connection(table)).order_by(table.c.school_year.desc())


def read_checkpoints(database: Database, connection: Connection) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of one connection, newest year first."""
    return tuple(
        Checkpoint(
            connection=connection,
            school_year=row["school_year"],
            **{name: row[name] for name in _VALUES},
        )
        for row in database.execute(_CHECKPOINTS, whose(connection)).mappings()
    )


_SKEW: Final = dt.timedelta(minutes=5)  # how much the clocks of two machines may differ


def take_lease(database: Database, connection: Connection, now: dt.datetime, seconds: float, token: str) -> str:
    """Take a lease that is free or has ended, or that begins too far in the future because the clock was set back.

    Raises :class:`LeaseHeld`.
    """
    values = {
        "product": connection.product,
        "instellingscode": connection.instellingscode,
        "token": token,
        "taken_at": now,
        "expires_at": now + dt.timedelta(seconds=seconds),
        "latest": now + _SKEW,
    }
    if database.execute(_TAKE[database.dialect.name], values).rowcount != 1:
        raise LeaseHeld(
            "Another run works on this connection",
            where=str(connection),
            advice="Wait until that run ends. If its process is gone, the lease expires, or call Store.break_lease().",
        )
    return token


def _taking(new: sqlite.Insert | postgresql.Insert) -> Executable:
    """Insert a lease, or change the one that is there and has ended, in one statement."""
    return new.on_conflict_do_update(
        index_elements=["product", "instellingscode"],
        set_={name: new.excluded[name] for name in ("token", "taken_at", "expires_at")},
        where=or_(
            lease.c.expires_at <= new.excluded.taken_at,
            lease.c.taken_at > bindparam("latest", type_=lease.c.taken_at.type),
        ),
    ).execution_options(preserve_rowcount=True)


_TAKE: Final = {"sqlite": _taking(sqlite.insert(lease)), "postgresql": _taking(postgresql.insert(lease))}


def confirm_lease(database: Database, connection: Connection, token: str, now: dt.datetime, seconds: float) -> None:
    """Extend the lease within a transaction. Raises :class:`LeaseHeld` if another run took it."""
    values = {"of_token": token, "taken_at": now, "expires_at": now + dt.timedelta(seconds=seconds)}
    kept = database.execute(_CONFIRM, whose(connection) | values)
    if kept.rowcount != 1:
        raise LeaseHeld(
            "Another run has taken over this connection",
            where=str(connection),
            advice="Wait until that run ends; it continues where this one stopped.",
        )


def release_lease(database: Database, connection: Connection, token: str) -> None:
    """Release the lease, if this run still has it."""
    database.execute(_RELEASE, whose(connection) | {"of_token": token})


def break_lease(database: Database, connection: Connection) -> None:
    """Free the connection, whichever run has the lease."""
    database.execute(delete(lease).where(of_connection(lease, connection)))


_HELD: Final = and_(of_a_connection(lease), lease.c.token == bindparam("of_token"))
_CONFIRM: Final = update(lease).where(_HELD).values(taken_at=bindparam("taken_at"), expires_at=bindparam("expires_at"))
_RELEASE: Final = delete(lease).where(_HELD)
