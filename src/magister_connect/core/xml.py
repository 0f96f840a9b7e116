"""Hardened reading of XML: whole replies, and files of any size in a feed style.

The laws of this room:

- A document type declaration is refused, always: no legal EDEXML and no SOAP message has one, and entities are the
  door of every XML attack.
- Nothing is fetched, nothing is repaired, nothing is guessed: a document that is cut off is an error, not a shorter
  document.
- Limits are libxml2's own (10 MB in one text, 256 levels deep, measured with libxml2 2.14) and lifted per call only.
- What is wrong is reported in words of ours: those of libxml2 may quote the document.

One feed reader serves a path, a file object, bytes and byte streams, sync or async: whoever has bytes pushes
them in (:meth:`ElementFeed.feed`) and takes the finished elements out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol, TypeAlias, TypeVar, runtime_checkable

from lxml import etree

from magister_connect.core.repairs import repair_reply
from magister_connect.errors import TRY_AGAIN_THEN_REPORT, DocumentInvalid, MagisterConnectError, NotXml, Responsible


@runtime_checkable
class Readable(Protocol):
    """A binary file object, as far as reading needs it."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, none at the end."""
        ...


Source: TypeAlias = str | os.PathLike[str] | bytes | Readable | Iterable[bytes]
Element: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - lxml has no other name
Complaint: TypeAlias = Callable[[str, int | None], MagisterConnectError]
"""Makes the error for a problem in words and its line."""

T = TypeVar("T")

CHUNK: Final = 65_536  # measured: larger feeds are not faster
_FIRST: Final = 4  # bytes that show an encoding; libxml2 takes fewer of UTF-16 for no XML
PROLOGUE_LIMIT: Final = 65_536  # what may stand before the first element, comments included

_IN_WORDS: Final = {
    "ERR_DOCUMENT_EMPTY": "It is empty, or does not begin like XML",
    "ERR_DOCUMENT_END": "It ends too early, or goes on after its end",
    "ERR_TAG_NOT_FINISHED": "It ends too early: it seems to be cut off",
    "ERR_GT_REQUIRED": "It ends too early: it seems to be cut off",
    "ERR_LTSLASH_REQUIRED": "It ends too early: it seems to be cut off",
    "ERR_COMMENT_NOT_FINISHED": "It ends too early: it seems to be cut off",
    "ERR_CDATA_NOT_FINISHED": "It ends too early: it seems to be cut off",
    "ERR_NAME_REQUIRED": "It holds a bare & or <, which XML wants as &amp; or &lt;, or is cut off behind one",
    "ERR_ENTITYREF_SEMICOL_MISSING": "It holds a bare &, which XML wants as &amp;",
    "ERR_LT_IN_ATTRIBUTE": "It holds a bare <, which XML wants as &lt;",
    "ERR_ATTRIBUTE_NOT_STARTED": "An attribute has no value in quotes",
    "ERR_ATTRIBUTE_WITHOUT_VALUE": "An attribute has no value in quotes",
    "NS_ERR_UNDEFINED_NAMESPACE": "It uses a prefix that no namespace is declared for",
    "ERR_TAG_NAME_MISMATCH": "An element is closed that was not opened last",
    "ERR_INVALID_CHAR": "It holds a character that XML does not allow, or bytes of another encoding",
    "ERR_INVALID_ENCODING": "It is not in the encoding that it declares",
    "ERR_UNSUPPORTED_ENCODING": "It declares an encoding that is not known",
    "ERR_UNKNOWN_ENCODING": "It declares an encoding that is not known",
    "ERR_UNDECLARED_ENTITY": "It uses an entity that is not declared",
    "WAR_UNDECLARED_ENTITY": "It uses an entity that is not declared",
    "ERR_ATTRIBUTE_REDEFINED": "An element has one attribute twice",
    "ERR_RESOURCE_LIMIT": "It is nested too deep, or holds a text that is too large",
    "ERR_NAME_TOO_LONG": "It holds a name that is too long",
    "ERR_INTERNAL_ERROR": "It is nested too deep, or holds a text that is too large",
}


def reply_complaint(where: str) -> Complaint:
    """Complaints about a reply: :class:`NotXml` with the address.

    What is no XML at all comes from another address than the service's own, which the caller can fix. What has a line
    is XML that its sender broke, or that broke off on its way: the supplier's.
    """

    def complain(what: str, line: int | None) -> NotXml:
        if line is None:
            return NotXml(what, where=where)
        return NotXml(
            what, where=f"{where}, line {line}", responsible=Responsible.SUPPLIER, advice=TRY_AGAIN_THEN_REPORT
        )

    return complain


