r"""The simple types: lengths, patterns, code lists and dates. One object checks a text, reads it and writes it.

The results are those of the official schemas in libxml2 (measured). So white space around a date is refused, ``\p{Nd}``
matches digits of every script, and lengths count code points. Messages name the expected kind of text, never the text.
"""

from __future__ import annotations

import calendar
import contextlib
import datetime as dt
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

import attrs

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.values import to_date, to_datetime
from magister_connect.edexml.model.codes import CodeList
from magister_connect.errors import FieldInvalid

_Day = TypeVar("_Day", bound=dt.date)
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_DATE: Final = re.compile(r"-?([1-9][0-9]{3,}|0[0-9]{3})-([0-9]{2})-([0-9]{2})" + _ZONE)
_TIME: Final = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_DATETIME: Final = re.compile(r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3})-[0-9]{2}-[0-9]{2})T" + _TIME + _ZONE)
_INTEGER: Final = re.compile(r"[ \t\n\r]*+(-?)\+?(?=[0-9])0*+([0-9]*+)[ \t\n\r]*+")
_MANY: Final = 30  # codes; a longer list is not named in a message
_LAST_YEAR: Final = 2**63 - 1  # libxml2 accepts no later year (measured)
_LONGEST_YEAR: Final = len(str(_LAST_YEAR))
_SCHOOLJAAR: Final = re.compile(r"([0-9]{4})-([0-9]{4})")


class Misfit(Exception):
    """A text that does not fit its type. The message states what was expected."""


class Unusable(Misfit):
    """A text that the schema allows but Python cannot represent, such as a date in the year 12012."""


@attrs.frozen(eq=False)
class SimpleType(ABC):
    """A kind of text. ``name`` is its name in the schema."""

    name: str

    @abstractmethod
    def read(self, text: str) -> object:
        """Return the value of ``text``. Raises :class:`Misfit` if it does not fit."""

    def write(self, value: object) -> str:
        """Return ``value`` as text. Raises :class:`Misfit` if the type does not allow it."""
        if not isinstance(value, str):
            raise Misfit("A text was expected")
        self.read(value)
        return value

    @abstractmethod
    def describe(self) -> str:
        """Describe the type in words, for the reference page."""


@attrs.frozen(eq=False)
class Text(SimpleType):
    """Free text of ``shortest`` to ``longest`` characters."""

    shortest: int = 0
    longest: int | None = None

    def read(self, text: str) -> str:
        """Return the text unchanged."""
        if len(text) < self.shortest:
            raise Misfit("A text was expected, and it is empty")
        if self.longest is not None and len(text) > self.longest:
            raise Misfit(f"A text of at most {self.longest} characters was expected")
        return text

    def describe(self) -> str:
        """Describe the type in words."""
        return "text, may be empty" if self.longest is None else f"text of {self.shortest} to {self.longest} characters"


@attrs.frozen(eq=False)
class Pattern(SimpleType):
    """``fewest`` to ``digits`` digits and then ``capitals`` capital letters."""

    digits: int
    fewest: int
    capitals: int = 0

    def read(self, text: str) -> str:
        """Return the text unchanged."""
        split = len(text) - self.capitals
        if (
            not self.fewest <= split <= self.digits
            or not _all_in_category(text[:split], "Nd")
            or not _all_in_category(text[split:], "Lu")
        ):
            raise Misfit(f"{self.describe().capitalize()} were expected")
        return text

    def describe(self) -> str:
        """Describe the type in words."""
        count = str(self.digits) if self.fewest == self.digits else f"{self.fewest} to {self.digits}"
        return f"{count} digits" + (f" and {self.capitals} capitals" if self.capitals else "")


def _all_in_category(text: str, category: str) -> bool:
    if text.isascii():
        return not text or (text.isdecimal() if category == "Nd" else text.isalpha() and text.isupper())
    return all(unicodedata.category(character) == category for character in text)


def _by_code(members: Iterable[CodeList]) -> Mapping[str, CodeList]:
    return {member.value: member for member in members}


@attrs.frozen(eq=False)
class Codes(SimpleType, SafeRepr):
    """One code of a list. With ``integer``, every way to write the number is accepted (``01``, ``+1``)."""

    members: Mapping[str, CodeList] = attrs.field(converter=_by_code)
    integer: bool = False

    @property
    def is_shortened(self) -> bool:
        """Whether another version has codes that the list of this version lacks."""
        member = next(iter(self.members.values()))
        return len(self.members) < len(type(member))

    def read(self, text: str) -> CodeList:
        """Return the member of the list."""
        found = self.members.get(text)
        if found is None and self.integer and (number := _INTEGER.fullmatch(text)):
            found = self.members.get((number[2] and number[1] + number[2]) or "0")
        if found is None:
            raise Misfit(f"{self._words()} was expected")
        return found

    def write(self, value: object) -> str:
        """Return the code."""
        if value not in self.members:
            raise Misfit(f"{self._words()} was expected")
        return str(value)

    def _words(self) -> str:
        codes = self.members
        return (
            f"One of the codes {', '.join(codes)}"
            if len(codes) < _MANY
            else f"One of the {len(codes)} codes of the list"
        )

    def describe(self) -> str:
        """Describe the type in words."""
        return "code: " + " ".join(self.members) if len(self.members) < _MANY else f"one of {len(self.members)} codes"


