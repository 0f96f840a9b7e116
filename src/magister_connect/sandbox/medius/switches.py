"""What nobody knows about the real service, and who may do what at this one."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from attrs import field, frozen

__all__ = ["MediusAccount", "MediusSwitches"]


@frozen
class MediusAccount:
    """An account of the web services. Rights are given per function (``ADFuncties.GetActiveStudents``) and per list.

    ``None`` gives all there are.
    """

    username: str
    password: str = field(repr=False)
    functions: frozenset[str] | None = None
    lists: frozenset[str] | None = None


@frozen(kw_only=True)
class MediusSwitches:
    """One position for each thing that is unknown; tests of the client take all of them.

    ``accounts`` come beside the school's own account, which may do everything.
    """

    accounts: tuple[MediusAccount, ...] = ()
    token_lifetime: dt.timedelta = dt.timedelta(minutes=40)
    expired: Literal["exception", "general", "result", "html"] = "exception"
    refused_function: Literal["exception", "result"] = "exception"
    unknown_function: Literal["page", "exception", "404"] = "page"
    values_ignore_case: bool = True
    password_split: Literal["first", "last"] = "first"
    error_number: Literal["Foutcode", "Fout_nummer"] = "Foutcode"
    result: Literal["first", "last", "absent"] = "first"
    no_rows: Literal["plural", "out", "nothing"] = "plural"
    empty_cell: Literal["empty", "absent"] = "empty"
    date_text: str = "%d-%m-%Y"
    missing_parameter: Literal["empty", "kept"] = "empty"
    declared_type: bool = True
    xml_mark: bool = False
    csv_mark: bool = True
    csv_quotes: bool = True
    line_end: str = "\r\n"
    write_answer: Literal["result", "empty"] = "result"
    soap_true: Literal["true", "True", "1"] = "true"
    soap_result: Literal["first", "last", "absent"] = "first"
    soap_types: bool = True
    soap_namespace: bool = True
    soap_write_answer: Literal["result", "nothing"] = "nothing"
