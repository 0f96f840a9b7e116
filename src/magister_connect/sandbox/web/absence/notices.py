"""The attendance service of the simulated school, beside the school's interface: notices of absence (one client).

Parents and pupils write notices. Their fields are unknown. A notice is stored as it was sent, with an ``id``. Those
that exist from the start, one for each time that a pupil was ill, have **invented** field names.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.absence import draw_absence
from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Leerling, Medewerker
from magister_connect.sandbox.web.answers import (
    Body,
    Routes,
    body_of,
    moment,
    no_privilege,
    nothing,
    part_of,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


ATTENDANCE_SCOPES: Final = ("attendance.overview", "attendance.administration")
"""Scopes with these names were observed. That each of them gives access to the service is inferred."""
ZIEK: Final = 3
KINDS: Final = (
    {"code": "ZIEK", "description": "Ziek", "commentMandatory": False, "attachmentAllowed": False, "active": True},
    {"code": "ARTS", "description": "Artsbezoek", "commentMandatory": True, "attachmentAllowed": True, "active": True},
    {"code": "OUD", "description": "Vervallen", "commentMandatory": True, "attachmentAllowed": False, "active": False},
)


class Notices:
    """Notices: generated, written, changed and removed."""

    def __init__(self, access: Access) -> None:
        self.access, self.school = access, access.school
        self._written: dict[int, dict[str, Body | None]] = {}  # by person, then by id; None for a removed one
        self._days: dict[str, dt.date] = {}  # the day when a notice was written
        self._count = 0

    def routes(self) -> Routes:
        """Return the routes below the service."""
        path = "student/{uuid}/absence-notices"
        return [
            ("GET", path, self._list),
            ("POST", path, self._make),
            ("PUT", f"{path}/{{notice}}", self._write),
            ("DELETE", f"{path}/{{notice}}", self._remove),
            ("GET", "attendance-types", self._kinds),
            ("GET", "absence-notices/today", self._today),
        ]

    def _of(self, pupil: Leerling) -> dict[str, Body]:
        now = self.access.clock.local()
        found: dict[str, Body | None] = {}
        for each in draw_absence(self.school.seed, pupil):
            if each.soort.type == ZIEK and each.begin <= now:
                number = Dice(self.school.seed, "notice", each.nummer).identifier()
                found[number] = {
                    "id": number,
                    "code": "ZIEK",
                    "startDate": moment(each.begin),
                    "endDate": moment(each.einde),
                    "comment": None,
                }
        found |= self._written.get(pupil.persoon_id, {})
        return {number: each for number, each in found.items() if each is not None}

    def _list(self, request: Request) -> Response:
        found = list(self._of(self.access.pupil_by_externe_id(request)).values())
        column = request.query_params.get("orderColumn")
        if column:
            backwards = request.query_params.get("orderBy", "").lower() == "desc"
            found.sort(key=lambda each: str(each.get(column, "")), reverse=backwards)
        return JSONResponse(found)

    def _make(self, request: Request) -> Response:
        pupil, sent = self._guardian_writes(request), body_of(request)
        if not self.access.switches.notices_valid:
            return _invalid()
        self._count += 1
        number = Dice(self.school.seed, "written notice", self._count).identifier()
        self._days[number] = self.access.clock.today()
        self._keep(pupil, number, sent)
        return JSONResponse({"isValid": True, "validationMessages": []})

    def _write(self, request: Request) -> Response:
        pupil, notice = self._guardian_writes(request), self._named(request)
        if not self.access.switches.notices_valid:
            return _invalid()
        self._days[notice["id"]] = self._day_of(notice)
        self._keep(pupil, notice["id"], body_of(request))
        return JSONResponse({"isValid": True, "validationMessages": []})

    def _remove(self, request: Request) -> Response:
        pupil, notice = self._guardian_writes(request), self._named(request)
        self._written.setdefault(pupil.persoon_id, {})[notice["id"]] = None
        return Response(status_code=204)

    def _keep(self, pupil: Leerling, number: str, sent: Body) -> None:
        self._written.setdefault(pupil.persoon_id, {})[number] = {**sent, "id": number}

    def _named(self, request: Request) -> Body:
        notice = self._of(self.access.pupil_by_externe_id(request)).get(request.path_params["notice"])
        if notice is None:
            raise nothing()
        return notice

    def _guardian_writes(self, request: Request) -> Leerling:
        """Return the pupil of a notice, written by a parent or the pupil, not by staff (inferred)."""
        pupil = self.access.pupil_by_externe_id(request)
        if isinstance(self.access.asker(request), Medewerker):
            raise no_privilege()
        return pupil

    def _kinds(self, request: Request) -> Response:
        self.access.asker(request)
        only_active = request.query_params.get("active") == "true"
        shown = [each for each in KINDS if each["active"] or not only_active]
        return JSONResponse([{name: value for name, value in each.items() if name != "active"} for each in shown])

    def _today(self, request: Request) -> Response:
        """Return the notices for or from today: all for staff, those of their own children for parents (inferred)."""
        today, pupils = self.access.clock.today(), self.access.visible_pupils(request)
        found = [each for pupil in pupils for each in self._of(pupil).values() if self._day_of(each) == today]
        part, top, skip = part_of(request, found, self.access.switches.page)
        overview = {"overviewDate": today.isoformat(), "count": len(found), "top": top, "skip": skip}
        return JSONResponse({**overview, "items": part})

    def _day_of(self, notice: Body) -> dt.date:
        """Return the day of a generated notice, or the day when a notice was written.

        How a real one states its day is unknown.
        """
        written = self._days.get(notice["id"])
        return written or dt.date.fromisoformat(notice["startDate"][:10])


def _invalid() -> Response:
    return JSONResponse({"isValid": False, "validationMessages": ["De melding is niet geldig."]})
