"""Read record by record with constant memory: school and groups at once, then each pupil and member of staff."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

from magister_connect.core.boundary import file_boundary
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.xml import Source
from magister_connect.edexml.findings import Finding
from magister_connect.edexml.model import records
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.reading.builder import UnknownBlocks
from magister_connect.edexml.reading.documents import observer_of, read, reading_of, without_school
from magister_connect.edexml.reading.feed import DocumentFeed, Guard, Reading
from magister_connect.edexml.reading.sources import bytes_of, is_recognisable, is_zip, only_bytes, require_xml
from magister_connect.errors import UsageError

_Person = TypeVar("_Person", records.Leerling, records.Leerkracht)
_Persons: TypeAlias = "deque[records.Leerling | records.Leerkracht]"


class _Head(SafeRepr):
    """Everything before the pupils, and the persons that were read but not yet taken."""

    def __init__(self, reading: Reading) -> None:
        observer = observer_of(reading, whole=False)
        self._observer = observer
        self._feed = DocumentFeed(reading, observer)
        self._guard = Guard(self._feed, observer, everyone=False)
        self._parts: dict[type, list[Item]] = {}
        self._persons: _Persons = deque()
        self._ended = False
        self._closed = False
        self._skipped = False
        self._group_order: list[str] = []

    def _sort(self, items: Iterable[Item]) -> None:
        for item in self._guard.pass_on(items):
            if isinstance(item, (records.Leerling, records.Leerkracht)):
                self._persons.append(item)
            else:
                self._parts.setdefault(type(item), []).append(item)
                if isinstance(item, (records.Groep, records.SamengesteldeGroep)):
                    self._group_order.append(item.key)

    def _digest(self, chunk: bytes | None) -> bool:
        """Read one piece; ``None`` is the end."""
        self._ended = chunk is None
        self._sort(self._feed.close() if chunk is None else self._feed.feed(chunk))
        if self._ended and not self._found(records.School):
            raise without_school(self._feed.where)
        return True

    def __repr__(self) -> str:
        opened = bool(self._found(records.School))
        state = "closed" if self._closed else f"{len(self.groepen)} groepen so far" if opened else "not open yet"
        return f"<{type(self).__name__}: {state}>"

    def _ready(self, kind: type[_Person]) -> Iterator[_Person]:
        """Yield the persons of a kind that were read already. Staff in the queue means that the pupils have ended."""
        self._refuse_skipped(kind)
        while self._persons:
            person = self._persons[0]
            if isinstance(person, kind):
                self._persons.popleft()
                yield person
            elif kind is records.Leerling:
                return
            else:
                self._persons.popleft()
                self._skipped = True

    def _refuse_skipped(self, kind: type[_Person]) -> None:
        """Raise if the pupils were skipped. An empty result would look like a school without pupils."""
        if self._closed:
            raise UsageError("The stream is closed", advice="Read it inside the with statement.")
        if self._skipped and kind is records.Leerling:
            advice = "Read the pupils before the staff, or read() the whole document."
            raise UsageError("The pupils were skipped when the staff was read", advice=advice)

    def _found(self, kind: type[_Item]) -> tuple[_Item, ...]:
        return tuple(item for item in self._parts.get(kind, ()) if isinstance(item, kind))

    @property
    def school(self) -> records.School:
        """The school."""
        found = self._found(records.School)
        if not found:
            advice = "Use it in a with statement: with edexml.open(path) as stream."
            raise UsageError("The stream is not open, or the document has no school", advice=advice)
        return found[0]

    @property
    def vestigingen(self) -> tuple[records.Vestiging, ...]:
        """The locations."""
        return self._found(records.Vestiging)

    @property
    def groepen(self) -> tuple[records.Groep, ...]:
        """The groups."""
        return self._found(records.Groep)

    @property
    def samengestelde_groepen(self) -> tuple[records.SamengesteldeGroep, ...]:
        """The groups across groups."""
        return self._found(records.SamengesteldeGroep)

    @property
    def group_order(self) -> tuple[str, ...]:
        """The keys of the groups of both kinds, in document order."""
        return tuple(self._group_order)

    @property
    def version(self) -> str:
        """The version that the document is read as; the newest if it states none."""
        return self._feed.version or self.school.xsdversie or ""

    @property
    def schema_location(self) -> str | None:
        """The schema location in the document."""
        return self._feed.schema_location

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The deviations that a lenient reader accepted so far."""
        return self._observer.findings()


_Item = TypeVar("_Item", bound=Item)


