"""The state of reading one window of one connection: requests, records seen, and batches returned.

The service may fail on a request because of one record, or because nothing works. A window is only halved with evidence
for the first: another request of the same run got a response. Without evidence, two windows far apart are tried. If
both fail, the run ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator
from functools import partial
from typing import Final

from attrs import evolve, field, frozen, mutable

from magister_connect.core.flow import Answer, Emit, Flow, Reply, Step, StreamingFlow, current_time, emit, run_blocking
from magister_connect.errors import CursorStuck, MagisterConnectError, ReplyInvalid, Responsible, ServiceError
from magister_connect.results.contracts.contract import Paging
from magister_connect.results.contracts.requests import PageRequest
from magister_connect.results.moments import SECOND, lower_bound, read_moment, write_moment
from magister_connect.results.pulling.windows import Window
from magister_connect.results.records import Checkpoint, Result, UnansweredRange, Unreadable
from magister_connect.results.service import RETRY_WAITS, Page, PageFailed, Service, Waits

MOST_BATCHES: Final = 20_000  # in one window: at fifty a batch, a million results of one school year
MOST_UNANSWERED: Final = 10  # ranges in one window: with more, the service is broken and not a record
MOST_FAILED: Final = 300  # requests of one run: halving down to one record takes some thirty
SUSPICIOUS: Final = 8  # failed requests in a row; then an earlier successful one is repeated
MOST_UNREADABLE_REPLIES: Final = 3  # in a row, for a service that delivers each result once
MANY_TIES: Final = 10  # records of one moment that may fill a batch of unknown size
FEWEST_IN_A_BATCH: Final = 2  # what a service that sends results in batches (documented) can send at least
MOST_NEW_MEANWHILE: Final = 1  # records that may be graded between two requests
HIGHEST_NUMBER: Final = 2**31 - 1  # submission numbers are 32-bit integers (documented)
FURTHEST: Final = 1_000_000  # records of one institution in one school year
CHECK_PAGING: Final = "How does the service page its batches? Set the paging of the contract to match."


@frozen(kw_only=True)
class Spool:
    """Stores raw responses before they are read. Each function also takes the time.

    - ``prepare``: checks that the store can be written, before a request for a response that comes only once.
    - ``keep``: stores a response and returns its number.
    - ``set_aside``: moves an unreadable response into quarantine.
    - ``discard``: deletes a response without contents.
    """

    prepare: Callable[[dt.datetime], None]
    keep: Callable[[Reply, dt.datetime], int]
    set_aside: Callable[[int, str, dt.datetime], None]
    discard: Callable[[int], None]


@frozen(kw_only=True, repr=False)
class Batch:
    """Some results, each for the first time in this run, and the checkpoint to store with them.

    ``last`` is true for the last batch of a window. That batch may be empty, because it contains the final checkpoint.
    If ``unproven`` is not 0, so many records ended the window, and nothing shows that the service did not cut them off.
    """

    results: tuple[Result, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    unanswered: tuple[UnansweredRange, ...] = ()
    checkpoint: Checkpoint
    last: bool = False
    unproven: int = 0
    spooled: int | None = None

    def __repr__(self) -> str:
        more = f", {len(self.unreadable)} unreadable" if self.unreadable else ""
        more += f", {len(self.unanswered)} unanswered" if self.unanswered else ""
        year = f"{self.checkpoint.connection} {self.checkpoint.school_year}"
        return f"<Batch {year}: {len(self.results)} results{more}{', the last one' if self.last else ''}>"


@mutable
class Health:
    """The service's record in one run: how many requests failed, a request that got a response, the largest batch."""

    failed: int = 0
    failed_in_a_row: int = 0
    answered: PageRequest | None = None
    biggest: int = 0

    def note_answer(self, asked: PageRequest) -> None:
        """Record a response."""
        self.failed_in_a_row, self.answered = 0, asked

    def note_failure(self) -> None:
        """Record a failure."""
        self.failed += 1
        self.failed_in_a_row += 1

    @property
    def needs_proof(self) -> bool:
        """Whether a request must prove that the service works at all."""
        return self.answered is None or self.failed_in_a_row % SUSPICIOUS == 0


