"""What records from JSON derive from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, ClassVar, Final, Self, TypeAlias, Union, get_args, get_origin

from attrs import Attribute, field, frozen

__all__ = [
    "NOTHING_MORE",
    "CamelRecord",
    "DateOrMoment",
    "JsonObject",
    "Link",
    "OpenInteger",
    "OpenText",
    "PascalRecord",
    "Record",
    "Variant",
    "Variants",
    "key_of",
    "named",
    "without_none",
]

JsonObject: TypeAlias = Mapping[str, object]
DateOrMoment: TypeAlias = dt.date | dt.datetime
"""A day where the service writes a day, an aware moment in UTC where it writes a moment: not documented which."""

NOTHING_MORE: Final[JsonObject] = MappingProxyType({})


def named(key: str, **settings: Any) -> Any:  # noqa: ANN401 - as attrs.field
    """A field whose JSON key follows no rule."""
    return field(metadata={"json": key}, **settings)


@frozen(kw_only=True, repr=False, slots=False)
class Record:
    """What every record from JSON has: ``extra`` holds, untouched, the keys that its class does not know.

    The repr names the class and its ``id``, never a value of a field.
    """

    extra: JsonObject = field(default=NOTHING_MORE, eq=False)

    @classmethod
    def spell(cls, name: str) -> str:
        """The JSON key of a field."""
        return name

    def __repr__(self) -> str:
        number = getattr(self, "id", None)
        return f"<{type(self).__name__}>" if number is None else f"<{type(self).__name__} {number}>"


@frozen(kw_only=True, repr=False, slots=False)
class PascalRecord(Record):
    """A record whose service spells ``ZoAlsDit``."""

    @classmethod
    def spell(cls, name: str) -> str:
        """The JSON key of a field."""
        return "".join(word[:1].upper() + word[1:] for word in name.strip("_").split("_"))


@frozen(kw_only=True, repr=False, slots=False)
class CamelRecord(Record):
    """A record whose service spells ``zoAlsDit``."""

    @classmethod
    def spell(cls, name: str) -> str:
        """The JSON key of a field."""
        first, *others = name.strip("_").split("_")
        return first + "".join(word[:1].upper() + word[1:] for word in others)


@frozen(kw_only=True, repr=False, slots=False)
class Link(CamelRecord):
    """Where a link leads: an address within the service, as the service writes it."""

    href: str | None = None


class OpenInteger(IntEnum):
    """A numbered list that may grow: an unknown number is kept, under the name ``ONBEKEND_<number>``."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_, member._value_ = f"ONBEKEND_{value}", value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the list knows this number."""
        return self._value_ in type(self)._value2member_map_


class OpenText(StrEnum):
    """A list of words that may grow: an unknown word is kept, under the name ``ONBEKEND``."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = "ONBEKEND", value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the list knows this word."""
        return self._value_ in type(self)._value2member_map_


class Variant(Record):
    """A record that is one of several, told apart by a key; its subclasses register themselves by ``variants``."""

    told_by: ClassVar[str] = "type"

    @classmethod
    def variants(cls) -> Variants:
        """Which class belongs to which word; any other word gives the class itself."""
        return {}


Variants: TypeAlias = Mapping[str, type[Variant]]
"""Which class belongs to which word."""


def key_of(kind: type[Record], attribute: Attribute[Any]) -> str:
    """The JSON key of a field: its own, or the one after the rule of its class."""
    return str(attribute.metadata.get("json") or kind.spell(attribute.name))


def without_none(kind: Any) -> Any:  # noqa: ANN401 - any annotation
    """An annotation without its ``None``; the same object where there is none in it."""
    if get_origin(kind) in {Union, UnionType} and NoneType in get_args(kind):
        left = tuple(each for each in get_args(kind) if each is not NoneType)
        return Union[left]  # noqa: UP007 - made at run time
    return kind
