"""Results of types that two parties agreed on, and terms that vocabularies bind."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from attrs import frozen
from lxml import etree

from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.uwlr import (
    Anderresultaat,
    FaultCode,
    Ingang,
    Norm,
    Normering,
    Refusal,
    ResultsMessage,
    VocabulaireTerm,
    check_results,
    parse_request,
    read_vocabulary,
    unknown_terms,
)
from magister_connect.uwlr.fields import BOOLEAN, DATE, decimal, many, maybe, one, own_type, text, whole
from magister_connect.uwlr.messages import write_envelope
from magister_connect.uwlr.results import read_results, write_results
from tests.uwlr.messages import ACCOUNT, FULL, exam, message, norms, result, taking


@frozen(kw_only=True, repr=False)
class Woord(MaskedRepr):
    """One word of a dictation."""

    goed: bool = one(BOOLEAN)


@frozen(kw_only=True, repr=False)
class Lezen(Anderresultaat):
    """Another type of the same parties."""

    type: str = own_type("{urn:uitgever:dictee}Lezen")


@frozen(kw_only=True, repr=False)
class Dictee(Anderresultaat):
    """A dictation, as a publisher and an administration agreed on it."""

    type: str = own_type("{urn:uitgever:dictee}Dictee")
    fouten: int = one(whole())
    cijfer: Decimal | None = maybe(decimal(Decimal(1), Decimal(10)))  # noqa: RUF009 - as attrs.field
    nagekeken: dt.date | None = maybe(DATE)  # noqa: RUF009 - as attrs.field
    toelichting: str | None = maybe(text(500), personal=True)
    woord: tuple[Woord, ...] = many(Woord, "woord", inside="woorden")


OWN = Dictee(
    andere_score="8", fouten=2, cijfer=Decimal("7.5"), toelichting="Geheim", woord=(Woord(goed=True), Woord(goed=False))
)
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:d="urn:uitgever:dictee"
  targetNamespace="urn:uitgever:dictee" elementFormDefault="qualified"
  xmlns:lr="http://www.edustandaard.nl/leerresultaten/2/leerresultaten">
<xs:import namespace="http://www.edustandaard.nl/leerresultaten/2/leerresultaten" schemaLocation="{}"/>
<xs:complexType name="Woord"><xs:sequence><xs:element name="goed" type="xs:boolean"/></xs:sequence></xs:complexType>
<xs:complexType name="Dictee"><xs:complexContent><xs:extension base="lr:ctpAnderResultaatType"><xs:sequence>
 <xs:element name="fouten" type="xs:nonNegativeInteger"/><xs:element name="cijfer" type="xs:decimal" minOccurs="0"/>
 <xs:element name="nagekeken" type="xs:date" minOccurs="0"/>
 <xs:element name="toelichting" type="xs:string" minOccurs="0"/>
 <xs:element name="woorden" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="woord" type="d:Woord"
 maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:schema>"""


def sent(own: Anderresultaat = OWN) -> ResultsMessage:
    return message(taking(result(score=None, anderresultaat=own)))


def test_an_own_type_is_valid_by_the_schema_that_both_share_and_reads_back(shared_data: Path) -> None:
    official = shared_data / "uwlr" / "2.2" / "Schemas" / "UWLR_Leerresultaten_v2p2.xsd"
    shared = etree.XMLSchema(etree.fromstring(SCHEMA.format(official.as_uri())))
    written = etree.fromstring(etree.tostring(write_results(sent())))
    assert shared.validate(written), shared.error_log
    assert read_results(written, agreed_types=[Dictee]) == (sent(), ())
    assert list(check_results(sent(), agreed_types=[Dictee])) == []


def test_an_own_type_becomes_plain_data_and_comes_back_and_masks_what_is_personal() -> None:
    assert ResultsMessage.from_dict(sent().to_dict(reveal=True)) == sent()
    assert "Geheim" not in sent().to_json() + repr(OWN)


def test_an_own_type_is_checked_as_every_record_is() -> None:
    with pytest.raises(UsageError, match="whole number") as raised:
        Dictee(fouten=-1)
    assert raised.value.where == "Dictee.fouten"
    written = write_results(sent())
    for fouten in written.iter("{urn:uitgever:dictee}fouten"):
        fouten.text = "veel"
    with pytest.raises(FieldInvalid) as invalid:
        read_results(written, agreed_types=[Dictee])
    assert (invalid.value.where or "").endswith("anderresultaat/fouten")


@pytest.mark.parametrize("agreed", [[], [Lezen], ["{urn:uitgever:dictee}Dictee"], ["{urn:uitgever:dictee}Anders"]])
def test_a_type_that_was_not_agreed_on_is_found_on_both_sides(agreed: list[str | type[Anderresultaat]]) -> None:
    assert [each.where.rpartition("/")[2] for each in check_results(sent(), agreed_types=agreed)] == ["anderresultaat"]
    with pytest.raises(FieldInvalid):
        read_results(write_results(sent()), agreed_types=agreed)


