"""A server that stops leaves nothing open, whatever its clients do: unclosed transports are warnings, hence errors."""

import gc
import socket
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any

import anyio
import httpx
import pytest

from magister_connect.sandbox import Sandbox, School, serving

SMALL = School.seeded(pupils=5, staff=5)
Visit = Callable[[Sandbox, ExitStack], None]


@contextmanager
def nothing_left_open() -> Generator[None]:
    """What the collector finds unclosed shows as warnings, which it cannot raise."""
    gc.collect()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert not [str(each.message) for each in found]


def connected(school: Sandbox, held: ExitStack) -> None:
    """A client that has had its answer, and keeps the connection."""
    client = held.enter_context(httpx.Client(verify=school.client_context()))
    assert client.get(f"{school.medius_url}/doc").status_code == 200


def streaming(school: Sandbox, held: ExitStack) -> None:
    """A client that waits for an answer which never comes."""
    asked = Event()

    async def wait(_scope: Any, _receive: Any, _send: Any) -> None:
        asked.set()
        await anyio.sleep_forever()

    client = held.enter_context(httpx.Client(verify=school.client_context()))
    address = school.serve("waiting", wait)

    def ask() -> None:
        with pytest.raises(httpx.HTTPError):
            client.get(address)

    thread = Thread(target=ask)
    thread.start()
    held.callback(thread.join)
    assert asked.wait(10)


def untrusting(school: Sandbox, _held: ExitStack) -> None:
    """A client that does not know the authority, and breaks the handshake off."""
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(school.medius_url)


def plain(school: Sandbox, _held: ExitStack) -> None:
    """A client that speaks no TLS."""
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(school.medius_url.replace("https", "http"))


def silent(school: Sandbox, held: ExitStack) -> None:
    """A client that knocks, and says nothing."""
    held.enter_context(socket.create_connection(("127.0.0.1", httpx.URL(school.medius_url).port or 0)))


def leaving(school: Sandbox, _held: ExitStack) -> None:
    """A client that is gone without a goodbye."""
    url = httpx.URL(school.medius_url)
    with (
        socket.create_connection((url.host, url.port or 0)) as raw,
        school.client_context().wrap_socket(raw, server_hostname=url.host) as wrapped,
    ):
        wrapped.sendall(b"GET /doc HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wrapped.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("visit", [connected, streaming, untrusting, plain, silent, leaving])
def test_no_connection_is_left_open_over_tls(visit: Visit) -> None:
    with nothing_left_open(), ExitStack() as held, Sandbox(data=SMALL, tls=True) as school:
        visit(school, held)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_server_stops_when_it_is_asked_to(tls: bool) -> None:
    """uvicorn itself waits a tenth of a second twice; the quickest of three stops shows that this server does not."""

    def stop() -> float:
        with ExitStack() as held:
            school = Sandbox(data=SMALL, tls=tls)
            held.callback(school.close)
            client = held.enter_context(httpx.Client(verify=school.client_context() if tls else False))
            assert client.get(f"{school.medius_url}/doc").status_code == 200
            begun = time.perf_counter()
            school.close()
            return time.perf_counter() - begun

    assert min(stop() for _ in range(3)) < 0.1


def test_stopping_twice_is_stopping_once() -> None:
    served = serving.serve(lambda *_: None)
    served.stop()
    served.stop()
    assert not served._thread.is_alive()
