"""Get from one batch to the next, for each way of paging that the service may use.

The contract selects the way of paging for a window (:data:`_WAYS`). The checkpoint contains a cursor for the next run:
a text that only this way of paging writes and reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Final, TypeAlias

from attrs import mutable

from magister_connect.core.flow import Answer, Emit, Flow, Step, StreamingFlow, current_time
from magister_connect.errors import CursorStuck, MagisterConnectError, ReplyInvalid, Responsible
from magister_connect.results.contracts.contract import Paging
from magister_connect.results.contracts.requests import PageRequest
from magister_connect.results.moments import SECOND
from magister_connect.results.pulling.window_reader import (
    FEWEST_IN_A_BATCH,
    FURTHEST,
    HIGHEST_NUMBER,
    MANY_TIES,
    Batch,
    WindowReader,
)
from magister_connect.results.pulling.windows import Window
from magister_connect.results.service import RETRY_WAITS, Page, PageFailed, Waits

OVERLAP: Final = 10  # records to request twice, so that a shifting list is noticed
MOST_RESTARTS: Final = 3
FURTHEST_IN_GRANULE: Final = 64
LARGEST_LIMIT: Final = 65_536
FIRST_LIMIT: Final = 256  # the first limit if the size of a batch is unknown and must be halved


@mutable
class Limit:
    """The limit of the next request. ``None`` lets the service decide."""

    reader: WindowReader
    value: int | None = None

    def reduce(self) -> bool:
        """Halve the limit. Returns false if the service takes no limit, or if it is 1 already."""
        contract = self.reader.service.contract
        if contract.parameters.limit is None or self.value == 1:
            return False
        self.value = max(1, (self.value or contract.page_size or self.reader.checkpoint.largest or FIRST_LIMIT) // 2)
        return True

    def widen(self) -> None:
        """Double the limit again after a response."""
        if self.value is not None:
            self.value = None if self.value >= FIRST_LIMIT else self.value * 2

    def covers(self, count: int) -> bool:
        """Whether the requested limit may be the reason for a batch of this size."""
        return self.value is not None and count >= self.value


class SplitWindow(Exception):
    """Raised by a pager that needs smaller windows, from ``begin`` on, split at ``split`` or in the middle."""

    def __init__(
        self, begin: dt.datetime, *, failed: PageFailed | None = None, split: dt.datetime | None = None
    ) -> None:
        super().__init__()
        self.begin = begin
        self.failed = failed
        self.split = split


Pager = Callable[[WindowReader, Window, "str | None", Waits], StreamingFlow[Batch]]
"""Reads a window from a text on. Raises :class:`SplitWindow` if a smaller window may help."""


def can_narrow(reader: WindowReader, window: Window) -> bool:
    """Whether the window can be halved: the service takes an upper bound, and the window has several granules."""
    return reader.service.contract.parameters.until is not None and window.halves(reader.granule) is not None


def read_splitting(
    reader: WindowReader, window: Window, pager: Pager, first: str | None = None, *, waits: Waits = RETRY_WAITS
) -> StreamingFlow[Batch]:
    """Yield everything in a window. Split it in two if it cannot be read as a whole."""
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
    """Split the window, at the middle record of a batch that is out of order.

    If the two halves contain nothing new, the batch was complete. Raises :class:`CursorStuck` if the service takes no
    upper bound, or if the records of one moment fill the batch.
    """
    if can_narrow(reader, window):
        raise SplitWindow(window.begin, split=sorted(moments)[len(moments) // 2])
    raise CursorStuck(
        "A full batch came out of order, so some records may be out of reach",
        where=reader.service.address,
        advice="In which order do batches come? If they follow each other, set batches_in_order=True in the contract; "
        "otherwise set paging by an offset or an upper bound.",
    )


def first_answered(reader: WindowReader, ask_at: Callable[[int], PageRequest], furthest: int) -> Flow[int | None]:
    """Return the smallest number of steps after which the service responds again, or ``None`` if it never does.

    The number of steps is doubled until there is a response, and then narrowed by halving. A single bad record costs
    some forty requests.
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
"""The start of a request: the moment, and its text."""


