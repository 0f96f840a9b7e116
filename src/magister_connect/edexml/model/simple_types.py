r"""What a text may be: lengths, patterns, code lists, dates. One object judges a text, reads it and writes it back.

The verdicts are those of the official schemas as libxml2 gives them (measured): white space around a date is refused,
``\p{Nd}`` takes digits of every script, lengths count code points. Messages tell the kind that was expected, never
the text.
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

from magister_connect.core.half_made import HalfMade
from magister_connect.core.values import to_date, to_datetime
from magister_connect.edexml.model.codes import CodeList
from magister_connect.errors import FieldInvalid

_Day = TypeVar("_Day", bound=dt.date)
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_DATE: Final = re.compile(r"-?([1-9][0-9]{3,}|0[0-9]{3})-([0-9]{2})-([0-9]{2})" + _ZONE)
_TIME: Final = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_DATETIME: Final = re.compile(r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3})-[0-9]{2}-[0-9]{2})T" + _TIME + _ZONE)
_INTEGER: Final = re.compile(r"[ \t\n\r]*+(-?)\+?(?=[0-9])0*+([0-9]*+)[ \t\n\r]*+")
_MANY: Final = 30  # codes: a message does not name that many
_LAST_YEAR: Final = 2**63 - 1  # libxml2 takes no later one (measured)
_LONGEST_YEAR: Final = len(str(_LAST_YEAR))
_SCHOOLJAAR: Final = re.compile(r"([0-9]{4})-([0-9]{4})")


class Misfit(Exception):
    """A text that its type does not take; the message tells what was expected."""


class Unusable(Misfit):
    """A text that the schema takes and that no Python value can hold, such as a date in the year 12012."""


@attrs.frozen(eq=False)
class SimpleType(ABC):
    """A kind of text; ``name`` is the one of the schema."""

    name: str

    @abstractmethod
    def read(self, text: str) -> object:
        """The value of ``text``; raises :class:`Misfit`."""

    def write(self, value: object) -> str:
        """The text of ``value``; raises :class:`Misfit` where it may not stand here."""
        if not isinstance(value, str):
            raise Misfit("A text was expected")
        self.read(value)
        return value

    @abstractmethod
    def describe(self) -> str:
        """In words, for the reference page."""


@attrs.frozen(eq=False)
class Text(SimpleType):
    """Free text of ``shortest`` to ``longest`` characters."""

    shortest: int = 0
    longest: int | None = None

    def read(self, text: str) -> str:
        """The text itself."""
        if len(text) < self.shortest:
            raise Misfit("A text was expected, and it is empty")
        if self.longest is not None and len(text) > self.longest:
            raise Misfit(f"A text of at most {self.longest} characters was expected")
        return text

    def describe(self) -> str:
        """In words."""
        return "text, may be empty" if self.longest is None else f"text of {self.shortest} to {self.longest} characters"


@attrs.frozen(eq=False)
class Pattern(SimpleType):
    """``fewest`` to ``digits`` digits and then ``capitals`` capital letters."""

    digits: int
    fewest: int
    capitals: int = 0

    def read(self, text: str) -> str:
        """The text itself."""
        split = len(text) - self.capitals
        if not self.fewest <= split <= self.digits or not _are(text[:split], "Nd") or not _are(text[split:], "Lu"):
            raise Misfit(f"{self.describe().capitalize()} were expected")
        return text

    def describe(self) -> str:
        """In words."""
        count = str(self.digits) if self.fewest == self.digits else f"{self.fewest} to {self.digits}"
        return f"{count} digits" + (f" and {self.capitals} capitals" if self.capitals else "")


def _are(text: str, category: str) -> bool:
    if text.isascii():
        return not text or (text.isdecimal() if category == "Nd" else text.isalpha() and text.isupper())
    return all(unicodedata.category(character) == category for character in text)


def _by_code(members: Iterable[CodeList]) -> Mapping[str, CodeList]:
    return {member.value: member for member in members}


@attrs.frozen(eq=False)
class Codes(SimpleType, HalfMade):
    """One code of a list; with ``integer`` any lexical form of the number is taken (``01``, ``+1``)."""

    members: Mapping[str, CodeList] = attrs.field(converter=_by_code)
    integer: bool = False

    @property
    def is_shortened(self) -> bool:
        """Whether the list of this version lacks codes that another version has."""
        member = next(iter(self.members.values()))
        return len(self.members) < len(type(member))

    def read(self, text: str) -> CodeList:
        """The member of the list."""
        found = self.members.get(text)
        if found is None and self.integer and (number := _INTEGER.fullmatch(text)):
            found = self.members.get((number[2] and number[1] + number[2]) or "0")
        if found is None:
            raise Misfit(f"{self._words()} was expected")
        return found

    def write(self, value: object) -> str:
        """The code."""
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
        """In words."""
        return "code: " + " ".join(self.members) if len(self.members) < _MANY else f"one of {len(self.members)} codes"


@attrs.frozen(eq=False)
class Boolean(SimpleType):
    """True or false, in the four forms of XML Schema."""

    def read(self, text: str) -> bool:
        """The truth."""
        word = text.strip(" \t\r\n")
        if word not in {"true", "false", "1", "0"}:
            raise Misfit(f"{self.describe().capitalize()} was expected")
        return word in {"true", "1"}

    def write(self, value: object) -> str:
        """``true`` or ``false``."""
        if not isinstance(value, bool):
            raise Misfit(f"{self.describe().capitalize()} was expected")
        return "true" if value else "false"

    def describe(self) -> str:
        """In words."""
        return "true or false"


@attrs.frozen(eq=False)
class Date(SimpleType):
    """A date ``2025-08-01``. A zone behind it is legal and is dropped, since a birthday has none."""

    def read(self, text: str) -> dt.date:
        """The date."""
        _refuse_strange_day(_DATE.fullmatch(text), "A date as 2025-08-01 was expected")
        return _usable(to_date, text)

    def write(self, value: object) -> str:
        """``YYYY-MM-DD``."""
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise Misfit("A date was expected")
        return value.isoformat()

    def describe(self) -> str:
        """In words."""
        return "date, as 2025-08-01"


@attrs.frozen(eq=False)
class DateTime(SimpleType):
    """A moment ``2025-08-01T08:47:34``, aware where a zone is written and naive where none is."""

    def read(self, text: str) -> dt.datetime:
        """The moment."""
        found = _DATETIME.fullmatch(text)
        _refuse_strange_day(
            _DATE.fullmatch(found[1]) if found else None, "A date and time as 2025-08-01T08:47:34 was expected"
        )
        return _usable(to_datetime, text)

    def write(self, value: object) -> str:
        """As the official examples have it: to the second, and a fraction only where there is one."""
        if not isinstance(value, dt.datetime):
            raise Misfit("A date and time was expected")
        text = _trimmed(value.isoformat(), value.microsecond)
        if value.tzinfo is None:
            return text
        text = text.removesuffix("+00:00") + ("Z" if value.utcoffset() == dt.timedelta(0) else "")
        if not _DATETIME.fullmatch(text):
            raise Misfit("A zone of whole minutes, and of fourteen hours at most, was expected")
        return text

    def describe(self) -> str:
        """In words."""
        return "date and time, as 2025-08-01T08:47:34"


def _trimmed(text: str, microsecond: int) -> str:
    """Without the zeros behind a fraction, as XML Schema's canonical form has it."""
    written = f".{microsecond:06}"
    return text.replace(written, written.rstrip("0"), 1) if microsecond else text


