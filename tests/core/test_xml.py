"""XML is read whole or not at all, and every problem is told in words of ours."""

import io
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.xml import (
    CHUNK,
    PROLOGUE_LIMIT,
    ElementFeed,
    FirstBranchReader,
    Source,
    chunks_of,
    describe_content,
    document_complaint,
    local_name,
    parse,
    reply_complaint,
)
from magister_connect.errors import DocumentInvalid, MagisterConnectError, NotXml

WHERE = "GET https://school.invalid/doc"
COMPLAINT = reply_complaint(WHERE)
DOCUMENT = (
    b"<?xml version='1.0' encoding='utf-8'?><!-- who --><a:list xmlns:a='urn:a' kind='x'>"
    b"<a:rows><a:row>1</a:row><a:row><a:row>nested</a:row>2</a:row><a:row/></a:rows><a:row>elsewhere</a:row></a:list>"
)
ROWS = ("list", "rows", "row")

BROKEN = [
    (b"", "Nothing came"),
    (b"  \n ", "Nothing came"),
    (b"<html><p></html>", "An HTML page came"),
    (b"\xef\xbb\xbf<!DOCTYPE html><html/>", "An HTML page came"),
    (b"leerling;klas\n1;2\n", "Plain text came"),
    (b"PK\x03\x04rest", "A zip archive came"),
    (b"\x1f\x8b\x08rest", "A gzip archive came"),
    (b"%PDF-1.7", "A PDF came"),
    (b"<list><rows>", "cut off"),
    (b"<list", "cut off"),
    (b"<list><rows></list>", "closed that was not opened"),
    (b"<list/><list/>", "goes on after its end"),
    (b"<!DOCTYPE list><list/>", "document type declaration"),
    (b"<!DOCTYPE list [<!ENTITY x 'y'>]><list>&x;</list>", "document type declaration"),
    (b"<list>\x01</list>", "character that XML does not allow"),
    ("<list>\xe9</list>".encode("latin-1"), "not in the encoding"),
    (b"<?xml version='1.0' encoding='klingon'?><list/>", "encoding that is not known"),
    (b"<list a='1' a='2'/>", "one attribute twice"),
    (b"<list>Jansen & Co</list>", "bare & or <"),
    (b"<list>Jansen &Co</list>", "bare &, which"),
    (b"<list a='x<y'/>", "bare <, which"),
    (b"<list a=1/>", "no value in quotes"),
    (b"<list a/>", "no value in quotes"),
    (b"<b:list/>", "prefix that no namespace"),
    (b"<list><rows><b:row/></rows></list>", "prefix that no namespace"),
    (b"<list><rows b:x='1'><row/></rows></list>", "prefix that no namespace"),
    (b"<list><!-- x</list>", "cut off"),
    (b"<list><![CDATA[x</list>", "cut off"),
    (b"<list>]]></list>", "not well-formed"),
    (b"<list>" + b"<rows>" * 3000 + b"</rows>" * 3000 + b"</list>", "too deep"),
    (b"<list>" + b"x" * 10_500_000 + b"</list>", "text that is too large"),
]


def read_by_feed(document: bytes, size: int, paths: Iterable[tuple[str, ...]] = (ROWS,)) -> list[str]:
    feed = ElementFeed(paths, COMPLAINT)
    texts = []
    for start in range(0, len(document), size):
        texts += ["".join(element.itertext()) for element in feed.feed(document[start : start + size])]
    return texts + ["".join(element.itertext()) for element in feed.close()]


