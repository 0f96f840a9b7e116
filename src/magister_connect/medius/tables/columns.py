"""From the texts of a row to a record: which column feeds which field, and how its text is read.

Truth values come as ``True`` and ``False`` (observed); whether decimals have a point or a comma is unknown, so both are
read. Dates are told of in :mod:`magister_connect.medius.tables.dates`.
"""

from __future__ import annotations

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
from attrs import frozen

from magister_connect.core.values import DUTCH_WORDS, to_boolean, to_decimal, to_integer, to_time
from magister_connect.errors import ContractChanged, FieldInvalid, MagisterConnectError, Move, UsageError
from magister_connect.medius.tables.dates import DATES, is_zero_date

T = TypeVar("T")
Reader: TypeAlias = Callable[[str], object]
Attribute: TypeAlias = "attrs.Attribute[Any]"

_COLUMN: Final = "magister_connect.column"
_READ: Final = "magister_connect.read"
_REST: Final = "magister_connect.rest"
ADVICE: Final = (
    "If the cell is right, give the field a type that takes it: | None for empty cells, date_formats= for other dates, "
    "column(name, read=...) for all else. If it is wrong, have the school correct it."
)
NOTHING_LEFT: Final[Mapping[str, str]] = types.MappingProxyType({})


def column(name: str, *, read: Callable[[str], object] | None = None) -> Mapping[str, object]:
    """Metadata for a field of your own record: the column that feeds it, and, if you like, what reads its text.

    ``login: str = attrs.field(metadata=column("Loginaccount.Naam"))``
    """
    return {_COLUMN: name, **({} if read is None else {_READ: read})}


def rest() -> Mapping[str, object]:
    """Metadata for the one field that takes all columns that no other field takes, as a mapping of text."""
    return {_REST: True}


def is_rest(each: Attribute) -> bool:
    """Whether this is the field that takes what is left over."""
    return bool(each.metadata.get(_REST))


@frozen
class Plan(Generic[T]):
    """How rows of one shape become records of one class.

    ``pick`` takes the value of each field out of the texts of a row and the ``constants`` behind them; ``readers`` then
    turn texts into values in their places; ``rest`` is the place of what is left over, and its columns.
    """

    kind: Callable[..., T]
    constants: tuple[object, ...]
    pick: Callable[[tuple[object, ...]], tuple[object, ...]]
    readers: tuple[tuple[int, Reader], ...]
    rest: tuple[int, tuple[tuple[str, int], ...]] | None
    table: str

    def build(self, rows: Iterable[tuple[str, ...]]) -> list[T]:
        """The records of rows. Raises :class:`FieldInvalid` with the table, the row and the column."""
        kind, pick, readers, constants, rest = self.kind, self.pick, self.readers, self.constants, self.rest
        items: list[T] = []
        try:
            for texts in rows:
                values = list(pick(texts + constants))
                for place, read in readers:
                    values[place] = read(values[place])  # type: ignore[arg-type]  # it is still the text
                if rest is not None:
                    values[rest[0]] = types.MappingProxyType({name: texts[at] for name, at in rest[1]})
                items.append(kind(*values))
        except FieldInvalid as error:
            problem = self._complaint(error.what, f"row {len(items) + 1}/{error.where}")
        except (ValueError, TypeError):  # a converter or validator of the caller's: its text may hold the value
            problem = self._complaint("The record refuses what the row holds", f"row {len(items) + 1}")
        else:
            return items
        raise problem

    def _complaint(self, what: str, where: str) -> FieldInvalid:
        return FieldInvalid(what, where=f"{self.table}, {where}", move=Move.YOURS, advice=ADVICE)


def plan_for(kind: type[T], columns: tuple[str, ...], date_formats: tuple[str, ...], where: str) -> Plan[T]:
    """Match the fields of an attrs class to columns."""
    if not attrs.has(kind):
        raise UsageError(f"{kind.__name__} is not an attrs class", advice=f"Put @attrs.frozen above {kind.__name__}.")
    if any("%" not in form or len(form) < 2 for form in date_formats):
        raise UsageError(
            "A form of dates is a text for strptime", where="date_formats", advice='Give a tuple of them: ("%Y%m%d",).'
        )
    hints, fields = _hints_of(kind), [each for each in attrs.fields(kind) if each.init]
    plain = _by_plain_name(columns)
    feed = [_column_of(each, columns, plain) for each in fields]
    if absent := [each for each, name in zip(fields, feed, strict=True) if name is None and _must_come(each)]:
        raise _absence(absent, columns, where, ours=kind.__module__.startswith("magister_connect."))
    left = tuple((name, place) for place, name in enumerate(columns) if name not in feed)
    constants, places, readers, rest_place = list[object](), list[int](), list[tuple[int, Reader]](), None
    for place, (each, name) in enumerate(zip(fields, feed, strict=True)):
        if name is not None:
            places.append(columns.index(name))
            if (read := _reader_for(each, name, hints[each.name], kind, date_formats)) is not None:
                readers.append((place, read))
            continue
        if is_rest(each):
            rest_place = place
        elif hasattr(each.default, "takes_self"):  # a factory; its class is a function for type checkers
            readers.append((place, _made_by(each)))
        places.append(len(columns) + len(constants))
        constants.append(NOTHING_LEFT if is_rest(each) else each.default)
    rest_columns = None if rest_place is None or not left else (rest_place, left)
    make, pick = _maker(cast("type[T]", kind), fields), _picker(places)
    return Plan(make, tuple(constants), pick, tuple(readers), rest_columns, where or "table")


