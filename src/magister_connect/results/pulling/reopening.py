"""Read school years that are over completely again, on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from magister_connect.core.flow import Flow, current_time, run_blocking
from magister_connect.errors import UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results.moments import local_time
from magister_connect.results.pulling.plans import Plan
from magister_connect.results.pulling.runs import Run
from magister_connect.results.pulling.store_protocol import ALL_YEARS, NO_ROWS, Transaction
from magister_connect.results.pulling.windows import refuse_future
from magister_connect.results.records import Checkpoint


def reopen_years(run: Run) -> Flow[None]:
    """Reopen the checkpoints of the requested years, all in one transaction.

    Raises :class:`UsageError` for a year that has not begun, and for one that was deleted from the store.
    """
    if not run.plan.reopen:
        return
    for year in _named(run.plan):
        refuse_future(Schooljaar(year), local_time(run.now), "reopen")
    checkpoints = yield from run_blocking(partial(run.store.checkpoints, run.service.connection))
    _refuse_deleted(checkpoints[year] for year in _named(run.plan) if year in checkpoints)
    reopened = [each.reopened() for each in _wanted(run, checkpoints)]
    yield from run.commit(Transaction(reopened=reopened, school_year=ALL_YEARS, now=(yield from current_time())))


def reopened_years(plan: Plan, checkpoints: Mapping[str, Checkpoint]) -> set[str]:
    """Return the requested years, and those that an earlier run reopened and did not finish."""
    left = {year for year, checkpoint in checkpoints.items() if checkpoint.is_reopened}
    return (left | set(plan.reopen)) - {ALL_YEARS}


def warn_of_empty_reopening(run: Run) -> None:
    """Add an alarm if reopened years brought nothing, because the service delivers each result once."""
    if not run.plan.reopen or run.service.contract.repeatable:
        return
    names = set(run.plan.reopen)
    came = [year for year in run.years if names & {year.school_year, ALL_YEARS} and year.kept != NO_ROWS]
    if not came:
        run.alarms.append(
            "the reopened years brought nothing, because this service delivers each result once; ask the "
            "supplier of the tests to deliver them again, and then pull with reopen= again"
        )


def _wanted(run: Run, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Checkpoint]:
    if run.service.contract.parameters.since is None:  # the service can only be asked for everything, not for a year
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
                f"The school year {checkpoint.school_year} was deleted from this store, so no pull reads it again",
                where="reopen",
                advice="Leave it out of reopen=. If you need this year after all, pull it into another store.",
            )


def _named(plan: Plan) -> tuple[str, ...]:
    return tuple(year for year in plan.reopen if year != ALL_YEARS)
