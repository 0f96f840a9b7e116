"""Build records from elements, by the model.

Each deviation from the schema goes to a sink, which raises or collects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import attrs
from lxml import etree

from magister_connect.core.xml import Element
from magister_connect.edexml.model.blocks import BASE_BLOCKS, BlockTypes, OnbekendBlok
from magister_connect.edexml.model.particles import START, ComplexType
from magister_connect.edexml.model.particles import Element as ModelElement
from magister_connect.edexml.model.simple_types import Misfit, SimpleType, Unusable
from magister_connect.edexml.model.versions import BLOK

XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_LOCATIONS: Final = frozenset({f"{XSI}schemaLocation", f"{XSI}noNamespaceSchemaLocation"})

UnknownBlocks: TypeAlias = Literal["keep", "strip", "error"]


@attrs.frozen
class Problem:
    """A deviation from the schema: code, message, and its element. ``name`` is the name of the child or attribute."""

    code: str
    words: str
    element: Element
    name: str | None = None

    @property
    def key(self) -> object:
        """A value that is the same for the same problem of one record, even if the message differs."""
        return (self.code, self.element, self.name)


Sink: TypeAlias = Callable[[Problem], None]


@attrs.frozen(eq=False)
class Builder:
    """Builds records of one version. ``namespace`` is the prefix of all element names.

    With ``lenient``, data that is not understood is kept in the field ``extra``, by name, as text or markup.
    """

    version: str
    sink: Sink
    blocks: BlockTypes
    unknown_blocks: UnknownBlocks = "keep"
    namespace: str = ""
    lenient: bool = False

    def build(self, kind: ComplexType, element: Element) -> object:
        """Build the record of ``element``. If the sink does not raise, missing fields are ``None``."""
        if kind is BLOK:
            return self.block(element)
        values: dict[str, object] = {}
        self.attributes(kind, element, values)
        self._children(kind, element, values)
        for slot, value in values.items():
            if isinstance(value, list):
                values[slot] = tuple(value)
        return kind.make(values)

    def block(self, element: Element) -> object:
        """Build the block that ``xsi:type`` names. An unknown block is kept, left out or refused."""
        name = _type_name(element, anywhere=self.lenient)
        kind = self.blocks.named(name, self.version) if name else None
        if kind is None:
            words = "The type of this block is not known"
            self.sink(Problem("X13", words, element, "refused" if self.unknown_blocks == "error" else "kept"))
            return None if self.unknown_blocks == "strip" else _opaque(element, name or "")
        if kind.name not in BASE_BLOCKS.types:
            self.sink(Problem("X17", f"This block belongs to the extension {kind.name}", element, kind.name))
        return self.build(kind, element)

    def attributes(self, kind: ComplexType, element: Element, values: dict[str, object]) -> None:
        """Read the attributes of ``element`` into ``values``."""
        known = kind.attribute_by_name
        for name in element.attrib:  # lxml looks for each value from the first attribute on: only those that are known
            attribute = known.get(str(name))
            if attribute is not None:
                text = element.get(name) or ""
                values[attribute.name] = self._value(attribute.type, text, element, f"@{attribute.name}")
            else:
                self._foreign(str(name), kind.name, element)
        for attribute in kind.attributes:
            if attribute.required and attribute.name not in values:
                self.sink(Problem("X06", f"The attribute {attribute.name} is missing", element))

    def _children(self, kind: ComplexType, element: Element, values: dict[str, object]) -> None:
        self._no_text(element.text, element, blanks=bool(kind.elements))
        automaton, state = kind.automaton, START
        for child in element:
            self._no_text(child.tail, element)
            name = self._name(child)
            following = automaton.step(state, name)
            known = kind.by_name.get(name) if following is None else automaton.elements[following]
            if known is None:
                self.sink(Problem("X01", "This element is not allowed here", child))
                self._keep(kind, values, self._name(child), _markup(child) if len(child) else child.text or "")
                continue
            if following is None:
                self.sink(Problem("X02", "This element is in the wrong place, or occurs too often", child))
            else:
                state = following
            self._take(kind, known, child, values)
        if not automaton.accepts(state):
            missing = " or ".join(sorted(automaton.expected(state)))
            self.sink(Problem("X03", f"An element is missing: {missing}", element))

    def _take(self, kind: ComplexType, element: ModelElement, child: Element, values: dict[str, object]) -> None:
        if isinstance(element.type, ComplexType):
            value = self.build(element.type, child)
        else:
            value = self.simple(element.type, child)
            if value is None:
                self._keep(kind, values, element.name, child.text or "")
        if element.many:
            if value is not None:
                _append(values, element.slot, value)
        else:
            values[element.slot] = value

    def _keep(self, kind: ComplexType, values: dict[str, object], name: str, text: str) -> None:
        if self.lenient and "extra" in kind.slots:
            _append(values, "extra", (name, text))

    def simple(self, kind: SimpleType, element: Element) -> object:
        """Return the value of an element that contains text only."""
        for name in element.attrib:
            self._foreign(str(name), kind.name, element)
        if len(element):
            self.sink(Problem("X01", "This element is not allowed here", element[0]))
        return self._value(kind, element.text or "", element, None)

    def _value(self, kind: SimpleType, text: str, element: Element, name: str | None) -> object:
        problem: Problem | None = None
        try:
            return kind.read(text)
        except Unusable as misfit:
            problem = Problem("X20", str(misfit), element, name)
        except Misfit as misfit:
            problem = Problem("X05" if not text else "X04", str(misfit), element, name)
        self.sink(problem)
        return None

    def _foreign(self, name: str, type_name: str, element: Element) -> None:
        """Accept attributes of XML Schema itself.

        These are schema locations, and an ``xsi:type`` with the type that the element already has.
        """
        if name not in _LOCATIONS and not (name == f"{XSI}type" and _type_name(element) == type_name):
            self.sink(Problem("X07", "This attribute is not allowed here", element, f"@{_bare(name)}"))

    def _no_text(self, text: str | None, element: Element, *, blanks: bool = True) -> None:
        if text and not (blanks and not text.strip(" \t\r\n")):
            self.sink(Problem("X08", "There is text between the elements", element))

    def _name(self, element: Element) -> str:
        tag = str(element.tag)
        return tag.removeprefix(self.namespace) if self.namespace else tag


def _append(values: dict[str, object], slot: str, value: object) -> None:
    """Add an item to the list of a slot. The list becomes a tuple when the record is built."""
    found = values.setdefault(slot, [])
    assert isinstance(found, list)  # noqa: S101 - each slot holds one value or a list, by the model
    found.append(value)


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


def _type_name(element: Element, *, anywhere: bool = False) -> str | None:
    """Return the local name in ``xsi:type``, or ``None`` if it is absent or in another namespace than the document."""
    text = element.get(f"{XSI}type")
    if text is None:
        return None
    prefix, _, name = text.strip(" \t\r\n").rpartition(":")
    return name if name and (anywhere or element.nsmap.get(prefix or None) == _namespace(element)) else None


def _namespace(element: Element) -> str | None:
    return str(element.tag)[1:].partition("}")[0] if str(element.tag).startswith("{") else None


def _markup(element: Element) -> str:
    """Return an element as text, without the declarations that every document has at its root."""
    text = etree.tostring(element, encoding="unicode", with_tail=False).replace(f' xmlns:xsi="{XSI[1:-1]}"', "", 1)
    default = element.nsmap.get(None)
    return text.replace(f' xmlns="{default}"', "", 1) if default else text


def _opaque(element: Element, name: str) -> OnbekendBlok:
    held = {_bare(str(child.tag)): child.text or "" for child in element}
    rest = [child for child in element if _bare(str(child.tag)) not in {"code", "omschrijving"}]
    markup = "".join(_markup(child) for child in rest)
    return OnbekendBlok(held.get("code", ""), held.get("omschrijving"), name, markup)
