"""One run at a time for each connection: a lease that ends by itself."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy import Connection as Database
from sqlalchemy.exc import IntegrityError

from magister_connect.errors import LeaseHeld
from magister_connect.results.records import Connection
from magister_connect.store.tables import lease

__all__ = ["break_lease", "confirm_lease", "release_lease", "take_lease"]

_SKEW: Final = dt.timedelta(minutes=5)  # that clocks of two machines may differ


def take_lease(database: Database, connection: Connection, now: dt.datetime, seconds: float) -> str:
    """Take a free lease, an ended one, or one from a future that cannot be: the clock was set back.

    Raises :class:`LeaseHeld`.
    """
    token, ends = secrets.token_hex(16), now + dt.timedelta(seconds=seconds)
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
        advice="Let that run end; if its process is gone, its lease ends by itself, or at once by Store.break_lease().",
    )


def confirm_lease(database: Database, connection: Connection, token: str, now: dt.datetime, seconds: float) -> None:
    """Hold on to the lease within a transaction, and lengthen it. Raises :class:`LeaseHeld` when it was taken over."""
    ends = now + dt.timedelta(seconds=seconds)
    kept = database.execute(
        update(lease).where(_of(connection), lease.c.token == token).values(taken_at=now, expires_at=ends)
    )
    if kept.rowcount != 1:
        raise LeaseHeld(
            "Another run has taken this connection over",
            where=str(connection),
            advice="Let that run end: it goes on from what this one has kept.",
        )


def release_lease(database: Database, connection: Connection, token: str) -> None:
    """Give the lease back, if it is still ours."""
    database.execute(delete(lease).where(_of(connection), lease.c.token == token))


def break_lease(database: Database, connection: Connection) -> None:
    """Free the connection, whoever holds the lease."""
    database.execute(delete(lease).where(_of(connection)))


def _of(connection: Connection) -> ColumnElement[bool]:
    return and_(lease.c.product == connection.product, lease.c.instellingscode == connection.instellingscode)
