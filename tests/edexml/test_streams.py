"""Reading piece by piece gives what reading whole gives."""

import asyncio
import gzip
import io
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from magister_connect import edexml
from magister_connect.errors import DocumentInvalid, MagisterConnectError, UsageError
from tests.edexml.synthetic import VERSIONS, document, minimal


def zipped(content: bytes, *names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("EDEX.XML",):
            archive.writestr(name, content)
    return packed.getvalue()


async def pieces(content: bytes, size: int = 100) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stream_gives_what_reading_whole_gives(version: str) -> None:
    whole = edexml.read(document(version))
    with edexml.open(document(version)) as stream:
        assert (stream.school, stream.vestigingen, stream.groepen) == (whole.school, whole.vestigingen, whole.groepen)
        assert (stream.samengestelde_groepen, stream.group_order) == (whole.samengestelde_groepen, whole.group_order)
        assert (stream.version, stream.schema_location) == (version, whole.schema_location)
        assert tuple(stream.leerlingen) == whole.leerlingen
        assert tuple(stream.leerkrachten) == whole.leerkrachten
        assert tuple(stream.leerlingen) == ()


def test_asking_for_staff_passes_over_the_pupils() -> None:
    with edexml.open(document("2.0")) as stream:
        assert tuple(stream.leerkrachten) == edexml.read(document("2.0")).leerkrachten


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("version", VERSIONS)
def test_an_awaiting_stream_gives_the_same(version: str, size: int) -> None:
    async def collect() -> tuple[list[edexml.Leerling], list[edexml.Leerkracht]]:
        async with edexml.open_async(pieces(document(version), size)) as stream:
            return [one async for one in stream.leerlingen], [one async for one in stream.leerkrachten]

    whole = edexml.read(document(version))
    assert asyncio.run(collect()) == (list(whole.leerlingen), list(whole.leerkrachten))


def test_an_awaiting_byte_stream_is_read_whole() -> None:
    for content in (document("2.0"), zipped(document("2.0"))):
        assert asyncio.run(edexml.read_async(pieces(content))) == edexml.read(document("2.0"))


def test_an_awaiting_stream_takes_an_archive() -> None:
    async def count() -> int:
        async with edexml.open_async(pieces(zipped(document("2.1")), 3)) as stream:
            return len([one async for one in stream.leerlingen])

    assert asyncio.run(count()) == 1


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([b"naam;", b"groep\nFenna;b1a\n"], "table of text"),
        ([b"Fe", b"nna"], "Plain text"),
        ([b"na"], "Plain text"),
        ([], "Nothing came"),
        (["<EDEX/>"], "str"),
    ],
)
def test_an_awaiting_stream_says_what_came_instead(chunks: list[bytes], words: str) -> None:
    async def given() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def count() -> None:
        async with edexml.open_async(given()) as stream:
            assert [one async for one in stream.leerlingen]

    with pytest.raises(MagisterConnectError, match=words):
        asyncio.run(count())


def test_a_stream_that_is_not_open_says_so() -> None:
    with pytest.raises(UsageError):
        edexml.open(document("2.1")).school  # noqa: B018 - asking is the point


def test_the_one_document_in_an_archive_is_read(tmp_path: Path) -> None:
    path = tmp_path / "school.zip"
    path.write_bytes(zipped(document("2.1")))
    for source in (
        path,
        path.read_bytes(),
        io.BytesIO(path.read_bytes()),
        [path.read_bytes()[:2], path.read_bytes()[2:]],
    ):
        assert edexml.read(source) == edexml.read(document("2.1"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped(b"x", "a.txt"), "holds 0 XML files"),
        (zipped(b"x", "a.xml", "b.xml"), "holds 2 XML files"),
        (zipped(document("2.1"))[:-30], "cut off"),
        (zipped(document("2.1")).replace(b"PK\x01\x02", b"PK\x01\x03"), "broken"),
        (zipped(b"<EDEX>" + 40_000 * (b"<!--" + b"x" * 1_000 + b"-->")), "far too large"),
    ],
)
def test_an_archive_that_cannot_be_read_says_why(content: bytes, words: str) -> None:
    with pytest.raises(DocumentInvalid, match=words):
        edexml.read(content)


def many(count: int) -> Iterator[bytes]:
    yield minimal().split(b"<leerling ")[0]
    for number in range(count):
        yield b"<leerling key='%d'><roepnaam>Fenna</roepnaam><jaargroep>4</jaargroep></leerling>" % number
    yield b"</leerlingen></EDEX>"


def peak(count: int) -> int:
    tracemalloc.start()
    try:
        with edexml.open(many(count)) as stream:
            assert sum(1 for _ in stream.leerlingen) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_pupils() -> None:
    peak(10)
    assert peak(8_000) < peak(1_000) + 50_000


def test_pupils_that_were_passed_over_or_come_after_the_end_are_refused_and_not_forgotten() -> None:
    with edexml.open(document("2.1")) as stream:
        assert list(stream.leerkrachten)
        with pytest.raises(UsageError, match="skipped when"):
            next(stream.leerlingen)
    with pytest.raises(UsageError, match="closed"):
        next(stream.leerkrachten)


def test_a_gzip_file_is_told_from_a_table_of_text_and_can_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "school.xml.gz"
    path.write_bytes(gzip.compress(document("2.1")))
    with pytest.raises(DocumentInvalid, match="gzip"):
        edexml.read(path)
    with gzip.open(path) as file:
        assert edexml.read(file) == edexml.read(document("2.1"))


@pytest.mark.parametrize("body", [b"<EDEX/>", b"<EDEX></EDEX>", b"<EDEX>\n</EDEX>"])
def test_a_document_without_a_school_never_reads_as_a_school_without_pupils(body: bytes) -> None:
    for lenient in (False, True):
        with pytest.raises(DocumentInvalid), edexml.open([body], lenient=lenient):
            pass
        with pytest.raises(DocumentInvalid):
            edexml.read(body, lenient=lenient)
