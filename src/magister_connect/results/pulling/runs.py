"""The state of one pull, and its transactions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Final, TypeVar

from attrs import field, mutable

from magister_connect.core.flow import Flow, run_blocking
from magister_connect.identifiers import Schooljaar
from magister_connect.results.pulling.plans import Plan
from magister_connect.results.pulling.report import Progress, YearReport
from magister_connect.results.pulling.store_protocol import (
    ALL_YEARS,
    NO_ROWS,
    ResultStore,
    RowCounts,
    Transaction,
    YearResult,
)
from magister_connect.results.pulling.window_reader import Health
from magister_connect.results.pulling.windows import Window, window_of
from magister_connect.results.records import IsWanted, Result
from magister_connect.results.service import Service

# The window for a service that takes no moment, so that it cannot be asked for a year.
EVER: Final = Window(dt.datetime(2000, 8, 1), dt.datetime(2100, 8, 1))  # noqa: DTZ001 - naive local time
T = TypeVar("T")


@mutable(kw_only=True)
class Run:
    """The state of one pull.

    ``now`` is its start, which decides which years are open. Stored rows have their own time.
    """

    service: Service
    store: ResultStore
    is_wanted: IsWanted
    plan: Plan
    token: str
    now: dt.datetime
    batches: int = 0
    delivered: int = 0
    recovered: int = 0
    kept: RowCounts = NO_ROWS
    is_waiting: bool = True  # whether anything waits in the store for this connection, as far as is known
    health: Health = field(factory=Health)
    years: list[YearReport] = field(factory=list)
    alarms: list[str] = field(factory=list)
    unproven: dict[str, int] = field(factory=dict)  # the last batch of a year, if it may have been cut off
    largest: int = 0  # the largest batch that the service has cut off in any year

    def commit(self, transaction: Transaction) -> Flow[RowCounts]:
        """Run one transaction."""
        kept = yield from run_blocking(partial(self.store.commit, self.service.connection, self.token, transaction))
        self.kept += kept
        if transaction.unknown or transaction.unreadable or transaction.unanswered:
            self.is_waiting = True
        return kept

    def split_known(self, results: Sequence[Result], year: str) -> tuple[list[YearResult], list[YearResult]]:
        """Split results into those to deliver and those of unknown candidates."""
        known: list[YearResult] = []
        unknown: list[YearResult] = []
        for result in results:
            filed = YearResult(result, self.year_of(result, year))
            (known if self.is_wanted(result.stamnummer) else unknown).append(filed)
        return known, unknown

    def year_of(self, result: Result, otherwise: str) -> str:
        """Return the school year of the moment by which the service selects a result."""
        moment: dt.datetime | None = getattr(result, self.service.contract.cursor_field)
        if moment is None:
            return otherwise
        return _year_of(moment.date())

    def report_unproven(self) -> None:
        """Add an alarm for each year whose last batch may have been cut off, as far as all years of the run show."""
        for year, count in self.unproven.items():
            if count >= self.health.biggest:
                self.alarms.append(
                    f"the last batch of {year} held {count}, no batch held more, and nothing shows that the service did"
                    " not cut it off; set page_size in the contract to the most results that it sends at a time"
                )

    def report_progress(self, year: str, results: int) -> None:
        """Report the progress."""
        self.batches += 1
        if self.plan.progress is not None:
            self.plan.progress(Progress(school_year=year, batches=self.batches, results=results))


@lru_cache(maxsize=1024)
def _year_of(day: dt.date) -> str:
    return Schooljaar.of(day).reveal()


def window_of_year(year: str) -> Window:
    """Return the window of a school year, or of all years."""
    return EVER if year == ALL_YEARS else window_of(Schooljaar(year))


def listed(read: Callable[[], Iterable[T]]) -> Flow[tuple[T, ...]]:
    """Read everything from a store in a place where blocking is allowed."""
    return (yield from run_blocking(lambda: tuple(read())))
