"""Check that a log, a report or a file contains no personal number.

This does not use :func:`magister_connect.core.secrets.redact`, because the check must not have the same blind spots as
the masking.
"""

from __future__ import annotations

import codecs
import logging
import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from magister_connect.errors import Responsible, UsageError

if TYPE_CHECKING:
    import pytest

__tracebackhide__ = True  # a pytest convention: a failing test shows its own lines, and the message

Place: TypeAlias = tuple[str, str]  # where it is, and the text

_MARK: Final = "[ .\u00a0\u202f-]?"  # what people write between groups of digits, including non-breaking blanks
# A match may start at every digit that begins a run, so that no number is hidden by one before it.
_NINE: Final = re.compile(rf"(?<![0-9])(?=([0-9](?:{_MARK}[0-9]){{8}})(?![0-9]))")
_EIGHT: Final = re.compile(rf"(?<![0-9])(?=([0-9]{{2}}({_MARK})[0-9]{{3}}\2[0-9]{{3}})(?![0-9]))")
_MANY: Final = re.compile(rf"[0-9](?:{_MARK}[0-9]){{7,}}")
_DAY: Final = re.compile(
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}"
)
_SECONDS: Final = re.compile(r"[0-9]{2}\.[0-9]{7}")  # a moment as .NET writes it (observed)
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def assert_no_personal_numbers(source: pytest.LogCaptureFixture | Path | str) -> None:
    """Raise ``AssertionError`` if a log, file, folder or text contains a personal number.

    Of pytest's ``caplog``, every record of set-up, call and tear-down is checked: its message with arguments, its
    traceback, and its ``extra=``. Of a folder, the file names are checked too. These count:

    - A run of exactly nine digits, the length of a BSN and an onderwijsnummer (both documented). A log does not need
      such a number.
    - Nine digits in groups, as people write them: ``111.222.333``, ``1112 22 333``.
    - Eight digits that are a BSN if a zero is added, which a spreadsheet removed; also as ``63.138.219``. A date
      (``20251120``) does not count. One in eleven of all such numbers matches, so use shorter order numbers.

    The error states the place (logger and line of code, or file and line) and the form, never the number. A number of
    the simulated school without its four zeros looks like a stamnummer and is not found. Raises ``FileNotFoundError``
    for a path that does not exist, and :class:`UsageError` for a text that is the name of a file. Pass a ``Path`` to
    check the file.
    """
    found = [f"{place} ({form})" for place, text in _places(source) if (form := _form_of_any(text))]
    if found:  # not an assert statement, because pytest adds the values to its message
        raise AssertionError(
            f"a possible personal number is in: {', '.join(found)}. "
            f"{Responsible.YOU.label}: Leave it out, or use the row or the stamnummer instead."
        )


def spelled_numbers(text: str) -> Iterator[tuple[str, str]]:
    """Yield possible personal numbers in a text: the nine digits, and the form in the text."""
    for found in _NINE.finditer(text):
        digits = _digits(found[1])
        if not _SECONDS.fullmatch(found[1]):
            yield digits, "nine digits" if digits == found[1] else "nine digits in groups"
    for found in _EIGHT.finditer(text):
        digits = _digits(found[1])
        if not _DAY.fullmatch(digits) and _is_bsn(f"0{digits}"):
            yield f"0{digits}", "a BSN without its first zero"


def _digits(spelled: str) -> str:
    return re.sub("[^0-9]", "", spelled)


def _is_bsn(digits: str) -> bool:
    from magister_connect.core.elfproef import PgnKind, kind_of

    return kind_of(digits) is PgnKind.BSN


def _form_of_any(text: str) -> str:
    return next((form for _, form in spelled_numbers(text)), "")


def _masked(text: str) -> str:
    """Return a name without its numbers, for the error."""
    return _MANY.sub("***", text)


def _places(source: pytest.LogCaptureFixture | Path | str) -> Iterator[Place]:
    if isinstance(source, str):
        _refuse_name_of_file(source)
        return _lines("text", source)
    if isinstance(source, Path):
        return _files(source)
    phases = (source.get_records(phase) for phase in ("setup", "call", "teardown"))
    return (place for records in phases for record in records for place in _record(record))


def _refuse_name_of_file(text: str) -> None:
    if os.path.exists(text):  # noqa: PTH110 - Path raises for a text that is too long for a name
        raise UsageError(
            "This text is the name of a file; the file itself was not searched",
            where="assert_no_personal_numbers",
            advice="Pass Path(...) to search the file.",
        )


def _lines(name: str, text: str) -> Iterator[Place]:
    return zip((f"{name}:{number}" for number in count(1)), text.splitlines(), strict=False)


def _files(path: Path) -> Iterator[Place]:
    path.stat()  # raises if there is nothing to check
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        yield f"the name of {_masked(file.name)}", file.name
        if file.is_file():
            yield from _lines(_masked(file.name), _decoded(file.read_bytes()))


def _decoded(content: bytes) -> str:
    """Decode a file. UTF-16, which spreadsheets call Unicode, begins with a byte-order mark."""
    return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8", "replace")


def _record(record: logging.LogRecord) -> Iterator[Place]:
    place = _masked(f"{record.name} ({record.filename}:{record.lineno})")
    yield f"the name of {place}", record.name
    yield place, record.getMessage()
    if record.exc_info:
        yield f"traceback of {place}", logging.Formatter().formatException(record.exc_info)
    usual = vars(logging.makeLogRecord({}))
    for name, value in vars(record).items():
        if name not in usual and name != "message":
            yield f"{name} of {place}", str(value)
