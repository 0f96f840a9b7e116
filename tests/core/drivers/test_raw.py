"""An error of reading carries the raw reply where that was asked for, and nowhere else."""

import copy
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.flow import Flow, Reply, Request, StreamingFlow, emit, exchange
from magister_connect.core.raw import keeping_raw
from magister_connect.errors import FieldInvalid, NotJson, ReplyInvalid
from magister_connect.medius import AsyncMediusClient, MediusClient
from magister_connect.testing import Script, Stepper, medius_session, medius_table

NAME = "Zwanenburg"
ASK = Request("GET", "https://school.invalid/doc")


def script() -> Script:
    made = Script()
    made.add(medius_session())
    made.add(medius_table([{"stamnr_str": "x", "Roepnaam": NAME}]), times=None)
    return made


def sync_error(call: Callable[[Any], object], **settings: Any) -> ReplyInvalid:
    address = "https://school.invalid"
    account: dict[str, Any] = {"username": "u", "password": "p", "retries": NO_RETRIES}
    with (
        MediusClient(address, http=script().client(), **account, **settings) as medius,
        pytest.raises(ReplyInvalid) as caught,
    ):
        call(medius)
    return caught.value


def async_error(_call: object, **settings: Any) -> ReplyInvalid:
    async def ask() -> ReplyInvalid:
        address = "https://school.invalid"
        account: dict[str, Any] = {"username": "u", "password": "p", "retries": NO_RETRIES}
        async with AsyncMediusClient(address, http=script().async_client(), **account, **settings) as medius:
            with pytest.raises(ReplyInvalid) as caught:
                await medius.students()
        return caught.value

    return anyio.run(ask)


@pytest.mark.parametrize("error_of", [sync_error, async_error])
def test_a_client_that_was_asked_to_keeps_the_body_as_a_secret(error_of: Callable[..., ReplyInvalid]) -> None:
    error = error_of(lambda medius: medius.students(), keep_raw=True)
    assert error.raw is not None
    assert NAME in error.raw.reveal()
    shown = "".join(traceback.format_exception(error))
    shown += repr(error) + str(error) + repr(error.args) + repr(vars(error)) + repr(error.raw)
    assert NAME not in shown
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301 - our own
        assert (str(other), other.raw) == (str(error), None)
    assert NAME.encode() not in pickle.dumps(error)


@pytest.mark.parametrize("error_of", [sync_error, async_error])
def test_every_other_client_keeps_nothing(error_of: Callable[..., ReplyInvalid]) -> None:
    assert error_of(lambda medius: medius.students()).raw is None


def reading(error: type[ReplyInvalid]) -> Flow[None]:
    reply = yield from exchange(ASK)
    if reply.status == 200:
        raise error("no")


def test_the_last_reply_of_a_flow_counts_and_a_flow_without_an_error_is_the_same() -> None:
    stepper: Stepper[None] = Stepper(keeping_raw(reading(NotJson)))
    assert stepper.step == ASK
    with pytest.raises(NotJson) as caught:
        stepper.answer(Reply(200, body=b"\xff body"))
    assert caught.value.raw is not None
    assert caught.value.raw.reveal() == "\ufffd body"
    done: Stepper[None] = Stepper(keeping_raw(reading(NotJson)))
    done.answer(Reply(404))
    assert done.done


def ended() -> StreamingFlow[int]:
    try:
        yield from emit(1)
        yield from exchange(ASK)
        raise FieldInvalid("no")
    finally:
        CLOSED.append(True)


CLOSED: list[bool] = []


def test_a_stream_is_passed_on_item_by_item_and_ends_when_it_is_closed() -> None:
    series = keeping_raw(ended())
    next(series)
    series.close()
    assert CLOSED == [True]
    stepper: Stepper[int] = Stepper(keeping_raw(ended()))
    assert stepper.items == [1]
    with pytest.raises(FieldInvalid) as caught:
        stepper.answer(Reply(200, body=b"x"))
    assert caught.value.raw is not None
