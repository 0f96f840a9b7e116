"""Read a whole document. Reading is strict by default, so that the result follows the standard."""

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
from magister_connect.edexml.reading.encoding import NEW_EXPORT
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
    """Read a whole document from a path, bytes, a binary file object or an iterable of bytes, zipped or not.

    - ``version`` reads the document as this version, whatever it states. A document that states none is read as 2.1,
      because older versions are valid under it (documented).
    - ``lenient`` accepts the deviations that public programs had to handle: order, old names, blanks, namespaces, empty
      and unknown elements, forms of dates and years, an unknown version, and references to missing records. Each is
      listed in ``findings`` of the document. A record without a key is left out.
    - ``blocks`` are the known block types.
    - ``unknown_blocks`` keeps blocks of other types, leaves them out (``"strip"``) or refuses them (``"error"``). See
      :func:`write` for how to write them again.
    - ``encoding`` replaces the encoding that the file declares, such as ``"cp1252"`` for a file without a declaration.

    Raises :class:`~magister_connect.errors.DocumentInvalid` at the first deviation from the schema of its version,
    including the rules on keys and references. A school year after the last one in the schema's list is accepted,
    because that list is out of date.
    """
    reading = reading_of(source, version, blocks, unknown_blocks, lenient=lenient, encoding=encoding)
    return read_chunks(reading, bytes_of(source))


def read_chunks(reading: Reading, chunks: Iterable[bytes], observer: Observer | None = None) -> records.Document:
    """Read a document from chunks of bytes. ``observer`` replaces the observer that belongs to ``reading``."""
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
    """Return how to read a document. With ``lenient``, the body of a UWLR response is accepted too."""
    if unknown_blocks not in {"keep", "strip", "error"}:
        raise UsageError("This value of unknown_blocks does not exist", advice="Pass 'keep', 'strip' or 'error'.")
    if version is not None:
        model(version)
    roots = (EDEX_ROOT, *UWLR_ROOTS) if lenient else (EDEX_ROOT,)
    return Reading(version, blocks, unknown_blocks, name_of(source), roots, lenient, encoding)


def observer_of(reading: Reading, *, whole: bool) -> Observer:
    """Return the observer that handles deviations."""
    return Lenient(reading.where, whole=whole) if reading.lenient else Strict(reading.where)


def records_of(feed: DocumentFeed, chunks: Iterable[bytes]) -> Iterator[Item]:
    """Yield the records that a feed builds from chunks."""
    for chunk in chunks:
        yield from feed.feed(chunk)
    yield from feed.close()


def collect(feed: DocumentFeed, items: Iterable[Item], observer: Observer) -> records.Document:
    """Build a document from its records."""
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
    return DocumentInvalid("The file has no school", where=where, advice=NEW_EXPORT)


def _version(feed: DocumentFeed, school: records.School, items: Iterable[Item]) -> str:
    """Return the version that the document was read as; if it was left open, by its contents."""
    version = feed.version or VERSIONS[-1]
    if version not in VERSIONS or not feed.was_left_open(school.xsdversie):
        return version
    stated = stated_version(school.xsdversie)
    if stated is not None and stated not in VERSIONS:
        return version
    return max(version_by_features(items), stated or VERSIONS[0], key=VERSIONS.index)
