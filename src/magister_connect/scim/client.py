"""Accounts over SCIM, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from magister_connect.core.drivers import AsyncClient, SyncClient
from magister_connect.core.late import LateModule
from magister_connect.core.lists import SMALLEST_PAGE

if TYPE_CHECKING:
    import datetime as dt

    from magister_connect.core import unreadable
    from magister_connect.core.drivers import AsyncDriver, AsyncHttp, RetryPolicy, SyncDriver, SyncHttp, Timeouts
    from magister_connect.core.flow import Flow
    from magister_connect.core.secrets import Secret
    from magister_connect.core.unreadable import OnUnreadable, UnreadableRecords
    from magister_connect.login import TokenSource
    from magister_connect.scim import operations, patching, records
    from magister_connect.scim.filters import Filter
    from magister_connect.scim.operations import Paging, ScimServer
    from magister_connect.scim.patching import Changes
    from magister_connect.scim.records import AttributePath, Schema, ServiceProviderConfig, User
else:
    operations = LateModule("magister_connect.scim.operations")
    patching = LateModule("magister_connect.scim.patching")
    records = LateModule("magister_connect.scim.records")
    unreadable = LateModule("magister_connect.core.unreadable")


class _Finder:
    """Knows where the stamnummer is, once it has been found."""

    def __init__(self, server: ScimServer, given: AttributePath | None) -> None:
        self._server = server
        self._found = given

    def path(self) -> Flow[AttributePath]:
        if self._found is None:
            self._found = records.find_stamnummer((yield from operations.read_schemas(self._server)))
        return self._found

    def read(self, user: User) -> Flow[str | None]:
        return records.read_stamnummer(user, (yield from self.path()))


class ScimClient(SyncClient):
    """The accounts of a school.

    ``base_url`` is the login server's address with ``/scim`` (official: ``https://accounts.magister.net/scim``);
    ``tokens`` is a source such as ``login.application()``. Which grant Magister wants is not public. ``stamnummer``
    names the attribute that holds it, where looking through the schemas would not find it. ``smallest_page`` is the
    smallest page into which the server may cut a list whose total it names wrongly: with 1, every list that comes on
    one page costs a request more. ``http`` stays yours.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        stamnummer: AttributePath | None = None,
        smallest_page: int = SMALLEST_PAGE,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: SyncDriver | None = None,
    ) -> None:
        self._server = operations.ScimServer(base_url=base_url, tokens=tokens, smallest_page=smallest_page)
        self._finder = _Finder(self._server, stamnummer)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<ScimClient {self._server.base_url}>"

    def users(
        self,
        filter: Filter | None = None,  # noqa: A002 - the standard's own word
        *,
        attributes: Sequence[str] = (),
        excluded_attributes: Sequence[str] = (),
        sort_by: str | None = None,
        descending: bool = False,
        page_size: int = 100,
        paging: Paging = "index",
        post: bool = False,
        on_unreadable: OnUnreadable | UnreadableRecords = "raise",
    ) -> Iterator[User]:
        """All accounts that fit a filter, each once, page after page.

        Accounts that are there all the time are never missed, even if others are removed meanwhile: the list raises
        :class:`ListShifted` or :class:`CursorStuck` rather than end too early. ``paging="cursor"`` asks for cursors
        (RFC 9865), which servers offer whose ``config().pagination.cursor`` is true. ``post`` sends the search in a
        body (``.search``), which keeps names out of addresses; the official article says SEARCH and may mean either.

        Raises :class:`FieldInvalid` for an account that cannot be read. ``on_unreadable="keep"`` goes on with a
        warning; pass a collector of your own, ``UnreadableRecords("keep")``, to see such accounts.
        """
        search = operations.Search(
            filter=filter,
            attributes=tuple(attributes),
            excluded=tuple(excluded_attributes),
            sort_by=sort_by,
            descending=descending,
            page_size=page_size,
            paging=paging,
            post=post,
        )
        return self._driver.iterate(
            operations.walk_users(self._server, search, unreadable.UnreadableRecords.of(on_unreadable))
        )

    def get(self, path: str, /, **query: str | int) -> object:
        """The JSON of any path below the server, as it came: ``get("Users", startIndex=1)``.

        Under the same token, retries and errors as every other call.
        """
        return self._driver.run(operations.read_path(self._server, path, query))

    def user(self, user_id: str) -> User:
        """One account by its Magister user id. Raises :class:`NotFound`."""
        return self._driver.run(operations.read_user(self._server, user_id))

    def change(self, user_id: str, changes: Changes, *, version: str | None = None) -> User | None:
        """Change an account; returns it as it is then, or ``None`` where the server answers 204.

        With ``version`` (``user.version``) the change is made only to that version, and :class:`Refused` with status
        412 is raised where somebody else was first. Only then it is sent again after a failure that left its fate
        open. All changes are made, or none.
        """
        return self._driver.run(operations.patch_user(self._server, user_id, changes, version))

    def rename(self, user_id: str, user_name: str, *, version: str | None = None) -> User | None:
        """Give an account another login name. Raises :class:`Refused` with code ``uniqueness`` where it is taken."""
        return self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().rename(user_name), version)
        )

    def activate(self, user_id: str, *, version: str | None = None) -> User | None:
        """Let an account in."""
        return self._driver.run(operations.patch_user(self._server, user_id, patching.Changes().activate(), version))

    def block(self, user_id: str, *, version: str | None = None) -> User | None:
        """Keep an account out."""
        return self._driver.run(operations.patch_user(self._server, user_id, patching.Changes().block(), version))

    def set_password(self, user_id: str, password: str | Secret, *, version: str | None = None) -> User | None:
        """Give an account another password, which is shown nowhere."""
        return self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().set_password(password), version)
        )

    def schemas(self) -> tuple[Schema, ...]:
        """The schemas of the server."""
        return self._driver.run(operations.read_schemas(self._server))

    def config(self) -> ServiceProviderConfig:
        """What the server can do."""
        return self._driver.run(operations.read_config(self._server))

    def stamnummer_path(self) -> AttributePath:
        """Where the stamnummer is: as given, or found in the schemas and remembered."""
        return self._driver.run(self._finder.path())

    def stamnummer(self, user: User) -> str | None:
        """The stamnummer of an account, as text; ``None`` where it has none."""
        return self._driver.run(self._finder.read(user))


