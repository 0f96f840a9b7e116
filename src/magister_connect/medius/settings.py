"""Types and defaults in the signatures of the client: the forms of a table, and the lifetime of a token."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final, Literal, TypeAlias

TOKEN_LIFETIME: Final = dt.timedelta(minutes=30)


class Form(StrEnum):
    """The forms of a table response: four documented ones without HTML, and ``XMLTable`` (client code)."""

    XML = "XML"
    XML_TABLE = "XMLTable"
    CSV = "CSV"
    TAB = "TAB"


FormName: TypeAlias = Form | Literal["XML", "XMLTable", "CSV", "TAB"]
"""A form, or its name."""
