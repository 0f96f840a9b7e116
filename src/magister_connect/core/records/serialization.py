"""Convert records to plain data and back. Personal data are masked by default.

``to_dict()`` and ``to_json()`` return plain data: the values that JSON has (texts, numbers, booleans, lists, dicts).
Dates and decimals become texts, and an enumeration becomes its value. Without ``reveal=True``, fields that may identify
a person (:mod:`personal`) contain ``***``, and personal numbers and e-mail addresses are removed from all other texts.
Secrets are never included. ``from_dict()`` reads revealed data back.

A class without attrs can take part if it defines ``to_dict(reveal=)`` and ``from_dict(data)``.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar, cast

import attrs

from magister_connect import errors
from magister_connect.core.boundary import file_boundary
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.personal import PERSONAL, identifies, without_numbers
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.secrets import MASK, Secret
from magister_connect.core.values import to_date, to_datetime, to_time
from magister_connect.errors import FieldInvalid, MagisterConnectError, Responsible, UsageError

if TYPE_CHECKING:
    import cattrs

T = TypeVar("T")
_OF_AN_ERROR: Final = ("what", "where", "responsible", "advice", "status", "code")
_READ_BACK: Final = "Pass the output of to_dict(reveal=True); without reveal=, personal data are masked."


class PlainData(SafeRepr):
    """A record that can be converted to plain data and back.

    Set ``tagged`` on a class if a field may contain any of its subclasses. The plain data then contain the class name
    under ``"class"``. ``derived`` names properties to include in plain data; they are not read back.
    """

    __slots__ = ()
    tagged: ClassVar[bool] = False
    derived: ClassVar[tuple[str, ...]] = ()

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return the record as plain data. Personal data are masked unless ``reveal`` is true. Secrets are ``None``."""
        return _dict_of(self, reveal)

    def to_json(self, *, reveal: bool = False) -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(reveal=reveal), ensure_ascii=False)

    @classmethod
    @file_boundary.around
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Read a record from ``to_dict(reveal=True)``. Raises :class:`FieldInvalid` with the path of a wrong value."""
        given = cast("object", data)
        if isinstance(given, Mapping):
            given = {name: each for name, each in data.items() if name not in cls.derived}
        return from_plain(cls, given)


class PlainDataOf(PlainData):
    """A record of a generic class, which contains records of some other class."""

    __slots__ = ()

    @classmethod
    @file_boundary.around
    def from_dict(cls, data: Mapping[str, object], kind: type | None = None) -> Self:
        """Read a record from ``to_dict(reveal=True)``. ``kind`` is the class of the records inside it.

        Raises :class:`FieldInvalid` with the path of a wrong value, and :class:`UsageError` without ``kind``.
        """
        if kind is None:
            advice = f"Pass it after the data, such as {cls.__name__}.from_dict(data, Student)."
            raise UsageError("The class of the records inside is missing", where=cls.__name__, advice=advice)
        return cast("Self", from_plain(cast("Any", cls)[kind], data))


def to_plain(value: object, *, reveal: bool = False, personal: bool = False) -> object:
    """Return any value as plain data. ``personal=True`` masks it like a field that identifies a person."""
    if isinstance(value, bool | Secret | None) or value == "":
        return None if isinstance(value, Secret) else value
    if (write := getattr(type(value), "to_dict", None)) is not None:
        return cast("object", write(value, reveal=reveal))
    if has_fields(cast("Any", type(value))):
        return _dict_of(value, reveal)
    if isinstance(value, Mapping):
        return {
            str(key): to_plain(each, reveal=reveal, personal=personal or identifies(str(key)))
            for key, each in value.items()
        }
    if isinstance(value, tuple | list | set | frozenset):
        return [to_plain(each, reveal=reveal, personal=personal) for each in value]
    return _scalar(value, reveal=reveal, personal=personal)


@file_boundary.around
def from_plain(kind: type[T], data: object) -> T:
    """Read a value of this type from plain data. Raises :class:`FieldInvalid` with the path, without the value."""
    try:
        return _converter().structure(data, kind)
    except MagisterConnectError as error:
        problem = error if isinstance(error, FieldInvalid) else FieldInvalid(error.what, where=kind.__name__)
    except Exception as error:  # noqa: BLE001 - cattrs raises its own errors and those of hooks
        problem = FieldInvalid("The plain data do not fit this class", where=_path_in(error, kind.__name__))
    problem.responsible, problem.advice = Responsible.YOU, _READ_BACK
    raise problem


def _scalar(value: object, *, reveal: bool, personal: bool) -> object:
    if isinstance(value, Enum):
        return value.value
    if personal and not reveal:
        return MASK
    if isinstance(value, str):
        return value if reveal else without_numbers(value)
    write = next((write for kind, write in _WRITERS.items() if isinstance(value, kind)), None)
    if write is None:  # the text of an unknown object may show anything
        return str(value) if reveal else MASK
    return write(value)


_WRITERS: Final[Mapping[type, Callable[[Any], object]]] = {
    int: int,
    float: float,
    dt.date: lambda value: value.isoformat(),
    dt.time: dt.time.isoformat,
    dt.timedelta: dt.timedelta.total_seconds,
    Decimal: lambda value: f"{value:f}",
    bytes: lambda value: base64.b64encode(value).decode(),
    type: lambda value: value.__name__,
    MagisterConnectError: lambda error: {
        "class": type(error).__name__,
        **{name: getattr(error, name, None) for name in _OF_AN_ERROR},
    },
}


@cache
def has_fields(kind: type) -> bool:
    """Whether it is an attrs class, a dataclass or a NamedTuple."""
    return attrs.has(kind) or dataclasses.is_dataclass(kind) or _is_named_tuple(kind)


def _is_named_tuple(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def values_of(record: object) -> Mapping[str, object]:
    """Return the values of a record by field, or of a mapping by key. Empty for another object."""
    if isinstance(record, Mapping):
        return record
    kind: Any = type(record)
    return {name: getattr(record, name) for name in personal_by_field(kind)}


@cache
def personal_by_field(kind: type) -> Mapping[str, bool]:
    """Return the fields of an attrs class, a dataclass or a NamedTuple, and whether each may identify a person."""
    described: Iterable[attrs.Attribute[Any] | dataclasses.Field[Any]] = ()
    if attrs.has(kind):
        described = attrs.fields(kind)
    elif dataclasses.is_dataclass(kind):
        described = dataclasses.fields(kind)
    elif _is_named_tuple(kind):
        return {name: identifies(name) for name in vars(kind)["_fields"]}
    return {each.name: is_personal(each) for each in described}


@cache
def _fields_of(kind: type) -> tuple[tuple[str, str, bool], ...]:
    """Return attribute name, key and whether it is personal, for each field of the constructor."""
    personal = personal_by_field(kind)
    if attrs.has(kind):
        taken = [each for each in attrs.fields(kind) if each.init]
        return tuple((each.name, each.alias or each.name, personal[each.name]) for each in taken)
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    left_out = {each.name for each in fields if not each.init}
    return tuple((name, name, hidden) for name, hidden in personal.items() if name not in left_out)


def is_personal(each: attrs.Attribute[Any] | dataclasses.Field[Any]) -> bool:
    """Whether a field is personal: by its metadata, else by its name. ``extra`` is judged key by key."""
    return bool(each.metadata.get(PERSONAL, each.name != "extra" and identifies(each.name)))


def _dict_of(record: object, reveal: bool) -> dict[str, object]:  # noqa: FBT001 - called for each record of a list
    found: dict[str, object] = {"class": type(record).__name__} if getattr(record, "tagged", False) else {}
    for name, key, personal in _fields_of(cast("Any", type(record))):
        value = getattr(record, name)
        # Most values are texts: a function call for each would take as long as attrs.asdict.
        if type(value) is str:
            shown = value if reveal or not value else MASK if personal else without_numbers(value)
            found[key] = shown
        elif value is None:
            found[key] = None
        else:
            found[key] = to_plain(value, reveal=reveal, personal=personal)
    for name in getattr(record, "derived", ()):
        found[name] = to_plain(getattr(record, name), reveal=reveal)
    return found


# -- reading back ---------------------------------------------------------------------------------------------------


@cache
def _converter() -> cattrs.Converter:
    import cattrs

    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind, read in _READERS.items():
        converter.register_structure_hook(kind, read)
    converter.register_structure_hook_func(lambda kind: kind == dt.date | dt.datetime, _day_or_moment)
    converter.register_structure_hook_func(lambda kind: kind is object or kind is Any, lambda value, _: value)
    converter.register_structure_hook_func(_reads_itself, _read_itself)
    converter.register_structure_hook_func(
        lambda kind: cast("object", typing.get_origin(kind)) is Mapping, _mapping(converter)
    )
    converter.register_structure_hook_func(lambda kind: getattr(kind, "tagged", False) is True, _tagged(converter))
    converter.register_structure_hook_func(_is_choice, _choice(converter))
    converter.register_structure_hook_func(_is_named_tuple, _named_tuple(converter))
    converter.register_structure_hook_func(lambda kind: kind is MagisterConnectError, lambda value, _: _error(value))
    return converter


def _error(data: Mapping[str, Any]) -> MagisterConnectError:
    """Read an error of this library. An unknown class name becomes the base class."""
    named = getattr(errors, data["class"], MagisterConnectError)
    kind = named if isinstance(named, type) and issubclass(named, MagisterConnectError) else MagisterConnectError
    error = kind(data["what"], where=data["where"], responsible=Responsible(data["responsible"]), advice=data["advice"])
    if isinstance(error, errors.Refused):
        error.status, error.code = data["status"], data["code"]
    return error


def _read_itself(value: Any, kind: Any) -> object:  # noqa: ANN401 - as cattrs calls it
    return (typing.get_origin(kind) or kind).from_dict(value, *typing.get_args(kind))


def _reads_itself(kind: object) -> bool:
    """Whether a class has its own ``from_dict``. The one of :class:`PlainData` does not count."""
    origin = typing.get_origin(kind) or kind
    read = getattr(origin, "from_dict", None) if isinstance(origin, type) else None
    return read is not None and getattr(read, "__func__", None) not in {
        PlainData.from_dict.__func__,  # type: ignore[attr-defined]  # a class method
        PlainDataOf.from_dict.__func__,  # type: ignore[attr-defined]  # the same
    }


def _mapping(converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    def read(value: Any, kind: Any) -> Mapping[object, object]:  # noqa: ANN401 - as cattrs calls it
        _, wanted = typing.get_args(kind)
        return FrozenDict({key: converter.structure(each, wanted) for key, each in value.items()})

    return read


def _tagged(converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn

    readers: dict[type, Callable[[Any, Any], Any]] = {}

    def read(value: Any, kind: Any) -> object:  # noqa: ANN401 - as cattrs calls it
        named = next((each for each in subclasses_of(kind) if each.__name__ == value["class"]), None)
        if named is None:
            raise FieldInvalid("The name of a known class was expected", where="class")
        if named not in readers:
            readers[named] = make_dict_structure_fn(named, converter, _cattrs_forbid_extra_keys=True)
        return readers[named]({name: each for name, each in value.items() if name != "class"}, named)

    return read


def _named_tuple(converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    def read(value: Any, kind: Any) -> object:  # noqa: ANN401 - as cattrs calls it
        hints = typing.get_type_hints(kind)
        if unknown := set(value) - set(kind._fields):
            raise FieldInvalid(f"{len(unknown)} fields are not those of the class")
        return kind(**{name: converter.structure(each, hints.get(name, Any)) for name, each in value.items()})

    return read


def subclasses_of(kind: type[T]) -> Iterator[type[T]]:
    """Yield a class and all its subclasses, the newest of those with one name.

    attrs makes a class with slots anew, and a repeated cell of a notebook does the same. The older class stays a
    subclass until the garbage collector removes it (observed).
    """
    yield kind
    newest: dict[tuple[str, str], type[T]] = {
        (each.__module__, each.__qualname__): each for each in kind.__subclasses__()
    }
    for each in newest.values():
        yield from subclasses_of(each)


def _is_choice(kind: object) -> bool:
    members = [each for each in typing.get_args(kind) if each is not type(None)]
    return typing.get_origin(kind) in {types.UnionType, typing.Union} and len(members) > 1


def _choice(converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Read a union: the first member that accepts the value. JSON's own types are tried before texts."""

    def read(value: Any, kind: Any) -> object:  # noqa: ANN401 - as cattrs calls it
        members = typing.get_args(kind)
        if value is None or type(value) in members:
            return value
        for member in members:
            if member in {type(None), str}:
                continue
            try:
                return converter.structure(value, member)
            except Exception:  # noqa: BLE001, S112 - the next member may accept it
                continue
        raise FieldInvalid("A value of another kind was expected")

    return read


