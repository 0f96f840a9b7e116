"""Tokens kept in a database, for applications that run on more than one machine."""

from __future__ import annotations

from magister_connect.core.boundary import boundary
from magister_connect.core.extras import require_extra
from magister_connect.core.half_made import HalfMade

require_extra("store", "sqlalchemy")

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, delete, insert, select, update

from magister_connect.core.database import LOCK_PATIENCE, Database, Taken
from magister_connect.core.encryption import Keys
from magister_connect.login.token_stores.protocol import StoredTokens, TokenCodec


@boundary.around_methods
class SqlTokenStore(HalfMade):
    """Keeps tokens in one table of any database that SQLAlchemy knows; the table is made where it is missing.

    ``where`` is an address (``sqlite:///tokens.db``, ``postgresql+psycopg://...``) or an engine of yours. Comparing and
    setting is one conditional statement. With ``encryption_key`` (or several, the newest first) what is written is
    encrypted; without it, give the table to one account only. ``patience`` is how many seconds to wait for another
    transaction. Raises :class:`StoreFailed` for whatever a database cannot do; no error holds a token.
    """

    def __init__(
        self,
        where: str | Engine,
        *,
        table: str = "magister_tokens",
        encryption_key: Keys | None = None,
        patience: float = LOCK_PATIENCE,
    ) -> None:
        self._codec = TokenCodec(encryption_key)
        metadata = MetaData()
        self._table = Table(
            table, metadata, Column("name", String(255), primary_key=True), Column("held", Text, nullable=False)
        )
        self._owned = isinstance(where, str)
        self._database = Database(where, prepare=metadata.create_all, patience=patience)

    def read(self, key: str) -> StoredTokens | None:
        """What is kept under ``key``."""
        return self._parse(self._read_text(key))

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Put ``new`` in the place of ``expected``; false where something else is kept."""
        text = self._read_text(key)
        if self._parse(text) != expected:
            return False
        if text is None:
            return new is None or self._insert(key, new)
        row = (self._table.c.name == key) & (self._table.c.held == text)  # the same text encrypts differently each time
        statement = delete(self._table) if new is None else update(self._table).values(held=self._codec.write(new))
        with self._database.write() as connection:
            return connection.execute(statement.where(row)).rowcount == 1

    def __repr__(self) -> str:
        return f"<SqlTokenStore {self._table.name} in {self._database.place}>"

    def close(self) -> None:
        """Close the connections to the database; those of an engine of yours stay."""
        if self._owned:
            self._database.close()

    def _insert(self, key: str, new: StoredTokens) -> bool:
        try:
            with self._database.write() as connection:
                connection.execute(insert(self._table).values(name=key, held=self._codec.write(new)))
        except Taken:
            return False
        return True

    def _read_text(self, key: str) -> str | None:
        with self._database.read() as connection:
            text = connection.scalar(select(self._table.c.held).where(self._table.c.name == key))
        return None if text is None else str(text)

    def _parse(self, text: str | None) -> StoredTokens | None:
        return None if text is None else self._codec.read(text, f"table {self._table.name}")
