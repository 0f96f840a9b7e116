"""The fast way gives what the parser gives, and never hides a fault; any input is a document or an error of ours."""

import random
from functools import partial

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magister_connect import edexml
from magister_connect.edexml import Leerling
from magister_connect.edexml.checking import check as checking_module
from magister_connect.edexml.reading import documents as reading_module
from magister_connect.edexml.reading.fast_path import maker_of
from magister_connect.edexml.reading.feed import DocumentFeed
from magister_connect.errors import DocumentInvalid, MagisterConnectError
from tests.edexml.mutations import mutated
from tests.edexml.synthetic import VERSIONS, document, minimal
from tests.edexml.vectors import COMBINED, GROUP, VECTORS, staffed, teacher


def many(document: bytes, times: int = 4) -> bytes:
    """The persons of a document several times over, so that the fast way opens; each time with other keys."""
    head, _, rest = document.partition(b"<leerlingen>")
    pupils, _, tail = rest.partition(b"</leerlingen>")
    before, _, staff = tail.partition(b"<leerkrachten>")
    staff, _, end = staff.partition(b"</leerkrachten>")
    more = [
        pupils.replace(b'leerling key="', b'leerling key="%d-' % n).replace(b'eckid="', b'eckid="%d-' % n)
        for n in range(times)
    ]
    others = [
        staff.replace(b'leerkracht key="', b'leerkracht key="%d-' % n).replace(b'eckid="', b'eckid="%d-' % n)
        for n in range(times)
    ]
    lists = b"<leerlingen>" + b"".join(more) + b"</leerlingen>" + before
    return head + lists + (b"<leerkrachten>" + b"".join(others) + b"</leerkrachten>" if staff else b"") + end


def outcome(content: bytes, version: str) -> tuple[object, ...]:
    report = edexml.check(content, version=version)
    try:
        read: object = edexml.read(content, version=version)
    except DocumentInvalid as invalid:
        read = (invalid.what, invalid.where, invalid.line)
    return (read, report.findings, report.completeness.kinds)


def test_both_ways_agree_on_every_vector_and_on_random_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [(many(content), version) for _, content, _ in VECTORS for version in VERSIONS]
    rng = random.Random(9)
    contents += [(mutated(many(document(version)), rng), version) for version in VERSIONS for _ in range(120)]
    fast = [outcome(*case) for case in contents]
    for module in (reading_module, checking_module):
        monkeypatch.setattr(module, "DocumentFeed", partial(DocumentFeed, fast=False))
    for case, expected in zip(contents, fast, strict=True):
        assert outcome(*case) == expected


def test_both_ways_agree_on_the_roles_of_staff_in_their_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    roles = "<rol>LRK</rol><rolomschrijving>mentor</rolomschrijving>"
    combined = f'<samengestelde_groep key="s">{roles}</samengestelde_groep>'
    groups = f'<groepen><groep key="g">{roles}</groep><groep key="g"/>{combined}</groepen>'
    lists = f"<groepen>{GROUP}{COMBINED}</groepen>".replace("'", '"')
    content = many(staffed(teacher(roles + groups), lists).replace(b"'", b'"'))
    fast = edexml.read(content).leerkrachten
    monkeypatch.setattr(reading_module, "DocumentFeed", partial(DocumentFeed, fast=False))
    assert edexml.read(content).leerkrachten == fast
    assert [len(one.rollen) for one in fast[-1].groepen] == [2, 0, 2]


@pytest.mark.parametrize("size", [1, 3, 50, 1000, 100_000])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_pieces_in_which_a_document_comes_do_not_matter(version: str, size: int) -> None:
    content = many(document(version))
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    assert edexml.read(pieces) == edexml.read(content)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_the_encoding_does_not_matter(codec: str) -> None:
    content = many(minimal(pupil="<roepnaam>Loïs</roepnaam>").replace(b"'", b'"')).decode()
    declared = content.replace("UTF-8", codec.removesuffix("-sig"))
    assert {pupil.roepnaam for pupil in edexml.read(declared.encode(codec)).leerlingen} == {"Loïs"}


def test_bytes_that_are_not_in_the_encoding_are_found_behind_plain_records() -> None:
    content = many(minimal().replace(b"'", b'"')).replace(b"</leerlingen>", b"<!-- \xff --></leerlingen>")
    with pytest.raises(DocumentInvalid, match="not in the encoding"):
        edexml.read(content)
    with pytest.raises(DocumentInvalid, match="not in the encoding"):
        edexml.read(many(minimal(pupil="<roepnaam>Lo\xefs</roepnaam>")).decode().encode("latin-1"))


