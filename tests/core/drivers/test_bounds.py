"""A server that drips, a stream that crawls and a reply that explodes all end, with any client and any loop."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Generator

import pytest

from magister_connect.core.drivers import NO_RETRIES, Timeouts, deadline
from magister_connect.core.flow import Flow, Reply, Request, StreamingFlow, emit, exchange, exchange_stream, next_chunk
from magister_connect.errors import ConnectionFailed, ReplyTooLarge, TimedOut, UsageError
from tests.core.drivers.conftest import Runner, ScriptedServer

# httpx leaves generators of its own to the garbage collector when a stream ends early; only trio minds.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <async_generator object \w*(Response|Stream)\w*\."
)
QUICK = Timeouts(connect=2, read=5, total=0.3)
HEAD = b"HTTP/1.1 200 OK\r\n"
FOREVER = 60.0


class DrippingServer:
    """Answers with a beginning, and then with one byte or line every few milliseconds, without an end."""

    def __init__(self, beginning: bytes, drop: bytes) -> None:
        self._beginning, self._drop = beginning, drop
        self._stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self.ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._socket.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(self._beginning)
                while not self._stop.wait(0.01):
                    connection.sendall(self._drop)
            self.ended.set()

    def close(self) -> None:
        self._stop.set()
        self._socket.close()


DRIPS = [
    pytest.param(HEAD + b"X-Long: ", b"a", id="headers"),
    pytest.param(HEAD + b"Content-Length: 100000\r\n\r\n", b"a", id="body"),
    pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a", id="a chunk's head"),
    pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="100-continue"),
    pytest.param(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9999\r\n\r\n", gzip.compress(b"")[:1], id="gzip"),
]


@contextlib.contextmanager
def dripping(beginning: bytes, drop: bytes) -> Generator[DrippingServer, None, None]:
    server = DrippingServer(beginning, drop)
    try:
        yield server
    finally:
        server.close()


@pytest.mark.parametrize(("beginning", "drop"), DRIPS)
def test_a_call_ends_at_its_total(runner: Runner, beginning: bytes, drop: bytes) -> None:
    with dripping(beginning, drop) as server:
        started = time.monotonic()
        with pytest.raises(ConnectionFailed) as caught:
            runner.run(lambda: exchange(Request("GET", server.url)), timeouts=QUICK, retries=NO_RETRIES)
        assert time.monotonic() - started < 3
        if not beginning.endswith(b"9999\r\n\r\n"):  # two bytes of that are no gzip
            assert isinstance(caught.value, TimedOut)
            assert "The response did not end within 0.3 s in all" not in str(caught.value) or not caught.value.transient
        assert server.ended.wait(5), "the connection was left open"


def test_the_total_of_one_call_holds_over_that_of_the_client(runner: Runner) -> None:
    with dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"a") as server:
        request = Request("GET", server.url, total=0.2)
        with pytest.raises(TimedOut, match=r"within 0\.2 s in all.*Timeouts\(total") as caught:
            runner.run(lambda: exchange(request))
    assert caught.value.attempts == 1, "what is slow once is slow again"


def test_a_longer_read_time_out_lengthens_the_total() -> None:
    from magister_connect.core.drivers.bounds import Bounds

    assert Bounds(Request("GET", "x", timeout=900), Timeouts()).begin() == 900
    assert Bounds(Request("GET", "x", timeout=20), Timeouts()).begin() == 300
    assert Bounds(Request("GET", "x", timeout=20, total=7), Timeouts()).begin() == 7


def test_a_deadline_bounds_all_that_is_called_inside(runner: Runner) -> None:
    def call(url: str) -> Flow[Reply]:
        return exchange(Request("GET", url))

    with dripping(HEAD + b"X-Long: ", b"a") as server, deadline(FOREVER), deadline(0.2):
        with pytest.raises(TimedOut, match="deadline of the call has passed"):
            runner.run(lambda: call(server.url))
        with pytest.raises(TimedOut, match="deadline of the call has passed"):
            runner.run(lambda: call(server.url))


def test_a_deadline_reaches_requests_that_are_sent_together(runner: Runner) -> None:
    from magister_connect.core.flow import exchange_all

    with dripping(HEAD + b"X-Long: ", b"a") as server, deadline(0.2):
        (outcome,) = runner.run(lambda: exchange_all([Request("GET", server.url)]))
    assert isinstance(outcome, TimedOut)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_deadline_is_above_zero(seconds: float) -> None:
    with pytest.raises(UsageError, match="above zero"), deadline(seconds):
        pass


def stream(url: str, pause: float = 0.0, **settings: float) -> StreamingFlow[bytes]:
    yield from exchange_stream(Request("GET", url, stream=True, **settings))  # type: ignore[arg-type]  # settings of time
    while chunk := (yield from next_chunk()):
        yield from emit(chunk)
        if pause:
            time.sleep(pause)


STREAMS = [
    pytest.param(Timeouts(read=0.2, least_rate=10_000), "fewer than 10000 bytes a second", id="rate"),
    pytest.param(Timeouts(read=5, stream_total=0.3), "within 0.3 s in all", id="total"),
]


@pytest.mark.parametrize(("timeouts", "words"), STREAMS)
def test_a_stream_that_crawls_ends(runner: Runner, timeouts: Timeouts, words: str) -> None:
    with (
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n") as server,
        pytest.raises(TimedOut, match=words),
    ):
        runner.take(lambda: stream(server.url), timeouts=timeouts)


def test_the_frame_of_a_chunk_that_crawls_ends_too(runner: Runner) -> None:
    with (
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n5;", b"a") as server,
        pytest.raises(TimedOut, match="fewer than 100 bytes a second"),
    ):
        runner.take(lambda: stream(server.url), timeouts=Timeouts(read=0.2))


def test_the_time_that_the_consumer_takes_does_not_count(runner: Runner, server: ScriptedServer) -> None:
    body = b"x" * 200_000
    server.script = [HEAD + b"Content-Length: 200000\r\nConnection: close\r\n\r\n" + body]
    timeouts = Timeouts(read=0.1, stream_total=0.1, least_rate=1e6)
    assert b"".join(runner.take(lambda: stream(server.url, pause=0.03), timeouts=timeouts)) == body


# -- size ---------------------------------------------------------------------------------------------------------


def packed(body: bytes, *codings: str) -> bytes:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "raw": raw_deflate,
    }
    for coding in codings:
        body = packers[coding](body)
    return body


def raw_deflate(body: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(body) + packing.flush()


def answer(body: bytes, coding: str) -> bytes:
    head = f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return HEAD + head.encode() + body


FORMS = [
    ("gzip", ["gzip"]),
    ("x-gzip", ["gzip"]),
    ("deflate", ["deflate"]),
    ("deflate", ["raw"]),
    ("identity", []),
    ("gzip, gzip, deflate", ["gzip", "gzip", "deflate"]),
]


@pytest.mark.parametrize(("coding", "steps"), FORMS)
def test_compressed_replies_are_read(runner: Runner, server: ScriptedServer, coding: str, steps: list[str]) -> None:
    body = bytes(range(256)) * 2000
    server.script = [answer(packed(body, *steps), coding)]
    assert runner.run(lambda: exchange(Request("GET", server.url))).body == body
    assert b"accept-encoding: gzip, deflate\r\n" in server.heads[0].lower()


def test_gzip_in_several_members_is_read(runner: Runner, server: ScriptedServer) -> None:
    server.script = [answer(gzip.compress(b"a" * 100_000) + gzip.compress(b"b") + b"\0\0", "gzip")]
    assert runner.run(lambda: exchange(Request("GET", server.url))).body == b"a" * 100_000 + b"b"


def bomb(layers: int) -> bytes:
    body = zlib.compress(b"\0" * 1_000_000)
    packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    made = packing.compress(b"\0" * 400_000_000) + packing.flush()
    for _ in range(layers - 1):
        made = gzip.compress(made)
    del body
    return made


@pytest.mark.parametrize("layers", [1, 3])
def test_a_bomb_is_noticed_while_it_is_unpacked(server: ScriptedServer, layers: int) -> None:
    import httpx

    server.script = [answer(bomb(layers), ", ".join(["gzip"] * layers))]
    tracemalloc.start()
    try:
        with pytest.raises(ReplyTooLarge, match="larger than 1000000 bytes"):
            Runner(httpx, None).run(lambda: exchange(Request("GET", server.url, limit=1_000_000)))
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


BROKEN = [
    ("gzip", gzip.compress(b"x" * 1000, mtime=0)[:-9], "ended too early"),
    ("gzip", b"no gzip at all", "cannot be decompressed"),
    ("deflate", b"\xff\xff\xff\xff", "cannot be decompressed"),
    ("br", b"x", "cannot be decompressed"),
    ("gzip, gzip, gzip, gzip, gzip", b"x", "cannot be decompressed"),
]


@pytest.mark.parametrize(("coding", "body", "words"), BROKEN)
def test_what_cannot_be_unpacked_is_told(
    runner: Runner, server: ScriptedServer, coding: str, body: bytes, words: str
) -> None:
    server.script = [answer(body, coding)]
    with pytest.raises(ConnectionFailed, match=words):
        runner.run(lambda: exchange(Request("GET", server.url)), retries=NO_RETRIES)
