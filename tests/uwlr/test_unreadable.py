"""Records of an answer that cannot be read, and characters that XML cannot hold: whole and streamed."""

import warnings
from typing import Literal, TypeAlias

import pytest

from magister_connect.core.flow import Reply
from magister_connect.core.records.unreadable import OnUnreadable, Unreadable, UnreadableRecordWarning
from magister_connect.edexml import Leerling
from magister_connect.errors import FieldInvalid, NotXml, ReplyInvalid, UsageError
from magister_connect.uwlr import PupilData, UwlrClient
from magister_connect.uwlr.answers import AnswerFeed, SentRequest, read_answer
from magister_connect.uwlr.snapshot_format import FORMATS
from tests.odd_values import CONTROL_CHARACTERS, HEADS
from tests.uwlr.test_answers import ECK, XML, asked, client_of, content, data, envelope, pupil

Mode: TypeAlias = Literal["lenient", "strict"]


def question(mode: Mode, on_unreadable: OnUnreadable) -> SentRequest:
    plain = asked(lenient=mode == "lenient")
    return SentRequest(plain.request, plain.where, plain.at, plain.lenient, on_unreadable)


def read(inner: str, mode: Mode, on_unreadable: OnUnreadable = "raise") -> PupilData:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadableRecordWarning)
        found = read_answer(Reply(200, XML, envelope(content(inner))), question(mode, on_unreadable))
    assert isinstance(found, PupilData)
    return found


def streamed(inner: str, mode: Mode, size: int) -> tuple[list[object], AnswerFeed]:
    """What a feed makes of an answer that comes in pieces of a size."""
    feed, body = AnswerFeed(Reply(200, XML, b""), question(mode, "keep")), envelope(content(inner))
    found: list[object] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadableRecordWarning)
        for start in range(0, len(body), size):
            found += feed.feed(body[start : start + size])
        found += feed.close()
    return found, feed


SECOND = pupil(2, eckid=ECK)
WRONG: dict[str, tuple[str, str, tuple[Mode, ...]]] = {
    "no key": (SECOND.replace('key="l2" ', "").replace(f'eckid="{ECK}"', ""), "", ("lenient", "strict")),
    "a damaged key": (SECOND.replace("l2", "l&#x1B;2"), ECK, ("lenient", "strict")),
    "a damaged ECK iD": (SECOND.replace("aaaa", "aa&#x1B;aa"), "l2", ("lenient", "strict")),
    "a damaged e-mail address": (
        SECOND.replace("<jaargroep>", "<emailadres>a&#x1B;b@c.example</emailadres><jaargroep>"),
        "l2",
        ("lenient", "strict"),
    ),
    "a damaged reference": (SECOND.replace("g1", "g&#x1B;1"), "l2", ("lenient", "strict")),
    "a day that is none": (
        SECOND.replace("<jaargroep>", "<geboortedatum>gisteren</geboortedatum><jaargroep>"),
        "l2",
        ("strict",),
    ),
    "elements in another order": (
        SECOND.replace("<roepnaam>Roep</roepnaam>", "").replace(
            "<achternaam>", "<roepnaam>Roep</roepnaam><achternaam>"
        ),
        "l2",
        ("strict",),
    ),
    "a group that is nowhere": (SECOND.replace("g1", "g9"), "l2", ("strict",)),
}
CASES = [(name, mode) for name, (_, _, modes) in WRONG.items() for mode in modes]


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_a_record_that_cannot_be_read_raises_or_is_kept_apart(name: str, mode: Mode) -> None:
    wrong, known, _ = WRONG[name]
    inner = data(pupil(1), wrong, pupil(3))
    if "damaged" in name and mode == "strict":  # the character is the first departure
        with pytest.raises((NotXml, ReplyInvalid)):
            read(inner, mode)
    else:
        with pytest.raises(FieldInvalid, match=r'on_unreadable="keep"') as raised:
            read(inner, mode)
        assert "leerlingen/leerling[2]" in (raised.value.where or "")
    found = read(inner, mode, "keep")
    assert [each.key for each in found.document.leerlingen] == ["l1", "l3"]
    (apart,) = found.unreadable
    assert apart.place == "leerlinggegevens/leerlingen/leerling[2]"
    assert known in {*apart.fields.values(), ""}
    assert "Achternaam" not in f"{apart} {apart!r} {found!r} {found.to_dict()}"
    assert "Achternaam2" in (apart.raw.reveal() if apart.raw else "")


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
@pytest.mark.parametrize(("name", "mode"), CASES)
def test_a_stream_keeps_the_same_records_apart(name: str, mode: Mode, size: int) -> None:
    inner = data(pupil(1), WRONG[name][0], pupil(3))
    found, feed = streamed(inner, mode, size)
    whole = read(inner, mode, "keep")
    assert tuple(each for each in found if isinstance(each, Leerling)) == whole.document.leerlingen
    assert [str(each) for each in feed.unreadable] == [str(each) for each in whole.unreadable]


