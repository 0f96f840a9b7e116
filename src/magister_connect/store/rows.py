"""Results as rows of a table, and as JSON for what is kept aside."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import fields

from magister_connect.results.levels import Level
from magister_connect.results.records import Connection, Part, Result
from magister_connect.results.scores import Status

__all__ = ["connection_of", "from_json", "from_json_values", "from_row", "to_json", "to_json_values", "to_row"]

_NOT_STORED: Final = frozenset({"report_address"})  # opens a report with pupil data to whoever has it
_FIELDS: Final = tuple(each.name for each in fields(Result) if each.name not in _NOT_STORED)
_PLAIN: Final = tuple(name for name in _FIELDS if name not in {"parts", "level", "status", "extra"})
_FROM_TEXT: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(("taken_at", "graded_at", "modified_at"), dt.datetime.fromisoformat),
    **dict.fromkeys(("score", "percentage", "grade", "development_score"), Decimal),
}


def to_row(result: Result) -> dict[str, Any]:
    """The columns of a result, as the table takes them."""
    row: dict[str, Any] = {name: getattr(result, name) for name in _PLAIN}
    row["level"] = None if result.level is None else result.level.value
    row["status"] = None if result.status is None else result.status.value
    row["extra"] = dict(result.extra)
    row["parts"] = [_part_to_row(part) for part in result.parts]
    return row


def from_row(row: Mapping[str, Any]) -> Result:
    """A result from its columns; what else the row has is left aside."""
    values = {name: row[name] for name in _PLAIN}
    return Result(
        **values,
        level=None if row["level"] is None else Level(row["level"]),
        status=None if row["status"] is None else Status(row["status"]),
        extra=dict(row["extra"]),
        parts=tuple(_part_from_row(part) for part in row["parts"]),
    )


def to_json_values(result: Result) -> dict[str, Any]:
    """The columns of a result, as JSON takes them."""
    return {name: value if _is_json(value) else _plain(value) for name, value in to_row(result).items()}


def to_json(result: Result) -> str:
    """A result as JSON, for where it waits."""
    return json.dumps(to_json_values(result), ensure_ascii=False)


def from_json(text: str | bytes) -> Result:
    """A result from JSON."""
    return from_json_values(json.loads(text))


def from_json_values(values: Mapping[str, Any]) -> Result:
    """A result from what JSON kept of its columns."""
    row = dict(values)
    for name, read in _FROM_TEXT.items():
        if row[name] is not None:
            row[name] = read(row[name])
    return from_row(row)


def connection_of(row: Mapping[str, Any]) -> Connection:
    """The connection of a row."""
    return Connection(row["product"], row["instellingscode"])


def _part_to_row(part: Part) -> dict[str, Any]:
    return {
        "code": part.code,
        "name": part.name,
        "score": None if part.score is None else str(part.score),
        "percentage": None if part.percentage is None else str(part.percentage),
        "level": None if part.level is None else part.level.value,
        "level_raw": part.level_raw,
        "extra": dict(part.extra),
    }


def _part_from_row(row: Mapping[str, Any]) -> Part:
    return Part(
        code=row["code"],
        name=row["name"],
        score=None if row["score"] is None else Decimal(row["score"]),
        percentage=None if row["percentage"] is None else Decimal(row["percentage"]),
        level=None if row["level"] is None else Level(row["level"]),
        level_raw=row["level_raw"],
        extra=dict(row["extra"]),
    )


def _is_json(value: object) -> bool:
    return value is None or isinstance(value, str | list | dict)


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value)
