"""Tokens stay fresh, and are renewed once however many ask."""

import datetime as dt
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy import text as sql

from magister_connect.core.drivers import AsyncDriver, RetryPolicy, SyncDriver
from magister_connect.core.flow import RunBlocking, Uninterrupted
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    ConnectionFailed,
    LoginRequired,
    MagisterConnectError,
    ServiceError,
    StoreFailed,
    UsageError,
)
from magister_connect.login import (
    FileTokenStore,
    KeptTokens,
    LoginSettings,
    MemoryTokenStore,
    StaticToken,
    StoredTokens,
    Tokens,
    TokenStore,
)
from magister_connect.login.operations import LoginServer
from magister_connect.login.token_stores.sql import SqlTokenStore
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.faults import Refused
from magister_connect.testing import play
from tests.login.conftest import MakeSchool, driver_of, log_in, login_to, settings_for

HOUR = dt.timedelta(hours=1)
MakeStore = Callable[[Path], TokenStore]
STORES = [
    pytest.param(lambda _: MemoryTokenStore(), id="memory"),
    pytest.param(lambda folder: FileTokenStore(folder / "tokens"), id="file"),
    pytest.param(lambda folder: SqlTokenStore(f"sqlite:///{folder / 'tokens.db'}"), id="sql"),
]


def tokens(name: str = "a") -> Tokens:
    return Tokens(
        access_token=Secret(name),
        refresh_token=Secret(f"r-{name}"),
        expires=dt.datetime(2025, 1, 1, 12, 0, 0, 123456, tzinfo=dt.UTC),
        scopes=("openid", "x"),
        tenant="school.example",
    )


def close(store: TokenStore) -> None:
    if isinstance(store, SqlTokenStore):
        store.close()


@pytest.mark.parametrize("make", STORES)
def test_a_store_compares_and_sets(tmp_path: Path, make: MakeStore) -> None:
    store = make(tmp_path)
    first, second = (
        StoredTokens(tokens=tokens()),
        StoredTokens(tokens=tokens("b"), lease="l", leased_until=tokens().expires),
    )
    assert store.read("k") is None
    assert not store.replace("k", first, second)
    assert store.replace("k", None, first)
    assert not store.replace("k", None, second)
    assert store.read("k") == first
    assert store.replace("k", first, second)
    assert store.read("k") == second
    assert store.read("other") is None
    assert not store.replace("k", first, None)
    assert store.replace("k", second, None)
    assert store.read("k") is None
    assert store.replace("k", None, None)
    close(store)


@pytest.mark.parametrize("make", STORES)
def test_one_of_many_wins(tmp_path: Path, make: MakeStore) -> None:
    store = make(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: store.replace("k", None, StoredTokens(tokens=tokens(str(n)))), range(8)))
    assert won.count(True) == 1
    close(store)


@given(
    st.builds(
        Tokens,
        access_token=st.text(min_size=1).map(Secret),
        refresh_token=st.none() | st.text(min_size=1).map(Secret),
        expires=st.none() | st.datetimes(timezones=st.just(dt.UTC)),
        scopes=st.lists(st.text()).map(tuple),
        tenant=st.none() | st.text(),
        subject=st.none() | st.text(),
    )
)
def test_tokens_come_back_as_they_were_written(written: Tokens) -> None:
    stored = StoredTokens(tokens=written, lease="x")
    assert StoredTokens.from_text(stored.to_text()) == stored
    assert StoredTokens.from_text(stored.to_text()).to_text() == stored.to_text()


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "t")
    store.replace("leerling.10001", None, StoredTokens(tokens=tokens()))
    (file,) = (tmp_path / "t").glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "10001" not in file.name
    file.chmod(0o644)
    with pytest.raises(UsageError, match="others"):
        store.read("leerling.10001")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tokens": 3}', '{"tokens": "{}"}'])
def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path, text: str) -> None:
    store = FileTokenStore(tmp_path)
    store.replace("k", None, StoredTokens())
    (file,) = tmp_path.glob("*.json")
    file.write_text(text)
    with pytest.raises(UsageError, match="cannot be read"):
        store.read("k")


def test_tokens_are_put_over_what_somebody_else_put_meanwhile() -> None:
    class Busy(MemoryTokenStore):
        others = 2

        def read(self, key: str) -> StoredTokens | None:
            seen = super().read(key)
            if self.others:
                self.others -= 1
                self.replace(key, seen, StoredTokens(lease=f"another {self.others}"))
            return seen

    store = Busy()
    KeptTokens(LoginServer(LoginSettings(client_id="app")), store, "k").put(tokens("mine"))
    assert store.read("k") == StoredTokens(tokens=tokens("mine"))


