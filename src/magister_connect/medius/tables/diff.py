"""What changed between two tables of the same kind, such as the pupils of yesterday and of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from attrs import frozen

from magister_connect.core.reprs import MaskedRepr
from magister_connect.core.serialization import PlainDataOf, values_of
from magister_connect.core.unreadable import shown_keys
from magister_connect.errors import UsageError

T = TypeVar("T")


@frozen(repr=False)
class Change(MaskedRepr, PlainDataOf, Generic[T]):
    """Somebody who is in both tables with other rows.

    ``columns`` names those in which they differ, ``before`` and ``after`` hold the rows.
    """

    columns: tuple[str, ...]
    before: tuple[T, ...]
    after: tuple[T, ...]

    def __repr__(self) -> str:
        return f"<Change of {', '.join(self.columns)}>"


@frozen(repr=False)
class TableDiff(MaskedRepr, PlainDataOf, Generic[T]):
    """Rows of those who came, rows of those who left, and what changed for those who stayed.

    ``unsure`` are rows of those who are missing while the newer table has a row that cannot be read and shows no key:
    it may be theirs, so that ``left`` is empty then.
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

    Somebody may have several rows (a pupil with two enrolments, an employee with two roles): neither
    their order counts nor that one comes twice. Rows whose key is empty (accounts that are nobody's) can only come and
    go. Whoever is ``unreadable`` in one of the two is left out: nobody came or left because a row cannot be read. Where
    such a row of ``after`` shows no key, nobody is said to have left: see ``unsure``.

    Raises :class:`UsageError` where there is no such field or column.
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
    """The older rows of those who cannot be read in the newer table, or may be among its rows without a key."""
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
    differing = tuple(name for name in names if _told(was, (name,)) != _told(now, (name,)))
    if differing or _told(was, tuple(names)) == _told(now, tuple(names)):
        return differing
    return tuple(name for name in names if len(_told(was, (name,))) > 1)  # the same values in other rows


def _told(rows: list[Mapping[str, object]], names: tuple[str, ...]) -> set[str]:
    return {repr([row.get(name) for name in names]) for row in rows}


def without_key(key: str, number: int, values: Mapping[str, object]) -> UsageError:
    """The error for rows that are compared by a field which they do not have."""
    return UsageError(
        f"The record has no {key} to compare it by",
        where=f"row {number}",
        advice=f"Name the field or column that identifies a row, as key=: one of {', '.join(map(str, values))}.",
    )
