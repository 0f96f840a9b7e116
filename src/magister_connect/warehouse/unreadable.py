"""A table of what could not be read: place, path and reason, and never a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final, Protocol

from magister_connect.warehouse.columns import Row

TABLE: Final = "unreadable"


class UnreadableRecord(Protocol):
    """A record that could not be read."""

    @property
    def place(self) -> str:
        """The place of the record."""
        ...

    @property
    def path(self) -> str:
        """The path of the value that does not fit."""
        ...

    @property
    def reason(self) -> str:
        """What was expected."""
        ...


def rows_of(school: str, table: str, unreadable: Iterable[UnreadableRecord], at: dt.datetime) -> list[Row]:
    """Return a row for each record that could not be read."""
    return [
        {
            "read_at": at,
            "school": school,
            "table_name": table,
            "place": each.place,
            "path": each.path,
            "reason": each.reason,
        }
        for each in unreadable
    ]


def hints() -> dict[str, Any]:
    """Return the settings of dlt for the table."""
    key = ("read_at", "school", "table_name", "place", "path")
    texts = {name: {"data_type": "text"} for name in ("school", "table_name", "place", "path", "reason")}
    return {
        "table_name": TABLE,
        "write_disposition": "merge",
        "primary_key": key,
        "columns": {"read_at": {"data_type": "timestamp", "timezone": True}, **texts},
    }
