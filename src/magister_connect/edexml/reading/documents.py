"""Reading a whole document: strict by default, so that what comes out is what the standard says it is."""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Generator, Iterable, Iterator
from typing import Final

import attrs

from magister_connect.core.xml import Source
from magister_connect.edexml.model import records
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.model.kinds import KINDS
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import VERSIONS
from magister_connect.edexml.reading.builder import UnknownBlocks
from magister_connect.edexml.reading.detection import version_by_features
from magister_connect.edexml.reading.fast_path import feed_for
from magister_connect.edexml.reading.feed import OLDER, DocumentFeed, Guard, Reading
from magister_connect.edexml.reading.lenient import Lenient
from magister_connect.edexml.reading.observers import Observer, Strict
from magister_connect.edexml.reading.sources import bytes_of, name_of
from magister_connect.errors import DocumentInvalid, Move, UsageError

_LONGEST_DECLARATION: Final = 1024  # characters
_DECLARED: Final = re.compile(r"""^(\s*<\?xml\b[^>]*?)\s+encoding\s*=\s*(?:"[^"]*"|'[^']*')""")


def read(
    source: Source,
    *,
    version: str | None = None,
    lenient: bool = False,
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "keep",
    encoding: str | None = None,
) -> records.Document:
    """A whole document from a path, bytes, a binary file object or an iterable of bytes; zipped or not.

    ``version`` reads it as another version than it states; without a statement it is read as 2.1, which all older
    versions are valid under (documented). ``blocks`` are the types of block that are known; one that is not known is
    kept, left out (``"strip"``) or refused (``"error"``). ``encoding`` is for a file that declares the wrong one, such
    as an undeclared ``"cp1252"``.

    With ``lenient`` what public programs had to cope with is let pass (order, old names, blanks, namespaces, empty and
    unknown elements, forms of dates and years, an unknown version, references that lead nowhere), and each departure is
    in ``findings`` of the document; a record without a key is left out.

    Raises :class:`~magister_connect.errors.DocumentInvalid` at the first departure from the schema of its version,
    rules on keys and references included; the school year may lie beyond the end of the schema's list, which has
    passed.
    """
    reading = reading_of(source, version, blocks, unknown_blocks, lenient=lenient)
    return _whole(reading, transcoded(bytes_of(source), encoding, lenient=lenient))


def read_as(
    root: str, body: bytes, *, lenient: bool, blocks: BlockTypes, unknown_blocks: UnknownBlocks
) -> records.Document:
    """A document under another root than ``EDEX``."""
    reading = reading_of(body, None, blocks, unknown_blocks, lenient=lenient)
    return _whole(attrs.evolve(reading, roots=(root,)), [body])


def _whole(reading: Reading, chunks: Iterable[bytes]) -> records.Document:
    observer = observer_of(reading, whole=True)
    feed = feed_for(reading, observer)
    guard = Guard(feed, observer, everyone=True)
    return collect(feed, guard.pass_on(records_of(feed, chunks)), observer)


def reading_of(
    source: object, version: str | None, blocks: BlockTypes, unknown_blocks: UnknownBlocks, *, lenient: bool
) -> Reading:
    """How a document is read; a lenient reader takes the body of a UWLR answer as well."""
    if unknown_blocks not in {"keep", "strip", "error"}:
        raise UsageError("This is not a way to treat blocks", advice="unknown_blocks is 'keep', 'strip' or 'error'.")
    roots = ("EDEX", "leerlinggegevens") if lenient else ("EDEX",)
    return Reading(version, blocks, unknown_blocks, name_of(source), roots, lenient)


def observer_of(reading: Reading, *, whole: bool) -> Observer:
    """Who hears of departures."""
    return Lenient(reading.where, whole=whole) if reading.lenient else Strict(reading.where)


def records_of(feed: DocumentFeed, chunks: Iterable[bytes]) -> Iterator[Item]:
    """The records that a feed makes of chunks."""
    for chunk in chunks:
        yield from feed.feed(chunk)
    yield from feed.close()


def collect(feed: DocumentFeed, items: Iterable[Item], observer: Observer) -> records.Document:
    """A document of its records."""
    found: dict[type, list[Item]] = {}
    order: list[str] = []
    for item in items:
        found.setdefault(type(item), []).append(item)
        if isinstance(item, (records.Groep, records.SamengesteldeGroep)):
            order.append(item.key)
    school = next(iter(found.get(records.School, ())), None)
    if not isinstance(school, records.School):
        raise DocumentInvalid("It has no school", where=feed.where, advice="Have it exported again.")
    lists = {kind.field: tuple(found.get(kind.record, ())) for kind in KINDS if kind.container is not None}
    return records.Document(
        school,
        **lists,  # type: ignore[arg-type] # sorted by type above
        version=_version(feed, school, (item for items in found.values() for item in items)),
        group_order=tuple(order),
        schema_location=feed.schema_location,
        findings=observer.findings(),
    )


def _version(feed: DocumentFeed, school: records.School, items: Iterable[Item]) -> str:
    """As which version it was read; by what it holds where that was left open."""
    version = feed.version or VERSIONS[-1]
    if version not in VERSIONS or not feed.was_left_open(school.xsdversie):
        return version
    stated = OLDER.get(school.xsdversie or "", school.xsdversie)
    if stated is not None and stated not in VERSIONS:
        return version
    return max(version_by_features(items), stated or VERSIONS[0], key=VERSIONS.index)


def transcoded(chunks: Iterable[bytes], encoding: str | None, *, lenient: bool) -> Generator[bytes, None, None]:
    """The bytes as UTF-8, where the caller knows their encoding better than they say; else as they are."""
    if encoding is None:
        yield from _from_first_mark(chunks) if lenient else chunks
        return
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        decoder = None
    if decoder is None:
        raise UsageError("This encoding is not known", where="encoding", advice="Give a name such as 'cp1252'.")
    head: str | None = ""  # until the declaration is whole
    for chunk in chunks:
        text = _decoded(decoder, chunk, last=False)
        if head is not None:
            head += text
            if len(head) < _LONGEST_DECLARATION and "?>" not in head:
                continue
            text, head = _undeclared(head), None
        yield text.encode()
    yield (_undeclared(head or "") + _decoded(decoder, b"", last=True)).encode()


def _undeclared(head: str) -> str:
    """The beginning of a document without a mark of order, and without the encoding that it declares."""
    return _DECLARED.sub(r"\1", head.removeprefix("\ufeff"), count=1)


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, last: bool) -> str:
    text: str | None = None
    with contextlib.suppress(UnicodeDecodeError):
        text = decoder.decode(chunk, last)
    if text is None:
        advice = "Give another encoding, or none where the document declares the right one."
        raise DocumentInvalid("Its bytes are not in the encoding that you gave", move=Move.YOURS, advice=advice)
    return text


def _from_first_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Without white space in front of the XML declaration, where no parser takes it."""
    begun = False
    for chunk in chunks:
        kept = chunk if begun else chunk.lstrip(b" \t\r\n")
        begun = begun or bool(kept)
        yield kept
