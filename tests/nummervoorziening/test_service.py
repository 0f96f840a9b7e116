"""Both clients against the simulated service, under the positions of its switches."""

import datetime as dt
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from magister_connect.core.flow import Reply, Request
from magister_connect.errors import FieldInvalid, ReplyInvalid, Responsible, UsageError
from magister_connect.identifiers import Bsn, EckId, Hpgn, Oin, Stampseudoniem
from magister_connect.nummervoorziening import (
    CHAIN_ECK,
    FAULTS,
    SECTORS,
    Batch,
    BatchReplies,
    BatchResult,
    NummervoorzieningFault,
    Polling,
    read_batch_reply,
)
from magister_connect.nummervoorziening.messages import RESPONSES, write_moment
from magister_connect.nummervoorziening.operations import Service
from magister_connect.sandbox.nummervoorziening import (
    PILOT_ECK_ID,
    PILOT_HPGN,
    PILOT_STAMPSEUDONYM,
    PILOT_TEACHER_ECK_ID,
    PILOT_TEACHER_HPGN,
    PILOT_TEACHER_STAMPSEUDONYM,
    NummervoorzieningSwitches,
)

SCHOOL = Oin("0000000700099ZZ00000")
PUPIL = Hpgn(PILOT_HPGN)
OTHERS = [Hpgn(f"{place:064x}") for place in range(1, 5)]
VO = SECTORS["vo"]
LOCAL_MEAN_TIME = dt.timedelta(minutes=19, seconds=32)
Start = Callable[..., Any]


class Kept(list[tuple[str, bytes]]):
    def __call__(self, identifier: str, body: bytes) -> None:
        self.append((identifier, body))


def test_a_ping_tells_version_and_time(start: Start) -> None:
    ask = start()
    answer = ask("ping")
    assert (answer.available, answer.application_version) == (True, "2.0")
    assert answer.system_time == ask.service.state.clock()


PILOT = [
    (PILOT_HPGN, PILOT_STAMPSEUDONYM, PILOT_ECK_ID),
    (PILOT_TEACHER_HPGN, PILOT_TEACHER_STAMPSEUDONYM, PILOT_TEACHER_ECK_ID),
]


@pytest.mark.parametrize(("hpgn", "stampseudonym", "eck_id"), PILOT, ids=["pupil", "teacher"])
def test_the_published_people_get_their_published_pseudonyms(
    start: Start, hpgn: str, stampseudonym: str, eck_id: str
) -> None:
    ask = start()
    found = ask("retrieve_stampseudonym", Hpgn(hpgn))
    assert found == Stampseudoniem(stampseudonym)
    assert ask("retrieve_eck_id", found, sector_id=SECTORS["po"]) == EckId(eck_id)
    assert ask("retrieve_eck_id", found, sector_id=VO) != EckId(eck_id)


def test_chains_and_sectors_are_listed(start: Start) -> None:
    ask = start()
    (chain,) = ask("retrieve_chains")
    assert (chain.id, chain.name) == (CHAIN_ECK, "ECK")
    assert chain.last_edited == dt.datetime(2017, 12, 29, tzinfo=dt.UTC)
    assert {sector.name: sector.id for sector in ask("retrieve_sectors")} == dict(SECTORS)


def test_a_batch_is_asked_for_until_it_is_finished_and_kept_before_it_is_read(start: Start) -> None:
    ask, kept = start(polls=3), Kept()
    batch = ask("submit_stampseudonym_batch", [PUPIL, *OTHERS])
    result = ask("retrieve_batch", batch, save_reply=kept, polling=Polling(interval=21))
    assert (batch.size, result.saved, sorted(result.success)) == (5, True, [0, 1, 2, 3, 4])
    assert result.stampseudonyms[0] == Stampseudoniem(PILOT_STAMPSEUDONYM)
    assert ask.pauses == [21.0] * 4
    assert [name for name, _ in kept] == [batch.identifier]
    assert read_batch_reply(kept[0][1]).success == result.success


