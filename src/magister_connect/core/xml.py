"""Read XML safely: whole responses, and files of any size as a feed.

The rules of this module:

- A document type declaration is always refused. Legal EDEXML and SOAP messages have none, and entities are used in
  every XML attack.
- Nothing is fetched, repaired or guessed. A document that breaks off is an error, not a shorter document.
- The limits are those of libxml2 (10 MB in one text, 256 levels deep, measured with libxml2 2.14). Only a single call
  can lift them.
- Errors use our own words, because those of libxml2 may quote the document.

One feed reader serves a path, a file object, bytes and byte streams, sync or async. Push bytes into
:meth:`ElementFeed.feed` and take out the finished elements.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol, TypeAlias, TypeVar, runtime_checkable

from lxml import etree

from magister_connect.core.repairs import repair_reply
from magister_connect.errors import TRY_AGAIN_THEN_REPORT, DocumentInvalid, MagisterConnectError, NotXml, Responsible


@runtime_checkable
class Readable(Protocol):
    """A binary file object: the method that reading needs."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, and none at the end."""
        ...


Source: TypeAlias = str | os.PathLike[str] | bytes | Readable | Iterable[bytes]
Element: TypeAlias = etree._Element  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - lxml has no other name
Complaint: TypeAlias = Callable[[str, int | None], MagisterConnectError]
"""Makes the error from a description of the problem and its line."""

T = TypeVar("T")

BLANKS: Final = " \t\r\n"
"""White space in XML. ``str.strip()`` removes more, such as a no-break space."""
CHUNK: Final = 65_536  # measured: larger feeds are not faster
_FIRST: Final = 4  # bytes that show an encoding; libxml2 does not recognise UTF-16 in fewer
PROLOGUE_LIMIT: Final = 65_536  # the limit on everything before the first element, comments included

CUT_OFF: Final = "The XML ends too early: it seems to be cut off"
_IN_WORDS: Final = {
    "ERR_DOCUMENT_EMPTY": "The XML is empty, or does not begin like XML",
    "ERR_DOCUMENT_END": "The XML goes on after its end",
    "ERR_NAME_REQUIRED": "The XML contains a bare & or <, which must be &amp; or &lt;",
    "ERR_ENTITYREF_SEMICOL_MISSING": "The XML contains a bare &, which must be &amp;",
    "ERR_LT_IN_ATTRIBUTE": "The XML contains a bare <, which must be &lt;",
    "ERR_ATTRIBUTE_NOT_STARTED": "An attribute has no value in quotes",
    "ERR_ATTRIBUTE_WITHOUT_VALUE": "An attribute has no value in quotes",
    "NS_ERR_UNDEFINED_NAMESPACE": "The XML uses a prefix that no namespace is declared for",
    "ERR_TAG_NAME_MISMATCH": "An element is closed that was not opened last",
    "ERR_INVALID_CHAR": "The XML contains a character that XML does not allow, or bytes of another encoding",
    "ERR_INVALID_ENCODING": "The XML is not in the encoding that it declares",
    "ERR_UNSUPPORTED_ENCODING": "The XML declares an encoding that is not known",
    "ERR_UNKNOWN_ENCODING": "The XML declares an encoding that is not known",
    "ERR_UNDECLARED_ENTITY": "The XML uses an entity that is not declared",
    "WAR_UNDECLARED_ENTITY": "The XML uses an entity that is not declared",
    "ERR_ATTRIBUTE_REDEFINED": "An element has one attribute twice",
    "ERR_RESOURCE_LIMIT": "The XML is nested too deep, or contains a text that is too large",
    "ERR_NAME_TOO_LONG": "The XML contains a name that is too long",
    "ERR_INTERNAL_ERROR": "The XML is nested too deep, or contains a text that is too large",
}
_AT_THE_END: Final = frozenset(
    {
        "ERR_TAG_NOT_FINISHED",
        "ERR_COMMENT_NOT_FINISHED",
        "ERR_CDATA_NOT_FINISHED",
        "ERR_PI_NOT_FINISHED",
        "ERR_DOCUMENT_EMPTY",
        "ERR_DOCUMENT_END",
        "ERR_INVALID_ENCODING",
        "ERR_INVALID_CHAR",
    }
)
"""Faults that mean that the document is cut off, if they are first reported when the bytes end."""
_OPEN_MARKUP: Final = re.compile(rb"""(?:<(?:[^<>"']|"[^"<]*"|'[^'<]*')*(?:"[^"<]*|'[^'<]*)?|&[^&;<>\s]*)\Z""")
"""A tag or a reference that does not end. libxml2 reports some faults late (measured, 2.14), so this is looked up."""
_TAIL: Final = 2048  # bytes at the end that are kept for it


