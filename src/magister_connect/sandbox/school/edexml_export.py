"""The school's EDEXML document, as an administration would export it.

Keys are the administration's own (``L-0001``), not the stamnummer. So only the personal number, or a table of keys,
connects a pupil in the file with a pupil elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias

from magister_connect import edexml
from magister_connect.identifiers import Bsn
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.clock import VirtualClock
from magister_connect.sandbox.school.people import Inschrijving, Leerling, Medewerker, Persoon

Combination: TypeAlias = Literal["split", "combined"]
"""How a combination group such as ``4/5A`` is written (both observed, at different administrations).

``split`` writes two groups with one name and a year each, ``combined`` writes one group with jaargroep ``C``.
"""
_PO: Final = (
    *(edexml.Jaargroep.GROEP_1, edexml.Jaargroep.GROEP_2, edexml.Jaargroep.GROEP_3, edexml.Jaargroep.GROEP_4),
    *(edexml.Jaargroep.GROEP_5, edexml.Jaargroep.GROEP_6, edexml.Jaargroep.GROEP_7, edexml.Jaargroep.GROEP_8),
)
_VO: Final = (
    *(edexml.Jaargroep.LEERJAAR_1, edexml.Jaargroep.LEERJAAR_2, edexml.Jaargroep.LEERJAAR_3),
    *(edexml.Jaargroep.LEERJAAR_4, edexml.Jaargroep.LEERJAAR_5, edexml.Jaargroep.LEERJAAR_6),
)


def edexml_key(pupil: Leerling) -> str:
    """Return the key of a pupil in the document."""
    return f"L-{pupil.nummer + 1:04}"


def edexml_document(
    school: School, clock: VirtualClock, *, version: str = "2.1", combination: Combination = "split"
) -> edexml.Document:
    """Return the school on the day of the clock: enrolled pupils, and teachers who have not left."""
    school = school.at(clock)
    enrolled = list(school.pupils_on(clock.today()))
    years: dict[str, set[edexml.Jaargroep]] = {}
    for _, each in enrolled:
        years.setdefault(each.klas, set()).add(_year_group(each))
    combined = {klas for klas, of_class in years.items() if len(of_class) > 1}
    keys = {
        (klas, year): f"G-{klas}-{year}" if klas in combined and combination == "split" else f"G-{klas}"
        for klas, of_class in years.items()
        for year in of_class
    }
    staff = [each for each in school.medewerkers.values() if each.is_docent and each.datum_uit is None]
    return edexml.Document(
        school=_school(school, clock, version),
        vestigingen=tuple(edexml.Vestiging(each.code, each.omschrijving) for each in school.locaties),
        groepen=tuple(_groups(keys)),
        leerlingen=tuple(
            _pupil(pupil, enrolment, keys[enrolment.klas, _year_group(enrolment)]) for pupil, enrolment in enrolled
        ),
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


def _groups(keys: dict[tuple[str, edexml.Jaargroep], str]) -> Iterable[edexml.Groep]:
    years_of = Counter(keys.values())
    seen: set[str] = set()
    for (klas, year), key in sorted(keys.items()):
        if key not in seen:
            seen.add(key)
            yield edexml.Groep(key, klas, year if years_of[key] == 1 else edexml.Jaargroep.COMBINATIE)


def _pupil(pupil: Leerling, enrolment: Inschrijving, group: str) -> edexml.Leerling:
    return edexml.Leerling(
        **_name(pupil),
        **_number(pupil),
        key=edexml_key(pupil),
        voornamen=pupil.voornamen,
        geboortedatum=pupil.geboortedatum,
        geslacht=edexml.Geslacht.VROUW if pupil.geslacht == "V" else edexml.Geslacht.MAN,
        jaargroep=_year_group(enrolment),
        groep=group,
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
    if enrolment.studie.soort == "mbo":
        return edexml.Jaargroep.OVERIG
    return (_PO if enrolment.studie.soort == "po" else _VO)[enrolment.leerjaar - 1]
