"""Read responses by the rules of RFC 7643 and 7644, however a server spells them.

Null and an empty list mean unassigned, like an absent attribute (RFC 7643, 2.5). Names of attributes ignore case (2.1).
An invalid date-time in ``meta``, or one without a zone, does not make the account unreadable. Its field is ``None``,
and the original text is in ``meta.extra``, such as under ``created (unreadable)``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar, cast, get_args, get_origin

from attrs import fields, frozen, resolve_types

from magister_connect.core.json import CamelRecord, key_of, named, read_record, without_none
from magister_connect.core.values import to_datetime
from magister_connect.errors import FieldInvalid
from magister_connect.scim.records import Schema, User

R = TypeVar("R", bound=CamelRecord)
UNREADABLE: Final = " (unreadable)"


@frozen(kw_only=True, repr=False, slots=False)
class UserList(CamelRecord):
    """A page of accounts (RFC 7644, 3.4.2). ``next_cursor`` is the cursor of the next page, if any (RFC 9865)."""

    total_results: object = None
    next_cursor: str | None = None
    resources: tuple[User, ...] = named("Resources", default=())

    @property
    def total(self) -> int | None:
        """The number of accounts in the whole list, if the server sends it as a number."""
        return self.total_results if type(self.total_results) is int else None


@frozen(kw_only=True, repr=False, slots=False)
class SchemaList(CamelRecord):
    """The schemas of a server."""

    resources: tuple[Schema, ...] = named("Resources", default=())


def read_scim(kind: type[R], value: object, where: str) -> R:
    """Read a record from JSON of a server. Raises :class:`FieldInvalid` with the path of a wrong value."""
    return read_record(kind, normalize(value, kind), where)


def normalize(value: object, kind: type[CamelRecord]) -> object:
    """Return the JSON of one record with the names of its class, without unassigned values."""
    if not isinstance(value, dict):
        return value
    names = _names_of(cast("Any", kind))
    found: dict[str, object] = {}
    for key, each in value.items():
        if each is None:
            continue
        name, inner = names.get(key.lower(), (key, None))
        if inner is dt.datetime and not _is_moment(each):
            name = f"{name}{UNREADABLE}"
        found[name] = _normalize_inner(each, inner)
    return found


def _normalize_inner(value: object, inner: Any) -> object:  # noqa: ANN401 - an annotation
    if isinstance(inner, type) and issubclass(inner, CamelRecord):
        return normalize(value, inner)
    if get_origin(inner) is tuple and isinstance(value, list):
        (member, *_) = get_args(inner)
        kept = [each for each in value if each is not None]
        return [_normalize_inner(each, member) for each in kept]
    return value


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and to_datetime(value, "meta").tzinfo is not None
    except FieldInvalid:
        return False


@cache
def _names_of(kind: Any) -> Mapping[str, tuple[str, Any]]:  # noqa: ANN401 - mypy takes no class of records for a key
    """Map the names of a class, in lower case, to their spelling and the type of their value."""
    known = [each for each in fields(resolve_types(kind)) if each.name != "extra"]
    return {key_of(kind, each).lower(): (key_of(kind, each), without_none(each.type)) for each in known}
