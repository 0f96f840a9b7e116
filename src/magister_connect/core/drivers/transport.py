"""Convert requests and responses to and from httpx. This is the only module that knows httpx.

httpx has had no release since December 2024, and its API lives on as httpx2 (observed). Both are accepted. The errors,
timeouts and address type come from the library of the client that you pass.

Four measures keep sensitive data out of what is printed:

- The library prints addresses in its log and exceptions. They are replaced by addresses that print without query.
- Its exceptions are translated outside the ``except`` block, so that no traceback refers to them.
- Debug records of the layers below may contain headers. They are cut off after their first words.
- Our own log contains the method, the address without query, the duration, and the status or kind of failure.
"""

from __future__ import annotations

import builtins
import importlib
import logging
import math
import os
import re
import socket
import ssl
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    aclosing,
    asynccontextmanager,
    closing,
    contextmanager,
    nullcontext,
    suppress,
)
from functools import lru_cache
from pathlib import Path
from socket import gaierror
from types import ModuleType
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode, urlsplit

import anyio
import anyio.lowlevel

from magister_connect.core.boundary import explain_bug, raised_by_caller
from magister_connect.core.drivers.bounds import Bounds, PastDeadline, Timeouts, trace
from magister_connect.core.drivers.connection_pools import remove_request, replace_locks
from magister_connect.core.drivers.decompression import ACCEPTED, Decompression
from magister_connect.core.drivers.shielding import run_shielded
from magister_connect.core.flow import Reply, Request
from magister_connect.core.secrets import reveal
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

LOGGER: Final = logging.getLogger("magister_connect.core.drivers")
REPLY_LIMIT: Final = 128 * 1024 * 1024  # a whole school in one list is about 20 MB; stream a larger response


class SyncHttp(Protocol):
    """A sync client of httpx or httpx2."""

    def build_request(self, method: str, url: str) -> object:
        """Build a request, as in httpx."""

    def close(self) -> None:
        """Close the client, as in httpx."""


class AsyncHttp(Protocol):
    """An async client of httpx or httpx2."""

    def build_request(self, method: str, url: str) -> object:
        """Build a request, as in httpx."""

    async def aclose(self) -> None:
        """Close the client, as in httpx."""


class _HttpLibrary:
    """The parts of httpx or httpx2 that the transports use."""

    def __init__(self, client: object, kind: str) -> None:
        self.module: Any = _module_of(client, kind)
        self.address: Callable[[Any, str], Any] = _masked_url_type(self.module.URL)
        _cut_debug_records()

    def is_foreign(self, error: Exception) -> bool:
        """Whether an exception comes from code of the caller, such as a hook or a transport."""
        return not isinstance(error, self.module.RequestError) and raised_by_caller(error)

    def build(self, client: Any, request: Request, timeouts: Timeouts, extensions: Mapping[str, object]) -> Any:
        """Build the library's own request, with an address that prints without query."""
        if client.is_closed:
            raise UsageError(
                "The HTTP client has been closed",
                where=request.line,
                advice="Call inside the with block, or before close.",
            )
        read = timeouts.read if request.timeout is None else request.timeout
        with suppress(Exception):  # the exception depends on what is wrong; its text quotes the data
            built = client.build_request(
                request.method,
                _target(request),
                headers=[
                    ("accept-encoding", ACCEPTED),
                    *((name, reveal(value)) for name, value in request.headers),
                ],
                content=request.body,
                timeout=self.module.Timeout(read, connect=timeouts.connect),
                extensions=extensions,
            )
            built.url = self.address(built.url, request.shown or _without_query(request.address))
            return built
        raise UsageError(
            "This address, or a header, cannot be sent",
            where=request.line,
            advice="Write the address as https://host[:port][/path], and use only plain ASCII in a key or token.",
        )


