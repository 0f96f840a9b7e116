"""Flows for accounts over SCIM: read, search and change accounts, and read the server's features.

Lists are read with the rules of :mod:`magister_connect.core.lists`, or by cursor if the server supports that (RFC
9865).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, Reply, Request, StreamingFlow, emit
from magister_connect.core.json import parse_json
from magister_connect.core.lists import SMALLEST_PAGE, ListReader, require_size
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.unreadable import Unreadable, UnreadableRecords
from magister_connect.core.secrets import Secret
from magister_connect.errors import CursorStuck, FieldInvalid, ListShifted, UsageError
from magister_connect.login import TokenSource
from magister_connect.login.settings import require_secure
from magister_connect.login.token_stores.sources import ask_with_token
from magister_connect.scim.error_responses import raise_for_error
from magister_connect.scim.filters import Filter
from magister_connect.scim.patching import Changes
from magister_connect.scim.reading import SchemaList, UserList, read_scim
from magister_connect.scim.records import Meta, Schema, ServiceProviderConfig, User

SEARCH: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
MEDIA_TYPE: Final = "application/scim+json"
Paging: TypeAlias = Literal["index", "cursor"]
"""How a list is split into pages: by position (RFC 7644, 3.4.2.4), or by cursor (RFC 9865)."""


@frozen(kw_only=True)
class ScimServer(SafeRepr):
    """The SCIM server and the source of tokens for it. Magister's server is the issuer with ``/scim`` (official)."""

    base_url: str
    tokens: TokenSource = field(repr=False)
    smallest_page: int = field(default=SMALLEST_PAGE, converter=require_size)

    def __attrs_post_init__(self) -> None:
        require_secure(self.base_url, "base_url")

    def ask(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str | Secret]] = (),
        body: bytes | None = None,
        *,
        version: str | None = None,
        safe_to_repeat: bool | None = None,
    ) -> Flow[Reply]:
        """Send with a valid token. Raises the error for a refusal."""
        headers: list[tuple[str, str | Secret]] = [("accept", f"{MEDIA_TYPE}, application/json;q=0.9")]
        headers += [("content-type", MEDIA_TYPE)] if body is not None else []
        headers += [("if-match", version)] if version is not None else []
        base = self.base_url.rstrip("/")
        request = Request(
            method,
            f"{base}/{path}",
            query=tuple(query),
            headers=tuple(headers),
            body=body,
            safe_to_repeat=safe_to_repeat,
            shown=f"{base}/{_shown(path)}",
        )
        reply = yield from ask_with_token(self.tokens, request)
        raise_for_error(reply, request)
        return reply

    def read(
        self, path: str, query: Sequence[tuple[str, str | Secret]] = (), body: bytes | None = None
    ) -> Flow[object]:
        """Return the JSON of a path. With a body, the request is a POST search, which may be retried."""
        method = "GET" if body is None else "POST"
        reply = yield from self.ask(method, path, query, body, safe_to_repeat=True)
        return parse_json(reply.body, f"{method} {self.base_url.rstrip('/')}/{_shown(path)}")


@frozen(kw_only=True)
class Search(SafeRepr):
    """The search. ``post`` sends it in a body (``.search``), which keeps names out of addresses."""

    filter: Filter | None = None
    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    sort_by: str | None = None
    descending: bool = False
    page_size: int = 100
    paging: Paging = "index"
    post: bool = False

    def __attrs_post_init__(self) -> None:
        if self.paging not in {"index", "cursor"}:
            raise UsageError(
                "This way of paging is not known", where="paging", advice='Pass paging="index" or paging="cursor".'
            )
        if self.page_size < (smallest := 2 if self.paging == "index" else 1):
            raise UsageError(
                "The page size is too small: with paging by index, each page repeats one account",
                where="page_size",
                advice=f"Pass page_size={smallest} or more.",
            )

    def fields(self, **position: object) -> Mapping[str, object]:
        """Return the fields of the search for a position: a ``startIndex`` from 1, or a ``cursor``."""
        found: dict[str, object] = {**position, "count": self.page_size}
        if self.filter is not None:
            found["filter"] = str(self.filter)
        if self.attributes:
            found["attributes"] = list(self.attributes)
        if self.excluded:
            found["excludedAttributes"] = list(self.excluded)
        if self.sort_by:
            found |= {"sortBy": self.sort_by, "sortOrder": "descending" if self.descending else "ascending"}
        return found


