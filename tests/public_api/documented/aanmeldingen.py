"""Enrolments, subjects and mentors, as public clients know them."""

import datetime as dt

from tests.public_api.documented.asked import DAY, MOMENT, NEW_LINKS, OLD_LINKS, Asked, new, old
from tests.public_api.documented.personen import NAAM

CODE = {"code": "NT", "links": NEW_LINKS}
ROWS = [
    Asked(
        "aanmeldingen",
        (2,),
        "GET /api/leerlingen/2/aanmeldingen?begin=1970-01-01&einde=2026-07-31",
        new(
            {
                "id": 7,
                "studie": {"id": 1, **CODE},
                "groep": {"id": 2, "omschrijving": "1a", **CODE},
                "lesperiode": CODE,
                "profielen": [CODE],
                "persoonlijkeMentor": {
                    "voorletters": "V.",
                    "tussenvoegsel": None,
                    "achternaam": "Achternaam",
                    "links": None,
                },
                "begin": DAY,
                "einde": MOMENT,
                "isZittenBlijver": False,
                "indicatie": None,
                "opleidingCode": {"code": "0170", "omschrijving": "vwo"},
                "isHoofdAanmelding": True,
                "links": NEW_LINKS,
            }
        ),
        named={"begin": dt.date(1970, 1, 1), "einde": dt.date(2026, 7, 31)},
    ),
    Asked(
        "aanmeldingen_van_persoon",
        (1,),
        "GET /api/personen/1/aanmeldingen?geenToekomstige=false",
        old(
            {
                "Id": 7,
                "Start": DAY,
                "Einde": MOMENT,
                "Lesperiode": "2526",
                "Studie": {"Id": 1, "Omschrijving": "vwo 1"},
                "Groep": {"Id": 2, "Omschrijving": "1a", "LocatieId": 3, "Links": OLD_LINKS},
                "LeerlingId": 1,
                "AanBronMelden": True,
                "Profiel": "NT",
                "Profiel2": None,
                "Links": OLD_LINKS,
            }
        ),
        named={"geen_toekomstige": False},
    ),
    Asked(
        "vakken",
        (1, 7),
        "GET /api/personen/1/aanmeldingen/7/vakken",
        [
            {
                "id": 1,
                "begindatum": DAY,
                "einddatum": MOMENT,
                "afkorting": "ne",
                "omschrijving": "Nederlands",
                "volgnr": 1,
                "docent": None,
                "VakDispensatie": False,
                "VakVrijstelling": True,
            },
            {  # recorded in 2026
                "id": 2,
                "studieVakId": 77,
                "studieId": 3,
                "afkorting": "en",
                "omschrijving": "Engels",
                "vrijstelling": False,
                "heeftOntheffing": True,
                "volgnr": 2,
                "begindatum": MOMENT,
                "einddatum": MOMENT,
                "hogerNiveau": False,
                "niveau": None,
            },
        ],
    ),
    Asked(
        "vakken_van_aanmelding",
        (7,),
        "GET /api/aanmeldingen/7/vakken",
        new(
            {
                "id": 1,
                "begin": "2025-08-01",
                "einde": "2026-07-31",
                "studievak": {
                    "id": 4001,
                    "code": "ne",
                    "omschrijving": "Nederlands",
                    "niveau": None,
                    "volgnummer": 1,
                    "heeftCijferstructuur": True,
                },
                "docenten": [
                    {
                        "isHoofdDocent": True,
                        "code": "abc",
                        "voorletters": "A.",
                        "tussenvoegsel": None,
                        "achternaam": "B",
                    }
                ],
                "heeftOntheffing": False,
                "heeftVrijstelling": False,
                "isRoostertechnisch": False,
                "links": NEW_LINKS,
            }
        ),
    ),
    Asked(
        "mentoren",
        (7,),
        "GET /api/aanmeldingen/7/mentoren",
        new({"type": ["mentor"], "id": 1, **NAAM, "volgnummer": 1, "naam": "De mentor"}),
    ),
]
