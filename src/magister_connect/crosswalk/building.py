"""Build links from the data of a school: Medius tables, replicas, EDEXML documents, SCIM accounts, files of people.

Records can be mappings, rows or objects, as long as their values can be found by name. This module does not depend on
any service. An unreadable record is reported with its row, column and reason.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from attrs import field, frozen

from magister_connect.core.boundary import file_boundary
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.unreadable import WAY_ON, OnUnreadable, Unreadable, UnreadableRecords, warn_of
from magister_connect.core.secrets import Secret
from magister_connect.core.values import is_missing, is_no_date, to_optional_day
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
    canonical_stamnummer,
)
from magister_connect.identifiers.identifier import Code

U = TypeVar("U")
_WITHOUT_ZEROS: Final = "If the administration uses whole numbers, pass Column(..., numeric=True) to remove the zeros."
_WRITE_A_DAY: Final = "Write it as 2025-08-01 or 1-8-2025."


@frozen
class Column:
    """A column with identifiers: the name of the column or field, the type, and the scope.

    Values are read leniently, and repairs are counted. Pass ``numeric`` if the numbers of the scope are whole numbers,
    so that leading zeros of a stamnummer are removed.
    """

    name: str
    kind: type[Code | Scoped]
    scope: str | None = None
    role: Role = Role.PUPIL
    numeric: bool = False

    def read(self, value: object) -> Reading[Identifier] | None:
        """Return the identifier in a cell, or ``None`` for an empty one (NaN too). Raises :class:`MappingError`."""
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
                advice="Pass where it is unique: Column(name, kind, scope='99ZZ').",
            )
        return self.scope


@frozen(repr=False)
class UnreadableRow(MaskedRepr):
    """A record that cannot be read as a link: its row (from 0, or the line in a file), the column and the reason.

    ``reason`` is ``conflict`` for a row that ends before it begins. ``identifiers`` are those that could be read: do
    not conclude that these people have left. ``raw`` is the original cell.
    """

    row: int
    column: str
    reason: Reason
    what: str = field(default="", eq=False)
    identifiers: tuple[Identifier, ...] = field(default=(), eq=False)
    remedy: str = field(default="", eq=False)
    raw: Secret | None = field(default=None, eq=False)

    @property
    def advice(self) -> str:
        """What to do."""
        remedy = self.remedy or ADVICE[self.reason]
        return f"{self.what}. {remedy}" if self.what else remedy

    def __repr__(self) -> str:
        return f"<UnreadableRow {self}>"

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.reason}"

    def __reduce__(self) -> tuple[object, ...]:
        return UnreadableRow, (self.row, self.column, self.reason, self.what, self.identifiers, self.remedy)


@frozen(repr=False)
class Built(MaskedRepr):
    """The links, the unreadable records, the number of records with a missing side, and the repairs by count.

    Pass the whole object to :class:`Crosswalk`, so that it knows which people are uncertain.
    """

    links: tuple[Link, ...]
    unreadable: tuple[UnreadableRow, ...] = ()
    incomplete: int = 0
    remarks: Mapping[Remark, int] = field(factory=FrozenDict)

    def __iter__(self) -> Iterator[Link]:
        return iter(self.links)

    def __repr__(self) -> str:
        return f"<Built: {len(self.links)} links, {len(self.unreadable)} unreadable, {self.incomplete} incomplete>"


@file_boundary.around
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
    on_unreadable: OnUnreadable = "raise",
) -> Built:
    """Build a link for each record that has both identifiers.

    ``begin``, ``until``, ``location`` and ``born`` name columns. ``inclusive`` states whether the day in ``until``
    still counts. Sources differ, so look it up. Dates may be ``date`` or text (``2025-08-01``, ``2025/08/01``,
    ``1-8-2025``, or with midnight added). The empty date ``1899/12/30`` and similar dates leave the period open.

    Raises :class:`UsageError` if a record does not have a column, and :class:`MappingError` at the first unreadable
    record. With ``on_unreadable="keep"`` such records are in ``unreadable``, each with a warning, together with those
    of ``records`` itself. A crosswalk of the returned :class:`Built` then knows which people are uncertain.
    """
    places = _LinkColumns(left, right, begin, until, location, born, inclusive)
    kept = _UnreadableRows(on_unreadable)
    for place, before in enumerate(getattr(records, "unreadable", ())):
        kept.add(places.unreadable_before(before, place))
    links: list[Link] = []
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
            continue
        except _UnreadableCellError as cell:
            row, read = getattr(record, "line", place), places.readable(record)
            odd = UnreadableRow(row, cell.column, cell.reason, cell.what, read, cell.remedy, cell.raw)
        kept.add(odd)
    return Built(tuple(links), tuple(kept.rows), incomplete, FrozenDict(remarks))


class _UnreadableRows:
    """The unreadable rows: raises at the first, or collects each with a warning."""

    def __init__(self, on_unreadable: OnUnreadable) -> None:
        self.rows: list[UnreadableRow] = []
        self._keeps = UnreadableRecords(on_unreadable).keeps

    def add(self, odd: UnreadableRow) -> None:
        if not self._keeps:
            raise MappingError(
                odd.what or "A record cannot be read",
                where=f"row {odd.row}, column {odd.column}",
                advice=f"{odd.remedy or ADVICE[odd.reason]} {WAY_ON}",
            ).because(odd.reason)
        self.rows.append(odd)
        warn_of(odd)


@file_boundary.around
def links_from_edexml(
    pupils: Iterable[object],
    *,
    scope: str,
    source: str = "edexml",
    seen_at: dt.datetime | None = None,
    on_unreadable: OnUnreadable = "raise",
) -> Built:
    """Build links from the key of each pupil to the ECK iD and to the personal number, if the document has them.

    ``pupils`` have the fields ``key``, ``eckid``, ``bsn``, ``onderwijsnummer`` and ``geboortedatum``, like those of
    ``edexml``. ``scope`` is :meth:`UwlrKey.document_scope`, unless the supplier states that its keys are stable.
    ``on_unreadable`` is as in :func:`build_links`.
    """
    everyone = list(pupils)
    key = Column("key", UwlrKey, scope)
    links = partial(build_links, source=source, born="geboortedatum", seen_at=seen_at, on_unreadable=on_unreadable)
    parts = [
        links(everyone, key, column)
        for column in (Column("eckid", EckId), Column("bsn", Pgn), Column("onderwijsnummer", Pgn))
    ]
    return Built(
        tuple(link for part in parts for link in part.links),
        tuple(one for part in parts for one in part.unreadable),
        len(everyone) - len({link.left for part in parts for link in part.links}),
        FrozenDict(sum((Counter(part.remarks) for part in parts), Counter[Remark]())),
    )


@file_boundary.around
def links_from_scim(
    users: Iterable[U],
    stamnummer_of: Callable[[U], str | None],
    *,
    tenant: str,
    scope: str,
    role: Role = Role.PUPIL,
    source: str = "scim",
    seen_at: dt.datetime | None = None,
    on_unreadable: OnUnreadable = "raise",
) -> Built:
    """Build links from the user id of each account to its stamnummer.

    ``users`` have a field ``id``. ``stamnummer_of`` reads the stamnummer of an account. Its attribute is a setting of
    each tenant and is not documented. ``tenant`` is the scope of the ids, ``scope`` that of the stamnummers.
    ``on_unreadable`` is as in :func:`build_links`.
    """
    rows = ({"id": getattr(user, "id", None), "stamnummer": stamnummer_of(user)} for user in users)
    left, right = Column("id", MagisterUserId, tenant), Column("stamnummer", Stamnummer, scope, role)
    return build_links(rows, left, right, source=source, seen_at=seen_at, on_unreadable=on_unreadable)


class _UnreadableCellError(Exception):
    def __init__(self, column: str, reason: Reason, what: str = "", raw: object = None, *, remedy: str = "") -> None:
        super().__init__(column)
        self.column, self.reason, self.what, self.remedy = column, reason, what, remedy
        self.raw = None if raw is None else Secret(str(raw))


@frozen
class _LinkColumns:
    left: Column
    right: Column
    begin: str | None
    until: str | None
    location: str | None
    born: str | None
    inclusive: bool

    def side(self, record: object, column: Column) -> Reading[Identifier] | None:
        cell = _cell(record, column.name)
        try:
            return column.read(cell)
        except MappingError as error:
            reason, what = error.reason or Reason.MALFORMED, error.what
        padded = column.kind is Stamnummer and isinstance(cell, str) and canonical_stamnummer(cell) != cell.strip()
        raise _UnreadableCellError(column.name, reason, what, cell, remedy=_WITHOUT_ZEROS if padded else "")

    def readable(self, record: object) -> tuple[Identifier, ...]:
        """Return the identifiers of a record that can be read."""
        found: list[Identifier] = []
        for column in (self.left, self.right):
            with suppress(_UnreadableCellError, UsageError):
                if (side := self.side(record, column)) is not None:
                    found.append(side.identifier)
        return tuple(found)

    def unreadable_before(self, unreadable: Unreadable, place: int) -> UnreadableRow:
        """Describe a record that its source could not read."""
        return UnreadableRow(
            place,
            unreadable.path,
            Reason.MALFORMED,
            f"{unreadable.place}: {unreadable.reason}",
            self.readable(unreadable.fields),
            raw=unreadable.raw,
        )

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
        raise _UnreadableCellError(self.until or "", Reason.CONFLICT, "The row ends before it begins")


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
        advice="Pass the column name as in the first line, or the name of the field. For a frame, pass its rows: "
        "iter_rows(named=True) in polars, to_dict('records') in pandas.",
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
        value = value.date()
    if isinstance(value, dt.date):
        return None if is_no_date(value.isoformat()) else value
    try:
        return to_optional_day(str(value), name or "")
    except FieldInvalid as error:
        what = error.what
    raise _UnreadableCellError(name or "", Reason.MALFORMED, what, value, remedy=_WRITE_A_DAY)
