"""Tokens kept in a folder of the machine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from magister_connect.core.boundary import boundary
from magister_connect.core.encryption import Keys
from magister_connect.errors import Responsible, StoreFailed, UsageError
from magister_connect.login.token_stores.protocol import StoredTokens, TokenCodec

OWNER_ONLY: Final = 0o600


@boundary.around_methods
class FileTokenStore:
    """Keeps tokens in ``folder``, which is made (0700) if it is missing; files are 0600.

    May be shared between threads and processes of one machine, on every system: a lock file makes comparing and
    setting one step. ``patience`` is how many seconds to wait for it; then :class:`StoreFailed` is raised. The name of
    a file is a hash of its key, so that no person's name stands in a folder listing. With ``encryption_key`` (or
    several, the newest first) the files are encrypted; :func:`generate_key` makes one. Without it, keep the folder on a
    disk that is encrypted.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, encryption_key: Keys | None = None, patience: float = 30.0
    ) -> None:
        self._folder = Path(folder)
        self._patience = patience
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
                "The token file is readable by other users",
                where=str(path),  # the name is a hash
                advice="Delete the file, because others may have read it, and log in again.",
            )
        return self._codec.read(text, str(path))

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Put ``new`` in the place of ``expected``; false where something else is kept."""
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
    """Write beside and move over it, so that a reader sees the old text or the new one and a crash harms neither."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
