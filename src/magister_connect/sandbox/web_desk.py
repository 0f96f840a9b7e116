"""Who may ask the web interface of the simulated school for what, and how often.

Pupils see themselves, parents their children, staff everybody. Everything behind ``/api`` needs a token of the
simulated login server.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Awaitable, Callable
from threading import Lock

from attrs import frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.issuer import Issuer, Refusal
from magister_connect.sandbox.marks import Cijfer
from magister_connect.sandbox.people import Inschrijving, Leerling, Medewerker, Ouder, Persoon
from magister_connect.sandbox.web_people import pupil_by_person

__all__ = ["Desk", "PublicApiSwitches", "WebRefusal", "no_privilege", "nothing"]

Handler = Callable[[Request], Awaitable[Response]]


@frozen(kw_only=True)
class PublicApiSwitches:
    """What differs or is not known.

    ``limit`` requests within ``window`` seconds of the sandbox's clock are answered, further ones get 429 with the
    seconds that are left, spelled as in ``spelling`` and, with ``retry_after``, in a header as well.
    ``expired_as_text``: a token that is over is refused in plain text or in JSON. ``consent_body``: what a call without
    consent answers. ``locked``: the school has closed its Magister for the holidays. ``next_links``: whether pages link
    to the next one. ``pupils_with_photo`` have one when their number divides by it.
    """

    limit: int | None = None
    window: float = 25.0
    spelling: str = "secondsLeft"
    retry_after: bool = False
    expired_as_text: bool = True
    consent_body: str = '{"Fouttype": "GeenToegang", "Message": "Geen toegang."}'
    locked: bool = False
    next_links: bool = True
    page: int = 20
    pupils_with_photo: int = 2


class _Limit:
    """Counts requests in a window of the sandbox's clock."""

    def __init__(self, switches: PublicApiSwitches, clock: Callable[[], dt.datetime]) -> None:
        self._switches, self._clock = switches, clock
        self._times: deque[dt.datetime] = deque()
        self._lock = Lock()

    def seconds_left(self) -> float | None:
        """How long to wait, when there have been too many."""
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


class WebRefusal(Exception):
    """An answer that says no."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def no_privilege() -> WebRefusal:
    """The account lacks a privilege."""
    return WebRefusal(JSONResponse({"Fouttype": "OnvoldoendePrivileges", "Message": "Geen rechten."}, status_code=403))


def nothing() -> WebRefusal:
    """There is nothing there."""
    return WebRefusal(JSONResponse({"Message": "Niet gevonden."}, status_code=404))


class Desk:
    """Who asks, and for whom."""

    def __init__(self, issuer: Issuer, switches: PublicApiSwitches) -> None:
        self.issuer, self.switches = issuer, switches
        self.school, self.clock = issuer.state.school, issuer.state.clock
        self._limit = _Limit(switches, issuer.state.clock)

    def guarded(self, handler: Handler) -> Handler:
        """A handler behind limit, token, consent and lock."""

        async def guard(request: Request) -> Response:
            try:
                self._admit(request)
                return await handler(request)
            except WebRefusal as refused:
                return refused.response

        return guard

    def _admit(self, request: Request) -> None:
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

    def _too_many(self, left: float) -> Response:
        words = "Message" if self.switches.spelling[0].isupper() else "message"
        body = {words: f"Rate limit reached. Reset in {left:.0f} seconds.", self.switches.spelling: round(left)}
        headers = {"Retry-After": f"{left:.0f}"} if self.switches.retry_after else None
        return JSONResponse(body, status_code=429, headers=headers)

    def _expired(self) -> Response:
        if self.switches.expired_as_text:
            return Response("SecurityToken Expired", 401, media_type="text/plain")
        return JSONResponse({"error": "invalid_token"}, status_code=401)

    def asker(self, request: Request) -> Persoon:
        """Who asks. An application without a person has no account."""
        person: Persoon | None = request.state.person
        if person is None:
            raise no_privilege()
        return person

    def pupil(self, request: Request) -> Leerling:
        """The pupil that the path names, if the one who asks may see that pupil."""
        found = pupil_by_person(self.school, request.path_params["person"])
        if found is None:
            raise nothing()
        asker = self.asker(request)
        child = isinstance(asker, Ouder) and found.stamnummer in asker.kinderen
        if not (isinstance(asker, Medewerker) or child or asker.persoon_id == found.persoon_id):
            raise no_privilege()
        return found

    def parent(self, request: Request) -> Ouder:
        """The parent that the path names, if the one who asks may see that parent."""
        found = self.school.ouders.get(request.path_params["person"])
        asker = self.asker(request)
        if found is None:
            raise nothing()
        if not isinstance(asker, Medewerker) and asker.persoon_id != found.persoon_id:
            raise no_privilege()
        return found

    def enrolment(self, request: Request) -> tuple[Leerling, Inschrijving]:
        """The enrolment that the path names, with its pupil."""
        number = request.path_params["enrolment"]
        for pupil in self.school.leerlingen.values():
            for each in pupil.inschrijvingen:
                if each.nummer == number:
                    request.path_params["person"] = pupil.persoon_id
                    return self.pupil(request), each
        raise nothing()

    def marks(self, request: Request) -> list[Cijfer]:
        """The marks of the enrolment that the path names."""
        pupil, enrolment = self.enrolment(request)
        marks = self.school.marks_of(pupil.stamnummer, self.clock.local())
        return [each for each in marks if each.aanmelding == enrolment.nummer]

    def staff(self, request: Request) -> Medewerker:
        """The member of staff who asks."""
        asker = self.asker(request)
        if not isinstance(asker, Medewerker):
            raise no_privilege()
        return asker
