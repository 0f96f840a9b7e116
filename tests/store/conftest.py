"""Every test of this room runs on both databases."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from magister_connect.store import Store
from tests.store.databases import Make, postgres_url, stores


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """The address of a PostgreSQL server, which is started when it is first asked for."""
    return cache(lambda: postgres_url(tmp_path_factory.mktemp("postgres")))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def make_store(request: pytest.FixtureRequest, tmp_path: Path, server: Callable[[], str]) -> Iterator[Make]:
    """Opens one and the same database, on each kind of server."""
    yield from stores(request.param, tmp_path, server)


@pytest.fixture
def store(make_store: Make) -> Store:
    """A store with a key."""
    return make_store(key=Store.generate_key())
