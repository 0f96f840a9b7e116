"""Stored results, one by one or as one table for polars, or any library that reads Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from magister_connect.core.boundary import boundary
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.storage.database import Database
from magister_connect.results.records import Result
from magister_connect.store.exporting import COLUMNS
from magister_connect.store.results import count_results
from magister_connect.store.tables import from_row

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import Select

_NUMBERS: Final = ("development_score", "score", "percentage", "grade")
_MOMENTS: Final = ("taken_at", "graded_at", "modified_at")


class StoredResults(SafeRepr):
    """The results of one query. Iterate over them, or get them as a table. Each iteration queries the database again.

    They are sorted by product, institution and submission number, and read in small batches, so that any number fits
    into memory.
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
        """Return one row for each result: stamnummer, school year, test, moments, level, scores and status.

        Numbers are ``Float64``. Moments are local times without a zone. Unknown values are null. Names, and fields that
        the contract does not have, are not included. Needs the extra ``frames``. For pandas, call ``.to_pandas()`` on
        the frame. A library that reads Arrow can use this object directly.
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