@pytest.mark.parametrize("name", CONTROL_CHARACTERS)
def test_a_control_character_in_a_text_is_a_finding_and_costs_nobody(name: str) -> None:
    inner = data(pupil(1), pupil(2).replace("<roepnaam>Roep", "<roepnaam>R@ep"), pupil(3))
    body = envelope(content(inner)).replace(b"@", CONTROL_CHARACTERS[name])
    found = read_answer(Reply(200, XML, body), question("lenient", "raise"))
    assert isinstance(found, PupilData)
    assert [each.roepnaam for each in found.document.leerlingen] == ["Roep", "R\ufffdep", "Roep"]
    assert [(each.code, each.path) for each in found.document.findings] == [
        ("L15", "leerlinggegevens/leerlingen/leerling[2]/roepnaam")
    ]
    with pytest.raises((NotXml, ReplyInvalid)):
        read_answer(Reply(200, XML, body), question("strict", "raise"))


@pytest.mark.parametrize("name", HEADS)
def test_what_stands_before_the_declaration_costs_nothing(name: str) -> None:
    body = HEADS[name] + b'<?xml version="1.0"?>' + envelope(content(data()))
    found = read_answer(Reply(200, XML, body), question("lenient", "raise"))
    assert isinstance(found, PupilData)
    assert [each.code for each in found.document.findings] == ([] if name == "a byte-order mark" else ["L14"])
    assert found.document.leerlingen == read(data(), "lenient").document.leerlingen


@pytest.mark.parametrize("mode", ["lenient", "strict"])
@pytest.mark.parametrize("stranger", ["<wat:is>dit</wat:is>", '<wat:is key="g1"/>', "<wat:roepnaam>R</wat:roepnaam>"])
def test_a_prefix_that_is_not_declared_is_refused(mode: Mode, stranger: str) -> None:
    inner = data(pupil(1).replace("<jaargroep>", f"{stranger}<jaargroep>"))
    with pytest.raises((NotXml, ReplyInvalid)):
        read(inner, mode)
    with pytest.raises((NotXml, ReplyInvalid)):
        streamed(inner, mode, 50)


def test_a_client_hands_out_what_it_kept_apart() -> None:
    body = envelope(content(data(pupil(1), WRONG["a damaged key"][0])))
    with client_of(Reply(200, XML, body), on_unreadable="keep") as uwlr:
        with pytest.warns(UnreadableRecordWarning, match=r"leerling\[2\]"):
            found = uwlr.pupils("00AA", "2025-2026")
        with pytest.warns(UnreadableRecordWarning):
            items = list(uwlr.stream("00AA", "2025-2026"))
    assert isinstance(found, PupilData)
    assert [type(each).__name__ for each in items] == ["School", "Groep", "Leerling", "Leerkracht", "Unreadable"]
    assert isinstance(items[-1], Unreadable)
    with pytest.raises(UsageError, match="on_unreadable"):
        UwlrClient("https://x.example", "n", "c", "k", on_unreadable="skip")  # type: ignore[arg-type]  # on purpose


def test_a_client_keeps_the_raw_reply_on_request() -> None:
    reply = Reply(200, XML, envelope(content(data(pupil(1), pupil(1)))))
    for keep_raw in (False, True):
        with client_of(reply, lenient=False, keep_raw=keep_raw) as uwlr, pytest.raises(ReplyInvalid) as raised:
            uwlr.pupils("00AA", "2025-2026")
        raw = raised.value.raw
        assert (raw is not None) is keep_raw
        assert raw is None or "Achternaam1" in raw.reveal()
        assert "Achternaam1" not in str(raised.value)


def test_an_answer_becomes_plain_data_and_comes_back_with_what_was_kept_apart() -> None:
    found = read(data(pupil(1), WRONG["a damaged key"][0]), "lenient", "keep")
    back = PupilData.from_dict(found.to_dict(reveal=True))
    assert (back.document, back.since) == (found.document, found.since)
    assert [str(each) for each in back.unreadable] == [str(each) for each in found.unreadable]
    (kept,) = FORMATS
    assert kept.read(kept.write(found), None).document == found.document
