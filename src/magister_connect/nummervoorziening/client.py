"""The sync and the async client of Nummervoorziening.

The service requires mutual TLS with a PKIoverheid certificate. The serial number in the certificate is the OIN of the
caller. Pass a client of httpx with this certificate: ``httpx.Client(verify=context)``.
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
"""The addresses of the service (documented; Kennisnet's WSDL still names an older host)."""


class NummervoorzieningClient(SyncClient):
    """A sync client for Nummervoorziening, for one school.

    - ``address``: one of :data:`ENVIRONMENTS`, or another.
    - ``oin``: the OIN of the school.
    - ``http``: a client of httpx or httpx2 with the certificate. You close it yourself.

    Methods raise :class:`NummervoorzieningFault` if the service refuses. Its ``name`` and ``retryable`` show why, and
    whether a retry can help.
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
        """Return whether the service is available, its version and its clock."""
        return self._driver.run(self._service.ping())

    def retrieve_chains(self) -> tuple[Chain, ...]:
        """Return the chains. The one for learning materials has the name ECK."""
        return self._driver.run(self._service.retrieve_chains())

    def retrieve_sectors(self) -> tuple[Sector, ...]:
        """Return the sectors.

        A pupil has the same ECK iD at all schools of one sector, and another one in the next sector.
        """
        return self._driver.run(self._service.retrieve_sectors())

    def retrieve_stampseudonym(self, hpgn: Hpgn) -> Stampseudoniem:
        """Return the stampseudoniem of an hPGN. Store it with the stamnummer, as the law requires."""
        return self._driver.run(self._service.retrieve_stampseudonym(hpgn))

    def retrieve_eck_id(self, stampseudonym: Stampseudoniem, *, sector_id: str, chain_id: str | None = None) -> EckId:
        """Return the ECK iD for a stampseudoniem in a sector and a chain (default :data:`CHAIN_ECK`)."""
        return self._driver.run(self._service.retrieve_eck_id(stampseudonym, chain_id, sector_id))

    def submit_stampseudonym_batch(self, hpgns: Sequence[Hpgn]) -> Batch:
        """Submit many hPGNs. Never retried, because the service limits the number of batches per day."""
        return self._driver.run(self._service.submit_stampseudonym_batch(hpgns))

    def submit_eck_id_batch(
        self,
        stampseudonyms: Sequence[Stampseudoniem],
        *,
        sector_id: str,
        chain_id: str | None = None,
    ) -> Batch:
        """Submit many stampseudoniemen. Never retried, because the service limits the number of batches per day."""
        return self._driver.run(self._service.submit_eck_id_batch(stampseudonyms, chain_id, sector_id))

    def retrieve_batch(
        self, batch: Batch | str, *, save_reply: SaveReply, polling: Polling | None = None
    ) -> BatchResult:
        """Wait for a batch and retrieve it.

        The service returns a batch only once. So ``save_reply(identifier, body)`` receives the raw response before it
        is read: pass :class:`BatchReplies` or your own function. ``polling`` is ``Polling()`` by default: every 25 s,
        at most 10 times.
        """
        return self._driver.run(self._service.retrieve_batch(batch, save_reply, polling))

    def replace_stampseudonym(
        self, hpgn_old: Hpgn, hpgn_new: Hpgn, *, effective_date: dt.datetime | None = None
    ) -> Stampseudoniem:
        """Link the hPGN of a new number to the stampseudoniem of the old one.

        The ECK iD then stays the same when a pupil's onderwijsnummer is replaced by a BSN. Otherwise the pupil gets a
        second one. The old hPGN is blocked afterwards.

        ``effective_date`` is an aware date-time. Without it, the replacement takes effect at once. If it is in the
        future, the result is the current stampseudoniem of the new hPGN, which the new hPGN keeps until then
        (documented).
        """
        return self._driver.run(self._service.replace_stampseudonym(hpgn_old, hpgn_new, effective_date))


class AsyncNummervoorzieningClient(AsyncClient):
    """An async client for Nummervoorziening, for one school, on asyncio or trio.

    - ``address``: one of :data:`ENVIRONMENTS`, or another.
    - ``oin``: the OIN of the school.
    - ``http``: an async client of httpx or httpx2 with the certificate. You close it yourself.

    Methods raise :class:`NummervoorzieningFault` if the service refuses. Its ``name`` and ``retryable`` show why, and
    whether a retry can help.
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
        """Return whether the service is available, its version and its clock."""
        return await self._driver.run(self._service.ping())

    async def retrieve_chains(self) -> tuple[Chain, ...]:
        """Return the chains. The one for learning materials has the name ECK."""
        return await self._driver.run(self._service.retrieve_chains())

    async def retrieve_sectors(self) -> tuple[Sector, ...]:
        """Return the sectors.

        A pupil has the same ECK iD at all schools of one sector, and another one in the next sector.
        """
        return await self._driver.run(self._service.retrieve_sectors())

    async def retrieve_stampseudonym(self, hpgn: Hpgn) -> Stampseudoniem:
        """Return the stampseudoniem of an hPGN. Store it with the stamnummer, as the law requires."""
        return await self._driver.run(self._service.retrieve_stampseudonym(hpgn))

    async def retrieve_eck_id(
        self, stampseudonym: Stampseudoniem, *, sector_id: str, chain_id: str | None = None
    ) -> EckId:
        """Return the ECK iD for a stampseudoniem in a sector and a chain (default :data:`CHAIN_ECK`)."""
        return await self._driver.run(self._service.retrieve_eck_id(stampseudonym, chain_id, sector_id))

    async def submit_stampseudonym_batch(self, hpgns: Sequence[Hpgn]) -> Batch:
        """Submit many hPGNs. Never retried, because the service limits the number of batches per day."""
        return await self._driver.run(self._service.submit_stampseudonym_batch(hpgns))

    async def submit_eck_id_batch(
        self,
        stampseudonyms: Sequence[Stampseudoniem],
        *,
        sector_id: str,
        chain_id: str | None = None,
    ) -> Batch:
        """Submit many stampseudoniemen. Never retried, because the service limits the number of batches per day."""
        return await self._driver.run(self._service.submit_eck_id_batch(stampseudonyms, chain_id, sector_id))

    async def retrieve_batch(
        self, batch: Batch | str, *, save_reply: SaveReply, polling: Polling | None = None
    ) -> BatchResult:
        """Wait for a batch and retrieve it.

        The service returns a batch only once. So ``save_reply(identifier, body)`` receives the raw response before it
        is read: pass :class:`BatchReplies` or your own function. ``polling`` is ``Polling()`` by default: every 25 s,
        at most 10 times.
        """
        return await self._driver.run(self._service.retrieve_batch(batch, save_reply, polling))

    async def replace_stampseudonym(
        self, hpgn_old: Hpgn, hpgn_new: Hpgn, *, effective_date: dt.datetime | None = None
    ) -> Stampseudoniem:
        """Link the hPGN of a new number to the stampseudoniem of the old one.

        The ECK iD then stays the same when a pupil's onderwijsnummer is replaced by a BSN. Otherwise the pupil gets a
        second one. The old hPGN is blocked afterwards.

        ``effective_date`` is an aware date-time. Without it, the replacement takes effect at once. If it is in the
        future, the result is the current stampseudoniem of the new hPGN, which the new hPGN keeps until then
        (documented).
        """
        return await self._driver.run(self._service.replace_stampseudonym(hpgn_old, hpgn_new, effective_date))