class Stream(_Head):
    """A document that is being read. Create it with :func:`open`, and use it in a ``with`` statement.

    :attr:`leerlingen` and :attr:`leerkrachten` can each be read once. Pupils come first: if you ask for staff, the
    pupils that you did not read are skipped.
    """

    def __init__(self, source: Source, reading: Reading) -> None:
        super().__init__(reading)
        self._chunks = bytes_of(source)

    def __enter__(self) -> Self:
        while not self._persons and self._advance():
            pass
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the source, if it was opened here."""
        self._ended = self._closed = True
        self._persons.clear()
        self._chunks.close()

    def _advance(self) -> bool:
        """Read one more piece. Returns false at the end."""
        if self._ended:
            return False
        with file_boundary:
            return self._digest(next(self._chunks, None))

    @property
    def leerlingen(self) -> Iterator[records.Leerling]:
        """The pupils, one by one."""
        return self._each(records.Leerling)

    @property
    def leerkrachten(self) -> Iterator[records.Leerkracht]:
        """The staff, one by one."""
        return self._each(records.Leerkracht)

    def _each(self, kind: type[_Person]) -> Iterator[_Person]:
        yield from self._ready(kind)
        while not self._persons and self._advance():
            yield from self._ready(kind)


class AsyncStream(_Head):
    """A document that is being read from an async byte stream.

    Create it with :func:`open_async`, and use it in an ``async with`` statement.
    """

    def __init__(self, source: AsyncIterable[bytes], reading: Reading) -> None:
        super().__init__(reading)
        self._chunks = _unpacked(source)

    async def __aenter__(self) -> Self:
        while not self._persons and await self._advance():
            pass
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Release the source."""
        self._ended = self._closed = True
        self._persons.clear()
        await self._chunks.aclose()

    async def _advance(self) -> bool:
        if self._ended:
            return False
        with file_boundary:
            return self._digest(await anext(self._chunks, None))

    @property
    def leerlingen(self) -> AsyncIterator[records.Leerling]:
        """The pupils, one by one."""
        return self._each(records.Leerling)

    @property
    def leerkrachten(self) -> AsyncIterator[records.Leerkracht]:
        """The staff, one by one."""
        return self._each(records.Leerkracht)

    async def _each(self, kind: type[_Person]) -> AsyncIterator[_Person]:
        for person in self._ready(kind):
            yield person
        while not self._persons and await self._advance():
            for person in self._ready(kind):
                yield person


async def _unpacked(source: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of the document. An archive is read whole first, because its directory is at the end."""
    head, begun = b"", False
    archive: list[bytes] = []
    async for chunk in source:
        if archive:
            archive.append(chunk)
        elif begun:
            yield chunk
        elif is_zip(head := head + only_bytes(chunk)):
            archive.append(head)
        elif is_recognisable(head):
            begun = True
            yield require_xml(head)
    for chunk in bytes_of([b"".join(archive)] if archive else [] if begun else [head]):
        yield chunk


def open(  # noqa: A001 - edexml.open, as gzip.open
    source: Source,
    *,
    version: str | None = None,
    lenient: bool = False,
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "keep",
    encoding: str | None = None,
) -> Stream:
    """Open a document to read it record by record with constant memory. Use it in a ``with`` statement.

    The arguments are those of :func:`read`. Each record is checked as :func:`read` does, including its references. One
    check is missing: a key of a pupil or member of staff that is used twice, because that needs memory for each person.
    Use :func:`check` or :func:`read` to find it.

    An error late in the document is raised late. You may then have processed records already.
    """
    return Stream(source, reading_of(source, version, blocks, unknown_blocks, lenient=lenient, encoding=encoding))


async def read_async(
    source: AsyncIterable[bytes],
    *,
    version: str | None = None,
    lenient: bool = False,
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "keep",
    encoding: str | None = None,
) -> records.Document:
    """Read a whole document from an async byte stream, as :func:`read` does. The stream is read whole first."""
    return read(
        [chunk async for chunk in source],
        version=version,
        lenient=lenient,
        blocks=blocks,
        unknown_blocks=unknown_blocks,
        encoding=encoding,
    )


def open_async(
    source: AsyncIterable[bytes],
    *,
    version: str | None = None,
    lenient: bool = False,
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "keep",
    encoding: str | None = None,
) -> AsyncStream:
    """Open an async byte stream to read it record by record, as :func:`open` does.

    Use it in an ``async with`` statement.
    """
    return AsyncStream(source, reading_of(source, version, blocks, unknown_blocks, lenient=lenient, encoding=encoding))
