"""Read files that do not follow the standard. Each accepted deviation becomes a finding.

An element is repaired by the model before its record is built, so that only the builder decides what is correct. The
list of deviations is what public programs had to handle (one source each; see the documentation page). Nothing is
guessed: data that is not understood is kept in the field ``extra``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from magister_connect.core.xml import Element, local_name
from magister_connect.edexml.findings import Finding, Severity
from magister_connect.edexml.model import records
from magister_connect.edexml.model.particles import START, ComplexType
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.simple_types import Date, DateTime, Misfit, Schooljaar, SimpleType, Text
from magister_connect.edexml.model.versions import BLOK, VERSIONS
from magister_connect.edexml.reading.builder import Problem
from magister_connect.edexml.reading.detection import needed_version
from magister_connect.edexml.reading.feed import stated_version
from magister_connect.edexml.reading.identity import KeyViolation
from magister_connect.edexml.reading.observers import Observer, Place, refusal

ALIASES: Final = {"tussenvoegsel": "voorvoegsel", "voorletters": "voorletters-1"}
_YEARS: Final = re.compile(r"\s*([0-9]{4})\s*[-/]\s*([0-9]{4})\s*")
_MOST_FINDINGS: Final = 10_000


class Lenient(Observer):
    """Repairs elements, notes each repair, and accepts other deviations with a finding.

    If ``whole`` is false (a stream), lists in the wrong order are refused: pupils that come after staff would be
    missed.
    """

    def __init__(self, where: str | None, *, whole: bool) -> None:
        self._where = where
        self._whole = whole
        self._found: list[Finding] = []
        self._stated: str | None = None
        self._is_newer = False

    def findings(self) -> tuple[Finding, ...]:
        """The deviations that were accepted: the first ten thousand."""
        return tuple(self._found)

    def problem(self, problem: Problem, place: Place) -> None:
        """Note a deviation from the schema."""
        if problem.code == "X17":
            return
        if not self._whole and problem.code == "X02" and place.path.count("/") == 1:
            raise refusal(problem.words, place, self._where, advice="Use read(): a stream cannot go back.")
        self._note(problem.code, problem.words, place)

    def violation(self, violation: KeyViolation, place: Place, item: Item) -> None:  # noqa: ARG002 - its place is enough
        """Note a broken rule on keys."""
        self._note(violation.code, violation.words, place)

    def unknown_version(self, stated: str | None, place: Place) -> str:
        """Return the newest version, which can read all others."""
        if stated is not None and stated_version(stated) not in VERSIONS:
            self._note("L10", "The stated xsdversie is unknown; the file was read as the newest version", place)
        self._stated = stated_version(stated)
        return VERSIONS[-1]

    def blanks_in_front(self) -> None:
        """Note blanks before the declaration."""
        self._note("L14", "There are blanks or an empty line before the XML declaration", Place("", 1))

    def keeps(self, item: Item, place: Callable[[], Place]) -> bool:
        """Leave out a record without a key."""
        if isinstance(item, records.School):
            return True
        if not _has_key(item.key):
            self._note("L11", "The record has no usable key and was left out", place(), Severity.ERROR)
            return False
        if self._stated in VERSIONS and not self._is_newer and _is_newer(item, self._stated or ""):
            self._is_newer = True
            self._note("L12", "The record contains data that the stated version does not have", place())
        return True

    def repair(self, kind: ComplexType, element: Element, place: Callable[[Element], Place]) -> None:
        """Change an element to the form that the model requires."""
        if kind is BLOK:
            return
        self._names(kind, element, place)
        self._key(kind, element, place)
        for child in list(element):
            known = kind.by_name.get(local_name(child))
            if known is None:
                continue
            if isinstance(known.type, ComplexType):
                self.repair(known.type, child, place)
                if not len(child) and not child.attrib and known.optional:
                    self._drop(element, child, place)
            elif not (child.text or "") and known.optional and not _takes(known.type, ""):
                self._drop(element, child, place)
            else:
                self._value(known.type, child, place)
        self._order(kind, element, place)

    def _names(self, kind: ComplexType, element: Element, place: Callable[[Element], Place]) -> None:
        tag = str(element.tag)
        namespace = tag[: tag.rindex("}") + 1] if "}" in tag else ""
        for child in element:
            name = local_name(child)
            alias = ALIASES.get(name, "")
            if name not in kind.by_name and alias in kind.by_name:
                self._note("L02", f"The element has an old name and was read as {alias}", place(child))
                name = alias
            if child.tag != namespace + name and ":" not in name:  # a prefix without a declaration: an unknown element
                if local_name(child) == name:
                    self._note("L03", "The element is in another namespace", place(child))
                child.tag = namespace + name

    def _key(self, kind: ComplexType, element: Element, place: Callable[[Element], Place]) -> None:
        """Use the ECK iD as the key if there is none. In UWLR 2.3 it may identify a person (schema unknown)."""
        eckid = element.get("eckid")
        if eckid and element.get("key") is None and "eckid" in kind.attribute_by_name:
            self._note("L13", "The record has no key; its ECK iD was used as its key", place(element))
            element.set("key", eckid)

    def _drop(self, element: Element, child: Element, place: Callable[[Element], Place]) -> None:
        self._note("L04", "The element is empty and was read as absent", place(child))
        element.remove(child)

    def _value(self, kind: SimpleType, child: Element, place: Callable[[Element], Place]) -> None:
        text = child.text or ""
        if _takes(kind, text):
            return
        stripped = text.strip()
        if not isinstance(kind, Text) and stripped != text and _takes(kind, stripped):
            self._note("L06", "There are blanks around the value", place(child))
            child.text = stripped
        elif (repaired := _other_form(kind, stripped)) is not None:
            self._note("L07", "The value is written in another form than in the standard", place(child))
            child.text = repaired

    def _order(self, kind: ComplexType, element: Element, place: Callable[[Element], Place]) -> None:
        """Sort the children if they are in the wrong order and sorting helps."""
        names = [name for child in element if (name := local_name(child)) in kind.by_name]
        if _fits(kind, names):
            return
        slots = [part.slot for part in kind.elements]
        places = {part.name: slots.index(part.slot) for part in kind.elements}
        ordered = sorted(element, key=lambda child: places.get(local_name(child), len(places)))
        if [name for child in ordered if (name := local_name(child)) in kind.by_name] != names:
            self._note("L01", "The elements are in another order than in the standard", place(element))
            element[:] = ordered

    def _note(self, code: str, words: str, place: Place, severity: Severity = Severity.WARNING) -> None:
        if len(self._found) < _MOST_FINDINGS:
            self._found.append(Finding(code, severity, words, place.path, place.line))


def _has_key(key: str | None) -> bool:
    return key is not None


def _is_newer(item: Item, stated: str) -> bool:
    return VERSIONS.index(needed_version(item)) > VERSIONS.index(stated)


def _takes(kind: SimpleType, text: str) -> bool:
    try:
        kind.read(text)
    except Misfit:
        return False
    return True


def _fits(kind: ComplexType, names: list[str]) -> bool:
    automaton, state = kind.automaton, START
    for name in names:
        following = automaton.step(state, name)
        if following is None:
            return False
        state = following
    return True


def _other_form(kind: SimpleType, text: str) -> str | None:
    """Return the value in the form of the standard: dates with a time, moments without one, years with a slash."""
    candidate = None
    if isinstance(kind, Date):
        candidate = text.partition("T")[0]
    elif isinstance(kind, DateTime):
        candidate = f"{text}T00:00:00"
    elif isinstance(kind, Schooljaar) and (found := _YEARS.fullmatch(text)):
        candidate = f"{found[1]}-{found[2]}"
    return candidate if candidate is not None and candidate != text and _takes(kind, candidate) else None
