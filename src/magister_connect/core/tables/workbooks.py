"""Read workbooks (``.xlsx``) as values, and write them back with notes beside the rows.

A formula in a file for others is a risk: it may fetch something, and a program that does not compute it sees nothing.
So reading takes the last computed value, and refuses a formula without one. A written table contains no formulas; texts
that start with ``=`` stay texts.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from attrs import frozen

from magister_connect.core.extras import require_extra
from magister_connect.errors import DocumentInvalid, MagisterConnectError, Responsible, UsageError

T = TypeVar("T")
LARGEST: Final = 256 * 1024 * 1024
"""The most bytes that the parts of a workbook may unpack to."""
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # not allowed in XML
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[ >/]")
_AS_TEXT: Final = "Format all columns as text, and save it as CSV UTF-8 or as .xlsx."
_WIDTH: Final = 60


@frozen
class WorkbookRow:
    """A row of a sheet: its number, its values, and the positions of formulas."""

    number: int
    cells: Sequence[object]
    formulas: frozenset[int] = frozenset()


def is_workbook(content: bytes) -> bool:
    """Whether the bytes start like a workbook, which is like any zip archive."""
    return content.startswith(b"PK\x03\x04")


def read_rows(content: bytes, sheet: str | None) -> Iterator[WorkbookRow]:
    """Yield the rows of a sheet, by default the first one (extra ``xlsx``).

    Raises :class:`DocumentInvalid` for a file that is not a workbook, and for one that unpacks to more than
    :data:`LARGEST` bytes. Also raises it for a formula without a saved value. Raises :class:`UsageError` if the sheet
    does not exist.
    """
    rows = _rows(content, sheet)
    while (row := _undamaged(partial(next, rows, None))) is not None:
        yield row


def annotate(
    content: bytes,
    headers: Sequence[str],
    notes: Mapping[int, Sequence[str]],
    *,
    sheet: str | None = None,
    header_line: int = 1,
    earlier: Iterable[Sequence[str]] = (),
) -> bytes:
    """Return a copy of a workbook with notes beside its rows, in extra columns after the last one.

    ``notes`` are texts by row number, one for each of ``headers``. If the columns exist, under these headers or the
    ``earlier`` ones, they are overwritten. Formats, widths, filters and other sheets stay. Charts and drawings are lost
    (openpyxl drops them). Formulas in the sheet become values.
    """
    book, chosen = _undamaged(partial(_with_values, content, sheet))
    places = _places(chosen, header_line, headers, earlier)
    _write_notes(chosen, headers, places, notes, header_line)
    return _saved(book)


def new_workbook(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a workbook of texts. Each column is formatted as text, so that zeros stay."""
    require_extra("xlsx", "openpyxl")
    import openpyxl

    book = openpyxl.Workbook()
    chosen: Any = book.active
    for number, cells in enumerate([columns, *rows], start=1):
        for place, text in enumerate(cells, start=1):
            _put(chosen.cell(number, place), text).number_format = "@"
    chosen.freeze_panes = "A2"
    return _saved(book)


# -- with openpyxl, which publishes no types ------------------------------------------------------------------------


def _undamaged(read: Callable[[], T]) -> T:
    """Call ``read``, and translate its errors.

    For a damaged file, openpyxl and its parsers raise errors of any class, and their texts may contain values.
    """
    try:
        return read()
    except (MagisterConnectError, ImportError, Warning):
        raise
    except Exception:  # noqa: BLE001 - as above
        damage = DocumentInvalid("The file is a damaged workbook, or another kind of archive", advice=_AS_TEXT)
    raise damage


def _rows(content: bytes, sheet: str | None) -> Iterator[WorkbookRow]:
    chosen = _sheet(_opened(content, read_only=True, data_only=True), sheet)
    rows = enumerate(chosen.iter_rows(values_only=True), start=1)
    if not _has_formulas(content):
        yield from (WorkbookRow(number, cells) for number, cells in rows)
        return
    written = _sheet(_opened(content, read_only=True, data_only=False), sheet).iter_rows()
    for (number, cells), others in zip(rows, written, strict=False):
        formulas = frozenset(place for place, other in enumerate(others) if other.data_type == "f")
        for place in sorted(formulas):
            if cells[place] is None:
                raise _without_value(number, others[place].column_letter)
        yield WorkbookRow(number, cells, formulas)


