"""From a service into a store: incremental, resumable, and the same however often it is run.

Rows and the checkpoint that stands for them go into one transaction, so that a run may end anywhere. What it leaves
undone, the next one does.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack, overload

from magister_connect.errors import UsageError
from magister_connect.exchange import Flow, ask_time, perform
from magister_connect.results.keeping import ALL_YEARS, LEASE_SECONDS, ResultStore
from magister_connect.results.known import Known, knowing
from magister_connect.results.moments import local_time, open_years
from magister_connect.results.pulling.leftovers import deliver_waiting, read_again, recover_spool, retry_poison
from magister_connect.results.pulling.plan import Plan, PullOptions
from magister_connect.results.pulling.reopening import reopen_years, tell_what_did_not_come
from magister_connect.results.pulling.run import EVER, Run
from magister_connect.results.pulling.years import read_year, read_years
from magister_connect.results.report import PullReport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from magister_connect.results.client import AsyncResultsClient, ResultsClient
    from magister_connect.results.operations import Opened

__all__ = ["Plan", "PullOptions", "pull", "pull_results"]


def pull(
    opened: Opened,
    store: ResultStore,
    *,
    known: Known,
    plan: Plan,
) -> Flow[PullReport]:
    """Pull everything that is new into the store. Raises :class:`LeaseHeld` while another run does the same."""
    knows = knowing(known)
    service = yield from opened.open()
    if not service.contract.repeatable and not store.can_spool():
        raise UsageError(
            "This service delivers each result once, so that replies have to be kept before they are read",
            where="store",
            advice="Give the store a key: Store(url, key=Store.generate_key()), and keep the key.",
        )
    now = yield from ask_time()
    token = yield from perform(partial(store.take_lease, service.connection, now, LEASE_SECONDS))
    release = partial(store.release_lease, service.connection, token)
    run = Run(service=service, store=store, knows=knows, plan=plan, token=token, now=now)
    try:
        report = yield from _work(run)
    except GeneratorExit:
        release()  # nothing can be asked of a driver any more
        raise
    except Exception:
        yield from perform(release)
        raise
    yield from perform(release)
    return report


def _work(run: Run) -> Flow[PullReport]:
    yield from reopen_years(run)
    yield from recover_spool(run)
    yield from deliver_waiting(run)
    yield from read_again(run)
    yield from retry_poison(run)
    connection = run.service.connection
    checkpoints = yield from perform(partial(run.store.checkpoints, connection))
    if run.service.contract.parameters.since is None:
        yield from read_year(run, ALL_YEARS, EVER, checkpoints.get(ALL_YEARS))
    else:
        yield from read_years(run, checkpoints)
    tell_what_did_not_come(run)
    oldest_open = open_years(local_time(run.now))[-1].reveal()
    now = yield from ask_time()
    dropped = yield from perform(partial(run.store.expire_waiting, connection, run.token, oldest_open, now))
    return (yield from _report(run, dropped))


def _report(run: Run, dropped: Mapping[str, int]) -> Flow[PullReport]:
    waiting = yield from perform(partial(run.store.count_waiting, run.service.connection))
    ended = yield from ask_time()
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


@overload
def pull_results(
    service: ResultsClient, store: ResultStore, *, known: Known, **options: Unpack[PullOptions]
) -> PullReport: ...
@overload
def pull_results(
    service: AsyncResultsClient, store: ResultStore, *, known: Known, **options: Unpack[PullOptions]
) -> Awaitable[PullReport]: ...
def pull_results(
    service: ResultsClient | AsyncResultsClient, store: ResultStore, *, known: Known, **options: Unpack[PullOptions]
) -> PullReport | Awaitable[PullReport]:
    """Pull every new result of ``service`` into ``store``: the same as ``service.pull(store, known=known, ...)``.

    With an :class:`AsyncResultsClient` it is awaited: ``report = await pull_results(service, store, known=...)``.
    """
    return service.pull(store, known=known, **options)
