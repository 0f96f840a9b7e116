"""Inject faults between a client and a service, for the requests that you choose.

    school.faults.on("/doc", Latency(0.05))                      # every request to /doc and below
    school.faults.on("/doc", Maintenance(), requests={3})        # the third request only
    school.faults.on("/", TooMany(retry_after=1), service="results", requests=range(1, 3))
    school.faults.clear()

Several rules can apply to one request. The fault that was added first is nearest to the service.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Collection, Container, MutableMapping
from threading import Lock
from typing import Any, Final, Protocol, TypeAlias

from attrs import field, frozen

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError
from magister_connect.sandbox.serving import ABORT, Application

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

_PAGE: Final = (
    b"<!DOCTYPE html><html><head><title>Onderhoud</title></head>"
    b"<body><h1>Onderhoud</h1><p>Probeer het later nog eens.</p></body></html>"
)


@frozen
class Call:
    """A request to a service, as in ASGI."""

    application: Application
    scope: Scope
    receive: Receive
    send: Send

    async def pass_on(self) -> None:
        """Let the service answer."""
        await self.application(self.scope, self.receive, self.send)

    async def kept(self) -> tuple[Message, bytes]:
        """Let the service answer without sending it. Returns the head of its answer, and the body."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.application(self.scope, self.receive, keep)
        return messages[0], b"".join(each.get("body", b"") for each in messages[1:])


class Fault(Protocol):
    """A fault of a request."""

    async def answer(self, call: Call) -> None:
        """Answer the call, with or without the service."""


@frozen
class Latency:
    """Wait a number of seconds before the service receives the request."""

    seconds: float

    async def answer(self, call: Call) -> None:
        """Wait, then answer."""
        await asyncio.sleep(self.seconds)  # noqa: TID251 - slowness is what is simulated
        await call.pass_on()


@frozen
class Drip:
    """Send the body in pieces of a number of bytes, with a pause in seconds before each."""

    piece: int
    seconds: float

    async def answer(self, call: Call) -> None:
        """Answer slowly."""
        start, body = await call.kept()
        await call.send(start)
        for place in range(0, len(body), self.piece):
            await asyncio.sleep(self.seconds)  # noqa: TID251 - slowness is what is simulated
            await call.send(_part(body[place : place + self.piece], more=True))
        await call.send(_part(b"", more=False))


@frozen
class Cut:
    """Close the connection after a number of bytes of the body; with ``None``, before any answer."""

    after: int | None = None

    async def answer(self, call: Call) -> None:
        """Begin to answer, and close the connection."""
        start, body = await call.kept()
        if self.after is not None:
            await call.send(start)
            await call.send(_part(body[: self.after], more=True))
            await asyncio.sleep(0.02)  # noqa: TID251 - lets the bytes leave before the connection goes
        call.scope["extensions"][ABORT]()


@frozen
class Truncated:
    """Leave out the end of the body, in a response that is complete for HTTP."""

    keep: int

    async def answer(self, call: Call) -> None:
        """Answer without the end."""
        start, body = await call.kept()
        await _send_whole(call.send, start, body[: self.keep])


@frozen
class Gzip:
    """Compress the body, even if the client did not ask for it."""

    async def answer(self, call: Call) -> None:
        """Answer with a compressed body."""
        start, body = await call.kept()
        await _send_whole(call.send, start, gzip.compress(body, mtime=0), content_encoding="gzip")


@frozen
class DeclaredEncoding:
    """Declare another character set than that of the body, in the header and in the XML declaration."""

    charset: str = "iso-8859-1"

    async def answer(self, call: Call) -> None:
        """Answer with a wrong declaration."""
        start, body = await call.kept()
        media_type = _header(start, b"content-type").partition(b";")[0] or b"text/xml"
        name = self.charset.encode()
        lowered = body[:100].lower().replace(b"'", b'"')
        if (place := lowered.find(b'encoding="utf-8"')) >= 0:
            body = body[:place] + b'encoding="' + name + b'"' + body[place + len('encoding="utf-8"') :]
        await _send_whole(call.send, start, body, content_type=f"{media_type.decode()}; charset={self.charset}")


