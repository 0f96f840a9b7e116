"""Calls of every client with a mutated response, and servers with a mutated request."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import httpx

from magister_connect import uwlr
from magister_connect.core.drivers import NO_RETRIES, Pace, SyncDriver
from magister_connect.core.secrets import Secret
from magister_connect.login import MagisterLogin, MemoryTokenStore, StaticToken
from magister_connect.medius import MediusClient
from magister_connect.nummervoorziening import NummervoorzieningClient
from magister_connect.public_api import PublicApiClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.uwlr import uwlr_document
from magister_connect.scim import ScimClient
from magister_connect.scim.receiver import EckIdReceiver
from magister_connect.store import Store
from magister_connect.uwlr import UwlrClient
from stress.databases import wipe
from stress.mutations import judge, mutated, over_samples
from stress.tally import Runs, Tally
from tests.login.conftest import log_in, login_to, settings_for
from tests.nummervoorziening.test_service import PUPIL
from tests.uwlr.messages import message, taking

Call = Callable[[httpx.Client], object]
Kept = tuple[int, list[tuple[str, str]], bytes]


class Recording(httpx.BaseTransport):
    """Forwards requests, and records requests and responses in their order."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.requests: list[bytes] = []
        self.replies: list[Kept] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        self.requests.append(request.read())
        reply = self._inner.handle_request(request)
        body = reply.read()
        reply.close()
        kept = [(k, v) for k, v in reply.headers.items() if k.lower() not in {"content-length", "content-encoding"}]
        self.replies.append((reply.status_code, kept, body))
        return httpx.Response(reply.status_code, headers=kept, content=body)


class Replaying(httpx.BaseTransport):
    """Returns the recorded responses; one of them is mutated: mostly its body, sometimes its headers or status."""

    def __init__(self, replies: list[Kept], chance: random.Random) -> None:
        self._replies = replies
        self._chance = chance
        self._spoiled = chance.randrange(len(replies))
        self._given = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        place = min(self._given, len(self._replies) - 1)
        self._given += 1
        if self._given > 200:
            raise httpx.ReadError("the client never ends", request=request)
        status, headers, body = self._replies[place]
        if place == self._spoiled:
            status, headers, body = self._spoil(status, headers, body)
        raw = [(k.encode(), v.encode("latin-1", "replace")) for k, v in headers]
        return httpx.Response(status, headers=raw, content=body)

    def _spoil(self, status: int, headers: list[tuple[str, str]], body: bytes) -> Kept:
        kind = self._chance.randrange(8)
        if kind == 0:
            status = self._chance.choice((204, 301, 302, 400, 401, 403, 404, 409, 429, 500, 503, 599))
            address = self._chance.choice(("http://[::1", "https://xn--a/", "\x00", "//", "https://a..b/", "x:y"))
            headers = [*headers, ("location", address), ("retry-after", "9" * 400)]
        if kind == 1:
            headers = [("content-type", self._chance.choice(("text/html", "application/json; charset=\x00x", "x")))]
        return status, headers, mutated(body, self._chance)


def over_calls(prepare: Callable[[Sandbox], list[Call]], **school: Any) -> Runs:
    """Runs that repeat a call of a client with one mutated response."""

    def runs(tally: Tally, numbers: range) -> Iterator[int]:
        if not numbers:
            return
        with Sandbox(pupils=6, staff=3, **school) as sandbox:
            calls = []
            for call in prepare(sandbox):
                recording = Recording()
                with httpx.Client(transport=recording) as http:
                    call(http)
                calls.append((call, recording.replies))
            for number in numbers:
                chance = random.Random(number)
                call, replies = chance.choice(calls)
                with httpx.Client(transport=Replaying(replies, chance)) as http:
                    judge(tally, lambda call=call, http=http: call(http))  # type: ignore[misc]  # bound now
                yield 1

    return runs


def driver_over(http: httpx.Client, school: Sandbox) -> SyncDriver:
    """A driver that does not wait."""
    return SyncDriver(http, retries=NO_RETRIES, sleep=lambda _: None, clock=school.clock)


def medius_calls(school: Sandbox) -> list[Call]:
    """The lists of Medius, and functions for one pupil."""

    def call(ask: Callable[[MediusClient], object]) -> Call:
        def made(http: httpx.Client) -> object:
            with MediusClient(
                school.medius_url,
                username=school.medius_username,
                password=school.medius_password,
                allow_http=True,
                driver=driver_over(http, school),
            ) as client:
                return ask(client)

        return made

    return [
        call(lambda client: client.students()),
        call(lambda client: client.employees()),
        call(lambda client: list(client.iter_data("SDS-Medewerker"))),
    ]


def results_calls(school: Sandbox) -> list[Call]:
    """A pull into a store in memory."""
    store = Store("sqlite://", key=Store.generate_key())

    def made(http: httpx.Client) -> object:
        wipe(store)
        with ResultsClient(
            school.results_wsdl,
            product="JIJ",
            instellingscode=school.instellingscode,
            soap_key=school.results_key,
            driver=driver_over(http, school),
        ) as client:
            return client.pull(store, stamnummers=str.isdigit, from_school_year="2025-2026")

    return [made]


