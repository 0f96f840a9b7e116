"""The web interface of the simulated school, in both generations, and the services beside it.

Older paths answer in ``Items``, newer ones in ``items``, a few with plain arrays. Calendar, attendance and lockers have
their own hosts in reality. Here they are paths beside ``/api``; ``Sandbox.service_urls`` returns them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from magister_connect.sandbox.login.server import Issuer
from magister_connect.sandbox.web.absence.measures import Measures
from magister_connect.sandbox.web.absence.notices import ATTENDANCE_SCOPES, Notices
from magister_connect.sandbox.web.absence.registrations import Absences
from magister_connect.sandbox.web.access import Access
from magister_connect.sandbox.web.agenda.activities import Activities
from magister_connect.sandbox.web.agenda.agenda import Agenda
from magister_connect.sandbox.web.agenda.calendar import CALENDAR_SCOPES, FEED_SCOPES, Calendar
from magister_connect.sandbox.web.answers import Handle, Routes, no_method, refused
from magister_connect.sandbox.web.files import Files
from magister_connect.sandbox.web.grades import Grades
from magister_connect.sandbox.web.learning.assignments import Assignments
from magister_connect.sandbox.web.learning.guides import TITLES, Guides
from magister_connect.sandbox.web.learning.materials import Materials
from magister_connect.sandbox.web.messages import Messages
from magister_connect.sandbox.web.people.directory import Directory
from magister_connect.sandbox.web.people.enrolments import Enrolments
from magister_connect.sandbox.web.people.lockers import LOCKER_SCOPES, Lockers
from magister_connect.sandbox.web.people.logbook import LogBook
from magister_connect.sandbox.web.people.profile import Profiles
from magister_connect.sandbox.web.switches import PublicApiSwitches

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send


API: Final = "/api"
CALENDAR: Final = "/calendar/api"
ATTENDANCE: Final = "/attendance/api/v2"
LOCKERS: Final = "/lockers/api/v1"
SERVICE_PATHS: Final = {"calendar_url": CALENDAR, "attendance_url": ATTENDANCE, "lockers_url": LOCKERS}
"""The paths of the services beside the interface, by the name of their address in the clients."""


class _OneSlash:
    """Reads several slashes as one, as the real server does: one client of 2026 writes ``/api//leerlingen/1``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": SLASHES.sub("/", scope["path"])}
        await self._app(scope, receive, send)


SLASHES: Final = re.compile("/{2,}")


def application(issuer: Issuer, switches: PublicApiSwitches) -> Starlette:
    """Return the web interface as an application."""
    access = Access(issuer, switches)
    files = Files(access.clock, same_host=switches.files_at_school, upload_reply=switches.upload_reply)
    calendar = Calendar(access)
    routes = [each for part in _parts(access, files) for each in part]
    return Starlette(
        routes=[
            Route(f"{API}/versie", _open(lambda _: JSONResponse(VERSIONS))),  # public (one client)
            *_guarded_routes(access, API, routes),
            *_guarded_routes(access, CALENDAR, calendar.routes(), CALENDAR_SCOPES),
            *_guarded_routes(access, CALENDAR, calendar.address_routes(), FEED_SCOPES),
            *_guarded_routes(access, ATTENDANCE, Notices(access).routes(), ATTENDANCE_SCOPES),
            *_guarded_routes(access, LOCKERS, Lockers(access).routes(), LOCKER_SCOPES),
            *(Route(f"{CALENDAR}/{path}", _open(handle)) for _, path, handle in calendar.open_routes()),
            *(Route(f"/{path}", _raw(handle), methods=[method]) for method, path, handle in files.routes()),
        ],
        exception_handlers={405: _no_such_method},
        middleware=[Middleware(_OneSlash)],
    )


VERSIONS: Final = {
    "CoreVersie": "1",
    "ApiVersie": "1",
    "DatabaseVersie": "1",
    "ProductVersie": "zandbak",
    "ReleaseDatum": "2025-08-01T00:00:00.0000000Z",
}


def _parts(access: Access, files: Files) -> list[Routes]:
    """Return the routes below the school's own interface, by subject."""
    return [
        Directory(access).routes(),
        Profiles(access).routes(),
        Enrolments(access).routes(),
        Grades(access).routes(),
        Agenda(access, files).routes(),
        Absences(access).routes(),
        Measures(access).routes(),
        *(Guides(access, files, kind).routes() for kind in TITLES),
        Assignments(access, files).routes(),
        Materials(access, files).routes(),
        Activities(access).routes(),
        files.upload_routes(),
        Messages(access, files).routes(),
        LogBook(access).routes(),
    ]


def _guarded_routes(access: Access, base: str, routes: Routes, scopes: Collection[str] = ()) -> list[Route]:
    return [
        Route(f"{base}/{path}", access.guarded(_with_body(handle), scopes), methods=[method])
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
        if request.headers.get("content-type", "").startswith("multipart/"):
            request.state.content, request.state.body = await request.body(), None
        elif request.method not in {"GET", "HEAD"}:
            try:
                request.state.body = json.loads(await request.body() or b"null")
            except ValueError:
                raise refused() from None
        return handle(request)

    return answer


async def _no_such_method(request: Request, _: Exception) -> Response:
    return no_method(request.method).response
