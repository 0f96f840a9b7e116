"""Define a figure, and measure a ratio."""

import gc
import inspect
import re
import time
from collections.abc import Callable

import attrs

BAR = re.compile(r"(?P<sense>at most|at least) (?P<limit>\d+(?:\.\d+)?)(?: (?P<unit>\w+))?")


def _bar_is_readable(_figure: object, _attribute: object, bar: str) -> None:
    if BAR.fullmatch(bar) is None:
        msg = f"a limit must be like 'at most 2.2' or 'at least 6 MB', not {bar!r}"
        raise ValueError(msg)


@attrs.frozen
class Figure:
    """A name, a limit such as ``at most 2.2``, and the function that measures the value in its own process.

    ``told`` explains the number. Without it, the docstring of ``measure`` does.
    """

    name: str
    bar: str = attrs.field(validator=_bar_is_readable)
    measure: Callable[[], float]
    told: str = ""

    @property
    def behind(self) -> str:
        """What is measured, and compared with what."""
        return self.told or (inspect.getdoc(self.measure) or "").partition("\n\n")[0].replace("\n", " ")

    def holds(self, value: float) -> bool:
        """Return whether a value is within the limit."""
        sense, limit, _ = self._parts()
        return value <= limit if sense == "at most" else value >= limit

    def with_unit(self, value: float) -> str:
        """Write a value in the unit of the limit."""
        _, _, unit = self._parts()
        return f"{value:.2f} {unit}".rstrip()

    def _parts(self) -> tuple[str, float, str]:
        found = BAR.fullmatch(self.bar)
        if found is None:  # pragma: no cover - the validator has seen to it
            raise ValueError(self.bar)
        return found["sense"], float(found["limit"]), found["unit"] or ""


def cpu_seconds(work: Callable[[], object], *, collector: bool = False) -> float:
    """Return the CPU time of this process for one call. The garbage collector is off unless ``collector`` is true."""
    gc.collect()
    if not collector:
        gc.disable()
    try:
        start = time.process_time()
        work()
        return time.process_time() - start
    finally:
        gc.enable()


def cpu_ratio(
    ours: Callable[[], object], floor: Callable[[], object], *, rounds: int = 7, collector: bool = False
) -> float:
    """Return the CPU time of ours over that of the floor: the fastest of alternating rounds, after one warm-up round.

    A call should take at least some tens of milliseconds. Repeat quicker work inside the callable.
    """
    ours()
    floor()
    times = [(cpu_seconds(ours, collector=collector), cpu_seconds(floor, collector=collector)) for _ in range(rounds)]
    return min(mine for mine, _ in times) / min(base for _, base in times)