def read_by_moment(reader: WindowReader) -> StreamingFlow[Batch]:
    """Yield everything in the reader's window."""
    yield from read_splitting(reader, reader.remaining, _read_moment, reader.since)


def _read_moment(reader: WindowReader, window: Window, first: str | None, waits: Waits) -> StreamingFlow[Batch]:
    here: Position = (window.begin, first or reader.write(window.begin))
    before: Page | None = None
    limit, reaches_end = None, window.end == reader.window.end
    while True:
        rest = Window(here[0], window.end)
        try:
            page = yield from reader.fetch(reader.ask(rest, here[1], limit=limit), waits=waits)
        except PageFailed as failed:
            yield from _isolate_unanswered(reader, rest, failed, _read_moment)
            return
        if before and page.count == 0:
            raise _missing_overlap(reader)
        may_hide = reader.may_hide(page)
        fresh = yield from reader.take(page, resumable=reaches_end)
        moments = reader.moments(page)
        if fresh and before:
            reader.note_cut(before)
        if reader.is_last(page) or not moments:
            return
        if may_hide and moments != sorted(moments):
            narrow_for_order(reader, rest, moments)
        following = _from(reader, page, max(moments))
        if following[0] > here[0]:
            if following[0] >= window.end:
                return
            here, before, limit = following, page, None
        elif (yield from _hides_more(reader, rest, page)):
            limit = _larger_limit(reader, page, limit)
        else:
            return


def _hides_more(reader: WindowReader, rest: Window, page: Page) -> Flow[bool]:
    """Whether a batch that no request gets past may hide records.

    If the size of a batch is unknown, up to three requests look for evidence. A larger batch of the same year, or of
    the year before it, proves that this one was not cut off. Records that such a batch leaves out, or that come after
    this one, prove that it was. Without evidence, a batch of many records counts as cut off. One of a few counts as
    complete, and the last batch of the window reports it as ``unproven``.
    """
    if page.more or reader.is_cut_off(page):
        return True
    if reader.knows_size or page.count < reader.health.biggest:
        return False
    for window in _where_more_may_be(reader, rest):
        other = yield from _first_page(reader, window, page.asked.limit)
        if other is None:
            continue
        if window.end == rest.end and not reader.numbers(page) <= reader.numbers(other):
            reader.note_cut(other)
            return page.count >= other.count
        if other.count > page.count:
            return False
    if (yield from _more_follows(reader, rest, page)):
        return True
    if FEWEST_IN_A_BATCH <= page.count < MANY_TIES:
        reader.unproven = page.count
    return page.count >= MANY_TIES


def _where_more_may_be(reader: WindowReader, rest: Window) -> tuple[Window, ...]:
    """Return the windows in which a larger batch is likely: the year as far as it was read, and the year before it."""
    whole = reader.year or reader.window
    year_before = Window(whole.begin.replace(year=whole.begin.year - 1), whole.begin - reader.granule)
    return (*((Window(whole.begin, rest.end),) if whole.begin < rest.begin else ()), year_before)


def _more_follows(reader: WindowReader, rest: Window, page: Page) -> Flow[bool]:
    """Whether records come after the last moment of a batch that nothing followed."""
    contract = reader.service.contract
    if contract.parameters.since is None or not page.count:
        return False
    behind = max(reader.moments(page)) + (dt.timedelta() if contract.since_includes is False else reader.granule)
    if behind >= rest.end:
        return False
    following = yield from _first_page(reader, Window(behind, rest.end), page.asked.limit)
    return following is not None and any(each.submission_nr not in reader.seen for each in following.results)


def _first_page(reader: WindowReader, window: Window, limit: int | None) -> Flow[Page | None]:
    contract = reader.service.contract
    page = contract.first_page if contract.paging is Paging.PAGE else None
    asked = reader.ask(window, reader.write(window.begin), page=page, limit=limit)
    try:
        return (yield from reader.fetch(asked, waits=()))
    except MagisterConnectError:
        return None  # a service may refuse a year in which it had no tests: that is no evidence


