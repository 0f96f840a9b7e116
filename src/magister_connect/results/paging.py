"""From one batch to the next, in each of the ways that the service may have.

A window is read by the way of paging of its contract (:data:`_WAYS`). What a way goes on from in a later run stands in
the checkpoint as one cursor, a text that only that way writes and reads.

A service that breaks down over a request may do so because of one record, or because nothing works. Windows are halved
only as long as there is evidence for the first: another request of the same run was answered. Without evidence two
windows far apart are tried, and the run ends where both fail.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from attrs import evolve, field, frozen, mutable

from magister_connect.core.flow import Answer, Emit, Flow, Reply, Step, StreamingFlow, current_time, emit, run_blocking
from magister_connect.errors import CursorStuck, MagisterConnectError, ReplyInvalid, Responsible, ServiceError
from magister_connect.results.contract import Paging
from magister_connect.results.moments import SECOND, lower_bound, read_moment, write_moment
from magister_connect.results.records import Checkpoint, Result, UnansweredRange, Unreadable
from magister_connect.results.requests import PageRequest
from magister_connect.results.service import RETRY_WAITS, Page, PageFailed, Service, Waits
from magister_connect.results.windows import Window

MOST_BATCHES: Final = 20_000  # in one window: at fifty a batch, a million results of one school year
MOST_UNANSWERED: Final = 10  # ranges in one window: beyond it the service is broken, not a record
MOST_FAILED: Final = 300  # requests of one run: halving down to one record takes some thirty
SUSPICIOUS: Final = 8  # failed requests in a row after which one that was answered is tried again
MOST_UNREADABLE_REPLIES: Final = 3  # in a row, of a service that delivers once
EARLIER: Final = dt.timedelta(days=7)  # from which a larger batch is sought
MANY_TIES: Final = 10  # records of one moment that may fill a batch whose size is not known
HIGHEST_NUMBER: Final = 2**31 - 1  # submission numbers are 32-bit integers (documented)
OVERLAP: Final = 10  # records that are asked for twice, so that a list that shifts is noticed
MOST_RESTARTS: Final = 3
FURTHEST: Final = 1_000_000  # records of one institution in one school year
FURTHEST_IN_GRANULE: Final = 64
LARGEST_LIMIT: Final = 65_536
_CHECK_PAGING: Final = "Check with the supplier how batches are asked for, and set the contract's paging."


@frozen(kw_only=True)
class Spool:
    """Where raw replies are kept before they are read, each call with the time.

    ``prepare`` makes sure that the store can be written, before a reply is asked for that comes once only; ``keep``
    returns the number under which a reply is kept; ``set_aside`` puts one that cannot be read into quarantine, and
    ``discard`` forgets one that holds nothing.
    """

    prepare: Callable[[dt.datetime], None]
    keep: Callable[[Reply, dt.datetime], int]
    set_aside: Callable[[int, str, dt.datetime], None]
    discard: Callable[[int], None]


@frozen(kw_only=True, repr=False)
class Batch:
    """Some results, each for the first time in this run, and the checkpoint to keep together with them.

    ``last`` is true for the batch that ends a window; it may be empty, since it carries the final checkpoint.
    """

    results: tuple[Result, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    unanswered: tuple[UnansweredRange, ...] = ()
    checkpoint: Checkpoint
    last: bool = False
    spooled: int | None = None

    def __repr__(self) -> str:
        more = f", {len(self.unreadable)} unreadable" if self.unreadable else ""
        more += f", {len(self.unanswered)} unanswered" if self.unanswered else ""
        year = f"{self.checkpoint.connection} {self.checkpoint.school_year}"
        return f"<Batch {year}: {len(self.results)} results{more}{', the last one' if self.last else ''}>"


@mutable
class Health:
    """What one run has seen of the service: how many requests failed, and one that was answered."""

    failed: int = 0
    failed_in_a_row: int = 0
    answered: PageRequest | None = None

    def note_answer(self, asked: PageRequest) -> None:
        """A request was answered."""
        self.failed_in_a_row, self.answered = 0, asked

    def note_failure(self) -> None:
        """The service broke down over a request."""
        self.failed += 1
        self.failed_in_a_row += 1

    @property
    def needs_proof(self) -> bool:
        """Whether it has to be proven that the service works at all."""
        return self.answered is None or self.failed_in_a_row % SUSPICIOUS == 0


@mutable(kw_only=True)
class WindowReader:
    """One window of one connection on its way.

    ``since`` is where to begin, ``whole`` whether that is the beginning of the year; ``before`` is a submission number
    behind which nothing is wanted; ``year`` is the school year beyond which nothing may be asked.
    """

    service: Service
    window: Window
    checkpoint: Checkpoint
    since: str | None = None
    whole: bool = False
    before: int | None = None
    year: Window | None = None
    spool: Spool | None = None
    health: Health = field(factory=Health)
    seen: dict[str, str] = field(factory=dict)
    unreadable: set[bytes] = field(factory=set)
    requests: int = 0
    unanswered_count: int = 0
    ordered: bool = True
    highest: tuple[dt.datetime, str] | None = None
    latest: dt.datetime | None = None
    biggest: int = 0
    last_unanswered: UnansweredRange | None = None
    last_batch: frozenset[str] = frozenset()
    unreadable_replies: int = 0
    includes_since: bool | None = None

    @property
    def granule(self) -> dt.timedelta:
        """The smallest step of the contract's dates."""
        return self.service.contract.date_form.granule

    def write(self, moment: dt.datetime) -> str:
        """A moment as the service takes it."""
        return write_moment(moment, self.service.contract.date_form)

    @property
    def remaining(self) -> Window:
        """The window from where this reader begins."""
        begin = None if self.since is None else read_moment(self.since, "since")
        return Window(begin or self.window.begin, self.window.end)

    def upper_bound(self, window: Window) -> str | None:
        """The text of a window's end, never beyond the last step of the whole window; ``None`` if none is taken."""
        contract = self.service.contract
        if contract.parameters.until is None:
            return None
        limit = (self.year or self.window).end
        latest = limit if contract.until_includes is False else limit - self.granule
        end = window.end - self.granule if contract.until_includes else window.end
        return self.write(min(end, latest))

    def ask(self, window: Window, since: str | None, *, token: str | None = None, **numbers: int | None) -> PageRequest:
        """The request for a window, from a text on."""
        takes_since = self.service.contract.parameters.since is not None
        since, until = since if takes_since else None, self.upper_bound(window)
        return PageRequest(since=since, until=until, token=token, **numbers)

    def fetch(self, asked: PageRequest, *, waits: Waits = RETRY_WAITS) -> Flow[Page]:
        """Ask for a batch.

        Raises :class:`PageFailed` where a smaller request may help, :class:`ServiceError` where nothing is answered,
        and :class:`CursorStuck` after too many requests.
        """
        self.requests += 1
        if self.requests > MOST_BATCHES:
            raise CursorStuck(
                f"There was no end after {MOST_BATCHES} batches", where=self.service.address, advice=_CHECK_PAGING
            )
        try:
            page = yield from self._fetch(asked, waits)
        except PageFailed as failed:
            self.health.note_failure()
            if not self.service.contract.repeatable:
                raise
            works = self.health.failed <= MOST_FAILED
            if works and self.health.needs_proof:
                works = yield from self._answers_something()
            if works:
                raise
            problem = _outage(failed)
        else:
            self.health.note_answer(asked)
            return page
        raise problem

    def _fetch(self, asked: PageRequest, waits: Waits) -> Flow[Page]:
        if self.spool is None:
            reply = yield from self.service.send(asked, waits=waits)
            return self.service.read(reply, asked)
        yield from run_blocking(partial(self.spool.prepare, (yield from current_time())))
        reply = yield from self.service.send(asked, waits=waits)
        number = yield from run_blocking(partial(self.spool.keep, reply, (yield from current_time())))
        try:
            page = self.service.read(reply, asked)
        except MagisterConnectError as error:
            problem = error
        else:
            self.unreadable_replies = 0
            return evolve(page, spooled=number)
        self.unreadable_replies += 1
        if reply.status not in {200, 202}:
            yield from run_blocking(partial(self.spool.discard, number))
            raise problem
        now = yield from current_time()
        yield from run_blocking(partial(self.spool.set_aside, number, problem.what, now))
        if self.unreadable_replies > MOST_UNREADABLE_REPLIES:
            raise problem
        return Page(asked=asked, set_aside=True)

    def _answers_something(self) -> Flow[bool]:
        """Whether the request that was answered last, or else one of two windows far apart, is answered now."""
        first = self.health.answered
        for asked in self._far_apart() if first is None else (first,):
            self.requests += 1
            try:
                yield from self._fetch(asked, ())
            except PageFailed:
                self.health.failed += 1
            else:
                self.health.note_answer(asked)
                return True
        return False

    def _far_apart(self) -> tuple[PageRequest, ...]:
        """Two small requests at the two ends of what may be asked; one behind the end where there is no upper bound."""
        contract, step, whole = self.service.contract, self.granule, self.year or self.window
        last = Window(whole.end - step, whole.end)
        if contract.parameters.until is not None and contract.parameters.since is not None:
            first = Window(whole.begin, whole.begin + step)
            return tuple(self.ask(each, self.write(each.begin)) for each in (first, last))
        asked = self.ask(last, self.write(last.begin))
        behind = {Paging.OFFSET: FURTHEST, Paging.PAGE: FURTHEST, Paging.NUMBER: HIGHEST_NUMBER}.get(contract.paging)
        return (evolve(asked, offset=behind, page=behind, last_number=behind),)

    def admit(self, page: Page) -> tuple[Result, ...]:
        """The results of a page that have not come by in this state."""
        fresh = []
        for result in page.results:
            if self.seen.get(result.submission_nr) != result.fingerprint:
                self.seen[result.submission_nr] = result.fingerprint
                fresh.append(result)
        return tuple(fresh)

    def moments(self, page: Page) -> list[dt.datetime]:
        """The moments by which the records of a page are selected, as they came.

        Raises :class:`ReplyInvalid` when none of them has one: paging could not go on.
        """
        name = self.service.contract.cursor_field
        all_of_them = (
            _moment_of(each) if isinstance(each, Unreadable) else getattr(each, name) for each in page.records
        )
        found = [moment for moment in all_of_them if moment is not None]
        if page.count and not found:
            raise ReplyInvalid(
                "No record has the moment by which batches are asked for",
                where=name,
                advice="Check with the supplier which moment the period is about, and set the contract's cursor_field.",
            )
        return found

    def note(self, page: Page) -> list[dt.datetime]:
        """Note how far a page reaches, whether it came in order and includes its bound; returns its moments."""
        moments = self.moments(page)
        if page.asked.since is not None and self.includes_since is None:
            since, whole_days = read_moment(page.asked.since, "since"), self.granule > SECOND
            found = {dt.datetime.combine(each, dt.time()) if whole_days else each for each in moments}
            self.includes_since = True if since in found else None
        if moments != sorted(moments) or (self.highest and moments and moments[0] < self.highest[0] - self.granule):
            self.ordered = False
        name = self.service.contract.cursor_field
        for result in page.results:
            moment: dt.datetime | None = getattr(result, name)
            within = moment is not None and self.window.begin <= moment < self.window.end + self.granule
            if moment is not None and within and (self.highest is None or moment > self.highest[0]):
                self.highest = (moment, result.cursor or self.write(moment))
        return moments

    def is_last(self, page: Page, limit: int | None = None) -> bool:
        """Whether nothing can follow: an empty batch, or one that the service or the contract says is the last.

        A batch that was made small by the limit that was asked for says nothing.
        """
        contract = self.service.contract
        short = contract.page_size is not None and page.count < min(contract.page_size, limit or contract.page_size)
        if page.more is not None and page.count:
            return not page.more
        return page.count == 0 or (contract.short_batch_ends and short)

    def is_cut_off(self, page: Page) -> bool:
        """Whether a batch is as large as batches of this service get, by what is known."""
        limit = self.service.contract.page_size or self.checkpoint.largest
        return bool(limit) and page.count >= limit

    @property
    def knows_size(self) -> bool:
        """Whether it is known how many records one batch holds at most."""
        return bool(self.service.contract.page_size or self.checkpoint.largest)

    def may_be_cut_off(self, page: Page) -> bool:
        """Whether a batch may be as large as they get, also where nothing is known about their size."""
        return self.is_cut_off(page) if self.knows_size else page.count >= MANY_TIES

    def may_hide(self, page: Page) -> bool:
        """Whether a batch out of order may hide records behind its limit: not when larger ones have come by."""
        size, self.biggest = self.biggest, max(self.biggest, page.count)
        if self.service.contract.batches_in_order:
            return False
        return page.count >= (self.service.contract.page_size or max(size, self.checkpoint.largest))

    def saw_cut(self, count: int) -> None:
        """Note that a batch of this size was followed by more."""
        if count > self.checkpoint.largest:
            self.checkpoint = evolve(self.checkpoint, largest=count)

    def refuse_repetition(self, page: Page) -> None:
        """Raise :class:`CursorStuck` for a batch that came just before, to another request."""
        if self.is_repetition(page):
            raise CursorStuck(
                "The service sends the same batch again and again", where=self.service.address, advice=_CHECK_PAGING
            )

    def is_repetition(self, page: Page) -> bool:
        """Whether the batch before was the same; notes this one."""
        before = self.last_batch
        self.last_batch = frozenset(f"{result.submission_nr} {result.fingerprint}" for result in page.results)
        return bool(before) and before == self.last_batch

    def take(
        self, page: Page, *, cursor: str | None = None, resumable: bool = False
    ) -> Generator[Step | Emit[Batch], Answer, int]:
        """Note a page and hand out what is new in it; returns how many of its records have not come by before.

        ``cursor`` is where the way of paging goes on. The watermark moves only where the window is read to its end and
        the order is proven.
        """
        fresh, unreadable = self.admit(page), self._admit_unreadable(page)
        moments = self.note(page)
        self.latest = moments[-1] if moments else self.latest
        if cursor is not None:
            self.checkpoint = evolve(self.checkpoint, cursor=cursor)
        if resumable and self.ordered and self.highest:
            self.checkpoint = evolve(self.checkpoint, watermark=self._watermark())
        if fresh or unreadable or page.spooled is not None:
            yield from emit(
                Batch(results=fresh, unreadable=unreadable, checkpoint=self.checkpoint, spooled=page.spooled)
            )
        return len(fresh) + len(unreadable)

    def _admit_unreadable(self, page: Page) -> tuple[Unreadable, ...]:
        fresh = tuple(each for each in page.unreadable if each.record not in self.unreadable)
        self.unreadable.update(each.record for each in fresh)
        return fresh

    def give_unanswered(self, failed: PageFailed, **place: str | int | None) -> StreamingFlow[Batch]:
        """Hand out a stretch that the service cannot answer. Raises the error itself when there are too many."""
        self.unanswered_count += 1
        if self.unanswered_count > MOST_UNANSWERED:
            raise failed
        found = UnansweredRange(
            connection=self.checkpoint.connection,
            school_year=self.checkpoint.school_year,
            reason=failed.what,
            **place,  # type: ignore[arg-type]  # texts for since and until, numbers for after and before
        )
        if self.last_unanswered is not None and found.since is not None and self.last_unanswered.until == found.since:
            found = evolve(found, since=self.last_unanswered.since)  # one record may spoil two windows that meet on it
        self.last_unanswered = found
        yield from emit(Batch(unanswered=(found,), checkpoint=self.checkpoint))

    def finish(self, now: dt.datetime) -> StreamingFlow[Batch]:
        """Hand out the last batch: the window has been read to its end."""
        self.checkpoint = evolve(
            self.checkpoint,
            watermark=self._watermark(),
            complete=True,
            read_at=now,
            read_whole_at=now if self.whole else self.checkpoint.read_whole_at,
        )
        yield from emit(Batch(checkpoint=self.checkpoint, last=True))

    def _watermark(self) -> str | None:
        """The service's own text of the highest moment; never lower than it was."""
        if self.highest is None:
            return self.checkpoint.watermark
        old = self.checkpoint.watermark
        moment, text = self.highest
        if old is not None and (before := read_moment(old, "watermark")) is not None and before > moment:
            return old
        return text


