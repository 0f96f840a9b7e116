"""Answering for a school: for whoever hosts its data (a portal, a broker, an administration). No framework is needed.

``parse_request`` reads what came in, ``authorise`` decides in the order of the standard, ``answer`` and ``fault`` write
what goes back. :class:`UwlrApplication` puts them together as an ASGI application.

The order of the checks is that of a known server (observed): header present, request valid, who asks, the key with the
school, the school, the data. So an error says no more than it must.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, MutableMapping
from itertools import chain
from typing import Any, Final, Literal, Protocol, TypeAlias

import attrs
from attrs import field, frozen

from magister_connect.core.boundary import Boundary
from magister_connect.edexml import Document, GroepReferentie, Leerkracht, Leerling
from magister_connect.edexml.formats.uwlr_body import uwlr_pieces
from magister_connect.edexml.model.versions import UWLR
from magister_connect.errors import DocumentInvalid, FieldInvalid, MagisterConnectError
from magister_connect.uwlr.answers import MODEL_OF
from magister_connect.uwlr.faults import FaultCode, write_fault
from magister_connect.uwlr.fields import Departure
from magister_connect.uwlr.messages import (
    SOAP,
    VERSIONS,
    Authorisation,
    DataRequest,
    Operation,
    SchoolReference,
    in_amsterdam,
    parse_envelope,
    read_request,
)
from magister_connect.uwlr.results import UNKNOWN_TERM, AgreedTypes, ResultsMessage, read_results
from magister_connect.uwlr.vocabularies import Vocabulary

LOGGER: Final = logging.getLogger("magister_connect.uwlr.server")
LARGEST_REQUEST: Final = 64 * 1024
"""Bytes of a request for data: one that zeep writes has 0.8 kB (measured)."""
LARGEST_RESULTS: Final = 16 * 1024 * 1024
"""Bytes of a message of results: 1,200 results have some 350 kB (inferred)."""


class Refusal(Exception):
    """A fault to answer with. ``text`` is for the person who reads the log of the other side, and holds no value."""

    def __init__(self, code: FaultCode, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text


_boundary: Final = Boundary(Refusal)


@frozen
class IncomingRequest:
    """A request that could be read: who asks, and for what, or what results came.

    ``departures`` are what lenient reading let pass.
    """

    operation: Operation
    authorisation: Authorisation
    asked: DataRequest | None
    results: ResultsMessage | None
    departures: tuple[Departure, ...] = ()

    @property
    def school(self) -> SchoolReference:
        """The school that it is about."""
        if self.asked is not None:
            return self.asked.school
        assert self.results is not None  # noqa: S101 - one of both is there, see parse_request
        return self.results.school.reference

    @property
    def version(self) -> str | None:
        """The version that the request names; ``None`` where results name none."""
        if self.asked is not None:
            return self.asked.xsdversie
        return None if self.results is None else self.results.school.xsdversie


@_boundary.around
def parse_request(
    body: bytes,
    *,
    lenient: bool = False,
    agreed_types: AgreedTypes = (),
    vocabularies: Iterable[Vocabulary] = (),
) -> IncomingRequest:
    """Read a request. The operation is that of the element in the body; SOAPAction does not count.

    ``agreed_types`` and ``vocabularies`` are those of :func:`check_results`, for results.

    Raises :class:`Refusal`: ``OngeldigBericht`` for what is no request or larger than one may be, then
    ``AutorisatieOngeldig`` without a complete header, then ``OngeldigBericht`` for a request that is wrong in itself
    (``ScoreOngeldig``, ``ToetsNormeringOngeldig``, ``EldResultaatOngeldig`` or ``VocabulaireTermOngeldig`` for results
    that are), and ``XsdVersieOngeldig`` for a version that is not served here.
    """
    try:
        envelope = parse_envelope(body) if len(body) <= LARGEST_RESULTS else None
    except MagisterConnectError:
        envelope = None
    if envelope is None or len(body) > _largest(envelope.operation):
        raise Refusal(FaultCode.ONGELDIG_BERICHT)
    if envelope.authorisation is None:
        raise Refusal(FaultCode.AUTORISATIE_ONGELDIG, "De autorisatie ontbreekt of is onvolledig")
    try:
        if envelope.operation is Operation.RESULTS:
            results, departures = read_results(
                envelope.content, lenient=lenient, agreed_types=agreed_types, vocabularies=vocabularies
            )
            request = IncomingRequest(envelope.operation, envelope.authorisation, None, results, departures)
        else:
            asked, departures = read_request(envelope, lenient=lenient)
            request = IncomingRequest(envelope.operation, envelope.authorisation, asked, None, departures)
    except FieldInvalid as error:
        what, where = error.what, error.where or ""
    else:
        if request.version not in {None, *VERSIONS}:
            raise Refusal(FaultCode.XSD_VERSIE_ONGELDIG)
        return request
    raise Refusal(_code_for(what, where), f"Fout in {where}" if where.isascii() else "")


def _largest(operation: Operation) -> int:
    return LARGEST_RESULTS if operation is Operation.RESULTS else LARGEST_REQUEST


def _code_for(what: str, where: str) -> FaultCode:
    """The code for a request that is wrong in itself: that of the part of the results in which it is."""
    if what == UNKNOWN_TERM:
        return FaultCode.VOCABULAIRE_TERM_ONGELDIG
    if where == "school/xsdversie":
        return FaultCode.XSD_VERSIE_ONGELDIG
    steps = {step.partition("[")[0] for step in where.split("/")}
    return next((code for step, code in _CODE_OF.items() if step in steps), FaultCode.ONGELDIG_BERICHT)


_CODE_OF: Final = {
    "score": FaultCode.SCORE_ONGELDIG,
    "toetsnormering": FaultCode.TOETS_NORMERING_ONGELDIG,
    "toetsonderdeelnormering": FaultCode.TOETS_NORMERING_ONGELDIG,
    "osoresultaat": FaultCode.ELD_RESULTAAT_ONGELDIG,
}


@frozen
class Supplier:
    """One supplier that may ask: its account, and the schools that a key opens.

    ``keys`` maps a key to the schools for which the school gave it.
    """

    klantnaam: str
    klantcode: str = field(repr=False)
    keys: MutableMapping[str, tuple[SchoolReference, ...]] = field(factory=dict, repr=False)


def authorise(request: IncomingRequest, suppliers: Iterable[Supplier]) -> Supplier:
    """The supplier that asks. Compares every account and every key in constant time.

    Raises :class:`Refusal`: ``OngeldigeKlantIdentificatie``, then ``AutorisatieOngeldig`` for a key that does not open
    this school.
    """
    found: Supplier | None = None
    for supplier in suppliers:
        account = attrs.evolve(request.authorisation, klantnaam=supplier.klantnaam, klantcode=supplier.klantcode)
        if account.same_as(request.authorisation):
            found = supplier
    if found is None:
        raise Refusal(FaultCode.ONGELDIGE_KLANT_IDENTIFICATIE)
    opens = False
    for key, schools in found.keys.items():
        known = attrs.evolve(request.authorisation, autorisatiesleutel=key)
        if known.same_as(request.authorisation):
            opens = request.school.location in {school.location for school in schools}
    if not opens:
        raise Refusal(FaultCode.AUTORISATIE_ONGELDIG)
    return found


Outcome: TypeAlias = Document | Literal["geenwijzigingen", "geengegevens"]


def answer(request: IncomingRequest, outcome: Outcome) -> Iterator[bytes]:
    """The envelope of an answer, piece by piece, UTF-8.

    The document is written for the version that was asked: an ECK iD is left out for 2.0 and 2.1 (observed at a known
    server), and ``xsdversie`` of the school is that version. Raises :class:`Refusal` with ``InterneFout`` where the
    document may not be written: a role TAL, which UWLR lacks, is such a case (``edexml.convert`` takes it out).
    """
    if request.asked is None:
        yield _envelope(f'<leerresultaten_bevestiging xmlns="{request.operation.namespace}"/>'.encode())
        return
    name = request.operation.answer
    opening = f'<{name} xmlns="{request.operation.namespace}">'.encode()
    if not isinstance(outcome, str):
        outcome = _selected(outcome, request.asked)
        if not outcome.leerlingen and request.operation in {Operation.PUPILS_AND_STAFF, Operation.PUPILS}:
            outcome = "geengegevens"  # an answer without pupils cannot be written as data
    if isinstance(outcome, str):
        yield _envelope(opening + f"<{outcome}/></{name}>".encode())
        return
    head, tail = _envelope(b"\x00").split(b"\x00")
    yield head + opening
    yield from _written(outcome, MODEL_OF.get(request.operation, UWLR))
    yield f"</{name}>".encode() + tail


def _envelope(content: bytes) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>'
    return head.encode() + content + b"</soap:Body></soap:Envelope>"


def _written(document: Document, model: str) -> Iterator[bytes]:
    try:
        yield from uwlr_pieces(document, model)
    except DocumentInvalid as error:  # it says what may not be written, and holds no value
        raise Refusal(FaultCode.INTERNE_FOUT) from error


def _selected(document: Document, asked: DataRequest) -> Document:
    """The document with whom a request by groups is about, and without what its version does not have."""
    if asked.xsdversie in {"2.0", "2.1"}:
        document = attrs.evolve(
            document,
            leerlingen=tuple(attrs.evolve(each, eckid=None) for each in document.leerlingen),
            leerkrachten=tuple(attrs.evolve(each, eckid=None) for each in document.leerkrachten),
        )
    document = attrs.evolve(document, school=attrs.evolve(document.school, xsdversie=asked.xsdversie))
    if not asked.groepen:
        return document
    groups: set[str | None] = {group.key for group in asked.groepen if not group.samengesteld}
    combined: set[str | None] = {group.key for group in asked.groepen if group.samengesteld}
    return attrs.evolve(
        document,
        leerlingen=tuple(each for each in document.leerlingen if _is_asked_for(each, groups, combined)),
        leerkrachten=tuple(each for each in document.leerkrachten if _teaches(each, groups, combined)),
    )


def _is_asked_for(pupil: Leerling, groups: set[str | None], combined: set[str | None]) -> bool:
    """Whether a pupil is in one of the groups; ``None`` stands for everybody who is in no group of that kind."""
    return pupil.groep in groups or not combined.isdisjoint(pupil.samengestelde_groepen or (None,))


def _teaches(teacher: Leerkracht, groups: set[str | None], combined: set[str | None]) -> bool:
    of_groups = {each.key for each in teacher.groepen if isinstance(each, GroepReferentie)}
    of_combined = {each.key for each in teacher.groepen if not isinstance(each, GroepReferentie)}
    return not groups.isdisjoint(of_groups or {None}) or not combined.isdisjoint(of_combined or {None})


def fault(code: FaultCode, text: str = "") -> tuple[int, bytes]:
    """The status and the envelope of a fault: 500, as SOAP 1.1 has it. ``text`` must hold no value."""
    return 500, write_fault(code, text)


def outcome_since(request: IncomingRequest, document: Document | None, last_change: dt.datetime) -> Outcome:
    """What to answer, by the year and the moment that were asked with.

    The document; ``geenwijzigingen`` where nothing changed since that moment; ``geengegevens`` where there is no
    document, or one of another school year. ``last_change`` is aware: when the data of this school changed last. It is
    the ``aanmaakdatum`` of the answer where that of the document is older, because suppliers ask with it next time.
    """
    asked = request.asked
    if document is None or asked is None or asked.schooljaar not in {"", document.school.schooljaar}:
        return "geengegevens"
    if asked.since is not None and last_change <= asked.since:
        return "geenwijzigingen"
    made = document.school.aanmaakdatum
    if made is None or in_amsterdam(made) < last_change:
        return attrs.evolve(document, school=attrs.evolve(document.school, aanmaakdatum=last_change))
    return document


Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class Host(Protocol):
    """What an application knows: the data of its schools, and what becomes of results."""

    async def outcome(self, request: IncomingRequest, supplier: Supplier) -> Outcome:
        """The data that was asked for; raise :class:`Refusal` to answer with a fault."""
        ...

    async def take_results(self, results: ResultsMessage, supplier: Supplier) -> None:
        """Keep all results or none; the same keys again replace what is there. Raise :class:`Refusal` to refuse."""


class UwlrApplication:
    """UWLR as an ASGI application; mount it in any framework that speaks ASGI, behind TLS.

    ``suppliers`` gives those that may ask, for each request anew. ``lenient`` lets pass what was observed in requests
    and results of other systems. A body is read up to its limit and no further, before anything else is looked at.
    """

    def __init__(
        self,
        host: Host,
        suppliers: Callable[[], Iterable[Supplier]],
        *,
        lenient: bool = False,
        agreed_types: AgreedTypes = (),
        vocabularies: Collection[Vocabulary] = (),
    ) -> None:
        self._host = host
        self._suppliers = suppliers
        self._lenient = lenient
        self._agreed_types = agreed_types
        self._vocabularies = vocabularies

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request; scopes that are not HTTP are refused."""
        if scope["type"] != "http":
            raise RuntimeError("UWLR is served over HTTP only")
        if scope["method"] != "POST":
            await _respond(send, 405, [b"UWLR takes POST"], b"text/plain")
            return
        try:
            pieces = await self._pieces(await _body(receive))
        except Refusal as refusal:
            if refusal.code is FaultCode.INTERNE_FOUT:
                LOGGER.warning("A request cannot be answered: %s", refusal.__cause__ or "the host says so")
            status, body = fault(refusal.code, refusal.text)
            await _respond(send, status, [body])
            return
        except Exception:
            status, body = fault(FaultCode.INTERNE_FOUT)
            await _respond(send, status, [body])
            raise  # to whatever serves this application, which logs it
        await _respond(send, 200, pieces)

    async def _pieces(self, body: bytes) -> Iterable[bytes]:
        request = parse_request(
            body, lenient=self._lenient, agreed_types=self._agreed_types, vocabularies=self._vocabularies
        )
        supplier = authorise(request, self._suppliers())
        if request.results is not None:
            await self._host.take_results(request.results, supplier)
            return answer(request, "geengegevens")
        pieces = answer(request, await self._host.outcome(request, supplier))
        first = [next(pieces), next(pieces, b"")]  # a version or a document that cannot be served is refused in time
        return chain(first, pieces)


async def _body(receive: Receive) -> bytes:
    """The body, refused as soon as it is larger than any message may be."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(FaultCode.ONGELDIG_BERICHT)
        piece = bytes(message.get("body", b""))
        size += len(piece)
        if size > LARGEST_RESULTS:
            raise Refusal(FaultCode.ONGELDIG_BERICHT)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


async def _respond(send: Send, status: int, pieces: Iterable[bytes], kind: bytes = b"text/xml; charset=utf-8") -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
