"""Requests and replies to httpx and back; with `failures`, the only place that knows httpx.

httpx itself has had no release since December 2024, and its API lives on as httpx2 (observed): a client of either is
accepted, and everything that is needed from the library (its errors, its time-out, its address type) is taken from
the library that the client came from.

What must not be printed is kept out of four places. The address that the library prints, in its log and in its
exceptions, is replaced by one that prints without query. Its exceptions are turned into ours after they have been
left, so that no traceback leads back to them. The debug records of the layers below, which may hold headers, are cut
off behind their first words. And our own log holds method, address without query, duration, and the status or the
kind of failure.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
import ssl
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from functools import lru_cache
from socket import gaierror
from types import ModuleType
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode, urlsplit

from attrs import Attribute, evolve, field, frozen

from magister_connect.core.flow import Reply, Request
from magister_connect.core.secrets import reveal
from magister_connect.errors import (
    AllowListSuspected,
    ConnectionFailed,
    Move,
    ReplyTooLarge,
    TimedOut,
    TlsFailed,
    UsageError,
)

LOGGER: Final = logging.getLogger("magister_connect.core.drivers")
REPLY_LIMIT: Final = 128 * 1024 * 1024  # a whole school in one list is about 20 MB; beyond this it should be streamed


class SyncHttp(Protocol):
    """A blocking client of httpx or httpx2."""

    def build_request(self, method: str, url: str) -> object:
        """As httpx has it."""

    def close(self) -> None:
        """As httpx has it."""


class AsyncHttp(Protocol):
    """An awaiting client of httpx or httpx2."""

    def build_request(self, method: str, url: str) -> object:
        """As httpx has it."""

    async def aclose(self) -> None:
        """As httpx has it."""


def _above_zero(_: object, attribute: Attribute[float], value: float) -> None:
    if not value > 0:
        raise UsageError("A time-out is a number of seconds above zero", where=f"the time-out to {attribute.name}")


@frozen
class Timeouts:
    """Seconds to wait for a connection, and for each piece of an answer. There is always a time-out.

    Raises :class:`UsageError` for one that is not above zero.
    """

    connect: float = field(default=5.0, validator=_above_zero)
    read: float = field(default=60.0, validator=_above_zero)


class _Library:
    """What is needed of httpx or httpx2."""

    def __init__(self, client: object, kind: str) -> None:
        self.module: Any = _module_of(client, kind)
        self.address: Callable[[Any, str], Any] = _unprintable(self.module.URL)
        _cut_debug_records()

    def build(self, client: Any, request: Request, timeouts: Timeouts) -> Any:
        """The library's own request, whose address prints without query."""
        if client.is_closed:
            raise UsageError(
                "The HTTP client has been closed",
                where=request.line,
                advice="Call inside the with block, or before close.",
            )
        if request.timeout is not None:
            timeouts = evolve(timeouts, read=request.timeout)
        try:
            built = client.build_request(
                request.method,
                _target(request),
                headers=[(name, reveal(value)) for name, value in request.headers],
                content=request.body,
                timeout=self.module.Timeout(timeouts.read, connect=timeouts.connect),
            )
            built.url = self.address(built.url, request.shown or _bare(request.address))
        except (self.module.InvalidURL, UnicodeError, TypeError, ValueError):
            wrong = "This address, or a header, cannot be sent"
        else:
            return built
        raise UsageError(
            wrong,
            where=request.line,
            advice="Give the address as https://host[:port][/path]; a key or token is made of plain ASCII.",
        )


class SyncTransport:
    """Sends one request at a time over a blocking client; safe to share between threads."""

    def __init__(self, http: SyncHttp | None, timeouts: Timeouts, limit: int = REPLY_LIMIT) -> None:
        self._owned = http is None
        self._http: Any = _own_client("Client") if http is None else http
        self._library = _Library(self._http, "Client")
        self._timeouts = timeouts
        self._limit = limit

    def send(self, request: Request) -> Reply:
        """Send and read the whole reply. Raises :class:`ConnectionFailed`."""
        with self.open(request) as (head, chunks):
            return Reply(head.status, head.headers, b"".join(chunks))

    @contextmanager
    def open(self, request: Request) -> Generator[tuple[Reply, Iterator[bytes]], None, None]:
        """Send, and give the head of the reply and the pieces of its body. Raises :class:`ConnectionFailed`."""
        started = time.perf_counter()
        built = self._library.build(self._http, request, self._timeouts)
        response = self._guarded(
            lambda: self._http.send(built, stream=True, auth=None, follow_redirects=False), request, started
        )
        try:
            _log(request, response.status_code, started)
            with closing(self._chunks(response, request, started)) as chunks:
                yield _head(response), chunks
        finally:
            response.close()

    def close(self) -> None:
        """Close the client, unless it is the caller's own."""
        if self._owned:
            self._http.close()

    def _chunks(self, response: Any, request: Request, started: float) -> Generator[bytes, None, None]:
        budget = _Budget(request, self._limit)
        with closing(response.iter_bytes()) as pieces:
            while (chunk := self._guarded(lambda: next(pieces, None), request, started)) is not None:
                yield budget.spend(chunk)

    def _guarded(self, action: Callable[[], Any], request: Request, started: float) -> Any:
        try:
            return action()
        except self._library.module.RequestError as error:
            failure = explain(self._library.module, error, request, self._timeouts)
        _log(request, type(failure).__name__, started)
        raise failure


