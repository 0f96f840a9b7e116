"""A results service without sockets: made-up submissions, both clients over a mock transport, a clock that is moved."""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import anyio
import httpx
from attrs import evolve

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.identifiers import canonical_stamnummer
from magister_connect.results import (
    HAND_WRITTEN,
    LAMINAS,
    AsyncResultsClient,
    Batch,
    Contract,
    Paging,
    PullReport,
    ResultsClient,
    pull_results,
)
from magister_connect.sandbox import ResultsSwitches, SandboxState, School, VirtualClock
from magister_connect.sandbox.results import ResultsService
from magister_connect.sandbox.school.submissions import TESTS, Toetsresultaat
from magister_connect.store import Store

ADDRESS: Final = "https://tap.example/api/v3/results/doclit"
NOW: Final = dt.datetime(2025, 11, 20, 10)
KNOWN: Final = ("1001", "1002", "00012345")
PAGINGS: Final = ("since", "offset", "number", "page", "token", "once")
STATELESS: Final = PAGINGS[:-1]  # which may be asked again
KINDS: Final = ("blocking", "awaiting")
DAY: Final = dt.timedelta(days=1)
HOUR: Final = dt.timedelta(hours=1)
SEPTEMBER: Final = dt.datetime(2025, 9, 1, 9)