class SyncTransport:
    """Sends requests over a sync client. Threads may share it."""

    def __init__(self, http: SyncHttp | None, timeouts: Timeouts, limit: int = REPLY_LIMIT) -> None:
        self._owned = http is None
        self._http: Any = _own_client("Client") if http is None else http
        self._library = _HttpLibrary(self._http, "Client")
        replace_locks(self._http)
        self._timeouts = timeouts
        self._limit = limit
        self._process = os.getpid()

    def send(self, request: Request) -> Reply:
        """Send a request and read the whole response. Raises :class:`ConnectionFailed`."""
        with self.open(request) as (head, chunks):
            return Reply(head.status, head.headers, b"".join(chunks))

    @contextmanager
    def open(self, request: Request) -> Generator[tuple[Reply, Iterator[bytes]], None, None]:
        """Send a request; yield the response head and its body in pieces. Raises :class:`ConnectionFailed`."""
        if self._process != os.getpid():
            self._replace_client(request)
        started = time.perf_counter()
        bounds = Bounds(request, self._timeouts)
        built = self._library.build(self._http, request, self._timeouts, {"trace": trace})
        response: Any = None
        try:
            response = self._wait(
                lambda: self._http.send(built, stream=True, auth=None, follow_redirects=False), request, bounds, started
            )
            _log(request, response.status_code, started)
            with closing(self._chunks(response, request, bounds, started)) as chunks:
                yield _head(response), chunks
            response.close()
        except BaseException:
            self._release(built, response)
            raise

    def _release(self, built: Any, response: Any) -> None:
        """Release the resources of an interrupted request, even if closing it was interrupted."""
        with suppress(Exception):  # the caller sees the interruption itself
            if response is not None:
                response.close()
                response.stream.close()
        for connection in remove_request(self._http, built):
            connection.close()

    def close(self) -> None:
        """Close the client, unless the caller passed it."""
        if self._owned and self._process == os.getpid():
            self._http.close()

    def _replace_client(self, request: Request) -> None:
        """After a fork, replace a client made here by a new one. The connections of the parent stay untouched."""
        if not self._owned:
            raise _used_after_fork(request)
        self._http, self._process = _own_client("Client"), os.getpid()
        replace_locks(self._http)

    def _chunks(self, response: Any, request: Request, bounds: Bounds, started: float) -> Generator[bytes, None, None]:
        body = _Body(response, request, self._limit)
        with closing(response.iter_bytes() if body.is_read else response.iter_raw()) as pieces:
            while (chunk := self._wait(lambda: next(pieces, None), request, bounds, started)) is not None:
                bounds.arrive(len(chunk))
                yield from body.decompress(chunk)
        body.finish()

    def _wait(self, action: Callable[[], Any], request: Request, bounds: Bounds, started: float) -> Any:
        """Return the result of ``action``, within the time that is left."""
        __tracebackhide__ = True
        try:
            with bounds:
                return action()
        except Exception as error:
            if self._library.is_foreign(error):
                raise
            failure = explain(self._library.module, error, request, self._timeouts, bounds)
        _log(request, type(failure).__name__, started)
        raise failure


class AsyncTransport:
    """The same over an async client. Tasks of one event loop may share it."""

    def __init__(self, http: AsyncHttp | None, timeouts: Timeouts, limit: int = REPLY_LIMIT) -> None:
        self._owned = http is None
        self._http: Any = _own_client("AsyncClient") if http is None else http
        self._library = _HttpLibrary(self._http, "AsyncClient")
        self._timeouts = timeouts
        self._limit = limit
        self._loop: object = None
        self._process = os.getpid()

    async def send(self, request: Request) -> Reply:
        """Send a request and read the whole response. Raises :class:`ConnectionFailed`."""
        async with self.open(request) as (head, chunks):
            return Reply(head.status, head.headers, b"".join([chunk async for chunk in chunks]))

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncGenerator[tuple[Reply, AsyncIterator[bytes]], None]:
        """Send a request; yield the response head and its body in pieces. Raises :class:`ConnectionFailed`."""
        self._require_loop(request)
        started = time.perf_counter()
        bounds = Bounds(request, self._timeouts)
        built = self._library.build(self._http, request, self._timeouts, {})
        response: Any = None
        try:
            response = await self._wait(
                lambda: self._http.send(built, stream=True, auth=None, follow_redirects=False), request, bounds, started
            )
            _log(request, response.status_code, started)
            async with aclosing(self._chunks(response, request, bounds, started)) as chunks:
                yield _head(response), chunks
            await response.aclose()
        except BaseException:
            await self._release(built, response)
            raise

    async def _release(self, built: Any, response: Any) -> None:
        """Release the resources of an interrupted request, even if closing it was interrupted."""

        async def close() -> None:
            with suppress(Exception):  # the caller sees the interruption itself
                if response is not None:
                    await response.aclose()
                    await response.stream.aclose()
            for connection in remove_request(self._http, built):
                await connection.aclose()

        _, interruption = await run_shielded(close)
        if interruption is not None:
            raise interruption

    async def close(self) -> None:
        """Close the client, unless the caller passed it."""
        if self._owned and self._process == os.getpid() and self._loop in {None, _current_loop()}:
            await self._http.aclose()

    def _require_loop(self, request: Request) -> None:
        """Raise an error in another event loop: connections of one loop fail at random in another (observed)."""
        if self._process != os.getpid():
            if not self._owned:
                raise _used_after_fork(request)
            self._http, self._process, self._loop = _own_client("AsyncClient"), os.getpid(), None
        if self._loop is None:
            self._loop = _current_loop()
        elif self._loop != _current_loop():
            raise UsageError(
                "This client was first used in another event loop",
                where=request.line,
                advice="Make an async client inside the function that asyncio.run() runs, one for each event loop.",
            )

    async def _chunks(
        self, response: Any, request: Request, bounds: Bounds, started: float
    ) -> AsyncGenerator[bytes, None]:
        body = _Body(response, request, self._limit)
        # not aiter_raw(): it closes the response at its end
        async with _closing(response.aiter_bytes() if body.is_read else aiter(response.stream)) as pieces:
            while (chunk := await self._wait(lambda: anext(pieces, None), request, bounds, started)) is not None:
                bounds.arrive(len(chunk))
                for piece in body.decompress(chunk):
                    yield piece
        body.finish()

    async def _wait(
        self, action: Callable[[], Awaitable[Any]], request: Request, bounds: Bounds, started: float
    ) -> Any:
        """Return the result of ``action``, within the time that is left."""
        __tracebackhide__ = True
        left = bounds.begin()
        failure: MagisterConnectError | None = None
        with anyio.move_on_after(None if left == math.inf else left):
            try:
                return await action()
            except Exception as error:
                bounds.end()
                if self._library.is_foreign(error):
                    raise
                failure = explain(self._library.module, error, request, self._timeouts, bounds)
            finally:
                bounds.end()
        if failure is None:  # cancelled by the deadline
            failure = bounds.overdue()
        _log(request, type(failure).__name__, started)
        raise failure


