"""Lists, through ``Data.GetData``: whole, or row by row while the answer is still arriving."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from attrs import frozen

from magister_connect.core.flow import Flow, Reply
from magister_connect.core.soap.reply import refuse_status
from magister_connect.errors import ReplyInvalid, UsageError
from magister_connect.medius.answers import Question, read_table_answer, refuse_first_row, refuse_page
from magister_connect.medius.calls import Argument, Form, FunctionCall, argument_text
from magister_connect.medius.lesperiode import note_on_empty_list
from magister_connect.medius.session import Session, authorised, question_of
from magister_connect.medius.tables.delimited import DelimitedReader
from magister_connect.medius.tables.parameters import encode_parameters
from magister_connect.medius.tables.table import Row, Table

DELIMITERS: Final[Mapping[str, str]] = {Form.CSV: ";", Form.TAB: "\t"}
ENCODINGS: Final = (None, "UTF-8", "ANSI")
ENDLESS: Final = 1 << 40  # a stream is read in constant memory, whatever its length


@frozen
class ListQuery:
    """A list, its parameters, and the form of the answer."""

    layout: str
    parameters: Mapping[str, Argument]
    form: str = Form.XML
    encoding: str | None = None
    quoted: bool = True
    allow_unsafe: bool = False
    huge_text: bool = False
    timeout: float | None = None

    def call(self, *, stream: bool = False) -> FunctionCall:
        """The call. Raises :class:`UsageError` for what is known to be wrong before it is sent."""
        if not self.layout.strip():
            raise UsageError("The name of a list is empty", where="layout")
        if self.form not in set(Form):
            raise UsageError(f"A list can be had as {', '.join(Form)}", where="form")
        if self.encoding not in ENCODINGS:
            raise UsageError("The encodings are UTF-8 and ANSI", where="encoding")
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

    def reader(self, place: str) -> DelimitedReader:
        """A reader for the answer, where it is no XML."""
        return DelimitedReader(place, DELIMITERS[self.form], self.encoding, quoted=self.quoted)


def get_data(session: Session, query: ListQuery) -> Flow[Table]:
    """A list as a whole."""
    call = query.call()
    read = partial(_read_list, query=query, question=question_of(call, session.account))
    table = yield from authorised(session, call, read)
    return note_on_empty_list(table, [(name, argument_text(name, value)) for name, value in query.parameters.items()])


def _read_list(reply: Reply, query: ListQuery, question: Question) -> Table:
    if query.form in DELIMITERS and not reply.body.lstrip().startswith(b"<"):
        return _read_delimited(reply, query, question)
    table = read_table_answer(reply, question, huge_text=query.huge_text)
    if query.form in DELIMITERS:
        raise ReplyInvalid(f"{query.form} was asked for, and XML came", where=question.place)
    return table


def _read_delimited(reply: Reply, query: ListQuery, question: Question) -> Table:
    refuse_status(reply, question.place)
    refuse_page(reply, question)
    reader = query.reader(question.place)
    texts = [*reader.feed(reply.body), *reader.close()]
    columns = reader.columns or ()
    positions = {name: place for place, name in enumerate(columns)}
    rows = tuple([Row(positions, row) for row in texts])
    if rows:
        refuse_first_row(columns, rows[0], question)
    return Table(question.name, columns, rows, reader.warnings)
