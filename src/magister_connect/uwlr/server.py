"""Answer UWLR requests for a school, if you host its data (a portal, a broker, an administration).

It needs no framework.

``parse_request`` reads a request, and ``authorise`` checks it in the order of the standard. ``answer`` and ``fault``
write the response. :class:`UwlrApplication` combines them as an ASGI application.

The checks are in the order of a known server (observed): header present, request valid, account, key for the school,
school, data. So an error reveals no more than needed.
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
"""The limit of a request for data in bytes. A request of zeep has 0.8 kB (measured)."""
LARGEST_RESULTS: Final = 16 * 1024 * 1024
"""The limit of a message of results in bytes. 1,200 results have some 350 kB (inferred)."""


class Refusal(Exception):
    """A fault to answer with.

    ``text`` is for the person who reads the log of the other side, and contains no personal data.
    """

    def __init__(self, code: FaultCode, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text


_boundary: Final = Boundary(Refusal)


@frozen
class IncomingRequest:
    """A request that was read: the account, and the data that it requests or the results that it brings.

    ``departures`` are the deviations that lenient reading accepted.
    """

    operation: Operation
    authorisation: Authorisation
    asked: DataRequest | None
    results: ResultsMessage | None
    departures: tuple[Departure, ...] = ()

    @property
    def school(self) -> SchoolReference:
        """The school of the request."""
        if self.asked is not None:
            return self.asked.school
        assert self.results is not None  # noqa: S101 - one of both is there, see parse_request
        return self.results.school.reference

    @property
    def version(self) -> str | None:
        """The version that the request states; ``None`` if results state none."""
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
    """Read a request. The element in the body determines the operation; SOAPAction does not count.

    ``agreed_types`` and ``vocabularies`` are as in :func:`check_results`, for results.

    Raises :class:`Refusal` with one of these codes, in this order:

    - ``OngeldigBericht`` if it is not a request, or is too large;
    - ``AutorisatieOngeldig`` if the header is incomplete;
    - ``OngeldigBericht`` if the request is invalid. For results the code is ``ScoreOngeldig``,
      ``ToetsNormeringOngeldig``, ``EldResultaatOngeldig`` or ``VocabulaireTermOngeldig``;
    - ``XsdVersieOngeldig`` if the version is not supported here.
    """
    try:
        envelope = parse_envelope(body, lenient=lenient) if len(body) <= LARGEST_RESULTS else None
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
            request = IncomingRequest(
                envelope.operation, envelope.authorisation, None, results, (*envelope.departures, *departures)
            )
        else:
            asked, departures = read_request(envelope, lenient=lenient)
            request = IncomingRequest(
                envelope.operation, envelope.authorisation, asked, None, (*envelope.departures, *departures)
            )
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
    """Return the code for an invalid request, by the invalid part of the results."""
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
    """One supplier that may send requests: its account and its keys.

    ``keys`` maps a key to the schools that gave it to the supplier.
    """

    klantnaam: str
    klantcode: str = field(repr=False)
    keys: MutableMapping[str, tuple[SchoolReference, ...]] = field(factory=dict, repr=False)


def authorise(request: IncomingRequest, suppliers: Iterable[Supplier]) -> Supplier:
    """Return the supplier that sent the request. Every account and every key is compared in constant time.

    Raises :class:`Refusal`: ``OngeldigeKlantIdentificatie`` for an unknown account, then ``AutorisatieOngeldig`` for a
    key that gives no access to this school.
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
    """Yield the envelope of an answer, piece by piece, in UTF-8.

    The document is written in the requested version, and ``xsdversie`` of the school is that version. ECK iDs are left
    out for 2.0 and 2.1 (observed at a known server). Raises :class:`Refusal` with ``InterneFout`` if the document
    cannot be written. One such case is the role TAL, which UWLR does not have; ``edexml.convert`` removes it.
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
    except DocumentInvalid as error:  # it names what may not be written, and contains no value
        raise Refusal(FaultCode.INTERNE_FOUT) from error


def _selected(document: Document, asked: DataRequest) -> Document:
    """Return the document with the requested groups and their people, and without what the version does not have."""
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
    """Return whether a pupil is in one of the groups. ``None`` means everybody who is in no group of that kind."""
    return pupil.groep in groups or not combined.isdisjoint(pupil.samengestelde_groepen or (None,))


def _teaches(teacher: Leerkracht, groups: set[str | None], combined: set[str | None]) -> bool:
    of_groups = {each.key for each in teacher.groepen if isinstance(each, GroepReferentie)}
    of_combined = {each.key for each in teacher.groepen if not isinstance(each, GroepReferentie)}
    return not groups.isdisjoint(of_groups or {None}) or not combined.isdisjoint(of_combined or {None})


def fault(code: FaultCode, text: str = "") -> tuple[int, bytes]:
    """Return the status and envelope of a fault: 500, as in SOAP 1.1. ``text`` must not contain personal data."""
    return 500, write_fault(code, text)


def outcome_since(request: IncomingRequest, document: Document | None, last_change: dt.datetime) -> Outcome:
    """Choose the answer by the year and the time in the request.

    Returns the document. Returns ``geenwijzigingen`` if nothing changed since that time, and ``geengegevens`` if there
    is no document or one of another school year. ``last_change`` is an aware moment: when the data of this school last
    changed. If the ``aanmaakdatum`` of the document is older, the answer has ``last_change`` instead, because suppliers
    use it in their next request.
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
    """What an application must provide: the data of its schools, and the storage of results."""

    async def outcome(self, request: IncomingRequest, supplier: Supplier) -> Outcome:
        """Return the requested data. Raise :class:`Refusal` to answer with a fault."""
        ...

    async def take_results(self, results: ResultsMessage, supplier: Supplier) -> None:
        """Store all results or none.

        A result with a known key replaces the stored one. Raise :class:`Refusal` to refuse.
        """


class UwlrApplication:
    """UWLR as an ASGI application. Mount it in any ASGI framework, behind TLS.

    ``suppliers`` returns the suppliers that may send requests; it is called for each request. ``lenient`` accepts the
    deviations that were observed in requests and results of other systems. A body is read first, and never beyond its
    limit.
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
        """Answer one request. Scopes other than HTTP are refused."""
        if scope["type"] != "http":
            raise RuntimeError("UWLR is served over HTTP only")
        if scope["method"] != "POST":
            await _respond(send, 405, [b"UWLR takes POST"], b"text/plain")
            return
        try:
            pieces = await self._pieces(await _body(receive))
        except Refusal as refusal:
            if refusal.code is FaultCode.INTERNE_FOUT:
                LOGGER.warning("A request cannot be answered: %s", refusal.__cause__ or "the host refused it")
            status, body = fault(refusal.code, refusal.text)
            await _respond(send, status, [body])
            return
        except Exception:
            status, body = fault(FaultCode.INTERNE_FOUT)
            await _respond(send, status, [body])
            raise  # to the server of this application, which logs it
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
        first = [next(pieces), next(pieces, b"")]  # refuses a wrong version or document before the answer starts
        return chain(first, pieces)


async def _body(receive: Receive) -> bytes:
    """Read the body. Raises as soon as it is larger than any message may be."""
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
