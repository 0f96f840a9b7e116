"""Lesson periods: the school years of Magister, with codes such as ``2526``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

import attrs

from magister_connect.errors import UsageError
from magister_connect.medius.tables.table import Table

_FIRST_MONTH: Final = 8  # a Dutch school year begins on 1 August
_CODE: Final = re.compile(r"[0-9]{4}")


def lesperiode_on(day: dt.date) -> str:
    """Return the code of the lesson period of a date: ``2526`` from 1 August 2025 to 31 July 2026.

    Schools choose these codes themselves. Observed: the four digits of the two years.
    """
    first = day.year if day.month >= _FIRST_MONTH else day.year - 1
    return f"{first % 100:02}{(first + 1) % 100:02}"


def lesperiode_after(code: str) -> str:
    """Return the code of the next lesson period. Raises :class:`UsageError` for an invalid code."""
    if not _is_lesperiode(code):
        raise UsageError("A lesson period is four digits, of one year and the next, such as 2526", where="LesPeriode")
    first = int(code[:2])
    return f"{(first + 1) % 100:02}{(first + 2) % 100:02}"


def _is_lesperiode(code: str) -> bool:
    return _CODE.fullmatch(code) is not None and int(code[2:]) == (int(code[:2]) + 1) % 100


def lesperiode_text(code: object) -> str:
    """Return the code as it is sent.

    Raises :class:`UsageError` if it is not text: a number loses the zero of ``0910``.
    """
    if not isinstance(code, str):
        raise UsageError(
            f"A lesson period must be text, but is of the class {type(code).__name__}",
            where="LesPeriode",
            advice='Write it as "2526"; "" means the current school year.',
        )
    return code


def lesperiode_among(arguments: Iterable[tuple[str, object]]) -> str | None:
    """Return the ``lesperiode`` among the arguments, ignoring case in its name."""
    return next((str(text) for name, text in arguments if name.lower() == "lesperiode"), None)


def note_on_empty(table: Table, lesperiode: str, *, of_person: bool = False) -> Table:
    """Add a warning to an empty table: the service does not report a wrong lesson period (observed)."""
    if table.rows:
        return table
    if lesperiode and not _CODE.fullmatch(lesperiode):
        why = "the service accepts lesson periods of four digits such as 2526, and returns no rows for any other text"
    elif lesperiode:
        why = "nothing is active in this lesson period, or it does not exist yet; the service makes no difference"
        if not _is_lesperiode(lesperiode):
            why = f"{why}. Observed codes have one year and the next, such as 2526"
    else:
        why = "nothing is active today; in the summer holidays this holds for every pupil"
    if of_person:
        why = f"{why}. The service does not report whether this stamnummer exists"
    return attrs.evolve(table, warnings=(*table.warnings, f"No rows: {why}."))


def note_on_empty_list(table: Table, parameters: Iterable[tuple[str, str]]) -> Table:
    """Do the same for a list. Its author chose the parameters, so only a clearly wrong code gives a warning."""
    lesperiode = lesperiode_among(parameters)
    return note_on_empty(table, lesperiode) if lesperiode and not _is_lesperiode(lesperiode) else table
