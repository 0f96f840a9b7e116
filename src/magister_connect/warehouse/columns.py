"""Convert records to rows: which column contains which field, and its type in the database.

Text stays text, so that no leading zero is lost. Empty text becomes NULL, because no service distinguishes the two. A
column without any value is created too, so that your queries do not fail on a quiet night.
"""

from __future__ import annotations

import datetime as dt
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from attrs import frozen

from magister_connect.core.records.serialization import personal_by_field
from magister_connect.warehouse.privacy import Choice, harmless

_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
DataType: TypeAlias = Literal["text", "bool", "bigint", "decimal", "double", "date", "timestamp", "rows"]
KeyOf: TypeAlias = Callable[[Any], str | None]
Row: TypeAlias = dict[str, object]


@frozen
class Column:
    """One column: its name, its type, and the function that reads it from a record.

    ``zoned`` is for moments with a time zone. ``rows`` are lists of rows, which dlt turns into a separate table.
    """

    name: str
    type: DataType
    read: Callable[[Any], object]
    zoned: bool = False

    @property
    def hint(self) -> dict[str, object]:
        """Return the column in the form of dlt."""
        return {"data_type": self.type, **({"timezone": self.zoned} if self.type == "timestamp" else {})}


class _DoesNotFit(Exception):
    """A value that the type of its column cannot hold; the text says what the type holds."""


@frozen
class Unstorable:
    """A record that no database can hold: its place, the column, what the column holds, and the person's pseudonym."""

    place: str
    path: str
    reason: str
    person: str | None = None


@frozen
class Columns:
    """The columns of a table. ``person`` is the column with the pseudonym of the person of a row."""

    table: str
    all: tuple[Column, ...]
    person: str | None = None

    def rows(self, records: Iterable[object], unstorable: list[Unstorable] | None = None) -> list[Row]:
        """Return the rows of records.

        A record with a value that its column cannot hold goes to ``unstorable``, or raises if you pass no list. A
        database would refuse it, and with it everything that is loaded together with it.
        """
        plan = [(each.name, each.read) for each in self.all]
        found: list[Row] = []
        for number, record in enumerate(records, start=1):
            try:
                found.append({name: read(record) for name, read in plan})
            except _DoesNotFit as misfit:
                if unstorable is None:
                    raise
                path = next(name for name, read in plan if not _fits(read, record))
                unstorable.append(Unstorable(f"row {number}", path, str(misfit), self._person_of(record)))
        return found

    def _person_of(self, record: object) -> str | None:
        found = (each.read(record) for each in self.all if each.name == self.person)
        return typing.cast("str | None", next(found, None))

    @property
    def hints(self) -> dict[str, dict[str, object]]:
        """Return all columns in the form of dlt."""
        return {each.name: each.hint for each in self.all if each.type != "rows"}


def columns_of(
    table: str,
    kind: type,
    choice: Choice,
    keys: Mapping[str, KeyOf],
    *,
    person: str | None = None,
    more: Sequence[Column] = (),
    without: Iterable[str] = (),
    personal: Iterable[str] = (),
    names: Mapping[str, str] = types.MappingProxyType({}),
) -> Columns:
    """Return the columns for a class of records.

    - ``keys``: the fields that become pseudonyms, as ``<field>_key`` or the name in ``names``.
    - ``without``: the fields that are never included.
    - ``more``: columns that come first.
    - ``personal``: more fields that can identify a person. Such fields are included only if the caller names them.

    Raises :class:`UsageError` for a named field that the class does not have.
    """
    hints, skipped, telling = typing.get_type_hints(kind), frozenset(without), {*personal, *keys}
    fields = {name: personal for name, personal in personal_by_field(kind).items() if name not in skipped}
    choice.check(table, list(fields))
    found: list[Column] = list(more)
    for name, is_personal in fields.items():
        if (key := keys.get(name)) is not None:
            found.append(Column(names.get(name, f"{name}_key"), "text", _pseudonym(name, key)))
        # A key that the caller named is included as it is, even if its name suggests a person.
        type_ = type_of(hints[name])
        if type_ is not None and choice.is_included(table, name, personal=is_personal or name in telling):
            shown = choice.is_revealed(table, name)
            found.append(Column(name, type_, _reader(attrgetter(name), type_, as_it_is=shown)))
    place = None if person is None else names.get(person, f"{person}_key")
    return Columns(table, tuple(found), place)


