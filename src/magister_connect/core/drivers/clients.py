"""What every client is: operations over a driver, which is made for it or handed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Self, TypedDict, TypeVar, Unpack, cast

from magister_connect.core.boundary import boundary
from magister_connect.core.half_made import HalfMade
from magister_connect.core.late import LateModule
from magister_connect.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt

    from magister_connect.core.drivers import driver as drivers
    from magister_connect.core.drivers import raw_driver
    from magister_connect.core.drivers.bounds import Timeouts
    from magister_connect.core.drivers.driver import AsyncDriver, SyncDriver
    from magister_connect.core.drivers.pacing import Pace
    from magister_connect.core.drivers.retrying import RetryPolicy
    from magister_connect.core.drivers.transport import AsyncHttp, SyncHttp
    from magister_connect.core.flow import Flow
else:
    drivers = LateModule("magister_connect.core.drivers.driver")
    raw_driver = LateModule("magister_connect.core.drivers.raw_driver")

T = TypeVar("T")
Settings = TypeVar("Settings", bound="ClientSettings")


class ClientSettings(TypedDict, total=False):
    """What both kinds of client take for their driver; ``None`` is what the client has by itself."""

    timeouts: Timeouts | None
    retries: RetryPolicy | None
    concurrency: int | None
    pace: Pace | None
    clock: Callable[[], dt.datetime] | None


class SyncSettings(ClientSettings, total=False):
    """The same, and a sync HTTP client."""

    http: SyncHttp | None


class AsyncSettings(ClientSettings, total=False):
    """The same, and an async HTTP client."""

    http: AsyncHttp | None


class SyncClient(HalfMade):
    """A client that blocks.

    Every client takes ``http``, a client of httpx or httpx2 that stays yours to close, and ``timeouts``, ``retries``
    and ``clock`` for all its calls; or a ``driver`` of yours that brings all of these itself and stays yours to close
    too. Both at once raise :class:`UsageError`. With ``keep_raw=True`` an error of reading carries the body of the
    reply as ``error.raw``, a secret (:mod:`magister_connect.core.raw`).
    """

    def __init__(
        self, driver: SyncDriver | None = None, *, keep_raw: bool = False, **settings: Unpack[SyncSettings]
    ) -> None:
        self._owns_driver = driver is None
        if driver is None:
            driver = drivers.SyncDriver(**_completed(settings, self._defaults()))
        else:
            _require_none(settings)
        self._driver = raw_driver.RawSyncDriver(driver) if keep_raw else driver

    def __init_subclass__(cls) -> None:
        """Let what a method was given stand in no frame of a traceback."""
        super().__init_subclass__()
        boundary.around_methods(cls)

    def _defaults(self) -> ClientSettings:
        """What this client has instead of the driver's own defaults."""
        return {}

    def _run(self, flow: Flow[T]) -> T:
        __tracebackhide__ = True
        return self._driver.run(flow)

    def close(self) -> None:
        """Close what was opened here; an HTTP client or a driver of yours stays open."""
        if self._owns_driver:
            self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class AsyncClient(HalfMade):
    """A client that is awaited, on asyncio or trio.

    Every client takes ``http``, a client of httpx or httpx2 that stays yours to close, and ``timeouts``, ``retries``
    and ``clock`` for all its calls; or a ``driver`` of yours that brings all of these itself and stays yours to close
    too. Both at once raise :class:`UsageError`. With ``keep_raw=True`` an error of reading carries the body of the
    reply as ``error.raw``, a secret (:mod:`magister_connect.core.raw`).
    """

    def __init__(
        self, driver: AsyncDriver | None = None, *, keep_raw: bool = False, **settings: Unpack[AsyncSettings]
    ) -> None:
        self._owns_driver = driver is None
        if driver is None:
            driver = drivers.AsyncDriver(**_completed(settings, self._defaults()))
        else:
            _require_none(settings)
        self._driver = raw_driver.RawAsyncDriver(driver) if keep_raw else driver

    def __init_subclass__(cls) -> None:
        """Let what a method was given stand in no frame of a traceback."""
        super().__init_subclass__()
        boundary.around_methods(cls)

    def _defaults(self) -> ClientSettings:
        """What this client has instead of the driver's own defaults."""
        return {}

    async def _run(self, flow: Flow[T]) -> T:
        __tracebackhide__ = True
        return await self._driver.run(flow)

    async def aclose(self) -> None:
        """Close what was opened here; an HTTP client or a driver of yours stays open."""
        if self._owns_driver:
            await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()


def _given(settings: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if value is not None}


def _completed(settings: Settings, defaults: ClientSettings) -> Settings:
    return cast("Settings", {**defaults, **_given(settings)})


def _require_none(settings: Mapping[str, object]) -> None:
    """Silence would leave a school without the pace or the timeouts asked for."""
    if given := _given(settings):
        raise UsageError(
            f"Your driver already has its own {', '.join(sorted(given))}",
            advice="Pass them to the driver, or leave the driver out.",
        )