def _maker(kind: type[T], fields: Sequence[Attribute]) -> Callable[..., T]:
    """What makes a record of the values in the order of the fields."""
    make = cast("Callable[..., T]", kind)
    if not any(each.kw_only for each in fields):
        return make
    names = [each.alias or each.name for each in fields]
    return lambda *values: make(**dict(zip(names, values, strict=True)))


def _made_by(each: Attribute) -> Reader:
    default: Any = each.default
    if default.takes_self:
        raise UsageError("A default that needs the record itself cannot be filled in", where=each.name)
    return lambda _: default.factory()


def _reader_for(each: Attribute, name: str, hint: object, kind: type, date_formats: tuple[str, ...]) -> Reader | None:
    given: Reader | None = each.metadata.get(_READ)
    read = given or _reader_of(hint, f"{kind.__name__}.{each.name}", date_formats)
    if read is None:
        return None
    # Days, classes and truth values repeat themselves in a column, numbers of people do not.
    return _named(read, name) if given or hint is int else _Remembering(_named(read, name)).__getitem__


class _Remembering(dict[str, object]):
    """Reads each text once; columns of classes, dates and truth values repeat themselves."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> object:
        value = self[text] = self._read(text)
        return value


def _picker(places: Sequence[int]) -> Callable[[tuple[object, ...]], tuple[object, ...]]:
    if not places:
        return lambda _: ()
    if len(places) == 1:
        return lambda texts: (texts[places[0]],)
    return itemgetter(*places)


@lru_cache(maxsize=128)
def _hints_of(kind: type) -> Mapping[str, Any]:
    """The annotations of a class, evaluated once: as text they are compiled, which costs more than a small table."""
    try:
        return types.MappingProxyType(typing.get_type_hints(kind))
    except NameError as error:
        unknown = error.name
    raise UsageError(f"An annotation of {kind.__name__} names {unknown}, which is not known in its module")


def _column_of(each: Attribute, columns: Sequence[str], plain: Mapping[str, str]) -> str | None:
    if is_rest(each):
        return None
    wanted = each.metadata.get(_COLUMN)
    if wanted is not None:
        return wanted if wanted in columns else None
    return each.name if each.name in columns else plain.get(each.name.lower())


def _by_plain_name(columns: Sequence[str]) -> dict[str, str]:
    """Columns by the name that a field would have; a name that two columns share stands for neither."""
    found: dict[str, list[str]] = {}
    for name in columns:
        found.setdefault(re.sub(r"[^a-z0-9]+|_+", "_", name.lower()).strip("_"), []).append(name)
    return {plain: names[0] for plain, names in found.items() if len(names) == 1}


def _must_come(each: Attribute) -> bool:
    return each.default is attrs.NOTHING and not is_rest(each)


def _absence(absent: Sequence[Attribute], columns: Sequence[str], where: str, *, ours: bool) -> ContractChanged:
    wanted = ", ".join(f"{each.metadata.get(_COLUMN, each.name)} for the field {each.name}" for each in absent)
    return ContractChanged(
        f"No column {wanted}; there are: {', '.join(columns) or 'none'}",
        where=where,
        move=Move.VENDOR if ours else Move.YOURS,
        advice="Compare the columns with the record; the service relabels them through its data dictionary.",
    )


def _named(read: Reader, name: str) -> Reader:
    """The same reader, whose complaints name the column and never quote the text."""

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
    if (date := DATES.get(hint)) is not None:
        return _required(date, date_formats)
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return lambda text: hint(text.strip())
    if callable(parse := getattr(hint, "parse", None)):
        return lambda text: parse(text.strip())
    raise UsageError(
        "There is no way to read a text as this type", where=where, advice="Name one: metadata=column(name, read=...)."
    )


def _optional(read: Reader) -> Reader:
    def or_nothing(text: str) -> object:
        return None if not text.strip() or is_zero_date(text) else read(text)

    return or_nothing


def _required(read: Callable[[str, tuple[str, ...]], object], date_formats: tuple[str, ...]) -> Reader:
    def present(text: str) -> object:
        if is_zero_date(text):
            raise FieldInvalid("A date was expected, and the empty date came")
        return read(text, date_formats)

    return present


_READERS: Final[Mapping[object, Reader]] = {
    int: lambda text: int(text) if text.isdigit() and text.isascii() and len(text) < 20 else to_integer(text, ""),
    float: lambda text: float(to_decimal(text, "", comma=True)),
    Decimal: lambda text: to_decimal(text, "", comma=True),
    bool: lambda text: to_boolean(text, "", DUTCH_WORDS),
    dt.time: lambda text: to_time(text, ""),
}
