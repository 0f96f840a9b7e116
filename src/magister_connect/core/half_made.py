"""Objects whose constructor failed: they stand in tracebacks, and tools that print variables ask for their repr.

A repr that reads a field which was not set yet raises in the middle of a report about another error. Some tools then
lose the whole report. So a class that derives from :class:`HalfMade` shows its name where its own repr cannot be made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps


class HalfMade:
    """A class whose repr never raises for an object that is not complete: it is ``<Name>`` then."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        # attrs makes a class with slots anew, with its own __repr__ in it, so this sees that one as well
        super().__init_subclass__()
        if own := vars(cls).get("__repr__"):
            cls.__repr__ = _named_at_least(own)  # type: ignore[method-assign]  # the same function, guarded


def _named_at_least(show: Callable[[object], str]) -> Callable[[object], str]:
    @wraps(show)
    def guarded(self: object) -> str:
        try:
            return show(self)
        except AttributeError:
            return f"<{type(self).__name__}>"

    return show if hasattr(show, "__wrapped__") else guarded