@frozen
class _Page:
    """An answer that does not come from the service."""

    status: int = 200
    body: bytes = field(default=_PAGE, repr=False)
    headers: tuple[tuple[str, str], ...] = ()

    async def answer(self, call: Call) -> None:
        """Answer without the service."""
        extra = [(name.lower().encode(), value.encode()) for name, value in self.headers]
        start = {"type": "http.response.start", "status": self.status, "headers": extra}
        await _send_whole(call.send, start, self.body, content_type="text/html; charset=utf-8")


def Maintenance(retry_after: int | None = None) -> Fault:  # noqa: N802 - reads like the other faults
    """Return 503 with an HTML page, as during maintenance."""
    return _Page(503, headers=() if retry_after is None else (("Retry-After", str(retry_after)),))


def TooMany(retry_after: float | None = 1) -> Fault:  # noqa: N802 - reads like the other faults
    """Return 429, with ``Retry-After`` in seconds unless it is ``None``."""
    return _Page(429, b"", () if retry_after is None else (("Retry-After", f"{retry_after:g}"),))


def HtmlPage() -> Fault:  # noqa: N802 - reads like the other faults
    """Return 200 with an HTML page, as from a proxy or a login page."""
    return _Page()


def Redirect(address: str) -> Fault:  # noqa: N802 - reads like the other faults
    """Return 301 to another address."""
    return _Page(301, b"", (("Location", address),))


def Refused(status: int, body: bytes = b"") -> Fault:  # noqa: N802 - reads like the other faults
    """Return any status, with a body that is declared to be HTML."""
    return _Page(status, body)


@frozen
class Rule:
    """A fault and the requests it applies to. ``requests`` counts from 1; ``None`` means all."""

    path: str
    fault: Fault
    service: str | None
    requests: Container[int] | None


class Faults(SafeRepr):
    """The rules of a sandbox. Each rule counts the requests that match its path and service. Thread-safe."""

    def __repr__(self) -> str:
        with self._lock:
            return f"<Faults: {len(self._rules)} rules>"

    def __init__(self, services: Collection[str] = ()) -> None:
        self._lock = Lock()
        self._rules: list[tuple[Rule, list[int]]] = []
        self._services = services

    def on(
        self, path: str, fault: Fault, *, service: str | None = None, requests: Container[int] | None = None
    ) -> None:
        """Inject a fault into requests with a path that begins with ``path``, at one service or at all of them.

        Raises :class:`UsageError` for a service that the school does not have.
        """
        if service is not None and self._services and service not in self._services:
            raise UsageError(
                f"The simulated school has no service {service!r}",
                where="faults.on",
                advice=f"Pass one of {', '.join(self._services)}.",
            )
        with self._lock:
            self._rules.append((Rule(path, fault, service, requests), [0]))

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._rules.clear()

    def around(self, service: str, application: Application) -> Application:
        """Return the application of a service, with these faults before it."""

        async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
            inner = application
            if scope["type"] == "http":
                for fault in self._faults_of(service, scope["path"]):
                    inner = _with_fault(fault, inner)
            await inner(scope, receive, send)

        return faulty

    def _faults_of(self, service: str, path: str) -> list[Fault]:
        found: list[Fault] = []
        with self._lock:
            for rule, count in self._rules:
                if rule.service in {None, service} and path.startswith(rule.path):
                    count[0] += 1
                    if rule.requests is None or count[0] in rule.requests:
                        found.append(rule.fault)
        return found


def _with_fault(fault: Fault, application: Application) -> Application:
    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        await fault.answer(Call(application, scope, receive, send))

    return faulty


async def _send_whole(send: Send, start: Message, body: bytes, **headers: str) -> None:
    changed: Headers = [(b"content-length", str(len(body)).encode())]
    changed += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    replaced = {name for name, _ in changed}
    kept = [pair for pair in start.get("headers", ()) if pair[0].lower() not in replaced]
    await send({**start, "headers": kept + changed})
    await send(_part(body, more=False))


def _part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def _header(start: Message, name: bytes) -> bytes:
    return next((bytes(value) for key, value in start.get("headers", ()) if key.lower() == name), b"")
