"""The answers of an administration: data, nothing changed, or no data. None of them is an error.

A full answer is the complete set, never only the changes (inferred: the schema cannot mark a deletion). ``NoData``
never means that everybody left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import ClassVar, Final, TypeAlias

from attrs import evolve, field, frozen

from magister_connect.core.flow import Reply
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.records.unreadable import WAY_ON, OnUnreadable, Unreadable, UnreadableRecords
from magister_connect.core.soap.reply import unpack
from magister_connect.core.values import is_no_date
from magister_connect.core.xml import PROLOGUE_LIMIT, FirstBranchReader, local_name, reply_complaint
from magister_connect.edexml import Document, Finding
from magister_connect.edexml.formats.uwlr_body import uwlr_reading
from magister_connect.edexml.model.records import Item, School
from magister_connect.edexml.model.versions import UWLR, UWLR_PUPILS, UWLR_STAFF, UWLR_STRUCTURE
from magister_connect.edexml.reading.documents import observer_of, read_chunks, without_school
from magister_connect.edexml.reading.feed import DocumentFeed, Guard, Reading
from magister_connect.edexml.reading.observers import Observer
from magister_connect.errors import DocumentInvalid, FieldInvalid, NotXml, ReplyInvalid, Responsible
from magister_connect.uwlr.faults import read_content
from magister_connect.uwlr.messages import DataRequest, Operation, SchoolReference, in_amsterdam
from magister_connect.uwlr.unreadable import Repaired, UnreadableFilter

MODEL_OF: Final = {
    Operation.PUPILS_AND_STAFF: UWLR,
    Operation.STRUCTURE: UWLR_STRUCTURE,
    Operation.PUPILS: UWLR_PUPILS,
    Operation.STAFF: UWLR_STAFF,
}
_LOOK: Final = 4_096  # bytes at a time, until the element is found that shows the kind of answer
WITHOUT_DATA: Final = ("geenwijzigingen", "geengegevens")
_NOTHING_USED: Final = "Report this text. Nothing of this answer was used."
_SOME_USED: Final = (
    "Report this text. Records came before it: do not treat anybody who is missing as somebody who left the school."
)


@frozen(repr=False)
class PupilData(MaskedRepr):
    """A document, and the time to use as ``since`` in the next request (aware).

    ``since`` is ``aanmaakdatum`` of the document. If that is missing, it is the time of the server, or else the time of
    the request minus ``slack``. With ``on_unreadable="keep"``, ``unreadable`` holds the records that could not be read.
    Those people have not left.
    """

    tagged: ClassVar[bool] = True

    document: Document
    since: dt.datetime = field(eq=False)
    unreadable: tuple[Unreadable, ...] = ()

    def __repr__(self) -> str:
        apart = f", {len(self.unreadable)} unreadable" if self.unreadable else ""
        return f"<PupilData: {self.document!r}, since {self.since.isoformat()}{apart}>"


@frozen
class NothingChanged(PlainData):
    """Nothing has changed since the time in the request. Keep your data, and use the same ``since`` again."""

    tagged: ClassVar[bool] = True

    since: dt.datetime | None


@frozen
class NoData(PlainData):
    """The administration has no data for this request. This does not mean that everybody left."""

    tagged: ClassVar[bool] = True


Answer: TypeAlias = PupilData | NothingChanged | NoData


@frozen
class SentRequest:
    """A request that was sent, its purpose, and how to read its answer. ``slack`` is subtracted from your own clock."""

    request: DataRequest
    where: str
    at: dt.datetime
    lenient: bool = True
    on_unreadable: OnUnreadable = "raise"
    slack: dt.timedelta = dt.timedelta(minutes=5)

    @property
    def is_repaired(self) -> bool:
        """Whether characters that XML does not allow are replaced; otherwise they are an error."""
        return self.lenient or self.on_unreadable == "keep"


def read_answer(reply: Reply, asked: SentRequest) -> Answer:
    """Read the answer in a reply.

    Raises the error of a fault, :class:`NotXml` for an HTML page, and :class:`FieldInvalid` for a record that cannot be
    read. Raises :class:`ReplyInvalid` for an answer that cannot be read, or that is about another school or school year
    than requested.
    """
    repaired, came = Repaired(), reply
    if reply.status == 200:
        reply = unpack(reply)
        if asked.is_repaired:
            reply = evolve(reply, body=repaired.feed(reply.body) + repaired.close())
    kind = _kind_of(reply, asked)
    if kind in WITHOUT_DATA:
        return _without_data(reply, asked)
    reading, unreadable = reading_of(asked), UnreadableRecords(asked.on_unreadable)
    try:
        document = read_chunks(reading, [reply.body], observer_for(reading, unreadable, repaired, whole=True))
    except DocumentInvalid as error:
        problem = _as_reply(error, asked, _NOTHING_USED)
    else:
        refuse_other_school(document.school, asked)
        return PupilData(document, next_since(document.school, came, asked), unreadable.kept)
    raise problem


def _without_data(reply: Reply, asked: SentRequest) -> NothingChanged | NoData:
    """Return the outcome of an answer without data. All of it must be XML, and it must hold nothing else."""
    names = [local_name(each) for each in read_content(reply, asked.where).iterchildren("{*}*")]
    if len(names) > 1:
        what = f"The answer contains {names[0]} and something else"
        raise ReplyInvalid(what, where=asked.where, advice=_NOTHING_USED)
    return NoData() if names == ["geengegevens"] else NothingChanged(asked.request.since)


def reading_of(asked: SentRequest) -> Reading:
    """Return how to read the answer to a request."""
    return uwlr_reading(MODEL_OF[asked.request.operation], lenient=asked.lenient)


def observer_for(reading: Reading, unreadable: UnreadableRecords, repaired: Repaired, *, whole: bool) -> Observer:
    """Return the observer of EDEXML, preceded by the one that sets unreadable records aside."""
    return UnreadableFilter(observer_of(reading, whole=whole), unreadable, repaired)


def _as_reply(error: DocumentInvalid, asked: SentRequest, used: str) -> ReplyInvalid:
    """Turn an error of a document into an error of an answer. ``used`` states what happened to the rest."""
    line = None if error.line is None else f"line {error.line}"
    kind, advice = (FieldInvalid, f"{used} {WAY_ON}") if error.advice == WAY_ON else (ReplyInvalid, used)
    return kind(
        f"The answer cannot be read: {error.what}",
        where=", ".join(filter(None, (asked.where, error.where, line))),
        responsible=Responsible.SUPPLIER,
        advice=advice,
    )


def _kind_of(reply: Reply, asked: SentRequest) -> str:
    """Return the name of the element that shows the kind of answer. Raises an error if the reply is not an answer."""
    descent = FirstBranchReader(
        lambda path: _is_answer_body(path, asked.request.operation.answer), reply_complaint(asked.where)
    )
    if reply.status == 200 and reply.body:
        pieces = (reply.body[at : at + _LOOK] for at in range(0, len(reply.body), _LOOK))
        try:
            while descent.path is None and (piece := next(pieces, None)) is not None:
                descent.feed(piece)
        except NotXml:
            descent.path = None
    if descent.path is None:
        read_content(reply, asked.where)
        raise _other_answer(asked)
    return descent.path[-1]


def _other_answer(asked: SentRequest) -> ReplyInvalid:
    what = f"The answer does not belong to {asked.request.operation.request}"
    return ReplyInvalid(what, where=asked.where, advice=_NOTHING_USED)


def _is_answer_body(path: tuple[str, ...], answer: str) -> bool:
    return len(path) == 4 and path[:3] == ("Envelope", "Body", answer)


def refuse_other_school(school: School, asked: SentRequest) -> None:
    """Raise if an answer is about another school or year: it must be certain to whom the data belongs."""
    year = asked.request.schooljaar
    if year and school.schooljaar != year:
        what = "The answer is about another school year than the request"
        raise ReplyInvalid(what, where=asked.where, advice=_NOTHING_USED)
    if not _is_same(asked.request.school, school):
        raise ReplyInvalid(
            "The answer is about another school than the request", where=asked.where, advice=_NOTHING_USED
        )


def _is_same(wanted: SchoolReference, school: School) -> bool:
    """Return whether both can be the same school. The location counts if the request named one."""
    if wanted.brincode is not None and school.brincode is not None:
        location = wanted.dependancecode in {None, school.dependancecode or "00"}
        return wanted.brincode == school.brincode and location
    return None in {wanted.schoolkey, school.schoolkey} or wanted.schoolkey == school.schoolkey


def next_since(school: School, reply: Reply, asked: SentRequest) -> dt.datetime:
    """Return the time to use as ``since`` in the next request. A placeholder for a missing date does not count."""
    if (made := school.aanmaakdatum) is not None and not is_no_date(made.date().isoformat()):
        return in_amsterdam(made)
    try:
        answered = parsedate_to_datetime(reply.header("date") or "")
    except (ValueError, OverflowError):
        return asked.at - asked.slack
    return answered if answered.tzinfo else answered.replace(tzinfo=dt.UTC)


class AnswerFeed:
    """Reads an answer while it arrives: push bytes, take records out, with constant memory."""

    def __init__(self, head: Reply, asked: SentRequest) -> None:
        self._asked = asked
        self._head = head
        operation = asked.request.operation
        complaint = reply_complaint(asked.where)
        self._descent: FirstBranchReader | None = FirstBranchReader(
            lambda path: _is_answer_body(path, operation.answer), complaint
        )
        reading = reading_of(asked)
        self._unreadable, self._repaired = UnreadableRecords(asked.on_unreadable), Repaired()
        self._observer = observer_for(reading, self._unreadable, self._repaired, whole=False)
        self._feed = DocumentFeed(reading, self._observer)
        self._guard = Guard(self._feed, self._observer, everyone=True)
        self._rest = bytearray()  # of an answer without data: all of it must be XML
        self.without_data: NothingChanged | NoData | None = None
        self.since: dt.datetime | None = None
        """The time to use as ``since`` in the next request; known once the school has been read."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The deviations that were accepted so far."""
        return self._observer.findings()

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """The records that could not be read so far."""
        return self._unreadable.kept

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """Push a piece of the body. Yields the records that it completes."""
        yield from self._push(self._repaired.feed(chunk) if self._asked.is_repaired else chunk)

    def close(self) -> Iterator[Item]:
        """End the body. Yields the last records. Raises :class:`ReplyInvalid` for an answer that was cut off."""
        yield from self._push(self._repaired.close())
        if self._descent is not None:
            read_content(Reply(self._head.status, self._head.headers, bytes(self._descent.held)), self._asked.where)
            raise _other_answer(self._asked)
        if self.without_data is None:
            yield from self._records(self._feed.close(), last=True)
        else:
            _without_data(Reply(self._head.status, self._head.headers, bytes(self._rest)), self._asked)

    def _push(self, chunk: bytes) -> Iterator[Item]:
        if not chunk:
            return
        if self._descent is not None:
            if not self._descent.feed(chunk):
                return
            chunk, kind = bytes(self._descent.held), (self._descent.path or ("",))[-1]
            self._descent = None
            if kind in WITHOUT_DATA:
                since = self._asked.request.since
                self.without_data = NoData() if kind == "geengegevens" else NothingChanged(since)
        if self.without_data is None:
            yield from self._records(self._feed.feed(chunk))
        elif len(self._rest) <= PROLOGUE_LIMIT:
            self._rest += chunk

    def _records(self, items: Iterator[Item], *, last: bool = False) -> Iterator[Item]:
        try:
            for item in self._guard.pass_on(items):
                if isinstance(item, School):
                    refuse_other_school(item, self._asked)
                    self.since = next_since(item, self._head, self._asked)
                yield item
            if last and self.since is None:
                raise without_school(None)
        except DocumentInvalid as error:
            problem = _as_reply(error, self._asked, _NOTHING_USED if self.since is None else _SOME_USED)
        else:
            return
        raise problem
