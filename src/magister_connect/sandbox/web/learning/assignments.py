"""Assignments in the web interface of the simulated school, older generation: reading and handing in.

Each pupil has one every two weeks of the school year, more than fit on a page. Past ones are graded or closed, the next
ones are open. What a pupil hands in is stored.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen
from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Leerling
from magister_connect.sandbox.school.programmes import FOUNDING_YEARS, Vak
from magister_connect.sandbox.web.answers import (
    Body,
    Routes,
    body_of,
    day_in,
    first_of,
    moment,
    nothing,
    old_link,
    refused,
)
from magister_connect.sandbox.web.files import FILE, Files, attachment

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


COUNT: Final = 25
INGELEVERD, OPEN, BEOORDEELD, GESLOTEN = 1, 2, 3, 5  # values of StatusLaatsteOpdrachtVersie (one client)
VERSIE_INGELEVERD, OPNIEUW_INLEVEREN = 6, 7  # of a version (one client of 2026)
_PER_YEAR: Final = 100_000_000  # numbers of the assignments of one lesson period
_GIVEN_BEFORE: Final = dt.timedelta(days=14)  # from one assignment to the next
_CHECKED_AFTER: Final = dt.timedelta(days=14)


@frozen(kw_only=True)
class _Assignment:
    """An assignment of a pupil. Moments are local times without a zone."""

    number: int
    place: int
    person: int
    vak: Vak
    due: dt.datetime
    handed_in: dt.datetime | None
    mark: str | None
    remark: str | None = None
    files: tuple[Body, ...] = ()

    @property
    def version(self) -> int:
        """The number of its only version."""
        return self.number * 10 + 1

    def status(self, now: dt.datetime) -> int:
        """Return the status at a moment."""
        if self.mark is not None and self.due + _CHECKED_AFTER <= now:
            return BEOORDEELD
        if self.handed_in is not None:
            return INGELEVERD
        return OPEN if now <= self.due else GESLOTEN


class Assignments:
    """Assignments, and what was handed in."""

    def __init__(self, access: Access, files: Files) -> None:
        self.access, self.files = access, files
        self._handed_in: dict[int, _Assignment] = {}  # by number
        self._created: dict[int, Body] = {}  # versions that were created but not handed in, by assignment

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        every = "personen/{person:int}/opdrachten"
        return [
            ("GET", every, self._list),
            ("GET", f"{every}/{{number:int}}", self._read),
            ("GET", f"{every}/versie/{{version:int}}", self._read_version),
            ("POST", f"{every}/versie/{{version:int}}", self._hand_in),
            ("POST", f"{every}/{{number:int}}/versie", self._create_version),
            ("PUT", f"{every}/versie/{{version:int}}", self._hand_in_version),
            ("GET", f"{every}/{{number:int}}/bijlagen/{{file:int}}", self._file),
            ("GET", f"{every}/bijlagen/Ingeleverd/{{file:int}}", self._handed_in_file),
        ]

    def _of(self, pupil: Leerling) -> list[_Assignment]:
        return [self._drawn(pupil, place) for place in range(1, COUNT + 1)]

    def _drawn(self, pupil: Leerling, place: int) -> _Assignment:
        enrolment = pupil.inschrijvingen[-1]
        years_on = enrolment.lesperiode.begin.year - self.access.school.founded
        number = max(0, years_on - FOUNDING_YEARS + 1) * _PER_YEAR + pupil.nummer * 100 + place
        if number in self._handed_in:
            return self._handed_in[number]
        dice = Dice(self.access.school.seed, "assignment", number)
        due = dt.datetime.combine(enrolment.lesperiode.begin + dt.timedelta(days=14 * place), dt.time(17))
        handed_in = due - dt.timedelta(hours=dice.number(1, 72)) if dice.chance(0.8) else None
        past = handed_in is not None and handed_in <= self.access.clock.local()
        return _Assignment(
            number=number,
            place=place,
            person=pupil.persoon_id,
            vak=dice.pick(enrolment.vakken),
            due=due,
            handed_in=handed_in if past else None,
            mark=f"{dice.number(4, 9)},{dice.number(0, 9)}" if past else None,
        )

    # -- reading ----------------------------------------------------------------------------------------------------

    def _list(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        first = day_in(request, "startdatum", default=dt.date.min)
        last = day_in(request, "einddatum", default=dt.date.max)
        found = [each for each in self._of(pupil) if first <= each.due.date() <= last]
        return self.access.page(request, map(self._show, found), old=True)

    def _read(self, request: Request) -> Response:
        return JSONResponse(self._show(self._named(request, request.path_params["number"])))

    def _read_version(self, request: Request) -> Response:
        return JSONResponse(self._show_version(self._named_version(request)))

    def _file(self, request: Request) -> Response:
        each, file = self._named(request, request.path_params["number"]), request.path_params["file"]
        names = {1: _task(each)}
        if file not in names:
            raise nothing()
        return self.files.redirect_to(request, names[file])

    def _handed_in_file(self, request: Request) -> Response:
        wanted, every = request.path_params["file"], self._of(self.access.pupil(request))
        file = first_of(sent for each in every for sent in each.files if sent["Id"] == wanted)
        stored = self.files.stored(file)
        return self.files.redirect_to(request, file["Naam"], stored.number if stored else 0)

    def _named(self, request: Request, number: int) -> _Assignment:
        return first_of(each for each in self._of(self.access.pupil(request)) if each.number == number)

    def _named_version(self, request: Request) -> _Assignment:
        version = request.path_params["version"]
        return first_of(each for each in self._of(self.access.pupil(request)) if each.version == version)

    def _show(self, each: _Assignment) -> Body:
        status = each.status(self.access.clock.local())
        path, given = f"personen/{each.person}/opdrachten/{each.number}", each.due.date() - _GIVEN_BEFORE * each.place
        graded = status == BEOORDEELD
        version = f"personen/{each.person}/opdrachten/versie/{each.version}"
        return {
            "Id": each.number,
            "Titel": f"Opdracht {each.place}",
            "Vak": each.vak.code,
            "Omschrijving": "<p>Schrijf een betoog.</p>",
            "Afgesloten": status == GESLOTEN,
            "BeoordeeldOp": moment(each.due + _CHECKED_AFTER) if graded else None,
            "Beoordeling": each.mark if graded else None,
            "Bijlagen": [attachment(1, _task(each), f"{path}/bijlagen/1", given)],
            "Docenten": None,
            "IngeleverdOp": moment(each.handed_in) if each.handed_in else None,
            "InleverenVoor": moment(each.due),
            "LaatsteOpdrachtVersienummer": 1,
            "Links": [old_link(path)],
            "MagInleveren": status == OPEN,
            "OpnieuwInleveren": False,
            "StatusLaatsteOpdrachtVersie": status,
            "VersieNavigatieItems": [{"Id": each.version, "Omschrijving": "Versie 1", "Links": [old_link(version)]}],
        }

    def _show_version(self, each: _Assignment) -> Body:
        status = each.status(self.access.clock.local())
        graded = status == BEOORDEELD
        return {
            "Id": each.version,
            "Vak": each.vak.code,
            "Status": status,
            "OpdrachtId": each.number,
            "VersieNummer": 1,
            "LeerlingOpmerking": each.remark,
            "DocentOpmerking": "Goed gedaan." if graded else None,
            "InleverenVoor": moment(each.due),
            "IngeleverdOp": moment(each.handed_in) if each.handed_in else None,
            "GestartOp": None,
            "Beoordeling": each.mark if graded else None,
            "BeoordeeldOp": moment(each.due + _CHECKED_AFTER) if graded else None,
            "IsTeLaat": each.handed_in is not None and each.handed_in > each.due,
            "LeerlingBijlagen": list(each.files),
            "FeedbackBijlagen": [],
            "Links": [old_link(f"personen/{each.person}/opdrachten/versie/{each.version}")],
        }

    # -- handing in ---------------------------------------------------------------------------------------------------

    def _hand_in(self, request: Request) -> Response:
        """Hand in the existing version (one client). Only the pupil may, before it is closed (inferred)."""
        each, sent = self._own_version(request)
        return JSONResponse(self._show_version(self._keep(each, sent)))

    def _create_version(self, request: Request) -> Response:
        """Create a version without an id, to be handed in next (one client of 2026). Returns its id."""
        self.access.myself(request)
        each, sent = self._named(request, request.path_params["number"]), body_of(request)
        if "Id" in sent or sent.get("Status") != OPNIEUW_INLEVEREN or each.status(self.access.clock.local()) != OPEN:
            raise refused()
        self._created[each.number] = sent
        files = [self._kept(each, number, file) for number, file in enumerate(_files_of(sent), start=2)]
        shown = {**self._show_version(each), "Status": OPNIEUW_INLEVEREN, "LeerlingBijlagen": files}
        return JSONResponse({**shown, "LeerlingOpmerking": sent.get("LeerlingOpmerking")}, status_code=201)

    def _hand_in_version(self, request: Request) -> Response:
        """Hand in the created version (one client of 2026). Returns its status."""
        each, sent = self._own_version(request)
        if each.number not in self._created or sent.get("Status") != OPEN:
            raise refused()
        kept = self._keep(each, self._created.pop(each.number) | {"LeerlingOpmerking": sent.get("LeerlingOpmerking")})
        return JSONResponse({**self._show_version(kept), "Status": VERSIE_INGELEVERD})

    def _own_version(self, request: Request) -> tuple[_Assignment, Body]:
        """Return an open version of the person, and what was sent about it."""
        self.access.myself(request)
        each, sent = self._named_version(request), body_of(request)
        same = request.query_params.get("opdrachtId") == str(each.number)
        if not same or each.status(self.access.clock.local()) != OPEN:
            raise refused()
        return each, sent

    def _keep(self, each: _Assignment, sent: Body) -> _Assignment:
        self._handed_in[each.number] = evolve(
            each,
            handed_in=self.access.clock.local(),
            mark=None,
            remark=sent.get("LeerlingOpmerking"),
            files=tuple(self._kept(each, number, file) for number, file in enumerate(_files_of(sent), start=2)),
        )
        return self._handed_in[each.number]

    def _kept(self, each: _Assignment, number: int, sent: Body) -> Body:
        """Return a file that is handed in: the uploaded file with its id, if there is one."""
        file, now = each.number * 100 + number, self.access.clock.local()
        path, stored = f"personen/{each.person}/opdrachten/bijlagen/Ingeleverd/{file}", self.files.stored(sent)
        content = None if stored is None else stored.content
        shown = attachment(file, str(sent["Naam"]), path, now.date(), rel="Self", content=content)
        return {**shown, "Datum": moment(now), "BronSoort": FILE, "UniqueId": sent.get("UniqueId")}


def _files_of(sent: Body) -> list[Body]:
    files = sent.get("LeerlingBijlagen") or []
    if not isinstance(files, list) or not all(isinstance(file, dict) and "Naam" in file for file in files):
        raise refused()
    return files


def _task(each: _Assignment) -> str:
    return f"Opdracht {each.place}.txt"
