"""What the platform gets, and what is held back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

KINDS: Final = ("participants", "enrolments", "absence", "progress", "results")
"""In the order of delivery: the platform wants to know a participant before anything about them."""


@frozen
class Document:
    """One document for the platform: ``PUT /api/{kind}/{key}``. The repr shows nothing of a person."""

    kind: str
    key: str = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    origin: str = ""

    @property
    def text(self) -> bytes:
        """The body as JSON, always the same for the same content."""
        return json.dumps(self.body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def fingerprint(self) -> str:
        """What tells whether the content is another than last time."""
        return hashlib.sha256(self.text).hexdigest()


@frozen
class HeldBack:
    """A record that was not delivered: where it stands at its source, why, and what to do.

    ``origin`` is a place (``row 17 of platform-inschrijvingen``, ``pupil 3 of school.xml``) and never a number of a
    person. ``found_by`` is what a person searches for in Magister (``stamnummer 10042``); the report shows it only
    when it is asked to. ``key`` is that of the document that would have been delivered. ``follows`` tells that
    nothing has to be done about this one, because it follows from another.
    """

    kind: str
    origin: str
    reason: str
    action: str
    follows: bool = False
    key: str = field(default="", repr=False)
    found_by: str = field(default="", repr=False)
