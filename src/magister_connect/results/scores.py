"""Numbers in a result: with a decimal point or comma, or a word instead."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from magister_connect.core.values import collapse, to_decimal
from magister_connect.errors import FieldInvalid


class Status(StrEnum):
    """The grading status of a submission."""

    GRADED = "graded"
    PENDING = "pending"
    NOT_ASSESSED = "not_assessed"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


SCORE_WORDS: Final[Mapping[str, Status]] = MappingProxyType(
    {
        "beoordeeld": Status.GRADED,  # documented, as is the next one
        "niet meer beoordelen": Status.NOT_ASSESSED,
        "nog te beoordelen": Status.PENDING,  # inferred, as are the rest
        "te beoordelen": Status.PENDING,
        "ingetrokken": Status.WITHDRAWN,
        "graded": Status.GRADED,
        "pending": Status.PENDING,
        "withdrawn": Status.WITHDRAWN,
    }
)
"""Words for each status, in lower case. A contract may have its own words."""


def parse_status(text: str, words: Mapping[str, Status] = SCORE_WORDS) -> Status:
    """Return the status for a text. ``OTHER`` for unknown words."""
    return words.get(collapse(text).lower(), Status.OTHER)


def parse_score(text: str, field: str, words: Mapping[str, Status] = SCORE_WORDS) -> Decimal | Status:
    """Return a number, or a status for a word (documented: a score column may contain words).

    Raises :class:`FieldInvalid` for a text with digits that is not a number, because that is damage and not a word.
    """
    try:
        return to_decimal(text, field, comma=True)
    except FieldInvalid:
        if any(character.isdigit() for character in text):
            raise
    return parse_status(text, words)


def parse_percentage(text: str, field: str, words: Mapping[str, Status] = SCORE_WORDS) -> Decimal | Status:
    """Do the same as :func:`parse_score`, with or without a percent sign."""
    return parse_score(text.rstrip().removesuffix("%"), field, words)
