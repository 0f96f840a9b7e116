"""Dutch names in a form in which they can be compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["first_name_of", "initials_of", "surname_of"]

_TUSSENVOEGSELS: Final = frozenset(
    {"van", "von", "de", "den", "der", "des", "het", "t", "ter", "ten", "te", "op", "in", "aan", "bij", "uit"}
    | {"la", "le", "du", "di", "da", "dos", "el", "al", "d", "s", "v", "vd", "onder", "over", "voor"}
)
_NO_LETTER: Final = re.compile(r"[^a-z]+")


def _plain(text: str) -> str:
    """Small letters without marks; ``ij`` and ``y`` are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).replace("ij", "y")


def _words(text: str) -> list[str]:
    return [word for word in _NO_LETTER.split(_plain(text)) if word]


def surname_of(text: str) -> str:
    """A surname without tussenvoegsels, its parts in order, so that both orders of a double name are the same."""
    words = _words(text)
    kept = [word for word in words if word not in _TUSSENVOEGSELS] or words
    return " ".join(sorted(kept))


def first_name_of(text: str) -> str:
    """The first of the first names."""
    return next(iter(_words(text)), "")


def initials_of(text: str) -> str:
    """Initials, from initials or from first names: ``J.P.`` and ``Jan Pieter`` are both ``jp``."""
    return "".join(word if len(word) <= 2 and "." not in text else word[0] for word in _words(text))