def _text(value: object, _: object) -> str:
    if not isinstance(value, str):
        raise FieldInvalid("Text was expected")
    return value


def _strict(kind: type) -> Callable[[Any, Any], Any]:
    def read(value: object, _: object) -> object:
        if type(value) is not kind:
            raise FieldInvalid(f"A value of the class {kind.__name__} was expected")
        return value

    return read


def _number(value: object, _: object) -> float:
    if type(value) is not float and type(value) is not int:
        raise FieldInvalid("A number was expected")
    return float(value)


def _day_or_moment(value: Any, _: object) -> dt.date:  # noqa: ANN401 - as cattrs calls it
    return to_date(value, "") if len(value) == len("2025-08-01") else to_datetime(value, "")


_READERS: Final[Mapping[Any, Callable[[Any, Any], Any]]] = {
    str: _text,
    int: _strict(int),
    bool: _strict(bool),
    float: _number,
    dt.date: lambda value, _: to_date(_text(value, _), ""),
    dt.datetime: lambda value, _: to_datetime(_text(value, _), ""),
    dt.time: lambda value, _: to_time(_text(value, _), ""),
    dt.timedelta: lambda value, _: dt.timedelta(seconds=value),
    Decimal: lambda value, _: Decimal(_text(value, _)),
    bytes: lambda value, _: base64.b64decode(_text(value, _), validate=True),
    Secret: lambda _value, _: None,
}


def _path_in(error: BaseException, where: str) -> str:
    """Return the path of the first error that cattrs collected. Its texts quote values and are not used."""
    inner = next(iter(getattr(error, "exceptions", ())), None)
    notes = [each for each in getattr(inner, "__notes__", ()) if hasattr(each, "type")]
    if inner is None:
        return where
    name = getattr(notes[0], "name", getattr(notes[0], "index", "")) if notes else ""
    step = f"[{name}]" if isinstance(name, int) else f".{name}" if name else ""
    return _path_in(inner, f"{where}{step}")
