"""Sessions: calls use a token instead of the password, and the client gets a new token when it has expired.

Tokens expire (observed). It is unknown after how long, and how the service then responds. One token lived for 33
minutes, so by default a token is renewed before that age.

A response that may mean an expired token leads to one new login and one retry. For reads, that is any refusal without
another clear cause. For writes, it is only a refusal that mentions the session, because a write must not be retried on
a guess.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import TypeAlias, TypeVar

from attrs import frozen

from magister_connect.core.flow import Flow, Reply, Request, current_time, exchange
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    MagisterConnectError,
    NotAuthenticated,
    NotXml,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
)
from magister_connect.medius.account import Account
from magister_connect.medius.answers import NO_RIGHT, Question, read_answer
from magister_connect.medius.calls import FunctionCall
from magister_connect.medius.settings import TOKEN_LIFETIME

T = TypeVar("T")
Login: TypeAlias = Callable[[Account], Flow[Secret]]


@frozen
class HeldToken:
    """A session token and its time. ``fresh`` is true within the call that fetched it."""

    token: Secret
    since: dt.datetime | None = None
    fresh: bool = False


class Session:
    """An account with its current token.

    Threads or tasks may share it; the worst result is one login too many.
    """

    def __init__(self, account: Account, login: Login | None = None, lifetime: dt.timedelta = TOKEN_LIFETIME) -> None:
        self.account = account
        self._login = login or log_in
        self._lifetime = lifetime
        self._held: HeldToken | None = None
        self.parameters: dict[str, frozenset[str]] = {}  # per list, the parameter names for which it returned rows

    def forget(self) -> None:
        """Drop the token."""
        self._held = None

    def ensure_token(self) -> Flow[HeldToken]:
        """Return the token for a call. Logs in if there is no token, or if it is about to expire."""
        if self.account.stateless:
            return HeldToken(self.account.credentials)
        held, now = self._held, (yield from current_time())
        if held is not None and held.since is not None and now - held.since < self._lifetime:
            return held
        return (yield from self.renew(held))

    def renew(self, stale: HeldToken | None) -> Flow[HeldToken]:
        """Return a token other than ``stale``. Logs in, unless another task has already done so."""
        if self._held is not None and (stale is None or self._held.token != stale.token):
            return self._held
        token = yield from self._login(self.account)
        since = yield from current_time()
        self._held = HeldToken(token, since)
        return HeldToken(token, since, fresh=True)

    def may_have_expired(self, held: HeldToken, error: MagisterConnectError, *, writes: bool) -> bool:
        """Whether ``error`` may mean that the token of ``held`` has expired."""
        if self.account.stateless or held.fresh:
            return False
        if isinstance(error, NotAuthenticated):
            return True
        return not writes and not _has_other_cause(error) and isinstance(error, Refused | NotXml)


def _has_other_cause(error: MagisterConnectError) -> bool:
    """Whether a refusal has another clear cause: a status, missing rights to the list, or a wrong request."""
    asked = isinstance(error, ServiceError) and error.responsible is Responsible.YOU
    return isinstance(error, Refused) and (error.status != 200 or error.code == NO_RIGHT or asked)


def authorised(session: Session, call: FunctionCall, read: Callable[[Reply], T]) -> Flow[T]:
    """Call a function with the session token. Retry once if the token had expired."""
    return (yield from with_session(session, partial(call.request, session.account), read, writes=call.writes))


def with_session(
    session: Session, make: Callable[[Secret], Request], read: Callable[[Reply], T], *, writes: bool
) -> Flow[T]:
    """Send the request that ``make`` builds from a token. Retry once if the token had expired."""
    held = yield from session.ensure_token()
    reply = yield from exchange(make(held.token))
    try:
        return read(reply)
    except (Refused, ReplyInvalid) as error:
        if not session.may_have_expired(held, error, writes=writes):
            raise
    held = yield from session.renew(held)
    return read((yield from exchange(make(held.token))))


def question_of(call: FunctionCall, account: Account) -> Question:
    """Return what an error about this call may show."""
    return Question(call.place, call.layout or f"{call.library}.{call.function}", account.username, call.layout)


def log_in(account: Account) -> Flow[Secret]:
    """Call ``Algemeen.Login``. Raises :class:`NotAuthenticated` if the name or password is not accepted."""
    call = FunctionCall("Algemeen", "Login", (("UserName", account.username), ("Password", account.password)))
    reply = yield from exchange(call.request(account, None))
    return token_of(read_answer(reply, question_of(call, account)).texts.get("SessionToken", ""), call.place)


def token_of(text: str, place: str) -> Secret:
    """Return the token in a response. Raises :class:`ReplyInvalid` if there is none."""
    if not text:
        raise ReplyInvalid("The service accepts the login but returns no session token", where=place)
    return Secret(text)
