"""Activities that pupils subscribe to, at the web interface of the simulated school, older generation (one client).

All take part in the sports day; of the two other activities a pupil chooses at most one part each, while there is room.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from attrs import frozen
from starlette.responses import Response

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Leerling
from magister_connect.sandbox.web.answers import Body, Routes, body_of, nothing, old_link, old_list, refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Desk


@frozen(kw_only=True)
class _Activity:
    """An activity; ``places`` in each of its parts, or none to choose from where everybody takes part."""

    title: str
    parts: tuple[str, ...]
    places: int
    obliged: bool
    first: dt.date
    last: dt.date


ACTIVITIES: Final = {
    1: _Activity(
        title="Sportdag", parts=("Sportdag",), places=10_000, obliged=True,
        first=dt.date(2025, 11, 1), last=dt.date(2025, 12, 1),
    ),
    2: _Activity(
        title="Keuzemiddag", parts=("Koken", "Muziek", "Techniek"), places=3, obliged=False,
        first=dt.date(2025, 11, 1), last=dt.date(2026, 1, 31),
    ),
    3: _Activity(
        title="Excursie", parts=("Museum", "Fabriek"), places=30, obliged=False,
        first=dt.date(2025, 9, 1), last=dt.date(2025, 10, 1),
    ),
}  # fmt: skip
_PER_ACTIVITY: Final = 100


class Activities:
    """Activities, and who subscribed to which part; one pupil in three has for what was open in autumn."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._subscribed: dict[int, set[int]] = {}  # persons, by part
        for pupil in desk.school.leerlingen.values():
            dice = Dice(desk.school.seed, "activity", pupil.nummer)
            self._subscribed.setdefault(_part_number(1, 1), set()).add(pupil.persoon_id)
            if dice.chance(1 / 3):
                part = _part_number(3, dice.number(1, 2))
                self._subscribed.setdefault(part, set()).add(pupil.persoon_id)

    def routes(self) -> Routes:
        """Below the interface of the school."""
        parts = "personen/{person:int}/activiteiten/{activity:int}/onderdelen"
        subscriptions = f"{parts}/{{part:int}}/inschrijvingen"
        return [
            ("GET", "personen/{person:int}/activiteiten", self._list),
            ("GET", parts, self._parts),
            ("POST", subscriptions, self._subscribe),
            ("DELETE", subscriptions, self._unsubscribe),
        ]

    def _list(self, request: Request) -> Response:
        pupil = self.desk.pupil(request)
        return old_list(self._show(pupil, number) for number in ACTIVITIES)

    def _show(self, pupil: Leerling, number: int) -> Body:
        each = ACTIVITIES[number]
        return {
            "Id": number,
            "Titel": each.title,
            "Details": f"<p>{each.title}</p>",
            "ZichtbaarVanaf": self.desk.days.first(each.first),
            "ZichtbaarTotEnMet": self.desk.days.first(each.last),
            "MinimumAantalInschrijvingenPerActiviteit": int(each.obliged),
            "MaximumAantalInschrijvingenPerActiviteit": 1,
            "Status": 1,
            "StartInschrijfdatum": self.desk.days.first(each.first),
            "EindeInschrijfdatum": self.desk.days.first(each.last),
            "Toegangstype": 1,
            "AantalInschrijvingen": self._chosen(pupil, number),
            "Links": [old_link(f"personen/{pupil.persoon_id}/activiteiten/{number}")],
        }

    def _chosen(self, pupil: Leerling, number: int) -> int:
        """In how many parts of an activity a pupil takes part."""
        return sum(pupil.persoon_id in self._in(part) for part in _part_numbers(number))

    def _in(self, part: int) -> set[int]:
        return self._subscribed.setdefault(part, set())

    def _open(self, each: _Activity) -> bool:
        return each.first <= self.desk.clock.today() <= each.last and not each.obliged

    def _parts(self, request: Request) -> Response:
        pupil, number = self.desk.pupil(request), request.path_params["activity"]
        if number not in ACTIVITIES:
            raise nothing()
        return old_list(self._show_part(pupil, number, part) for part in _part_numbers(number))

    def _show_part(self, pupil: Leerling, number: int, part: int) -> Body:
        each, place = ACTIVITIES[number], part - _part_number(number, 0)
        path = f"personen/{pupil.persoon_id}/activiteiten/{number}/onderdelen/{part}"
        there = pupil.persoon_id in self._in(part)
        left = each.places - len(self._in(part))
        return {
            "Id": part,
            "ActiviteitId": number,
            "Titel": each.parts[place - 1],
            "Volgnummer": place,
            "Details": None,
            "StartInschrijfdatum": self.desk.days.first(each.first),
            "EindeInschrijfdatum": self.desk.days.first(each.last),
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
        """POST with person, activity and part (one client); what it answers is not known, nor when it is full."""
        pupil, number, part = self._asked(request)
        sent = body_of(request)
        named = (sent.get("persoonId"), sent.get("activiteitId"), sent.get("onderdeelId"))
        if named != (pupil.persoon_id, number, part) or not self._show_part(pupil, number, part)["IsOpInTeSchrijven"]:
            raise refused()
        self._in(part).add(pupil.persoon_id)
        return Response(status_code=204)

    def _unsubscribe(self, request: Request) -> Response:
        pupil, number, part = self._asked(request)
        if not self._open(ACTIVITIES[number]):
            raise refused()
        self._in(part).discard(pupil.persoon_id)
        return Response(status_code=204)

    def _asked(self, request: Request) -> tuple[Leerling, int, int]:
        self.desk.myself(request)
        pupil, number, part = self.desk.pupil(request), request.path_params["activity"], request.path_params["part"]
        if number not in ACTIVITIES or part not in _part_numbers(number):
            raise nothing()
        return pupil, number, part


def _part_number(activity: int, place: int) -> int:
    return activity * _PER_ACTIVITY + place


def _part_numbers(activity: int) -> list[int]:
    return [_part_number(activity, place) for place in range(1, len(ACTIVITIES[activity].parts) + 1)]
