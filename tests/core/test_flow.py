"""Requests print without values, and flows can be stepped by hand."""

import datetime as dt

import pytest

from magister_connect.core.flow import (
    Emit,
    Flow,
    NextChunk,
    Now,
    Reply,
    Request,
    RunBlocking,
    Sleep,
    StreamingFlow,
    consume,
    current_time,
    emit,
    exchange,
    exchange_all,
    exchange_stream,
    next_chunk,
    run_blocking,
    sleep,
)
from magister_connect.core.secrets import Secret
from magister_connect.errors import ConnectionFailed, UsageError

ADDRESS = "https://school.invalid/doc"
NOON = dt.datetime(2025, 11, 20, 12, tzinfo=dt.UTC)


def test_a_request_prints_names_and_no_values() -> None:
    request = Request(
        "GET", ADDRESS, query=(("StamNr", "12345"), ("Password", Secret("hunter2"))),
        headers=(("Authorization", Secret("Bearer abc")),), body=b"<leerling/>",
    )  # fmt: skip
    printed = repr(request) + request.line
    assert "StamNr" in printed
    assert not any(value in printed for value in ("12345", "hunter2", "Bearer", "leerling"))


def test_an_address_that_names_a_person_is_shown_as_it_may_be() -> None:
    request = Request(
        "GET", "https://school.invalid/api/leerlingen/12345", shown="https://school.invalid/api/leerlingen/{id}"
    )
    assert "12345" not in repr(request) + request.line


def test_a_reply_prints_its_status_and_size() -> None:
    assert repr(Reply(200, (("set-cookie", "token"),), b"leerling")) == "Reply(status=200, body=<8 bytes>)"


@pytest.mark.parametrize(
    ("request_", "repeatable"),
    [
        (Request("GET", ADDRESS), True),
        (Request("POST", ADDRESS), False),
        (Request("POST", ADDRESS, safe_to_repeat=True), True),
        (Request("GET", ADDRESS, safe_to_repeat=False), False),
    ],
)
def test_reads_may_be_repeated_and_writes_only_when_they_say_so(request_: Request, repeatable: bool) -> None:
    assert request_.repeatable is repeatable


@pytest.mark.parametrize(
    ("header", "media_type", "charset"),
    [
        ("text/xml; charset=UTF-8", "text/xml", "utf-8"),
        ('Text/HTML;Charset="windows-1252"', "text/html", "windows-1252"),
        ("text/csv", "text/csv", None),
        ("text/csv; header=present", "text/csv", None),
        ("", "", None),
    ],
)
def test_a_reply_knows_its_media_type_and_charset(header: str, media_type: str, charset: str | None) -> None:
    reply = Reply(200, (("Content-Type", header),))
    assert (reply.media_type, reply.charset) == (media_type, charset)
    assert reply.header("CONTENT-TYPE") == header
    assert reply.header("etag") is None


def every_step() -> Flow[tuple[object, ...]]:
    reply = yield from exchange(Request("GET", ADDRESS))
    both = yield from exchange_all([Request("GET", ADDRESS), Request("GET", ADDRESS)])
    head = yield from exchange_stream(Request("GET", ADDRESS, stream=True))
    chunk = yield from next_chunk()
    yield from sleep(2.0)
    now = yield from current_time()
    done = yield from run_blocking(lambda: 7)
    return reply, both, head, chunk, now, done


def test_a_flow_is_stepped_by_hand_without_network_clock_or_loop() -> None:
    flow = every_step()
    reply, failure = Reply(200), ConnectionFailed("No")
    assert next(flow) == Request("GET", ADDRESS)
    assert flow.send(reply) == (Request("GET", ADDRESS), Request("GET", ADDRESS))
    assert flow.send((reply, failure)) == Request("GET", ADDRESS, stream=True)
    assert flow.send(reply) == NextChunk()
    assert flow.send(b"x") == Sleep(2.0)
    assert flow.send(None) == Now()
    step = flow.send(NOON)
    assert isinstance(step, RunBlocking)
    with pytest.raises(StopIteration) as end:
        flow.send(step.action())
    assert end.value.value == (reply, (reply, failure), reply, b"x", NOON, 7)


def test_a_series_hands_out_items() -> None:
    def numbers() -> StreamingFlow[int]:
        yield from emit(1)
        yield from emit(2)

    assert list(numbers()) == [Emit(1), Emit(2)]


def counted(until: int, closed: list[int]) -> StreamingFlow[int]:
    """Emits the statuses of replies, 0 for a failure, and tells when it is closed."""
    try:
        for number in range(until):
            try:
                reply = yield from exchange(Request("GET", f"{ADDRESS}/{number}"))
            except ConnectionFailed:
                yield from emit(0)
            else:
                yield from emit(reply.status)
    finally:
        closed.append(until)


def test_a_series_is_gone_through_inside_a_flow_with_its_steps_passed_on() -> None:
    taken: list[int] = []
    closed: list[int] = []

    def take(number: int) -> Flow[None]:
        yield from sleep(number)
        taken.append(number)

    flow = consume(counted(2, closed), take)
    assert next(flow) == Request("GET", f"{ADDRESS}/0")
    assert flow.send(Reply(200)) == Sleep(200)
    assert flow.send(None) == Request("GET", f"{ADDRESS}/1")
    assert flow.throw(ConnectionFailed("No")) == Sleep(0)
    with pytest.raises(StopIteration):
        flow.send(None)
    assert (taken, closed) == ([200, 0], [2])


def test_a_series_is_closed_when_its_taker_fails() -> None:
    closed: list[int] = []

    def take(_: int) -> Flow[None]:
        yield from run_blocking(lambda: None)
        raise UsageError("No more")

    flow = consume(counted(2, closed), take)
    next(flow)
    flow.send(Reply(200))
    with pytest.raises(UsageError):
        flow.send(None)
    assert closed == [2]


def test_a_stream_has_to_be_asked_for_as_one() -> None:
    with pytest.raises(UsageError, match="stream=True"):
        next(exchange_stream(Request("GET", ADDRESS)))


def test_an_item_prints_nothing_of_its_value() -> None:
    assert "12345" not in repr(Emit("12345"))
