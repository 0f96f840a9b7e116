"""Many hPGNs on all cores, bounded by memory, resumable.

scrypt lets go of the interpreter lock, so threads are enough (measured). Each one in flight holds 134 MB: a machine
with many cores and little memory would be brought down by as many workers as it has cores.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import MappingProxyType
from typing import Final

from magister_connect.errors import MappingError, UsageError
from magister_connect.identifiers import Hpgn, Pgn
from magister_connect.nummervoorziening.hashing import COST_NOW, ScryptCost, hpgn
from magister_connect.secrets import Secret

__all__ = ["hpgn_many", "workers_within"]

MEMORY: Final = 1024 * 1024 * 1024
NOTHING: Final[Mapping[Pgn, Hpgn]] = MappingProxyType({})


def workers_within(memory: int, *, cost: ScryptCost = COST_NOW, cores: int | None = None) -> int:
    """How many computations fit into so many bytes, at most one for each core; raises :class:`UsageError` for none."""
    fitting = memory // cost.memory
    if fitting < 1:
        raise UsageError(
            f"One hPGN needs {cost.memory} bytes", where="memory", advice="Allow so many at least, for one at a time."
        )
    return min(cores or os.cpu_count() or 1, fitting)


def hpgn_many(
    pgns: Iterable[Pgn | str],
    *,
    salt: str | Secret,
    known: Mapping[Pgn, Hpgn] = NOTHING,
    memory: int = MEMORY,
    cores: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    cost: ScryptCost = COST_NOW,
) -> Iterator[tuple[Pgn, Hpgn]]:
    """Each number with its hPGN, in the order given and as soon as it is there.

    All numbers are checked before the first is computed: :class:`MappingError` tells the place, as ``pgns[3]``.
    ``known`` are those of an earlier run that was broken off: they are not computed again, nor is a number that comes
    twice. ``memory`` bounds the bytes of all computations together. ``progress`` is called with how many are done and
    how many there are. What is under way when the caller stops is finished, and nothing new begun.
    """
    numbers = [_checked(one, place) for place, one in enumerate(pgns)]
    workers = workers_within(memory, cost=cost, cores=cores)
    return _computed(numbers, dict(known), workers, lambda number: hpgn(number, salt=salt, cost=cost), progress)


def _checked(one: Pgn | str, place: int) -> Pgn:
    try:
        return one if isinstance(one, Pgn) else Pgn.parse(one)
    except MappingError as error:
        error.where = f"pgns[{place}]"
        raise


def _computed(
    numbers: list[Pgn],
    done: dict[Pgn, Hpgn],
    workers: int,
    compute: Callable[[Pgn], Hpgn],
    progress: Callable[[int, int], object] | None,
) -> Iterator[tuple[Pgn, Hpgn]]:
    missing = iter(dict.fromkeys(number for number in numbers if number not in done))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        under_way: deque[tuple[Pgn, Future[Hpgn]]] = deque()
        for place, number in enumerate(numbers, start=1):
            under_way += [(one, pool.submit(compute, one)) for one in islice(missing, 2 * workers - len(under_way))]
            while number not in done:
                first, future = under_way.popleft()
                done[first] = future.result()
            if progress is not None:
                progress(place, len(numbers))
            yield number, done[number]
