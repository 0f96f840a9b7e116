"""Pull results from a service into a store. Runs are incremental and resumable, and a repeated run changes nothing.

Results and their checkpoint go into one transaction, so a run may stop at any point. The next run does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from magister_connect.core.flow import Flow, current_time, run_blocking
from magister_connect.errors import UsageError
from magister_connect.results.moments import local_time
from magister_connect.results.operations import LazyService
from magister_connect.results.pulling.plans import Plan
from magister_connect.results.pulling.reopening import reopen_years, warn_of_empty_reopening
from magister_connect.results.pulling.report import PullReport
from magister_connect.results.pulling.retrying import (
    deliver_waiting,
    read_again,
    read_replies_again,
    recover_spool,
    retry_unanswered,
)
from magister_connect.results.pulling.runs import EVER, Run
from magister_connect.results.pulling.store_protocol import ALL_YEARS, ResultStore, under_lease
from magister_connect.results.pulling.windows import open_years
from magister_connect.results.pulling.years import read_year, read_years
from magister_connect.results.records import Stamnummers, stamnummer_filter


def pull(
    opened: LazyService,
    store: ResultStore,
    *,
    stamnummers: Stamnummers,
    plan: Plan,
) -> Flow[PullReport]:
    """Pull all new results into the store. Raises :class:`LeaseHeld` while another run does the same."""
    wanted = stamnummer_filter(stamnummers)  # finds a caller's mistake before anything is sent
    service = yield from opened.open()
    if not service.contract.repeatable and not store.can_spool():
        raise UsageError(
            "This service delivers each result once, so the store must keep replies before they are read",
            where="store",
            advice="Pass a key to the store, Store(url, key=Store.generate_key()), and keep that key.",
        )
    is_wanted = wanted(numeric=service.contract.numeric_stamnummers)
    now = yield from current_time()

    def work(token: str) -> Flow[PullReport]:
        return _work(Run(service=service, store=store, is_wanted=is_wanted, plan=plan, token=token, now=now))

    return (yield from under_lease(store, service.connection, now, work))


def _work(run: Run) -> Flow[PullReport]:
    yield from reopen_years(run)
    yield from recover_spool(run)
    connection = run.service.connection
    waiting = yield from run_blocking(partial(run.store.count_waiting, connection))
    run.is_waiting = bool(waiting) or not run.service.contract.repeatable  # where replies may be set aside meanwhile
    kinds = {reason.partition(":")[0] for reason in waiting}
    again = {
        "unknown": deliver_waiting,
        "unreadable": read_again,
        "reply": read_replies_again,
        "unanswered": retry_unanswered,
    }
    for kind, work in again.items():
        if kind in kinds:
            yield from work(run)
    checkpoints = yield from run_blocking(partial(run.store.checkpoints, connection))
    if run.service.contract.parameters.since is None:
        yield from read_year(run, ALL_YEARS, EVER, checkpoints.get(ALL_YEARS))
    else:
        yield from read_years(run, checkpoints)
    warn_of_empty_reopening(run)
    run.report_unproven()
    dropped: Mapping[str, int] = {}
    if "unknown" in kinds or run.kept.waiting:
        oldest_open = open_years(local_time(run.now))[-1].reveal()
        now = yield from current_time()
        dropped = yield from run_blocking(partial(run.store.expire_waiting, connection, run.token, oldest_open, now))
    if run.is_waiting:
        waiting = yield from run_blocking(partial(run.store.count_waiting, connection))
    return (yield from _report(run, dropped, waiting))


def _report(run: Run, dropped: Mapping[str, int], waiting: Mapping[str, int]) -> Flow[PullReport]:
    ended = yield from current_time()
    unknown = sum(count for reason, count in waiting.items() if reason.startswith("unknown"))
    return PullReport(
        connection=run.service.connection,
        started_at=run.now,
        ended_at=ended,
        years=tuple(run.years),
        delivered=run.delivered,
        recovered=run.recovered,
        unknown=unknown,
        left_out_by_year=dict(dropped),
        repeatable=run.service.contract.repeatable,
        quarantined=sum(waiting.values()) - unknown,
        reasons=dict(waiting),
        alarms=tuple(run.alarms),
        kept=run.kept,
    )