def api_calls(school: Sandbox) -> list[Call]:
    """Calls with a valid token."""
    with login_to(school) as login:
        started, back = log_in(school, login)
        source = login.keep(login.finish(started.pending, back), MemoryTokenStore(), "k")

    def call(ask: Callable[[PublicApiClient], object]) -> Call:
        def made(http: httpx.Client) -> object:
            driver = SyncDriver(http, retries=NO_RETRIES, pace=Pace(gap=0), sleep=lambda _: None, clock=school.clock)
            with PublicApiClient(school.public_api_url, tokens=source, driver=driver) as api:
                return ask(api)

        return made

    def person(api: PublicApiClient) -> int:
        return api.me().account.persoon.id

    return [
        call(lambda api: api.account()),
        call(lambda api: api.me()),
        call(lambda api: api.aanmeldingen_van_persoon(person(api)).list()),
        call(lambda api: api.laatste_cijfers(person(api)).list()),
    ]


def login_calls(school: Sandbox) -> list[Call]:
    """A login, from discovery to the identity token and the person's data from the server."""

    def made(http: httpx.Client) -> object:
        with MagisterLogin(settings_for(school), driver=driver_over(http, school)) as login:
            tokens = login.finish(started.pending, back)
            return login.userinfo(tokens), login.refresh(tokens)

    with login_to(school) as login:
        started, back = log_in(school, login)
    return [made]


def uwlr_calls(school: Sandbox) -> list[Call]:
    """Pupils, leniently and not, and results that are sent."""

    def call(ask: Callable[[UwlrClient], object], *, lenient: bool) -> Call:
        def made(http: httpx.Client) -> object:
            with UwlrClient(
                school.uwlr_url,
                school.accounts.uwlr_klantnaam,
                school.accounts.uwlr_klantcode,
                school.uwlr.keys,
                results_endpoint=school.uwlr_url,
                lenient=lenient,
                driver=driver_over(http, school),
            ) as client:
                return ask(client)

        return made

    brin = school.school.brin
    pupil = next(iter(uwlr_document(school.school, school.clock()).leerlingen))
    sent = message(taking(leerlingid=pupil.key, eckid=pupil.eckid), brincode=brin)
    return [
        call(lambda client: client.pupils(brin, "2025-2026"), lenient=False),
        call(lambda client: client.pupils(brin, "2025-2026"), lenient=True),
        call(lambda client: client.send_results(sent), lenient=True),
    ]


def scim_calls(school: Sandbox) -> list[Call]:
    """Accounts, and what the server can do."""

    def call(ask: Callable[[ScimClient], object]) -> Call:
        def made(http: httpx.Client) -> object:
            tokens = StaticToken(Secret(school.accounts.scim_token))
            with ScimClient(school.scim_url, tokens=tokens, driver=driver_over(http, school)) as client:
                return ask(client)

        return made

    return [
        call(lambda client: list(client.users())),
        call(lambda client: client.schemas()),
        call(lambda client: client.config()),
    ]


def number_calls(school: Sandbox) -> list[Call]:
    """Pseudonyms, one by one and as a batch."""

    def call(ask: Callable[[NummervoorzieningClient], object]) -> Call:
        def made(http: httpx.Client) -> object:
            driver = driver_over(http, school)
            with NummervoorzieningClient(school.nummervoorziening_url, oin=school.oin, driver=driver) as client:
                return ask(client)

        return made

    return [
        call(lambda client: client.ping()),
        call(lambda client: client.retrieve_sectors()),
        call(lambda client: client.retrieve_stampseudonym(PUPIL)),
        call(
            lambda client: client.retrieve_batch(client.submit_stampseudonym_batch([PUPIL]), save_reply=lambda *_: None)
        ),
    ]


# -- servers --------------------------------------------------------------------------------------------------------


def requests_to_uwlr() -> list[bytes]:
    """What a client of UWLR sends."""
    with Sandbox(pupils=6, staff=3) as school:
        recording = Recording()
        with httpx.Client(transport=recording) as http, suppress(Exception):
            for call in uwlr_calls(school):
                call(http)
        return recording.requests


def read_request(body: bytes) -> None:
    """As a server reads it: a refusal is a valid response."""
    with suppress(uwlr.Refusal):
        uwlr.parse_request(body)
    with suppress(uwlr.Refusal):
        uwlr.parse_request(body, lenient=True)


def pupils_with_eck_ids() -> list[bytes]:
    """What Magister sends to the receiver of ECK iDs."""
    import json

    from tests.scim.test_receiver_bodies import PUPIL

    return [json.dumps(PUPIL).encode()]


def receive(body: bytes) -> None:
    """As the receiver is called; an error of the server is a finding."""
    from tests.scim.test_receiver_bodies import send

    sender = send(EckIdReceiver(lambda _: True), [body])
    assert sender.status < 500, f"status {sender.status}"


CALLS: Final[dict[str, tuple[float, Runs]]] = {
    "replies of Medius": (0.03, over_calls(medius_calls)),
    "replies of the Public API": (0.03, over_calls(api_calls)),
    "replies of the results service": (0.004, over_calls(results_calls)),
    "replies of UWLR": (0.01, over_calls(uwlr_calls)),
    "replies of SCIM": (0.01, over_calls(scim_calls)),
    "replies of Nummervoorziening": (0.01, over_calls(number_calls)),
    "replies of the login server": (0.004, over_calls(login_calls)),
    "requests to a server of UWLR": (0.02, over_samples(requests_to_uwlr, read_request)),
    "requests to the receiver of ECK iDs": (0.01, over_samples(pupils_with_eck_ids, receive)),
}
