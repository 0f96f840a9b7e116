"""The warehouse: results with our source, over the same rows as dicts with dlt alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure, cpu_seconds
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.results import Result
from magister_connect.warehouse import load, school_source
from magister_connect.warehouse.quiet import dlt
from magister_connect.warehouse.resources import PIECE

RESULTS = 100_000
PUPILS = 5_000
PSEUDONYMS = Pseudonymiser(b"of the benchmarks, 32 bytes long", key_id="k1", audience=Audience("warehouse"))


@cache
def results() -> list[Result]:
    """Made-up results: twenty for each pupil."""
    taken = dt.datetime(2025, 9, 1, 9)  # noqa: DTZ001 - as the service sends it
    return [
        Result(
            product="JIJ",
            instellingscode="ZAND",
            submission_nr=str(1_000_000 + number),
            stamnummer=str(10_000 + number % PUPILS),
            test_nr=str(number % 40),
            test_name=f"Toets {number % 40}",
            subject="Rekenen",
            taken_at=taken + dt.timedelta(minutes=number),
            modified_at=taken + dt.timedelta(minutes=number),
            level_raw="2F",
            development_score=Decimal(number % 120),
            percentage=Decimal(number % 100),
        )
        for number in range(RESULTS)
    ]


def through_our_source() -> float:
    """CPU time of a load with our source, over that of the same rows and hints with dlt alone."""
    read = results()
    with TemporaryDirectory() as folder:
        mine = pipeline("ours", folder)
        ours = cpu_seconds(lambda: load(mine, school_source("99ZZ", pseudonyms=PSEUDONYMS, results=read)))
        rows = list(school_source("99ZZ", pseudonyms=PSEUDONYMS, results=read))
        columns = mine.default_schema.get_table_columns("results")

        def plain() -> Iterator[object]:
            for start in range(0, len(rows), PIECE):
                yield rows[start : start + PIECE]

        alone = dlt.resource(
            plain,
            name="results",
            columns={name: hints for name, hints in columns.items() if not name.startswith("_dlt")},
            write_disposition="merge",
        )
        return ours / cpu_seconds(lambda: pipeline("alone", folder).run(alone))


def pipeline(name: str, folder: str) -> dlt.Pipeline:
    """A pipeline into a duckdb of its own."""
    database = dlt.destinations.duckdb(str(Path(folder) / f"{name}.duckdb"))
    return dlt.pipeline(name, destination=database, dataset_name="school", pipelines_dir=str(Path(folder) / name))


FIGURES = (
    Figure("100,000 results over the same rows as dicts through dlt alone, CPU", "at most 1.5", through_our_source),
)
