"""The formats of an answer: XML, XMLTable, CSV, TAB and, by default, HTML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from html import escape as escape_html
from typing import Final
from xml.sax.saxutils import escape

from magister_connect.sandbox.medius.answer import Answer, DelphiError, Grid
from magister_connect.sandbox.medius.switches import MediusSwitches

FORMS: Final = ("HTML", "XML", "CSV", "TAB", "XMLTABLE")
_TYPES: Final = {
    "XML": "text/xml; charset=utf-8",
    "XMLTABLE": "text/xml; charset=utf-8",
    "CSV": "text/csv",
    "TAB": "text/tab-separated-values",
    "HTML": "text/html",
}
MARK: Final = "\ufeff"


def formed(answer: Answer, form: str, encoding: str, switches: MediusSwitches) -> tuple[bytes, str]:
    """Return the body of an answer and its media type."""
    body = _body(answer, form, encoding, switches)
    if not switches.declared_type:
        return body, "application/octet-stream"
    ansi = form in {"CSV", "TAB"} and encoding.upper() == "ANSI"
    return body, f"{_TYPES[form]}; charset=windows-1252" if ansi else _TYPES[form]


def broken(error: DelphiError, form: str, switches: MediusSwitches) -> tuple[bytes, str]:
    """Format the server's exception. XML was observed, the other formats are inferred from it."""
    if form in {"XML", "XMLTABLE"}:
        text = f"<Exception>{escape(error.kind)}</Exception><ExceptionMsg>{escape(error.text)}</ExceptionMsg>"
        return _xml(f"<Response>{text}</Response>", switches), _TYPES["XML"]
    grid = Grid("Regels", "Regel", ("Exception", "ExceptionMsg"), [(error.kind, error.text)])
    return formed(Answer(out="Table", grid=grid), form, "", switches)


def _body(answer: Answer, form: str, encoding: str, switches: MediusSwitches) -> bytes:
    if form == "XML":
        return _xml(f"<Response>{''.join(_outs(answer, switches))}</Response>", switches)
    if form == "XMLTABLE":
        head = '<?xml version="1.0" encoding="utf-8"?>'
        return _xml(head + _table(answer.grid or _texts_as_grid(answer), switches), switches)
    if form == "HTML":
        return _html(answer).encode()
    text = _delimited(answer.grid or _texts_as_grid(answer), ";" if form == "CSV" else "\t", switches)
    if encoding.upper() == "ANSI":
        return text.encode("cp1252", "replace")
    return (MARK + text if switches.csv_mark else text).encode()


def _xml(text: str, switches: MediusSwitches) -> bytes:
    return (MARK + text if switches.xml_mark else text).encode()


def _outs(answer: Answer, switches: MediusSwitches) -> Iterator[str]:
    """Yield every out-parameter under its own name, with the result before or after them."""
    shown = answer.result is not None and (switches.result != "absent" or answer.grid is None or not answer.result)
    result = f"<Result>{answer.result}</Result>" if shown else ""
    if switches.result != "last":
        yield result
    for name, text in answer.texts:
        yield f"<{name}>{escape(text)}</{name}>"
    if answer.grid is not None:
        yield from _out_table(answer.out, answer.grid, switches)
    if switches.result == "last":
        yield result


def _out_table(out: str, grid: Grid, switches: MediusSwitches) -> Iterator[str]:
    if grid.rows or switches.no_rows == "plural":
        yield f"<{out}>{_table(grid, switches)}</{out}>"
    elif switches.no_rows == "out":
        yield f"<{out}/>"


def _table(grid: Grid, switches: MediusSwitches) -> str:
    leave_out = switches.empty_cell == "absent"
    rows = (
        "".join(
            f"<{column}>{escape(cell)}</{column}>"
            for column, cell in zip(grid.columns, row, strict=True)
            if cell or not leave_out
        )
        for row in grid.rows
    )
    inside = "".join(f"<{grid.singular}>{row}</{grid.singular}>" for row in rows)
    return f"<{grid.plural}>{inside}</{grid.plural}>"


def _texts_as_grid(answer: Answer) -> Grid:
    names = ("Result", *(name for name, _ in answer.texts))
    return Grid("Regels", "Regel", names, [(str(answer.result), *(text for _, text in answer.texts))])


def _delimited(grid: Grid, delimiter: str, switches: MediusSwitches) -> str:
    lines: Iterable[tuple[str, ...]] = [grid.columns, *grid.rows]
    if not switches.csv_quotes:
        return "".join(delimiter.join(line) + switches.line_end for line in lines)
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=switches.line_end).writerows(lines)
    return text.getvalue()


def _html(answer: Answer) -> str:
    """Return a page with one cell for each value. The name of the parameter is the last attribute of its tag.

    The layout of tables is unknown.
    """
    texts = (("Result", str(answer.result)), *answer.texts)
    cells = "\n".join(f' <tr><td class="value" id="{name}">{escape_html(text)}</td></tr>' for name, text in texts)
    return f"<html><body>\n<table>\n{cells}\n</table>\n{_html_grid(answer.grid)}</body></html>\n"


def _html_grid(grid: Grid | None) -> str:
    if grid is None:
        return ""
    lines = ["".join(f"<td>{escape_html(cell)}</td>" for cell in row) for row in grid.rows]
    head = "".join(f"<th>{escape_html(column)}</th>" for column in grid.columns)
    return "<table>\n" + "\n".join(f"<tr>{line}</tr>" for line in [head, *lines]) + "\n</table>\n"
