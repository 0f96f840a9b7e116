"""A feed that takes plain records the fast way, and leaves everything else to the parser.

The parser is always in charge of where we are: only when it has just finished a pupil (or a teacher) in the right list,
exactly at the end of what it was given, are the bytes behind that looked at by the fast way. Each record that matches
is well-formed and whole, so that leaving it out does not change what the parser sees; it gets the line breaks instead,
to keep counting. What does not match goes to the parser as it is.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from magister_connect.edexml.express import Express, express_for
from magister_connect.edexml.feed import DocumentFeed, Item, Observer, Place, Reading
from magister_connect.edexml.kinds import LISTS
from magister_connect.edexml.versions import model

__all__ = ["ExpressFeed", "feed_for"]

_LONGEST: Final = 1_000_000  # bytes of one record that are waited for
_LINES_AT_ONCE: Final = 65_536  # libxml2 refuses a text or a buffer of ten million bytes (measured)
_ENCODINGS: Final = frozenset({"utf-8", "us-ascii", "ascii"})


def feed_for(reading: Reading, observer: Observer) -> DocumentFeed:
    """The feed for a reading: a lenient one mends elements, and so needs them all."""
    return DocumentFeed(reading, observer) if reading.lenient else ExpressFeed(reading, observer)


class ExpressFeed(DocumentFeed):
    """A feed that takes plain records the fast way."""

    def __init__(self, reading: Reading, observer: Observer) -> None:
        super().__init__(reading, observer)
        self._buffer = b""
        self._express: Express | None = None  # the fast way, while it is open
        self._ways = [(list_name, name) for list_name, names in LISTS.items() for name in names]
        self._list_name, self._name = self._ways[0]
        self._is_plain = True
        self._line = 1  # where the buffer begins
        self._skipped = 0  # line breaks that the parser has not seen
        self._taken = ("", 0)  # text and place of the record that was handed out last

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """Push bytes; yields the records that they finish."""
        self._buffer += chunk
        going = True
        while going:
            going = yield from self._run(self._express) if self._express is not None else self._follow()

    def close(self) -> Iterator[Item]:
        """There are no more bytes."""
        yield from self._parse(len(self._buffer))
        yield from super().close()

    def place_of_item(self) -> Place:
        """Where the record that was handed out last stands."""
        text, at = self._taken
        if not text:
            return super().place_of_item()
        line = self._line + text.count("\n", 0, text.index("<", at))
        return Place(f"{self.root_name}/{self._list_name}/{self._name}[{self._counts[self._name]}]", line)

    def _follow(self) -> Generator[Item, None, bool]:
        """Give the parser what goes up to the end of the next record; the fast way may open behind it."""
        end, nearest = len(self._buffer), None
        for way in self._ways if self._is_plain else ():
            mark = b"</%s>" % way[1].encode()
            if (at := self._buffer.find(mark, 0, end)) >= 0:
                end, nearest = at + len(mark), way
        yield from self._parse(end)
        if nearest is None:
            return False
        self._open(*nearest)
        return True

    def _parse(self, size: int) -> Iterator[Item]:
        piece, self._buffer = self._buffer[:size], self._buffer[size:]
        skipped, self._skipped = self._skipped, 0
        self._latest = None
        for lines in (_LINES_AT_ONCE,) * (skipped // _LINES_AT_ONCE):
            yield from super().feed(b"<!--%s-->" % (b"\n" * lines))  # comments do not grow into one text
        yield from super().feed(b"\n" * (skipped % _LINES_AT_ONCE) + piece)
        self._line += piece.count(b"\n")

    def _open(self, list_name: str, name: str) -> None:
        latest, version = self._latest, self.version
        if latest is None or version is None or latest.tag != name or not self._knows_encoding():
            return
        if not model(version).has(list_name, name):
            return
        self._list_name, self._name = list_name, name
        self._ways = _from_here(self._ways, list_name, name)
        self._express = express_for(version, list_name, name)

    def _knows_encoding(self) -> bool:
        prologue = self._elements.prologue
        self._is_plain = prologue is not None and (prologue.encoding or "utf-8").lower() in _ENCODINGS
        return self._is_plain

    def _run(self, express: Express) -> Generator[Item, None, bool]:
        """Take records as long as they match; false when bytes are missing."""
        mark = b"</%s>" % self._name.encode()
        cut = self._buffer.rfind(mark) + len(mark)
        if cut < len(mark):
            return self._waits()
        text = self._decoded(cut)
        at, match, counts, name = 0, express.match, self._counts, self._name
        while found := match(text, at):
            self._taken = (text, at)
            counts[name] += 1
            at, item = found
            yield item  # type: ignore[misc] # of the class that the model has for the list
        breaks = text.count("\n", 0, at)
        self._line += breaks
        self._skipped += breaks
        self._taken = ("", 0)
        if at < len(text):
            self._buffer = text[at:].encode() + self._buffer[cut:]
            self._express = None
        else:
            self._buffer = self._buffer[cut:] if text else self._buffer
        return True

    def _decoded(self, cut: int) -> str:
        """The text of whole records; where the bytes are not UTF-8 the fast way is closed for good."""
        try:
            return self._buffer[:cut].decode()
        except UnicodeDecodeError:
            self._is_plain, self._express = False, None
            return ""

    def _waits(self) -> bool:
        """No record ends in the buffer: wait for more where one has begun, else let the parser have it."""
        begun = self._buffer[:4096].lstrip()
        opening = b"<%s " % self._name.encode()
        if len(self._buffer) < _LONGEST and (begun.startswith(opening) or opening.startswith(begun)):
            return False
        self._express = None
        return True


def _from_here(ways: list[tuple[str, str]], list_name: str, name: str) -> list[tuple[str, str]]:
    """Where to look next: first for what just came; lists that lie behind do not come again."""
    later = ways[[way[0] for way in ways].index(list_name) :]
    return [(list_name, name), *(way for way in later if way != (list_name, name))]
