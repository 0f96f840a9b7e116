"""Grades at the web interface of the simulated school, in both generations."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.marks import GEMIDDELDE, Cijferperiode, periods_of
from magister_connect.sandbox.web.answers import Routes, day_in, first_of, new_list, old_list
from magister_connect.sandbox.web.marks import (
    column,
    mark,
    new_mark,
    new_period,
    old_period,
    recent_mark,
    work_information,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Desk


class Grades:
    """The grade book of the school, as far as the clock has come."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def routes(self) -> Routes:
        """Below the interface of the school."""
        new = "aanmeldingen/{enrolment:int}/cijfers"
        old = f"personen/{{person:int}}/{new}"
        return [
            ("GET", f"{old}/cijferoverzichtvooraanmelding", self._overview),
            ("GET", f"{old}/extracijferkolominfo/{{column:int}}", self._column),
            ("GET", f"{old}/cijferperiodenvooraanmelding", self._old_periods),
            ("GET", "personen/{person:int}/cijfers/laatste", self._recent),
            ("GET", new, self._list),
            ("GET", f"{new}/perioden", self._new_periods),
            ("GET", f"{new}/{{mark:int}}/werkinformatie", self._work),
        ]

    def _overview(self, request: Request) -> Response:
        asked = request.query_params
        until = day_in(request, "peildatum", default=dt.date.max)
        found = [each for each in self.desk.marks(request) if each.ingevoerd_op.date() <= until]
        if asked.get("alleenBerekendeKolommen") == "true":
            found = [each for each in found if each.kolom.soort == GEMIDDELDE]
        if asked.get("alleenPTAKolommen") == "true":
            found = []  # the school has none
        return old_list(mark(each, each.kolom_id // 100) for each in found)

    def _column(self, request: Request) -> Response:
        wanted = request.path_params["column"]
        return JSONResponse(column(first_of(each for each in self.desk.marks(request) if each.kolom_id == wanted)))

    def _old_periods(self, request: Request) -> Response:
        return old_list(map(old_period, self._periods(request)))

    def _new_periods(self, request: Request) -> Response:
        return new_list(map(new_period, self._periods(request)))

    def _periods(self, request: Request) -> tuple[Cijferperiode, ...]:
        return periods_of(self.desk.enrolment(request)[1].lesperiode)

    def _recent(self, request: Request) -> Response:
        marks = self.desk.school.marks_of(self.desk.pupil(request).stamnummer, self.desk.clock.local())
        latest = {each.kolom_id: each for each in marks}
        return self.desk.page(request, map(recent_mark, reversed(latest.values())))

    def _list(self, request: Request) -> Response:
        return new_list(map(new_mark, self.desk.marks(request)))

    def _work(self, request: Request) -> Response:
        wanted = request.path_params["mark"]
        found = first_of(each for each in self.desk.marks(request) if each.cijfer_id == wanted)
        return JSONResponse(work_information(found))
