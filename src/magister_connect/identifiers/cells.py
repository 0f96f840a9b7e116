"""What stands in a cell of a table where there is no value; each reader of tables has its own way to say so."""

from __future__ import annotations


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: ``None``, the empty text, NaN, and the ``NaT`` and ``NA`` of pandas."""
    if value is None or isinstance(value, str):
        return not value
    try:
        return bool(value != value)  # noqa: PLR0124 - NaN and NaT are not equal to themselves
    except TypeError:  # NA is neither true nor false
        return True