def _closing(pieces: Any) -> AbstractAsyncContextManager[Any]:
    """Close a stream after use, if it can be closed. A transport of the caller may return a plain iterator."""
    return aclosing(pieces) if hasattr(pieces, "aclose") else nullcontext(pieces)


def _current_loop() -> object:
    return anyio.lowlevel.current_token()


def _used_after_fork(request: Request) -> UsageError:
    return UsageError(
        "This HTTP client was made in another process, before a fork",
        where=request.line,
        advice="Make the HTTP client in the process that uses it: connections cannot be shared.",
    )


class _Body:
    """The body of a response: decompressed, and within the size limit."""

    def __init__(self, response: Any, request: Request, limit: int) -> None:
        self._request = request
        self._limit = limit if request.limit is None else request.limit
        self._left = self._limit
        self.is_read: bool = response.is_stream_consumed  # a client of a test may have read it already
        encoding = "" if self.is_read else response.headers.get("content-encoding", "")
        self._decompression = Decompression(encoding, request.line, self._count_bytes)
        self.decompress = self._decompression.feed
        self.finish = self._decompression.finish

    def _count_bytes(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ReplyTooLarge(f"The response is larger than {self._limit} bytes", where=self._request.line)


def _own_client(kind: str) -> Any:
    try:
        return _build_client(kind)
    except ImportError:
        what, advice = "The environment names a SOCKS proxy, but the SOCKS support of httpx is not installed", _SOCKS
    except OSError:
        what, advice = "The certificates that the environment names cannot be read", _CERTIFICATES
    except Exception:  # noqa: BLE001 - the exception depends on the fault; its text may quote a proxy account
        what, advice = "The proxy settings of the environment are not valid", _PROXIES
    raise UsageError(what, where="the environment", advice=advice)


_SOCKS: Final = 'pip install "httpx[socks]", or unset ALL_PROXY, HTTPS_PROXY and HTTP_PROXY.'
_CERTIFICATES: Final = "Correct SSL_CERT_FILE or SSL_CERT_DIR, or unset it."
_PROXIES: Final = "Correct ALL_PROXY, HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or unset them."


def _build_client(kind: str) -> Any:
    from magister_connect.version import __version__

    return getattr(importlib.import_module("httpx"), kind)(
        headers={"user-agent": f"magister-connect/{__version__}"},
        follow_redirects=False,
        verify=_shared_context(*_authorities()),
    )


def _authorities() -> tuple[object, ...]:
    """Return the certificate authorities that the environment names, and the state of that file."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file:
        return (None, folder)
    state = Path(file).stat()  # the operating system may replace this file while a program runs
    return (file, folder, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _shared_context(*_named: object) -> ssl.SSLContext:
    """Return the one TLS context of all clients made here. Building one takes some 30 ms of CPU (measured).

    httpx builds it and reads the authorities that the environment names. So there is one context for each value of
    those variables and each state of the file.

    httpcore sets the protocols (ALPN) on the context before each connection, and OpenSSL then frees the previous list.
    Another thread may be copying that list. All our clients speak HTTP/1.1, so the list is set once and the context is
    read-only after that. No lock is used, so a fork cannot copy one. Two threads that start together build one context
    each, and one of the two is kept.
    """
    context: ssl.SSLContext = importlib.import_module("httpx").create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    context.set_alpn_protocols = _leave_protocols  # type: ignore[method-assign]  # of this context alone
    return context


def _leave_protocols(alpn_protocols: Iterable[str]) -> None:
    """Change nothing: the list has been set."""
    del alpn_protocols


def _module_of(client: object, kind: str) -> Any:
    for ancestor in type(client).__mro__:
        if (top := ancestor.__module__.partition(".")[0]) in {"httpx", "httpx2"} and ancestor.__name__ == kind:
            return sys.modules[top]
    raise UsageError(
        f"http= takes the {kind} of httpx or httpx2, but received: {type(client).__name__}",
        advice="Pass httpx.Client() to a sync client and httpx.AsyncClient() to an async one.",
    )


def _masked_url_type(address_type: Any) -> Callable[[Any, str], Any]:
    """Return a function that makes addresses which work like the library's own, and print the text given."""

    class MaskedUrl(address_type):  # type: ignore[misc]  # the base is known at run time only
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

    return MaskedUrl


def _target(request: Request) -> str:
    """Build the whole address with its secrets. A separate function, so that no frame that raises holds it."""
    _ = urlsplit(request.address).port  # an impossible port raises ValueError here; later it would be an OverflowError
    query = urlencode([(name, reveal(value)) for name, value in request.query], quote_via=quote)
    joint = "&" if "?" in request.address else "?"
    return f"{request.address}{joint}{query}" if query else request.address


def _without_query(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _head(response: Any) -> Reply:
    return Reply(response.status_code, tuple(response.headers.multi_items()))


def _log(request: Request, outcome: int | str, started: float) -> None:
    if LOGGER.isEnabledFor(logging.DEBUG):
        LOGGER.debug("%s: %s in %.0f ms", request.line, outcome, 1000 * (time.perf_counter() - started))


class _DebugRecordFilter(logging.Filter):
    """Cuts a debug record of the layers below after its first words.

    The rest may contain headers, an exception that quotes one, or the first bytes of a response (observed).
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if cut := _TELLING.search(message := record.getMessage()):
            record.msg, record.args = message[: cut.start()], None
        return True


_TELLING: Final = re.compile(r" (?:return_value|exception)=")
_FIRST_WORDS: Final = _DebugRecordFilter()


def _cut_debug_records() -> None:
    for core in ("httpcore", "httpcore2"):
        for part in ("http11", "http2", "proxy", "socks", "connection"):
            logging.getLogger(f"{core}.{part}").addFilter(_FIRST_WORDS)  # adding it again has no effect
    for table in ("hpack.hpack", "hpack.table"):
        logging.getLogger(table).setLevel(logging.INFO)  # their debug records contain the headers


PLAIN_TEXT: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"})  # names in OpenSSL 3 (observed)
LOOK_AT_SCHEME: Final = "Check the port, and whether the address begins with https:// or http://."
LOOK_AT_HEADERS: Final = "Remove any line break or blank around a key or token; a file often ends in one."
LOOK_AT_PROXY: Final = "Check the proxy of your HTTP client or of HTTPS_PROXY, and the account that it requires."
LOOK_AT_PORT: Final = "Check the port of the address. If it is right, the service is down."
CLOSE_LATER: Final = "Close the client when every call has ended."
NO_SUCH_NAME: Final = frozenset(  # the name depends on the operating system
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
)
BROKEN_OFF: Final = "The connection broke off before the response was complete"
MORE_CONNECTIONS: Final = "Send fewer requests at a time, or allow your HTTP client more connections (httpx.Limits)."


def explain(
    library: ModuleType, error: Exception, request: Request, timeouts: Timeouts, bounds: Bounds
) -> MagisterConnectError:
    """Translate an exception of ``library`` (httpx or httpx2) or of its dependencies into one of ours."""
    if isinstance(error, MagisterConnectError):
        return error
    if isinstance(error, (library.TimeoutException, PastDeadline)):
        return _explain_timeout(library, error, request, timeouts, bounds)
    if isinstance(error, library.ConnectError):
        return _explain_connect(error, request)
    if isinstance(error, library.RemoteProtocolError) and "location header" in str(error):
        return ConnectionFailed(
            "The response redirects to an address that is not valid",
            where=request.line,
            responsible=Responsible.SUPPLIER,
            advice="Report the Location header of this response.",
        ).lasting()
    for kinds, ours in _MEANINGS:
        if isinstance(error, tuple(getattr(library, kind, None) or getattr(builtins, kind) for kind in kinds)):
            return ours(request.line)
    return explain_bug(error)


_MEANINGS: Final[tuple[tuple[tuple[str, ...], Callable[[str], MagisterConnectError]], ...]] = (  # first match
    (
        ("UnsupportedProtocol", "InvalidURL", "UnicodeError"),
        lambda where: UsageError("The address must begin with https:// or http://, and name a host", where=where),
    ),
    (
        ("LocalProtocolError",),
        lambda where: UsageError(
            "The method or a header cannot be sent like this", where=where, advice=LOOK_AT_HEADERS
        ),
    ),
    (
        ("ProxyError",),
        lambda where: ConnectionFailed(
            "The proxy did not let the request through",
            where=where,
            responsible=Responsible.NETWORK,
            advice=LOOK_AT_PROXY,
        ),
    ),
    (("RequestError",), lambda where: ConnectionFailed(BROKEN_OFF, where=where)),
    (  # from httpx for a closed client, and from asyncio for a closed loop
        ("RuntimeError",),
        lambda where: UsageError("The HTTP client was closed while it was in use", where=where, advice=CLOSE_LATER),
    ),
)


def _explain_timeout(
    library: ModuleType, error: Exception, request: Request, timeouts: Timeouts, bounds: Bounds
) -> ConnectionFailed:
    where = request.line
    if bounds.is_overdue:
        return bounds.overdue()
    if isinstance(error, library.ConnectTimeout):
        what = f"No connection within {timeouts.connect:g} s"
        if request.allow_list:
            return AllowListSuspected(what, where=where)
        return TimedOut(what, where=where, advice=ConnectionFailed.default_advice)
    if isinstance(error, library.PoolTimeout):
        what = f"No connection of the HTTP client became free within {bounds.read:g} s"
        return TimedOut(what, where=where, responsible=Responsible.YOU, advice=MORE_CONNECTIONS)
    return TimedOut(f"No complete response within {bounds.read:g} s", where=where)


def _explain_connect(error: Exception, request: Request) -> ConnectionFailed:
    where = request.line
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TlsFailed(f"The certificate is not trusted: {cause.verify_message}", where=where)
        if isinstance(cause, ssl.SSLError):
            return _explain_handshake(cause, request)
        if isinstance(cause, gaierror):
            return _explain_name(cause, request)
        if isinstance(cause, ConnectionRefusedError):
            what = "The connection was refused: no service listens at this port"
            return ConnectionFailed(what, where=where, advice=LOOK_AT_PORT)
    return ConnectionFailed("No connection could be made", where=where)


def _explain_name(error: gaierror, request: Request) -> ConnectionFailed:
    if error.errno in NO_SUCH_NAME:
        what = "There is no host with this name"
        return ConnectionFailed(
            what, where=request.line, responsible=Responsible.YOU, advice="Check the address."
        ).lasting()
    what = "The name of the host could not be looked up"
    return ConnectionFailed(what, where=request.line, advice="Check the network of this machine, and its DNS.")


def _explain_handshake(error: ssl.SSLError, request: Request) -> ConnectionFailed:
    if getattr(error, "reason", None) in PLAIN_TEXT:  # an error that Python itself raises has no reason
        what = "The server does not use TLS at this port"
        return TlsFailed(what, where=request.line, responsible=Responsible.YOU, advice=LOOK_AT_SCHEME)
    if request.allow_list:  # observed: a machine that is not on the allow-list gets no TLS handshake
        return AllowListSuspected("The TLS handshake was interrupted", where=request.line)
    return TlsFailed("The TLS handshake failed", where=request.line)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):  # trio tries several addresses at a time
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__
