"""Reading a whole document: strict by default, so that what comes out is what the standard says it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from magister_connect.edexml import records
from magister_connect.edexml.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.building import Problem, UnknownBlocks
from magister_connect.edexml.detection import version_by_features
from magister_connect.edexml.feed import DocumentFeed, Item, Place, Reading
from magister_connect.edexml.identity import Identities
from magister_connect.edexml.sources import bytes_of, name_of
from magister_connect.edexml.versions import VERSIONS, model
from magister_connect.errors import DocumentInvalid
from magister_connect.markup import Element, Source

if TYPE_CHECKING:
    from magister_connect.edexml.particles import ComplexType

__all__ = ["Strict", "collect", "read"]

_LISTS: Final[dict[str, type]] = {
    "vestigingen": records.Vestiging,
    "groepen": records.Groep,
    "samengestelde_groepen": records.SamengesteldeGroep,
    "leerlingen": records.Leerling,
    "leerkrachten": records.Leerkracht,
}


class Strict:
    """Raises at the first departure from the schema."""

    def __init__(self, where: str | None) -> None:
        self._where = where

    def problem(self, problem: Problem, place: Place) -> None:
        """Raise, but for blocks of unknown types, which the reader was told to keep or to leave out."""
        if problem.code == "X13" and problem.name == "kept":
            return
        raise refusal(problem.words, place, self._where)

    def mend(self, kind: ComplexType, element: Element, place: Place) -> None:
        """Nothing: a strict reader takes what is there."""

    def unknown_version(self, found: bool, place: Place) -> str:  # noqa: FBT001 - as the protocol has it
        """The newest version where none is stated, since it reads all older ones; an unknown one is refused."""
        if not found:
            return VERSIONS[-1]
        advice = "Read it with version='2.1' if you know that it is EDEXML 2.1 or older, or with lenient=True."
        raise DocumentInvalid(
            "It states an xsdversie that is not known",
            where=_joined(self._where, place.path),
            line=place.line,
            advice=advice,
        )


def refusal(words: str, place: Place, where: str | None) -> DocumentInvalid:
    """The error for a departure from the schema."""
    advice = "Have it exported again, or read it with lenient=True; check() tells everything that is wrong."
    return DocumentInvalid(words, where=_joined(where, place.path), line=place.line, advice=advice)


def _joined(where: str | None, path: str) -> str:
    return path if where is None else f"{where}, {path}"


def read(
    source: Source,
    *,
    version: str | None = None,
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "keep",
) -> records.Document:
    """A whole document from a path, bytes, a binary file object or an iterable of bytes; zipped or not.

    ``version`` reads it as another version than it states; without a statement it is read as 2.1, which all older
    versions are valid under (documented). ``blocks`` are the types of block that are known; one that is not known is
    kept, left out (``"strip"``) or refused (``"error"``).

    Raises :class:`~magister_connect.errors.DocumentInvalid` at the first departure from the schema of its version,
    rules on keys and references included; the school year may lie beyond the end of the schema's list, which has
    passed.
    """
    where = name_of(source)
    reading = Reading(version=version, blocks=blocks, unknown_blocks=unknown_blocks, where=where)
    feed = DocumentFeed(reading, Strict(where))
    return collect(feed, strictly(feed, bytes_of(source), where))


def strictly(feed: DocumentFeed, chunks: Iterable[bytes], where: str | None) -> Iterator[Item]:
    """The records of a document; raises where a key is used twice or a reference leads nowhere."""
    identities: Identities | None = None
    for item in records_of(feed, chunks):
        if identities is None:
            identities = Identities(model(feed.version or VERSIONS[-1]), everyone=True)
        for lapse in identities.see(item):
            place = feed.place_of_item()
            raise refusal(lapse.words, Place(f"{place.path}/{lapse.field}", place.line), where)
        yield item


def records_of(feed: DocumentFeed, chunks: Iterable[bytes]) -> Iterator[Item]:
    """The records that a feed makes of chunks."""
    for chunk in chunks:
        yield from feed.feed(chunk)
    yield from feed.close()


def collect(feed: DocumentFeed, items: Iterable[Item]) -> records.Document:
    """A document of its records."""
    found: dict[type, list[Item]] = {}
    order: list[str] = []
    for item in items:
        found.setdefault(type(item), []).append(item)
        if isinstance(item, (records.Groep, records.SamengesteldeGroep)):
            order.append(item.key)
    lists = {name: tuple(found.get(kind, ())) for name, kind in _LISTS.items()}
    school = next(iter(found[records.School]))
    version = feed.version or VERSIONS[-1]
    if isinstance(school, records.School) and school.xsdversie is None and not feed.was_told:
        version = version_by_features(item for items in found.values() for item in items)
    return records.Document(school, **lists, version=version, group_order=tuple(order))  # type: ignore[arg-type] # by type
