"""Read school years one by one, each from its checkpoint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import takewhile
from typing import Final

from attrs import evolve, field, mutable

from magister_connect.core.flow import Flow, consume, current_time, run_blocking
from magister_connect.identifiers import Schooljaar
from magister_connect.results.moments import local_time, write_moment
from magister_connect.results.pulling.paging import read_window
from magister_connect.results.pulling.reopening import reopened_years
from magister_connect.results.pulling.report import YearReport
from magister_connect.results.pulling.runs import Run, window_of_year
from magister_connect.results.pulling.store_protocol import NO_ROWS, RowCounts, Transaction
from magister_connect.results.pulling.window_reader import Batch, Spool, WindowReader, start_of
from magister_connect.results.pulling.windows import Window, is_open, refuse_future, window_of, years_back
from magister_connect.results.records import Checkpoint

EMPTY_YEARS_BEFORE_THE_FIRST: Final = 2
_CLOCK_SKEW: Final = dt.timedelta(minutes=5)


def read_years(run: Run, checkpoints: Mapping[str, Checkpoint]) -> Flow[None]:
    """Read all wanted years."""
    run.largest = max((each.largest for each in checkpoints.values()), default=0)
    reopened = reopened_years(run.plan, checkpoints)
    empty = 0
    for year in _opened_years(run):
        reopened.discard(year.reveal())
        checkpoint = checkpoints.get(year.reveal())
        if _is_wanted(run, year, checkpoint):
            checkpoint = yield from read_year(run, year.reveal(), window_of(year), checkpoint)
        empty = empty + 1 if checkpoint is not None and checkpoint.watermark is None else 0
        if run.plan.from_school_year is None and empty >= EMPTY_YEARS_BEFORE_THE_FIRST:
            break
    for left in sorted(reopened, reverse=True):
        yield from read_year(run, left, window_of_year(left), checkpoints.get(left))


def _opened_years(run: Run) -> Iterator[Schooljaar]:
    newest = Schooljaar.of(local_time(run.now).date())
    if run.plan.from_school_year is None:
        return years_back(newest)
    oldest = Schooljaar.parse(run.plan.from_school_year)
    refuse_future(oldest, local_time(run.now), "from_school_year")
    wanted = tuple(takewhile(lambda year: year >= oldest, years_back(newest)))
    return iter(wanted if run.plan.newest_first else wanted[::-1])


def _is_wanted(run: Run, year: Schooljaar, checkpoint: Checkpoint | None) -> bool:
    if checkpoint is None:
        return True
    if checkpoint.deleted:
        return False
    return not checkpoint.complete or is_open(year, local_time(run.now))


def read_year(run: Run, year: str, window: Window, checkpoint: Checkpoint | None) -> Flow[Checkpoint]:
    """Read one year from its checkpoint. Return its new checkpoint."""
    service = run.service
    before = checkpoint or Checkpoint(connection=service.connection, school_year=year)
    before = evolve(before, largest=max(before.largest, run.largest))
    since = _since(run, before, window)
    reader = WindowReader(
        service=service,
        window=window,
        checkpoint=before,
        since=since,
        whole=since is None,
        spool=_spool(run),
        health=run.health,
    )
    tally = _Tally(year)
    yield from consume(read_window(reader), lambda batch: _keep_batch(run, reader, tally, batch))
    run.years.append(
        YearReport(
            school_year=year, kept=tally.kept, requests=reader.requests, whole=reader.whole, withdrawn=tally.withdrawn
        )
    )
    run.largest = reader.checkpoint.largest
    return reader.checkpoint


@mutable
class _Tally:
    """The counts of one year so far."""

    year: str
    kept: RowCounts = NO_ROWS
    withdrawn: int = 0
    gaps: bool = False
    unreadable: set[str] = field(factory=set)


def _keep_batch(run: Run, reader: WindowReader, tally: _Tally, batch: Batch) -> Flow[None]:
    tally.gaps = tally.gaps or bool(batch.unanswered) or any(each.submission_nr is None for each in batch.unreadable)
    tally.unreadable |= {each.submission_nr for each in batch.unreadable if each.submission_nr is not None}
    if batch.last and reader.whole and not tally.gaps and run.service.contract.repeatable:
        yield from _mark_absent(run, reader, tally)
    known, unknown = run.split_known(batch.results, tally.year)
    tally.kept += yield from run.commit(
        Transaction(
            results=known,
            unknown=unknown,
            unreadable=batch.unreadable,
            unanswered=batch.unanswered,
            school_year=tally.year,
            checkpoint=batch.checkpoint,
            spooled=batch.spooled,
            is_waiting=run.is_waiting,
            now=(yield from current_time()),
        )
    )
    if batch.unproven:
        run.unproven[tally.year] = batch.unproven
    run.report_progress(tally.year, len(batch.results))


def _mark_absent(run: Run, reader: WindowReader, tally: _Tally) -> Flow[None]:
    """Mark results that a complete reading did not contain, unless there are suspiciously many."""
    mark = partial(run.store.mark_absent, run.service.connection, run.token, tally.year)
    seen = reader.seen.keys() | tally.unreadable
    plan = run.plan
    now = yield from current_time()
    absent = yield from run_blocking(partial(mark, seen, now, 0))
    if absent.count == 0:
        return
    too_many = absent.count > min(plan.alarm_count, max(1, int(absent.total * plan.alarm_share)))
    if too_many and not plan.accept_withdrawals:
        run.alarms.append(
            f"{absent.count} of {absent.total} results of {tally.year} are no longer listed; none was marked; "
            "pass accept_withdrawals=True once this is confirmed"
        )
        return
    absent = yield from run_blocking(partial(mark, seen, now, absent.count))
    tally.withdrawn = absent.count


def _since(run: Run, checkpoint: Checkpoint, window: Window) -> str | None:
    """Return where to start in a year: a little before the last moment, or ``None`` for all of it."""
    if checkpoint.watermark is None or not run.service.contract.repeatable or _is_reread_due(run, checkpoint):
        return None
    contract = run.service.contract
    step = dt.timedelta() if contract.since_includes else contract.date_form.granule
    overlap = run.plan.overlap if checkpoint.complete else dt.timedelta()
    begin = start_of(checkpoint.watermark, window, overlap + step)
    return write_moment(begin, contract.date_form)


def _is_reread_due(run: Run, checkpoint: Checkpoint) -> bool:
    if checkpoint.is_reopened:
        return True  # an earlier run may have read part of it: reading only the rest would not show missing results
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
        set_aside=partial(run.store.set_reply_aside, connection),
        discard=run.store.discard_spooled,
    )
