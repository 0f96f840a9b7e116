"""Scripted clients go through the real drivers, sync and async, over httpx and httpx2."""

from collections.abc import Callable
from typing import Any, Literal

import anyio
import pytest

from magister_connect.core.drivers import NO_RETRIES, AsyncDriver, RetryPolicy, SyncDriver
from magister_connect.core.flow import Reply, Request
from magister_connect.errors import AllowListSuspected, ConnectionFailed, TimedOut
from magister_connect.medius import AsyncMediusClient, MediusClient
from magister_connect.testing import NetworkFault, Script, Sent, json_reply, unavailable

ADDRESS = "https://school.example/doc"
Send = Callable[..., Reply]
Library = Literal["httpx", "httpx2"]


def send_sync(script: Script, request: Request, library: Library, retries: RetryPolicy) -> Reply:
    with SyncDriver(script.client(library), retries=retries) as driver:
        return driver.send(request)


def send_async(script: Script, request: Request, library: Library, retries: RetryPolicy) -> Reply:
    async def send() -> Reply:
        async with AsyncDriver(script.async_client(library), retries=retries) as driver:
            return await driver.send(request)

    return anyio.run(send)


@pytest.fixture(params=[send_sync, send_async])
def send(request: pytest.FixtureRequest) -> Send:
    return request.param  # type: ignore[no-any-return]  # pytest types parameters as Any


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Library:
    return request.param  # type: ignore[no-any-return]  # as above


def test_a_request_gets_the_answer_that_was_written_for_it(send: Send, library: Library) -> None:
    script = Script()
    script.add(json_reply({"page": 2}), query={"page": "2"})
    script.add(json_reply({"page": 1}), query={"PAGE": "1"})
    for page in ("1", "2"):
        reply = send(script, Request("GET", ADDRESS, query=(("page", page),)), library, NO_RETRIES)
        assert reply.body == f'{{"page": {page}}}'.encode()
    assert [each.query["page"] for each in script.sent] == ["1", "2"]
    script.assert_played()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (NetworkFault.NOT_ON_ALLOW_LIST, AllowListSuspected),
        (NetworkFault.TOO_SLOW, TimedOut),
        (NetworkFault.REFUSED, ConnectionFailed),
        (NetworkFault.BROKEN_OFF, ConnectionFailed),
    ],
)
def test_a_network_fault_shows_as_the_error_that_a_real_one_would(
    send: Send, library: Library, fault: NetworkFault, error: type[ConnectionFailed]
) -> None:
    script = Script()
    script.add(fault)
    with pytest.raises(ConnectionFailed) as raised:
        send(script, Request("GET", ADDRESS, allow_list=True), library, NO_RETRIES)
    assert type(raised.value) is error


@pytest.mark.usefixtures("without_waiting")
def test_retries_are_made_and_nobody_waits(send: Send, library: Library) -> None:
    script = Script()
    script.add(unavailable(503), times=2)
    script.add(json_reply([]))
    assert send(script, Request("GET", ADDRESS), library, RetryPolicy(first_wait=3600, longest_wait=3600)).status == 200
    assert len(script.sent) == 3


@pytest.mark.usefixtures("without_waiting")
def test_no_more_retries_are_made_than_the_policy_has(send: Send, library: Library) -> None:
    script = Script()
    script.add(unavailable(429, retry_after=30), times=None)
    assert send(script, Request("GET", ADDRESS), library, RetryPolicy(attempts=2)).status == 429
    assert len(script.sent) == 2


def test_a_request_that_is_not_in_the_script_is_an_assertion_error(send: Send, library: Library) -> None:
    script = Script()
    script.add(json_reply({}), method="POST", path="/login", body_has="user")
    request = Request("GET", ADDRESS, query=(("Function", "Login"), ("password", "geheim")))
    with pytest.raises(AssertionError) as raised:
        send(script, request, library, NO_RETRIES)
    assert str(raised.value) == (
        "GET /doc?Function=Login (further parameters: password) is not in the script, which expects POST /login with "
        "'user' in its body (which differs in: the method, the path, the body). Fix this in your code: Add an answer "
        "for this request, or send the request that the script expects."
    )


