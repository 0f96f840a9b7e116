"""The document as a feed: push bytes in, take records out, one pass, in constant memory.

The feed steps through the content of the root by the model, so that what stands in a wrong place, twice, or not at all
is found; the items of the lists are built one by one. Blocking and awaiting readers push into the same feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from magister_connect.core.xml import Complaint, Element, ElementFeed, Prologue, local_name
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.model.kinds import LISTS
from magister_connect.edexml.model.particles import START, ComplexType
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import UWLR, UWLR_NAMESPACE, VERSIONS, Model, model
from magister_connect.edexml.reading.builder import XSI, Builder, Problem, Sink, UnknownBlocks
from magister_connect.edexml.reading.identity import Identities
from magister_connect.edexml.reading.observers import Observer, Place
from magister_connect.errors import DocumentInvalid, Move

UWLR_ROOT: Final = "leerlinggegevens"
_OF_UWLR: Final = frozenset({UWLR_ROOT, "leerlinggegevens_antwoord", "Envelope"})
OLDER: Final = {"1.0": "1.03", "1.01": "1.03", "1.02": "1.03"}
"""Versions without a schema of their own; by their changelog the model of 1.03 reads them (inferred)."""


@attrs.frozen
class Reading:
    """How a document is read: as which version (``None``: as it says itself), and what becomes of blocks."""

    version: str | None = None
    blocks: BlockTypes = BLOCKS
    unknown_blocks: UnknownBlocks = "keep"
    where: str | None = None
    roots: tuple[str, ...] = ("EDEX",)
    lenient: bool = False


class DocumentFeed:
    """Push bytes, take records: school first, then vestigingen, groepen, leerlingen and leerkrachten.

    What is wrong with the markup raises :class:`DocumentInvalid`; what departs from the schema goes to ``observer``.
    """

    def __init__(self, reading: Reading, observer: Observer) -> None:
        self._reading = reading
        self._observer = observer
        paths = [(root, *path) for root in reading.roots for path in _paths()]
        self._elements = ElementFeed(paths, _complaint(reading.where))
        self._begun = False
        self._namespace = ""
        self._model: Model | None = None
        self._builder: Builder | None = None
        self._state = START
        self._list: Element | None = None  # the list element whose items are coming
        self._last: dict[int, Element] = {}  # by depth: the sibling that was taken last
        self._counts: dict[str, int] = {}  # items of the list so far, by name
        self._latest: Element | None = None  # the element that was finished last
        self._current: Element | None = None  # the element of the record that was handed out last

    @property
    def version(self) -> str | None:
        """The version that the document is read as, once its school has been read."""
        return None if self._model is None else self._model.version

    @property
    def where(self) -> str | None:
        """The name of the file, where it has one."""
        return self._reading.where

    def was_left_open(self, stated: str | None) -> bool:
        """Whether neither the caller nor the document (or only a lenient reader) settled the version."""
        return self._reading.version is None and (stated is None or self._reading.lenient)

    @property
    def root_name(self) -> str:
        """The name of the root."""
        prologue = self._elements.prologue
        return self._reading.roots[0] if prologue is None else prologue.name

    @property
    def schema_location(self) -> str | None:
        """What the document says of its schema, word for word."""
        prologue = self._elements.prologue
        return None if prologue is None else prologue.attributes.get(f"{XSI}noNamespaceSchemaLocation")

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """Push bytes; yields the records that they finish."""
        elements = self._elements.feed(chunk)
        return self._take(elements)

    def close(self) -> Iterator[Item]:
        """There are no more bytes; a document that is cut off or misses a part is found here at the latest."""
        return self._take(self._elements.close())

    def _take(self, elements: Iterable[Element]) -> Iterator[Item]:
        for element in elements:
            self._latest = element
            if not self._begun and self._elements.prologue is not None:
                self._begin(self._elements.prologue, element)
            parent = element.getparent()
            if parent is None:
                self._end(element)
            elif parent.getparent() is None:
                yield from self._part(element)
            else:
                yield from self._item(element, parent)
        if not self._begun and self._elements.prologue is not None:
            self._refuse_root(self._elements.prologue)

    def _refuse_root(self, prologue: Prologue) -> None:
        if prologue.name not in self._reading.roots:
            what = "It is XML, and not EDEXML: its first element has another name"
            move, advice = Move.SENDER, "Have EDEXML exported, and sent."
            if prologue.name in _OF_UWLR:
                what = "It is an answer of UWLR, and no EDEXML file"
                move, advice = Move.YOURS, "Read it with from_uwlr_body()."
            raise DocumentInvalid(what, where=self._reading.where, line=1, move=move, advice=advice)

    def _begin(self, prologue: Prologue, element: Element) -> None:
        self._refuse_root(prologue)
        self._begun = True
        self._namespace = f"{{{prologue.namespace}}}" if prologue.namespace else ""
        if prologue.name == UWLR_ROOT:
            self._use(UWLR)
        if prologue.namespace != (UWLR_NAMESPACE if prologue.name == UWLR_ROOT else None):
            self._sink(Problem("X14", "The elements are not in the namespace where they belong", element))

    # -- the parts of the root -----------------------------------------------------------------------------------

    def _part(self, element: Element) -> Iterator[Item]:
        name = local_name(element)
        if element is not self._list:
            self._enter(element, name)
        self._list = None
        known = self._known().root.by_name.get(name)
        if known is None or not isinstance(known.type, ComplexType):
            return
        if name in LISTS:
            self._close_list(known.type, element)
        else:
            self._observer.mend(known.type, element, lambda: self.place(element))
            self._current = element
            yield self._build(known.type, element)  # type: ignore[misc] # the model says that it is a school

    def _enter(self, element: Element, name: str) -> None:
        """A part of the root begins: it must be its turn."""
        self._between(element, 1)
        self._last.pop(2, None)
        self._counts = {}
        if name == "school" and self._model is None:
            self._choose(element)
        automaton = self._known().root.automaton
        following = automaton.step(self._state, name)
        if following is not None:
            self._state = following
        elif name in self._known().root.by_name:
            self._sink(Problem("X02", "This element is not in its place, or once too often", element))
        else:
            self._sink(Problem("X01", "This element may not stand here", element))

    def _close_list(self, kind: ComplexType, element: Element) -> None:
        if not self._counts and not len(element):
            self._sink(Problem("X03", f"An element is missing: {next(iter(kind.by_name))}", element))
        self._leftovers(element, 2)
        self._builder_of().attributes(kind, element, {})

    def _end(self, root: Element) -> None:
        known = self._known().root
        self._leftovers(root, 1)
        self._builder_of().attributes(known, root, {})
        if not known.automaton.accepts(self._state):
            missing = " or ".join(sorted(known.automaton.expected(self._state)))
            self._sink(Problem("X03", f"An element is missing: {missing}", root))

    # -- items of the long lists ---------------------------------------------------------------------------------

    def _item(self, element: Element, parent: Element) -> Iterator[Item]:
        list_name, name = local_name(parent), local_name(element)
        if parent is not self._list:
            self._enter(parent, list_name)
            self._list = parent
        self._counts[name] = self._counts.get(name, 0) + 1
        self._between(element, 2)
        self._current = element
        known = self._known()
        if known.has(list_name, name):
            kind = known.item(list_name, name)
            self._observer.mend(kind, element, lambda: self.place(element))
            yield self._build(kind, element)  # type: ignore[misc] # as the model has it
        elif list_name in known.root.by_name:
            self._sink(Problem("X01", "This element may not stand here", element))

    def _build(self, kind: ComplexType, element: Element) -> object:
        return self._builder_of().build(kind, element)

    def _between(self, element: Element, depth: int) -> None:
        """What stands before ``element``, back to the sibling that was taken last: strangers and text."""
        if element.tag != self._namespace + local_name(element):
            self._sink(Problem("X14", "The elements are not in the namespace where they belong", element))
        last, self._last[depth] = self._last.get(depth), element
        before = element.getprevious()
        while before is not None and before is not last:
            self._sink(Problem("X01", "This element may not stand here", before))
            self._text(before.tail, element)
            before = before.getprevious()
        if last is not None:
            self._text(last.tail, element)

    def _leftovers(self, parent: Element, depth: int) -> None:
        """What stands behind the last child that was taken."""
        self._text(parent.text, parent)
        last = self._last.get(depth)
        for child in parent:
            if child is not last:
                self._sink(Problem("X01", "This element may not stand here", child))
            self._text(child.tail, parent)

    def _text(self, text: str | None, element: Element) -> None:
        if text is not None and text.strip(" \t\r\n"):
            self._sink(Problem("X08", "Text stands between the elements", element))

    # -- the version ---------------------------------------------------------------------------------------------

    def _known(self) -> Model:
        """The model; a document whose school has not come yet is taken as the newest version."""
        if self._model is None:
            self._use(self._reading.version or VERSIONS[-1])
        return self._model or model(VERSIONS[-1])

    def _builder_of(self) -> Builder:
        return self._builder or self._use(self._reading.version or VERSIONS[-1])

    def _use(self, version: str) -> Builder:
        reading = self._reading
        self._model = model(version)
        sink: Sink = self._sink
        self._builder = Builder(
            version, sink, reading.blocks, reading.unknown_blocks, self._namespace, lenient=reading.lenient
        )
        return self._builder

    def _choose(self, school: Element) -> None:
        stated = next((child.text or "" for child in school if local_name(child) == "xsdversie"), None)
        version = self._reading.version
        if version is None and stated is not None and not self._reading.lenient:
            version = OLDER.get(stated, stated if stated in VERSIONS else None)
        self._use(version or self._observer.unknown_version(stated, self.place(school)))

    # -- places --------------------------------------------------------------------------------------------------

    def _sink(self, problem: Problem) -> None:
        self._observer.problem(problem, self.place(problem.element, problem.name))

    def place_of_item(self) -> Place:
        """Where the record that was handed out last stands."""
        return Place("", None) if self._current is None else self.place(self._current)

    def place(self, element: Element, name: str | None = None) -> Place:
        """Path and line of an element; items of the long lists are counted over the whole list."""
        steps: list[str] = [] if name is None or not name.startswith("@") else [name]
        line = element.sourceline
        here: Element | None = element
        while here is not None:
            steps.append(self._step(here))
            here = here.getparent()
        return Place("/".join(reversed(steps)), line)

    def _step(self, element: Element) -> str:
        """A name with its number where it is one of a list. What follows in the document must not make a difference."""
        name, parent = local_name(element), element.getparent()
        if parent is None or parent.getparent() is None:
            return name
        if local_name(parent) in LISTS and _is_part(parent):
            return f"{name}[{self._counts.get(name)}]" if self._last.get(2) is element else name
        twins = [child for child in parent if child.tag == element.tag]
        return f"{name}[{twins.index(element) + 1}]" if len(twins) > 1 else name


def _complaint(where: str | None) -> Complaint:
    """Complaints about markup; where bytes and encoding do not agree, the reader may know better than the file."""

    def complain(what: str, line: int | None) -> DocumentInvalid:
        advice = "Have it exported again."
        if "encoding" in what:
            advice = "Have it exported again, or read it with encoding='cp1252' if you know that it is in that one."
        return DocumentInvalid(what, where=where, line=line, advice=advice)

    return complain


def _is_part(element: Element) -> bool:
    """Whether an element is a child of the root."""
    parent = element.getparent()
    return parent is not None and parent.getparent() is None


def _paths() -> Iterator[tuple[str, ...]]:
    yield ()
    yield ("school",)
    for name, items in LISTS.items():
        yield (name,)
        for item in items:
            yield (name, item)


class Guard:
    """Passes records on, and tells the observer of keys and references that break their rules."""

    def __init__(self, feed: DocumentFeed, observer: Observer, *, everyone: bool) -> None:
        self._feed = feed
        self._observer = observer
        self._identities = Identities(everyone=everyone)

    def knows(self, kind: type, key: str) -> bool:
        """Whether a record of a kind with this very key was passed on."""
        return self._identities.knows(kind, key)

    def pass_on(self, items: Iterable[Item]) -> Iterator[Item]:
        """The records that the observer keeps."""
        feed, observer = self._feed, self._observer
        for item in items:
            for lapse in self._identities.see(item):
                place = feed.place_of_item()
                observer.lapse(lapse, Place(f"{place.path}/{lapse.field}", place.line))
            if observer.keeps(item, feed.place_of_item):
                yield item
