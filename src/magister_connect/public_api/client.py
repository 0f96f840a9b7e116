"""The interface of one school, for an accredited party: all subjects, blocking and awaiting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from magister_connect.drivers import (
    AwaitingDriver,
    AwaitingHttp,
    BlockingDriver,
    BlockingHttp,
    Pace,
    RetryPolicy,
    Timeouts,
    utc_now,
)
from magister_connect.drivers.retrying import asked_by_header
from magister_connect.errors import UsageError
from magister_connect.exchange import Reply
from magister_connect.login import TokenSource
from magister_connect.public_api.aanmeldingen.client import AanmeldingenClient, AsyncAanmeldingenClient
from magister_connect.public_api.absentie.client import AbsentieClient, AsyncAbsentieClient
from magister_connect.public_api.account.client import AccountClient, AsyncAccountClient
from magister_connect.public_api.agenda.client import AgendaClient, AsyncAgendaClient
from magister_connect.public_api.berichten.client import AsyncBerichtenClient, BerichtenClient
from magister_connect.public_api.cijfers.client import AsyncCijfersClient, CijfersClient
from magister_connect.public_api.connection import Connection
from magister_connect.public_api.elo.client import AsyncEloClient, EloClient
from magister_connect.public_api.personeel.client import AsyncPersoneelClient, PersoneelClient
from magister_connect.public_api.personen.client import AsyncPersonenClient, PersonenClient
from magister_connect.public_api.refusals import asked_wait
from magister_connect.secrets import Secret

__all__ = ["AsyncPublicApiClient", "PublicApiClient"]


def _asked(reply: Reply) -> float | None:
    return asked_wait(reply) or asked_by_header(reply)


PATIENT: Final = RetryPolicy(asked_wait=_asked, attempts=6, total=120.0)
"""A limit of this interface is over within 15 to 30 s (observed), so a few of them fit."""


def _require_nothing_else(
    http: object, timeouts: object, pace: object, retries: RetryPolicy, clock: Callable[[], dt.datetime]
) -> None:
    """A driver that is given has its own of all of these; silence would leave a school without the pace asked for."""
    if (http, timeouts, pace) != (None, None, None) or retries is not PATIENT or clock is not utc_now:
        raise UsageError(
            "A driver brings its own http client, time-outs, retries, pace and clock",
            advice="Give them to the driver, or leave the driver out.",
        )


class PublicApiClient(
    AccountClient,
    PersonenClient,
    AanmeldingenClient,
    CijfersClient,
    AgendaClient,
    AbsentieClient,
    EloClient,
    BerichtenClient,
    PersoneelClient,
):
    """The interface of one school.

    ``base_url`` has no default: your partner contract or ``login.api_address(tokens)`` tells it. ``tokens`` is a
    source from ``login.keep(...)`` or ``login.kept(...)``. At most four requests are on their way at a time, 150 ms
    apart, and farther apart for a while after the school has said that this is too many (observed limits). ``http`` is
    a client of httpx or httpx2 that stays yours; ``service_urls`` are ``calendar_url``, ``attendance_url`` and
    ``lockers_url`` where they differ from those that public clients know. ``clock`` tells when a token ends. A
    ``driver`` of your own brings all of this itself, its pace and patience too: beside it, none of it can be given.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        http: BlockingHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy = PATIENT,
        pace: Pace | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        service_urls: Mapping[str, str] | None = None,
        clock: Callable[[], dt.datetime] = utc_now,
        driver: BlockingDriver | None = None,
    ) -> None:
        if driver is not None:
            _require_nothing_else(http, timeouts, pace, retries, clock)
        connection = Connection(base_url=base_url, tokens=tokens, headers=headers or {}, **(service_urls or {}))
        super().__init__(
            connection,
            driver
            or BlockingDriver(http, timeouts=timeouts, retries=retries, pace=pace or Pace(asked=_asked), clock=clock),
        )


class AsyncPublicApiClient(
    AsyncAccountClient,
    AsyncPersonenClient,
    AsyncAanmeldingenClient,
    AsyncCijfersClient,
    AsyncAgendaClient,
    AsyncAbsentieClient,
    AsyncEloClient,
    AsyncBerichtenClient,
    AsyncPersoneelClient,
):
    """The interface of one school.

    ``base_url`` has no default: your partner contract or ``login.api_address(tokens)`` tells it. ``tokens`` is a
    source from ``login.keep(...)`` or ``login.kept(...)``. At most four requests are on their way at a time, 150 ms
    apart, and farther apart for a while after the school has said that this is too many (observed limits). ``http`` is
    a client of httpx or httpx2 that stays yours; ``service_urls`` are ``calendar_url``, ``attendance_url`` and
    ``lockers_url`` where they differ from those that public clients know. ``clock`` tells when a token ends. A
    ``driver`` of your own brings all of this itself, its pace and patience too: beside it, none of it can be given.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        http: AwaitingHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy = PATIENT,
        pace: Pace | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        service_urls: Mapping[str, str] | None = None,
        clock: Callable[[], dt.datetime] = utc_now,
        driver: AwaitingDriver | None = None,
    ) -> None:
        if driver is not None:
            _require_nothing_else(http, timeouts, pace, retries, clock)
        connection = Connection(base_url=base_url, tokens=tokens, headers=headers or {}, **(service_urls or {}))
        super().__init__(
            connection,
            driver
            or AwaitingDriver(http, timeouts=timeouts, retries=retries, pace=pace or Pace(asked=_asked), clock=clock),
        )
