"""Study guides and projects in the web interface of the simulated school, older generation.

Each enrolment has a planner and a project, with a part for each of its first weeks. The first part is empty, which is
answered with 204 (several clients). The others contain a file.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from attrs import frozen
from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.people import Inschrijving, Leerling
from magister_connect.sandbox.school.programmes import FOUNDING_YEARS
from magister_connect.sandbox.web.answers import Body, Days, Routes, day_in, first_of, nothing, old_link, old_list
from magister_connect.sandbox.web.files import Files, source

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


PARTS: Final = 6
TITLES: Final = {"studiewijzers": "Planner", "projecten": "Project"}
_PER_YEAR: Final = 1_000_000  # numbers of the guides of one lesson period


@frozen(kw_only=True)
class _Guide:
    """A study guide or project of a pupil in one enrolment. ``path`` is its path in the interface."""

    number: int
    title: str
    path: str
    enrolment: Inschrijving

    def week(self, place: int) -> dt.date:
        """Return the first day of a week, from 1."""
        return self.enrolment.lesperiode.begin + dt.timedelta(days=7 * (place - 1))

    def file_name(self, place: int) -> str:
        """Return the name of the file of a part."""
        return f"{self.title} week {place}.txt"


class Guides:
    """Study guides or projects. ``kind`` is the word in the path."""

    def __init__(self, access: Access, files: Files, kind: str) -> None:
        self.access, self.files, self.kind = access, files, kind

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        every = f"leerlingen/{{person:int}}/{self.kind}"
        one = f"{every}/{{guide:int}}"
        return [
            ("GET", every, self._list),
            ("GET", one, self._read),
            ("GET", f"{one}/onderdelen/{{part:int}}", self._part),
            ("GET", f"{one}/bijlagen/{{file:int}}", self._file),
        ]

    def _list(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        day = day_in(request, "peildatum", default=self.access.clock.today())
        return old_list(_short(each, self.access.days) for each in self._of(pupil) if each.enrolment.holds_on(day))

    def _read(self, request: Request) -> Response:
        guide = self._named(request)
        parts = [_part(guide, place, self.access.days) for place in range(1, PARTS + 1)]
        return JSONResponse(
            {**_short(guide, self.access.days), "Onderdelen": {"Items": parts, "TotalCount": PARTS, "Links": []}}
        )

    def _part(self, request: Request) -> Response:
        guide, place = self._named(request), request.path_params["part"]
        if not 1 <= place <= PARTS:
            raise nothing()
        return Response(status_code=204) if place == 1 else JSONResponse(_part(guide, place, self.access.days))

    def _file(self, request: Request) -> Response:
        guide, place = self._named(request), request.path_params["file"]
        if not 2 <= place <= PARTS:
            raise nothing()
        return self.files.redirect_to(request, guide.file_name(place))

    def _of(self, pupil: Leerling) -> list[_Guide]:
        every = f"leerlingen/{pupil.persoon_id}/{self.kind}"
        found: list[_Guide] = []
        for each in pupil.inschrijvingen:
            years_on = each.lesperiode.begin.year - self.access.school.founded
            turn = years_on if years_on >= FOUNDING_YEARS else FOUNDING_YEARS - 1 - years_on
            number = turn * _PER_YEAR + pupil.nummer + 1
            found.append(_Guide(number=number, title=TITLES[self.kind], path=f"{every}/{number}", enrolment=each))
        return found

    def _named(self, request: Request) -> _Guide:
        every, wanted = self._of(self.access.pupil(request)), request.path_params["guide"]
        return first_of(each for each in every if each.number == wanted)


def _short(guide: _Guide, days: Days) -> Body:
    return {
        "Id": guide.number,
        "InLeerlingArchief": False,
        "IsZichtbaar": True,
        "Links": [old_link(guide.path)],
        "Titel": guide.title,
        "Van": days.first(guide.enrolment.lesperiode.begin),
        "TotEnMet": days.first(guide.enrolment.lesperiode.einde),
        "VakCodes": [guide.enrolment.vakken[0].code],
    }


def _part(guide: _Guide, place: int, days: Days) -> Body:
    begin = guide.week(place)
    path = f"{guide.path}/bijlagen/{place}"
    return {
        "Id": place,
        "Bronnen": [] if place == 1 else [source(place, guide.file_name(place), path, begin)],
        "IsZichtbaar": True,
        "Kleur": 0,
        "Links": [old_link(f"{guide.path}/onderdelen/{place}")],
        "Omschrijving": f"<p>Week {place}</p>",
        "Titel": f"Week {place}",
        "TotEnMet": days.first(begin + dt.timedelta(days=6)),
        "Van": days.first(begin),
        "Volgnummer": place,
    }
