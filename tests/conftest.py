"""Fixtures for every room."""

from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from magister_connect.store import Store
from tests.store.databases import DIALECTS, Addresses, Make, addresses, drop_databases, postgres_url, stores


def find_shared_data(start: Path) -> Path | None:
    """Walk up from a folder until a sibling folder ``shared/data`` shows."""
    for folder in (start, *start.parents):
        candidate = folder / "shared" / "data"
        if candidate.is_dir():
            return candidate
    return None


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """Official schemas and example files, which may not be redistributed: skips where they are absent."""
    found = find_shared_data(pytestconfig.rootpath)
    if found is None:
        pytest.skip("the official schemas and example files are not on this machine")
    return found


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[], str]]:
    """The address of a PostgreSQL server, which is started when it is first asked for.

    Not below the folder of pytest: each run that begins closes that one to other users, and the server is one.
    """
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        yield cache(lambda: postgres_url(Path(folder)))
        drop_databases()


@pytest.fixture(params=DIALECTS)
def new_address(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: Callable[[], str]
) -> Iterator[Addresses]:
    """Gives the address of another empty database at each call: the test runs on each kind of server."""
    yield from addresses(request.param, tmp_path, postgres_server)


@pytest.fixture
def make_store(new_address: Addresses) -> Iterator[Make]:
    """Opens one and the same database, on each kind of server."""
    yield from stores(new_address())


@pytest.fixture(autouse=True)
def _stores_end_with_their_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes what a test opened: from Python 3.13 on a database that nobody closes is a warning, in a later test."""
    opened: list[Store] = []
    open_store = Store.__init__

    @wraps(open_store)
    def opening(store: Store, *arguments: Any, **named: Any) -> None:
        open_store(store, *arguments, **named)
        opened.append(store)

    monkeypatch.setattr(Store, "__init__", opening)
    yield
    for store in opened:
        store.close()
