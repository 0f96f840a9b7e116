"""Which outcomes are worth another try, how often, and after how long.

Only a request that may be repeated (reads, and writes whose operation says so) is tried again, and only for
transient trouble: no connection, a connection that broke, a timeout, and the statuses 429, 502, 503 and 504. The
number of attempts and the total time are both bounded. A wait that the server asks for is obeyed up to a ceiling; a
longer one ends the trying at once, since a silent wait helps nobody. The waiting itself is stamina's, with its
instrumentation and its testing mode. Its hooks are the application's. But what the hooks that are there by default
would print, to stderr where nobody has set up logging and to stdout where nobody has set up structlog, is held back
for repetitions of ours.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Final, TypedDict

from attrs import field, frozen

from magister_connect.core.flow import Outcome, Reply, Request
from magister_connect.errors import ConnectionFailed


def asked_by_header(reply: Reply) -> float | None:
    """The seconds that ``Retry-After`` asks for, in either of its forms; a date is read against the reply's own."""
    asked = (reply.header("retry-after") or "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(reply.header("date") or "")
    except Exception:  # noqa: BLE001 - whatever a date or a zone of a server trips: it asks for nothing then
        return None
    return max(0.0, wait.total_seconds())


def _never(_: Reply) -> bool:
    return False


@frozen
class RetryPolicy:
    """How patient a client is; times are in seconds.

    ``attempts`` counts the first one; ``total`` bounds the time over all attempts; waits grow from ``first_wait`` by
    doubling to ``longest_wait``, with up to ``jitter`` added at random. ``asked_wait`` reads from a reply how long
    the server wants us to wait; more than ``ceiling`` ends the trying. ``is_unusable`` says which successes are none,
    such as an empty body where there must be one.
    """

    attempts: int = 4
    total: float = 60.0
    first_wait: float = 0.5
    longest_wait: float = 8.0
    jitter: float = 0.5
    ceiling: float = 60.0
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})
    asked_wait: Callable[[Reply], float | None] = field(default=asked_by_header, repr=False)
    is_unusable: Callable[[Reply], bool] = field(default=_never, repr=False)

    def again(self, request: Request, outcome: Outcome) -> bool | float:
        """Whether to try again: no, yes, or yes after so many seconds."""
        if not request.repeatable or self.attempts <= 1:
            return False
        if isinstance(outcome, ConnectionFailed):
            return outcome.transient
        if outcome.status not in self.statuses:
            return not request.stream and self.is_unusable(outcome)  # the body of a stream has not come yet
        asked = self.asked_wait(outcome)
        if asked is None:
            return True
        return False if asked > self.ceiling else float(asked)

    def settle(self, request: Request, first: Outcome, send: Callable[[Request], Outcome]) -> Outcome:
        """Try again for as long as it is worth it, blocking; returns the last outcome.

        ``first`` is what the attempt before came to; it counts among the attempts, but its time does not.
        """
        import stamina  # when the first request is repeated: it takes longer to import than httpx

        _quieten_structlog(stamina.instrumentation)
        outcome = first
        with suppress(_Repeated):
            for attempt in stamina.retry_context(**self._patience()):
                with attempt:
                    outcome = first if attempt.num == 1 else send(request)
                    self._weigh(request, outcome, attempt.num)
        return outcome

    async def settle_async(
        self, request: Request, first: Outcome, send: Callable[[Request], Awaitable[Outcome]]
    ) -> Outcome:
        """The same, awaited."""
        import stamina

        _quieten_structlog(stamina.instrumentation)
        outcome = first
        with suppress(_Repeated):
            async for attempt in stamina.retry_context(**self._patience()):
                with attempt:
                    outcome = first if attempt.num == 1 else await send(request)
                    self._weigh(request, outcome, attempt.num)
        return outcome

    def _weigh(self, request: Request, outcome: Outcome, attempt: int) -> None:
        if isinstance(outcome, ConnectionFailed):
            outcome.attempts = attempt
        if (again := self.again(request, outcome)) is not False:
            raise _Repeated(again, request, outcome)

    def _patience(self) -> _Patience:
        return _Patience(
            on=_wanted,
            attempts=self.attempts,
            timeout=self.total,
            wait_initial=self.first_wait,
            wait_max=self.longest_wait,
            wait_jitter=self.jitter,
        )


class _Patience(TypedDict):
    on: Callable[[Exception], bool | float]
    attempts: int
    timeout: float
    wait_initial: float
    wait_max: float
    wait_jitter: float


class _Repeated(Exception):
    """Tells stamina to try again, and after how long.

    Hooks of stamina log its repr: the request as it may be printed, and the result.
    """

    def __init__(self, again: bool | float, request: Request, outcome: Outcome) -> None:  # noqa: FBT001 - stamina's own form
        trouble = f"status {outcome.status}" if isinstance(outcome, Reply) else type(outcome).__name__
        super().__init__(f"{request.line}: {trouble}")
        self.again = again


def _wanted(error: Exception) -> bool | float:
    return error.again if isinstance(error, _Repeated) else False


class _HeldBack(logging.Filter):
    """Stops stamina's record of a repetition of ours where it would reach nothing but Python's last resort, stderr."""

    def filter(self, record: logging.LogRecord) -> bool:
        ours = str(getattr(record, "stamina.caused_by", "")).startswith(_Repeated.__name__)
        return not ours or logging.getLogger(record.name).hasHandlers()


logging.getLogger("stamina").addFilter(_HeldBack())


class _WhereSetUp:
    """The hook of stamina that writes to structlog, without repetitions of ours where structlog would print them."""

    def __init__(self, hook: Callable[[object], object]) -> None:
        self._hook = hook

    def __call__(self, details: object) -> object:
        if isinstance(getattr(details, "caused_by", None), _Repeated) and not sys.modules["structlog"].is_configured():
            return None
        return self._hook(details)


def _quieten_structlog(instrumentation: ModuleType) -> None:
    hooks, theirs = instrumentation.get_on_retry_hooks(), f"{instrumentation.__name__}._structlog"
    quiet = [_WhereSetUp(each) if getattr(each, "__module__", "") == theirs else each for each in hooks]
    if quiet != list(hooks):
        instrumentation.set_on_retry_hooks(quiet)


NO_RETRIES: Final = RetryPolicy(attempts=1)
"""Every request once."""
