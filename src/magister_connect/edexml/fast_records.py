"""Building many frozen records fast.

A frozen record sets each field through ``object.__setattr__``, which costs five times a plain assignment (measured).
Each record class therefore has a twin with the same slots that is not frozen: it is filled, and then becomes the frozen
class. That is allowed between classes of one layout, and what comes out cannot be told from a record built the usual
way. Only readers use it, for values that they have just checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

__all__ = ["maker_of"]


def maker_of(record: type[Any]) -> Callable[..., Any]:
    """A callable that takes all fields in order and gives the record."""
    names = [field.name for field in attrs.fields(record)]
    bases = tuple(base for base in record.__bases__ if base is not object)
    twin = attrs.make_class(
        f"_{record.__name__}Twin", names, bases, slots=True, weakref_slot=False, eq=False, repr=False
    )

    def make(*values: object) -> Any:  # noqa: ANN401 - the record of the class that was asked for
        made: Any = twin(*values)
        made.__class__ = record
        return made

    return make