def test_a_token_file_that_another_process_holds_is_waited_for_and_then_told(tmp_path: Path) -> None:
    store, kept = FileTokenStore(tmp_path, patience=0.1), StoredTokens(tokens=tokens())
    assert store.replace("k", None, kept)
    (lock,) = tmp_path.glob("*.lock")
    with FileLock(lock), pytest.raises(StoreFailed, match=r"longer than 0\.1 s"):
        store.replace("k", kept, None)
    assert store.replace("k", kept, None)
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", '{"tokens": 3}'])
def test_a_row_that_is_none_of_ours_is_named(tmp_path: Path, text: str) -> None:
    address = f"sqlite:///{tmp_path / 'tokens.db'}"
    store = SqlTokenStore(address)
    store.replace("k", None, StoredTokens())
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(sql("update magister_tokens set held = :text"), {"text": text})
    with pytest.raises(UsageError, match=r"cannot be read \(table magister_tokens\)"):
        store.read("k")
    engine.dispose()
    store.close()


def kept(school: Sandbox, store: TokenStore) -> KeptTokens:
    with login_to(school) as login:
        started, back = log_in(school, login)
        return login.keep(login.finish(started.pending, back), store, "k")


@pytest.mark.parametrize("make", STORES)
def test_a_token_is_renewed_a_minute_before_its_end(school: Sandbox, tmp_path: Path, make: MakeStore) -> None:
    store = make(tmp_path)
    source, driver = kept(school, store), driver_of(school)
    first = driver.run(source.access_token())
    school.clock.advance(dt.timedelta(minutes=58))
    assert driver.run(source.access_token()) == first
    school.clock.advance(dt.timedelta(seconds=90))
    second = driver.run(source.access_token())
    assert second != first
    assert school.issuer.grants.refreshes == 1
    close(store)


@pytest.mark.anyio
async def test_a_hundred_tasks_refresh_once(school: Sandbox) -> None:
    source = kept(school, MemoryTokenStore())
    school.clock.advance(hours=2)
    got: set[str] = set()
    async with AsyncDriver(clock=school.clock) as driver:

        async def ask() -> None:
            got.add((await driver.run(source.access_token())).reveal())

        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(ask)
    assert len(got) == 1
    assert school.issuer.grants.refreshes == 1


def test_many_threads_refresh_once(school: Sandbox, tmp_path: Path) -> None:
    source, driver = kept(school, FileTokenStore(tmp_path)), driver_of(school)
    school.clock.advance(hours=2)
    with ThreadPoolExecutor(12) as pool:
        got = {secret.reveal() for secret in pool.map(lambda _: driver.run(source.access_token()), range(24))}
    assert len(got) == 1
    assert school.issuer.grants.refreshes == 1


PROCESS = """
import sys
from datetime import datetime
from magister_connect.core.drivers import SyncDriver
from magister_connect.login import FileTokenStore, LoginSettings, MagisterLogin
from magister_connect.core.secrets import Secret
issuer, client, secret, folder, moment = sys.argv[1:]
settings = LoginSettings(client_id=client, client_secret=Secret(secret), issuer=issuer)
driver = SyncDriver(clock=lambda: datetime.fromisoformat(moment))
with MagisterLogin(settings, driver=driver) as login:
    print(driver.run(login.kept(FileTokenStore(folder), "k").access_token()).reveal()[-20:])
"""