def reply_complaint(where: str) -> Complaint:
    """Make errors about a response: :class:`NotXml` with the address.

    A response that is not XML at all comes from a wrong address; the caller can fix that. An error with a line is in
    XML that the supplier broke, or that broke off on its way; ask the supplier.
    """

    def complain(what: str, line: int | None) -> NotXml:
        if line is None:
            return NotXml(what, where=where)
        return NotXml(
            what, where=f"{where}, line {line}", responsible=Responsible.SUPPLIER, advice=TRY_AGAIN_THEN_REPORT
        )

    return complain


def document_complaint(where: str | None = None) -> Complaint:
    """Make errors about a file: :class:`DocumentInvalid` with the line."""
    return lambda what, line: DocumentInvalid(what, where=where, line=line)


def parse(body: bytes, complaint: Complaint, *, huge_text: bool = False) -> Element:
    """Return the root element of a whole document in memory.

    Comments and processing instructions are left out. ``huge_text`` lifts the limit of 10 MB in one text, and with it
    the limit on depth. Raises the errors that ``complaint`` makes.
    """
    if (kind := describe_content(body)) != "XML":
        raise complaint(f"{kind} came instead of XML", None)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge_text,
    )
    root = _guarded(
        lambda: etree.fromstring(body, parser), complaint, lambda: _tail_of_sound(body, huge_text=huge_text)
    )
    _refuse_dtd(root, complaint)
    return root


def _tail_of_sound(body: bytes, *, huge_text: bool) -> bytes | None:
    """Return the last bytes if no fault is reported before them."""
    try:
        etree.XMLPullParser(resolve_entities=False, no_network=True, huge_tree=huge_text).feed(body)
    except etree.XMLSyntaxError:
        return None
    return body[-_TAIL:]


def parse_reply(body: bytes, complaint: Complaint, *, huge_text: bool = False) -> tuple[Element, tuple[str, ...]]:
    """Do :func:`parse` for a response, and return notes on repairs (:mod:`repairs`).

    A response is only repaired if it cannot be parsed, so a sound one costs no extra time.
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
    """Return the name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def describe_content(head: bytes) -> str:
    """Describe what the first bytes look like: ``"XML"``, or something else in words."""
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
    """What the start tag of the root shows: local name, namespace, and the encoding.

    ``encoding`` is the one in the declaration or of a byte-order mark. ``None`` if there is neither.
    """

    def __init__(self, root: Element) -> None:
        namespace, _, self.name = str(root.tag).rpartition("}")  # etree.QName raises for a prefix that is not declared
        self.namespace = namespace.removeprefix("{") or None
        self.encoding = root.getroottree().docinfo.encoding


