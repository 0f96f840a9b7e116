"""Decide which requests to retry, how often, and after how long.

Only repeatable requests are retried: reads, and writes if their operation allows it. They are retried after a temporary
failure: no connection, a broken connection, a timeout, or status 429, 502, 503 or 504. The number of attempts and the
total time are limited.

If the server asks for a wait, the driver waits that long, up to a ceiling. A longer wait ends the retries at once.

The waiting is done by stamina, so its instrumentation and testing mode work. Hooks of stamina belong to the application
and stay as they are. Only the default output about our retries is suppressed: on stderr without logging, and on stdout
without a configured structlog.
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
    """Return the seconds that ``Retry-After`` asks for. A date is compared with the response's own ``Date``."""
    asked = (reply.header("retry-after") or "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(reply.header("date") or "")
    except Exception:  # noqa: BLE001 - any date or zone of a server may raise; it then asks for nothing
        return None
    return max(0.0, wait.total_seconds())


def _never(_: Reply) -> bool:
    return False


@frozen
class RetryPolicy:
    """How often and how long a client retries. Times are in seconds.

    - ``attempts``: the number of attempts, the first one included.
    - ``total``: the limit on the time over all attempts.
    - ``first_wait`` and ``longest_wait``: waits start at the first and double up to the second.
    - ``jitter``: a random time of at most this length, added to each wait.
    - ``asked_wait``: reads from a response how long the server asks you to wait.
    - ``ceiling``: a longer requested wait ends the retries.
    - ``is_unusable``: whether a successful response is unusable, such as an unexpected empty body. It is then retried.
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
        """Whether to retry: no, yes, or yes after this number of seconds."""
        if not request.repeatable or self.attempts <= 1:
            return False
        if isinstance(outcome, ConnectionFailed):
            return outcome.transient
        if outcome.status not in self.statuses:
            return not request.stream and self.is_unusable(outcome)  # the body of a stream has not arrived yet
        asked = self.asked_wait(outcome)
        if asked is None:
            return True
        return False if asked > self.ceiling else float(asked)

    def settle(self, request: Request, first: Outcome, send: Callable[[Request], Outcome]) -> Outcome:
        """Retry as long as the policy allows, blocking. Return the last outcome.

        ``first`` is the outcome of the first attempt. It counts as an attempt, but its time does not count.
        """
        import stamina  # imported on the first retry: it takes longer to import than httpx

        _quieten_structlog(stamina.instrumentation)
        outcome = first
        with suppress(_RetryRequested):
            for attempt in stamina.retry_context(**self._stamina_arguments()):
                with attempt:
                    outcome = first if attempt.num == 1 else send(request)
                    self._raise_if_retryable(request, outcome, attempt.num)
        return outcome

    async def settle_async(
        self, request: Request, first: Outcome, send: Callable[[Request], Awaitable[Outcome]]
    ) -> Outcome:
        """Do the same, async."""
        import stamina

        _quieten_structlog(stamina.instrumentation)
        outcome = first
        with suppress(_RetryRequested):
            async for attempt in stamina.retry_context(**self._stamina_arguments()):
                with attempt:
                    outcome = first if attempt.num == 1 else await send(request)
                    self._raise_if_retryable(request, outcome, attempt.num)
        return outcome

    def _raise_if_retryable(self, request: Request, outcome: Outcome, attempt: int) -> None:
        if isinstance(outcome, ConnectionFailed):
            outcome.attempts = attempt
        if (again := self.again(request, outcome)) is not False:
            raise _RetryRequested(again, request, outcome)

    def _stamina_arguments(self) -> _StaminaArguments:
        return _StaminaArguments(
            on=_retry_on,
            attempts=self.attempts,
            timeout=self.total,
            wait_initial=self.first_wait,
            wait_max=self.longest_wait,
            wait_jitter=self.jitter,
        )


class _StaminaArguments(TypedDict):
    on: Callable[[Exception], bool | float]
    attempts: int
    timeout: float
    wait_initial: float
    wait_max: float
    wait_jitter: float


class _RetryRequested(Exception):
    """Makes stamina retry, after the given wait.

    Hooks of stamina log its repr: the request in its printable form, and the result.
    """

    def __init__(self, again: bool | float, request: Request, outcome: Outcome) -> None:  # noqa: FBT001 - stamina's own form
        trouble = f"status {outcome.status}" if isinstance(outcome, Reply) else type(outcome).__name__
        super().__init__(f"{request.line}: {trouble}")
        self.again = again


def _retry_on(error: Exception) -> bool | float:
    return error.again if isinstance(error, _RetryRequested) else False


class _RetryLogFilter(logging.Filter):
    """Drops stamina's log record of our retries if it would only reach Python's last-resort handler, stderr."""

    def filter(self, record: logging.LogRecord) -> bool:
        ours = str(getattr(record, "stamina.caused_by", "")).startswith(_RetryRequested.__name__)
        return not ours or logging.getLogger(record.name).hasHandlers()


logging.getLogger("stamina").addFilter(_RetryLogFilter())


class _ConfiguredHook:
    """Stamina's hook for structlog. It skips our retries if structlog is not set up, because it would print them."""

    def __init__(self, hook: Callable[[object], object]) -> None:
        self._hook = hook

    def __call__(self, details: object) -> object:
        if (
            isinstance(getattr(details, "caused_by", None), _RetryRequested)
            and not sys.modules["structlog"].is_configured()
        ):
            return None
        return self._hook(details)


def _quieten_structlog(instrumentation: ModuleType) -> None:
    hooks, theirs = instrumentation.get_on_retry_hooks(), f"{instrumentation.__name__}._structlog"
    quiet = [_ConfiguredHook(each) if getattr(each, "__module__", "") == theirs else each for each in hooks]
    if quiet != list(hooks):
        instrumentation.set_on_retry_hooks(quiet)


NO_RETRIES: Final = RetryPolicy(attempts=1)
"""Send every request once."""
