"""Read JSON into records: names in snake_case, unknown keys in ``extra``, and a path in every error.

A record class derives from :class:`PascalRecord` or :class:`CamelRecord`, depending on how the service spells its keys.
It declares its fields in order. Use :func:`named` for a key that follows neither rule. A field with a default may be
absent.

cattrs reads the values without its detailed errors, because those cost time. If a value cannot be read, it is read
again with detailed errors to find the path.

msgspec (0.23) reads 10,000 nested grades in 0.4 times the time of ``json.loads``; this module needs 3.7 times. msgspec
is not used for three reasons. It drops unknown keys, refuses a date-time as a date, and has no key names for attrs
classes. At the pace of a school, the difference is less than the wait before one request.

>>> from attrs import frozen
>>> @frozen(kw_only=True, repr=False, slots=False)
... class Vak(PascalRecord):
...     id: int
...     omschrijving: str | None = None
>>> vak = read_record(Vak, {"Id": 1, "Omschrijving": "natuurkunde", "Nieuw": True})
>>> vak.omschrijving, dict(vak.extra)
('natuurkunde', {'Nieuw': True})
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum, StrEnum
from functools import lru_cache, partial
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    Self,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)
from zoneinfo import ZoneInfo

from attrs import Attribute, field, fields, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.values import is_no_date, to_date, to_datetime
from magister_connect.errors import TRY_AGAIN_THEN_REPORT, FieldInvalid, NotJson, Responsible

if TYPE_CHECKING:
    import cattrs  # imported with the first record: a third of this module's import time

JsonObject: TypeAlias = Mapping[str, object]
if TYPE_CHECKING:
    JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
else:  # a type that refers to itself cannot be resolved at run time
    JsonValue = object
"""A JSON value as received, for a field with an undocumented form."""
AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
"""The time zone of every date-time that is read. Its ``date()`` is the day that the school means."""
NumberOrText: TypeAlias = int | float | str
"""A value that is a number at one school and text at another, or has an undocumented form."""
LastDay: TypeAlias = Annotated[dt.date, "the last day, included"]
"""The last day of a period. A midnight in Amsterdam means the day *before* it (recorded). A plain date is that day."""

NOTHING_MORE: Final[JsonObject] = FrozenDict()


def named(key: str, **settings: Any) -> Any:  # noqa: ANN401 - as attrs.field
    """Declare a field with an explicit JSON key."""
    return field(metadata={"json": key}, **settings)


@frozen(kw_only=True, repr=False, slots=False)
class Record(MaskedRepr):
    """Base class of all records from JSON. ``extra`` contains the unknown keys, unchanged."""

    text_field: ClassVar[str | None] = None
    """The field that receives a plain text, for services that send a text instead of the object."""

    extra: JsonObject = field(default=NOTHING_MORE, eq=False)

    @classmethod
    def spell(cls, name: str) -> str:
        """Return the JSON key of a field."""
        return name


@frozen(kw_only=True, repr=False, slots=False)
class PascalRecord(Record):
    """A record of a service that spells its keys ``ZoAlsDit``."""

    @classmethod
    def spell(cls, name: str) -> str:
        """Return the JSON key of a field."""
        return "".join(word[:1].upper() + word[1:] for word in name.strip("_").split("_"))


@frozen(kw_only=True, repr=False, slots=False)
class CamelRecord(Record):
    """A record of a service that spells its keys ``zoAlsDit``."""

    @classmethod
    def spell(cls, name: str) -> str:
        """Return the JSON key of a field."""
        first, *others = name.strip("_").split("_")
        return first + "".join(word[:1].upper() + word[1:] for word in others)


@frozen(kw_only=True, repr=False, slots=False)
class Link(CamelRecord):
    """A link: an address within the service, as the service writes it."""

    href: str | None = None


class OpenInteger(IntEnum):
    """A numbered list that may grow. An unknown number is kept, with the name ``ONBEKEND_<number>``."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_, member._value_ = f"ONBEKEND_{value}", value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the list contains this number."""
        return self._value_ in type(self)._value2member_map_


class OpenText(StrEnum):
    """A list of words that may grow. An unknown word is kept, with the name ``ONBEKEND``."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = "ONBEKEND", value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the list contains this word."""
        return self._value_ in type(self)._value2member_map_


class Variant(Record):
    """A record with several forms; one key shows which. ``variants`` lists the subclasses."""

    told_by: ClassVar[str] = "type"
    tagged: ClassVar[bool] = True

    @classmethod
    def variants(cls) -> Variants:
        """Map each word to its class. Any other word uses the class itself."""
        return {}