def _refuse_strange_day(found: re.Match[str] | None, words: str) -> None:
    if found is None:
        raise Misfit(words)
    year, month, day = found[1].lstrip("0"), int(found[2]), int(found[3])
    if not year or len(year) > _LONGEST_YEAR or int(year) > _LAST_YEAR or not 1 <= month <= 12:
        raise Misfit(f"{words}, on a day that exists")
    if not 1 <= day <= calendar.monthrange(_like(int(year)), month)[1]:
        raise Misfit(f"{words}, on a day that exists")


def _like(year: int) -> int:
    """A year that Python knows, of the same kind: leap or not."""
    return 2000 + year % 400


def _usable(read: Callable[[str, str], _Day], text: str) -> _Day:
    value: _Day | None = None
    with contextlib.suppress(FieldInvalid, OverflowError):
        value = read(text, "")
    if value is None:
        raise Unusable("It is a date that Python cannot hold")
    return value


@attrs.frozen(eq=False)
class Schooljaar(SimpleType):
    """A school year ``2025-2026``; ``last`` is where the enumeration of the schema ends."""

    last: int = 0

    def read(self, text: str) -> str:
        """The text itself."""
        found = _SCHOOLJAAR.fullmatch(text)
        if found is None or int(found[2]) != int(found[1]) + 1:
            raise Misfit("Two years that follow each other were expected, as 2025-2026")
        return text

    def is_enumerated(self, text: str) -> bool:
        """Whether the enumeration of the official schema has it."""
        return 1991 <= int(text[:4]) < self.last

    def describe(self) -> str:
        """In words."""
        return f"two years that follow each other; the list of the schema ends at {self.last - 1}-{self.last}"
