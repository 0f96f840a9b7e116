"""Stored results as one table."""

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
from attrs import evolve

from magister_connect.results import Connection
from magister_connect.store import Store
from tests.store.test_store import BARE, WHOLE, keep

if TYPE_CHECKING:
    import pandas as pd

FACET = Connection("Facet", "ZAND")


def test_results_are_a_table_in_one_call(store: Store) -> None:
    keep(store, WHOLE, BARE)
    frame = store.results().to_polars()
    first = frame.row(0, named=True)
    assert (first["stamnummer"], first["level"], first["development_score"]) == ("00012345", "<1F", 66.0)
    assert first["taken_at"] == dt.datetime(2025, 10, 26, 2, 30)
    assert frame["score"].dtype == pl.Float64
    assert frame["level"].to_list() == ["<1F", None]
    assert not {"extra", "firstname"} & set(frame.columns)


def test_a_table_without_results_has_its_columns(store: Store) -> None:
    assert store.results().to_polars().schema == evolve_schema(store)
    assert len(store.results()) == 0


def evolve_schema(store: Store) -> pl.Schema:
    """The schema of a table that has rows."""
    keep(store, WHOLE)
    schema = store.results().to_polars().schema
    store.delete_pupil(WHOLE.stamnummer, numeric=False)
    return schema


def test_results_travel_by_arrow(store: Store) -> None:
    keep(store, WHOLE)
    assert pa.table(store.results()).num_rows == 1
    frame: pd.DataFrame = store.results().to_polars().to_pandas()
    assert list(frame["subject"]) == ["Nederlands"]


def test_results_of_two_suppliers_are_one_table(store: Store) -> None:
    keep(store, WHOLE)
    keep(store, evolve(BARE, product="Facet"), connection=FACET)
    assert store.results().to_polars()["product"].to_list() == ["Facet", "JIJ"]
    assert repr(store.results(product="Facet")) == "<StoredResults: 1 results>"
