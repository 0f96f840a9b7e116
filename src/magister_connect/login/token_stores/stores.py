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
from typing import Protocol, Self

from attrs import frozen

from magister_connect.core.json import CamelRecord, parse_json, read_record
from magister_connect.errors import MagisterConnectError, UsageError
from magister_connect.login.tokens import Tokens


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
        """All of it, secrets included."""
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
    """Keeps tokens in ``folder``, which is made (0700) where it is missing; files are 0600.

    May be shared between processes of one machine: a lock file makes comparing and setting one step. The name of a
    file is a hash of its key, so that no person's name stands in a folder listing. What is written is not encrypted:
    keep the folder on a disk that is, or use a store of your own.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
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
        return _parse(text, path)

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Put ``new`` in the place of ``expected``; false where something else is kept."""
        path = self._path(key)
        with _locked(path.with_suffix(".lock")):
            if self.read(key) != expected:
                return False
            if new is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, new.to_text())
            return True

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _parse(text: str, path: Path) -> StoredTokens:
    try:
        return StoredTokens.from_text(text)
    except MagisterConnectError:
        pass
    raise UsageError("The token file cannot be read", where=str(path), advice="Remove it and log in anew.")


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
