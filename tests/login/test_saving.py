"""Between the reply to a refresh and its being saved: what goes wrong there must not cost the grant."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import define, field
from sqlalchemy import create_engine
from sqlalchemy import text as sql

from magister_connect.core.drivers import RetryPolicy, SyncDriver
from magister_connect.core.secrets import Secret
from magister_connect.errors import IdentityInvalid, ReplyInvalid, UsageError
from magister_connect.login import (
    FileTokenStore,
    KeptTokens,
    MemoryTokenStore,
    StoredTokens,
    Tokens,
    TokenStore,
    generate_key,
)
from magister_connect.login.operations import LoginServer
from magister_connect.login.token_stores.sources import SAVE_PAUSES
from magister_connect.login.token_stores.sql import SqlTokenStore
from tests.login.scripted import KEY_SET, NOW, document, identity_token, settings

OLD = Tokens(access_token=Secret("old"), refresh_token=Secret("r1"), expires=NOW - dt.timedelta(hours=1), subject="wie")


@define
class Server:
    """A login server whose refresh tokens serve once: ``answer`` is what a refresh brings beside its tokens."""

    answer: dict[str, Any] = field(factory=dict)
    good: str = "r1"
    spent: int = 1

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, content=document().body)
        if request.url.path == "/k":
            return httpx.Response(200, content=KEY_SET.body)
        if f"refresh_token={self.good}&" not in f"{request.content.decode()}&":
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.spent += 1
        self.good = f"r{self.spent}"
        given = {"access_token": f"a{self.spent}", "refresh_token": self.good, "expires_in": 3600, **self.answer}
        return httpx.Response(200, json=given)


@pytest.fixture
def server() -> Server:
    return Server()


Run = Callable[[KeptTokens], Any]


@pytest.fixture
def run(server: Server) -> Iterator[Run]:
    with (
        httpx.Client(transport=httpx.MockTransport(server.handle)) as http,
        SyncDriver(http, clock=lambda: NOW, sleep=lambda _: None, retries=RetryPolicy(attempts=1)) as driver,
    ):
        yield lambda source: driver.run(source.access_token()).reveal()


def source_of(store: TokenStore) -> KeptTokens:
    return KeptTokens(LoginServer(settings()), store, "k")


class Failing(MemoryTokenStore):
    """A store that takes leases, and fails so many times to take new tokens: a full disk, a locked database."""

    failures = 0

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        if new is not None and new.tokens not in {None, OLD} and self.failures:
            self.failures -= 1
            raise OSError("No space left on device")
        return super().replace(key, expected, new)


def failing(times: int) -> Failing:
    store = Failing()
    store.replace("k", None, StoredTokens(tokens=OLD))
    store.failures = times
    return store


def test_a_store_that_fails_for_a_moment_is_asked_again(run: Run) -> None:
    store = failing(len(SAVE_PAUSES))
    assert run(source_of(store)) == "a2"
    stored = store.read("k")
    assert stored is not None
    assert stored.tokens is not None
    assert (stored.tokens.refresh_token, stored.lease) == (Secret("r2"), None)


@pytest.mark.parametrize("identified", [False, True], ids=["saved once", "saved before and after it is verified"])
def test_what_cannot_be_saved_is_used_and_saved_with_the_next_request(
    run: Run, server: Server, caplog: pytest.LogCaptureFixture, identified: bool
) -> None:
    times = 2 if identified else 1
    server.answer = {"id_token": identity_token("wie")} if identified else {}
    store = failing(times * (len(SAVE_PAUSES) + 1) + 2)
    source = source_of(store)
    assert [run(source) for _ in range(5)] == ["a2"] * 5
    assert server.spent == 2
    stored = store.read("k")
    assert stored is not None
    assert stored.tokens is not None
    assert (stored.tokens.refresh_token, stored.lease) == (Secret("r2"), None)
    told = [record.getMessage() for record in caplog.records if record.name == "magister_connect.login"]
    assert told == ["New tokens could not be saved (OSError): they are in memory only"] * times


def test_who_logged_in_again_meanwhile_is_not_overwritten(run: Run) -> None:
    store = failing(100)
    source = source_of(store)
    assert run(source) == "a2"
    store.failures = 0
    other = Tokens(access_token=Secret("another"), refresh_token=Secret("x"), expires=NOW + dt.timedelta(hours=1))
    source_of(store).put(other)
    assert run(source) == "another"


BAD = {"id_token": identity_token("iemand anders")}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(BAD, IdentityInvalid, id="identity"),
        pytest.param({"access_token": None}, ReplyInvalid, id="access token"),
        pytest.param({"token_type": "mac"}, ReplyInvalid, id="token type"),
    ],
)
def test_a_refresh_that_is_refused_keeps_the_new_refresh_token_and_nothing_else(
    run: Run, server: Server, answer: dict[str, Any], error: type[Exception]
) -> None:
    store = MemoryTokenStore()
    store.replace("k", None, StoredTokens(tokens=OLD))
    source = source_of(store)
    server.answer = answer
    for turn in (2, 3):
        with pytest.raises(error):
            run(source)
        stored = store.read("k")
        assert stored is not None
        assert stored.tokens is not None
        assert (stored.tokens.refresh_token, stored.lease) == (Secret(f"r{turn}"), None)
        assert not stored.tokens.access_token
        assert not stored.tokens.is_fresh(NOW)
    server.answer = {}  # the grant is alive
    assert run(source) == "a4"


def test_the_lease_of_a_process_whose_clock_is_ahead_ends(server: Server) -> None:
    store = MemoryTokenStore()
    store.replace("k", None, StoredTokens(tokens=OLD, lease="theirs", leased_until=NOW + dt.timedelta(days=400)))
    pauses: list[float] = []
    with (
        httpx.Client(transport=httpx.MockTransport(server.handle)) as http,
        SyncDriver(http, clock=lambda: NOW, sleep=pauses.append) as driver,
    ):
        assert driver.run(source_of(store).access_token()) == Secret("a2")
    assert 60 <= sum(pauses) < 62
    assert pauses[0] == 0.05
    assert max(pauses) == 1.0
    assert len(pauses) < 70  # 1,200 looks in a minute before


# -- on disk --------------------------------------------------------------------------------------------------------

MakeStore = Callable[[Path, Any], TokenStore]


def in_files(folder: Path, key: Any) -> TokenStore:
    return FileTokenStore(folder / "tokens", encryption_key=key)


def in_a_database(folder: Path, key: Any) -> TokenStore:
    return SqlTokenStore(f"sqlite:///{folder / 'tokens.db'}", encryption_key=key)


def close(store: TokenStore) -> None:
    if isinstance(store, SqlTokenStore):
        store.close()


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


STORES = pytest.mark.parametrize("make", [in_files, in_a_database])
STORED = StoredTokens(tokens=OLD)


@STORES
def test_with_a_key_nothing_of_a_token_lies_on_disk(tmp_path: Path, make: MakeStore) -> None:
    store = make(tmp_path, generate_key())
    assert store.replace("k", None, STORED)
    assert store.read("k") == STORED
    lease = StoredTokens(tokens=OLD, lease="l")
    assert store.replace("k", STORED, lease)
    assert not store.replace("k", STORED, None)
    assert store.read("k") == lease
    assert b"refreshToken" not in on_disk(tmp_path)
    assert store.replace("k", lease, None)
    close(store)


@STORES
def test_another_key_is_named_and_an_older_one_still_reads(tmp_path: Path, make: MakeStore) -> None:
    first, second = generate_key(), generate_key()
    store = make(tmp_path, first)
    store.replace("k", None, STORED)
    close(store)
    for wrong in (second, None):
        store = make(tmp_path, wrong)
        with pytest.raises(UsageError, match="not with this key") as caught:
            store.read("k")
        assert first.reveal() not in str(caught.value)
        close(store)
    store = make(tmp_path, [second, first])
    assert store.read("k") == STORED
    close(store)


@STORES
def test_what_was_stored_before_there_was_a_key_is_read_and_then_encrypted(tmp_path: Path, make: MakeStore) -> None:
    store = make(tmp_path, None)
    store.replace("k", None, STORED)
    close(store)
    assert b"refreshToken" in on_disk(tmp_path)
    store = make(tmp_path, generate_key())
    assert store.read("k") == STORED
    assert store.replace("k", STORED, StoredTokens(tokens=OLD, lease="l"))
    close(store)
    if make is in_files:  # a database keeps old pages for a while
        assert b"refreshToken" not in on_disk(tmp_path)
    else:
        engine = create_engine(f"sqlite:///{tmp_path / 'tokens.db'}")
        with engine.connect() as connection:
            assert "refreshToken" not in str(connection.scalar(sql("select held from magister_tokens")))
        engine.dispose()


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("kort", "not an encryption key"),
        ([], "list of keys is empty"),
        (b"x" * 44, "a text or a Secret"),
        ([b"x" * 44], "a text or a Secret"),
        (5, "a text or a Secret"),
    ],
)
def test_a_text_that_is_no_key_is_refused_without_being_shown(tmp_path: Path, key: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        FileTokenStore(tmp_path, encryption_key=key)
    assert "kort" not in str(caught.value)


@pytest.mark.parametrize("echo", [False, True, "debug"])
def test_an_engine_of_your_own_logs_your_statements_and_no_token(
    tmp_path: Path, echo: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'tokens.db'}", echo=echo)
    with caplog.at_level(logging.DEBUG):
        store = SqlTokenStore(engine)
        assert store.replace("k", None, STORED)
        assert store.read("k") == STORED
        with engine.connect() as connection:
            connection.execute(sql("select 'theirs'"))
    engine.dispose()
    written = caplog.text + capsys.readouterr().out
    assert ("select 'theirs'" in written) is bool(echo)
    assert "refreshToken" not in written
    assert "magister_tokens" not in written
