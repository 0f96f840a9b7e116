"""A repr that never fails, for objects with a failed constructor.

Such objects appear in tracebacks, and tools that print variables call their repr. A repr that reads a missing field
raises during a report about another error, and some tools then lose the whole report. So a class that derives from
:class:`SafeRepr` prints its name if its own repr fails.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps


class SafeRepr:
    """Base class whose repr never raises for an incomplete object: it is then ``<Name>``."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        # attrs makes a class with slots a second time, with its own __repr__; this method sees that one too
        super().__init_subclass__()
        if own := vars(cls).get("__repr__"):
            cls.__repr__ = _guarded(own)  # type: ignore[method-assign]  # the same function, guarded


def _guarded(show: Callable[[object], str]) -> Callable[[object], str]:
    @wraps(show)
    def guarded(self: object) -> str:
        try:
            return show(self)
        except AttributeError:
            return f"<{type(self).__name__}>"

    return show if hasattr(show, "__wrapped__") else guarded
