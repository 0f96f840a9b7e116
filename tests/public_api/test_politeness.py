"""Four at a time, apart from each other, slower after a refusal; and never a page dropped in silence."""

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import anyio
import httpx
import pytest
import stamina
from attrs import evolve

from magister_connect.core.drivers import AsyncDriver, Pace, RetryPolicy, SyncDriver
from magister_connect.core.flow import Reply, Request, exchange_all
from magister_connect.core.secrets import Secret
from magister_connect.errors import RateLimited
from magister_connect.login import KeptTokens, LoginSettings, MagisterLogin, MemoryTokenStore, StaticToken
from magister_connect.login.operations import LoginServer
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.public_api.politeness import PATIENT
from magister_connect.sandbox.login.server import account_id
from magister_connect.testing import Script, json_reply
from tests.public_api.conftest import MakeSchool, client_for, pupil_of, quick

LIMITED = Reply(429, (("content-type", "application/json"),), b'{"secondsLeft": 25}')
FINE = json_reply({})
TOKEN = StaticToken(Secret("t"))


class Ticks:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def test_requests_keep_their_distance(ticks: Ticks) -> None:
    pace = Pace(ticks=ticks)
    assert [round(pace.reserve(), 3) for _ in range(4)] == [0.0, 0.15, 0.3, 0.45]
    ticks.now = 10
    assert pace.reserve() == 0.0


@pytest.mark.parametrize(("refusals", "gap"), [(1, 0.9), (2, 1.8), (3, 2.5), (9, 2.5)])
def test_a_refusal_widens_the_gap_and_holds_everybody_back(ticks: Ticks, refusals: int, gap: float) -> None:
    pace = Pace(ticks=ticks, asked=lambda _: 25.0)
    for _ in range(refusals):
        pace.learn(LIMITED)
    assert pace.current_gap == gap
    assert pace.reserve() == 25.0
    assert round(pace.reserve(), 3) == 25.0 + gap


def test_calm_brings_the_gap_back(ticks: Ticks) -> None:
    pace = Pace(ticks=ticks, calm=3)
    pace.learn(LIMITED)
    for _ in range(2):
        pace.learn(FINE)
    assert pace.current_gap == 0.9
    seen = []
    for _ in range(10):
        pace.learn(FINE)
        seen.append(pace.current_gap)
    assert seen[0] == 0.45
    assert seen[-1] == 0.15
    assert seen == sorted(seen, reverse=True)


def test_the_driver_waits_for_its_turn(ticks: Ticks) -> None:
    script = Script()
    script.add(FINE, times=None)
    with SyncDriver(script.client(), pace=Pace(ticks=ticks), sleep=ticks.sleep) as driver:
        for _ in range(3):
            driver.send(Request("GET", "https://school.example/api/x"))
    assert ticks.waits == [0.15, 0.15]


