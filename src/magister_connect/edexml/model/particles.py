"""The building blocks of the model: elements, sequences, choices and complex types.

A complex type is compiled to a finite automaton over the names of its children. The content models of EDEXML are
deterministic, as XML Schema requires. Reading, checking and writing all use the same automaton.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

import attrs

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.edexml.model.simple_types import SimpleType

START = -1


@attrs.frozen(eq=False)
class Attribute:
    """An attribute of an element, required or optional."""

    name: str
    type: SimpleType
    required: bool = True


@attrs.frozen(eq=False)
class Element(SafeRepr):
    """A child element. Its value goes to the field ``slot``, or into a tuple there if ``many`` is true.

    Elements with several names can share one tuple. ``takes`` then returns whether an item of the tuple belongs to this
    element.
    """

    name: str
    type: SimpleType | ComplexType
    optional: bool = False
    repeated: bool = False
    slot: str = ""
    many: bool = False
    takes: Callable[[object], bool] = attrs.field(default=lambda _: True, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.slot:
            object.__setattr__(self, "slot", self.name.replace("-", "_"))


@attrs.frozen(eq=False)
class Sequence:
    """Several parts, in order."""

    parts: tuple[Particle, ...]
    optional: bool = False
    repeated: bool = False


@attrs.frozen(eq=False)
class Choice:
    """One of several parts."""

    parts: tuple[Particle, ...]
    optional: bool = False
    repeated: bool = False


Particle: TypeAlias = Element | Sequence | Choice


def sequence(*parts: Particle | None) -> Sequence:
    """Build a sequence. A part that is ``None`` does not exist in this version and is left out."""
    return Sequence(tuple(part for part in parts if part is not None))


def choice(*parts: Particle | None, optional: bool = False, repeated: bool = False) -> Choice:
    """Build a choice. A part that is ``None`` does not exist in this version and is left out."""
    return Choice(tuple(part for part in parts if part is not None), optional, repeated)


@attrs.frozen(eq=False, slots=False)
class ComplexType:
    """An element with attributes and children, and how to convert it to a value.

    ``make`` builds the value from the values by slot. ``take`` does the reverse: it returns the values of ``slots``.
    """

    name: str
    content: Particle
    attributes: tuple[Attribute, ...]
    make: Callable[[dict[str, object]], object]
    slots: tuple[str, ...]
    take: Callable[[object], tuple[object, ...]]
    record: type[object] | None = None

    @cached_property
    def automaton(self) -> Automaton:
        """The automaton for the content."""
        return Automaton(self.content)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """All child elements in writing order. An element that may occur in several places is at its last."""
        last_first = {element.name: element for element in reversed(self.automaton.elements)}
        return tuple(reversed(last_first.values()))

    @cached_property
    def by_name(self) -> Mapping[str, Element]:
        """The child elements by name."""
        return {element.name: element for element in self.elements}

    @cached_property
    def attribute_by_name(self) -> Mapping[str, Attribute]:
        """The attributes by name."""
        return {attribute.name: attribute for attribute in self.attributes}


@attrs.frozen
class _Shape:
    """The properties of a part that Glushkov's construction needs."""

    first: frozenset[int]
    last: frozenset[int]
    nullable: bool


class Automaton:
    """States, and the element names that lead from one state to the next (Glushkov's construction)."""

    def __init__(self, content: Particle) -> None:
        self.elements: list[Element] = []
        self._follow: dict[int, set[int]] = {START: set()}
        shape = self._enter(content)
        self._follow[START] |= shape.first
        self._accepting = shape.last | ({START} if shape.nullable else frozenset())
        self._steps = {
            state: {self.elements[position].name: position for position in sorted(following)}
            for state, following in self._follow.items()
        }

    def step(self, state: int, name: str) -> int | None:
        """Return the state after ``name``, or ``None`` if ``name`` is not allowed here."""
        return self._steps[state].get(name)

    def expected(self, state: int) -> Iterable[str]:
        """Return the names that are allowed in a state."""
        return self._steps[state]

    def accepts(self, state: int) -> bool:
        """Return whether the content may end in a state."""
        return state in self._accepting

    def _enter(self, part: Particle) -> _Shape:
        shape = self._leaf(part) if isinstance(part, Element) else self._branch(part)
        if part.repeated:
            for position in shape.last:
                self._follow[position] |= shape.first
        return attrs.evolve(shape, nullable=True) if part.optional else shape

    def _leaf(self, element: Element) -> _Shape:
        position = len(self.elements)
        self.elements.append(element)
        self._follow[position] = set()
        return _Shape(frozenset({position}), frozenset({position}), nullable=False)

    def _branch(self, part: Sequence | Choice) -> _Shape:
        shapes = [self._enter(inner) for inner in part.parts]
        if isinstance(part, Choice):
            return _Shape(
                frozenset().union(*(shape.first for shape in shapes)),
                frozenset().union(*(shape.last for shape in shapes)),
                any(shape.nullable for shape in shapes) or not shapes,
            )
        whole = _Shape(frozenset(), frozenset(), nullable=True)
        for shape in shapes:
            whole = self._append(whole, shape)
        return whole

    def _append(self, before: _Shape, after: _Shape) -> _Shape:
        for position in before.last:
            self._follow[position] |= after.first
        return _Shape(
            before.first | after.first if before.nullable else before.first,
            after.last | before.last if after.nullable else after.last,
            before.nullable and after.nullable,
        )
