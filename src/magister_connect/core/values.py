"""Convert text to values, with a path in every error and without guessing.

Each function takes the text and the name of the field. It raises :class:`FieldInvalid` with the field and the expected
kind, not the text. The rules are those of XML Schema part 2. Dutch forms (decimal comma, ``ja`` and ``nee``, slashes,
day first) are only accepted if you ask for them. Readers add the rest of the path with :meth:`FieldInvalid.under`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from magister_connect.errors import FieldInvalid, UsageError

XSD_WORDS: Final[Mapping[str, bool]] = MappingProxyType({"true": True, "1": True, "false": False, "0": False})
"""The four lexical forms of ``xs:boolean``."""

DUTCH_WORDS: Final[Mapping[str, bool]] = MappingProxyType(
    {
        **XSD_WORDS,
        "True": True,
        "False": False,
        "ja": True,
        "nee": False,
        "Ja": True,
        "Nee": False,
        "J": True,
        "N": False,
    }
)
"""Also accepts the values of Magister's HTTP interface (``True``, ``False``; observed), and Dutch yes and no."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,38}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,38}(?:\.[0-9]{0,38})?|\.[0-9]{1,38})")
_ZONE: Final = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z")
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SLASHED_DATE: Final = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_DATETIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_NO_DATE: Final = re.compile(
    r"\s*(?:1899[/.-]12[/.-]3[01]|1900[/.-]01[/.-]0[01]|0001[/.-]01[/.-]01|0000[/.-]00[/.-]00|9999[/.-]12[/.-]31"
    r"|3[01][/.-]12[/.-]1899|0?1[/.-]0?1[/.-](?:1900|0001)|00[/.-]00[/.-]0000|31[/.-]12[/.-]9999)"
    r"(?:[ T][0-9:.]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?\s*"
)
_MIDNIGHT: Final = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?Z?\Z")
_WITH_TIME: Final = re.compile(r"[0-9./-]{8,10}[ T][0-9:.]+(?:Z|[+-][0-9:]+)?")
_SHORT_YEAR: Final = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}")
_END_OF_DAY: Final = frozenset({"24:00", "24:00:00"})
_LONGEST_FRACTION: Final = 7  # a dot and the six digits that Python keeps; Magister writes seven (observed)


def is_no_date(text: str) -> bool:
    """Whether a program wrote this date to mean "no date".

    - ``1899-12-30``: the zero date of Delphi and of spreadsheets (observed in Medius, as ``1899/12/30``).
    - ``1900-01-01``: SQL Server.
    - ``0001-01-01`` and ``9999-12-31``: the first and last date of .NET.
    - ``0000-00-00``: MySQL.

    All but the first are inferred from these products. The day or the year may come first, and a time or zone may
    follow. No school event happens on these days.
    """
    return bool(_NO_DATE.fullmatch(text))


def collapse(text: str) -> str:
    """Strip ``text``, and replace white space inside by single spaces, as ``xs:token`` does."""
    return " ".join(text.split())


def to_integer(text: str, field: str) -> int:
    """Convert ASCII digits with an optional sign to an integer."""
    stripped = text.strip()
    if not _INTEGER.fullmatch(stripped):
        raise FieldInvalid("A whole number was expected", where=field)
    return int(stripped)


def to_decimal(text: str, field: str, *, comma: bool = False) -> Decimal:
    """Convert to a decimal number. With ``comma``, a decimal comma is accepted too, but never a thousands separator."""
    stripped = text.strip()
    if comma and "." not in stripped:
        stripped = stripped.replace(",", ".", 1)
    if not _DECIMAL.fullmatch(stripped):
        raise FieldInvalid("A decimal number was expected", where=field)
    return Decimal(stripped)


def to_boolean(text: str, field: str, words: Mapping[str, bool] = XSD_WORDS) -> bool:
    """Convert to true or false, by a list of words."""
    found = words.get(text.strip())
    if found is None:
        raise FieldInvalid("True or false was expected", where=field)
    return found


