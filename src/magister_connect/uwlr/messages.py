"""UWLR envelopes and requests: who sends the request, for which school and year, and which operation.

SOAP 1.1, document/literal, UTF-8, one element in the body (documented: schemas and WSDL of UWLR 2.2). Versions up to
2.3 use the namespaces of version 2 (observed); ``xsdversie`` states the version.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, Literal, Self, TypeAlias, get_args
from zoneinfo import ZoneInfo

import attrs
from attrs import field, frozen
from lxml import etree

from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.secrets import Secret
from magister_connect.core.values import require_aware, to_datetime
from magister_connect.core.xml import Element, document_complaint, local_name, parse
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.identifiers import Brin, Dependancecode, Schooljaar, Vestigingscode
from magister_connect.uwlr.fields import (
    SHORT_TEXT,
    TEXT,
    VERSION_TEXT,
    XSD_MOMENT,
    XSI,
    Departure,
    Reader,
    one,
    require,
    with_xsd_zone,
)

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
LEERLINGGEGEVENS: Final = "http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"
LEERRESULTATEN: Final = "http://www.edustandaard.nl/leerresultaten/2/leerresultaten"
AUTORISATIE: Final = "http://www.edustandaard.nl/leerresultaten/2/autorisatie"

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
Version: TypeAlias = Literal["2.0", "2.1", "2.2", "2.3"]
VERSIONS: Final[tuple[Version, ...]] = get_args(Version)
"""The versions that share the namespaces of version 2 (documented; files of 2.3 are not public)."""

_SCHOOLJAAR: Final = re.compile(r"[1-2][0-9]{3}-[1-2][0-9]{3}")


class Operation(Enum):
    """The five operations: request element, response element, SOAPAction and namespace."""

    PUPILS_AND_STAFF = ("leerlinggegevens_verzoek", "leerlinggegevens_antwoord", "HaalLeerlinggegevens")
    STRUCTURE = ("structuur_verzoek", "structuur_antwoord", f"{LEERLINGGEGEVENS}/structuur_verzoek")
    PUPILS = ("leerlingen_verzoek", "leerlingen_antwoord", f"{LEERLINGGEGEVENS}/leerlingen_verzoek")
    STAFF = ("leerkrachten_verzoek", "leerkrachten_antwoord", f"{LEERLINGGEGEVENS}/leerkrachten_verzoek")
    RESULTS = ("leerresultaten_verzoek", "leerresultaten_bevestiging", "BrengLeerresultaten")

    request: str
    answer: str
    soap_action: str

    def __new__(cls, request: str, answer: str, soap_action: str) -> Self:
        """Create a member. Its value is the name of the request element."""
        member = object.__new__(cls)
        member._value_ = member.request = request
        member.answer, member.soap_action = answer, soap_action
        return member

    @property
    def namespace(self) -> str:
        """The namespace of both elements."""
        return LEERRESULTATEN if self is Operation.RESULTS else LEERLINGGEGEVENS

    @property
    def by_groups(self) -> bool:
        """Whether the request names groups."""
        return self in {Operation.PUPILS, Operation.STAFF}


_OPERATIONS: Final = {operation.request: operation for operation in Operation}


def secret(value: str | Secret) -> Secret:
    """Return the value as a secret."""
    return value if isinstance(value, Secret) else Secret(value)


@frozen
class Authorisation(SafeRepr):
    """The account of a request: the name and code from the supplier of the administration, and the key from the school.

    Each is a secret of 1 to 64 characters (documented). Raises :class:`UsageError` if one is empty or too long.
    """

    klantnaam: Secret = field(converter=secret)
    klantcode: Secret = field(converter=secret)
    autorisatiesleutel: Secret = field(converter=secret)

    def __attrs_post_init__(self) -> None:
        for name in ("klantnaam", "klantcode", "autorisatiesleutel"):
            if not SHORT_TEXT.accepts(getattr(self, name).reveal()):
                advice = f"Pass the value that you received: {SHORT_TEXT.words}."
                raise UsageError("This part of the account is empty or too long", where=name, advice=advice)

    def same_as(self, other: Authorisation) -> bool:
        """Return whether all three parts are equal, compared in constant time."""
        pairs = (
            (self.klantnaam, other.klantnaam),
            (self.klantcode, other.klantcode),
            (self.autorisatiesleutel, other.autorisatiesleutel),
        )
        equal = [one == two for one, two in pairs]  # a list, so that every pair is compared
        return all(equal)


@frozen
class SchoolReference(PlainData):
    """The school of a request: a BRIN with the two digits of a location, or the key of the administration.

    Create it with ``SchoolReference.of("00AA")``, ``of("00AA01")``, ``of(Brin(...))`` or
    ``SchoolReference(schoolkey="...")``. Location ``00`` is the same as no location (documented). Raises
    :class:`UsageError` unless exactly one of both is given.
    """

    brincode: str | None = None
    dependancecode: str | None = None
    schoolkey: str | None = None

    def __attrs_post_init__(self) -> None:
        if (self.brincode is None) == (self.schoolkey is None):
            advice = "Pass a BRIN, such as SchoolReference.of('00AA'), or SchoolReference(schoolkey='...')."
            raise UsageError("The school needs either a BRIN or a schoolkey", where="school", advice=advice)
        if self.brincode is not None and not Brin.is_valid(self.brincode):
            advice = "Pass two digits and two capitals, such as 00AA."
            raise UsageError("This is not a BRIN", where="brincode", advice=advice)
        if self.dependancecode is not None and not Dependancecode.is_valid(self.dependancecode):
            advice = "Pass two digits, such as 01."
            raise UsageError("This is not the code of a location", where="dependancecode", advice=advice)
        if self.schoolkey is not None and not TEXT.accepts(self.schoolkey):
            advice = "Pass the key of the administration: a text of 1 to 256 characters."
            raise UsageError("The schoolkey is empty or too long", where="schoolkey", advice=advice)

    @classmethod
    def of(cls, school: SchoolReference | Brin | Vestigingscode | str) -> SchoolReference:
        """Return the reference for a BRIN, the code of a location, or one of these as text."""
        if isinstance(school, SchoolReference):
            return school
        text = school if isinstance(school, str) else school.reveal()
        if Vestigingscode.is_valid(text):
            return cls(brincode=text[:4], dependancecode=text[4:])
        return cls(brincode=text)

    @property
    def location(self) -> tuple[str | None, str, str | None]:
        """Return the values that are equal for two references to the same school."""
        return self.brincode, self.dependancecode or "00", self.schoolkey

    def __str__(self) -> str:
        return f"{self.brincode}{self.dependancecode or ''}" if self.brincode else "a school by its schoolkey"


@frozen
class GroupReference(PlainData):
    """A group of a request. Without a key it means everybody who is in no group of this kind (documented)."""

    key: str | None = field(default=None, repr=False)
    samengesteld: bool = False

    def __attrs_post_init__(self) -> None:
        if self.key is not None:
            require(TEXT, self.key, "groepen/@key")


def in_amsterdam(moment: dt.datetime) -> dt.datetime:
    """Add a time zone. A moment without one is local time of the administration (inferred)."""
    return moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)


def schooljaar_text(schooljaar: Schooljaar | str) -> str:
    """Return the school year as text for a request. Raises :class:`MappingError` for an invalid text."""
    return Schooljaar.parse(schooljaar).reveal() if isinstance(schooljaar, str) else schooljaar.reveal()


@frozen
class DataRequest(PlainData):
    """One request for data of a school.

    ``since`` is ``laatstontvangengegevens``, an aware moment. Without it, the administration always sends data
    (documented). ``gegevenssetid`` names a profile of the administration, such as ``Smalle-set-VO`` (observed at
    Magister). ``groepen`` is used by the two requests by group.
    """

    operation: Operation
    school: SchoolReference
    schooljaar: str
    xsdversie: str = "2.2"
    gegevenssetid: str | None = None
    since: dt.datetime | None = None
    groepen: tuple[GroupReference, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.operation is Operation.RESULTS:
            raise UsageError(
                "A request for data cannot contain results",
                where="operation",
                advice="Call send_results() for results.",
            )
        if self.schooljaar and not _SCHOOLJAAR.fullmatch(self.schooljaar):
            advice = "Pass a text such as 2025-2026."
            raise UsageError("This is not a school year", where="schooljaar", advice=advice)
        require(VERSION_TEXT, self.xsdversie, "xsdversie")
        if self.gegevenssetid is not None:
            require(SHORT_TEXT, self.gegevenssetid, "gegevenssetid")
        require_aware(self.since, "since")
        if self.operation.by_groups and not self.groepen:
            advice = "Pass groups of the structure, or GroupReference() for everybody without a group."
            raise UsageError("This request needs at least one group", where="groepen", advice=advice)
        if self.groepen and not self.operation.by_groups:
            advice = "Leave groups out, or call pupils_of() or staff_of()."
            raise UsageError("This request takes no groups", where="groepen", advice=advice)


def write_envelope(content: Element, authorisation: Authorisation | None = None) -> bytes:
    """Write the envelope around an element. A request has a header with the authorisation."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    if authorisation is not None:
        header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
        block = etree.SubElement(header, f"{{{AUTORISATIE}}}autorisatie", nsmap={None: AUTORISATIE})
        for name in ("autorisatiesleutel", "klantcode", "klantnaam"):  # the order of the schema
            etree.SubElement(block, f"{{{AUTORISATIE}}}{name}").text = getattr(authorisation, name).reveal()
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def write_request(request: DataRequest, authorisation: Authorisation) -> bytes:
    """Write the request as an envelope in UTF-8."""
    namespace = request.operation.namespace
    element = etree.Element(f"{{{namespace}}}{request.operation.request}", nsmap={None: namespace})

    def put(name: str, text: str | None) -> None:
        if text is not None:
            etree.SubElement(element, f"{{{namespace}}}{name}").text = text

    put("schooljaar", request.schooljaar)
    put("brincode", request.school.brincode)
    put("dependancecode", request.school.dependancecode)
    put("schoolkey", request.school.schoolkey)
    put("xsdversie", request.xsdversie)
    put("gegevenssetid", request.gegevenssetid)
    put("laatstontvangengegevens", None if request.since is None else with_xsd_zone(request.since).isoformat())
    if request.groepen:
        groups = etree.SubElement(element, f"{{{namespace}}}groepen")
        for group in request.groepen:
            name = "samengestelde_groep" if group.samengesteld else "groep"
            written = etree.SubElement(groups, f"{{{namespace}}}{name}")
            if group.key is not None:
                written.set("key", group.key)
    return write_envelope(element, authorisation)


