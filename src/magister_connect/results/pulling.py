"""From a service into a store: incremental, resumable, and the same however often it is run.

Rows and the checkpoint that stands for them go into one transaction, so that a run may end anywhere. What it leaves
undone, the next one does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypedDict, TypeVar

from attrs import field, frozen, mutable

from magister_connect.core.flow import Flow, consume, current_time, run_blocking
from magister_connect.errors import MagisterConnectError, UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results.operations import LazyService
from magister_connect.results.paging import Batch, Health, Spool, WindowReader, read_window, start_of
from magister_connect.results.records import Checkpoint, IsWanted, PoisonSlice, Result, Stamnummers, wanted_by
from magister_connect.results.report import Progress, PullReport, YearReport
from magister_connect.results.requests import PageRequest
from magister_connect.results.service import Page, Service
from magister_connect.results.store_protocol import (
    ALL_YEARS,
    NO_ROWS,
    ResultStore,
    RowCounts,
    Spooled,
    Transaction,
    Waiting,
    YearResult,
    under_lease,
)
from magister_connect.results.values import (
    Window,
    is_open,
    local_time,
    open_years,
    read_moment,
    refuse_future,
    refuse_negative,
    window_of,
    write_moment,
    years_back,
)


def _years(given: str | Collection[str]) -> tuple[str, ...]:
    if given == ALL_YEARS:
        return (ALL_YEARS,)
    years = [given] if isinstance(given, str) else given
    return tuple(sorted({Schooljaar.parse(year).reveal() for year in years}))


class PullOptions(TypedDict, total=False):
    """What ``pull`` takes beside the store and who is known; :meth:`ResultsClient.pull` says what each of them does."""

    from_school_year: str | None
    reopen: str | Collection[str]
    newest_first: bool
    overlap: dt.timedelta
    reread: dt.timedelta | None
    alarm_count: int
    alarm_share: float
    accept_withdrawals: bool
    progress: Callable[[Progress], None] | None


@frozen(kw_only=True)
class Plan:
    """How a pull goes about it.

    ``from_school_year`` is the oldest year to read; without it years are read back until two in a row are empty.
    ``reopen`` is a school year, or several, or ``all``, to read whole again although it may be over. ``overlap`` is
    how far before the last moment each run begins, for what shows late. ``reread`` is after how long an open year is
    read whole again, ``None`` for never, zero for now. More withdrawn results than ``alarm_count`` or ``alarm_share``
    of a year are not marked unless ``accept_withdrawals`` says so. ``progress`` is called after every batch.

    Raises :class:`UsageError` for what contradicts itself or cannot be meant, and :class:`MappingError` for a text
    that is no school year: before anything is sent.
    """

    from_school_year: str | None = None
    reopen: tuple[str, ...] = field(default=(), converter=_years)
    newest_first: bool = True
    overlap: dt.timedelta = dt.timedelta(days=7)
    reread: dt.timedelta | None = dt.timedelta(days=30)
    alarm_count: int = 20
    alarm_share: float = 0.02
    accept_withdrawals: bool = False
    progress: Callable[[Progress], None] | None = None

    def __attrs_post_init__(self) -> None:
        refuse_negative(overlap=self.overlap, reread=self.reread)
        if self.from_school_year is not None:
            Schooljaar.parse(self.from_school_year)
        elif not self.newest_first:
            raise UsageError(
                "Oldest first needs the year to begin with",
                where="from_school_year",
                advice='For example from_school_year="2020-2021".',
            )
        if self.alarm_count < 0 or not 0 <= self.alarm_share <= 1:
            raise UsageError(
                "A number of results cannot be negative, and a share of them lies between 0 and 1",
                where="alarm_count, alarm_share",
                advice="For example alarm_count=20, alarm_share=0.02 for two in a hundred.",
            )


# The window where the service takes no moment, so that it cannot be asked for a year.
EVER: Final = Window(dt.datetime(2000, 8, 1), dt.datetime(2100, 8, 1))  # noqa: DTZ001 - naive local time

T = TypeVar("T")


@mutable(kw_only=True)
class Run:
    """One pull on its way. ``now`` is when it began, by which years are open or whole; what is kept has its own."""

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
    health: Health = field(factory=Health)
    years: list[YearReport] = field(factory=list)
    alarms: list[str] = field(factory=list)

    def keep(self, transaction: Transaction) -> Flow[RowCounts]:
        """One transaction."""
        kept = yield from run_blocking(partial(self.store.keep, self.service.connection, self.token, transaction))
        self.kept += kept
        return kept

    def sort_out(self, results: Sequence[Result], year: str) -> tuple[list[YearResult], list[YearResult]]:
        """Results to deliver, and those whose candidate is not known."""
        known: list[YearResult] = []
        unknown: list[YearResult] = []
        for result in results:
            filed = YearResult(result, self.year_of(result, year))
            (known if self.is_wanted(result.stamnummer) else unknown).append(filed)
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
    return (yield from run_blocking(lambda: tuple(read())))


PIECE: Final = 500


def recover_spool(run: Run) -> Flow[None]:
    """Raw replies that were kept, and whose run ended before they were read; one that cannot be read waits."""
    left: tuple[Spooled, ...] = yield from listed(partial(run.store.spooled, run.service.connection))
    for spooled in left:
        try:
            page = run.service.read(spooled.reply, PageRequest())
        except MagisterConnectError as error:
            yield from set_reply_aside(run, spooled.number, error.what, (yield from current_time()))
            continue
        yield from keep_page(run, page, spooled=spooled.number)


def set_reply_aside(run: Run, number: int, reason: str, now: dt.datetime) -> Flow[None]:
    """Move a raw reply into quarantine."""
    yield from run_blocking(partial(run.store.set_reply_aside, run.service.connection, number, reason, now))


def keep_page(run: Run, page: Page, *, spooled: int | None = None, solved: Collection[int] = ()) -> Flow[None]:
    """Keep what a raw reply of an earlier run holds."""
    known, unknown = run.sort_out(page.results, ALL_YEARS)
    transaction = Transaction(
        results=known,
        unknown=unknown,
        unreadable=page.unreadable,
        school_year=ALL_YEARS,
        spooled=spooled,
        solved=solved,
        now=(yield from current_time()),
    )
    yield from run.keep(transaction)
    run.recovered += page.count


def read_replies_again(run: Run) -> Flow[None]:
    """Raw replies that could not be read, under the contract of now."""
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
    """Results whose candidate has become known."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "unknown"))
    ready = [
        YearResult(each.result, each.school_year)
        for each in waiting
        if each.result is not None and run.is_wanted(each.result.stamnummer)
    ]
    for some in _pieces(ready):
        kept = yield from run.keep(
            Transaction(results=some, school_year=some[0].school_year, now=(yield from current_time()))
        )
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
                Transaction(
                    results=known,
                    unknown=unknown,
                    school_year=each.school_year,
                    solved=(each.number,),
                    now=(yield from current_time()),
                )
            )