def _missing_overlap(reader: WindowReader) -> CursorStuck:
    """Return the error for a service that leaves out a record of exactly the requested moment."""
    return CursorStuck(
        "A batch does not begin with the last record of the batch before it",
        where=reader.service.address,
        responsible=Responsible.YOU,
        advice="Set date_form=DateForm.DATE in the contract if the service compares dates without times. Set "
        "since_includes=False if it leaves out a record of exactly that moment.",
    )


def _larger_limit(reader: WindowReader, page: Page, limit: int | None) -> int:
    """Return a limit above the number of records of one moment.

    Raises :class:`CursorStuck` if the service ignores limits.
    """
    takes_limit = reader.service.contract.parameters.limit is not None
    if takes_limit and page.count >= (limit or 0) and page.count * 2 <= LARGEST_LIMIT:
        return page.count * 2
    step = "day" if reader.granule > SECOND else "moment"
    raise CursorStuck(
        f"A batch of {page.count} records covers no more than one {step}, so further records may be missing",
        where=reader.service.address,
        responsible=Responsible.YOU,
        advice=f"Set page_size in the contract if a batch can hold more than {page.count} records. Otherwise set "
        "a paging by limit, offset, page or last number that the supplier names.",
    )


def _from(reader: WindowReader, page: Page, moment: dt.datetime) -> Position:
    """Return the start for a moment: itself if the service includes the bound, else one step earlier."""
    contract = reader.service.contract
    if not (reader.includes_since if contract.since_includes is None else contract.since_includes):
        return moment - reader.granule, reader.write(moment - reader.granule)
    if reader.granule > SECOND:
        return dt.datetime.combine(moment.date(), dt.time()), reader.write(moment)
    words = {getattr(result, contract.cursor_field): result.cursor for result in page.results}
    text, written = words.get(moment) or "", reader.write(moment)
    own_words = text.replace(" ", "T").startswith(written.replace(" ", "T"))  # not day first or another zone
    return moment, text if own_words else written


def _isolate_unanswered(reader: WindowReader, window: Window, failed: PageFailed, pager: Pager) -> StreamingFlow[Batch]:
    """Narrow down the part that gets no response. Without an upper bound, continue after it with the pager."""
    if can_narrow(reader, window):
        raise SplitWindow(window.begin, failed=failed)
    since = reader.write(window.begin)
    if reader.service.contract.parameters.until is not None:
        yield from reader.emit_unanswered(failed, since=since, until=reader.write(window.end))
        return
    steps = (window.end - window.begin) // reader.granule
    clear = yield from first_answered(
        reader, lambda step: reader.ask(window, reader.write(window.begin + step * reader.granule)), steps
    )
    end = window.end if clear is None else window.begin + clear * reader.granule
    yield from reader.emit_unanswered(failed, since=since, until=reader.write(end))
    if clear is not None:
        yield from pager(reader, Window(end, window.end), None, ())


def read_by_number(reader: WindowReader) -> StreamingFlow[Batch]:
    """Yield everything in the reader's window. If the service takes no moment, start after the last number."""
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
            yield from reader.emit_unanswered(failed, since=since, after=last, before=clear)
            if clear is None:
                return
            last = clear
            limit.widen()
            continue
        numbers, may_hide = _numbers(page), reader.may_hide(page) or limit.covers(page.count)
        highest = max([last, int(reader.checkpoint.cursor or 0), *numbers])
        yield from reader.take(page, cursor=str(highest))
        if reader.is_last(page, limit.value):
            return
        if may_hide and numbers != sorted(numbers):
            narrow_for_order(reader, window, reader.moments(page))
        if max(numbers) <= last:
            raise CursorStuck(
                "The reply holds records that do not follow the last number",
                where=reader.service.address,
                advice="Does the service use parameters.last_number of the contract? If not, set another paging.",
            )
        last = max(numbers)
        if reader.before is not None and last >= reader.before:
            return
        limit.widen()


def _next_clear(reader: WindowReader, window: Window, since: str, last: int, limit: int | None) -> Flow[int | None]:
    """Return the lowest number after which the service responds again."""
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
            "A submission number is not a number, so it cannot be used for paging",
            where="submission_nr",
            advice="How does the service page its batches? Set the paging of the contract to match.",
        )
    return [int(number) for number in numbers]