@frozen
class Envelope:
    """An incoming request: the operation, the element in the body, and the authorisation if it is complete.

    ``departures`` are the deviations of the envelope and its header that lenient reading accepted.
    """

    operation: Operation
    content: Element = field(repr=False)
    authorisation: Authorisation | None
    departures: tuple[Departure, ...] = ()


_ACCOUNT_TAG: Final = f"{{{AUTORISATIE}}}autorisatie"
_OWN_NAMESPACES: Final = frozenset({None, SOAP, AUTORISATIE, LEERLINGGEGEVENS, LEERRESULTATEN})


@frozen(repr=False)
class _Account(MaskedRepr):
    """The header of a request, in the order of the schema."""

    autorisatiesleutel: str = one(SHORT_TEXT, personal=True)  # masked: it is a secret
    klantcode: str = one(SHORT_TEXT)
    klantnaam: str = one(SHORT_TEXT)


def parse_envelope(body: bytes, *, lenient: bool = False) -> Envelope:
    """Read the envelope of a request. The element in the body determines the operation, not SOAPAction.

    Raises :class:`~magister_connect.errors.DocumentInvalid` if it is not XML, and :class:`FieldInvalid` for another
    envelope or an unknown element in the body. Strict reading requires the form of SOAP 1.1. Blocks of other standards
    in the header are ignored.
    """
    root, reader = parse(body, document_complaint()), Reader(lenient=lenient)
    inner = next(root.iterchildren(f"{{{SOAP}}}Body"), None) if root.tag == f"{{{SOAP}}}Envelope" else None
    content = None if inner is None else next(inner.iterchildren("{*}*"), None)
    if inner is None or content is None:
        raise FieldInvalid("A SOAP 1.1 envelope with one element in its body was expected", where="Envelope")
    operation = _OPERATIONS.get(local_name(content))
    if operation is None or etree.QName(content).namespace != operation.namespace:
        raise FieldInvalid("The body does not contain a request of UWLR 2", where="Body")
    _note_form(root, inner, reader)
    return Envelope(operation, content, _authorisation(root, reader), tuple(reader.departures))


