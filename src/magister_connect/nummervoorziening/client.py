"""The clients of Nummervoorziening, sync and async.

The service wants mutual TLS with a certificate of PKIoverheid whose serial number is the OIN of the caller: pass a
client of httpx that has it, ``httpx.Client(verify=context)``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

from magister_connect.core.drivers import (
    AsyncClient,
    AsyncDriver,
    AsyncHttp,
    RetryPolicy,
    SyncClient,
    SyncDriver,
    SyncHttp,
    Timeouts,
)
from magister_connect.identifiers import EckId, Hpgn, Oin, Stampseudoniem
from magister_connect.nummervoorziening.operations import Polling, SaveReply, Service
from magister_connect.nummervoorziening.records import Availability, Batch, BatchResult, Chain, Sector

ENVIRONMENTS: Final = {
    "production": "https://service.eckid.nl/eck/ws/201703",
    "acceptance": "https://service-a.eckid.nl/eck/ws/201703",
    "qualification": "https://service-q.eckid.nl/eck/ws/201703",
    "sandbox": "https://service-s.eckid.nl/eck/ws/201703",
}
"""The addresses of the service (documented; the WSDL of Kennisnet still names an older host)."""


class NummervoorzieningClient(SyncClient):
    """Nummervoorziening for one school, sync.

    ``address`` is one of :data:`ENVIRONMENTS` or another; ``oin`` is that of the school. ``http`` is a client of httpx
    or httpx2 with the certificate; you close it. Methods raise :class:`NummervoorzieningFault` if the service refuses,
    with ``name`` and ``retryable``.
    """

    def __init__(
        self,
        address: str,
        *,
        oin: Oin | str,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: SyncDriver | None = None,
    ) -> None:
        school = oin if isinstance(oin, Oin) else Oin.parse(oin)
        self._service = Service(address, school)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<NummervoorzieningClient {self._service.address}>"

    def ping(self) -> Availability:
        """Whether the service is available, its version and its clock."""
        return self._driver.run(self._service.ping())

    def retrieve_chains(self) -> tuple[Chain, ...]:
        """The chains; the one for learning materials is named ECK."""
        return self._driver.run(self._service.retrieve_chains())

    def retrieve_sectors(self) -> tuple[Sector, ...]:
        """The sectors. An ECK iD is the same at all schools of one sector, and another one in the next."""
        return self._driver.run(self._service.retrieve_sectors())

    def retrieve_stampseudonym(self, hpgn: Hpgn) -> Stampseudoniem:
        """The stampseudoniem of an hPGN. Keep it with the stamnummer, as the law wants."""
        return self._driver.run(self._service.retrieve_stampseudonym(hpgn))

    def retrieve_eck_id(self, stampseudonym: Stampseudoniem, *, sector_id: str, chain_id: str | None = None) -> EckId:
        """The ECK iD for a stampseudoniem in a sector and a chain (:data:`CHAIN_ECK` if you pass none)."""
        return self._driver.run(self._service.retrieve_eck_id(stampseudonym, chain_id, sector_id))

    def submit_stampseudonym_batch(self, hpgns: Sequence[Hpgn]) -> Batch:
        """Submit many hPGNs. Never repeated by itself: the service limits batches per day."""
        return self._driver.run(self._service.submit_stampseudonym_batch(hpgns))

    def submit_eck_id_batch(
        self,
        stampseudonyms: Sequence[Stampseudoniem],
        *,
        sector_id: str,
        chain_id: str | None = None,
    ) -> Batch:
        """Submit many stampseudoniemen. Never repeated by itself: the service limits batches per day."""
        return self._driver.run(self._service.submit_eck_id_batch(stampseudonyms, chain_id, sector_id))

    def retrieve_batch(
        self, batch: Batch | str, *, save_reply: SaveReply, polling: Polling | None = None
    ) -> BatchResult:
        """Wait for a batch and retrieve it.

        The service returns a batch once, so ``save_reply(identifier, body)`` gets the raw reply before it is read:
        pass :class:`BatchReplies` or a function of yours. ``polling`` is ``Polling()`` if you pass none: every 25 s,
        at most 10 times.
        """
        return self._driver.run(self._service.retrieve_batch(batch, save_reply, polling))

    def replace_stampseudonym(
        self, hpgn_old: Hpgn, hpgn_new: Hpgn, *, effective_date: dt.datetime | None = None
    ) -> Stampseudoniem:
        """Let the hPGN of a new number lead to the stampseudoniem of the old one.

        An ECK iD survives the change from onderwijsnummer to BSN this way; without it the pupil gets a second one.
        The old hPGN is blocked afterwards. ``effective_date`` is an aware moment; without it the replacement takes
        effect at once. If it is in the future, the result is the stampseudoniem that the new hPGN has today, and the
        new hPGN keeps that one until then (documented).
        """
        return self._driver.run(self._service.replace_stampseudonym(hpgn_old, hpgn_new, effective_date))


class AsyncNummervoorzieningClient(AsyncClient):
    """Nummervoorziening for one school, async.

    ``address`` is one of :data:`ENVIRONMENTS` or another; ``oin`` is that of the school. ``http`` is a client of httpx
    or httpx2 with the certificate; you close it. Methods raise :class:`NummervoorzieningFault` if the service refuses,
    with ``name`` and ``retryable``.
    """

    def __init__(
        self,
        address: str,
        *,
        oin: Oin | str,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: AsyncDriver | None = None,
    ) -> None:
        school = oin if isinstance(oin, Oin) else Oin.parse(oin)
        self._service = Service(address, school)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<AsyncNummervoorzieningClient {self._service.address}>"

    async def ping(self) -> Availability:
        """Whether the service is available, its version and its clock."""
        return await self._driver.run(self._service.ping())

    async def retrieve_chains(self) -> tuple[Chain, ...]:
        """The chains; the one for learning materials is named ECK."""
        return await self._driver.run(self._service.retrieve_chains())

    async def retrieve_sectors(self) -> tuple[Sector, ...]:
        """The sectors. An ECK iD is the same at all schools of one sector, and another one in the next."""
        return await self._driver.run(self._service.retrieve_sectors())

    async def retrieve_stampseudonym(self, hpgn: Hpgn) -> Stampseudoniem:
        """The stampseudoniem of an hPGN. Keep it with the stamnummer, as the law wants."""
        return await self._driver.run(self._service.retrieve_stampseudonym(hpgn))

    async def retrieve_eck_id(
        self, stampseudonym: Stampseudoniem, *, sector_id: str, chain_id: str | None = None
    ) -> EckId:
        """The ECK iD for a stampseudoniem in a sector and a chain (:data:`CHAIN_ECK` if you pass none)."""
        return await self._driver.run(self._service.retrieve_eck_id(stampseudonym, chain_id, sector_id))

    async def submit_stampseudonym_batch(self, hpgns: Sequence[Hpgn]) -> Batch:
        """Submit many hPGNs. Never repeated by itself: the service limits batches per day."""
        return await self._driver.run(self._service.submit_stampseudonym_batch(hpgns))

    async def submit_eck_id_batch(
        self,
        stampseudonyms: Sequence[Stampseudoniem],
        *,
        sector_id: str,
        chain_id: str | None = None,
    ) -> Batch:
        """Submit many stampseudoniemen. Never repeated by itself: the service limits batches per day."""
        return await self._driver.run(self._service.submit_eck_id_batch(stampseudonyms, chain_id, sector_id))

    async def retrieve_batch(
        self, batch: Batch | str, *, save_reply: SaveReply, polling: Polling | None = None
    ) -> BatchResult:
        """Wait for a batch and retrieve it.

        The service returns a batch once, so ``save_reply(identifier, body)`` gets the raw reply before it is read:
        pass :class:`BatchReplies` or a function of yours. ``polling`` is ``Polling()`` if you pass none: every 25 s,
        at most 10 times.
        """
        return await self._driver.run(self._service.retrieve_batch(batch, save_reply, polling))

    async def replace_stampseudonym(
        self, hpgn_old: Hpgn, hpgn_new: Hpgn, *, effective_date: dt.datetime | None = None
    ) -> Stampseudoniem:
        """Let the hPGN of a new number lead to the stampseudoniem of the old one.

        An ECK iD survives the change from onderwijsnummer to BSN this way; without it the pupil gets a second one.
        The old hPGN is blocked afterwards. ``effective_date`` is an aware moment; without it the replacement takes
        effect at once. If it is in the future, the result is the stampseudoniem that the new hPGN has today, and the
        new hPGN keeps that one until then (documented).
        """
        return await self._driver.run(self._service.replace_stampseudonym(hpgn_old, hpgn_new, effective_date))
