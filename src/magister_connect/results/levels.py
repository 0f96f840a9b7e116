"""Levels that a test measures: referentieniveaus and levels of the ERK."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class LevelFamily(StrEnum):
    """The scale of a level. Levels of two scales cannot be compared."""

    REFERENTIE = "referentie"
    ERK = "erk"
    NONE = "none"


class Level(StrEnum):
    """The level reached (documented: A1 to C1 and the referentieniveaus; inferred: ``<A1`` and C2).

    ``OTHER`` is any other text, such as a range or the result of an intake test. ``level_raw`` contains the text
    itself.
    """

    BELOW_1F = "<1F"
    F1 = "1F"
    F2 = "2F"
    F3 = "3F"
    F4 = "4F"
    S1 = "1S"
    BELOW_A1 = "<A1"
    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"
    OTHER = "other"

    @property
    def family(self) -> LevelFamily:
        """The scale of this level."""
        if self is Level.OTHER:
            return LevelFamily.NONE
        return LevelFamily.ERK if self.value[-2] in "ABC" else LevelFamily.REFERENTIE


_BLANKS: Final = re.compile(r"\s+")
# The supplier's own pages write the lowest level in both ways (documented).
_KNOWN: Final = {level.value: level for level in Level if level is not Level.OTHER} | {"0F": Level.BELOW_1F}


def parse_level(text: str) -> Level:
    """Return the level for a text, ignoring case and spaces. ``OTHER`` for any other text."""
    if text in _KNOWN:
        return _KNOWN[text]
    return _KNOWN.get(_BLANKS.sub("", text).upper(), Level.OTHER)
