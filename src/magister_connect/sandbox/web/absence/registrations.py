"""Absence in the web interface of the simulated school: what pupils and parents read, what staff read and write.

A registration by staff replaces the generated absence of a lesson, and is visible at once in every view.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import count, groupby
from typing import TYPE_CHECKING, Final

from attrs import field, frozen
from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.absence import SOORTEN, Absentiesoort, draw_absence
from magister_connect.sandbox.school.people import Leerling
from magister_connect.sandbox.school.timetable import Afspraak
from magister_connect.sandbox.web.access import pupil_by_person
from magister_connect.sandbox.web.agenda.agenda import lesson_of
from magister_connect.sandbox.web.agenda.appointments import lesson
from magister_connect.sandbox.web.answers import (
    Body,
    Routes,
    body_of,
    day_in,
    days_in,
    first_of,
    link,
    moment,
    new_list,
    no_method,
    nothing,
    old_list,
    refused,
)
from magister_connect.sandbox.web.people.records import short

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.school.administration import School
    from magister_connect.sandbox.web.access import Access


REDENEN: Final = dict(enumerate(dict.fromkeys(SOORTEN), start=1))
"""Reasons for absence, by ``redenId``."""
_NUMBERS: Final = {each: number for number, each in REDENEN.items()}
FIRST_RECORDED: Final = 900_000_001  # far above the numbers of generated ones


@frozen(kw_only=True)
class Registratie:
    """One absence of a pupil. ``les`` is missing in a free hour; ``vastgelegd`` is true if staff wrote it."""

    nummer: int
    begin: dt.datetime
    einde: dt.datetime
    lesuur: int
    soort: Absentiesoort
    les: Afspraak | None
    opmerking: str | None = field(default=None, repr=False)
    vastgelegd: bool = False


class Absences:
    """Generated absence, overridden by registrations of staff."""

    def __init__(self, access: Access) -> None:
        self.access, self.school = access, access.school
        self._recorded: dict[int, dict[int, Registratie]] = {}  # by person, then by the number of the lesson
        self._numbers = count(FIRST_RECORDED)

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        record = "leerlingen/{person:int}/verantwoordingen"
        return [
            ("GET", "personen/{person:int}/absenties", self._list),
            ("GET", "personen/{person:int}/absentieperioden", self._periods),
            ("GET", record, self._record),
            ("GET", f"{record}/{{number:int}}", self._one),
            ("DELETE", f"{record}/{{number:int}}", self._undo),
            ("GET", f"m6/{record}", self._record),
            ("GET", f"m6/{record}/maanden", self._by_month),
            ("GET", "m6/verantwoordingen/ongeoorloofderegistraties", self._unexcused),
            ("POST", "medewerkers/afspraken/{number:int}/verantwoordingen", self._account_for),
        ]

    def of(self, pupil: Leerling, first: dt.date, last: dt.date) -> list[Registratie]:
        """Return the absences of a pupil from the first to the last day, oldest first."""
        now = self.access.clock.local()
        drawn = [
            each
            for each in draw_absence(self.school.seed, pupil)
            if first <= each.begin.date() <= last and each.begin <= now
        ]
        written = self._recorded.get(pupil.persoon_id, {})
        found: list[Registratie] = []
        for each in drawn:
            missed = self._lesson_at(pupil, each.begin)
            if missed is None or missed.nummer not in written:
                found.append(
                    Registratie(
                        nummer=each.nummer,
                        begin=each.begin,
                        einde=each.einde,
                        lesuur=each.lesuur,
                        soort=each.soort,
                        les=missed,
                    )
                )
        found += [each for each in written.values() if first <= each.begin.date() <= last]
        return sorted(found, key=lambda each: each.begin)

    def _lesson_at(self, pupil: Leerling, begin: dt.datetime) -> Afspraak | None:
        lessons = self.school.lessons_of(pupil.stamnummer, begin.date(), begin.date())
        return next((each for each in lessons if each.begin == begin), None)

    # -- for pupils, parents and staff --------------------------------------------------------------------------------

    def _list(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        found = self.of(pupil, *days_in(request, "van", "tot"))
        return old_list(self._absence(each, pupil.persoon_id) for each in found)

    def _absence(self, each: Registratie, person: int) -> Body:
        """Return an absence, older generation.

        Both moments are midnight of the day (recorded), or those of the lesson.
        """
        day = moment(dt.datetime.combine(each.begin.date(), dt.time()))
        of_lesson = self.access.switches.absence_times == "lesson"
        return {
            "Id": each.nummer,
            "Start": moment(each.begin) if of_lesson else day,
            "Eind": moment(each.einde) if of_lesson else day,
            "Lesuur": each.lesuur,
            "Geoorloofd": each.soort.geoorloofd,
            "AfspraakId": each.les.nummer if each.les else 0,
            "Omschrijving": each.soort.omschrijving,
            "Verantwoordingtype": each.soort.type,
            "Code": each.soort.code,
            "Afspraak": _appointment(each.les, person, self.school) if each.les else None,
        }

    def _periods(self, request: Request) -> Response:
        """Return the lesson periods. No source states which periods these are and what they contain."""
        enrolments, end = self.access.pupil(request).inschrijvingen, self.access.switches.absence_period_end
        return old_list(
            {
                "Id": place,
                "Omschrijving": each.lesperiode.omschrijving,
                "Start": self.access.days.first(each.lesperiode.begin),
                end: self.access.days.last(each.lesperiode.einde),
            }
            for place, each in enumerate(enrolments, start=1)
        )

    # -- for staff ----------------------------------------------------------------------------------------------------

    def _seen_by_staff(self, request: Request) -> tuple[Leerling, list[Registratie]]:
        self.access.staff(request)
        pupil = self.access.pupil(request)
        return pupil, self.of(pupil, *days_in(request, "begin", "einde"))

    def _record(self, request: Request) -> Response:
        pupil, found = self._seen_by_staff(request)
        return new_list(_account(each, pupil.persoon_id) for each in found)

    def _one(self, request: Request) -> Response:
        self.access.staff(request)
        pupil = self.access.pupil(request)
        every, wanted = self.of(pupil, dt.date.min, dt.date.max), request.path_params["number"]
        return JSONResponse(_account(first_of(each for each in every if each.nummer == wanted), pupil.persoon_id))

    def _undo(self, request: Request) -> Response:
        """Remove a registration by staff, by its link (inferred). A generated absence stays."""
        if not self.access.switches.undo_absence:
            raise no_method("DELETE")
        self.access.staff(request)
        written, wanted = self._recorded.get(request.path_params["person"], {}), request.path_params["number"]
        del written[first_of(lesson for lesson, each in written.items() if each.nummer == wanted)]
        return Response(status_code=204)

    def _by_month(self, request: Request) -> Response:
        pupil, found = self._seen_by_staff(request)
        if self.access.switches.months == "flat":
            return new_list(_account(each, pupil.persoon_id) for each in found)
        months = groupby(found, key=lambda each: f"{each.begin:%Y-%m}")
        return new_list(
            {"maand": month, "verantwoordingen": [_account(each, pupil.persoon_id) for each in of_month]}
            for month, of_month in months
        )

    def _unexcused(self, request: Request) -> Response:
        self.access.staff(request)
        day = day_in(request, "datum")
        found = [(pupil, wrong) for pupil, _ in self.school.pupils_on(day) if (wrong := self._unexcused_of(pupil, day))]
        kinds = Counter(each.soort for _, wrong in found for each in wrong)
        types = [{"count": n, "name": kind.omschrijving, "id": _NUMBERS[kind]} for kind, n in kinds.items()]
        items = [self._row(pupil, wrong, day) for pupil, wrong in found]
        return self.access.page(request, items, beside={"filters": {"types": types}})

    def _unexcused_of(self, pupil: Leerling, day: dt.date) -> list[Registratie]:
        return [each for each in self.of(pupil, day, day) if not each.soort.geoorloofd]

    def _row(self, pupil: Leerling, wrong: list[Registratie], day: dt.date) -> Body:
        enrolment = pupil.enrolment_on(day)
        return {
            **short(pupil),
            "stamklas": {"id": 1, "code": enrolment.klas} if enrolment else None,
            "stamnummer": str(pupil.stamnummer),
            "afwezigheidsredenen": None,
            "afspraken": [self._missed(pupil, each) for each in wrong],
            "links": {"foto": link(f"leerlingen/{pupil.persoon_id}/foto")},
        }

    def _missed(self, pupil: Leerling, each: Registratie) -> Body:
        teacher = self.school.employee_with_code(each.les.docent) if each.les else None
        return {
            "id": each.les.nummer if each.les else each.nummer,
            "begin": moment(each.begin),
            "einde": moment(each.einde),
            "lesuurBegin": each.lesuur,
            "lesuurEinde": each.lesuur,
            "omschrijving": f"{each.les.vak.code} - {each.les.docent}" if each.les else None,
            "organisatorPersoonIds": [teacher.persoon_id] if teacher else [],
            "isVerantwoord": each.vastgelegd,
            "verantwoordingen": [_account(each, pupil.persoon_id)],
            "links": {},
        }

    def _account_for(self, request: Request) -> Response:
        """Write why a pupil missed a lesson: 204 (one client).

        A later registration of the lesson replaces an earlier one.
        """
        self.access.staff(request)
        sent = body_of(request)
        person, reason, remark = sent.get("persoonId"), REDENEN.get(sent.get("redenId") or 0), sent.get("opmerking")
        if not isinstance(person, int) or reason is None or not isinstance(remark, str | None):
            raise refused()
        pupil = pupil_by_person(self.school, person)
        missed = lesson_of(self.school, pupil, request.path_params["number"]) if pupil else None
        if missed is None:
            raise nothing()
        self._recorded.setdefault(person, {})[missed.nummer] = Registratie(
            nummer=next(self._numbers),
            begin=missed.begin,
            einde=missed.einde,
            lesuur=missed.lesuur,
            soort=reason,
            les=missed,
            opmerking=remark,
            vastgelegd=True,
        )
        return Response(status_code=204)


def _appointment(each: Afspraak, person: int, school: School) -> Body:
    """Return the whole appointment, without its links, teachers and names (recorded)."""
    whole = lesson(each, person, school)
    nameless = {name: [{**part, "Naam": None} for part in whole[name]] for name in ("Vakken", "Lokalen")}
    return {**whole, **nameless, "Links": None, "Docenten": None}


def _account(each: Registratie, person: int) -> Body:
    """Return the registration of an absence, newer generation."""
    return {
        "id": each.nummer,
        "reden": {
            "id": _NUMBERS[each.soort],
            "code": each.soort.code,
            "type": each.soort.omschrijving,
            "isGeoorloofd": each.soort.geoorloofd,
            "omschrijving": each.soort.omschrijving,
        },
        "opmerking": each.opmerking,
        "links": {"self": link(f"leerlingen/{person}/verantwoordingen/{each.nummer}")},
    }