def test_no_more_than_four_are_on_their_way_whoever_asks() -> None:
    most, now, lock = [0], [0], threading.Lock()

    class Slow:
        def send(self, _: Request) -> Reply:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.01)  # on the wire: this is what is counted
            with lock:
                now[0] -= 1
            return FINE

        def close(self) -> None:
            """Nothing is open."""

    driver = SyncDriver(Script().client(), pace=Pace(gap=0.0), concurrency=16)
    driver._transport = Slow()  # type: ignore[assignment]  # stands in for the network
    threads = [
        threading.Thread(target=lambda: driver.run(exchange_all([Request("GET", "https://x.example")] * 6)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 4


@pytest.mark.parametrize("spelling", ["SecondsLeft", "secondsLeft"])
@pytest.mark.parametrize("retry_after", [True, False])
def test_a_limit_is_waited_out_and_nothing_is_lost(make_school: MakeSchool, spelling: str, retry_after: bool) -> None:
    school = make_school(limit=3, window=25.0, spelling=spelling, retry_after=retry_after)
    asked: list[float] = []

    def watch(reply: Reply) -> float | None:
        from magister_connect.public_api.exchange.refusals import asked_wait

        asked.append(asked_wait(reply) or 0.0)
        school.clock.advance(dt.timedelta(seconds=26))  # the wait itself, on the school's clock
        return 0.0

    policy = RetryPolicy(asked_wait=watch, attempts=6, first_wait=0.0, jitter=0.0)
    pupil = pupil_of(school)
    with client_for(school, pupil, retries=policy) as api:
        enrolment = pupil.inschrijvingen[0]
        marks = [
            each
            for each in school.school.marks_of(pupil.stamnummer, school.clock.local())
            if each.aanmelding == enrolment.nummer
        ][:12]
        weights = api.kolominfo_van(pupil.persoon_id, enrolment.nummer, [each.kolom_id for each in marks])
    assert len(weights) == len({each.kolom_id for each in marks})
    assert asked
    assert 0 < max(asked) <= 25


def test_patience_has_an_end_that_has_a_name(make_school: MakeSchool) -> None:
    school = make_school(limit=1)
    with client_for(school, pupil_of(school)) as api:
        api.account()
        with pytest.raises(RateLimited) as caught:
            api.account()
    assert caught.value.status == 429


def test_the_clients_own_patience_waits_as_asked() -> None:
    request = Request("GET", "https://school.example/api/x")
    assert PATIENT.again(request, LIMITED) == 25.0
    assert PATIENT.again(request, Reply(429, (("retry-after", "7"),))) == 7.0
    assert PATIENT.again(request, Reply(429, (), b'{"SecondsLeft": 4000}')) is False
    assert PATIENT.again(Request("POST", "https://school.example/api/x"), LIMITED) is False


def test_a_page_that_is_refused_ends_the_list_loudly() -> None:
    script = Script()
    page = {
        "items": [{"id": 1}],
        "totalCount": 2,
        "links": {"next": {"href": "/api/berichten/postvakin/berichten?skip=1"}},
    }
    script.add(json_reply(page))
    script.add(LIMITED, times=None)
    with PublicApiClient(
        "https://school.example/api",
        tokens=StaticToken(Secret("t")),
        http=script.client(),
        retries=RetryPolicy(attempts=1),
    ) as api:
        messages = iter(api.berichten())
        assert next(messages).id == 1
        with pytest.raises(RateLimited) as caught:
            next(messages)
    assert caught.value.retry_after == 25.0


def test_a_token_that_ends_on_the_way_is_renewed_once(make_school: MakeSchool) -> None:
    school = make_school()
    pupil = pupil_of(school)
    settings = LoginSettings(
        client_id=school.accounts.client_id,
        client_secret=Secret(school.accounts.client_secret),
        issuer=school.issuer_url,
        scopes=("openid", "offline_access"),
    )
    from magister_connect.login import Tokens

    answer = school.issuer.issue_tokens(
        school.issuer_url, school.accounts.client_id, account_id(pupil), "openid offline_access", refresh=True
    )
    tokens = Tokens(
        access_token=Secret(answer["access_token"]),
        refresh_token=Secret(answer["refresh_token"]),
        expires=school.clock() + dt.timedelta(hours=1),
    )
    with MagisterLogin(settings) as login:
        source = login.keep(tokens, MemoryTokenStore(), "k")
    with client_for(school, pupil, tokens=source) as api:
        school.issuer.grants.end_all_access()  # 401, though the token looks fresh
        numbers = [each.kolom_id for each in school.school.marks_of(pupil.stamnummer, school.clock.local())][:4]
        assert api.account().persoon.id == pupil.persoon_id
        assert school.issuer.grants.refreshes == 1
        school.issuer.grants.end_all_access()
        found = api.kolominfo_van(pupil.persoon_id, pupil.inschrijvingen[0].nummer, numbers[:1])
        assert len(found) == 1
        assert school.issuer.grants.refreshes == 2


def test_the_awaiting_driver_keeps_the_same_pace(ticks: Ticks) -> None:
    script = Script()
    script.add(FINE, times=None)

    async def sleep(seconds: float) -> None:
        ticks.sleep(seconds)

    async def main() -> None:
        tokens = StaticToken(Secret("t"))
        async with (
            AsyncDriver(script.async_client(), pace=Pace(ticks=ticks), sleep=sleep) as driver,
            AsyncPublicApiClient("https://s.example/api", tokens=tokens, driver=driver) as api,
        ):
            await api.versie()
            await api.versie()

    anyio.run(main)
    assert ticks.waits == [0.15]


def parts_of(api: PublicApiClient) -> tuple[Any, Any]:
    """The pace and the retries that a client drives with."""
    driver = api._driver  # nothing public shows them
    return driver._pace, driver._retries


def test_all_clients_of_a_school_and_an_application_share_one_pace() -> None:
    def pace_of(base: str, tokens: Any) -> object:
        return parts_of(PublicApiClient(base, tokens=tokens))[0]

    one = pace_of("https://a.magister.net/api", StaticToken(Secret("t")))
    assert pace_of("https://a.magister.net/api", StaticToken(Secret("u"))) is one
    assert pace_of("https://b.magister.net/api", StaticToken(Secret("t"))) is not one
    kept = KeptTokens(LoginServer(LoginSettings(client_id="c", issuer="https://op.example")), MemoryTokenStore(), "k")
    assert pace_of("https://a.magister.net/api", kept) is not one
    assert pace_of("https://a.magister.net/api", kept) is pace_of("https://a.magister.net/api", evolve(kept, key="l"))


def test_thirty_users_of_one_application_have_four_requests_on_their_way() -> None:
    now, most, lock = 0, 0, Lock()
    pace = Pace(gap=0.0)

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        Event().wait(0.002)
        with lock:
            now -= 1
        return httpx.Response(200, json={"items": []})

    def ask(number: int) -> list[Any]:
        http = httpx.Client(transport=httpx.MockTransport(answer))
        with http, PublicApiClient("https://a.magister.net/api", tokens=TOKEN, http=http, pace=pace) as api:
            return [list(api.mappen()) for _ in range(number % 3 + 1)]

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(ask, range(30)))
    assert most == 4


def test_a_pace_and_a_policy_of_your_own_still_obey_what_a_school_asks() -> None:
    policy = RetryPolicy(attempts=3)
    api = PublicApiClient("https://a.magister.net/api", tokens=TOKEN, retries=policy, pace=Pace(gap=1.0))
    reply = Reply(429, (), b'{"SecondsLeft": 17}')
    pace, retries = parts_of(api)
    assert (pace.asked(reply), retries.asked_wait(reply), retries.attempts) == (17.0, 17.0, 3)
    own = Pace(asked=lambda _: 3.0)
    api = PublicApiClient("https://a.magister.net/api", tokens=TOKEN, pace=own)
    assert parts_of(api)[0].asked(reply) == 3.0


@pytest.mark.parametrize("body", [b"", b"  ", b"<!DOCTYPE html><html></html>"])
def test_a_success_without_data_is_asked_for_again_when_reading(body: bytes) -> None:
    answers = [httpx.Response(200, content=body), httpx.Response(200, json={"items": [{"id": 1, "naam": "a"}]})]
    http = httpx.Client(transport=httpx.MockTransport(lambda _: answers.pop(0)))
    testing = stamina.set_testing(True, attempts=6, cap=True)
    with testing, http, PublicApiClient("https://a.magister.net/api", tokens=TOKEN, http=http, pace=quick()) as api:
        assert [each.id for each in api.mappen()] == [1]
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=b"")))
    with http, PublicApiClient("https://a.magister.net/api", tokens=TOKEN, http=http, pace=quick()) as api:
        api.verwijder([1])  # a write is sent once, whatever comes
