"""Read tables of text from spreadsheets: CSV in all common forms, and workbooks.

Text never becomes a number (``00001`` stays). Cells that a spreadsheet marked as text lose that mark: ``="063138219"``
and ``'063138219`` are read as the text inside. Common habits of exports are accepted: a first line ``sep=;``, lines of
only delimiters, and UTF-16 without a byte-order mark. Columns without name or content after the last one are accepted
too.

A workbook contains numbers as well as texts. A number has lost its leading zeros. It is read as its digits, with a
warning that names the column.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from magister_connect.core.boundary import file_boundary
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.tables.workbooks import is_workbook, read_rows
from magister_connect.errors import DocumentInvalid, Responsible, UsageError

_DELIMITERS: Final = (";", ",", "\t")
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_DELIMITER_LINE: Final = re.compile(r"\A\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_KEPT_AS_TEXT: Final = re.compile(r"=\"(.*)\"|'([0-9][0-9.,/ -]*)", re.DOTALL)
_SAMPLE: Final = 400
_LARGEST_WORKBOOK: Final = 256 * 1024 * 1024  # bytes; a school with 5,000 rows takes some 2 MB unpacked
_AS_TEXT: Final = "Format all columns as text, and save it as CSV UTF-8 or as .xlsx."


@frozen(repr=False)
class TextRow(MaskedRepr):
    """One row: the line on which it starts (the header is line 1), and its cells by column name."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        """Return the cell, or an empty text if the table has no such column."""
        return self.cells.get(column, "")

    def __repr__(self) -> str:
        return f"<TextRow on line {self.line}: {len(self.cells)} cells>"


@frozen(repr=False)
class TextTable(MaskedRepr):
    """Column names and rows, as in the file. ``warnings`` name columns with possibly damaged cells."""

    columns: tuple[str, ...]
    rows: tuple[TextRow, ...]
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[TextRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<TextTable: {len(self.rows)} rows under {', '.join(self.columns)}>"


@file_boundary.around
def read_text_table(
    source: str | os.PathLike[str] | bytes,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    header_line: int = 1,
) -> TextTable:
    """Read a path or bytes: CSV, or a workbook (``.xlsx``, with the extra ``xlsx``).

    - ``encoding``: by default UTF-8 with or without byte-order mark, or UTF-16.
    - ``delimiter``: by default the one in a first line ``sep=;``, else the most frequent of ``;``, ``,`` and tab in the
      header.
    - ``sheet``: the name of a sheet in a workbook. By default the first one.
    - ``header_line``: the line with the column names, for tables with a title above them.

    Lines without any cell are left out, and so are columns without name and cells. Raises :class:`DocumentInvalid` with
    the line, and :class:`FileNotFoundError`.
    """
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    if is_workbook(content):
        return _table(_from_header(header_line, _rows_of_workbook(content, sheet)))
    if content.startswith(_OLD_WORKBOOK):
        raise DocumentInvalid("The file is a workbook of an old spreadsheet program, not text", advice=_AS_TEXT)
    return _table(_from_header(header_line, _rows_of_text(_decoded(content, encoding), delimiter, header_line)))


def write_text_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return CSV with a header. It starts with a byte-order mark, so that spreadsheets recognise UTF-8."""
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


# -- from bytes to lines of cells -----------------------------------------------------------------------------------


@frozen
class _Line:
    number: int
    cells: Sequence[object]
    formulas: frozenset[int] = frozenset()


def _decoded(content: bytes, encoding: str | None) -> str:
    chosen = encoding or _encoding_of(content)
    try:
        return content.decode(chosen)
    except UnicodeDecodeError:
        pass
    except LookupError:
        raise UsageError(
            "There is no such encoding", where="encoding", advice="Pass one such as 'utf-8' or 'cp1252'."
        ) from None
    raise DocumentInvalid(
        f"The file is not in the encoding {chosen}",
        responsible=Responsible.YOU,
        advice="Pass its encoding, such as encoding='cp1252' for a file of an older spreadsheet program.",
    )


def _encoding_of(content: bytes) -> str:
    if content.startswith(_UTF16_MARKS):
        return "utf-16"
    sample = content[:_SAMPLE]
    zeros = [sample[start::2].count(0) for start in (0, 1)]
    if max(zeros) * 4 > len(sample):  # in UTF-16, half of the bytes of Latin letters are zero
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return "utf-8-sig"