Variants: TypeAlias = Mapping[str, type[Variant]]
"""Maps each word to its class."""


def key_of(kind: type[Record], attribute: Attribute[Any]) -> str:
    """Return the JSON key of a field: its explicit key, or the one by the rule of its class."""
    return str(attribute.metadata.get("json") or kind.spell(attribute.name))


def without_none(kind: Any) -> Any:  # noqa: ANN401 - any annotation
    """Return an annotation without ``None``. It is the same object if it contains no ``None``."""
    if get_origin(kind) in {Union, UnionType} and NoneType in get_args(kind):
        left = tuple(each for each in get_args(kind) if each is not NoneType)
        return Union[left]  # noqa: UP007 - made at run time
    return kind


R = TypeVar("R")
Hook: TypeAlias = Callable[[Any, Any], Any]  # as in cattrs
_DAY: Final = len("2025-08-01")
_DATES: Final = (dt.date, dt.datetime, LastDay)
PLAIN: Final[Mapping[type, str]] = {str: "Text", bool: "True or false"}
"""Types that need no conversion, and their names in errors."""


def parse_json(body: bytes, where: str) -> object:
    """Parse JSON text. Raises :class:`NotJson`, which names the kind of fault and quotes no text.

    JSON can contain half a surrogate pair, and other formats cannot (RFC 8259, 8.2). It becomes U+FFFD.
    """
    try:
        value = _loads(body)
        return _with_whole_characters(value) if _HALVES.search(body) else value
    except (ValueError, RecursionError):
        problem = _describe(body, where)
    raise problem


def _loads(body: bytes) -> object:
    loads = partial(json.loads, body, parse_constant=_refuse_constant)
    try:
        return loads()
    except ValueError:  # int() refuses a number of more than 4,300 digits, which is JSON all the same
        return loads(parse_int=_to_number)