@mutable
class _Position:
    """The position in the list of a window."""

    reader: WindowReader
    window: Window
    since: str
    limit: Limit
    offset: int = 0
    overlap: int = 0
    restarts: int = 0

    def ask(self, step: int = 0) -> PageRequest:
        """Return the next request, or the one ``step`` records further."""
        return self.reader.ask(self.window, self.since, offset=self.offset + step, limit=self.limit.value)

    def has_lost_overlap(self, page: Page) -> bool:
        """Whether requested records disappeared: the list has shrunk, or the parameter is not an offset."""
        return page.count < self.overlap and not self.limit.covers(page.count)

    def is_at_end(self, page: Page) -> bool:
        """Whether this page is the last one: only the overlap, or by the rules of the contract."""
        only_overlap = page.count <= self.overlap and not self.limit.covers(page.count)
        return only_overlap or self.reader.is_last(page, self.limit.value)

    def advance(self, count: int) -> None:
        """Move to the next page. Some records are requested again."""
        self.overlap = min(OVERLAP, count // 2)
        self.offset += count - self.overlap
        self.limit.widen()

    def restart(self) -> None:
        """Start again, a limited number of times. Raises :class:`CursorStuck`."""
        if self.restarts >= MOST_RESTARTS:
            raise CursorStuck(
                "The list changes faster than it can be read, comes in another order each time, or takes no offset",
                where=self.reader.service.address,
                advice="In which order do batches come, and does parameters.offset count records or pages? "
                "Until then, read the list at a quiet hour.",
            )
        self.offset, self.overlap, self.restarts = 0, 0, self.restarts + 1
        self.reader.last_batch = frozenset()

    def skip(self, steps: int) -> None:
        """Continue after records that get no response."""
        self.offset, self.overlap = self.offset + steps, 0
        self.limit.widen()


def read_by_offset(reader: WindowReader) -> StreamingFlow[Batch]:
    """Yield everything in the reader's window."""
    yield from read_splitting(reader, reader.remaining, _read_offset, reader.since)


def _read_offset(reader: WindowReader, window: Window, first: str | None, waits: Waits) -> StreamingFlow[Batch]:
    place = _Position(reader, window, first or reader.write(window.begin), Limit(reader))
    reader.last_batch = frozenset()  # two halves may start with the same records
    while True:
        try:
            page = yield from reader.fetch(place.ask(), waits=waits)
        except PageFailed as failed:
            waits = ()
            if can_narrow(reader, window):
                raise SplitWindow(window.begin, failed=failed) from None
            if not place.limit.reduce() and not (yield from _skip_unanswered(reader, place, failed)):
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


def _skip_unanswered(
    reader: WindowReader, place: _Position, failed: PageFailed
) -> Generator[Step | Emit[Batch], Answer, bool]:
    """Quarantine the part that gets no response, and continue after it. Return whether anything follows."""
    alone = reader.service.contract.parameters.until is not None  # the window is a single granule by now
    steps = yield from first_answered(reader, place.ask, FURTHEST_IN_GRANULE if alone else FURTHEST)
    since = place.since if reader.latest is None else reader.write(reader.latest)
    until = reader.write(place.window.end) if reader.service.contract.parameters.until else None
    yield from reader.emit_unanswered(failed, since=since, until=until)
    if steps is None:
        return False
    place.skip(steps)
    return True


def read_by_page(reader: WindowReader) -> StreamingFlow[Batch]:
    """Yield everything in the reader's window, page by page."""
    yield from read_splitting(reader, reader.remaining, _read_page, reader.since)


def _read_page(reader: WindowReader, window: Window, first: str | None, waits: Waits) -> StreamingFlow[Batch]:
    """Read all pages again until nothing new comes, because a shifting list moves records to another page."""
    contract = reader.service.contract
    resumes = contract.parameters.since is None and not reader.whole
    begin = int(reader.checkpoint.cursor or contract.first_page) if resumes else contract.first_page
    since = first or reader.write(window.begin)
    for again in range(MOST_RESTARTS + 1):
        place = _Pages(reader, window, since, begin)
        yield from place.read_all(waits)
        if place.full_pages <= 1 or (again and not place.fresh):
            yield from _prove_first_page(reader, window, since)
            return
    raise CursorStuck(
        "The list changes faster than it can be read page by page",
        where=reader.service.address,
        advice="Can the list have a fixed order? Until then, read it at a quiet hour.",
    )


def _prove_first_page(reader: WindowReader, window: Window, since: str) -> Flow[None]:
    """Check that no page before the first one contains records, if a year is read whole: pages may count from 0 or 1.

    Raises :class:`CursorStuck` if there is one.
    """
    first = reader.service.contract.first_page
    if not reader.whole or (first == 0 and reader.seen):
        return
    other = first - 1 if first else 1
    try:
        page = yield from reader.fetch(reader.ask(window, since, page=other), waits=())
    except MagisterConnectError:
        return  # there is no such page
    if any(each.submission_nr not in reader.seen for each in page.results):
        raise CursorStuck(
            f"Page {other} holds records that no page from {first} on has",
            where=reader.service.address,
            responsible=Responsible.YOU,
            advice=f"Set first_page={other} in the contract.",
        )


@mutable
class _Pages:
    """One pass over the pages of a window. ``full_pages`` counts pages with records, ``fresh`` new records."""

    reader: WindowReader
    window: Window
    since: str
    number: int
    full_pages: int = 0
    fresh: int = 0

    def ask(self, step: int = 0) -> PageRequest:
        """Return the next request, or the one ``step`` pages further."""
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
            if page.count == 0 or (yield from self._is_clamped(page)):
                return
            self.full_pages += 1
            if reader.is_last(page):
                return
            self.number += 1

    def _is_clamped(self, page: Page) -> Flow[bool]:
        """Whether the service repeats its last page after the end. Raises :class:`CursorStuck` if it has no pages."""
        if not self.reader.is_repetition(page):
            return False
        if self.full_pages > 1 or self.reader.end_was_said:
            return True
        if not (yield from _hides_more(self.reader, self.window, page)):
            return True
        raise CursorStuck(
            "The second page is the same as the first",
            where=self.reader.service.address,
            advice="Does the service use parameters.page of the contract? If there is only one page, set page_size and "
            "short_batch_ends=True, or set more=, in the contract.",
        )

    def _skip(self, failed: PageFailed) -> Generator[Step | Emit[Batch], Answer, bool]:
        """Quarantine pages that get no response, and continue after them. Return whether anything follows."""
        steps = yield from first_answered(self.reader, self.ask, FURTHEST_IN_GRANULE)
        before = None if steps is None else self.number + steps
        yield from self.reader.emit_unanswered(failed, since=self.since, after=self.number, before=before)
        self.number += steps or 0
        return steps is not None


def read_by_token(reader: WindowReader) -> StreamingFlow[Batch]:
    """Yield everything in the reader's window, each request with the cursor of the last response."""
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
            if keeps_place:
                yield from reader.emit_unanswered(failed, since=since)
                raise  # without its cursor, no request gets past this page
            begin = max(window.begin, min(reader.latest or window.begin, window.end - reader.granule))
            yield from _isolate_unanswered(reader, Window(begin, window.end), failed, _read_token)
            return
        following = page.next_token or None
        yield from reader.take(page, cursor=(following or token) if keeps_place else None)
        proves = following is None and token is None and reader.whole
        if following is None and not page.more and not (proves and (yield from _more_follows(reader, window, page))):
            return
        if page.more is False and reader.is_last(page):
            return
        if following is None or following == token:
            raise CursorStuck(
                "The service has more records, but returns no new cursor",
                where=reader.service.address,
                responsible=Responsible.YOU,
                advice="Correct next_token and more in the contract: compare both paths with a reply.",
            )
        reader.refuse_repetition(page)
        token = following
        limit.widen()


def read_once(reader: WindowReader) -> StreamingFlow[Batch]:
    """Yield everything that has not been delivered. With a spool, a raw response is stored before it is read."""
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
    """Yield everything in the reader's window, with the paging of its contract. The last batch has ``last`` set."""
    yield from _WAYS[reader.service.contract.paging](reader)
    now = yield from current_time()
    yield from reader.finish(now)
