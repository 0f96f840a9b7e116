"""Test results that UWLR sends to the administration: test sessions, results, tests, parts and norms.

Each record checks its own fields when it is created, by the schema of UWLR 2.2 (documented). :func:`check_results`
checks a whole message (:class:`ResultsMessage`) before it is sent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final, TypeAlias

import attrs
from attrs import frozen
from lxml import etree

from magister_connect.core.boundary import boundary
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.xml import Element, document_complaint, local_name, parse
from magister_connect.errors import DocumentInvalid, Responsible, UsageError
from magister_connect.uwlr.fields import (
    DATE,
    MOMENT,
    SCORE,
    SHORT_TEXT,
    TEXT,
    URI,
    VERSION_TEXT,
    XSI_TYPE,
    Departure,
    Reader,
    decimal,
    many,
    maybe,
    one,
    text,
    whole,
    write_record,
)
from magister_connect.uwlr.messages import LEERRESULTATEN, VERSIONS, SchoolReference
from magister_connect.uwlr.vocabularies import VocabulaireTerm, Vocabulary, unknown_terms

OSO: Final = "http://www.edustandaard.nl/oso_gegevensset/1.2/dossier"
TOETSDEFINITIES: Final = "http://www.edustandaard.nl/leerresultaten/2/toetsdefinities"
_TYPE_NAME: Final = re.compile(r"\{[^{}\s]+\}[\w.-]+")
_DEVIATING: Final = "score-afwijkend"  # the element while a message is read; in the message itself it is score
_COLOUR: Final = whole(0, 255)
_GRADE: Final = decimal(Decimal("1.00"), Decimal("10.00"))
_NAME: Final = text(128)


@frozen(kw_only=True, repr=False)
class Normkleur(MaskedRepr):
    """The colour of a norm. ``transparantie`` is from 0.00 to 1.00, which is opaque (documented)."""

    rood_code: int = one(_COLOUR)
    groen_code: int = one(_COLOUR)
    blauw_code: int = one(_COLOUR)
    transparantie: Decimal = one(decimal(Decimal("0.00"), Decimal("1.00")))


@frozen(kw_only=True, repr=False)
class Norm(MaskedRepr):
    """The scores from ``beginnormwaarde`` to ``eindnormwaarde``, both included, and their name.

    The schema requires ``term`` and ``beginnormwaarde``. RTTI accepts norms without them (observed), so they may be
    ``None`` for a receiver.
    """

    term: str | None = maybe(SHORT_TEXT)
    omschrijving: str | None = maybe(_NAME)
    beginnormwaarde: int | None = maybe(SCORE)
    eindnormwaarde: int = one(SCORE)
    normkleur: Normkleur | None = maybe(Normkleur)
    schoolcijfer_vanaf: Decimal | None = maybe(_GRADE)
    schoolcijfer_totenmet: Decimal | None = maybe(_GRADE)


@frozen(kw_only=True, repr=False)
class Normering(MaskedRepr):
    """The norms of a test or part. They apply only to a score, never to an OSO result (documented)."""

    toetscategorie: VocabulaireTerm | None = maybe(VocabulaireTerm)
    toetsniveau: VocabulaireTerm | None = maybe(VocabulaireTerm)
    wegingsfactor: Decimal | None = maybe(decimal())
    norm: tuple[Norm, ...] = many(Norm, "norm", required=True)
    vocabulaire: str | None = maybe(URI, name="@vocabulaire", may_be_empty=True)
    vocabulairelocatie: str | None = maybe(URI, name="@vocabulairelocatie", may_be_empty=True)


@frozen(kw_only=True, repr=False)
class Toetsonderdeel(MaskedRepr):
    """A part of a test. ``toetsonderdeelvolgnummer`` is unique within the test (documented)."""

    toetsonderdeelvolgnummer: int = one(whole(1))
    toetsonderdeelcode: VocabulaireTerm = one(VocabulaireTerm)
    toetsonderdeelnaam: str | None = maybe(_NAME)
    toetsonderdeelnormering: Normering | None = maybe(Normering)


@frozen(kw_only=True, repr=False)
class Ingang(MaskedRepr):
    """One level of the position of a test in a hierarchy."""

    term: str = one(TEXT, name=".")
    niveau: int = one(whole(-(10**9)), name="@niveau")
    vocabulaire: str | None = maybe(URI, name="@vocabulaire", may_be_empty=True)
    vocabulairelocatie: str | None = maybe(URI, name="@vocabulairelocatie", may_be_empty=True)


@frozen(kw_only=True, repr=False)
class Toets(MaskedRepr):
    """A test: its code, its norms, and its parts."""

    toetscode: VocabulaireTerm = one(VocabulaireTerm)
    versie: VocabulaireTerm | None = maybe(VocabulaireTerm)
    toetsnaam: str | None = maybe(_NAME)
    leerjaar: VocabulaireTerm | None = maybe(VocabulaireTerm)
    vakgebied: VocabulaireTerm | None = maybe(VocabulaireTerm)
    toetsnormering: Normering | None = maybe(Normering)
    toetshierarchie: tuple[Ingang, ...] = many(Ingang, "ingang", inside="toetshierarchie")
    toetsonderdelen: tuple[Toetsonderdeel, ...] = many(Toetsonderdeel, "toetsonderdeel", inside="toetsonderdelen")


@frozen(kw_only=True, repr=False)
class Betrouwbaarheidsinterval(MaskedRepr):
    """The interval that contains the true skill."""

    bivlaag: Decimal = one(decimal())
    bivhoog: Decimal = one(decimal())


@frozen(kw_only=True, repr=False)
class Toetsscore(MaskedRepr):
    """The score of a test as in OSO 1.2. ``tijd`` is in seconds (documented)."""

    aantalopgaven: int | None = maybe(whole(-(2**31), 2**31 - 1))
    aantalgoed: int | None = maybe(whole(-(2**31), 2**31 - 1))
    aantalfout: int | None = maybe(whole(-(2**31), 2**31 - 1))
    aantalgelezen: int | None = maybe(whole(-(2**31), 2**31 - 1))
    tijd: Decimal | None = maybe(decimal())
    vaardigheidsscore: Decimal | None = maybe(decimal())
    codevaardigheidsschaal: str | None = maybe(text(None))
    betrouwbaarheidsinterval: Betrouwbaarheidsinterval | None = maybe(Betrouwbaarheidsinterval)


@frozen(kw_only=True, repr=False)
class Referentiescore(MaskedRepr):
    """A score compared with a reference group, by the code lists 11 and 22 of OSO. Their contents are unknown here."""

    codereferentiescore: str = one(text(None))
    codevergelijkingsgroep: str = one(text(None))
    waarde: str = one(text(None))
    kwalificatie: str | None = maybe(text(None))


@frozen(kw_only=True, repr=False)
class Osoresultaat(MaskedRepr):
    """A result as in OSO 1.2. An empty one is valid (measured against the schema)."""

    toetsscore: Toetsscore | None = maybe(Toetsscore, namespace=OSO)
    referentiescore: tuple[Referentiescore, ...] = many(Referentiescore, "referentiescore", namespace=OSO)


@frozen(kw_only=True, repr=False)
class Anderresultaat(MaskedRepr):
    """A result of a type that two parties agreed on. ``type`` is written as ``{namespace}name``.

    The type is abstract in the schema (documented), so such a message is valid only against a schema that both parties
    share. For a type with its own fields, derive from this class and describe the fields as in
    :mod:`magister_connect.uwlr.fields`. They are written in the namespace of the type. Pass the class in
    ``agreed_types``; for a type without its own fields, pass its name.
    """

    tagged: ClassVar[bool] = True

    type: str = one(TEXT, name=f"@{XSI_TYPE}", personal=False)
    andere_score: str | None = maybe(text(None))

    def __attrs_post_init__(self) -> None:
        if not _TYPE_NAME.fullmatch(self.type):
            advice = 'Write the namespace in braces, such as "{urn:uitgever}Dictee".'
            raise UsageError("The name of the type is not valid", where=f"{type(self).__name__}.type", advice=advice)


AgreedTypes: TypeAlias = Collection[str | type[Anderresultaat]]
"""The types of results that both parties agreed on: classes, or names written as ``{namespace}name``."""


def _own_types(agreed: AgreedTypes) -> Mapping[str, type[Anderresultaat]]:
    """Return the record of each agreed type by name. Raises :class:`UsageError` for a class without a type name."""
    found: dict[str, type[Anderresultaat]] = {}
    for each in agreed:
        name = each if isinstance(each, str) else attrs.fields_dict(each)["type"].default
        if not isinstance(name, str) or not _TYPE_NAME.fullmatch(name):
            advice = 'Add a field to the class, type = own_type("{namespace}name"), or pass such a name.'
            raise UsageError("An agreed type has no name", where="agreed_types", advice=advice)
        found[name] = Anderresultaat if isinstance(each, str) else each
    return found


@frozen(kw_only=True, repr=False)
class Resultaat(MaskedRepr):
    """One result of a test session: of the whole test, or of the part named by ``toetsonderdeelcode`` (documented).

    Exactly one of ``score``, ``osoresultaat``, ``anderresultaat`` and ``afwijkende_score`` is set. ``afwijkende_score``
    is a text where the schema requires a whole number, such as ``7.5`` or ``X``. RTTI accepts it (observed); sending it
    needs ``deviating_scores=True``. ``key`` identifies this result permanently; :func:`result_key` creates one.
    """

    key: str = one(TEXT, name="@key")
    afnamedatum: dt.date = one(DATE)
    toetscode: str = one(TEXT)
    versie: VocabulaireTerm | None = maybe(VocabulaireTerm)
    toetsonderdeelcode: str | None = maybe(TEXT)
    score: int | None = maybe(SCORE)
    afwijkende_score: str | None = maybe(TEXT, name=_DEVIATING, written="score")
    osoresultaat: Osoresultaat | None = maybe(Osoresultaat)
    anderresultaat: Anderresultaat | None = maybe(Anderresultaat)
    infourl: str | None = maybe(TEXT, personal=True)

    def __attrs_post_init__(self) -> None:
        given = (self.score, self.osoresultaat, self.anderresultaat, self.afwijkende_score)
        if sum(each is not None for each in given) != 1:
            advice = "Pass one of score, osoresultaat, anderresultaat and afwijkende_score."
            raise UsageError("A result must have exactly one outcome", where="Resultaat", advice=advice)


@frozen(kw_only=True, repr=False)
class Toetsafname(MaskedRepr):
    """A test session of one pupil. ``leerlingid`` is the key of the administration, and is required (measured)."""

    leerlingid: str = one(TEXT, personal=True)
    eckid: str | None = maybe(TEXT, personal=True)
    resultaatverwerkerid: str | None = maybe(TEXT, personal=True)
    resultaten: tuple[Resultaat, ...] = many(Resultaat, "resultaat", inside="resultaten", required=True)


@frozen(kw_only=True, repr=False)
class ResultsSchool(MaskedRepr):
    """The head of a message of results: one school and one school year.

    The schema requires ``xsdversie``. Some senders leave it out (observed), so it may be ``None`` for a receiver.
    """

    schooljaar: str = one(TEXT)
    brincode: str | None = maybe(text(4))
    dependancecode: str | None = maybe(text(2), may_be_empty=True)
    schoolkey: str | None = maybe(TEXT)
    aanmaakdatum: dt.datetime = one(MOMENT)
    auteur: str | None = maybe(_NAME, personal=True)
    xsdversie: str | None = maybe(VERSION_TEXT)
    commentaar: str | None = maybe(_NAME, personal=True)

    def __attrs_post_init__(self) -> None:
        _ = self.reference

    @property
    def reference(self) -> SchoolReference:
        """Return the school. Raises :class:`UsageError` unless it is named in exactly one way."""
        return SchoolReference(self.brincode, self.dependancecode, self.schoolkey)


@frozen(kw_only=True, repr=False)
class ResultsMessage(MaskedRepr):
    """The contents of one request: the head, the test sessions, and their tests."""

    school: ResultsSchool = one(ResultsSchool)
    toetsafnames: tuple[Toetsafname, ...] = many(Toetsafname, "toetsafname", inside="toetsafnames", required=True)
    toetsen: tuple[Toets, ...] = many(Toets, "toets", inside="toetsen", required=True)

    @property
    def results(self) -> Iterator[Resultaat]:
        """Yield all results of all test sessions."""
        return (result for taking in self.toetsafnames for result in taking.resultaten)


@frozen(kw_only=True, repr=False)
class _Definitions(MaskedRepr):
    """The contents of a document of test definitions."""

    toetsen: tuple[Toets, ...] = many(Toets, "toets", inside="toetsen", required=True, namespace=LEERRESULTATEN)


def result_key(*parts: str) -> str:
    """Return a key that is the same for the same parts: the test session, and the part of the test.

    A receiver replaces a result with the same key (inferred), so that sending it again changes nothing. The parts
    cannot be read from the key. But somebody who knows all parts but one can guess that one, so leave personal numbers
    out.
    """
    if not parts or not all(parts):
        advice = "Pass texts that identify the attempt and the part of the test."
        raise UsageError("A key needs at least one text, and no text may be empty", where="result_key", advice=advice)
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:40]


def check_results(
    message: ResultsMessage,
    *,
    deviating_scores: bool = False,
    agreed_types: AgreedTypes = (),
    vocabularies: Iterable[Vocabulary] = (),
) -> Iterator[Departure]:
    """Yield what the schema and the standard refuse about a whole message, by path.

    No line contains a value of a pupil.

    Keys must be unique within the message, and so must codes of tests. Each result must name a test of the message
    (documented as keys of the schema). The schema accepts the following (measured), but this function does not:

    - a part that the test does not define;
    - a norm, a range of grades or an interval that ends before it begins;
    - a school year of two years that are not consecutive.

    If a test or part has norms, each score must be in one of them. A receiver refuses it otherwise
    (``Client.ScoreOngeldig``).

    ``deviating_scores`` accepts a score that is not a whole number. ``agreed_types`` are the types of
    :class:`Anderresultaat` that both parties agreed on: the standard itself defines none. ``vocabularies`` are used to
    look up terms (:func:`read_vocabulary`).
    """
    yield from _check_keys(message)
    types = _own_types(agreed_types)
    tests = {test.toetscode.term: test for test in message.toetsen}
    for path, result in _paths(message):
        test = tests.get(result.toetscode)
        if test is None:
            yield Departure(f"{path}/toetscode", "The message holds no test of this code")
        elif result.toetsonderdeelcode is not None and result.toetsonderdeelcode not in _parts(test):
            yield Departure(f"{path}/toetsonderdeelcode", "The test has no part of this code")
        elif not _is_in_a_norm(result, test):
            yield Departure(f"{path}/score", "No norm of the test holds this score")
        if result.afwijkende_score is not None and not deviating_scores:
            yield Departure(f"{path}/score", "A score is a whole number from 0; deviating_scores=True lets it pass")
        if result.anderresultaat is not None:
            yield from _check_own(result.anderresultaat, types, f"{path}/anderresultaat")
        if result.osoresultaat is not None:
            yield from _check_oso(result.osoresultaat, f"{path}/osoresultaat")
    yield from _check_tests(message.toetsen)
    for path in unknown_terms(message, vocabularies):
        yield Departure(path, UNKNOWN_TERM)


UNKNOWN_TERM: Final = "The vocabulary has no such term"


def _check_own(own: Anderresultaat, types: Mapping[str, type[Anderresultaat]], path: str) -> Iterator[Departure]:
    if own.type not in types:
        yield Departure(path, "Its type is not among agreed_types")
    elif type(own) is not types[own.type]:
        yield Departure(path, "It is of another class than the one that agreed_types has for its type")


def _check_oso(oso: Osoresultaat, path: str) -> Iterator[Departure]:
    interval = oso.toetsscore.betrouwbaarheidsinterval if oso.toetsscore else None
    if interval is not None and interval.bivlaag > interval.bivhoog:
        yield Departure(f"{path}/toetsscore/betrouwbaarheidsinterval", "The interval ends below its beginning")


def _is_in_a_norm(result: Resultaat, test: Toets) -> bool:
    """Return whether a score is in one of its norms, if there are any.

    A score that is not a whole number is not compared.
    """
    norms = test.toetsnormering
    if result.toetsonderdeelcode is not None:
        parts = (each for each in test.toetsonderdelen if each.toetsonderdeelcode.term == result.toetsonderdeelcode)
        norms = next(parts).toetsonderdeelnormering
    if norms is None or result.score is None:
        return True
    return any((each.beginnormwaarde or 0) <= result.score <= each.eindnormwaarde for each in norms.norm)


def _check_keys(message: ResultsMessage) -> Iterator[Departure]:
    first, last = message.school.schooljaar[:4], message.school.schooljaar[5:]
    if not (first.isdecimal() and last.isdecimal() and int(last) == int(first) + 1):
        yield Departure("school/schooljaar", "Two consecutive years, such as 2025-2026, were expected")
    if message.school.xsdversie is None:
        yield Departure("school/xsdversie", "The element is missing")
    elif message.school.xsdversie not in VERSIONS:
        yield Departure("school/xsdversie", f"One of {', '.join(VERSIONS)} was expected")
    keys = Counter(result.key for result in message.results)
    for path, result in _paths(message):
        if keys[result.key] > 1:
            yield Departure(f"{path}/@key", "Another result of the message has the same key")
    codes = Counter(test.toetscode.term for test in message.toetsen)
    for place, test in enumerate(message.toetsen, 1):
        if codes[test.toetscode.term] > 1:
            yield Departure(f"toetsen/toets[{place}]/toetscode", "Another test of the message has the same code")


def _paths(message: ResultsMessage) -> Iterator[tuple[str, Resultaat]]:
    for place, taking in enumerate(message.toetsafnames, 1):
        for number, result in enumerate(taking.resultaten, 1):
            yield f"toetsafnames/toetsafname[{place}]/resultaten/resultaat[{number}]", result


def _parts(test: Toets) -> set[str]:
    return {part.toetsonderdeelcode.term for part in test.toetsonderdelen}


def _check_tests(tests: Iterable[Toets]) -> Iterator[Departure]:
    for place, test in enumerate(tests, 1):
        yield from _check_test(test, f"toetsen/toets[{place}]")


def _check_test(test: Toets, path: str) -> Iterator[Departure]:
    numbers = Counter(part.toetsonderdeelvolgnummer for part in test.toetsonderdelen)
    for place, part in enumerate(test.toetsonderdelen, 1):
        here = f"{path}/toetsonderdelen/toetsonderdeel[{place}]"
        if numbers[part.toetsonderdeelvolgnummer] > 1:
            yield Departure(f"{here}/toetsonderdeelvolgnummer", "Another part of the test has the same number")
        yield from _check_norms(part.toetsonderdeelnormering, f"{here}/toetsonderdeelnormering")
    yield from _check_norms(test.toetsnormering, f"{path}/toetsnormering")


def _check_norms(norms: Normering | None, path: str) -> Iterator[Departure]:
    for place, norm in enumerate(norms.norm if norms else (), 1):
        here = f"{path}/norm[{place}]"
        if norm.term is None:
            yield Departure(f"{here}/term", "The element is missing")
        if norm.beginnormwaarde is None:
            yield Departure(f"{here}/beginnormwaarde", "The element is missing")
        elif norm.beginnormwaarde > norm.eindnormwaarde:
            yield Departure(here, "The norm ends below its beginning")
        least, most = norm.schoolcijfer_vanaf, norm.schoolcijfer_totenmet
        if least is not None and most is not None and least > most:
            yield Departure(here, "The grades of the norm end below their beginning")


def refuse_departures(departures: Sequence[Departure]) -> None:
    """Raise :class:`DocumentInvalid` with the first deviations and the number of the others."""
    if departures:
        shown = "; ".join(str(each) for each in departures[:5])
        more = f"; and {len(departures) - 5} more" if len(departures) > 5 else ""
        raise DocumentInvalid(
            f"The message may not be sent: {shown}{more}",
            where="results",
            responsible=Responsible.YOU,
            advice="Correct the fields at these paths. check_results() lists all of them.",
        )


def write_results(message: ResultsMessage) -> Element:
    """Write the message as the element ``leerresultaten_verzoek``."""
    element = etree.Element(f"{{{LEERRESULTATEN}}}leerresultaten_verzoek", nsmap={None: LEERRESULTATEN, "oso": OSO})
    write_record(element, message, LEERRESULTATEN)
    for other in tuple(element.iter(f"{{{LEERRESULTATEN}}}anderresultaat")):
        _name_type(other)
    return element


def _name_type(element: Element) -> None:
    """Set a prefix for the type, and its namespace for its own fields. An element gets a new one only at creation."""
    namespace, _, name = element.get(XSI_TYPE, "")[1:].partition("}")
    for child in element:
        if local_name(child) != "andere_score":
            for own in child.iter("*"):
                own.tag = f"{{{namespace}}}{local_name(own)}"
    named = etree.Element(element.tag, nsmap={"ander": namespace})
    named.set(XSI_TYPE, f"ander:{name}")
    named.extend(list(element))
    parent = element.getparent()
    if parent is not None:
        parent.replace(element, named)


def read_results(
    element: Element,
    *,
    lenient: bool = False,
    agreed_types: AgreedTypes = (),
    vocabularies: Iterable[Vocabulary] = (),
) -> tuple[ResultsMessage, tuple[Departure, ...]]:
    """Read the message in ``leerresultaten_verzoek``.

    Returns it with its deviations, which only lenient reading accepts.

    Strict reading refuses everything that :func:`check_results` finds. Lenient reading also accepts a missing
    ``xsdversie``, a score that is not a whole number (``afwijkende_score``), and norms without a term or a beginning.
    Receivers accept these (observed). Raises :class:`FieldInvalid` with the path of what cannot be read.
    """
    reader = Reader(lenient=lenient, own_types=_own_types(agreed_types))
    for score in element.iter(f"{{{LEERRESULTATEN}}}score"):
        if lenient and not (score.text or "").strip().isdecimal():
            score.tag = f"{{{LEERRESULTATEN}}}{_DEVIATING}"
    for other in element.iter(f"{{{LEERRESULTATEN}}}anderresultaat"):
        _resolve_type(other)
    message = reader.read(ResultsMessage, element, local_name(element))
    for departure in check_results(message, agreed_types=agreed_types, vocabularies=vocabularies):
        reader.note(departure.where, departure.what)
    return message, tuple(reader.departures)


def _resolve_type(element: Element) -> None:
    prefix, _, name = element.get(XSI_TYPE, "").strip().rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    if name and namespace:
        element.set(XSI_TYPE, f"{{{namespace}}}{name}")


def write_definitions(tests: Iterable[Toets]) -> bytes:
    """Write a document of test definitions in UTF-8: tests without results, to hand over separately (documented)."""
    root = etree.Element(f"{{{TOETSDEFINITIES}}}Toetsdefinities", nsmap={None: TOETSDEFINITIES, "lr": LEERRESULTATEN})
    definitions = _Definitions(toetsen=tuple(tests))
    refuse_departures(tuple(_check_tests(definitions.toetsen)))
    write_record(root, definitions, LEERRESULTATEN)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


@boundary.around
def read_definitions(document: bytes, *, lenient: bool = False) -> tuple[Toets, ...]:
    """Read the tests in a document of test definitions. A code may occur twice there (measured).

    Raises :class:`DocumentInvalid` if it is another document, and :class:`FieldInvalid` with the path of what cannot be
    read.
    """
    root, reader = parse(document, document_complaint()), Reader(lenient=lenient)
    if local_name(root) == "toetsen":  # as in a message of results
        outer = etree.Element(f"{{{LEERRESULTATEN}}}Toetsdefinities")
        outer.append(root)
        root = outer
    if next(root.iterchildren("{*}toetsen"), None) is None:
        advice = "Request a document of test definitions (Toetsdefinities) of UWLR 2."
        raise DocumentInvalid("The document contains no tests", where=local_name(root), advice=advice)
    if root.tag != f"{{{TOETSDEFINITIES}}}Toetsdefinities":
        reader.note(local_name(root), "The element Toetsdefinities of UWLR 2 was expected")
    tests = reader.read(_Definitions, root, local_name(root)).toetsen
    for departure in _check_tests(tests):
        reader.note(departure.where, departure.what)
    return tests


def in_batches(message: ResultsMessage, most: int = 2_000) -> Iterator[ResultsMessage]:
    """Split the message into batches of at most ``most`` results, each with its tests.

    The test sessions of one pupil stay together, unless a single one is larger than ``most``.
    """
    if most < 1:
        raise UsageError("A batch must hold at least one result", where="most", advice="Pass most=1 or more.")
    tests = {test.toetscode.term: test for test in message.toetsen}
    takings: list[Toetsafname] = []
    size = 0
    for taking in message.toetsafnames:
        if takings and size + len(taking.resultaten) > most:
            yield _batch(message, takings, tests)
            takings, size = [], 0
        takings.append(taking)
        size += len(taking.resultaten)
    yield _batch(message, takings, tests)


def _batch(message: ResultsMessage, takings: Sequence[Toetsafname], tests: Mapping[str, Toets]) -> ResultsMessage:
    codes = dict.fromkeys(result.toetscode for taking in takings for result in taking.resultaten)
    about = tuple(tests[code] for code in codes if code in tests)
    return ResultsMessage(school=message.school, toetsafnames=tuple(takings), toetsen=about or message.toetsen)
