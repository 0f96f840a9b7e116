"""A reply is read although somebody pasted a control character into it, or PHP wrote a notice before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from magister_connect.core.repairs import Repair, repair_reply
from magister_connect.core.xml import parse_reply, reply_complaint
from magister_connect.errors import NotXml
from tests.odd_values import CONTROL_CHARACTERS, HEADS

COMPLAINT = reply_complaint("Leerlingen")
DECLARED = b"<?xml version='1.0' encoding='utf-8'?>"
SOUND = "<a><b>Zoë &amp; Ÿ &#233; \t</b></a>".encode()


@pytest.mark.parametrize("what", HEADS)
@pytest.mark.parametrize("declaration", [DECLARED, b'<?xml version="1.0"?>'])
def test_what_stands_before_the_declaration_is_left_out(what: str, declaration: bytes) -> None:
    root, notes = parse_reply(HEADS[what] + declaration + SOUND, COMPLAINT)
    assert root.findtext("b") == "Zoë & Ÿ é \t"
    assert [note for note in notes if "before the XML declaration" in note] == list(notes)
    assert bool(notes) == ("PHP" in what)


@pytest.mark.parametrize("what", CONTROL_CHARACTERS)
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_a_control_character_becomes_a_replacement_character(what: str, encoding: str) -> None:
    held = CONTROL_CHARACTERS[what]
    if encoding != "utf-8" and held.endswith(b"\xbf"):
        return  # these bytes are that character in UTF-8 only
    body = f"<?xml version='1.0' encoding='{encoding}'?><a><b>a".encode() + held + "ë</b></a>".encode()
    root, notes = parse_reply(body.decode().encode(encoding), COMPLAINT)
    assert root.findtext("b") == "a\ufffdë"
    assert notes == ("1 control characters, which XML does not allow, were replaced by U+FFFD.",)


@pytest.mark.parametrize("body", [SOUND, DECLARED + SOUND, b"<a>&#9;&#xA;&#13;&#x10FFFF;</a>", b""])
def test_a_sound_reply_stays_as_it_is(body: bytes) -> None:
    assert repair_reply(body) == (body, ())


@pytest.mark.parametrize("body", [b"<a><b>", b"<html><body>\x1b</body>", b"\x1b", b"niets", b"<a>\xe9\x1b</a>"])
def test_what_is_broken_otherwise_stays_an_error(body: bytes) -> None:
    with pytest.raises(NotXml):
        parse_reply(body, COMPLAINT)


@given(
    pieces=st.lists(
        st.sampled_from([*CONTROL_CHARACTERS.values(), b"a", b"&amp;", b"&#233;", "ë".encode(), b"&#x41;"])
    ),
    size=st.integers(1, 9),
)
def test_pieces_of_any_size_are_repaired_like_the_whole(pieces: list[bytes], size: int) -> None:
    body = b"<a>" + b"".join(pieces) + b"</a>"
    repair = Repair()
    fed = b"".join(repair.feed(body[start : start + size]) for start in range(0, len(body), size))
    repaired = fed + repair.close()
    text = etree.fromstring(repaired).text or ""
    odd = sum(piece in CONTROL_CHARACTERS.values() for piece in pieces)
    assert text.count("\ufffd") == odd
    whole, notes = repair_reply(body)
    assert etree.fromstring(whole).text == etree.fromstring(repaired).text
    assert bool(notes) == bool(odd)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("what", [*HEADS, "nothing"])
def test_a_head_in_pieces_of_any_size_is_repaired_like_the_whole(what: str, encoding: str, size: int) -> None:
    declared = f"<?xml version='1.0' encoding='{encoding}'?><a><b>Zo".encode() + "ë\x1b</b></a>".encode(encoding)
    body = HEADS.get(what, b"") + declared
    repair = Repair()
    fed = b"".join(repair.feed(body[start : start + size]) for start in range(0, len(body), size)) + repair.close()
    assert etree.fromstring(fed).findtext("b") == "Zoë\ufffd"
    assert (repair_reply(body)[0], repair.notes) == (fed, repair_reply(body)[1])


@pytest.mark.parametrize("around", [(b"<![CDATA[", b"]]>"), (b"<!--", b"-->")])
@pytest.mark.parametrize("inner", [b"<?xml version='1.0'?><c/>", b"<?xml encoding='latin1'"])
def test_a_declaration_of_another_document_inside_a_reply_is_not_its_beginning(
    around: tuple[bytes, bytes], inner: bytes
) -> None:
    body = b"<a>" + around[0] + inner + around[1] + b"<b>\x1b</b></a>"
    root, _ = parse_reply(body, COMPLAINT)
    assert root.findtext("b") == "\ufffd"
