"""The eleven test, which BSN and onderwijsnummer share.

The nine digits have weights 9, 8, 7, 6, 5, 4, 3, 2 and -1. The weighted sum modulo 11 shows the kind: 0 for a BSN (but
not nine zeros), 5 for an onderwijsnummer (documented: BKWI SGR 15.0 and the published check of EduArte). No number is
both, so the kind of a number is computed. One in eleven random numbers passes. So one passing value proves nothing; a
whole column of passing values does.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

WEIGHTS: Final = (9, 8, 7, 6, 5, 4, 3, 2, -1)
NINE_DIGITS: Final = re.compile(r"[0-9]{9}")
_ZERO: Final = ord("0")


class PgnKind(StrEnum):
    """The kind of a text that is checked as a personal number. Every text has exactly one of these five."""

    MISSING = "missing"
    MALFORMED = "malformed"
    CHECKSUM = "checksum"
    BSN = "bsn"
    ONDERWIJSNUMMER = "onderwijsnummer"


def remainder(digits: str) -> int:
    """The weighted sum of nine ASCII digits, modulo eleven."""
    return sum(weight * (byte - _ZERO) for weight, byte in zip(WEIGHTS, digits.encode(), strict=True)) % 11


def kind_of(text: object) -> PgnKind:
    """Return the kind of a value, from exactly nine ASCII digits and the eleven test. Never raises.

    ``None`` and the empty text are ``missing``. A value that is not text is ``malformed``, even an ``int``, because a
    number has lost its leading zeros.
    """
    if text is None or text == "":
        return PgnKind.MISSING
    if not isinstance(text, str) or not NINE_DIGITS.fullmatch(text):
        return PgnKind.MALFORMED
    left = remainder(text)
    if left == 0 and text != "000000000":
        return PgnKind.BSN
    return PgnKind.ONDERWIJSNUMMER if left == 5 else PgnKind.CHECKSUM
