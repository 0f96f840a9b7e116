"""A figure, and functions that measure a ratio."""

import gc
import inspect
import re
import time
from collections.abc import Callable

import attrs

GARBAGE_AFTER = 500  # calls, between two collections
LIMIT = re.compile(r"(?P<sense>at most|at least) (?P<limit>\d+(?:\.\d+)?)(?: (?P<unit>\w+))?")


def _limit_is_readable(_figure: object, _attribute: object, limit: str) -> None:
    if LIMIT.fullmatch(limit) is None:
        msg = f"write a limit as 'at most 2.2' or 'at least 6 MB', not {limit!r}"
        raise ValueError(msg)


@attrs.frozen
class Figure:
    """A name, a limit such as ``at most 2.2``, and a function that measures the value in its own process.

    ``text`` describes the measurement; by default it is the docstring of ``measure``.
    """

    name: str
    limit: str = attrs.field(validator=_limit_is_readable)
    measure: Callable[[], float]
    text: str = ""

    @property
    def description(self) -> str:
        """What is measured, and compared with what."""
        return self.text or (inspect.getdoc(self.measure) or "").partition("\n\n")[0].replace("\n", " ")

    def is_met(self, value: float) -> bool:
        """Return whether a value meets the limit."""
        sense, limit, _ = self._parts()
        return value <= limit if sense == "at most" else value >= limit

    def with_unit(self, value: float) -> str:
        """Write a value with the unit of the limit."""
        _, _, unit = self._parts()
        return f"{value:.2f} {unit}".rstrip()

    def _parts(self) -> tuple[str, float, str]:
        found = LIMIT.fullmatch(self.limit)
        if found is None:  # pragma: no cover - the validator checks it
            raise ValueError(self.limit)
        return found["sense"], float(found["limit"]), found["unit"] or ""


def cpu_seconds(work: Callable[[], object], *, collector: bool = False) -> float:
    """CPU time of this process for one call. The garbage collector is off, unless you pass ``collector=True``."""
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
    """CPU time of ``ours`` over that of ``floor``: the fastest of alternating rounds of each, after one warm-up round.

    A call should take at least some tens of milliseconds; repeat quicker work inside the callable.
    """
    ours()
    floor()
    times = [(cpu_seconds(ours, collector=collector), cpu_seconds(floor, collector=collector)) for _ in range(rounds)]
    return min(mine for mine, _ in times) / min(base for _, base in times)


def call_ratio(ours: Callable[[], object], floor: Callable[[], object], *, calls: int = 5_000) -> float:
    """Time of a short call of ``ours`` over that of ``floor``: of alternating calls, that of the fastest tenth of each.

    A difference of a few percent is lost in the noise of a whole round. Of single calls of some 0.2 ms, most run
    without an interruption by other work of the machine.
    """
    times: tuple[list[int], list[int]] = ([], [])
    pair = list(zip((ours, floor), times, strict=True))
    gc.collect()
    gc.disable()
    try:
        for number in range(calls):
            for work, kept in pair if number % 2 else reversed(pair):
                start = time.perf_counter_ns()
                work()
                kept.append(time.perf_counter_ns() - start)
            if number % GARBAGE_AFTER == 0:
                gc.collect()
    finally:
        gc.enable()
    mine, base = (sorted(each)[calls // 10] for each in times)
    return mine / base


def fastest(ours: Callable[[], object], floor: Callable[[], object], *, rounds: int = 3) -> float:
    """Wall time of ``ours``, over that of ``floor``: the fastest of alternating rounds of each."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for each, kept in zip((ours, floor), times, strict=True):
            started = time.perf_counter()
            each()
            kept.append(time.perf_counter() - started)
    return min(times[0]) / min(times[1])
