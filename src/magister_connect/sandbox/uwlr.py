"""The simulated school with UWLR: a school administration (LAS) that sends pupils and receives results.

:mod:`magister_connect.uwlr.server` does the exchange. This module defines what a school hosts and stores, and how real
systems deviate from the standard. Each deviation was observed in one public source, unless stated otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

import attrs
from attrs import field, frozen
from lxml import etree

from magister_connect import edexml
from magister_connect.core.xml import Element, document_complaint, local_name, parse
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.edexml_export import edexml_document
from magister_connect.sandbox.school.identities import synthetic_eck_id
from magister_connect.sandbox.school.people import teaching_group
from magister_connect.sandbox.serving import Application
from magister_connect.sandbox.state import SandboxState
from magister_connect.uwlr.faults import FaultCode
from magister_connect.uwlr.messages import LEERLINGGEGEVENS, SchoolReference
from magister_connect.uwlr.profiles import LVS_SET, SMALLE_SET, SMALLE_SET_2_3, Profile, restrict
from magister_connect.uwlr.results import Resultaat, ResultsMessage
from magister_connect.uwlr.server import IncomingRequest, Outcome, Refusal, Supplier, UwlrApplication

Way: TypeAlias = Literal["standard", "magister", "somtoday", "esis"]
DATA_SETS: Final[Mapping[str, Profile]] = MappingProxyType(
    {"Smalle-set-VO": SMALLE_SET, "Smalle-set": SMALLE_SET, "LVS-set": LVS_SET}
)
"""The profiles by ``gegevenssetid``. The first name is Magister's (observed); the others are invented."""
_VERSIONS: Final[Mapping[Way, tuple[str, ...]]] = MappingProxyType(
    {
        "standard": ("2.0", "2.1", "2.2", "2.3"),
        "magister": ("2.2", "2.3"),
        "somtoday": ("2.2",),
        "esis": ("2.2",),
    }
)


@frozen(kw_only=True)
class UwlrSwitches:
    """How the administration follows the standard.

    ``way`` selects the deviations of one system:

    - ``magister``: prefix ``le:``, elements in another order, empty elements, jaargroep 1 and 2 for 11 and 12, fields
      beyond its profile, and one key for all schools.
    - ``somtoday``: keys of staff begin with ``medewerker``, and staff refer to groups across groups.
    - ``esis``: locations are sent, only the last four digits of a personal number are sent, and an empty school year is
      the current one.

    The other switches:

    - ``profile``: what is sent if the request names no data set; ``None`` sends everything.
    - ``keyless``: leaves out the key of a pupil with an ECK iD, for requests of 2.3 (documented in its text).
    - ``honours_since``: if false, every answer contains everything. Which systems do this is unknown.
    - ``fault_status`` and ``fault_prefix``: the form of a fault.
    - ``confirmation``: the form of the answer to results.
    - ``receiver``: accepts results by the schema, or also what RTTI was observed to accept, or not at all.
    - ``client_certificate``: refuses a client without one, as ESIS does. The sandbox then needs ``tls=True``.
    """

    way: Way = "standard"
    profile: Profile | None = SMALLE_SET
    keyless: bool = False
    honours_since: bool = True
    fault_status: int = 500
    fault_prefix: bool = True
    confirmation: Literal["element", "empty 202"] = "element"
    receiver: Literal["schema", "rtti", "none"] = "schema"
    client_certificate: bool = False


@frozen
class TakenResult:
    """A result that was received: its sender, its subject, and the result. ``times`` is how often it came."""

    klantnaam: str
    leerlingid: str = field(repr=False)
    result: Resultaat
    times: int = 1