def start_of(watermark: str, window: Window, overlap: dt.timedelta) -> dt.datetime:
    """Where to begin after a watermark: earlier by the overlap, and by the doubtful hour, but within the window."""
    moment = read_moment(watermark, "watermark")
    return window.begin if moment is None else max(window.begin, lower_bound(moment) - overlap)


def _outage(failed: PageFailed) -> ServiceError:
    return ServiceError(
        f"No request of this run is answered, so that it is not one record: {failed.what}",
        where=failed.where,
        status=failed.status,
        responsible=Responsible.NOBODY,
        advice="Either the service is out of order: try again later; or it refuses the account without saying so: "
        "check instellingscode and SOAP-key with the supplier of the tests.",
    )


def _moment_of(each: Unreadable) -> dt.datetime | None:
    if each.cursor is None:
        return None
    try:
        return read_moment(each.cursor, "cursor")
    except ReplyInvalid:
        return None


FIRST_LIMIT: Final = 256  # to begin with where the size of a batch is not known and has to be halved


@mutable
class Limit:
    """The limit of the next request; ``None`` leaves it to the service."""

    reader: WindowReader
    value: int | None = None

    def reduce(self) -> bool:
        """Halve it, and say whether that is possible: the service takes a limit, and it is not one already."""
        contract = self.reader.service.contract
        if contract.parameters.limit is None or self.value == 1:
            return False
        self.value = max(1, (self.value or contract.page_size or self.reader.checkpoint.largest or FIRST_LIMIT) // 2)
        return True

    def widen(self) -> None:
        """Ask for twice as much again, after an answer."""
        if self.value is not None:
            self.value = None if self.value >= FIRST_LIMIT else self.value * 2

    def covers(self, count: int) -> bool:
        """Whether a batch of this size may have been made small by the limit that was asked for."""
        return self.value is not None and count >= self.value


class SplitWindow(Exception):
    """A pager asks for smaller windows, from where it has come to, and split where it says or in the middle."""

    def __init__(
        self, begin: dt.datetime, *, failed: PageFailed | None = None, split: dt.datetime | None = None
    ) -> None:
        super().__init__()
        self.begin = begin
        self.failed = failed
        self.split = split


Pager = Callable[[WindowReader, Window, "str | None", Waits], StreamingFlow[Batch]]
"""Reads one window from a text on, patiently or not; raises :class:`SplitWindow` where a smaller window may help."""


def can_narrow(reader: WindowReader, window: Window) -> bool:
    """Whether the window can be halved: there is an upper bound, and more than one granule."""
    return reader.service.contract.parameters.until is not None and window.halves(reader.granule) is not None


def read_splitting(
    reader: WindowReader, window: Window, pager: Pager, first: str | None = None, *, waits: Waits = RETRY_WAITS
) -> StreamingFlow[Batch]:
    """Everything in a window, in halves where the whole cannot be had."""
    try:
        yield from pager(reader, window, first, waits)
    except SplitWindow as wanted:
        halves = _halves(reader, Window(wanted.begin, window.end), wanted.split)
        left = () if wanted.failed else RETRY_WAITS
    else:
        return
    for half in halves:
        yield from read_splitting(reader, half, pager, waits=left)


def _halves(reader: WindowReader, window: Window, split: dt.datetime | None) -> tuple[Window, ...]:
    if split is not None and window.begin < split < window.end:
        return Window(window.begin, split), Window(split, window.end)
    return window.halves(reader.granule) or ()


def narrow_for_order(reader: WindowReader, window: Window, moments: Sequence[dt.datetime]) -> None:
    """Ask for smaller windows because of a batch out of order, split where the batch has its middle.

    Two halves that bring nothing new prove that the batch was whole. Raises :class:`CursorStuck` where the service
    takes no upper bound, or one moment fills the batch.
    """
    if can_narrow(reader, window):
        raise SplitWindow(window.begin, split=sorted(moments)[len(moments) // 2])
    raise CursorStuck(
        "A full batch came out of order, so that it may hide records that cannot be asked for",
        where=reader.service.address,
        advice="Ask the supplier in which order batches come; if they follow each other, set batches_in_order=True "
        "in the contract, and else the paging by an offset or an upper bound.",
    )


def first_answered(reader: WindowReader, ask_at: Callable[[int], PageRequest], furthest: int) -> Flow[int | None]:
    """The smallest number of steps after which the service answers again; ``None`` when it does not.

    Steps are doubled until there is an answer, and then halved: a record in the way costs some forty requests.
    """
    failed, step = 0, 1
    while not (yield from _answers(reader, ask_at(min(step, furthest)))):
        if step >= furthest:
            return None
        failed, step = step, step * 2
    answered = min(step, furthest)
    while answered - failed > 1:
        middle = (failed + answered) // 2
        if (yield from _answers(reader, ask_at(middle))):
            answered = middle
        else:
            failed = middle
    return answered


def _answers(reader: WindowReader, ask: PageRequest) -> Flow[bool]:
    try:
        yield from reader.fetch(ask, waits=())
    except PageFailed:
        return False
    return True


Position: TypeAlias = tuple[dt.datetime, str]
"""Where a request begins: the moment, and its text."""


def read_by_moment(reader: WindowReader) -> StreamingFlow[Batch]:
    """Everything in the reader's window."""
    yield from read_splitting(reader, reader.remaining, _read_moment, reader.since)


def _read_moment(reader: WindowReader, window: Window, first: str | None, waits: Waits) -> StreamingFlow[Batch]:
    here: Position = (window.begin, first or reader.write(window.begin))
    size, limit, reaches_end = 0, None, window.end == reader.window.end
    takes_limit = reader.service.contract.parameters.limit is not None
    while True:
        rest = Window(here[0], window.end)
        try:
            page = yield from reader.fetch(reader.ask(rest, here[1], limit=limit), waits=waits)
        except PageFailed as failed:
            yield from _take_out(reader, rest, failed)
            return
        if size and page.count == 0:
            raise _bound_not_heeded(reader)
        may_hide = reader.may_hide(page)
        fresh = yield from reader.take(page, resumable=reaches_end)
        moments = reader.moments(page)
        if fresh and size:
            reader.saw_cut(size)
        if reader.is_last(page) or not moments:
            return
        if may_hide and moments != sorted(moments):
            narrow_for_order(reader, rest, moments)
        following = _from(reader, page, max(moments))
        if following[0] > here[0]:
            if following[0] >= window.end:
                return
            here, size, limit = following, page.count, None
        elif not (yield from _hides_more(reader, rest, page)):
            return
        elif takes_limit and page.count >= (limit or 0) and page.count * 2 <= LARGEST_LIMIT:
            limit = page.count * 2
        else:
            raise _stuck_on_ties(reader, page)


def _hides_more(reader: WindowReader, rest: Window, page: Page) -> Flow[bool]:
    """Whether a batch that does not get past its own beginning may hide records.

    Where the size of a batch is not known, two requests look for evidence. Records behind it prove that it was cut off.
    A larger batch from a week earlier proves that it was not.
    """
    if page.more or reader.is_cut_off(page):
        return True
    if reader.knows_size or page.count < reader.biggest:
        return False
    behind = max(reader.moments(page)) + reader.granule
    if behind < rest.end:
        following = yield from reader.fetch(reader.ask(Window(behind, rest.end), reader.write(behind)))
        if any(each.submission_nr not in reader.seen for each in following.results):
            return True
    if page.count < MANY_TIES:
        return False
    begin = max((reader.year or reader.window).begin, rest.begin - EARLIER)
    earlier = yield from reader.fetch(reader.ask(Window(begin, rest.end), reader.write(begin)))
    return earlier.count <= page.count


def _bound_not_heeded(reader: WindowReader) -> CursorStuck:
    """The error for a service that leaves out a record from whose moment on it was asked."""
    return CursorStuck(
        "The service does not send the last record of a batch again, although it was asked from its moment on",
        where=reader.service.address,
        advice="Set date_form=DateForm.DATE in the contract if the service compares dates without times. Set "
        "since_includes=False if it leaves out a record of exactly that moment.",
    )


def _stuck_on_ties(reader: WindowReader, page: Page) -> CursorStuck:
    step = "day" if reader.granule > SECOND else "moment"
    return CursorStuck(
        f"A batch of {page.count} records does not get past one {step}, so it may hide further records",
        where=reader.service.address,
        advice=f"Set page_size in the contract if a batch can hold more than {page.count} records. Otherwise set "
        "parameters.limit, or parameters.offset, parameters.page or parameters.last_number with the paging that "
        "belongs to it; ask the supplier which of these the operation supports. A full re-read does not help.",
    )


def _from(reader: WindowReader, page: Page, moment: dt.datetime) -> Position:
    """From a moment on: in the service's own words where it includes the bound, else from one step earlier."""
    contract = reader.service.contract
    if not (reader.includes_since if contract.since_includes is None else contract.since_includes):
        return moment - reader.granule, reader.write(moment - reader.granule)
    if reader.granule > SECOND:
        return dt.datetime.combine(moment.date(), dt.time()), reader.write(moment)
    words = {getattr(result, contract.cursor_field): result.cursor for result in page.results}
    return moment, words.get(moment) or reader.write(moment)


def _take_out(reader: WindowReader, window: Window, failed: PageFailed) -> StreamingFlow[Batch]:
    """Narrow down what the service cannot answer; where there is no upper bound, go on behind it."""
    if can_narrow(reader, window):
        raise SplitWindow(window.begin, failed=failed)
    since = reader.write(window.begin)
    if reader.service.contract.parameters.until is not None:
        yield from reader.give_unanswered(failed, since=since, until=reader.write(window.end))
        return
    steps = (window.end - window.begin) // reader.granule
    clear = yield from first_answered(
        reader, lambda step: reader.ask(window, reader.write(window.begin + step * reader.granule)), steps
    )
    end = window.end if clear is None else window.begin + clear * reader.granule
    yield from reader.give_unanswered(failed, since=since, until=reader.write(end))
    if clear is not None:
        yield from _read_moment(reader, Window(end, window.end), None, ())


def read_by_number(reader: WindowReader) -> StreamingFlow[Batch]:
    """Everything in the reader's window, behind the last number where the service takes no moment."""
    yield from read_splitting(reader, reader.remaining, _read_number, reader.since)


def _read_number(reader: WindowReader, window: Window, first: str | None, waits: Waits) -> StreamingFlow[Batch]:
    takes_since = reader.service.contract.parameters.since is not None
    last = 0 if takes_since or reader.whole else int(reader.checkpoint.cursor or 0)
    since, limit = first or reader.write(window.begin), Limit(reader)
    while True:
        try:
            ask = reader.ask(window, since, last_number=last, limit=limit.value)
            page = yield from reader.fetch(ask, waits=waits)
        except PageFailed as failed:
            waits = ()
            if can_narrow(reader, window):
                raise SplitWindow(window.begin, failed=failed) from None
            if limit.reduce():
                continue
            clear = yield from _next_clear(reader, window, since, last, limit.value)
            yield from reader.give_unanswered(failed, since=since, after=last, before=clear)
            if clear is None:
                return
            last = clear
            limit.widen()
            continue
        numbers, may_hide = _numbers(page), reader.may_hide(page)
        highest = max([last, int(reader.checkpoint.cursor or 0), *numbers])
        yield from reader.take(page, cursor=str(highest))
        if reader.is_last(page, limit.value):
            return
        if may_hide and numbers != sorted(numbers):
            narrow_for_order(reader, window, reader.moments(page))
        if max(numbers) <= last:
            raise CursorStuck(
                "Records come that do not follow the last number",
                where=reader.service.address,
                advice="Ask the supplier whether parameters.last_number of the contract is heeded, or set its paging.",
            )
        last = max(numbers)
        if reader.before is not None and last >= reader.before:
            return
        limit.widen()


def _next_clear(reader: WindowReader, window: Window, since: str, last: int, limit: int | None) -> Flow[int | None]:
    """The lowest number behind which the service answers again."""
    steps = yield from first_answered(
        reader,
        lambda step: reader.ask(window, since, last_number=last + step, limit=limit),
        HIGHEST_NUMBER - last,
    )
    return None if steps is None else last + steps


def _numbers(page: Page) -> list[int]:
    numbers = [each.submission_nr or "" for each in page.records]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise ReplyInvalid(
            "A submission number is no number, so that it cannot be paged by",
            where="submission_nr",
            advice="Check with the supplier how batches are asked for, and set the contract's paging to another way.",
        )
    return [int(number) for number in numbers]


@mutable
class _Place:
    """How far the list of a window has been read."""

    reader: WindowReader
    window: Window
    since: str
    limit: Limit
    offset: int = 0
    overlap: int = 0
    restarts: int = 0

    def ask(self, step: int = 0) -> PageRequest:
        """The next request, or the one so many records further."""
        return self.reader.ask(self.window, self.since, offset=self.offset + step, limit=self.limit.value)

    def has_lost_overlap(self, page: Page) -> bool:
        """Whether records are missing that stood here a moment ago: the list has shrunk, or this is no offset."""
        return page.count < self.overlap and not self.limit.covers(page.count)

    def is_at_end(self, page: Page) -> bool:
        """Whether a page shows that nothing follows: nothing but the overlap, or what the contract says."""
        only_overlap = page.count <= self.overlap and not self.limit.covers(page.count)
        return only_overlap or self.reader.is_last(page, self.limit.value)

    def advance(self, count: int) -> None:
        """Go on behind a page, but for some records that are asked for once more."""
        self.overlap = min(OVERLAP, count // 2)
        self.offset += count - self.overlap
        self.limit.widen()

    def restart(self) -> None:
        """Begin anew, a few times. Raises :class:`CursorStuck`."""
        if self.restarts >= MOST_RESTARTS:
            raise CursorStuck(
                "The list changes faster than it can be read, comes in another order each time, or takes no offset",
                where=self.reader.service.address,
                advice="Try again at a quiet hour; if it stays, ask the supplier in which order batches come, and "
                "whether parameters.offset of the contract counts records or pages.",
            )
        self.offset, self.overlap, self.restarts = 0, 0, self.restarts + 1
        self.reader.last_batch = frozenset()

    def skip(self, steps: int) -> None:
        """Go on behind what cannot be answered."""
        self.offset, self.overlap = self.offset + steps, 0
        self.limit.widen()


def read_by_offset(reader: WindowReader) -> StreamingFlow[Batch]:
    """Everything in the reader's window."""
    yield from read_splitting(reader, reader.remaining, _read_offset, reader.since)


def _read_offset(reader: WindowReader, window: Window, first: str | None, waits: Waits) -> StreamingFlow[Batch]:
    place = _Place(reader, window, first or reader.write(window.begin), Limit(reader))
    reader.last_batch = frozenset()  # two halves may begin with the same records
    while True:
        try:
            page = yield from reader.fetch(place.ask(), waits=waits)
        except PageFailed as failed:
            waits = ()
            if can_narrow(reader, window):
                raise SplitWindow(window.begin, failed=failed) from None
            if not place.limit.reduce() and not (yield from _step_over(reader, place, failed)):
                return
            continue
        fresh = yield from reader.take(page)
        lost = place.has_lost_overlap(page)
        if not lost and place.is_at_end(page):
            return
        if lost or (place.overlap and fresh == page.count):
            place.restart()
            continue
        reader.refuse_repetition(page)
        place.advance(page.count)


def _step_over(reader: WindowReader, place: _Place, failed: PageFailed) -> Generator[Step | Emit[Batch], Answer, bool]:
    """Set apart what cannot be answered, and go on behind it; gives whether there is anything behind it."""
    alone = reader.service.contract.parameters.until is not None  # the window is a single granule by now
    steps = yield from first_answered(reader, place.ask, FURTHEST_IN_GRANULE if alone else FURTHEST)
    since = place.since if reader.latest is None else reader.write(reader.latest)
    until = reader.write(place.window.end) if reader.service.contract.parameters.until else None
    yield from reader.give_unanswered(failed, since=since, until=until)
    if steps is None:
        return False
    place.skip(steps)
    return True


def read_by_page(reader: WindowReader) -> StreamingFlow[Batch]:
    """Everything in the reader's window, page after page."""
    yield from read_splitting(reader, reader.remaining, _read_page, reader.since)


def _read_page(reader: WindowReader, window: Window, first: str | None, waits: Waits) -> StreamingFlow[Batch]:
    """Pass over the pages until a pass brings nothing new: a list that shifts moves records over the end of a page."""
    contract = reader.service.contract
    resumes = contract.parameters.since is None and not reader.whole
    begin = int(reader.checkpoint.cursor or contract.first_page) if resumes else contract.first_page
    since = first or reader.write(window.begin)
    for again in range(MOST_RESTARTS + 1):
        place = _Pages(reader, window, since, begin)
        yield from place.read_all(waits)
        if place.full_pages <= 1 or (again and not place.fresh):
            return
    raise CursorStuck(
        "The list changes faster than it can be read page by page",
        where=reader.service.address,
        advice="Try again at a quiet hour; if it stays, ask the supplier for a list in a fixed order.",
    )


@mutable
class _Pages:
    """One pass over the pages of a window. ``full_pages`` counts pages with records, ``fresh`` what was new in them."""

    reader: WindowReader
    window: Window
    since: str
    number: int
    full_pages: int = 0
    fresh: int = 0

    def ask(self, step: int = 0) -> PageRequest:
        """The next request, or the one so many pages further."""
        return self.reader.ask(self.window, self.since, page=self.number + step)

    def read_all(self, waits: Waits) -> StreamingFlow[Batch]:
        """Read to the last page."""
        reader = self.reader
        reader.last_batch = frozenset()
        while True:
            try:
                page = yield from reader.fetch(self.ask(), waits=waits)
            except PageFailed as failed:
                waits = ()
                if can_narrow(reader, self.window):
                    raise SplitWindow(self.window.begin, failed=failed) from None
                if not (yield from self._skip(failed)):
                    return
                continue
            keeps_place = reader.service.contract.parameters.since is None
            self.fresh += yield from reader.take(page, cursor=str(self.number) if keeps_place and page.count else None)
            if page.count == 0 or self._is_clamped(page):
                return
            self.full_pages += 1
            if reader.is_last(page):
                return
            self.number += 1

    def _is_clamped(self, page: Page) -> bool:
        """Whether the service repeats its last page behind the end. Raises :class:`CursorStuck` without pages."""
        if not self.reader.is_repetition(page):
            return False
        if self.full_pages > 1 or not self.reader.may_be_cut_off(page):
            return True
        raise CursorStuck(
            "The second page is the first one again",
            where=self.reader.service.address,
            advice="Check with the supplier that the contract's parameters.page is heeded. If there was one page only, "
            "set page_size and short_batch_ends=True, or more= the path of a flag in the reply.",
        )

    def _skip(self, failed: PageFailed) -> Generator[Step | Emit[Batch], Answer, bool]:
        """Set apart pages that cannot be answered, and go on behind them; returns whether there is anything."""
        steps = yield from first_answered(self.reader, self.ask, FURTHEST_IN_GRANULE)
        before = None if steps is None else self.number + steps
        yield from self.reader.give_unanswered(failed, since=self.since, after=self.number, before=before)
        self.number += steps or 0
        return steps is not None


def read_by_token(reader: WindowReader) -> StreamingFlow[Batch]:
    """Everything in the reader's window, each request with the cursor of the reply before."""
    yield from read_splitting(reader, reader.remaining, _read_token, reader.since)


def _read_token(reader: WindowReader, window: Window, first: str | None, waits: Waits) -> StreamingFlow[Batch]:
    keeps_place = reader.service.contract.parameters.since is None
    token = reader.checkpoint.cursor if keeps_place and not reader.whole else None
    since, limit = first or reader.write(window.begin), Limit(reader)
    reader.last_batch = frozenset()
    while True:
        try:
            page = yield from reader.fetch(reader.ask(window, since, token=token, limit=limit.value), waits=waits)
        except PageFailed as failed:
            waits = ()
            if can_narrow(reader, window):
                raise SplitWindow(window.begin, failed=failed) from None
            if limit.reduce():
                continue
            until = reader.service.contract.parameters.until
            yield from reader.give_unanswered(failed, since=since, until=reader.write(window.end) if until else None)
            if until:
                return  # the window is a single step by now
            raise  # no request gets past a page without its cursor
        following = page.next_token or None
        yield from reader.take(page, cursor=(following or token) if keeps_place else None)
        if page.more is False or (following is None and not page.more):
            return
        if following is None or following == token:
            raise CursorStuck(
                "The service says that there is more, and gives no cursor that leads to it",
                where=reader.service.address,
                advice="Compare next_token and more of the contract with a reply: paths of the cursor and the flag.",
            )
        reader.refuse_repetition(page)
        token = following
        limit.widen()


def read_once(reader: WindowReader) -> StreamingFlow[Batch]:
    """Everything that has not been delivered. A raw reply is kept before it is read, where the reader has a spool."""
    since = reader.since or reader.write(reader.window.begin)
    while True:
        page = yield from reader.fetch(reader.ask(reader.window, since))
        yield from reader.take(page)
        if page.set_aside:
            continue
        if reader.is_last(page):
            return
        reader.refuse_repetition(page)


_WAYS: Final[Mapping[Paging, Callable[[WindowReader], StreamingFlow[Batch]]]] = {
    Paging.SINCE: read_by_moment,
    Paging.OFFSET: read_by_offset,
    Paging.NUMBER: read_by_number,
    Paging.PAGE: read_by_page,
    Paging.TOKEN: read_by_token,
    Paging.ONCE: read_once,
}


def read_window(reader: WindowReader) -> StreamingFlow[Batch]:
    """Everything in the reader's window, in the way of its contract; the last batch says that it is the last."""
    yield from _WAYS[reader.service.contract.paging](reader)
    now = yield from current_time()
    yield from reader.finish(now)
