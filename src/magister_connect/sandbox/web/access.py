"""Who may read what in the web interface of the simulated school, and how often.

Pupils see themselves, parents their children, staff everybody. Everything below ``/api`` needs a token of the simulated
login server.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.login.grants import Grant
from magister_connect.sandbox.login.server import Issuer, Refusal, account_id
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.marks import Cijfer
from magister_connect.sandbox.school.people import Inschrijving, Leerling, Medewerker, Ouder, Persoon
from magister_connect.sandbox.web.answers import (
    Body,
    Days,
    WebRefusal,
    WholeList,
    no_privilege,
    nothing,
    page_of,
    wrong_audience,
)
from magister_connect.sandbox.web.switches import PublicApiSwitches

Handler = Callable[[Request], Awaitable[Response]]


class _Limit:
    """Counts requests in a window, by the sandbox's clock."""

    def __init__(self, switches: PublicApiSwitches, clock: Callable[[], dt.datetime]) -> None:
        self._switches, self._clock = switches, clock
        self._times: deque[dt.datetime] = deque()
        self._lock = Lock()

    def seconds_left(self) -> float | None:
        """Return how long to wait if there were too many."""
        if self._switches.limit is None:
            return None
        now, window = self._clock(), dt.timedelta(seconds=self._switches.window)
        with self._lock:
            while self._times and now - self._times[0] >= window:
                self._times.popleft()
            if len(self._times) >= self._switches.limit:
                return (self._times[0] + window - now).total_seconds()
            self._times.append(now)
            return None


