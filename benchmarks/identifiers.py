"""Personal numbers in columns, crosswalks over frames, and hPGNs on two cores.

The numbers begin with two zeros: they pass or fail the test like any other, and none was ever issued.
"""

import datetime as dt
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.figure import Figure, cpu_ratio, cpu_seconds

if TYPE_CHECKING:
    import polars as pl

MILLION = 1_000_000
LINKS = 10_000
VALID = (dt.date(2024, 8, 1), dt.date(2026, 8, 1))
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def _numbers(count: int) -> list[str]:
    return [f"{number:09d}" for number in range(count)]


def _plain_kind(name: str) -> "pl.Expr":
    """The plain form: nine separate digits and a remainder."""
    import polars as pl

    text = pl.col(name)
    number = text.cast(pl.Int64, strict=False)
    digits = [weight * ((number // 10 ** (8 - place)) % 10) for place, weight in enumerate(WEIGHTS)]
    left = pl.sum_horizontal(digits) % 11
    return (
        pl.when(text.is_null())
        .then(pl.lit("missing"))
        .when(~text.str.contains(r"\A[0-9]{9}\z"))
        .then(pl.lit("malformed"))
        .when((left == 0) & (number != 0))
        .then(pl.lit("bsn"))
        .when(left == 5)
        .then(pl.lit("onderwijsnummer"))
        .otherwise(pl.lit("checksum"))
    )


def kinds_over_plain_polars() -> float:
    """CPU time for a million kinds, over the plain expression."""
    import polars as pl

    from magister_connect.identifiers.frames import pgn_kind

    frame = pl.DataFrame({"pgn": _numbers(MILLION)})
    return cpu_ratio(lambda: frame.select(pgn_kind("pgn")), lambda: frame.select(_plain_kind("pgn")), rounds=5)


def kinds_over_stdnum() -> float:
    """How many times faster a million kinds are than with python-stdnum, one number at a time."""
    import importlib

    import polars as pl

    from magister_connect.identifiers.frames import pgn_kind

    is_valid: Callable[[str], bool] = importlib.import_module("stdnum.nl.bsn").is_valid
    texts = _numbers(MILLION)
    frame, sample = pl.DataFrame({"pgn": texts}), texts[:: MILLION // 50_000]
    ours = min(cpu_seconds(lambda: frame.select(pgn_kind("pgn"))) for _ in range(5)) / MILLION
    theirs = min(cpu_seconds(lambda: [is_valid(text) for text in sample]) for _ in range(3)) / len(sample)
    return theirs / ours


def _linked_numbers() -> list[str]:
    from magister_connect.identifiers import Bsn

    return [text for text in _numbers(12 * LINKS) if Bsn.is_valid(text)][:LINKS]


def _rows(numbers: list[str]) -> "pl.DataFrame":
    """A million rows, each with a number and a day."""
    import polars as pl

    return pl.DataFrame(
        {
            "pgn": [numbers[place * 7 % LINKS] for place in range(MILLION)],
            "day": [dt.date(2025, 1, 1) + dt.timedelta(days=place % 700) for place in range(MILLION)],
        }
    )


def _resolver(numbers: list[str]) -> "Callable[[pl.DataFrame], object]":
    from magister_connect.crosswalk import Column, Crosswalk, Link, Period
    from magister_connect.crosswalk.frames import resolve_many
    from magister_connect.identifiers import Bsn, Pgn, Stamnummer

    period = Period(*VALID)
    crosswalk = Crosswalk(
        Link(Bsn(text), Stamnummer.from_number(place + 1, scope="99ZZ"), period) for place, text in enumerate(numbers)
    )
    question = Column("pgn", Pgn)
    return lambda frame: resolve_many(frame, crosswalk, of=question, to=Stamnummer, as_of="day")


def frame_of_a_million() -> float:
    """CPU seconds to resolve a million rows, each with its own day, with 10,000 links."""
    numbers = _linked_numbers()
    frame, resolve = _rows(numbers), _resolver(numbers)
    return min(cpu_seconds(lambda: resolve(frame)) for _ in range(3))


def over_a_merge_of_pandas() -> float:
    """The same, over a hand-written merge that keeps the rows with a day in the period.

    The merge gives no reason for an omitted row, checks no form, and does not find two identifiers of one person.
    """
    import pandas as pd

    numbers = _linked_numbers()
    frame, resolve = _rows(numbers), _resolver(numbers)
    rows = pd.DataFrame({name: frame[name].to_list() for name in frame.columns})
    rows["day"] = pd.to_datetime(rows["day"])
    begin, end = (pd.Timestamp(day) for day in VALID)
    links = pd.DataFrame({"pgn": numbers, "stamnummer": range(1, LINKS + 1), "begin": begin, "end": end})

    def merge() -> object:
        found = rows.merge(links, on="pgn", how="left")
        return found[(found["begin"] <= found["day"]) & (found["day"] < found["end"])]

    return cpu_ratio(lambda: resolve(frame), merge, rounds=3)


def _wall_seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def hashes_on_two_cores() -> float:
    """How many times faster six hPGNs are on two cores than on one; a busy machine lowers this figure."""
    from magister_connect.nummervoorziening import TEST_SALT, hpgn_many
    from magister_connect.sandbox.school.identities import PUPIL_NUMBERS

    def seconds(cores: int) -> float:
        return _wall_seconds(lambda: list(hpgn_many(PUPIL_NUMBERS[:6], salt=TEST_SALT, cores=cores)))

    one, two = (min(seconds(cores) for _ in range(2)) for cores in (1, 2))
    return one / two


def memory_of_hashes() -> float:
    """Memory in MB of a process with two computations at a time, without the 134 MB that each of them needs."""
    import resource
    import sys

    from magister_connect.nummervoorziening import COST_NOW, TEST_SALT, hpgn_many
    from magister_connect.sandbox.school.identities import PUPIL_NUMBERS

    list(hpgn_many(PUPIL_NUMBERS[:4], salt=TEST_SALT, memory=2 * COST_NOW.memory, cores=8))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return (peak - 2 * COST_NOW.memory) / 1_000_000


FIGURES = (
    Figure("a million kinds of numbers, over the plain polars form", "at most 1.3", kinds_over_plain_polars),
    Figure("a million kinds of numbers, python-stdnum over ours", "at least 25", kinds_over_stdnum),
    Figure("a million rows resolved against 10,000 links", "at most 2 seconds", frame_of_a_million),
    Figure("the same, over a merge of pandas without its checks", "at most 10", over_a_merge_of_pandas),
    Figure("six hPGNs, one core over two", "at least 1.9", hashes_on_two_cores),
    Figure("memory of hPGNs beyond two computations", "at most 80 MB", memory_of_hashes),
)
