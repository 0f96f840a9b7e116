"""Requests to the API as values: a list, a single record, a change."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import field, fields, frozen

from magister_connect.core.flow import Flow, Reply
from magister_connect.core.json import JsonObject, Link, PascalRecord, Record, key_of, read_record
from magister_connect.core.values import require_aware
from magister_connect.errors import ReplyInvalid, UsageError
from magister_connect.public_api.exchange.connection import Connection, Query, Service, path_part, show, write_query

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@frozen(kw_only=True)
class Listing(Generic[T_co]):
    """A list: its address, the type of its items, and whether it has pages.

    ``key`` names the identifier that is compared between neighbouring pages, so that an item that moved to the next
    page is returned once.
    """

    path: str
    kind: type[T_co]
    query: Query = field(factory=dict, repr=False)
    service: Service = Service.BASE
    paged: bool = False
    page_size: int = 100
    key: str = "id"


@frozen(kw_only=True)
class Single(Generic[T_co]):
    """A single record."""

    path: str
    kind: type[T_co]
    query: Query = field(factory=dict, repr=False)
    service: Service = Service.BASE


@frozen
class Change:
    """A change to write."""

    method: str
    path: str
    body: object = field(default=None, repr=False)
    query: Query = field(factory=dict, repr=False)


def read_single_or_none(connection: Connection, single: Single[T]) -> Flow[T | None]:
    """Return a record, or ``None`` if the response is empty (204)."""
    address = connection.address(single.path, single.service)
    value = yield from connection.read(address, write_query(single.query))
    return None if value is None else read_record(single.kind, value, f"GET {show(address)}")


def read_single(connection: Connection, single: Single[T]) -> Flow[T]:
    """Return a record. Raises :class:`ReplyInvalid` if the response is empty."""
    found = yield from read_single_or_none(connection, single)
    if found is None:
        where = f"GET {show(connection.address(single.path, single.service))}"
        raise ReplyInvalid(
            "The reply is empty where a record was expected", where=where,
            advice="Report this if the id is right and a later attempt fails too.",
        )  # fmt: skip
    return found


def write_record(record: Record, *, whole: bool = True) -> JsonObject:
    """Return a record as JSON for the API, with the keys in ``extra``. Without ``whole``, only filled fields."""
    kind = type(record)
    filled = {each.name: getattr(record, each.name) for each in fields(kind) if each.name != "extra"}
    spelled = {key_of(kind, each): filled[each.name] for each in fields(kind) if each.name != "extra"}
    written = {key: _write(value, whole=whole, old=issubclass(kind, PascalRecord)) for key, value in spelled.items()}
    return {**record.extra, **{key: value for key, value in written.items() if whole or value not in (None, [])}}


def _write(value: object, *, whole: bool, old: bool) -> object:
    if isinstance(value, Record):
        return write_record(value, whole=whole)
    if isinstance(value, tuple):
        return [_write(each, whole=whole, old=old) for each in value]
    if isinstance(value, Mapping):  # links
        links = {name: each.href for name, each in value.items() if isinstance(each, Link)}
        if old:
            return [{"Rel": name, "Href": href} for name, href in links.items()]
        return {name: {"href": href} for name, href in links.items()}
    if isinstance(value, dt.datetime):
        return instant(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def get(connection: Connection, /, path: str, **query: str | int | bool | None) -> Flow[object]:
    """Return the JSON of any path below the school's API: ``get("personen/1/foto-info", peildatum=...)``.

    Token, pace, retries and errors work as in every other call. Returns ``None`` for an empty response (204).
    """
    return (yield from connection.read(connection.address(path), write_query(query)))


def make_change(connection: Connection, change: Change) -> Flow[None]:
    """Write once. If it fails, it may have been written or not: read it again to see."""
    yield from send_change(connection, change)


def send_change(connection: Connection, change: Change) -> Flow[Reply]:
    """Do the same, and return the response. Raises :class:`UsageError` for a value that JSON does not allow."""
    try:
        body = None if change.body is None else json.dumps(change.body).encode()
    except (TypeError, ValueError) as error:
        raise UsageError(
            "A value cannot be written as JSON", where=f"{change.method} {show(change.path)}",
            advice="Pass a record, or text, numbers, true, false, lists and mappings of these.",
        ) from error  # fmt: skip
    address, query = connection.locate(change.path)
    query = (*query, *write_query(change.query))
    return (yield from connection.ask(change.method, address, query, body=body, safe_to_repeat=False))


def created_link(reply: Reply) -> str | None:
    """Return the address of a created item: its ``Location``, or the address in the body (one client of 2026)."""
    if location := reply.header("location"):
        return location
    body = json_object(reply)
    return next((value for key in ("Uri", "uri") if isinstance(value := body.get(key), str)), None)


def created_number(reply: Reply) -> int | None:
    """Return the id of a created item, from the body or the end of its address, or ``None`` if it is not sent."""
    body = json_object(reply)
    number = next((value for key in ("id", "Id") if type(value := body.get(key)) is int), None)
    end = (created_link(reply) or "").rstrip("/").rpartition("/")[2]
    return number if number is not None else int(end) if end.isascii() and end.isdigit() else None


def json_object(reply: Reply) -> JsonObject:
    """Return the object in a response, or an empty one."""
    try:
        found = json.loads(reply.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def bare_uuid(uuid: str) -> str:
    """Return a UUID without dashes, as the attendance service writes it."""
    return path_part(uuid.replace("-", ""))


def day(date: dt.date | None) -> str | None:
    """Return a date as text. Raises :class:`UsageError` for a date-time, because its day depends on the zone."""
    if isinstance(date, dt.datetime):
        raise UsageError("A date was expected, not a datetime", advice="Pass the date: moment.date().")
    return None if date is None else date.isoformat()


def between(**bounds: dt.date | None) -> dict[str, str | None]:
    """Return a range of dates as query parameters. Raises :class:`UsageError` if it ends before it starts."""
    return _in_order({name: day(bound) for name, bound in bounds.items()})


def between_moments(**bounds: dt.datetime) -> dict[str, str | None]:
    """Do the same for date-times."""
    return _in_order({name: instant(bound) for name, bound in bounds.items()})


def _in_order(written: dict[str, str | None]) -> dict[str, str | None]:
    first, last = written
    begin, end = written[first], written[last]
    if begin is not None and end is not None and begin > end:
        raise UsageError(
            f"The range ends before it begins: {first} is after {last}", advice=f"Swap {first} and {last}."
        )
    return written


def covers(first: dt.date | None, last: dt.date | None, day: dt.date) -> bool:
    """Whether a period includes a date. Both ends are included; an unknown end is open."""
    return (first is None or first <= day) and (last is None or day <= last)


def instant(moment: dt.datetime) -> str:
    """Return a date-time as text in UTC. Raises :class:`UsageError` for one without a zone."""
    require_aware(moment, "moment")
    return moment.astimezone(dt.UTC).isoformat()
