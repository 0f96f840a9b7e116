"""Base classes of all clients: operations that run over a driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Self, TypedDict, TypeVar, Unpack, cast

from magister_connect.core.boundary import boundary
from magister_connect.core.late import LateModule
from magister_connect.core.records.safe_repr import SafeRepr
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
    """Settings that sync and async clients share. ``None`` means the client's own default."""

    timeouts: Timeouts | None
    retries: RetryPolicy | None
    concurrency: int | None
    pace: Pace | None
    clock: Callable[[], dt.datetime] | None


class SyncSettings(ClientSettings, total=False):
    """The same settings, and a sync HTTP client."""

    http: SyncHttp | None


class AsyncSettings(ClientSettings, total=False):
    """The same settings, and an async HTTP client."""

    http: AsyncHttp | None


@boundary.around_methods
class SyncClient(SafeRepr):
    """Base class of the sync clients.

    Pass either ``http`` or ``driver``, or neither; both together raise :class:`UsageError`.

    - ``http``: a client of httpx or httpx2. You close it yourself. Use ``timeouts``, ``retries`` and ``clock`` to
      change how all calls of the client behave.
    - ``driver``: a driver that has all these settings itself. You close it yourself too.
    - ``keep_raw=True``: an error while reading a response has the body as ``error.raw``, a secret. See
      :mod:`magister_connect.core.raw`.
    """

    def __init__(
        self, driver: SyncDriver | None = None, *, keep_raw: bool = False, **settings: Unpack[SyncSettings]
    ) -> None:
        self._owns_driver = driver is None
        if driver is None:
            driver = drivers.SyncDriver(**_with_defaults(settings, self._defaults()))
        else:
            _refuse_settings(settings)
        self._driver = raw_driver.RawSyncDriver(driver) if keep_raw else driver

    def __init_subclass__(cls) -> None:
        """Keep the arguments of methods out of the frames of tracebacks."""
        super().__init_subclass__()
        boundary.around_methods(cls)

    def _defaults(self) -> ClientSettings:
        """Return the settings of this client that differ from the defaults of the driver."""
        return {}

    def _run(self, flow: Flow[T]) -> T:
        __tracebackhide__ = True
        return self._driver.run(flow)

    def close(self) -> None:
        """Close what the client opened. An HTTP client or driver that you passed stays open."""
        if self._owns_driver:
            self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


@boundary.around_methods
class AsyncClient(SafeRepr):
    """Base class of the async clients, for asyncio and trio.

    Pass either ``http`` or ``driver``, or neither; both together raise :class:`UsageError`.

    - ``http``: an async client of httpx or httpx2. You close it yourself. Use ``timeouts``, ``retries`` and ``clock``
      to change how all calls of the client behave.
    - ``driver``: a driver that has all these settings itself. You close it yourself too.
    - ``keep_raw=True``: an error while reading a response has the body as ``error.raw``, a secret. See
      :mod:`magister_connect.core.raw`.
    """

    def __init__(
        self, driver: AsyncDriver | None = None, *, keep_raw: bool = False, **settings: Unpack[AsyncSettings]
    ) -> None:
        self._owns_driver = driver is None
        if driver is None:
            driver = drivers.AsyncDriver(**_with_defaults(settings, self._defaults()))
        else:
            _refuse_settings(settings)
        self._driver = raw_driver.RawAsyncDriver(driver) if keep_raw else driver

    def __init_subclass__(cls) -> None:
        """Keep the arguments of methods out of the frames of tracebacks."""
        super().__init_subclass__()
        boundary.around_methods(cls)

    def _defaults(self) -> ClientSettings:
        """Return the settings of this client that differ from the defaults of the driver."""
        return {}

    async def _run(self, flow: Flow[T]) -> T:
        __tracebackhide__ = True
        return await self._driver.run(flow)

    async def aclose(self) -> None:
        """Close what the client opened. An HTTP client or driver that you passed stays open."""
        if self._owns_driver:
            await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()


def _passed_settings(settings: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if value is not None}


def _with_defaults(settings: Settings, defaults: ClientSettings) -> Settings:
    return cast("Settings", {**defaults, **_passed_settings(settings)})


def _refuse_settings(settings: Mapping[str, object]) -> None:
    """Raise an error for settings beside a driver. Ignoring them would drop the pace or timeouts asked for."""
    if given := _passed_settings(settings):
        raise UsageError(
            f"Your driver already has its own {', '.join(sorted(given))}",
            advice="Pass them to the driver, or leave the driver out.",
        )
