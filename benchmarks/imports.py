"""The cost of imports, over that of the libraries that they need."""

import subprocess
import sys
from collections.abc import Callable

from benchmarks.figure import Figure

TIMED = "import time; start = time.process_time()\n{}\nprint(time.process_time() - start)"
ROUNDS = 15


def import_seconds(statement: str) -> float:
    """CPU time of an import statement in a new interpreter, without the start of the interpreter."""
    done = subprocess.run([sys.executable, "-c", TIMED.format(statement)], capture_output=True, check=True)
    return float(done.stdout)


def import_ratio(ours: str, floor: str) -> float:
    """Our modules over those of the baseline: the fastest of alternating new interpreters."""
    return _ratio(f"import {ours}", f"import {floor}")


def _ratio(ours: str, floor: str) -> float:
    times = [(import_seconds(ours), import_seconds(floor)) for _ in range(ROUNDS)]
    return min(mine for mine, _ in times) / min(base for _, base in times)


def the_package() -> float:
    """CPU time to import the package, over that of attrs."""
    return import_ratio("magister_connect", "attrs")


def _over(ours: str, floor: str) -> Callable[[], float]:
    return lambda: _ratio(ours, floor)


# httpx loads click and rich for its command line where they happen to be installed, which takes as long again.
HTTPX = "import sys\nsys.modules['click'] = None\nimport httpx"
AT = "'https://school.invalid'"
MADE = {
    "MediusClient": f"{AT}, username='u', password='p'",
    "ResultsClient": f"b'', product='JIJ', instellingscode='1', soap_key='k', address={AT}",
    "PublicApiClient": f"{AT}, tokens=None",
    "ScimClient": f"{AT}, tokens=None",
}

FIGURES = (
    Figure("import magister_connect, over import attrs", "at most 1.2", the_package),
    *(
        Figure(
            f"import {name}, over import {library}",
            "at most 1.3",
            _over(f"from magister_connect import {name}", HTTPX if library == "httpx" else f"import {library}"),
            text=f"CPU time to import {name} in a new interpreter, over that of {library}{note}.",
        )
        for name, library, note in (
            *((name, "httpx", " without its command line") for name in MADE),
            ("Store", "sqlalchemy", ""),
        )
    ),
    *(
        Figure(
            f"import {name} and make one, over httpx.Client",
            "at most 2",
            _over(f"from magister_connect import {name}\n{name}({arguments})", f"{HTTPX}\nhttpx.Client()"),
            text=f"CPU time to import and create a {name} in a new interpreter, over that of an httpx.Client.",
        )
        for name, arguments in MADE.items()
    ),
)
