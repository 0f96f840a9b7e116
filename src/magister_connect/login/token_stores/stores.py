"""What a place that keeps tokens must be able to do."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
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
                "leasedUntil": self.leased_until.isoformat() if self.leased_until else None,
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
                advice="Give encryption_key= the key that was used, after the newest one; or remove them and log in.",
            )
        try:
            return StoredTokens.from_text(content.decode())
        except (MagisterConnectError, UnicodeDecodeError):
            pass
        raise UsageError("The stored tokens cannot be read", where=where, advice="Remove them and log in again.")


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


class MemoryTokenStore:
    """Keeps tokens in memory; may be shared between threads and tasks of one process."""

    def __init__(self) -> None:
        self._kept: dict[str, StoredTokens] = {}
        self._lock = Lock()

    def read(self, key: str) -> StoredTokens | None:
        """What is kept under ``key``."""
        return self._kept.get(key)

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Put ``new`` in the place of ``expected``; false where something else is kept."""
        with self._lock:
            if self._kept.get(key) != expected:
                return False
            if new is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = new
            return True


try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]  # elsewhere it is a module


OWNER_ONLY = 0o600


class FileTokenStore:
    """Keeps tokens in ``folder``, which is made (0700) if it is missing; files are 0600.

    May be shared between processes of one machine: a lock file makes comparing and setting one step. The name of a
    file is a hash of its key, so that no person's name stands in a folder listing. With ``encryption_key`` (or several,
    the newest first) the files are encrypted; :func:`generate_key` makes one. Without it, keep the folder on a disk
    that is encrypted.
    """

    def __init__(self, folder: str | os.PathLike[str], *, encryption_key: Keys | None = None) -> None:
        self._folder = Path(folder)
        self._codec = TokenCodec(encryption_key)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self, key: str) -> StoredTokens | None:
        """What is kept under ``key``. Raises :class:`UsageError` where the file is readable by others."""
        path = self._path(key)
        try:
            mode, text = path.stat().st_mode, path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        if os.name == "posix" and mode & 0o077:
            raise UsageError(
                "The token file can be read by others than its owner",
                where=str(path),  # the name is a hash
                advice="Remove it, since others may have read it, and log in anew.",
            )
        return self._codec.read(text, str(path))

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Put ``new`` in the place of ``expected``; false where something else is kept."""
        path = self._path(key)
        with _locked(path.with_suffix(".lock")):
            if self.read(key) != expected:
                return False
            if new is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, self._codec.write(new))
            return True

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _write(path: Path, text: str) -> None:
    """Write beside and move over it, so that a reader sees the old text or the new one and a crash harms neither."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@contextmanager
def _locked(path: Path) -> Generator[None, None, None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # falls with the descriptor, also when the process dies
        yield
    finally:
        os.close(descriptor)
