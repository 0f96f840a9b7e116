"""The agenda in the web interface of the simulated school: the timetable, and the appointments of pupils.

Of a lesson, a pupil can write only ``Afgerond`` and ``Aantekening`` (inferred: the timetable belongs to the school).
Appointments of ``Type`` 1 (personal) and 16 (planning) are created, written whole and removed by their owner.
"""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.people import Leerling
from magister_connect.sandbox.school.timetable import GEPLAND, GEWIJZIGD, TOETS, VERVALLEN, Afspraak, day_of_lesson
from magister_connect.sandbox.web.agenda.appointments import BLANK, PERSONAL, PLANNING, lesson, new_lesson, own_links
from magister_connect.sandbox.web.answers import (
    Body,
    Routes,
    body_of,
    days_in,
    first_of,
    local_time,
    new_list,
    no_privilege,
    nothing,
    old_list,
    read_moment,
    refused,
    universal,
)
from magister_connect.sandbox.web.files import attachment

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.school.administration import School
    from magister_connect.sandbox.web.access import Access
    from magister_connect.sandbox.web.files import Files


MADE: Final = (PERSONAL, PLANNING)
OF_THE_PUPIL: Final = ("Afgerond", "Aantekening")
CHANGES_WITHOUT: Final[Body] = dict.fromkeys(("Links", "Docenten", "LesuurVan", "LesuurTotMet"))
"""The fields that are null in the list of changes (recorded)."""
_CANCELLED: Final = (4, VERVALLEN)
_ONLY_ACTIVE: Final = {"1", "actief"}