class AsyncTransport:
    """The same over an awaiting client; safe to share between the tasks of one event loop."""

    def __init__(self, http: AsyncHttp | None, timeouts: Timeouts, limit: int = REPLY_LIMIT) -> None:
        self._owned = http is None
        self._http: Any = _own_client("AsyncClient") if http is None else http
        self._library = _Library(self._http, "AsyncClient")
        self._timeouts = timeouts
        self._limit = limit

    async def send(self, request: Request) -> Reply:
        """Send and read the whole reply. Raises :class:`ConnectionFailed`."""
        async with self.open(request) as (head, chunks):
            return Reply(head.status, head.headers, b"".join([chunk async for chunk in chunks]))

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncGenerator[tuple[Reply, AsyncIterator[bytes]], None]:
        """Send, and give the head of the reply and the pieces of its body. Raises :class:`ConnectionFailed`."""
        started = time.perf_counter()
        built = self._library.build(self._http, request, self._timeouts)
        response = await self._guarded(
            lambda: self._http.send(built, stream=True, auth=None, follow_redirects=False), request, started
        )
        try:
            _log(request, response.status_code, started)
            async with aclosing(self._chunks(response, request, started)) as chunks:
                yield _head(response), chunks
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close the client, unless it is the caller's own."""
        if self._owned:
            await self._http.aclose()

    async def _chunks(self, response: Any, request: Request, started: float) -> AsyncGenerator[bytes, None]:
        budget = _Budget(request, self._limit)
        async with aclosing(response.aiter_bytes()) as pieces:
            while (chunk := await self._guarded(lambda: anext(pieces, None), request, started)) is not None:
                yield budget.spend(chunk)

    async def _guarded(self, action: Callable[[], Any], request: Request, started: float) -> Any:
        try:
            return await action()
        except self._library.module.RequestError as error:
            failure = explain(self._library.module, error, request, self._timeouts)
        _log(request, type(failure).__name__, started)
        raise failure


