"""dlt resources: one for each table. Each reads only when dlt iterates over it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.errors import UsageError
from magister_connect.warehouse import unreadable
from magister_connect.warehouse.columns import Columns, Row
from magister_connect.warehouse.history import LoadRun, close_who_left, hints_of, versioned
from magister_connect.warehouse.quiet import dlt

if TYPE_CHECKING:
    from dlt.extract import DltResource

PIECE: Final = 5_000  # rows that are passed to dlt at a time


@frozen
class Read:
    """The data of one table: its records, and those that could not be read.

    ``uncertain`` are the pseudonyms of the persons with an unreadable record. ``part`` is a column and its value, if
    only that part of the school's rows was read.
    """

    columns: Columns
    records: Sequence[object]
    unreadable: Sequence[unreadable.UnreadableRecord] = ()
    uncertain: Collection[str | None] = ()
    part: Mapping[str, str] = field(default=FrozenDict())


def with_history(name: str, read: Callable[[], Read | None], run: LoadRun) -> DltResource:
    """Return a table with a period for each row. Nothing changes if ``read`` returns ``None``."""

    def rows() -> Iterator[object]:
        found = read()
        if found is None:
            return
        part = {"school": run.keys.school, **found.part}
        state = dlt.current.resource_state().setdefault("|".join(part.values()), {})
        rows, unstorable = run.rows_of(found.columns, found.records)
        if unstorable and found.columns.person is None:
            raise UsageError(
                "A row cannot be stored, and no column identifies its person, so its history would be closed",
                where=f"{name}, {unstorable[0].place}, {unstorable[0].path}",
                advice=f"Leave the column out: leave_out={{{name!r}: [...]}}.",
            )
        uncertain = {*found.uncertain, *(each.person for each in unstorable)}
        current = versioned(rows)
        current += [{**part, **row} for row in close_who_left(found.columns, current, uncertain, state, run)]
        yield from marked(current, hints_of(found.columns, run, part))
        yield from set_aside(name, [*found.unreadable, *unstorable], run)

    return resource(name, rows, run)


def resource(name: str, rows: Callable[[], Iterator[object]], run: LoadRun) -> DltResource:
    """Return a dlt resource that is read only with the key of earlier loads of the school."""

    def checked() -> Iterator[object]:
        run.keys.require_same(dlt.current.source_state())
        yield from rows()

    return dlt.resource(checked, name=name)


def by_key(name: str, read: Callable[[], Read], key: Sequence[str], run: LoadRun) -> DltResource:
    """Return a table in which a row replaces an earlier one with the same key. No row is removed."""

    def rows() -> Iterator[object]:
        found = read()
        rows, unstorable = run.rows_of(found.columns, found.records)
        yield from marked(rows, merge_hints(found.columns, key))
        yield from set_aside(name, [*found.unreadable, *unstorable], run)

    return resource(name, rows, run)


def merge_hints(columns: Columns, key: Sequence[str]) -> dict[str, Any]:
    """Return the settings of dlt for a table that is merged by a key."""
    return {
        "table_name": columns.table,
        "write_disposition": "merge",
        "primary_key": tuple(key),
        "columns": columns.hints,
    }


def marked(rows: Sequence[Row], hints: Mapping[str, Any]) -> Iterator[object]:
    """Yield rows to dlt in pieces. The first one carries the settings of the table."""
    for start in range(0, len(rows), PIECE):
        piece = list(rows[start : start + PIECE])
        if start:
            yield dlt.mark.with_table_name(piece, str(hints["table_name"]))
        else:
            yield dlt.mark.with_hints(piece, dlt.mark.make_hints(**hints), create_table_variant=True)


def set_aside(table: str, records: Iterable[unreadable.UnreadableRecord], run: LoadRun) -> Iterator[object]:
    """Yield rows for the table of unreadable records."""
    yield from marked(unreadable.rows_of(run.keys.school, table, records, run.at), unreadable.hints())
