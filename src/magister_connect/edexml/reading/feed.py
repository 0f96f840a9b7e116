"""Read a document as a feed: push bytes in, take records out, in one pass and with constant memory.

The parser reads the document, and the feed checks its contents against the model. So it finds what is in a wrong place,
occurs twice or is missing.

Plain records, as every known system writes them, do not need the parser. Between two items of a list (see
:mod:`magister_connect.edexml.reading.outline`) the feed tries the expressions of
:mod:`magister_connect.edexml.reading.fast_path`. It reads record by record, each from the character after the last one.
A record that matches is well-formed and complete, so the parser can skip it without seeing a different document. At the
first character that does not match, the parser continues.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Final

import attrs

from magister_connect.core.xml import BLANKS, Complaint, Element, ElementFeed, Prologue, local_name
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.model.kinds import LISTS
from magister_connect.edexml.model.particles import START, ComplexType
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import UWLR_MODELS, UWLR_NAMESPACE, VERSIONS, Model, model
from magister_connect.edexml.reading.builder import XSI, Builder, Problem, Sink, UnknownBlocks
from magister_connect.edexml.reading.encoding import NEW_EXPORT, Decoder
from magister_connect.edexml.reading.fast_path import PlainMatch, PlainRecord, plain_record
from magister_connect.edexml.reading.identity import Identities
from magister_connect.edexml.reading.observers import Observer, Place
from magister_connect.edexml.reading.outline import ITEM, LONGEST, Outline, is_surprising
from magister_connect.errors import DocumentInvalid, MagisterConnectError, Responsible

EDEX_ROOT: Final = ("EDEX",)
_VERSION_OF: Final = {model(version).root_name: version for version in UWLR_MODELS}


def uwlr_roots(version: str) -> tuple[tuple[str, ...], ...]:
    """Return where the root of a UWLR model may be: alone, in a response, or in an envelope (documented, UWLR 2.2)."""
    root = model(version).root_name
    answer = f"{root.partition('-')[2] or root}_antwoord"
    return ((root,), (answer, root), ("Envelope", "Body", answer, root), ("Envelope", "Body", root))


UWLR_ROOTS: Final = uwlr_roots(UWLR_MODELS[0])
_OF_UWLR: Final = frozenset(path[0] for version in UWLR_MODELS for path in uwlr_roots(version))
OLDER: Final = {"1.0": "1.03", "1.01": "1.03", "1.02": "1.03"}
"""Versions without their own schema. By their changelog, the model of 1.03 can read them (inferred)."""


def stated_version(text: str | None) -> str | None:
    """Return the version in ``xsdversie``, as the model names it.

    Blanks around it are valid (schema: a plain string).
    """
    if text is None:
        return None
    bare = text.strip(BLANKS)
    return OLDER.get(bare, bare)


@attrs.frozen
class Reading:
    """How to read a document: as which version (``None``: as it states), and what to do with blocks."""

    version: str | None = None
    blocks: BlockTypes = BLOCKS
    unknown_blocks: UnknownBlocks = "keep"
    where: str | None = None
    roots: tuple[tuple[str, ...], ...] = (EDEX_ROOT,)
    lenient: bool = False
    encoding: str | None = None


class DocumentFeed:
    """Push bytes, take records: first the school, then vestigingen, groepen, leerlingen and leerkrachten.

    Errors in the markup raise :class:`DocumentInvalid`. Deviations from the schema go to ``observer``. If ``fast`` is
    false, every record goes through the parser.
    """

    def __init__(self, reading: Reading, observer: Observer, *, fast: bool = True) -> None:
        self._reading = reading
        self._observer = observer
        self._fast = fast
        paths = [(*root, *path) for root in reading.roots for path in _paths()]
        self._elements = ElementFeed(paths, self._complaint())
        self._decoder = Decoder(reading.encoding, reading.where, lenient=reading.lenient)
        self._outline: Outline | None = Outline(reading.roots)
        self._text = ""
        self._at = 0  # everything before it has been read
        self._sent = 0  # everything before it was given to the parser, or does not need it
        self._unseen = 0  # line ends that the parser has not seen
        self._plain: PlainRecord | None = None  # the fast path, while it is in use
        self._match: PlainMatch | None = None  # the record of the fast path that was yielded last
        self._breaks = 0  # line ends so far
        self._root: Element | None = None
        self._beside: list[Element] = []  # the siblings before the root, which the parser frees
        self._schema_location: str | None = None
        self._namespace = ""  # prefix of all element names, in braces
        self._model: Model | None = None
        self._builder: Builder | None = None
        self._state = START
        self._list: Element | None = None  # the list element that is being read
        self._list_name = ""
        self._last: dict[int, Element] = {}  # by depth: the sibling that was read last
        self._counts: dict[str, int] = {}  # items of the list so far, by name
        self._current: Element | None = None  # the element of the record that was yielded last
        self._finished: Element | None = None  # the element that the parser finished last, in the last piece
        self._line_of: dict[Element, int] | None = None  # lines of the elements in the current record
        self._lines: dict[int, int] = {}  # by depth below the root: lines of the root and of the list
        self._strangers: dict[int, list[int]] = {1: [], 2: []}  # by depth: lines of unexpected elements
        self._as_newest: tuple[Element | None, frozenset[object]] = (None, frozenset())
        self._texts: tuple[Element | None, Mapping[str, str]] = (None, {})
        self._children: dict[Element, Mapping[str, list[Element]]] = {}  # of the record, by parent and name
        self._numbers: dict[Element, Mapping[Element, str]] = {}  # of the record, by parent: path steps of the children

    @property
    def version(self) -> str | None:
        """The version that the document is read as, once its school has been read."""
        return None if self._model is None else self._model.version

    @property
    def where(self) -> str | None:
        """The name of the file, if it has one."""
        return self._reading.where

    @property
    def checks_references(self) -> bool:
        """Whether references must lead to a record of this document. Not so in a part of an exchange in three steps."""
        return self._model is None or bool(self._model.references)

    @property
    def has_begun(self) -> bool:
        """Whether the root was found in an allowed place."""
        return self._root is not None

    def was_left_open(self, stated: str | None) -> bool:
        """Return whether neither the caller nor the document decided the version.

        A lenient reader lets the contents decide, whatever the document states.
        """
        return self._reading.version is None and (stated is None or self._reading.lenient)

    @property
    def schema_location(self) -> str | None:
        """The schema location in the document, unchanged."""
        return self._schema_location

    # -- from bytes to elements ----------------------------------------------------------------------------------

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """Push bytes. Yields the records that they complete."""
        for piece in self._decoder.feed(chunk):
            yield from self._push(piece)

    def close(self) -> Iterator[Item]:
        """End the document. Raises here at the latest if it is cut off or a part is missing."""
        for piece in self._decoder.close():
            yield from self._push(piece)
        self._fast, self._plain = False, None
        while self._outline is not None and (yield from self._advance(self._outline)):
            pass
        self._outline = None
        yield from self._parse(len(self._text))
        yield from self._take(self._elements.close())
        if self._root is not None:
            self._around(self._root)
        if self._root is None and self._elements.prologue is not None:
            self._refuse_root(self._elements.prologue)

    def _push(self, piece: str | bytes) -> Iterator[Item]:
        if isinstance(piece, bytes):
            self._outline = None
            yield from self._take(self._elements.feed(piece))
            return
        if self._decoder.blanks_in_front is not None:
            self._skip_blanks(self._decoder.blanks_in_front)
        self._breaks += piece.count("\n")
        self._text = self._text[self._at :] + piece
        self._sent, self._at = self._sent - self._at, 0
        if ">" not in piece and len(self._text) <= LONGEST and self._outline is not None and not self._decoder.problem:
            return  # nothing can end here
        while self._outline is not None and (yield from self._advance(self._outline)):
            pass
        if self._outline is None or self._decoder.problem is not None:
            yield from self._parse(len(self._text))
            self._at = len(self._text)
        if self._decoder.problem is not None:
            self._decoder.problem.line = self._decoder.problem.line or self._breaks + 1
            raise self._decoder.problem

    def _skip_blanks(self, line_ends: int) -> None:
        self._decoder.blanks_in_front = None
        self._unseen += line_ends
        self._breaks += line_ends
        if self._outline is not None:
            self._outline.line += line_ends
        if self._reading.lenient:
            self._observer.blanks_in_front()

    def _advance(self, outline: Outline) -> Generator[Item, None, bool]:
        """Read on, by the fast path or the parser. Returns false if more bytes are needed."""
        if self._plain is not None:
            return (yield from self._run(self._plain, outline))
        self._at, level = outline.follow(self._text, self._at)
        yield from self._parse(self._at)
        if level is not None:
            self._note_line(outline, level)
            self._open(outline)
            return True
        if is_surprising(self._text, self._at):
            self._outline = None
        return False

    def _parse(self, end: int) -> Iterator[Item]:
        """Give the parser everything before ``end``."""
        piece, self._sent = self._text[self._sent : end], end
        self._finished = None
        if piece:
            yield from self._take(self._elements.feed(piece.encode()))

    def _note_line(self, outline: Outline, level: int) -> None:
        """Remember the line of an unexpected element, for its finding."""
        if self._finished is None and level in self._strangers:
            self._strangers[level].append(outline.closed)

    # -- the fast path -------------------------------------------------------------------------------------------

    def _open(self, outline: Outline) -> None:
        """Start the fast path if the parser has just finished an item of the list at this position."""
        element, listed = self._finished, self._list
        if not self._fast or element is None or listed is None or not outline.is_in_list:
            return
        if element is not self._last.get(ITEM) or element.getparent() is not listed or self._model is None:
            return
        namespace = self._namespace.strip("{}") or None
        if listed.nsmap.get(listed.prefix) != namespace or listed.tag != f"{self._namespace}{self._list_name}":
            return
        name = local_name(element)
        if self._model.has(self._list_name, name):
            self._plain = plain_record(self._model.version, self._list_name, name, listed.prefix)

    def _run(self, plain: PlainRecord, outline: Outline) -> Generator[Item, None, bool]:
        """Read records as long as they match. Returns false if bytes are missing."""
        text, at, match, counts, name = self._text, self._at, plain.match, self._counts, plain.name
        end = text.rfind(plain.mark, at) + len(plain.mark)
        while at < end and (found := match(text, at, end)):
            self._match = found
            counts[name] += 1
            at = found.end
            yield found.record  # type: ignore[misc] # of the class that the model has for the list
        breaks = text.count("\n", self._at, at)
        outline.line += breaks
        self._unseen += breaks
        self._match, self._at, self._sent = None, at, at
        if at >= end and len(text) - at < LONGEST and plain.may_begin(text, at):
            return False
        self._plain = None
        return True

    # -- from elements to records --------------------------------------------------------------------------------

    def _take(self, elements: Iterable[Element]) -> Iterator[Item]:
        for element in elements:
            self._finished, self._line_of, self._numbers, self._children = element, None, {}, {}
            if self._root is None:
                self._begin(element)
            parent = element.getparent()
            if element is self._root:
                self._end(element)
            elif parent is self._root:
                yield from self._part(element)
            elif parent is not None:
                yield from self._item(element, parent)
        if self._root is None and self._elements.prologue is not None:
            self._refuse_document(self._elements.prologue)

    def _begin(self, element: Element) -> None:
        ancestors = [element, *element.iterancestors()]
        path = tuple(local_name(one) for one in reversed(ancestors))
        depth = next(len(root) for root in self._reading.roots if path[: len(root)] == root)
        root = self._root = ancestors[len(path) - depth]
        name = local_name(root)
        self._namespace = str(root.tag)[: -len(name)]
        self._schema_location = root.get(f"{XSI}noNamespaceSchemaLocation")
        if self._outline is not None and len(self._outline.opened) >= depth:
            self._lines[0] = self._outline.opened[depth - 1]
        if name in _VERSION_OF:
            self._use_version(_VERSION_OF[name])
        if self._namespace.strip("{}") != (UWLR_NAMESPACE if name in _VERSION_OF else ""):
            self._sink(Problem("X14", "The elements are not in the expected namespace", element))

    def _refuse_document(self, prologue: Prologue) -> None:
        """Refuse a document with another root as soon as its first tag has been read."""
        if prologue.name not in {root[0] for root in self._reading.roots}:
            self._refuse_root(prologue)

    def _refuse_root(self, prologue: Prologue) -> None:
        what = "It is XML but not EDEXML: the first element has another name"
        responsible, advice = Responsible.SENDER, "Request an EDEXML export."
        if prologue.name in _OF_UWLR and EDEX_ROOT in self._reading.roots:
            what = "It is a UWLR response, not an EDEXML file"
            responsible, advice = Responsible.YOU, "Read it with from_uwlr_body()."
        raise DocumentInvalid(what, where=self._reading.where, line=1, responsible=responsible, advice=advice)

    # -- the parts of the root -----------------------------------------------------------------------------------

    def _part(self, element: Element) -> Iterator[Item]:
        name = local_name(element)
        if element is not self._list:
            self._enter(element, name)
        known = self._known().root.by_name.get(name)
        if known is not None and isinstance(known.type, ComplexType):
            if name in LISTS:
                self._close_list(known.type, element)
            else:
                self._observer.repair(known.type, element, self._place_of)
                self._current = element
                yield self._build(known.type, element)  # type: ignore[misc] # the model says that it is a school
        self._list = None

    def _enter(self, element: Element, name: str) -> None:
        """Begin a part of the root, and check that the order allows it."""
        self._list, self._lines[1] = element, self._line_of_part(element)
        self._between(element, 1)
        self._last.pop(2, None)
        self._counts = dict.fromkeys(LISTS.get(name, ()), 0)
        if name == "school" and self._model is None:
            self._choose(element)
        automaton = self._known().root.automaton
        following = automaton.step(self._state, name)
        if following is not None:
            self._state = following
        elif name in self._known().root.by_name:
            self._sink(Problem("X02", "This element is in the wrong place, or occurs too often", element))
        else:
            self._sink(Problem("X01", "This element is not allowed here", element))

    def _line_of_part(self, element: Element) -> int:
        outline = self._outline
        if outline is None:
            return self._line_of_parser(element)
        depth = sum(1 for _ in element.iterancestors())
        return outline.opened[depth] if len(outline.opened) > depth else outline.closed

    def _close_list(self, kind: ComplexType, element: Element) -> None:
        if not any(self._counts.values()) and not len(element):
            self._sink(Problem("X03", f"An element is missing: {next(iter(kind.by_name))}", element))
        self._check_rest(element, 2)
        self._builder_of().attributes(kind, element, {})

    def _end(self, root: Element) -> None:
        known = self._known().root
        self._beside = list(root.itersiblings("*", preceding=True))
        self._check_rest(root, 1)
        self._builder_of().attributes(known, root, {})
        if not known.automaton.accepts(self._state):
            missing = " or ".join(sorted(known.automaton.expected(self._state)))
            self._sink(Problem("X03", f"An element is missing: {missing}", root))

    def _around(self, root: Element) -> None:
        """Check the element of UWLR around the root, if there is one. It holds the root and nothing else."""
        answer = root.getparent()
        if answer is None or not local_name(answer).endswith("_antwoord"):
            return
        if answer.tag != self._namespace + local_name(answer):
            self._sink(Problem("X14", "The elements are not in the expected namespace", answer))
        self._builder_of().attributes(self._known().root, answer, {})
        for other in self._beside:
            self._sink(Problem("X01", "This element is not allowed here", other))
        for other in root.itersiblings("*"):
            self._sink(Problem("X01", "This element is not allowed here", other))
        for text in (answer.text, *(child.tail for child in answer)):
            self._text_between(text, answer)

    # -- items of the long lists ---------------------------------------------------------------------------------

    def _item(self, element: Element, parent: Element) -> Iterator[Item]:
        name = local_name(element)
        if parent is not self._list:
            self._list_name = local_name(parent)
            self._enter(parent, self._list_name)
        self._counts[name] = self._counts.get(name, 0) + 1
        self._between(element, 2)
        self._current = element
        known, list_name = self._known(), self._list_name
        if known.has(list_name, name):
            kind = known.item(list_name, name)
            self._observer.repair(kind, element, self._place_of)
            yield self._build(kind, element)  # type: ignore[misc] # as the model has it
        elif list_name in known.root.by_name:
            self._sink(Problem("X01", "This element is not allowed here", element))

    def _build(self, kind: ComplexType, element: Element) -> object:
        return self._builder_of().build(kind, element)

    def _between(self, element: Element, depth: int) -> None:
        """Check everything between ``element`` and the sibling that was read last: unexpected elements and text."""
        if element.tag != self._namespace + local_name(element):
            self._sink(Problem("X14", "The elements are not in the expected namespace", element))
        last, self._last[depth] = self._last.get(depth), element
        lines, self._strangers[depth] = self._strangers[depth], []
        before = element.getprevious()
        while before is not None and before is not last:
            self._sink(Problem("X01", "This element is not allowed here", before), lines.pop() if lines else None)
            self._text_between(before.tail, element)
            before = before.getprevious()
        if last is not None:
            self._text_between(last.tail, element)

    def _check_rest(self, parent: Element, depth: int) -> None:
        """Check everything after the last child that was read."""
        lines, self._strangers[depth] = iter(self._strangers[depth]), []
        self._text_between(parent.text, parent)
        last = self._last.get(depth)
        for child in parent:
            if child is not last:
                self._sink(Problem("X01", "This element is not allowed here", child), next(lines, None))
            self._text_between(child.tail, parent)

    def _text_between(self, text: str | None, element: Element) -> None:
        if text is not None and text.strip(BLANKS):
            self._sink(Problem("X08", "There is text between the elements", element))

    # -- the version ---------------------------------------------------------------------------------------------

    def _known(self) -> Model:
        """Return the model. Before the school has been read, it is the newest version."""
        if self._model is None:
            self._use_version(self._reading.version or VERSIONS[-1])
        return self._model or model(VERSIONS[-1])

    def _builder_of(self) -> Builder:
        return self._builder or self._use_version(self._reading.version or VERSIONS[-1])

    def _use_version(self, version: str) -> Builder:
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
        if version is None and not self._reading.lenient and (named := stated_version(stated)) in VERSIONS:
            version = named
        self._use_version(version or self._observer.unknown_version(stated, self._place_of(school)))

    def fits_newest(self, problem: Problem) -> bool:
        """Return whether the newest version accepts what an older one reports as a problem."""
        record, newest = self._finished, model(VERSIONS[-1])
        if record is None or self._model is None or self._model.version not in VERSIONS[:-1]:
            return False
        if problem.code == "X01" and problem.element is self._list:
            return local_name(problem.element) in newest.root.by_name
        name = local_name(record)
        if record.getparent() is self._list:
            if problem.code == "X01" and problem.element is record:
                return newest.has(self._list_name, name)
            kind = newest.item(self._list_name, name) if newest.has(self._list_name, name) else None
        else:
            kind = newest.container(name) if name == "school" else None
        return kind is not None and problem.key not in self._problems_as_newest(record, kind)

    def _problems_as_newest(self, record: Element, kind: ComplexType) -> frozenset[object]:
        if self._as_newest[0] is not record:
            found: list[Problem] = []
            reading = self._reading
            Builder(VERSIONS[-1], found.append, reading.blocks, reading.unknown_blocks, self._namespace).build(
                kind, record
            )
            self._as_newest = (record, frozenset(problem.key for problem in found))
        return self._as_newest[1]

    # -- places --------------------------------------------------------------------------------------------------

    def _sink(self, problem: Problem, line: int | None = None) -> None:
        place = self._place_of(problem.element, problem.name)
        self._observer.problem(problem, place if line is None else attrs.evolve(place, line=line))

    def texts_of_record(self) -> Mapping[str, str]:
        """Return name (at ``""``), key and child texts of the last item of the parser; a reference is its key."""
        element = self._finished
        if element is None or element.getparent() is not self._list:
            return {}
        if self._texts[0] is not element:
            texts = {local_name(child): child.text or child.get("key") or "" for child in element}
            self._texts = (element, {**texts, "": local_name(element), "@key": element.get("key") or ""})
        return self._texts[1]

    def place_of_item(self, field: str = "") -> Place:
        """Return the place of the record that was yielded last, or of a field of it, such as ``groepen/groep[2]``."""
        if self._match is not None:
            return self._place_of_match(self._match, field)
        if self._current is None:
            return Place(field, None)
        place = self._place_of(self._below(self._current, field))
        path = self._place_of(self._current).path
        return Place("/".join(filter(None, (path, field))), place.line)

    def _below(self, element: Element, field: str) -> Element:
        """Return the element of a field, or the nearest element that exists."""
        for step in field.split("/") if field else ():
            name, _, number = step.partition("[")
            if element not in self._children:
                self._children[element] = _by_name(element)
            found = self._children[element].get(name, [])
            place = int(number.rstrip("]")) - 1 if number else 0
            if place >= len(found):
                return element
            element = found[place]
        return element

    def _place_of_match(self, found: PlainMatch, field: str) -> Place:
        line = (1 if self._outline is None else self._outline.line) + self._text.count(
            "\n", self._at, found.start_of(field)
        )
        steps = (*self._root_path(), self._list_name, f"{found.name}[{self._counts[found.name]}]", field)
        return Place("/".join(filter(None, steps)), line)

    def _root_path(self) -> Iterator[str]:
        if self._root is not None:
            yield local_name(self._root)

    def _place_of(self, element: Element, name: str | None = None) -> Place:
        """Return path and line of an element. Items of the long lists are counted over the whole list."""
        steps: list[str] = [] if name is None or not name.startswith("@") else [name]
        line = self._line(element)
        here: Element | None = element
        while here is not None:
            steps.append(self._step(here))
            here = None if here is self._root else here.getparent()
        return Place("/".join(reversed(steps)), line)

    def _step(self, element: Element) -> str:
        """Return the path step of an element: its name, with a number in a list.

        It must not depend on later elements.
        """
        name, parent = local_name(element), element.getparent()
        if element is self._root or parent is None or parent is self._root:
            return name
        if local_name(parent) in LISTS and parent.getparent() is self._root:
            return f"{name}[{self._counts.get(name)}]" if self._last.get(2) is element else name
        if parent not in self._numbers or element not in self._numbers[parent]:
            self._numbers[parent] = _numbered_steps(parent)
        return self._numbers[parent].get(element, name)

    def _line(self, element: Element) -> int | None:
        if element is self._root:
            return self._lines.get(0, self._line_of_parser(element))
        if element is self._list:
            return self._lines.get(1, self._line_of_parser(element))
        if self._line_of is None:
            self._line_of = self._lines_of_record()
        return self._line_of.get(element, self._line_of_parser(element))

    def _lines_of_record(self) -> dict[Element, int]:
        """Return the lines of the elements of the record that was finished last, as the outline counted them."""
        element = self._finished
        if self._outline is None or element is None:
            return {}
        elements = list(element.iter("*"))
        lines = self._outline.lines
        return dict(zip(elements, lines, strict=True)) if len(elements) == len(lines) else {}

    def _line_of_parser(self, element: Element) -> int:
        return (element.sourceline or 1) + self._unseen

    def _complaint(self) -> Complaint:
        """Return the message builder for markup errors, with the lines that the parser has not seen."""
        where = self._reading.where

        def complain(what: str, line: int | None) -> MagisterConnectError:
            advice = NEW_EXPORT
            if self._decoder.is_raw and "encoding" in what:
                advice = (
                    "Request a new export, or read it with encoding='cp1252' if you know that this is the encoding."
                )
            elif "character" in what and not self._decoder.is_raw:
                what = "The text contains a control character, which XML does not allow"
                advice = "Remove it in the administration, where it came in with copied text, and export again."
            return DocumentInvalid(what, where=where, line=line and line + self._unseen, advice=advice)

        return complain


def _by_name(parent: Element) -> dict[str, list[Element]]:
    """Return the children of an element by local name."""
    found: dict[str, list[Element]] = {}
    for child in parent:
        found.setdefault(local_name(child), []).append(child)
    return found


def _numbered_steps(parent: Element) -> dict[Element, str]:
    """Return the path steps of all children of an element, with a number if several have the same name."""
    children = list(parent)
    total = Counter(child.tag for child in children)
    count: Counter[object] = Counter()
    steps: dict[Element, str] = {}
    for child in children:
        count[child.tag] += 1
        name = local_name(child)
        steps[child] = f"{name}[{count[child.tag]}]" if total[child.tag] > 1 else name
    return steps


def _paths() -> Iterator[tuple[str, ...]]:
    yield ()
    yield ("school",)
    for name, items in LISTS.items():
        yield (name,)
        for item in items:
            yield (name, item)


class Guard:
    """Passes records on, and reports keys and references that break a rule to the observer."""

    def __init__(self, feed: DocumentFeed, observer: Observer, *, everyone: bool) -> None:
        self._feed = feed
        self._observer = observer
        self._identities = Identities(everyone=everyone)

    def knows(self, kind: type, key: str) -> bool:
        """Return whether a record of a kind with exactly this key was passed on."""
        return self._identities.knows(kind, key)

    def pass_on(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the records that the observer keeps."""
        feed, observer = self._feed, self._observer
        for item in items:
            for violation in self._identities.see(item):
                if violation.is_outside and not feed.checks_references:
                    continue
                observer.violation(violation, feed.place_of_item(violation.field), item)
            if observer.keeps(item, feed.place_of_item):
                yield item
