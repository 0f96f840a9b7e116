"""Lists through ``Data.GetData``: the request, its parameters, and the whole response.

Parameters are sent as one text, ``naam=waarde;naam2=waarde2``. The service replaces ``#naam#`` in the SQL of the list
by the value, as text (observed). There is no way to escape ``;`` or ``=``, a ``#`` starts the next parameter, and a
``'`` ends the SQL text. So these four characters are refused, unless you allow them explicitly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Final

import attrs
from attrs import frozen

from magister_connect.core.flow import Flow, Reply
from magister_connect.core.records.unreadable import OnUnreadable, UnreadableRecords
from magister_connect.core.soap.reply import refuse_status
from magister_connect.errors import ReplyInvalid, UsageError
from magister_connect.medius.answers import Question, read_table_answer, refuse_first_row, refuse_page
from magister_connect.medius.calls import Argument, FunctionCall, argument_text
from magister_connect.medius.lesperiode import note_on_empty_list
from magister_connect.medius.session import Session, authorised, question_of
from magister_connect.medius.settings import Form, FormName
from magister_connect.medius.tables.delimited import DelimitedReader
from magister_connect.medius.tables.table import Row, Table, note_replaced

DELIMITERS: Final[Mapping[str, str]] = {Form.CSV: ";", Form.TAB: "\t"}
ENCODINGS: Final = (None, "UTF-8", "ANSI")
ENDLESS: Final = 1 << 40  # a stream is read in constant memory, so its length has no limit


_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSAFE: Final = re.compile(r"[;=#'\x00-\x1f\x7f]")


def encode_parameters(parameters: Mapping[str, Argument], *, allow_unsafe: bool = False) -> str:
    """Return the parameters as one text.

    Dates become ISO text (observed), and booleans ``1`` and ``0``. ``None`` becomes the empty text, which list authors
    use for "no filter" (client code). ``allow_unsafe`` sends ``;``, ``=``, ``#``, ``'`` and control characters
    unchanged; you are then responsible for the effect on the SQL of the list. Raises :class:`UsageError`, which names
    the parameter but not its value.
    """
    if not isinstance(parameters, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may pass text
        raise UsageError(
            "The parameters of a list must be a mapping",
            where="parameters",
            advice='Pass them as {"lesperiode": "2526"}.',
        )
    return ";".join(
        f"{_checked_name(name)}={_checked(name, value, allow_unsafe)}" for name, value in parameters.items()
    )


def decode_parameters(text: str) -> dict[str, str]:
    """Return the parameters that the service reads from the text. The last one with a name counts (inferred)."""
    pairs = (part.partition("=") for part in text.split(";") if part)
    return {name.strip(): value for name, _, value in pairs}


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError("The name of a parameter may contain only letters, digits and underscores", where=name[:40])
    return name


def _checked(name: str, value: Argument, allow_unsafe: bool) -> str:  # noqa: FBT001 - passed on unchanged
    text = argument_text(name, value)
    if not allow_unsafe and _UNSAFE.search(text):
        raise UsageError(
            "The value contains one of ; = # ' or a control character, which the service would insert into its SQL",
            where=f"parameter {name}",
            advice="Remove the character, or pass allow_unsafe=True if the SQL of the list can handle it.",
        )
    return text


@frozen
class ListQuery:
    """A list, its parameters, and the form of the response."""

    layout: str
    parameters: Mapping[str, Argument]
    form: FormName = Form.XML
    encoding: str | None = None
    quoted: bool = True
    allow_unsafe: bool = False
    huge_text: bool = False
    on_unreadable: OnUnreadable | UnreadableRecords = "raise"
    timeout: float | None = None

    @property
    def unreadable(self) -> UnreadableRecords:
        """The collector of unreadable rows."""
        return UnreadableRecords.of(self.on_unreadable)

    @property
    def policy(self) -> OnUnreadable:
        """What to do with unreadable rows."""
        return "keep" if self.unreadable.keeps else "raise"

    def call(self, *, stream: bool = False) -> FunctionCall:
        """Build the call. Raises :class:`UsageError` for known mistakes, before anything is sent."""
        if not self.layout.strip():
            raise UsageError("The name of a list is empty", where="layout")
        if self.form not in set(Form):
            raise UsageError(f"The form of a list must be one of {', '.join(Form)}", where="form")
        if self.encoding not in ENCODINGS:
            raise UsageError("The encoding must be UTF-8 or ANSI", where="encoding")
        text = encode_parameters(self.parameters, allow_unsafe=self.allow_unsafe)
        encoding = (("Encoding", self.encoding),) if self.encoding else ()
        return FunctionCall(
            "Data",
            "GetData",
            (("Layout", self.layout), ("Parameters", text), *encoding),
            form=self.form,
            timeout=self.timeout,
            stream=stream,
            limit=ENDLESS if stream else None,
            layout=self.layout,
        )

    def reader(self, place: str, unreadable: UnreadableRecords) -> DelimitedReader:
        """Return a reader for a response that is not XML."""
        return DelimitedReader(place, DELIMITERS[self.form], self.encoding, quoted=self.quoted, unreadable=unreadable)


def get_data(session: Session, query: ListQuery) -> Flow[Table]:
    """Return a whole list."""
    call = query.call()
    read = partial(_read_list, query=query, question=question_of(call, session.account))
    table = yield from authorised(session, call, read)
    table = note_on_empty_list(table, [(name, argument_text(name, value)) for name, value in query.parameters.items()])
    return _note_on_names(session, query, table)


def _note_on_names(session: Session, query: ListQuery, table: Table) -> Table:
    """Warn if a list has no rows, but had rows before with other parameter names.

    The service reports neither an unknown nor a missing parameter name (inferred).
    """
    names = frozenset(name.lower() for name in query.parameters)
    if table.rows:
        session.parameters[query.layout] = names
        return table
    usual = session.parameters.get(query.layout, names)
    if usual == names:
        return table
    usual_parameters = ", ".join(sorted(usual)) or "no parameters"
    differing = [
        f"{what} {', '.join(sorted(held))}"
        for what, held in (("lacks", usual - names), ("adds", names - usual))
        if held
    ]
    note = f"No rows: this list had rows with {usual_parameters}; this call {' and '.join(differing)}."
    return attrs.evolve(table, warnings=(*table.warnings, note))


def _read_list(reply: Reply, query: ListQuery, question: Question) -> Table:
    if query.form in DELIMITERS and not reply.body.lstrip().startswith(b"<"):
        return _read_delimited(reply, query, question)
    table = read_table_answer(reply, question, huge_text=query.huge_text, on_unreadable=query.policy)
    if query.form in DELIMITERS:
        raise ReplyInvalid(f"{query.form} was requested, but the response is XML", where=question.place)
    return table


def _read_delimited(reply: Reply, query: ListQuery, question: Question) -> Table:
    refuse_status(reply, question.place)
    refuse_page(reply, question)
    unreadable = UnreadableRecords(query.policy)
    reader = query.reader(question.place, unreadable)
    texts = [*reader.feed(reply.body), *reader.close()]
    columns = reader.columns or ()
    positions = {name: place for place, name in enumerate(columns)}
    rows = tuple([Row(positions, row) for row in texts])
    if rows:
        refuse_first_row(columns, rows[0], question)
    notes = (*reader.notes, *note_replaced(columns, texts)) if reader.notes else ()
    return Table(question.name, columns, rows, (*notes, *reader.warnings), unreadable.kept, repaired=bool(reader.notes))
