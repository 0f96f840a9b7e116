"""Sources of fresh access tokens. However many callers need a token, it is renewed once.

A renewal uses up the refresh token. So it must happen once for all threads, tasks and processes that share a store. The
first caller that finds an expired token takes a lease in the store by compare-and-set, and renews. The others wait
until the lease is gone. If the holder crashes, the lease expires.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

from attrs import evolve, field, frozen

from magister_connect.core.flow import (
    Flow,
    Outcome,
    Reply,
    Request,
    current_time,
    exchange,
    exchange_all,
    run_blocking,
    sleep,
    uninterrupted,
)
from magister_connect.core.secrets import Secret
from magister_connect.errors import LoginRequired
from magister_connect.login.operations import LoginServer, SaveRotated
from magister_connect.login.token_stores.protocol import StoredTokens, TokenStore
from magister_connect.login.tokens import Tokens

LOGGER: Final = logging.getLogger("magister_connect.login")
LEASE: Final = dt.timedelta(seconds=60)  # longer than a request for tokens may take
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # between two checks of another caller's lease
SAVE_PAUSES: Final = (0.1, 0.4, 1.6)  # before each new attempt to save: a database may be locked for a moment


class TokenSource(Protocol):
    """Provides the access token of a client."""

    def access_token(self, rejected: Secret | None = None) -> Flow[Secret]:
        """Return a valid token.

        ``rejected`` is a token that the service has just refused, even if it has not expired.
        """
        ...


@frozen
class StaticToken:
    """A token from elsewhere, which is not renewed here.

    ``client_id`` is the application that the token was issued to. Clients with the same school and client id share one
    pace. All tokens without a client id count as one application.
    """

    token: Secret
    client_id: str = ""

    def access_token(self, rejected: Secret | None = None) -> Flow[Secret]:
        """Return the token. Raises :class:`LoginRequired` after it has been refused."""
        yield from ()
        if rejected is not None and rejected == self.token:
            raise LoginRequired(
                "The token is no longer accepted, and there is nothing to renew it with",
                advice="Pass a new token, or use a source that refreshes tokens: login.keep(...).",
            )
        return self.token


@frozen
class _Unsaved:
    """A value that could not be saved, and the value stored before it."""

    newer: StoredTokens
    before: StoredTokens


class _LeaseWait:
    """How long to wait for the lease of another caller: longer each time, and no longer in total than a lease lasts.

    It adds up its own pauses, because the clock of the other process may be ahead of this one.
    """

    def __init__(self) -> None:
        self._lease: str | None = None
        self._waited, self._next = 0.0, FIRST_PAUSE

    def pause(self, seen: StoredTokens | None) -> float | None:
        """Return the seconds until the next check, or ``None`` if the lease has lasted too long."""
        lease = None if seen is None else seen.lease
        if lease != self._lease:
            self._lease, self._waited, self._next = lease, 0.0, FIRST_PAUSE
        if self._waited >= LEASE.total_seconds():
            return None
        pause, self._next = self._next, min(2 * self._next, LONGEST_PAUSE)
        self._waited += pause
        return pause


@frozen
class KeptTokens:
    """The tokens of one person under one key of a store, renewed with their refresh token.

    ``margin`` is how many seconds before its expiry a token is renewed.
    """

    server: LoginServer = field(repr=False)
    store: TokenStore = field(repr=False)
    key: str = field(repr=False)
    margin: float = 60.0
    _unsaved: list[_Unsaved] = field(factory=list, init=False, repr=False, eq=False)

    def access_token(self, rejected: Secret | None = None) -> Flow[Secret]:
        """Return a token that is valid for at least the margin. It is renewed first if needed.

        Raises :class:`LoginRequired` if the grant has ended.
        """
        patience = _LeaseWait()
        while True:
            seen = yield from run_blocking(self._read)
            moment = yield from current_time()
            if (usable := self._usable(seen, moment, rejected)) is not None:
                return usable.access_token
            if _is_leased(seen, moment) and (pause := patience.pause(seen)) is not None:
                yield from sleep(pause)
            elif (newer := (yield from self._renew(seen, moment))) is not None:
                return newer.access_token

    def _usable(self, seen: StoredTokens | None, moment: dt.datetime, rejected: Secret | None) -> Tokens | None:
        tokens = None if seen is None else seen.tokens
        if tokens is None or tokens.access_token == rejected or not tokens.is_fresh(moment, self.margin):
            return None
        return tokens

    def _renew(self, seen: StoredTokens | None, moment: dt.datetime) -> Flow[Tokens | None]:
        """Take the lease and renew. Return ``None`` if another caller was first.

        The server accepts a refresh token once. So the request and saving its response are not interrupted: a
        cancellation between the two would lose the grant.
        """
        self._require_grant(seen)
        mine = evolve(seen or StoredTokens(), lease=self.server.settings.random_text(), leased_until=moment + LEASE)
        held = [mine]
        try:
            if not (yield from run_blocking(lambda: self.store.replace(self.key, seen, mine))):
                return None
            return (yield from uninterrupted(self._ask_and_save(mine, held)))
        except BaseException:  # also a cancellation: the flow may still yield the step that releases the lease
            yield from run_blocking(lambda: self._give_back(held[0]))
            raise

    def _ask_and_save(self, mine: StoredTokens, held: list[StoredTokens]) -> Flow[Tokens]:
        def save_rotated(rotated: Tokens) -> Flow[None]:
            """Save the new refresh token first: the old one is used up, and the rest may be invalid."""
            held[0] = evolve(mine, tokens=rotated)
            yield from self._save(held[0], mine)

        try:
            newer = yield from self._ask(mine.tokens, save_rotated)
        except LoginRequired:
            yield from run_blocking(lambda: self.store.replace(self.key, held[0], StoredTokens()))
            raise
        yield from self._save(StoredTokens(tokens=newer), held[0])
        return newer

    def _give_back(self, held: StoredTokens) -> None:
        """Release the lease if it is still ours. The error in progress matters more than one of the store."""
        with suppress(Exception):
            self.store.replace(self.key, held, evolve(held, lease=None, leased_until=None))

    def put(self, newer: Tokens) -> None:
        """Store ``newer``, whatever is there: the server accepts only the tokens that it issued last."""
        self._put(StoredTokens(tokens=newer))

    def _put(self, newer: StoredTokens) -> None:
        while not self.store.replace(self.key, self.store.read(self.key), newer):
            pass

    def _save(self, newer: StoredTokens, before: StoredTokens) -> Flow[None]:
        """Save, with retries. A value that cannot be saved stays in memory, and is saved with the next request."""
        for pause in (*SAVE_PAUSES, None):
            try:
                yield from run_blocking(lambda: self._put(newer))
            except Exception as error:  # noqa: BLE001 - stores may raise anything: a full disk, a locked database
                if pause is None:
                    LOGGER.warning("New tokens could not be saved (%s): they are in memory only", type(error).__name__)
                    stored = self._unsaved[0].before if self._unsaved else before
                    self._unsaved[:] = [_Unsaved(newer, stored)]
                    return
            else:
                self._unsaved.clear()
                return
            yield from sleep(pause)

    def _read(self) -> StoredTokens | None:
        """Return the stored value.

        First save a value that could not be saved before, unless there was a newer login.
        """
        seen = self.store.read(self.key)
        if not self._unsaved:
            return seen
        unsaved = self._unsaved[0]
        if seen is not None and seen.tokens is not None and seen.tokens != unsaved.before.tokens:
            self._unsaved.clear()
            return seen
        released = evolve(unsaved.newer, lease=None, leased_until=None)
        try:
            self._put(released)
        except Exception:  # noqa: BLE001 - as in _save: it is tried again with the next request
            return released
        self._unsaved.clear()
        return released

    def _require_grant(self, seen: StoredTokens | None) -> None:
        _require_tokens(None if seen is None else seen.tokens)

    def _ask(self, tokens: Tokens | None, save_rotated: SaveRotated) -> Flow[Tokens]:
        return (yield from self.server.refresh(_require_tokens(tokens), save_rotated))


@frozen
class ApplicationTokens(KeptTokens):
    """Tokens of the application itself (client credentials). A new one is requested when the old one expires."""

    def _require_grant(self, seen: StoredTokens | None) -> None:
        """Require nothing: the application itself is the grant."""

    def _ask(self, tokens: Tokens | None, save_rotated: SaveRotated) -> Flow[Tokens]:
        del tokens, save_rotated
        return (yield from self.server.request_application_token())


def _require_tokens(tokens: Tokens | None) -> Tokens:
    if tokens is None:
        raise LoginRequired("There are no valid tokens for this key")
    return tokens


def _is_leased(seen: StoredTokens | None, moment: dt.datetime) -> bool:
    return seen is not None and seen.leased_until is not None and moment < seen.leased_until


AUDIENCE: Final = re.compile(r"audience", re.IGNORECASE)


def ask_with_token(tokens: TokenSource, request: Request) -> Flow[Reply]:
    """Send ``request`` with a token. After a 401, renew the token and send it once more."""
    token = yield from tokens.access_token()
    reply = yield from exchange(_authorized(request, token))
    if _has_ended(reply):
        token = yield from tokens.access_token(rejected=token)
        reply = yield from exchange(_authorized(request, token))
    return reply


def ask_all_with_token(tokens: TokenSource, requests: Sequence[Request]) -> Flow[tuple[Outcome, ...]]:
    """Send many requests, as many at a time as the client allows. Repeat those with an expired token once."""
    token = yield from tokens.access_token()
    outcomes = list((yield from exchange_all([_authorized(each, token) for each in requests])))
    again = [place for place, outcome in enumerate(outcomes) if _has_ended(outcome)]
    if again:
        token = yield from tokens.access_token(rejected=token)
        newer = yield from exchange_all([_authorized(requests[place], token) for place in again])
        for place, outcome in zip(again, newer, strict=True):
            outcomes[place] = outcome
    return tuple(outcomes)


def is_for_another_audience(reply: Reply) -> bool:
    """Whether a 401 means that the token was issued for another service, so that a new one would not help."""
    return reply.status == 401 and AUDIENCE.search(reply.header("www-authenticate") or "") is not None


def _has_ended(outcome: Outcome) -> bool:
    return isinstance(outcome, Reply) and outcome.status == 401 and not is_for_another_audience(outcome)


def _authorized(request: Request, token: Secret) -> Request:
    return evolve(request, headers=(("authorization", Secret(f"Bearer {token.reveal()}")), *request.headers))
