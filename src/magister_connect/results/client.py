"""The two clients of the results service, over the same flows."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Unpack, overload

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
from magister_connect.core.secrets import Secret
from magister_connect.core.xml import Element
from magister_connect.identifiers import Schooljaar
from magister_connect.results.contract import Contract, ContractDiff
from magister_connect.results.operations import Account, Moment, Opened, batches, call_operation
from magister_connect.results.paging import Batch
from magister_connect.results.pulling import Plan, PullOptions, pull
from magister_connect.results.records import Checkpoint, Connection, Stamnummers
from magister_connect.results.report import PullReport
from magister_connect.results.store_protocol import ResultStore


class ResultsClient(SyncClient):
    """One connection to the results service, blocking.

    ``wsdl`` is the address of the WSDL, a file, or its bytes; a file or bytes need ``address``, the address of the
    service itself, because the one inside a WSDL is never used. ``product`` is ``JIJ`` or ``TOA``. Without
    ``contract`` the shipped profile that fits the WSDL is used; one that fits none raises :class:`ContractChanged`
    with the difference at the first request. ``http`` is your own client of httpx or httpx2. ``clock`` tells the
    time, aware. Raises :class:`UsageError` for an instellingscode that looks like a BRIN, unless ``allow_brin``.
    """

    def __init__(
        self,
        wsdl: str | os.PathLike[str] | bytes,
        *,
        product: str,
        instellingscode: str,
        soap_key: str | Secret,
        address: str | None = None,
        contract: Contract | None = None,
        allow_brin: bool = False,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: SyncDriver | None = None,
    ) -> None:
        account = Account.of(
            wsdl,
            product=product,
            instellingscode=instellingscode,
            soap_key=soap_key,
            address=address,
            contract=contract,
            allow_brin=allow_brin,
        )
        self._opened = Opened(account)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<ResultsClient {self.connection} at {self._opened.account.address}>"

    @property
    def connection(self) -> Connection:
        """The product and the institution."""
        return self._opened.account.connection

    def call(self, operation: str, /, **arguments: object) -> Element:
        """Call any operation of the WSDL, with the institution and the key filled in; sent once.

        Returns the body of the answer as it came, an element of lxml, for what this client has no method for. Raises
        what the faults of the service mean, and :class:`ContractChanged` for an operation that the WSDL does not have.
        """
        return self._driver.run(call_operation(self._opened, operation, arguments))

    def check(self) -> ContractDiff:
        """Hold the service's WSDL against the contract; nothing but the WSDL is asked for."""
        return self._driver.run(self._opened.account.check())

    def batches(
        self,
        *,
        since: Moment | Checkpoint | None = None,
        until: Moment | None = None,
        school_year: str | Schooljaar | None = None,
        overlap: dt.timedelta = dt.timedelta(),
    ) -> Iterator[Batch]:
        """The results of one period, in batches, each result once.

        The period begins at ``since`` (a date, a naive local or an aware moment, a text, or the checkpoint of an
        earlier batch, from which ``overlap`` is taken off) and ends at ``until``, or where the school year of
        ``since`` ends. ``school_year`` alone reads that year. A period over the first of August raises
        :class:`UsageError`: the service takes one school year at a time (documented). So does the checkpoint of another
        connection. Each batch has the checkpoint to keep beside its results; the last one may be empty.

        Raises :class:`NotAuthenticated`, :class:`CursorStuck`, :class:`ContractChanged` and other errors of ours.
        """
        return self._driver.iterate(
            batches(self._opened, since=since, until=until, school_year=school_year, overlap=overlap)
        )

    def pull(
        self,
        store: ResultStore,
        *,
        stamnummers: Stamnummers,
        **options: Unpack[PullOptions],
    ) -> PullReport:
        """Pull everything that is new into ``store``, and say what came of it.

        Results of candidates outside ``stamnummers`` (a list, or a function of one) wait in quarantine, and are
        delivered by themselves once the candidate is known. When their school year is over they are left out, and
        the report counts them; ``reopen`` brings them back. Rows and checkpoint go into one transaction: a run that
        ends anywhere is resumed by the next one, and running it twice changes nothing.

        ``from_school_year`` is the oldest year to read; without it years are read back until two in a row are empty.
        ``reopen`` is a school year, or several, or ``"all"`` of those that were read before, to read whole again
        although it may be over, whatever ``from_school_year``: what is stored already is recognised, and a run that
        ends in the middle is taken up by the next one without it. Where the service delivers each result once, it
        gives of these years only what the supplier has set to be delivered anew; nothing at all is an alarm.

        Each run begins ``overlap`` before the last moment, for what shows late; after ``reread`` an open year is read
        whole again, which finds what the moments do not tell and marks results that are no longer listed. More of
        those than ``alarm_count`` or ``alarm_share`` of the year are reported and not marked, unless
        ``accept_withdrawals``. ``progress`` is called after every batch.

        Raises :class:`UsageError` for options that cannot be meant and :class:`MappingError` for a text that is no
        school year, both before a result is asked for, also for ``reopen`` with a year that was deleted from the
        store; :class:`LeaseHeld` while another run works on this connection, :class:`StoreFailed`, and what
        :meth:`batches` raises.
        """
        return self._driver.run(pull(self._opened, store, stamnummers=stamnummers, plan=Plan(**options)))


