"""Pupils with several rows: filter by the date of an enrolment, or choose one row per pupil.

``students()`` returns the pupils of today. ``students("2526")`` returns those of a whole school year, who may have left
since. Neither contains the dates of an enrolment. A list of the school may contain them, in columns that its author
chose (observed: ``studiebegindatum``, ``studieeinddatum``, ``vertrekdatum``). A missing date is ``1899/12/30``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from attrs import frozen

from magister_connect.core.boundary import boundary
from magister_connect.core.records.serialization import values_of
from magister_connect.core.records.unreadable import OnUnreadable, UnreadableRecords
from magister_connect.core.values import is_no_date
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.medius.tables.columns import read_date
from magister_connect.medius.tables.table import Records

T = TypeVar("T")
K = TypeVar("K")


@boundary.around
def active_on(
    rows: Iterable[T],
    day: dt.date,
    *,
    begin: str,
    until: str | Sequence[str],
    inclusive: bool = True,
    on_unreadable: OnUnreadable = "raise",
) -> Records[T]:
    """Return the rows with an enrolment on a date.

    - ``rows``: records, or rows of a table.
    - ``begin`` and ``until``: names of fields or columns. If ``until`` has several, the earliest date counts. An empty
      date means no limit.
    - ``inclusive``: whether the enrolment still holds on the ``until`` date. This differs between lists, so ask the
      author.
    - ``on_unreadable="keep"``: puts unreadable rows in ``unreadable`` of the result, after those of ``rows``.

    Raises :class:`UsageError` for a missing field or column, and :class:`FieldInvalid` with the row for a text that is
    not a date.
    """
    period, judge = _Period(begin, _names(until), inclusive), _RowReader(rows, on_unreadable)
    held = [row for number, row in enumerate(rows, start=1) if judge(row, number, partial(period.holds, day))]
    return judge.like(held)


@boundary.around
def one_per_pupil(
    rows: Iterable[T],
    day: dt.date | None = None,
    *,
    key: str = "stamnummer",
    begin: str | None = None,
    until: str | Sequence[str] = (),
    inclusive: bool = True,
    on_unreadable: OnUnreadable = "raise",
) -> Records[T]:
    """Return one row per pupil, in the order of the first row of each pupil.

    With ``begin``, you get the enrolment that holds on ``day``; if there are several, the one that began last. A pupil
    without a current enrolment keeps the last one. Without ``begin``, you get the first row of each pupil. Rows without
    a key are left out, because they belong to no person.

    Raises the same errors as :func:`active_on`. With ``on_unreadable="keep"``, a pupil with an unreadable row is left
    out, because that row may be the right one. The unreadable row is in ``unreadable``.
    """
    period, judge = None if begin is None else _Period(begin, _names(until), inclusive), _RowReader(rows, on_unreadable)
    grouped: dict[object, list[tuple[int, T]]] = {}
    for number, row in enumerate(rows, start=1):
        if (who := judge(row, number, lambda each: _value(each, key))) not in {None, ""}:
            grouped.setdefault(who, []).append((number, row))
    chosen = (_chosen(numbered, day, period, judge) for numbered in grouped.values())
    return judge.like([row for rows_of_pupil in chosen for row in rows_of_pupil])


def _chosen(
    numbered: Sequence[tuple[int, T]], day: dt.date | None, period: _Period | None, judge: _RowReader
) -> list[T]:
    """Choose the row of a pupil, or none if one of the pupil's rows is unreadable."""
    if period is None:
        return [numbered[0][1]]
    rank_of = partial(period.rank, day)
    ranks = [judge(row, number, rank_of) for number, row in numbered]
    ranked = [(rank, -number, row) for rank, (number, row) in zip(ranks, numbered, strict=True) if rank is not None]
    return [max(ranked, key=lambda each: each[:2])[2]] if len(ranked) == len(numbered) else []


def _names(until: str | Sequence[str]) -> tuple[str, ...]:
    return (until,) if isinstance(until, str) else tuple(until)


class _RowReader:
    """Calls a function on the values of each row, and keeps the unreadable rows apart."""

    def __init__(self, rows: object, on_unreadable: OnUnreadable) -> None:
        self._rows, self._policy = rows, UnreadableRecords(on_unreadable)
        self._name = str(getattr(rows, "name", ""))

    def __call__(self, row: object, number: int, ask: Callable[[Mapping[str, object]], K]) -> K | None:
        """Return the result of the function, or ``None`` for a row that is kept apart."""
        values, place = values_of(row), f"{self._name}, row {number}" if self._name else f"row {number}"
        try:
            return ask(values)
        except UsageError as error:
            error.where = place
            raise
        except FieldInvalid as error:
            problem = error
        fields = {name: value for name, value in values.items() if _column(name) != problem.where}
        self._policy.add(problem, place=place, raw=dict(values), fields=fields)
        return None

    def like(self, items: Sequence[T]) -> Records[T]:
        """Return the chosen rows, with the name, warnings and unreadable rows of their source."""
        return Records(
            items,
            name=self._name,
            warnings=getattr(self._rows, "warnings", ()),
            unreadable=(*getattr(self._rows, "unreadable", ()), *self._policy.kept),
        )


@frozen
class _Period:
    begin: str
    until: tuple[str, ...]
    inclusive: bool

    def holds(self, day: dt.date, values: Mapping[str, object]) -> bool:
        begin, end = _day(values, self.begin), self._end(values)
        if begin is not None and day < begin:
            return False
        return end is None or day < end or (self.inclusive and day == end)

    def rank(self, day: dt.date | None, values: Mapping[str, object]) -> tuple[bool, dt.date]:
        """Return the sort key for the rows of one pupil: first whether the enrolment holds, then its start."""
        begin = _day(values, self.begin)
        return day is None or self.holds(day, values), begin or dt.date.min

    def _end(self, values: Mapping[str, object]) -> dt.date | None:
        ends = (_day(values, name) for name in self.until)
        return min((end for end in ends if end is not None), default=None)


def _day(values: Mapping[str, object], name: str) -> dt.date | None:
    value = _value(values, name)
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
    raise FieldInvalid(what, where=_column(name))


def _column(name: str) -> str:
    return f"column {name}"


def _value(values: Mapping[str, object], name: str) -> object:
    if name not in values:
        raise UsageError(f"There is no {name}; there are: {', '.join(values)}", advice="Pass one of these.")
    return values[name]
