"""The interface of one school, for an accredited party: all subjects, blocking and awaiting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from magister_connect.drivers import (
    AwaitingDriver,
    AwaitingHttp,
    BlockingDriver,
    BlockingHttp,
    Pace,
    RetryPolicy,
    Timeouts,
)
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
from magister_connect.secrets import Secret

__all__ = ["AsyncPublicApiClient", "PublicApiClient"]


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
    ``lockers_url``, for an interface elsewhere than at ``magister.net`` or where they differ from what public clients
    know. ``clock`` tells when a token ends. A ``driver`` of yours brings all of this itself, its pace and patience
    too: beside it, none of it can be given.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        http: BlockingHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        pace: Pace | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        service_urls: Mapping[str, str] | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: BlockingDriver | None = None,
    ) -> None:
        connection = Connection(base_url=base_url, tokens=tokens, headers=headers or {}, **(service_urls or {}))
        super().__init__(connection, driver, http=http, timeouts=timeouts, retries=retries, pace=pace, clock=clock)


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
    ``lockers_url``, for an interface elsewhere than at ``magister.net`` or where they differ from what public clients
    know. ``clock`` tells when a token ends. A ``driver`` of yours brings all of this itself, its pace and patience
    too: beside it, none of it can be given.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        http: AwaitingHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        pace: Pace | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        service_urls: Mapping[str, str] | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: AwaitingDriver | None = None,
    ) -> None:
        connection = Connection(base_url=base_url, tokens=tokens, headers=headers or {}, **(service_urls or {}))
        super().__init__(connection, driver, http=http, timeouts=timeouts, retries=retries, pace=pace, clock=clock)
