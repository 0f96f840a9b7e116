"""Tables with a history: what a row said, from when until when (dlt's SCD2), closed only for who is really gone.

dlt closes every row that a read does not bring. So a guard stands before it (:class:`Guard`), as before every
comparison of snapshots, and whoever has a row that cannot be read keeps the rows that were open. For both, the state of
the pipeline holds the versions of the open rows by person: digests of pseudonyms, and of rows. dlt keeps that state in
the database, in one package with the rows.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen

from magister_connect.core.snapshots import Guard
from magister_connect.errors import SnapshotStopped, UsageError
from magister_connect.warehouse.columns import Columns, Row
from magister_connect.warehouse.privacy import Keys

VERSION: Final = "row_version"
PERIOD: Final = ("valid_from", "valid_to")
UNCOUNTED: Final = frozenset({"mutatiedatum", "last_modified"})
"""Columns whose change alone is no change of the row."""


@frozen
class Night:
    """One load: of when it is, with which keys, how much may be gone, and what a person has approved."""

    at: dt.datetime
    keys: Keys
    guard: Guard = field(factory=Guard)
    approvals: frozenset[str] = frozenset()

    def require(self, table: str, before: Collection[str], after: Collection[str]) -> None:
        """Raise :class:`SnapshotStopped` where so many are gone that nothing of the table may be closed."""
        if not before:
            return
        objections = self.guard.objections({table: before}, {table: {key: {} for key in after}})
        told = json.dumps([table, *sorted(after)])
        approval = hashlib.sha256(told.encode()).hexdigest()[:16]
        if not objections or approval in self.approvals:
            return
        stop = SnapshotStopped(f"This differs too much from the last load: {', '.join(objections)}", where=table)
        stop.approval = approval
        stop.advice = f"{stop.advice} If it is right: school_source(..., approvals=[{approval!r}])."
        raise stop


def hints_of(columns: Columns, night: Night, part: Iterable[str]) -> dict[str, Any]:
    """What dlt needs to know of a table with a history; only rows that say the same in ``part`` are closed."""
    return {
        "table_name": columns.table,
        "write_disposition": {
            "disposition": "merge",
            "strategy": "scd2",
            "row_version_column_name": VERSION,
            "validity_column_names": list(PERIOD),
            "boundary_timestamp": night.at.isoformat(),
        },
        "columns": columns.hints,
        "merge_key": tuple(part),
    }


def versioned(rows: Iterable[Row]) -> list[Row]:
    """The rows, each with the digest of what it says; one that comes twice comes once.

    What is empty does not count, so that a new column of a list is a change for those only who have a value in it.
    """
    found: dict[str, Row] = {}
    for row in rows:
        told = [(name, str(value)) for name, value in row.items() if value is not None and name not in UNCOUNTED]
        row[VERSION] = _digest(json.dumps(sorted(told)))
        found.setdefault(str(row[VERSION]), row)
    return list(found.values())


def close_who_left(
    columns: Columns, rows: Sequence[Row], uncertain: Collection[str | None], state: dict[str, Any], night: Night
) -> Iterator[Row]:
    """Rows to add to those that were read, so that dlt closes the rows of nobody who may still be there.

    ``uncertain`` are the pseudonyms of persons of whom a row cannot be read. Raises :class:`SnapshotStopped` where the
    guard objects, and :class:`UsageError` for a load of an earlier moment than the last one.
    """
    _refuse_earlier(columns.table, state, night)
    known: Mapping[str, list[str]] = state.get("open", {})
    doubtful = {_digest(each): each for each in uncertain if each is not None}
    read = _by_person(columns, rows)
    night.require(columns.table, known.keys() - doubtful.keys(), read.keys())
    for who in doubtful.keys() & known.keys():
        kept = [version for version in known[who] if version not in read.get(who, ())]
        read[who] = [*read.get(who, ()), *kept]
        for version in kept:  # dlt looks at nothing but the version: the row is open, and stays as it is
            yield {str(columns.person): doubtful[who], VERSION: version}
    state["open"] = read
    state["at"] = night.at.isoformat()


def _by_person(columns: Columns, rows: Sequence[Row]) -> dict[str, list[str]]:
    """The versions of rows by the digest of whom they are about; by their places where a table is about nobody."""
    found: dict[str, list[str]] = {}
    for place, row in enumerate(rows):
        who = None if columns.person is None else row.get(columns.person)
        label = str(place) if columns.person is None else _digest(str(who))
        found.setdefault(label, []).append(str(row[VERSION]))
    return found


def _refuse_earlier(table: str, state: Mapping[str, Any], night: Night) -> None:
    last = state.get("at")
    if last is not None and night.at < dt.datetime.fromisoformat(last):
        raise UsageError(
            "This load is earlier than the last one, but a history only moves forward",
            where=f"at, {table}",
            advice="Check the clock of this machine. Load late data as of now.",
        )


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:12]).decode()
