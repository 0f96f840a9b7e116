"""A simulated school without sockets: its services are called in this thread, ten times faster."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import httpx
from attrs import frozen

from magister_connect.sandbox import Sandbox


@frozen
class _Unserved:
    """Replaces a running server."""

    url: str

    def ask_to_stop(self) -> None:
        """Nothing runs."""

    def stop(self) -> None:
        """Nothing runs."""


class DirectSandbox(Sandbox):
    """A sandbox that you can reach only through :attr:`transport`."""

    def __init__(self, **switches: Any) -> None:
        super().__init__(**switches)
        self.transport = DirectTransport()

    def serve(self, name: str, application: Any, *, port: int = 0) -> str:
        """Register the service at the transport. Each service has its own port number."""
        port = port or len(self._served) + 1
        self.transport.applications[port] = application
        self._served[name] = _Unserved(f"http://127.0.0.1:{port}")  # type: ignore[assignment]  # has what is asked of it
        return self._served[name].url

    def close(self) -> None:
        """Also close the loop of the transport."""
        self.transport.end()
        super().close()


class DirectTransport(httpx.BaseTransport):
    """Calls the ASGI application of a port, and returns its response."""

    def __init__(self) -> None:
        self.applications: dict[int, Any] = {}
        self._loop = asyncio.new_event_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        body = request.read()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": "http",
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "root_path": "",
            "server": ("127.0.0.1", request.url.port),
            "client": ("127.0.0.1", 1),
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        self._loop.run_until_complete(self.applications[request.url.port or 80](scope, receive, send))
        content = b"".join(each.get("body", b"") for each in sent[1:])
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=content)

    def close(self) -> None:
        """Clients close their transport; this one is closed with its sandbox."""

    def end(self) -> None:
        """Close the loop."""
        self._loop.close()