class Las:
    """The administration: what it hosts, who may send requests, and what it received.

    ``results`` contains the accepted results, by the key of the result. ``withdraw`` removes the consent of a school,
    and ``consent`` restores it. ``refuse_next`` answers the next requests with a fault of the standard.
    """

    def __init__(self, state: SandboxState, primary: Callable[[], School], switches: UwlrSwitches) -> None:
        self.switches = switches
        self.results: dict[str, TakenResult] = {}
        self.messages = 0
        self._state, self._primary = state, primary
        self._withdrawn: set[str] = set()
        self._faults: deque[FaultCode] = deque()
        self._seen: dict[tuple[str, str], tuple[edexml.Document, dt.datetime]] = {}
        self._lock = Lock()

    @property
    def schools(self) -> Mapping[str, School]:
        """The hosted schools by BRIN: the school itself, and its primary school."""
        return {self._state.school.brin: self._state.school, self._primary().brin: self._primary()}

    @property
    def keys(self) -> Mapping[str, str]:
        """The key of each school, by BRIN; the same for all if the way is Magister's."""
        accounts = self._state.accounts
        own, other = self._state.school.brin, self._primary().brin
        both = self.switches.way == "magister"
        return {own: accounts.uwlr_key, other: accounts.uwlr_key if both else accounts.uwlr_primary_key}

    def withdraw(self, brin: str) -> None:
        """Stop sharing the data of this school: its key gives no access."""
        self._withdrawn.add(brin)

    def consent(self, brin: str) -> None:
        """Share the data of this school again."""
        self._withdrawn.discard(brin)

    def refuse_next(self, *codes: FaultCode) -> None:
        """Answer the next requests with these faults, one each."""
        self._faults.extend(codes)

    def suppliers(self) -> tuple[Supplier, ...]:
        """Return the only supplier, with the schools that each key gives access to today."""
        opened: dict[str, tuple[SchoolReference, ...]] = {}
        for brin, key in self.keys.items():
            schools = () if brin in self._withdrawn else (SchoolReference(brin), SchoolReference(schoolkey=brin))
            opened[key] = (*opened.get(key, ()), *schools)
        accounts = self._state.accounts
        return (Supplier(accounts.uwlr_klantnaam, accounts.uwlr_klantcode, opened),)

    async def outcome(self, request: IncomingRequest, supplier: Supplier) -> Outcome:  # noqa: ARG002 - as Host has it
        """Return the school of today in the requested profile, or that nothing has changed."""
        self._refuse_on_request()
        asked = request.asked
        if asked is None or asked.xsdversie not in _VERSIONS[self.switches.way]:
            raise Refusal(FaultCode.XSD_VERSIE_ONGELDIG)
        if not asked.schooljaar and self.switches.way != "esis":
            raise Refusal(FaultCode.ONGELDIG_BERICHT)
        school = self._school_of(asked.school)
        profile = DATA_SETS.get(asked.gegevenssetid or "", self.switches.profile)
        if profile is SMALLE_SET and asked.xsdversie == "2.3":
            profile = SMALLE_SET_2_3
        document = uwlr_document(school, self._state.clock())
        if asked.schooljaar not in {"", document.school.schooljaar} or not document.leerlingen:
            return "geengegevens"
        changed = self._changed(school, document)
        if self.switches.honours_since and asked.since is not None and not changed(asked.since):
            return "geenwijzigingen"
        return as_sent_by(self.switches.way, document, profile)

    async def take_results(self, results: ResultsMessage, supplier: Supplier) -> None:
        """Store all results of a message or none. A result with a known key replaces the stored one."""
        self._refuse_on_request()
        if self.switches.receiver == "none":
            raise Refusal(FaultCode.ONGELDIG_BERICHT)
        school = self._school_of(results.school.reference)
        document = uwlr_document(school, self._state.clock())
        pupils = {each.key: each.eckid for each in document.leerlingen}
        taken: dict[str, TakenResult] = {}
        for taking in results.toetsafnames:
            if taking.leerlingid not in pupils or taking.eckid not in {None, pupils[taking.leerlingid]}:
                raise Refusal(FaultCode.LEERLING_ONGELDIG)
            for result in taking.resultaten:
                taken[result.key] = TakenResult(supplier.klantnaam, taking.leerlingid, result)
        with self._lock:
            self.messages += 1
            for key, new in taken.items():
                before = self.results.get(key)
                self.results[key] = attrs.evolve(new, times=1 if before is None else before.times + 1)

    def _school_of(self, reference: SchoolReference) -> School:
        return self.schools[reference.brincode or reference.schoolkey or ""]

    def _refuse_on_request(self) -> None:
        with self._lock:
            if self._faults:
                raise Refusal(self._faults.popleft())

    def _changed(self, school: School, document: edexml.Document) -> Callable[[dt.datetime], bool]:
        """Return whether anything changed after a moment, by the log of the school and its written changes."""
        now, place = self._state.clock(), (school.brin, document.school.schooljaar)
        same = attrs.evolve(document, school=attrs.evolve(document.school, peildatum=None, aanmaakdatum=None))
        with self._lock:
            seen, moment = self._seen.get(place, (same, dt.datetime.min.replace(tzinfo=dt.UTC)))
            if seen != same:
                moment = now
            self._seen[place] = same, moment

        def changed(since: dt.datetime) -> bool:
            if since >= now or since.year < school.founded:
                return since < now or moment > since
            day, today = since.astimezone(self._state.clock.now().tzinfo).date(), self._state.clock.today()
            return moment > since or bool(day < today and school.changes(day, today))

        return changed


