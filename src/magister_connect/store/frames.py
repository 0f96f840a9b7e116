"""Stored results, one by one or as one table: polars, and by Arrow everything else."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from magister_connect.core.boundary import boundary
from magister_connect.core.database import Database
from magister_connect.core.half_made import HalfMade
from magister_connect.results.records import Result
from magister_connect.store.exporting import COLUMNS
from magister_connect.store.results import count_results
from magister_connect.store.tables import from_row

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import Select

_NUMBERS: Final = ("development_score", "score", "percentage", "grade")
_MOMENTS: Final = ("taken_at", "graded_at", "modified_at")


class StoredResults(HalfMade):
    """The results of one query: iterate over them, or take them as a table. Each iteration queries the database again.

    They come by product, institution and submission number, a few at a time, so that any number fits into memory.
    """

    def __init__(self, database: Database, query: Select[Any]) -> None:
        self._database = database
        self._query = query

    def __iter__(self) -> Iterator[Result]:
        with boundary:
            yield from map(from_row, self._database.rows(self._query))

    def __len__(self) -> int:
        with self._database.read() as database:
            return int(database.execute(count_results(self._query)).scalar_one())

    def __repr__(self) -> str:
        return f"<StoredResults: {len(self)} results>"

    def to_polars(self) -> pl.DataFrame:
        """One row for each result: stamnummer, school year, test, moments, level, scores and status.

        Numbers are ``Float64`` and moments naive local times; what is not known is null. There are no names in it, nor
        what the contract does not name. Needs the extra ``frames``; ``.to_pandas()`` of the frame makes one of pandas,
        and anything that reads Arrow takes this object itself.
        """
        import polars as pl

        kinds = {
            name: pl.Float64 if name in _NUMBERS else pl.Datetime("us") if name in _MOMENTS else pl.String
            for name in COLUMNS
        }
        rows = ([_plain(row[name]) for name in COLUMNS] for row in self._database.rows(self._query))
        return pl.DataFrame(list(rows), schema=kinds, orient="row")

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_polars().__arrow_c_stream__(requested_schema)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.value if isinstance(value, Enum) else value
