"""Make text safe for a spreadsheet, so that it does not run a cell as a formula.

A spreadsheet computes a CSV cell that starts with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return. A formula may
fetch something or start a program (OWASP, "CSV Injection"). An apostrophe in front makes the cell a text. Do not use
this for files that a program reads: the apostrophe would become part of the value.
"""

from __future__ import annotations

from typing import Final

_COMPUTED: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula. Numbers stay numbers."""
    return f"'{text}" if text.startswith(_COMPUTED) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text[0] in "+-" and text[1:].replace(".", "", 1).isdecimal()
