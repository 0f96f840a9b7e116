"""What nobody knows about the real service, and who may do what at this one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from attrs import field, frozen

from magister_connect.errors import UsageError


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
class MediusList:
    """A list of the school's own, as its author wrote it in Magister.

    ``columns`` are the aliases of its SQL, which the data dictionary may relabel, and ``rows`` their texts, or a
    function that returns them for the parameters of a call. ``parameters`` are those that its SQL declares. ``plural``
    and ``singular`` name table and row in XML.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]] | Callable[[Mapping[str, str]], Sequence[tuple[str, ...]]] = field(repr=False)
    parameters: tuple[str, ...] = ()
    plural: str = "Regels"
    singular: str = "Regel"

    def rows_for(self, parameters: Mapping[str, str]) -> Sequence[tuple[str, ...]]:
        """The rows for these parameters. Raises :class:`UsageError` for a row that is not as wide as the columns."""
        found = self.rows(parameters) if callable(self.rows) else self.rows
        wrong = next((place for place, row in enumerate(found) if len(row) != len(self.columns)), None)
        if wrong is not None:
            raise UsageError(
                f"A row does not have one text for each of the {len(self.columns)} columns",
                where=f"MediusList, row {wrong}",
                advice="Pass one text for each column, and an empty text for no value.",
            )
        return found


@frozen(kw_only=True)
class MediusSwitches:
    """One position for each thing that is unknown; tests of the client take all of them.

    ``lists`` are a school's own lists by name, beside those that every sandbox has; one of the same name replaces it.
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
    parameters have types and the answer a namespace, and whether a write is answered by ``Result``. ``soap_dates`` are
    the forms of dates that a write takes: ISO 8601 alone, or also those of a Dutch computer (``1-8-2025 00:00:00``),
    which the only known caller sends (its code formats them by the culture of its machine).
    """

    accounts: tuple[MediusAccount, ...] = ()
    lists: Mapping[str, MediusList] = field(factory=dict)
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
    soap_dates: Literal["iso", "dutch"] = "iso"
    soap_write_answer: Literal["result", "nothing"] = "nothing"
