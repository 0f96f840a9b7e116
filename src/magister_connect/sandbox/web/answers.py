"""Answers of the web interface of the simulated school: envelopes of both generations, pages, days, refusals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar
from urllib.parse import urlencode

from attrs import frozen
from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.clock import AMSTERDAM

if TYPE_CHECKING:
    from starlette.requests import Request


Body: TypeAlias = dict[str, Any]
Handle: TypeAlias = "Callable[[Request], Response]"
Routes: TypeAlias = list[tuple[str, str, Handle]]
"""Method, path below the address of the service, and handler."""
T = TypeVar("T")
LARGEST_PAGE: Final = 250


class WebRefusal(Exception):
    """A refusal to answer with."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def no_privilege() -> WebRefusal:
    """Return the refusal for an account without a privilege."""
    return WebRefusal(JSONResponse({"Fouttype": "OnvoldoendePrivileges", "Message": "Geen rechten."}, status_code=403))


def nothing() -> WebRefusal:
    """Return the refusal for something that does not exist."""
    return WebRefusal(JSONResponse({"Message": "Niet gevonden."}, status_code=404))


def first_of(found: Iterable[T]) -> T:
    """Return the first item, or raise the refusal for something that does not exist."""
    for each in found:
        return each
    raise nothing()


def refused() -> WebRefusal:
    """Return the refusal for an invalid call, without a reason (one client)."""
    body = {"foutcode": "a1b2c3d", "omschrijving": "Er is een onbekende fout opgetreden."}
    return WebRefusal(JSONResponse(body, status_code=400))


def no_method(method: str) -> WebRefusal:
    """Return the refusal for an unknown method at this address, in the words of ASP.NET (one client)."""
    words = f"The requested resource does not support http method '{method}'."
    return WebRefusal(JSONResponse({"Message": words}, status_code=405))


def wrong_audience() -> WebRefusal:
    """Return the refusal for a token of another service (one client)."""
    why = "The audience 'https://accounts.magister.net/resources' is invalid"
    header = f'Bearer error="invalid_token", error_description="{why}"'
    return WebRefusal(Response(status_code=401, headers={"WWW-Authenticate": header}))


# -- dates ----------------------------------------------------------------------------------------------------------


def universal(when: dt.datetime) -> str:
    """Return an aware moment as Magister writes it: UTC, seven digits after the second."""
    utc = when.astimezone(dt.UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06}0Z"


def moment(local: dt.datetime) -> str:
    """Return a local moment of the school as Magister writes it."""
    return universal(local.replace(tzinfo=AMSTERDAM))


def utc_midnight(day: dt.date) -> str:
    """Return a birthday as an account writes it (recorded): the only kind of day that is midnight in UTC."""
    return f"{day.isoformat()}T00:00:00.0000000Z"


@frozen
class Days:
    """How the interface writes the first and the last day of a period.

    ``form`` is ``"amsterdam"``: midnight of Amsterdam in UTC, and for the end the midnight *after* the last day
    (recorded in 2026). ``"utc"`` and ``"date"`` are forms of older clients, with the day itself at both ends.
    """

    form: Literal["amsterdam", "utc", "date"]

    def first(self, day: dt.date) -> str:
        """Return the first day of a period, or a single day."""
        if self.form == "date":
            return day.isoformat()
        return utc_midnight(day) if self.form == "utc" else moment(dt.datetime.combine(day, dt.time()))

    def last(self, day: dt.date) -> str:
        """Return the last day of a period."""
        return self.first(day + dt.timedelta(days=1) if self.form == "amsterdam" else day)


def read_moment(value: object) -> dt.datetime:
    """Parse a moment; the result is aware. Without a zone it is UTC (inferred: Magister always writes UTC)."""
    try:
        read = dt.datetime.fromisoformat(str(value))
    except ValueError:
        raise refused() from None
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def local_time(when: dt.datetime) -> dt.datetime:
    """Return an aware moment as local time of the school, without a zone."""
    return when.astimezone(AMSTERDAM).replace(tzinfo=None)


def day_in(request: Request, name: str, *, default: dt.date | None = None) -> dt.date:
    """Return a day of the query. An invalid day is refused, and so is a missing one without a default."""
    asked = request.query_params.get(name)
    if asked is None and default is not None:
        return default
    try:
        return dt.date.fromisoformat(asked or "")
    except ValueError:
        raise refused() from None


def days_in(request: Request, first: str, last: str) -> tuple[dt.date, dt.date]:
    """Return two days of the query, both required."""
    return day_in(request, first), day_in(request, last)


# -- envelopes ------------------------------------------------------------------------------------------------------


def link(path: str) -> Body:
    """Return a link of the newer generation."""
    return {"href": f"/api/{path}"}


def old_link(path: str, rel: str = "Self") -> Body:
    """Return a link of the older generation."""
    return {"Rel": rel, "Href": f"/api/{path}"}


class WholeList(JSONResponse):
    """A list of the older generation without pages."""

    def __init__(self, items: list[Body]) -> None:
        self.items = items
        super().__init__({"Items": items, "TotalCount": len(items), "Links": []})

    def linked(self, request: Request) -> Response:
        """Return the same list with a link to a page after its end (recorded: ``skip=250`` of 9), which is empty."""
        asked = request.query_params.get("skip", "0")
        skip = int(asked) if asked.isascii() and asked.isdigit() else 0
        rest = [(name, value) for name, value in request.query_params.multi_items() if name != "skip"]
        following = f"{request.url.path}?{urlencode([*rest, ('skip', skip + LARGEST_PAGE)])}"
        links = [{"Rel": "Next", "Href": following}]
        return JSONResponse({"Items": self.items[skip:], "TotalCount": len(self.items), "Links": links})


def old_list(items: Iterable[Body]) -> Response:
    """Return the envelope of the older generation."""
    return WholeList(list(items))


def new_list(items: Iterable[Body]) -> Response:
    """Return the envelope of the newer generation."""
    found = list(items)
    return JSONResponse({"items": found, "totalCount": len(found), "links": {"next": None}})


def part_of(request: Request, found: list[Body], size: int, cap: int = LARGEST_PAGE) -> tuple[list[Body], int, int]:
    """Return the requested part of a list, its ``top`` and its ``skip``."""
    asked = request.query_params
    try:
        top, skip = min(int(asked.get("top", size)), cap), int(asked.get("skip", "0"))
    except ValueError:
        raise refused() from None
    if top < 0 or skip < 0:
        raise refused()
    return found[skip : skip + top], top, skip


def page_of(
    request: Request,
    items: Iterable[Body],
    *,
    size: int,
    linked: bool,
    cap: int = LARGEST_PAGE,
    old: bool = False,
    beside: Mapping[str, Any] | None = None,
) -> Response:
    """Return a page: from ``skip``, at most ``top``, with a link to the next one if ``linked``."""
    found = list(items)
    part, top, skip = part_of(request, found, size, cap)
    more = skip + top < len(found) and linked
    rest = [(name, value) for name, value in request.query_params.multi_items() if name not in {"top", "skip"}]
    following = f"{request.url.path}?{urlencode([*rest, ('top', top), ('skip', skip + top)])}"
    if old:
        links = [{"Rel": "Next", "Href": following}] if more else []
        return JSONResponse({"Items": part, "TotalCount": len(found), "Links": links})
    next_page = {"href": following} if more else None
    return JSONResponse({**(beside or {}), "items": part, "totalCount": len(found), "links": {"next": next_page}})


def body_of(request: Request) -> Body:
    """Return the JSON object that was sent."""
    sent = request.state.body
    if not isinstance(sent, dict):
        raise refused()
    return sent
