"""The sync and the async client of the results service."""

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
    from magister_connect.results import operations
    from magister_connect.results.contracts.checking import ContractDiff
    from magister_connect.results.contracts.contract import Contract
    from magister_connect.results.operations import Hooks, Moment
    from magister_connect.results.pulling import plans
    from magister_connect.results.pulling import pull as pulling
    from magister_connect.results.pulling.plans import PullOptions
    from magister_connect.results.pulling.report import PullReport
    from magister_connect.results.pulling.store_protocol import ResultStore
    from magister_connect.results.pulling.window_reader import Batch
    from magister_connect.results.records import Checkpoint, Connection, Stamnummers
else:
    operations = LateModule("magister_connect.results.operations")
    plans = LateModule("magister_connect.results.pulling.plans")
    pulling = LateModule("magister_connect.results.pulling.pull")


class ResultsClient(SyncClient):
    """A sync client for the results service, for one product at one institution.

    - ``wsdl``: the address of the WSDL, a file, or its bytes. A file or bytes also need ``address``, the address of the
      service itself, because the address inside a WSDL is never used.
    - ``product``: ``JIJ``, ``TOA`` or the name of another supplier's product.
    - ``contract``: by default the client picks the built-in profile that matches the WSDL. If none matches, the first
      request raises :class:`ContractMismatch` and lists every difference.
    - ``credentials``: credentials other than instellingscode and SOAP-key, by their names in the contract.
    - ``http``: your own client of httpx or httpx2. You close it yourself.
    - ``clock``: returns the current time, aware.
    - ``huge_text``: lifts the limit of 10 MB on one text in a response.

    If no contract can describe the service, pass your own functions:

    - ``write_request`` (a :data:`~magister_connect.results.contracts.requests.WriteRequest`) writes the requests.
      If you also pass a contract and ``address``, ``wsdl`` may be ``None``.
    - ``read_record`` (a :data:`~magister_connect.results.contracts.reading.ReadRecord`) returns the texts of our
      fields from the element of a record.

    Raises :class:`UsageError` for an instellingscode that looks like a BRIN, unless ``allow_brin``. Also raises it for
    a contract that places a credential without a value, or has a credential among its constants.
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
        """Call any operation of the WSDL once. The client adds the institution and the key.

        Use this for operations without their own method. Returns the body of the response as an element of lxml. Raises
        the error for a fault of the service, and :class:`ContractMismatch` for an operation that is not in the WSDL.
        """
        return self._driver.run(operations.call_operation(self._opened, operation, arguments))

    def check(
        self, sample: bytes | None = None, *, live: bool = False, store: ResultStore | None = None
    ) -> ContractDiff:
        """Compare the WSDL with the contract and prove it, by default without asking the service for results.

        The check builds a request for every step of the paging and reads a response: ``sample``, the bytes of a
        recorded one, or one made from the WSDL.

        With ``live=True``, it also requests the results of the last week and reports what came. A service that delivers
        each result once then needs a ``store`` with a key, which keeps the response for the next pull. Without one it
        raises :class:`UsageError`. Nothing else is stored.
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
        """Yield the results of one period in batches, each result once.

        - ``since``: the start of the period. A date, a naive local or an aware date-time, a text, or the checkpoint of
          an earlier batch. ``overlap`` is subtracted from a checkpoint.
        - ``until``: the end of the period. By default the end of the school year of ``since``.
        - ``school_year``: pass it alone to read that year.

        Store the checkpoint of each batch together with its results. The last batch may be empty.

        Raises :class:`UsageError` for a period across 1 August, because the service takes one school year at a time
        (documented), and for the checkpoint of another connection. Raises :class:`NotAuthenticated`,
        :class:`CursorStuck`, :class:`ContractMismatch` and other errors of :mod:`magister_connect.errors`.
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
        """Pull all new results into ``store``, and return a report.

        Results and checkpoint are stored in one transaction. If a run stops, the next run continues from there. A
        repeated run changes nothing.

        Results of candidates outside ``stamnummers`` (a list, or a function of one stamnummer) wait in quarantine. A
        later run delivers them when the candidate is known. When their school year is over, they are left out and
        counted in the report; ``reopen`` brings them back.

        - ``from_school_year``: the oldest year to read. By default, years are read back until two in a row are empty.
        - ``reopen``: a school year, several, or ``"all"`` years that were read before. These are read completely again,
          even if they are over or before ``from_school_year``. Stored results are recognised. If the run stops, the
          next run continues the reopened years, without this option. A service that delivers each result once only
          sends results that the supplier has set to be delivered again. If nothing comes, the report has an alarm.
        - ``overlap``: how far before the last moment each run starts, for results that appear late.
        - ``reread``: after this time, a year that is still open is read completely again. This finds changes that
          moments do not show, and marks results that are no longer listed.
        - ``alarm_count`` and ``alarm_share``: if more results of a year are no longer listed, they are reported and not
          marked, unless ``accept_withdrawals`` is true.
        - ``progress``: called after every batch.

        Raises :class:`UsageError` for impossible options, for ``reopen`` with a year that was deleted from the store,
        and :class:`MappingError` for a text that is not a school year; all before any result is requested. Raises
        :class:`LeaseHeld` while another run works on this connection, :class:`StoreFailed`, and the errors of
        :meth:`batches`.
        """
        return self._driver.run(pulling.pull(self._opened, store, stamnummers=stamnummers, plan=plans.Plan(**options)))


class AsyncResultsClient(AsyncClient):
    """An async client for the results service, for one product at one institution, on asyncio or trio.

    - ``wsdl``: the address of the WSDL, a file, or its bytes. A file or bytes also need ``address``, the address of the
      service itself, because the address inside a WSDL is never used.
    - ``product``: ``JIJ``, ``TOA`` or the name of another supplier's product.
    - ``contract``: by default the client picks the built-in profile that matches the WSDL. If none matches, the first
      request raises :class:`ContractMismatch` and lists every difference.
    - ``credentials``: credentials other than instellingscode and SOAP-key, by their names in the contract.
    - ``http``: your own async client of httpx or httpx2. You close it yourself.
    - ``clock``: returns the current time, aware.
    - ``huge_text``: lifts the limit of 10 MB on one text in a response.

    If no contract can describe the service, pass your own functions:

    - ``write_request`` (a :data:`~magister_connect.results.contracts.requests.WriteRequest`) writes the requests.
      If you also pass a contract and ``address``, ``wsdl`` may be ``None``.
    - ``read_record`` (a :data:`~magister_connect.results.contracts.reading.ReadRecord`) returns the texts of our
      fields from the element of a record.

    Raises :class:`UsageError` for an instellingscode that looks like a BRIN, unless ``allow_brin``. Also raises it for
    a contract that places a credential without a value, or has a credential among its constants.
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
        """Call any operation of the WSDL once. The client adds the institution and the key.

        Use this for operations without their own method. Returns the body of the response as an element of lxml. Raises
        the error for a fault of the service, and :class:`ContractMismatch` for an operation that is not in the WSDL.
        """
        return await self._driver.run(operations.call_operation(self._opened, operation, arguments))

    async def check(
        self, sample: bytes | None = None, *, live: bool = False, store: ResultStore | None = None
    ) -> ContractDiff:
        """Compare the WSDL with the contract and prove it, by default without asking the service for results.

        The check builds a request for every step of the paging and reads a response: ``sample``, the bytes of a
        recorded one, or one made from the WSDL.

        With ``live=True``, it also requests the results of the last week and reports what came. A service that delivers
        each result once then needs a ``store`` with a key, which keeps the response for the next pull. Without one it
        raises :class:`UsageError`. Nothing else is stored.
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
        """Yield the results of one period in batches, each result once.

        - ``since``: the start of the period. A date, a naive local or an aware date-time, a text, or the checkpoint of
          an earlier batch. ``overlap`` is subtracted from a checkpoint.
        - ``until``: the end of the period. By default the end of the school year of ``since``.
        - ``school_year``: pass it alone to read that year.

        Store the checkpoint of each batch together with its results. The last batch may be empty.

        Raises :class:`UsageError` for a period across 1 August, because the service takes one school year at a time
        (documented), and for the checkpoint of another connection. Raises :class:`NotAuthenticated`,
        :class:`CursorStuck`, :class:`ContractMismatch` and other errors of :mod:`magister_connect.errors`.
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
        """Pull all new results into ``store``, and return a report.

        Results and checkpoint are stored in one transaction. If a run stops, the next run continues from there. A
        repeated run changes nothing.

        Results of candidates outside ``stamnummers`` (a list, or a function of one stamnummer) wait in quarantine. A
        later run delivers them when the candidate is known. When their school year is over, they are left out and
        counted in the report; ``reopen`` brings them back.

        - ``from_school_year``: the oldest year to read. By default, years are read back until two in a row are empty.
        - ``reopen``: a school year, several, or ``"all"`` years that were read before. These are read completely again,
          even if they are over or before ``from_school_year``. Stored results are recognised. If the run stops, the
          next run continues the reopened years, without this option. A service that delivers each result once only
          sends results that the supplier has set to be delivered again. If nothing comes, the report has an alarm.
        - ``overlap``: how far before the last moment each run starts, for results that appear late.
        - ``reread``: after this time, a year that is still open is read completely again. This finds changes that
          moments do not show, and marks results that are no longer listed.
        - ``alarm_count`` and ``alarm_share``: if more results of a year are no longer listed, they are reported and not
          marked, unless ``accept_withdrawals`` is true.
        - ``progress``: called after every batch.

        Raises :class:`UsageError` for impossible options, for ``reopen`` with a year that was deleted from the store,
        and :class:`MappingError` for a text that is not a school year; all before any result is requested. Raises
        :class:`LeaseHeld` while another run works on this connection, :class:`StoreFailed`, and the errors of
        :meth:`batches`.
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
    """Pull all new results of ``service`` into ``store``. See :meth:`ResultsClient.pull`.

    With an :class:`AsyncResultsClient`, await it: ``report = await pull_results(...)``.
    """
    return service.pull(store, stamnummers=stamnummers, **options)