class AsyncResultsClient(AsyncClient):
    """One connection to the results service, awaiting.

    ``wsdl`` is the address of the WSDL, a file, or its bytes; a file or bytes need ``address``, the address of the
    service itself, because the one inside a WSDL is never used. ``product`` is ``JIJ`` or ``TOA``. Without
    ``contract`` the shipped profile that fits the WSDL is used; one that fits none raises :class:`ContractChanged`
    with the difference at the first request. ``http`` is your own client of httpx or httpx2. ``clock`` tells the
    time, aware. Raises :class:`UsageError` for an instellingscode that looks like a BRIN, unless ``allow_brin``.
    """

    def __init__(
        self,
        wsdl: str | os.PathLike[str] | bytes,
        *,
        product: str,
        instellingscode: str,
        soap_key: str | Secret,
        address: str | None = None,
        contract: Contract | None = None,
        allow_brin: bool = False,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: AsyncDriver | None = None,
    ) -> None:
        account = Account.of(
            wsdl,
            product=product,
            instellingscode=instellingscode,
            soap_key=soap_key,
            address=address,
            contract=contract,
            allow_brin=allow_brin,
        )
        self._opened = Opened(account)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<AsyncResultsClient {self.connection} at {self._opened.account.address}>"

    @property
    def connection(self) -> Connection:
        """The product and the institution."""
        return self._opened.account.connection

    async def call(self, operation: str, /, **arguments: object) -> Element:
        """Call any operation of the WSDL, with the institution and the key filled in; sent once.

        Returns the body of the answer as it came, an element of lxml, for what this client has no method for. Raises
        what the faults of the service mean, and :class:`ContractChanged` for an operation that the WSDL does not have.
        """
        return await self._driver.run(call_operation(self._opened, operation, arguments))

    async def check(self) -> ContractDiff:
        """Hold the service's WSDL against the contract; nothing but the WSDL is asked for."""
        return await self._driver.run(self._opened.account.check())

    def batches(
        self,
        *,
        since: Moment | Checkpoint | None = None,
        until: Moment | None = None,
        school_year: str | Schooljaar | None = None,
        overlap: dt.timedelta = dt.timedelta(),
    ) -> AsyncIterator[Batch]:
        """The results of one period, in batches, each result once.

        The period begins at ``since`` (a date, a naive local or an aware moment, a text, or the checkpoint of an
        earlier batch, from which ``overlap`` is taken off) and ends at ``until``, or where the school year of
        ``since`` ends. ``school_year`` alone reads that year. A period over the first of August raises
        :class:`UsageError`: the service takes one school year at a time (documented). So does the checkpoint of another
        connection. Each batch has the checkpoint to keep beside its results; the last one may be empty.

        Raises :class:`NotAuthenticated`, :class:`CursorStuck`, :class:`ContractChanged` and other errors of ours.
        """
        return self._driver.iterate(
            batches(self._opened, since=since, until=until, school_year=school_year, overlap=overlap)
        )

    async def pull(
        self,
        store: ResultStore,
        *,
        stamnummers: Stamnummers,
        **options: Unpack[PullOptions],
    ) -> PullReport:
        """Pull everything that is new into ``store``, and say what came of it.

        Results of candidates outside ``stamnummers`` (a list, or a function of one) wait in quarantine, and are
        delivered by themselves once the candidate is known. When their school year is over they are left out, and
        the report counts them; ``reopen`` brings them back. Rows and checkpoint go into one transaction: a run that
        ends anywhere is resumed by the next one, and running it twice changes nothing.

        ``from_school_year`` is the oldest year to read; without it years are read back until two in a row are empty.
        ``reopen`` is a school year, or several, or ``"all"`` of those that were read before, to read whole again
        although it may be over, whatever ``from_school_year``: what is stored already is recognised, and a run that
        ends in the middle is taken up by the next one without it. Where the service delivers each result once, it
        gives of these years only what the supplier has set to be delivered anew; nothing at all is an alarm.

        Each run begins ``overlap`` before the last moment, for what shows late; after ``reread`` an open year is read
        whole again, which finds what the moments do not tell and marks results that are no longer listed. More of
        those than ``alarm_count`` or ``alarm_share`` of the year are reported and not marked, unless
        ``accept_withdrawals``. ``progress`` is called after every batch.

        Raises :class:`UsageError` for options that cannot be meant and :class:`MappingError` for a text that is no
        school year, both before a result is asked for, also for ``reopen`` with a year that was deleted from the
        store; :class:`LeaseHeld` while another run works on this connection, :class:`StoreFailed`, and what
        :meth:`batches` raises.
        """
        return await self._driver.run(pull(self._opened, store, stamnummers=stamnummers, plan=Plan(**options)))


@overload
def pull_results(
    service: ResultsClient, store: ResultStore, *, stamnummers: Stamnummers, **options: Unpack[PullOptions]
) -> PullReport: ...
@overload
def pull_results(
    service: AsyncResultsClient, store: ResultStore, *, stamnummers: Stamnummers, **options: Unpack[PullOptions]
) -> Awaitable[PullReport]: ...
def pull_results(
    service: ResultsClient | AsyncResultsClient,
    store: ResultStore,
    *,
    stamnummers: Stamnummers,
    **options: Unpack[PullOptions],
) -> PullReport | Awaitable[PullReport]:
    """Pull every new result of ``service`` into ``store``: see :meth:`ResultsClient.pull`.

    With an :class:`AsyncResultsClient` it is awaited: ``report = await pull_results(...)``.
    """
    return service.pull(store, stamnummers=stamnummers, **options)
