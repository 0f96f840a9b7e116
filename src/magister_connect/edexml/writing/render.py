"""Render records as markup by the model. Raises if a record does not fit the model.

The texts are put together by hand, which is three times as fast as building a tree of elements (measured). Every text
goes through one function, which escapes it and refuses characters that XML does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import attrs

from magister_connect.core.xml import document_complaint, parse
from magister_connect.edexml.model.blocks import BlockTypes, Blok, OnbekendBlok
from magister_connect.edexml.model.particles import START, ComplexType, Element
from magister_connect.edexml.model.simple_types import Misfit, SimpleType
from magister_connect.edexml.model.versions import BLOK
from magister_connect.errors import DocumentInvalid

_SPECIAL: Final = re.compile('[&<>"\t\n\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_REFERENCES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
IN_ATTRIBUTES: Final = {**_REFERENCES, '"': "&quot;", "\t": "&#9;", "\n": "&#10;"}
_BLANK: Final = {"\t", "\n", '"'}
_MOST_ORDERS: Final = 4096  # orders of children that are cached; real files have some dozens


class Unwritable(Exception):
    """A value that the version cannot hold: the message, and the path in the record."""

    def __init__(self, words: str, path: str) -> None:
        super().__init__(words)
        self.words = words
        self.path = path


def escaped(text: str, path: str, references: dict[str, str] = _REFERENCES) -> str:
    """Escape ``text`` for markup. Raises :class:`Unwritable` for characters that XML does not have."""
    if not _SPECIAL.search(text):
        return text

    def reference(found: re.Match[str]) -> str:
        if (known := references.get(found[0])) is not None:
            return known
        if found[0] in _BLANK:
            return found[0]
        raise Unwritable("The text contains a character that XML does not allow", path)

    return _SPECIAL.sub(reference, text)


@attrs.frozen(eq=False)
class Renderer:
    """Renders records of one version. ``newline`` and ``indent`` come before every element; both may be empty."""

    version: str
    blocks: BlockTypes
    newline: str = "\n"
    indent: str = "  "
    _orders: dict[tuple[ComplexType, tuple[str, ...]], str | None] = attrs.field(factory=dict, init=False)

    def element(self, name: str, kind: ComplexType | SimpleType, value: object, depth: int) -> str:
        """Return the markup of one element, with its line break in front."""
        before = self.newline + self.indent * depth
        if isinstance(kind, SimpleType):
            return f"{before}<{name}>{_text(kind, value, name)}</{name}>"
        if kind is BLOK:
            return self._block(name, value, depth)
        return self._complex(name, kind, value, depth)

    def _complex(self, name: str, kind: ComplexType, value: object, depth: int, more: str = "") -> str:
        before = self.newline + self.indent * depth
        values = kind.take(value)
        names: list[str] = []
        try:
            pieces = self._children(kind, values, names, depth + 1)
            opening = f"{before}<{name}{''.join(_attributes(kind, values))}{more}"
        except Unwritable as unwritable:
            raise Unwritable(unwritable.words, f"{name}/{unwritable.path}") from None
        if problem := self._objection(kind, tuple(names)):
            raise Unwritable(problem, name)
        if not pieces:
            return f"{opening}/>"
        return f"{opening}>{''.join(pieces)}{before}</{name}>"

    def _children(self, kind: ComplexType, values: tuple[object, ...], names: list[str], depth: int) -> list[str]:
        before = self.newline + self.indent * depth
        pieces: list[str] = []
        for at, element in _plan(kind):
            value = values[at]
            if value is None or value == ():
                continue
            if element.many:
                pieces += self._items(kind, element.slot, value, names, depth)
                continue
            name, of = element.name, element.type
            names.append(name)
            if isinstance(of, SimpleType):
                pieces.append(f"{before}<{name}>{_text(of, value, name)}</{name}>")
            else:
                pieces.append(self.element(name, of, value, depth))
        return pieces

    def _items(self, kind: ComplexType, slot: str, values: object, names: list[str], depth: int) -> Iterator[str]:
        candidates = [element for element in kind.elements if element.slot == slot]
        for value in values if isinstance(values, tuple) else ():
            element = _taking(candidates, value)
            names.append(element.name)
            yield self.element(element.name, element.type, value, depth)

    def _block(self, name: str, block: object, depth: int) -> str:
        if isinstance(block, OnbekendBlok):
            return self._opaque(name, block, depth)
        kind = self.blocks.of(block, self.version) if isinstance(block, Blok) else None
        if kind is None:
            raise Unwritable("The type of this block is not known to the writer", name)
        return self._complex(name, kind, block, depth, f' xsi:type="{kind.name}"')

    def _opaque(self, name: str, block: OnbekendBlok, depth: int) -> str:
        code = self.newline + self.indent * (depth + 1) + f"<code>{escaped(block.code, 'blok/code')}</code>"
        _refuse_broken(block.inhoud)
        words = (
            "" if block.omschrijving is None else f"<omschrijving>{escaped(block.omschrijving, 'blok')}</omschrijving>"
        )
        before = self.newline + self.indent * depth
        kind = f' xsi:type="{escaped(block.xsi_type, "blok", IN_ATTRIBUTES)}"' if block.xsi_type else ""
        return f"{before}<{name}{kind}>{code}{words}{block.inhoud}{before}</{name}>"

    def _objection(self, kind: ComplexType, names: tuple[str, ...]) -> str | None:
        """Return what is wrong with this order of children, or ``None``. Cached, because few orders occur."""
        known = (kind, names)
        if known not in self._orders:
            if len(self._orders) > _MOST_ORDERS:
                self._orders.clear()
            self._orders[known] = _objection(kind, names)
        return self._orders[known]


def _objection(kind: ComplexType, names: Iterable[str]) -> str | None:
    automaton, state = kind.automaton, START
    for name in names:
        following = automaton.step(state, name)
        if following is None and state != START and not automaton.accepts(state):
            return f"It misses {' or '.join(sorted(automaton.expected(state)))}"
        if following is None:
            return f"{name} may not stand beside what is filled as well"
        state = following
    return None if automaton.accepts(state) else f"It misses {' or '.join(sorted(automaton.expected(state)))}"


def _refuse_broken(markup: str) -> None:
    problem: str | None = None
    try:
        parse(
            f'<blok xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{markup}</blok>'.encode(),
            document_complaint(),
        )
    except (DocumentInvalid, UnicodeEncodeError):
        problem = "What the block holds is not well-formed"
    if problem is not None:
        raise Unwritable(problem, "blok")


@cache
def _plan(kind: ComplexType) -> tuple[tuple[int, Element], ...]:
    """Return the children with the positions of their values.

    Of children that share a tuple, only the first is included.
    """
    first: dict[str, Element] = {}
    for element in kind.elements:
        first.setdefault(element.slot if element.many else element.name, element)
    return tuple((kind.slots.index(element.slot), element) for element in first.values())


def _attributes(kind: ComplexType, values: tuple[object, ...]) -> Iterator[str]:
    for attribute in kind.attributes:
        value = values[kind.slots.index(attribute.name)]
        if value is None and attribute.required:
            raise Unwritable(f"It misses {attribute.name}", f"@{attribute.name}")
        if value is not None:
            yield f' {attribute.name}="{_text(attribute.type, value, f"@{attribute.name}", IN_ATTRIBUTES)}"'


def _text(kind: SimpleType, value: object, name: str, references: dict[str, str] = _REFERENCES) -> str:
    try:
        text = kind.write(value)
    except Misfit as misfit:
        raise Unwritable(str(misfit), name) from None
    return escaped(text, name, references)


def _taking(candidates: list[Element], value: object) -> Element:
    for element in candidates:
        if element.takes(value):
            return element
    raise Unwritable("The version has no element for this item", candidates[0].name)
