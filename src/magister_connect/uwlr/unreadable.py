"""Records of an answer that cannot be read, and characters that XML does not allow.

If a person is silently missing from a list, somebody will delete an account. So a record that cannot be read raises an
error, or is returned separately on request (:mod:`magister_connect.core.records.unreadable`).

- In lenient reading, such a record has no key, or an unreadable character in its key, identifier, e-mail address, user
  name or reference.
- In strict reading, it is every record that deviates from the schema.

In any other text such a character becomes U+FFFD, with the finding ``L15``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import attrs

from magister_connect.core.records.unreadable import WAY_ON, UnreadableRecords
from magister_connect.core.repairs import REPLACEMENT, Repair
from magister_connect.core.xml import Element
from magister_connect.edexml.findings import Finding, Severity
from magister_connect.edexml.model.kinds import LISTS
from magister_connect.edexml.model.particles import ComplexType
from magister_connect.edexml.model.records import Item, School
from magister_connect.edexml.reading.builder import Problem
from magister_connect.edexml.reading.identity import KeyViolation
from magister_connect.edexml.reading.observers import Observer, Place, refusal
from magister_connect.errors import DocumentInvalid, FieldInvalid

_WHO: Final = ("key", "eckid", "bsn", "onderwijsnummer", "bsn_ondwnr_4", "emailadres", "gebruikersnaam", "schoolkey")
_WHERE: Final = ("groep", "vestiging", "samengestelde_groepen", "groepen")
IDENTIFYING: Final = frozenset((*_WHO, *_WHERE))
"""Fields that identify the subject of a record. With an unreadable character they are useless."""
_DAMAGED: Final = "The text contains a character that could not be read"
_TEXT_IN_FRONT: Final = "There is text before the XML declaration"
_IN_FRONT: Final = "There are blanks or an empty line before the XML declaration"
_MARKS: Final = (REPLACEMENT.encode(), b"&#")


class Repaired:
    """The bytes of an answer in a form that can be parsed, piece by piece.

    :attr:`damaged` is true once they may contain U+FFFD.
    """

    def __init__(self) -> None:
        self._repair = Repair()
        self.damaged = False

    def feed(self, chunk: bytes) -> bytes:
        """Return the next bytes. The first and the last few may be held back."""
        return self._scan(self._repair.feed(chunk))

    def close(self) -> bytes:
        """Return the bytes that were held back."""
        return self._scan(self._repair.close())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings about what was before the declaration."""
        if not (self._repair.text_before or self._repair.blanks_before):
            return ()
        words = _TEXT_IN_FRONT if self._repair.text_before else _IN_FRONT
        return (Finding("L14", Severity.WARNING, words, "", 1),)

    def _scan(self, chunk: bytes) -> bytes:
        self.damaged = self.damaged or any(mark in chunk for mark in _MARKS)
        return chunk


class UnreadableFilter(Observer):
    """An observer that sets unreadable records aside, and passes everything else to another observer.

    Records are searched for U+FFFD only once ``repaired`` reports that it may occur, so a clean answer has no extra
    cost.
    """

    def __init__(self, judge: Observer, unreadable: UnreadableRecords, repaired: Repaired) -> None:
        self._judge = judge
        self._unreadable = unreadable
        self._repaired = repaired
        self._found: list[Finding] = []
        self._refused: DocumentInvalid | None = None  # why the current record cannot be used

    def problem(self, problem: Problem, place: Place) -> None:
        """Pass the problem on. If the other observer refuses it, set the record aside."""
        self._observe(lambda: self._judge.problem(problem, place), place)

    def violation(self, violation: KeyViolation, place: Place, item: Item) -> None:
        """Pass the broken rule on. If the other observer refuses it, set the record aside."""
        self._observe(lambda: self._judge.violation(violation, place, item), place)

    def unknown_version(self, stated: str | None, place: Place) -> str:
        """Pass on to the other observer."""
        return self._judge.unknown_version(stated, place)

    def repair(self, kind: ComplexType, element: Element, place: Callable[[Element], Place]) -> None:
        """Pass on to the other observer."""
        self._judge.repair(kind, element, place)

    def blanks_in_front(self) -> None:
        """Pass on to the other observer."""
        self._judge.blanks_in_front()

    def keeps(self, item: Item, place: Callable[[], Place]) -> bool:
        """Return whether a record can be used. Otherwise raise, or set it aside."""
        refused, self._refused = self._refused, None
        damaged = tuple(_damaged(item)) if self._repaired.damaged else ()
        wrong = next((name for name in damaged if name in IDENTIFYING), None)
        if refused is None and wrong is not None:
            refused = _refusal(f"{_DAMAGED}: {wrong}", place())
        elif refused is None and not isinstance(item, School) and not item.key:
            refused = _refusal("The record has no key that can be used", place())
        if refused is not None:
            self._set_aside(item, refused, place())
            return False
        self._found += (_finding(name, place()) for name in damaged)
        return self._judge.keeps(item, place)

    def findings(self) -> tuple[Finding, ...]:
        """The findings of the other observer, and the characters that were replaced."""
        return (*self._repaired.findings, *self._judge.findings(), *self._found)

    def _observe(self, judgement: Callable[[], None], place: Place) -> None:
        try:
            judgement()
        except DocumentInvalid as error:
            if not _is_in_record(place.path):
                raise
            error.advice = WAY_ON
            if not self._unreadable.keeps:
                raise
            self._refused = self._refused or error

    def _set_aside(self, item: Item, refused: DocumentInvalid, place: Place) -> None:
        if not self._unreadable.keeps or isinstance(item, School):
            raise refused
        key, eckid = (
            value if value and REPLACEMENT not in value else None
            for value in (getattr(item, name, None) for name in ("key", "eckid"))
        )
        self._unreadable.add(
            FieldInvalid(refused.what, where=(refused.where or "").removeprefix(place.path).lstrip("/")),
            place=place.path,
            raw=item.to_dict(reveal=True),
            fields={name: value for name, value in (("key", key or eckid), ("eckid", eckid)) if value},
        )


def _refusal(what: str, place: Place) -> DocumentInvalid:
    return refusal(what, place, None, advice=WAY_ON)


def _is_in_record(path: str) -> bool:
    """Return whether a path is in a record of a list, such as ``leerlinggegevens/leerlingen/leerling[3]/...``."""
    steps = path.split("/")
    return len(steps) > 2 and steps[2].partition("[")[0] in LISTS.get(steps[1], ())


def _damaged(item: Item) -> Iterator[str]:
    """Yield the fields of a record that contain U+FFFD, also at a deeper level."""
    for each in attrs.fields(type(item)):
        if REPLACEMENT in _texts(getattr(item, each.name)):
            yield each.name


def _texts(value: object) -> str:
    """Return all texts in a value, joined."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return "".join(map(_texts, value))
    if attrs.has(type(value)):
        return "".join(_texts(getattr(value, each.name)) for each in attrs.fields(cast("Any", type(value))))
    return ""


def _finding(name: str, place: Place) -> Finding:
    words = "The text contains a character that could not be read; it is shown as U+FFFD"
    return Finding("L15", Severity.WARNING, words, f"{place.path}/{name}", place.line)
