"""One table of flows, run by every driver over every library."""

import contextlib
import datetime as dt
import gzip
import socket
import threading
from collections.abc import Callable, Generator

import pytest

from magister_connect.core.drivers import NO_RETRIES, AsyncDriver, RetryPolicy, SyncDriver, Timeouts
from magister_connect.core.flow import (
    Flow,
    Outcome,
    Reply,
    Request,
    StreamingFlow,
    current_time,
    emit,
    exchange,
    exchange_all,
    exchange_stream,
    next_chunk,
    run_blocking,
    sleep,
)
from magister_connect.errors import (
    AllowListSuspected,
    ConnectionFailed,
    MagisterConnectError,
    ReplyTooLarge,
    Responsible,
    TimedOut,
    TlsFailed,
    UsageError,
)
from tests.core.drivers.conftest import OK, Runner, ScriptedServer

# httpx leaves generators of its own to the garbage collector when a stream ends early; only trio minds.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <async_generator object \w*(Response|Stream)\w*\."
)

BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ASKING = b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ASKING_LONG = ASKING.replace(b"7", b"3600")
CUT = OK[:-2]
NOT_HTTP = b"SSH-2.0-OpenSSH\r\n"
BAD_GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


def get(url: str, **options: object) -> Flow[Reply]:
    return (yield from exchange(Request("GET", f"{url}/doc", **options)))  # type: ignore[arg-type]  # a table of options


def test_a_request_becomes_a_reply(runner: Runner, server: ScriptedServer) -> None:
    reply = runner.run(lambda: get(server.url, query=(("naam", "a b&c=d;#é"),), headers=(("X-Test", "1"),)))
    assert (reply.status, reply.body, reply.media_type) == (200, b"hello", "text/plain")
    assert server.heads[0].startswith(b"GET /doc?naam=a%20b%26c%3Dd%3B%23%C3%A9 HTTP/1.1\r\n")
    assert b"x-test: 1" in server.heads[0].lower()


def test_many_requests_come_back_in_order_with_their_failures(runner: Runner, server: ScriptedServer) -> None:
    def flow() -> Flow[tuple[Outcome, ...]]:
        good = Request("GET", server.url)
        return (yield from exchange_all([good, Request("GET", "http://127.0.0.1:1/"), good]))

    first, second, third = runner.run(flow, retries=NO_RETRIES)
    assert isinstance(first, Reply)
    assert isinstance(second, ConnectionFailed)
    assert isinstance(third, Reply)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_requests_are_on_their_way_than_allowed(
    runner: Runner, server: ScriptedServer, concurrency: int
) -> None:
    replies = runner.run(lambda: exchange_all([Request("GET", server.url)] * 12), concurrency=concurrency)
    assert len(replies) == 12
    assert 1 <= server.most_busy <= concurrency


def test_no_requests_at_all_are_answered_with_nothing(runner: Runner) -> None:
    assert runner.run(lambda: exchange_all([])) == ()


def test_a_wrong_address_among_many_is_the_callers_error(runner: Runner, server: ScriptedServer) -> None:
    with pytest.raises(UsageError):
        runner.run(lambda: exchange_all([Request("GET", server.url), Request("GET", "ftp://x.invalid")]))


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ([CUT], ConnectionFailed, "broke off"),
        ([NOT_HTTP], ConnectionFailed, "broke off"),
        ([b""], ConnectionFailed, "broke off"),
        ([BAD_GZIP], ConnectionFailed, "cannot be decompressed"),
        ([None], TimedOut, "within 0.05 s"),
    ],
)
def test_trouble_on_the_line_has_its_name(
    runner: Runner, server: ScriptedServer, script: list[bytes | None], kind: type[MagisterConnectError], words: str
) -> None:
    server.script = script
    with pytest.raises(kind, match=words) as caught:
        runner.run(lambda: get(server.url, timeout=0.05 if script == [None] else None), retries=NO_RETRIES)
    assert caught.value.where == f"GET {server.url}/doc"
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("http://127.0.0.1:1", ConnectionFailed),
        ("school.swp.nl:8800", UsageError),
        ("ftp://127.0.0.1", UsageError),
        ("https://", UsageError),
        ("http://127.0.0.1:99999", UsageError),
        ("http://[::1", UsageError),
    ],
)
def test_a_wrong_address_is_told_before_or_at_the_first_try(
    runner: Runner, address: str, kind: type[MagisterConnectError]
) -> None:
    with pytest.raises(kind):
        runner.run(lambda: get(address), retries=NO_RETRIES)


