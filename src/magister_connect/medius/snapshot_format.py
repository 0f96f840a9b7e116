"""How tables and records of Medius are kept as snapshots, and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from magister_connect.core.snapshots import RecordsByKey, SnapshotFormat
from magister_connect.core.unreadable import unreadable_keys
from magister_connect.errors import UsageError
from magister_connect.medius.tables.diff import TableDiff, diff, values_of
from magister_connect.medius.tables.table import Records, Table


def _write(value: Table | Records[Any]) -> bytes:
    return value.to_json(reveal=True).encode()


def _read_table(content: bytes, _kind: type[Any] | None) -> Table:
    return Table.from_dict(json.loads(content))


def _read_records(content: bytes, kind: type[Any] | None) -> Records[Any]:
    data = json.loads(content)
    if kind is None and data["records"]:
        raise UsageError(
            "Records can be read as a class only", where="snapshots", advice="Name it: last(name, Student)."
        )
    return Records.from_dict(data, kind or dict)


def _records(value: Iterable[Any], key: str) -> RecordsByKey:
    found: dict[str, object] = {}
    for number, row in enumerate(value, start=1):
        values = values_of(row)
        if key not in values:
            raise UsageError(f"The record has no {key} to compare it by", where=f"row {number}")
        if values[key] not in {None, ""}:
            found[str(values[key])] = row
    return {"records": found}


def _diff(old: Iterable[Any], new: Iterable[Any], key: str) -> TableDiff[Any]:
    return diff(old, new, key=key)


FORMATS: Final = (
    SnapshotFormat(Table, _write, _read_table, _records, unreadable_keys, _diff),
    SnapshotFormat(Records, _write, _read_records, _records, unreadable_keys, _diff, key="stamnummer"),
)
