"""Text that people open in a spreadsheet: a cell that would be computed is made a text.

A spreadsheet program computes a cell of CSV that begins with one of these characters, and a formula may fetch something
or start a program (OWASP, "CSV Injection"). An apostrophe before it makes it a text. A file that a program reads stays
as it is, since the apostrophe would become a part of the name.
"""

from __future__ import annotations

from typing import Final

_COMPUTED: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula; numbers stay numbers."""
    return f"'{text}" if text.startswith(_COMPUTED) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text[0] in "+-" and text[1:].replace(".", "", 1).isdecimal()
