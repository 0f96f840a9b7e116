"""The UWLR clients, sync and async."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, Unpack

from attrs import evolve

from magister_connect.core.drivers import (
    AsyncClient,
    AsyncDriver,
    AsyncHttp,
    ClientMethod,
    RetryPolicy,
    SyncClient,
    SyncDriver,
    SyncHttp,
    Timeouts,
)
from magister_connect.core.flow import Flow, StreamingFlow
from magister_connect.core.secrets import Secret
from magister_connect.uwlr import nightly, operations
from magister_connect.uwlr.faults import is_passing
from magister_connect.uwlr.operations import Connection, ConnectionSettings, Keys

P = ParamSpec("P")
T = TypeVar("T")


PATIENT: Final = RetryPolicy(is_unusable=is_passing)
"""The retries of every client, plus one for ``Server.TijdelijkNietBeschikbaar``."""


def _with_busy_retries(retries: RetryPolicy | None) -> RetryPolicy:
    """Add the retry for that fault to the retry policy of the caller."""
    if retries is None:
        return PATIENT
    own = retries.is_unusable is not RetryPolicy().is_unusable
    return retries if own else evolve(retries, is_unusable=is_passing)


def _call(
    operation: Callable[Concatenate[Connection, P], Flow[T]],
) -> ClientMethod[P, T, Coroutine[Any, Any, T]]:
    def ask(self: UwlrClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._driver.run(operation(self._connection, *args, **kwargs))

    async def ask_async(self: AsyncUwlrClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._driver.run(operation(self._connection, *args, **kwargs))

    return ClientMethod(operation, ask, ask_async, hidden=1)


def _series(
    operation: Callable[Concatenate[Connection, P], StreamingFlow[T]],
) -> ClientMethod[P, Iterator[T], AsyncIterator[T]]:
    def ask(self: UwlrClient, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return self._driver.iterate(operation(self._connection, *args, **kwargs))

    def ask_async(self: AsyncUwlrClient, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return self._driver.iterate(operation(self._connection, *args, **kwargs))

    return ClientMethod(operation, ask, ask_async, hidden=1, returns=("Iterator[{}]", "AsyncIterator[{}]"))


class UwlrMethods:
    """The methods of both clients."""

    pupils = _call(operations.pupils)
    structure = _call(operations.structure)
    pupils_of = _call(operations.pupils_of)
    staff_of = _call(operations.staff_of)
    stepped = _call(operations.stepped)
    stream = _series(operations.stream)
    send_results = _call(operations.send_results)
    pull = _call(nightly.pull)
    deliver = _call(nightly.deliver)


class UwlrClient(UwlrMethods, SyncClient):
    """A sync client for one administration (Magister, Somtoday, ESIS, ParnasSys, ...).

    ``endpoint`` is the address that you receive from the supplier of the administration. It cannot be derived from a
    BRIN. ``klantnaam`` and ``klantcode`` come from that supplier too. ``autorisatiesleutel`` comes from the school: one
    key for all schools, or a mapping from BRIN, location or schoolkey to a key. The other settings:

    - ``results_endpoint``: the address for results.
    - ``version``: the UWLR version to request, ``"2.2"`` by default. Magister answers with ``"2.3"`` (observed).
    - ``data_set``: the profile to request, such as ``"Smalle-set-VO"`` (observed at Magister).
    - ``lenient`` (true by default) accepts known deviations of administrations and adds a finding to the document for
      each. With ``lenient=False`` the first one raises an error.
    - ``on_unreadable``: ``"raise"`` (the default) stops at the first record that cannot be read. ``"keep"`` reads the
      others, and adds the unreadable record to ``unreadable`` of the answer.
    - ``quoted_action``: whether SOAPAction is in quotes, as WS-I requires. Some clients send it without quotes
      (observed).
    - ``slack``: the time to subtract from your own clock, if neither the document nor the server contains a time.

    For a client certificate, pass ``http``, a client of httpx or httpx2. A request is repeated after a temporary
    failure and after the fault ``Server.TijdelijkNietBeschikbaar``; ``retries`` sets how often. A stream is not
    repeated.
    """

    def __init__(
        self,
        endpoint: str,
        klantnaam: str | Secret,
        klantcode: str | Secret,
        autorisatiesleutel: Keys,
        *,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: SyncDriver | None = None,
        keep_raw: bool = False,
        **settings: Unpack[ConnectionSettings],
    ) -> None:
        self._connection = Connection(endpoint, klantnaam, klantcode, autorisatiesleutel, **settings)
        patience = retries if driver is not None else _with_busy_retries(retries)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=patience, clock=clock)

    def __repr__(self) -> str:
        return f"<UwlrClient {self._connection.endpoint} version {self._connection.version}>"


class AsyncUwlrClient(UwlrMethods, AsyncClient):
    """An async client for one administration (Magister, Somtoday, ESIS, ParnasSys, ...).

    ``endpoint`` is the address that you receive from the supplier of the administration. It cannot be derived from a
    BRIN. ``klantnaam`` and ``klantcode`` come from that supplier too. ``autorisatiesleutel`` comes from the school: one
    key for all schools, or a mapping from BRIN, location or schoolkey to a key. The other settings:

    - ``results_endpoint``: the address for results.
    - ``version``: the UWLR version to request, ``"2.2"`` by default. Magister answers with ``"2.3"`` (observed).
    - ``data_set``: the profile to request, such as ``"Smalle-set-VO"`` (observed at Magister).
    - ``lenient`` (true by default) accepts known deviations of administrations and adds a finding to the document for
      each. With ``lenient=False`` the first one raises an error.
    - ``on_unreadable``: ``"raise"`` (the default) stops at the first record that cannot be read. ``"keep"`` reads the
      others, and adds the unreadable record to ``unreadable`` of the answer.
    - ``quoted_action``: whether SOAPAction is in quotes, as WS-I requires. Some clients send it without quotes
      (observed).
    - ``slack``: the time to subtract from your own clock, if neither the document nor the server contains a time.

    For a client certificate, pass ``http``, a client of httpx or httpx2. A request is repeated after a temporary
    failure and after the fault ``Server.TijdelijkNietBeschikbaar``; ``retries`` sets how often. A stream is not
    repeated.
    """

    def __init__(
        self,
        endpoint: str,
        klantnaam: str | Secret,
        klantcode: str | Secret,
        autorisatiesleutel: Keys,
        *,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: AsyncDriver | None = None,
        keep_raw: bool = False,
        **settings: Unpack[ConnectionSettings],
    ) -> None:
        self._connection = Connection(endpoint, klantnaam, klantcode, autorisatiesleutel, **settings)
        patience = retries if driver is not None else _with_busy_retries(retries)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=patience, clock=clock)

    def __repr__(self) -> str:
        return f"<AsyncUwlrClient {self._connection.endpoint} version {self._connection.version}>"