def _rows_of_text(text: str, delimiter: str | None, header_line: int) -> Iterator[_Line]:
    if delimiter is not None and len(delimiter) != 1:
        raise UsageError(
            "A delimiter is one character", where="delimiter", advice="Pass one such as ';', ',' or a tab."
        )
    first = 1
    if named := _DELIMITER_LINE.match(text):
        text, delimiter, first = text[named.end() :], delimiter or named[1], 2
    header = next(islice(text.split("\n", header_line), max(header_line - first, 0), None), "")
    mark = delimiter or max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    line = first
    try:
        for cells in reader:
            yield _Line(line, cells)
            line = reader.line_num + first
    except csv.Error:
        raise DocumentInvalid(
            "A quotation mark is in the wrong place",
            line=reader.line_num + first - 1,
            advice="Double a quotation mark inside a cell, and close the cell that was opened.",
        ) from None


def _rows_of_workbook(content: bytes, sheet: str | None) -> Iterator[_Line]:
    return (_Line(row.number, row.cells, row.formulas) for row in read_rows(content, sheet))


def _from_header(header_line: int, lines: Iterator[_Line]) -> Iterator[_Line]:
    return (line for line in lines if line.number >= header_line)


# -- from lines of cells to a table ---------------------------------------------------------------------------------


@define
class _SuspectCells:
    """Line numbers of cells that are numbers or formulas, by column."""

    numbers: dict[str, list[int]] = field(factory=dict)
    formulas: dict[str, list[int]] = field(factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        numbers = (
            f"{len(lines)} cells of the column {name} are numbers, the first on line {lines[0]}: their leading zeros "
            "are lost. Format the column as text."
            for name, lines in self.numbers.items()
        )
        formulas = (
            f"{len(lines)} cells of the column {name} are formulas, the first on line {lines[0]}: their last "
            "computed values are read. Replace the formulas by values."
            for name, lines in self.formulas.items()
        )
        return (*numbers, *formulas)


def _table(lines: Iterator[_Line]) -> TextTable:
    head = next(lines, None)
    names = [_text(cell).strip() for cell in head.cells] if head else []
    while names and not names[-1]:
        names.pop()
    if head is None or not names or len(set(names)) != len(names) or not all(names):
        advice = "Fill the first line with the names of the columns, each of them once."
        raise DocumentInvalid("Each column needs its own name", line=head.number if head else 1, advice=advice)
    suspects = _SuspectCells()
    rows = [_row(line, names, suspects) for line in lines if any(map(_text, line.cells))]
    return TextTable(tuple(names), tuple(rows), suspects.warnings)


def _row(line: _Line, names: Sequence[str], suspects: _SuspectCells) -> TextRow:
    cells = list(line.cells)
    while len(cells) > len(names) and not _text(cells[-1]):
        cells.pop()
    if len(cells) != len(names):
        raise DocumentInvalid(
            f"{len(names)} cells were expected, but there are {len(cells)}",
            line=line.number,
            advice="Put a cell with a delimiter in it between quotation marks; a short last line was cut off.",
        )
    for place, (name, cell) in enumerate(zip(names, cells, strict=True)):
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            suspects.numbers.setdefault(name, []).append(line.number)
        if place in line.formulas:
            suspects.formulas.setdefault(name, []).append(line.number)
    return TextRow(line.number, FrozenDict(zip(names, map(_text, cells), strict=True)))


def _text(cell: object) -> str:
    """Return the text of a cell, without the marks by which a spreadsheet keeps it text."""
    if isinstance(cell, str):
        kept = _KEPT_AS_TEXT.fullmatch(cell)
        return cell if kept is None else kept[1] if kept[1] is not None else kept[2]
    write = next((write for kind, write in _WRITERS.items() if isinstance(cell, kind)), str)
    return "" if cell is None else write(cell)


_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {
    bool: str,
    float: lambda value: f"{value:.0f}" if value.is_integer() else repr(value),
    dt.datetime: lambda value: value.isoformat(" ") if value.time() != dt.time() else value.date().isoformat(),
    dt.date: lambda value: value.isoformat(),
}
