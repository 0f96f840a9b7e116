"""Appointments in the form of the web interface of the simulated school, in both generations."""

from __future__ import annotations

from typing import Final

from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.people import Medewerker
from magister_connect.sandbox.school.programmes import VAKKEN
from magister_connect.sandbox.school.timetable import Afspraak
from magister_connect.sandbox.web.answers import Body, link, moment, old_link

PERSONAL: Final = 1
LESSON: Final = 13
PLANNING: Final = 16
"""Values of ``Type`` (several clients)."""
BLANK: Final[Body] = {
    "LesuurVan": None,
    "LesuurTotMet": None,
    "DuurtHeleDag": False,
    "Omschrijving": None,
    "Lokatie": None,
    "Status": 2,
    "Subtype": 0,
    "IsOnlineDeelname": False,
    "WeergaveType": 1,
    "Inhoud": None,
    "Opmerking": None,
    "InfoType": 0,
    "Aantekening": None,
    "Afgerond": False,
    "HerhaalStatus": 0,
    "Herhaling": None,
    "Vakken": [],
    "Docenten": [],
    "Lokalen": [],
    "Groepen": None,
    "OpdrachtId": 0,
    "HeeftBijlagen": False,
    "Bijlagen": None,
    "Afwezigheid": None,
    "TaakAangemaaktOp": None,
    "TaakGewijzigdOp": None,
}
"""The fields of an appointment besides its number, time and kind."""


def subject_number(code: str) -> int:
    """Return the number of a subject, the same everywhere in the interface."""
    return list(VAKKEN).index(code) + 1


def own_links(person: int, number: int) -> list[Body]:
    """Return the links of an appointment, older generation."""
    return [old_link(f"personen/{person}/afspraken/{number}")]


def lesson(each: Afspraak, person: int, school: School) -> Body:
    """Return a lesson in the agenda of a person, older generation."""
    teacher = school.employee_with_code(each.docent)
    return {
        **BLANK,
        "Id": each.nummer,
        "Links": own_links(person, each.nummer),
        "Start": moment(each.begin),
        "Einde": moment(each.einde),
        "LesuurVan": each.lesuur,
        "LesuurTotMet": each.lesuur,
        "Omschrijving": f"{each.vak.code} - {each.docent} - {each.groep}",
        "Lokatie": each.lokaal,
        "Status": each.status,
        "Type": LESSON,
        "Inhoud": each.inhoud or None,
        "InfoType": each.info_type,
        "Vakken": [{"Id": subject_number(each.vak.code), "Naam": each.vak.omschrijving}],
        "Docenten": [_teacher(teacher)] if teacher else [],
        "Lokalen": [{"Naam": each.lokaal}],
    }


def _teacher(teacher: Medewerker) -> Body:
    return {"Id": teacher.persoon_id, "Naam": teacher.volledige_naam, "Docentcode": teacher.code}


def new_lesson(each: Afspraak, school: School) -> Body:
    """Return a lesson, newer generation."""
    teacher = school.employee_with_code(each.docent)
    group: Body = {"type": "groep", "code": each.groep, "omschrijving": each.groep, "links": {}}
    subject = {"id": subject_number(each.vak.code), "code": each.vak.code, "omschrijving": each.vak.omschrijving}
    return {
        "id": each.nummer,
        "heeftInhoud": bool(each.inhoud),
        "heeftAantekening": False,
        "onderwijstijd": 50,
        "subtype": "geen",
        "heeftBijlagen": False,
        "herhaalStatus": "geen",
        "begin": moment(each.begin),
        "einde": moment(each.einde),
        "lesuur": {"begin": each.lesuur, "einde": each.lesuur},
        "onderwerp": f"{each.vak.code} - {each.docent}",
        "type": "les",
        "opmerking": None,
        "isPrive": None,
        "deelnames": [group, *([_new_teacher(teacher)] if teacher else [])],
        "vakken": [{**subject, "links": {}}],
        "locaties": [{"id": 1, "code": each.lokaal, "omschrijving": None, "type": "lokaal", "links": {}}],
        "links": {"self": link(f"afspraken/{each.nummer}")},
    }


def _new_teacher(teacher: Medewerker) -> Body:
    return {
        "type": "medewerker",
        "id": teacher.persoon_id,
        "code": teacher.code,
        "voorletters": teacher.voorletters,
        "roepnaam": teacher.roepnaam,
        "tussenvoegsel": teacher.tussenvoegsel or None,
        "achternaam": teacher.achternaam,
        "links": {},
    }
