"""Paths in XML: where a field is, seen from its record, and where a request parameter is written.

The path of a field is one of these:

- a name (a child), or names with slashes (``kandidaat/gebruikersnaam``)
- an attribute (``@niveau``, ``kandidaat/@nummer``)
- a part of a parent (``../nummer``, ``../../@id``)
- the element's own text (``.``)

Names are local names. Case, underscores and dashes are ignored.

A placement is where a part of a request is written:

- a path below the element of the operation (``institution_code``, ``request/ClientCode``), or an attribute
  (``@version``, ``request/@version``)
- ``header:``, with the name of a SOAP header of the WSDL and a path below it
- ``basic:username``, ``basic:password``, ``wsse:username``, ``wsse:password`` (as text) or ``wsse:digest``
- ``http:``, with the name of an HTTP header
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

from attrs import frozen

from magister_connect.core.soap import Part
from magister_connect.core.xml import Element, local_name
from magister_connect.errors import UsageError

PlacementKind = Literal["parameter", "header", "basic", "wsse", "http"]
_CHOICES: Final = {"basic": ("username", "password"), "wsse": ("username", "password", "digest")}
UP: Final = ".."
OWN_TEXT: Final = "."


def fold_name(name: str) -> str:
    """Return a name without case, underscores and dashes, to compare it."""
    return name.replace("_", "").replace("-", "").lower()


def is_plain(path: str) -> bool:
    """Whether a path is only the name of a child."""
    return "/" not in path and not path.startswith(("@", OWN_TEXT))


@frozen
class FieldPath:
    """A parsed path of a field: levels up, names down, and then an attribute or the text."""

    up: int
    names: tuple[str, ...]
    attribute: str | None = None

    @classmethod
    def of(cls, text: str) -> FieldPath:
        """Parse a path. Raises :class:`UsageError` for an invalid one."""
        steps = [] if text == OWN_TEXT else text.split("/")
        up = next((place for place, step in enumerate(steps) if step != UP), len(steps))
        names = steps[up:]
        attribute = names.pop()[1:] if names and names[-1].startswith("@") else None
        if attribute == "" or any(not name or name[0] in "@." for name in names):
            raise UsageError(
                "This is not the path of a field",
                where=text,
                advice="Write it like level, ../nummer, kandidaat/gebruikersnaam, @niveau, or . for the own text.",
            )
        return cls(up, tuple(fold_name(name) for name in names), None if attribute is None else fold_name(attribute))

    def find(self, record: Element) -> tuple[Element, str] | None:
        """Return the element at the end of the path and its text, or ``None`` if there is no such element."""
        element: Element | None = record
        for _ in range(self.up):
            element = None if element is None else element.getparent()
        for name in self.names:
            if element is None:
                return None
            element = next((child for child in element if fold_name(local_name(child)) == name), None)
        if element is None:
            return None
        if self.attribute is None:
            return element, (element.text or "").strip()
        found = (value for name, value in element.attrib.items() if fold_name(str(name)) == self.attribute)
        return element, str(next(found, "")).strip()

    def find_part(self, chain: Sequence[Part]) -> Part | None:
        """Return the part of the WSDL at the end of the path. ``chain`` leads from the outermost part to the record."""
        if self.up >= len(chain):
            return None
        part: Part | None = chain[len(chain) - 1 - self.up]
        for name in self.names:
            part = None if part is None else next((each for each in part.parts if fold_name(each.name) == name), None)
        if part is None or self.attribute is None:
            return part
        named = (each for each in part.attributes if fold_name(each) == self.attribute)
        return next((Part(f"@{name}", "string") for name in named), None)


@frozen
class Placement:
    """Where a value of a request is written. ``path`` has at least one name."""

    kind: PlacementKind
    path: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Placement:
        """Parse a placement. Raises :class:`UsageError` for an invalid one."""
        kind, colon, path = text.rpartition(":")
        kind = kind if colon else "parameter"
        names = tuple(path.split("/"))
        known = kind in get_args(PlacementKind) and all(name.removeprefix("@") for name in names)
        known = known and not any(name.startswith("@") for name in names[:-1])
        if not known or (kind in _CHOICES and path not in _CHOICES[kind]) or (kind == "header" and len(names) < 2):
            raise UsageError(
                "This is not a place in a request",
                where=text,
                advice="Write it like key, request/Key, header:Login/key, basic:password, wsse:digest, http:X-Api-Key.",
            )
        return cls(kind, names)  # type: ignore[arg-type]  # one of the kinds, as checked above

    def __str__(self) -> str:
        path = "/".join(self.path)
        return path if self.kind == "parameter" else f"{self.kind}:{path}"


def find_input(parts: Sequence[Part], path: Sequence[str]) -> Part | None:
    """Return the part of a request at a path of exact names."""
    found: Part | None = None
    for name in path:
        found = next((part for part in parts if part.name == name), None)
        if found is None:
            return None
        parts = (*found.parts, *found.attribute_parts())
    return found


def chain_of(parts: Sequence[Part], path: Sequence[str]) -> tuple[Part, ...] | None:
    """Return the parts along a path of local names, from the outermost on, or ``None`` if one is missing."""
    chain: list[Part] = []
    for name in path:
        found = next((part for part in parts if "*" in {name, part.name} or part.name == name), None)
        if found is None:
            return None
        chain.append(found)
        parts = found.parts
    return tuple(chain)