def column_of_text(name: str, read: Callable[[Any], object], *, as_it_is: bool = False) -> Column:
    """Create a text column."""
    return Column(name, "text", _reader(read, "text", as_it_is=as_it_is))


def type_of(hint: object) -> DataType | None:
    """Return the column type for a field with this annotation, or ``None`` if it is not a single value."""
    members = [each for each in typing.get_args(hint) if each is not type(None)]
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        found: set[DataType | None] = {type_of(each) for each in members}
        return found.pop() if len(found) == 1 else None
    if not isinstance(hint, type):
        return None
    for kind, found_type in _TYPES.items():
        if issubclass(hint, kind):
            return found_type
    return None


_TYPES: Final[Mapping[type, DataType]] = {
    Enum: "text",
    str: "text",
    bool: "bool",
    int: "bigint",
    float: "double",
    Decimal: "decimal",
    dt.datetime: "timestamp",
    dt.date: "date",
}
"""The order matters: in Python a bool is an int, and a datetime is a date."""


def plain_name(name: str, taken: Iterable[str] = ()) -> str:
    """Convert the name of a list's column for the database: small letters, digits and single underscores."""
    plain = re.sub("[^0-9a-z]+", "_", name.lower()).strip("_") or "column"
    plain = f"c_{plain}" if plain[0].isdigit() else plain
    found, number, others = plain, 0, frozenset(taken)
    while found in others:
        number += 1
        found = f"{plain}_{number}"
    return found


def _pseudonym(name: str, key: KeyOf) -> Callable[[Any], object]:
    get = attrgetter(name)
    return lambda record: key(get(record))


def _reader(get: Callable[[Any], object], type_: DataType, *, as_it_is: bool) -> Callable[[Any], object]:
    if type_ == "text":
        return (lambda record: text_of(get(record))) if as_it_is else (lambda record: harmless(text_of(get(record))))
    if type_ == "timestamp":
        return lambda record: on_the_wall(get(record))
    if type_ == "bigint":
        return lambda record: _whole_number(get(record))
    return (lambda record: _decimal(get(record))) if type_ == "decimal" else get


def _fits(read: Callable[[Any], object], record: object) -> bool:
    try:
        read(record)
    except _DoesNotFit:
        return False
    return True


_LARGEST: Final = 2**63  # of a bigint
_MOST_DIGITS: Final = 29  # before the point: dlt declares decimals of 38 digits, of which 9 are behind it


def _whole_number(value: Any) -> object:  # noqa: ANN401 - any field of a record
    if value is not None and not -_LARGEST <= value < _LARGEST:
        message = "The column holds whole numbers of 64 bits"
        raise _DoesNotFit(message)
    return value


def _decimal(value: Any) -> object:  # noqa: ANN401 - any field of a record
    if value is not None and (not value.is_finite() or value.adjusted() >= _MOST_DIGITS):
        message = f"The column holds at most {_MOST_DIGITS} digits before the point"
        raise _DoesNotFit(message)
    return value


def text_of(value: object) -> str | None:
    """Return a text or the code of an enum, or ``None`` if it is empty.

    Characters that PostgreSQL cannot hold become U+FFFD.
    """
    if isinstance(value, Enum):
        value = value.value
    return None if value is None or value == "" else _NO_TEXT.sub("\ufffd", str(value))


def on_the_wall(value: object) -> object:
    """Return a moment as local time in Amsterdam without a zone, as most services send it."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        try:
            return value.astimezone(AMSTERDAM).replace(tzinfo=None)
        except OverflowError:
            message = "The column holds moments of the years 1 to 9999 in Amsterdam"
            raise _DoesNotFit(message) from None
    return value
