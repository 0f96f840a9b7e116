"""Observers handle deviations: the strict one raises, the lenient one and the checker collect."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

import attrs

from magister_connect.core.xml import Element
from magister_connect.edexml.findings import Finding
from magister_connect.edexml.model.particles import ComplexType
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import VERSIONS
from magister_connect.edexml.reading.builder import Problem
from magister_connect.edexml.reading.identity import KeyViolation
from magister_connect.errors import DocumentInvalid

_OR_LENIENT: Final = "Request a new export, or read the file with lenient=True; check() lists all faults."


@attrs.frozen
class Place:
    """The place of a finding: a path with counted list items, and a line."""

    path: str
    line: int | None


class Observer(ABC):
    """Receives each deviation from the schema.

    It may raise, collect it, or repair an element before its record is built.
    """

    @abstractmethod
    def problem(self, problem: Problem, place: Place) -> None:
        """Handle a deviation from the schema."""

    @abstractmethod
    def violation(self, violation: KeyViolation, place: Place, item: Item) -> None:
        """Handle a key or reference that breaks a rule."""

    @abstractmethod
    def unknown_version(self, stated: str | None, place: Place) -> str:
        """Return the version to use if a document states none (``None``) or an unknown one."""

    def repair(  # noqa: B027 - most observers take what is there
        self, kind: ComplexType, element: Element, place: Callable[[Element], Place]
    ) -> None:
        """Repair an element before its record is built. Most observers change nothing."""

    def blanks_in_front(self) -> None:  # noqa: B027 - only lenient readers passes over them
        """Handle blanks before the XML declaration, which are skipped."""

    def keeps(self, item: Item, place: Callable[[], Place]) -> bool:  # noqa: ARG002 - for those who care
        """Return whether to yield a record."""
        return True

    def findings(self) -> tuple[Finding, ...]:
        """The deviations that were collected."""
        return ()


class Strict(Observer):
    """Raises at the first departure from the schema."""

    def __init__(self, where: str | None) -> None:
        self._where = where

    def problem(self, problem: Problem, place: Place) -> None:
        """Raise, except for blocks of unknown types that the caller wants to keep or to leave out."""
        if problem.code != "X17" and (problem.code != "X13" or problem.name != "kept"):
            raise refusal(problem.words, place, self._where)

    def violation(self, violation: KeyViolation, place: Place, item: Item) -> None:  # noqa: ARG002 - its place is enough
        """Raise."""
        raise refusal(violation.words, place, self._where)

    def unknown_version(self, stated: str | None, place: Place) -> str:
        """Return the newest version if none is stated, and refuse an unknown one."""
        if stated is None:
            return VERSIONS[-1]
        what = "The stated xsdversie is unknown"
        advice = "Read it with version='2.1' if you know that it is EDEXML 2.1 or older, or with lenient=True."
        raise DocumentInvalid(what, where=_joined(self._where, place.path), line=place.line, advice=advice)


def refusal(words: str, place: Place, where: str | None, *, advice: str = _OR_LENIENT) -> DocumentInvalid:
    """Build the error for a deviation from the schema."""
    return DocumentInvalid(words, where=_joined(where, place.path), line=place.line, advice=advice)


def _joined(where: str | None, path: str) -> str:
    return path if where is None else f"{where}, {path}"
