"""The sync and the async client for accounts over SCIM."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from magister_connect.core.drivers import AsyncClient, SyncClient
from magister_connect.core.late import LateModule
from magister_connect.core.lists import SMALLEST_PAGE

if TYPE_CHECKING:
    import datetime as dt

    from magister_connect.core.drivers import AsyncDriver, AsyncHttp, RetryPolicy, SyncDriver, SyncHttp, Timeouts
    from magister_connect.core.flow import Flow
    from magister_connect.core.records import unreadable
    from magister_connect.core.records.unreadable import OnUnreadable, UnreadableRecords
    from magister_connect.core.secrets import Secret
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
    unreadable = LateModule("magister_connect.core.records.unreadable")


class _Finder:
    """Finds the stamnummer attribute, and remembers it."""

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
    """A sync client for the accounts of a school.

    - ``base_url``: the login server's address with ``/scim`` (official: ``https://accounts.magister.net/scim``).
    - ``tokens``: a source such as ``login.application()``. It is not public which grant Magister wants.
    - ``stamnummer``: the attribute with the stamnummer, if the search in the schemas does not find it.
    - ``smallest_page``: the smallest page size of a server that may send a wrong total. With 1, every list on one page
      costs one more request.
    - ``http``: your own client of httpx or httpx2. You close it yourself.
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
        """Yield all accounts that match a filter, each once, page by page.

        No account is missed, even if others are removed during reading: the list raises :class:`ListShifted` or
        :class:`CursorStuck` instead of ending too early.

        - ``paging="cursor"``: use cursors (RFC 9865). The server supports them if ``config().pagination.cursor`` is
          true.
        - ``post``: send the search in a body (``.search``), which keeps names out of addresses. The official article
          says SEARCH and may mean this.
        - ``on_unreadable="keep"``: skip unreadable accounts with a warning. Pass your own collector,
          ``UnreadableRecords("keep")``, to read them. By default an unreadable account raises :class:`FieldInvalid`.
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
        """Return the JSON of any path below the server: ``get("Users", startIndex=1)``.

        Token, retries and errors work as in every other call.
        """
        return self._driver.run(operations.read_path(self._server, path, query))

    def user(self, user_id: str) -> User:
        """Return one account by its Magister user id. Raises :class:`NotFound`."""
        return self._driver.run(operations.read_user(self._server, user_id))

    def change(self, user_id: str, changes: Changes, *, version: str | None = None) -> User | None:
        """Change an account. Returns the new state, or ``None`` if the server returns 204.

        All changes are made, or none. With ``version`` (``user.version``), the change only applies to that version. If
        someone else changed the account first, it raises :class:`Refused` with status 412. Only a change with
        ``version`` is retried after a failure with an unknown outcome.
        """
        return self._driver.run(operations.patch_user(self._server, user_id, changes, version))

    def rename(self, user_id: str, user_name: str, *, version: str | None = None) -> User | None:
        """Change the login name of an account. Raises :class:`Refused` with code ``uniqueness`` if it is taken."""
        return self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().rename(user_name), version)
        )

    def activate(self, user_id: str, *, version: str | None = None) -> User | None:
        """Activate an account, so that its owner can log in."""
        return self._driver.run(operations.patch_user(self._server, user_id, patching.Changes().activate(), version))

    def block(self, user_id: str, *, version: str | None = None) -> User | None:
        """Block an account, so that its owner cannot log in."""
        return self._driver.run(operations.patch_user(self._server, user_id, patching.Changes().block(), version))

    def set_password(self, user_id: str, password: str | Secret, *, version: str | None = None) -> User | None:
        """Set the password of an account. The password is never shown."""
        return self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().set_password(password), version)
        )

    def schemas(self) -> tuple[Schema, ...]:
        """Return the schemas of the server."""
        return self._driver.run(operations.read_schemas(self._server))

    def config(self) -> ServiceProviderConfig:
        """Return what the server supports."""
        return self._driver.run(operations.read_config(self._server))

    def stamnummer_path(self) -> AttributePath:
        """Return the attribute with the stamnummer: the one that you passed, or the one found in the schemas."""
        return self._driver.run(self._finder.path())

    def stamnummer(self, user: User) -> str | None:
        """Return the stamnummer of an account as text, or ``None`` if it has none."""
        return self._driver.run(self._finder.read(user))


class AsyncScimClient(AsyncClient):
    """An async client for the accounts of a school, on asyncio or trio.

    - ``base_url``: the login server's address with ``/scim`` (official: ``https://accounts.magister.net/scim``).
    - ``tokens``: a source such as ``login.application()``. It is not public which grant Magister wants.
    - ``stamnummer``: the attribute with the stamnummer, if the search in the schemas does not find it.
    - ``smallest_page``: the smallest page size of a server that may send a wrong total. With 1, every list on one page
      costs one more request.
    - ``http``: your own async client of httpx or httpx2. You close it yourself.
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
        """Yield all accounts that match a filter, each once, page by page.

        No account is missed, even if others are removed during reading: the list raises :class:`ListShifted` or
        :class:`CursorStuck` instead of ending too early.

        - ``paging="cursor"``: use cursors (RFC 9865). The server supports them if ``config().pagination.cursor`` is
          true.
        - ``post``: send the search in a body (``.search``), which keeps names out of addresses. The official article
          says SEARCH and may mean this.
        - ``on_unreadable="keep"``: skip unreadable accounts with a warning. Pass your own collector,
          ``UnreadableRecords("keep")``, to read them. By default an unreadable account raises :class:`FieldInvalid`.
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
        """Return the JSON of any path below the server: ``get("Users", startIndex=1)``.

        Token, retries and errors work as in every other call.
        """
        return await self._driver.run(operations.read_path(self._server, path, query))

    async def user(self, user_id: str) -> User:
        """Return one account by its Magister user id. Raises :class:`NotFound`."""
        return await self._driver.run(operations.read_user(self._server, user_id))

    async def change(self, user_id: str, changes: Changes, *, version: str | None = None) -> User | None:
        """Change an account. Returns the new state, or ``None`` if the server returns 204.

        All changes are made, or none. With ``version`` (``user.version``), the change only applies to that version. If
        someone else changed the account first, it raises :class:`Refused` with status 412. Only a change with
        ``version`` is retried after a failure with an unknown outcome.
        """
        return await self._driver.run(operations.patch_user(self._server, user_id, changes, version))

    async def rename(self, user_id: str, user_name: str, *, version: str | None = None) -> User | None:
        """Change the login name of an account. Raises :class:`Refused` with code ``uniqueness`` if it is taken."""
        return await self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().rename(user_name), version)
        )

    async def activate(self, user_id: str, *, version: str | None = None) -> User | None:
        """Activate an account, so that its owner can log in."""
        return await self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().activate(), version)
        )

    async def block(self, user_id: str, *, version: str | None = None) -> User | None:
        """Block an account, so that its owner cannot log in."""
        return await self._driver.run(operations.patch_user(self._server, user_id, patching.Changes().block(), version))

    async def set_password(self, user_id: str, password: str | Secret, *, version: str | None = None) -> User | None:
        """Set the password of an account. The password is never shown."""
        return await self._driver.run(
            operations.patch_user(self._server, user_id, patching.Changes().set_password(password), version)
        )

    async def schemas(self) -> tuple[Schema, ...]:
        """Return the schemas of the server."""
        return await self._driver.run(operations.read_schemas(self._server))

    async def config(self) -> ServiceProviderConfig:
        """Return what the server supports."""
        return await self._driver.run(operations.read_config(self._server))

    async def stamnummer_path(self) -> AttributePath:
        """Return the attribute with the stamnummer: the one that you passed, or the one found in the schemas."""
        return await self._driver.run(self._finder.path())

    async def stamnummer(self, user: User) -> str | None:
        """Return the stamnummer of an account as text, or ``None`` if it has none."""
        return await self._driver.run(self._finder.read(user))
