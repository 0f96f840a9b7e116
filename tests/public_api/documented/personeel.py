"""What staff see, as public clients know it."""

import datetime as dt

from tests.public_api.documented.asked import DAY, NEW_LINKS, Asked, new
from tests.public_api.documented.personen import NAAM

GEVONDEN = {"id": 2, **NAAM, "code": "42", "emailadres": "a@b", "telefoonnummer": None, "links": NEW_LINKS}
LEERLING = {**GEVONDEN, "lesgroepen": ["1a.ne"], "klassen": ["1a"], "studies": ["hv1"], "externeId": "aa-bb"}
ROWS = [
    Asked(
        "zoek_leerlingen",
        ("jan",),
        "GET /api/leerlingen/zoeken?q=jan&orderby=achternaam asc&peildatum=2025-01-01"
        "&velden=stamnummer&velden=naam&rol=mentor&top=100&skip=0",
        new(LEERLING),
        named={"peildatum": dt.date(2025, 1, 1), "velden": ["stamnummer", "naam"], "rol": "mentor"},
    ),
    Asked(
        "zoek_medewerkers",
        (),
        "GET /api/medewerkers/zoeken?q=**&status=actief&top=100&skip=0",
        new(GEVONDEN),
    ),
    Asked(
        "ongelezen_logboekformulieren",
        (),
        "GET /api/lvs/logboekformulieren/ongelezen?top=100&skip=0",
        new({"id": 1, "links": NEW_LINKS}),
    ),
    Asked(
        "logboekformulieren",
        (2, dt.date(2025, 1, 1), dt.date(2025, 1, 31)),
        "GET /api/leerlingen/2/lvs/logboekformulieren?begin=2025-01-01&einde=2025-01-31",
        new({"id": 1, "links": NEW_LINKS}),
    ),
    Asked(
        "kluisjes",
        (),
        "GET lockers.magister.net/api/v1/lockers/details",
        {
            "lockersDetails": [
                {
                    "id": "aa-bb",
                    "lockerId": 1,
                    "unitId": 2,
                    "lockerTypeTitle": "Klein",
                    "cluster": {"id": "cc", "title": "Hal"},
                    "clusterTitle": "Hal",
                    "lockerCode": "12",
                    "keyCode": "k",
                    "lockCode": "l",
                    "rentalPeriod": {
                        "id": "dd",
                        "startDate": DAY,
                        "endDate": None,
                        "rent": 10.5,
                        "deposit": 5,
                        "keyState": "issued",
                        "student": {
                            "id": "ee",
                            "studentNumber": "42",
                            "personId": 2,
                            "group": "1a",
                            "study": "hv1",
                        },
                    },
                }
            ]
        },
    ),
]
