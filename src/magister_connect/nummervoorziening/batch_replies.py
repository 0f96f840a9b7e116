"""A folder for the raw responses of batches, which are written before they are read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError
from magister_connect.nummervoorziening.messages import read_batch_reply
from magister_connect.nummervoorziening.records import BatchResult


class BatchReplies(SafeRepr):
    """A folder of raw responses that only its owner can read. Pass it as ``save_reply``.

    The files contain pseudonyms in clear text. Delete them when the values are stored. The file names are hashes of the
    batch identifiers.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __repr__(self) -> str:
        return f"<BatchReplies {self.folder}>"

    def __call__(self, identifier: str, body: bytes) -> None:
        """Write a response completely or not at all."""
        path = self.path_of(identifier)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def path_of(self, identifier: str) -> Path:
        """Return the file of a batch."""
        return self.folder / f"{hashlib.sha256(identifier.encode()).hexdigest()[:32]}.xml"

    def read(self, identifier: str) -> BatchResult:
        """Read a response again. Raises :class:`UsageError` if none was saved."""
        path = self.path_of(identifier)
        if not path.exists():
            raise UsageError(
                "No reply of this batch was saved here",
                where="BatchReplies",
                advice="Pass the batch identifier and the folder that you used to retrieve the batch.",
            )
        return read_batch_reply(path.read_bytes())

    def delete(self, identifier: str) -> None:
        """Delete a response that you no longer need."""
        self.path_of(identifier).unlink(missing_ok=True)
