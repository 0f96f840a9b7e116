"""One pull on its way: what all of its steps share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, TypeVar

from attrs import field, mutable

from magister_connect.exchange import Flow, perform
from magister_connect.identifiers import Schooljaar
from magister_connect.results.keeping import ALL_YEARS, NOTHING_KEPT, Filed, Keeping, Kept, ResultStore
from magister_connect.results.known import Knows
from magister_connect.results.moments import Window, window_of
from magister_connect.results.pulling.plan import Plan
from magister_connect.results.records import Result
from magister_connect.results.report import Progress, YearReport
from magister_connect.results.service import Service

__all__ = ["EVER", "Run", "listed", "window_of_year"]

# The window where the service takes no moment, so that it cannot be asked for a year.
EVER: Final = Window(dt.datetime(2000, 8, 1), dt.datetime(2100, 8, 1))  # noqa: DTZ001 - naive local time

T = TypeVar("T")


@mutable(kw_only=True)
class Run:
    """One pull on its way. ``now`` is when it began, by which years are open or whole; what is kept has its own."""

    service: Service
    store: ResultStore
    knows: Knows
    plan: Plan
    token: str
    now: dt.datetime
    batches: int = 0
    delivered: int = 0
    recovered: int = 0
    kept: Kept = NOTHING_KEPT
    years: list[YearReport] = field(factory=list)
    alarms: list[str] = field(factory=list)

    def keep(self, keeping: Keeping) -> Flow[Kept]:
        """One transaction."""
        kept = yield from perform(partial(self.store.keep, self.service.connection, self.token, keeping))
        self.kept += kept
        return kept

    def sort_out(self, results: Sequence[Result], year: str) -> tuple[list[Filed], list[Filed]]:
        """Results to deliver, and those whose candidate is not known."""
        known: list[Filed] = []
        unknown: list[Filed] = []
        for result in results:
            filed = Filed(result, self.year_of(result, year))
            (known if self.knows(result.stamnummer) else unknown).append(filed)
        return known, unknown

    def year_of(self, result: Result, otherwise: str) -> str:
        """The school year of the moment by which the service selects a result."""
        moment: dt.datetime | None = getattr(result, self.service.contract.cursor_field)
        if moment is None:
            return otherwise
        return Schooljaar.of(moment.date()).reveal()

    def tell(self, year: str, results: int) -> None:
        """Tell how far it has come."""
        self.batches += 1
        if self.plan.progress is not None:
            self.plan.progress(Progress(school_year=year, batches=self.batches, results=results))


def window_of_year(year: str) -> Window:
    """The window of a school year, or of all of them."""
    return EVER if year == ALL_YEARS else window_of(Schooljaar(year))


def listed(read: Callable[[], Iterable[T]]) -> Flow[tuple[T, ...]]:
    """What a store has, read to its end where blocking is allowed."""
    return (yield from perform(lambda: tuple(read())))
