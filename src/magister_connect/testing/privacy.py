"""Proving that a log, a report or a file holds no personal number."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from magister_connect.secrets import redact

if TYPE_CHECKING:
    import pytest

__all__ = ["assert_no_personal_numbers"]

Place: TypeAlias = tuple[str, str]  # where it is, and the text


def assert_no_personal_numbers(source: pytest.LogCaptureFixture | Path | str) -> None:
    """Raise ``AssertionError`` when a run of exactly nine digits stands in a log, a file, a folder or a text.

    From pytest's ``caplog`` every record of set-up, call and tear-down is read: its message with arguments, its
    traceback and what was added to it by ``extra=``. The error says where (logger and line of code, or file and
    line), never the number. Nine digits that are no personal number count as well: a log does not need them.
    """
    found = [place for place, text in _places(source) if redact(text) != text]
    if found:  # raised by hand: pytest adds to what an assert statement says
        raise AssertionError("a run of nine digits, as personal numbers are, stands in: " + ", ".join(found))


def _places(source: pytest.LogCaptureFixture | Path | str) -> Iterator[Place]:
    if isinstance(source, str):
        return _lines("text", source)
    if isinstance(source, Path):
        return _files(source)
    phases = (source.get_records(phase) for phase in ("setup", "call", "teardown"))
    return (place for records in phases for record in records for place in _record(record))


def _lines(name: str, text: str) -> Iterator[Place]:
    return zip((f"{name}:{number}" for number in count(1)), text.splitlines(), strict=False)


def _files(path: Path) -> Iterator[Place]:
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        yield f"the name of {redact(file.name)}", file.name
        if file.is_file():
            yield from _lines(redact(file.name), file.read_bytes().decode("utf-8", "replace"))


def _record(record: logging.LogRecord) -> Iterator[Place]:
    place = f"{record.name} ({record.filename}:{record.lineno})"
    yield place, record.getMessage()
    if record.exc_info:
        yield f"traceback of {place}", logging.Formatter().formatException(record.exc_info)
    usual = vars(logging.makeLogRecord({}))
    for name, value in vars(record).items():
        if name not in usual and name != "message":
            yield f"{name} of {place}", str(value)
