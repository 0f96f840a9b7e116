"""Documents for the platform, and records that are held back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

KINDS: Final = ("participants", "enrolments", "absence", "progress", "results")
"""In the order of delivery: the platform must know a participant first."""


@frozen
class Document:
    """One document for the platform: ``PUT /api/{kind}/{key}``.

    The repr shows no personal data.
    """

    kind: str
    key: str = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    origin: str = ""

    @property
    def text(self) -> bytes:
        """The body as JSON, always the same for the same content."""
        return json.dumps(
            self.body, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        ).encode()

    @property
    def filled(self) -> frozenset[str]:
        """The fields that have a value, without the values."""
        return frozenset(name for name, value in self.body.items() if value)

    @property
    def fingerprint(self) -> str:
        """A hash of the content, to find out whether it changed."""
        return hashlib.sha256(self.text).hexdigest()


@frozen
class HeldBack:
    """A record that was not delivered: its place in the source, the reason, and what to do.

    ``origin`` is a place (``row 17 of platform-inschrijvingen``, ``pupil 3 of school.xml``)
    and never a number of a person. ``found_by`` is the text to search for in Magister
    (``stamnummer 10042``); the report shows it only on request. ``key`` is the key of the
    document that was not delivered. If ``follows`` is true, nobody needs to act, because
    the record waits for another one.
    """

    kind: str
    origin: str
    reason: str
    action: str
    follows: bool = False
    key: str = field(default="", repr=False)
    found_by: str = field(default="", repr=False)
