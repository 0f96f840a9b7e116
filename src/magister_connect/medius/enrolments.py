"""Pupils with several rows: who is enrolled on a day, and one row for each pupil.

``students()`` are the pupils of today, ``students("2526")`` those of a whole school year, who may have left since.
Neither has the days of an enrolment. A list of the school has them, in columns that its author chose (observed:
``studiebegindatum``, ``studieeinddatum``, ``vertrekdatum``), with ``1899/12/30`` where there is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from attrs import frozen

from magister_connect.core.values import is_no_date
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.medius.tables.columns import read_date
from magister_connect.medius.tables.diff import values_of
from magister_connect.medius.tables.table import Records

T = TypeVar("T")


def active_on(
    rows: Iterable[T], day: dt.date, *, begin: str, until: str | Sequence[str], inclusive: bool = True
) -> Records[T]:
    """The rows whose enrolment holds on a day.

    ``rows`` are records or rows of a table; ``begin`` and ``until`` name their fields or columns. Of several in
    ``until`` the earliest counts; an empty one is open. ``inclusive`` says whether the day in ``until`` still counts,
    which differs between lists: ask its author.

    Raises :class:`UsageError` for a field or column that is not there, and :class:`FieldInvalid` with the row for a
    text that is no date.
    """
    period = _Period(begin, (until,) if isinstance(until, str) else tuple(until), inclusive)
    return _like(rows, [row for number, row in enumerate(rows, start=1) if period.holds(row, day, number)])


def one_per_pupil(
    rows: Iterable[T],
    day: dt.date | None = None,
    *,
    key: str = "stamnummer",
    begin: str | None = None,
    until: str | Sequence[str] = (),
    inclusive: bool = True,
) -> Records[T]:
    """One row for each pupil, in the order of the first row of each.

    With ``begin`` the enrolment that holds on ``day`` is chosen, of several the one that began last; a pupil whose
    enrolments are all over keeps the last one. Without ``begin`` the first row of each pupil is chosen. Rows without a
    key are left out: they are nobody's. Raises as :func:`active_on` does.
    """
    ends = (until,) if isinstance(until, str) else tuple(until)
    period = None if begin is None else _Period(begin, ends, inclusive)
    grouped: dict[object, list[tuple[int, T]]] = {}
    for number, row in enumerate(rows, start=1):
        if (who := _value(values_of(row), key, number)) not in {None, ""}:
            grouped.setdefault(who, []).append((number, row))
    return _like(rows, [_chosen(numbered, day, period) for numbered in grouped.values()])


def _chosen(numbered: Sequence[tuple[int, T]], day: dt.date | None, period: _Period | None) -> T:
    if period is None:
        return numbered[0][1]
    ranked = [(period.rank(row, day, number), -number, row) for number, row in numbered]
    return max(ranked, key=lambda each: each[:2])[2]


@frozen
class _Period:
    begin: str
    until: tuple[str, ...]
    inclusive: bool

    def holds(self, row: object, day: dt.date, number: int) -> bool:
        values = values_of(row)
        begin, end = self._day(values, self.begin, number), self._end(values, number)
        if begin is not None and day < begin:
            return False
        return end is None or day < end or (self.inclusive and day == end)

    def rank(self, row: object, day: dt.date | None, number: int) -> tuple[bool, dt.date]:
        """What decides between the rows of one pupil: that the enrolment holds, then when it began."""
        begin = self._day(values_of(row), self.begin, number)
        return day is None or self.holds(row, day, number), begin or dt.date.min

    def _end(self, values: Mapping[str, object], number: int) -> dt.date | None:
        ends = (self._day(values, name, number) for name in self.until)
        return min((end for end in ends if end is not None), default=None)

    def _day(self, values: Mapping[str, object], name: str, number: int) -> dt.date | None:
        value = _value(values, name, number)
        if isinstance(value, dt.datetime):
            return value.date()
        if value is None or isinstance(value, dt.date):
            return value
        text = str(value)
        if not text.strip() or is_no_date(text):
            return None
        try:
            return read_date(text)
        except FieldInvalid as error:
            what = error.what
        raise FieldInvalid(what, where=f"row {number}, column {name}")


def _value(values: Mapping[str, object], name: str, number: int) -> object:
    if name not in values:
        there = ", ".join(values)
        raise UsageError(f"There is no {name}; there are: {there}", where=f"row {number}", advice="Pass one of these.")
    return values[name]


def _like(rows: Iterable[T], items: Sequence[T]) -> Records[T]:
    """The chosen rows, with the name, the warnings and the unreadable rows of where they came from."""
    return Records(
        items,
        name=getattr(rows, "name", ""),
        warnings=getattr(rows, "warnings", ()),
        unreadable=getattr(rows, "unreadable", ()),
    )
