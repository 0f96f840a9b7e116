"""One run at a time in a folder, with a lock that disappears with its process."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from magister_connect.errors import Responsible, UsageError


@contextmanager
def only_one(folder: Path) -> Generator[None, None, None]:
    """Lock the folder.

    If the process is killed, the operating system releases the lock at once.

    Raises :class:`UsageError` while another run holds it.
    """
    with closing(
        sqlite3.connect(folder / "lock.db", timeout=0, isolation_level=None)
    ) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            pass
        else:
            yield
            return
    raise UsageError(
        "Another run works in this folder",
        where=str(folder),
        responsible=Responsible.NOBODY,
        advice="Wait until it ends.",
    )
