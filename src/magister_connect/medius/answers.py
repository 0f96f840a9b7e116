"""Read XML responses: first check for a refusal, then read the data.

The response is checked in an order that fits all sources: first ``Exception``, then a ``Result`` that is not ``True``
(its error table, then ``ResultMessage``), then the data. Elements are found by local name, in any order. ``Result`` may
be absent, because it is unknown whether and where functions that return a table send it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.core.flow import Reply
from magister_connect.core.records.personal import PERSONAL
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.unreadable import OnUnreadable, UnreadableRecords
from magister_connect.core.soap.reply import Fault, refuse_status
from magister_connect.core.xml import Element, describe_content, local_name, parse_reply, reply_complaint
from magister_connect.errors import (
    NotAuthenticated,
    NotPermitted,
    NotXml,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
)
from magister_connect.medius.tables.table import RowReader, Table

YES: Final = frozenset({"True", "true", "1"})
ERROR_NUMBERS: Final = ("Foutcode", "Fout_nummer")
ERROR_TEXTS: Final = ("Fout_omschrijving", "Fout")  # an old client looks for the second (client code)
NO_RIGHT: Final = "10"
GENERAL_FAILURE: Final = "EMGeneralFailure"
MARKS: Final = frozenset({"Result", "ResultMessage", "Exception", "ExceptionMsg"})
"""Elements with the status of a response, not its data."""
_TIME_OUT: Final = r"\btime\W?d?\W?out"
SESSION_WORDS: Final = re.compile(
    rf"\bsessi|token|^(?!.*{_TIME_OUT}).*(?:verlopen|verstreken|expired)"
    r"|\bu bent niet\b.*\baangemeld|\bingelogd|\bnot logged|\blog ?in again"
    r"|(?:naam|name|login)\W+(?:of|en|or|and)\W+(?:wachtwoord|password)",
    re.IGNORECASE | re.DOTALL,
)
_OF_A_TIME_OUT: Final = re.compile(_TIME_OUT, re.IGNORECASE)
_OF_A_NUMBER: Final = re.compile(r"not a valid (?:integer|floating point) value", re.IGNORECASE)  # error text of Delphi
_OF_A_RIGHT: Final = re.compile(r"\brecht|toegang|permission|denied|not allowed", re.IGNORECASE)
_NUMBER_ADVICE: Final = (
    "Pass every argument that is a number, with digits only. If this is a list, its SQL may contain a stray #, even in "
    "a comment: have its author remove it."
)
_SLOW_ADVICE: Final = (
    "Request less at a time with the parameters of the list, or have its author simplify it; "
    "a UNION is known to be slow (observed)."
)
_LIST_ADVICE: Final = (
    "Have the author of the list run it in Magister with the same parameters. "
    "If it runs there, report this to the supplier with the time."
)
_CELL: Final = re.compile(rb"ResultMessage\">([^<]*)</td>", re.IGNORECASE)


@frozen
class Question:
    """The request, as far as an error may show it: the function, the list, and the account name."""

    place: str
    name: str
    username: str
    layout: str | None = None


def refuse_exception(kind: str, text: str, question: Question) -> Refused:
    """Return the error for an ``Exception``. ``EMGeneralFailure`` was seen for a list without rights."""
    said = Fault(kind, text).printable
    if SESSION_WORDS.search(text):
        return _not_authenticated(said, question, kind)
    too_long = _OF_A_TIME_OUT.search(text)
    if _OF_A_RIGHT.search(text) or (kind == GENERAL_FAILURE and question.layout is not None and not too_long):
        return _not_permitted(said, question, kind)
    responsible, advice = _verdict(text, question)
    return ServiceError(
        f"The service failed with {kind or 'an exception'}: {said or 'no text'}",
        where=question.place,
        status=200,
        code=kind or None,
        responsible=responsible,
        advice=advice,
    )


def _verdict(text: str, question: Question) -> tuple[Responsible | None, str | None]:
    """Return who can fix an exception and what to do, as far as its text and the request show."""
    if _OF_A_NUMBER.search(text):
        return Responsible.YOU, _NUMBER_ADVICE
    if _OF_A_TIME_OUT.search(text):
        return Responsible.YOU, _SLOW_ADVICE
    return (None, None) if question.layout is None else (Responsible.SCHOOL, _LIST_ADVICE)


def refuse_message(text: str, question: Question) -> Refused:
    """Return the error for a ``Result`` that is not ``True`` and has no error table."""
    said = Fault("", text).printable
    if question.name == "Algemeen.Login" or SESSION_WORDS.search(text):
        return _not_authenticated(said, question)
    if _OF_A_RIGHT.search(text):
        return _not_permitted(said, question)
    return _refused(f"The service refused the request: {said or 'no text'}", question)


def refuse_error_rows(
    columns: tuple[str, ...], row: Mapping[str, str], question: Question, *, only_if_named: bool
) -> None:
    """Raise the error in the first row of a table, if the table is an error table.

    ``only_if_named`` requires that every column is called ``Fout...``. Use it for responses without a ``Result``.
    """
    named = bool(columns) and all(name.startswith("Fout") for name in columns)
    number = next((name for name in ERROR_NUMBERS if name in columns), None)
    if not named and (only_if_named or number is None):
        return
    code = row[number].strip() if number else ""
    said = Fault("", next((row[name] for name in ERROR_TEXTS if name in columns), "")).printable
    if code == NO_RIGHT or (number is None and _OF_A_RIGHT.search(said)):
        raise _not_permitted(said, question, code)
    raise _refused(
        f"The service refused the request, with error number {code or 'unknown'}: {said or 'no text'}", question, code
    )


def refuse_first_row(columns: tuple[str, ...], row: Mapping[str, str], question: Question) -> None:
    """Raise the refusal in a form without an envelope (CSV, TAB, XMLTable), recognised by its columns."""
    if columns and MARKS.issuperset(columns):
        if "Exception" in columns or "ExceptionMsg" in columns:
            raise refuse_exception(row.get("Exception", ""), row.get("ExceptionMsg", ""), question)
        raise refuse_message(row.get("ResultMessage", ""), question)
    refuse_error_rows(columns, row, question, only_if_named=True)


def refuse_page(reply: Reply, question: Question) -> None:
    """Raise an error if the response is a web page. The error quotes the page if it is a refusal of the service."""
    if describe_content(reply.body) != "An HTML page" and reply.media_type != "text/html":
        return
    if found := _CELL.search(reply.body):
        raise refuse_message(found[1].decode("utf-8", "replace"), question)
    if describe_content(reply.body) != "XML":
        raise NotXml(
            "The response is an HTML page instead of data",
            where=question.place,
            responsible=Responsible.YOU,
            advice=(
                "Check the name of the function: an unknown one returns the documentation page. "
                "Then check that the address is that of the service."
            ),
        )


def _refused(what: str, question: Question, code: str = "") -> Refused:
    return Refused(
        what,
        where=question.place,
        status=200,
        code=code or None,
        responsible=Responsible.YOU,
        advice=(
            "Check the arguments: an unknown number or name gives this response, and so does a value that Magister "
            "does not allow."
        ),
    )


def _not_authenticated(said: str, question: Question, code: str | None = None) -> NotAuthenticated:
    return NotAuthenticated(
        f"The service does not accept the account {question.username}: {said or 'no text'}",
        where=question.place,
        status=200,
        code=code,
        advice="Check the name and the password of the web service account; a session may also have ended.",
    )


def _not_permitted(said: str, question: Question, code: str | None = None) -> NotPermitted:
    what = "this function" if question.layout is None else f"the list {question.layout}, or there is no such list"
    return NotPermitted(
        f"The account {question.username} has no right to {what}: {said or 'no text'}",
        where=question.place,
        status=200,
        code=code,
        advice=(
            "Give this account the right in Magister, under web services: rights hold per function and per list. "
            "Check the exact name of the list."
            + (f" If both are right: {_LIST_ADVICE}" if code == GENERAL_FAILURE and question.layout is not None else "")
        ),
    )


# -- reading --------------------------------------------------------------------------------------------------------


@frozen(repr=False)
class CallResult(MaskedRepr):
    """The result of a function.

    ``texts`` contains the text of each output parameter by name. ``table`` is the table, if there is one.
    """

    name: str
    texts: Mapping[str, str] = field(metadata={PERSONAL: True})
    table: Table | None = None

    def __repr__(self) -> str:
        table = "" if self.table is None else f", {self.table!r}"
        return f"<CallResult of {self.name}: {', '.join(self.texts) or 'nothing'}{table}>"


def read_answer(
    reply: Reply, question: Question, *, huge_text: bool = False, on_unreadable: OnUnreadable = "raise"
) -> CallResult:
    """Read the response to a call that asked for XML. Raises :class:`Refused` or :class:`ReplyInvalid`."""
    if reply.status != 500 or describe_content(reply.body) != "XML":  # the body of a 500 may explain a refusal
        refuse_status(reply, question.place)
    refuse_page(reply, question)
    root, notes = parse_reply(reply.body, reply_complaint(question.place), huge_text=huge_text)
    reading = _Reading(question, notes, on_unreadable)
    if local_name(root) == "Response":
        result = reading.response(root)
    else:  # XMLTable has no envelope (client code)
        table = reading.table(root)
        if table.rows:
            refuse_first_row(table.columns, table.rows[0], question)
        result = CallResult(question.name, {}, table)
    if reply.status != 200:
        raise ReplyInvalid(f"The service returned status {reply.status}", where=question.place)
    return result


def read_done(reply: Reply, question: Question) -> CallResult:
    """Read the response to a write. Its form is unknown; status 200 without a body is a success (client code)."""
    if reply.status == 200 and not reply.body.strip():
        return CallResult(question.name, {})
    return read_answer(reply, question)


def read_table_answer(
    reply: Reply, question: Question, *, huge_text: bool = False, on_unreadable: OnUnreadable = "raise"
) -> Table:
    """Read the table that an XML response must contain.

    It is unknown how an empty table is written. A response with a ``Result`` that is ``True`` and no table counts as an
    empty table (client code), with a warning. Raises :class:`ReplyInvalid` if there is neither.
    """
    result = read_answer(reply, question, huge_text=huge_text, on_unreadable=on_unreadable)
    if result.table is not None:
        return result.table
    if "Result" in result.texts:  # it is true then: any other value has been refused
        return Table(
            question.name,
            (),
            (),
            ("The response reports success and has no table, so it counts as a table without rows.",),
        )
    raise ReplyInvalid("The response contains no table", where=question.place)


@frozen
class _Reading:
    """The settings for reading one response: earlier repairs, and what to do with unreadable rows."""

    question: Question
    notes: tuple[str, ...]
    on_unreadable: OnUnreadable

    def table(self, plural: Element) -> Table:
        """Read the table below the element that contains the rows."""
        reader = RowReader(self.question.place, UnreadableRecords(self.on_unreadable))
        rows = [texts for row in plural if (texts := reader.read(row)) is not None]
        return reader.table(self.question.name, rows, self.notes)

    def response(self, root: Element) -> CallResult:
        question = self.question
        texts = {local_name(child): (child.text or "").strip() for child in root if not len(child)}
        if "Exception" in texts or "ExceptionMsg" in texts:
            raise refuse_exception(texts.get("Exception", ""), texts.get("ExceptionMsg", ""), question)
        table = self._table_in(root)
        if texts.get("Result") in YES:
            return CallResult(question.name, texts, table)
        if table is not None and table.rows:
            refuse_error_rows(table.columns, table.rows[0], question, only_if_named="Result" not in texts)
        if "Result" in texts:
            raise refuse_message(texts.get("ResultMessage", ""), question)
        return CallResult(question.name, texts, table)

    def _table_in(self, root: Element) -> Table | None:
        holders = [child for child in root if len(child) and local_name(child) not in MARKS]
        if len(holders) > 1 or any(len(holder) != 1 for holder in holders):
            raise ReplyInvalid("The response contains more than one table", where=self.question.place)
        if holders:
            return self.table(holders[0][0])
        empty = any(local_name(child) in {"Data", "Table"} for child in root)
        return Table(self.question.name, (), (), self.notes) if empty else None
