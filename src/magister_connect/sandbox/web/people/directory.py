"""People in the web interface of the simulated school: accounts, families, photos, and the search for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.people import Leerling, Medewerker, Persoon
from magister_connect.sandbox.web.answers import Routes, day_in, link, new_list, nothing, old_list
from magister_connect.sandbox.web.people.logbook import is_mentor
from magister_connect.sandbox.web.people.records import (
    account,
    account_details,
    address,
    child,
    child_of_parent,
    contacts,
    filtered,
    parent,
    personalia,
    pupil,
    search_employee,
    search_pupil,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


PIXEL: Final = bytes.fromhex("89504e470d0a1a0a")


class Directory:
    """The people of the school."""

    def __init__(self, access: Access) -> None:
        self.access, self.school = access, access.school

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        person, of_pupil, of_parent = "personen/{person:int}", "leerlingen/{person:int}", "ouders/{person:int}"
        return [
            ("GET", "account", lambda request: JSONResponse(account(self.access.asker(request)))),
            ("GET", "accounts/{account:int}", self._account),
            ("GET", "sessions/current", lambda _: JSONResponse({"links": {"account": link("accounts/1")}})),
            ("GET", f"{person}/kinderen", self._children),
            ("GET", f"{of_parent}/kinderen", self._children_of_parent),
            ("GET", f"{of_parent}/contactgegevens", lambda r: new_list(contacts(self.access.parent(r)))),
            ("GET", f"{of_parent}/adresgegevens", lambda r: new_list([address(self.access.parent(r))])),
            ("GET", f"{of_pupil}/ouders", self._parents),
            ("GET", of_pupil, lambda request: JSONResponse(pupil(self.access.pupil(request)))),
            ("GET", f"{of_pupil}/personalia", self._personalia),
            ("GET", f"{of_pupil}/adresgegevens", lambda r: new_list([address(self.access.pupil(r))])),
            ("GET", f"{of_pupil}/foto", self._photo),
            ("GET", f"{person}/foto", self._photo),
            ("GET", "leerlingen/zoeken", self._find_pupils),
            ("GET", "medewerkers/zoeken", self._find_staff),
            ("GET", "contacten/personen", self._contacts),
        ]

    def _account(self, request: Request) -> Response:
        return JSONResponse(account_details(self.access.asker(request), request.path_params["account"]))

    def _of_parent(self, request: Request) -> list[Leerling]:
        return [self.school.leerlingen[number] for number in self.access.parent(request).kinderen]

    def _children(self, request: Request) -> Response:
        return old_list(map(child, self._of_parent(request)))

    def _children_of_parent(self, request: Request) -> Response:
        today = self.access.clock.today()
        return new_list(child_of_parent(each, today) for each in self._of_parent(request))

    def _parents(self, request: Request) -> Response:
        parents = self.school.parents_of(self.access.pupil(request).stamnummer)
        return new_list(parent(each, place) for place, each in enumerate(parents, start=1))

    def _personalia(self, request: Request) -> Response:
        return JSONResponse(personalia(self.access.pupil(request), self.access.clock.today()))

    def _photo(self, request: Request) -> Response:
        """Return a photo. A missing one is 404 (several clients); here staff have none."""
        found = self.access.person(request)
        if not isinstance(found, Leerling) or found.nummer % self.access.switches.pupils_with_photo:
            raise nothing()
        return Response(PIXEL, media_type="image/png")

    def _find_pupils(self, request: Request) -> Response:
        """Return all pupils of a day; with ``rol=mentor``, those of the mentor who sends the request."""
        asker, asked = self.access.staff(request), request.query_params
        day = day_in(request, "peildatum", default=self.access.clock.today())
        present = [each for each, _ in self.school.pupils_on(day)]
        if asked.get("rol") == "mentor":
            present = [each for each in present if is_mentor(asker, each, day)]
        found: list[Leerling] = filtered(present, asked.get("q", "**"))
        if (order := asked.get("orderby", "")).startswith("achternaam"):
            found.sort(key=_place_in_list, reverse=order.endswith(" desc"))
        return self.access.page(request, (search_pupil(each, day) for each in found))

    def _find_staff(self, request: Request) -> Response:
        self.access.staff(request)
        present = [each for each in self.school.medewerkers.values() if each.datum_uit is None]
        found: list[Medewerker] = filtered(present, request.query_params.get("q", "**"))
        return self.access.page(request, map(search_employee, found))

    def _contacts(self, request: Request) -> Response:
        self.access.asker(request)
        staff = filtered(self.school.medewerkers.values(), request.query_params.get("q", ""))
        return new_list({**search_employee(each), "type": "medewerker"} for each in staff)


def _place_in_list(person: Persoon) -> tuple[str, str, int]:
    return person.achternaam, person.roepnaam, person.persoon_id