class Agenda:
    """Lessons from the timetable, and what pupils wrote."""

    def __init__(self, access: Access, files: Files) -> None:
        self.access, self.school, self.files = access, access.school, files
        self._own: dict[int, dict[int, Body]] = {}  # by person, then by number
        self._written: dict[tuple[int, int], Body] = {}  # about a lesson, by person and number
        self._numbers = count(1)  # numbers of lessons are much higher

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        of_person, one = "personen/{person:int}/afspraken", "personen/{person:int}/afspraken/{number:int}"
        return [
            ("GET", of_person, self._list),
            ("POST", of_person, self._make),
            ("GET", one, self._read),
            ("PUT", one, self._write),
            ("DELETE", one, self._remove),
            ("GET", f"{one}/bijlagen/{{file:int}}", self._file),
            ("GET", "personen/{person:int}/roosterwijzigingen", self._changes),
            ("GET", "leerlingen/{person:int}/afspraken", self._newer),
            ("GET", "medewerkers/{person:int}/afspraken", self._of_staff),
        ]

    # -- reading ----------------------------------------------------------------------------------------------------

    def _list(self, request: Request) -> Response:
        pupil, (first, last) = self.access.pupil(request), days_in(request, "van", "tot")
        lessons = self._shown(request, self.school.lessons_of(pupil.stamnummer, first, last))
        own = [each for each in self._own.get(pupil.persoon_id, {}).values() if first <= _day_of(each) <= last]
        return old_list(sorted([*(self._lesson(pupil, each) for each in lessons), *own], key=_begin_of))

    def _read(self, request: Request) -> Response:
        pupil, number = self.access.pupil(request), request.path_params["number"]
        own = self._own.get(pupil.persoon_id, {}).get(number)
        return JSONResponse(own or self._lesson(pupil, self._named_lesson(pupil, number), single=True))

    def _file(self, request: Request) -> Response:
        pupil, number = self.access.pupil(request), request.path_params["number"]
        lesson = self._named_lesson(pupil, number)
        return self.files.redirect_to(request, first_of(each["Naam"] for each in _files(lesson, pupil.persoon_id)))

    def _changes(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        lessons = self.school.lessons_of(pupil.stamnummer, *days_in(request, "van", "tot"))
        changed = [self._lesson(pupil, each) for each in lessons if each.status in {GEWIJZIGD, VERVALLEN}]
        return old_list({**each, **CHANGES_WITHOUT} for each in changed)

    def _newer(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        lessons = self.school.lessons_of(pupil.stamnummer, *days_in(request, "begin", "einde"))
        return new_list(new_lesson(each, self.school) for each in self._shown(request, lessons))

    def _of_staff(self, request: Request) -> Response:
        self.access.staff(request)
        number = request.path_params["person"]
        if number not in self.school.medewerkers:
            raise nothing()
        lessons = self.school.lessons_taught_by(number, *days_in(request, "begin", "einde"))
        return new_list(new_lesson(each, self.school) for each in self._shown(request, lessons))

    def _shown(self, request: Request, lessons: list[Afspraak]) -> list[Afspraak]:
        active = request.query_params.get("status") in _ONLY_ACTIVE
        if not active or self.access.switches.active_shows_cancelled:
            return lessons
        return [each for each in lessons if each.status not in _CANCELLED]

    def _lesson(self, pupil: Leerling, each: Afspraak, *, single: bool = False) -> Body:
        written, files = self._written.get((pupil.persoon_id, each.nummer), {}), _files(each, pupil.persoon_id)
        shown = files if single or self.access.switches.attachments_in_lists else None
        details: Body = {"HeeftBijlagen": bool(files), "Bijlagen": shown}
        if each.status == GEPLAND:
            details["Status"] = self.access.switches.ordinary_status
        return {**lesson(each, pupil.persoon_id, self.school), **details, **written}

    def _named_lesson(self, pupil: Leerling, number: int) -> Afspraak:
        found = lesson_of(self.school, pupil, number)
        if found is None:
            raise nothing()
        return found

    # -- writing ----------------------------------------------------------------------------------------------------

    def _make(self, request: Request) -> Response:
        person, number = self._writer(request).persoon_id, next(self._numbers)
        made = _whole(person, number, body_of(request))
        self._own.setdefault(person, {})[number] = made
        if self.access.switches.created == "nothing":
            return Response(status_code=204)
        whole = self.access.switches.created == "record"
        return JSONResponse(made if whole else _address(person, number), status_code=201)

    def _write(self, request: Request) -> Response:
        pupil, number, sent = self._writer(request), request.path_params["number"], body_of(request)
        own = self._own.get(pupil.persoon_id, {})
        if number in own:
            own[number] = _whole(pupil.persoon_id, number, sent)
        else:
            self._named_lesson(pupil, number)
            self._written[pupil.persoon_id, number] = {name: sent[name] for name in OF_THE_PUPIL if name in sent}
        return JSONResponse(_address(pupil.persoon_id, number))

    def _remove(self, request: Request) -> Response:
        pupil, number = self._writer(request), request.path_params["number"]
        if self._own.get(pupil.persoon_id, {}).pop(number, None) is None:
            self._named_lesson(pupil, number)
            raise no_privilege()  # a pupil may not remove a lesson
        return Response(status_code=204)

    def _writer(self, request: Request) -> Leerling:
        """Return the pupil who owns the agenda. Parents and staff may only read it (inferred)."""
        self.access.myself(request)
        return self.access.pupil(request)


def _files(lesson: Afspraak, person: int) -> list[Body]:
    """Return the file of a lesson with a test."""
    if lesson.info_type != TOETS:
        return []
    path = f"personen/{person}/afspraken/{lesson.nummer}/bijlagen/1"
    return [attachment(1, f"Toetsstof {lesson.vak.code}.txt", path, lesson.begin.date())]


def lesson_of(school: School, pupil: Leerling, number: int) -> Afspraak | None:
    """Return the lesson of a pupil with this number, which contains its day."""
    try:
        day = day_of_lesson(number)
    except OverflowError:
        return None
    return next((each for each in school.lessons_of(pupil.stamnummer, day, day) if each.nummer == number), None)


def _whole(person: int, number: int, sent: Body) -> Body:
    begin, end = read_moment(sent.get("Start")), read_moment(sent.get("Einde"))
    if sent.get("Type") not in MADE or end < begin:
        raise refused()
    return {
        **BLANK,
        **sent,
        "Id": number,
        "Links": own_links(person, number),
        "Start": universal(begin),
        "Einde": universal(end),
    }


def _address(person: int, number: int) -> Body:
    return {"Uri": f"/api/personen/{person}/afspraken/{number}"}


def _day_of(appointment: Body) -> dt.date:
    return local_time(read_moment(appointment["Start"])).date()


def _begin_of(appointment: Body) -> Any:  # noqa: ANN401 - text that sorts as time does
    return appointment["Start"]