class World:
    """One service, one store, and what connects them."""

    def __init__(
        self,
        *,
        contract: Contract | None = None,
        kind: str = "blocking",
        store: Store | None = None,
        changes: dict[str, Any] | None = None,
        **switches: Any,
    ) -> None:
        self.school = School(1, [], [])
        self.states = self.school.submissions("JIJ")
        self.states.clear()
        self.clock = VirtualClock(NOW)
        self.client_clock: Callable[[], dt.datetime] = self.clock
        self.service = ResultsService(SandboxState(self.school, self.clock), ResultsSwitches(**switches))
        self.contract = contract or self._contract(changes or {})
        self.kind = kind
        self.store = store or Store("sqlite://", key=Store.generate_key())
        self.requests = 0
        self.before: list[Callable[[httpx.Request], httpx.Response | None]] = []
        self.product, self.key, self.code = "JIJ", "zandbak-jij-sleutel", "ZAND"
        self.slept: list[float] = []
        self._clients: dict[object, ResultsClient] = {}

    def _contract(self, changes: dict[str, Any]) -> Contract | None:
        switches = self.service.switches
        profile = LAMINAS if switches.style == "laminas" else HAND_WRITTEN
        if switches.paging in {"since", "offset"} and not changes:
            return None
        if switches.paging == "token":
            changes = {"next_token": "next_token", "more": "has_more", **changes}
        return profile.evolve(**{"paging": Paging(switches.paging), **changes})

    # -- the service --------------------------------------------------------------------------------------------

    def add(
        self, number: int, moment: dt.datetime, *, username: str = "1001", score: str = "81,5", **more: Any
    ) -> Toetsresultaat:
        """A submission that was taken, graded and changed at one moment, unless told otherwise."""
        plain = Toetsresultaat(
            product="JIJ",
            submission_nr=number,
            username=username,
            stamnummer=None,
            toets=TESTS["JIJ"][number % 3],
            afgenomen=moment,
            beoordeeld=moment,
            gewijzigd=moment,
            zichtbaar_vanaf=moment,
            niveau="2F",
            ontwikkelscore=80,
            score=score,
            percentage=81,
            cijfer="7,3",
        )
        state = evolve(plain, **more)
        self.states[number] = (*self.states.get(number, ()), state)
        return state

    def fill(self, count: int, *, begin: dt.datetime = dt.datetime(2025, 9, 1, 9), step: float = 3600.0) -> None:
        """So many submissions at even distances."""
        for place in range(count):
            self.add(100 + place, begin + dt.timedelta(seconds=step * place), username=KNOWN[place % len(KNOWN)])

    def change(self, number: int, moment: dt.datetime, **changes: Any) -> None:
        """A further state of a submission."""
        last = self.states[number][-1]
        state = evolve(last, **{"gewijzigd": moment, "zichtbaar_vanaf": moment, **changes})
        self.states[number] = (*self.states[number], state)

    def withdraw(self, *numbers: int) -> None:
        """Take submissions away."""
        for number in numbers:
            self.change(number, self.clock.local(), ingetrokken=True)

    def respond(self, request: httpx.Request) -> httpx.Response:
        """What the service answers."""
        self.requests += request.method == "POST"
        for intercept in self.before:
            if (response := intercept(request)) is not None:
                return response
        if request.method == "GET":
            answer = self.service.describe(ADDRESS)
        else:
            body = request.content
            answer = self.service.answer(self.product, body, ADDRESS, request.headers.get("authorization", ""))
        return httpx.Response(
            answer.status, content=answer.body.encode(), headers={"content-type": f"{answer.media_type}; charset=utf-8"}
        )

    # -- the clients --------------------------------------------------------------------------------------------

    def client(self, **changes: Any) -> ResultsClient:
        """A sync client that never sleeps."""
        http = httpx.Client(transport=httpx.MockTransport(self.respond))
        client = ResultsClient(f"{ADDRESS}?wsdl", **self._options(changes), http=http)
        client._driver._sleep = self.slept.append
        return client

    def _client(self) -> ResultsClient:
        """The same client as long as the account is the same: reading a WSDL takes its time."""
        account = (self.product, self.key, self.code, self.client_clock)
        if account not in self._clients:
            self._clients[account] = self.client()
        return self._clients[account]

    def forget_clients(self) -> None:
        """Let the next run begin with another contract."""
        self._clients.clear()

    def async_client(self, **changes: Any) -> AsyncResultsClient:
        """An async client that never sleeps."""
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.respond))
        client = AsyncResultsClient(f"{ADDRESS}?wsdl", **self._options(changes), http=http)

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        client._driver._sleep = sleep
        return client

    def _options(self, changes: dict[str, Any]) -> dict[str, Any]:
        return {
            "product": self.product,
            "instellingscode": self.code,
            "soap_key": self.key,
            "contract": self.contract,
            "retries": NO_RETRIES,
            "clock": self.client_clock,
            **changes,
        }

    def pull(self, stamnummers: Iterable[str] | Callable[[str], bool] = KNOWN, **options: Any) -> PullReport:
        """One run, with either client."""
        self.service.calls.clear()
        self.requests = 0
        if self.kind == "blocking":
            return pull_results(self._client(), self.store, stamnummers=stamnummers, **options)

        async def run() -> PullReport:
            asked: Awaitable[PullReport] = pull_results(
                self.async_client(), self.store, stamnummers=stamnummers, **options
            )
            return await asked

        return anyio.run(run)

    def batches(self, **options: Any) -> list[Batch]:
        """The batches of a period, with either client."""
        if self.kind == "blocking":
            return list(self.client().batches(**options))

        async def run() -> list[Batch]:
            return [batch async for batch in self.async_client().batches(**options)]

        return anyio.run(run)

    def first_request(self) -> httpx.Request:
        """The request for the first batch of this school year, sent or not."""
        held: list[httpx.Request] = []
        self.before.append(lambda request: held.append(request) if request.method == "POST" else None)
        next(iter(self.client().batches(since="2025-08-01")))
        self.before.pop()
        return held[0]

    # -- the truth ----------------------------------------------------------------------------------------------

    def truth(self, known: Iterable[str] = KNOWN) -> dict[str, tuple[str, str | None, dt.datetime]]:
        """What the service shows of those who are known, by the one form in which stamnummers are compared."""
        wanted = {canonical_stamnummer(each) for each in known}
        return {
            str(each.submission_nr): (canonical_stamnummer(each.username), each.score, each.gewijzigd)
            for each in self.service.current_results("JIJ")
            if canonical_stamnummer(each.username) in wanted
        }

    def stored(self) -> dict[str, tuple[str, str | None, dt.datetime | None]]:
        """What stands in the store, in the same terms."""
        return {
            each.submission_nr: (each.stamnummer, each.score_raw, each.modified_at) for each in self.store.results()
        }

    def assert_complete(self, known: Iterable[str] = KNOWN) -> None:
        """Nothing is lost and nothing is doubled."""
        assert self.stored() == self.truth(known)
