"""Learning materials and sources in the web interface of the simulated school, older generation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from magister_connect.sandbox.school.people import Inschrijving, Leerling
from magister_connect.sandbox.school.programmes import Vak, latest
from magister_connect.sandbox.web.agenda.appointments import subject_number
from magister_connect.sandbox.web.answers import Body, Days, Routes, nothing, old_link, old_list, refused
from magister_connect.sandbox.web.files import Files, source

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from magister_connect.sandbox.web.access import Access


FOLDER_ID: Final = 1
SOURCES: Final = {1: ("Gedeeld", 0), 2: ("Schoolgids.txt", 0), 3: ("Leesdossier.txt", 1), 4: ("Formulekaart.txt", 1)}
"""Name and folder of each source. The first is a folder itself."""


def ean_of(vak: Vak) -> str:
    """Return the EAN of a subject's material: 13 digits, with a prefix that books do not have."""
    body = f"999000000{subject_number(vak.code):03}"
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    return f"{body}{-(odd + 3 * even) % 10}"


class Materials:
    """A material for each subject, and a folder with sources for everybody."""

    def __init__(self, access: Access, files: Files) -> None:
        self.access, self.files = access, files

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        return [
            ("GET", "personen/{person:int}/lesmateriaal", self._list),
            ("GET", "personen/{person:int}/digitaallesmateriaal/Ean/{ean}", self._open),
            ("GET", "personen/{person:int}/bronnen", self._sources),
            ("GET", "personen/{person:int}/bronnen/{source:int}", self._fetch),
        ]

    def _enrolment(self, pupil: Leerling) -> Inschrijving | None:
        return pupil.enrolment_on(self.access.clock.today())

    def _list(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        enrolment = self._enrolment(pupil)
        subjects = enrolment.vakken if enrolment else ()
        return old_list(_material(pupil.persoon_id, enrolment, vak, self.access.days) for vak in subjects if enrolment)

    def _open(self, request: Request) -> Response:
        enrolment = self._enrolment(self.access.pupil(request))
        for vak in enrolment.vakken if enrolment else ():
            if ean_of(vak) == request.path_params["ean"]:
                return self.files.redirect_to(request, f"{vak.omschrijving}.txt")
        raise nothing()

    def _sources(self, request: Request) -> Response:
        pupil, parent = self.access.pupil(request), request.query_params.get("parentId", "0")
        if not parent.isdecimal():
            raise refused()
        path = f"personen/{pupil.persoon_id}/bronnen"
        put_there = latest(8, 25, until=self.access.clock.today())
        return old_list(
            source(number, name, None if number == FOLDER_ID else f"{path}/{number}", put_there, parent=folder)
            for number, (name, folder) in SOURCES.items()
            if folder == int(parent)
        )

    def _fetch(self, request: Request) -> Response:
        self.access.pupil(request)
        number = request.path_params["source"]
        if number == FOLDER_ID or number not in SOURCES:
            raise nothing()
        return self.files.redirect_to(request, SOURCES[number][0])


def _material(person: int, enrolment: Inschrijving, vak: Vak, days: Days) -> Body:
    ean, number = ean_of(vak), subject_number(vak.code)
    return {
        "Id": number,
        "EAN": ean,
        "Start": days.first(enrolment.lesperiode.begin),
        "Eind": days.last(enrolment.lesperiode.einde),
        "Links": [old_link(f"personen/{person}/digitaallesmateriaal/Ean/{ean}", "content")],
        "MateriaalType": 1,
        "PreviewImageUrl": None,
        "Status": 1,
        "Titel": f"{vak.omschrijving} (voorbeeld)",
        "Uitgeverij": "Uitgeverij Voorbeeld",
        "Vak": {
            "Id": number,
            "Afkorting": vak.code,
            "Omschrijving": vak.omschrijving,
            "Volgnr": number,
            "LicentieUrl": "",
            "Links": [],
        },
    }
