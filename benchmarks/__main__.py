"""Measure each figure in its own process, and print a table a module: ``python -m benchmarks [MODULE ...]``."""

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
NO_FIGURES = frozenset({"__init__", "__main__", "figure"})
PICTURE = PAGE.with_name("benchmarks-growth.svg")
HEADING = """# Benchmarks

A figure without a unit is a ratio within one run, so it does not depend on the speed of the machine: "A over B" is A
divided by B. `make bench` measures all figures again; `python -m benchmarks --write` also writes this page. Each figure
must meet its limit. The libraries for comparison are in the same requirements. The baselines are lxml and the standard
library. The others are zeep, xsdata, xmlschema, python-stdnum, pandas and polars. The garbage collector is off during a
measurement, unless the name of the figure says otherwise. Figures in seconds are for one machine; another machine
needed twice as long.

"""
COLUMNS = "| figure | measured | limit |\n| --- | ---: | --- |"
GROWTH = """## From one pupil to a million

The table shows the CPU time and the peak memory of a process, for jobs of every size, on the machine that wrote this
page. Time grows no faster than the number of pupils. The memory of a stream does not grow. A check needs memory for
the keys of all pupils, and a column of numbers needs memory for the column.

```{image} benchmarks-growth.svg
:alt: CPU time and memory of three jobs from one pupil to a million; time on a logarithmic scale
```

"""


def modules() -> list[str]:
    """All modules in this folder that define figures."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NO_FIGURES)


def figures_of(module: str) -> tuple[Figure, ...]:
    """Return the figures of a module."""
    figures: tuple[Figure, ...] = importlib.import_module(f"benchmarks.{module}").FIGURES
    return figures


def measure_here(module: str, index: int) -> None:
    """Measure one figure in this process and print it as JSON on the last line."""
    print(json.dumps(figures_of(module)[index].measure()))


def measure_apart(module: str, index: int) -> float:
    """Measure one figure in a new process."""
    command = [sys.executable, "-m", "benchmarks", "--measure", module, str(index)]
    done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def tables(wanted: list[str]) -> tuple[str, bool]:
    """Measure the chosen modules; return a Markdown table for each, and whether every limit is met."""
    lines, all_met = list[str](), True
    for module in wanted:
        lines += [f"## {module}", "", COLUMNS]
        for index, figure in enumerate(figures_of(module)):
            print(f"{module}: {figure.name} ...", file=sys.stderr)
            value = measure_apart(module, index)
            met = figure.is_met(value)
            all_met = all_met and met
            measured = figure.with_unit(value) if met else f"**{figure.with_unit(value)}, not met**"
            limit = figure.limit.replace(" ", "\N{NO-BREAK SPACE}")
            lines.append(f"| **{figure.name}**: {figure.description} | {measured} | {limit} |")
        lines.append("")
    return "\n".join(lines), all_met


def main() -> int:
    """Return 0 if every limit is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Figures, each a ratio within one run.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"measure only these: {', '.join(modules())}")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md, with the table of growth")
    parser.add_argument(
        "--measure", nargs=2, metavar=("MODULE", "INDEX"), help="measure one figure in this process, and print JSON"
    )
    chosen = parser.parse_args()
    if chosen.measure:
        measure_here(chosen.measure[0], int(chosen.measure[1]))
        return 0
    if unknown := sorted(set(chosen.modules) - set(modules())):
        parser.error(f"no figures for {', '.join(unknown)}; choose from: {', '.join(modules())}")
    text, all_met = tables(chosen.modules or modules())
    print(text)
    if chosen.write:
        costs = list(growth.costs())
        growth.draw(costs, PICTURE)
        PAGE.write_text(HEADING + text + GROWTH + growth.table(costs), encoding="utf-8")
    return 0 if all_met else 1


if __name__ == "__main__":
    sys.exit(main())
