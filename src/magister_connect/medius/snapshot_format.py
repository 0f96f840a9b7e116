"""How tables and records of Medius are stored as snapshots and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import attrs

from magister_connect.core.records.serialization import values_of
from magister_connect.core.records.unreadable import shown_keys
from magister_connect.core.snapshots import RecordsByKey, SnapshotFormat
from magister_connect.errors import UsageError
from magister_connect.medius.tables.diff import TableDiff, carried_over, diff, without_key
from magister_connect.medius.tables.table import Records, Row, Table


def _write(value: Table | Records[Any]) -> bytes:
    return value.to_json(reveal=True).encode()


def _read_table(content: bytes, _kind: type[Any] | None) -> Table:
    return Table.from_dict(json.loads(content))


def _read_records(content: bytes, kind: type[Any] | None) -> Records[Any]:
    data = json.loads(content)
    if kind is None and data["records"]:
        raise UsageError(
            "Records can only be read with their class",
            where="snapshots",
            advice="Pass the class: last(name, Student).",
        )
    return Records.from_dict(data, kind or dict)


def _records(value: Iterable[Any], key: str) -> RecordsByKey:
    found: dict[str, object] = {}
    for number, row in enumerate(value, start=1):
        values = values_of(row)
        if key not in values:
            raise without_key(key, number, values)
        if values[key] not in {None, ""}:
            found[str(values[key])] = row
    return {"records": found}


def _diff(old: Iterable[Any], new: Iterable[Any], key: str) -> TableDiff[Any]:
    return diff(old, new, key=key)


def _uncertain(value: object, key: str) -> frozenset[object]:
    return shown_keys(value, key)[0]


def _carried_table(old: Table | None, new: Table, key: str) -> Table:
    positions = {name: place for place, name in enumerate(new.columns)}
    rows = [
        Row(positions, tuple(row.get(name, "") for name in new.columns)) for row in carried_over(old or (), new, key)
    ]
    return attrs.evolve(new, rows=(*new.rows, *rows), unreadable=())


def _carried_records(old: Records[Any] | None, new: Records[Any], key: str) -> Records[Any]:
    return Records([*new, *carried_over(old or (), new, key)], name=new.name, warnings=new.warnings)


FORMATS: Final = (
    SnapshotFormat(Table, _write, _read_table, _records, _uncertain, _diff, carried=_carried_table),
    SnapshotFormat(
        Records, _write, _read_records, _records, _uncertain, _diff, key="stamnummer", carried=_carried_records
    ),
)