@pytest.mark.parametrize(("document", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_a_broken_document_is_refused_with_the_place_and_nothing_of_it(document: bytes, words: str) -> None:
    with pytest.raises(NotXml, match=words) as caught:
        parse(document, COMPLAINT)
    assert WHERE in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("size", [1, CHUNK])
@pytest.mark.parametrize(("document", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_a_broken_document_is_refused_by_the_feed_too(document: bytes, words: str, size: int) -> None:
    if size == 1 and len(document) > CHUNK:
        size = 4096
    with pytest.raises(NotXml) as caught:
        read_by_feed(document, size)
    assert caught.value.__context__ is None
    assert caught.value.what.startswith(("The XML ", "An ", "A ", "Nothing", "Plain", "Its "))


@pytest.mark.parametrize("size", [1, 2, 4, CHUNK])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_feed_that_ends_in_the_beginning_of_a_tag_is_cut_off(encoding: str, size: int) -> None:
    with pytest.raises(NotXml, match="cut off"):
        read_by_feed("\ufeff<list><rows><row>1</row><".encode(encoding), size)


SPELLINGS = DOCUMENT.replace(b"elsewhere", b"a &amp; <![CDATA[ ]] ]]>&#65; \xc3\xa9") + b"\n<!-- end - --><?pi a > b ?>"


def test_a_document_that_is_cut_anywhere_is_cut_off() -> None:
    for cut in range(len(b"<?xml"), SPELLINGS.rindex(b"</a:list>") + len("</a:list")):
        for read in (lambda body: parse(body, COMPLAINT), lambda body: read_by_feed(body, 7)):
            with pytest.raises(NotXml, match="cut off") as caught:
                read(SPELLINGS[:cut])
            assert caught.value.where == f"{WHERE}, line 1", cut


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b'<list><row a=1"/></list>', "no value in quotes"),
        (b'<list><row a="1/></list>\n', "bare <"),
        (b"<list>Jansen & Co</list>", "bare & or <"),
        (b"<list>Jansen &Co and others</list>", "bare &, which"),
        (b"<list>]]></list>", "not well-formed"),
        (b"<list/><list", "goes on after its end"),
        (b"<b:list></b:list>", "prefix that no namespace"),
    ],
)
def test_a_whole_document_with_a_fault_at_its_end_is_not_cut_off(document: bytes, words: str) -> None:
    for read in (lambda: parse(document, COMPLAINT), lambda: read_by_feed(document, 3)):
        with pytest.raises(NotXml, match=words):
            read()


@pytest.mark.parametrize("size", [1, 7, len(DOCUMENT)])
def test_the_feed_gives_the_elements_at_the_path_and_no_others(size: int) -> None:
    assert read_by_feed(DOCUMENT, size) == ["1", "nested2", ""]


def test_the_feed_knows_the_root_as_soon_as_its_tag_is_read() -> None:
    feed = ElementFeed([ROWS], COMPLAINT)
    assert list(feed.feed(DOCUMENT[: DOCUMENT.index(b"<a:rows>")])) == []
    assert feed.prologue is not None
    assert (feed.prologue.name, feed.prologue.namespace) == ("list", "urn:a")


def test_the_feed_holds_no_more_than_the_current_element() -> None:
    feed = ElementFeed([ROWS], COMPLAINT)
    alive = []
    for element in feed.feed(b"<list><rows>" + b"<row><cell>1</cell></row>" * 1000):
        alive.append(element)
        assert len(element) == 1
    assert len(alive) == 1000
    assert sum(element.getparent() is not None for element in alive) == 1


def test_a_prologue_without_an_end_is_refused() -> None:
    feed = ElementFeed([ROWS], COMPLAINT)
    with pytest.raises(NotXml, match="contain no element"):
        list(feed.feed(b"<!--" + b"x" * PROLOGUE_LIMIT))


def test_a_document_of_comments_alone_is_refused() -> None:
    feed = ElementFeed([ROWS], COMPLAINT)
    list(feed.feed(b"<!-- nothing -->"))
    with pytest.raises(NotXml):
        list(feed.close())


@pytest.mark.parametrize("document", [DOCUMENT, "<list>é</list>".encode("utf-16"), b"\xef\xbb\xbf<list/>"])
def test_a_whole_document_is_read_in_any_declared_encoding(document: bytes) -> None:
    assert local_name(parse(document, COMPLAINT)) == "list"


def test_the_limit_on_one_text_is_lifted_on_request_only() -> None:
    large = b"<list>" + b"x" * 10_500_000 + b"</list>"
    assert len(parse(large, COMPLAINT, huge_text=True).text or "") == 10_500_000


@given(st.binary())
def test_any_bytes_are_a_document_or_an_error_of_ours(document: bytes) -> None:
    for read in (lambda: parse(document, COMPLAINT), lambda: read_by_feed(document, 3)):
        try:
            read()
        except MagisterConnectError as error:
            assert error.__context__ is None


@given(st.integers(1, len(DOCUMENT) - 1))
def test_a_document_cut_off_anywhere_is_never_a_shorter_document(end: int) -> None:
    with pytest.raises(NotXml):
        parse(DOCUMENT[:end], COMPLAINT)
    with pytest.raises(NotXml):
        read_by_feed(DOCUMENT[:end], 16)


def test_complaints_about_a_file_have_a_line() -> None:
    with pytest.raises(DocumentInvalid) as caught:
        parse(b"<a>\n<b>\n</a>", document_complaint("school.xml"))
    assert caught.value.line == 3
    assert caught.value.where == "school.xml"


def test_every_kind_of_source_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "school.xml"
    path.write_bytes(DOCUMENT)
    sources: list[Source] = [DOCUMENT, path, str(path), io.BytesIO(DOCUMENT), [DOCUMENT[:9], DOCUMENT[9:]]]
    assert [b"".join(chunks_of(source)) for source in sources] == [DOCUMENT] * len(sources)


@pytest.mark.parametrize("head", [b"<a/>", b"<?xml version='1.0'?>", "<a/>".encode("utf-16")])
def test_what_begins_like_xml_is_called_xml(head: bytes) -> None:
    assert describe_content(head) == "XML"


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_the_first_branch_of_a_document_is_found_without_knowing_its_names(size: int) -> None:
    document = b"<answer><result>True</result><table><rows><row><cell/></row></rows></table></answer>"
    descent = FirstBranchReader(lambda path: len(path) == 4, COMPLAINT)
    fed = 0
    while not descent.feed(document[fed : fed + size]):
        fed += size
    assert descent.path == ("answer", "table", "rows", "row")
    assert document.startswith(bytes(descent.held))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"<a><b></a>", "closed that was not opened"),
        (b"<!DOCTYPE a><a><b/></a>", "document type"),
        (b"<a>" + b" " * (PROLOGUE_LIMIT + 1), "do not contain the expected"),
    ],
)
def test_the_search_for_a_branch_ends_where_the_document_is_broken(document: bytes, words: str) -> None:
    with pytest.raises(NotXml, match=words):
        FirstBranchReader(lambda path: len(path) == 4, COMPLAINT).feed(document)
