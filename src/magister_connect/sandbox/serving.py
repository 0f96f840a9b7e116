"""Serve an ASGI application on a loopback port, in a thread, over plain HTTP or TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Final, Self, TypeAlias

import uvicorn
from anyio.lowlevel import checkpoint
from uvicorn.protocols.http.h11_impl import H11Protocol

from magister_connect.errors import ConnectionFailed, UsageError

Application: TypeAlias = Callable[[MutableMapping[str, Any], Any, Any], Any]
ABORT: Final = "magister_connect.abort"
"""The extension of the ASGI scope with a function that closes the connection."""
_START_LIMIT: Final = 30.0
_GOODBYE: Final = 0.01  # seconds that a client has to answer it
_LAYERS: Final = 3  # socket, TLS and HTTP each see a new or lost connection one turn of the loop later


class _Protocol(H11Protocol):
    """HTTP/1.1 that can close a connection: it keeps each connection's transport, by the address of the client."""

    transports: dict[tuple[str, int], asyncio.Transport]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if self.client is not None:
            self.transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            self.transports.pop(self.client, None)
        super().connection_lost(exc)


class _Server(uvicorn.Server):
    """Reports when it listens, stops at once when asked, and leaves no connection open.

    uvicorn checks ten times a second whether it should stop, and then waits another tenth. Here an event wakes it.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.listening.set()

    def ask_to_stop(self) -> None:
        """Ask the server to stop. Callable from any thread, at any time."""
        self.should_exit = True  # for a server that has not started yet
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed, so it has stopped
                self._loop.call_soon_threadsafe(self._asked.set)

    async def main_loop(self) -> None:
        await self.on_tick(0)  # sets the headers of every response
        await self._asked.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets  # they belong to the servers
        await self._stop_listening()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._part()
        except TimeoutError:
            for task in tuple(self.server_state.tasks):
                task.cancel()
        await self._break_off(self.server_state.connections)

    async def _stop_listening(self) -> None:
        """Stop listening: asyncio leaks a connection accepted before a server closes and set up after (observed)."""
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):  # Windows, where the loop has no readers
            for listener in (each for server in self.servers for each in server.sockets):
                loop.remove_reader(listener.fileno())
        await self._settle()
        for server in self.servers:
            server.close()

    async def _part(self) -> None:
        """Close idle TLS connections.

        Their clients do not answer the TLS close message, and asyncio waits 30 s for it.
        """
        await self._settle()
        while connections := self.server_state.connections:
            parting = [each for each in connections if _is_flushed(each.transport)]
            await asyncio.sleep(_GOODBYE)  # noqa: TID251 - lets the goodbye be answered before the connection goes
            await self._break_off(parting)
        if tasks := self.server_state.tasks:
            await asyncio.wait(tuple(tasks))

    async def _break_off(self, connections: Iterable[Any]) -> None:
        for connection in tuple(connections):
            connection.transport.abort()
        await self._settle()

    @staticmethod
    async def _settle() -> None:
        for _ in range(_LAYERS):
            await checkpoint()


def _is_flushed(transport: asyncio.Transport) -> bool:
    return transport.is_closing() and not transport.get_write_buffer_size()


class Served:
    """An application that is being served. ``url`` has no slash at its end. Leaving the context stops it.

    Raises :class:`UsageError` if the port is not available, and :class:`ConnectionFailed` if the server does not listen
    after half a minute, on a very busy machine.
    """

    def __init__(self, application: Application, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        # Named as TCP, because asyncio turns off Nagle's delay of 40 ms for such sockets only.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            reason = error.strerror if isinstance(error, OSError) else "ports end at 65535"
            raise UsageError(
                f"The port cannot be used: {reason}",
                where=f"127.0.0.1:{port}",
                advice="Pass another port, or none for a free one.",
            ) from None
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._server = _Server(_configuration(application, tls))
        self._thread = Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)
        self._thread.start()
        if not self._server.listening.wait(_START_LIMIT):
            self.ask_to_stop()
            self._socket.close()
            raise ConnectionFailed(
                f"The simulated service did not listen within {_START_LIMIT:.0f} seconds",
                where=self.url,
                advice="Start it when this machine is less busy.",
            )

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def ask_to_stop(self) -> None:
        """Begin to stop, without waiting, so that many can stop at the same time."""
        self._server.ask_to_stop()

    def stop(self) -> None:
        """Stop, and wait until thread and port are free. Running requests get one second."""
        self.ask_to_stop()
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(application: Application, *, port: int = 0, tls: ssl.SSLContext | None = None) -> Served:
    """Serve an ASGI application on 127.0.0.1 until it is stopped, on a free port unless you pass one."""
    return Served(application, port=port, tls=tls)


def mounted(path: str, application: Application) -> Application:
    """Mount an application below a path. Other paths do not exist."""
    from starlette.applications import Starlette
    from starlette.routing import Mount

    return Starlette(routes=[Mount(path, app=application)])


def _configuration(application: Application, tls: ssl.SSLContext | None) -> uvicorn.Config:
    transports: dict[tuple[str, int], asyncio.Transport] = {}
    protocol = type("_BoundProtocol", (_Protocol,), {"transports": transports})

    async def breakable(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        if scope["type"] == "http":
            transport = transports.get(scope["client"])
            scope.setdefault("extensions", {})[ABORT] = transport.abort if transport else None
        await application(scope, receive, send)

    config = uvicorn.Config(
        breakable,
        loop="asyncio",
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
        server_header=False,
        date_header=False,
    )
    config.load()
    config.ssl = tls
    return config
