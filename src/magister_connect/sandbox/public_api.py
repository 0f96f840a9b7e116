"""The web interface of the simulated school, in both generations.

Older paths answer in ``Items``, newer ones in ``items``, a few in bare arrays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from magister_connect.sandbox import web_lessons, web_messages, web_people
from magister_connect.sandbox.issuer import Issuer, account_id
from magister_connect.sandbox.marks import periods_of
from magister_connect.sandbox.people import Leerling, Ouder
from magister_connect.sandbox.timetable import GEWIJZIGD
from magister_connect.sandbox.web_desk import Desk, PublicApiSwitches, WebRefusal, nothing
from magister_connect.sandbox.web_people import Body

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["PublicApiSwitches", "application"]

PIXEL: Final = bytes.fromhex("89504e470d0a1a0a")
LARGEST_PAGE: Final = 250


def application(issuer: Issuer, switches: PublicApiSwitches) -> Starlette:
    """The web interface as an application."""
    handlers = _Handlers(Desk(issuer, switches))
    return Starlette(
        routes=[
            Route(f"/api/{path}", handlers.desk.guarded(_as_handler(handle)), methods=[method])
            for method, path, handle in handlers.routes()
        ]
    )


def _as_handler(handle: Callable[[Request], Response]) -> Any:  # noqa: ANN401 - as Starlette has it
    async def answer(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            request.state.body = await request.json() if await request.body() else None
        return handle(request)

    return answer


class _Handlers:
    """One small function for each path."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.school, self.switches = desk, desk.school, desk.switches
        self.messages = web_messages.Messages()

    def routes(self) -> list[tuple[str, str, Callable[[Request], Response]]]:
        """Method, path and handler of everything that is served."""
        person, pupil, enrolled = "personen/{person:int}", "leerlingen/{person:int}", "aanmeldingen/{enrolment:int}"
        old = f"{person}/{enrolled}"
        read = [
            ("account", self.account),
            ("accounts/{account:int}", self.account_details),
            ("sessions/current", lambda _: JSONResponse({"links": {"account": web_people.link("accounts/1")}})),
            ("versie", lambda _: JSONResponse({"ApiVersie": "1", "ProductVersie": "zandbak"})),
            (f"{person}/kinderen", self.children),
            ("ouders/{person:int}/kinderen", self.children_of_parent),
            ("ouders/{person:int}/contactgegevens", lambda r: new_list(web_people.contacts(self.desk.parent(r)))),
            ("ouders/{person:int}/adresgegevens", lambda r: new_list([web_people.address(self.desk.parent(r))])),
            (f"{pupil}/ouders", self.parents),
            ("leerlingen/zoeken", self.find_pupils),
            (pupil, lambda r: JSONResponse(web_people.pupil(self.desk.pupil(r)))),
            (f"{pupil}/personalia", lambda r: JSONResponse(web_people.personalia(self.desk.pupil(r), self._today()))),
            (f"{pupil}/adresgegevens", lambda r: new_list([web_people.address(self.desk.pupil(r))])),
            (f"{pupil}/foto", self.photo),
            (f"{pupil}/aanmeldingen", self.enrolments),
            (f"{pupil}/afspraken", lambda r: new_list(map(web_lessons.new_lesson, self._lessons(r, "begin", "einde")))),
            (f"{person}/aanmeldingen", self.old_enrolments),
            (f"{old}/vakken", lambda r: JSONResponse(web_people.subjects(self.desk.enrolment(r)[1]))),
            (f"{enrolled}/mentoren", self.mentors),
            (f"{old}/cijfers/cijferoverzichtvooraanmelding", self.marks),
            (f"{old}/cijfers/extracijferkolominfo/{{column:int}}", self.column),
            (f"{old}/cijfers/cijferperiodenvooraanmelding", self.old_periods),
            (f"{person}/cijfers/laatste", self.recent_marks),
            (f"{enrolled}/cijfers", lambda r: new_list(map(web_lessons.new_mark, self.desk.marks(r)))),
            (f"{enrolled}/cijfers/perioden", self.new_periods),
            (f"{enrolled}/cijfers/{{mark:int}}/werkinformatie", self.work_information),
            (f"{person}/afspraken", lambda r: old_list(map(web_lessons.lesson, self._lessons(r, "van", "tot")))),
            (f"{person}/roosterwijzigingen", self.changes),
            (f"{person}/absenties", self.absence),
            (f"{pupil}/studiewijzers", lambda r: old_list([web_messages.study_guide(self.desk.pupil(r))])),
            (
                f"{pupil}/studiewijzers/{{guide:int}}",
                lambda r: JSONResponse(web_messages.study_guide(self.desk.pupil(r))),
            ),
            (f"{pupil}/studiewijzers/{{guide:int}}/onderdelen/{{part:int}}", lambda _: Response(status_code=204)),
            (f"{person}/opdrachten", lambda r: self._page(r, web_messages.assignments(self.desk.pupil(r)), old=True)),
            ("medewerkers/zoeken", self.find_staff),
            ("contacten/personen", self.contacts),
            ("berichten/mappen/alle", lambda r: new_list(self.messages.folders(self.desk.asker(r)))),
            ("berichten/postvakin/berichten", lambda r: self._page(r, self.messages.inbox(self.desk.asker(r)))),
            (
                "berichten/mappen/{folder:int}/berichten",
                lambda r: self._page(r, self.messages.inbox(self.desk.asker(r))),
            ),
            ("berichten/berichten/{message:int}", self.message),
        ]
        return [("GET", path, handle) for path, handle in read] + [
            ("PATCH", "berichten/berichten", self.patch_messages)
        ]

    def _today(self) -> dt.date:
        return self.desk.clock.today()

    def _page(self, request: Request, items: Iterable[Body], *, old: bool = False) -> Response:
        """A page: from ``skip``, at most ``top``."""
        found, asked = list(items), request.query_params
        top, skip = min(int(asked.get("top", self.switches.page)), LARGEST_PAGE), int(asked.get("skip", "0"))
        part, more = found[skip : skip + top], skip + top < len(found) and self.switches.next_links
        rest = [(name, value) for name, value in asked.multi_items() if name not in {"top", "skip"}]
        following = f"{request.url.path}?{urlencode([*rest, ('top', top), ('skip', skip + top)])}"
        if old:
            links = [{"Rel": "Next", "Href": following}] if more else []
            return JSONResponse({"Items": part, "TotalCount": len(found), "Links": links})
        return JSONResponse(
            {"items": part, "totalCount": len(found), "links": {"next": {"href": following} if more else None}}
        )

    def account(self, request: Request) -> Response:
        return JSONResponse(web_people.account(self.desk.asker(request)))

    def account_details(self, request: Request) -> Response:
        asker = self.desk.asker(request)
        return JSONResponse(
            {"id": request.path_params["account"], "naam": asker.volledige_naam, "uuId": account_id(asker), "links": {}}
        )

    def _children(self, request: Request) -> list[Leerling]:
        return [self.school.leerlingen[number] for number in self.desk.parent(request).kinderen]

    def children(self, request: Request) -> Response:
        return old_list(map(web_people.child, self._children(request)))

    def children_of_parent(self, request: Request) -> Response:
        return new_list(web_people.child_of_parent(each, self._today()) for each in self._children(request))

    def parents(self, request: Request) -> Response:
        parents: tuple[Ouder, ...] = self.school.parents_of(self.desk.pupil(request).stamnummer)
        return new_list(web_people.parent(each, place) for place, each in enumerate(parents, start=1))

    def photo(self, request: Request) -> Response:
        if self.desk.pupil(request).nummer % self.switches.pupils_with_photo:
            raise nothing()
        return Response(PIXEL, media_type="image/png")

    def enrolments(self, request: Request) -> Response:
        found = self.desk.pupil(request).inschrijvingen
        if "begin" not in request.query_params:
            found = tuple(each for each in found if each.holds_on(self._today()))
        return new_list(web_people.enrolment(each, self.school) for each in found)

    def old_enrolments(self, request: Request) -> Response:
        return old_list(map(web_people.old_enrolment, self.desk.pupil(request).inschrijvingen))

    def mentors(self, request: Request) -> Response:
        return new_list(web_people.mentors(self.desk.enrolment(request)[1], self.school))

    def marks(self, request: Request) -> Response:
        return old_list(web_lessons.mark(each, each.kolom_id // 100) for each in self.desk.marks(request))

    def column(self, request: Request) -> Response:
        wanted = request.path_params["column"]
        for each in self.desk.marks(request):
            if each.kolom_id == wanted:
                return JSONResponse(web_lessons.column(each))
        raise nothing()

    def old_periods(self, request: Request) -> Response:
        return old_list(map(web_lessons.old_period, periods_of(self.desk.enrolment(request)[1].lesperiode)))

    def new_periods(self, request: Request) -> Response:
        return new_list(map(web_lessons.new_period, periods_of(self.desk.enrolment(request)[1].lesperiode)))

    def recent_marks(self, request: Request) -> Response:
        marks = self.school.marks_of(self.desk.pupil(request).stamnummer, self.desk.clock.local())
        latest = {each.kolom_id: each for each in marks}
        return self._page(request, map(web_lessons.recent_mark, reversed(latest.values())))

    def work_information(self, request: Request) -> Response:
        for each in self.desk.marks(request):
            if each.cijfer_id == request.path_params["mark"]:
                return JSONResponse(web_lessons.work_information(each))
        raise nothing()

    def _lessons(self, request: Request, first: str, last: str) -> list[Any]:
        return list(self.school.lessons_of(self.desk.pupil(request).stamnummer, *_range(request, first, last)))

    def changes(self, request: Request) -> Response:
        lessons = self._lessons(request, "van", "tot")
        return old_list(web_lessons.lesson(each) for each in lessons if each.status >= GEWIJZIGD)

    def absence(self, request: Request) -> Response:
        first, last = _range(request, "van", "tot")
        found = self.school.absence_of(self.desk.pupil(request).stamnummer, self.desk.clock.local())
        return old_list(web_lessons.absence(each) for each in found if first <= each.begin.date() <= last)

    def find_pupils(self, request: Request) -> Response:
        self.desk.staff(request)
        present = [pupil for pupil, _ in self.school.pupils_on(self._today())]
        found = web_people.filtered(present, request.query_params.get("q", "**"))
        return self._page(request, (web_people.search_pupil(each, self._today()) for each in found))

    def find_staff(self, request: Request) -> Response:
        self.desk.staff(request)
        present = [each for each in self.school.medewerkers.values() if each.datum_uit is None]
        found = web_people.filtered(present, request.query_params.get("q", "**"))
        return self._page(request, map(web_people.search_employee, found))

    def contacts(self, request: Request) -> Response:
        self.desk.asker(request)
        staff = web_people.filtered(self.school.medewerkers.values(), request.query_params.get("q", ""))
        return new_list({**web_people.search_employee(each), "type": "medewerker"} for each in staff)

    def message(self, request: Request) -> Response:
        found = self.messages.whole(self.desk.asker(request), request.path_params["message"])
        if found is None:
            raise nothing()
        return JSONResponse(found)

    def patch_messages(self, request: Request) -> Response:
        self.messages.patch(self.desk.asker(request), request.state.body)
        return Response(status_code=204)


def old_list(items: Iterable[Body]) -> Response:
    """The envelope of the older generation."""
    found = list(items)
    return JSONResponse({"Items": found, "TotalCount": len(found), "Links": []})


def new_list(items: Iterable[Body]) -> Response:
    """The envelope of the newer generation."""
    found = list(items)
    return JSONResponse({"items": found, "totalCount": len(found), "links": {"next": None}})


def _range(request: Request, first: str, last: str) -> tuple[dt.date, dt.date]:
    asked = request.query_params
    try:
        return dt.date.fromisoformat(asked[first]), dt.date.fromisoformat(asked[last])
    except (KeyError, ValueError):
        body = {"foutcode": "a1b2c3d", "omschrijving": "Er is een onbekende fout opgetreden."}
    raise WebRefusal(JSONResponse(body, status_code=400))
