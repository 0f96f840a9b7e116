"""The answer of a function, before it is formatted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from attrs import field, frozen

from magister_connect.sandbox.medius.switches import MediusSwitches

NO_RIGHT: Final = "Gebruikersaccount heeft geen recht op deze layout!"


@frozen
class Grid:
    """A table: its name, the name of its rows, its columns and its rows."""

    plural: str
    singular: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]] = field(repr=False)


@frozen
class Answer:
    """Out-parameters in order, a table with its name, and the bool that functions return."""

    texts: tuple[tuple[str, str], ...] = ()
    out: str = "Data"
    grid: Grid | None = None
    result: bool | None = True


class DelphiError(Exception):
    """The server's own exception, with the name of its Delphi class."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


def int32(text: str) -> int:
    """Parse an argument of type Int32. The error message is that of Delphi (inferred)."""
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", text):
        raise DelphiError("EConvertError", f"'{text}' is not a valid integer value")
    return int(text)


def refused(text: str) -> Answer:
    """Return ``Result`` False with a message."""
    return Answer((("ResultMessage", text),), result=False)


def refused_list(switches: MediusSwitches) -> Answer:
    """Return number 10: no right to the list, or no such list (observed)."""
    columns = (switches.error_number, "Fout_omschrijving")
    return Answer(out="Table", grid=Grid("Regels", "Regel", columns, [("10", NO_RIGHT)]), result=False)
