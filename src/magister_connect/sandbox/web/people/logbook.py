"""Forms of the log book in the web interface of the simulated school, for staff (one client).

The contents of a form are unknown: all names except ``id`` and ``links`` are **invented**.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Leerling, Medewerker
from magister_connect.sandbox.web.answers import Body, Routes, days_in, first_of, link, moment, new_list
from magister_connect.sandbox.web.people.records import short

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


SUBJECTS: Final = ("Gesprek met mentor", "Gesprek met ouders", "Afspraak over huiswerk", "Verzuim besproken")
MOST: Final = 4


class LogBook:
    """Some forms about each pupil in the current year.

    A form that a member of staff opened is read, for that person.
    """

    def __init__(self, access: Access) -> None:
        self.access, self.school = access, access.school
        self._read: set[tuple[int, int]] = set()  # person and form

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        of_pupil = "leerlingen/{person:int}/lvs/logboekformulieren"
        return [
            ("GET", "lvs/logboekformulieren/ongelezen", self._unread),
            ("GET", of_pupil, self._list),
            ("GET", f"{of_pupil}/{{form:int}}", self._open),
        ]

    def _of(self, pupil: Leerling) -> Iterator[Body]:
        today, newest = self.access.clock.today(), pupil.inschrijvingen[-1]
        dice = Dice(self.school.seed, "logbook", pupil.nummer)
        for place in range(dice.number(0, MOST)):
            day, subject = dice.day(newest.begin, newest.vertrek or newest.einde), dice.pick(SUBJECTS)
            if day <= today:
                number = pupil.nummer * 10 + place + 1
                yield {
                    "id": number,
                    "datum": moment(dt.datetime.combine(day, dt.time(15, 30))),
                    "onderwerp": subject,
                    "leerling": short(pupil),
                    "links": {"self": link(f"leerlingen/{pupil.persoon_id}/lvs/logboekformulieren/{number}")},
                }

    def _list(self, request: Request) -> Response:
        self.access.staff(request)
        pupil, (first, last) = self.access.pupil(request), days_in(request, "begin", "einde")
        found = (each for each in self._of(pupil) if first <= _day_of(each) <= last)
        return new_list(sorted(found, key=lambda each: str(each["datum"])))

    def _open(self, request: Request) -> Response:
        reader, pupil = self.access.staff(request), self.access.pupil(request)
        found = first_of(each for each in self._of(pupil) if each["id"] == request.path_params["form"])
        self._read.add((reader.persoon_id, found["id"]))
        return JSONResponse(found)

    def _unread(self, request: Request) -> Response:
        reader = self.access.staff(request)
        pupils = [pupil for pupil, _ in self.school.pupils_on(self.access.clock.today())]
        if self.access.switches.unread_for == "mentor":
            pupils = [each for each in pupils if is_mentor(reader, each, self.access.clock.today())]
        found = (each for pupil in pupils for each in self._of(pupil))
        return self.access.page(request, (each for each in found if (reader.persoon_id, each["id"]) not in self._read))


def is_mentor(employee: Medewerker, pupil: Leerling, day: dt.date) -> bool:
    """Return whether a person is the first or second mentor of a pupil on a day."""
    enrolment = pupil.enrolment_on(day)
    return enrolment is not None and employee.code in {enrolment.mentor, enrolment.tweede_mentor}


def _day_of(form: Body) -> dt.date:
    return dt.date.fromisoformat(form["datum"][:10])
