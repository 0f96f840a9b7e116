"""What importing costs, over the libraries without which it cannot do."""

import subprocess
import sys

from benchmarks.figure import Figure

TIMED = "import time; start = time.process_time()\nimport {}\nprint(time.process_time() - start)"
ROUNDS = 25


def import_seconds(modules: str) -> float:
    """CPU time of an import in a fresh interpreter, without the interpreter's own start."""
    done = subprocess.run([sys.executable, "-c", TIMED.format(modules)], capture_output=True, check=True)
    return float(done.stdout)


def import_ratio(ours: str, floor: str) -> float:
    """Fastest of alternating fresh interpreters, ours over the floor."""
    times = [(import_seconds(ours), import_seconds(floor)) for _ in range(ROUNDS)]
    return min(mine for mine, _ in times) / min(base for _, base in times)


def the_package() -> float:
    """Return the cost of the package over attrs."""
    return import_ratio("magister_connect", "attrs")


FIGURES = (Figure("import magister_connect, over import attrs", "at most 1.2", the_package),)
