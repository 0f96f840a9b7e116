"""A scripted HTTP client: expected requests and their answers, without a socket.

The client is a real one of httpx or httpx2, with a transport that reads from the script. So a test runs your code, our
client and our driver, including retries and timeouts.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import parse_qsl

from attrs import define, field, frozen

from magister_connect.core.flow import Reply
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import Responsible

if TYPE_CHECKING:  # every run of pytest loads the plugin, so the sending part is imported on first use
    from magister_connect.core.drivers import AsyncHttp, SyncHttp

__tracebackhide__ = True  # a pytest convention: a failing test shows its own lines, and the message

Library: TypeAlias = Literal["httpx", "httpx2"]
# of Medius: all requests have the same path, and these parameters name the operation
_OPERATION: Final = ("library", "function")


class NetworkFault(StrEnum):
    """Why a request gets no response."""

    NOT_ON_ALLOW_LIST = "no connection is made in time"
    REFUSED = "nothing listens at the port"
    TOO_SLOW = "no answer comes in time"
    BROKEN_OFF = "the connection breaks before the answer is whole"


# The error of httpx and httpx2 for each fault.
_ERRORS: Final = {
    NetworkFault.NOT_ON_ALLOW_LIST: "ConnectTimeout",
    NetworkFault.REFUSED: "ConnectError",
    NetworkFault.TOO_SLOW: "ReadTimeout",
    NetworkFault.BROKEN_OFF: "RemoteProtocolError",
}


@frozen
class Sent:
    """A request that was sent.

    The repr contains method and path but no value, because it may end up in a test report.
    """

    method: str
    host: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@define
class _Expected:
    answer: Reply | NetworkFault
    method: str | None
    path: str | None
    query: dict[str, str]
    body_has: bytes
    times: int | None
    asked: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether it was used as often as allowed."""
        return self.times is not None and self.asked >= self.times

    def differences(self, sent: Sent) -> list[str]:
        """Return how a request differs. Names in the query are compared without case, as in Medius (observed).

        Values are not shown, because the one that was sent may be a password.
        """
        given = {name.lower(): value for name, value in sent.query.items()}
        found = ["the method"] if self.method not in {None, sent.method} else []
        found += ["the path"] if self.path not in {None, sent.path} else []
        found += [name for name, value in self.query.items() if given.get(name.lower()) != value]
        return found + (["the body"] if self.body_has not in sent.body else [])

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        body = f" with {self.body_has.decode(errors='replace')!r} in its body" if self.body_has else ""
        return f"{self.method or 'any method'} {self.path or 'any path'}{'?' if query else ''}{query}{body}"


class Script(SafeRepr):
    """Expected requests, each with its answer.

    Each answer goes to the first request that matches it, once, unless you pass ``times`` (``None``: any number of
    times). A request that matches nothing raises ``AssertionError`` in the code that made it. ``sent`` lists all
    requests in the order in which they were sent. One script may serve several clients and threads.
    """

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._expected: list[_Expected] = []
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<Script: {len(self.sent)} requests sent, {sum(1 for _ in self._unplayed())} answers left>"

    def add(
        self,
        answer: Reply | NetworkFault,
        *,
        method: str | None = None,
        path: str | None = None,
        query: Mapping[str, str] | None = None,
        body_has: str | bytes = b"",
        times: int | None = 1,
    ) -> None:
        """Expect a request, and set its answer. A request may differ in what you do not pass.

        ``query`` contains required parameters. ``body_has`` is a piece of the body. If an answer matches several
        requests, the first request gets it. If several answers match a request, the first unused answer is taken.
        """
        piece = body_has.encode() if isinstance(body_has, str) else body_has
        self._expected.append(_Expected(answer, method, path, dict(query or {}), piece, times))

    def client(self, library: Library = "httpx") -> SyncHttp:
        """Return a sync client that plays the script. Pass it as ``http=``."""
        module = importlib.import_module(library)
        client: SyncHttp = module.Client(transport=_transport(module, self))
        return client

    def async_client(self, library: Library = "httpx") -> AsyncHttp:
        """Return the async client for the same script."""
        module = importlib.import_module(library)
        client: AsyncHttp = module.AsyncClient(transport=_transport(module, self))
        return client

    def assert_played(self) -> None:
        """Raise ``AssertionError`` if an expected request was never made."""
        missing = [str(each) for each in self._unplayed()]
        if missing:
            raise AssertionError(
                f"never requested, or less often than times= states: {'; '.join(missing)}. "
                f"{Responsible.YOU.label}: Let the test get this far, or remove the answer from the script."
            )

    def answer(self, sent: Sent) -> Reply | NetworkFault:
        """Return the answer to a request. A client of :meth:`client` calls this."""
        with self._lock:
            self.sent.append(sent)
            fitting = [each for each in self._expected if not each.differences(sent)]
            found = next((each for each in fitting if not each.is_spent), None)
            if found is None:
                raise AssertionError(self._explain(sent, fitting))
            found.asked += 1
            return found.answer

    def _explain(self, sent: Sent, fitting: Sequence[_Expected]) -> str:
        if fitting:
            times = sum(each.asked for each in fitting)
            return (
                f"{_line(sent)} is requested once more than the script allows (times={times}). "
                f"{Responsible.YOU.label}: Add another answer, or pass times=None to one that serves every request."
            )
        left = [f"{each} (which differs in: {', '.join(each.differences(sent))})" for each in self._unplayed()]
        return (
            f"{_line(sent)} is not in the script, which expects {'; '.join(left) or 'nothing more'}. "
            f"{Responsible.YOU.label}: Add an answer for this request, or send the request that the script expects."
        )

    def _unplayed(self) -> Iterator[_Expected]:
        return (each for each in self._expected if each.times is not None and not each.is_spent)


def _line(sent: Sent) -> str:
    """Describe a request without its parameter values, except those that name the operation."""
    named = [f"{name}={value}" for name, value in sent.query.items() if name.lower() in _OPERATION]
    others = ", ".join(name for name in sent.query if name.lower() not in _OPERATION)
    query = f"?{'&'.join(named)}" if named else ""
    return f"{sent.method} {sent.path}{query}{f' (further parameters: {others})' if others else ''}"


def _transport(module: ModuleType, script: Script) -> Any:  # noqa: ANN401 - httpx and httpx2 share no type
    def handle(request: Any) -> Any:  # noqa: ANN401 - as above
        answer = script.answer(_sent(request))
        if isinstance(answer, NetworkFault):
            raise getattr(module, _ERRORS[answer])(answer.value)
        return module.Response(answer.status, headers=list(answer.headers), content=answer.body)

    return module.MockTransport(handle)


def _sent(request: Any) -> Sent:  # noqa: ANN401 - as above
    return Sent(
        method=request.method,
        host=request.url.host,
        path=request.url.path,
        query=dict(parse_qsl(request.url.query.decode(), keep_blank_values=True)),
        headers=dict(request.headers),
        body=request.content,
    )