def read_user(server: ScimServer, user_id: str) -> Flow[User]:
    """Return one account. If the resource has no version, the one in the header is used."""
    path = f"Users/{_part(user_id)}"
    reply = yield from server.ask("GET", path)
    return _read_user(reply, f"GET {server.base_url.rstrip('/')}/Users/{{id}}")


@frozen
class _Page:
    """A page of accounts, with a marker in place of each unreadable one."""

    users: Sequence[User | Unreadable]
    total: int | None
    next_cursor: str | None


def walk_users(server: ScimServer, search: Search, unreadable: UnreadableRecords | None = None) -> StreamingFlow[User]:
    """Yield all accounts that a search finds, each once. Unreadable ones go to ``unreadable``.

    Raises :class:`ListShifted` if the list changed so much during reading that accounts may be missing, or if it ended
    before its total. Raises :class:`CursorStuck` if its pages never move on.
    """
    ask = partial(_read_list, server, search, unreadable or UnreadableRecords())
    if search.paging == "cursor":
        yield from _walk_by_cursor(ask, None)
        return
    reader = ListReader[User | Unreadable](
        key=_content_of, page_size=search.page_size, where="Users", smallest_page=server.smallest_page
    )
    while reader.start is not None:
        page = yield from ask(reader.start, startIndex=reader.start + 1)
        if page.next_cursor is not None and reader.start == 0:  # the server uses cursors unasked
            yield from _walk_by_cursor(ask, page)
            return
        for user in reader.take(page.users, page.total):
            if isinstance(user, User):
                yield from emit(user)


def _id_of(user: User | Unreadable) -> Hashable:
    """Return the id of an account. An unreadable one without an id is identified by its place."""
    return user.id if isinstance(user, User) else user.fields.get("id", f"({user.place})")


def _content_of(user: User | Unreadable) -> Hashable:
    """Return the id of an account, or the content of one without an id: its place changes if a page comes again."""
    if isinstance(user, Unreadable) and "id" not in user.fields and user.raw is not None:
        return f"({user.raw.reveal()})"
    return _id_of(user)


def _walk_by_cursor(ask: Callable[..., Flow[_Page]], first: _Page | None) -> StreamingFlow[User]:
    """Read by cursor (RFC 9865, 2): the first request has an empty one, and the last page has none."""
    page = first if first is not None else (yield from ask(0, cursor=""))
    seen: set[Hashable] = set()
    before = 0
    cursors: set[str] = set()
    while True:
        for user in page.users:
            if (key := _id_of(user)) not in seen:
                seen.add(key)
                if isinstance(user, User):
                    yield from emit(user)
        if page.next_cursor is None:
            break
        if page.next_cursor in cursors:
            raise CursorStuck("The server sent a cursor that it had sent before", where="Users")
        cursors.add(page.next_cursor)
        before += len(page.users)
        page = yield from ask(before, cursor=page.next_cursor)
    if page.total is not None and page.total > len(seen):
        raise ListShifted("The list ended before all announced items arrived", where="Users")


def patch_user(server: ScimServer, user_id: str, changes: Changes, version: str | None = None) -> Flow[User | None]:
    """Change an account. Return the new state, or ``None`` if the server returns 204.

    With ``version``, the change only applies to that version. Only such a change is retried after a failure.
    """
    path = f"Users/{_part(user_id)}"
    reply = yield from server.ask(
        "PATCH", path, body=changes.to_json(), version=version, safe_to_repeat=version is not None
    )
    if reply.status == 204 or not reply.body:
        return None
    return _read_user(reply, f"PATCH {server.base_url.rstrip('/')}/Users/{{id}}")