def document_complaint(where: str | None = None) -> Complaint:
    """Complaints about a file: :class:`DocumentInvalid` with the line."""
    return lambda what, line: DocumentInvalid(what, where=where, line=line)


def parse(body: bytes, complaint: Complaint, *, huge_text: bool = False) -> Element:
    """The root element of a whole document that is already in memory.

    Comments and processing instructions are left out. ``huge_text`` lifts the limit of 10 MB in one text, and with it
    the one on depth. Raises what ``complaint`` makes.
    """
    if (kind := what_it_is(body)) != "XML":
        raise complaint(f"{kind} came instead of XML", None)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge_text,
    )
    root = _guarded(lambda: etree.fromstring(body, parser), complaint)
    _refuse_dtd(root, complaint)
    return root


def parse_reply(body: bytes, complaint: Complaint, *, huge_text: bool = False) -> tuple[Element, tuple[str, ...]]:
    """:func:`parse` for a reply of a service, and notes on what had to be repaired first (:mod:`repairs`).

    Only a reply that cannot be parsed as it is gets looked at, so a sound one costs nothing.
    """
    try:
        return parse(body, complaint, huge_text=huge_text), ()
    except MagisterConnectError as error:
        repaired, notes = repair_reply(body)
        problem = error
    if repaired == body:
        raise problem
    return parse(repaired, complaint, huge_text=huge_text), notes


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def what_it_is(head: bytes) -> str:
    """What the first bytes look like, in words: ``"XML"``, or what came instead of it."""
    for magic, words in _MAGIC:
        if head.startswith(magic):
            return words
    text = head[:1024].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "An HTML page"
    if not text:
        return "Nothing"
    return "XML" if text.startswith(b"<") else "Plain text"


_MAGIC: Final = (
    (b"PK\x03\x04", "A zip archive"),
    (b"PK\x05\x06", "An empty zip archive"),
    (b"\x1f\x8b", "A gzip archive"),
    (b"%PDF", "A PDF"),
    (b"\xd0\xcf\x11\xe0", "An old Office document"),
)


class Prologue:
    """The root of a document as far as its start tag tells: local name, namespace, and the encoding.

    ``encoding`` is the one that the declaration states, or that a byte-order mark shows; ``None`` for neither.
    """

    def __init__(self, root: Element) -> None:
        namespace, _, self.name = str(root.tag).rpartition("}")  # etree.QName raises for a prefix that is not declared
        self.namespace = namespace.removeprefix("{") or None
        self.encoding = root.getroottree().docinfo.encoding


class ElementFeed:
    """Feed-style reader: push bytes in, take finished elements out, in constant memory.

    ``paths`` are the places of the wanted elements as local names from the root down, such as
    ``("EDEX", "leerlingen", "leerling")``; an element of the same name elsewhere is not taken. An element is only
    whole and alive until the next one is asked for; then it is emptied, and stays as an empty element with its tail
    until its next sibling is taken, so that what stood between the two can be seen. :attr:`prologue` stands as soon as
    the root's start tag has been read. Raises what ``complaint`` makes, as soon as the bytes show it.
    """

    def __init__(self, paths: Iterable[tuple[str, ...]], complaint: Complaint, *, huge_text: bool = False) -> None:
        self._paths = frozenset(paths)
        self._complaint = complaint
        self.prologue: Prologue | None = None
        self._held = bytearray()
        self._home: Element | None = None
        self._home_tag = ""
        self._probe = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True)
        self._parser = etree.XMLPullParser(
            events=("end",),
            tag=[f"{{*}}{path[-1]}" for path in self._paths],
            # The probe has refused declarations of entities. With False lxml goes on silently behind an entity that
            # is not declared (measured, 6.1): as if another document began there.
            resolve_entities="internal",
            no_network=True,
            remove_comments=True,
            remove_pis=True,
            huge_tree=huge_text,
        )

    def feed(self, chunk: bytes) -> Iterator[Element]:
        """Push bytes; yields the elements that they finish. The iterator must be used up before the next feed."""
        if self.prologue is None:
            chunk = self._look_for_root(chunk)
        problem: MagisterConnectError | None = None
        try:
            if chunk:
                self._push(self._parser, chunk)
        except MagisterConnectError as error:
            problem = error
        return self._finished(problem)

    def close(self) -> Iterator[Element]:
        """Say that there are no more bytes; a document that is cut off is an error here at the latest."""
        if self.prologue is None:
            self._refuse_strangers()
            self._push(self._probe, b"", last=True)  # raises: it has seen no element
        self._push(self._parser, b"", last=True)
        return self._finished()

    def _look_for_root(self, chunk: bytes) -> bytes:
        self._held += chunk
        if len(self._held) >= 4:
            self._refuse_strangers()
        self._push(self._probe, chunk)
        for _, root in self._probe.read_events():
            _refuse_dtd(root, self._complaint)
            self.prologue = Prologue(root)
            held, self._held = bytes(self._held), bytearray()
            return held
        if len(self._held) > PROLOGUE_LIMIT:
            raise self._complaint(f"No element begins in its first {PROLOGUE_LIMIT} bytes", None)
        return b""

    def _refuse_strangers(self) -> None:
        if (kind := what_it_is(bytes(self._held[:1024]))) != "XML" and not (kind == "Nothing" and self._held):
            raise self._complaint(f"{kind} came instead of XML", None)

    def _push(self, parser: etree.XMLPullParser, chunk: bytes, *, last: bool = False) -> None:
        _guarded(parser.close if last else lambda: parser.feed(chunk), self._complaint)

    def _finished(self, problem: MagisterConnectError | None = None) -> Iterator[Element]:
        """The elements that are whole. What stands before a problem comes first, however the bytes were cut."""
        for _, element in self._parser.read_events():
            if self._is_wanted(element):
                yield element
                release(element)
        if problem is not None:
            raise problem

    def _is_wanted(self, element: Element) -> bool:
        parent = element.getparent()
        if parent is not None and parent is self._home and element.tag == self._home_tag:
            return True  # a sibling of the last one: the way to the root is the same
        if path_of(element) not in self._paths:
            return False
        self._home, self._home_tag = parent, str(element.tag)
        return True


