"""Years that are read whole once more, although they may be over: for a candidate who was not known in time.

A year is reopened by taking its checkpoint back, before anything is asked. The rest is a pull like any other, and one
that ends in the middle is taken up by the next. A service that delivers each result once gives of a reopened year what
the supplier has set to be delivered anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from magister_connect.errors import UsageError
from magister_connect.exchange import Flow, ask_time, perform
from magister_connect.identifiers import Schooljaar
from magister_connect.results.checkpoints import Checkpoint
from magister_connect.results.keeping import ALL_YEARS, NOTHING_KEPT, Keeping
from magister_connect.results.moments import local_time, refuse_future
from magister_connect.results.pulling.plan import Plan
from magister_connect.results.pulling.run import Run

__all__ = ["reopen_years", "reopened_years", "tell_what_did_not_come"]


def reopen_years(run: Run) -> Flow[None]:
    """Take back the checkpoints of the years that the plan names, all of them in one transaction.

    Raises :class:`UsageError` for a year that has not begun, and for one that was deleted from the store.
    """
    if not run.plan.reopen:
        return
    for year in _named(run.plan):
        refuse_future(Schooljaar(year), local_time(run.now), "reopen")
    checkpoints = yield from perform(partial(run.store.checkpoints, run.service.connection))
    _refuse_deleted(checkpoints[year] for year in _named(run.plan) if year in checkpoints)
    reopened = [each.reopened() for each in _wanted(run, checkpoints)]
    yield from run.keep(Keeping(reopened=reopened, school_year=ALL_YEARS, now=(yield from ask_time())))


def reopened_years(plan: Plan, checkpoints: Mapping[str, Checkpoint]) -> set[str]:
    """The years to be read in any case: those that are named, and those that an earlier run reopened and left."""
    left = {year for year, checkpoint in checkpoints.items() if checkpoint.is_reopened}
    return (left | set(plan.reopen)) - {ALL_YEARS}


def tell_what_did_not_come(run: Run) -> None:
    """Raise an alarm where nothing came of years that were reopened, because the service gives nothing twice."""
    if not run.plan.reopen or run.service.contract.repeatable:
        return
    names = set(run.plan.reopen)
    came = [year for year in run.years if names & {year.school_year, ALL_YEARS} and year.kept != NOTHING_KEPT]
    if not came:
        run.alarms.append(
            "nothing came of the years that were reopened, because this service delivers each result once; ask the "
            "supplier of the tests whether he can deliver them anew, and pull with reopen= again then"
        )


def _wanted(run: Run, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Checkpoint]:
    if run.service.contract.parameters.since is None:  # it cannot be asked for a year, only for everything
        names = {ALL_YEARS}
    elif ALL_YEARS in run.plan.reopen:
        names = set(checkpoints)
    else:
        names = set(run.plan.reopen)
    return (each for year, each in checkpoints.items() if year in names and not each.deleted)


def _refuse_deleted(checkpoints: Iterator[Checkpoint]) -> None:
    for checkpoint in checkpoints:
        if checkpoint.deleted:
            raise UsageError(
                f"The school year {checkpoint.school_year} was deleted from this store, so that no pull reads it again",
                where="reopen",
                advice="Leave it out of reopen=; a year that is wanted after all is pulled into another store.",
            )


def _named(plan: Plan) -> tuple[str, ...]:
    return tuple(year for year in plan.reopen if year != ALL_YEARS)
