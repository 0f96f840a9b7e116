"""How a table shows in a notebook: its first rows, with columns that may identify a person masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice
from typing import Final

from magister_connect.secrets import MASK, redact

__all__ = ["html_table", "identifies"]

MOST_ROWS: Final = 10
_IDENTIFYING: Final = re.compile(
    r"naam|namen|name|initials|prefix|tussenv|voorletters|adres|straat|street|huisn|house|postcode|postal|plaats|city"
    r"|woon|geb|birth|bsn|nummer|stamn|stam_|mail|tel|mobiel|gsm|phone|login|account|_nr$|^nr|b_num|volnr|rfid|vrij"
    r"|foto|iban|mentor|ouder|verzorger|memo|opmerking|tekst|extra|kluiscode|^id|key|token|password|sessi",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"\S+@\S+")


def identifies(column: str) -> bool:
    """Whether a column of this name may tell who somebody is; cautious, so that it masks rather too much."""
    return bool(_IDENTIFYING.search(column))


def html_table(
    name: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]], count: int, warnings: Sequence[str]
) -> str:
    """An HTML table of the first rows; addresses of e-mail and runs of nine digits are masked in every column."""
    masked = [identifies(column) for column in columns]
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{_cells(row, masked)}</tr>" for row in islice(rows, MOST_ROWS))
    notes = "".join(f"<p>{escape(warning)}</p>" for warning in warnings)
    caption = f"{escape(name)}: {count} rows, {len(columns)} columns"
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def _cells(row: tuple[str, ...], masked: Sequence[bool]) -> str:
    return "".join(
        f"<td>{MASK if hidden and text else escape(_MAIL.sub(MASK, redact(text)))}</td>"
        for text, hidden in zip(row, masked, strict=True)
    )
