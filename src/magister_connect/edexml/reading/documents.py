"""Reading a whole document: strict by default, so that what comes out is what the standard says it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from magister_connect.core.boundary import file_boundary
from magister_connect.core.xml import Source
from magister_connect.edexml.model import records
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.model.kinds import KINDS
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import VERSIONS, model
from magister_connect.edexml.reading.builder import UnknownBlocks
from magister_connect.edexml.reading.detection import version_by_features
from magister_connect.edexml.reading.feed import EDEX_ROOT, UWLR_ROOTS, DocumentFeed, Guard, Reading, stated_version
from magister_connect.edexml.reading.lenient import Lenient
from magister_connect.edexml.reading.observers import Observer, Strict
from magister_connect.edexml.reading.sources import bytes_of, name_of
from magister_connect.errors import DocumentInvalid, UsageError


@file_boundary.around
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
    kept, left out (``"strip"``) or refused (``"error"``); see :func:`write` for the way back. ``encoding`` is for a
    file that declares the wrong one, such as an undeclared ``"cp1252"``.

    With ``lenient`` what public programs had to cope with is let pass (order, old names, blanks, namespaces, empty and
    unknown elements, forms of dates and years, an unknown version, references that lead nowhere), and each departure is
    in ``findings`` of the document; a record without a key is left out.

    Raises :class:`~magister_connect.errors.DocumentInvalid` at the first departure from the schema of its version,
    rules on keys and references included; the school year may lie beyond the end of the schema's list, which has
    passed.
    """
    reading = reading_of(source, version, blocks, unknown_blocks, lenient=lenient, encoding=encoding)
    return read_chunks(reading, bytes_of(source))


def read_chunks(reading: Reading, chunks: Iterable[bytes], observer: Observer | None = None) -> records.Document:
    """The document that chunks of bytes make; ``observer`` is another one than the way of reading has by itself."""
    observer = observer or observer_of(reading, whole=True)
    feed = DocumentFeed(reading, observer)
    guard = Guard(feed, observer, everyone=True)
    return collect(feed, guard.pass_on(records_of(feed, chunks)), observer)


def reading_of(
    source: object,
    version: str | None,
    blocks: BlockTypes,
    unknown_blocks: UnknownBlocks,
    *,
    lenient: bool,
    encoding: str | None,
) -> Reading:
    """How a document is read; a lenient reader takes the body of a UWLR answer as well."""
    if unknown_blocks not in {"keep", "strip", "error"}:
        raise UsageError("This value of unknown_blocks does not exist", advice="Pass 'keep', 'strip' or 'error'.")
    if version is not None:
        model(version)
    roots = (EDEX_ROOT, *UWLR_ROOTS) if lenient else (EDEX_ROOT,)
    return Reading(version, blocks, unknown_blocks, name_of(source), roots, lenient, encoding)


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
        raise without_school(feed.where)
    lists = {kind.field: tuple(found.get(kind.record, ())) for kind in KINDS if kind.container is not None}
    return records.Document(
        school,
        **lists,  # type: ignore[arg-type] # sorted by type above
        version=_version(feed, school, (item for items in found.values() for item in items)),
        group_order=tuple(order),
        schema_location=feed.schema_location,
        findings=observer.findings(),
    )


def without_school(where: str | None) -> DocumentInvalid:
    """The error for a document without a school: an empty list of pupils would look like a school that has none."""
    return DocumentInvalid("The file has no school", where=where, advice="Request a new export.")


def _version(feed: DocumentFeed, school: records.School, items: Iterable[Item]) -> str:
    """As which version it was read; by what it holds where that was left open."""
    version = feed.version or VERSIONS[-1]
    if version not in VERSIONS or not feed.was_left_open(school.xsdversie):
        return version
    stated = stated_version(school.xsdversie)
    if stated is not None and stated not in VERSIONS:
        return version
    return max(version_by_features(items), stated or VERSIONS[0], key=VERSIONS.index)
