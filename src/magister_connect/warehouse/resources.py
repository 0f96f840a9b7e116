"""Resources of dlt: one for each table, which reads when dlt asks for it and not before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from magister_connect.core.frozen import FrozenDict
from magister_connect.warehouse import unreadable
from magister_connect.warehouse.columns import Columns, Row
from magister_connect.warehouse.history import Night, close_who_left, hints_of, versioned
from magister_connect.warehouse.quiet import dlt

if TYPE_CHECKING:
    from dlt.extract import DltResource

PIECE: Final = 5_000  # rows that are handed to dlt at a time


@frozen
class Read:
    """What was read of one table: its records, and those that could not be read.

    ``uncertain`` are the pseudonyms of the persons of whom a record could not be read. ``part`` says which part of the
    school's rows was read, where that is not all of them: a column, and its value.
    """

    columns: Columns
    records: Sequence[object]
    unreadable: Sequence[unreadable.Told] = ()
    uncertain: Collection[str | None] = ()
    part: Mapping[str, str] = field(default=FrozenDict())


def with_history(name: str, read: Callable[[], Read | None], night: Night) -> DltResource:
    """A table whose rows have a period in which they held. Nothing changes where ``read`` returns nothing."""

    def rows() -> Iterator[object]:
        found = read()
        if found is None:
            return
        part = {"school": night.keys.school, **found.part}
        state = dlt.current.resource_state().setdefault("|".join(part.values()), {})
        current = versioned(found.columns.rows(found.records))
        current += [{**part, **row} for row in close_who_left(found.columns, current, found.uncertain, state, night)]
        yield from marked(current, hints_of(found.columns, night, part))
        yield from set_aside(name, found.unreadable, night)

    return resource(name, rows, night)


def resource(name: str, rows: Callable[[], Iterator[object]], night: Night) -> DltResource:
    """A resource of dlt, which is read only with the key that earlier loads of the school had."""

    def checked() -> Iterator[object]:
        night.keys.require_same(dlt.current.source_state())
        yield from rows()

    return dlt.resource(checked, name=name)


def by_key(name: str, read: Callable[[], Read], key: Sequence[str], night: Night) -> DltResource:
    """A table whose rows take the place of earlier ones of the same key; nothing is taken away."""

    def rows() -> Iterator[object]:
        found = read()
        yield from marked(found.columns.rows(found.records), merge_hints(found.columns, key))
        yield from set_aside(name, found.unreadable, night)

    return resource(name, rows, night)


def merge_hints(columns: Columns, key: Sequence[str]) -> dict[str, Any]:
    """What dlt needs to know of a table that is merged by a key."""
    return {
        "table_name": columns.table,
        "write_disposition": "merge",
        "primary_key": tuple(key),
        "columns": columns.hints,
    }


def marked(rows: Sequence[Row], hints: Mapping[str, Any]) -> Iterator[object]:
    """Rows for dlt, a piece at a time; the first one carries what dlt needs to know of the table."""
    for start in range(0, len(rows), PIECE):
        piece = list(rows[start : start + PIECE])
        if start:
            yield dlt.mark.with_table_name(piece, str(hints["table_name"]))
        else:
            yield dlt.mark.with_hints(piece, dlt.mark.make_hints(**hints), create_table_variant=True)


def set_aside(table: str, records: Iterable[unreadable.Told], night: Night) -> Iterator[object]:
    """Rows of the table of what could not be read."""
    yield from marked(unreadable.rows_of(night.keys.school, table, records, night.at), unreadable.hints())
