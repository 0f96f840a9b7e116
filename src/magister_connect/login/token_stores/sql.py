"""Tokens kept in a database, for applications that run on more than one machine."""

from __future__ import annotations

from magister_connect.core.extras import require_extra

require_extra("store", "sqlalchemy")

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, create_engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from magister_connect.core.encryption import Keys
from magister_connect.login.token_stores.protocol import StoredTokens, TokenCodec


class SqlTokenStore:
    """Keeps tokens in one table of any database that SQLAlchemy knows; the table is made where it is missing.

    ``where`` is an address (``sqlite:///tokens.db``, ``postgresql+psycopg://...``) or an engine of yours. Comparing and
    setting is one conditional statement. With ``encryption_key`` (or several, the newest first) what is written is
    encrypted; without it, give the table to one account only.
    """

    def __init__(
        self, where: str | Engine, *, table: str = "magister_tokens", encryption_key: Keys | None = None
    ) -> None:
        self._codec = TokenCodec(encryption_key)
        self._engine = create_engine(where) if isinstance(where, str) else where
        metadata = MetaData()
        self._table = Table(
            table, metadata, Column("name", String(255), primary_key=True), Column("held", Text, nullable=False)
        )
        metadata.create_all(self._engine)

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
        with self._engine.begin() as connection:
            return connection.execute(statement.where(row)).rowcount == 1

    def close(self) -> None:
        """Close the connections to the database."""
        self._engine.dispose()

    def _insert(self, key: str, new: StoredTokens) -> bool:
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(self._table).values(name=key, held=self._codec.write(new)))
        except IntegrityError:
            return False
        return True

    def _read_text(self, key: str) -> str | None:
        with self._engine.connect() as connection:
            text = connection.scalar(select(self._table.c.held).where(self._table.c.name == key))
        return None if text is None else str(text)

    def _parse(self, text: str | None) -> StoredTokens | None:
        return None if text is None else self._codec.read(text, f"table {self._table.name}")
