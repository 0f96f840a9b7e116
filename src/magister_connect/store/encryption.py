"""Encryption of what waits on disk, and tags by which a pupil is found again in it.

Fernet of the cryptography package (AES-128-CBC with HMAC-SHA256); several keys allow a rotation, the first one seals.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from magister_connect.core.secrets import Secret
from magister_connect.errors import Move, StoreFailed, UsageError


def generate_key() -> Secret:
    """A new key for a store: keep it apart from the database."""
    return Secret(Fernet.generate_key().decode("ascii"))


class Seal:
    """Seals and opens; without keys it leaves everything as it is."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        try:
            self._cipher = MultiFernet([Fernet(key.reveal()) for key in keys]) if keys else None
        except ValueError:
            self._cipher = None
            wrong = True
        else:
            wrong = False
        if wrong:
            raise UsageError(
                "This is no key of a store", where="key", advice="Make one with Store.generate_key(), and keep it."
            )
        self._tag_keys = [key.reveal().encode() for key in keys]

    def __bool__(self) -> bool:
        return self._cipher is not None

    def seal(self, content: bytes) -> bytes:
        """The content as it may lie on disk."""
        return content if self._cipher is None else self._cipher.encrypt(content)

    def open(self, sealed: bytes) -> bytes:
        """The content again. Raises :class:`StoreFailed` for another key."""
        if self._cipher is None:
            return sealed
        try:
            return self._cipher.decrypt(sealed)
        except InvalidToken:
            pass
        raise StoreFailed(
            "What waits in the store was sealed with another key",
            move=Move.YOURS,
            advice="Give the store that key too.",
        )

    def tags(self, stamnummer: str) -> list[str]:
        """How a pupil is written beside sealed content: the newest first, one for each key."""
        text = stamnummer.encode()
        return [hmac.new(key, text, sha256).hexdigest() for key in self._tag_keys] or [stamnummer]