class _Budget:
    """Counts what has been read of a reply, and ends it at its limit."""

    def __init__(self, request: Request, limit: int) -> None:
        self._request = request
        self._limit = limit if request.limit is None else request.limit
        self._left = self._limit

    def spend(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise ReplyTooLarge(f"The answer is larger than {self._limit} bytes", where=self._request.line)
        return chunk


def _own_client(kind: str) -> Any:
    from magister_connect.version import __version__

    return getattr(importlib.import_module("httpx"), kind)(
        headers={"user-agent": f"magister-connect/{__version__}"},
        follow_redirects=False,
        verify=_shared_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
    )


@lru_cache(maxsize=4)
def _shared_context(*_authorities: str | None) -> ssl.SSLContext:
    """The one TLS context of every own client: building one takes some 30 ms of CPU (measured).

    It is the context that httpx builds, which reads the authorities that the environment names; hence one for each
    value of those variables. httpcore names the protocols (ALPN) on the context before each connection, and OpenSSL
    frees the previous list while another thread may be copying it. All own clients speak HTTP/1.1, so the list is set
    once and the context is read-only from then on. No lock is held that a fork could copy: two threads that start
    together build one each, and one of them is kept.
    """
    context: ssl.SSLContext = importlib.import_module("httpx").create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    context.set_alpn_protocols = _leave_protocols  # type: ignore[method-assign]  # of this context alone
    return context


def _leave_protocols(alpn_protocols: Iterable[str]) -> None:
    """Change nothing: the list is set already."""
    del alpn_protocols


def _module_of(client: object, kind: str) -> Any:
    for ancestor in type(client).__mro__:
        if (top := ancestor.__module__.partition(".")[0]) in {"httpx", "httpx2"} and ancestor.__name__ == kind:
            return sys.modules[top]
    raise UsageError(
        f"http= takes the {kind} of httpx or httpx2, and was given: {type(client).__name__}",
        advice="Pass httpx.Client() to a blocking client and httpx.AsyncClient() to an awaiting one.",
    )


def _unprintable(address_type: Any) -> Callable[[Any, str], Any]:
    """A maker of addresses that work like the library's own and print as they are told."""

    class Unprintable(address_type):  # type: ignore[misc]  # the base is known at run time only
        def __init__(self, address: object, shown: str) -> None:
            super().__init__(address)
            self._shown = shown

        def __str__(self) -> str:
            return self._shown

        def __repr__(self) -> str:
            return f"URL({self._shown!r})"

        def __eq__(self, other: object) -> bool:
            return bool(address_type(self) == other)

        def __hash__(self) -> int:
            return hash(address_type(self))

    return Unprintable


def _target(request: Request) -> str:
    """The whole address, secrets and all: a function of its own, so that it stays in no frame that raises."""
    _ = urlsplit(request.address).port  # a port that cannot be is a ValueError here, and an OverflowError later
    query = urlencode([(name, reveal(value)) for name, value in request.query], quote_via=quote)
    joint = "&" if "?" in request.address else "?"
    return f"{request.address}{joint}{query}" if query else request.address


def _bare(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _head(response: Any) -> Reply:
    return Reply(response.status_code, tuple(response.headers.multi_items()))


def _log(request: Request, outcome: int | str, started: float) -> None:
    if LOGGER.isEnabledFor(logging.DEBUG):
        LOGGER.debug("%s: %s in %.0f ms", request.line, outcome, 1000 * (time.perf_counter() - started))


class _FirstWords(logging.Filter):
    """Cuts a debug record of the layers below behind its first words.

    What follows may be headers, or an exception that quotes one, or the first bytes of an answer (observed).
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if cut := _TELLING.search(message := record.getMessage()):
            record.msg, record.args = message[: cut.start()], None
        return True


_TELLING: Final = re.compile(r" (?:return_value|exception)=")
_FIRST_WORDS: Final = _FirstWords()


def _cut_debug_records() -> None:
    for core in ("httpcore", "httpcore2"):
        for part in ("http11", "http2", "proxy", "socks", "connection"):
            logging.getLogger(f"{core}.{part}").addFilter(_FIRST_WORDS)  # adding it twice adds it once
    for table in ("hpack.hpack", "hpack.table"):
        logging.getLogger(table).setLevel(logging.INFO)  # their debug records are the headers themselves


PLAIN_TEXT: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"})  # as OpenSSL 3 has it (observed)
LOOK_AT_SCHEME: Final = "Check the port, and whether the address begins with https:// or http://."
LOOK_AT_HEADERS: Final = "Look for a line break or a blank around a key or token: a file that holds one may end in it."
LOOK_AT_PROXY: Final = "Look at the proxy of your HTTP client, or of HTTPS_PROXY, and at the account that it asks for."
BROKEN_OFF: Final = "The connection broke off before the answer was whole"
MORE_CONNECTIONS: Final = "Send fewer requests at a time, or give your HTTP client more connections (httpx.Limits)."


def explain(
    library: ModuleType, error: Exception, request: Request, timeouts: Timeouts
) -> ConnectionFailed | UsageError:
    """An error of ``library``, the module httpx or httpx2, as one of ours."""
    where = request.line
    if isinstance(error, library.UnsupportedProtocol):
        return UsageError("The address must begin with https:// or http://", where=where)
    if isinstance(error, library.LocalProtocolError):
        return UsageError("The method or a header cannot be sent like this", where=where, advice=LOOK_AT_HEADERS)
    if isinstance(error, library.TimeoutException):
        return _explain_timeout(library, error, request, timeouts)
    if isinstance(error, library.ConnectError):
        return _explain_connect(error, request)
    if isinstance(error, library.ProxyError):
        what = "The proxy did not let the request through"
        return ConnectionFailed(what, where=where, move=Move.NETWORK, advice=LOOK_AT_PROXY)
    compressed = isinstance(error, library.DecodingError)
    what = "The answer is compressed in a way that cannot be undone" if compressed else BROKEN_OFF
    return ConnectionFailed(what, where=where)


def _explain_timeout(library: ModuleType, error: Exception, request: Request, timeouts: Timeouts) -> ConnectionFailed:
    where, seconds = request.line, timeouts.read if request.timeout is None else request.timeout
    if isinstance(error, library.ConnectTimeout):
        what = f"No connection within {timeouts.connect:g} s"
        if request.allow_list:
            return AllowListSuspected(what, where=where)
        return TimedOut(what, where=where, advice=ConnectionFailed.default_advice)
    if isinstance(error, library.PoolTimeout):
        what = f"No connection of the HTTP client became free within {seconds:g} s"
        return TimedOut(what, where=where, move=Move.YOURS, advice=MORE_CONNECTIONS)
    return TimedOut(f"No answer, or no end to it, within {seconds:g} s", where=where)


def _explain_connect(error: Exception, request: Request) -> ConnectionFailed:
    where = request.line
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TlsFailed(f"The certificate is not trusted: {cause.verify_message}", where=where)
        if isinstance(cause, ssl.SSLError):
            return _explain_handshake(cause, request)
        if isinstance(cause, gaierror):
            return ConnectionFailed(
                "There is no host of that name", where=where, move=Move.YOURS, advice="Check the address."
            )
        if isinstance(cause, ConnectionRefusedError):
            return ConnectionFailed("The connection was refused: nothing listens at that port", where=where)
    return ConnectionFailed("No connection could be made", where=where)


def _explain_handshake(error: ssl.SSLError, request: Request) -> ConnectionFailed:
    if getattr(error, "reason", None) in PLAIN_TEXT:  # one that Python itself raises has none
        what = "The server does not speak TLS at that port"
        return TlsFailed(what, where=request.line, move=Move.YOURS, advice=LOOK_AT_SCHEME)
    if request.allow_list:  # observed: a machine that is not listed sees no TLS handshake
        return AllowListSuspected("The TLS handshake was broken off", where=request.line)
    return TlsFailed("The TLS handshake failed", where=request.line)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):  # trio tries several addresses at a time
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__
