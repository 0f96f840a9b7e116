"""The school's EDEXML file, version 2.1, as an administration would export it.

Keys are the administration's own (``L-0001``) and not the stamnummer, so that only the personal number or a table of
keys leads from a pupil in the file to a pupil elsewhere.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from magister_connect.sandbox.clock import VirtualClock
from magister_connect.sandbox.identities import PUPIL_NUMBERS
from magister_connect.sandbox.people import Inschrijving, Leerling, Medewerker
from magister_connect.sandbox.school import School

__all__ = ["edexml_bytes", "edexml_key"]

_SCHEMA: Final = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
_NAMESPACES: Final = {"xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_ONDERWIJSNUMMERS: Final = frozenset(
    each.reveal() for each in PUPIL_NUMBERS if type(each).__name__ == "Onderwijsnummer"
)


def edexml_key(pupil: Leerling) -> str:
    """The key of a pupil in the file."""
    return f"L-{pupil.nummer + 1:04}"


def edexml_bytes(school: School, clock: VirtualClock) -> bytes:
    """The file of the lesson period of today: UTF-8, without byte-order mark."""
    enrolled = list(school.pupils_on(clock.today()))
    root = etree.Element("EDEX", {_SCHEMA: "EDEXML.structuur.xsd"}, nsmap=_NAMESPACES)
    _add_school(root, school, clock)
    locations = etree.SubElement(root, "vestigingen")
    for place in school.locaties:
        _add(etree.SubElement(locations, "vestiging", key=place.code), naam=place.omschrijving)
    groups = etree.SubElement(root, "groepen")
    for klas, jaargroep in sorted({(each.klas, _jaargroep(each)) for _, each in enrolled}):
        _add(etree.SubElement(groups, "groep", key=f"G-{klas}"), naam=klas, jaargroep=jaargroep)
    pupils = etree.SubElement(root, "leerlingen")
    for pupil, enrolment in enrolled:
        _add_pupil(pupils, pupil, enrolment)
    _add_staff(root, school)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _add_school(root: etree._Element, school: School, clock: VirtualClock) -> None:
    period = school.lesperiode_on(clock.today())
    _add(
        etree.SubElement(root, "school"),
        schooljaar=period.schooljaar if period else "",
        peildatum=clock.today().isoformat(),
        brincode=school.brin,
        dependancecode="00",
        aanmaakdatum=clock.local().strftime("%Y-%m-%dT%H:%M:%S"),
        auteur="Zandbak",
        xsdversie="2.1",
    )


def _add_pupil(pupils: etree._Element, pupil: Leerling, enrolment: Inschrijving) -> None:
    element = etree.SubElement(pupils, "leerling", key=edexml_key(pupil))
    _add(
        element,
        achternaam=pupil.achternaam,
        voorvoegsel=pupil.tussenvoegsel,
        voornamen=pupil.voornamen,
        roepnaam=pupil.roepnaam,
        geboortedatum=pupil.geboortedatum.isoformat(),
        geslacht="2" if pupil.geslacht == "V" else "1",
        jaargroep=_jaargroep(enrolment),
    )
    etree.SubElement(element, "groep", key=f"G-{enrolment.klas}")
    etree.SubElement(element, "vestiging", key=enrolment.locatie.code)
    _add(element, gebruikersnaam=pupil.loginnaam, emailadres=pupil.email)
    if pupil.pgn is not None:
        _add(element, **{"onderwijsnummer" if pupil.pgn in _ONDERWIJSNUMMERS else "bsn": pupil.pgn})
    _add(element, instroomdatum=pupil.inschrijvingen[0].begin.isoformat())


def _add_staff(root: etree._Element, school: School) -> None:
    staff = etree.SubElement(root, "leerkrachten")
    for each in school.medewerkers.values():
        if each.is_docent and each.datum_uit is None:
            _add_teacher(staff, each)


def _add_teacher(staff: etree._Element, teacher: Medewerker) -> None:
    _add(
        etree.SubElement(staff, "leerkracht", key=f"D-{teacher.code}"),
        achternaam=teacher.achternaam,
        voorvoegsel=teacher.tussenvoegsel,
        roepnaam=teacher.roepnaam,
        emailadres=teacher.email,
        rol="LRK",
    )


def _jaargroep(enrolment: Inschrijving) -> str:
    return "N" if enrolment.studie.soort == "mbo" else str(10 + enrolment.leerjaar)


def _add(parent: etree._Element, **children: str) -> None:
    """Add a child for each text that is not empty."""
    for name, text in children.items():
        if text:
            etree.SubElement(parent, name).text = text