@mutable(kw_only=True)
class WindowReader:
    """Reads one window of one connection.

    - ``since``: where to start. ``whole`` is whether that is the start of the year.
    - ``before``: a submission number; later ones are not wanted.
    - ``year``: the school year that limits all requests.
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
    unproven: int = 0
    last_unanswered: UnansweredRange | None = None
    last_batch: frozenset[str] = frozenset()
    unreadable_replies: int = 0
    fresh: int = 0
    end_was_said: bool = False
    includes_since: bool | None = None

    @property
    def granule(self) -> dt.timedelta:
        """The smallest step of the contract's dates."""
        return self.service.contract.date_form.granule

    def write(self, moment: dt.datetime) -> str:
        """Return a moment as text for the service."""
        return write_moment(moment, self.service.contract.date_form)

    @property
    def remaining(self) -> Window:
        """The window from the start of this reader."""
        begin = None if self.since is None else read_moment(self.since, "since")
        return Window(begin or self.window.begin, self.window.end)

    def upper_bound(self, window: Window) -> str | None:
        """Return the text of a window's end, or ``None`` if the service takes no upper bound.

        It is at most the last step of the whole window.
        """
        contract = self.service.contract
        if contract.parameters.until is None:
            return None
        limit = (self.year or self.window).end
        latest = limit if contract.until_includes is False else limit - self.granule
        end = window.end - self.granule if contract.until_includes else window.end
        return self.write(min(end, latest))

    def ask(self, window: Window, since: str | None, *, token: str | None = None, **numbers: int | None) -> PageRequest:
        """Return the request for a window, from a text on."""
        takes_since = self.service.contract.parameters.since is not None
        since, until = since if takes_since else None, self.upper_bound(window)
        return PageRequest(since=since, until=until, token=token, **numbers)

    def fetch(self, asked: PageRequest, *, waits: Waits = RETRY_WAITS) -> Flow[Page]:
        """Request a batch.

        Raises :class:`PageFailed` if a smaller request may help, :class:`ServiceError` if no request gets a response,
        and :class:`CursorStuck` after too many requests.
        """
        self.requests += 1
        if self.requests > MOST_BATCHES:
            raise CursorStuck(
                f"The list did not end after {MOST_BATCHES} batches", where=self.service.address, advice=CHECK_PAGING
            )
        try:
            page = yield from self._fetch(asked, waits)
        except PageFailed as failed:
            self.health.note_failure()
            if not self.service.contract.repeatable:
                raise
            works = self.health.failed <= MOST_FAILED
            if works and self.health.needs_proof:
                works = yield from self._is_available()
            if works:
                raise
            problem = _outage(failed)
        else:
            self.health.note_answer(asked)
            self.health.biggest = max(self.health.biggest, page.count)
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

    def _is_available(self) -> Flow[bool]:
        """Whether the service responds now, to the last successful request or else to one of two windows far apart."""
        first = self.health.answered
        for asked in self._probe_requests() if first is None else (first,):
            self.requests += 1
            try:
                yield from self._fetch(asked, ())
            except PageFailed:
                self.health.failed += 1
            else:
                self.health.note_answer(asked)
                return True
        return False

    def _probe_requests(self) -> tuple[PageRequest, ...]:
        """Return small requests at both ends of the range. Without an upper bound, return one request after the end."""
        contract, step, whole = self.service.contract, self.granule, self.year or self.window
        last = Window(whole.end - step, whole.end)
        if contract.parameters.until is not None and contract.parameters.since is not None:
            first = Window(whole.begin, whole.begin + step)
            return tuple(self.ask(each, self.write(each.begin)) for each in (first, last))
        asked = self.ask(last, self.write(last.begin))
        behind = {Paging.OFFSET: FURTHEST, Paging.PAGE: FURTHEST, Paging.NUMBER: HIGHEST_NUMBER}.get(contract.paging)
        return (evolve(asked, offset=behind, page=behind, last_number=behind),)

    def admit(self, page: Page) -> tuple[Result, ...]:
        """Return the results of a page that are new or changed in this run."""
        fresh = []
        for result in page.results:
            if self.seen.get(result.submission_nr) != result.fingerprint:
                self.seen[result.submission_nr] = result.fingerprint
                fresh.append(result)
        return tuple(fresh)

    def moments(self, page: Page) -> list[dt.datetime]:
        """Return the moments by which the records of a page are selected, in their order.

        Raises :class:`ReplyInvalid` if no record has one, because paging cannot go on.
        """
        name = self.service.contract.cursor_field
        day_first = self.service.contract.day_first
        all_of_them = (
            _moment_of(each, day_first=day_first) if isinstance(each, Unreadable) else getattr(each, name)
            for each in page.records
        )
        found = [moment for moment in all_of_them if moment is not None]
        if page.count and not found:
            raise ReplyInvalid(
                "No record has a readable date from which to request the next batch",
                where=name,
                responsible=Responsible.YOU,
                advice="Set cursor_field in the contract to the date that the period is about, and day_first=True if "
                "replies write the day first.",
            )
        return found

    def note(self, page: Page) -> list[dt.datetime]:
        """Record how far a page reaches, its order, and whether it includes its bound. Returns its moments."""
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
                self.highest = (moment, self.watermark_text(moment, result.cursor))
        return moments

    def watermark_text(self, moment: dt.datetime, text: str | None) -> str:
        """Return the service's own text of a moment.

        If it writes the day first, return a form that a later run can read.
        """
        return text if text and not self.service.contract.day_first else moment.isoformat(" ")

    def is_last(self, page: Page, limit: int | None = None) -> bool:
        """Whether nothing follows: an empty batch, or the last one according to the service or the contract.

        A batch limited by the requested limit proves nothing. If a year is read whole, the first batch announced as the
        last is followed by one more request as a proof.

        Raises :class:`CursorStuck` if that request brings more records.
        """
        if page.count == 0:
            return True
        if self.end_was_said and self.fresh > MOST_NEW_MEANWHILE:
            raise _end_is_wrong(page, self.service)
        contract = self.service.contract
        short = contract.page_size is not None and page.count < min(contract.page_size, limit or contract.page_size)
        said = not page.more if page.more is not None else contract.short_batch_ends and short
        if said and self.whole and not self.end_was_said:
            self.end_was_said = True
            return False
        return said

    def is_cut_off(self, page: Page) -> bool:
        """Whether a batch has the known maximum size of this service, or the size that was asked for."""
        sizes = self.service.contract.page_size or self.checkpoint.largest, self.service.writer.limit_of(page.asked)
        return any(page.count >= size for size in sizes if size)

    @property
    def knows_size(self) -> bool:
        """Whether the maximum size of a batch is known."""
        return bool(self.service.contract.page_size or self.checkpoint.largest)

    def numbers(self, page: Page) -> set[str | None]:
        """Return the submission numbers of a page."""
        return {each.submission_nr for each in page.records}

    def may_hide(self, page: Page) -> bool:
        """Whether a batch out of order may hide records after its limit. Not if a larger batch was seen."""
        if self.service.contract.batches_in_order:
            return False
        return page.count >= (self.service.contract.page_size or max(self.health.biggest, self.checkpoint.largest))

    def note_cut(self, page: Page) -> None:
        """Record that more followed a batch, unless the request asked for no more than it held."""
        limit = self.service.writer.limit_of(page.asked)
        if page.count > self.checkpoint.largest and (limit is None or page.count < limit):
            self.checkpoint = evolve(self.checkpoint, largest=page.count)

    def refuse_repetition(self, page: Page) -> None:
        """Raise :class:`CursorStuck` for the same batch in response to another request."""
        if self.is_repetition(page):
            raise CursorStuck(
                "The service sends the same batch again and again", where=self.service.address, advice=CHECK_PAGING
            )

    def is_repetition(self, page: Page) -> bool:
        """Whether this batch equals the one before. Remembers this one."""
        before = self.last_batch
        self.last_batch = frozenset(f"{result.submission_nr} {result.fingerprint}" for result in page.results)
        return bool(before) and before == self.last_batch

    def take(
        self, page: Page, *, cursor: str | None = None, resumable: bool = False
    ) -> Generator[Step | Emit[Batch], Answer, int]:
        """Record a page, emit its new results, and return how many records are new in this run.

        ``cursor`` is where the paging continues. The watermark only moves if ``resumable`` is true and the records came
        in order.
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
        self.fresh = len(fresh) + len(unreadable)
        return self.fresh

    def _admit_unreadable(self, page: Page) -> tuple[Unreadable, ...]:
        fresh = tuple(each for each in page.unreadable if each.record not in self.unreadable)
        self.unreadable.update(each.record for each in fresh)
        return fresh

    def emit_unanswered(self, failed: PageFailed, **place: str | int | None) -> StreamingFlow[Batch]:
        """Emit a range that gets no response. Raises the error itself if there are too many."""
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
            found = evolve(found, since=self.last_unanswered.since)  # one record may affect two adjacent windows
        self.last_unanswered = found
        yield from emit(Batch(unanswered=(found,), checkpoint=self.checkpoint))

    def finish(self, now: dt.datetime) -> StreamingFlow[Batch]:
        """Emit the last batch, after the window has been read to its end."""
        self.checkpoint = evolve(
            self.checkpoint,
            watermark=self._watermark(),
            complete=True,
            read_at=now,
            read_whole_at=now if self.whole else self.checkpoint.read_whole_at,
        )
        yield from emit(Batch(checkpoint=self.checkpoint, last=True, unproven=self.unproven))

    def _watermark(self) -> str | None:
        """Return the service's own text of the highest moment. It never goes back."""
        if self.highest is None:
            return self.checkpoint.watermark
        old = self.checkpoint.watermark
        moment, text = self.highest
        if old is not None and (before := read_moment(old, "watermark")) is not None and before > moment:
            return old
        return text


