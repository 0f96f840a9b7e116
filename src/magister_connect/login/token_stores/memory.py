"""Store tokens in memory, for one process and for tests."""

from __future__ import annotations

from threading import Lock

from magister_connect.login.token_stores.protocol import StoredTokens


class MemoryTokenStore:
    """Stores tokens in memory. Threads and tasks of one process may share it."""

    def __init__(self) -> None:
        self._kept: dict[str, StoredTokens] = {}
        self._lock = Lock()

    def read(self, key: str) -> StoredTokens | None:
        """Return the tokens under ``key``."""
        return self._kept.get(key)

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Replace ``expected`` by ``new``. Returns false if the store contains something else."""
        with self._lock:
            if self._kept.get(key) != expected:
                return False
            if new is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = new
            return True
