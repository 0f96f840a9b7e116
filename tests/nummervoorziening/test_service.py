"""Both clients against the simulated service, under the positions of its switches."""

import datetime as dt
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from magister_connect.core.flow import Reply, Request
from magister_connect.core.soap import describe, hold_documents
from magister_connect.core.xml import parse, reply_complaint
from magister_connect.errors import Move, ReplyInvalid, UsageError
from magister_connect.identifiers import Bsn, EckId, Hpgn, Oin, Stampseudoniem
from magister_connect.nummervoorziening import (
    CHAIN_ECK,
    FAULTS,
    SECTORS,
    Batch,
    BatchResult,
    Dialect,
    KeptReplies,
    NummervoorzieningFault,
    Polling,
    contract,
    read_kept_reply,
)
from magister_connect.nummervoorziening.messages import Envelope, items, write_request
from magister_connect.nummervoorziening.operations import Service
from magister_connect.sandbox.nummervoorziening import (
    OPERATIONS,
    PILOT_ECK_ID,
    PILOT_HPGN,
    PILOT_STAMPSEUDONIEM,
    NummervoorzieningSwitches,
)

PUPIL = Hpgn(PILOT_HPGN)
OTHERS = [Hpgn(f"{place:064x}") for place in range(1, 5)]
VO = SECTORS["vo"]
Start = Callable[..., Any]


class Kept(list[tuple[str, bytes]]):
    def __call__(self, identifier: str, body: bytes) -> None:
        self.append((identifier, body))


def test_a_ping_tells_version_and_time(start: Start) -> None:
    ask = start()
    answer = ask("ping")
    assert (answer.available, answer.application_version) == (True, "2.0")
    assert answer.system_time == ask.service.state.clock()


def test_the_published_pupil_gets_the_published_pseudonyms(start: Start) -> None:
    ask = start()
    found = ask("retrieve_stampseudonym", PUPIL)
    assert found == Stampseudoniem(PILOT_STAMPSEUDONIEM)
    assert ask("retrieve_eck_id", found, sector=SECTORS["po"]) == EckId(PILOT_ECK_ID)
    assert ask("retrieve_eck_id", found, sector=VO) != EckId(PILOT_ECK_ID)


def test_chains_and_sectors_are_listed(start: Start) -> None:
    ask = start()
    (chain,) = ask("retrieve_chains")
    assert (chain.id, chain.name) == (CHAIN_ECK, "ECK")
    assert chain.last_edited == dt.datetime(2017, 12, 29, tzinfo=dt.UTC)
    assert {sector.name: sector.id for sector in ask("retrieve_sectors")} == dict(SECTORS)


def test_a_batch_is_asked_for_until_it_is_finished_and_kept_before_it_is_read(start: Start) -> None:
    ask, kept = start(polls=3), Kept()
    batch = ask("submit_stampseudonym_batch", [PUPIL, *OTHERS])
    result = ask("retrieve_batch", batch, keep=kept, polling=Polling(interval=21))
    assert (batch.size, result.kept, sorted(result.values)) == (5, True, [0, 1, 2, 3, 4])
    assert result.stampseudoniemen[0] == Stampseudoniem(PILOT_STAMPSEUDONIEM)
    assert ask.pauses == [21.0] * 4
    assert [name for name, _ in kept] == [batch.identifier]
    assert read_kept_reply(kept[0][1]).values == result.values


def test_a_batch_of_stampseudoniemen_becomes_eck_ids(start: Start) -> None:
    ask = start()
    batch = ask("submit_eck_id_batch", [Stampseudoniem(PILOT_STAMPSEUDONIEM)], sector=SECTORS["po"])
    result = ask("retrieve_batch", batch.identifier, keep=Kept())
    assert result.eck_ids == {0: EckId(PILOT_ECK_ID)}


def test_what_fails_in_a_batch_is_told_by_its_place(start: Start) -> None:
    ask = start()
    ask("replace_stampseudonym", OTHERS[0], OTHERS[1])
    batch = ask("submit_stampseudonym_batch", OTHERS[:2])
    result = ask("retrieve_batch", batch, keep=Kept())
    assert (sorted(result.values), dict(result.failures)) == ([1], {0: "BlockedHPgnException"})


def test_a_batch_is_handed_out_once(start: Start) -> None:
    ask = start(polls=0)
    batch = ask("submit_stampseudonym_batch", OTHERS)
    ask("retrieve_batch", batch, keep=Kept())
    with pytest.raises(NummervoorzieningFault) as caught:
        ask("retrieve_batch", batch, keep=Kept())
    assert (caught.value.name, caught.value.retryable) == ("ContentAlreadyRetrievedException", False)


def test_asking_in_vain_ends_with_the_fault(start: Start) -> None:
    ask = start(polls=9)
    batch = ask("submit_stampseudonym_batch", OTHERS)
    with pytest.raises(NummervoorzieningFault) as caught:
        ask("retrieve_batch", batch, keep=Kept(), polling=Polling(attempts=2))
    assert (caught.value.name, caught.value.retryable) == ("NotFinishedException", True)
    assert ask.service.asked["retrieveBatch"] == 2