@attrs.frozen(eq=False)
class Boolean(SimpleType):
    """True or false, in the four forms of XML Schema."""

    def read(self, text: str) -> bool:
        """Return the truth value."""
        word = text.strip(" \t\r\n")
        if word not in {"true", "false", "1", "0"}:
            raise Misfit(f"{self.describe().capitalize()} was expected")
        return word in {"true", "1"}

    def write(self, value: object) -> str:
        """Return ``true`` or ``false``."""
        if not isinstance(value, bool):
            raise Misfit(f"{self.describe().capitalize()} was expected")
        return "true" if value else "false"

    def describe(self) -> str:
        """Describe the type in words."""
        return "true or false"


@attrs.frozen(eq=False)
class Date(SimpleType):
    """A date such as ``2025-08-01``. A time zone is allowed and is dropped, because a date of birth has none."""

    def read(self, text: str) -> dt.date:
        """Return the date."""
        _refuse_invalid_day(_DATE.fullmatch(text), "A date such as 2025-08-01 was expected")
        return _usable(to_date, text)

    def write(self, value: object) -> str:
        """Return ``YYYY-MM-DD``."""
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise Misfit("A date was expected")
        return value.isoformat()

    def describe(self) -> str:
        """Describe the type in words."""
        return "date, as 2025-08-01"


@attrs.frozen(eq=False)
class DateTime(SimpleType):
    """A date and time such as ``2025-08-01T08:47:34``; aware if a time zone is written, otherwise naive."""

    def read(self, text: str) -> dt.datetime:
        """Return the date and time."""
        found = _DATETIME.fullmatch(text)
        _refuse_invalid_day(
            _DATE.fullmatch(found[1]) if found else None, "A date and time such as 2025-08-01T08:47:34 was expected"
        )
        return _usable(to_datetime, text)

    def write(self, value: object) -> str:
        """Write to the second, as the official examples do; a fraction is written only if there is one."""
        if not isinstance(value, dt.datetime):
            raise Misfit("A date and time was expected")
        text = _trimmed(value.isoformat(), value.microsecond)
        if value.tzinfo is None:
            return text
        text = text.removesuffix("+00:00") + ("Z" if value.utcoffset() == dt.timedelta(0) else "")
        if not _DATETIME.fullmatch(text):
            raise Misfit("A time zone of whole minutes and at most fourteen hours was expected")
        return text

    def describe(self) -> str:
        """Describe the type in words."""
        return "date and time, as 2025-08-01T08:47:34"


def _trimmed(text: str, microsecond: int) -> str:
    """Remove the zeros at the end of a fraction, as in the canonical form of XML Schema."""
    written = f".{microsecond:06}"
    return text.replace(written, written.rstrip("0"), 1) if microsecond else text


def _refuse_invalid_day(found: re.Match[str] | None, words: str) -> None:
    if found is None:
        raise Misfit(words)
    year, month, day = found[1].lstrip("0"), int(found[2]), int(found[3])
    if not year or len(year) > _LONGEST_YEAR or int(year) > _LAST_YEAR or not 1 <= month <= 12:
        raise Misfit(f"{words}, on an existing day")
    if not 1 <= day <= calendar.monthrange(_like(int(year)), month)[1]:
        raise Misfit(f"{words}, on an existing day")


def _like(year: int) -> int:
    """Return a year that Python supports and that is a leap year if ``year`` is one."""
    return 2000 + year % 400


def _usable(read: Callable[[str, str], _Day], text: str) -> _Day:
    value: _Day | None = None
    with contextlib.suppress(FieldInvalid, OverflowError):
        value = read(text, "")
    if value is None:
        raise Unusable("The date is outside the range that Python supports")
    return value


@attrs.frozen(eq=False)
class Schooljaar(SimpleType):
    """A school year such as ``2025-2026``. ``last`` is the last year in the schema's enumeration."""

    last: int = 0

    def read(self, text: str) -> str:
        """Return the text unchanged."""
        found = _SCHOOLJAAR.fullmatch(text)
        if found is None or int(found[2]) != int(found[1]) + 1:
            raise Misfit("Two consecutive years such as 2025-2026 were expected")
        return text

    def is_enumerated(self, text: str) -> bool:
        """Return whether the enumeration of the official schema contains the year."""
        return 1991 <= int(text[:4]) < self.last

    def describe(self) -> str:
        """Describe the type in words."""
        return f"two consecutive years; the list of the schema ends at {self.last - 1}-{self.last}"
