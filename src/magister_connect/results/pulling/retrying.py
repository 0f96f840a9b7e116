"""Try again what waits from earlier runs: responses, records, candidates and ranges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Final

from magister_connect.core.flow import Flow, consume, current_time, run_blocking
from magister_connect.errors import MagisterConnectError
from magister_connect.results.contracts.requests import PageRequest
from magister_connect.results.moments import read_moment
from magister_connect.results.pulling.paging import read_window
from magister_connect.results.pulling.runs import Run, listed, window_of_year
from magister_connect.results.pulling.store_protocol import ALL_YEARS, Spooled, Transaction, Waiting, YearResult
from magister_connect.results.pulling.window_reader import Batch, WindowReader
from magister_connect.results.pulling.windows import Window
from magister_connect.results.records import Checkpoint, Result, UnansweredRange
from magister_connect.results.service import Page

PIECE: Final = 500


def recover_spool(run: Run) -> Flow[None]:
    """Read raw responses that an earlier run stored but did not read. An unreadable one goes to quarantine."""
    left: tuple[Spooled, ...] = yield from listed(partial(run.store.spooled, run.service.connection))
    for spooled in left:
        try:
            page = run.service.read(spooled.reply, PageRequest())
        except MagisterConnectError as error:
            yield from set_reply_aside(run, spooled.number, error.what, (yield from current_time()))
            continue
        yield from keep_page(run, page, spooled=spooled.number)


def set_reply_aside(run: Run, number: int, reason: str, now: dt.datetime) -> Flow[None]:
    """Move a raw response into quarantine."""
    yield from run_blocking(partial(run.store.set_reply_aside, run.service.connection, number, reason, now))


def keep_page(run: Run, page: Page, *, spooled: int | None = None, solved: Collection[int] = ()) -> Flow[None]:
    """Store the contents of a raw response of an earlier run."""
    known, unknown = run.split_known(page.results, ALL_YEARS)
    transaction = Transaction(
        results=known,
        unknown=unknown,
        unreadable=page.unreadable,
        school_year=ALL_YEARS,
        spooled=spooled,
        solved=solved,
        now=(yield from current_time()),
    )
    yield from run.commit(transaction)
    run.recovered += page.count


def read_replies_again(run: Run) -> Flow[None]:
    """Read unreadable raw responses again, with the current contract."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "reply"))
    for each in waiting:
        if each.reply is None:
            continue
        try:
            page = run.service.read(each.reply, PageRequest())
        except MagisterConnectError:
            continue
        yield from keep_page(run, page, solved=(each.number,))


def deliver_waiting(run: Run) -> Flow[None]:
    """Deliver waiting results of candidates that are known by now."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "unknown"))
    ready = [
        YearResult(each.result, each.school_year)
        for each in waiting
        if each.result is not None and run.is_wanted(each.result.stamnummer)
    ]
    for some in _pieces(ready):
        kept = yield from run.commit(
            Transaction(results=some, school_year=some[0].school_year, now=(yield from current_time()))
        )
        run.delivered += kept.new + kept.changed


def read_again(run: Run) -> Flow[None]:
    """Read unreadable records again, with the current contract."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "unreadable"))
    reader = run.service.reader
    for each in waiting:
        read = reader.read_again(each.record or b"")
        if isinstance(read, Result):
            known, unknown = run.split_known([read], each.school_year)
            yield from run.commit(
                Transaction(
                    results=known,
                    unknown=unknown,
                    school_year=each.school_year,
                    solved=(each.number,),
                    now=(yield from current_time()),
                )
            )


def retry_unanswered(run: Run) -> Flow[None]:
    """Request the ranges again that got no response before."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "unanswered"))
    for each, missed in [(each, each.range) for each in waiting if each.range is not None]:
        yield from _retry_range(run, each, missed)


def _retry_range(run: Run, waiting: Waiting, missed: UnansweredRange) -> Flow[None]:
    reader = WindowReader(
        service=run.service,
        window=_window_of_range(missed),
        checkpoint=Checkpoint(connection=missed.connection, school_year=missed.school_year, cursor=_cursor(missed)),
        since=missed.since,
        before=missed.before,
        year=window_of_year(missed.school_year),
        health=run.health,
    )
    batches: list[Batch] = []
    yield from consume(read_window(reader), lambda batch: _put(batches, batch))
    still = any(batch.unanswered for batch in batches)
    results = [result for batch in batches for result in batch.results]
    known, unknown = run.split_known(results, missed.school_year)
    yield from run.commit(
        Transaction(
            results=known,
            unknown=unknown,
            unreadable=[each for batch in batches for each in batch.unreadable],
            unanswered=[each for batch in batches for each in batch.unanswered],
            school_year=missed.school_year,
            solved=() if still and _same_range(batches, missed) else (waiting.number,),
            now=(yield from current_time()),
        )
    )


def _cursor(missed: UnansweredRange) -> str | None:
    return None if missed.after is None else str(missed.after)


def _put(batches: list[Batch], batch: Batch) -> Flow[None]:
    batches.append(batch)
    yield from ()


def _same_range(batches: Sequence[Batch], missed: UnansweredRange) -> bool:
    begin = (missed.since, None) if missed.after is None else (None, missed.after)
    found = [each for batch in batches for each in batch.unanswered]
    return any(begin == ((each.since, None) if each.after is None else (None, each.after)) for each in found)


def _window_of_range(missed: UnansweredRange) -> Window:
    whole = window_of_year(missed.school_year)
    begin = None if missed.since is None else read_moment(missed.since, "since")
    end = None if missed.until is None else read_moment(missed.until, "until")
    return Window(begin or whole.begin, end or whole.end)


def _pieces(filed: Sequence[YearResult]) -> Iterator[Sequence[YearResult]]:
    for start in range(0, len(filed), PIECE):
        yield filed[start : start + PIECE]
