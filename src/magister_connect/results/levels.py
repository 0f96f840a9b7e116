"""Levels that a test measures: referentieniveaus and those of the ERK."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class LevelFamily(StrEnum):
    """Which scale a level belongs to; levels of two families do not compare."""

    REFERENTIE = "referentie"
    ERK = "erk"
    NONE = "none"


class Level(StrEnum):
    """A level that was reached (documented: A1 to C1 and the referentieniveaus; inferred: ``<A1`` and C2).

    ``OTHER`` is a text that is none of them, such as a range or the outcome of an intake test: the text itself stays
    in ``level_raw``.
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
# The lowest level is written in both ways on the supplier's own pages (documented).
_KNOWN: Final = {level.value: level for level in Level if level is not Level.OTHER} | {"0F": Level.BELOW_1F}


def parse_level(text: str) -> Level:
    """The level that a text names, whatever its case and blanks; ``OTHER`` for everything else."""
    if text in _KNOWN:
        return _KNOWN[text]
    return _KNOWN.get(_BLANKS.sub("", text).upper(), Level.OTHER)
