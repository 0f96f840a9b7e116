"""Tables and records as polars frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from magister_connect.errors import UsageError
from magister_connect.extras import require_extra
from magister_connect.medius.columns import is_rest
from magister_connect.medius.rows import distinct

if TYPE_CHECKING:
    import polars as pl

require_extra("frames", "polars")

__all__ = ["frame_of_records", "frame_of_rows"]


def frame_of_rows(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    """A frame of texts, one column for each column of the table."""
    import polars as pl

    return pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")


def frame_of_records(items: Sequence[object]) -> pl.DataFrame:
    """A frame with a column for each field, and for each column that a field of :func:`rest` keeps one of text.

    So the frame of our own records is flat, and can be written in every format that polars knows. A kept column that is
    called like a field gets ``_1`` behind its name. Raises :class:`UsageError` for records that are not attrs classes.
    """
    import polars as pl

    if not items:
        return pl.DataFrame()
    kind = type(items[0])
    if not attrs.has(kind):
        raise UsageError(f"{kind.__name__} is not an attrs class")
    fields = attrs.fields(kind)
    columns = [(each.name, [getattr(item, each.name) for item in items]) for each in fields if not is_rest(each)]
    for each in filter(is_rest, fields):
        columns += _kept([getattr(item, each.name) for item in items])
    titles = distinct([title for title, _ in columns])
    return pl.DataFrame(dict(zip(titles, (values for _, values in columns), strict=True)), strict=False)


def _kept(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, list[object]]]:
    """What mappings of text hold, by column; what one of them lacks is empty, as everywhere in these tables."""
    titles = dict.fromkeys(title for row in rows for title in row)
    return [(title, [row.get(title, "") for row in rows]) for title in titles]
