"""Both clients over a simulated service, as one thing to ask."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import anyio
import pytest
from attrs import define, field

from magister_connect.core.drivers import AsyncDriver, SyncDriver
from magister_connect.identifiers import Oin
from magister_connect.nummervoorziening import AsyncNummervoorzieningClient, NummervoorzieningClient
from magister_connect.sandbox.nummervoorziening import Nummervoorziening, NummervoorzieningSwitches, application
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.clock import VirtualClock
from magister_connect.sandbox.serving import serve
from magister_connect.sandbox.state import SandboxState

SCHOOL = Oin("0000000700099ZZ00000")


@define
class Asker:
    """Asks one of the two clients; keeps the pauses that it would have made."""

    address: str
    awaiting: bool
    service: Nummervoorziening
    pauses: list[float] = field(factory=list)
    oin: Oin = SCHOOL

    def __call__(self, method: str, *arguments: Any, **named: Any) -> Any:
        return (
            anyio.run(partial(self._await, method, *arguments, **named))
            if self.awaiting
            else self._block(method, *arguments, **named)
        )

    def _block(self, method: str, *arguments: Any, **named: Any) -> Any:
        with (
            SyncDriver(sleep=self.pauses.append) as driver,
            NummervoorzieningClient(self.address, driver=driver, oin=self.oin) as client,
        ):
            return getattr(client, method)(*arguments, **named)

    async def _await(self, method: str, *arguments: Any, **named: Any) -> Any:
        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        async with (
            AsyncDriver(sleep=sleep) as driver,
            AsyncNummervoorzieningClient(self.address, driver=driver, oin=self.oin) as client,
        ):
            return await getattr(client, method)(*arguments, **named)


Start = Callable[..., Asker]


@pytest.fixture(params=[False, True], ids=["blocking", "awaiting"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Start the service with these switches and give what asks it."""
    served = []

    def begin(**switches: Any) -> Asker:
        settings = NummervoorzieningSwitches(**switches)
        service = Nummervoorziening(SandboxState(School.seeded(pupils=3, staff=6), VirtualClock()), settings)
        served.append(serve(application(service.state, settings, service)))
        return Asker(f"{served[-1].url}/eck/ws/201703", request.param, service)

    yield begin
    for one in served:
        one.stop()