def test_a_batch_of_stampseudoniemen_becomes_eck_ids(start: Start) -> None:
    ask = start()
    batch = ask("submit_eck_id_batch", [Stampseudoniem(PILOT_STAMPSEUDONYM)], sector_id=SECTORS["po"])
    result = ask("retrieve_batch", batch.identifier, save_reply=Kept())
    assert result.eck_ids == {0: EckId(PILOT_ECK_ID)}


def test_what_fails_in_a_batch_is_told_by_its_place(start: Start) -> None:
    ask = start()
    ask("replace_stampseudonym", OTHERS[0], OTHERS[1])
    batch = ask("submit_stampseudonym_batch", OTHERS[:2])
    result = ask("retrieve_batch", batch, save_reply=Kept())
    assert (sorted(result.success), dict(result.failed)) == ([1], {0: "BlockedHPgnException"})


def test_a_batch_is_handed_out_once(start: Start) -> None:
    ask = start(polls=0)
    batch = ask("submit_stampseudonym_batch", OTHERS)
    ask("retrieve_batch", batch, save_reply=Kept())
    with pytest.raises(NummervoorzieningFault) as caught:
        ask("retrieve_batch", batch, save_reply=Kept())
    assert (caught.value.name, caught.value.retryable) == ("ContentAlreadyRetrievedException", False)


def test_asking_in_vain_ends_with_the_fault(start: Start) -> None:
    ask = start(polls=9)
    batch = ask("submit_stampseudonym_batch", OTHERS)
    with pytest.raises(NummervoorzieningFault) as caught:
        ask("retrieve_batch", batch, save_reply=Kept(), polling=Polling(attempts=2))
    assert (caught.value.name, caught.value.retryable) == ("NotFinishedException", True)
    assert ask.service.asked["retrieveBatch"] == 2


def test_a_batch_that_cannot_be_kept_is_not_lost(start: Start) -> None:
    def full_disk(_identifier: str, _body: bytes) -> None:
        raise OSError

    ask = start()
    batch = ask("submit_stampseudonym_batch", OTHERS)
    result = ask("retrieve_batch", batch, save_reply=full_disk)
    assert (len(result.success), result.saved) == (4, False)


def test_replies_are_kept_for_the_owner_alone(start: Start, tmp_path: Path) -> None:
    ask, folder = start(), BatchReplies(tmp_path / "replies")
    batch = ask("submit_stampseudonym_batch", OTHERS)
    result = ask("retrieve_batch", batch, save_reply=folder)
    path = folder.path_of(batch.identifier)
    assert path.stat().st_mode & 0o077 == 0
    assert batch.identifier not in path.name
    assert folder.read(batch.identifier) == result
    folder.delete(batch.identifier)
    assert list(folder.folder.iterdir()) == []


def test_the_new_number_leads_to_the_oldest_pseudonym_and_the_old_one_is_blocked(start: Start) -> None:
    ask = start()
    old = ask("retrieve_stampseudonym", OTHERS[0])
    assert ask("replace_stampseudonym", OTHERS[0], OTHERS[1]) == old
    assert ask("replace_stampseudonym", OTHERS[1], OTHERS[2]) == old
    assert ask("retrieve_stampseudonym", OTHERS[2]) == old
    for blocked in OTHERS[:2]:
        with pytest.raises(NummervoorzieningFault) as caught:
            ask("retrieve_stampseudonym", blocked)
        assert caught.value.name == "BlockedHPgnException"


def test_a_replacement_in_the_future_returns_what_the_new_number_has_today(start: Start) -> None:
    ask = start()
    old, new = (ask("retrieve_stampseudonym", each) for each in OTHERS[:2])
    moment = ask.service.state.clock() + dt.timedelta(hours=5)
    assert ask("replace_stampseudonym", OTHERS[0], OTHERS[1], effective_date=moment) == new
    assert [ask("retrieve_stampseudonym", each) for each in OTHERS[:2]] == [old, new]
    ask.service.state.clock.advance(hours=5)
    assert ask("retrieve_stampseudonym", OTHERS[1]) == old
    with pytest.raises(NummervoorzieningFault, match="BlockedHPgnException"):
        ask("retrieve_stampseudonym", OTHERS[0])


