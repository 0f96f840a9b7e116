"""The documents that were delivered, so that the next run delivers only changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from platform_feed.documents import Document

_metadata = sa.MetaData()
_deliveries = sa.Table(
    "deliveries",
    _metadata,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
)
_departures = sa.Table(
    "departures",
    _metadata,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(80), primary_key=True),
)
_contents = sa.Table(
    "contents",
    _metadata,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("fields", sa.Text, nullable=False),  # names, never values
)

Places = Collection[tuple[str, str]]  # kind and key


class Ledger:
    """Kind, key and fingerprint of every document that the platform has confirmed.

    It is written after each confirmation of the platform. If a process is killed before
    that, the next run delivers that document again. This is harmless, because the platform
    keeps one document per key.
    """

    def __init__(self, address: str) -> None:
        self._engine = sa.create_engine(address)
        _metadata.create_all(self._engine)
        self._connection = self._engine.connect()
        with self._connection.begin():
            self._known = {
                (kind, key): fingerprint
                for kind, key, fingerprint in self._connection.execute(
                    sa.select(
                        _deliveries.c.kind, _deliveries.c.key, _deliveries.c.fingerprint
                    )
                )
            }
            self._filled = {
                (kind, key): frozenset(fields.split())
                for kind, key, fields in self._connection.execute(
                    sa.select(_contents.c.kind, _contents.c.key, _contents.c.fields)
                )
            }
            left = self._connection.execute(
                sa.select(_departures.c.kind, _departures.c.key)
            )
            self._left = {(kind, key) for kind, key in left}

    @property
    def known(self) -> Mapping[tuple[str, str], str]:
        """Fingerprints by kind and key."""
        return self._known

    @property
    def filled(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The fields that had a value in the last delivery, by kind and key."""
        return self._filled

    def holds(self, document: Document) -> bool:
        """Whether exactly this content was delivered."""
        return self._known.get((document.kind, document.key)) == document.fingerprint

    @property
    def expected(self) -> Places:
        """Documents that were delivered, and were still at the school in the last accepted run."""
        return self._known.keys() - self._left

    def let_go(self, gone: Places) -> None:
        """Store which documents are no longer at the school: the next run does not expect them."""
        with self._connection.begin():
            self._connection.execute(sa.delete(_departures))
            if gone:
                rows = [{"kind": kind, "key": key} for kind, key in gone]
                self._connection.execute(sa.insert(_departures), rows)
        self._left = set(gone)

    def write(self, document: Document, moment: dt.datetime) -> None:
        """Store that this content was delivered."""
        place = (_deliveries.c.kind == document.kind, _deliveries.c.key == document.key)
        content = (_contents.c.kind == document.kind, _contents.c.key == document.key)
        values = {"fingerprint": document.fingerprint, "delivered_at": moment}
        with self._connection.begin():
            if (document.kind, document.key) in self._known:
                self._connection.execute(
                    sa.update(_deliveries).where(*place).values(**values)
                )
            else:
                row = {"kind": document.kind, "key": document.key, **values}
                self._connection.execute(sa.insert(_deliveries).values(**row))
            fields = " ".join(sorted(document.filled))
            self._connection.execute(sa.delete(_contents).where(*content))
            self._connection.execute(
                sa.insert(_contents).values(
                    kind=document.kind, key=document.key, fields=fields
                )
            )
        self._filled[document.kind, document.key] = document.filled
        self._known[document.kind, document.key] = document.fingerprint

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._engine.dispose()
