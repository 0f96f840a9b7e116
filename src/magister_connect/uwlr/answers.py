"""What an administration answers: data, nothing changed, or no data. None of them is an error.

A full answer is the complete set, never a difference (inferred: the schema has no mark for a deletion). ``NoData``
never means that everybody left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias

from attrs import field, frozen

from magister_connect.core.flow import Reply
from magister_connect.core.reprs import MaskedRepr
from magister_connect.core.serialization import PlainData
from magister_connect.core.xml import PROLOGUE_LIMIT, Descent, reply_complaint
from magister_connect.edexml import Document
from magister_connect.edexml.formats.uwlr_body import read_uwlr, uwlr_reading
from magister_connect.edexml.model.records import Item, School
from magister_connect.edexml.model.versions import UWLR, UWLR_PUPILS, UWLR_STAFF, UWLR_STRUCTURE
from magister_connect.edexml.reading.documents import observer_of
from magister_connect.edexml.reading.feed import DocumentFeed, Guard, Reading
from magister_connect.errors import DocumentInvalid, NotXml, ReplyInvalid, Responsible
from magister_connect.uwlr.faults import read_content
from magister_connect.uwlr.messages import AMSTERDAM, DataRequest, Operation, SchoolReference

MODEL_OF: Final = {
    Operation.PUPILS_AND_STAFF: UWLR,
    Operation.STRUCTURE: UWLR_STRUCTURE,
    Operation.PUPILS: UWLR_PUPILS,
    Operation.STAFF: UWLR_STAFF,
}
WITHOUT_DATA: Final = ("geenwijzigingen", "geengegevens")
_ADVICE: Final = "Report it to the supplier of the administration; nothing of this answer was used."


@frozen(repr=False)
class PupilData(MaskedRepr):
    """A document, and the moment to ask with next time (``since``): aware.

    ``since`` is ``aanmaakdatum`` of the document, else the server's date, else the moment of the request less a slack.
    """

    document: Document
    since: dt.datetime = field(eq=False)

    def __repr__(self) -> str:
        return f"<PupilData: {self.document!r}, since {self.since.isoformat()}>"


@frozen
class NothingChanged(PlainData):
    """Nothing has changed since the moment that the request named: keep what you have, and ask with it again."""

    since: dt.datetime | None


@frozen
class NoData(PlainData):
    """The administration has no data for what was asked. It does not say that everybody left."""


Answer: TypeAlias = PupilData | NothingChanged | NoData


@frozen
class Asked:
    """A request that was sent, what it was for, and how its answer is read. ``slack`` is taken off our own clock."""

    request: DataRequest
    where: str
    at: dt.datetime
    lenient: bool = True
    slack: dt.timedelta = dt.timedelta(minutes=5)


def read_answer(reply: Reply, asked: Asked) -> Answer:
    """The answer in a reply.

    Raises the error of a fault, :class:`NotXml` for a page, and :class:`ReplyInvalid` for an answer that cannot be read
    or is about another school or school year than was asked for.
    """
    kind = _kind_of(reply, asked)
    if kind in WITHOUT_DATA:
        read_content(reply, asked.where)  # the whole of it must be XML
        return NoData() if kind == "geengegevens" else NothingChanged(asked.request.since)
    try:
        document = read_uwlr([reply.body], reading_of(asked))
    except DocumentInvalid as error:
        problem = _as_reply(error, asked)
    else:
        refuse_other_school(document.school, asked)
        return PupilData(document, next_since(document.school, reply, asked))
    raise problem


def reading_of(asked: Asked) -> Reading:
    """How the answer of a request is read."""
    return uwlr_reading(MODEL_OF[asked.request.operation], lenient=asked.lenient)


def _as_reply(error: DocumentInvalid, asked: Asked) -> ReplyInvalid:
    place = asked.where if error.line is None else f"{asked.where}, line {error.line}"
    return ReplyInvalid(
        f"The answer cannot be read: {error.what}", where=place, responsible=Responsible.SUPPLIER, advice=_ADVICE
    )


def _kind_of(reply: Reply, asked: Asked) -> str:
    """The name of the element that says what came; raises the error of whatever is no answer."""
    descent = Descent(lambda path: _tells(path, asked.request.operation.answer), reply_complaint(asked.where))
    if reply.status == 200 and reply.body:
        try:
            descent.feed(reply.body)
        except NotXml:
            descent.path = None
    if descent.path is None:
        read_content(reply, asked.where)
        what = f"The answer is another one than that of {asked.request.operation.request}"
        raise ReplyInvalid(what, where=asked.where, advice=_ADVICE)
    return descent.path[-1]


def _tells(path: tuple[str, ...], answer: str) -> bool:
    return len(path) == 4 and path[:3] == ("Envelope", "Body", answer)


def refuse_other_school(school: School, asked: Asked) -> None:
    """Refuse an answer that is about another school or year: whose data they are must never be a guess."""
    year = asked.request.schooljaar
    if year and school.schooljaar != year:
        what = "The answer is about another school year than was asked for"
        raise ReplyInvalid(what, where=asked.where, advice=_ADVICE)
    if not _is_same(asked.request.school, school):
        raise ReplyInvalid("The answer is about another school than was asked for", where=asked.where, advice=_ADVICE)


def _is_same(wanted: SchoolReference, school: School) -> bool:
    """Whether they can be the same school; a location counts where one was asked for."""
    if wanted.brincode is not None and school.brincode is not None:
        location = wanted.dependancecode in {None, school.dependancecode or "00"}
        return wanted.brincode == school.brincode and location
    return None in {wanted.schoolkey, school.schoolkey} or wanted.schoolkey == school.schoolkey


def next_since(school: School, reply: Reply, asked: Asked) -> dt.datetime:
    """The moment to ask with next time."""
    if (made := school.aanmaakdatum) is not None:
        return made if made.tzinfo else made.replace(tzinfo=AMSTERDAM)
    try:
        answered = parsedate_to_datetime(reply.header("date") or "")
    except (ValueError, OverflowError):
        return asked.at - asked.slack
    return answered if answered.tzinfo else answered.replace(tzinfo=dt.UTC)


class AnswerFeed:
    """An answer that is read while it arrives: push bytes, take records out, in constant memory."""

    def __init__(self, head: Reply, asked: Asked) -> None:
        self._asked = asked
        self._head = head
        operation = asked.request.operation
        complaint = reply_complaint(asked.where)
        self._descent: Descent | None = Descent(lambda path: _tells(path, operation.answer), complaint)
        reading = reading_of(asked)
        self._observer = observer_of(reading, whole=False)
        self._feed = DocumentFeed(reading, self._observer)
        self._guard = Guard(self._feed, self._observer, everyone=True)
        self._rest = bytearray()  # of an answer without data: the whole of it must be XML
        self.without_data: NothingChanged | NoData | None = None
        self.since: dt.datetime | None = None
        """The moment to ask with next time; known once the school has been read."""

    @property
    def findings(self) -> tuple[object, ...]:
        """The departures that were let pass so far."""
        return self._observer.findings()

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """The records that a piece of the body completes."""
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

    def close(self) -> Iterator[Item]:
        """The records that are complete at the end. Raises :class:`ReplyInvalid` for an answer that was cut off."""
        if self._descent is not None:
            read_content(Reply(self._head.status, self._head.headers, bytes(self._descent.held)), self._asked.where)
            raise ReplyInvalid("The answer is another one than was asked for", where=self._asked.where, advice=_ADVICE)
        if self.without_data is None:
            yield from self._records(self._feed.close())
        else:
            read_content(Reply(self._head.status, self._head.headers, bytes(self._rest)), self._asked.where)

    def _records(self, items: Iterator[Item]) -> Iterator[Item]:
        try:
            for item in self._guard.pass_on(items):
                if isinstance(item, School):
                    refuse_other_school(item, self._asked)
                    self.since = next_since(item, self._head, self._asked)
                yield item
        except DocumentInvalid as error:
            problem = _as_reply(error, self._asked)
        else:
            return
        raise problem