def test_a_batch_that_cannot_be_kept_is_not_lost(start: Start) -> None:
    def full_disk(_identifier: str, _body: bytes) -> None:
        raise OSError

    ask = start()
    batch = ask("submit_stampseudonym_batch", OTHERS)
    result = ask("retrieve_batch", batch, keep=full_disk)
    assert (len(result.values), result.kept) == (4, False)


def test_replies_are_kept_for_the_owner_alone(start: Start, tmp_path: Path) -> None:
    ask, folder = start(), KeptReplies(tmp_path / "replies")
    batch = ask("submit_stampseudonym_batch", OTHERS)
    result = ask("retrieve_batch", batch, keep=folder)
    path = folder.path_of(batch.identifier)
    assert path.stat().st_mode & 0o077 == 0
    assert batch.identifier not in path.name
    assert folder.read(batch.identifier) == result
    folder.forget(batch.identifier)
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


def test_a_replacement_in_the_future_is_not_active_yet(start: Start) -> None:
    ask = start()
    before = [ask("retrieve_stampseudonym", one) for one in OTHERS[:2]]
    tomorrow = ask.service.state.clock.today() + dt.timedelta(days=1)
    ask("replace_stampseudonym", OTHERS[0], OTHERS[1], effective=tomorrow)
    assert [ask("retrieve_stampseudonym", one) for one in OTHERS[:2]] == before
    ask.service.state.clock.advance(days=1)
    assert ask("retrieve_stampseudonym", OTHERS[1]) == before[0]


FAULTY: list[tuple[dict[str, Any], str, tuple[Any, ...], dict[str, Any], str]] = [
    ({"oins": frozenset()}, "ping", (), {}, "NotAllowedCallerException"),
    ({"blocked_after": 0}, "ping", (), {}, "TemporaryBlockedException"),
    ({"failing": OPERATIONS}, "retrieve_stampseudonym", (PUPIL,), {}, "HashOperationException"),
    ({"daily_limit": 0}, "submit_stampseudonym_batch", (OTHERS,), {}, "LimitDailyBatchSubmissionsExceededException"),
    ({"batch_limit": 3}, "submit_stampseudonym_batch", (OTHERS,), {}, "LimitDailyBatchSubmissionsExceededException"),
    ({}, "retrieve_batch", ("nobody's",), {"keep": Kept()}, "ContentRemovedException"),
    (
        {},
        "retrieve_eck_id",
        (Stampseudoniem(PILOT_STAMPSEUDONIEM),),
        {"sector": VO, "chain": "x"},
        "InvalidChainIdException",
    ),
    ({}, "retrieve_eck_id", (Stampseudoniem(PILOT_STAMPSEUDONIEM),), {"sector": "x"}, "InvalidSectorIdException"),
]


@pytest.mark.parametrize(("switches", "method", "arguments", "named", "name"), FAULTY, ids=[case[4] for case in FAULTY])
def test_each_fault_is_told_by_name_with_what_to_do(
    start: Start, switches: dict[str, Any], method: str, arguments: tuple[Any, ...], named: dict[str, Any], name: str
) -> None:
    with pytest.raises(NummervoorzieningFault, match=name) as caught:
        start(**switches)(method, *arguments, **named)
    verdict = FAULTS[name]
    assert (caught.value.name, caught.value.retryable) == (name, verdict.retryable)
    assert (caught.value.move, caught.value.advice, caught.value.status) == (verdict.move, verdict.advice, 500)
    assert PILOT_HPGN not in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).name == name  # noqa: S301 - our own bytes


def test_a_fault_that_nobody_documented_is_kept_and_not_repeated(start: Start) -> None:
    ask = start(request_suffixes=("Vraag",))
    with pytest.raises(NummervoorzieningFault, match="not documented") as caught:
        ask("ping")
    assert (caught.value.name, caught.value.retryable, caught.value.move) == ("UnmarshalException", False, Move.VENDOR)


@pytest.mark.parametrize("suffix", ["Request", "", "Vraag"])
def test_the_name_of_the_wrapping_element_is_a_setting(start: Start, suffix: str) -> None:
    ask = start(request_suffixes=(suffix,))
    ask.dialect = Dialect(request_suffix=suffix, hpgn_entry="item")
    batch = ask("submit_stampseudonym_batch", OTHERS)
    assert len(ask("retrieve_batch", batch, keep=Kept()).values) == 4


