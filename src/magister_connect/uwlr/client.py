"""The clients of UWLR, sync and async."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

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
from magister_connect.uwlr.messages import Version
from magister_connect.uwlr.operations import Connection

P = ParamSpec("P")
T = TypeVar("T")
Key = str | Secret | Mapping[str, str | Secret]


def _secret(text: str | Secret) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)


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
    """What both clients can do."""

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
    """One administration (Magister, Somtoday, ESIS, ParnasSys, ...) as a supplier asks it, sync.

    ``endpoint`` is the address that the supplier of the administration names; it is never derived from a BRIN.
    ``klantnaam`` and ``klantcode`` come from that supplier, ``autorisatiesleutel`` from the school: one key for all
    schools, or a mapping from BRIN, location or schoolkey to a key. ``version`` is the one that is asked for (``2.2``;
    Magister answers ``2.3``), ``data_set`` a profile such as ``Smalle-set-VO``. ``results_endpoint`` is where results
    go. With ``lenient`` (the default) known deviations of administrations are let pass, each as a finding of the
    document; without, the first one raises. Pass ``http``, a client of httpx or httpx2, for a client certificate.
    """

    def __init__(
        self,
        endpoint: str,
        klantnaam: str | Secret,
        klantcode: str | Secret,
        autorisatiesleutel: Key,
        *,
        results_endpoint: str | None = None,
        version: Version = "2.2",
        data_set: str | None = None,
        quoted_action: bool = True,
        lenient: bool = True,
        slack: dt.timedelta = dt.timedelta(minutes=5),
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: SyncDriver | None = None,
    ) -> None:
        self._connection = Connection(
            endpoint=endpoint,
            klantnaam=_secret(klantnaam),
            klantcode=_secret(klantcode),
            keys=autorisatiesleutel,
            results_endpoint=results_endpoint,
            version=version,
            data_set=data_set,
            quoted_action=quoted_action,
            lenient=lenient,
            slack=slack,
        )
        super().__init__(driver, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<UwlrClient {self._connection.endpoint} version {self._connection.version}>"


class AsyncUwlrClient(UwlrMethods, AsyncClient):
    """One administration (Magister, Somtoday, ESIS, ParnasSys, ...) as a supplier asks it, async.

    ``endpoint`` is the address that the supplier of the administration names; it is never derived from a BRIN.
    ``klantnaam`` and ``klantcode`` come from that supplier, ``autorisatiesleutel`` from the school: one key for all
    schools, or a mapping from BRIN, location or schoolkey to a key. ``version`` is the one that is asked for (``2.2``;
    Magister answers ``2.3``), ``data_set`` a profile such as ``Smalle-set-VO``. ``results_endpoint`` is where results
    go. With ``lenient`` (the default) known deviations of administrations are let pass, each as a finding of the
    document; without, the first one raises. Pass ``http``, a client of httpx or httpx2, for a client certificate.
    """

    def __init__(
        self,
        endpoint: str,
        klantnaam: str | Secret,
        klantcode: str | Secret,
        autorisatiesleutel: Key,
        *,
        results_endpoint: str | None = None,
        version: Version = "2.2",
        data_set: str | None = None,
        quoted_action: bool = True,
        lenient: bool = True,
        slack: dt.timedelta = dt.timedelta(minutes=5),
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: AsyncDriver | None = None,
    ) -> None:
        self._connection = Connection(
            endpoint=endpoint,
            klantnaam=_secret(klantnaam),
            klantcode=_secret(klantcode),
            keys=autorisatiesleutel,
            results_endpoint=results_endpoint,
            version=version,
            data_set=data_set,
            quoted_action=quoted_action,
            lenient=lenient,
            slack=slack,
        )
        super().__init__(driver, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<AsyncUwlrClient {self._connection.endpoint} version {self._connection.version}>"
