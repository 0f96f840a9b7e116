"""Values that services and spreadsheets were seen to send where something else belongs: one table for all packages.

Each package's tests put them into its own records. What they do to a record is the same everywhere: the record is
unreadable, or the value is repaired with a note; never is a whole list lost, and never is a value shown.
"""

from typing import Final

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

# JSON values where something else belongs: an optional text, an optional record, a list, a moment.
JSON_MISFITS: Final = {
    "text": [7, True, {}, [], {"naam": "x"}],
    "record": ["een tekst", 7, True, [], ["x"]],
    "list": ["een tekst", 7, {}, [7]],
    "moment": ["", "2025-08-01T08:00:00", "0001-01-01T00:00:00", 1754035200, "straks", {}],
    "integer": ["7", 7.5, "7.0", True, {}, []],
}
