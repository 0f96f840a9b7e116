"""What an error of httpx or httpx2 means, in words of ours: its own text may quote an address or a header."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from socket import gaierror
from types import ModuleType
from typing import TYPE_CHECKING, Final

from magister_connect.errors import AllowListSuspected, ConnectionFailed, Move, TimedOut, TlsFailed, UsageError
from magister_connect.exchange import Request

if TYPE_CHECKING:
    from magister_connect.drivers.transport import Timeouts

__all__ = ["explain"]

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