def _note_form(root: Element, body: Element, reader: Reader) -> None:
    """Note what SOAP 1.1 does not allow: parts in another order or twice, text between them, a second request."""
    parts = [local_name(child) if etree.QName(child).namespace == SOAP else "" for child in root.iterchildren("{*}*")]
    if parts not in (["Header", "Body"], ["Body"]):
        reader.note("Envelope", "A header and a body were expected, in this order")
    if len(list(body.iterchildren("{*}*"))) > 1:
        reader.note("Body", "One element was expected")
    headers = list(root.iterchildren(f"{{{SOAP}}}Header"))
    for part in (root, *headers, body):
        own = {XSI[1:-1]} if part is body else {None, SOAP, XSI[1:-1]}
        foreign = [name for name in part.attrib if etree.QName(name).namespace not in own]
        reader.note_strays(part, local_name(part), foreign, is_text=False)
    for block in (child for header in headers for child in header.iterchildren("{*}*")):
        if etree.QName(block).namespace in _OWN_NAMESPACES and block.tag != _ACCOUNT_TAG:
            reader.note(f"Header/{local_name(block)}", "The schema has no such element here")


def _authorisation(root: Element, reader: Reader) -> Authorisation | None:
    """Return the account in the header; ``None`` without a complete one in the form of the schema."""
    found = root.findall(f"{{{SOAP}}}Header/{_ACCOUNT_TAG}")
    try:
        if len(found) > 1:
            reader.note("Header", "The account stands more than once")
        account = reader.read(_Account, found[0], "autorisatie") if found else None
        return None if account is None else Authorisation(**attrs.asdict(account))
    except (FieldInvalid, UsageError):
        return None


