"""Fetching everything in a window: what every way of paging shares.

A drain remembers what has come by, so that a record that is sent twice is given once, and it knows how far a
checkpoint may move: with each batch while the service's order is proven, and else only when everything has been read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from functools import partial

from attrs import evolve, field, frozen, mutable

from magister_connect.errors import CursorStuck, ReplyInvalid
from magister_connect.exchange import Answer, Flow, Item, Series, Step, ask_time, emit, perform
from magister_connect.results.checkpoints import Checkpoint, PoisonSlice
from magister_connect.results.moments import Window, lower_bound, read_moment, write_moment
from magister_connect.results.records import Result, Unreadable
from magister_connect.results.service import PATIENCE, Ask, Page, Patience, Poisoned, Service

__all__ = ["Batch", "Drain", "Spool", "start_of"]

MOST_BATCHES = 20_000  # in one window: at fifty a batch, a million results of one school year
MOST_POISON = 10  # slices in one drain: beyond it the service is broken, not a record
_CHECK_PAGING = "Check with the vendor how batches are asked for, and set the contract's paging."


@frozen
class Spool:
    """Where raw replies are kept before they are read.

    ``prepare`` makes sure that the store can be written, before a reply is asked for that comes once only; ``keep``
    gives the number under which a reply is kept. Both are told the time.
    """

    prepare: Callable[[dt.datetime], None]
    keep: Callable[[bytes, dt.datetime], int]


@frozen(kw_only=True)
class Batch:
    """Some results, each for the first time in this run, and the checkpoint to keep together with them.

    ``last`` is true for the batch that ends a window; it may be empty, since it carries the final checkpoint.
    """

    results: tuple[Result, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    poison: tuple[PoisonSlice, ...] = ()
    checkpoint: Checkpoint
    last: bool = False
    spooled: int | None = None


@mutable(kw_only=True)
class Drain:
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
    seen: dict[str, str] = field(factory=dict)
    unreadable: set[bytes] = field(factory=set)
    requests: int = 0
    poisoned: int = 0
    ordered: bool = True
    highest: tuple[dt.datetime, str] | None = None
    latest: dt.datetime | None = None
    biggest: int = 0
    poison: PoisonSlice | None = None
    last_batch: frozenset[str] = frozenset()

    @property
    def granule(self) -> dt.timedelta:
        """The smallest step of the contract's dates."""
        return self.service.contract.date_form.granule

    def write(self, moment: dt.datetime) -> str:
        """A moment as the service takes it."""
        return write_moment(moment, self.service.contract.date_form)

    @property
    def remaining(self) -> Window:
        """The window from where this drain begins."""
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

    def ask(self, window: Window, since: str | None, **more: int | None) -> Ask:
        """The request for a window, from a text on."""
        takes_since = self.service.contract.parameters.since is not None
        return Ask(since=since if takes_since else None, until=self.upper_bound(window), **more)

    def fetch(self, ask: Ask, *, patience: Patience = PATIENCE) -> Flow[Page]:
        """Ask for a batch. Raises :class:`Poisoned`, and :class:`CursorStuck` after too many requests."""
        self.requests += 1
        if self.requests > MOST_BATCHES:
            raise CursorStuck(
                f"There was no end after {MOST_BATCHES} batches", where=self.service.address, advice=_CHECK_PAGING
            )
        if self.spool is None:
            reply = yield from self.service.send(ask, patience=patience)
            return self.service.read(reply, ask)
        asked = yield from ask_time()
        yield from perform(partial(self.spool.prepare, asked))
        reply = yield from self.service.send(ask, patience=patience)
        came = yield from ask_time()
        number = yield from perform(partial(self.spool.keep, reply.body, came))
        return evolve(self.service.read(reply, ask), spooled=number)

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
                advice="Check with the vendor which moment the period is about, and set the contract's cursor_field.",
            )
        return found

    def note(self, page: Page) -> list[dt.datetime]:
        """Note how far a page reaches and whether it came in order; gives its moments."""
        moments = self.moments(page)
        if moments != sorted(moments) or (self.highest and moments and moments[0] < self.highest[0] - self.granule):
            self.ordered = False
        name = self.service.contract.cursor_field
        for result in page.results:
            moment = getattr(result, name)
            if moment is not None and (self.highest is None or moment > self.highest[0]):
                self.highest = (moment, result.cursor or self.write(moment))
        return moments

    def is_last(self, page: Page, limit: int | None = None) -> bool:
        """Whether nothing can follow: an empty batch, or one that the contract says is the last.

        A batch that was made small by the limit that was asked for says nothing.
        """
        contract = self.service.contract
        short = contract.page_size is not None and page.count < min(contract.page_size, limit or contract.page_size)
        return page.count == 0 or (contract.short_batch_ends and short)

    def is_cut_off(self, page: Page) -> bool:
        """Whether a batch is as large as batches of this service get, by what is known."""
        limit = self.service.contract.page_size or self.checkpoint.largest
        return bool(limit) and page.count >= limit

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
        now = frozenset(f"{result.submission_nr} {result.fingerprint}" for result in page.results)
        if now and now == self.last_batch:
            raise CursorStuck(
                "The service sends the same batch again and again", where=self.service.address, advice=_CHECK_PAGING
            )
        self.last_batch = now

    def take(
        self, page: Page, *, numbers: Sequence[int] = (), resumable: bool = False
    ) -> Generator[Step | Item[Batch], Answer, int]:
        """Note a page and hand out what is new in it; gives how many of its records have not come by before.

        The checkpoint moves with it only where the window is read to its end and the order is proven.
        """
        fresh, unreadable = self.admit(page), self._admit_unreadable(page)
        moments = self.note(page)
        self.latest = moments[-1] if moments else self.latest
        highest = max(numbers, default=0)
        if highest > (self.checkpoint.last_number or 0):
            self.checkpoint = evolve(self.checkpoint, last_number=highest)
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

    def give_poison(self, poison: Poisoned, **place: str | int | None) -> Series[Batch]:
        """Hand out a stretch that the service cannot answer. Raises the error itself when there are too many."""
        self.poisoned += 1
        if self.poisoned > MOST_POISON:
            raise poison
        found = PoisonSlice(
            connection=self.checkpoint.connection,
            school_year=self.checkpoint.school_year,
            reason=poison.what,
            **place,  # type: ignore[arg-type]  # texts for since and until, numbers for after and before
        )
        if self.poison is not None and found.since is not None and self.poison.until == found.since:
            found = evolve(found, since=self.poison.since)  # one record may spoil two windows that meet on it
        self.poison = found
        yield from emit(Batch(poison=(found,), checkpoint=self.checkpoint))

    def finish(self, now: dt.datetime) -> Series[Batch]:
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


def _moment_of(each: Unreadable) -> dt.datetime | None:
    if each.cursor is None:
        return None
    try:
        return read_moment(each.cursor, "cursor")
    except ReplyInvalid:
        return None
