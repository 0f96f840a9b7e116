"""Data of a person in the web interface of the simulated school besides the name: settings, study, consent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Persoon
from magister_connect.sandbox.school.programmes import latest
from magister_connect.sandbox.web.answers import Body, Routes, body_of, moment, new_list, refused
from magister_connect.sandbox.web.people.records import address

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


ADULT: Final = 18
SETTINGS: Final = {"EloBerichtenDoorsturen": bool, "EmailAdres": str, "EmailAdresPrive": str, "Mobiel": str}
QUESTIONS: Final = (("FOTO", "Foto's op de website"), ("FILM", "Filmopnamen in de les"))
ASKED_AT: Final = dt.time(12)


class Profiles:
    """Settings as they were written, and other data of the school."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._written: dict[int, Body] = {}  # by person

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        person = "personen/{person:int}"
        return [
            ("GET", f"{person}/profiel", lambda request: JSONResponse(self._profile(self.access.person(request)))),
            ("PUT", f"{person}/profiel", self._write),
            ("GET", f"{person}/adressen", lambda request: new_list([address(self.access.person(request))])),
            ("GET", f"{person}/opleidinggegevensprofiel", self._study),
            ("GET", "leerlingen/{person:int}/autorisatie", self._authorization),
            ("GET", f"toestemmingen/{person}/antwoorden", self._consents),
        ]

    def _profile(self, person: Persoon) -> Body:
        drawn = {
            "EloBerichtenDoorsturen": False,
            "EmailAdres": person.email,
            "EmailAdresPrive": None,
            "Mobiel": person.telefoon,
        }
        return {**drawn, **self._written.get(person.persoon_id, {})}

    def _write(self, request: Request) -> Response:
        """Write all settings. Missing ones become empty (inferred). The answer is unknown; here it is empty."""
        person, sent = self.access.myself(request), body_of(request)
        wrong = [name for name, kind in SETTINGS.items() if not isinstance(sent.get(name), kind | None)]
        if wrong:
            raise refused()
        self._written[person.persoon_id] = {**dict.fromkeys(SETTINGS), **sent}
        return Response(status_code=204)

    def _study(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        newest = pupil.enrolment_on(self.access.clock.today()) or pupil.inschrijvingen[-1]
        return JSONResponse(
            {
                "Studie": newest.studie.omschrijving,
                "Klas": newest.klas,
                "StamNr": pupil.stamnummer,
                "ExamenNr": None,
                "Profielen": newest.profiel.omschrijving if newest.profiel else None,
            }
        )

    def _authorization(self, request: Request) -> Response:
        """Return who may see what.

        Parents see everything; adult pupils may decide otherwise (inferred from the names).
        """
        born, today = self.access.pupil(request).geboortedatum, self.access.clock.today()
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return JSONResponse(
            {
                "oudersMogenGegevensZien": True,
                "magInzageOudersInstellen": age >= ADULT,
                "meerderJarigeLeeftijd": ADULT,
            }
        )

    def _consents(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        dice = Dice(self.access.school.seed, "consent", pupil.nummer)
        asked = latest(9, 1, until=self.access.clock.today() - dt.timedelta(days=1))
        return new_list(
            {
                "vraagId": place,
                "code": code,
                "omschrijving": words,
                "uitleg": "Wij vragen dit elk jaar.",
                "volgnummer": place,
                "datumAangepast": moment(dt.datetime.combine(asked, ASKED_AT)),
                "toestemming": dice.chance(0.7),
            }
            for place, (code, words) in enumerate(QUESTIONS, start=1)
        )
