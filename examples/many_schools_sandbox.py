"""Many simulated schools at one address, for ``many_schools.py``: each has its own code, key and pupils."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event
from typing import Any, Final

from starlette.applications import Starlette
from starlette.routing import Mount

from magister_connect.sandbox import Accounts, SandboxState, School, VirtualClock
from magister_connect.sandbox.results import PATHS, ResultsService, ResultsSwitches
from magister_connect.sandbox.serving import Application, serve

PUPILS: Final = 20
STAFF: Final = 3
REQUESTS_BEFORE_THE_GATE: Final = 3  # the contract, and two batches: the middle of a pull


class Gate:
    """Holds back one request until it is opened, so that you can kill a worker in the middle of a pull."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._requests = 0
        self.reached = Event()
        self.opened = Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Pass the first requests on; the next one waits."""
        self._requests += 1
        if self._requests == REQUESTS_BEFORE_THE_GATE + 1:
            self.reached.set()
            await asyncio.to_thread(self.opened.wait)
        await self._application(scope, receive, send)


class ManySchools:
    """The schools by code, with the data that their services return."""

    def __init__(self, number: int, clock: VirtualClock) -> None:
        self.schools = {
            f"S{seed:04d}": School.seeded(seed, pupils=PUPILS, staff=STAFF)
            for seed in range(1, number + 1)
        }
        self.services = {code: self._service(code, clock) for code in self.schools}
        self.gates: dict[str, Gate] = {}

    def _service(self, code: str, clock: VirtualClock) -> ResultsService:
        accounts = Accounts(instellingscode=code, results_key=key_of(code))
        return ResultsService(
            SandboxState(self.schools[code], clock, accounts), ResultsSwitches()
        )

    def hold_back(self, code: str) -> Gate:
        """Put a gate in front of one school."""
        self.gates[code] = Gate(self.services[code].application())
        return self.gates[code]

    def application(self) -> Application:
        """All schools at one address: ``/CODE/...``."""
        faces = {
            code: self.gates.get(code) or service.application()
            for code, service in self.services.items()
        }
        return Starlette(
            routes=[Mount(f"/{code}", app=face) for code, face in faces.items()]
        )

    def pupils(self, code: str) -> frozenset[int]:
        """The stamnummers of the pupils of a school."""
        return frozenset(self.schools[code].leerlingen)

    def truth(self, code: str) -> set[str]:
        """Submission numbers of the pupils of a school in its service."""
        known = {str(number) for number in self.pupils(code)}
        return {
            str(each.submission_nr)
            for each in self.services[code].current_results("JIJ")
            if each.username in known
        }


def key_of(code: str) -> str:
    """The SOAP-key of a simulated school."""
    return f"key-of-{code}"


@contextmanager
def served(schools: ManySchools) -> Generator[str]:
    """Serve the schools on loopback; yields the address before ``/CODE``."""
    with serve(schools.application()) as running:
        yield running.url


def wsdl_of(url: str, code: str) -> str:
    """The address of the WSDL of one school."""
    return f"{url}/{code}{PATHS['JIJ']}?wsdl"