class AsyncScimClient(AsyncClient):
    """The accounts of a school.

    ``base_url`` is the login server's address with ``/scim`` (official: ``https://accounts.magister.net/scim``);
    ``tokens`` is a source such as ``login.application()``. Which grant Magister wants is not public. ``stamnummer``
    names the attribute that holds it, where looking through the schemas would not find it. ``smallest_page`` is the
    smallest page into which the server may cut a list whose total it names wrongly: with 1, every list that comes on
    one page costs a request more. ``http`` stays yours.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        stamnummer: AttributePath | None = None,
        smallest_page: int = SMALLEST_PAGE,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: AsyncDriver | None = None,
    ) -> None:
        self._server = operations.ScimServer(base_url=base_url, tokens=tokens, smallest_page=smallest_page)
        self._finder = _Finder(self._server, stamnummer)
        super().__init__(driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, clock=clock)

    def __repr__(self) -> str:
        return f"<AsyncScimClient {self._server.base_url}>"

    def users(
        self,
        filter: Filter | None = None,  # noqa: A002 - the standard's own word
        *,
        attributes: Sequence[str] = (),
        excluded_attributes: Sequence[str] = (),
        sort_by: str | None = None,
        descending: bool = False,
        page_size: int = 100,
        paging: Paging = "index",
        post: bool = False,
        on_unreadable: OnUnreadable | UnreadableRecords = "raise",
    ) -> AsyncIterator[User]:
        """All accounts that fit a filter, each once, page after page.

        Accounts that are there all the time are never missed, even if others are removed meanwhile: the list raises
        :class:`ListShifted` or :class:`CursorStuck` rather than end too early. ``paging="cursor"`` asks for cursors
        (RFC 9865), which servers offer whose ``config().pagination.cursor`` is true. ``post`` sends the search in a
        body (``.search``), which keeps names out of addresses; the official article says SEARCH and may mean either.

        Raises :class:`FieldInvalid` for an account that cannot be read. ``on_unreadable="keep"`` goes on with a
        warning; pass a collector of your own, ``UnreadableRecords("keep")``, to see such accounts.
        """
        search = operations.Search(
            filter=filter,
            attributes=tuple(attributes),
            excluded=tuple(excluded_attributes),
            sort_by=sort_by,
            descending=descending,
            page_size=page_size,
            paging=paging,
            post=post,
        )
        return self._driver.iterate(
            operations.walk_users(self._server, search, unreadable.UnreadableRecords.of(on_unreadable))
        )

    async def get(self, path: str, /, **query: str | int) -> object:
        """The JSON of any path below the server, as it came: ``get("Users", startIndex=1)``.

        Under the same token, retries and errors as every other call.
        """
        return await self._driver.run(operations.read_path(self._server, path, query))

    async def user(self, user_id: str) -> User:
        """One account by its Magister user id. Raises :class:`NotFound`."""
        return await self._driver.run(operations.read_user(self._server, user_id))

    async def change(self, user_id: str, changes: Changes, *, version: str | None = None) -> User | None:
        """Change an account; returns it as it is then, or ``None`` where the server answers 204.

        With ``version`` (``user.version``) the change is made only to that version, and :class:`Refused` with status
        412 is raised where somebody else was first. Only then it is sent again after a failure that left its fate
        open. All changes are made, or none.
        """
        return await self._driver.run(operations.patch_user(self._server, user_id, changes, version))

    async def rename(self, user_id: str, user_name: str, *, version: str | None = None) -> User | None:
        """Give an account another login name. Raises :class:`Refused` with code ``uniqueness`` where it is taken."""
        return await self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().rename(user_name), version)
        )

    async def activate(self, user_id: str, *, version: str | None = None) -> User | None:
        """Let an account in."""
        return await self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().activate(), version)
        )

    async def block(self, user_id: str, *, version: str | None = None) -> User | None:
        """Keep an account out."""
        return await self._driver.run(operations.patch_user(self._server, user_id, patching.Changes().block(), version))

    async def set_password(self, user_id: str, password: str | Secret, *, version: str | None = None) -> User | None:
        """Give an account another password, which is shown nowhere."""
        return await self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().set_password(password), version)
        )

    async def schemas(self) -> tuple[Schema, ...]:
        """The schemas of the server."""
        return await self._driver.run(operations.read_schemas(self._server))

    async def config(self) -> ServiceProviderConfig:
        """What the server can do."""
        return await self._driver.run(operations.read_config(self._server))

    async def stamnummer_path(self) -> AttributePath:
        """Where the stamnummer is: as given, or found in the schemas and remembered."""
        return await self._driver.run(self._finder.path())

    async def stamnummer(self, user: User) -> str | None:
        """The stamnummer of an account, as text; ``None`` where it has none."""
        return await self._driver.run(self._finder.read(user))
