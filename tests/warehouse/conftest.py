"""A warehouse of each kind: duckdb in a file, and PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import dlt
import pytest
from sqlalchemy.engine import make_url

from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.warehouse import school_source
from tests.store.databases import give_back, new_database

PSEUDONYMS = Pseudonymiser(b"a key of the tests, 32 bytes long", key_id="k1", audience=Audience("w", external=False))
KINDS = ("duckdb", pytest.param("postgresql", marks=pytest.mark.postgres))


@attrs.frozen
class Warehouse:
    """A database, and the folder in which dlt works."""

    destination: Callable[[], Any]
    folder: Path

    def pipeline(self, *, elsewhere: str = "") -> Any:
        """A pipeline; ``elsewhere`` is another machine, which has nothing but the database."""
        return dlt.pipeline(
            "school",
            destination=self.destination(),
            dataset_name="school",
            pipelines_dir=str(self.folder / f"pipelines{elsewhere}"),
        )

    def rows(self, *queries: str) -> list[tuple[Any, ...]]:
        """What queries find, one after the other; ``{}`` in them is the dataset."""
        with self.pipeline().sql_client() as client:
            found = [client.execute_sql(each.replace("{}", "school")) or () for each in queries]
        return [tuple(row) for rows in found for row in rows]

    def everything(self) -> str:
        """Every cell of every table as text, those of dlt included."""
        tables = self.rows("SELECT table_schema, table_name FROM information_schema.tables")
        ours = [f'"{schema}"."{name}"' for schema, name in tables if schema.startswith("school")]
        return repr(self.rows(*(f"SELECT * FROM {name}" for name in ours)))  # noqa: S608 - names of tables


def warehouses(kind: str, folder: Path, server: Callable[[], str]) -> Iterator[Warehouse]:
    """A database that is gone when its tests are over."""
    if kind == "duckdb":
        yield Warehouse(lambda: dlt.destinations.duckdb(str(folder / "warehouse.duckdb")), folder)
        return
    address = new_database(server())
    url = make_url(address)
    credentials = {
        "host": url.host or quote(str(url.query["host"]), safe=""),  # of the wheel: the folder of a socket
        "port": url.port or 5432,
        "username": url.username,
        "password": url.password or "none is asked for",
        "database": url.database,
    }
    yield Warehouse(lambda: dlt.destinations.postgres(credentials), folder)
    give_back(server(), address)


@pytest.fixture(params=KINDS)
def warehouse(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: Callable[[], str]
) -> Iterator[Warehouse]:
    """A warehouse for one test, of each kind."""
    yield from warehouses(request.param, tmp_path, postgres_server)


@pytest.fixture
def duckdb_warehouse(tmp_path: Path, postgres_server: Callable[[], str]) -> Iterator[Warehouse]:
    """A warehouse for what does not depend on the database."""
    yield from warehouses("duckdb", tmp_path, postgres_server)


def source(**options: Any) -> Any:
    """A source of the school, with the pseudonyms of the tests."""
    options.setdefault("pseudonyms", PSEUDONYMS)
    return school_source("99ZZ", **options)
