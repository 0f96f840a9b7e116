"""The unknown properties of the real service, and the rights at this one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from attrs import field, frozen

from magister_connect.errors import UsageError


@frozen
class MediusAccount:
    """An account of the web services.

    Rights are given for each function (``ADFuncties.GetActiveStudents``) and each list.

    ``None`` gives all rights.
    """

    username: str
    password: str = field(repr=False)
    functions: frozenset[str] | None = None
    lists: frozenset[str] | None = None


@frozen(kw_only=True)
class MediusList:
    """A list of the school, as its author wrote it in Magister.

    ``columns`` are the aliases of its SQL, which the data dictionary may rename. ``rows`` are their texts, or a
    function that returns them for the parameters of a call. ``parameters`` are those that the SQL declares. ``plural``
    and ``singular`` name table and row in XML.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]] | Callable[[Mapping[str, str]], Sequence[tuple[str, ...]]] = field(repr=False)
    parameters: tuple[str, ...] = ()
    plural: str = "Regels"
    singular: str = "Regel"

    def rows_for(self, parameters: Mapping[str, str]) -> Sequence[tuple[str, ...]]:
        """Return the rows for these parameters.

        Raises :class:`UsageError` if a row does not have as many values as there are columns.
        """
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
    """One switch for each unknown property. Tests of the client use all positions.

    - ``lists``: the school's own lists by name, in addition to those of every sandbox. One with the same name replaces
      it.
    - ``accounts``: accounts in addition to the school's own account, which may do everything.
    - ``token_lifetime``: by the clock of the sandbox.
    - ``expired``: how an ended session is reported: as the server's exception, as its general failure, as a refusal
      with ``Result``, or as a web page.
    - ``refused_function``: an exception, or ``Result``.
    - ``unknown_function``: the documentation page, an exception, or 404.
    - ``values_ignore_case``: function names ignore case.
    - ``password_split``: the ``;`` that separates user and password in a token.
    - ``error_number``: the name of the column with the number of a refused list.

    In XML:

    - ``result``: the place of ``Result``.
    - ``no_rows``: what remains of a table without rows: its empty element, the parameter around it, or nothing.
    - ``empty_cell``: whether an empty cell has an element.
    - ``xml_mark``: whether a byte-order mark comes first.

    In tables and other formats:

    - ``date_text``: the form of dates in tables.
    - ``missing_parameter``: what a list contains for a missing parameter: no text, or its placeholder.
    - ``declared_type``: whether answers declare their media type.
    - ``csv_mark``, ``csv_quotes`` and ``line_end``: properties of CSV and TAB.

    ``write_answer``: a successful write is answered by ``Result``, by an empty response element, or by 200 without a
    body.

    For SOAP: ``soap_true`` is how true is written, ``soap_result`` where ``Result`` is. ``soap_types`` and
    ``soap_namespace`` state whether parameters have types, and the answer a namespace. ``soap_write_answer`` states
    whether a write is answered by ``Result``. ``soap_dates`` are the accepted forms of dates: only ISO 8601, or
    also those of a Dutch computer (``1-8-2025 00:00:00``). The only known client sends the latter, because its code
    uses the culture of its machine.
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
