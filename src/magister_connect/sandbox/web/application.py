"""The web interface of the simulated school, in both generations, and the services that stand beside it.

Older paths answer in ``Items``, newer ones in ``items``, a few in bare arrays. Calendar, attendance and lockers have
hosts of their own in reality; here they are paths beside ``/api``, which ``Sandbox.service_urls`` tells.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from magister_connect.sandbox.login.server import Issuer
from magister_connect.sandbox.web.absence import Absences
from magister_connect.sandbox.web.access import Desk
from magister_connect.sandbox.web.activities import Activities
from magister_connect.sandbox.web.agenda import Agenda
from magister_connect.sandbox.web.answers import Handle, Routes, refused
from magister_connect.sandbox.web.assignments import Assignments
from magister_connect.sandbox.web.calendar import CALENDAR_SCOPES, FEED_SCOPES, Calendar
from magister_connect.sandbox.web.directory import Directory
from magister_connect.sandbox.web.enrolments import Enrolments
from magister_connect.sandbox.web.files import Files
from magister_connect.sandbox.web.grades import Grades
from magister_connect.sandbox.web.guides import TITLES, Guides
from magister_connect.sandbox.web.lockers import LOCKER_SCOPES, Lockers
from magister_connect.sandbox.web.logbook import LogBook
from magister_connect.sandbox.web.materials import Materials
from magister_connect.sandbox.web.measures import Measures
from magister_connect.sandbox.web.messages import Messages
from magister_connect.sandbox.web.notices import ATTENDANCE_SCOPES, Notices
from magister_connect.sandbox.web.profile import Profiles
from magister_connect.sandbox.web.switches import PublicApiSwitches

if TYPE_CHECKING:
    from starlette.requests import Request


API: Final = "/api"
CALENDAR: Final = "/calendar/api"
ATTENDANCE: Final = "/attendance/api/v2"
LOCKERS: Final = "/lockers/api/v1"
SERVICE_PATHS: Final = {"calendar_url": CALENDAR, "attendance_url": ATTENDANCE, "lockers_url": LOCKERS}
"""Where the services beside the interface are, by the name that the clients have for their address."""


def application(issuer: Issuer, switches: PublicApiSwitches) -> Starlette:
    """The web interface as an application."""
    desk = Desk(issuer, switches)
    files, calendar = Files(desk.clock, same_host=switches.files_at_school), Calendar(desk)
    routes = [each for part in _parts(desk, files) for each in part]
    return Starlette(
        routes=[
            Route(f"{API}/versie", _open(lambda _: JSONResponse(VERSIONS))),  # which is public (one client)
            *_behind(desk, API, routes),
            *_behind(desk, CALENDAR, calendar.routes(), CALENDAR_SCOPES),
            *_behind(desk, CALENDAR, calendar.address_routes(), FEED_SCOPES),
            *_behind(desk, ATTENDANCE, Notices(desk).routes(), ATTENDANCE_SCOPES),
            *_behind(desk, LOCKERS, Lockers(desk).routes(), LOCKER_SCOPES),
            *(Route(f"{CALENDAR}/{path}", _open(handle)) for _, path, handle in calendar.open_routes()),
            *(Route(f"/{path}", _raw(handle), methods=[method]) for method, path, handle in files.routes()),
        ],
        exception_handlers={405: _no_such_method},
    )


VERSIONS: Final = {
    "CoreVersie": "1",
    "ApiVersie": "1",
    "DatabaseVersie": "1",
    "ProductVersie": "zandbak",
    "ReleaseDatum": "2025-08-01T00:00:00.0000000Z",
}


def _parts(desk: Desk, files: Files) -> list[Routes]:
    """What stands below the school's own interface, subject by subject."""
    return [
        Directory(desk).routes(),
        Profiles(desk).routes(),
        Enrolments(desk).routes(),
        Grades(desk).routes(),
        Agenda(desk, files).routes(),
        Absences(desk).routes(),
        Measures(desk).routes(),
        *(Guides(desk, files, kind).routes() for kind in TITLES),
        Assignments(desk, files).routes(),
        Materials(desk, files).routes(),
        Activities(desk).routes(),
        files.upload_routes(),
        Messages(desk, files).routes(),
        LogBook(desk).routes(),
    ]


def _behind(desk: Desk, base: str, routes: Routes, scopes: Collection[str] = ()) -> list[Route]:
    return [
        Route(f"{base}/{path}", desk.guarded(_with_body(handle), scopes), methods=[method])
        for method, path, handle in routes
    ]


def _open(handle: Handle) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return handle(request)

    return answer


def _raw(handle: Handle) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        request.state.content = await request.body()
        return handle(request)

    return answer


def _with_body(handle: Handle) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            try:
                request.state.body = json.loads(await request.body() or b"null")
            except ValueError:
                raise refused() from None
        return handle(request)

    return answer


async def _no_such_method(request: Request, _: Exception) -> Response:
    """As ASP.NET says it (one client)."""
    words = f"The requested resource does not support http method '{request.method}'."
    return JSONResponse({"Message": words}, status_code=405)
