"""Messages, study guides and assignments of the simulated school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from magister_connect.sandbox.people import Leerling, Persoon
from magister_connect.sandbox.programmes import LESPERIODEN
from magister_connect.sandbox.web_people import Body, link, midnight, moment

__all__ = ["Messages", "assignments", "study_guide"]

COUNT = 45  # more than one page


class Messages:
    """Everybody has the same messages; who has read which is remembered."""

    def __init__(self) -> None:
        self.read: dict[tuple[int, int], bool] = {}

    def folders(self, _: Persoon) -> list[Body]:
        """The folders."""
        names = ("Postvak IN", "Verzonden items", "Verwijderde items")
        return [
            {"id": place, "naam": name, "aantalOngelezen": 0, "bovenliggendeId": 0, "links": {}}
            for place, name in enumerate(names, start=1)
        ]

    def inbox(self, reader: Persoon) -> list[Body]:
        """All messages, the newest first."""
        return [self._short(reader, number) for number in range(COUNT, 0, -1)]

    def whole(self, reader: Persoon, number: int) -> Body | None:
        """One message with its text."""
        if not 1 <= number <= COUNT:
            return None
        recipients = [{"id": reader.persoon_id, "type": "persoon", "weergavenaam": reader.volledige_naam, "links": {}}]
        return {
            **self._short(reader, number),
            "inhoud": f"<p>Bericht {number} &amp; meer.</p>",
            "ontvangers": recipients,
            "kopieOntvangers": [],
            "blindeKopieOntvangers": [],
        }

    def patch(self, reader: Persoon, body: Mapping[str, Any]) -> None:
        """Mark as read or unread."""
        for each in body["berichten"]:
            for operation in each["operations"]:
                if operation["path"] == "/IsGelezen":
                    self.read[reader.persoon_id, each["berichtId"]] = operation["value"]

    def _short(self, reader: Persoon, number: int) -> Body:
        return {
            "id": number,
            "onderwerp": f"Mededeling {number}",
            "mapId": 1,
            "afzender": {"id": 1, "naam": "Administratie", "links": {}},
            "heeftPrioriteit": False,
            "heeftBijlagen": False,
            "isGelezen": self.read.get((reader.persoon_id, number), False),
            "verzondenOp": moment(dt.datetime(2025, 9, 1, 9) + dt.timedelta(days=number)),  # noqa: DTZ001 - school time
            "doorgestuurdOp": None,
            "beantwoordOp": None,
            "links": {"self": link(f"berichten/berichten/{number}")},
        }


def study_guide(pupil: Leerling) -> Body:
    """A study guide with one part."""
    part = {
        "Id": 1,
        "Bronnen": [],
        "IsZichtbaar": True,
        "Kleur": 0,
        "Omschrijving": "<p>Week 1</p>",
        "Titel": "Week 1",
        "TotEnMet": None,
        "Van": None,
        "Volgnummer": 1,
    }
    return {
        "Id": pupil.nummer + 1,
        "InLeerlingArchief": False,
        "IsZichtbaar": True,
        "Links": [],
        "Titel": "Planner",
        "Van": midnight(LESPERIODEN[-1].begin),
        "TotEnMet": midnight(LESPERIODEN[-1].einde),
        "VakCodes": ["ne"],
        "Onderdelen": {"Items": [part], "TotalCount": 1, "Links": []},
    }


def assignments(pupil: Leerling) -> list[Body]:
    """Assignments: more than one page of them."""
    return [
        {
            "Id": pupil.nummer * 100 + place,
            "Titel": f"Opdracht {place}",
            "Vak": "ne",
            "Omschrijving": "<p>Schrijf een betoog.</p>",
            "Afgesloten": False,
            "BeoordeeldOp": None,
            "Beoordeling": None,
            "Bijlagen": [],
            "Docenten": None,
            "IngeleverdOp": None,
            "InleverenVoor": moment(dt.datetime(2025, 12, 1, 17)),  # noqa: DTZ001 - school time
            "LaatsteOpdrachtVersienummer": 0,
            "Links": [],
            "MagInleveren": True,
            "OpnieuwInleveren": False,
            "StatusLaatsteOpdrachtVersie": 2,
            "VersieNavigatieItems": [],
        }
        for place in range(1, 26)
    ]