class Access:
    """The person of a request, and whom that person may see."""

    def __init__(self, issuer: Issuer, switches: PublicApiSwitches) -> None:
        self.issuer, self.switches = issuer, switches
        self.school, self.clock = issuer.state.school, issuer.state.clock
        self.days = Days(switches.days)
        self._limit = _Limit(switches, issuer.state.clock)

    def guarded(self, handler: Handler, scopes: Collection[str] = ()) -> Handler:
        """Protect a handler with limit, token, consent and lock.

        A service beside the school's own also requires its scopes.
        """

        async def guard(request: Request) -> Response:
            try:
                grant = self._admit(request)
                if scopes and not self._allows(grant, scopes):
                    raise wrong_audience()
                answer = await handler(request)
            except WebRefusal as refused:
                return refused.response
            if isinstance(answer, WholeList) and self.switches.link_behind_end:
                return answer.linked(request)
            return answer

        return guard

    def _allows(self, grant: Grant, scopes: Collection[str]) -> bool:
        """Return whether a token gives access to a service beside the school's own.

        One of its scopes is enough (inferred).
        """
        asked = self.switches.services_beside
        return asked == "open" or (asked == "scope" and not set(scopes).isdisjoint(grant.scope.split()))

    def _admit(self, request: Request) -> Grant:
        if (left := self._limit.seconds_left()) is not None:
            raise WebRefusal(self._too_many(left))
        grant = self.issuer.grants.holder(request.headers.get("authorization", ""), self.clock())
        if grant is None:
            raise WebRefusal(self._expired())
        if self.issuer.refuses(grant.client_id, Refusal.RESOURCE):
            raise WebRefusal(Response(self.switches.consent_body, 403, media_type="application/json"))
        if self.switches.locked:
            body = {"Fouttype": "OngeldigeSessieStatus", "Message": "Magister is gesloten."}
            raise WebRefusal(JSONResponse(body, status_code=403))
        request.state.person = self.issuer.person_of(grant.subject or "")
        return grant

    def _too_many(self, left: float) -> Response:
        words = "Message" if self.switches.spelling[0].isupper() else "message"
        body = {words: f"Rate limit reached. Reset in {left:.0f} seconds.", self.switches.spelling: round(left)}
        headers = {"Retry-After": f"{left:.0f}"} if self.switches.retry_after else None
        return JSONResponse(body, status_code=429, headers=headers)

    def _expired(self) -> Response:
        if self.switches.expired_as_text:
            return Response("SecurityToken Expired", 401, media_type="text/plain")
        return JSONResponse({"error": "invalid_token"}, status_code=401)

    def page(
        self, request: Request, items: Iterable[Body], *, old: bool = False, beside: Mapping[str, Any] | None = None
    ) -> Response:
        """Return a page of a list. Without a size in the request, the switches decide."""
        size, linked = self.switches.page, self.switches.next_links
        cap = self.switches.page_cap
        return page_of(request, items, size=size, linked=linked, cap=cap, old=old, beside=beside)

    def asker(self, request: Request) -> Persoon:
        """Return the person of the request. An application without a person has no account."""
        person: Persoon | None = request.state.person
        if person is None:
            raise no_privilege()
        return person

    def pupil(self, request: Request) -> Leerling:
        """Return the pupil in the path, if the person may see that pupil."""
        return self.visible(request, pupil_by_person(self.school, request.path_params["person"]))

    def visible(self, request: Request, found: Leerling | None) -> Leerling:
        """Return a pupil, if there is one and the person may see that pupil."""
        if found is None:
            raise nothing()
        if not sees(self.asker(request), found):
            raise no_privilege()
        return found

    def visible_pupils(self, request: Request) -> list[Leerling]:
        """Return all pupils whom the person may see."""
        asker = self.asker(request)
        return [each for each in self.school.leerlingen.values() if sees(asker, each)]

    def people(self) -> list[Persoon]:
        """Return everybody at school who has an account."""
        school = self.school
        return [*school.leerlingen.values(), *school.medewerkers.values(), *school.ouders.values()]

    def myself(self, request: Request) -> Persoon:
        """Return the person of the request.

        The path must name the same person: nobody writes for another (inferred).
        """
        asker = self.asker(request)
        if asker.persoon_id != request.path_params["person"]:
            raise no_privilege()
        return asker

    def person(self, request: Request) -> Persoon:
        """Return the person of the request, or the pupil in the path, if the person may see that pupil."""
        asker = self.asker(request)
        return asker if asker.persoon_id == request.path_params["person"] else self.pupil(request)

    def pupil_by_externe_id(self, request: Request) -> Leerling:
        """Return the pupil whose ``externe_id`` is in the path, without its dashes."""
        bare = request.path_params["uuid"]
        pupils = self.school.leerlingen.values()
        return self.visible(request, next((each for each in pupils if each.externe_id.replace("-", "") == bare), None))

    def pupil_by_account(self, request: Request) -> Leerling:
        """Return the pupil whose account is in the path."""
        pupils, named = self.school.leerlingen.values(), request.path_params["uuid"]
        return self.visible(request, next((each for each in pupils if account_id(each) == named), None))

    def parent(self, request: Request) -> Ouder:
        """Return the parent in the path, if the person may see that parent."""
        found = self.school.ouders.get(request.path_params["person"])
        asker = self.asker(request)
        if found is None:
            raise nothing()
        if not isinstance(asker, Medewerker) and asker.persoon_id != found.persoon_id:
            raise no_privilege()
        return found

    def enrolment(self, request: Request) -> tuple[Leerling, Inschrijving]:
        """Return the enrolment in the path, with its pupil."""
        number = request.path_params["enrolment"]
        for pupil in self.school.leerlingen.values():
            for each in pupil.inschrijvingen:
                if each.nummer == number:
                    request.path_params["person"] = pupil.persoon_id
                    return self.pupil(request), each
        raise nothing()

    def marks(self, request: Request) -> list[Cijfer]:
        """Return the marks of the enrolment in the path."""
        pupil, enrolment = self.enrolment(request)
        marks = self.school.marks_of(pupil.stamnummer, self.clock.local())
        return [each for each in marks if each.aanmelding == enrolment.nummer]

    def staff(self, request: Request) -> Medewerker:
        """Return the person of the request, who must be a member of staff."""
        asker = self.asker(request)
        if not isinstance(asker, Medewerker):
            raise no_privilege()
        return asker


def sees(asker: Persoon, pupil: Leerling) -> bool:
    """Return whether a person may see a pupil: staff see everybody, parents their children, pupils themselves."""
    if isinstance(asker, Ouder):
        return pupil.stamnummer in asker.kinderen
    return isinstance(asker, Medewerker) or asker.persoon_id == pupil.persoon_id


def pupil_by_person(school: School, person: int) -> Leerling | None:
    """Return the pupil with a person id."""
    return next((each for each in school.leerlingen.values() if each.persoon_id == person), None)
