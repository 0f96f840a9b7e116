"""Accounts over SCIM, as flows: read, search, page without loss, change; and what the server says about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from attrs import field, frozen

from magister_connect.core.flow import Flow, Reply, Request, StreamingFlow, emit
from magister_connect.core.json import CamelRecord, JsonObject, named, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.login import TokenSource
from magister_connect.login.settings import require_secure
from magister_connect.login.token_stores.sources import ask_with_token
from magister_connect.scim.error_responses import raise_for_error
from magister_connect.scim.filters import Filter
from magister_connect.scim.patching import Changes
from magister_connect.scim.records import Schema, ServiceProviderConfig, User

SEARCH: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
MEDIA_TYPE: Final = "application/scim+json"
STEPS_BACK: Final = 3


@frozen(kw_only=True)
class ScimServer:
    """Where the SCIM server is, and whose token opens it. That of Magister is the issuer with ``/scim`` (official)."""

    base_url: str
    tokens: TokenSource = field(repr=False)

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
        """Send with a token that holds; raises what a refusal means."""
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
        """The JSON of a path; with a body it is posted, which is a search and may be repeated."""
        method = "GET" if body is None else "POST"
        reply = yield from self.ask(method, path, query, body, safe_to_repeat=True)
        return parse_json(reply.body, f"{method} {self.base_url.rstrip('/')}/{_shown(path)}")


@frozen(kw_only=True)
class Search:
    """What is searched for. ``post`` sends it in a body (``.search``), which keeps names out of addresses."""

    filter: Filter | None = None
    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    sort_by: str | None = None
    descending: bool = False
    page_size: int = 100
    post: bool = False

    def fields(self, start: int) -> Mapping[str, object]:
        """The fields of the search from a 1-based place on."""
        found: dict[str, object] = {"startIndex": start, "count": self.page_size}
        if self.filter is not None:
            found["filter"] = str(self.filter)
        if self.attributes:
            found["attributes"] = list(self.attributes)
        if self.excluded:
            found["excludedAttributes"] = list(self.excluded)
        if self.sort_by:
            found |= {"sortBy": self.sort_by, "sortOrder": "descending" if self.descending else "ascending"}
        return found


@frozen(kw_only=True, repr=False, slots=False)
class _UserList(CamelRecord):
    total_results: int
    start_index: int | None = None
    items_per_page: int | None = None
    schemas: tuple[str, ...] = ()
    resources: tuple[User, ...] = named("Resources", default=())


@frozen(kw_only=True, repr=False, slots=False)
class _SchemaList(CamelRecord):
    resources: tuple[Schema, ...] = named("Resources", default=())


def read_user(server: ScimServer, user_id: str) -> Flow[User]:
    """One account. The version in the header counts where the resource has none."""
    path = f"Users/{_part(user_id)}"
    reply = yield from server.ask("GET", path)
    return _read_user(reply, f"GET {server.base_url.rstrip('/')}/Users/{{id}}")


def walk_users(server: ScimServer, search: Search) -> StreamingFlow[User]:
    """All accounts that a search finds, each once.

    Paging of SCIM keeps no state, so accounts shift when one before them is removed. Each page therefore begins with
    the last account of the page before; where that is no longer there, the walk steps back before it goes on. An
    account that is there all the time is never missed.
    """
    walk = _Walk(search.page_size)
    while walk.start is not None:
        page = yield from _read_list(server, search, walk.start)
        for user in walk.take(page):
            yield from emit(user)


def patch_user(server: ScimServer, user_id: str, changes: Changes, version: str | None = None) -> Flow[User | None]:
    """Change an account; gives it as it is then, or ``None`` where the server answers 204.

    With ``version`` the change is made only to that version, and only then it is sent again after a failure.
    """
    path = f"Users/{_part(user_id)}"
    reply = yield from server.ask(
        "PATCH", path, body=changes.to_json(), version=version, safe_to_repeat=version is not None
    )
    if reply.status == 204 or not reply.body:
        return None
    return _read_user(reply, f"PATCH {server.base_url.rstrip('/')}/Users/{{id}}")


def read_schemas(server: ScimServer) -> Flow[tuple[Schema, ...]]:
    """The schemas of the server, in the list that the standard wants or in a bare array."""
    found = yield from server.read("Schemas")
    if isinstance(found, list):
        return read_record(tuple[Schema, ...], found, "Schemas")
    return read_record(_SchemaList, found, "Schemas").resources


def read_config(server: ScimServer) -> Flow[ServiceProviderConfig]:
    """What the server can do."""
    return read_record(
        ServiceProviderConfig, (yield from server.read("ServiceProviderConfig")), "ServiceProviderConfig"
    )


class _Walk:
    """Where in the accounts we are."""

    def __init__(self, page_size: int) -> None:
        if page_size < 2:
            raise UsageError(
                "A page needs at least two accounts, one of which is the last of the page before",
                advice="Give page_size=2 or more.",
            )
        self.start: int | None = 1
        self._size = page_size
        self._seen: set[str] = set()
        self._last: str | None = None
        self._back = 0

    def take(self, page: _UserList) -> list[User]:
        """The accounts of a page that have not been given, and where to go on."""
        users, start = page.resources, self.start or 1
        fresh = [user for user in users if user.id not in self._seen]
        moved = start > 1 and self._last not in {user.id for user in users}
        if moved and self._back < STEPS_BACK:
            self._back += 1
            self.start = max(1, start - self._size)
            return []
        self._back = 0
        self._seen.update(user.id for user in users)
        self._last = users[-1].id if users else self._last
        ended = not users or start + len(users) > page.total_results
        self.start = None if ended else start + max(1, len(users) - 1)
        return fresh


def _read_list(server: ScimServer, search: Search, start: int) -> Flow[_UserList]:
    fields = search.fields(start)
    if search.post:
        body = json.dumps({"schemas": [SEARCH], **fields}).encode()
        found = yield from server.read("Users/.search", body=body)
    else:
        found = yield from server.read("Users", [(name, _query_value(value)) for name, value in fields.items()])
    return read_record(_UserList, found, "Users")


def _query_value(value: object) -> str | Secret:
    return Secret(",".join(value) if isinstance(value, list) else str(value))


def _read_user(reply: Reply, where: str) -> User:
    value = parse_json(reply.body, where)
    etag = reply.header("etag")
    if etag and isinstance(value, dict):
        meta = value.get("meta")
        known: JsonObject = meta if isinstance(meta, dict) else {}
        value = {**value, "meta": {"version": etag, **known}}
    return read_record(User, value, where)


def _part(user_id: str) -> str:
    if not user_id or user_id.strip(".") == "":
        raise UsageError("The id of an account is needed", advice="users() finds accounts; their id is user.id.")
    return quote(user_id, safe="")


def _shown(path: str) -> str:
    head, slash, rest = path.partition("/")
    return path if rest in {"", ".search"} else f"{head}{slash}{{id}}"
