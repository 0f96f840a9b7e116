"""Numbers of a result: a decimal point or comma, and words where a number would stand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from magister_connect.core.values import collapse, to_decimal
from magister_connect.errors import FieldInvalid


class Status(StrEnum):
    """Where the grading of a submission stands."""

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
"""Words for a status, in lower case; a contract may have words of its own."""


def parse_status(text: str, words: Mapping[str, Status] = SCORE_WORDS) -> Status:
    """The status that a text names; ``OTHER`` for words that are not known."""
    return words.get(collapse(text).lower(), Status.OTHER)


def parse_score(text: str, field: str, words: Mapping[str, Status] = SCORE_WORDS) -> Decimal | Status:
    """A number, or the status that stands in its place (a score column may hold words, documented).

    Raises :class:`FieldInvalid` for a text with digits that is no number: that is damage, not a word.
    """
    try:
        return to_decimal(text, field, comma=True)
    except FieldInvalid:
        if any(character.isdigit() for character in text):
            raise
    return parse_status(text, words)


def parse_percentage(text: str, field: str, words: Mapping[str, Status] = SCORE_WORDS) -> Decimal | Status:
    """As :func:`parse_score`, with or without a sign of percent behind the number."""
    return parse_score(text.rstrip().removesuffix("%"), field, words)
