"""What is stored of a login, its form as text, and what a store of tokens must be able to do."""

from __future__ import annotations

import datetime as dt
import json
from typing import Final, Protocol, Self

from attrs import frozen

from magister_connect.core.encryption import Cipher, Keys, as_keys
from magister_connect.core.encryption import generate_key as generate_key
from magister_connect.core.json import CamelRecord, parse_json, read_record
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
    """What is kept under one key: the tokens, and who is renewing them at this moment.

    ``tokens`` is ``None`` once the grant is known to be dead. ``lease`` names the renewal under way, which nobody may
    double before ``leased_until``.
    """

    tokens: Tokens | None = None
    lease: str | None = None
    leased_until: dt.datetime | None = None

    def to_text(self) -> str:
        """All of it, secrets included, unencrypted."""
        return json.dumps(
            {
                "tokens": self.tokens.to_text() if self.tokens else None,
                "lease": self.lease,
                "leasedUntil": self.leased_until.astimezone(dt.UTC).isoformat() if self.leased_until else None,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what :meth:`to_text` wrote. Raises :class:`ReplyInvalid` when it is not that."""
        written = read_record(_Written, parse_json(text.encode(), "the token store"), "the token store")
        return cls(
            tokens=None if written.tokens is None else Tokens.from_text(written.tokens),
            lease=written.lease,
            leased_until=written.leased_until,
        )


class TokenCodec:
    """Writes what is stored as text and reads it again, encrypted if there are keys (the newest first).

    Without keys the text is JSON. With keys it is encrypted like what waits in the store (Fernet); a text that was
    stored before there were keys is still read, and encrypted when it is next written.
    """

    def __init__(self, keys: Keys | None) -> None:
        self._cipher = Cipher(as_keys(keys))

    def write(self, stored: StoredTokens) -> str:
        """What is stored, as text."""
        return self._cipher.encrypt(stored.to_text().encode()).decode()

    def read(self, text: str, where: str) -> StoredTokens:
        """What :meth:`write` wrote. Raises :class:`UsageError` for another key, and for what is not ours."""
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
    """A place that keeps tokens and can tell that it still holds what the caller saw.

    Refresh tokens are single-use: two processes that refresh at the same time would lose the grant. Hence the one
    demand on a store: :meth:`replace` compares and sets in one step that nothing can come between.
    """

    def read(self, key: str) -> StoredTokens | None:
        """What is kept under ``key``."""
        ...

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Put ``new`` in the place of ``expected`` (``None``: nothing); false, and no change, where it differs."""
        ...
