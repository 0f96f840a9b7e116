"""Read lists of the API page by page: three envelopes, and a plain array.

A list with ``top`` and ``skip`` is read by position, with the rules of :mod:`magister_connect.core.lists`. A link to a
next page is only a hint there, because it can occur after the last page (recorded). A list without them is read once,
and then by its ``Next`` links if it has any.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, StreamingFlow, emit
from magister_connect.core.json import Link, read_record
from magister_connect.core.lists import STANDSTILL, ListReader
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.unreadable import OnUnreadable, Unreadable, UnreadableRecords
from magister_connect.errors import CursorStuck, FieldInvalid, ListShifted, UsageError
from magister_connect.public_api.exchange.connection import Connection, show, write_query
from magister_connect.public_api.exchange.operations import Listing

T = TypeVar("T")
Pairs = tuple[tuple[str, str], ...]
ENVELOPES: Final = ("items", "Items", "Resources", "lockersDetails")
TOTALS: Final = ("totalCount", "TotalCount", "totalResults")


@frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a list: its items, the number of items before it, and the announced total.

    ``unreadable`` contains the unreadable items, if they are kept (``on_unreadable="keep"``).
    """

    items: tuple[T, ...] = field(repr=lambda items: f"<{len(items)} items>")
    skipped: int = 0
    total: int | None = None
    links: Mapping[str, Link] = field(factory=dict, repr=False)
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def following(self) -> str | None:
        """The link to the next page, if there is one."""
        return next((link.href for name, link in self.links.items() if name.lower() == "next"), None)

    @property
    def following_start(self) -> int | None:
        """Where the next page begins according to its link, if that names ``skip``."""
        query = parse_qsl(urlsplit(self.following or "").query)
        skip = next((value for name, value in query if name.lower() in {"skip", "$skip"}), "")
        return int(skip) if skip.isascii() and skip.isdigit() else None


class RecordList(list[T], SafeRepr):
    """The items of a list. ``unreadable`` contains the unreadable ones, if they are kept."""

    __slots__ = ("unreadable",)

    def __init__(self, items: Sequence[T] = (), unreadable: Sequence[Unreadable] = ()) -> None:
        super().__init__(items)
        self.unreadable = tuple(unreadable)

    def __repr__(self) -> str:
        beside = f", {len(self.unreadable)} unreadable" if self.unreadable else ""
        kind = type(self[0]).__name__ if self else "records"
        return f"<RecordList of {len(self)} {kind}{beside}>"


def read_page(value: object, kind: type[T], where: str) -> Page[T]:
    """Read a page from JSON in any envelope. Raises :class:`FieldInvalid` if it is not a list."""
    items, total, links = _open_envelope(value, where)
    return Page(items=_read_all(items, kind, where), total=total, links=_read_links(links, where))


def _read_all(items: list[object], kind: type[T], where: str) -> tuple[T, ...]:
    return read_record(tuple[kind, ...], items, where)  # type: ignore[valid-type]  # known at run time only


def _read_links(links: object, where: str) -> Mapping[str, Link]:
    return {} if links is None else read_record(Mapping[str, Link], links, where)  # type: ignore[type-abstract]


def _read_each(
    items: list[object], kind: type[T], where: str, skipped: int, unreadable: UnreadableRecords
) -> Sequence[T | Unreadable]:
    """Return the items in order, with a marker in place of each unreadable one."""
    try:
        return _read_all(items, kind, where)
    except FieldInvalid as error:
        if not unreadable.keeps:
            unreadable.add(error, place="")
    found: list[T | Unreadable] = []
    for number, item in enumerate(items, start=skipped):
        try:
            found.append(read_record(kind, item))
        except FieldInvalid as error:
            fields = {"id": item.get("id", item.get("Id"))} if isinstance(item, dict) else {}
            found.append(unreadable.add(error, place=f"{where}, item {number}", raw=item, fields=fields))
    return found


def _open_envelope(value: object, where: str) -> tuple[list[object], int | None, object]:
    if value is None:
        return [], None, None
    if isinstance(value, list):
        return value, None, None
    if isinstance(value, dict):
        total = next((value[each] for each in TOTALS if type(value.get(each)) is int), None)
        for name in ENVELOPES:
            if name in value and isinstance(value[name], list | None):
                return value[name] or [], total, value.get("links", value.get("Links"))
    raise FieldInvalid("A list was expected", where=where)


