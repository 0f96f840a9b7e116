"""Convert the texts of a row to a record: which column fills which field, and how its text is read.

Booleans are ``True`` and ``False`` (observed). It is unknown whether decimals have a point or a comma, so both are
read. A list writes dates as ``2025/08/01``, and a missing date as ``1899/12/30``, the zero date of Delphi (observed).
The format of ``*_str`` columns and of a date-time is unknown. ISO and day-first forms are read too; they cannot be
confused with each other. You can pass more formats for ``strptime``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

import attrs
from attrs import field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.unreadable import UnreadableRecords
from magister_connect.core.repairs import REPLACEMENT
from magister_connect.core.values import (
    DUTCH_WORDS,
    is_no_date,
    to_boolean,
    to_date,
    to_datetime,
    to_decimal,
    to_integer,
    to_time,
)
from magister_connect.errors import ContractMismatch, FieldInvalid, MagisterConnectError, Responsible, UsageError
from magister_connect.identifiers import canonical_stamnummer

T = TypeVar("T")
Reader: TypeAlias = Callable[[str], object]

_COLUMN: Final = "magister_connect.column"
_READ: Final = "magister_connect.read"
_REST: Final = "magister_connect.rest"
ADVICE: Final = (
    "If the cell is right, choose a type that accepts it, such as | None, date_formats= or "
    "column(name, read=...). If it is wrong, have the school correct it."
)
NOTHING_LEFT: Final[Mapping[str, str]] = FrozenDict()
# Identifiers and contact details: an unreadable character makes these values useless.
_EXACT: Final = re.compile(r"mail|login|account|gebruik|stamn|stam_|nummer|bsn|pgn|key|token|^id|_id$", re.IGNORECASE)
_LARGEST_NUMBER: Final = 2_147_483_647  # StamNr is an Int32 (documented)


def column(name: str, *, read: Callable[[str], object] | None = None) -> Mapping[str, object]:
    """Return metadata for a field of your own record: its column, and optionally a function that reads the text.

    ``login: str = attrs.field(metadata=column("Loginaccount.Naam"))``
    """
    return {_COLUMN: name, **({} if read is None else {_READ: read})}


def rest() -> Mapping[str, object]:
    """Return metadata for a field that receives all unused columns, as a mapping of text."""
    return {_REST: True}


# -- the fields of a class ------------------------------------------------------------------------------------------


@frozen
class RecordField:
    """A field of a class: its name, its argument in the constructor, and its default."""

    name: str
    argument: str
    hint: object
    metadata: Mapping[Any, Any] = NOTHING_LEFT
    default: object = field(factory=lambda: attrs.NOTHING)
    factory: Callable[[], object] | None = None
    kw_only: bool = False

    @property
    def is_rest(self) -> bool:
        """Whether this field receives the unused columns."""
        return bool(self.metadata.get(_REST))

    @property
    def column(self) -> str:
        """The column in its metadata, or else the name of the field."""
        return str(self.metadata.get(_COLUMN, self.name))

    @property
    def must_come(self) -> bool:
        """Whether the class cannot be made without this column."""
        return self.default is attrs.NOTHING and self.factory is None and not self.is_rest

    def column_among(self, columns: Sequence[str], plain: Mapping[str, str]) -> str | None:
        """Return the column for the field: the one in its metadata, or one with the same name in another spelling."""
        if self.is_rest:
            return None
        wanted = self.metadata.get(_COLUMN)
        if wanted is not None:
            return wanted if wanted in columns else None
        return self.name if self.name in columns else plain.get(self.name.lower())


def fields_of(kind: type) -> tuple[RecordField, ...]:
    """Return the fields of an attrs class, a dataclass or a NamedTuple.

    Raises :class:`UsageError` for another class.
    """
    hints = _hints_of(kind)
    if attrs.has(kind):
        return tuple(_of_attrs(each, hints[each.name]) for each in attrs.fields(kind) if each.init)
    if dataclasses.is_dataclass(kind):
        return tuple(_of_dataclass(each, hints[each.name]) for each in dataclasses.fields(kind) if each.init)
    if issubclass(kind, tuple) and (names := getattr(kind, "_fields", None)) is not None:
        defaults = getattr(kind, "_field_defaults", {})
        return tuple(
            RecordField(name, name, hints.get(name, str), default=defaults.get(name, attrs.NOTHING)) for name in names
        )
    raise UsageError(
        f"{kind.__name__} is not an attrs class, nor a dataclass or a NamedTuple",
        advice=f"Put @attrs.frozen above {kind.__name__}, or use dict.",
    )


def _of_attrs(each: attrs.Attribute[Any], hint: object) -> RecordField:
    default: Any = each.default
    made = None
    if hasattr(default, "takes_self"):  # a factory; type checkers see its class as a function
        if default.takes_self:
            raise UsageError("A default that needs the record itself is not supported", where=each.name)
        default, made = attrs.NOTHING, default.factory
    return RecordField(each.name, each.alias or each.name, hint, each.metadata, default, made, each.kw_only)


def _of_dataclass(each: dataclasses.Field[Any], hint: object) -> RecordField:
    default = attrs.NOTHING if each.default is dataclasses.MISSING else each.default
    made = None if each.default_factory is dataclasses.MISSING else each.default_factory
    return RecordField(each.name, each.name, hint, each.metadata, default, made, bool(each.kw_only))


@lru_cache(maxsize=128)
def _hints_of(kind: type) -> Mapping[str, Any]:
    """Return the annotations of a class, evaluated once. Evaluating them costs more than reading a small table."""
    try:
        return types.MappingProxyType(typing.get_type_hints(kind))
    except NameError as error:
        unknown = error.name
    raise UsageError(f"An annotation of {kind.__name__} names {unknown}, which is not known in its module")


# -- from rows to records -------------------------------------------------------------------------------------------


@frozen
class Plan(Generic[T]):
    """How rows with certain columns become records of one class.

    - ``pick``: takes the value of each field from the texts of a row and the ``constants`` after them.
    - ``readers``: convert the texts to values, by position.
    - ``rest``: the position of the field for unused columns, and those columns.
    """

    kind: Callable[..., T]
    names: tuple[str, ...]
    columns: tuple[str, ...]
    constants: tuple[object, ...]
    pick: Callable[[tuple[object, ...]], tuple[object, ...]]
    readers: tuple[tuple[int, Reader], ...]
    rest: tuple[int, tuple[tuple[str, int], ...]] | None
    table: str

    def build(self, rows: Iterable[tuple[str, ...]], unreadable: UnreadableRecords) -> list[T]:
        """Build the records of rows.

        An unreadable row goes to ``unreadable``, with the table, the row and the column.
        """
        kind, pick, readers, constants, rest = self.kind, self.pick, self.readers, self.constants, self.rest
        items: list[T] = []
        texts: tuple[str, ...] = ()
        rows, kept = iter(rows), 0
        while True:
            try:
                for texts in rows:
                    values = list(pick(texts + constants))
                    for place, read in readers:
                        values[place] = read(values[place])  # type: ignore[arg-type]  # it is still the text
                    if rest is not None:
                        values[rest[0]] = FrozenDict({name: texts[at] for name, at in rest[1]})
                    items.append(kind(*values))
            except FieldInvalid as error:
                problem = self._complaint(error.what, error.where)
            except (ValueError, TypeError):  # from the caller's converter; its text may contain the value
                problem = self._complaint("The class of the record refuses a value of the row", None)
            else:
                return items
            kept += 1
            unreadable.add(
                problem,
                place=f"{self.table}, row {len(items) + kept}",
                raw=dict(zip(self.columns, texts, strict=True)),
                fields=self._readable(texts),
            )

    def _complaint(self, what: str, where: str | None) -> FieldInvalid:
        return FieldInvalid(what, where=where, responsible=Responsible.YOU, advice=ADVICE)

    def _readable(self, texts: tuple[str, ...]) -> Mapping[str, object]:
        """Return the readable values of a row, by field."""
        values, readers = self.pick(texts + self.constants), dict(self.readers)
        found: dict[str, object] = {}
        for place, name in enumerate(self.names):
            try:
                found[name] = readers[place](cast("str", values[place])) if place in readers else values[place]
            except FieldInvalid:
                continue
        return FrozenDict(found)


def plan_for(
    kind: type[T], columns: tuple[str, ...], date_formats: tuple[str, ...], where: str, *, repaired: bool = False
) -> Plan[T]:
    """Match the fields of a class to columns. ``repaired`` means that texts may contain U+FFFD."""
    if any("%" not in form or len(form) < 2 for form in date_formats):
        raise UsageError(
            "A date format must be a text for strptime",
            where="date_formats",
            advice='Pass a tuple of formats: ("%Y%m%d",).',
        )
    fields, plain = fields_of(kind), _by_plain_name(columns)
    feed = [each.column_among(columns, plain) for each in fields]
    if absent := [each for each, name in zip(fields, feed, strict=True) if name is None and each.must_come]:
        raise _absence(absent, columns, where, ours=kind.__module__.startswith("magister_connect."))
    left = tuple((name, place) for place, name in enumerate(columns) if name not in feed)
    constants, places, readers, rest_place = list[object](), list[int](), list[tuple[int, Reader]](), None
    for place, (each, name) in enumerate(zip(fields, feed, strict=True)):
        if name is not None:
            places.append(columns.index(name))
            if (read := _reader_for(each, name, kind, date_formats, repaired=repaired)) is not None:
                readers.append((place, read))
            continue
        if each.is_rest:
            rest_place = place
        elif each.factory is not None:
            readers.append((place, _made_by(each.factory)))
        places.append(len(columns) + len(constants))
        constants.append(NOTHING_LEFT if each.is_rest else each.default)
    rest_columns = None if rest_place is None or not left else (rest_place, left)
    names = tuple(each.name for each in fields)
    make, pick = _maker(kind, fields), _picker(places)
    return Plan(make, names, columns, tuple(constants), pick, tuple(readers), rest_columns, where or "table")


def _maker(kind: type[T], fields: Sequence[RecordField]) -> Callable[..., T]:
    """Return a function that makes a record from values in field order."""
    make = cast("Callable[..., T]", kind)
    if not any(each.kw_only for each in fields):
        return make
    names = [each.argument for each in fields]
    return lambda *values: make(**dict(zip(names, values, strict=True)))


def _made_by(factory: Callable[[], object]) -> Reader:
    return lambda _: factory()


def _picker(places: Sequence[int]) -> Callable[[tuple[object, ...]], tuple[object, ...]]:
    if not places:
        return lambda _: ()
    if len(places) == 1:
        return lambda texts: (texts[places[0]],)
    return itemgetter(*places)


def _by_plain_name(columns: Sequence[str]) -> dict[str, str]:
    """Map field names to columns. A name that two columns share maps to neither."""
    found: dict[str, list[str]] = {}
    for name in columns:
        found.setdefault(re.sub(r"[^a-z0-9]+|_+", "_", name.lower()).strip("_"), []).append(name)
    return {plain: names[0] for plain, names in found.items() if len(names) == 1}


def _absence(absent: Sequence[RecordField], columns: Sequence[str], where: str, *, ours: bool) -> ContractMismatch:
    wanted = ", ".join(f"{each.column} for the field {each.name}" for each in absent)
    return ContractMismatch(
        f"No column {wanted}; there are: {', '.join(columns) or 'none'}",
        where=where,
        responsible=Responsible.SUPPLIER if ours else Responsible.YOU,
        advice="Compare the columns with the record; the service relabels them through its data dictionary.",
    )


# -- how a text is read ---------------------------------------------------------------------------------------------


def read_stamnummer(text: str) -> str:
    """Return a stamnummer in canonical form: a whole number from 1 to 2147483647, as digits."""
    if text.isdigit() and text.isascii() and text[0] != "0" and len(text) < 10:
        return text
    number = to_integer(text, "")
    if not 0 < number <= _LARGEST_NUMBER:
        raise FieldInvalid("A stamnummer was expected, a whole number above zero")
    return canonical_stamnummer(number)


def read_optional_stamnummer(text: str) -> str | None:
    """Do the same, and return ``None`` for an empty cell, as in accounts that belong to no person."""
    return read_stamnummer(text) if text.strip() else None


STAMNUMMER_READERS: Final = frozenset({read_stamnummer, read_optional_stamnummer})


def padded_columns(kind: type, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the stamnummer columns. Their leading zeros are removed."""
    return tuple(
        name
        for each in fields_of(kind)
        if each.metadata.get(_READ) in STAMNUMMER_READERS and (name := each.column_among(columns, {})) is not None
    )


