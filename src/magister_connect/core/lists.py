"""Lists that a server cuts into pages by position: read whole, nothing twice, nothing lost in silence.

Paging by position (``skip`` and ``top``, or ``startIndex`` and ``count``) keeps no state, so items move when others
come or go while the list is read. :class:`ListReader` decides what to ask for next, by one rule for every service:

- Each page begins with the last item of the page before. Where a page shows nothing that is known already, items
  before it have gone: the reader steps back until it meets known items again, or raises :class:`ListShifted`.
- An item that is met again is not given again.
- A list ends where its total is reached, or with an empty page. A page may be shorter than asked, because the server
  caps it (recorded). A total that is smaller than what has come already is not believed. Nor is one that is that of a
  first page of ``smallest_page`` items or more, or of a list that the server cut into smaller pages than were asked
  for, before the next page has been asked for.
- A server whose pages never move on raises :class:`CursorStuck`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

from magister_connect.errors import CursorStuck, ListShifted, UsageError

T = TypeVar("T")
STEPS_BACK: Final = 10
"""After so many pages in which nothing is known the list has changed too much."""
REMEMBERED: Final = STEPS_BACK + 2  # pages whose items are known, or 1,000 items: memory stays flat
SMALLEST_PAGE: Final = 20
"""No server was seen to cut a list into smaller pages of its own (documented)."""
STANDSTILL: Final = 10  # pages in a row that bring nothing new


class ListReader(Generic[T]):
    """Where in a list you are. Read the page at ``start`` while that is not ``None``, and give it to :meth:`take`.

    ``key`` returns what identifies an item; an item without a key (``None`` or ``0``) is always new. ``page_size`` is
    how many items you ask for, and ``where`` names the list in errors. Pass ``overlap=False`` for pages that do not
    begin where you ask, such as those behind a link: then a list that changes while it is read is not noticed.
    ``smallest_page`` is the smallest page into which the server may cut a list while it names a total that is wrong:
    1 asks once more behind every list.
    """

    def __init__(
        self,
        *,
        key: Callable[[T], Hashable],
        page_size: int,
        where: str,
        overlap: bool = True,
        smallest_page: int = SMALLEST_PAGE,
    ) -> None:
        self.start: int | None = 0
        self._may_overlap = overlap
        self._smallest = require_size(smallest_page)
        self._is_cut = False  # whether the server sent a page smaller than asked that was not the last
        self._key, self._size, self._where = key, page_size, where
        self._known: dict[Hashable, None] = {}  # the latest last
        self._overlaps = False  # whether the page at start must show something known
        self._back = self._still = self._looked = self._furthest = 0
        self._step = page_size
        self._marked: Sequence[object] = ()

    def take(self, items: Sequence[T], total: int | None = None, *, more: bool = False) -> list[T]:
        """The items of the page at ``start`` that are new; sets ``start`` to where to go on, ``None`` at the end.

        ``total`` is how many items the server says there are, and ``more`` whether it links to a next page.
        Raises :class:`ListShifted` where the list changed so much that items may be missing or ends before its total,
        and :class:`CursorStuck` where pages come again.
        """
        start, keys = self.start or 0, [self._key(item) for item in items]
        known = [not _is_absent(key) and key in self._known for key in keys]
        if self._overlaps and start and not any(known):
            self._step_back(start)
            return []
        fresh = [item for item, is_known in zip(items, known, strict=True) if not is_known]
        end = start + len(items)
        if end > self._furthest:  # pages that are read again after a step back bring nothing new
            self._furthest = end
            self._require_progress(items if all(map(_is_absent, keys)) else keys, moved=bool(fresh))
        if items:
            self._step = len(items)
            self._remember(keys)
        if self._is_end(len(items), end, total, fresh=bool(fresh), more=more):
            self.start = None
        else:
            self._is_cut = self._is_cut or len(items) < self._size
            self._overlaps = self._may_overlap and len(items) > 1 and not _is_absent(keys[-1])
            self.start = end - 1 if self._overlaps else end
        if fresh and any(known):
            self._back = 0
        return fresh

    def _remember(self, keys: Sequence[Hashable]) -> None:
        for key in keys:
            if not _is_absent(key):
                self._known.pop(key, None)
                self._known[key] = None
        for key in tuple(self._known)[: -max(1_000, REMEMBERED * len(keys))]:
            del self._known[key]

    def _step_back(self, start: int) -> None:
        self._back += 1
        if self._back > STEPS_BACK:
            raise ListShifted("The list changed so much while it was read that items may be missing", where=self._where)
        self.start = max(0, start - self._step)

    def _is_end(self, count: int, end: int, total: int | None, *, fresh: bool, more: bool) -> bool:
        if not count:
            if total is not None and total > end:
                raise ListShifted("The list ended before all announced items arrived", where=self._where)
            return True
        if total is None and count > self._size:
            return True  # longer than what was asked for: the server does not cut this list
        if total == end:
            # The total may be that of the page: one that is full and links on, or one of a list that may be cut.
            may_be_cut = self._is_cut or (count == end and count >= self._smallest)
            return not ((self._may_overlap and fresh and may_be_cut) or (more and count >= self._size))
        met_again = self._may_overlap and not fresh and count == 1
        return met_again and (total is None or total < end)

    def _require_progress(self, page: Sequence[object], *, moved: bool) -> None:
        """Count pages without anything new, and compare with a page kept for ever longer stretches (Brent)."""
        self._still = 0 if moved or len(page) <= self._may_overlap else self._still + 1
        again = moved and page == self._marked
        if self._still >= STANDSTILL or again:
            raise CursorStuck("The server returned a page that it had returned before", where=self._where)
        self._looked += 1
        if self._looked & (self._looked - 1) == 0:
            self._marked = page


def require_size(smallest_page: int) -> int:
    """Raise :class:`UsageError` for a page without items."""
    if smallest_page < 1:
        raise UsageError("smallest_page is below 1", where="smallest_page", advice="Pass smallest_page=1 or more.")
    return smallest_page


def _is_absent(key: Hashable) -> bool:
    return key in {None, 0, ""}
