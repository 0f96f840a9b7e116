"""What nobody knows about the real service, and who may do what at this one."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from attrs import field, frozen


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

    ``accounts`` come beside the school's own account, which may do everything. ``token_lifetime`` is by the clock of
    the sandbox. ``expired``: a session that has ended is told as the server's exception, as its general failure, as a
    refusal with ``Result``, or as a web page. ``refused_function`` is told as an exception or with ``Result``, an
    ``unknown_function`` by the page of documentation, an exception or 404. ``values_ignore_case``: names of functions
    are found in any case. ``password_split``: at which ``;`` a token of user and password is divided.
    ``error_number`` is how the column with the number of a refused list is called.

    In XML, ``result`` is where ``Result`` stands, ``no_rows`` how much is left of a table without rows (its empty
    element, the parameter around it, or nothing), ``empty_cell`` whether a cell without text is there, ``xml_mark``
    whether a byte-order mark comes first. ``date_text`` is the form of dates in tables. ``missing_parameter``: what
    stands in a list for a parameter that was not given, no text or its placeholder. ``declared_type``: whether answers
    say what they are. ``csv_mark``, ``csv_quotes`` and ``line_end`` are habits of CSV and TAB.

    ``write_answer``: a write that succeeds is answered by ``Result``, by a response without anything in it, or by 200
    and no body. Those that begin with ``soap_`` are about SOAP: how truth is spelled, where ``Result`` stands, whether
    parameters have types and the answer a namespace, and whether a write is answered by ``Result``.
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
    write_answer: Literal["result", "empty", "nothing"] = "result"
    soap_true: Literal["true", "True", "1"] = "true"
    soap_result: Literal["first", "last", "absent"] = "first"
    soap_types: bool = True
    soap_namespace: bool = True
    soap_write_answer: Literal["result", "nothing"] = "nothing"
