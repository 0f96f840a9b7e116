"""Activities that pupils subscribe to, in the web interface of the simulated school, older generation (one client).

All pupils take part in the sports day. Of each other activity, a pupil chooses at most one part, as long as there are
places.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from attrs import frozen
from starlette.responses import Response

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Leerling
from magister_connect.sandbox.school.programmes import year_of
from magister_connect.sandbox.web.answers import Body, Routes, body_of, nothing, old_link, old_list, refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


@frozen(kw_only=True)
class _Activity:
    """An activity. ``places`` are the places in each of its parts, or nothing if everybody takes part."""

    title: str
    parts: tuple[str, ...]
    places: int
    obliged: bool
    first: tuple[int, int]  # month and day, in every school year
    last: tuple[int, int]

    def opens(self, year: int) -> dt.date:
        """Return the first day in the school year that begins in a calendar year."""
        return _day_in(year, *self.first)

    def closes(self, year: int) -> dt.date:
        """Return the last day."""
        return _day_in(year, *self.last)


ACTIVITIES: Final = {
    1: _Activity(
        title="Sportdag", parts=("Sportdag",), places=10_000, obliged=True,
        first=(11, 1), last=(12, 1),
    ),
    2: _Activity(
        title="Keuzemiddag", parts=("Koken", "Muziek", "Techniek"), places=3, obliged=False,
        first=(11, 1), last=(1, 31),
    ),
    3: _Activity(
        title="Excursie", parts=("Museum", "Fabriek"), places=30, obliged=False,
        first=(9, 1), last=(10, 1),
    ),
}  # fmt: skip
_SPORTS_DAY, _TRIP = 1, 3
_PER_ACTIVITY: Final = 100


class Activities:
    """Activities of the current school year, and who subscribed to which part. One pupil in three goes on the trip."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._written: dict[tuple[int, int], dict[int, bool]] = {}  # who subscribed or left, by year and part

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        parts = "personen/{person:int}/activiteiten/{activity:int}/onderdelen"
        subscriptions = f"{parts}/{{part:int}}/inschrijvingen"
        return [
            ("GET", "personen/{person:int}/activiteiten", self._list),
            ("GET", parts, self._parts),
            ("POST", subscriptions, self._subscribe),
            ("DELETE", subscriptions, self._unsubscribe),
        ]

    def _list(self, request: Request) -> Response:
        pupil = self.access.pupil(request)
        return old_list(self._show(pupil, number) for number in ACTIVITIES)

    def _show(self, pupil: Leerling, number: int) -> Body:
        each, year = ACTIVITIES[number], self._year()
        first, last = self.access.days.first(each.opens(year)), self.access.days.first(each.closes(year))
        return {
            "Id": number,
            "Titel": each.title,
            "Details": f"<p>{each.title}</p>",
            "ZichtbaarVanaf": first,
            "ZichtbaarTotEnMet": last,
            "MinimumAantalInschrijvingenPerActiviteit": int(each.obliged),
            "MaximumAantalInschrijvingenPerActiviteit": 1,
            "Status": 1,
            "StartInschrijfdatum": first,
            "EindeInschrijfdatum": last,
            "Toegangstype": 1,
            "AantalInschrijvingen": self._chosen(pupil, number),
            "Links": [old_link(f"personen/{pupil.persoon_id}/activiteiten/{number}")],
        }

    def _chosen(self, pupil: Leerling, number: int) -> int:
        """Return the number of parts of an activity that a pupil takes part in."""
        return sum(self._takes_part(pupil, part) for part in _part_numbers(number))

    def _year(self) -> int:
        return year_of(self.access.clock.today())

    def _takes_part(self, pupil: Leerling, part: int) -> bool:
        """Return what was written; otherwise what is generated for a pupil and a year."""
        year, (activity, place) = self._year(), divmod(part, _PER_ACTIVITY)
        written = self._written.get((year, part), {})
        if pupil.persoon_id in written:
            return written[pupil.persoon_id]
        if activity != _TRIP:
            return activity == _SPORTS_DAY
        dice = Dice(self.access.school.seed, "activity", year, pupil.nummer)
        return dice.chance(1 / 3) and dice.number(1, len(ACTIVITIES[_TRIP].parts)) == place

    def _taken(self, part: int) -> int:
        pupils = self.access.school.pupils_on(self.access.clock.today())
        return sum(self._takes_part(pupil, part) for pupil, _ in pupils)

    def _write(self, pupil: Leerling, part: int, *, takes_part: bool) -> Response:
        self._written.setdefault((self._year(), part), {})[pupil.persoon_id] = takes_part
        return Response(status_code=204)

    def _open(self, each: _Activity) -> bool:
        return each.opens(self._year()) <= self.access.clock.today() <= each.closes(self._year()) and not each.obliged

    def _parts(self, request: Request) -> Response:
        pupil, number = self.access.pupil(request), request.path_params["activity"]
        if number not in ACTIVITIES:
            raise nothing()
        return old_list(self._show_part(pupil, number, part) for part in _part_numbers(number))

    def _show_part(self, pupil: Leerling, number: int, part: int) -> Body:
        each, place = ACTIVITIES[number], part - _part_number(number, 0)
        path = f"personen/{pupil.persoon_id}/activiteiten/{number}/onderdelen/{part}"
        there, left, year = self._takes_part(pupil, part), each.places - self._taken(part), self._year()
        return {
            "Id": part,
            "ActiviteitId": number,
            "Titel": each.parts[place - 1],
            "Volgnummer": place,
            "Details": None,
            "StartInschrijfdatum": self.access.days.first(each.opens(year)),
            "EindeInschrijfdatum": self.access.days.first(each.closes(year)),
            "MinAantalDeelnemers": 0,
            "MaxAantalDeelnemers": each.places,
            "Kleurstelling": 0,
            "IsIngeschreven": there,
            "IsVerplichtIngeschreven": there and each.obliged,
            "AantalPlaatsenBeschikbaar": left,
            "IsOpInTeSchrijven": self._open(each) and left > 0 and not self._chosen(pupil, number),
            "Links": [old_link(path), old_link(f"{path}/inschrijvingen", "Subscriptions")],
        }

    def _subscribe(self, request: Request) -> Response:
        """Subscribe: POST with person, activity and part (one client). The answer is unknown, also when it is full."""
        pupil, number, part = self._asked(request)
        sent = body_of(request)
        named = (sent.get("persoonId"), sent.get("activiteitId"), sent.get("onderdeelId"))
        if named != (pupil.persoon_id, number, part) or not self._show_part(pupil, number, part)["IsOpInTeSchrijven"]:
            raise refused()
        return self._write(pupil, part, takes_part=True)

    def _unsubscribe(self, request: Request) -> Response:
        pupil, number, part = self._asked(request)
        if not self._open(ACTIVITIES[number]):
            raise refused()
        return self._write(pupil, part, takes_part=False)

    def _asked(self, request: Request) -> tuple[Leerling, int, int]:
        self.access.myself(request)
        pupil, number, part = self.access.pupil(request), request.path_params["activity"], request.path_params["part"]
        if number not in ACTIVITIES or part not in _part_numbers(number):
            raise nothing()
        return pupil, number, part


def _day_in(year: int, month: int, day: int) -> dt.date:
    """Return a day of the school year that begins in a calendar year."""
    return dt.date(year if month >= 8 else year + 1, month, day)


def _part_number(activity: int, place: int) -> int:
    return activity * _PER_ACTIVITY + place


def _part_numbers(activity: int) -> list[int]:
    return [_part_number(activity, place) for place in range(1, len(ACTIVITIES[activity].parts) + 1)]
