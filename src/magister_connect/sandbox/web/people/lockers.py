"""The locker service of the simulated school, beside the school's interface (one client).

Nine in ten pupils rent a locker. Each location has a few free ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Inschrijving, Leerling
from magister_connect.sandbox.school.programmes import LOCATIES, Locatie
from magister_connect.sandbox.web.answers import Body, Routes

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


LOCKER_SCOPES: Final = ("lockers.administration",)
"""A scope with this name was observed. That it gives access to the service is inferred."""
FREE: Final = 3
WITHOUT: Final = 10  # one pupil in so many has no locker


class Lockers:
    """The lockers of all locations, for staff."""

    def __init__(self, access: Access) -> None:
        self.access, self.school = access, access.school

    def routes(self) -> Routes:
        """Return the routes below the service."""
        return [("GET", "lockers/details", self._list)]

    def _list(self, request: Request) -> Response:
        self.access.staff(request)
        return JSONResponse({"lockersDetails": list(self._lockers())})

    def _lockers(self) -> Iterator[Body]:
        today = self.access.clock.today()
        for pupil, enrolment in self.school.pupils_on(today):
            if pupil.nummer % WITHOUT:
                yield self._locker(enrolment.locatie, pupil.nummer + 1, self._rent(pupil, enrolment))
        for locatie in LOCATIES:
            for place in range(1, FREE + 1):
                yield self._locker(locatie, 90_000 + place, None)

    def _locker(self, locatie: Locatie, number: int, rent: Body | None) -> Body:
        dice = Dice(self.school.seed, "locker", locatie.code, number)
        cluster = Dice(self.school.seed, "cluster", locatie.code).identifier()
        return {
            "id": dice.identifier(),
            "lockerId": dice.identifier(),
            "unitId": dice.identifier(),
            "lockerTypeTitle": "Standaard",
            "cluster": {"id": cluster, "title": locatie.omschrijving},
            "clusterTitle": locatie.omschrijving,
            "lockerCode": f"{locatie.code}-{number:05}",
            "keyCode": f"{dice.number(0, 9999):04}",
            "lockCode": f"{dice.number(0, 9999):04}",
            "rentalPeriod": rent,
        }

    def _rent(self, pupil: Leerling, enrolment: Inschrijving) -> Body:
        return {
            "id": Dice(self.school.seed, "rent", enrolment.nummer).identifier(),
            "startDate": enrolment.begin.isoformat(),
            "endDate": enrolment.einde.isoformat(),
            "rent": 10.0,
            "deposit": 5.0,
            "keyState": "uitgegeven",
            "student": {
                "id": pupil.externe_id,
                "studentNumber": str(pupil.stamnummer),
                "personId": pupil.persoon_id,
                "group": enrolment.klas,
                "study": enrolment.studie.code,
            },
        }
