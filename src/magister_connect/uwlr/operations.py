"""The UWLR flows: request data in one or three steps, and send results.

Requests for data are repeated after a temporary failure. So are results: sending the same keys again changes nothing
(inferred).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias, TypedDict, TypeVar

import attrs
from attrs import field, frozen

from magister_connect.core.addresses import require_secure
from magister_connect.core.flow import (
    Flow,
    Reply,
    Request,
    StreamingFlow,
    current_time,
    emit,
    exchange,
    exchange_stream,
    next_chunk,
)
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.unreadable import OnUnreadable, Unreadable, UnreadableRecords
from magister_connect.core.secrets import Secret
from magister_connect.core.soap.reply import needs_unpacking, unpack
from magister_connect.core.xml import local_name
from magister_connect.edexml import (
    Document,
    Finding,
    Groep,
    Leerkracht,
    Leerling,
    SamengesteldeGroep,
    Severity,
)
from magister_connect.edexml.model.kinds import KINDS
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import UWLR
from magister_connect.edexml.reading.identity import Identities
from magister_connect.errors import ReplyInvalid, UsageError
from magister_connect.identifiers import Brin, Schooljaar, Vestigingscode
from magister_connect.uwlr.answers import (
    Answer,
    AnswerFeed,
    NoData,
    NothingChanged,
    PupilData,
    SentRequest,
    read_answer,
)
from magister_connect.uwlr.faults import LARGEST_FAULT, read_content
from magister_connect.uwlr.fields import Departure
from magister_connect.uwlr.messages import (
    VERSIONS,
    Authorisation,
    DataRequest,
    GroupReference,
    Operation,
    SchoolReference,
    Version,
    schooljaar_text,
    secret,
    write_envelope,
    write_request,
)
from magister_connect.uwlr.results import AgreedTypes, ResultsMessage, check_results, refuse_departures, write_results
from magister_connect.uwlr.vocabularies import Vocabulary

School: TypeAlias = SchoolReference | Brin | Vestigingscode | str
Year: TypeAlias = Schooljaar | str
Group: TypeAlias = GroupReference | Groep | SamengesteldeGroep
Person = TypeVar("Person", Leerling, Leerkracht)

EVERYBODY_ELSE: Final = (GroupReference(), GroupReference(samengesteld=True))
"""People in no group, and people in no group across groups (documented: a reference without a key)."""


Keys: TypeAlias = str | Secret | Mapping[str, str | Secret]
"""One key for all schools, or one for each by BRIN, location code or schoolkey."""


class ConnectionSettings(TypedDict, total=False):
    """The settings of a client besides address and account; :class:`Connection` describes them."""

    results_endpoint: str | None
    version: Version
    data_set: str | None
    quoted_action: bool
    lenient: bool
    on_unreadable: OnUnreadable
    slack: dt.timedelta


def _keys(given: Keys) -> Mapping[str, Secret]:
    keys = given if isinstance(given, Mapping) else {"": given}
    return MappingProxyType({name: secret(key) for name, key in keys.items()})


@frozen
class Connection(SafeRepr):
    """One administration and one supplier: addresses, account, version, and how to read answers.

    ``keys`` holds one key for all schools under ``""``, or one for each school by BRIN, location code or schoolkey.
    ``quoted_action`` writes SOAPAction in quotes, as WS-I requires; clients of some servers do not (observed).
    """

    endpoint: str
    klantnaam: Secret = field(converter=secret)
    klantcode: Secret = field(converter=secret)
    keys: Mapping[str, Secret] = field(converter=_keys, repr=False)
    results_endpoint: str | None = None
    version: Version = "2.2"
    data_set: str | None = None
    quoted_action: bool = True
    lenient: bool = True
    on_unreadable: OnUnreadable = "raise"
    slack: dt.timedelta = dt.timedelta(minutes=5)

    def __attrs_post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise UsageError(
                "This version of UWLR is not known", where="version", advice=f"Pass one of {', '.join(VERSIONS)}."
            )
        require_secure(self.endpoint, "endpoint")
        if self.results_endpoint:
            require_secure(self.results_endpoint, "results_endpoint")
        if self.slack < dt.timedelta():
            advice = "Pass a timedelta of zero or more, such as timedelta(minutes=5)."
            raise UsageError("The slack is negative", where="slack", advice=advice)
        UnreadableRecords(self.on_unreadable)  # raises for an unknown choice
        for school in self.keys:
            if school:
                _ = self.authorisation(SchoolReference.of(school) if Brin.is_valid(school[:4]) else None)

    def authorisation(self, school: SchoolReference | None) -> Authorisation:
        """Return the authorisation for a school. Raises :class:`UsageError` if there is no key for it."""
        names: tuple[str, ...] = ()
        if school is not None:
            brin, location, schoolkey = school.location
            names = (f"{brin}{location}", brin or "", schoolkey or "")
        key = next((self.keys[name] for name in (*names, "") if name in self.keys), None)
        if school is None:
            key = key or next(iter(self.keys.values()))
        if key is None:
            advice = "Pass a key for this school: autorisatiesleutel={'00AA': '...'}."
            raise UsageError("There is no key for this school", where="autorisatiesleutel", advice=advice)
        return Authorisation(self.klantnaam, self.klantcode, key)

    def request(self, operation: Operation, body: bytes, *, stream: bool = False) -> Request:
        """Return the HTTP request for an envelope."""
        address = self.endpoint
        if operation is Operation.RESULTS:
            address = self.results_endpoint or ""
            if not address:
                advice = "Pass results_endpoint= to the client: the address where the administration receives results."
                raise UsageError("There is no address for results", where="results_endpoint", advice=advice)
        action = f'"{operation.soap_action}"' if self.quoted_action else operation.soap_action
        return Request(
            "POST",
            address,
            headers=(("content-type", "text/xml; charset=utf-8"), ("soapaction", action)),
            body=body,
            stream=stream,
            safe_to_repeat=True,
        )

    def asks(
        self,
        operation: Operation,
        school: School,
        schooljaar: Year,
        since: dt.datetime | None = None,
        groups: Iterable[Group] = (),
    ) -> DataRequest:
        """Return the request for data of a school."""
        return DataRequest(
            operation=operation,
            school=SchoolReference.of(school),
            schooljaar=schooljaar_text(schooljaar),
            xsdversie=self.version,
            gegevenssetid=self.data_set,
            since=since,
            groepen=tuple(_reference(each) for each in groups),
        )


def _reference(group: Group) -> GroupReference:
    if isinstance(group, GroupReference):
        return group
    return GroupReference(group.key, isinstance(group, SamengesteldeGroep))


def fetch(connection: Connection, asked: DataRequest) -> Flow[Answer]:
    """Request data, and read the whole answer."""
    request = connection.request(asked.operation, write_request(asked, connection.authorisation(asked.school)))
    question = yield from _asked(connection, asked, request)
    reply = yield from exchange(request)
    return read_answer(reply, question)


def _asked(connection: Connection, asked: DataRequest, request: Request) -> Flow[SentRequest]:
    now = yield from current_time()
    return SentRequest(asked, request.line, now, connection.lenient, connection.on_unreadable, connection.slack)


def pupils(
    connection: Connection, school: School, schooljaar: Year, *, since: dt.datetime | None = None
) -> Flow[Answer]:
    """Request everything about a school in one answer: groups, pupils and staff (HaalLeerlinggegevens).

    ``since`` is an aware moment: the ``since`` of the last stored answer. Returns :class:`PupilData`,
    :class:`NothingChanged` or :class:`NoData`. Raises :class:`NotPermitted` if the key gives no access to this school,
    other subclasses of :class:`Refused` for other faults, and :class:`ReplyInvalid` for an unusable answer.
    """
    return fetch(connection, connection.asks(Operation.PUPILS_AND_STAFF, school, schooljaar, since))


def structure(
    connection: Connection, school: School, schooljaar: Year, *, since: dt.datetime | None = None
) -> Flow[Answer]:
    """Request only the locations and groups of a school (HaalStructuur, the first of three steps)."""
    return fetch(connection, connection.asks(Operation.STRUCTURE, school, schooljaar, since))


def pupils_of(
    connection: Connection,
    school: School,
    schooljaar: Year,
    groups: Iterable[Group],
    *,
    since: dt.datetime | None = None,
) -> Flow[Answer]:
    """Request the pupils of some groups (HaalLeerlingen). ``GroupReference()`` means everybody who is in no group."""
    return fetch(connection, connection.asks(Operation.PUPILS, school, schooljaar, since, groups))


def staff_of(
    connection: Connection,
    school: School,
    schooljaar: Year,
    groups: Iterable[Group],
    *,
    since: dt.datetime | None = None,
) -> Flow[Answer]:
    """Request the staff of some groups (HaalLeerkrachten). ``GroupReference()`` means everybody who is in no group."""
    return fetch(connection, connection.asks(Operation.STAFF, school, schooljaar, since, groups))


def stepped(connection: Connection, school: School, schooljaar: Year) -> Flow[Answer]:
    """Request the same document as :func:`pupils` in three steps: structure, then pupils and staff of all groups.

    A person who occurs more than once is included once, by ECK iD or else by key. Raises :class:`ReplyInvalid` if a
    reference points to a group that is not in the structure.
    """
    first = yield from structure(connection, school, schooljaar)
    if not isinstance(first, PupilData):
        return first
    groups: list[Group] = [*first.document.groepen, *first.document.samengestelde_groepen, *EVERYBODY_ELSE]
    of_pupils = yield from pupils_of(connection, school, schooljaar, groups)
    of_staff = yield from staff_of(connection, school, schooljaar, groups)
    if not isinstance(of_pupils, PupilData):
        return of_pupils
    parts = [each for each in (first, of_pupils, of_staff) if isinstance(each, PupilData)]
    staff = of_staff.document.leerkrachten if isinstance(of_staff, PupilData) else ()
    document = attrs.evolve(
        first.document,
        leerlingen=_once(of_pupils.document.leerlingen),
        leerkrachten=_once(staff),
        version=UWLR,
        findings=tuple(finding for part in parts for finding in part.document.findings),
    )
    return PupilData(
        _with_references(document, connection),
        min(part.since for part in parts),
        tuple(record for part in parts for record in part.unreadable),
    )


def _once(people: Iterable[Person]) -> tuple[Person, ...]:
    """Return each person once: by ECK iD if there is one, otherwise by key."""
    found: dict[tuple[str, str], Person] = {}
    for person in people:
        found.setdefault(("eckid", person.eckid) if person.eckid else ("key", person.key), person)
    return tuple(found.values())


def _with_references(document: Document, connection: Connection) -> Document:
    """Check references over the three parts, and return the document.

    Strict reading raises :class:`ReplyInvalid` at the first reference to a missing record.
    """
    identities, findings = Identities(everyone=False), list[Finding]()
    for kind in KINDS:
        if kind.container is None:
            continue
        for place, item in enumerate(getattr(document, kind.field), 1):
            for violation in identities.see(item):
                path = f"leerlinggegevens/{kind.container}/{kind.name}[{place}]/{violation.field}"
                if not connection.lenient:
                    advice = "Report this if a later attempt fails too; groups may change between two requests."
                    raise ReplyInvalid(violation.words, where=f"{connection.endpoint}, {path}", advice=advice)
                findings.append(Finding(violation.code, Severity.WARNING, violation.words, path))
    return attrs.evolve(document, findings=(*document.findings, *findings)) if findings else document


StreamItem: TypeAlias = Item | Unreadable | NothingChanged | NoData


def stream(
    connection: Connection, school: School, schooljaar: Year, *, since: dt.datetime | None = None
) -> StreamingFlow[StreamItem]:
    """Yield the records of an answer while it arrives, with constant memory: school, locations, groups, pupils, staff.

    An answer without data yields one :class:`NothingChanged` or :class:`NoData`. With ``on_unreadable="keep"``, a
    record that cannot be read is yielded as :class:`Unreadable`. An answer that is cut off raises at its end, so only a
    normal end means that the set is complete. The next ``since`` is ``aanmaakdatum`` of the school. A stream is not
    repeated after a failure: send the request again. An answer in parts (MTOM), or in a character set that only the
    HTTP header names, is read whole first.
    """
    request = connection.asks(Operation.PUPILS_AND_STAFF, school, schooljaar, since)
    sent = connection.request(
        request.operation, write_request(request, connection.authorisation(request.school)), stream=True
    )
    question = yield from _asked(connection, request, sent)
    head = yield from exchange_stream(sent)
    if head.status != 200:
        read_content(Reply(head.status, head.headers, (yield from _rest(LARGEST_FAULT))), sent.line)
    whole = b""
    if needs_unpacking(head):
        whole = unpack(Reply(head.status, head.headers, (yield from _rest()))).body
    feed, apart = AnswerFeed(head, question), 0
    while chunk := (whole or (yield from next_chunk())):
        whole = b""
        for item in feed.feed(chunk):
            yield from emit(item)
        for record in feed.unreadable[apart:]:
            apart += 1
            yield from emit(record)
    for item in feed.close():
        yield from emit(item)
    for record in feed.unreadable[apart:]:
        yield from emit(record)
    if feed.without_data is not None:
        yield from emit(feed.without_data)


def _rest(most: int | None = None) -> Flow[bytes]:
    """Return the rest of a body, joined; at most about ``most`` bytes."""
    body = bytearray()
    while (most is None or len(body) < most) and (chunk := (yield from next_chunk())):
        body += chunk
    return bytes(body)


def send_results(
    connection: Connection,
    message: ResultsMessage,
    *,
    deviating_scores: bool = False,
    agreed_types: AgreedTypes = (),
    vocabularies: Iterable[Vocabulary] = (),
) -> Flow[None]:
    """Send test results to the administration (BrengLeerresultaten), all of them or none.

    The rules of the schema and the standard are checked first. Sending the same keys again changes nothing at the
    receiver (inferred). ``deviating_scores``, ``agreed_types`` and ``vocabularies`` are as in :func:`check_results`.
    Raises :class:`DocumentInvalid` before anything is sent, and the error of a fault.
    """
    found: tuple[Departure, ...] = tuple(
        check_results(message, deviating_scores=deviating_scores, agreed_types=agreed_types, vocabularies=vocabularies)
    )
    refuse_departures(found)
    account = connection.authorisation(message.school.reference)
    request = connection.request(Operation.RESULTS, write_envelope(write_results(message), account))
    return _deliver(request)


def _deliver(request: Request) -> Flow[None]:
    reply = yield from exchange(request)
    if reply.status == 202 and not reply.body.strip():
        return  # an empty 202 means accepted (inferred)
    content = read_content(reply, request.line)
    if local_name(content) != Operation.RESULTS.answer:
        advice = "Send the same results again: the same keys change nothing. Report this if it happens again."
        raise ReplyInvalid("The answer does not confirm the results", where=request.line, advice=advice)
