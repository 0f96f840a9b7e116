"""Dates of Medius.

A list writes ``2025/08/01``, and ``1899/12/30`` (the zero date of Delphi) where there is none (observed). The form of
the ``*_str`` columns and of a date with a time is unknown: ISO and day-first forms are read as well, none of which can
be taken for another, and further forms for ``strptime`` can be passed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Final

from magister_connect.core.values import to_date, to_datetime, to_time

_ZERO: Final = re.compile(r"\s*(?:1899([/-])12\1(?:30)|30([/.-])12\2(?:1899))(?:[ T]00:00(?::00(?:\.0+)?)?)?\s*")
_ONE_DIGIT: Final = re.compile(r"\A(?=[0-9]:)")
_MIDNIGHT: Final = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?\Z")


def is_zero_date(text: str) -> bool:
    """Whether this is how Delphi writes that there is no date."""
    return bool(_ZERO.fullmatch(text))


def read_date(text: str, formats: tuple[str, ...] = ()) -> dt.date:
    """A date; a time behind it has to be midnight. Raises :class:`FieldInvalid`."""
    if formats and (moment := _by_formats(text, formats)) is not None:
        return moment.date()
    return to_date(_MIDNIGHT.sub("", text.strip()), "", slashed=True, day_first=True)


def read_moment(text: str, formats: tuple[str, ...] = ()) -> dt.datetime:
    """A date with a time, in the local time of the school and without a zone. Raises :class:`FieldInvalid`."""
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
            return dt.datetime.strptime(text.strip(), form)  # noqa: DTZ007 - the service knows no zones
        except ValueError:
            continue
    return None


DATES: Final[Mapping[object, Callable[[str, tuple[str, ...]], object]]] = {dt.date: read_date, dt.datetime: read_moment}
"""What reads a text as each type."""
