"""Drivers that wrap the driver of a client, so that errors of reading contain the raw response."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TypeVar

from magister_connect.core.drivers.driver import AsyncDriver, SyncDriver
from magister_connect.core.flow import Flow, StreamingFlow
from magister_connect.core.raw import keeping_raw

T = TypeVar("T")


class RawSyncDriver(SyncDriver):
    """Wraps a driver of the caller, so that reading errors contain the raw response."""

    def __init__(self, driver: SyncDriver) -> None:
        self._inner = driver

    def run(self, flow: Flow[T]) -> T:
        """Run a flow with the wrapped driver."""
        return self._inner.run(keeping_raw(flow))

    def iterate(self, series: StreamingFlow[T]) -> Generator[T, None, None]:
        """Iterate over a series with the wrapped driver."""
        return self._inner.iterate(keeping_raw(series))

    def close(self) -> None:
        """Close the wrapped driver."""
        self._inner.close()


class RawAsyncDriver(AsyncDriver):
    """The same for an async driver."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._inner = driver

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow with the wrapped driver."""
        return await self._inner.run(keeping_raw(flow))

    def iterate(self, series: StreamingFlow[T]) -> AsyncGenerator[T, None]:
        """Iterate over a series with the wrapped driver."""
        return self._inner.iterate(keeping_raw(series))

    async def close(self) -> None:
        """Close the wrapped driver."""
        await self._inner.close()
