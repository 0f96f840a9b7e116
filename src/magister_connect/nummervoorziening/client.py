"""The clients of Nummervoorziening, blocking and awaiting.

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
from magister_connect.nummervoorziening.messages import Dialect, Envelope
from magister_connect.nummervoorziening.operations import Keep, Polling, Service
from magister_connect.nummervoorziening.records import CHAIN_ECK, Availability, Batch, BatchResult, ChainOrSector

ENVIRONMENTS: Final = {
    "production": "https://service.eckid.nl/eck/ws/201703",
    "acceptance": "https://service-a.eckid.nl/eck/ws/201703",
    "qualification": "https://service-q.eckid.nl/eck/ws/201703",
    "sandbox": "https://service-s.eckid.nl/eck/ws/201703",
}
"""The addresses of the service (documented; the WSDL of Kennisnet still names an older host)."""
POLLING: Final = Polling()


def _identifier(batch: Batch | str) -> str:
    return batch if isinstance(batch, str) else batch.identifier


class NummervoorzieningClient(SyncClient):
    """Nummervoorziening for one school, blocking.

    ``address`` is one of :data:`ENVIRONMENTS` or another; ``oin`` that of the school. ``http`` is a client of httpx or
    httpx2 with the certificate, which stays the caller's. ``dialect`` holds what no public document settles. Raises
    :class:`NummervoorzieningFault` for what the service refuses, with ``retryable``.
    """

    def __init__(
        self,
        address: str,
        *,
        oin: Oin | str,
        http: SyncHttp | None = None,
        dialect: Dialect | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: SyncDriver | None = None,
    ) -> None:
        school = oin if isinstance(oin, Oin) else Oin.parse(oin)
        self._service = Service(Envelope(address, school, dialect or Dialect()))
        super().__init__(driver, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<NummervoorzieningClient {self._service.envelope.address}>"

    def ping(self) -> Availability:
        """Whether the service is there, its version and its clock."""
        return self._driver.run(self._service.ping())

    def retrieve_chains(self) -> tuple[ChainOrSector, ...]:
        """The chains; the one for learning materials is named ECK."""
        return self._driver.run(self._service.retrieve_chains())

    def retrieve_sectors(self) -> tuple[ChainOrSector, ...]:
        """The sectors. An ECK iD is the same at all schools of one sector, and another one in the next."""
        return self._driver.run(self._service.retrieve_sectors())

    def retrieve_stampseudonym(self, hpgn: Hpgn) -> Stampseudoniem:
        """The stampseudoniem of an hPGN. Keep it with the stamnummer, as the law wants."""
        return self._driver.run(self._service.retrieve_stampseudonym(hpgn))

    def retrieve_eck_id(self, stampseudoniem: Stampseudoniem, *, chain: str = CHAIN_ECK, sector: str) -> EckId:
        """The ECK iD for a stampseudoniem in a chain and a sector."""
        return self._driver.run(self._service.retrieve_eck_id(stampseudoniem, chain=chain, sector=sector))

    def submit_stampseudonym_batch(self, hpgns: Sequence[Hpgn]) -> Batch:
        """Hand in many hPGNs. The index of each entry is its place. Never repeated by itself: a day has a limit."""
        return self._driver.run(self._service.submit_stampseudonym_batch(hpgns))

    def submit_eck_id_batch(
        self,
        stampseudoniemen: Sequence[Stampseudoniem],
        *,
        chain: str = CHAIN_ECK,
        sector: str,
    ) -> Batch:
        """Hand in many stampseudoniemen. Never repeated by itself: a day has a limit."""
        return self._driver.run(self._service.submit_eck_id_batch(stampseudoniemen, chain=chain, sector=sector))

    def retrieve_batch(self, batch: Batch | str, *, keep: Keep, polling: Polling = POLLING) -> BatchResult:
        """Wait for a batch and fetch it. It is handed out once: ``keep`` gets the raw reply before it is read."""
        return self._driver.run(self._service.retrieve_batch(_identifier(batch), keep=keep, polling=polling))

    def replace_stampseudonym(self, old: Hpgn, new: Hpgn, *, effective: dt.date | None = None) -> Stampseudoniem:
        """Let the hPGN of a new number lead to the stampseudoniem of the old one.

        This is how an ECK iD survives the change from onderwijsnummer to BSN; forgotten, the pupil gets a second one.
        The old hPGN is blocked afterwards. A day in the future is not active yet (documented).
        """
        return self._driver.run(self._service.replace_stampseudonym(old, new, effective))


class AsyncNummervoorzieningClient(AsyncClient):
    """Nummervoorziening for one school, awaiting.

    ``address`` is one of :data:`ENVIRONMENTS` or another; ``oin`` that of the school. ``http`` is a client of httpx or
    httpx2 with the certificate, which stays the caller's. ``dialect`` holds what no public document settles. Raises
    :class:`NummervoorzieningFault` for what the service refuses, with ``retryable``.
    """

    def __init__(
        self,
        address: str,
        *,
        oin: Oin | str,
        http: AsyncHttp | None = None,
        dialect: Dialect | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: AsyncDriver | None = None,
    ) -> None:
        school = oin if isinstance(oin, Oin) else Oin.parse(oin)
        self._service = Service(Envelope(address, school, dialect or Dialect()))
        super().__init__(driver, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<AsyncNummervoorzieningClient {self._service.envelope.address}>"

    async def ping(self) -> Availability:
        """Whether the service is there, its version and its clock."""
        return await self._driver.run(self._service.ping())

    async def retrieve_chains(self) -> tuple[ChainOrSector, ...]:
        """The chains; the one for learning materials is named ECK."""
        return await self._driver.run(self._service.retrieve_chains())

    async def retrieve_sectors(self) -> tuple[ChainOrSector, ...]:
        """The sectors. An ECK iD is the same at all schools of one sector, and another one in the next."""
        return await self._driver.run(self._service.retrieve_sectors())

    async def retrieve_stampseudonym(self, hpgn: Hpgn) -> Stampseudoniem:
        """The stampseudoniem of an hPGN. Keep it with the stamnummer, as the law wants."""
        return await self._driver.run(self._service.retrieve_stampseudonym(hpgn))

    async def retrieve_eck_id(self, stampseudoniem: Stampseudoniem, *, chain: str = CHAIN_ECK, sector: str) -> EckId:
        """The ECK iD for a stampseudoniem in a chain and a sector."""
        return await self._driver.run(self._service.retrieve_eck_id(stampseudoniem, chain=chain, sector=sector))

    async def submit_stampseudonym_batch(self, hpgns: Sequence[Hpgn]) -> Batch:
        """Hand in many hPGNs. The index of each entry is its place. Never repeated by itself: a day has a limit."""
        return await self._driver.run(self._service.submit_stampseudonym_batch(hpgns))

    async def submit_eck_id_batch(
        self,
        stampseudoniemen: Sequence[Stampseudoniem],
        *,
        chain: str = CHAIN_ECK,
        sector: str,
    ) -> Batch:
        """Hand in many stampseudoniemen. Never repeated by itself: a day has a limit."""
        return await self._driver.run(self._service.submit_eck_id_batch(stampseudoniemen, chain=chain, sector=sector))

    async def retrieve_batch(self, batch: Batch | str, *, keep: Keep, polling: Polling = POLLING) -> BatchResult:
        """Wait for a batch and fetch it. It is handed out once: ``keep`` gets the raw reply before it is read."""
        return await self._driver.run(self._service.retrieve_batch(_identifier(batch), keep=keep, polling=polling))

    async def replace_stampseudonym(self, old: Hpgn, new: Hpgn, *, effective: dt.date | None = None) -> Stampseudoniem:
        """Let the hPGN of a new number lead to the stampseudoniem of the old one.

        This is how an ECK iD survives the change from onderwijsnummer to BSN; forgotten, the pupil gets a second one.
        The old hPGN is blocked afterwards. A day in the future is not active yet (documented).
        """
        return await self._driver.run(self._service.replace_stampseudonym(old, new, effective))
