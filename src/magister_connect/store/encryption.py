"""Encrypt what waits in the database, and create tags to find a pupil in it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from magister_connect.core.secrets import Secret
from magister_connect.core.storage.encryption import Cipher
from magister_connect.errors import Responsible, StoreFailed


class Seal(Cipher):
    """Encrypts and decrypts. Without keys it changes nothing."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        super().__init__(keys, advice="Make one with Store.generate_key(), and keep it.")
        self._tag_keys = [key.reveal().encode() for key in keys]

    def open(self, sealed: bytes) -> bytes:
        """Decrypt the content. Raises :class:`StoreFailed` if it was encrypted with another key."""
        content = self.decrypt(sealed)
        if content is None:
            raise StoreFailed(
                "Data in the store was encrypted with another key",
                responsible=Responsible.YOU,
                advice="Pass that key as well: Store(url, key=[new, old]).",
            )
        return content

    def tags(self, stamnummer: str) -> list[str]:
        """Return the tags for a pupil beside encrypted content, one for each key, newest first."""
        text = stamnummer.encode()
        return [hmac.new(key, text, sha256).hexdigest() for key in self._tag_keys] or [stamnummer]
