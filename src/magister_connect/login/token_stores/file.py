"""Store tokens in a folder on this machine."""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from magister_connect.core.boundary import boundary
from magister_connect.core.storage.encryption import Keys
from magister_connect.errors import Responsible, StoreFailed, UsageError
from magister_connect.login.token_stores.protocol import StoredTokens, TokenCodec

OWNER_ONLY: Final = 0o600


@boundary.around_methods
class FileTokenStore:
    """Stores tokens in ``folder``. A missing folder is created with mode 0700; files have mode 0600.

    Threads and processes on one machine may share it, on every system: a lock file makes compare-and-set atomic.
    ``patience`` is how many seconds to wait for that lock before raising :class:`StoreFailed`.

    The name of a file is a hash of its key, so that a folder listing shows no names. With ``encryption_key`` the files
    are encrypted. Pass several keys, the newest first, to rotate them; :func:`generate_key` makes one. Without a key,
    use an encrypted disk.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, encryption_key: Keys | None = None, patience: float = 30.0
    ) -> None:
        if not 0 <= patience < math.inf:
            raise UsageError("The patience is a number of seconds, from 0", where="patience")
        self._folder = Path(folder)
        self._patience = patience
        self._codec = TokenCodec(encryption_key)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self, key: str) -> StoredTokens | None:
        """Return the tokens under ``key``. Raises :class:`UsageError` if other users can read the file."""
        path = self._path(key)
        try:
            mode, text = path.stat().st_mode, path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        if os.name == "posix" and mode & 0o077:
            raise UsageError(
                "The token file is readable by other users",
                where=str(path),  # the name is a hash
                advice="Delete the file, because others may have read it, and log in again.",
            )
        return self._codec.read(text, str(path))

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Replace ``expected`` by ``new``. Returns false if the store contains something else."""
        path = self._path(key)
        lock = FileLock(path.with_suffix(".lock"), timeout=self._patience, mode=OWNER_ONLY, is_singleton=False)
        try:
            with lock:
                return self._replace(key, path, expected, new)
        except Timeout:
            pass
        raise StoreFailed(
            f"Another process holds the token file for longer than {self._patience:g} s",
            where=str(path),
            responsible=Responsible.NOBODY,
        )

    def _replace(self, key: str, path: Path, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
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
    """Write to a new file and rename it, so that a reader sees the old or the new text, even after a crash."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