_ORDER: Final = (
    "schooljaar",
    "brincode",
    "dependancecode",
    "schoolkey",
    "xsdversie",
    "gegevenssetid",
    "laatstontvangengegevens",
    "groepen",
)


_NEVER_EMPTY: Final = ("gegevenssetid", "laatstontvangengegevens")  # as the school year and the version, seen to below


def read_request(envelope: Envelope, *, lenient: bool = False) -> tuple[DataRequest, tuple[Departure, ...]]:
    """Read the request in an envelope.

    Returns it with its deviations from the schema, which only lenient reading accepts.

    Lenient reading accepts what was observed:

    - an empty school year, sent to ESIS, which answers for the current year (the text is then ``""``);
    - a request without ``xsdversie``;
    - a BRIN together with a schoolkey (the BRIN counts);
    - elements in another order.

    Raises :class:`FieldInvalid` for other deviations.
    """
    reader = Reader(lenient=lenient)
    note = reader.note
    reader.note_strays(envelope.content, envelope.operation.request, is_text=False)
    texts = dict(_texts(envelope, reader, lenient=lenient))
    if not texts.get("schooljaar"):
        note("schooljaar", "The school year is missing")
    if texts.get("brincode") and texts.get("schoolkey"):
        note("schoolkey", "The school is named twice")
        del texts["schoolkey"]
    if not texts.get("xsdversie"):
        note("xsdversie", "The version is missing")
    try:
        request = DataRequest(
            operation=envelope.operation,
            school=SchoolReference(
                brincode=texts.get("brincode") or None,
                dependancecode=texts.get("dependancecode") or None,
                schoolkey=texts.get("schoolkey") or None,
            ),
            schooljaar=texts.get("schooljaar", ""),
            xsdversie=texts.get("xsdversie") or "2.2",
            gegevenssetid=texts.get("gegevenssetid") or None,
            since=_since(texts, note),
            groepen=_groups(envelope, reader) if envelope.operation.by_groups else (),
        )
    except UsageError as error:
        what, where = error.what, error.where
    else:
        return request, tuple(reader.departures)
    raise FieldInvalid(what, where=where)


def _texts(envelope: Envelope, reader: Reader, *, lenient: bool) -> Iterator[tuple[str, str]]:
    place, namespace = -1, envelope.operation.namespace
    for child in envelope.content.iterchildren("{*}*"):
        name, text = local_name(child), child.text or ""
        if lenient:
            text = text.strip()
        if name not in _ORDER:
            reader.note(name, "The schema has no such element here")
            continue
        if etree.QName(child).namespace != namespace:
            reader.note(name, "The element is in another namespace")
        if _ORDER.index(name) <= place:
            reader.note(name, "The element stands in another place than the schema says")
        place = max(place, _ORDER.index(name))
        reader.note_strays(child, name, is_text=name != "groepen")
        if not text and name in _NEVER_EMPTY:
            reader.note(name, "The element is empty")
        yield name, text


def _since(texts: dict[str, str], note: Callable[[str, str], None]) -> dt.datetime | None:
    text = texts.get("laatstontvangengegevens")
    if not text:
        return None
    if "T" not in text:
        raise FieldInvalid("A date and time was expected", where="laatstontvangengegevens")
    moment = in_amsterdam(to_datetime(text, "laatstontvangengegevens"))
    if not XSD_MOMENT.fullmatch(text):
        note("laatstontvangengegevens", "The value is written in another form than the schema has")
    return moment


def _groups(envelope: Envelope, reader: Reader) -> tuple[GroupReference, ...]:
    found = next(envelope.content.iterchildren("{*}groepen"), None)
    groups = () if found is None else tuple(found.iterchildren("{*}groep", "{*}samengestelde_groep"))
    if found is None or not groups:
        raise FieldInvalid("At least one group was expected", where="groepen")
    for other in {*found.iterchildren("{*}*")} - {*groups}:
        reader.note(f"groepen/{local_name(other)}", "The schema has no such element here")
    return tuple(_group(each, f"groepen/{local_name(each)}", reader) for each in groups)


def _group(element: Element, where: str, reader: Reader) -> GroupReference:
    reader.note_strays(element, where, ("key",), is_text=False)
    if etree.QName(element).namespace != LEERLINGGEGEVENS:
        reader.note(where, "The element is in another namespace")
    if len(element) or element.text:
        reader.note(where, "The element is empty in a request")
    return GroupReference(element.get("key"), local_name(element) == "samengestelde_groep")