def test_several_processes_refresh_once(school: Sandbox, tmp_path: Path) -> None:
    kept(school, FileTokenStore(tmp_path))
    school.clock.advance(hours=2)
    accounts = school.accounts
    arguments = [
        school.issuer_url,
        accounts.client_id,
        accounts.client_secret,
        str(tmp_path),
        school.clock().isoformat(),
    ]
    command = [sys.executable, "-c", PROCESS, *arguments]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) for _ in range(3)]
    got = {process.communicate(timeout=60)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(got) == 1
    assert school.issuer.grants.refreshes == 1


def test_a_dead_grant_asks_for_a_new_login_and_stays_dead(school: Sandbox) -> None:
    source, driver = kept(school, MemoryTokenStore()), driver_of(school)
    school.issuer.grants.refresh.clear()
    school.clock.advance(hours=2)
    for _ in range(2):
        with pytest.raises(LoginRequired, match=r"MagisterLogin\.start"):
            driver.run(source.access_token())
    with login_to(school) as login:  # the way back: the same key, a new login
        started, back = log_in(school, login)
        source = login.keep(login.finish(started.pending, back), source.store, "k")
    assert driver.run(source.access_token())


def test_a_reply_without_a_refresh_token_keeps_the_old_one(make_school: MakeSchool) -> None:
    school = make_school(omit_refresh_token=True)
    source, driver = kept(school, MemoryTokenStore()), driver_of(school)
    for turn in range(1, 4):
        school.clock.advance(hours=2)
        driver.run(source.access_token())
        assert school.issuer.grants.refreshes == turn


@pytest.mark.parametrize(
    ("status", "error"), [(500, ServiceError), (503, MagisterConnectError), (429, MagisterConnectError)]
)
def test_trouble_in_passing_keeps_the_grant(school: Sandbox, status: int, error: type[Exception]) -> None:
    source, driver = kept(school, MemoryTokenStore()), driver_of(school)
    school.clock.advance(hours=2)
    school.faults.on("/connect/token", Refused(status, b"{}"), requests={1})
    with pytest.raises(error) as caught:
        driver.run(source.access_token())
    assert not isinstance(caught.value, LoginRequired)
    assert driver.run(source.access_token())


def test_a_lease_whose_holder_is_gone_ends_by_itself(school: Sandbox) -> None:
    store = MemoryTokenStore()
    source = kept(school, store)
    seen = store.read("k")
    assert seen is not None
    school.clock.advance(hours=2)
    leased = StoredTokens(tokens=seen.tokens, lease="gone", leased_until=school.clock() + dt.timedelta(seconds=60))
    assert store.replace("k", seen, leased)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        school.clock.advance(seconds=10)

    with SyncDriver(clock=school.clock, sleep=wait, retries=RetryPolicy(attempts=1)) as driver:
        driver.run(source.access_token())
    assert len(waited) == 6
    assert school.issuer.grants.refreshes == 1


def test_a_renewal_that_is_broken_off_gives_its_lease_back(school: Sandbox) -> None:
    store = MemoryTokenStore()
    source = KeptTokens(LoginServer(settings_for(school)), store, "k")
    old = Tokens(access_token=Secret("a"), refresh_token=Secret("r"), expires=school.clock() - HOUR)
    source.put(old)
    driver = driver_of(school)
    driver.run(source.server.endpoints())
    flow = source.access_token()
    step = next(flow)
    while not isinstance(step, Uninterrupted):
        step = flow.send(step.action() if isinstance(step, RunBlocking) else school.clock())
    held = store.read("k")
    assert held is not None
    assert held.lease is not None
    step = flow.throw(KeyboardInterrupt())
    assert isinstance(step, RunBlocking)
    with pytest.raises(KeyboardInterrupt):
        flow.send(step.action())
    assert store.read("k") == StoredTokens(tokens=old)


def test_a_broken_connection_gives_the_lease_back(school: Sandbox) -> None:
    store = MemoryTokenStore()
    source = KeptTokens(LoginServer(settings_for(school, issuer="http://127.0.0.1:9")), store, "k")
    old = Tokens(access_token=Secret("a"), refresh_token=Secret("r"), expires=school.clock() - HOUR)
    source.put(old)
    with pytest.raises(ConnectionFailed):
        driver_of(school).run(source.access_token())
    assert store.read("k") == StoredTokens(tokens=old)


def test_a_token_that_the_service_refused_is_renewed_however_fresh(school: Sandbox) -> None:
    source, driver = kept(school, MemoryTokenStore()), driver_of(school)
    first = driver.run(source.access_token())
    second = driver.run(source.access_token(rejected=first))
    assert second != first
    assert driver.run(source.access_token(rejected=first)) == second  # somebody else has renewed meanwhile
    assert school.issuer.grants.refreshes == 1


def test_an_application_asks_for_its_own_token_once(school: Sandbox) -> None:
    with login_to(school) as login:
        source, driver = login.application(), driver_of(school)
        first = driver.run(source.access_token())
        assert driver.run(source.access_token()) == first
        school.clock.advance(hours=2)
        assert driver.run(source.access_token()) != first


def test_a_token_from_elsewhere_is_used_until_it_is_refused() -> None:
    source = StaticToken(Secret("t"))
    assert play(source.access_token(), []) == Secret("t")
    with pytest.raises(LoginRequired, match="Pass a new token"):
        play(source.access_token(rejected=Secret("t")), [])


def test_without_tokens_a_login_is_required(school: Sandbox) -> None:
    with login_to(school) as login, pytest.raises(LoginRequired):
        driver_of(school).run(login.kept(MemoryTokenStore(), "nobody").access_token())
