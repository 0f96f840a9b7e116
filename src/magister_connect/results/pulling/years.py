"""School year by school year: which are read, from where on, and what a whole reading did not bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from attrs import field, mutable

from magister_connect.exchange import Flow, ask_time, consume, perform
from magister_connect.identifiers import Schooljaar
from magister_connect.results.checkpoints import Checkpoint
from magister_connect.results.keeping import NOTHING_KEPT, Keeping, Kept
from magister_connect.results.moments import (
    Window,
    is_open,
    local_time,
    refuse_future,
    window_of,
    write_moment,
    years_back,
)
from magister_connect.results.paging import Batch, Drain, read_window
from magister_connect.results.paging.drain import Spool, start_of
from magister_connect.results.pulling.reopening import reopened_years
from magister_connect.results.pulling.run import Run, window_of_year
from magister_connect.results.report import YearReport

__all__ = ["read_year", "read_years"]

EMPTY_YEARS_BEFORE_THE_FIRST: Final = 2
_CLOCK_SKEW: Final = dt.timedelta(minutes=5)


def read_years(run: Run, checkpoints: Mapping[str, Checkpoint]) -> Flow[None]:
    """Read every year that is wanted."""
    reopened = reopened_years(run.plan, checkpoints)
    empty = 0
    for year in _years(run):
        reopened.discard(year.reveal())
        checkpoint = checkpoints.get(year.reveal())
        if _is_wanted(run, year, checkpoint):
            checkpoint = yield from read_year(run, year.reveal(), window_of(year), checkpoint)
        empty = empty + 1 if checkpoint is not None and checkpoint.watermark is None else 0
        if run.plan.from_school_year is None and empty >= EMPTY_YEARS_BEFORE_THE_FIRST:
            break
    for left in sorted(reopened, reverse=True):
        yield from read_year(run, left, window_of_year(left), checkpoints.get(left))


def _years(run: Run) -> Iterator[Schooljaar]:
    newest = Schooljaar.of(local_time(run.now).date())
    if run.plan.from_school_year is None:
        return years_back(newest)
    oldest = Schooljaar.parse(run.plan.from_school_year)
    refuse_future(oldest, local_time(run.now), "from_school_year")
    wanted = [year for year in years_back(newest) if year >= oldest]
    return iter(wanted if run.plan.newest_first else wanted[::-1])


def _is_wanted(run: Run, year: Schooljaar, checkpoint: Checkpoint | None) -> bool:
    if checkpoint is None:
        return True
    if checkpoint.deleted:
        return False
    return not checkpoint.complete or is_open(year, local_time(run.now))


def read_year(run: Run, year: str, window: Window, checkpoint: Checkpoint | None) -> Flow[Checkpoint]:
    """Read one year from its checkpoint on; gives where it stands now."""
    service = run.service
    before = checkpoint or Checkpoint(connection=service.connection, school_year=year)
    since = _since(run, before, window)
    drain = Drain(
        service=service, window=window, checkpoint=before, since=since, whole=since is None, spool=_spool(run)
    )
    tally = _Tally(year)
    yield from consume(read_window(drain), lambda batch: _keep_batch(run, drain, tally, batch))
    run.years.append(
        YearReport(
            school_year=year, kept=tally.kept, requests=drain.requests, whole=drain.whole, withdrawn=tally.withdrawn
        )
    )
    return drain.checkpoint


@mutable
class _Tally:
    """What has come of one year so far."""

    year: str
    kept: Kept = NOTHING_KEPT
    withdrawn: int = 0
    gaps: bool = False
    unreadable: set[str] = field(factory=set)


def _keep_batch(run: Run, drain: Drain, tally: _Tally, batch: Batch) -> Flow[None]:
    tally.gaps = tally.gaps or bool(batch.poison) or any(each.submission_nr is None for each in batch.unreadable)
    tally.unreadable |= {each.submission_nr for each in batch.unreadable if each.submission_nr is not None}
    if batch.last and drain.whole and not tally.gaps and run.service.contract.repeatable:
        yield from _mark_absent(run, drain, tally)
    known, unknown = run.sort_out(batch.results, tally.year)
    tally.kept += yield from run.keep(
        Keeping(
            results=known,
            unknown=unknown,
            unreadable=batch.unreadable,
            poison=batch.poison,
            school_year=tally.year,
            checkpoint=batch.checkpoint,
            spooled=batch.spooled,
            now=(yield from ask_time()),
        )
    )
    run.tell(tally.year, len(batch.results))


def _mark_absent(run: Run, drain: Drain, tally: _Tally) -> Flow[None]:
    """Mark what a whole reading did not bring, unless it is too much to believe."""
    mark = partial(run.store.mark_absent, run.service.connection, run.token, tally.year)
    seen = drain.seen.keys() | tally.unreadable
    plan = run.plan
    now = yield from ask_time()
    absent = yield from perform(partial(mark, seen, now, 0))
    if absent.count == 0:
        return
    too_many = absent.count > min(plan.alarm_count, max(1, int(absent.total * plan.alarm_share)))
    if too_many and not plan.accept_withdrawals:
        run.alarms.append(
            f"{absent.count} of {absent.total} results of {tally.year} are no longer listed; none was marked, "
            "pass accept_withdrawals=True once this is confirmed"
        )
        return
    absent = yield from perform(partial(mark, seen, now, absent.count))
    tally.withdrawn = absent.count


def _since(run: Run, checkpoint: Checkpoint, window: Window) -> str | None:
    """Where a year is read from: a little before the last moment, or ``None`` for all of it."""
    if checkpoint.watermark is None or not run.service.contract.repeatable or _is_reread_due(run, checkpoint):
        return None
    contract = run.service.contract
    step = dt.timedelta() if contract.since_includes else contract.date_form.granule
    overlap = run.plan.overlap if checkpoint.complete else dt.timedelta()
    begin = start_of(checkpoint.watermark, window, overlap + step)
    return write_moment(begin, contract.date_form)


def _is_reread_due(run: Run, checkpoint: Checkpoint) -> bool:
    if checkpoint.is_reopened:
        return True  # whatever an earlier run has come to read of it: the rest would not show what is gone
    if run.plan.reread is None:
        return False
    if not checkpoint.complete:
        return not run.plan.reread
    last = checkpoint.read_whole_at
    return last is None or run.now - last >= run.plan.reread or last > run.now + _CLOCK_SKEW


def _spool(run: Run) -> Spool | None:
    if run.service.contract.repeatable:
        return None
    connection = run.service.connection
    return Spool(
        prepare=partial(run.store.renew_lease, connection, run.token),
        keep=partial(run.store.spool, connection),
    )