def to_date(text: str, field: str, *, slashed: bool = False, day_first: bool = False) -> dt.date:
    """Convert ``2025-08-01`` to a date. A zone after it is dropped: XML Schema allows it, but a birthday has none.

    ``slashed`` also accepts ``2025/08/01`` (Medius lists, observed). ``day_first`` also accepts ``1-8-2025``.
    """
    bare = _ZONE.sub("", text.strip())
    if slashed and _SLASHED_DATE.fullmatch(bare):
        bare = bare.replace("/", "-")
    if day_first and (found := _DAY_FIRST.fullmatch(bare)):
        bare = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    if not _ISO_DATE.fullmatch(bare):
        raise FieldInvalid(f"A date{_missing_in(bare) if day_first else ''} was expected", where=field)
    try:
        return dt.date.fromisoformat(bare)
    except ValueError:
        pass
    raise FieldInvalid("A date that exists was expected", where=field)


def _missing_in(text: str) -> str:
    """Describe what is missing in a text that is nearly a date."""
    if _SHORT_YEAR.fullmatch(text):
        return " with a year of four digits"
    return " without a time of day" if _WITH_TIME.fullmatch(text) else ""


def is_missing(value: object) -> bool:
    """Whether a cell is empty: ``None``, the empty text, NaN, or ``NaT`` or ``NA`` of pandas."""
    if value is None or isinstance(value, str):
        return not value
    try:
        return bool(value != value)  # noqa: PLR0124 - NaN and NaT are not equal to themselves
    except TypeError:  # NA is neither true nor false
        return True


def to_optional_day(text: str, field: str) -> dt.date | None:
    """Convert a date in a hand-made table: ``2025-08-01``, ``2025/08/01`` or ``1-8-2025``, with or without midnight.

    Returns ``None`` for an empty cell, and for the values by which programs mean "no date" (:func:`is_no_date`). A year
    of two digits is refused, because its century is not known.
    """
    stripped = _MIDNIGHT.sub("", text.strip())
    if not stripped or is_no_date(stripped):
        return None
    return to_date(stripped, field, slashed=True, day_first=True)


def require_aware(moment: object, where: str) -> None:
    """Raise :class:`UsageError` unless an argument is a datetime with a time zone, or ``None``."""
    if moment is None or (isinstance(moment, dt.datetime) and moment.tzinfo is not None):
        return
    what = "The datetime has no time zone" if isinstance(moment, dt.datetime) else "A datetime was expected"
    raise UsageError(what, where=where, advice="Pass an aware datetime, such as datetime.now(UTC).")


def to_datetime(text: str, field: str) -> dt.datetime:
    """Convert to a date-time: aware if the text has a zone, else naive.

    Accepts a space instead of ``T`` (PHP's ext-soap writes it, measured), ``24:00:00``, and fractions of any length.
    Digits after microseconds are cut off. dateutil reads the rarer forms of ISO 8601 (week dates, ordinal dates, basic
    format).
    """
    stripped = text.strip()
    try:
        if found := _DATETIME.fullmatch(stripped):
            return _assemble(*found.groups())
        return _parse_rare_form(stripped)
    except (ValueError, OverflowError):
        pass
    raise FieldInvalid("A date and time was expected", where=field)


def to_time(text: str, field: str) -> dt.time:
    """Convert a time of day ``08:30`` or ``08:30:00`` to a naive time."""
    stripped = text.strip()
    try:
        if re.fullmatch(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?", stripped):
            return dt.time.fromisoformat(stripped)
    except ValueError:
        pass
    raise FieldInvalid("A time of day was expected", where=field)


def _assemble(date: str, time: str, fraction: str | None, zone: str | None) -> dt.datetime:
    end_of_day = time in _END_OF_DAY and not (fraction or "").strip(".0")
    if end_of_day:
        time = "00:00"
    seconds = "" if len(time) > len("00:00") else ":00"
    kept = (fraction or ".")[:_LONGEST_FRACTION].ljust(_LONGEST_FRACTION, "0")
    moment = dt.datetime.fromisoformat(f"{date}T{time}{seconds}{kept}{zone or ''}")
    return moment + dt.timedelta(days=1) if end_of_day else moment


def _parse_rare_form(text: str) -> dt.datetime:
    from dateutil.parser import isoparse

    if not text.isascii() or "T" not in text:
        raise ValueError
    return isoparse(text)
