"""Enrolments, subjects and mentors at the web interface of the simulated school, in both generations."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.web.answers import Routes, day_in, new_list, old_list
from magister_connect.sandbox.web.people import enrolment, mentors, new_subjects, old_enrolment, subjects

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Desk


class Enrolments:
    """Enrolments as the administration has them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def routes(self) -> Routes:
        """Below the interface of the school."""
        person, enrolled = "personen/{person:int}", "aanmeldingen/{enrolment:int}"
        return [
            ("GET", "leerlingen/{person:int}/aanmeldingen", self._list),
            ("GET", f"{person}/aanmeldingen", self._old_list),
            ("GET", f"{person}/{enrolled}/vakken", self._subjects),
            ("GET", f"{enrolled}/vakken", self._new_subjects),
            ("GET", f"{enrolled}/mentoren", self._mentors),
        ]

    def _list(self, request: Request) -> Response:
        """Those of today without a range (several clients), otherwise those that hold on a day of it."""
        found, asked, today = self.desk.pupil(request).inschrijvingen, request.query_params, self.desk.clock.today()
        if "begin" in asked or "einde" in asked:
            first = day_in(request, "begin", default=dt.date.min)
            last = day_in(request, "einde", default=dt.date.max)
            found = tuple(each for each in found if each.begin <= last and (each.vertrek or each.einde) >= first)
        else:
            found = tuple(each for each in found if each.holds_on(today))
        return new_list(enrolment(each, self.desk.school) for each in found)

    def _old_list(self, request: Request) -> Response:
        begun = request.query_params.get("geenToekomstige") == "true"
        found, today = self.desk.pupil(request).inschrijvingen, self.desk.clock.today()
        return old_list(old_enrolment(each) for each in found if each.begin <= today or not begun)

    def _subjects(self, request: Request) -> Response:
        return JSONResponse(subjects(self.desk.enrolment(request)[1]))

    def _new_subjects(self, request: Request) -> Response:
        return new_list(new_subjects(self.desk.enrolment(request)[1]))

    def _mentors(self, request: Request) -> Response:
        return new_list(mentors(self.desk.enrolment(request)[1], self.desk.school))
