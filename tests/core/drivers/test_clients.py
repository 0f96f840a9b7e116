"""What every client does with its driver: makes one and closes it, or leaves one of yours alone."""

import datetime as dt
from typing import Any

import pytest

from magister_connect.core.drivers import (
    NO_RETRIES,
    AsyncClient,
    AsyncDriver,
    Pace,
    SyncClient,
    SyncDriver,
    Timeouts,
)
from magister_connect.core.flow import current_time
from magister_connect.errors import UsageError
from magister_connect.testing import Script

pytestmark = pytest.mark.anyio
MOMENT = dt.datetime(2026, 2, 3, 4, 5, tzinfo=dt.UTC)
SETTINGS: list[dict[str, Any]] = [
    {"http": Script().client()},
    {"timeouts": Timeouts()},
    {"retries": NO_RETRIES},
    {"pace": Pace()},
    {"concurrency": 3},
    {"clock": lambda: MOMENT},
]


class Closings:
    """Counts how often a driver was closed."""

    def __init__(self, driver: SyncDriver | AsyncDriver, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        monkeypatch.setattr(driver, "close", self.close if isinstance(driver, SyncDriver) else self.aclose)

    def close(self) -> None:
        self.count += 1

    async def aclose(self) -> None:
        self.count += 1


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: next(iter(each)))
def test_what_a_driver_would_overrule_is_refused(setting: dict[str, Any]) -> None:
    (name,) = setting
    with SyncDriver() as driver, pytest.raises(UsageError, match=f"already has its own {name}") as caught:
        SyncClient(driver, **setting)
    assert "leave the driver out" in str(caught.value)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: next(iter(each)))
async def test_what_an_awaiting_driver_would_overrule_is_refused(setting: dict[str, Any]) -> None:
    (name,) = setting
    async with AsyncDriver() as driver:
        with pytest.raises(UsageError, match=f"already has its own {name}"):
            AsyncClient(driver, **setting)


def test_a_driver_of_yours_stays_open_and_one_made_here_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with SyncDriver() as driver, monkeypatch.context() as patch:
        yours = Closings(driver, patch)
        with SyncClient(driver):
            pass
        assert yours.count == 0
    client = SyncClient(None)
    with monkeypatch.context() as patch:
        made = Closings(client._driver, patch)
        with client:
            pass
        assert made.count == 1
    client.close()


async def test_the_same_holds_for_awaiting_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncDriver() as driver:
        with monkeypatch.context() as patch:
            yours = Closings(driver, patch)
            async with AsyncClient(driver):
                pass
            assert yours.count == 0
    client = AsyncClient(None)
    with monkeypatch.context() as patch:
        made = Closings(client._driver, patch)
        async with client:
            pass
        assert made.count == 1
    await client.aclose()


async def test_what_is_given_goes_to_the_driver() -> None:
    with SyncClient(clock=lambda: MOMENT) as blocking:
        assert blocking._run(current_time()) == MOMENT
    async with AsyncClient(clock=lambda: MOMENT) as awaiting:
        assert await awaiting._run(current_time()) == MOMENT