def read_path(server: ScimServer, path: str, query: Mapping[str, object]) -> Flow[object]:
    """Return the JSON of any path below the server."""
    return (yield from server.read(path, [(name, _query_value(value)) for name, value in query.items()]))


def read_schemas(server: ScimServer) -> Flow[tuple[Schema, ...]]:
    """Return the schemas of the server, from a standard list or a plain array."""
    found = yield from server.read("Schemas")
    return read_scim(SchemaList, {"Resources": found} if isinstance(found, list) else found, "Schemas").resources


def read_config(server: ScimServer) -> Flow[ServiceProviderConfig]:
    """Return what the server supports."""
    return read_scim(ServiceProviderConfig, (yield from server.read("ServiceProviderConfig")), "ServiceProviderConfig")


def _read_list(
    server: ScimServer, search: Search, unreadable: UnreadableRecords, before: int, **position: object
) -> Flow[_Page]:
    fields = search.fields(**position)
    if search.post:
        body = json.dumps({"schemas": [SEARCH], **fields}).encode()
        found = yield from server.read("Users/.search", body=body)
    else:
        found = yield from server.read("Users", [(name, _query_value(value)) for name, value in fields.items()])
    return _page_of(found, unreadable, before)


def _page_of(found: object, unreadable: UnreadableRecords, before: int) -> _Page:
    """Read a page from JSON: as a whole if possible, else account by account. ``before`` accounts came earlier."""
    _require_list(found)
    try:
        whole = read_scim(UserList, found, "Users")
        return _Page(whole.resources, whole.total, whole.next_cursor)
    except FieldInvalid as error:
        problem = error
    name = next((key for key in found if key.lower() == "resources"), None) if isinstance(found, dict) else None
    if name is None or not isinstance(found, dict) or not isinstance(found[name], list):
        raise problem
    if not unreadable.keeps:
        unreadable.add(problem, place="")
    users = [_user_or_unreadable(each, number, unreadable) for number, each in enumerate(found[name], start=before)]
    rest = read_scim(UserList, {**found, name: []}, "Users")
    return _Page(users, rest.total, rest.next_cursor)


def _require_list(found: object) -> None:
    """Refuse an object that is not a list. A message in JSON would otherwise read as a school without accounts."""
    if isinstance(found, dict):
        given = {key.lower() for key, value in found.items() if value is not None}
        if not given & {"resources", "totalresults", "schemas"}:
            raise FieldInvalid("A list of accounts was expected", where="Users")


def _user_or_unreadable(value: object, number: int, unreadable: UnreadableRecords) -> User | Unreadable:
    try:
        return read_scim(User, value, "")
    except FieldInvalid as error:
        problem = error
    held = {key.lower(): each for key, each in value.items()} if isinstance(value, dict) else {}
    fields = {name: held[name.lower()] for name in ("id", "userName") if isinstance(held.get(name.lower()), str)}
    return unreadable.add(problem, place=f"Users, account {number}", raw=value, fields=fields)


def _query_value(value: object) -> str | Secret:
    return Secret(",".join(value) if isinstance(value, list) else str(value))


def _read_user(reply: Reply, where: str) -> User:
    user = read_scim(User, parse_json(reply.body, where), where)
    etag = reply.header("etag")
    if not etag or user.version:
        return user
    return evolve(user, meta=evolve(user.meta or Meta(), version=etag))


def _part(user_id: str) -> str:
    if not user_id or user_id.strip(".") == "":
        raise UsageError("The id of the account is empty", advice="Pass the id of a user that users() returned.")
    return quote(user_id, safe="")


def _shown(path: str) -> str:
    head, slash, rest = path.partition("/")
    return path if rest in {"", ".search"} else f"{head}{slash}{{id}}"
