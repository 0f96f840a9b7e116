"""Counts of each kind of run, and their table."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs

COLUMNS = ("lost", "doubled", "foreign exceptions", "leaks")
WAITING = "waiting"  # in the quarantine, by its number: counted, and no finding


@attrs.define
class Tally:
    """The runs of one kind, and their findings. The number of a run is its seed, so you can repeat it."""

    name: str
    runs: int = 0
    found: Counter[str] = attrs.field(factory=Counter)
    notes: list[str] = attrs.field(factory=list)
    seconds: float = 0.0

    def note(self, column: str, words: str) -> None:
        """Count a finding; the first twenty are kept as text."""
        self.found[column] += 1
        if len(self.notes) < 20:
            self.notes.append(f"{self.name}, run {self.runs}: {column}: {words}")

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not any(self.found[column] for column in COLUMNS)


Runs = Callable[[Tally, range], Iterable[int]]
"""Does the runs with these numbers. Where it can be interrupted, it yields the number of finished runs."""


def work_off(tally: Tally, count: int, runs: Runs, save: Callable[[], None]) -> None:
    """Do the remaining ones of ``count`` runs, and save the counts every few seconds."""
    saved = started = time.monotonic()
    for done in runs(tally, range(tally.runs, count)):
        tally.runs += done
        if time.monotonic() - saved > 5:
            tally.seconds += time.monotonic() - started
            saved = started = time.monotonic()
            save()
    tally.seconds += time.monotonic() - started
    save()


def table(tallies: Iterable[Tally]) -> str:
    """The table, in Markdown."""
    lines = [f"| runs | count | {' | '.join(COLUMNS)} |", f"| --- | ---: |{' ---: |' * len(COLUMNS)}"]
    lines += [
        f"| {each.name} | {each.runs:,} | {' | '.join(str(each.found[column]) for column in COLUMNS)} |"
        for each in tallies
    ]
    return "\n".join(lines)


def read(path: Path) -> dict[str, Tally]:
    """The tallies of an earlier, interrupted run."""
    if not path.exists():
        return {}
    held = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Tally(name, each["runs"], Counter(each["found"]), each["notes"], each["seconds"])
        for name, each in held.items()
    }


def write(path: Path, tallies: dict[str, Tally]) -> None:
    """Save the tallies, so that a later run can continue."""
    text = json.dumps({name: attrs.asdict(each) for name, each in tallies.items()}, indent=1)
    path.write_text(text, encoding="utf-8")