def _to_number(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def read_record(kind: type[R], value: object, where: str | None = None) -> R:
    """Read a JSON value as a record or another type. Raises :class:`FieldInvalid` with the path."""
    try:
        return _converter(detailed=False).structure(value, kind)
    except Exception:  # noqa: BLE001, S110 - read again below, to find the path
        pass
    try:
        return _converter(detailed=True).structure(value, kind)
    except Exception as error:  # noqa: BLE001 - cattrs wraps the exceptions of hooks
        failure = _first_failure(error, kind)
    raise failure.under(where) if where else failure


_HALVES: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")  # half a pair; a zero byte means UTF-16


def _with_whole_characters(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_with_whole_characters(each) for each in value]
    if isinstance(value, dict):
        return {_with_whole_characters(name): _with_whole_characters(each) for name, each in value.items()}
    return value


# -- errors ---------------------------------------------------------------------------------------------------------


def _describe(body: bytes, where: str) -> NotJson:
    if body.lstrip().startswith(b"<"):
        return NotJson("The response is a web page instead of JSON", where=where)
    what = "The response is not JSON, or is cut off" if body.strip() else "The response is empty, but JSON was expected"
    return NotJson(what, where=where, responsible=Responsible.SUPPLIER, advice=TRY_AGAIN_THEN_REPORT)


def _refuse_constant(_name: str) -> object:
    raise ValueError


def _first_failure(error: Exception, kind: object) -> FieldInvalid:
    """Convert the first error that cattrs collected. The path uses the JSON keys; the value is not shown."""
    from cattrs import BaseValidationError

    if isinstance(error, BaseValidationError):
        leaf = error.exceptions[0]
        place = next((_place(note, kind) for note in getattr(leaf, "__notes__", ()) if hasattr(note, "type")), "")
        inner = _first_failure(leaf, _kind_of_note(leaf) or kind)
        return inner.under(place) if place else inner
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        return FieldInvalid("A value is missing")
    return error if isinstance(error, FieldInvalid) else FieldInvalid("A value of another kind was expected")


def _place(note: object, kind: object) -> str:
    from cattrs.errors import IterableValidationNote

    if isinstance(note, IterableValidationNote):
        return f"[{note.index}]"
    name = str(getattr(note, "name", ""))
    attribute = _attribute(cast("type", get_origin(kind) or kind), name)
    return name if attribute is None else key_of(cast("type[Record]", kind), attribute)


def _kind_of_note(leaf: Exception) -> object:
    return next((without_none(note.type) for note in getattr(leaf, "__notes__", ()) if hasattr(note, "type")), None)


def _attribute(kind: type, name: str) -> Attribute[Any] | None:
    return getattr(fields(kind), name, None) if hasattr(kind, "__attrs_attrs__") else None


# -- reading values -------------------------------------------------------------------------------------------------


def _expect(kind: type, words: str, *, or_none: bool = False) -> Hook:
    def read(value: object, _: object) -> object:
        if type(value) is kind or (or_none and value is None):
            return value
        raise FieldInvalid(f"{words} was expected")

    return read


def _read_integer(value: object, _: object) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():  # JSON makes no difference between 7 and 7.0 (RFC 8259, 6)
        return int(value)
    raise FieldInvalid("A whole number was expected")


def _keep(value: object, _: object) -> object:
    return value


def _read_number_or_text(value: object, _: object) -> NumberOrText:
    if type(value) is int or type(value) is float or type(value) is str:
        return value
    raise FieldInvalid("A number or text was expected")


def _read_float(value: object, _: object) -> float:
    if type(value) is not float and type(value) is not int:
        raise FieldInvalid("A number was expected")
    return float(value)


def _read_date(value: object, _: object) -> dt.date:
    if type(value) is not str:
        raise FieldInvalid("A date was expected")
    # Recorded: most dates are sent as midnight in Amsterdam written in UTC, birthdays as midnight UTC.
    return to_date(value, "") if len(value) == _DAY else _local(value).date()


def _read_last_day(value: object, _: object) -> dt.date:
    if type(value) is not str or len(value) == _DAY:
        return _read_date(value, _)
    moment = _local(value)
    return moment.date() if moment.time() != dt.time() else moment.date() - dt.timedelta(days=1)


def _read_moment(value: object, _: object) -> dt.datetime:
    if type(value) is not str:
        raise FieldInvalid("A date and time was expected")
    if len(value) == _DAY:  # inferred: a date instead of a date-time means the start of that day
        return dt.datetime.combine(to_date(value, ""), dt.time(), AMSTERDAM)
    moment = _local(value)
    if moment.tzinfo is None:
        raise FieldInvalid("The datetime has no time zone")
    return moment


def _local(text: str) -> dt.datetime:
    """Convert a date-time to Amsterdam time. One without a zone stays as it is."""
    moment = _plain_moment(text) or to_datetime(text, "")
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(AMSTERDAM)
    except OverflowError:  # within a day of the end of the calendar
        raise FieldInvalid("A date and time that exists in Amsterdam was expected") from None


def _plain_moment(text: str) -> dt.datetime | None:
    """Read the common forms. ``fromisoformat`` quotes the text in its error, so the error is dropped here."""
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _read_open(value: object, kind: type[OpenInteger | OpenText]) -> object:
    known = kind._value2member_map_.get(value)
    if known is None or value is True or value is False:
        return _read_unknown(value, kind)
    return known


def _read_unknown(value: object, kind: type[OpenInteger | OpenText]) -> object:
    if type(value) is not (int if issubclass(kind, int) else str):
        raise FieldInvalid("A number or word of a list was expected")
    return kind(value)  # type: ignore[arg-type]  # checked above


def _read_links(value: object, _: object) -> Mapping[str, Link]:
    """Read links in both forms: ``{"self": {"href": ...}}`` or ``[{"Rel": ..., "Href": ...}]``. Null means no links."""
    if value is None:  # documented as nullable
        return {}
    if isinstance(value, dict):
        return {name: _read_link(link) for name, link in value.items() if link is not None}
    if isinstance(value, list) and all(isinstance(link, dict) and isinstance(link.get("Rel"), str) for link in value):
        return {link["Rel"]: _read_link(link) for link in value}
    raise FieldInvalid("Links were expected")


def _read_link(link: object) -> Link:
    if not isinstance(link, dict):
        raise FieldInvalid("A link was expected")
    href = link.get("href", link.get("Href"))
    if href is not None and type(href) is not str:
        raise FieldInvalid("The address of a link was expected")
    more = {key: each for key, each in link.items() if key not in {"href", "Href", "Rel"}}
    return Link(href=href, extra=more or NOTHING_MORE)


# -- reading classes ------------------------------------------------------------------------------------------------


def _build_reader(kind: type[Record], converter: cattrs.Converter) -> Hook:
    from cattrs.gen import make_dict_structure_fn, override

    keys = {each.name: key_of(kind, each) for each in fields(kind) if each.name != "extra"}
    known = frozenset(keys.values())
    holds_all = known.issuperset
    read = make_dict_structure_fn(
        kind,
        converter,
        _cattrs_detailed_validation=converter.detailed_validation,
        extra=override(rename=" extra"),  # a key that never occurs in JSON of the service
        **cast("Any", {name: override(rename=key) for name, key in keys.items()}),
    )

    def read_all(value: object, wanted: object) -> object:
        if type(value) is str and kind.text_field is not None:
            value = {keys[kind.text_field]: value}
        if type(value) is not dict:
            raise FieldInvalid("An object was expected")
        if not holds_all(value):
            value = {**value, " extra": {key: each for key, each in value.items() if key not in known}}
        return read(value, wanted)

    return read_all


def _build_choice(kind: type[Variant], converter: cattrs.Converter) -> Hook:
    kinds = kind.variants()
    readers = {word: _build_reader(each, converter) for word, each in kinds.items()}
    other = _build_reader(kind, converter)

    def read(value: object, _: object) -> object:
        word = value.get(kind.told_by) if type(value) is dict else None
        word = word if isinstance(word, str) else ""
        return readers.get(word, other)(value, kinds.get(word, kind))

    return read


def _reader_of(kind: type[Record], converter: cattrs.Converter) -> Hook:
    if issubclass(kind, Variant) and kind.variants():
        return _build_choice(kind, converter)
    return _build_reader(kind, converter)


def _read_tuple(kind: object, converter: cattrs.Converter) -> Hook:
    (member, *_) = get_args(kind)
    wanted = list[member]  # type: ignore[valid-type]  # known at run time only
    structure = converter.get_structure_hook(wanted)

    def read(value: object, _: object) -> object:
        if value is None:  # recorded: several lists are null when they are empty
            return ()
        if type(value) is not list:
            raise FieldInvalid("A list was expected")
        return tuple(structure(value, wanted))

    return read


def _read_optional(kind: object, converter: cattrs.Converter) -> Hook:
    wanted = without_none(kind)
    if wanted in PLAIN:  # most fields: one call instead of two
        return _expect(wanted, PLAIN[wanted], or_none=True)
    structure = converter.get_structure_hook(wanted)
    if wanted in _DATES:

        def read_date(value: object, _: object) -> object:
            # Programs write these for "no date". The empty text is inferred from forms that people fill in.
            if type(value) is str and value[:2] == "20":  # nearly all dates
                return structure(value, wanted)
            if value is None or (type(value) is str and (not value.strip() or is_no_date(value))):
                return None
            return structure(value, wanted)

        return read_date

    def read(value: object, _: object) -> object:
        return None if value is None else structure(value, wanted)

    return read


def _is_optional(kind: object) -> bool:
    return without_none(kind) is not kind


def _is_tuple(kind: object) -> bool:
    return get_origin(kind) is tuple


def _exactly(wanted: object) -> Callable[[object], bool]:
    return lambda kind: kind == wanted


def _is_record(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


@lru_cache(maxsize=2)
def _converter(*, detailed: bool) -> cattrs.Converter:
    import cattrs

    converter = cattrs.Converter(detailed_validation=detailed, forbid_extra_keys=False)
    converter.register_structure_hook(int, _read_integer)
    for plain, words in PLAIN.items():
        converter.register_structure_hook(plain, _expect(plain, words))
    converter.register_structure_hook(float, _read_float)
    converter.register_structure_hook(dt.date, _read_date)
    converter.register_structure_hook(dt.datetime, _read_moment)
    converter.register_structure_hook_func(_exactly(NumberOrText), _read_number_or_text)
    converter.register_structure_hook_func(_exactly(LastDay), _read_last_day)
    converter.register_structure_hook_func(_exactly(object), _keep)
    converter.register_structure_hook_func(_exactly(JsonObject), _expect(dict, "An object"))
    converter.register_structure_hook_func(_exactly(Mapping[str, Link]), _read_links)
    converter.register_structure_hook_factory(_is_tuple, lambda kind: _read_tuple(kind, converter))
    converter.register_structure_hook(OpenInteger, _read_open)
    converter.register_structure_hook(OpenText, _read_open)
    converter.register_structure_hook_factory(_is_optional, lambda kind: _read_optional(kind, converter))
    converter.register_structure_hook_factory(_is_record, lambda kind: _reader_of(kind, converter))
    return converter