@pytest.mark.parametrize("length", [2, 3])
@pytest.mark.parametrize("later", [0, 5])
def test_a_replacement_that_closes_a_circle_is_refused(start: Start, length: int, later: int) -> None:
    ask = start()
    old = ask("retrieve_stampseudonym", OTHERS[0])
    moment = ask.service.state.clock() + dt.timedelta(hours=later) if later else None
    for place in range(length - 1):
        ask("replace_stampseudonym", OTHERS[place], OTHERS[place + 1], effective_date=moment)
    with pytest.raises(NummervoorzieningFault, match="BlockedHPgnException"):
        ask("replace_stampseudonym", OTHERS[length - 1], OTHERS[0], effective_date=moment)
    ask.service.state.clock.advance(hours=later)
    assert ask("retrieve_stampseudonym", OTHERS[length - 1]) == old


def test_a_number_that_replaces_itself_is_refused_before_anything_is_sent(start: Start) -> None:
    ask = start()
    with pytest.raises(UsageError, match="are the same"):
        ask("replace_stampseudonym", OTHERS[0], OTHERS[0])
    assert not ask.service.asked


@pytest.mark.parametrize("moment", [dt.date(2026, 8, 1), dt.datetime(2026, 8, 1)])
def test_an_effective_date_without_a_zone_is_refused_before_anything_is_sent(start: Start, moment: Any) -> None:
    ask = start()
    with pytest.raises(UsageError, match="an aware datetime"):
        ask("replace_stampseudonym", OTHERS[0], OTHERS[1], effective_date=moment)
    assert not ask.service.asked


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (
            dt.datetime(2017, 1, 1, 11, 26, 30, 806000, dt.timezone(dt.timedelta(hours=1))),
            "2017-01-01T11:26:30.806+01:00",
        ),
        (dt.datetime(2017, 1, 1, tzinfo=dt.UTC), "2017-01-01T00:00:00.000+00:00"),
        (
            dt.datetime(2017, 1, 1, tzinfo=dt.timezone(dt.timedelta(minutes=19, seconds=32))),
            "2016-12-31T23:40:28.000+00:00",
        ),
    ],
)
def test_an_effective_date_is_written_with_its_zone(moment: dt.datetime, written: str) -> None:
    text = write_moment(moment)
    assert text == written
    assert dt.datetime.fromisoformat(text) == moment
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", text)


FAULTY: list[tuple[dict[str, Any], str, tuple[Any, ...], dict[str, Any], str]] = [
    ({"oins": frozenset()}, "ping", (), {}, "NotAllowedCallerException"),
    ({"blocked_after": 0}, "ping", (), {}, "TemporaryBlockedException"),
    ({"failing": frozenset(RESPONSES)}, "retrieve_stampseudonym", (PUPIL,), {}, "HashOperationException"),
    ({"daily_limit": 0}, "submit_stampseudonym_batch", (OTHERS,), {}, "LimitDailyBatchSubmissionsExceededException"),
    ({"batch_limit": 3}, "submit_stampseudonym_batch", (OTHERS,), {}, "LimitDailyBatchSubmissionsExceededException"),
    ({}, "retrieve_batch", ("nobody's",), {"save_reply": Kept()}, "ContentRemovedException"),
    (
        {},
        "retrieve_eck_id",
        (Stampseudoniem(PILOT_STAMPSEUDONYM),),
        {"sector_id": VO, "chain_id": "x"},
        "InvalidChainIdException",
    ),
    ({}, "retrieve_eck_id", (Stampseudoniem(PILOT_STAMPSEUDONYM),), {"sector_id": "x"}, "InvalidSectorIdException"),
]


