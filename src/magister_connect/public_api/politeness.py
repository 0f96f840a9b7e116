"""Retries and pace for this API: how many requests, how fast, and how long to wait after too many."""

from __future__ import annotations

from typing import Final, TypedDict
from urllib.parse import urlsplit

from attrs import evolve

from magister_connect.core.drivers import Pace, RetryPolicy
from magister_connect.core.drivers.pacing import shared_pace
from magister_connect.core.drivers.retrying import asked_by_header
from magister_connect.core.flow import Reply
from magister_connect.public_api.exchange.connection import Connection, client_id_of
from magister_connect.public_api.exchange.refusals import asked_wait, is_web_page


def _asked(reply: Reply) -> float | None:
    return asked_wait(reply) or asked_by_header(reply)


def _is_unusable(reply: Reply) -> bool:
    """Whether a 200 has no body, or a web page instead of data: a temporary fault (observed)."""
    return reply.status == 200 and (not reply.body.strip() or is_web_page(reply))


PATIENT: Final = RetryPolicy(asked_wait=_asked, is_unusable=_is_unusable, attempts=6, total=120.0)
"""Six attempts: a limit of this API ends within 15 to 30 s (observed)."""


class Politeness(TypedDict):
    """The retries and the pace of a client."""

    retries: RetryPolicy
    pace: Pace


def be_polite(connection: Connection, retries: RetryPolicy | None, pace: Pace | None) -> Politeness:
    """Return retries and pace that also read the wait in the school's body, even for the user's own objects."""
    if pace is None:
        pace = shared_pace(urlsplit(connection.base_url).netloc, client_id_of(connection.tokens), _asked)
    elif pace.asked is asked_by_header:
        pace.asked = _asked
    retries = retries or PATIENT
    if retries.asked_wait is asked_by_header:
        retries = evolve(retries, asked_wait=_asked)
    return {"retries": retries, "pace": pace}
