"""Tables and records as polars frames."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from magister_connect.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["frame_of_records", "frame_of_rows"]


def frame_of_rows(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    """A frame of texts, one column for each column of the table."""
    import polars as pl

    return pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")


def frame_of_records(items: Sequence[object]) -> pl.DataFrame:
    """A frame with a column for each field; a field that holds a mapping becomes JSON-like text by polars' own rules.

    Raises :class:`UsageError` for records that are not attrs classes.
    """
    import polars as pl

    if not items:
        return pl.DataFrame()
    kind = type(items[0])
    if not attrs.has(kind):
        raise UsageError(f"{kind.__name__} is not an attrs class")
    hints = typing.get_type_hints(kind)
    names = [field.name for field in attrs.fields(kind) if typing.get_origin(hints[field.name]) is not typing.Mapping]
    return pl.DataFrame({name: [getattr(item, name) for item in items] for name in names}, strict=False)