def test_a_record_of_the_fast_way_is_like_any_other() -> None:
    values = [f.default if f.default is not attrs.NOTHING else "1" for f in attrs.fields(Leerling)]
    made, usual = maker_of(Leerling)(*values), Leerling("1")
    assert (type(made), made, hash(made), repr(made)) == (type(usual), usual, hash(usual), repr(usual))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.key = "2"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_document_cut_at_any_byte_is_an_error(version: str) -> None:
    content = document(version)
    for cut in range(len(content.rstrip())):
        with pytest.raises(DocumentInvalid) as caught:
            edexml.read(content[:cut])
        assert caught.value.line is not None or cut < 120
        assert not edexml.check(content[:cut]).schema_valid


def test_many_records_cut_at_any_byte_are_an_error() -> None:
    content = many(document("2.1"))
    start = content.index(b"</leerling>")
    for cut in range(start, len(content.rstrip()), 7):
        with pytest.raises(DocumentInvalid):
            edexml.read([content[:start], content[start:cut]])


BOMB = b"<!DOCTYPE EDEX [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><EDEX>&b;</EDEX>"
LL = b"Dijkman".ljust(70) + b"04052006" + b"2" + b" " * 66


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB, "document type declaration"),
        (b"<!DOCTYPE EDEX>" + minimal().split(b"?>\n")[1], "document type declaration"),
        (b"<EDEX>" + b"<a>" * 400, "nested too deep"),
        (minimal(pupil=f"<roepnaam>{'x' * 10_500_000}</roepnaam>"), "too large"),
        (minimal(pupil="<roepnaam>a\x01b</roepnaam>"), "character"),
        (minimal(pupil="<roepnaam>R&B</roepnaam>"), "bare &"),
        (minimal() + b"<EDEX/>", "goes on after its end"),
        (b"key;naam\r\n1;Fenna\r\n", "table"),
        (LL + b"\r\n" + LL, "EDEX2000"),
        (b"", "Nothing"),
        (b"   \n ", "is empty|Nothing"),
        (b"<html><body/></html>", "HTML"),
        (b"%PDF-1.4", "PDF"),
        (b"<school/>", "not EDEXML"),
    ],
)
def test_bad_input_is_an_error_of_ours(content: bytes, words: str) -> None:
    for way in (edexml.read, lambda source: edexml.read(source, lenient=True)):
        with pytest.raises(DocumentInvalid, match=words):
            way(content)
    assert not edexml.check(content).schema_valid


TAGS = b"<EDEX> </EDEX> <school> </school> <leerlingen> </leerlingen> <toevoegingen> <blok> <!----> <?a?> <![CDATA[ ]]>"
WHOLE = [
    b"<leerling key='1'>",
    b"</leerling>",
    b"<roepnaam>F</roepnaam>",
    b"<schooljaar>2014-2015</schooljaar>",
    b"<groep key='x'/>",
    b'<leerling key="2"><roepnaam>G</roepnaam></leerling>',
]
PIECES = st.sampled_from([*TAGS.split(), *WHOLE, b"&amp;", b"x", b"\xff", b"\x00"])


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join), st.booleans())
def test_any_bytes_are_a_document_or_an_error_of_ours(content: bytes, lenient: bool) -> None:
    try:
        edexml.read(content, lenient=lenient)
    except MagisterConnectError as error:
        assert str(error)
    edexml.check(content)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(VERSIONS), st.booleans())
def test_any_change_of_a_document_is_read_or_refused(seed: int, version: str, lenient: bool) -> None:
    rng = random.Random(seed)
    content = mutated(document(version), rng)
    try:
        read = edexml.read(content, lenient=lenient)
    except MagisterConnectError:
        return
    if not lenient:
        assert edexml.read(edexml.to_bytes(read, unknown_blocks="keep"), version=read.version) == read


def test_line_breaks_by_the_million_are_counted_and_not_held() -> None:
    person = b'<leerling key="%d"><achternaam>Test</achternaam><jaargroep>11</jaargroep></leerling>' + b"\n" * 60_000
    head, _, rest = minimal("2.1").partition(b"<leerlingen>")
    tail = rest.partition(b"</leerlingen>")[2]
    before = head + b"<leerlingen>" + b"".join(person % number for number in range(200))
    assert len(edexml.read(before + b"</leerlingen>" + tail).leerlingen) == 200
    with pytest.raises(DocumentInvalid) as caught:
        edexml.read(before + b"<broken>")
    assert caught.value.line == before.count(b"\n") + 1
