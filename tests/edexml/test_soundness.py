"""One meaning, whatever the spelling and the chunks: the people are the parser's, the verdict is the schema's.

``EDEXML_DOCUMENTS=3000`` runs the whole number of documents.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterable
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from magister_connect import edexml
from magister_connect.edexml.checking import check as checking_module
from magister_connect.edexml.model.blocks import BASE_BLOCKS
from magister_connect.edexml.reading import documents as reading_module
from magister_connect.edexml.reading.feed import DocumentFeed
from magister_connect.errors import DocumentInvalid
from tests.edexml.disguised import disguised
from tests.edexml.synthetic import minimal

DOCUMENTS = int(os.environ.get("EDEXML_DOCUMENTS", "120"))
LISTS = (("groepen", "groep"), ("leerlingen", "leerling"), ("leerkrachten", "leerkracht"))
People = tuple[list[str], list[str], list[str]]


def people_of_the_parser(content: bytes) -> People | None:
    """Keys of groups, pupils and staff by lxml alone; ``None`` where it is not well-formed or has a DTD."""
    try:
        root = etree.fromstring(content)
    except etree.XMLSyntaxError:
        return None
    if root.getroottree().docinfo.internalDTD is not None:
        return None
    found = [[one.get("key", "") for one in root.iterfind(f"./{container}/{name}")] for container, name in LISTS]
    return (found[0], found[1], found[2])


def people_of(document: edexml.Document) -> People:
    return (
        [one.key for one in document.groepen],
        [one.key for one in document.leerlingen],
        [one.key for one in document.leerkrachten],
    )


def pieces(content: bytes, rng: random.Random, longest: int) -> list[bytes]:
    cuts = sorted(rng.sample(range(1, len(content)), min(len(content) - 1, max(1, 2 * len(content) // longest))))
    return [content[start:end] for start, end in zip((0, *cuts), (*cuts, len(content)), strict=True)]


def streamed(source: Iterable[bytes]) -> People:
    with edexml.open(source) as stream:
        groups = [one.key for one in stream.groepen]
        pupils = [one.key for one in stream.leerlingen]
        return groups, pupils, [one.key for one in stream.leerkrachten]


def streamed_async(content: Iterable[bytes]) -> People:
    async def given() -> AsyncIterator[bytes]:
        for piece in content:
            yield piece

    async def collect() -> People:
        async with edexml.open_async(given()) as stream:
            groups = [one.key for one in stream.groepen]
            pupils = [one.key async for one in stream.leerlingen]
            return groups, pupils, [one.key async for one in stream.leerkrachten]

    return asyncio.run(collect())


def outcome(source: bytes | list[bytes]) -> object:
    """All that can be seen of a document: the records, or the error, and the report."""
    report = edexml.check(source)
    try:
        read: object = edexml.read(source)
    except DocumentInvalid as invalid:
        read = (invalid.what, invalid.where, invalid.line)
    return read, report.findings, dict(report.counts), dict(report.completeness.kinds)


@pytest.mark.parametrize("start", range(0, DOCUMENTS, 20))
def test_the_people_are_those_of_the_parser_in_every_chunking(start: int) -> None:
    for seed in range(start, start + 20):
        content, rng = disguised(seed), random.Random(seed)
        expected, valid = people_of_the_parser(content), edexml.check(content).schema_valid
        if expected is None:
            assert not valid, seed
        whole = outcome(content)
        for longest in (2, 40, 700):
            cut = pieces(content, rng, longest)
            assert outcome(cut) == whole, seed
            if valid:
                assert people_of(edexml.read(cut)) == streamed(cut) == streamed_async(cut) == expected, seed
                assert people_of(edexml.read(cut, lenient=True)) == expected, seed


def test_the_verdict_is_that_of_the_official_schema(shared_data: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / "edexml-xsd" / "2.1" / "EDEXML.structuur.xsd"))
    verdicts = set()
    for seed in range(10_000, 10_000 + DOCUMENTS):
        content = disguised(seed)
        well_formed = people_of_the_parser(content) is not None
        expected = well_formed and schema.validate(etree.fromstring(content))
        assert edexml.check(content, blocks=BASE_BLOCKS, strict_schooljaar=True).schema_valid is expected, seed
        verdicts.add(expected)
    assert verdicts == {True, False}


@pytest.mark.parametrize("seed", range(max(2, DOCUMENTS // 60)))
def test_a_document_may_be_cut_at_every_byte(seed: int) -> None:
    content = disguised(20_000 + seed, oddity=0.15, faults=seed % 2 == 1)
    whole = outcome(content)
    for cut in range(1, len(content)):
        assert outcome([content[:cut], content[cut:]]) == whole, (seed, cut)


@pytest.mark.parametrize("start", range(0, DOCUMENTS, 40))
def test_the_fast_way_gives_what_the_parser_gives_lines_included(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [disguised(30_000 + seed, oddity=0.05) for seed in range(start, start + 40)]
    fast = [outcome(content) for content in contents]
    for module in (reading_module, checking_module):
        monkeypatch.setattr(module, "DocumentFeed", partial(DocumentFeed, fast=False))
    for seed, (content, expected) in enumerate(zip(contents, fast, strict=True)):
        assert outcome(content) == expected, seed


@pytest.mark.parametrize("blanks", [" ", "\n", "\r\n", "\r", "\n\t"])
@pytest.mark.parametrize("text", ["<![CDATA[Fenna]]>", "<!-- x -->Fenna", "<?x?>Fenna", "&#70;enna", "Fenna"])
def test_blanks_at_the_beginning_of_a_text_belong_to_it(blanks: str, text: str) -> None:
    content = minimal(pupil=f"<roepnaam>{blanks}{text}</roepnaam>")
    expected = etree.fromstring(content).xpath("string(//roepnaam)")
    for source in (content, [content[at : at + 1] for at in range(len(content))]):
        assert edexml.read(source).leerlingen[0].roepnaam == expected


def test_half_of_the_documents_are_valid_and_most_hide_people() -> None:
    contents = [disguised(seed) for seed in range(200)]
    valid = sum(edexml.check(content).schema_valid for content in contents)
    assert 40 < valid < 160
    assert sum(b'key="90' in content for content in contents) > 100
