"""A feed that takes plain records the fast way, and leaves everything else to the parser.

The parser is always in charge of where we are: only when it has just finished a pupil (or a teacher) in the right list,
exactly at the end of what it was given, are the bytes behind that looked at by the fast way. Each record that matches
is well-formed and whole, so that leaving it out does not change what the parser sees; it gets the line breaks instead,
to keep counting. What does not match goes to the parser as it is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Generator, Iterator
from functools import cache
from operator import itemgetter
from typing import Any, Final, TypeAlias

import attrs

from magister_connect.edexml.model.kinds import LISTS
from magister_connect.edexml.model.particles import Choice, ComplexType, Element, Particle, Sequence
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.simple_types import Codes, Date, DateTime, Misfit, Pattern, SimpleType, Text
from magister_connect.edexml.model.versions import BLOK, model
from magister_connect.edexml.reading.feed import DocumentFeed, Reading
from magister_connect.edexml.reading.observers import Observer, Place


def maker_of(record: type[Any]) -> Callable[..., Any]:
    """A callable that takes all fields in order and gives the record."""
    names = [field.name for field in attrs.fields(record)]
    bases = tuple(base for base in record.__bases__ if base is not object)
    twin = attrs.make_class(
        f"_{record.__name__}Twin", names, bases, slots=True, weakref_slot=False, eq=False, repr=False
    )

    def make(*values: object) -> Any:  # noqa: ANN401 - the record of the class that was asked for
        made: Any = twin(*values)
        made.__class__ = record
        return made

    return make


_Convert: TypeAlias = Callable[[str], object]
_Take: TypeAlias = Callable[[str, int], tuple[int, object]]  # where an item ends, and the item
_NOT_FOR_US: Final = (Misfit, KeyError, ValueError)
_BLANKS: Final = r"[ \t\r\n]*+"
_IN_TEXT: Final = "[^<>&\x00-\x1f\ufffe\uffff]"
_IN_ATTRIBUTE: Final = '[^<>&"\x00-\x1f\ufffe\uffff]'
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT: Final = _DAY + "T[0-9]{2}:[0-9]{2}:[0-9]{2}"


@attrs.frozen
class _Field:
    """One captured text: the slot that it fills, and how (``None``: as it is)."""

    slot: str
    convert: _Convert | None


class Express:
    """Matches the markup of one complex type, and builds its record."""

    def __init__(self, name: str, kind: ComplexType) -> None:
        fields: list[_Field] = []
        body = _element(Element(name, kind), fields, capture=True, inside=True)
        self._match = re.compile(_BLANKS + body).match
        self._reading: list[tuple[int, _Convert]] = [
            (at, field.convert) for at, field in enumerate(fields) if field.convert is not None
        ]
        self._build = _builder(kind, [field.slot for field in fields])

    def match(self, text: str, start: int) -> tuple[int, object] | None:
        """Where the record that begins at ``start`` ends, and the record; ``None`` where there is none to be had."""
        found = self._match(text, start)
        if found is None:
            return None
        values: list[Any] = list(found.groups())
        try:
            for at, convert in self._reading:
                if values[at] is not None:
                    values[at] = convert(values[at])
        except _NOT_FOR_US:
            return None
        return found.end(), self._build(values)


@cache
def express_for(version: str, container: str, name: str) -> Express:
    """The fast way for the items of a list, such as ``leerling`` in ``leerlingen``."""
    return Express(name, model(version).item(container, name))


def _builder(kind: ComplexType, slots: list[str]) -> Callable[[list[Any]], object]:
    """Builds the record of captured values: two places that fill one field are merged, and none is left out."""
    places = {slot: at for at, slot in enumerate(slots)}
    twice = [(at, places[slot]) for at, slot in enumerate(slots) if places[slot] != at]
    defaults = [field.default if field.default is not attrs.NOTHING else None for field in attrs.fields(kind.record)]  # type: ignore[arg-type] # a record of ours
    size = len(slots)
    # Behind the captured values stand an empty tuple and None, for lists and fields that no place fills.
    order = itemgetter(
        *(
            places.get(name, size if default == () else size + 1)
            for name, default in zip(kind.slots, defaults, strict=True)
        )
    )
    tuples = [
        places[name] for name, default in zip(kind.slots, defaults, strict=True) if default == () and name in places
    ]
    make = maker_of(kind.record or object)

    def build(values: list[Any]) -> object:
        for first, second in twice:
            if values[second] is None:
                values[second] = values[first]
        for at in tuples:
            if values[at] is None:
                values[at] = ()
        values += ((), None)
        return make(*order(values))

    return build


# -- from the model to an expression --------------------------------------------------------------------------------


def _particle(part: Particle, fields: list[_Field], *, capture: bool) -> str:
    if isinstance(part, Element):
        inner = _element(part, fields, capture=capture) + _BLANKS
    elif isinstance(part, Choice) and capture and part.repeated:
        return _repeated(part, fields)
    else:
        part = _with_empty_outside(part)
        parts = [_particle(one, fields, capture=capture) for one in part.parts if not _holds_blocks(one)]
        inner = "|".join(parts) if isinstance(part, Choice) else "".join(parts)
    sign = {(False, False): "", (True, False): "?+", (False, True): "++", (True, True): "*+"}
    return f"(?>{inner}){sign[part.optional, part.repeated]}"


def _with_empty_outside(part: Sequence | Choice) -> Sequence | Choice:
    """A choice of which a part may be absent is one that may be absent; else the first such part would always win."""
    if not isinstance(part, Choice) or not any(one.optional for one in part.parts):
        return part
    return Choice(tuple(attrs.evolve(one, optional=False) for one in part.parts), optional=True, repeated=part.repeated)


def _holds_blocks(part: Particle) -> bool:
    """Extensions are left to the parser."""
    return isinstance(part, Element) and isinstance(part.type, ComplexType) and BLOK in _types_in(part.type)


def _types_in(kind: ComplexType) -> list[object]:
    return [element.type for element in kind.elements]


def _element(element: Element, fields: list[_Field], *, capture: bool, inside: bool = False) -> str:
    """The markup of one element. A reference is its key; a list is captured whole, and taken apart afterwards."""
    name, kind = re.escape(element.name), element.type
    if isinstance(kind, SimpleType):
        value = _value(kind, _IN_TEXT)
        if capture:
            fields.append(_Field(element.slot, _conversion(kind)))
        return f"<{name}>{f'({value})' if capture else value}</{name}>"
    if inside:
        attributes = _attributes(kind, fields, capture=capture)
        return f"<{name}{attributes}>{_BLANKS}{_particle(kind.content, fields, capture=capture)}</{name}>"
    if not kind.elements:
        return _reference(element, kind, fields, capture=capture)
    if capture:
        fields.append(_Field(element.slot, _list_of(kind)))
    items = _particle(kind.content, [], capture=False)
    attributes = _attributes(kind, [], capture=False)
    if kind.record is None:
        return f"<{name}{attributes}>{_BLANKS}{f'({items})' if capture else items}</{name}>"
    return f"<{name}{attributes}(?:{_BLANKS}/>|>{_BLANKS}{items}</{name}>)"


def _reference(element: Element, kind: ComplexType, fields: list[_Field], *, capture: bool) -> str:
    key = _value(kind.attributes[0].type, _IN_ATTRIBUTE)
    if capture:
        fields.append(_Field(element.slot, None))
    return f'<{re.escape(element.name)} key="{f"({key})" if capture else key}"{_BLANKS}/>'


def _attributes(kind: ComplexType, fields: list[_Field], *, capture: bool) -> str:
    """The attributes in the order of the model, as every known system writes them."""
    whole = ""
    for attribute in kind.attributes:
        value = _value(attribute.type, _IN_ATTRIBUTE)
        if capture:
            fields.append(_Field(attribute.name, None))
        one = f'(?> {attribute.name}="{f"({value})" if capture else value}")'
        whole += one if attribute.required else f"{one}?+"
    return whole


def _value(kind: SimpleType, characters: str) -> str:
    if isinstance(kind, Text):
        return f"{characters}{{{kind.shortest},{kind.longest or ''}}}+"
    if isinstance(kind, Pattern):
        return f"[0-9]{{{kind.fewest},{kind.digits}}}+[A-Z]{{{kind.capitals}}}+"
    if isinstance(kind, (Date, DateTime)):
        return _DAY if isinstance(kind, Date) else _MOMENT
    return f"{characters}++"


def _conversion(kind: SimpleType) -> _Convert | None:
    """How the captured text becomes a value; what is wrong with it raises one of ``_NOT_FOR_US``."""
    if isinstance(kind, Codes):
        return kind.members.__getitem__
    if isinstance(kind, Date):
        return dt.date.fromisoformat
    if isinstance(kind, DateTime):
        return dt.datetime.fromisoformat
    return None if isinstance(kind, (Text, Pattern)) else kind.read


def _list_of(kind: ComplexType) -> _Convert:
    """Takes the markup of a list apart, item by item."""
    items = {element.name: element for element in kind.elements}
    makers: dict[str, _Take] = {}

    def convert(text: str) -> object:
        if not makers:
            makers.update((name, _item(element)) for name, element in items.items())
        return tuple(_each(text, makers))

    return convert


def _repeated(part: Choice, fields: list[_Field]) -> str:
    """Elements that share a tuple: captured whole, and taken apart afterwards."""
    elements = [one for one in part.parts if isinstance(one, Element)]
    makers = {element.name: _item(element) for element in elements}
    fields.append(_Field(elements[0].slot, lambda text: tuple(_each(text, makers))))
    return f"({_particle(part, [], capture=False)})"


def _each(text: str, makers: dict[str, _Take]) -> Iterator[object]:
    at, end = 0, len(text)
    while at < end:
        name = _found(_TAG, text, at)[1]
        at, item = makers[name](text, at)
        yield item


_TAG: Final = re.compile(r"<([^\s/>]+)")


def _found(expression: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    """A part of what has matched as a whole."""
    found = expression.match(text, at)
    assert found is not None  # noqa: S101 - the expression of the whole is made of those of its parts
    return found


def _item(element: Element) -> _Take:
    """Matches one item of a list, with the blanks behind it."""
    kind = element.type
    if isinstance(kind, ComplexType) and kind.record is not None:
        return _record_item(element, kind)
    fields: list[_Field] = []
    expression = re.compile(_element(element, fields, capture=True) + _BLANKS)
    convert = fields[0].convert

    def take(text: str, at: int) -> tuple[int, object]:
        found = _found(expression, text, at)
        return found.end(), convert(found[1]) if convert else found[1]

    return take


def _record_item(element: Element, kind: ComplexType) -> _Take:
    """An item with a record of its own, such as a group of a teacher: open, or closed at once."""
    fields: list[_Field] = []
    name = re.escape(element.name)
    attributes = _attributes(kind, fields, capture=True)
    body = _particle(kind.content, fields, capture=True)
    expression = re.compile(f"<{name}{attributes}(?:{_BLANKS}/>|>{_BLANKS}{body}</{name}>){_BLANKS}")
    reading = [(at, field.convert) for at, field in enumerate(fields) if field.convert is not None]
    build = _builder(kind, [field.slot for field in fields])

    def take(text: str, at: int) -> tuple[int, object]:
        found = _found(expression, text, at)
        values: list[Any] = list(found.groups())
        for place, convert in reading:
            if values[place] is not None:
                values[place] = convert(values[place])
        return found.end(), build(values)

    return take


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
