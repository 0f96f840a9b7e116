"""The clients of code tables, sync and async: the RIO LOD API, and files from addresses that you pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar

from magister_connect.codes import operations
from magister_connect.codes.operations import RIO_LOD, RioApi
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

P = ParamSpec("P")
T = TypeVar("T")


def _call(operation: Callable[Concatenate[RioApi, P], Flow[T]]) -> ClientMethod[P, T, Coroutine[Any, Any, T]]:
    def ask(self: CodesClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._driver.run(operation(self._api, *args, **kwargs))

    async def ask_async(self: AsyncCodesClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._driver.run(operation(self._api, *args, **kwargs))

    return ClientMethod(operation, ask, ask_async, hidden=1)


def _series(
    operation: Callable[Concatenate[RioApi, P], StreamingFlow[T]],
) -> ClientMethod[P, Iterator[T], AsyncIterator[T]]:
    def ask(self: CodesClient, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return self._driver.iterate(operation(self._api, *args, **kwargs))

    def ask_async(self: AsyncCodesClient, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return self._driver.iterate(operation(self._api, *args, **kwargs))

    return ClientMethod(operation, ask, ask_async, hidden=1, returns=("Iterator[{}]", "AsyncIterator[{}]"))


class CodesMethods:
    """The methods of both clients."""

    records = _series(operations.records)
    record = _call(operations.record)
    get = _call(operations.get)
    fetch = _call(operations.fetch)


class CodesClient(CodesMethods, SyncClient):
    """A client for the public RIO LOD API, and for code files from addresses that you pass.

    ``address`` is the address of the API. No request is sent before you call a method, and nothing is stored. ``http``
    is your own client of httpx or httpx2. You close it yourself.
    """

    def __init__(
        self,
        address: str = RIO_LOD,
        *,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: SyncDriver | None = None,
    ) -> None:
        self._api = RioApi(address)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<CodesClient {self._api.address}>"


class AsyncCodesClient(CodesMethods, AsyncClient):
    """A client for the public RIO LOD API, and for code files from addresses that you pass.

    ``address`` is the address of the API. No request is sent before you call a method, and nothing is stored. ``http``
    is your own client of httpx or httpx2. You close it yourself.
    """

    def __init__(
        self,
        address: str = RIO_LOD,
        *,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: AsyncDriver | None = None,
    ) -> None:
        self._api = RioApi(address)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<AsyncCodesClient {self._api.address}>"
