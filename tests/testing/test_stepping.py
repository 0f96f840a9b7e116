"""Flows can be stepped by hand, and played through."""

import datetime as dt

import pytest

from magister_connect.core.flow import (
    Flow,
    Outcome,
    Reply,
    Request,
    Sleep,
    StreamingFlow,
    current_time,
    emit,
    exchange,
    exchange_all,
    run_blocking,
    sleep,
)
from magister_connect.errors import ConnectionFailed, UsageError
from magister_connect.testing import Stepper, json_reply, play

FIRST = Request("GET", "https://school.example/first")
SECOND = Request("GET", "https://school.example/second")
MOMENT = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)


def twice() -> Flow[int]:
    first = yield from exchange(FIRST)
    yield from sleep(5)
    second = yield from exchange(SECOND)
    return first.status + second.status


def patient() -> Flow[str]:
    try:
        reply = yield from exchange(FIRST)
    except ConnectionFailed:
        reply = yield from exchange(SECOND)
    return reply.body.decode()


def together() -> Flow[list[bool]]:
    outcomes = yield from exchange_all([FIRST, SECOND])
    return [isinstance(each, Reply) for each in outcomes]


def timed() -> Flow[dt.datetime]:
    return (yield from current_time())


def series() -> StreamingFlow[int]:
    for number in (1, 2):
        yield from emit(number)
    reply = yield from exchange(FIRST)
    yield from emit(reply.status)


def test_a_flow_is_stepped_by_hand() -> None:
    stepper = Stepper(twice())
    assert stepper.request == FIRST
    stepper.answer(Reply(200))
    assert stepper.step == Sleep(5)
    stepper.answer()
    assert stepper.request == SECOND
    stepper.answer(Reply(204))
    assert stepper.result == 404


def test_a_failure_can_be_thrown_into_a_flow() -> None:
    stepper = Stepper(patient())
    stepper.fail(ConnectionFailed("gone"))
    assert stepper.request == SECOND


def test_what_a_series_hands_out_is_gathered() -> None:
    stepper = Stepper(series())
    assert stepper.items == [1, 2]
    stepper.answer(Reply(200))
    assert stepper.items == [1, 2, 200]


def test_requests_that_go_together_are_answered_together() -> None:
    stepper = Stepper(together())
    assert stepper.requests == (FIRST, SECOND)
    stepper.answer((Reply(200), ConnectionFailed("gone")))
    assert stepper.result == [True, False]


def test_a_question_for_the_time_is_answered_by_hand() -> None:
    stepper = Stepper(timed())
    stepper.answer(MOMENT)
    assert stepper.result == MOMENT


@pytest.mark.parametrize(
    ("flow", "answers", "result"),
    [
        (twice(), [Reply(200), Reply(200)], 400),
        (patient(), [ConnectionFailed("gone"), json_reply(1)], "1"),
        (together(), [ConnectionFailed("gone"), Reply(200)], [False, True]),
        (run_blocking(lambda: "done"), [], "done"),
    ],
)
def test_a_flow_is_played_through(flow: Flow[object], answers: list[Outcome], result: object) -> None:
    assert play(flow, answers) == result


def test_what_a_flow_lets_through_comes_out() -> None:
    with pytest.raises(ConnectionFailed, match="gone"):
        play(twice(), [ConnectionFailed("gone")])


def test_work_on_this_machine_may_fail() -> None:
    def full() -> None:
        raise UsageError("no room")

    with pytest.raises(UsageError, match="no room"):
        play(run_blocking(full), [])


@pytest.mark.parametrize(
    ("flow", "answers", "message"),
    [
        (twice(), [Reply(200)], "no answer is left for GET https://school.example/second"),
        (twice(), [Reply(200)] * 3, "1 answers were not used"),
        (timed(), [], "asks for Now: step it by hand"),
    ],
)
def test_a_script_that_does_not_fit_is_an_assertion_error(
    flow: Flow[object], answers: list[Outcome], message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        play(flow, answers)


def test_a_stepper_tells_what_the_flow_wants_instead() -> None:
    with pytest.raises(AssertionError, match="asks for several requests, not for a request"):
        _ = Stepper(together()).request
    with pytest.raises(AssertionError, match="asks for Request, not for several requests"):
        _ = Stepper(twice()).requests
    with pytest.raises(AssertionError, match="has not ended: it asks for Request"):
        _ = Stepper(twice()).result


def test_a_flow_at_its_end_takes_no_answer() -> None:
    stepper = Stepper(timed())
    stepper.answer(MOMENT)
    with pytest.raises(AssertionError, match="has ended"):
        stepper.answer()
    with pytest.raises(AssertionError, match="has ended"):
        stepper.fail(ConnectionFailed("gone"))
    with pytest.raises(AssertionError, match="asks for nothing more"):
        _ = stepper.request