class Descent:
    """Follows the first branch of a document down, where the names of its elements are not known beforehand.

    ``deep_enough`` tells of a path (local names from the root down) whether it is the one that is looked for. The
    bytes are held until it is found, so that an :class:`ElementFeed` can be given all of them; a document without such
    a path is held whole, up to ``PROLOGUE_LIMIT``.
    """

    def __init__(self, deep_enough: Callable[[tuple[str, ...]], bool], complaint: Complaint) -> None:
        self.path: tuple[str, ...] | None = None
        self.held = bytearray()
        self._deep_enough = deep_enough
        self._complaint = complaint
        self._parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True)

    def feed(self, chunk: bytes) -> bool:
        """Push bytes; says whether the path is known. Raises what ``complaint`` makes, but not for what is no XML."""
        fresh = chunk if len(self.held) >= _FIRST else bytes(self.held + chunk)
        self.held += chunk
        if len(self.held) < _FIRST:
            return False
        _guarded(lambda: self._parser.feed(fresh), self._complaint)
        for _, element in self._parser.read_events():
            _refuse_dtd(element, self._complaint)
            path = path_of(element)
            if self._deep_enough(path):
                self.path = path
                return True
        if len(self.held) > PROLOGUE_LIMIT:
            raise self._complaint(f"What was looked for does not begin in its first {PROLOGUE_LIMIT} bytes", None)
        return False


def path_of(element: Element) -> tuple[str, ...]:
    """The local names from the root down to ``element``."""
    names = [local_name(element)]
    parent = element.getparent()
    while parent is not None:
        names.append(local_name(parent))
        parent = parent.getparent()
    return tuple(reversed(names))


def release(element: Element) -> None:
    """Give the memory of a finished element back, and that of its older siblings; its tail stays."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def chunks_of(source: Source) -> Iterator[bytes]:
    """The bytes of a path, of bytes, of a binary file object or of an iterable, piece by piece.

    A file that is opened here is closed here; one that was handed in is left open where reading ended.
    """
    if isinstance(source, bytes):
        for start in range(0, len(source), CHUNK):
            yield source[start : start + CHUNK]
    elif isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file:
            yield from iter(lambda: file.read(CHUNK), b"")
    elif isinstance(source, Readable):
        yield from iter(lambda: source.read(CHUNK), b"")
    else:
        yield from source


def _guarded(action: Callable[[], T], complaint: Complaint) -> T:
    """Do something with lxml; its error becomes ours after it has been left, since it may quote the document."""
    try:
        return action()
    except etree.XMLSyntaxError as error:
        problem = complaint(_in_words(error), error.lineno)
    raise problem


def _in_words(error: etree.XMLSyntaxError) -> str:
    return _IN_WORDS.get(_NAMES.get(error.code or 0, ""), "It is not well-formed XML")


_NAMES: Final = {
    value: name for name, value in vars(etree.ErrorTypes).items() if isinstance(value, int) and name in _IN_WORDS
}


def _refuse_dtd(root: Element, complaint: Complaint) -> None:
    information = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise complaint("It has a document type declaration, which is refused", None)
