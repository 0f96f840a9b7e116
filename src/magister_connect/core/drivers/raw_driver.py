"""Drivers around those of a client that keeps the raw reply behind an error of reading."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TypeVar

from magister_connect.core.drivers.driver import AsyncDriver, SyncDriver
from magister_connect.core.flow import Flow, StreamingFlow
from magister_connect.core.raw import keeping_raw

T = TypeVar("T")


class RawSyncDriver(SyncDriver):
    """A driver of somebody else, whose errors of reading carry the raw reply."""

    def __init__(self, driver: SyncDriver) -> None:
        self._inner = driver

    def run(self, flow: Flow[T]) -> T:
        """As the driver inside."""
        return self._inner.run(keeping_raw(flow))

    def iterate(self, series: StreamingFlow[T]) -> Generator[T, None, None]:
        """As the driver inside."""
        return self._inner.iterate(keeping_raw(series))

    def close(self) -> None:
        """Close the driver inside."""
        self._inner.close()


class RawAsyncDriver(AsyncDriver):
    """The same for an async driver."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._inner = driver

    async def run(self, flow: Flow[T]) -> T:
        """As the driver inside."""
        return await self._inner.run(keeping_raw(flow))

    def iterate(self, series: StreamingFlow[T]) -> AsyncGenerator[T, None]:
        """As the driver inside."""
        return self._inner.iterate(keeping_raw(series))

    async def close(self) -> None:
        """Close the driver inside."""
        await self._inner.close()
