"""Measure every figure in its own process, and print one table: ``python -m benchmarks [MODULE ...] [--write]``."""

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

from benchmarks import growth
from benchmarks.figure import Figure

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
NOT_ROOMS = frozenset({"__init__", "__main__", "figure"})
PICTURE = PAGE.with_name("benchmarks-growth.svg")
HEADING = """# Benchmarks

Each figure is a ratio within one run, so that the speed of the machine cancels, or has a unit. `make bench`
measures them again; `python -m benchmarks --write` writes this page. A figure must meet its limit. The compared
libraries come from the same requirements: lxml and the standard library as floors; zeep, xsdata, xmlschema,
python-stdnum, pandas and polars as alternatives. The garbage collector is off while a ratio is measured, unless
its name says otherwise. Figures in seconds are those of one machine: another needed twice as many.

"""
COLUMNS = ("module", "figure", "measured", "limit", "met", "what is measured")
GROWTH = """
## From one pupil to a million

CPU time and peak memory of a whole process, for jobs of every size, on the machine that wrote this page. Time
grows with the number of pupils, and no faster. The memory of a stream does not grow. The memory of a check grows with
the keys that it remembers, and that of a column with the column.

```{image} benchmarks-growth.svg
:alt: CPU time and memory of three jobs from one pupil to a million, both on logarithmic scales
```

"""


def rooms() -> list[str]:
    """Return every module beside this one that contains figures."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_ROOMS)


def figures_of(room: str) -> tuple[Figure, ...]:
    """Return the figures of a module."""
    figures: tuple[Figure, ...] = importlib.import_module(f"benchmarks.{room}").FIGURES
    return figures


def measure_here(room: str, index: int) -> None:
    """Measure one figure in this process, and print it as JSON on the last line."""
    print(json.dumps(figures_of(room)[index].measure()))


def measure_apart(room: str, index: int) -> float:
    """Measure one figure in a fresh process."""
    command = [sys.executable, "-m", "benchmarks", "--measure", room, str(index)]
    done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def table(wanted: list[str]) -> tuple[str, bool]:
    """Measure the modules in ``wanted``. Returns a Markdown table, and whether every limit is met."""
    lines, all_hold = [f"| {' | '.join(COLUMNS)} |", "| --- | --- | ---: | --- | --- | --- |"], True
    for room in wanted:
        for index, figure in enumerate(figures_of(room)):
            print(f"{room}: {figure.name} ...", file=sys.stderr)
            value = measure_apart(room, index)
            holds = figure.holds(value)
            all_hold = all_hold and holds
            cells = (
                room,
                figure.name,
                figure.with_unit(value),
                figure.bar,
                "yes" if holds else "**no**",
                figure.behind,
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n", all_hold


def main() -> int:
    """Return 0 if every limit is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Figures, each a ratio within one run.")
    parser.add_argument("rooms", nargs="*", metavar="MODULE", help=f"some of: {', '.join(rooms())}")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md, with the growth")
    parser.add_argument("--measure", nargs=2, metavar=("MODULE", "INDEX"), help="one figure, in this process, as JSON")
    chosen = parser.parse_args()
    if chosen.measure:
        measure_here(chosen.measure[0], int(chosen.measure[1]))
        return 0
    if unknown := sorted(set(chosen.rooms) - set(rooms())):
        parser.error(f"no figures for {', '.join(unknown)}; there are: {', '.join(rooms())}")
    text, all_hold = table(chosen.rooms or rooms())
    print(text)
    if chosen.write:
        costs = list(growth.costs())
        growth.draw(costs, PICTURE)
        PAGE.write_text(HEADING + text + GROWTH + growth.table(costs), encoding="utf-8")
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
