"""Tables that people edit: CSV, and what a spreadsheet saves as text. Every cell stays the text that it is.

Nothing is turned into a number on the way in, so that ``0011`` stays ``0011`` (measured: pandas and polars do
otherwise). The byte-order mark of Magister's own lists and of spreadsheets is no part of the first name (observed).
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import field, frozen

from magister_connect.errors import DocumentInvalid, Move, UsageError

__all__ = ["TextRow", "TextTable", "read_text_table", "write_text_table"]

_DELIMITERS: Final = (";", ",", "\t")
_WORKBOOK_MARKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods, and xls
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@frozen
class TextRow:
    """One row: the line on which it begins (the header is line 1), and its cells by column."""

    line: int
    cells: Mapping[str, str] = field(repr=False)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        """The cell, or nothing where the table has no such column."""
        return self.cells.get(column, "")


@frozen
class TextTable:
    """Column names and rows, as they stood in the file."""

    columns: tuple[str, ...]
    rows: tuple[TextRow, ...] = field(repr=False)

    def __iter__(self) -> Iterator[TextRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def read_text_table(
    source: str | os.PathLike[str] | bytes, *, delimiter: str | None = None, encoding: str | None = None
) -> TextTable:
    """Read a path or bytes. Raises :class:`DocumentInvalid` with the line, and :class:`FileNotFoundError`.

    The encoding is UTF-8 with or without mark, or UTF-16 with mark, unless told; the delimiter is the one of ``;``,
    ``,`` and tab that the header has most of, unless told. Lines without any cell are left out.
    """
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    if content.startswith(_WORKBOOK_MARKS):
        raise DocumentInvalid(
            "It is a workbook of a spreadsheet, or an archive, and no text",
            advice="Format all columns as text, and save it as CSV UTF-8.",
        )
    text = _decoded(content, encoding)
    header, _, _ = text.partition("\n")
    if delimiter is not None and len(delimiter) != 1:
        raise UsageError("A delimiter is one character", where="delimiter", advice="Such as ';', ',' or a tab.")
    mark = delimiter or max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        return _table(reader)
    except csv.Error:
        raise DocumentInvalid(
            "A quotation mark stands where none may",
            line=reader.line_num,
            advice="Double a quotation mark inside a cell, and close the cell that was opened.",
        ) from None


def write_text_table(columns: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """CSV with a header; the text begins with a byte-order mark, by which spreadsheets know UTF-8."""
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _decoded(content: bytes, encoding: str | None) -> str:
    chosen = encoding or ("utf-16" if content.startswith(_UTF16_MARKS) else "utf-8-sig")
    try:
        return content.decode(chosen)
    except UnicodeDecodeError:
        pass
    except LookupError:
        raise UsageError("There is no such encoding", where="encoding", advice="Such as 'utf-8' or 'cp1252'.") from None
    raise DocumentInvalid(
        f"It is not in the encoding {chosen}",
        move=Move.YOURS,
        advice="Name its encoding, such as encoding='cp1252' for what an older spreadsheet saves.",
    )


def _table(reader: Iterator[list[str]]) -> TextTable:
    columns = tuple(name.strip() for name in next(reader, ()))
    if not columns or len(set(columns)) != len(columns) or not all(columns):
        advice = "The first line holds the names of the columns: fill it, and name no column twice."
        raise DocumentInvalid("Each column needs a name of its own", line=1, advice=advice)
    rows: list[TextRow] = []
    line = 2
    for cells in reader:
        if any(cells):
            if len(cells) != len(columns):
                raise DocumentInvalid(
                    f"{len(columns)} cells were expected and {len(cells)} are there",
                    line=line,
                    advice="Put a cell with a delimiter in it between quotation marks; a short last line was cut off.",
                )
            rows.append(TextRow(line, dict(zip(columns, cells, strict=True))))
        line = int(getattr(reader, "line_num", line)) + 1
    return TextTable(columns, tuple(rows))
