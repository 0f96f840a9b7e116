"""What earlier runs have left: raw replies, results that waited, records and stretches that could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from magister_connect.exchange import Flow, Reply, ask_time, consume
from magister_connect.results.checkpoints import Checkpoint, PoisonSlice
from magister_connect.results.keeping import ALL_YEARS, Filed, Keeping, Spooled, Waiting
from magister_connect.results.moments import Window, read_moment
from magister_connect.results.paging import Batch, Drain, read_window
from magister_connect.results.pulling.run import Run, listed, window_of_year
from magister_connect.results.records import Result
from magister_connect.results.service import Ask

__all__ = ["deliver_waiting", "read_again", "recover_spool", "retry_poison"]

PIECE: Final = 500


def recover_spool(run: Run) -> Flow[None]:
    """Raw replies that were kept, and whose run ended before they were read."""
    left: tuple[Spooled, ...] = yield from listed(partial(run.store.spooled, run.service.connection))
    for spooled in left:
        page = run.service.read(Reply(200, (("content-type", "text/xml"),), spooled.body), Ask())
        known, unknown = run.sort_out(page.results, ALL_YEARS)
        keeping = Keeping(
            results=known,
            unknown=unknown,
            unreadable=page.unreadable,
            school_year=ALL_YEARS,
            spooled=spooled.number,
            now=(yield from ask_time()),
        )
        yield from run.keep(keeping)
        run.recovered += page.count


def deliver_waiting(run: Run) -> Flow[None]:
    """Results whose candidate has become known."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "unknown"))
    ready = [
        Filed(each.result, each.school_year)
        for each in waiting
        if each.result is not None and run.knows(each.result.stamnummer)
    ]
    for some in _pieces(ready):
        kept = yield from run.keep(Keeping(results=some, school_year=some[0].school_year, now=(yield from ask_time())))
        run.delivered += kept.new + kept.changed


def read_again(run: Run) -> Flow[None]:
    """Records that could not be read, under the contract of now."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "unreadable"))
    reader = run.service.reader
    for each in waiting:
        read = reader.read_again(each.record or b"")
        if isinstance(read, Result):
            known, unknown = run.sort_out([read], each.school_year)
            yield from run.keep(
                Keeping(
                    results=known,
                    unknown=unknown,
                    school_year=each.school_year,
                    solved=(each.number,),
                    now=(yield from ask_time()),
                )
            )


def retry_poison(run: Run) -> Flow[None]:
    """Stretches that the service could not answer before."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "poison"))
    for each, poison in [(each, each.slice) for each in waiting if each.slice is not None]:
        yield from _retry_slice(run, each, poison)


def _retry_slice(run: Run, waiting: Waiting, poison: PoisonSlice) -> Flow[None]:
    drain = Drain(
        service=run.service,
        window=_window_of_slice(poison),
        checkpoint=Checkpoint(connection=poison.connection, school_year=poison.school_year, last_number=poison.after),
        since=poison.since,
        before=poison.before,
        year=window_of_year(poison.school_year),
    )
    batches: list[Batch] = []
    yield from consume(read_window(drain), lambda batch: _put(batches, batch))
    still = any(batch.poison for batch in batches)
    results = [result for batch in batches for result in batch.results]
    known, unknown = run.sort_out(results, poison.school_year)
    yield from run.keep(
        Keeping(
            results=known,
            unknown=unknown,
            unreadable=[each for batch in batches for each in batch.unreadable],
            poison=[each for batch in batches for each in batch.poison],
            school_year=poison.school_year,
            solved=() if still and _same_slice(batches, poison) else (waiting.number,),
            now=(yield from ask_time()),
        )
    )


def _put(batches: list[Batch], batch: Batch) -> Flow[None]:
    batches.append(batch)
    yield from ()


def _same_slice(batches: Sequence[Batch], poison: PoisonSlice) -> bool:
    begin = (poison.since, None) if poison.after is None else (None, poison.after)
    found = [each for batch in batches for each in batch.poison]
    return any(begin == ((each.since, None) if each.after is None else (None, each.after)) for each in found)


def _window_of_slice(poison: PoisonSlice) -> Window:
    whole = window_of_year(poison.school_year)
    begin = None if poison.since is None else read_moment(poison.since, "since")
    end = None if poison.until is None else read_moment(poison.until, "until")
    return Window(begin or whole.begin, end or whole.end)


def _pieces(filed: Sequence[Filed]) -> Iterator[Sequence[Filed]]:
    for start in range(0, len(filed), PIECE):
        yield filed[start : start + PIECE]
