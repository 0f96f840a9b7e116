"""Records of an answer that cannot be read, and characters that XML cannot hold.

A list that silently lacks a person makes somebody delete an account. So a record that cannot be read raises, or is kept
apart on request (:mod:`magister_connect.core.unreadable`). In a lenient reading that is a record without a key, and one
whose key, identifier, e-mail address, user name or reference holds a character that could not be read. In a strict
reading it is every record that departs from the schema. In any other text such a character stands as U+FFFD, with the
finding ``L15``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import attrs

from magister_connect.core.repairs import REPLACEMENT, Repair
from magister_connect.core.unreadable import WAY_ON, UnreadableRecords
from magister_connect.core.xml import Element
from magister_connect.edexml.findings import Finding, Severity
from magister_connect.edexml.model.kinds import LISTS
from magister_connect.edexml.model.particles import ComplexType
from magister_connect.edexml.model.records import Item, School
from magister_connect.edexml.reading.builder import Problem
from magister_connect.edexml.reading.identity import Lapse
from magister_connect.edexml.reading.observers import Observer, Place, refusal
from magister_connect.errors import DocumentInvalid, FieldInvalid

_WHO: Final = ("key", "eckid", "bsn", "onderwijsnummer", "bsn_ondwnr_4", "emailadres", "gebruikersnaam", "schoolkey")
_WHERE: Final = ("groep", "vestiging", "samengestelde_groepen", "groepen")
IDENTIFYING: Final = frozenset((*_WHO, *_WHERE))
"""Fields that say who or what a record is about. With a character that could not be read they say nothing."""
_DAMAGED: Final = "It holds a character that could not be read"
_TEXT_IN_FRONT: Final = "Text stands before the XML declaration"
_IN_FRONT: Final = "Blanks or an empty line stand before the XML declaration"
_MARKS: Final = (REPLACEMENT.encode(), b"&#")


class Repaired:
    """The bytes of an answer as they can be parsed, piece by piece; :attr:`damaged` once U+FFFD may be among them."""

    def __init__(self) -> None:
        self._repair = Repair()
        self.damaged = False

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes; the first and the last few may be held back."""
        return self._looked_at(self._repair.feed(chunk))

    def close(self) -> bytes:
        """What was held back."""
        return self._looked_at(self._repair.close())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What stood before the declaration."""
        if not (self._repair.text_before or self._repair.blanks_before):
            return ()
        words = _TEXT_IN_FRONT if self._repair.text_before else _IN_FRONT
        return (Finding("L14", Severity.WARNING, words, "", 1),)

    def _looked_at(self, chunk: bytes) -> bytes:
        self.damaged = self.damaged or any(mark in chunk for mark in _MARKS)
        return chunk


class KeepingApart(Observer):
    """An observer that lets another one judge, and keeps records apart that cannot be read.

    Records are looked at for U+FFFD only once ``repaired`` says that it may be there: a sound answer costs nothing.
    """

    def __init__(self, judge: Observer, unreadable: UnreadableRecords, repaired: Repaired) -> None:
        self._judge = judge
        self._unreadable = unreadable
        self._repaired = repaired
        self._found: list[Finding] = []
        self._refused: DocumentInvalid | None = None  # why the record that is being read cannot be used

    def problem(self, problem: Problem, place: Place) -> None:
        """Let the judge decide; where it refuses, the record is kept apart."""
        self._judged(lambda: self._judge.problem(problem, place), place)

    def lapse(self, lapse: Lapse, place: Place, item: Item) -> None:
        """Let the judge decide; where it refuses, the record is kept apart."""
        self._judged(lambda: self._judge.lapse(lapse, place, item), place)

    def unknown_version(self, stated: str | None, place: Place) -> str:
        """As the judge has it."""
        return self._judge.unknown_version(stated, place)

    def repair(self, kind: ComplexType, element: Element, place: Callable[[Element], Place]) -> None:
        """As the judge has it."""
        self._judge.repair(kind, element, place)

    def blanks_in_front(self) -> None:
        """As the judge has it."""
        self._judge.blanks_in_front()

    def keeps(self, item: Item, place: Callable[[], Place]) -> bool:
        """Whether a record can be used; one that cannot raises or is kept apart."""
        refused, self._refused = self._refused, None
        damaged = tuple(_damaged(item)) if self._repaired.damaged else ()
        wrong = next((name for name in damaged if name in IDENTIFYING), None)
        if refused is None and wrong is not None:
            refused = _refusal(f"{_DAMAGED}: {wrong}", place())
        elif refused is None and not isinstance(item, School) and not item.key:
            refused = _refusal("The record has no key that can be used", place())
        if refused is not None:
            self._put_apart(item, refused, place())
            return False
        self._found += (_finding(name, place()) for name in damaged)
        return self._judge.keeps(item, place)

    def findings(self) -> tuple[Finding, ...]:
        """Those of the judge, and the characters that were replaced."""
        return (*self._repaired.findings, *self._judge.findings(), *self._found)

    def _judged(self, judgement: Callable[[], None], place: Place) -> None:
        try:
            judgement()
        except DocumentInvalid as error:
            if not _is_in_record(place.path):
                raise
            error.advice = WAY_ON
            if not self._unreadable.keeps:
                raise
            self._refused = self._refused or error

    def _put_apart(self, item: Item, refused: DocumentInvalid, place: Place) -> None:
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
    """Whether a path leads to a record of a list, or into one: ``leerlinggegevens/leerlingen/leerling[3]/...``."""
    steps = path.split("/")
    return len(steps) > 2 and steps[2].partition("[")[0] in LISTS.get(steps[1], ())


def _damaged(item: Item) -> Iterator[str]:
    """The fields of a record in which U+FFFD stands, also within what they hold."""
    for each in attrs.fields(type(item)):
        if REPLACEMENT in _texts(getattr(item, each.name)):
            yield each.name


def _texts(value: object) -> str:
    """The texts in a value, in one."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return "".join(map(_texts, value))
    if attrs.has(type(value)):
        return "".join(_texts(getattr(value, each.name)) for each in attrs.fields(cast("Any", type(value))))
    return ""


def _finding(name: str, place: Place) -> Finding:
    words = "It holds a character that could not be read, which is shown as U+FFFD"
    return Finding("L15", Severity.WARNING, words, f"{place.path}/{name}", place.line)