def test_an_oin_is_checked_before_anything_is_sent(start: Start) -> None:
    ask = start()
    ask.oin = Oin("00000099000000000000")
    assert ask("ping").available


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://service.invalid/eck", "TLS only"),
        ("service.invalid", "no address"),
        ("", "no address"),
        ("https://", "no address"),
        ("https://[::1", "no address"),
        ("https://service.invalid:port/eck", "no address"),
        ("ftp://127.0.0.1/eck", "no address"),
        ("https://u:geheim@service.invalid/eck", "may not hold"),
        ("https://service.invalid/eck?key=geheim", "may not hold"),
        ("https://service.invalid/eck#geheim", "may not hold"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_its_secrets(address: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        Envelope(address, Oin("0000000700099ZZ00000"))
    assert "geheim" not in str(caught.value)
    assert "ENVIRONMENTS" in str(caught.value)


def test_an_empty_batch_and_no_question_at_all_are_mistakes(start: Start) -> None:
    ask = start()
    with pytest.raises(UsageError):
        ask("submit_stampseudonym_batch", [])
    with pytest.raises(UsageError):
        ask("retrieve_batch", "x", keep=Kept(), polling=Polling(attempts=0))


def test_a_batch_and_its_result_show_no_pseudonym() -> None:
    result = BatchResult({0: PILOT_STAMPSEUDONIEM}, {1: PILOT_HPGN})
    assert repr(result) == "BatchResult(values=<1>, failures=<1>, kept=True)"
    assert "Batch" in repr(Batch("x", 1))


# -- the contract ---------------------------------------------------------------------------------------------------


def test_the_contract_can_be_read_by_an_independent_library() -> None:
    description = describe(hold_documents(contract()))
    assert set(description.operations) == OPERATIONS


def requests() -> list[tuple[str, list[Any]]]:
    return [
        ("ping", []),
        ("retrieveStampseudonym", [("hpgn", PILOT_HPGN)]),
        ("submitStampseudonymBatch", list(items("hpgnList", "hPgn", [PILOT_HPGN, PILOT_HPGN]))),
        ("replaceStampseudonym", [("hpgnOld", "a"), ("hpgnNew", "b"), ("effectiveDate", "2025-08-01")]),
    ]


@pytest.mark.parametrize(("operation", "fields"), requests(), ids=lambda value: str(value)[:20])
def test_what_is_sent_follows_the_contract(operation: str, fields: list[Any]) -> None:
    schema = etree.XMLSchema(next(parse(contract(), reply_complaint("contract")).iter("{*}schema")))
    envelope = Envelope("https://service.invalid", Oin("0000000700099ZZ00000"))
    request = write_request(envelope, operation, fields, message_id="1", safe_to_repeat=True)
    root = parse(request.body or b"", reply_complaint("request"))
    schema.assertValid(next(root.iter("{*}Body"))[0])
    assert root.findtext("{*}Header/{*}From/{*}Address") == (
        "http://www.w3.org/2005/08/addressing/anonymous?oin=0000000700099ZZ00000"
    )
    assert dict(request.headers)["SOAPAction"] == f'"http://ketenid.nl/eck/schemas/v1_0/{operation}"'
    assert PILOT_HPGN not in repr(request)


# -- answers that cannot be trusted ---------------------------------------------------------------------------------


def reply(content: str) -> bytes:
    return f'<e:Envelope xmlns:e="urn:e"><e:Body><answer>{content}</answer></e:Body></e:Envelope>'.encode()


@pytest.mark.parametrize(
    "content",
    [
        "<x><index>0</index><value>a</value></x><x><index>0</index><value>b</value></x>",
        "<x><index>zero</index><value>a</value></x>",
        "<x><index>0</index></x>",
        "<x><index>0</index><eckId>a</eckId></x>",
        '<x index="0"><value>a</value></x>',
        "",
        '<x><index>0</index><value i:nil="true" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"/></x>',
    ],
)
def test_a_result_of_a_batch_that_cannot_be_trusted_is_refused(content: str) -> None:
    with pytest.raises(ReplyInvalid):
        read_kept_reply(reply(content))


def test_a_failure_without_value_is_a_failure() -> None:
    assert read_kept_reply(reply("<x><index>3</index><errorMessage/></x>")).failures == {3: ""}


def test_each_request_has_a_message_id_of_its_own() -> None:
    service = Service(Envelope("https://service.invalid", Oin("0000000700099ZZ00000")))
    first, second = (next(flow) for flow in (service.ping(), service.ping()))
    assert isinstance(first, Request)
    assert first != second


def test_an_answer_without_its_value_is_refused() -> None:
    flow = Service(Envelope("https://service.invalid", Oin("0000000700099ZZ00000"))).retrieve_stampseudonym(PUPIL)
    next(flow)
    with pytest.raises(ReplyInvalid):
        flow.send(Reply(200, (("Content-Type", "text/xml"),), reply("<other/>")))


def test_switches_are_what_their_defaults_say() -> None:
    assert NummervoorzieningSwitches().oins is None


@pytest.mark.parametrize(
    ("method", "arguments", "named"),
    [
        ("retrieve_stampseudonym", (Bsn("111222333"),), {}),
        ("retrieve_stampseudonym", ("111222333",), {}),
        ("retrieve_eck_id", (PUPIL,), {"sector": VO}),
        ("submit_stampseudonym_batch", ([PUPIL, Bsn("111222333")],), {}),
        ("submit_eck_id_batch", ([PUPIL],), {"sector": VO}),
        ("replace_stampseudonym", (PUPIL, Bsn("111222333")), {}),
        ("retrieve_batch", ("b",), {"keep": "/a/folder"}),
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
    with pytest.raises(UsageError, match="kept"):
        KeptReplies(tmp_path).read("another")
