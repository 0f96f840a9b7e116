"""Whose results are wanted: candidates are known by the text that the platform uses for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeAlias, runtime_checkable

from magister_connect.errors import UsageError

__all__ = ["Known", "Knows", "knowing"]

Knows: TypeAlias = Callable[[str], bool]


@runtime_checkable
class _Revealing(Protocol):
    def reveal(self) -> str:
        """The text of an identifier."""
        ...


Known: TypeAlias = Iterable[str] | Iterable[int] | Iterable[_Revealing] | Knows
"""Stamnummers as texts, as whole numbers or as identifiers, or a function that tells whether a text is known."""


def knowing(known: Known) -> Knows:
    """A function that tells whether a candidate is known; blanks around a text do not count, leading zeros do."""
    if callable(known):
        function = known
        return lambda text: function(text.strip())
    if isinstance(known, str):
        raise UsageError(
            "known= is one text, not a list of stamnummers",
            where="known",
            advice="Put it into a list, known=[stamnummer], even if it is the only one.",
        )
    texts = frozenset(_text(each) for each in known)
    return lambda text: text.strip() in texts


def _text(each: object) -> str:
    if isinstance(each, _Revealing):
        return each.reveal().strip()
    if isinstance(each, str | int) and not isinstance(each, bool):
        return str(each).strip()
    raise UsageError(
        f"known= holds a {type(each).__name__}, which is no stamnummer",
        where="known",
        advice="Give stamnummers as texts, whole numbers or identifiers, or a function that says who is known.",
    )
