"""Documents in odd but legal spellings, with the markup of plain records hidden where it means nothing.

A generator from a seed, for tests whose judge is the parser and the official schema.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

_HIDDEN: Final = (
    '<leerling key="{0}"><roepnaam>R{0}</roepnaam></leerling>',
    '<groep key="{0}"><naam>n{0}</naam><jaargroep>11</jaargroep></groep>',
    '<leerkracht key="{0}"><achternaam>n{0}</achternaam></leerkracht>',
    "</leerling>",
    "</leerlingen>",
    '</leerling><leerling key="{0}">',
    "</EDEX>",
)


class Disguise:
    """Writes one document from a seed. About half of them are valid."""

    def __init__(self, seed: int, *, oddity: float | None = None, faults: bool = True) -> None:
        self._random = random.Random(seed)
        self._oddity = self._random.choice((0.02, 0.1, 0.3)) if oddity is None else oddity
        self._faults = faults and self._random.random() < 0.5
        self._number = 900

    def _odd(self, factor: float = 1.0) -> bool:
        return self._random.random() < self._oddity * factor

    def _hidden(self) -> str:
        self._number += 1
        return " ".join(
            part.format(self._number) for part in self._random.choices(_HIDDEN, k=self._random.randrange(1, 4))
        )

    def _blank(self) -> str:
        return self._random.choice((" ", "\n", "\r\n", "\t", "  ", "\r")) if self._odd() else ""

    def between(self) -> str:
        """Something that means nothing, between two elements."""
        kind = self._random.randrange(4)
        if not self._odd(2):
            return self._random.choice(("\n", "", "\n  "))
        if kind == 0:
            return f"<!-- {self._hidden()} -->"
        if kind == 1:
            return f"<?pi {self._hidden()}?>"
        return self._random.choice(("\r\n\r\n", "\r", " \t\n" * 3))

    def text(self, text: str) -> str:
        """A text, perhaps in CDATA, with references, or with a comment in it."""
        if not self._odd():
            return text
        at = self._random.randrange(len(text) + 1)
        if self._faults and self._random.random() < 0.2:
            text, at = f"\n{text}", 1  # blanks, and then markup
        return self._random.choice(
            (
                f"<![CDATA[{text}]]>",
                f"{text[:at]}<!--{self._hidden()}-->{text[at:]}",
                "".join(f"&#{ord(character)};" for character in text),
                f"{text[:at]}<?p {self._hidden()}?>{text[at:]}",
            )
        )

    def element(self, name: str, content: str, **attributes: str) -> str:
        """An element, in one of its spellings."""
        opening = name
        for attribute, value in attributes.items():
            quote = "'" if self._odd() else '"'
            before = self._random.choice(("\n", "  ", "\t")) if self._odd() else " "
            opening += f"{before}{attribute}{self._blank()}={self._blank()}{quote}{value}{quote}"
        if not content and not self._odd(3):
            return f"<{opening}{self._blank()}/>"
        return f"<{opening}{self._blank()}>{content}</{name}{self._blank()}>"

    def leaf(self, name: str, text: str) -> str:
        """An element of text."""
        return self.element(name, self.text(text))

    def _fault(self) -> str:
        if not self._faults or self._random.random() > 0.08:
            return ""
        return self._random.choice(
            ("<onzin/>", "tekst", "<geslacht>3</geslacht>", "<leerling/>", "<!DOCTYPE a>", "&x;")
        )

    def block(self) -> str:
        """Extensions: a remark whose text is the markup of pupils, or a block of an unknown type that holds them."""
        if not self._odd(1.5):
            return ""
        remark = f"<code>A</code><opmerking><![CDATA[{self._hidden()}]]></opmerking>"
        known = f'<blok xsi:type="OpmerkingGegevensType">{remark}</blok>'
        inner = '<leerling key="1"><roepnaam>x</roepnaam></leerling >'
        unknown = f'<blok xsi:type="Kluis"><code>A</code><leerling key="1"/>{inner}</blok>'
        return f"<toevoegingen>{unknown if self._faults and self._random.random() < 0.3 else known}</toevoegingen>"

    def _items(self, make: str, count: int) -> str:
        each = {"groep": self._group, "leerling": self._pupil, "leerkracht": self._teacher}[make]
        return "".join(f"{each(number)}{self._fault()}{self.between()}" for number in range(1, count + 1))

    def _group(self, number: int) -> str:
        content = self.between() + self.leaf("naam", f"n{number}") + self.leaf("jaargroep", "11")
        return self.element("groep", content, key=f"g{number}")

    def _pupil(self, number: int) -> str:
        content = self.between() + self.leaf("roepnaam", f"Zo\u00eb{number}") + self._fault()
        if self._random.random() < 0.5:
            content += self.leaf("geboortedatum", "2003-05-04") + self.leaf("geslacht", "1") + self.between()
        content += self.leaf("jaargroep", "11") + self.element("groep", "", key=f"g{self._random.randrange(1, 3)}")
        return self.element("leerling", content + self.block() + self.between(), key=str(number))

    def _teacher(self, number: int) -> str:
        content = self.leaf("achternaam", f"B{number}") + self.between() + self.leaf("rol", "LRK")
        groups = self.between() + self.element("groep", self.leaf("rol", "VAK") if self._odd() else "", key="g1")
        return self.element("leerkracht", content + self.element("groepen", groups) + self.between(), key=f"t{number}")

    def parts(self) -> Iterator[str]:
        """The document in pieces of text."""
        yield self._random.choice(('<?xml version="1.0" encoding="UTF-8"?>', "<?xml version='1.0'?>\n", ""))
        yield self.between() + '<EDEX xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' + self.between()
        yield self.element("school", self.leaf("schooljaar", "2023-2024") + self.leaf("brincode", "99XX"))
        yield self.between() + self.element("groepen", self.between() + self._items("groep", 3)) + self._fault()
        yield self.element("leerlingen", self.between() + self._items("leerling", self._random.randrange(2, 9)))
        yield self.between() + self.element("leerkrachten", self.between() + self._items("leerkracht", 3))
        yield self.between() + "</EDEX>" + self.between()

    def document(self) -> bytes:
        """The document."""
        return "".join(self.parts()).encode()


def disguised(seed: int, *, oddity: float | None = None, faults: bool = True) -> bytes:
    """One document."""
    return Disguise(seed, oddity=oddity, faults=faults).document()
