"""Answers in XML: refusals first, then data.

The order in which an answer is looked at satisfies every source: ``Exception``, then a ``Result`` that is not ``True``
(its error table first, then ``ResultMessage``), then the data. Everything is found by local name and in any order, and
``Result`` may be absent: its presence and its place are unknown for the functions that answer with a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.errors import ReplyInvalid
from magister_connect.exchange import Reply
from magister_connect.markup import Element, local_name, parse, reply_complaint
from magister_connect.medius.refusals import (
    MARKS,
    Question,
    refuse_error_rows,
    refuse_exception,
    refuse_first_row,
    refuse_message,
    refuse_page,
)
from magister_connect.medius.rows import RowReader
from magister_connect.medius.table import Table
from magister_connect.soap.faults import refuse_status

__all__ = ["YES", "CallResult", "read_answer", "read_done", "read_table_answer"]

YES: Final = frozenset({"True", "true", "1"})


@frozen
class CallResult:
    """What a function gave back: ``texts`` by the name of each out-parameter, and its ``table`` if it has one.

    ``texts`` may hold what is not for a log, so the ``repr`` names its parameters only.
    """

    name: str
    texts: Mapping[str, str] = field(repr=lambda texts: f"<{', '.join(texts)}>")
    table: Table | None = None


def read_answer(reply: Reply, question: Question, *, huge_text: bool = False) -> CallResult:
    """The answer to a call that asked for XML. Raises :class:`Refused` or :class:`ReplyInvalid`."""
    refuse_status(reply, question.place)
    refuse_page(reply, question)
    root = parse(reply.body, reply_complaint(question.place), huge_text=huge_text)
    if local_name(root) == "Response":
        result = _read_response(root, question)
    else:  # XMLTable has no envelope (client code)
        table = read_table(root, question)
        if table.rows:
            refuse_first_row(table.columns, table.rows[0], question)
        result = CallResult(question.name, {}, table)
    if reply.status != 200:
        raise ReplyInvalid(f"An answer came with status {reply.status}", where=question.place)
    return result


def read_done(reply: Reply, question: Question) -> CallResult:
    """The answer to a write: what it gives back is unknown, and a status 200 with nothing counts (client code)."""
    if reply.status == 200 and not reply.body.strip():
        return CallResult(question.name, {})
    return read_answer(reply, question)


def read_table_answer(reply: Reply, question: Question, *, huge_text: bool = False) -> Table:
    """The table that has to stand in an answer in XML.

    How an empty table is written is unknown: an answer with a ``Result`` that is ``True`` and no table is taken for one
    (client code), with a warning. Raises :class:`ReplyInvalid` where neither is there.
    """
    result = read_answer(reply, question, huge_text=huge_text)
    if result.table is not None:
        return result.table
    if "Result" in result.texts:  # it is true then: any other has been refused
        return Table(question.name, (), (), ("The answer is positive and holds no table, which is taken for no rows.",))
    raise ReplyInvalid("A table was expected, and the answer holds none", where=question.place)


def read_table(plural: Element, question: Question) -> Table:
    """The table below the element that holds the rows."""
    reader = RowReader(question.place)
    return reader.table(question.name, [reader.read(row) for row in plural])


def _read_response(root: Element, question: Question) -> CallResult:
    texts = {local_name(child): (child.text or "").strip() for child in root if not len(child)}
    if "Exception" in texts or "ExceptionMsg" in texts:
        raise refuse_exception(texts.get("Exception", ""), texts.get("ExceptionMsg", ""), question)
    table = _table_in(root, question)
    if texts.get("Result") in YES:
        return CallResult(question.name, texts, table)
    if table is not None and table.rows:
        refuse_error_rows(table.columns, table.rows[0], question, only_if_named="Result" not in texts)
    if "Result" in texts:
        raise refuse_message(texts.get("ResultMessage", ""), question)
    return CallResult(question.name, texts, table)


def _table_in(root: Element, question: Question) -> Table | None:
    holders = [child for child in root if len(child) and local_name(child) not in MARKS]
    if len(holders) > 1 or any(len(holder) != 1 for holder in holders):
        raise ReplyInvalid("An answer holds at most one table, with one element around its rows", where=question.place)
    if holders:
        return read_table(holders[0][0], question)
    empty = any(local_name(child) in {"Data", "Table"} for child in root)
    return Table(question.name, (), ()) if empty else None
