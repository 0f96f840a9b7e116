"""Pseudonyms of our own: HMAC under a key that is kept elsewhere, with the id of the key and for one audience.

Without a key a hash of a BSN is worthless: all of them are tried in about a minute (measured). Two audiences get
different pseudonyms of one person, so that their files cannot be joined. It stays personal data.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from magister_connect.crosswalk.audiences import Audience
from magister_connect.crosswalk.links import require_identifiers
from magister_connect.errors import UsageError
from magister_connect.identifiers import Identifier

__all__ = ["Pseudonymiser"]

SHORTEST_KEY: Final = 32
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Pseudonymiser:
    """Makes pseudonyms ``key_id:hex`` of 256 bits for one audience.

    ``key`` has at least 32 random bytes and comes from wherever secrets are kept; rotate it with a new ``key_id``.
    Raises :class:`UsageError` for a key that is too short or no bytes.
    """

    __slots__ = ("_key", "audience", "key_id")

    def __init__(self, key: bytes, *, key_id: str, audience: Audience) -> None:
        if not _is_key(key):
            raise UsageError(
                f"The key of a pseudonym has at least {SHORTEST_KEY} bytes",
                where="Pseudonymiser(key=...)",
                advice=f"Make one with secrets.token_bytes({SHORTEST_KEY}), and keep it where secrets are kept.",
            )
        if not _KEY_ID.fullmatch(key_id):
            raise UsageError(
                "The id of a key consists of at most 32 letters, digits, hyphens and underscores",
                where="Pseudonymiser(key_id=...)",
                advice="Call it k1, and its successor k2.",
            )
        self._key, self.key_id, self.audience = key, key_id, audience

    def __repr__(self) -> str:
        return f"Pseudonymiser(key_id={self.key_id!r}, audience={self.audience.name!r})"

    def of(self, identifier: Identifier) -> str:
        """The pseudonym of an identifier."""
        require_identifiers(identifier, where="Pseudonymiser.of")
        what = f"{identifier.kind}|{identifier.realm}|{identifier.reveal()}"
        message = f"magister-connect.v1|{self.audience.name}|{what}"
        return f"{self.key_id}:{hmac.new(self._key, message.encode(), hashlib.sha256).hexdigest()}"


def _is_key(key: object) -> bool:
    """Whether it is long enough, and bytes: many a store of secrets gives a text."""
    return isinstance(key, bytes) and len(key) >= SHORTEST_KEY
