"""Coming back after school: a measure for pupils who were late, and more added by staff (one client).

What a read contains is unknown. Here it has the fields that are written, its number, and the report.
"""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.absence import draw_absence
from magister_connect.sandbox.school.people import Leerling
from magister_connect.sandbox.web.answers import Body, Routes, body_of, day_in, link, new_list, nothing, refused
from magister_connect.sandbox.web.people.records import short

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


TE_LAAT: Final = 2
FIRST_MADE: Final = 900_000_001  # far above the numbers of generated ones
LATER: Final = dt.timedelta(days=7)
REPORTS: Final = ("Tijdig", "NietTijdig")


class Measures:
    """A measure for each time that a pupil was late, a week later, and those that staff added."""

    def __init__(self, access: Access) -> None:
        self.access, self.school = access, access.school
        self._made: dict[int, list[Body]] = {}  # by person
        self._reports: dict[int, str] = {}  # by number
        self._numbers = count(FIRST_MADE)

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        path = "leerlingen/{person:int}/verantwoordingen/terugkommaatregelen"
        return [
            ("GET", path, self._list),
            ("POST", path, self._make),
            ("GET", "m6/leerlingen/terugkomers", self._coming_back),
            ("PUT", "terugkommaatregelen/{number:int}/melding", self._report),
        ]

    def _of(self, pupil: Leerling) -> list[Body]:
        now = self.access.clock.local()
        late = (each for each in draw_absence(self.school.seed, pupil) if each.soort.type == TE_LAAT)
        drawn = [
            _measure(each.nummer, "Te laat: melden", each.begin.date() + LATER, "08:00", "08:30", 1)
            for each in late
            if each.begin <= now
        ]
        found = [*drawn, *self._made.get(pupil.persoon_id, [])]
        return [{**each, "melding": self._reports.get(each["id"])} for each in found]

    def _list(self, request: Request) -> Response:
        self.access.staff(request)
        pupil = self.access.pupil(request)
        first = day_in(request, "begin", default=dt.date.min)
        last = day_in(request, "einde", default=dt.date.max)
        return new_list(each for each in self._of(pupil) if first <= _day_of(each) <= last)

    def _make(self, request: Request) -> Response:
        self.access.staff(request)
        pupil, sent = self.access.pupil(request), body_of(request)
        try:
            made = _measure(
                next(self._numbers),
                str(sent["omschrijving"]),
                dt.date.fromisoformat(str(sent["terugkomenOp"])[:10]),
                str(sent["beginTijd"]),
                str(sent["eindTijd"]),
                int(sent["aantalDagen"]),
            )
        except (KeyError, TypeError, ValueError):
            raise refused() from None
        self._made.setdefault(pupil.persoon_id, []).append(made)
        return JSONResponse(made, status_code=201)

    def _coming_back(self, request: Request) -> Response:
        """Return who has to come back, from today on, and has not been reported yet (inferred)."""
        self.access.staff(request)
        today = self.access.clock.today()
        return new_list(
            {**each, "leerling": short(pupil)}
            for pupil, _ in self.school.pupils_on(today)
            for each in self._of(pupil)
            if _day_of(each) >= today and each["melding"] is None
        )

    def _report(self, request: Request) -> Response:
        self.access.staff(request)
        number, kind = request.path_params["number"], body_of(request).get("type")
        if kind not in REPORTS:
            raise refused()
        if not any(each["id"] == number for pupil in self.school.leerlingen.values() for each in self._of(pupil)):
            raise nothing()
        self._reports[number] = str(kind)
        return Response(status_code=204)


def _measure(number: int, words: str, day: dt.date, begin: str, end: str, days: int) -> Body:
    return {
        "id": number,
        "omschrijving": words,
        "terugkomenOp": day.isoformat(),
        "beginTijd": begin,
        "eindTijd": end,
        "aantalDagen": days,
        "links": {"melding": link(f"terugkommaatregelen/{number}/melding")},
    }


def _day_of(measure: Body) -> dt.date:
    return dt.date.fromisoformat(measure["terugkomenOp"])