def _with_values(content: bytes, sheet: str | None) -> tuple[Any, Any]:
    """Return a workbook to write and its sheet, with values instead of formulas."""
    book = _opened(content, read_only=False, data_only=False)
    chosen = _sheet(book, sheet)
    _replace_formulas(chosen, _sheet(_opened(content, read_only=False, data_only=True), sheet))
    return book, chosen


def _opened(content: bytes, *, read_only: bool, data_only: bool) -> Any:
    require_extra("xlsx", "openpyxl")
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        size = sum(part.file_size for part in parts.infolist())  # no part can unpack to more than it states
    if size > LARGEST:
        raise DocumentInvalid(f"The workbook unpacks to more than {LARGEST} bytes", advice=_AS_TEXT)
    return openpyxl.load_workbook(io.BytesIO(content), read_only=read_only, data_only=data_only, keep_links=False)


def _sheet(book: Any, name: str | None) -> Any:
    if name is not None and name not in book.sheetnames:
        raise UsageError(
            "The workbook has no such sheet", where="sheet", advice=f"Pass one of: {', '.join(book.sheetnames)}."
        )
    return book.worksheets[0] if name is None else book[name]


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/") and part.endswith(".xml")]
        return any(_FORMULA.search(parts.read(part)) for part in sheets)


def _without_value(line: int, column: str) -> DocumentInvalid:
    return DocumentInvalid(
        "A cell contains a formula whose value was not saved",
        line=line,
        where=f"column {column}",
        responsible=Responsible.SENDER,
        advice="Open the workbook in a spreadsheet program and save it, or replace the formula by its value.",
    )


def _replace_formulas(written: Any, computed: Any) -> None:
    # Only existing cells: a sheet with formatted columns has a million rows.
    for place, cell in written._cells.items():  # noqa: SLF001 - openpyxl's own way to read them creates new cells
        if cell.data_type == "f":
            value = computed.cell(*place).value
            if value is None:
                raise _without_value(cell.row, cell.column_letter)
            _put(cell, value)


def _places(chosen: Any, header_line: int, headers: Sequence[str], earlier: Iterable[Sequence[str]]) -> list[int]:
    """Return the column of each header: the existing one with that name or an earlier name, else after the last one."""
    (head,) = chosen.iter_rows(min_row=header_line, max_row=header_line)
    there = {cell.value: cell.column for cell in head if cell.value not in {None, ""}}
    places: list[int] = []
    for names in zip(headers, *earlier, strict=True):
        known = next((there[name] for name in names if name in there), None)
        places.append(known or max([*there.values(), *places], default=0) + 1)
    return places


def _write_notes(
    chosen: Any,
    headers: Sequence[str],
    places: Sequence[int],
    notes: Mapping[int, Sequence[str]],
    header_line: int,
) -> None:
    from copy import copy

    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.utils import get_column_letter

    model = chosen.cell(header_line, 1)
    for at, (name, place) in enumerate(zip(headers, places, strict=True)):
        _put(chosen.cell(header_line, place), name)._style = copy(model._style)  # noqa: SLF001 - openpyxl copies a style this way
        chosen.column_dimensions[get_column_letter(place)].width = _WIDTH
        before = {line for line, column in chosen._cells if column == place and line > header_line}  # noqa: SLF001 - as above
        for line in sorted(before.union(notes)):
            cell, texts = chosen.cell(line, place), notes.get(line)
            _put(cell, texts[at] if texts else None)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.fill = PatternFill("solid", start_color="FFF3CD") if texts else PatternFill()


def _put(cell: Any, value: object) -> Any:
    """Set a value. A text stays a text, even if it starts like a formula."""
    if isinstance(value, str):
        cell.value = _CONTROLS.sub("", value)
        cell.data_type = "s"
    else:
        cell.value = value
    return cell


def _saved(book: Any) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