class ElementFeed:
    """Feed reader: push bytes in, take finished elements out, in constant memory.

    ``paths`` are the places of the wanted elements, as local names from the root down, such as ``("EDEX", "leerlingen",
    "leerling")``. An element with the same name in another place is not returned.

    Use an element before you ask for the next one, because it is then emptied. The empty element and its tail stay
    until its next sibling is taken, so text between the two can be seen. :attr:`prologue` is set when the start tag of
    the root has been read. Raises the errors that ``complaint`` makes, as soon as the bytes show the problem.
    """

    def __init__(self, paths: Iterable[tuple[str, ...]], complaint: Complaint, *, huge_text: bool = False) -> None:
        self._paths = frozenset(paths)
        self._complaint = complaint
        self.prologue: Prologue | None = None
        self._held = bytearray()
        self._tail = b""  # the last bytes
        self._home: Element | None = None
        self._home_tag = ""
        self._probe = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True)
        self._parser = etree.XMLPullParser(
            events=("end",),
            tag=[f"{{*}}{path[-1]}" for path in self._paths],
            # The probe has refused entity declarations. With False, lxml goes on silently after an undeclared entity
            # (measured, 6.1), as if another document started there.
            resolve_entities="internal",
            no_network=True,
            remove_comments=True,
            remove_pis=True,
            huge_tree=huge_text,
        )

    def feed(self, chunk: bytes) -> Iterator[Element]:
        """Push bytes, and yield the elements that they finish. Use up the iterator before the next feed."""
        self._tail = (self._tail + chunk[-_TAIL:])[-_TAIL:]
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
        """Mark the end of the bytes. Raises an error if the document breaks off."""
        if self.prologue is None:
            self._refuse_other_formats(last=True)
            self._push(self._probe, b"", last=True)  # raises: it has seen no element
        self._push(self._parser, b"", last=True)
        return self._finished()

    def _look_for_root(self, chunk: bytes) -> bytes:
        self._held += chunk
        if len(self._held) >= 4:
            self._refuse_other_formats()
        self._push(self._probe, chunk)
        for _, root in self._probe.read_events():
            _refuse_dtd(root, self._complaint)
            self.prologue = Prologue(root)
            held, self._held = bytes(self._held), bytearray()
            return held
        if len(self._held) > PROLOGUE_LIMIT:
            raise self._complaint(f"The first {PROLOGUE_LIMIT} bytes contain no element", None)
        return b""

    def _refuse_other_formats(self, *, last: bool = False) -> None:
        kind = describe_content(bytes(self._held[:1024]))
        if kind != "XML" and (last or kind != "Nothing"):
            raise self._complaint(f"{kind} came instead of XML", None)

    def _push(self, parser: etree.XMLPullParser, chunk: bytes, *, last: bool = False) -> None:
        if last:
            _guarded(parser.close, self._complaint, lambda: self._tail)
        else:
            _guarded(lambda: parser.feed(chunk), self._complaint)

    def _finished(self, problem: MagisterConnectError | None = None) -> Iterator[Element]:
        """Yield the finished elements. Those before a problem come first, however the bytes were split."""
        for _, element in self._parser.read_events():
            if self._is_wanted(element):
                yield element
                release(element)
        if problem is not None:
            raise problem

    def _is_wanted(self, element: Element) -> bool:
        parent = element.getparent()
        if parent is not None and parent is self._home and element.tag == self._home_tag:
            return True  # a sibling of the last one has the same path to the root
        if path_of(element) not in self._paths:
            return False
        self._home, self._home_tag = parent, str(element.tag)
        return True


class FirstBranchReader:
    """Follows the first branch of a document down, for documents with unknown element names.

    ``deep_enough`` returns whether a path (local names from the root down) is the wanted one. The bytes are kept until
    then, so that an :class:`ElementFeed` can read all of them. If no such path is found, up to ``PROLOGUE_LIMIT`` bytes
    are kept.
    """

    def __init__(self, deep_enough: Callable[[tuple[str, ...]], bool], complaint: Complaint) -> None:
        self.path: tuple[str, ...] | None = None
        self.held = bytearray()
        self._deep_enough = deep_enough
        self._complaint = complaint
        self._parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True)

    def feed(self, chunk: bytes) -> bool:
        """Push bytes, and return whether the path is known. Bytes that are not XML raise no error here."""
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
            raise self._complaint(f"The first {PROLOGUE_LIMIT} bytes do not contain the expected element", None)
        return False


def path_of(element: Element) -> tuple[str, ...]:
    """Return the local names from the root down to ``element``."""
    names = [local_name(element)]
    parent = element.getparent()
    while parent is not None:
        names.append(local_name(parent))
        parent = parent.getparent()
    return tuple(reversed(names))


def release(element: Element) -> None:
    """Free the memory of a finished element and its older siblings. Its tail stays."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def chunks_of(source: Source) -> Iterator[bytes]:
    """Yield the bytes of a path, of bytes, of a binary file object or of an iterable, in pieces.

    A file that this function opens is closed at the end. One that you passed stays open at the position reached.
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


def _guarded(
    action: Callable[[], T], complaint: Complaint, tail_at_end: Callable[[], bytes | None] = lambda: None
) -> T:
    """Run an action of lxml. Its error may quote the document, so ours is raised after leaving the ``except`` block.

    ``tail_at_end`` returns the last bytes of the document if no fault was reported before its end.
    """
    try:
        return action()
    except etree.XMLSyntaxError as error:
        problem = complaint(_syntax_message(error, tail_at_end()), error.lineno)
    raise problem


def _syntax_message(error: etree.XMLSyntaxError, tail: bytes | None) -> str:
    name = _NAMES.get(error.code or 0, "")
    if tail is not None and (name in _AT_THE_END or _OPEN_MARKUP.search(tail.replace(b"\x00", b""))):
        return CUT_OFF
    return _IN_WORDS.get(name, "The XML is not well-formed")


_NAMES: Final = {
    value: name
    for name, value in vars(etree.ErrorTypes).items()
    if isinstance(value, int) and (name in _IN_WORDS or name in _AT_THE_END)
}


def _refuse_dtd(root: Element, complaint: Complaint) -> None:
    information = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise complaint("The XML has a document type declaration, which is refused", None)
