"""The flows over HTTP: a code file from an address, and the lists and records of the RIO LOD API.

Documented for the API (version 2.13): it is public, uses HAL, accepts ``datumGeldigOp`` on every resource, and has
pages of at most 100 records. ``einddatum`` is the first day after. The names of resources are in its own description;
you pass them. A list is read by the HAL link ``next``, whatever the page numbers are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Hashable, Iterable, Mapping
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

from attrs import field, frozen

from magister_connect.codes.records import RioRecord
from magister_connect.codes.sources import LARGEST_MEMBER, CodeFile
from magister_connect.core.addresses import require_secure
from magister_connect.core.flow import Flow, Reply, Request, StreamingFlow, current_time, emit, exchange
from magister_connect.core.json import parse_json, read_record
from magister_connect.core.lists import ListReader
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.unreadable import OnUnreadable, Unreadable, UnreadableRecords
from magister_connect.crosswalk.links import require_day
from magister_connect.errors import (
    CursorStuck,
    DocumentInvalid,
    FieldInvalid,
    ListShifted,
    Maintenance,
    NotFound,
    RateLimited,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
    UsageError,
)

RIO_LOD: Final = "https://lod.onderwijsregistratie.nl/api/rio/v2"
"""The public API (documented). It is updated once a day, early in the morning."""
LARGEST_PAGE: Final = 100
_RESOURCE: Final = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_.-]+)*")
_ACCEPT: Final = (("accept", "application/hal+json, application/json;q=0.9"),)
_READ_AGAIN: Final = "Compare the call with the published description of the API."
Query: TypeAlias = str | int | dt.date


@frozen
class RioApi(SafeRepr):
    """The address of the API. Raises :class:`UsageError` for an address without TLS on another machine."""

    address: str = field(default=RIO_LOD)

    def __attrs_post_init__(self) -> None:
        require_secure(self.address, "address")

    def under(self, *parts: str) -> str:
        """Return an address below the API."""
        return "/".join([self.address.rstrip("/"), *(quote(part, safe="/") for part in parts)])


def records(
    api: RioApi,
    /,
    resource: str,
    *,
    geldig_op: dt.date | None = None,
    page_size: int = LARGEST_PAGE,
    on_unreadable: OnUnreadable | UnreadableRecords = "raise",
    **filters: Query,
) -> StreamingFlow[RioRecord]:
    """Yield all records of a resource, page after page, such as ``client.records("onderwijslocaties", geldig_op=day)``.

    ``resource`` is its name in the description of the API. ``geldig_op`` selects what is valid on a day; without it,
    the API decides. ``filters`` are other parameters of the resource. Each record is yielded once. Raises
    :class:`FieldInvalid` with the path if a field has an unexpected form (``on_unreadable="keep"`` continues). Raises
    :class:`ListShifted` or :class:`CursorStuck` if the list would end too early.
    """
    policy = UnreadableRecords.of(on_unreadable)
    _require_resource(resource)
    if not 1 <= page_size <= LARGEST_PAGE:
        raise UsageError(
            f"A page has 1 to {LARGEST_PAGE} records",
            where="page_size",
            advice="Pass a smaller page_size, or leave it out.",
        )
    request = _request(api.under(resource), {"pageSize": page_size, **_on_day(geldig_op), **filters})
    reader = ListReader[RioRecord | Unreadable](key=_key_of, page_size=page_size, where=resource, overlap=False)
    asked: set[tuple[str, object]] = set()
    given = 0
    while True:
        asked.add((request.address, request.query))
        page = _page_of((yield from _read(request)), resource, policy, number=len(asked))
        fresh = reader.take(page.items, page.total, more=page.following is not None)
        given += len(fresh)
        for item in fresh:
            if isinstance(item, RioRecord):
                yield from emit(item)
        if page.following is None:
            break
        request = _follow(request, page.following, api)
        if (request.address, request.query) in asked:
            raise CursorStuck("A page of the list links to an earlier page", where=resource)
    if page.total is not None and given < page.total:
        raise ListShifted("The list ended before it was complete", where=resource)


def record(api: RioApi, /, resource: str, code: str, *, geldig_op: dt.date | None = None) -> Flow[RioRecord]:
    """Return one record by its code, as it is on a day. Raises :class:`NotFound`."""
    _require_resource(resource)
    if not code:
        raise UsageError(
            "The code of the record is empty", where="code", advice="Pass a code, or call records() for the whole list."
        )
    value = yield from _read(_request(api.under(resource, code), _on_day(geldig_op)))
    return read_record(RioRecord, value, resource)


def get(api: RioApi, /, path: str, **query: Query) -> Flow[object]:
    """Return the JSON of any path below the API, unchanged: ``get("onderwijslocaties", pageSize=1)``."""
    _require_resource(path)
    return (yield from _read(_request(api.under(path), query)))


def fetch(
    _api: RioApi, /, address: str, *, sha256: str | None = None, name: str | None = None, limit: int = LARGEST_MEMBER
) -> Flow[CodeFile]:
    """Download a code file from the address that you pass; at most ``limit`` bytes.

    The file is not stored. Write ``file.content`` where you want it, with ``Manifest.of([file])`` beside it. ``name``
    is the last part of the address unless you pass one. With ``sha256``, other content raises :class:`DocumentInvalid`.
    Redirects are not followed; the error names the new address.
    """
    require_secure(address, "address")
    parts = urlsplit(address)
    bare = parts._replace(query="", fragment="").geturl()
    request = Request("GET", bare, query=tuple(parse_qsl(parts.query, keep_blank_values=True)), limit=limit)
    reply = yield from exchange(request)
    _raise_for_status(reply, request)
    moment = yield from current_time()
    file = CodeFile(name or unquote(parts.path.rpartition("/")[2]) or "table", reply.body, bare, moment)
    if sha256 is not None and file.sha256 != sha256.lower():
        raise DocumentInvalid(
            "The file at this address does not have the expected hash",
            where=request.line,
            responsible=Responsible.YOU,
            advice="Check what changed in the file, then pass the new hash.",
        )
    return file


# -- requests and replies -------------------------------------------------------------------------------------------


def _require_resource(path: str) -> None:
    if not _RESOURCE.fullmatch(path):
        raise UsageError(
            "This is not the name of a resource", where="resource", advice='Pass a name such as "onderwijslocaties".'
        )


def _on_day(day: dt.date | None) -> Mapping[str, Query]:
    require_day(day, "geldig_op")
    return {} if day is None else {"datumGeldigOp": day}


def _request(address: str, query: Mapping[str, Query]) -> Request:
    pairs = tuple((name, str(value)) for name, value in query.items())
    return Request("GET", address, query=pairs, headers=_ACCEPT)


def _read(request: Request) -> Flow[object]:
    reply = yield from exchange(request)
    _raise_for_status(reply, request)
    return parse_json(reply.body, request.line)


def _raise_for_status(reply: Reply, request: Request) -> None:
    status, where = reply.status, request.line
    if status < 300:
        return
    if status < 400:
        target = urlsplit(urljoin(request.address, reply.header("location") or ""))._replace(query="").geturl()
        raise Refused(
            "The server redirects to another address, which is not followed",
            where=where,
            status=status,
            responsible=Responsible.YOU,
            advice=f"If you trust the new address, pass it instead: {target}.",
        )
    if status in {404, 410}:
        advice = "Check the address, the name of the resource and the code."
        raise NotFound("There is nothing at this address", where=where, status=status, advice=advice)
    if status == 429:
        raise RateLimited("The server asks for fewer requests", where=where, status=status)
    if status == 503:
        raise Maintenance("The server is closed for maintenance", where=where, status=status)
    if status >= 500:
        raise ServiceError("The server failed", where=where, status=status)
    raise Refused(
        "The server refuses the request", where=where, status=status, responsible=Responsible.YOU, advice=_READ_AGAIN
    )


# -- HAL ------------------------------------------------------------------------------------------------------------


@frozen
class _Page:
    items: tuple[RioRecord | Unreadable, ...]
    following: str | None
    total: int | None


def _page_of(value: object, resource: str, policy: UnreadableRecords, *, number: int) -> _Page:
    if not isinstance(value, dict) or not {"_embedded", "_links"} & value.keys():
        raise ReplyInvalid("The response is not HAL: it has neither _embedded nor _links", where=resource)
    items = [
        _record_or_unreadable(each, f"{resource}, page {number}[{place}]", policy)
        for place, each in enumerate(_embedded(value.get("_embedded", {}), resource))
    ]
    return _Page(tuple(items), _next_of(value.get("_links"), resource), _total_of(value.get("page")))


def _embedded(value: object, resource: str) -> Iterable[object]:
    """Return the resources of a page: in HAL one object or an array, under one name or under that of the resource."""
    if not isinstance(value, dict):
        raise FieldInvalid("An object was expected", where=f"{resource}/_embedded")
    if len(value) > 1 and resource not in value:
        names = ", ".join(sorted(value))
        raise FieldInvalid(f"One list was expected, and there are {names}", where=f"{resource}/_embedded")
    found = value.get(resource, next(iter(value.values()), []))
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise FieldInvalid("An array was expected", where=f"{resource}/_embedded")
    return found


def _next_of(links: object, resource: str) -> str | None:
    """Return the address of the link ``next``. HAL has one link or an array of links under a name."""
    found = links.get("next") if isinstance(links, dict) else None
    found = found[0] if isinstance(found, list) and found else found
    if found is None:
        return None
    href = found.get("href") if isinstance(found, dict) else None
    if not isinstance(href, str):
        raise FieldInvalid("A link was expected", where=f"{resource}/_links/next")
    return href


def _total_of(page: object) -> int | None:
    """Return the total number, if the server includes it as Spring's HAL does (inferred)."""
    total = page.get("totalElements") if isinstance(page, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _record_or_unreadable(value: object, place: str, policy: UnreadableRecords) -> RioRecord | Unreadable:
    try:
        return read_record(RioRecord, value)
    except FieldInvalid as error:
        policy.add(error, place=place, raw=value)
    return policy.kept[-1]


def _key_of(item: RioRecord | Unreadable) -> Hashable:
    return item.href if isinstance(item, RioRecord) else None


def _follow(request: Request, href: str, api: RioApi) -> Request:
    target = urlsplit(urljoin(request.address, href))
    bare = target._replace(query="", fragment="").geturl()
    if not bare.startswith(f"{api.address.rstrip('/')}/"):
        raise ReplyInvalid(
            "The link to the next page leads outside the API", where=request.line, responsible=Responsible.SUPPLIER
        )
    return Request("GET", bare, query=tuple(parse_qsl(target.query, keep_blank_values=True)), headers=_ACCEPT)
