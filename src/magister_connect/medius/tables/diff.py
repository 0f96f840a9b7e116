"""Compare two tables of the same kind, such as the pupils of yesterday and today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from attrs import frozen

from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import PlainDataOf, values_of
from magister_connect.core.records.unreadable import shown_keys
from magister_connect.errors import UsageError

T = TypeVar("T")


@frozen(repr=False)
class Change(MaskedRepr, PlainDataOf, Generic[T]):
    """A person whose rows differ between the two tables.

    ``columns`` names the columns that differ. ``before`` and ``after`` are the rows.
    """

    columns: tuple[str, ...]
    before: tuple[T, ...]
    after: tuple[T, ...]

    def __repr__(self) -> str:
        return f"<Change of {', '.join(self.columns)}>"


@frozen(repr=False)
class TableDiff(MaskedRepr, PlainDataOf, Generic[T]):
    """The difference between two tables: rows of new people, rows of people who left, and changes.

    ``unsure`` contains the rows of missing people if the newer table has an unreadable row without a key. That row may
    be theirs, so ``left`` is then empty.
    """

    added: tuple[T, ...]
    left: tuple[T, ...]
    changed: tuple[Change[T], ...]
    unsure: tuple[T, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.left or self.changed or self.unsure)

    def __repr__(self) -> str:
        unsure = f", {len(self.unsure)} unsure" if self.unsure else ""
        return f"<TableDiff: {len(self.added)} added, {len(self.left)} left, {len(self.changed)} changed{unsure}>"


def diff(before: Iterable[T], after: Iterable[T], *, key: str = "stamnummer") -> TableDiff[T]:
    """Compare records by a field, or rows of a :class:`Table` by a column.

    A person may have several rows, such as a pupil with two enrolments or an employee with two roles. Their order does
    not count, and neither does a repeated row. Rows with an empty key (accounts that belong to no person) can only be
    new or gone.

    A person with an ``unreadable`` row in one of the two tables is left out. An unreadable row does not mean that
    someone came or left. If such a row of ``after`` has no key, ``left`` stays empty; see ``unsure``.

    Raises :class:`UsageError` if the field or column does not exist.
    """
    known, (unread, nameless) = shown_keys(before, key)[0], shown_keys(after, key)
    unknown = set(map(repr, known | unread))
    old, new = _by_key(before, key), _by_key(after, key)
    stayed = [(old[each], new[each]) for each in old if each in new and each not in unknown]
    changes = (Change(_differing(was, now), tuple(was), tuple(now)) for was, now in stayed)
    missing = tuple(row for each, rows in old.items() if each not in new and each not in unknown for row in rows)
    return TableDiff(
        tuple(row for each, rows in new.items() if each not in old and each not in unknown for row in rows),
        () if nameless else missing,
        tuple(change for change in changes if change.columns),
        missing if nameless else (),
    )


def carried_over(old: Iterable[T], new: Iterable[T], key: str) -> list[T]:
    """Return the older rows of people who may have an unreadable row in the newer table."""
    unread, nameless = shown_keys(new, key)
    unknown = set(map(repr, unread))
    there = _by_key(new, key)
    older = _by_key(old, key).items()
    return [row for each, rows in older if each not in there and (nameless or each in unknown) for row in rows]


def _by_key(rows: Iterable[T], key: str) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for number, row in enumerate(rows, start=1):
        values = values_of(row)
        if key not in values:
            raise without_key(key, number, values)
        empty = values[key] in {None, ""}
        found.setdefault(repr(tuple(values.items())) if empty else repr(values[key]), []).append(row)
    return found


def _differing(before: list[T], after: list[T]) -> tuple[str, ...]:
    was, now = [values_of(row) for row in before], [values_of(row) for row in after]
    names = dict.fromkeys(name for row in (*was, *now) for name in row)
    differing = tuple(name for name in names if _distinct_values(was, (name,)) != _distinct_values(now, (name,)))
    if differing or _distinct_values(was, tuple(names)) == _distinct_values(now, tuple(names)):
        return differing
    return tuple(name for name in names if len(_distinct_values(was, (name,))) > 1)  # the same values in other rows


def _distinct_values(rows: list[Mapping[str, object]], names: tuple[str, ...]) -> set[str]:
    return {repr([row.get(name) for name in names]) for row in rows}


def without_key(key: str, number: int, values: Mapping[str, object]) -> UsageError:
    """Return the error for rows without the field to compare by."""
    return UsageError(
        f"The record has no {key} to compare it by",
        where=f"row {number}",
        advice=f"Name the field or column that identifies a row, as key=: one of {', '.join(map(str, values))}.",
    )
