"""Which outcomes are worth another try, and after how long."""

import contextlib
import logging
import sys
from collections.abc import Generator, Iterator
from types import ModuleType, SimpleNamespace

import pytest
import stamina
import stamina.instrumentation

from magister_connect.core.drivers import RetryPolicy
from magister_connect.core.drivers.retrying import asked_by_header
from magister_connect.core.flow import Outcome, Reply, Request
from magister_connect.errors import AllowListSuspected, ConnectionFailed, ReplyTooLarge, TimedOut, TlsFailed

READ = Request("GET", "https://school.invalid/doc")
WRITE = Request("POST", "https://school.invalid/doc")
DATE = ("Date", "Thu, 20 Nov 2025 12:00:00 GMT")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("Retry-After", "7"),), 7.0),
        ((("retry-after", " 0 "),), 0.0),
        ((("Retry-After", "Thu, 20 Nov 2025 12:00:30 GMT"), DATE), 30.0),
        ((("Retry-After", "Thu, 20 Nov 2025 11:00:00 GMT"), DATE), 0.0),
        ((("Retry-After", "Thu, 20 Nov 2025 12:00:30 GMT"),), None),
        ((("Retry-After", "soon"), DATE), None),
        ((), None),
    ],
)
def test_a_server_asks_for_a_wait_in_seconds_or_by_date(
    headers: tuple[tuple[str, str], ...], seconds: float | None
) -> None:
    assert asked_by_header(Reply(429, headers)) == seconds


@pytest.mark.parametrize(
    ("request_", "outcome", "again"),
    [
        (READ, Reply(200), False),
        (READ, Reply(500), False),
        (READ, Reply(503), True),
        (READ, Reply(429, (("Retry-After", "7"),)), 7.0),
        (READ, Reply(429, (("Retry-After", "61"),)), False),
        (READ, ConnectionFailed("x"), True),
        (READ, TimedOut("x"), True),
        (READ, AllowListSuspected("x"), False),
        (READ, TlsFailed("x"), False),
        (READ, ReplyTooLarge("x"), False),
        (WRITE, Reply(503), False),
        (WRITE, ConnectionFailed("x"), False),
    ],
)
def test_only_transient_trouble_of_what_may_be_repeated_is_worth_another_try(
    request_: Request, outcome: Outcome, again: bool | float
) -> None:
    verdict = RetryPolicy().again(request_, outcome)
    assert verdict == again
    assert type(verdict) is type(again)


def test_a_room_may_read_the_wait_from_somewhere_else() -> None:
    policy = RetryPolicy(asked_wait=lambda reply: float(reply.body))
    assert policy.again(READ, Reply(429, body=b"3")) == 3.0


@contextlib.contextmanager
def logging_not_set_up() -> Generator[None]:
    """No handler but Python's last resort, which prints to stderr; within a test, since pytest adds handlers before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.getLogger(), "handlers", [])
        yield


def busy_once(request: Request) -> Outcome:
    return RetryPolicy().settle(request, Reply(503), lambda _: Reply(200))


def test_a_repetition_prints_nothing_where_nobody_has_set_up_logging(capfd: pytest.CaptureFixture[str]) -> None:
    with logging_not_set_up():
        assert busy_once(READ) == Reply(200)
    assert capfd.readouterr() == ("", "")


def to_stdout(event: str, **named: object) -> None:
    sys.stdout.write(f"{event} {named}\n")


@pytest.fixture
def structlog(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """As the library of that name: it prints to stdout until somebody has set it up."""
    module = ModuleType("structlog")
    module.__dict__["is_configured"] = lambda: False
    module.__dict__["get_logger"] = lambda _name: SimpleNamespace(warning=to_stdout)
    monkeypatch.setitem(sys.modules, "structlog", module)
    stamina.instrumentation.set_on_retry_hooks(None)
    yield module
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.mark.parametrize("set_up", [False, True])
def test_structlog_gets_a_repetition_where_somebody_has_set_it_up(
    structlog: ModuleType, set_up: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    structlog.__dict__["is_configured"] = lambda: set_up
    for _ in range(2):
        assert busy_once(READ) == Reply(200)
    out, err = capfd.readouterr()
    assert out.count("GET https://school.invalid/doc: status 503") == 2 * set_up
    assert err == ""


def test_structlog_prints_what_the_application_repeats_itself_as_before(
    structlog: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    assert busy_once(READ) == Reply(200)
    tries: list[int] = []

    @stamina.retry(on=KeyError)
    def theirs() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise KeyError

    theirs()
    assert capfd.readouterr().out.count("KeyError") == 1


def test_what_the_application_repeats_itself_is_printed_as_before(capfd: pytest.CaptureFixture[str]) -> None:
    tries: list[int] = []

    @stamina.retry(on=KeyError)
    def theirs() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise KeyError

    with logging_not_set_up():
        theirs()
    assert capfd.readouterr().err == "stamina.retry_scheduled\n"


def test_a_repetition_is_logged_with_the_address_as_it_may_be_printed(caplog: pytest.LogCaptureFixture) -> None:
    request = Request(
        "GET", "https://school.invalid/7654321", query=(("StamNr", "7654321"),), shown="https://school.invalid/{id}"
    )
    assert busy_once(request) == Reply(200)
    (record,) = [record for record in caplog.records if record.name == "stamina"]
    assert vars(record)["stamina.caused_by"] == "_RetryRequested('GET https://school.invalid/{id}: status 503')"
    assert "7654321" not in repr(vars(record))


def test_hooks_of_the_application_hear_of_every_repetition() -> None:
    heard: list[str] = []

    def hear(details: stamina.instrumentation.RetryDetails) -> None:
        heard.append(str(details.caused_by))

    stamina.instrumentation.set_on_retry_hooks([hear])
    try:
        RetryPolicy().settle(READ, TimedOut("x"), lambda _: Reply(200))
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert heard == ["GET https://school.invalid/doc: TimedOut"]


def test_a_policy_without_patience_tries_once() -> None:
    assert RetryPolicy(attempts=1).again(READ, Reply(503)) is False
