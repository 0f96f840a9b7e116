"""Lists that come in pages: three envelopes and the bare array, walked to their end and watched on the way.

What is watched: a page that came before, a list that shrinks while it is read, and a list that ends before the number
that it promised. A full page that names neither a total nor a next page may have more behind it, so it is asked for.
Two pages are held at most, however long the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Generic, TypeVar

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, StreamingFlow, emit
from magister_connect.core.json import Link, read_record
from magister_connect.errors import CursorStuck, FieldInvalid, ListShifted
from magister_connect.public_api.asking import Listing
from magister_connect.public_api.connection import Connection, show, write_query

T = TypeVar("T")
Pairs = tuple[tuple[str, str], ...]
ENVELOPES: Final = ("items", "Items", "Resources", "lockersDetails")
TOTALS: Final = ("totalCount", "TotalCount", "totalResults")


@frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a list: its items, how many came before, and how many the whole list says it has."""

    items: tuple[T, ...] = field(repr=lambda items: f"<{len(items)} items>")
    skipped: int = 0
    total: int | None = None
    links: Mapping[str, Link] = field(factory=dict, repr=False)

    @property
    def following(self) -> str | None:
        """The link to the next page, where there is one."""
        return next((link.href for name, link in self.links.items() if name.lower() == "next"), None)


def read_page(value: object, kind: type[T], where: str, skipped: int = 0) -> Page[T]:
    """A page from its JSON, whichever envelope it came in. Raises :class:`FieldInvalid` where it is no list."""
    items, total, links = _open_envelope(value, where)
    return Page(
        items=read_record(tuple[kind, ...], items, where),  # type: ignore[valid-type]  # known at run time only
        skipped=skipped,
        total=total,
        links={} if links is None else read_record(Mapping[str, Link], links, where),  # type: ignore[type-abstract]
    )


def _open_envelope(value: object, where: str) -> tuple[object, int | None, object]:
    if value is None:
        return [], None, None
    if isinstance(value, list):
        return value, None, None
    if isinstance(value, dict):
        total = next((value[each] for each in TOTALS if type(value.get(each)) is int), None)
        for name in ENVELOPES:
            if isinstance(value.get(name), list):
                return value[name], total, value.get("links", value.get("Links"))
    raise FieldInvalid("A list was expected", where=where)


def walk_pages(connection: Connection, listing: Listing[T]) -> StreamingFlow[Page[T]]:
    """All pages of a list.

    Raises :class:`CursorStuck` for a page that came before and :class:`ListShifted` for a list that changed while it
    was read: no page is ever dropped in silence.
    """
    walk = _Walk(connection, listing)
    while (page := (yield from walk.next_page())) is not None:
        yield from emit(page)


def walk_items(connection: Connection, listing: Listing[T]) -> StreamingFlow[T]:
    """All items of a list, page after page."""
    walk = _Walk(connection, listing)
    while (page := (yield from walk.next_page())) is not None:
        for item in page.items:
            yield from emit(item)


def read_list(connection: Connection, listing: Listing[T]) -> Flow[tuple[T, ...]]:
    """All items of a list at once, for a flow that needs the whole of it."""
    walk, items = _Walk(connection, listing), list[T]()
    while (page := (yield from walk.next_page())) is not None:
        items += page.items
    return tuple(items)


class _Walk(Generic[T]):
    """Where in a list we are, and what must not happen between two pages."""

    def __init__(self, connection: Connection, listing: Listing[T]) -> None:
        self._connection = connection
        self._listing = listing
        self._where = f"GET {show(connection.address(listing.path, listing.service))}"
        self._next: tuple[str, Pairs] | None = self._from(0)
        self._before: set[object] = set()
        self._marked: tuple[T, ...] = ()
        self._looked = self._skipped = self._given = 0
        self._promised: int | None = None

    def next_page(self) -> Flow[Page[T] | None]:
        """The next page, without what the page before it has already given; nothing at the end."""
        if self._next is None:
            return None
        value = yield from self._connection.read(*self._next)
        page = read_page(value, self._listing.kind, self._where, self._skipped)
        self._require_new(page)
        self._require_growth(page)
        self._skipped += len(page.items)
        fresh = self._without_repeats(page)
        self._given += len(fresh.items)
        self._next = self._choose_next(page)
        return fresh

    def _from(self, skip: int) -> tuple[str, Pairs]:
        listing = self._listing
        part = {"top": listing.page_size, "skip": skip} if listing.paged else {}
        return self._connection.address(listing.path, listing.service), write_query({**listing.query, **part})

    def _choose_next(self, page: Page[T]) -> tuple[str, Pairs] | None:
        listing = self._listing
        if page.following is not None:
            return self._connection.resolve(page.following, listing.service)
        if listing.paged and page.items and self._may_go_on(page):
            return self._from(self._skipped)
        if self._promised is not None and self._given < self._promised:
            raise ListShifted("The list ended before it had given all that it promised", where=self._where)
        return None

    def _may_go_on(self, page: Page[T]) -> bool:
        if page.total is None:
            return len(page.items) == self._listing.page_size
        return self._skipped < page.total

    def _without_repeats(self, page: Page[T]) -> Page[T]:
        keys = [getattr(item, self._listing.key, None) for item in page.items]
        fresh = [item for item, key in zip(page.items, keys, strict=True) if not key or key not in self._before]
        self._before = {key for key in keys if key}
        return page if len(fresh) == len(page.items) else evolve(page, items=tuple(fresh))

    def _require_new(self, page: Page[T]) -> None:
        """Compare with a page that is kept for ever longer stretches, so that any cycle is found (Brent)."""
        if page.items and page.items == self._marked:
            raise CursorStuck("A page came that had come before", where=self._where)
        self._looked += 1
        if self._looked & (self._looked - 1) == 0:
            self._marked = page.items

    def _require_growth(self, page: Page[T]) -> None:
        if self._promised is None:
            self._promised = page.total
        elif page.total is not None and page.total < self._promised:
            raise ListShifted("The list became shorter while it was read", where=self._where)
