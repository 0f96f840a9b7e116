"""Links from what a school has: tables of Medius, replicas, EDEXML documents, SCIM accounts, files of people.

Whatever gives its values by name will do (a mapping, a row, a record); this room knows none of the services. What
cannot be read is told by row, column and reason, and never left out in silence.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from attrs import field, frozen

from magister_connect.core.values import to_date
from magister_connect.crosswalk.answers import ADVICE
from magister_connect.crosswalk.links import ALWAYS, Link, Period
from magister_connect.errors import FieldInvalid, MappingError, Reason, UsageError
from magister_connect.identifiers import (
    EckId,
    Identifier,
    MagisterUserId,
    Pgn,
    Reading,
    Remark,
    Role,
    Scoped,
    Stamnummer,
    UwlrKey,
)
from magister_connect.identifiers.cells import is_missing
from magister_connect.identifiers.identifier import Code

U = TypeVar("U")


@frozen
class Column:
    """Where an identifier stands and what it is: the name of the column or field, its type, and its scope.

    Values are read leniently, and what was repaired is counted. ``numeric`` says that a scope counts in whole numbers,
    so that zeros in front of a stamnummer were put there by somebody.
    """

    name: str
    kind: type[Code | Scoped]
    scope: str | None = None
    role: Role = Role.PUPIL
    numeric: bool = False

    def read(self, value: object) -> Reading[Identifier] | None:
        """The identifier in a cell, or nothing for an empty one (NaN too); raises :class:`MappingError`."""
        if is_missing(value):
            return None
        if self.kind is Stamnummer:
            return self._stamnummer(value)
        if issubclass(self.kind, Scoped):
            return self.kind.parse_lenient(_text(value, self), scope=self._scope())
        return self.kind.parse_lenient(_text(value, self))

    def _stamnummer(self, value: object) -> Reading[Identifier]:
        if isinstance(value, int):
            return Reading(Stamnummer.from_number(value, scope=self._scope(), role=self.role))
        text = _text(value, self)
        return Stamnummer.parse_lenient(text, scope=self._scope(), role=self.role, numeric=self.numeric)

    def _scope(self) -> str:
        if self.scope is None:
            raise UsageError(
                "This kind of identifier needs a scope",
                where=self.name,
                advice="Say inside what it is unique: Column(name, kind, scope='99ZZ').",
            )
        return self.scope


@frozen
class Rejected:
    """A cell that could not be read: its row (the first is 0, or the line in a file), its column and why.

    The reason ``conflict`` is that of a row that ends before it begins.
    """

    row: int
    column: str
    reason: Reason

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE[self.reason]


@frozen
class Built:
    """The links that were read, what could not be, how many rows lacked a side, and how often what was repaired."""

    links: tuple[Link, ...] = field(repr=lambda links: f"<{len(links)}>")
    rejected: tuple[Rejected, ...] = field(default=(), repr=lambda rejected: f"<{len(rejected)}>")
    incomplete: int = 0
    remarks: Mapping[Remark, int] = field(factory=dict)


def build_links(
    records: Iterable[object],
    left: Column,
    right: Column,
    *,
    source: str,
    begin: str | None = None,
    until: str | None = None,
    inclusive: bool = False,
    location: str | None = None,
    born: str | None = None,
    seen_at: dt.datetime | None = None,
) -> Built:
    """A link for each record that has both sides. Raises :class:`UsageError` for a column that a record has not.

    ``begin``, ``until``, ``location`` and ``born`` name columns. ``inclusive`` says whether the day in ``until`` still
    counts: sources differ, so look it up. Dates may be ``date`` or text (``2025-08-01``, ``2025/08/01``, ``1-8-2025``).
    """
    places = _Places(left, right, begin, until, location, born, inclusive)
    links: list[Link] = []
    rejected: list[Rejected] = []
    remarks: Counter[Remark] = Counter()
    incomplete = 0
    for place, record in enumerate(records):
        try:
            sides = [places.side(record, column) for column in (left, right)]
            if None in sides:
                incomplete += 1
                continue
            one, other = (side for side in sides if side is not None)
            links.append(places.link(record, one.identifier, other.identifier, source, seen_at))
            remarks.update((*one.remarks, *other.remarks))
        except _UnreadableCellError as cell:
            rejected.append(Rejected(getattr(record, "line", place), cell.column, cell.reason))
    return Built(tuple(links), tuple(rejected), incomplete, dict(remarks))


def links_from_edexml(
    pupils: Iterable[object], *, scope: str, source: str = "edexml", seen_at: dt.datetime | None = None
) -> Built:
    """Links from the key of each pupil to the ECK iD and to the personal number, where the document has them.

    ``pupils`` have the fields ``key``, ``eckid``, ``bsn``, ``onderwijsnummer`` and ``geboortedatum``, as those of
    ``edexml`` do. ``scope`` is :meth:`UwlrKey.document_scope`, unless the supplier says that its keys are stable.
    """
    everyone = list(pupils)
    key = Column("key", UwlrKey, scope)
    parts = [
        build_links(everyone, key, column, source=source, born="geboortedatum", seen_at=seen_at)
        for column in (Column("eckid", EckId), Column("bsn", Pgn), Column("onderwijsnummer", Pgn))
    ]
    return Built(
        tuple(link for part in parts for link in part.links),
        tuple(one for part in parts for one in part.rejected),
        len(everyone) - len({link.left for part in parts for link in part.links}),
        dict(sum((Counter(part.remarks) for part in parts), Counter())),
    )


def links_from_scim(
    users: Iterable[U],
    stamnummer_of: Callable[[U], str | None],
    *,
    tenant: str,
    scope: str,
    role: Role = Role.PUPIL,
    source: str = "scim",
    seen_at: dt.datetime | None = None,
) -> Built:
    """Links from the user id of each account to its stamnummer.

    ``users`` have a field ``id``. Where the stamnummer stands is a setting of each tenant (its attribute is not
    documented), so ``stamnummer_of`` reads it. ``tenant`` is the scope of the ids, ``scope`` that of the stamnummers.
    """
    rows = ({"id": getattr(user, "id", None), "stamnummer": stamnummer_of(user)} for user in users)
    left, right = Column("id", MagisterUserId, tenant), Column("stamnummer", Stamnummer, scope, role)
    return build_links(rows, left, right, source=source, seen_at=seen_at)


class _UnreadableCellError(Exception):
    def __init__(self, column: str, reason: Reason) -> None:
        super().__init__(column)
        self.column, self.reason = column, reason


@frozen
class _Places:
    left: Column
    right: Column
    begin: str | None
    until: str | None
    location: str | None
    born: str | None
    inclusive: bool

    def side(self, record: object, column: Column) -> Reading[Identifier] | None:
        try:
            return column.read(_cell(record, column.name))
        except MappingError as error:
            reason = error.reason or Reason.MALFORMED
        raise _UnreadableCellError(column.name, reason)

    def link(
        self, record: object, left: Identifier, right: Identifier, source: str, seen_at: dt.datetime | None
    ) -> Link:
        location = None if self.location is None else _cell(record, self.location)
        return Link(
            left,
            right,
            self._period(record),
            source=source,
            seen_at=seen_at,
            location=None if is_missing(location) else str(location),
            born=_day(record, self.born),
        )

    def _period(self, record: object) -> Period:
        begin, until = _day(record, self.begin), _day(record, self.until)
        if begin is None and until is None:
            return ALWAYS
        try:
            return Period.through(begin, until) if self.inclusive else Period(begin, until)
        except UsageError:
            pass
        raise _UnreadableCellError(self.until or "", Reason.CONFLICT)


def _cell(record: object, name: str) -> object:
    by_name = None if isinstance(record, tuple) else getattr(record, "__getitem__", None)  # a named tuple has fields
    get: Callable[[str], object] = partial(getattr, record) if by_name is None else by_name
    try:
        return get(name)
    except (LookupError, AttributeError, TypeError):
        pass
    raise UsageError(
        "A record has no such column",
        where=name,
        advice="Give the name as it stands in the first line, or the field; of a frame give the rows, such as "
        "iter_rows(named=True) of polars and to_dict('records') of pandas.",
    )


def _text(value: object, column: Column) -> str:
    if isinstance(value, str):
        return value
    raise MappingError(
        "A text was expected", where=column.name, advice="Read the source as text: a number has lost its zeros."
    ).because(Reason.MALFORMED)


def _day(record: object, name: str | None) -> dt.date | None:
    value = None if name is None else _cell(record, name)
    if is_missing(value):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return to_date(str(value), name or "", slashed=True, day_first=True)
    except FieldInvalid:
        pass
    raise _UnreadableCellError(name or "", Reason.MALFORMED)
