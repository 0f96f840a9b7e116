"""Requests that carry a token: with one that holds, and once more with a new one where it has ended meanwhile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from attrs import evolve

from magister_connect.exchange import Flow, Outcome, Reply, Request, exchange, exchange_all
from magister_connect.login.keeping import TokenSource
from magister_connect.secrets import Secret

__all__ = ["ask_all_with_token", "ask_with_token", "is_for_another_audience"]

AUDIENCE: Final = re.compile(r"audience", re.IGNORECASE)


def ask_with_token(tokens: TokenSource, request: Request) -> Flow[Reply]:
    """Send ``request`` with a token; a 401 renews the token and sends it once more."""
    token = yield from tokens.access_token()
    reply = yield from exchange(_authorized(request, token))
    if _has_ended(reply):
        token = yield from tokens.access_token(rejected=token)
        reply = yield from exchange(_authorized(request, token))
    return reply


def ask_all_with_token(tokens: TokenSource, requests: Sequence[Request]) -> Flow[tuple[Outcome, ...]]:
    """Send many, as many at a time as the client allows; those under which a token ended are sent once more."""
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
    """Whether a 401 says that the token was made for another service: a new one would fare no better."""
    return reply.status == 401 and AUDIENCE.search(reply.header("www-authenticate") or "") is not None


def _has_ended(outcome: Outcome) -> bool:
    return isinstance(outcome, Reply) and outcome.status == 401 and not is_for_another_audience(outcome)


def _authorized(request: Request, token: Secret) -> Request:
    return evolve(request, headers=(("authorization", Secret(f"Bearer {token.reveal()}")), *request.headers))
