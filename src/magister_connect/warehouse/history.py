"""Tables with a history: the contents of a row, and its period (dlt's SCD2).

A row is closed only if the person has really left.

dlt closes every row that is missing from a load. So a guard checks each load first (:class:`Guard`), as for snapshots.
A person with an unreadable row keeps the open rows. For this purpose, the state of the pipeline stores the versions of
open rows by person, as digests of pseudonyms and rows. Also, dlt stores that state in the database together with the
rows.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen

from magister_connect.core.records.unreadable import OnUnreadable
from magister_connect.core.snapshots import Guard
from magister_connect.errors import FieldInvalid, Responsible, SnapshotStopped, UsageError
from magister_connect.warehouse.columns import Columns, Row, Unstorable
from magister_connect.warehouse.privacy import Keys

VERSION: Final = "row_version"
PERIOD: Final = ("valid_from", "valid_to")
UNCOUNTED: Final = frozenset({"mutatiedatum", "last_modified"})
"""Columns that may change without a change of the row."""


@frozen
class LoadRun:
    """One load: its time, the keys, the guard, and what a person approved."""

    at: dt.datetime
    keys: Keys
    guard: Guard = field(factory=Guard)
    approvals: frozenset[str] = frozenset()
    on_unreadable: OnUnreadable = "raise"

    def rows_of(self, columns: Columns, records: Iterable[object]) -> tuple[list[Row], list[Unstorable]]:
        """The rows of records, and those that no database can hold. Raises for the first unless they are kept apart."""
        unstorable: list[Unstorable] = []
        rows = columns.rows(records, unstorable)
        if unstorable and self.on_unreadable == "raise":
            first = unstorable[0]
            raise FieldInvalid(
                first.reason, where=f"{columns.table}, {first.place}, {first.path}", responsible=Responsible.YOU,
                advice='Pass on_unreadable="keep" to load the others.',
            )  # fmt: skip
        return rows, unstorable

    def require(self, table: str, before: Collection[str], after: Collection[str]) -> None:
        """Raise :class:`SnapshotStopped` if so many are gone that no row of the table may be closed."""
        if not before:
            return
        objections = self.guard.objections({table: before}, {table: {key: {} for key in after}})
        content = json.dumps([table, *sorted(after)])
        approval = hashlib.sha256(content.encode()).hexdigest()[:16]
        if not objections or approval in self.approvals:
            return
        stop = SnapshotStopped(f"This differs too much from the last load: {', '.join(objections)}", where=table)
        stop.approval = approval
        stop.advice = f"{stop.advice} If it is right: school_source(..., approvals=[{approval!r}])."
        raise stop


def hints_of(columns: Columns, run: LoadRun, part: Iterable[str]) -> dict[str, Any]:
    """Return the settings of dlt for a table with a history. Only rows with the same values in ``part`` are closed."""
    return {
        "table_name": columns.table,
        "write_disposition": {
            "disposition": "merge",
            "strategy": "scd2",
            "row_version_column_name": VERSION,
            "validity_column_names": list(PERIOD),
            "boundary_timestamp": run.at.isoformat(),
        },
        "columns": columns.hints,
        "merge_key": tuple(part),
    }


def versioned(rows: Iterable[Row]) -> list[Row]:
    """Return each row with the digest of its contents. Duplicates are removed.

    Empty values do not count. So a new column changes only the rows that have a value in it.
    """
    found: dict[str, Row] = {}
    for row in rows:
        texts = [(name, str(value)) for name, value in row.items() if value is not None and name not in UNCOUNTED]
        row[VERSION] = _digest(json.dumps(sorted(texts)))
        found.setdefault(str(row[VERSION]), row)
    return list(found.values())


def close_who_left(
    columns: Columns, rows: Sequence[Row], uncertain: Collection[str | None], state: dict[str, Any], run: LoadRun
) -> Iterator[Row]:
    """Yield rows to add to those that were read, so that dlt closes no row of a person who may still be there.

    ``uncertain`` are the pseudonyms of persons with an unreadable row. Raises :class:`SnapshotStopped` if the guard
    refuses, and :class:`UsageError` for a load of an earlier time than the last one.
    """
    _refuse_earlier(columns.table, state, run)
    known: Mapping[str, list[str]] = state.get("open", {})
    doubtful = {_digest(each): each for each in uncertain if each is not None}
    read = _by_person(columns, rows)
    run.require(columns.table, known.keys() - doubtful.keys(), read.keys())
    for who in doubtful.keys() & known.keys():
        kept = [version for version in known[who] if version not in read.get(who, ())]
        read[who] = [*read.get(who, ()), *kept]
        for version in kept:  # dlt compares only the version, so the open row stays as it is
            yield {str(columns.person): doubtful[who], VERSION: version}
    state["open"] = read
    state["at"] = run.at.isoformat()


def _by_person(columns: Columns, rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return the versions of rows by the digest of the person, or by position if the table is not about persons."""
    found: dict[str, list[str]] = {}
    for place, row in enumerate(rows):
        who = None if columns.person is None else row.get(columns.person)
        label = str(place) if columns.person is None else _digest(str(who))
        found.setdefault(label, []).append(str(row[VERSION]))
    return found


def _refuse_earlier(table: str, state: Mapping[str, Any], run: LoadRun) -> None:
    last = state.get("at")
    if last is not None and run.at < dt.datetime.fromisoformat(last):
        raise UsageError(
            "This load is earlier than the last one, but a history only moves forward",
            where=f"at, {table}",
            advice="Check the clock of this machine. Load late data as of now.",
        )


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:12]).decode()