def retry_poison(run: Run) -> Flow[None]:
    """Stretches that the service could not answer before."""
    waiting: tuple[Waiting, ...] = yield from listed(partial(run.store.waiting, run.service.connection, "poison"))
    for each, poison in [(each, each.slice) for each in waiting if each.slice is not None]:
        yield from _retry_slice(run, each, poison)


def _retry_slice(run: Run, waiting: Waiting, poison: PoisonSlice) -> Flow[None]:
    reader = WindowReader(
        service=run.service,
        window=_window_of_slice(poison),
        checkpoint=Checkpoint(connection=poison.connection, school_year=poison.school_year, cursor=_cursor(poison)),
        since=poison.since,
        before=poison.before,
        year=window_of_year(poison.school_year),
        health=run.health,
    )
    batches: list[Batch] = []
    yield from consume(read_window(reader), lambda batch: _put(batches, batch))
    still = any(batch.poison for batch in batches)
    results = [result for batch in batches for result in batch.results]
    known, unknown = run.sort_out(results, poison.school_year)
    yield from run.keep(
        Transaction(
            results=known,
            unknown=unknown,
            unreadable=[each for batch in batches for each in batch.unreadable],
            poison=[each for batch in batches for each in batch.poison],
            school_year=poison.school_year,
            solved=() if still and _same_slice(batches, poison) else (waiting.number,),
            now=(yield from current_time()),
        )
    )


def _cursor(poison: PoisonSlice) -> str | None:
    return None if poison.after is None else str(poison.after)


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


def _pieces(filed: Sequence[YearResult]) -> Iterator[Sequence[YearResult]]:
    for start in range(0, len(filed), PIECE):
        yield filed[start : start + PIECE]


def reopen_years(run: Run) -> Flow[None]:
    """Take back the checkpoints of the years that the plan names, all of them in one transaction.

    Raises :class:`UsageError` for a year that has not begun, and for one that was deleted from the store.
    """
    if not run.plan.reopen:
        return
    for year in _named(run.plan):
        refuse_future(Schooljaar(year), local_time(run.now), "reopen")
    checkpoints = yield from run_blocking(partial(run.store.checkpoints, run.service.connection))
    _refuse_deleted(checkpoints[year] for year in _named(run.plan) if year in checkpoints)
    reopened = [each.reopened() for each in _wanted(run, checkpoints)]
    yield from run.keep(Transaction(reopened=reopened, school_year=ALL_YEARS, now=(yield from current_time())))


