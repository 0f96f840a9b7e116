"""What the platform receives, and what is held back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

KINDS: Final = ("participants", "enrolments", "absence", "progress", "results")
"""In the order of delivery: the platform must know a participant before it accepts other data about them."""


@frozen
class Document:
    """One document for the platform: ``PUT /api/{kind}/{key}``. The repr contains no personal data."""

    kind: str
    key: str = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    origin: str = ""

    @property
    def text(self) -> bytes:
        """Return the body as JSON, always the same for the same content."""
        return json.dumps(self.body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def fingerprint(self) -> str:
        """Return a hash that changes when the content changes."""
        return hashlib.sha256(self.text).hexdigest()


@frozen
class HeldBack:
    """A record that was not delivered: its place in the source, why, and what to do.

    ``origin`` is a place (``row 17 of platform-inschrijvingen``, ``pupil 3 of school.xml``), never a number of a
    person. ``found_by`` is what you search for in Magister (``stamnummer 10042``). The report shows it only on request.
    ``key`` is that of the document that would have been delivered. ``follows`` means that this one needs no action,
    because it follows from another.
    """

    kind: str
    origin: str
    reason: str
    action: str
    follows: bool = False
    key: str = field(default="", repr=False)
    found_by: str = field(default="", repr=False)
