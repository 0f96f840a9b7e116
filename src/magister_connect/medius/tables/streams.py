"""Read lists row by row, while the response arrives.

Memory use is constant for any length. Some errors are only known at the end: a ``Result`` after the table, or a broken
connection. They are raised at the end, after rows have been yielded. So do not treat the rows as a whole list until the
iteration has ended normally.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final, Protocol

from magister_connect.core.flow import Flow, Reply, StreamingFlow, emit, exchange_stream, next_chunk
from magister_connect.core.records.unreadable import UnreadableRecords
from magister_connect.core.repairs import Repair, RepairedReplyWarning
from magister_connect.core.xml import Element, ElementFeed, FirstBranchReader, local_name, reply_complaint
from magister_connect.errors import ConnectionFailed, Refused, ReplyInvalid
from magister_connect.medius.answers import (
    YES,
    Question,
    read_table_answer,
    refuse_error_rows,
    refuse_first_row,
    refuse_message,
)
from magister_connect.medius.session import Session, question_of
from magister_connect.medius.tables.lists import DELIMITERS, ListQuery
from magister_connect.medius.tables.table import Row, RowReader

PAGE_LIMIT: Final = 1 << 20  # the limit for a response that is not a list


class _Reading(Protocol):
    def feed(self, chunk: bytes) -> Iterator[Row]: ...
    def close(self) -> Iterator[Row]: ...


def iter_data(session: Session, query: ListQuery) -> StreamingFlow[Row]:
    """Yield the rows of a list. Logs in again once, if no row has been yielded yet."""
    call, question = query.call(stream=True), question_of(query.call(), session.account)
    held, unreadable = (yield from session.ensure_token()), query.unreadable
    last = False
    while True:
        begun, problem = False, None
        try:
            head = yield from exchange_stream(call.request(session.account, held.token))
            reading = yield from _reading_of(head, query, question, unreadable)
            while chunk := (yield from next_chunk()):
                for row in reading.feed(chunk):
                    begun = True
                    yield from emit(row)
            for row in reading.close():
                begun = True
                yield from emit(row)
        except (Refused, ReplyInvalid) as error:
            problem = error
        if problem is None:
            return
        if begun:
            raise problem
        yield from _read_on()
        if last or not session.may_have_expired(held, problem, writes=False):
            raise problem
        held, last = (yield from session.renew(held)), True


def _read_on() -> Flow[None]:
    """Read a refusal to its end, so that the connection can be reused."""
    left = PAGE_LIMIT
    with suppress(ConnectionFailed):
        while left > 0 and (chunk := (yield from next_chunk())):
            left -= len(chunk)


def _reading_of(head: Reply, query: ListQuery, question: Question, unreadable: UnreadableRecords) -> Flow[_Reading]:
    """Check the status, and return the reader of the body."""
    if head.status != 200 or head.media_type == "text/html":
        body = b""
        while len(body) < PAGE_LIMIT and (chunk := (yield from next_chunk())):
            body += chunk
        read_table_answer(Reply(head.status, head.headers, body), question)
    return _Guess(head, query, question, unreadable)


class _Guess:
    """Waits for the first bytes to decide the form: a body that starts with ``<`` is always XML."""

    def __init__(self, head: Reply, query: ListQuery, question: Question, unreadable: UnreadableRecords) -> None:
        self._head, self._query, self._question, self._unreadable = head, query, question, unreadable
        self._held = b""
        self._reading: _Reading | None = None

    def feed(self, chunk: bytes) -> Iterator[Row]:
        if self._reading is not None:
            return self._reading.feed(chunk)
        self._held += chunk
        start = self._held.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start:
            return iter(())
        return self._begin(
            _TextReading if self._query.form in DELIMITERS and not start.startswith(b"<") else _XmlReading
        )

    def close(self) -> Iterator[Row]:
        if self._reading is None:
            yield from self._begin(_XmlReading)
        if self._reading is not None:
            yield from self._reading.close()

    def _begin(self, reading: type[_TextReading | _XmlReading]) -> Iterator[Row]:
        self._reading = reading(self._head, self._query, self._question, self._unreadable)
        return self._reading.feed(self._held)


def warn_of(question: Question, notes: Iterable[str]) -> None:
    """Warn about repairs, because a stream has no table with warnings."""
    for note in notes:
        warnings.warn(f"{question.place}: {note}", RepairedReplyWarning, stacklevel=2)


class _TextReading:
    def __init__(self, _head: Reply, query: ListQuery, question: Question, unreadable: UnreadableRecords) -> None:
        self._reader = query.reader(question.place, unreadable)
        self._question = question
        self._positions: dict[str, int] = {}

    def feed(self, chunk: bytes) -> Iterator[Row]:
        return self._rows(self._reader.feed(chunk))

    def close(self) -> Iterator[Row]:
        return self._rows(self._reader.close())

    def _rows(self, texts: Iterator[tuple[str, ...]]) -> Iterator[Row]:
        for each in texts:
            first = not self._positions
            if first:
                self._positions = {name: place for place, name in enumerate(self._reader.columns or ())}
            row = Row(self._positions, each)
            if first:
                refuse_first_row(tuple(self._positions), row, self._question)
            yield row


class _XmlReading:
    """Finds the path to the first row, then reads row by row."""

    def __init__(self, head: Reply, query: ListQuery, question: Question, unreadable: UnreadableRecords) -> None:
        self._head, self._question = head, question
        self._huge_text = query.huge_text
        self._complaint = reply_complaint(question.place)
        self._descent: FirstBranchReader | None = FirstBranchReader(_is_row, self._complaint)
        self._feed: ElementFeed | None = None
        self._row_name, self._enveloped = "", False
        self._reader = RowReader(question.place, unreadable)
        self._repair = Repair()
        self._result = ""
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[Row]:
        return self._feed_repaired(self._repair.feed(chunk))

    def _feed_repaired(self, chunk: bytes) -> Iterator[Row]:
        if self._descent is not None:
            self._descent.feed(chunk)
            if (path := self._descent.path) is None:
                return iter(())
            chunk = bytes(self._descent.held)
            self._descent, self._row_name = None, path[-1]
            self._enveloped = path[0] == "Response"
            paths = [path, ("Response", "Result")] if self._enveloped else [path]
            self._feed = ElementFeed(paths, self._complaint, huge_text=self._huge_text)
        return self._rows(self._feed.feed(chunk) if self._feed else iter(()))

    def close(self) -> Iterator[Row]:
        yield from self._feed_repaired(self._repair.close())
        warn_of(self._question, self._repair.notes)
        if self._feed is None:  # no rows: an empty table, or a refusal
            held = bytes(self._descent.held) if self._descent else b""
            read_table_answer(Reply(self._head.status, self._head.headers, held), self._question)
            return
        yield from self._rows(self._feed.close())
        if self._result and self._result not in YES:
            raise refuse_message("", self._question)

    def _rows(self, elements: Iterator[Element]) -> Iterator[Row]:
        for element in elements:
            if local_name(element) == "Result" and self._row_name != "Result":
                self._result = (element.text or "").strip()
                continue
            row = self._reader.row(element)
            if row is None:
                continue
            if not self._begun:
                self._refuse(row)
                self._begun = True
            yield row

    def _refuse(self, row: Row) -> None:
        if not self._enveloped:
            refuse_first_row(self._reader.columns, row, self._question)
        if not self._enveloped or self._result in YES:
            return
        refuse_error_rows(self._reader.columns, row, self._question, only_if_named=not self._result)
        if self._result:
            raise refuse_message("", self._question)


def _is_row(path: tuple[str, ...]) -> bool:
    """Whether this is the path of a row: four levels deep in a response, two in a bare table (``XMLTable``)."""
    return len(path) == (4 if path[0] == "Response" else 2)