@pytest.mark.parametrize(("switches", "method", "arguments", "named", "name"), FAULTY, ids=[case[4] for case in FAULTY])
def test_each_fault_is_told_by_name_with_what_to_do(
    start: Start, switches: dict[str, Any], method: str, arguments: tuple[Any, ...], named: dict[str, Any], name: str
) -> None:
    with pytest.raises(NummervoorzieningFault, match=name) as caught:
        start(**switches)(method, *arguments, **named)
    verdict = FAULTS[name]
    assert (caught.value.name, caught.value.retryable) == (name, verdict.retryable)
    assert (caught.value.responsible, caught.value.advice, caught.value.status) == (
        verdict.responsible,
        verdict.advice,
        500,
    )
    assert PILOT_HPGN not in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).name == name  # noqa: S301 - our own bytes


def test_a_fault_that_nobody_documented_is_kept_and_not_repeated(start: Start) -> None:
    ask = start(unknown_batch="OnbekendException")
    with pytest.raises(NummervoorzieningFault, match="not documented") as caught:
        ask("retrieve_batch", "nobody's", save_reply=Kept())
    assert (caught.value.name, caught.value.retryable, caught.value.responsible) == (
        "OnbekendException",
        False,
        Responsible.SUPPLIER,
    )


def test_an_oin_is_checked_before_anything_is_sent(start: Start) -> None:
    ask = start()
    ask.oin = Oin("00000099000000000000")
    assert ask("ping").available


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://service.invalid/eck", "requires TLS"),
        ("service.invalid", "not the address"),
        ("", "not the address"),
        ("https://", "not the address"),
        ("https://[::1", "not the address"),
        ("https://service.invalid:port/eck", "not the address"),
        ("ftp://127.0.0.1/eck", "not the address"),
        ("https://u:geheim@service.invalid/eck", "must not contain"),
        ("https://service.invalid/eck?key=geheim", "must not contain"),
        ("https://service.invalid/eck#geheim", "must not contain"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_its_secrets(address: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        Service(address, SCHOOL)
    assert "geheim" not in str(caught.value)
    assert "ENVIRONMENTS" in str(caught.value)


def test_an_empty_batch_and_no_question_at_all_are_mistakes(start: Start) -> None:
    ask = start()
    with pytest.raises(UsageError):
        ask("submit_stampseudonym_batch", [])
    with pytest.raises(UsageError):
        ask("retrieve_batch", "x", save_reply=Kept(), polling=Polling(attempts=0))


def test_a_batch_and_its_result_show_no_pseudonym() -> None:
    result = BatchResult({0: PILOT_STAMPSEUDONYM}, {1: PILOT_HPGN})
    assert repr(result) == "BatchResult(success=<1>, failed=<1>, saved=True)"
    assert "Batch" in repr(Batch("x", 1))


# -- answers that cannot be trusted ---------------------------------------------------------------------------------


def reply(content: str, element: str = "retrieveBatchResponse") -> bytes:
    message = f'<{element} xmlns="http://ketenid.nl/eck/schemas/v1_0">{content}</{element}>'
    return f'<e:Envelope xmlns:e="urn:e"><e:Body>{message}</e:Body></e:Envelope>'.encode()


@pytest.mark.parametrize(
    "content",
    [
        "<success><index>0</index><value>a</value></success><success><index>0</index><value>b</value></success>",
        "<success><index>0</index><value>a</value></success><failed><index>0</index><errorMessage>b</errorMessage></failed>",
        "<success><index>zero</index><value>a</value></success>",
        "<success><value>a</value></success>",
        "<success><index>0</index></success>",
        "<success><index>0</index><errorMessage>a</errorMessage></success>",
        "<failed><index>0</index><value>a</value></failed>",
        '<success index="0"><value>a</value></success>',
        "<other><index>0</index><value>a</value></other>",
        "",
        '<success><index>0</index><value i:nil="true" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"/></success>',
    ],
)
def test_a_result_of_a_batch_that_cannot_be_trusted_is_refused(content: str) -> None:
    with pytest.raises(ReplyInvalid):
        read_batch_reply(reply(content))


def test_a_failure_without_value_is_a_failure() -> None:
    assert read_batch_reply(reply("<failed><index>3</index><errorMessage/></failed>")).failed == {3: ""}


def test_each_request_has_a_message_id_of_its_own() -> None:
    service = Service("https://service.invalid", SCHOOL)
    first, second = (next(flow) for flow in (service.ping(), service.ping()))
    assert isinstance(first, Request)
    assert first != second


def test_an_answer_without_its_value_is_refused() -> None:
    flow = Service("https://service.invalid", SCHOOL).retrieve_stampseudonym(PUPIL)
    next(flow)
    with pytest.raises(ReplyInvalid):
        flow.send(Reply(200, (("Content-Type", "text/xml"),), reply("<other/>", "retrieveStampseudonymResponse")))


@pytest.mark.parametrize(
    ("operation", "content", "where"),
    [
        ("ping", "<available>true</available><systemTime>2025-11-20T09:00:00Z</systemTime>", "applicationVersion"),
        ("ping", "<available>yes</available><applicationVersion>1</applicationVersion>", "available"),
        ("retrieve_chains", "", "chain"),
        ("retrieve_chains", "<chain><id>a</id><name>b</name><description>c</description></chain>", "chain/lastEdited"),
        ("retrieve_sectors", "<sector><id>a</id><name>b</name></sector>", "sector/description"),
    ],
)
def test_what_the_contract_makes_mandatory_is_missed(operation: str, content: str, where: str) -> None:
    flow = getattr(Service("https://service.invalid", SCHOOL), operation)()
    next(flow)
    first, *others = operation.split("_")
    element = "".join([first, *(word.capitalize() for word in others), "Response"])
    with pytest.raises(FieldInvalid) as caught:
        flow.send(Reply(200, (("Content-Type", "text/xml"),), reply(content, element)))
    assert caught.value.where == where


def test_a_reply_to_another_operation_is_refused() -> None:
    flow = Service("https://service.invalid", SCHOOL).retrieve_stampseudonym(PUPIL)
    next(flow)
    with pytest.raises(ReplyInvalid, match="another message than retrieveStampseudonymResponse"):
        flow.send(Reply(200, (("Content-Type", "text/xml"),), reply("<eckId>a</eckId>", "retrieveEckIdResponse")))


def test_switches_are_what_their_defaults_say() -> None:
    assert NummervoorzieningSwitches().oins is None


@pytest.mark.parametrize(
    ("method", "arguments", "named"),
    [
        ("retrieve_stampseudonym", (Bsn("111222333"),), {}),
        ("retrieve_stampseudonym", ("111222333",), {}),
        ("retrieve_eck_id", (PUPIL,), {"sector_id": VO}),
        ("submit_stampseudonym_batch", ([PUPIL, Bsn("111222333")],), {}),
        ("submit_eck_id_batch", ([PUPIL],), {"sector_id": VO}),
        ("replace_stampseudonym", (PUPIL, Bsn("111222333")), {}),
        ("retrieve_batch", ("b",), {"save_reply": "/a/folder"}),
    ],
)
def test_a_value_of_another_type_is_refused_before_anything_is_sent(
    start: Start, method: str, arguments: tuple[object, ...], named: dict[str, object]
) -> None:
    ask = start()
    ask.address = "http://127.0.0.1:9/eck/ws/201703"  # where nobody answers
    with pytest.raises(UsageError) as caught:
        ask(method, *arguments, **named)
    assert "111222333" not in str(caught.value)


@pytest.mark.parametrize("make", [lambda: Polling(interval=-1), lambda: Polling(attempts=0)])
def test_polling_that_cannot_be_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match="Polling"):
        make()


def test_a_reply_that_was_not_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="saved"):
        BatchReplies(tmp_path).read("another")
