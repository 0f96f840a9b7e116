"""A loopback server that answers by script, and every driver there is over every library."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import anyio
import httpx
import httpx2
import pytest
import stamina

from magister_connect.core.drivers import AsyncDriver, SyncDriver
from magister_connect.core.flow import Flow, StreamingFlow

T = TypeVar("T")

Answer = bytes | None
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


class ScriptedServer:
    """Answers each connection with the next bytes of its script, and the last one for ever; ``None`` is silence."""

    def __init__(self) -> None:
        self.script: list[Answer] = [OK]
        self.heads: list[bytes] = []
        self.busy = self.most_busy = 0
        self.hold = threading.Event()
        self.hold.set()
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            with self._lock:
                self.heads.append(head)
                answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                self.busy += 1
                self.most_busy = max(self.most_busy, self.busy)
            self.hold.wait(5)
            with self._lock:
                self.busy -= 1
            if answer is None:
                connection.recv(1)
            else:
                connection.sendall(answer)

    def close(self) -> None:
        self.hold.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture(autouse=True)
def _no_waiting_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


class Runner:
    """Runs flows and series over one library, one driver and one event loop."""

    def __init__(self, library: Any, backend: str | None, **options: Any) -> None:
        self._library = library
        self._backend = backend
        self._options = options

    def run(self, make: Callable[[], Flow[T]], **options: Any) -> T:
        if self._backend is None:
            with self._library.Client() as http:
                return SyncDriver(http, **self._options, **options).run(make())
        return anyio.run(partial(self._run, make, options), backend=self._backend)

    def take(self, make: Callable[[], StreamingFlow[T]], most: int | None = None, **options: Any) -> list[T]:
        if self._backend is None:
            with self._library.Client() as http:
                items = SyncDriver(http, **self._options, **options).iterate(make())
                with contextlib.closing(items):
                    return [item for item, _ in zip(items, range(most or 10**6), strict=False)]
        return anyio.run(partial(self._take, make, most, options), backend=self._backend)

    async def _run(self, make: Callable[[], Flow[T]], options: dict[str, Any]) -> T:
        async with self._library.AsyncClient() as http:
            return await AsyncDriver(http, **self._options, **options).run(make())

    async def _take(self, make: Callable[[], StreamingFlow[T]], most: int | None, options: dict[str, Any]) -> list[T]:
        taken: list[T] = []
        async with self._library.AsyncClient() as http:
            items = AsyncDriver(http, **self._options, **options).iterate(make())
            async with contextlib.aclosing(items):
                async for item in items:
                    taken.append(item)
                    if len(taken) == most:
                        break
        return taken


@pytest.fixture(
    params=[(httpx, None), (httpx2, None), (httpx, "asyncio"), (httpx, "trio"), (httpx2, "asyncio")],
    ids=["httpx", "httpx2", "httpx-asyncio", "httpx-trio", "httpx2-asyncio"],
)
def runner(request: pytest.FixtureRequest) -> Runner:
    library, backend = request.param
    return Runner(library, backend)