def test_a_class_without_a_name_for_its_type_cannot_be_agreed_on() -> None:
    with pytest.raises(UsageError, match="own_type"):
        list(check_results(sent(), agreed_types=[Anderresultaat]))


# -- vocabularies -----------------------------------------------------------------------------------------------------

VDEX = """<vdex xmlns="http://www.imsglobal.org/xsd/imsvdex_v1p0"><vocabName>
<langstring language="nl">Voorbeeld</langstring>
</vocabName><vocabIdentifier>urn:voc:x</vocabIdentifier><term><termIdentifier>goed</termIdentifier>
<caption><langstring language="nl">Goed</langstring><langstring language="en">Good</langstring></caption>
<term><termIdentifier>beter</termIdentifier></term></term></vdex>"""
VOCABULARY = read_vocabulary(VDEX.encode())


def bound(term: str) -> VocabulaireTerm:
    return VocabulaireTerm(term, vocabulaire="urn:voc:x")


def graded(term: str, *, of_norms: bool = False) -> Normering:
    norm = Norm(term=term if of_norms else "x", beginnormwaarde=0, eindnormwaarde=9)
    if of_norms:
        return Normering(norm=(norm,), vocabulaire="urn:voc:x")
    return Normering(norm=(norm,), toetsniveau=bound(term))


PART = FULL.toetsonderdelen[0]
BOUND = {
    "toetsen/toets[1]/toetscode": lambda term: message(
        taking(result(toetscode=term)), tests=(attrs.evolve(exam(), toetscode=bound(term)),)
    ),
    "toetsen/toets[1]/vakgebied": lambda term: message(tests=(exam(vakgebied=bound(term)),)),
    "toetsen/toets[1]/leerjaar": lambda term: message(tests=(exam(leerjaar=bound(term)),)),
    "toetsen/toets[1]/toetsnormering/toetsniveau": lambda term: message(tests=(exam(toetsnormering=graded(term)),)),
    "toetsen/toets[1]/toetsnormering/norm[1]/term": lambda term: message(
        tests=(exam(toetsnormering=graded(term, of_norms=True)),)
    ),
    "toetsen/toets[1]/toetshierarchie/ingang[1]": lambda term: message(
        tests=(exam(toetshierarchie=(Ingang(term=term, niveau=1, vocabulaire="urn:voc:x"),)),)
    ),
    "toetsen/toets[1]/toetsonderdelen/toetsonderdeel[1]/toetsonderdeelcode": lambda term: message(
        tests=(exam(toetsonderdelen=(attrs.evolve(PART, toetsonderdeelcode=bound(term)),)),)
    ),
    "toetsafnames/toetsafname[1]/resultaten/resultaat[1]/versie": lambda term: message(
        taking(result(versie=bound(term)))
    ),
}


@pytest.mark.parametrize("path", BOUND)
def test_a_term_that_its_vocabulary_lacks_is_found_wherever_it_stands(path: str) -> None:
    for known in ("goed", "beter"):
        assert list(check_results(BOUND[path](known), vocabularies=[VOCABULARY])) == []
    wrong = BOUND[path]("slecht")
    assert list(unknown_terms(wrong, [VOCABULARY])) == [path]
    assert [each.where for each in check_results(wrong, vocabularies=[VOCABULARY])] == [path]
    assert list(check_results(wrong)) == []
    with pytest.raises(Refusal) as raised:
        parse_request(write_envelope(write_results(wrong), ACCOUNT), vocabularies=[VOCABULARY])
    assert raised.value.code is FaultCode.VOCABULAIRE_TERM_ONGELDIG


def test_a_vocabulary_becomes_plain_data_and_has_captions() -> None:
    assert VOCABULARY.terms["goed"].caption("en") == "Good"
    assert VOCABULARY.terms["beter"].parent == "goed"
    assert type(VOCABULARY).from_dict(VOCABULARY.to_dict(reveal=True)) == VOCABULARY


CODES = {
    "a score beyond its norms": (message(tests=(exam(toetsnormering=norms((0, 4))),)), FaultCode.SCORE_ONGELDIG),
    "a norm that ends before it begins": (
        message(tests=(exam(toetsnormering=norms((9, 3), (0, 9))),)),
        FaultCode.TOETS_NORMERING_ONGELDIG,
    ),
    "another version": (message(xsdversie="9.9"), FaultCode.XSD_VERSIE_ONGELDIG),
    "a test that is not there": (message(taking(result(toetscode="T9"))), FaultCode.ONGELDIG_BERICHT),
}


@pytest.mark.parametrize("name", CODES)
def test_a_server_refuses_results_by_the_code_of_what_is_wrong(name: str) -> None:
    wrong, code = CODES[name]
    assert list(check_results(wrong))
    with pytest.raises(Refusal) as raised:
        parse_request(write_envelope(write_results(wrong), ACCOUNT))
    assert raised.value.code is code
