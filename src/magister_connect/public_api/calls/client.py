"""What the clients of all subjects have in common, blocking and awaiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final, Generic, TypeVar, Unpack

from magister_connect.drivers import (
    AwaitingClient,
    AwaitingDriver,
    BlockingClient,
    BlockingDriver,
    ClientSettings,
    Pace,
    RetryPolicy,
)
from magister_connect.drivers.clients import AwaitingSettings, BlockingSettings
from magister_connect.drivers.retrying import asked_by_header
from magister_connect.exchange import Reply
from magister_connect.public_api.asking import (
    Change,
    Listing,
    Photo,
    Single,
    make_change,
    read_photo,
    read_single,
    read_single_or_none,
)
from magister_connect.public_api.connection import Connection
from magister_connect.public_api.paging import Page, walk_items, walk_pages
from magister_connect.public_api.refusals import asked_wait

__all__ = ["ApiCalls", "AsyncApiCalls", "AsyncListed", "Listed"]

T = TypeVar("T")


def _asked(reply: Reply) -> float | None:
    return asked_wait(reply) or asked_by_header(reply)


PATIENT: Final = RetryPolicy(asked_wait=_asked, attempts=6, total=120.0)
"""A limit of this interface is over within 15 to 30 s (observed), so a few of them fit."""


def patience() -> ClientSettings:
    """How often and how fast a school may be asked as long as nobody says otherwise; a pace for each client."""
    return {"retries": PATIENT, "pace": Pace(asked=_asked)}


class Listed(Generic[T]):
    """A list of the interface. Nothing is sent before it is iterated over, and each iteration reads it anew."""

    def __init__(self, driver: BlockingDriver, connection: Connection, listing: Listing[T]) -> None:
        self._driver = driver
        self._connection = connection
        self._listing = listing

    def __iter__(self) -> Iterator[T]:
        """All items, page after page."""
        return self._driver.iterate(walk_items(self._connection, self._listing))

    def pages(self) -> Iterator[Page[T]]:
        """All pages."""
        return self._driver.iterate(walk_pages(self._connection, self._listing))

    def __repr__(self) -> str:
        return f"<Listed {self._listing.kind.__name__}>"


class AsyncListed(Generic[T]):
    """A list of the interface. Nothing is sent before it is iterated over, and each iteration reads it anew."""

    def __init__(self, driver: AwaitingDriver, connection: Connection, listing: Listing[T]) -> None:
        self._driver = driver
        self._connection = connection
        self._listing = listing

    def __aiter__(self) -> AsyncIterator[T]:
        """All items, page after page."""
        return self._driver.iterate(walk_items(self._connection, self._listing))

    def pages(self) -> AsyncIterator[Page[T]]:
        """All pages."""
        return self._driver.iterate(walk_pages(self._connection, self._listing))

    def __repr__(self) -> str:
        return f"<AsyncListed {self._listing.kind.__name__}>"


class ApiCalls(BlockingClient):
    """One connection and the driver that runs its flows."""

    def __init__(
        self, connection: Connection, driver: BlockingDriver | None = None, **settings: Unpack[BlockingSettings]
    ) -> None:
        super().__init__(driver, **settings)
        self._connection = connection

    def _defaults(self) -> ClientSettings:
        return patience()

    @property
    def connection(self) -> Connection:
        """Where the interface is, and whose token opens it."""
        return self._connection

    def _list(self, listing: Listing[T]) -> Listed[T]:
        return Listed(self._driver, self._connection, listing)

    def _one(self, single: Single[T]) -> T:
        return self._driver.run(read_single(self._connection, single))

    def _one_or_none(self, single: Single[T]) -> T | None:
        flow = read_single_or_none(self._connection, single)
        return self._driver.run(flow)

    def _photo(self, photo: Photo) -> bytes | None:
        return self._driver.run(read_photo(self._connection, photo))

    def _change(self, change: Change) -> None:
        self._driver.run(make_change(self._connection, change))


class AsyncApiCalls(AwaitingClient):
    """One connection and the driver that runs its flows."""

    def __init__(
        self, connection: Connection, driver: AwaitingDriver | None = None, **settings: Unpack[AwaitingSettings]
    ) -> None:
        super().__init__(driver, **settings)
        self._connection = connection

    def _defaults(self) -> ClientSettings:
        return patience()

    @property
    def connection(self) -> Connection:
        """Where the interface is, and whose token opens it."""
        return self._connection

    def _list(self, listing: Listing[T]) -> AsyncListed[T]:
        return AsyncListed(self._driver, self._connection, listing)

    async def _one(self, single: Single[T]) -> T:
        return await self._driver.run(read_single(self._connection, single))

    async def _one_or_none(self, single: Single[T]) -> T | None:
        flow = read_single_or_none(self._connection, single)
        return await self._driver.run(flow)

    async def _photo(self, photo: Photo) -> bytes | None:
        return await self._driver.run(read_photo(self._connection, photo))

    async def _change(self, change: Change) -> None:
        await self._driver.run(make_change(self._connection, change))