def test_a_request_that_differs_in_a_value_is_told_so_without_the_value() -> None:
    script = Script()
    script.add(json_reply({}), query={"SessionToken": "A"})
    with pytest.raises(AssertionError, match=r"which differs in: SessionToken\)") as raised:
        send_sync(script, Request("GET", ADDRESS, query=(("SessionToken", "geheim"),)), "httpx", NO_RETRIES)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize("times", [1, 2])
def test_a_request_that_comes_once_too_often_is_told_so(times: int) -> None:
    script = Script()
    script.add(json_reply({}), times=times)
    for _ in range(times):
        send_sync(script, Request("GET", ADDRESS), "httpx", NO_RETRIES)
    with pytest.raises(AssertionError, match=rf"once more than the script allows \(times={times}\)"):
        send_sync(script, Request("GET", ADDRESS), "httpx", NO_RETRIES)


def test_a_script_with_nothing_left_says_so() -> None:
    with pytest.raises(AssertionError, match="not in the script, which expects nothing more"):
        send_sync(Script(), Request("GET", ADDRESS), "httpx", NO_RETRIES)


@pytest.mark.parametrize(
    ("expected", "fits"),
    [
        ({"method": "POST"}, True),
        ({"method": "GET"}, False),
        ({"path": "/doc"}, True),
        ({"path": "/"}, False),
        ({"query": {"stamnr": "1"}}, True),
        ({"query": {"StamNr": "2"}}, False),
        ({"query": {"other": "1"}}, False),
        ({"body_has": "<nr>"}, True),
        ({"body_has": b"<no>"}, False),
    ],
)
def test_every_part_of_an_expectation_counts(expected: dict[str, Any], fits: bool) -> None:
    script = Script()
    script.add(json_reply({}), **expected)
    request = Request("POST", ADDRESS, query=(("StamNr", "1"),), body=b"<nr>5</nr>")
    if fits:
        assert send_sync(script, request, "httpx", NO_RETRIES).status == 200
    else:
        with pytest.raises(AssertionError, match="not in the script"):
            send_sync(script, request, "httpx", NO_RETRIES)


def test_what_was_never_asked_is_told() -> None:
    script = Script()
    script.add(json_reply({}), path="/a", query={"q": "1"}, body_has="x")
    script.add(json_reply({}), path="/b", times=None)
    with pytest.raises(AssertionError, match=r"states: any method /a\?q=1 with 'x' in its body\. Fix this"):
        script.assert_played()


def test_what_was_sent_prints_without_a_value() -> None:
    script = Script()
    script.add(json_reply({}))
    send_sync(script, Request("GET", ADDRESS, query=(("password", "geheim"),)), "httpx", NO_RETRIES)
    assert repr(script.sent[0]) == "Sent(method='GET', host='school.example', path='/doc')"


def test_the_repr_of_a_script_counts_and_shows_no_value() -> None:
    script = Script()
    script.add(json_reply({}), query={"password": "geheim"})
    script.add(json_reply({}), path="/other")
    script.answer(Sent("GET", "school.example", "/", {"password": "geheim"}, {}, b""))
    assert repr(script) == "<Script: 1 requests sent, 1 answers left>"


# -- through a client ---------------------------------------------------------------------------------------------

CALLS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda medius: medius.students(),
    "streamed": lambda medius: medius.iter_data("SDS-Medewerker"),
    "many": lambda medius: medius.student_groups_of(["1", "2", "3"]),
}


async def read_async(script: Script, call: str) -> None:
    async with AsyncMediusClient(ADDRESS, username="u", password="p", http=script.async_client()) as medius:
        answer = CALLS[call](medius)
        _ = [each async for each in answer] if hasattr(answer, "__aiter__") else await answer


def read_sync(script: Script, call: str) -> None:
    with MediusClient(ADDRESS, username="u", password="p", http=script.client()) as medius:
        answer = CALLS[call](medius)
        _ = list(answer) if hasattr(answer, "__iter__") else answer


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("way", ["sync", "asyncio", "trio"])
def test_a_client_passes_on_what_the_script_says_with_few_frames(way: str, call: str) -> None:
    script = Script()
    with pytest.raises(AssertionError, match="not in the script, which expects nothing more") as failure:
        read_sync(script, call) if way == "sync" else anyio.run(read_async, script, call, backend=way)
    ours = [frame for frame in failure.traceback if "magister_connect" in str(frame.path) or "httpx" in str(frame.path)]
    assert len(ours) <= 6
    assert len([frame for frame in ours if not frame.ishidden(failure)]) <= 1
