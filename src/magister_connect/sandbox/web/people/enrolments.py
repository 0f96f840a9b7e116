"""Enrolments, subjects and mentors in the web interface of the simulated school, in both generations."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.web.agenda.appointments import subject_number
from magister_connect.sandbox.web.answers import Body, Days, Routes, day_in, link, new_list, old_link, old_list
from magister_connect.sandbox.web.people.records import short

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.school.administration import School
    from magister_connect.sandbox.school.people import Inschrijving, Medewerker
    from magister_connect.sandbox.school.programmes import Vak
    from magister_connect.sandbox.web.access import Access


class Enrolments:
    """The enrolments of the school."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        person, enrolled = "personen/{person:int}", "aanmeldingen/{enrolment:int}"
        return [
            ("GET", "leerlingen/{person:int}/aanmeldingen", self._list),
            ("GET", f"{person}/aanmeldingen", self._old_list),
            ("GET", f"{person}/{enrolled}/vakken", self._subjects),
            ("GET", f"{enrolled}/vakken", self._new_subjects),
            ("GET", f"{enrolled}/mentoren", self._mentors),
        ]

    def _list(self, request: Request) -> Response:
        """Return the enrolments of today without a range (several clients), otherwise those with a day in the range."""
        every, asked, today = self.access.pupil(request).inschrijvingen, request.query_params, self.access.clock.today()
        if "begin" in asked or "einde" in asked:
            first = day_in(request, "begin", default=dt.date.min)
            last = day_in(request, "einde", default=dt.date.max)
            found = tuple(each for each in every if each.begin <= last and (each.vertrek or each.einde) >= first)
        else:
            found = tuple(each for each in every if each.holds_on(today))
        return new_list(
            {**_enrolment(each, self.access.school, self.access.days), "isZittenBlijver": _repeats(each, every)}
            for each in found
        )

    def _old_list(self, request: Request) -> Response:
        begun = request.query_params.get("geenToekomstige") == "true"
        pupil, today, days = self.access.pupil(request), self.access.clock.today(), self.access.days
        found = [each for each in pupil.inschrijvingen if each.begin <= today or not begun]
        return old_list(_old_enrolment(each, pupil.persoon_id, days) for each in found)

    def _subjects(self, request: Request) -> Response:
        return JSONResponse(_subjects(self.access.enrolment(request)[1], self.access))

    def _new_subjects(self, request: Request) -> Response:
        return new_list(_new_subjects(self.access.enrolment(request)[1], self.access.school))

    def _mentors(self, request: Request) -> Response:
        return new_list(_mentors(self.access.enrolment(request)[1], self.access.school))


def _enrolment(each: Inschrijving, school: School, days: Days) -> Body:
    """Return an enrolment, newer generation."""
    mentor = school.employee_with_code(each.mentor)
    return {
        "id": each.nummer,
        "studie": {"id": 1, "code": each.studie.code, "links": {}},
        "groep": {"id": 1, "code": each.klas, "omschrijving": f"Klas {each.klas}", "links": {}},
        "lesperiode": {"code": each.lesperiode.code, "links": {}},
        "profielen": [{"code": each.profiel.code, "links": {}}] if each.profiel else [],
        "persoonlijkeMentor": short(mentor) if mentor else None,
        "begin": days.first(each.begin),
        "einde": days.last(each.vertrek or each.einde),
        "indicatie": None,
        "isHoofdAanmelding": True,
        "links": {"self": link(f"aanmeldingen/{each.nummer}"), "cijfers": link(f"aanmeldingen/{each.nummer}/cijfers")},
    }


def _repeats(enrolment: Inschrijving, every: tuple[Inschrijving, ...]) -> bool:
    """Return whether the pupil did the same year of the same study before."""
    done = {(each.studie.code, each.leerjaar) for each in every if each.lesperiode.begin < enrolment.lesperiode.begin}
    return (enrolment.studie.code, enrolment.leerjaar) in done


def _old_enrolment(each: Inschrijving, pupil: int, days: Days) -> Body:
    """Return an enrolment, older generation."""
    mentors = [old_link("groepen/1/mentoren", "mentoren")]
    return {
        "Id": each.nummer,
        "Start": days.first(each.begin),
        "Einde": days.last(each.vertrek or each.einde),
        "Lesperiode": each.lesperiode.code,
        "Studie": {"Id": 1, "Omschrijving": each.studie.code},
        "Groep": {"Id": 1, "Omschrijving": each.klas, "LocatieId": 1, "Links": mentors},
        "LeerlingId": pupil,
        "AanBronMelden": True,
        "Profiel": each.profiel.code if each.profiel else None,
        "Profiel2": None,
    }


def studie_vak(code: str) -> int:
    """Return the number of a subject in grades, which differs from that in an enrolment."""
    return 4000 + subject_number(code)


def _subjects(each: Inschrijving, access: Access) -> list[Body]:
    """Return the subjects of an enrolment: a plain array, with the fields of 2026 (recorded) or the two older ones."""
    then = {"VakDispensatie": False, "VakVrijstelling": False}
    return [
        {
            "id": place,
            "begindatum": access.days.first(each.begin),
            "einddatum": access.days.last(each.einde),
            "afkorting": vak.code,
            "omschrijving": vak.omschrijving,
            "volgnr": place,
            "docent": None,
            **(then if access.switches.subjects == "2024" else _since_2026(vak)),
        }
        for place, vak in enumerate(each.vakken, start=1)
    ]


def _since_2026(vak: Vak) -> Body:
    return {
        "studieVakId": studie_vak(vak.code),
        "studieId": 1,
        "vrijstelling": False,
        "heeftOntheffing": False,
        "hogerNiveau": False,
        "niveau": None,
    }


def _new_subjects(each: Inschrijving, school: School) -> list[Body]:
    """Return the same in the newer generation, as one client of 2026 reads it: days are plain there."""
    teachers = school.teachers_of(each.lesperiode.code, each.klas)
    return [
        {
            "id": place,
            "begin": each.begin.isoformat(),
            "einde": each.einde.isoformat(),
            "studievak": {
                "id": studie_vak(vak.code),
                "code": vak.code,
                "omschrijving": vak.omschrijving,
                "niveau": None,
                "volgnummer": place,
                "heeftCijferstructuur": True,
            },
            "docenten": _teachers(school.employee_with_code(teachers.get(vak.code, ""))),
            "heeftOntheffing": False,
            "heeftVrijstelling": False,
            "isRoostertechnisch": False,
            "links": {},
        }
        for place, vak in enumerate(each.vakken, start=1)
    ]


def _teachers(found: Medewerker | None) -> list[Body] | None:
    if found is None:
        return None
    names = {
        name: value for name, value in short(found).items() if name in {"voorletters", "tussenvoegsel", "achternaam"}
    }
    return [{"isHoofdDocent": True, "code": found.code, **names}]


def _mentors(each: Inschrijving, school: School) -> list[Body]:
    """Return the mentors of an enrolment."""
    found = (school.employee_with_code(code) for code in filter(None, (each.mentor, each.tweede_mentor)))
    return [{**short(person), "type": ["mentor"], "volgnummer": 1} for person in found if person]
