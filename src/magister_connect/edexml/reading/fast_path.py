"""A fast path for plain records: one regular expression for each kind of record, generated from the model.

It matches records as every known system writes them: elements in the order of the standard, and attributes in double
quotes. Comments, character references and extensions do not match. A text that matches is well-formed, complete and
valid, and becomes a record without the parser. A text that does not match may still be valid: the parser decides.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import itemgetter
from typing import Any, Final, TypeAlias

import attrs

from magister_connect.edexml.model.particles import Choice, ComplexType, Element, Particle, Sequence
from magister_connect.edexml.model.simple_types import Codes, Date, DateTime, Misfit, Pattern, SimpleType, Text
from magister_connect.edexml.model.versions import BLOK, model


def maker_of(record: type[Any]) -> Callable[..., Any]:
    """Return a callable that takes all fields in order and builds the record."""
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


BODY: Final = 1
"""The regex group of the whole record, without the blanks before it."""
_Convert: TypeAlias = Callable[[str], object]
_Take: TypeAlias = Callable[[str, int], tuple[int, object]]  # the end of an item, and the item
_NOT_FOR_US: Final = (Misfit, KeyError, ValueError)
_BLANKS: Final = r"[ \t\n]*+"
_IN_TEXT: Final = "[^<>&\x00-\x1f\ufffe\uffff]"
_IN_ATTRIBUTE: Final = '[^<>&"\x00-\x1f\ufffe\uffff]'
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT: Final = _DAY + "T[0-9]{2}:[0-9]{2}:[0-9]{2}"


@attrs.frozen
class _Field:
    """One captured text: the slot for it, how to convert it (``None``: unchanged), and its path in the record."""

    slot: str
    convert: _Convert | None
    path: str


class PlainMatch:
    """A record that matched, where it ends, and where its fields are."""

    __slots__ = ("_found", "_groups", "_starts", "end", "name", "record")

    def __init__(self, found: re.Match[str], groups: Mapping[str, list[int]], name: str, record: object) -> None:
        self._found = found
        self._groups = groups
        self._starts: dict[tuple[int, str], list[int]] = {}
        self.end = found.end()
        self.name = name
        self.record = record

    def start_of(self, field: str) -> int:
        """Return the position of a field, such as ``groepen/groep[2]``; otherwise the start of the record."""
        found = self._found
        name, _, below = field.partition("/")
        for group in self._groups.get(name.partition("[")[0], ()):
            if found.start(group) >= 0:
                return self._nth(group, below) if below else found.start(group)
        return found.start(BODY)

    def _nth(self, group: int, below: str) -> int:
        """Return where the n-th element of a name begins in a list that was captured as one text."""
        name, _, number = below.partition("[")
        if (group, name) not in self._starts:
            tags = re.finditer(rf"<(?:[^<>/:\s]+:)?{re.escape(name)}[\s/>]", self._found[group])
            self._starts[group, name] = [tag.start() for tag in tags]
        starts, place = self._starts[group, name], int(number.rstrip("]") or 1) - 1
        return self._found.start(group) + (starts[place] if place < len(starts) else 0)


class PlainRecord:
    """Matches the markup of one complex type, and builds its record. ``prefix`` comes before all names."""

    def __init__(self, name: str, kind: ComplexType, prefix: str | None) -> None:
        self.name = name
        grammar = _Grammar(f"{prefix}:" if prefix else "")
        fields: list[_Field] = []
        body = grammar.element(Element(name, kind), fields, capture=True, inside=True)
        self._search = re.compile(f"{_BLANKS}({body})").match
        self._reading: list[tuple[int, _Convert]] = [
            (at, field.convert) for at, field in enumerate(fields) if field.convert is not None
        ]
        self._build = _builder(kind, [field.slot for field in fields])
        self._groups: dict[str, list[int]] = {}
        for at, field in enumerate(fields):
            self._groups.setdefault(field.path, []).append(at + BODY + 1)
        self.mark = f"</{grammar.prefix}{name}>"
        self._opening = f"<{grammar.prefix}{name} "

    def match(self, text: str, start: int, end: int) -> PlainMatch | None:
        """Match the record that begins at ``start``. Returns ``None`` if there is no match."""
        found = self._search(text, start, end)
        if found is None:
            return None
        values: list[Any] = list(found.groups())
        del values[0]
        try:
            for at, convert in self._reading:
                if values[at] is not None:
                    values[at] = convert(values[at])
        except _NOT_FOR_US:
            return None
        return PlainMatch(found, self._groups, self.name, self._build(values))

    def may_begin(self, text: str, at: int) -> bool:
        """Return whether an incomplete record may begin at ``at``."""
        begun = text[at : at + 4096].lstrip(" \t\n")
        return begun.startswith(self._opening) or self._opening.startswith(begun)


@cache
def plain_record(version: str, container: str, name: str, prefix: str | None) -> PlainRecord:
    """Return the grammar for the items of a list, such as ``leerling`` in ``leerlingen``."""
    return PlainRecord(name, model(version).item(container, name), prefix)


def _builder(kind: ComplexType, slots: list[str]) -> Callable[[list[Any]], object]:
    """Return a function that builds the record from captured values. Two places for the same field are merged."""
    places = {slot: at for at, slot in enumerate(slots)}
    twice = [(at, places[slot]) for at, slot in enumerate(slots) if places[slot] != at]
    defaults = [field.default if field.default is not attrs.NOTHING else None for field in attrs.fields(kind.record)]  # type: ignore[arg-type] # a record of ours
    size = len(slots)
    # The captured values are followed by an empty tuple and None, for lists and fields without a value.
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


@attrs.frozen
class _Grammar:
    """Writes regular expressions for parts of the model, with ``prefix`` before all element names."""

    prefix: str

    def element(self, element: Element, fields: list[_Field], *, capture: bool, inside: bool = False) -> str:
        """Return the expression for one element.

        A reference is captured as its key; a list is captured whole and split later.
        """
        name, kind = self._name(element), element.type
        if isinstance(kind, SimpleType):
            value = _value(kind, _IN_TEXT)
            if capture:
                fields.append(_Field(element.slot, _conversion(kind), element.name))
            return f"<{name}>{f'({value})' if capture else value}</{name}>"
        if inside:
            attributes = self._attributes(kind, fields, capture=capture)
            return f"<{name}{attributes}>{_BLANKS}{self._particle(kind.content, fields, capture=capture)}</{name}>"
        if not kind.elements:
            return self._reference(element, kind, fields, capture=capture)
        if capture:
            fields.append(_Field(element.slot, self._list_of(kind), element.name))
        items = self._particle(kind.content, [], capture=False)
        attributes = self._attributes(kind, [], capture=False)
        if kind.record is None:
            return f"<{name}{attributes}>{_BLANKS}{f'({items})' if capture else items}</{name}>"
        return f"<{name}{attributes}(?: ?/>|>{_BLANKS}{items}</{name}>)"

    def _name(self, element: Element) -> str:
        return re.escape(self.prefix + element.name)

    def _particle(self, part: Particle, fields: list[_Field], *, capture: bool) -> str:
        if isinstance(part, Element):
            inner = self.element(part, fields, capture=capture) + _BLANKS
        elif isinstance(part, Choice) and capture and part.repeated:
            return self._repeated(part, fields)
        else:
            part = _with_empty_outside(part)
            parts = [self._particle(one, fields, capture=capture) for one in part.parts if not _holds_blocks(one)]
            inner = "|".join(parts) if isinstance(part, Choice) else "".join(parts)
        sign = {(False, False): "", (True, False): "?+", (False, True): "++", (True, True): "*+"}
        return f"(?>{inner}){sign[part.optional, part.repeated]}"

    def _reference(self, element: Element, kind: ComplexType, fields: list[_Field], *, capture: bool) -> str:
        key = _value(kind.attributes[0].type, _IN_ATTRIBUTE)
        if capture:
            fields.append(_Field(element.slot, None, element.name))
        return f'<{self._name(element)} key="{f"({key})" if capture else key}" ?/>'

    def _attributes(self, kind: ComplexType, fields: list[_Field], *, capture: bool) -> str:
        """Return the expression for the attributes in model order, as every known system writes them."""
        whole = ""
        for attribute in kind.attributes:
            value = _value(attribute.type, _IN_ATTRIBUTE)
            if capture:
                fields.append(_Field(attribute.name, None, f"@{attribute.name}"))
            one = f'(?> {attribute.name}="{f"({value})" if capture else value}")'
            whole += one if attribute.required else f"{one}?+"
        return whole

    def _list_of(self, kind: ComplexType) -> _Convert:
        """Return a function that splits the markup of a list into items."""
        makers: dict[str, _Take] = {}

        def convert(text: str) -> object:
            if not makers:
                makers.update((self.prefix + element.name, self._item(element)) for element in kind.elements)
            return tuple(_each(text, makers))

        return convert

    def _repeated(self, part: Choice, fields: list[_Field]) -> str:
        """Return the expression for elements that share a tuple. They are captured whole and split later."""
        elements = [one for one in part.parts if isinstance(one, Element)]
        makers = {self.prefix + element.name: self._item(element) for element in elements}
        fields.append(_Field(elements[0].slot, lambda text: tuple(_each(text, makers)), elements[0].name))
        return f"({self._particle(part, [], capture=False)})"

    def _item(self, element: Element) -> _Take:
        """Return a function that matches one item of a list, and the blanks after it."""
        kind = element.type
        if isinstance(kind, ComplexType) and kind.record is not None:
            return self._record_item(element, kind)
        fields: list[_Field] = []
        expression = re.compile(self.element(element, fields, capture=True) + _BLANKS)
        convert = fields[0].convert

        def take(text: str, at: int) -> tuple[int, object]:
            found = _found(expression, text, at)
            return found.end(), convert(found[1]) if convert else found[1]

        return take

    def _record_item(self, element: Element, kind: ComplexType) -> _Take:
        """Return a function that matches an item with its own record, such as a group of a teacher."""
        fields: list[_Field] = []
        name = self._name(element)
        attributes = self._attributes(kind, fields, capture=True)
        body = self._particle(kind.content, fields, capture=True)
        expression = re.compile(f"<{name}{attributes}(?: ?/>|>{_BLANKS}{body}</{name}>){_BLANKS}")
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


def _with_empty_outside(part: Sequence | Choice) -> Sequence | Choice:
    """Make a choice optional if one of its parts may be absent. Otherwise the first such part would always match."""
    if not isinstance(part, Choice) or not any(one.optional for one in part.parts):
        return part
    return Choice(tuple(attrs.evolve(one, optional=False) for one in part.parts), optional=True, repeated=part.repeated)


def _holds_blocks(part: Particle) -> bool:
    """Return whether a part may contain extensions. The parser reads those."""
    return (
        isinstance(part, Element)
        and isinstance(part.type, ComplexType)
        and any(element.type is BLOK for element in part.type.elements)
    )


def _value(kind: SimpleType, characters: str) -> str:
    if isinstance(kind, Text):
        return f"{characters}{{{kind.shortest},{kind.longest or ''}}}+"
    if isinstance(kind, Pattern):
        return f"[0-9]{{{kind.fewest},{kind.digits}}}+[A-Z]{{{kind.capitals}}}+"
    if isinstance(kind, (Date, DateTime)):
        return _DAY if isinstance(kind, Date) else _MOMENT
    return f"{characters}++"


def _conversion(kind: SimpleType) -> _Convert | None:
    """Return how the captured text becomes a value. If it cannot, the function raises one of ``_NOT_FOR_US``."""
    if isinstance(kind, Codes):
        return kind.members.__getitem__
    if isinstance(kind, Date):
        return dt.date.fromisoformat
    if isinstance(kind, DateTime):
        return dt.datetime.fromisoformat
    return None if isinstance(kind, (Text, Pattern)) else kind.read


def _each(text: str, makers: dict[str, _Take]) -> Iterator[object]:
    at, end = 0, len(text)
    while at < end:
        at, item = makers[_found(_TAG, text, at)[1]](text, at)
        yield item


_TAG: Final = re.compile(r"<([^\s/>]+)")


def _found(expression: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    """Match a part of a text that matched as a whole."""
    found = expression.match(text, at)
    assert found is not None  # noqa: S101 - the expression of the whole is made of those of its parts
    return found
