"""Read lists that a server splits into pages by position, without duplicates and without silent gaps.

Paging by position (``skip`` and ``top``, or ``startIndex`` and ``count``) keeps no state. So items move when others are
added or removed during reading. :class:`ListReader` decides which page to request next, with the same rules for every
service:

- Each page starts with the last item of the page before. If a page contains no known item, items before it were
  removed. The reader then steps back until it finds known items, or raises :class:`ListShifted`.
- An item is returned once, even if it comes again.
- A list ends when its total is reached, or with an empty page. A page may be shorter than requested, because the server
  limits it (recorded).
- A page longer than requested may be one of a server with pages of its own. So the next page is requested, and a list
  that the server does not split ends when that page brings nothing new.
- A total below the number of received items is ignored.
- A total may also count one page only. So the next page is requested after a first page of ``smallest_page`` or more
  items, for a list in smaller pages than requested, and if the server links to a page that begins right after this one.
- If the pages never move on, the reader raises :class:`CursorStuck`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

from magister_connect.errors import CursorStuck, ListShifted, UsageError

T = TypeVar("T")
STEPS_BACK: Final = 10
"""Give up after this many steps back without a known item."""
REMEMBERED: Final = STEPS_BACK + 2  # pages to remember, or 1,000 items if that is more: memory use stays constant
SMALLEST_PAGE: Final = 20
"""No server was seen to limit its pages to fewer items (documented)."""
STANDSTILL: Final = 10  # pages in a row without a new item


class ListReader(Generic[T]):
    """The position in a list. While ``start`` is not ``None``, read the page there and pass it to :meth:`take`.

    - ``key``: returns the identifier of an item. An item without one (``None``, ``0`` or ``""``) always counts as new.
    - ``page_size``: how many items you request.
    - ``where``: the name of the list in errors.
    - ``overlap=False``: for pages that do not start where you ask, such as those behind a link. Changes to the list
      during reading then go unnoticed.
    - ``smallest_page``: the smallest page size of a server that may send a wrong total. With 1, every list costs one
      more request.
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
        self._is_cut = False  # whether the server sent a page smaller than requested that was not the last
        self._key, self._size, self._where = key, page_size, where
        self._taken = 0
        self._known: dict[Hashable, None] = {}  # the latest last
        self._overlaps = False  # whether the page at start must contain a known item
        self._back = self._still = self._looked = self._furthest = 0
        self._step = page_size
        self._marked: Sequence[object] = ()

    def take(
        self, items: Sequence[T], total: int | None = None, *, more: bool = False, linked: int | None = None
    ) -> list[T]:
        """Return the new items of the page at ``start``. Sets ``start`` to the next position, or ``None`` at the end.

        ``total`` is the number of items according to the server. ``more`` is whether the server links to a next page,
        and ``linked`` where that page begins.

        Raises :class:`ListShifted` if the list changed so much that items may be missing, or ended before its total.
        Raises :class:`CursorStuck` if pages come again.
        """
        start, keys = self.start or 0, [self._key(item) for item in items]
        known = [not _is_absent(key) and key in self._known for key in keys]
        if self._overlaps and start and not any(known):
            self._step_back(start)
            return []
        fresh = [item for item, is_known in zip(items, known, strict=True) if not is_known]
        end = start + len(items)
        self._taken += len(fresh)
        if end > self._furthest:  # pages that are read again after a step back contain nothing new
            self._furthest = end
            self._require_progress(items if all(map(_is_absent, keys)) else keys, moved=bool(fresh))
        if items:
            self._step = len(items)
            self._remember(keys)
        overlaps = self._may_overlap and len(items) > 1 and not _is_absent(keys[-1])
        if len(items) > self._size and total in {None, end}:
            # The server ignores the size. It has pages of its own, or sends the whole list: then nothing new follows.
            ended = not (fresh and overlaps)
        else:
            ended = self._is_end(len(items), end, total, fresh=bool(fresh), more=more, follows=linked == end)
        if ended:
            self.start = None
        else:
            self._is_cut = self._is_cut or len(items) < self._size
            self._overlaps = overlaps
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

    def _is_end(self, count: int, end: int, total: int | None, *, fresh: bool, more: bool, follows: bool) -> bool:
        if not count:
            if total is not None and total > end:
                raise ListShifted("The list ended before all announced items arrived", where=self._where)
            return True
        if total is not None and not fresh and self._taken >= total and end >= total:
            return True  # the same items again after the total: the server does not split this list either
        if total == end:
            # The total may count this page only: a full page with a next link, or a page of a list that may be limited.
            may_be_cut = self._is_cut or follows or (count == end and count >= self._smallest)
            return not ((self._may_overlap and fresh and may_be_cut) or (more and count >= self._size))
        met_again = self._may_overlap and not fresh and count == 1
        return met_again and (total is None or total < end)

    def _require_progress(self, page: Sequence[object], *, moved: bool) -> None:
        """Raise :class:`CursorStuck` after too many pages without new items, or when a page comes again.

        The page to compare with is kept for ever longer stretches (Brent's algorithm).
        """
        self._still = 0 if moved or len(page) <= self._may_overlap else self._still + 1
        again = moved and page == self._marked
        if self._still >= STANDSTILL or again:
            raise CursorStuck("The server returned a page that it had returned before", where=self._where)
        self._looked += 1
        if self._looked & (self._looked - 1) == 0:
            self._marked = page


def require_size(smallest_page: int) -> int:
    """Raise :class:`UsageError` for a page size below 1."""
    if smallest_page < 1:
        raise UsageError("smallest_page is below 1", where="smallest_page", advice="Pass smallest_page=1 or more.")
    return smallest_page


def _is_absent(key: Hashable) -> bool:
    return key in {None, 0, ""}