@pytest.mark.parametrize(("listed", "kind"), [(False, TlsFailed), (True, AllowListSuspected)])
def test_a_handshake_that_breaks_off_is_suspicious_where_there_is_an_allow_list(
    runner: Runner, server: ScriptedServer, listed: bool, kind: type[MagisterConnectError]
) -> None:
    server.script = [b""]
    address = server.url.replace("http:", "https:")
    with pytest.raises(ConnectionFailed) as caught:
        runner.run(
            lambda: get(address, allow_list=listed), retries=NO_RETRIES, timeouts=Timeouts(connect=0.5, read=0.5)
        )
    assert isinstance(caught.value, (kind, TimedOut)) or caught.value.what.startswith("No connection")


def test_an_https_address_of_a_server_without_tls_is_the_callers_to_correct(runner: Runner) -> None:
    with plain_server() as port, pytest.raises(TlsFailed, match="does not use TLS at this port") as caught:
        runner.run(lambda: get(f"https://127.0.0.1:{port}", allow_list=True), retries=NO_RETRIES)
    assert caught.value.responsible is Responsible.YOU


@contextlib.contextmanager
def plain_server() -> Generator[int]:
    """Answers the first bytes of anybody as an HTTP server does that waits for no end of a head."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def test_a_reply_over_the_limit_is_not_read_to_its_end(runner: Runner, server: ScriptedServer) -> None:
    large = gzip.compress(b"x" * 1_000_000)
    server.script = [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        % (len(large), large)
    ]
    with pytest.raises(ReplyTooLarge, match="larger than 1000 bytes"):
        runner.run(lambda: get(server.url, limit=1000))
    assert len(runner.run(lambda: get(server.url)).body) == 1_000_000


@pytest.mark.parametrize("trouble", [BUSY, CUT, ASKING])
def test_a_read_is_tried_again_after_transient_trouble(runner: Runner, server: ScriptedServer, trouble: bytes) -> None:
    server.script = [trouble, trouble, OK]
    assert runner.run(lambda: get(server.url)).status == 200
    assert len(server.heads) == 3


def test_a_failure_that_lasts_tells_how_often_it_was_tried(runner: Runner, server: ScriptedServer) -> None:
    server.script = [CUT]
    with pytest.raises(ConnectionFailed, match="broke off") as caught:
        runner.run(lambda: get(server.url))
    assert caught.value.attempts == len(server.heads) == 4


@pytest.mark.parametrize(
    ("script", "options", "status", "sent"),
    [
        ([BUSY], {}, 503, 4),
        ([BUSY], {"safe_to_repeat": False}, 503, 1),
        ([ASKING_LONG], {}, 429, 1),
        ([b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"], {}, 500, 1),
        ([b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"], {}, 301, 1),
    ],
)
def test_the_last_answer_is_given_when_patience_ends(
    runner: Runner,
    server: ScriptedServer,
    script: list[bytes | None],
    options: dict[str, object],
    status: int,
    sent: int,
) -> None:
    server.script = script
    assert runner.run(lambda: get(server.url, **options)).status == status
    assert len(server.heads) == sent


def test_one_attempt_means_one_attempt(runner: Runner, server: ScriptedServer) -> None:
    server.script = [BUSY]
    assert runner.run(lambda: get(server.url), retries=RetryPolicy(attempts=1)).status == 503
    assert len(server.heads) == 1


def test_a_failure_is_thrown_into_the_flow_which_may_react(runner: Runner, server: ScriptedServer) -> None:
    def flow() -> Flow[int]:
        try:
            yield from exchange(Request("GET", "http://127.0.0.1:1/"))
        except ConnectionFailed:
            reply = yield from exchange(Request("GET", server.url))
            return reply.status
        return 0

    assert runner.run(flow, retries=NO_RETRIES) == 200


def chunks(url: str) -> StreamingFlow[bytes]:
    yield from exchange_stream(Request("GET", url, stream=True))
    while chunk := (yield from next_chunk()):
        yield from emit(chunk)


def test_a_stream_is_read_piece_by_piece(runner: Runner, server: ScriptedServer) -> None:
    assert b"".join(runner.take(lambda: chunks(server.url))) == b"hello"


def test_a_stream_that_is_cut_off_is_an_error_and_not_a_shorter_stream(runner: Runner, server: ScriptedServer) -> None:
    server.script = [CUT]
    with pytest.raises(ConnectionFailed, match="broke off"):
        runner.take(lambda: chunks(server.url))


def test_a_second_stream_closes_the_first(runner: Runner, server: ScriptedServer) -> None:
    def flow() -> Flow[bytes]:
        yield from exchange_stream(Request("GET", server.url, stream=True))
        yield from exchange_stream(Request("GET", server.url, stream=True))
        return (yield from next_chunk())

    assert runner.run(flow) == b"hello"


def test_a_chunk_cannot_be_asked_for_without_a_stream(runner: Runner) -> None:
    with pytest.raises(UsageError, match="before a streamed request"):
        runner.run(next_chunk)


def test_stopping_early_closes_the_series(runner: Runner, server: ScriptedServer) -> None:
    closed: list[bool] = []

    def series() -> StreamingFlow[int]:
        try:
            for number in range(10):
                yield from emit(number)
        finally:
            closed.append(True)

    assert runner.take(series, most=2) == [0, 1]
    assert closed == [True]


def test_a_series_cannot_be_run_as_a_flow(runner: Runner) -> None:
    with pytest.raises(UsageError, match="emits items"):
        runner.run(lambda: emit(1))  # type: ignore[arg-type, return-value]  # the mistake under test


def test_actions_are_performed_and_their_errors_thrown_into_the_flow(runner: Runner) -> None:
    def flow() -> Flow[str]:
        number = yield from run_blocking(lambda: 7)
        try:
            yield from run_blocking(lambda: 1 // 0)
        except ZeroDivisionError:
            return f"{number} and an error"
        return "no error"

    assert runner.run(flow) == "7 and an error"


def test_an_error_that_the_flow_lets_through_reaches_the_caller(runner: Runner) -> None:
    with pytest.raises(ZeroDivisionError):
        runner.run(lambda: run_blocking(lambda: 1 // 0))


NOON = dt.datetime(2025, 11, 20, 12, tzinfo=dt.UTC)


def test_time_and_sleep_are_those_of_the_driver() -> None:
    slept: list[float] = []

    def flow() -> Flow[dt.datetime]:
        yield from sleep(3.5)
        return (yield from current_time())

    with SyncDriver(sleep=slept.append, clock=lambda: NOON) as driver:
        assert driver.run(flow()) == NOON
    assert slept == [3.5]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_time_and_sleep_are_those_of_the_awaiting_driver(backend: str) -> None:
    import anyio

    slept: list[float] = []

    async def note_sleep(seconds: float) -> None:
        slept.append(seconds)

    def flow() -> Flow[dt.datetime]:
        yield from sleep(3.5)
        return (yield from current_time())

    async def main() -> dt.datetime:
        async with AsyncDriver(sleep=note_sleep, clock=lambda: NOON) as driver:
            return await driver.run(flow())

    assert anyio.run(main, backend=backend) == NOON
    assert slept == [3.5]


def test_the_clock_is_utc_by_default() -> None:
    with SyncDriver() as driver:
        assert driver.run(current_time()).tzinfo is dt.UTC


@pytest.mark.parametrize("make", [SyncDriver, AsyncDriver])
def test_what_is_no_client_is_refused(make: Callable[[object], object]) -> None:
    with pytest.raises(UsageError, match="of httpx or httpx2, but received: str"):
        make("https://school.invalid")


@pytest.mark.parametrize(("own", "asked"), [(1, 3), (6, 2)])
def test_many_requests_may_have_a_bound_of_their_own(
    runner: Runner, server: ScriptedServer, own: int, asked: int
) -> None:
    replies = runner.run(lambda: exchange_all([Request("GET", server.url)] * 12, asked), concurrency=own)
    assert [reply.status for reply in replies if isinstance(reply, Reply)] == [200] * 12
    assert 1 <= server.most_busy <= asked