def uwlr_document(school: School, now: dt.datetime) -> edexml.Document:
    """Return the school of today in UWLR: its EDEXML file with ECK iDs, teaching groups and their teachers.

    An ECK iD here is made from the pupil's position in the list, because computing the real one takes 0.3 s each.
    """
    document = edexml_document(school, school.clock, version="2.1")
    enrolled = {f"L-{pupil.nummer + 1:04}": (pupil, of) for pupil, of in school.pupils_on(school.clock.today())}
    subjects = {
        teaching_group(of.klas, vak): f"{of.klas} {vak.omschrijving}"
        for _, of in enrolled.values()
        for vak in of.vakken
    }
    return attrs.evolve(
        document,
        school=attrs.evolve(
            document.school, aanmaakdatum=now.astimezone(school.clock.now().tzinfo).replace(microsecond=0)
        ),
        samengestelde_groepen=tuple(
            edexml.SamengesteldeGroep(f"S-{code}", name) for code, name in sorted(subjects.items())
        ),
        leerlingen=tuple(
            attrs.evolve(
                each,
                eckid=synthetic_eck_id(f"pupil {enrolled[each.key][0].nummer}").reveal(),
                samengestelde_groepen=tuple(f"S-{code}" for code in enrolled[each.key][1].groepen),
            )
            for each in document.leerlingen
        ),
        leerkrachten=tuple(_with_groups(school, document, subjects.keys())),
    )


def _with_groups(school: School, document: edexml.Document, subjects: Collection[str]) -> Iterator[edexml.Leerkracht]:
    """Yield the staff with the groups that they teach, without roles, which no profile has outside groups."""
    period = school.lesperiode_on(school.clock.today())
    keys: dict[str, list[str]] = {}
    for group in document.groepen:
        keys.setdefault(group.naam, []).append(group.key)
    numbers = {f"D-{each.code}": each.stamnummer for each in school.medewerkers.values()}
    for teacher in document.leerkrachten:
        taught = [] if period is None else list(school.taught_by(numbers[teacher.key], period.code))
        classes = dict.fromkeys(key for of, _ in taught for key in keys.get(of.klas, ()))
        combined = dict.fromkeys(teaching_group(of.klas, vak) for of, vak in taught)
        groups: tuple[edexml.GroepReferentie | edexml.SamengesteldeGroepReferentie, ...] = (
            *(edexml.GroepReferentie(key) for key in classes),
            *(edexml.SamengesteldeGroepReferentie(f"S-{code}") for code in combined if code in subjects),
        )
        yield attrs.evolve(teacher, rollen=(), groepen=groups, eckid=synthetic_eck_id(f"staff {teacher.key}").reveal())


# -- deviations of each system --------------------------------------------------------------------------------------


def as_sent_by(way: Way, document: edexml.Document, profile: Profile | None) -> edexml.Document:
    """Return what a system sends of a document, as far as records can express it."""
    kept = document if profile is None else restrict(document, profile)[0]
    if way == "magister":
        changed = document.school.aanmaakdatum
        births = {each.key: each.geboortedatum for each in document.leerlingen}
        return attrs.evolve(
            kept,
            groepen=tuple(attrs.evolve(each, omschrijving=each.naam, mutatiedatum=changed) for each in kept.groepen),
            leerlingen=tuple(attrs.evolve(each, geboortedatum=births[each.key]) for each in kept.leerlingen),
            leerkrachten=tuple(attrs.evolve(each, eckid=None) for each in kept.leerkrachten),
        )
    if way == "somtoday":
        staff = tuple(attrs.evolve(each, key=f"medewerker{each.key}") for each in kept.leerkrachten)
        return attrs.evolve(kept, leerkrachten=staff)
    if way == "esis":
        at = {each.key: each.vestiging for each in document.leerlingen}
        last = {each.key: (each.bsn or each.onderwijsnummer or "")[-4:] or None for each in document.leerlingen}
        return attrs.evolve(
            kept,
            vestigingen=document.vestigingen,
            leerlingen=tuple(
                attrs.evolve(each, vestiging=at[each.key], bsn_ondwnr_4=last[each.key], bsn=None, onderwijsnummer=None)
                for each in kept.leerlingen
            ),
        )
    return kept


