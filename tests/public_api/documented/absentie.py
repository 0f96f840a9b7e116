"""Absence and attendance, as public clients know them."""

import datetime as dt

from magister_connect.core.json import Link
from magister_connect.public_api.absentie import Verantwoording
from tests.public_api.documented.asked import DAY, MOMENT, NEW_LINKS, OLD_LINKS, Asked, new, old
from tests.public_api.documented.personen import NAAM

VAN, TOT = dt.date(2025, 1, 1), dt.date(2025, 1, 31)
RANGE = "begin=2025-01-01&einde=2025-01-31"
VERANTWOORDING = {
    "id": 6,
    "reden": {"id": 1, "code": "Z", "type": "ziek", "isGeoorloofd": True, "omschrijving": "Ziek"},
    "opmerking": None,
    "links": NEW_LINKS,
}
TERUGKOMER = {
    "id": 1,
    "omschrijving": "Te laat",
    "terugkomenOp": DAY,
    "beginTijd": "08:00",
    "eindTijd": "08:30",
    "aantalDagen": 1,
    "links": NEW_LINKS,
}
ROWS = [
    Asked(
        "absenties",
        (1, VAN, TOT),
        "GET /api/personen/1/absenties?van=2025-01-01&tot=2025-01-31",
        old(
            {
                "Id": 3,
                "Start": MOMENT,
                "Eind": MOMENT,
                "Lesuur": 1,
                "Geoorloofd": True,
                "AfspraakId": 4,
                "Omschrijving": "Ziek",
                "Verantwoordingtype": 5,
                "Code": "Z",
                "Afspraak": {
                    "Id": 4,
                    "Start": MOMENT,
                    "Einde": MOMENT,
                    "Omschrijving": "ne",
                    "Lokatie": "101",
                    "Vakken": None,
                    "Docenten": [{"Id": 2}],
                    "Links": OLD_LINKS,
                },
                "Links": OLD_LINKS,
            }
        ),
    ),
    Asked(
        "absentieperioden",
        (1,),
        "GET /api/personen/1/absentieperioden",
        old({"Id": 1, "Omschrijving": "2025", "Naam": "P1", "Start": DAY, "Eind": MOMENT, "Einde": DAY}),
    ),
    Asked("verantwoordingen", (2, VAN, TOT), f"GET /api/leerlingen/2/verantwoordingen?{RANGE}", new(VERANTWOORDING)),
    Asked(
        "verantwoordingen_per_maand",
        (2, VAN, TOT),
        f"GET /api/m6/leerlingen/2/verantwoordingen/maanden?{RANGE}",
        new(VERANTWOORDING),
    ),
    Asked(
        "ongeoorloofde_registraties",
        (VAN,),
        "GET /api/m6/verantwoordingen/ongeoorloofderegistraties?datum=2025-01-01&top=100&skip=0",
        {
            "filters": {"types": [{"count": 1, "name": "ongeoorloofd", "id": 1}]},
            **new(
                {
                    "id": 2,
                    **NAAM,
                    "naam": "Volledig",
                    "stamklas": {"id": 5, "code": "1a"},
                    "stamnummer": "42",
                    "afwezigheidsredenen": None,
                    "afspraken": [
                        {
                            "id": 4,
                            "begin": MOMENT,
                            "einde": MOMENT,
                            "lesuurBegin": 1,
                            "lesuurEinde": 2,
                            "omschrijving": "ne",
                            "organisatorPersoonIds": [9],
                            "isVerantwoord": False,
                            "verantwoordingen": [VERANTWOORDING],
                            "links": NEW_LINKS,
                        }
                    ],
                    "links": NEW_LINKS,
                }
            ),
        },
    ),
    Asked(
        "terugkommaatregelen",
        (2,),
        f"GET /api/leerlingen/2/verantwoordingen/terugkommaatregelen?{RANGE}",
        new(TERUGKOMER),
        named={"begin": VAN, "einde": TOT},
    ),
    Asked("terugkomers", (), "GET /api/m6/leerlingen/terugkomers", new(TERUGKOMER)),
    Asked(
        "absentiemeldingen",
        ("aa-bb",),
        "GET attendance.magister.net/api/v2/student/aabb/absence-notices?orderColumn=date&orderBy=asc",
        [{"id": "n1"}],
        named={"volgorde_kolom": "date", "volgorde": "asc"},
    ),
    Asked(
        "absentiemeldingen_vandaag",
        (),
        "GET attendance.magister.net/api/v2/absence-notices/today?top=100&skip=0",
        {"overviewDate": DAY, "count": 1, "top": 100, "skip": 0, "items": [{"id": "n1"}]},
    ),
    Asked(
        "meldingssoorten",
        (),
        "GET attendance.magister.net/api/v2/attendance-types?active=true",
        [{"code": "Z", "description": "Ziek", "commentMandatory": False, "attachmentAllowed": True}],
    ),
    Asked(
        "registreer_absentie",
        (4, 1, 2),
        "POST /api/medewerkers/afspraken/4/verantwoordingen",
        named={"opmerking": "Gebeld"},
        body={"persoonId": 1, "redenId": 2, "opmerking": "Gebeld"},
    ),
    Asked(
        "verwijder_verantwoording",
        (Verantwoording(id=6, links={"self": Link(href="/api/leerlingen/1/verantwoordingen/6")}),),
        "DELETE /api/leerlingen/1/verantwoordingen/6",
    ),
]
