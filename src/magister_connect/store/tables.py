"""The tables, one schema for SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine
import json
from collections.abc import Callable, Mapping

from attrs import fields

from magister_connect.results.levels import Level
from magister_connect.results.records import Connection, Part, Result
from magister_connect.results.scores import Status

METADATA: Final = MetaData()


class Exact(TypeDecorator[Decimal]):
    """A decimal number: NUMERIC if the database has it, and text in SQLite, which does not."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use text for SQLite."""
        kind: TypeEngine[Any] = Text() if dialect.name == "sqlite" else Numeric()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> object:
        """Convert a value for the database."""
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: object, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's form
        """Convert a value of the database to a decimal."""
        return None if value is None else Decimal(str(value))


class Moment(TypeDecorator[dt.datetime]):
    """An aware moment, stored in UTC, because SQLite has no time zones."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use a type with a time zone if the database has one."""
        kind: TypeEngine[Any] = DateTime(timezone=dialect.name != "sqlite")
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Convert to UTC; naive for SQLite."""
        if value is None:
            return None
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002 - as above
        """Convert to an aware moment."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _connection_columns(*, key: bool = True) -> tuple[Column[str], Column[str]]:
    return (
        Column("product", Text, primary_key=key, nullable=False),
        Column("instellingscode", Text, primary_key=key, nullable=False),
    )


schema_version: Final = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

result: Final = Table(
    "result",
    METADATA,
    *_connection_columns(),
    Column("submission_nr", Text, primary_key=True),
    Column("stamnummer", Text, nullable=False),
    Column("stamnummer_raw", Text),
    Column("school_year", String(9), nullable=False),
    Column("test_nr", Text),
    Column("test_code", Text),
    Column("test_name", Text),
    Column("subject", Text),
    Column("skill", Text),
    Column("taken_at", DateTime),
    Column("graded_at", DateTime),
    Column("modified_at", DateTime),
    Column("cursor", Text),
    Column("level", String(10)),
    Column("level_raw", Text),
    Column("development_score", Exact),
    Column("development_score_raw", Text),
    Column("score", Exact),
    Column("score_raw", Text),
    Column("percentage", Exact),
    Column("percentage_raw", Text),
    Column("grade", Exact),
    Column("grade_raw", Text),
    Column("status", String(20)),
    Column("parts", JSON, nullable=False),
    Column("extra", JSON, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("first_stored_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("absent_since", Moment),
    Index("result_by_pupil", "stamnummer"),
    Index("result_by_year", "product", "instellingscode", "school_year"),
    Index("result_by_change", "changed_at"),
)

result_version: Final = Table(
    "result_version",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    *_connection_columns(key=False),
    Column("submission_nr", Text, nullable=False),
    Column("stamnummer", Text, nullable=False),
    Column("school_year", String(9), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("content", JSON, nullable=False),
    Column("replaced_at", Moment, nullable=False),
    Index("result_version_of", "product", "instellingscode", "submission_nr"),
)

checkpoint: Final = Table(
    "checkpoint",
    METADATA,
    *_connection_columns(),
    Column("school_year", String(9), primary_key=True),
    Column("watermark", Text),
    Column("cursor", Text),
    Column("complete", Boolean, nullable=False),
    Column("largest", BigInteger, nullable=False),
    Column("read_at", Moment),
    Column("read_whole_at", Moment),
    Column("deleted", Boolean, nullable=False),
)

quarantine: Final = Table(
    "quarantine",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    *_connection_columns(key=False),
    Column("kind", String(20), nullable=False),
    Column("identity", Text, nullable=False),
    Column("school_year", String(9), nullable=False),
    Column("reason", Text, nullable=False),
    Column("path", Text),
    Column("pupil", Text),
    Column("content", LargeBinary),
    Column("place", JSON),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_tried_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("quarantine_identity", "product", "instellingscode", "kind", "identity", unique=True),
    Index("quarantine_by_pupil", "pupil"),
)

lease: Final = Table(
    "lease",
    METADATA,
    *_connection_columns(),
    Column("token", String(64), nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

spool: Final = Table(
    "spool",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    *_connection_columns(key=False),
    Column("received_at", Moment, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

snapshot: Final = Table(
    "snapshot",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False, index=True),
    Column("type", String(100), nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

snapshot_approval: Final = Table(
    "snapshot_approval",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("approval", String(64), primary_key=True),
    Column("approved_by", String(200), nullable=False),
    Column("approved_at", Moment, nullable=False),
)

delivery: Final = Table(
    "delivery",
    METADATA,
    Column("name", String(300), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("place", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("announced_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("turn", Integer, nullable=False, default=0),
    Column("content", LargeBinary),
    Index("delivery_by_place", "name", "place"),
)

crosswalk_row: Final = Table(
    "crosswalk_row",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)


_NOT_STORED: Final = frozenset({"report_address"})  # anyone with this address can open a report with pupil data
_FIELDS: Final = tuple(each.name for each in fields(Result) if each.name not in _NOT_STORED)
_PLAIN: Final = tuple(name for name in _FIELDS if name not in {"parts", "level", "status", "extra", "findings"})
_FROM_TEXT: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(("taken_at", "graded_at", "modified_at"), dt.datetime.fromisoformat),
    **dict.fromkeys(("score", "percentage", "grade", "development_score"), Decimal),
}


_ABSENT: Final[Mapping[str, Any]] = {**dict.fromkeys(_FIELDS), "parts": [], "extra": {}, "findings": []}


def to_row(result: Result) -> dict[str, Any]:
    """Return the columns of a result for the table."""
    row: dict[str, Any] = {name: getattr(result, name) for name in _PLAIN}
    row["level"] = None if result.level is None else result.level.value
    row["status"] = None if result.status is None else result.status.value
    row["extra"] = dict(result.extra)
    row["findings"] = list(result.findings)
    row["parts"] = [_part_to_row(part) for part in result.parts]
    return row


def from_row(row: Mapping[str, Any]) -> Result:
    """Build a result from its columns. Other columns are ignored."""
    values = {name: row[name] for name in _PLAIN}
    return Result(
        **values,
        level=None if row["level"] is None else Level(row["level"]),
        status=None if row["status"] is None else Status(row["status"]),
        extra=dict(row["extra"]),
        findings=tuple(row["findings"]),
        parts=tuple(_part_from_row(part) for part in row["parts"]),
    )


def to_json_values(result: Result) -> dict[str, Any]:
    """Return the columns of a result for JSON."""
    return {name: value if _is_json(value) else _plain(value) for name, value in to_row(result).items()}


def to_json(result: Result) -> str:
    """Return a result as JSON, for the quarantine."""
    return json.dumps(to_json_values(result), ensure_ascii=False)


def from_json(text: str | bytes) -> Result:
    """Build a result from JSON."""
    return from_json_values(json.loads(text))


def from_json_values(values: Mapping[str, Any]) -> Result:
    """Build a result from its columns in JSON. An earlier version of the library stored fewer columns."""
    row = {**_ABSENT, **values}
    for name, read in _FROM_TEXT.items():
        if row[name] is not None:
            row[name] = read(row[name])
    return from_row(row)


def connection_of(row: Mapping[str, Any]) -> Connection:
    """Return the connection of a row."""
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
