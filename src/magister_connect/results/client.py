"""The two clients of the results service, over the same flows."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Unpack, overload

from magister_connect.core.drivers import AsyncClient, SyncClient
from magister_connect.core.late import LateModule

if TYPE_CHECKING:
    import os

    from magister_connect.core.drivers import AsyncDriver, AsyncHttp, RetryPolicy, SyncDriver, SyncHttp, Timeouts
    from magister_connect.core.secrets import Secret
    from magister_connect.core.xml import Element
    from magister_connect.identifiers import Schooljaar
    from magister_connect.results import operations, plans, pulling
    from magister_connect.results.checking import ContractDiff
    from magister_connect.results.contract import Contract
    from magister_connect.results.operations import Hooks, Moment
    from magister_connect.results.plans import PullOptions
    from magister_connect.results.records import Checkpoint, Connection, Stamnummers
    from magister_connect.results.report import PullReport
    from magister_connect.results.store_protocol import ResultStore
    from magister_connect.results.window_reader import Batch
else:
    operations = LateModule("magister_connect.results.operations")
    plans = LateModule("magister_connect.results.plans")
    pulling = LateModule("magister_connect.results.pulling")


class ResultsClient(SyncClient):
    """One connection to the results service, sync.

    ``wsdl`` is the address of the WSDL, a file, or its bytes; a file or bytes need ``address``, the address of the
    service itself, because the one inside a WSDL is never used. ``product`` is ``JIJ``, ``TOA`` or the name of another
    supplier's product. Without ``contract`` the client picks the built-in profile that fits the WSDL; if none fits, the
    first request raises :class:`ContractMismatch` and lists every difference. ``credentials`` are those beyond
    instellingscode and SOAP-key, by the names that the contract places them under. ``http`` is your own client of httpx
    or httpx2, ``clock`` returns the time, aware.

    Where no contract describes the service, ``write_request`` (a
    :data:`~magister_connect.results.requests.WriteRequest`) writes the requests and ``read_record`` (a
    :data:`~magister_connect.results.reading.ReadRecord`) makes the texts of our fields from a record's element; with
    ``write_request``, a contract and ``address``, ``wsdl`` may be ``None``. ``huge_text`` lifts the limit of 10 MB on
    one text of a reply.

    Raises :class:`UsageError` for an instellingscode that looks like a BRIN, unless ``allow_brin``, and for a contract
    that places a credential without a value or has one among its constants.
    """

    def __init__(
        self,
        wsdl: str | os.PathLike[str] | bytes | None,
        *,
        product: str,
        instellingscode: str,
        soap_key: str | Secret,
        credentials: Mapping[str, str | Secret] | None = None,
        address: str | None = None,
        contract: Contract | None = None,
        allow_brin: bool = False,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: SyncDriver | None = None,
        **hooks: Unpack[Hooks],
    ) -> None:
        account = operations.Account.of(
            wsdl,
            product=product,
            instellingscode=instellingscode,
            soap_key=soap_key,
            credentials=credentials,
            address=address,
            contract=contract,
            allow_brin=allow_brin,
            **hooks,
        )
        self._opened = operations.LazyService(account)
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
        what the faults of the service mean, and :class:`ContractMismatch` for an operation that the WSDL does not have.
        """
        return self._driver.run(operations.call_operation(self._opened, operation, arguments))

    def check(
        self, sample: bytes | None = None, *, live: bool = False, store: ResultStore | None = None
    ) -> ContractDiff:
        """Hold the WSDL against the contract and prove it, without asking the service for results.

        A request is built for every step of the paging and a reply is read: ``sample``, the bytes of a recorded one, or
        one that is made up from the WSDL. With ``live=True`` the service is asked for the results of the last week, and
        the difference says what came; a service that delivers once needs a ``store`` with a key, which keeps the reply
        for the next pull, and raises :class:`UsageError` without one. Nothing else is stored.
        """
        return self._driver.run(self._opened.account.check(sample, store, live=live))

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

        Raises :class:`NotAuthenticated`, :class:`CursorStuck`, :class:`ContractMismatch` and other errors of
        :mod:`magister_connect.errors`.
        """
        return self._driver.iterate(
            operations.batches(self._opened, since=since, until=until, school_year=school_year, overlap=overlap)
        )

    def pull(
        self,
        store: ResultStore,
        *,
        stamnummers: Stamnummers,
        **options: Unpack[PullOptions],
    ) -> PullReport:
        """Pull everything that is new into ``store``, and return a report.

        Results of candidates outside ``stamnummers`` (a list, or a function of one) wait in quarantine, and are
        delivered by themselves once the candidate is known. When their school year is over they are left out, and
        the report counts them; ``reopen`` brings them back. Rows and checkpoint go into one transaction: a run that
        ends anywhere is resumed by the next one, and running it twice changes nothing.

        ``from_school_year`` is the oldest year to read; without it years are read back until two in a row are empty.
        ``reopen`` is a school year, or several, or ``"all"`` of those that were read before, to read whole again
        although it may be over, whatever ``from_school_year``: what is stored already is recognised, and a run that
        ends in the middle is taken up by the next one without it. Where the service delivers each result once, it
        sends only what the supplier has set to be delivered again; nothing at all is an alarm.

        Each run begins ``overlap`` before the last moment, for what shows late; after ``reread`` an open year is read
        whole again, which finds changes that moments do not show, and marks results that are not listed now. More of
        those than ``alarm_count`` or ``alarm_share`` of the year are reported and not marked, unless
        ``accept_withdrawals``. ``progress`` is called after every batch.

        Raises :class:`UsageError` for options that cannot be meant and :class:`MappingError` for a text that is no
        school year, both before a result is asked for, also for ``reopen`` with a year that was deleted from the
        store; :class:`LeaseHeld` while another run works on this connection, :class:`StoreFailed`, and what
        :meth:`batches` raises.
        """
        return self._driver.run(pulling.pull(self._opened, store, stamnummers=stamnummers, plan=plans.Plan(**options)))


class AsyncResultsClient(AsyncClient):
    """One connection to the results service, async.

    ``wsdl`` is the address of the WSDL, a file, or its bytes; a file or bytes need ``address``, the address of the
    service itself, because the one inside a WSDL is never used. ``product`` is ``JIJ``, ``TOA`` or the name of another
    supplier's product. Without ``contract`` the client picks the built-in profile that fits the WSDL; if none fits, the
    first request raises :class:`ContractMismatch` and lists every difference. ``credentials`` are those beyond
    instellingscode and SOAP-key, by the names that the contract places them under. ``http`` is your own client of httpx
    or httpx2, ``clock`` returns the time, aware.

    Where no contract describes the service, ``write_request`` (a
    :data:`~magister_connect.results.requests.WriteRequest`) writes the requests and ``read_record`` (a
    :data:`~magister_connect.results.reading.ReadRecord`) makes the texts of our fields from a record's element; with
    ``write_request``, a contract and ``address``, ``wsdl`` may be ``None``. ``huge_text`` lifts the limit of 10 MB on
    one text of a reply.

    Raises :class:`UsageError` for an instellingscode that looks like a BRIN, unless ``allow_brin``, and for a contract
    that places a credential without a value or has one among its constants.
    """

    def __init__(
        self,
        wsdl: str | os.PathLike[str] | bytes | None,
        *,
        product: str,
        instellingscode: str,
        soap_key: str | Secret,
        credentials: Mapping[str, str | Secret] | None = None,
        address: str | None = None,
        contract: Contract | None = None,
        allow_brin: bool = False,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: AsyncDriver | None = None,
        **hooks: Unpack[Hooks],
    ) -> None:
        account = operations.Account.of(
            wsdl,
            product=product,
            instellingscode=instellingscode,
            soap_key=soap_key,
            credentials=credentials,
            address=address,
            contract=contract,
            allow_brin=allow_brin,
            **hooks,
        )
        self._opened = operations.LazyService(account)
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
        what the faults of the service mean, and :class:`ContractMismatch` for an operation that the WSDL does not have.
        """
        return await self._driver.run(operations.call_operation(self._opened, operation, arguments))

    async def check(
        self, sample: bytes | None = None, *, live: bool = False, store: ResultStore | None = None
    ) -> ContractDiff:
        """Hold the WSDL against the contract and prove it, without asking the service for results.

        A request is built for every step of the paging and a reply is read: ``sample``, the bytes of a recorded one, or
        one that is made up from the WSDL. With ``live=True`` the service is asked for the results of the last week, and
        the difference says what came; a service that delivers once needs a ``store`` with a key, which keeps the reply
        for the next pull, and raises :class:`UsageError` without one. Nothing else is stored.
        """
        return await self._driver.run(self._opened.account.check(sample, store, live=live))

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

        Raises :class:`NotAuthenticated`, :class:`CursorStuck`, :class:`ContractMismatch` and other errors of
        :mod:`magister_connect.errors`.
        """
        return self._driver.iterate(
            operations.batches(self._opened, since=since, until=until, school_year=school_year, overlap=overlap)
        )

    async def pull(
        self,
        store: ResultStore,
        *,
        stamnummers: Stamnummers,
        **options: Unpack[PullOptions],
    ) -> PullReport:
        """Pull everything that is new into ``store``, and return a report.

        Results of candidates outside ``stamnummers`` (a list, or a function of one) wait in quarantine, and are
        delivered by themselves once the candidate is known. When their school year is over they are left out, and
        the report counts them; ``reopen`` brings them back. Rows and checkpoint go into one transaction: a run that
        ends anywhere is resumed by the next one, and running it twice changes nothing.

        ``from_school_year`` is the oldest year to read; without it years are read back until two in a row are empty.
        ``reopen`` is a school year, or several, or ``"all"`` of those that were read before, to read whole again
        although it may be over, whatever ``from_school_year``: what is stored already is recognised, and a run that
        ends in the middle is taken up by the next one without it. Where the service delivers each result once, it
        sends only what the supplier has set to be delivered again; nothing at all is an alarm.

        Each run begins ``overlap`` before the last moment, for what shows late; after ``reread`` an open year is read
        whole again, which finds changes that moments do not show, and marks results that are not listed now. More of
        those than ``alarm_count`` or ``alarm_share`` of the year are reported and not marked, unless
        ``accept_withdrawals``. ``progress`` is called after every batch.

        Raises :class:`UsageError` for options that cannot be meant and :class:`MappingError` for a text that is no
        school year, both before a result is asked for, also for ``reopen`` with a year that was deleted from the
        store; :class:`LeaseHeld` while another run works on this connection, :class:`StoreFailed`, and what
        :meth:`batches` raises.
        """
        return await self._driver.run(
            pulling.pull(self._opened, store, stamnummers=stamnummers, plan=plans.Plan(**options))
        )


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
