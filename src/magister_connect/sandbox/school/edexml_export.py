"""The school's EDEXML document, as an administration would export it.

Keys are the administration's own (``L-0001``) and not the stamnummer, so that only the personal number or a table of
keys leads from a pupil in the file to a pupil elsewhere.
"""

from __future__ import annotations

from typing import Any, Final

from magister_connect import edexml
from magister_connect.identifiers import Bsn
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.clock import VirtualClock
from magister_connect.sandbox.school.people import Inschrijving, Leerling, Medewerker, Persoon

_VO: Final = (
    *(edexml.Jaargroep.LEERJAAR_1, edexml.Jaargroep.LEERJAAR_2, edexml.Jaargroep.LEERJAAR_3),
    *(edexml.Jaargroep.LEERJAAR_4, edexml.Jaargroep.LEERJAAR_5, edexml.Jaargroep.LEERJAAR_6),
)


def edexml_key(pupil: Leerling) -> str:
    """The key of a pupil in the document."""
    return f"L-{pupil.nummer + 1:04}"


def edexml_document(school: School, clock: VirtualClock, *, version: str = "2.1") -> edexml.Document:
    """The school on the day of the clock: whoever is enrolled, and the teachers who have not left."""
    enrolled = list(school.pupils_on(clock.today()))
    staff = [each for each in school.medewerkers.values() if each.is_docent and each.datum_uit is None]
    return edexml.Document(
        school=_school(school, clock, version),
        vestigingen=tuple(edexml.Vestiging(each.code, each.omschrijving) for each in school.locaties),
        groepen=tuple(
            edexml.Groep(f"G-{klas}", klas, year)
            for klas, year in sorted({(each.klas, _year_group(each)) for _, each in enrolled})
        ),
        leerlingen=tuple(_pupil(pupil, enrolment) for pupil, enrolment in enrolled),
        leerkrachten=tuple(map(_teacher, staff)),
        version=version,
    )


def _school(school: School, clock: VirtualClock, version: str) -> edexml.School:
    period = school.lesperiode_on(clock.today())
    return edexml.School(
        schooljaar=period.schooljaar if period else "",
        peildatum=clock.today(),
        brincode=school.brin,
        dependancecode="00",
        aanmaakdatum=clock.local().replace(microsecond=0),
        auteur="Zandbak",
        xsdversie=version,
    )


def _pupil(pupil: Leerling, enrolment: Inschrijving) -> edexml.Leerling:
    return edexml.Leerling(
        **_name(pupil),
        **_number(pupil),
        key=edexml_key(pupil),
        voornamen=pupil.voornamen,
        geboortedatum=pupil.geboortedatum,
        geslacht=edexml.Geslacht.VROUW if pupil.geslacht == "V" else edexml.Geslacht.MAN,
        jaargroep=_year_group(enrolment),
        groep=f"G-{enrolment.klas}",
        vestiging=enrolment.locatie.code,
        gebruikersnaam=pupil.loginnaam,
        emailadres=pupil.email,
        instroomdatum=pupil.inschrijvingen[0].begin,
    )


def _teacher(teacher: Medewerker) -> edexml.Leerkracht:
    return edexml.Leerkracht(
        **_name(teacher), key=f"D-{teacher.code}", emailadres=teacher.email, rollen=(edexml.Rol.LEERKRACHT,)
    )


def _name(person: Persoon) -> dict[str, Any]:
    prefix = person.tussenvoegsel or None
    return {"achternaam": person.achternaam, "voorvoegsel": prefix, "roepnaam": person.roepnaam}


def _number(pupil: Leerling) -> dict[str, Any]:
    if pupil.pgn is None:
        return {}
    return {"bsn" if Bsn.is_valid(pupil.pgn) else "onderwijsnummer": pupil.pgn}


def _year_group(enrolment: Inschrijving) -> edexml.Jaargroep:
    return edexml.Jaargroep.OVERIG if enrolment.studie.soort == "mbo" else _VO[enrolment.leerjaar - 1]
