"""The eleven test that BSN and onderwijsnummer share.

Weights 9, 8, 7, 6, 5, 4, 3, 2 and -1 over nine digits; the sum modulo 11 tells the kind: 0 for a BSN (but not nine
zeros), 5 for an onderwijsnummer (documented: BKWI SGR 15.0 and the published check of EduArte). The two sets are
disjoint, so the kind of a number is computed, never asked. One in eleven random numbers passes: a value that passes
proves nothing, a column of them does.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

WEIGHTS: Final = (9, 8, 7, 6, 5, 4, 3, 2, -1)
NINE_DIGITS: Final = re.compile(r"[0-9]{9}")
_ZERO: Final = ord("0")


class PgnKind(StrEnum):
    """What a text is when it is looked at as a personal number: five classes that leave nothing out."""

    MISSING = "missing"
    MALFORMED = "malformed"
    CHECKSUM = "checksum"
    BSN = "bsn"
    ONDERWIJSNUMMER = "onderwijsnummer"


def remainder(digits: str) -> int:
    """The weighted sum of nine ASCII digits, modulo eleven."""
    return sum(weight * (byte - _ZERO) for weight, byte in zip(WEIGHTS, digits.encode(), strict=True)) % 11


def kind_of(text: object) -> PgnKind:
    """The kind of a value, by exactly nine ASCII digits and the eleven test; never an error.

    ``None`` and the empty text are ``missing``; whatever is not text is ``malformed``, a number included, because a
    number has lost its zeros.
    """
    if text is None or text == "":
        return PgnKind.MISSING
    if not isinstance(text, str) or not NINE_DIGITS.fullmatch(text):
        return PgnKind.MALFORMED
    left = remainder(text)
    if left == 0 and text != "000000000":
        return PgnKind.BSN
    return PgnKind.ONDERWIJSNUMMER if left == 5 else PgnKind.CHECKSUM
