"""The report of a run: what was delivered, what did not change, what was held back and why, and what to do next."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Final

from attrs import Factory, frozen

from platform_feed.delivering import Delivery
from platform_feed.documents import KINDS, HeldBack
from platform_feed.dutch import in_words, translated
from platform_feed.tables import ProgrammeCheck

LABEL: Final = 34  # characters of the longest kind


@frozen
class Totals:
    """One line of the report."""

    kind: str
    created: int
    changed: int
    unchanged: int
    held_back: int


@frozen
class Report:
    """All facts about a run, without a number of a person."""

    school: str
    finished: dt.datetime
    read: tuple[tuple[str, int], ...]
    delivery: Delivery
    held_back: tuple[HeldBack, ...]
    remarks: tuple[str, ...] = ()
    files: tuple[str, ...] = Factory(tuple)
    programmes: ProgrammeCheck = Factory(ProgrammeCheck)

    @property
    def totals(self) -> list[Totals]:
        """A line for each kind of document, and for records that never became a document."""
        held = Counter(each.kind for each in self.held_back)
        counted = self.delivery.outcomes
        return [
            Totals(
                kind,
                counted[kind, "created"],
                counted[kind, "changed"],
                counted[kind, "unchanged"],
                held[kind],
            )
            for kind in (*KINDS, *sorted(set(held) - set(KINDS)))
        ]

    @property
    def delivered(self) -> int:
        """How many documents were new or changed."""
        return sum(each.created + each.changed for each in self.totals)

    @property
    def unchanged(self) -> int:
        """How many documents did not change."""
        return sum(each.unchanged for each in self.totals)

    @property
    def reasons(self) -> list[tuple[str, str, int, str]]:
        """Kind, reason, number and what to do: the most frequent first, records that wait for others last."""
        counted = Counter(
            (each.follows, each.kind, each.reason, each.action) for each in self.held_back
        )
        ordered = sorted(counted.items(), key=lambda each: (each[0][0], -each[1]))
        return [
            (kind, reason, number, action) for (_, kind, reason, action), number in ordered
        ]

    def next_action(self, language: str = "en") -> str:
        """The most important action."""
        if not self.held_back:
            return translated("Nothing: all data of the school are delivered.", language)
        kind, reason, number, action = self.reasons[0]
        kind, reason, action = (
            translated(text, language) for text in (kind, reason, action)
        )
        return f"{action} ({number} {kind}: {reason})"


def lines_of(report: Report, language: str = "en") -> Iterator[str]:
    """The report for a terminal."""

    def say(text: str) -> str:
        return translated(text, language)

    yield ""
    yield f"{report.school}, {report.finished:%d-%m-%Y %H:%M}"
    yield ""
    yield from (f"{number:>7}  {say(name)}" for name, number in report.read)
    yield ""
    names = ("created", "changed", "unchanged", "held back")
    yield f"{'':<{LABEL}}{''.join(f'{say(name):>12}' for name in names)}"
    for each in report.totals:
        numbers = (each.created, each.changed, each.unchanged, each.held_back)
        yield f"{say(each.kind):<{LABEL}}{''.join(f'{number:>12}' for number in numbers)}"
    yield ""
    yield ", ".join(
        f"{say(name)} {number}"
        for name, number in (
            ("delivered", report.delivered),
            ("unchanged", report.unchanged),
            ("held back", len(report.held_back)),
        )
    )
    yield from _reason_lines(report, language)
    yield from (f"  {say('note')}: {say(remark)}" for remark in report.remarks)
    for finding in report.programmes.findings:
        yield f"  {say('table of programmes, line')} {finding.line}: {in_words(finding, language)[0]}"
    yield ""
    yield f"{say('next')}: {report.next_action(language)}"
    yield from (f"{say('see')}: {name}" for name in report.files)


def _reason_lines(report: Report, language: str) -> Iterator[str]:
    for kind, reason, number, action in report.reasons:
        yield f"{number:>6}  {translated(kind, language)}: {translated(reason, language)}"
        yield f"        {translated(action, language)}"
