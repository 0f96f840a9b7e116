"""A folder for the raw replies of batches, written before they are read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from magister_connect.core.half_made import HalfMade
from magister_connect.errors import UsageError
from magister_connect.nummervoorziening.messages import read_batch_reply
from magister_connect.nummervoorziening.records import BatchResult


class BatchReplies(HalfMade):
    """A folder of raw replies that only its owner can read; pass it as ``save_reply``.

    The files hold pseudonyms in clear: delete them once the values are stored. Their names are hashes of the batch
    identifiers.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __repr__(self) -> str:
        return f"<BatchReplies {self.folder}>"

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
        """The file of a batch."""
        return self.folder / f"{hashlib.sha256(identifier.encode()).hexdigest()[:32]}.xml"

    def read(self, identifier: str) -> BatchResult:
        """Read a reply again. Raises :class:`UsageError` if none was saved."""
        path = self.path_of(identifier)
        if not path.exists():
            raise UsageError(
                "No reply of this batch was saved here",
                where="BatchReplies",
                advice="Pass the batch identifier and the folder that you used to retrieve the batch.",
            )
        return read_batch_reply(path.read_bytes())

    def delete(self, identifier: str) -> None:
        """Delete a reply that is no longer needed."""
        self.path_of(identifier).unlink(missing_ok=True)
