"""Agenda, as public clients know it."""

import datetime as dt

from tests.public_api.documented.asked import DAY, MOMENT, NEW_LINKS, OLD_LINKS, Asked, new, old
from tests.public_api.documented.personen import NAAM

VAN, TOT = dt.date(2025, 1, 1), dt.date(2025, 1, 31)
AMSTERDAM = dt.timezone(dt.timedelta(hours=1))
BIJLAGE = {
    "Id": 8,
    "BronSoort": 1,
    "ContentType": "text/plain",
    "Datum": MOMENT,
    "Grootte": 12,
    "Naam": "blad.txt",
    "Status": 1,
    "UniqueId": "aa",
    "Url": None,
    "Links": OLD_LINKS,
}
AFSPRAAK = {
    "Id": 4,
    "Links": OLD_LINKS,
    "Start": MOMENT,
    "Einde": MOMENT,
    "LesuurVan": 1,
    "LesuurTotMet": 2,
    "DuurtHeleDag": False,
    "Omschrijving": "ne - abc - 1a",
    "Lokatie": "101",
    "Status": 99,
    "Type": 13,
    "Subtype": 1,
    "IsOnlineDeelname": False,
    "WeergaveType": 1,
    "Inhoud": "<p>x</p>",
    "Opmerking": None,
    "InfoType": 2,
    "Aantekening": None,
    "Afgerond": False,
    "HerhaalStatus": 1,
    "Herhaling": {
        "BeginDatum": DAY,
        "EindDatum": None,
        "AantalKeer": 3,
        "Dagelijks": {"Interval": 1},
        "Wekelijks": {"Interval": 2, "Dagen": 5},
    },
    "Vakken": [{"Id": 1, "Naam": "Nederlands"}],
    "Docenten": [{"Id": 2, "Naam": "De docent", "Docentcode": "abc"}],
    "Lokalen": [{"Naam": "101"}],
    "Groepen": None,
    "OpdrachtId": 0,
    "HeeftBijlagen": True,
    "Bijlagen": [BIJLAGE],
    "Afwezigheid": {"Id": 3},
    "TaakAangemaaktOp": MOMENT,
    "TaakGewijzigdOp": None,
}
NIEUWE_AFSPRAAK = {
    "id": 4,
    "heeftInhoud": True,
    "heeftAantekening": False,
    "onderwijstijd": 50,
    "subtype": "les",
    "heeftBijlagen": False,
    "herhaalStatus": "geen",
    "begin": MOMENT,
    "einde": MOMENT,
    "lesuur": {"begin": 1, "einde": 2},
    "onderwerp": "ne",
    "type": "les",
    "opmerking": None,
    "isPrive": False,
    "deelnames": [
        {"type": "groep", "id": 1, "code": "1a", "omschrijving": "Klas 1a", "links": NEW_LINKS},
        {"type": "medewerker", "id": 2, "code": "abc", **NAAM},
        {"type": "leerling", "id": 3, "stamklas": {"id": 5, "code": "1a"}, **NAAM},
        {"type": "ouder"},
    ],
    "vakken": [{"id": 1, "code": "ne", "omschrijving": "Nederlands", "links": NEW_LINKS}],
    "locaties": [{"id": 1, "code": "101", "omschrijving": None, "type": "lokaal", "links": NEW_LINKS}],
    "links": NEW_LINKS,
}
RANGE = "begin=2025-01-01&einde=2025-01-31"
ROWS = [
    Asked(
        "afspraken",
        (1, VAN, TOT),
        "GET /api/personen/1/afspraken?van=2025-01-01&tot=2025-01-31&status=1",
        old(AFSPRAAK),
        named={"status": 1},
    ),
    Asked("afspraak", (1, 4), "GET /api/personen/1/afspraken/4", AFSPRAAK),
    Asked(
        "roosterwijzigingen",
        (1, VAN, TOT),
        "GET /api/personen/1/roosterwijzigingen?van=2025-01-01&tot=2025-01-31",
        old(AFSPRAAK),
    ),
    Asked(
        "afspraken_van_leerling",
        (2, VAN, TOT),
        f"GET /api/leerlingen/2/afspraken?{RANGE}&status=actief",
        new(NIEUWE_AFSPRAAK),
    ),
    Asked(
        "afspraken_van_medewerker",
        (5, VAN, TOT),
        f"GET /api/medewerkers/5/afspraken?{RANGE}&status=actief",
        new(NIEUWE_AFSPRAAK),
    ),
    Asked(
        "extra_afspraken",
        ("aa-bb", dt.datetime(2025, 1, 1, 1, tzinfo=AMSTERDAM), dt.datetime(2025, 1, 2, tzinfo=dt.UTC)),
        "GET calendar.magister.net/api/user/aa-bb/additional-appointments"
        "?start=2025-01-01T00:00:00+00:00&end=2025-01-02T00:00:00+00:00",
        [
            {
                "id": "cc-dd",
                "start": MOMENT,
                "end": MOMENT,
                "startTimeSlot": 1,
                "endTimeSlot": 2,
                "topic": "Bijles",
                "locations": [{"description": "101"}],
                "status": "confirmed",
                "remark": None,
                "subjects": [{"description": "Nederlands"}],
                "participants": [{"type": "staffMember", "firstName": "V.", "lastName": "A.", "code": "abc"}],
                "links": {"enroll": {"href": "/api/enroll"}},
            }
        ],
    ),
    Asked(
        "agendafeed",
        (),
        "GET calendar.magister.net/api/icalendar",
        {"href": "https://calendar.example/icalendar/feed", "lastModified": MOMENT},
    ),
    Asked("verwijder_afspraak", (1, 4), "DELETE /api/personen/1/afspraken/4"),
]
