"""Encryption of what waits in the database, and tags by which a pupil is found again in it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from magister_connect.core.encryption import Cipher
from magister_connect.core.secrets import Secret
from magister_connect.errors import Responsible, StoreFailed


class Seal(Cipher):
    """Seals and opens; without keys it leaves everything as it is."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        super().__init__(keys, advice="Make one with Store.generate_key(), and keep it.")
        self._tag_keys = [key.reveal().encode() for key in keys]

    def open(self, sealed: bytes) -> bytes:
        """The content again. Raises :class:`StoreFailed` for another key."""
        content = self.decrypt(sealed)
        if content is None:
            raise StoreFailed(
                "Data in the store was encrypted with another key",
                responsible=Responsible.YOU,
                advice="Pass that key as well: Store(url, key=[new, old]).",
            )
        return content

    def tags(self, stamnummer: str) -> list[str]:
        """How a pupil is written beside sealed content: the newest first, one for each key."""
        text = stamnummer.encode()
        return [hmac.new(key, text, sha256).hexdigest() for key in self._tag_keys] or [stamnummer]