def _reader_for(
    each: RecordField, name: str, kind: type, date_formats: tuple[str, ...], *, repaired: bool
) -> Reader | None:
    given: Reader | None = each.metadata.get(_READ)
    read = given or _reader_of(each.hint, f"{kind.__name__}.{each.name}", date_formats)
    if repaired and _EXACT.search(name):
        read = _exactly(read or str)
    if read is None:
        return None
    # Dates, classes and booleans repeat in a column; numbers of people do not.
    return _named(read, name) if given or each.hint is int else _Remembering(_named(read, name)).__getitem__


def _exactly(read: Reader) -> Reader:
    def exact(text: str) -> object:
        if REPLACEMENT in text:
            raise FieldInvalid("A text without control characters was expected")
        return read(text)

    return exact


class _Remembering(dict[str, object]):
    """Caches the value of each text, because classes, dates and booleans repeat in a column."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> object:
        value = self[text] = self._read(text)
        return value


def _named(read: Reader, name: str) -> Reader:
    """Wrap a reader, so that its errors name the column and never quote the text."""

    def guarded(text: str) -> object:
        try:
            return read(text)
        except FieldInvalid as error:
            problem = FieldInvalid(error.what, where=f"column {name}")
        except (MagisterConnectError, ValueError, LookupError, TypeError, ArithmeticError):
            problem = FieldInvalid("A text of another kind was expected", where=f"column {name}")
        raise problem

    return guarded


def _reader_of(hint: object, where: str, date_formats: tuple[str, ...]) -> Reader | None:
    members = [each for each in typing.get_args(hint) if each is not type(None)]
    if typing.get_origin(hint) in {types.UnionType, typing.Union} and len(members) == 1:
        return _optional(_reader_of(members[0], where, date_formats) or str)
    if hint is str:
        return None
    if read := _READERS.get(hint):
        return read
    if (date := _DATES.get(hint)) is not None:
        return _required(date, date_formats)
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return lambda text: hint(text.strip())
    if callable(parse := getattr(hint, "parse", None)):
        return lambda text: parse(text.strip())
    raise UsageError(
        "A text cannot be read as this type", where=where, advice="Add a function: metadata=column(name, read=...)."
    )


def _optional(read: Reader) -> Reader:
    def or_none(text: str) -> object:
        return None if not text.strip() or is_no_date(text) else read(text)

    return or_none


def _required(read: Callable[[str, tuple[str, ...]], object], date_formats: tuple[str, ...]) -> Reader:
    def present(text: str) -> object:
        if is_no_date(text):
            raise FieldInvalid("A date was expected instead of the empty date")
        return read(text, date_formats)

    return present


_READERS: Final[Mapping[object, Reader]] = {
    int: lambda text: int(text) if text.isdigit() and text.isascii() and len(text) < 20 else to_integer(text, ""),
    float: lambda text: float(to_decimal(text, "", comma=True)),
    Decimal: lambda text: to_decimal(text, "", comma=True),
    bool: lambda text: to_boolean(text, "", DUTCH_WORDS),
    dt.time: lambda text: to_time(text, ""),
}

# -- dates ----------------------------------------------------------------------------------------------------------

_ONE_DIGIT: Final = re.compile(r"\A(?=[0-9]:)")
_MIDNIGHT: Final = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?\Z")


def read_date(text: str, formats: tuple[str, ...] = ()) -> dt.date:
    """Read a date. A time after it must be midnight. Raises :class:`FieldInvalid`."""
    if formats and (moment := _by_formats(text, formats)) is not None:
        return moment.date()
    return to_date(_MIDNIGHT.sub("", text.strip()), "", slashed=True, day_first=True)


def read_moment(text: str, formats: tuple[str, ...] = ()) -> dt.datetime:
    """Read a date-time, in the local time of the school and without a zone. Raises :class:`FieldInvalid`."""
    if formats and (moment := _by_formats(text, formats)) is not None:
        return moment
    date, separator, time = text.strip().replace("T", " ", 1).partition(" ")
    if not separator:
        return dt.datetime.combine(read_date(date), dt.time())
    if len(date) == 10 and date[4] == "-":
        return to_datetime(text, "")
    return dt.datetime.combine(read_date(date), to_time(_ONE_DIGIT.sub("0", time.strip()), ""))


def _by_formats(text: str, formats: tuple[str, ...]) -> dt.datetime | None:
    for form in formats:
        try:
            return dt.datetime.strptime(text.strip(), form)  # noqa: DTZ007 - the service sends no zones
        except ValueError:
            continue
    return None


_DATES: Final[Mapping[object, Callable[[str, tuple[str, ...]], object]]] = {
    dt.date: read_date,
    dt.datetime: read_moment,
}
