"""Store tokens in a database, for applications on more than one machine."""

from __future__ import annotations

from magister_connect.core.boundary import boundary
from magister_connect.core.extras import require_extra
from magister_connect.core.records.safe_repr import SafeRepr

require_extra("store", "sqlalchemy")

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, delete, insert, select, update

from magister_connect.core.storage.database import LOCK_PATIENCE, Database, KeyExists
from magister_connect.core.storage.encryption import Keys
from magister_connect.login.token_stores.protocol import StoredTokens, TokenCodec


@boundary.around_methods
class SqlTokenStore(SafeRepr):
    """Stores tokens in one table of any database that SQLAlchemy supports. A missing table is created.

    - ``where``: an address (``sqlite:///tokens.db``, ``postgresql+psycopg://...``) or your own engine.
    - ``encryption_key``: encrypts what is written. Pass several keys, the newest first, to rotate them. Without a key,
      give only one database account access to the table.
    - ``patience``: how many seconds to wait for another transaction.

    One conditional statement compares and sets. Raises :class:`StoreFailed` for any failure of the database; no error
    contains a token.
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
        """Return the tokens under ``key``."""
        return self._parse(self._read_text(key))

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Replace ``expected`` by ``new``. Returns false if the store contains something else."""
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
        """Close the connections to the database. Your own engine stays open."""
        if self._owned:
            self._database.close()

    def _insert(self, key: str, new: StoredTokens) -> bool:
        try:
            with self._database.write() as connection:
                connection.execute(insert(self._table).values(name=key, held=self._codec.write(new)))
        except KeyExists:
            return False
        return True

    def _read_text(self, key: str) -> str | None:
        with self._database.read() as connection:
            text = connection.scalar(select(self._table.c.held).where(self._table.c.name == key))
        return None if text is None else str(text)

    def _parse(self, text: str | None) -> StoredTokens | None:
        return None if text is None else self._codec.read(text, f"table {self._table.name}")
