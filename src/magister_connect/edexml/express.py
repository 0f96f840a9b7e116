"""The fast way from markup to records, for records written as nearly all are: plain, in order, without extensions.

A complex type of the model is compiled to one regular expression over its markup. What it matches is well-formed and
has the order, the lengths and the attributes of the schema; codes and dates are looked at when the record is built.
Whatever does not match exactly (an entity, a comment, a block, an error) is left to the parser, which alone decides
what is wrong. So the fast way never refuses anything, and what it takes the slow one would have taken too; the tests
hold both against each other. All quantifiers are possessive: the time is linear in the length.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import cache
from operator import itemgetter
from typing import Any, Final, TypeAlias

import attrs

from magister_connect.edexml.fast_records import maker_of
from magister_connect.edexml.particles import Choice, ComplexType, Element, Particle, Sequence
from magister_connect.edexml.simple_types import Codes, Date, DateTime, Misfit, Pattern, SimpleType, Text
from magister_connect.edexml.versions import BLOK, model

__all__ = ["Express", "express_for"]

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
