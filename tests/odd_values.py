"""Values that services and spreadsheets were seen to send where something else belongs: one table for all packages.

Each package's tests put them into its own records. The effect is the same everywhere: the record is unreadable, or the
value is repaired with a note. A whole list is never lost, and a value is never shown.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

# Bytes before or in place of characters of a reply in XML, and what they are.
HEADS: Final = {
    "a blank line": b"\n",
    "a byte-order mark": b"\xef\xbb\xbf",
    "a byte-order mark and a blank line": b"\xef\xbb\xbf\r\n",
    "a notice of PHP in HTML": b"<br />\n<b>Notice</b>:  Undefined index: nr in <b>x.php</b> on line <b>7</b><br />\n",
    "a notice of PHP in text": b"\nNotice: Undefined index: nr in x.php on line 7\n",
}

CONTROL_CHARACTERS: Final = {
    "an escape by its number": b"&#x1B;",
    "an escape in decimal": b"&#27;",
    "an escape as it is": b"\x1b",
    "a vertical tab": b"&#11;",
    "a zero": b"&#x0;",
    "half of a pair": b"&#xD83D;",
    "no character": b"&#xFFFE;",
    "no character as it is": b"\xef\xbf\xbf",
}
"""Each is one character that XML 1.0 cannot hold; it becomes U+FFFD."""

# Texts where a number, a key or a day belongs.
NUMBERS: Final = ["", " ", "10001.0", "1e4", "n.v.t.", "-1", "nummer", "#N/B", "0", "99999999999"]
DAYS: Final = ["31-02-2025", "2025-13-01", "vandaag", "45890", "1-8-25", "2025-08-01T25:00:00"]
NO_DAY: Final = [
    "",
    "1899/12/30",
    "30-12-1899",
    "1899-12-30T00:00:00",
    "0001-01-01",
    "0001-01-01T00:00:00+00:00",
    "01-01-1900",
    "0000-00-00",
    "31-12-9999",
    "9999-12-31 23:59:59.9999999",
]
"""How programs write that there is no date."""


class Unreadable:
    """What a case reads as when the record cannot be read."""


@attrs.frozen
class JsonCase:
    """A value of JSON in place of a text, a record, a list, a moment or a whole number, and what it is read as."""

    name: str
    kind: str
    value: object
    reads_as: object = Unreadable


JSON_CASES: Final = (
    JsonCase("a number for a text", "text", 7),
    JsonCase("an object for a text", "text", {"naam": "x"}),
    JsonCase("a list for a text", "text", []),
    JsonCase("null for a text", "text", None, None),
    JsonCase("a text for an object", "record", "een tekst"),
    JsonCase("a number for an object", "record", 7),
    JsonCase("true for an object", "record", True),
    JsonCase("a list for an object", "record", ["x"]),
    JsonCase("null for an object", "record", None, None),
    JsonCase("null for a list", "list", None, ()),
    JsonCase("a text for a list", "list", "een tekst"),
    JsonCase("a number for a list", "list", 7),
    JsonCase("a list of numbers", "list", [7]),
    JsonCase("a moment without a zone", "moment", "2025-08-01T08:00:00"),
    JsonCase("an empty moment", "moment", "", None),
    JsonCase("the first moment of .NET", "moment", "0001-01-01T00:00:00", None),
    JsonCase("the last moment of .NET", "moment", "9999-12-31T23:59:59.9999999Z", None),
    JsonCase("the empty date of Delphi", "moment", "1899-12-30T00:00:00Z", None),
    JsonCase("a number for a moment", "moment", 1754035200),
    JsonCase("a word for a moment", "moment", "straks"),
    JsonCase("an object for a moment", "moment", {}),
    JsonCase("a number as text", "integer", "7"),
    JsonCase("a number with .0", "integer", 7.0, 7),
    JsonCase("a number with .0 as text", "integer", "7.0"),
    JsonCase("a fraction", "integer", 7.5),
    JsonCase("true for a number", "integer", True),
)
JSON_ROWS: Final[Mapping[str, object]] = {
    "a record without its key": {},
    "null among the records": None,
    "a text among the records": "een tekst",
    "a list among the records": [],
    "a header among the records": {"id": "id"},
}
"""Whole records of a list that cannot be read, under the name of its key."""

FORMS: Final = (
    "plain",
    "sep=;",
    "byte-order mark",
    "UTF-16",
    "UTF-16 without a mark",
    "UTF-16 without a mark, big-endian",
    "commas",
    "tabs",
    'zeros kept as ="..."',
    "zeros kept as '...",
    "empty columns behind",
    "empty lines",
    "midnights",
    "workbook",
    "workbook with dates",
)


def file_of(form: str, rows: Sequence[Sequence[str]]) -> bytes:
    """One table of text, the header first, as a spreadsheet saves it in one of :data:`FORMS`."""
    if form.startswith("workbook"):
        return _workbook_of(rows, dates=form.endswith("dates"))
    change = {'zeros kept as ="..."': '="{}"', "zeros kept as '...": "'{}", "midnights": "{} 00:00:00"}.get(form, "{}")
    of = _DAY if form == "midnights" else re.compile(r"[0-9]+")
    cells = [[change.format(cell) if of.fullmatch(cell) else cell for cell in row] for row in rows]
    if form == "empty columns behind":
        cells = [[*row, "", ""] for row in cells]
    if form == "empty lines":
        cells = [cells[0], *(line for row in cells[1:] for line in ([""] * len(row), row)), [""] * len(cells[0])]
    text = io.StringIO()
    csv.writer(text, delimiter={"commas": ",", "tabs": "\t"}.get(form, ";"), lineterminator="\r\n").writerows(cells)
    head = {"sep=;": "sep=;\r\n", "byte-order mark": "\ufeff"}.get(form, "")
    encoding = {"UTF-16": "utf-16", "UTF-16 without a mark": "utf-16-le"}.get(form, "utf-8")
    return (head + text.getvalue()).encode("utf-16-be" if form.endswith("big-endian") else encoding)


_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _workbook_of(rows: Sequence[Sequence[str]], *, dates: bool) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(
            [dt.date.fromisoformat(cell) if dates and _DAY.fullmatch(cell) else cell for cell in row]
        )
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()
