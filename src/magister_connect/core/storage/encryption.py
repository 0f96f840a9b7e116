"""Encrypt data on disk with Fernet of the cryptography package (AES-128-CBC with HMAC-SHA256).

Pass several keys to rotate them: the first one encrypts, and all of them decrypt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

Keys: TypeAlias = str | Secret | Sequence[str | Secret]
"""One key, or several with the newest first."""
MAKE_ONE: Final = "Make one with generate_key(), and keep it."


def generate_key() -> Secret:
    """Return a new encryption key. Store it apart from the data that it encrypts."""
    from cryptography.fernet import Fernet  # imported here: it takes long

    return Secret(Fernet.generate_key().decode("ascii"))


def as_keys(keys: Keys | None, *, advice: str = MAKE_ONE) -> list[Secret]:
    """Return the keys as secrets, or an empty list for ``None``.

    Raises :class:`UsageError` for an empty list, and for what is neither a text nor a secret.
    """
    if keys is None:
        return []
    given: list[object] = [*keys] if isinstance(keys, Iterable) and not isinstance(keys, str | bytes) else [keys]
    if not given:
        raise UsageError("The list of keys is empty", where="key", advice=advice)
    found = [each if isinstance(each, Secret) else Secret(each) for each in given if isinstance(each, str | Secret)]
    if len(found) != len(given):
        raise UsageError("An encryption key is a text or a Secret", where="key", advice=advice)
    return found


class Cipher:
    """Encrypts and decrypts. Without keys it leaves the data unchanged and is false.

    Raises :class:`UsageError` with ``advice`` for a text that is not a key.
    """

    def __init__(self, keys: Sequence[Secret], *, advice: str = MAKE_ONE) -> None:
        self._fernet: MultiFernet | None = None
        try:
            if keys:
                self._fernet = _fernet_of(keys)
        except ValueError:
            wrong = True
        else:
            wrong = False
        if wrong:
            raise UsageError("This is not an encryption key", where="key", advice=advice)

    def __bool__(self) -> bool:
        return self._fernet is not None

    def encrypt(self, content: bytes) -> bytes:
        """Return the content as it may be stored on disk."""
        return content if self._fernet is None else self._fernet.encrypt(content)

    def decrypt(self, encrypted: bytes) -> bytes | None:
        """Return the content, or ``None`` if it was encrypted with another key."""
        if self._fernet is None:
            return encrypted
        from cryptography.fernet import InvalidToken  # imported here: it takes long

        try:
            return self._fernet.decrypt(encrypted)
        except InvalidToken:
            return None


def _fernet_of(keys: Sequence[Secret]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet  # imported here: it takes long

    return MultiFernet([Fernet(key.reveal()) for key in keys])
