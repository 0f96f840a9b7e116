"""Group findings: identical ones of one element, then groups with the same cause and the same person to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from magister_connect.edexml.checking.advice import ADVICE, Advice, Fixer, Language
from magister_connect.edexml.checking.dutch import translated
from magister_connect.edexml.findings import Cause, Finding, Severity

_MOST_PLACES: Final = 3
_OF_THE_EXPORT: Final = Advice(
    Fixer.SUPPLIER,
    "Look at the settings of the export. If they are right, tell the supplier of the administration system.",
    "Kijk naar de instellingen van de export. Kloppen die, meld het dan bij de leverancier van de administratie.",
)
TITLES: Final[Mapping[Cause, str]] = {
    Cause.VERSION: "The file states another version than it is written in",
    Cause.YEAR: "The school year of the file does not match its dates",
    Cause.ENCODING: "The text of the file is in the wrong encoding",
    Cause.EXPORT: "The export does this in every record",
}
_REMEDIES: Final[Mapping[Cause, Advice]] = {
    Cause.VERSION: ADVICE["S24"],
    Cause.YEAR: ADVICE["S18"],
    Cause.ENCODING: ADVICE["S37"],
    Cause.EXPORT: _OF_THE_EXPORT,
}


def heaviest(severities: Iterable[Severity]) -> Severity:
    """Return the most serious severity, by the order of :class:`Severity`."""
    return min(severities, key=list(Severity).index)


@attrs.frozen
class FindingGroup:
    """The same finding for the same element in many records. ``element`` is the path without record numbers."""

    element: str
    findings: tuple[Finding, ...]
    of_all: bool = False
    """Whether every record of this kind has the finding."""

    @property
    def first(self) -> Finding:
        """The first finding of the group, used as its example."""
        return self.findings[0]

    @property
    def severity(self) -> Severity:
        """The severity of the findings."""
        return self.first.severity

    def times(self, language: Language) -> str:
        """Return how often it was found, in words."""
        number = len(self.findings)
        if self.of_all:
            return translated(f"in all {number} records", language)
        return translated(f"{number} times" if number > 1 else "once", language)

    def places(self, language: Language, *, reveal: bool) -> Iterator[str]:
        """Yield the first places, each with its line and path, and then how many more there are."""
        for finding in self.findings[:_MOST_PLACES]:
            line = None if finding.line is None else translated(f"line {finding.line}", language)
            subject = finding.subject.text() if reveal and finding.subject is not None else None
            if place := ", ".join(filter(None, (line, finding.path))):
                yield f"{place}: {subject}" if subject else place
        if (more := len(self.findings) - _MOST_PLACES) > 0:
            yield translated(f"and {more} more", language)


@attrs.frozen
class CauseGroup:
    """One thing to fix: a cause and all groups that follow from it, or a single group without a known cause."""

    cause: Cause | None
    groups: tuple[FindingGroup, ...]

    @property
    def severity(self) -> Severity:
        """The severity of the most serious group."""
        return heaviest(group.severity for group in self.groups)

    @property
    def number(self) -> int:
        """The number of findings."""
        return sum(len(group.findings) for group in self.groups)

    @property
    def remedy(self) -> Advice:
        """Who fixes it, and what to do."""
        return self.groups[0].first.remedy if self.cause is None else _REMEDIES[self.cause]

    def title(self, language: Language) -> str:
        """Return in one line what is wrong."""
        if self.cause is not None:
            return translated(TITLES[self.cause], language)
        group = self.groups[0]
        name, words = group.element.rpartition("/")[2], group.first.words(language)
        return f"{name}: {words}" if name else words


REVEALS: Final = "This report names people: keep it inside the school."


def in_order(groups: Iterable[FindingGroup]) -> tuple[FindingGroup, ...]:
    """Sort groups: the most serious first, then the most frequent."""
    order = list(Severity)
    return tuple(sorted(groups, key=lambda group: (order.index(group.severity), -len(group.findings))))


def count_in_words(severity: Severity, count: int, language: Language) -> str:
    """Return a number of findings of one severity, in words."""
    if severity is Severity.PRIVACY:
        return f"{count} {translated('about privacy', language)}"
    return f"{count} {translated(f'{severity.value}s' if count > 1 else severity.value, language)}"
