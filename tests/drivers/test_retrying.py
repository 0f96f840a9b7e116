"""Which outcomes are worth another try, and after how long."""

import pytest

from magister_connect.drivers import RetryPolicy
from magister_connect.drivers.retrying import asked_by_header
from magister_connect.errors import AllowListSuspected, ConnectionFailed, ReplyTooLarge, TimedOut, TlsFailed
from magister_connect.exchange import Outcome, Reply, Request

READ = Request("GET", "https://school.invalid/doc")
WRITE = Request("POST", "https://school.invalid/doc")
DATE = ("Date", "Thu, 20 Nov 2025 12:00:00 GMT")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("Retry-After", "7"),), 7.0),
        ((("retry-after", " 0 "),), 0.0),
        ((("Retry-After", "Thu, 20 Nov 2025 12:00:30 GMT"), DATE), 30.0),
        ((("Retry-After", "Thu, 20 Nov 2025 11:00:00 GMT"), DATE), 0.0),
        ((("Retry-After", "Thu, 20 Nov 2025 12:00:30 GMT"),), None),
        ((("Retry-After", "soon"), DATE), None),
        ((), None),
    ],
)
def test_a_server_asks_for_a_wait_in_seconds_or_by_date(
    headers: tuple[tuple[str, str], ...], seconds: float | None
) -> None:
    assert asked_by_header(Reply(429, headers)) == seconds


@pytest.mark.parametrize(
    ("request_", "outcome", "again"),
    [
        (READ, Reply(200), False),
        (READ, Reply(500), False),
        (READ, Reply(503), True),
        (READ, Reply(429, (("Retry-After", "7"),)), 7.0),
        (READ, Reply(429, (("Retry-After", "61"),)), False),
        (READ, ConnectionFailed("x"), True),
        (READ, TimedOut("x"), True),
        (READ, AllowListSuspected("x"), False),
        (READ, TlsFailed("x"), False),
        (READ, ReplyTooLarge("x"), False),
        (WRITE, Reply(503), False),
        (WRITE, ConnectionFailed("x"), False),
    ],
)
def test_only_transient_trouble_of_what_may_be_repeated_is_worth_another_try(
    request_: Request, outcome: Outcome, again: bool | float
) -> None:
    verdict = RetryPolicy().again(request_, outcome)
    assert verdict == again
    assert type(verdict) is type(again)


def test_a_room_may_read_the_wait_from_somewhere_else() -> None:
    policy = RetryPolicy(asked_wait=lambda reply: float(reply.body))
    assert policy.again(READ, Reply(429, body=b"3")) == 3.0


def test_a_policy_without_patience_tries_once() -> None:
    assert RetryPolicy(attempts=1).again(READ, Reply(503)) is False
