"""Keeping the raw reply of a batch in a folder, before it is read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from magister_connect.errors import UsageError
from magister_connect.nummervoorziening.messages import read_kept_reply
from magister_connect.nummervoorziening.records import BatchResult


class KeptReplies:
    """A folder of raw replies, readable for the owner alone; pass it as ``keep``.

    The files hold pseudonyms in clear: delete them when the values are stored. Their names tell nothing.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __call__(self, identifier: str, body: bytes) -> None:
        """Write a reply, whole or not at all."""
        path = self.path_of(identifier)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def path_of(self, identifier: str) -> Path:
        """Where the reply of a batch is kept."""
        return self.folder / f"{hashlib.sha256(identifier.encode()).hexdigest()[:32]}.xml"

    def read(self, identifier: str) -> BatchResult:
        """Read a reply again. Raises :class:`UsageError` where none was kept."""
        path = self.path_of(identifier)
        if not path.exists():
            advice = "Give the identifier of the batch and the folder that were used when it was fetched."
            raise UsageError("No reply of this batch was kept here", where="KeptReplies", advice=advice)
        return read_kept_reply(path.read_bytes())

    def forget(self, identifier: str) -> None:
        """Delete a reply that is no longer needed."""
        self.path_of(identifier).unlink(missing_ok=True)
