"""The page that lists every EDEXML element of every version: ``python docs/model_page.py`` writes it from the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from magister_connect.edexml.model.kinds import KINDS, Kind
from magister_connect.edexml.model.particles import Choice, ComplexType, Element, Particle
from magister_connect.edexml.model.simple_types import Codes, SimpleType
from magister_connect.edexml.model.versions import VERSIONS, model

PAGE = Path(__file__).with_name("edexml-elements.md")
_INTRODUCTION = """# EDEXML, element by element

This page is generated from the model that the library uses to read, check and write documents. The rows have the order
of the elements in a file. If versions differ, `/` separates their contents.

| sign | meaning |
| --- | --- |
| `1` | exactly once |
| `?` | optional |
| `*` | any number of times |
| `\\|` | one of several elements |
| `-` | not in this version |
"""


def model_page() -> str:
    """The page, as Markdown."""
    return (
        "\n".join(
            [_INTRODUCTION, *(line for kind in KINDS for line in _section(kind)), *_codes()]
        )
        + "\n"
    )


def _section(kind: Kind) -> Iterator[str]:
    types = {version: model(version).type_of(kind) for version in VERSIONS}
    yield f"## {kind.name}\n"
    yield f"| element | {' | '.join(VERSIONS)} | content |"
    yield f"| --- |{' --- |' * len(VERSIONS)} --- |"
    signs = {version: dict(_signs(of)) if of else {} for version, of in types.items()}
    for name, (_, of) in signs[VERSIONS[-1]].items():
        cells = " | ".join(signs[version].get(name, ("-", None))[0] for version in VERSIONS)
        yield f"| {name} | {cells} | {_what(of, [found[name][1] for found in signs.values() if name in found])} |"
    yield ""


def _signs(kind: ComplexType) -> Iterator[tuple[str, tuple[str, SimpleType | ComplexType]]]:
    for attribute in kind.attributes:
        yield f"@{attribute.name}", ("1" if attribute.required else "?", attribute.type)
    yield from {name: found for name, *found in _walk(kind.content, "")}.items()  # type: ignore[misc] # two of them


def _walk(part: Particle, sign: str) -> Iterator[tuple[str, str, SimpleType | ComplexType]]:
    if isinstance(part, Element):
        own = {
            (False, False): "1",
            (True, False): "?",
            (False, True): "+",
            (True, True): "*",
        }
        yield (
            part.name,
            "*" if sign == "*" else f"{own[part.optional, part.repeated]}{sign}",
            part.type,
        )
        return
    choosing = r" \|" if isinstance(part, Choice) else ""
    inner = sign or ("*" if part.repeated else choosing)
    for one in part.parts:
        yield from _walk(one, inner)


def _what(kind: SimpleType | ComplexType, over_time: list[SimpleType | ComplexType]) -> str:
    if isinstance(kind, ComplexType):
        names = ", ".join(kind.by_name)
        return f"contains {names}" if names else "refers to a @key"
    words = list(
        dict.fromkeys(one.describe() for one in over_time if isinstance(one, SimpleType))
    )
    return " / ".join(words)


def _codes() -> Iterator[str]:
    yield "## Codes\n"
    yield "| list | codes |"
    yield "| --- | --- |"
    for container, item, name in (
        ("leerlingen", "leerling", "geslacht"),
        ("leerlingen", "leerling", "jaargroep"),
        ("leerkrachten", "leerkracht", "rol"),
        ("leerlingen", "leerling", "gewicht_nieuw"),
        ("leerlingen", "leerling", "gewicht"),
        ("leerlingen", "leerling", "etniciteit"),
    ):
        kind = model(VERSIONS[-1]).item(container, item).by_name[name].type
        assert isinstance(kind, Codes)  # noqa: S101 - as the model has it
        yield f"| {name} | {' · '.join(f'`{code}` {member.label}' for code, member in kind.members.items())} |"


if __name__ == "__main__":
    PAGE.write_text(model_page(), encoding="utf-8")