def reopened_years(plan: Plan, checkpoints: Mapping[str, Checkpoint]) -> set[str]:
    """The years to be read in any case: those that are named, and those that an earlier run reopened and left."""
    left = {year for year, checkpoint in checkpoints.items() if checkpoint.is_reopened}
    return (left | set(plan.reopen)) - {ALL_YEARS}


def tell_what_did_not_come(run: Run) -> None:
    """Raise an alarm where nothing came of years that were reopened, because the service gives nothing twice."""
    if not run.plan.reopen or run.service.contract.repeatable:
        return
    names = set(run.plan.reopen)
    came = [year for year in run.years if names & {year.school_year, ALL_YEARS} and year.kept != NO_ROWS]
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


EMPTY_YEARS_BEFORE_THE_FIRST: Final = 2
_CLOCK_SKEW: Final = dt.timedelta(minutes=5)


def read_years(run: Run, checkpoints: Mapping[str, Checkpoint]) -> Flow[None]:
    """Read every year that is wanted."""
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
    return reader.checkpoint


@mutable
class _Tally:
    """What has come of one year so far."""

    year: str
    kept: RowCounts = NO_ROWS
    withdrawn: int = 0
    gaps: bool = False
    unreadable: set[str] = field(factory=set)


def _keep_batch(run: Run, reader: WindowReader, tally: _Tally, batch: Batch) -> Flow[None]:
    tally.gaps = tally.gaps or bool(batch.poison) or any(each.submission_nr is None for each in batch.unreadable)
    tally.unreadable |= {each.submission_nr for each in batch.unreadable if each.submission_nr is not None}
    if batch.last and reader.whole and not tally.gaps and run.service.contract.repeatable:
        yield from _mark_absent(run, reader, tally)
    known, unknown = run.sort_out(batch.results, tally.year)
    tally.kept += yield from run.keep(
        Transaction(
            results=known,
            unknown=unknown,
            unreadable=batch.unreadable,
            poison=batch.poison,
            school_year=tally.year,
            checkpoint=batch.checkpoint,
            spooled=batch.spooled,
            now=(yield from current_time()),
        )
    )
    run.tell(tally.year, len(batch.results))


def _mark_absent(run: Run, reader: WindowReader, tally: _Tally) -> Flow[None]:
    """Mark what a whole reading did not bring, unless it is too much to believe."""
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
            f"{absent.count} of {absent.total} results of {tally.year} are no longer listed; none was marked, "
            "pass accept_withdrawals=True once this is confirmed"
        )
        return
    absent = yield from run_blocking(partial(mark, seen, now, absent.count))
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
        set_aside=partial(run.store.set_reply_aside, connection),
        discard=run.store.discard_spooled,
    )


def pull(
    opened: LazyService,
    store: ResultStore,
    *,
    stamnummers: Stamnummers,
    plan: Plan,
) -> Flow[PullReport]:
    """Pull everything that is new into the store. Raises :class:`LeaseHeld` while another run does the same."""
    wanted = wanted_by(stamnummers)  # a mistake of the caller shows before anything is sent
    service = yield from opened.open()
    if not service.contract.repeatable and not store.can_spool():
        raise UsageError(
            "This service delivers each result once, so that replies have to be kept before they are read",
            where="store",
            advice="Give the store a key: Store(url, key=Store.generate_key()), and keep the key.",
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
    kinds = {reason.partition(":")[0] for reason in waiting}
    again = {"unknown": deliver_waiting, "unreadable": read_again, "reply": read_replies_again, "poison": retry_poison}
    for kind, work in again.items():
        if kind in kinds:
            yield from work(run)
    checkpoints = yield from run_blocking(partial(run.store.checkpoints, connection))
    if run.service.contract.parameters.since is None:
        yield from read_year(run, ALL_YEARS, EVER, checkpoints.get(ALL_YEARS))
    else:
        yield from read_years(run, checkpoints)
    tell_what_did_not_come(run)
    dropped: Mapping[str, int] = {}
    if "unknown" in kinds or run.kept.waiting:
        oldest_open = open_years(local_time(run.now))[-1].reveal()
        now = yield from current_time()
        dropped = yield from run_blocking(partial(run.store.expire_waiting, connection, run.token, oldest_open, now))
    return (yield from _report(run, dropped))


def _report(run: Run, dropped: Mapping[str, int]) -> Flow[PullReport]:
    waiting = yield from run_blocking(partial(run.store.count_waiting, run.service.connection))
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
