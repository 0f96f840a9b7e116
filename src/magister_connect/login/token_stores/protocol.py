"""The stored form of a login, and the protocol of a token store."""

from __future__ import annotations

import datetime as dt
import json
from typing import Final, Protocol, Self

from attrs import frozen

from magister_connect.core.json import CamelRecord, parse_json, read_record
from magister_connect.core.storage.encryption import Cipher, Keys, as_keys
from magister_connect.core.storage.encryption import generate_key as generate_key
from magister_connect.errors import MagisterConnectError, UsageError
from magister_connect.login.tokens import Tokens

FERNET_START: Final = "gAAAA"  # its version and the first bytes of its time, in Base64


@frozen(kw_only=True, repr=False, slots=False)
class _Written(CamelRecord):
    tokens: str | None = None
    leased_until: dt.datetime | None = None
    lease: str | None = None


@frozen(kw_only=True)
class StoredTokens:
    """The value under one key: the tokens, and the renewal in progress.

    ``tokens`` is ``None`` once the grant has ended. ``lease`` names the renewal in progress; no other one may start
    before ``leased_until``.
    """

    tokens: Tokens | None = None
    lease: str | None = None
    leased_until: dt.datetime | None = None

    def to_text(self) -> str:
        """Return everything as text, secrets included, without encryption."""
        return json.dumps(
            {
                "tokens": self.tokens.to_text() if self.tokens else None,
                "lease": self.lease,
                "leasedUntil": self.leased_until.astimezone(dt.UTC).isoformat() if self.leased_until else None,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text of :meth:`to_text`. Raises :class:`ReplyInvalid` for any other text."""
        written = read_record(_Written, parse_json(text.encode(), "the token store"), "the token store")
        return cls(
            tokens=None if written.tokens is None else Tokens.from_text(written.tokens),
            lease=written.lease,
            leased_until=written.leased_until,
        )


class TokenCodec:
    """Converts stored values to text and back, encrypted if there are keys (the newest first).

    Without keys the text is JSON. With keys it is encrypted with Fernet, like waiting records in the store. A text from
    before there were keys can still be read, and is encrypted when it is written again.
    """

    def __init__(self, keys: Keys | None) -> None:
        self._cipher = Cipher(as_keys(keys))

    def write(self, stored: StoredTokens) -> str:
        """Return a stored value as text."""
        return self._cipher.encrypt(stored.to_text().encode()).decode()

    def read(self, text: str, where: str) -> StoredTokens:
        """Read the text of :meth:`write`. Raises :class:`UsageError` for another key, and for any other text."""
        content: bytes | None = text.encode()
        if self._cipher and not text.startswith("{"):
            content = self._cipher.decrypt(text.encode())
        elif not self._cipher and text.startswith(FERNET_START):
            content = None
        if content is None:
            raise UsageError(
                "The stored tokens are encrypted, and not with this key",
                where=where,
                advice="Add the old key to encryption_key=, after the newest; or delete the tokens and log in again.",
            )
        try:
            return StoredTokens.from_text(content.decode())
        except (MagisterConnectError, UnicodeDecodeError):
            pass
        raise UsageError("The stored tokens cannot be read", where=where, advice="Delete them and log in again.")


class TokenStore(Protocol):
    """A place that stores tokens, with an atomic compare-and-set.

    Refresh tokens are single-use, so two processes that refresh at the same time would lose the grant. That is why
    :meth:`replace` must compare and set atomically.
    """

    def read(self, key: str) -> StoredTokens | None:
        """Return the value under ``key``."""
        ...

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Replace ``expected`` (``None``: no value) by ``new``.

        If the value differs, change nothing and return false.
        """
        ...
