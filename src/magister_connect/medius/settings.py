"""What stands in the signatures of the client: the forms of a table, and how long a token is used."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final, Literal, TypeAlias

TOKEN_LIFETIME: Final = dt.timedelta(minutes=30)


class Form(StrEnum):
    """The forms in which a table is answered: four documented ones without HTML, and ``XMLTable`` (client code)."""

    XML = "XML"
    XML_TABLE = "XMLTable"
    CSV = "CSV"
    TAB = "TAB"


FormName: TypeAlias = Form | Literal["XML", "XMLTable", "CSV", "TAB"]
"""A form, or its name."""
