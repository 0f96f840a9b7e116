"""Sessions: a token instead of the password in every call, and a new one when it has expired.

Tokens expire (observed); after how long, and what the service then answers, is unknown. One was seen to live for 33
minutes, so that a token is renewed before that by default. An answer that may mean an expired token leads to one new
login and one repetition: for reads any refusal but a clear one, for writes only one that speaks of the session,
because a write is not to be repeated on a guess.
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
class Pass:
    """What stands in the place of a session token, and since when; ``fresh`` within the call that fetched it."""

    token: Secret
    since: dt.datetime | None = None
    fresh: bool = False


class Session:
    """An account with the token that it holds for the moment.

    Sharing it between threads or tasks costs at most a login too many.
    """

    def __init__(self, account: Account, login: Login | None = None, lifetime: dt.timedelta = TOKEN_LIFETIME) -> None:
        self.account = account
        self._login = login or log_in
        self._lifetime = lifetime
        self._held: Pass | None = None
        self.parameters: dict[str, frozenset[str]] = {}  # of each list, the names with which it had rows

    def forget(self) -> None:
        """Hold no token any more."""
        self._held = None

    def present(self) -> Flow[Pass]:
        """The pass to show with a call: logs in where there is none, or where it is about to expire."""
        if self.account.stateless:
            return Pass(self.account.credentials)
        held, now = self._held, (yield from current_time())
        if held is not None and held.since is not None and now - held.since < self._lifetime:
            return held
        return (yield from self.renew(held))

    def renew(self, stale: Pass | None) -> Flow[Pass]:
        """A pass that is not ``stale``: logs in, unless somebody else has done so."""
        if self._held is not None and (stale is None or self._held.token != stale.token):
            return self._held
        token = yield from self._login(self.account)
        since = yield from current_time()
        self._held = Pass(token, since)
        return Pass(token, since, fresh=True)

    def outlived(self, held: Pass, error: MagisterConnectError, *, writes: bool) -> bool:
        """Whether ``error`` may mean that the token of ``held`` has expired."""
        if self.account.stateless or held.fresh:
            return False
        if isinstance(error, NotAuthenticated):
            return True
        return not writes and not _is_clear(error) and isinstance(error, Refused | NotXml)


def _is_clear(error: MagisterConnectError) -> bool:
    """Whether a refusal speaks of something else than the session: a status, the right to a list, what was asked."""
    asked = isinstance(error, ServiceError) and error.responsible is Responsible.YOU
    return isinstance(error, Refused) and (error.status != 200 or error.code == NO_RIGHT or asked)


def authorised(session: Session, call: FunctionCall, read: Callable[[Reply], T]) -> Flow[T]:
    """Call a function with the pass of the session, once more if it had expired."""
    return (yield from with_pass(session, partial(call.request, session.account), read, writes=call.writes))


def with_pass(
    session: Session, make: Callable[[Secret], Request], read: Callable[[Reply], T], *, writes: bool
) -> Flow[T]:
    """Send what ``make`` makes of a token, once more if that had expired."""
    held = yield from session.present()
    reply = yield from exchange(make(held.token))
    try:
        return read(reply)
    except (Refused, ReplyInvalid) as error:
        if not session.outlived(held, error, writes=writes):
            raise
    held = yield from session.renew(held)
    return read((yield from exchange(make(held.token))))


def question_of(call: FunctionCall, account: Account) -> Question:
    """What a refusal of this call may tell."""
    return Question(call.place, call.layout or f"{call.library}.{call.function}", account.username, call.layout)


def log_in(account: Account) -> Flow[Secret]:
    """``Algemeen.Login``. Raises :class:`NotAuthenticated` when the name or the password is not accepted."""
    call = FunctionCall("Algemeen", "Login", (("UserName", account.username), ("Password", account.password)))
    reply = yield from exchange(call.request(account, None))
    return token_of(read_answer(reply, question_of(call, account)).texts.get("SessionToken", ""), call.place)


def token_of(text: str, place: str) -> Secret:
    """The token in an answer. Raises :class:`ReplyInvalid` where there is none."""
    if not text:
        raise ReplyInvalid("The service accepts the login but returns no session token", where=place)
    return Secret(text)