def start_of(watermark: str, window: Window, overlap: dt.timedelta) -> dt.datetime:
    """Return where to start after a watermark: earlier by the overlap and the repeated hour, but inside the window."""
    moment = read_moment(watermark, "watermark")
    return window.begin if moment is None else max(window.begin, lower_bound(moment) - overlap)


def _outage(failed: PageFailed) -> ServiceError:
    return ServiceError(
        f"No request of this run was answered, so the cause is not one record: {failed.what}",
        where=failed.where,
        status=failed.status,
        responsible=Responsible.NOBODY,
        advice="Pull again. If this error comes back each time, the service may refuse the account without a message.",
    )


def _end_is_wrong(page: Page, service: Service) -> CursorStuck:
    if page.more is not None:
        what = f"The flag {service.contract.more} says that there is no more, but more records came"
        advice = "Set more= in the contract to the path of a flag that is true while there is more, or leave it out."
    else:
        what = "A batch smaller than page_size was not the last one"
        advice = "Correct page_size in the contract, or set short_batch_ends=False."
    return CursorStuck(what, where=service.address, advice=advice, responsible=Responsible.YOU)


def _moment_of(each: Unreadable, *, day_first: bool) -> dt.datetime | None:
    if each.cursor is None:
        return None
    try:
        return read_moment(each.cursor, "cursor", day_first=day_first)
    except ReplyInvalid:
        return None
