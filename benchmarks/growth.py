"""The growth of the cost from one pupil to a million: CPU time and memory of complete jobs, each in its own process."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from attrs import asdict, frozen

from benchmarks.edexml import checked, make, streamed
from benchmarks.figure import Figure

SIZES: Final = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
KILOBYTES_EACH: Final = 1024 if sys.platform == "darwin" else 1  # in which the system counts memory


@frozen
class Cost:
    """The cost of one job for a number of pupils: CPU seconds, and peak memory in MB."""

    job: str
    pupils: int
    seconds: float
    memory: float


def read(folder: Path, pupils: int) -> Callable[[], object]:
    """EDEXML, as a stream of records."""
    path = make(folder, pupils)
    return lambda: streamed(path)


def check(folder: Path, pupils: int) -> Callable[[], object]:
    """EDEXML, checked with the schema and the rules of meaning."""
    path = make(folder, pupils)
    return lambda: checked(path)


def classify(_folder: Path, pupils: int) -> Callable[[], object]:
    """The kind of number of each pupil, in a column."""
    import polars as pl

    from magister_connect.identifiers import frames

    frame = pl.DataFrame({"pgn": [f"{number % 100_000:09d}" for number in range(pupils)]})
    return lambda: frame.select(frames.pgn_kind(pl.col("pgn")))


JOBS: Final = {"EDEXML to records": read, "EDEXML checked": check, "kinds of numbers": classify}


def measure(job: str, pupils: int) -> Cost:
    """Do a job in this process; what it needs is made before the clock starts."""
    with tempfile.TemporaryDirectory() as folder:
        work = JOBS[job](Path(folder), pupils)
        start = time.process_time()
        work()
        seconds = time.process_time() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_EACH / 1024
    return Cost(job, pupils, seconds, most)


def measure_apart(job: str, pupils: int) -> Cost:
    """The same in a new process."""
    command = [sys.executable, "-m", "benchmarks.growth", job, str(pupils)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True)
    return Cost(**json.loads(done.stdout))


def costs() -> Iterator[Cost]:
    """Every job at every size."""
    for job in JOBS:
        for pupils in SIZES:
            print(f"{job}: {pupils:,} pupils ...", file=sys.stderr)
            yield measure_apart(job, pupils)


def growth_of(job: str) -> float:
    """The cost of a pupil among 100,000, over that of a pupil among 10,000."""
    few, many = (measure_apart(job, pupils) for pupils in (10_000, 100_000))
    return (many.seconds / many.pupils) / (few.seconds / few.pupils)


FIGURES = (
    Figure(
        "EDEXML to records: a pupil among 100,000 over one among 10,000",
        "at most 1.2",
        lambda: growth_of("EDEXML to records"),
        "CPU time per pupil: reading must not become slower in a larger file.",
    ),
    Figure(
        "EDEXML checked: a pupil among 100,000 over one among 10,000",
        "at most 1.2",
        lambda: growth_of("EDEXML checked"),
        "CPU time per pupil: the stored keys must not make a check slower.",
    ),
)


def table(found: list[Cost]) -> str:
    """The costs as a table: sizes down, jobs across."""
    head = ["pupils", *(f"{job}: {unit}" for job in JOBS for unit in ("s", "MB"))]
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join(['---:'] * len(head))} |"]
    for pupils in SIZES:
        row = [each for job in JOBS for each in found if (each.job, each.pupils) == (job, pupils)]
        cells = [text for each in row for text in (f"{each.seconds:.3g}", f"{each.memory:.0f}")]
        lines.append(f"| {' | '.join([f'{pupils:,}', *cells])} |")
    return "\n".join(lines) + "\n"


def draw(found: list[Cost], path: Path) -> None:
    """The costs as a picture that can be read on light and on dark paper."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 10})
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for panel, name, unit in zip(panels, ("seconds", "memory"), ("CPU time (s)", "most memory (MB)"), strict=True):
        for job, colour in zip(JOBS, ("#2f7ed8", "#d9822b", "#2e9e6b"), strict=True):
            line = [each for each in found if each.job == job]
            panel.plot(
                [each.pupils for each in line], [getattr(each, name) for each in line], "o-", color=colour, label=job
            )
        panel.set(xscale="log", xlabel="pupils", ylabel=unit)
        for part in (panel.xaxis.label, panel.yaxis.label, *panel.get_xticklabels(), *panel.get_yticklabels()):
            part.set_color("#7a8290")
        panel.tick_params(which="both", colors="#7a8290")
        panel.spines[:].set_color("#7a8290")
        panel.patch.set_alpha(0)
    panels[0].set_yscale("log")
    panels[1].set_ylim(bottom=0)
    panels[0].legend(frameon=False, labelcolor="#7a8290")
    figure.savefig(path, transparent=True, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], int(sys.argv[2])))))