_ORDER_OF_MAGISTER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "school": ("dependancecode", "brincode", "schooljaar"),
        "leerkracht": ("roepnaam", "emailadres", "voorvoegsel", "groepen", "achternaam"),
    }
)


def rewritten(body: bytes, switches: UwlrSwitches, version: str) -> bytes:
    """Rewrite an answer as a system writes it: prefix, order, empty elements, codes, keys."""
    root = parse(body, document_complaint())
    if switches.keyless and version == "2.3":
        for pupil in root.iter(f"{{{LEERLINGGEGEVENS}}}leerling"):
            if pupil.get("eckid"):
                del pupil.attrib["key"]
    if switches.way == "magister":
        root = _prefixed(root)
        for element in root.iter(f"{{{LEERLINGGEGEVENS}}}*"):
            _write_as_magister(element)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _prefixed(element: Element) -> Element:
    """Return the same tree with the prefix ``le`` instead of a default namespace."""
    spaces = {prefix or "le": space for prefix, space in element.nsmap.items()}
    copy = etree.Element(element.tag, attrib=dict(element.attrib), nsmap=spaces)
    copy.text = element.text
    copy.extend([_prefixed(child) for child in element])
    return copy


def _write_as_magister(element: Element) -> None:
    name = local_name(element)
    if name == "jaargroep" and element.text in {"11", "12"}:
        element.text = element.text[1:]
    if name == "mutatiedatum" and element.text:
        moment = dt.datetime.fromisoformat(element.text).astimezone(dt.UTC)
        element.text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    if name in {"leerling", "leerkracht"} and element.find("{*}voorvoegsel") is None:
        family = element.find("{*}achternaam")
        if family is not None:
            family.addnext(etree.Element(f"{{{LEERLINGGEGEVENS}}}voorvoegsel"))
            family.getnext().text = ""  # type: ignore[union-attr]  # it was just put there
    if (order := _ORDER_OF_MAGISTER.get(name)) is not None:
        children = sorted(element, key=lambda child: _place(order, local_name(child)))
        element.extend(children)


def _place(order: tuple[str, ...], name: str) -> int:
    return order.index(name) if name in order else len(order)


# -- serving ----------------------------------------------------------------------------------------------------------

_Message: TypeAlias = MutableMapping[str, Any]


def application(las: Las) -> Application:
    """Return the administration as an application: that of the library, followed by the deviations."""
    switches = las.switches
    lenient = switches.way == "esis" or switches.receiver == "rtti"
    inner = UwlrApplication(las, las.suppliers, lenient=lenient)

    async def serve(scope: _Message, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        asked: list[bytes] = []
        messages: list[_Message] = []

        async def listen() -> _Message:
            message: _Message = await receive()
            asked.append(message.get("body", b""))
            return message

        async def keep(message: _Message) -> None:
            messages.append(message)

        await inner(scope, listen, keep)
        body = b"".join(each.get("body", b"") for each in messages[1:])
        status, body = _departed(messages[0]["status"], body, switches, b"".join(asked))
        await send({**messages[0], "status": status})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return serve


def _departed(status: int, body: bytes, switches: UwlrSwitches, asked: bytes) -> tuple[int, bytes]:
    if status == 500:
        plain = body if switches.fault_prefix else body.replace(b"<faultcode>soap:", b"<faultcode>")
        return switches.fault_status, plain
    if b"leerresultaten_bevestiging" in body:
        return (202, b"") if switches.confirmation == "empty 202" else (status, body)
    if status == 200 and (switches.way == "magister" or switches.keyless):
        return status, rewritten(body, switches, "2.3" if b"2.3</" in asked else "")
    return status, body