def walk_pages(
    connection: Connection,
    listing: Listing[T],
    *,
    page_size: int | None = None,
    limit: int | None = None,
    on_unreadable: OnUnreadable = "raise",
) -> StreamingFlow[Page[T]]:
    """Yield all pages of a list, or as many as contain the first ``limit`` items.

    Raises :class:`CursorStuck` if pages repeat, and :class:`ListShifted` if the list changed so much during reading
    that items may be missing. Raises :class:`UsageError` for a size or limit below 1.
    """
    walk = _ListPosition(connection, listing, _size(listing, page_size, limit), on_unreadable)
    left = limit
    while (page := (yield from walk.next_page())) is not None:
        if left is not None:
            page = evolve(page, items=page.items[:left])
            left -= len(page.items)
        yield from emit(page)
        if left == 0:
            return


def _size(listing: Listing[T], page_size: int | None, limit: int | None) -> int:
    for name, value in (("page_size", page_size), ("limit", limit)):
        if value is not None and value < 1:
            raise UsageError(f"{name} is below 1", where=name, advice=f"Pass {name}=1 or more, or leave it out.")
    if limit == 1:
        return 1
    size = max(2, page_size or listing.page_size)  # the first item of a page is the last of the page before
    return size if limit is None else min(size, limit)


def walk_items(connection: Connection, listing: Listing[T], *, limit: int | None = None) -> StreamingFlow[T]:
    """Yield all items of a list, page by page, or the first ``limit``."""
    walk, left = _ListPosition(connection, listing, _size(listing, None, limit)), limit
    while left != 0 and (page := (yield from walk.next_page())) is not None:
        for item in page.items[:left]:
            yield from emit(item)
        left = left and max(0, left - len(page.items))


def read_list(
    connection: Connection,
    listing: Listing[T],
    *,
    page_size: int | None = None,
    limit: int | None = None,
    on_unreadable: OnUnreadable = "raise",
) -> Flow[RecordList[T]]:
    """Return all items of a list, or the first ``limit``."""
    walk = _ListPosition(connection, listing, _size(listing, page_size, limit), on_unreadable)
    items, kept = list[T](), list[Unreadable]()
    while (limit is None or len(items) < limit) and (page := (yield from walk.next_page())) is not None:
        items += page.items
        kept += page.unreadable
    return RecordList(items[:limit], kept)


class _ListPosition(Generic[T]):
    """The position in a list."""

    def __init__(
        self, connection: Connection, listing: Listing[T], page_size: int, on_unreadable: OnUnreadable = "raise"
    ) -> None:
        self._connection, self._listing, self._size = connection, listing, page_size
        self._where = f"GET {show(connection.address(listing.path, listing.service))}"
        self._unreadable = UnreadableRecords(on_unreadable)
        self._reader = ListReader[T | Unreadable](
            key=self._key,
            page_size=page_size,
            where=self._where,
            overlap=listing.paged,
            smallest_page=connection.smallest_page,
        )
        self._next: tuple[str, Pairs] | None = self._from(0)
        self._last: object = None
        self._same = 0

    def next_page(self) -> Flow[Page[T] | None]:
        """Return the next page without items that were returned before, or ``None`` at the end."""
        while self._next is not None:
            value = yield from self._connection.read(*self._next)
            self._require_another(value)
            start = self._reader.start or 0
            items, total, links = _open_envelope(value, self._where)
            found = _read_each(items, self._listing.kind, self._where, start, self._unreadable)
            page = Page[T](items=(), skipped=start, total=total, links=_read_links(links, self._where))
            fresh = self._reader.take(found, total, more=page.following is not None, linked=page.following_start)
            self._next = self._after(page)
            if fresh or not start:
                readable = tuple(each for each in fresh if not isinstance(each, Unreadable))
                kept = tuple(each for each in fresh if isinstance(each, Unreadable))
                return evolve(page, items=readable, unreadable=kept)
        return None

    def _require_another(self, value: object) -> None:
        """Raise an error if the same page comes ten times in a row.

        For items without an id, only the page can be compared.
        """
        self._same = self._same + 1 if value == self._last else 0
        self._last = value
        if self._same >= STANDSTILL:
            raise CursorStuck("The server returned a page that it had returned before", where=self._where)

    def _after(self, page: Page[T]) -> tuple[str, Pairs] | None:
        start = self._reader.start
        if start is None:
            return None
        if self._listing.paged:
            return self._from(start)
        if page.following is not None:
            return self._connection.resolve(page.following, self._listing.service)
        if page.total is not None and page.total > start:
            raise ListShifted("The list ended before all announced items arrived", where=self._where)
        return None

    def _from(self, skip: int) -> tuple[str, Pairs]:
        listing = self._listing
        part = {"top": self._size, "skip": skip} if listing.paged else {}
        return self._connection.address(listing.path, listing.service), write_query({**listing.query, **part})

    def _key(self, item: T | Unreadable) -> Hashable:
        if isinstance(item, Unreadable):
            number = item.fields.get("id")  # without an id it counts as new
            return None if number is None else repr(number)
        key: Hashable = getattr(item, self._listing.key, None)
        return key
