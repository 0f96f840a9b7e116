"""Pupils, parents, addresses and contacts, as public clients know them."""

from magister_connect.public_api.personen import Profiel
from tests.public_api.documented.account import PERSOON
from tests.public_api.documented.asked import DAY, MOMENT, NEW_LINKS, Asked, new, old

NAAM = {"voorletters": "V.", "roepnaam": "Roepnaam", "tussenvoegsel": None, "achternaam": "Achternaam"}
KEUZE = {"id": 4, "omschrijving": "Nederland"}
ADRES = {
    "idGemeente": 7,
    "gemeente": "Gemeente",
    "straat": "Straat",
    "huisnummer": "12",
    "toevoeging": "a",
    "postcode": "1234 AB",
    "plaats": "Plaats",
    "isGeheim": False,
    "idLand": 1,
    "land": "Nederland",
    "type": "woonadres",
    "isBuitenlandsAdres": False,
    "links": NEW_LINKS,
}
PROFIEL = {"EloBerichtenDoorsturen": True, "EmailAdres": "a@b", "EmailAdresPrive": None, "Mobiel": "06"}
ROWS = [
    Asked(
        "kinderen",
        (1,),
        "GET /api/personen/1/kinderen?openData=",
        old({**PERSOON, "Stamnummer": 42, "ZichtbaarVoorOuder": True}),
    ),
    Asked(
        "kinderen_van_ouder",
        (1,),
        "GET /api/ouders/1/kinderen",
        new(
            {
                "id": 2,
                **NAAM,
                "aanmeldingStatus": "actief",
                "actieveAanmeldingen": [
                    {"stamklas": {"id": 5, "code": "1a", "links": NEW_LINKS}, "links": NEW_LINKS},
                ],
                "links": NEW_LINKS,
            }
        ),
    ),
    Asked(
        "leerling",
        (2,),
        "GET /api/leerlingen/2",
        {
            "id": 2,
            "externeId": "aa-bb",
            "accountExterneId": "cc-dd",
            **NAAM,
            "stamnummer": 42,
            "rollenVanGebruiker": ["mentor"],
            "links": NEW_LINKS,
        },
    ),
    Asked(
        "personalia",
        (2,),
        "GET /api/leerlingen/2/personalia",
        {
            **NAAM,
            "officieleVoornamen": "Voornamen",
            "officieleTussenvoegsels": None,
            "officieleAchternaam": "Officieel",
            "geboortedatum": DAY,
            "geboorteplaats": "Plaats",
            "geboortegemeente": KEUZE,
            "geboorteland": KEUZE,
            "geslacht": "vrouw",
            "nationaliteit": KEUZE,
            "emailadres": "a@b",
            "telefoonnummer": None,
            "klassen": ["1a"],
            "studies": ["hv1"],
            "woonsituatie": KEUZE,
        },
    ),
    Asked("adresgegevens", (2,), "GET /api/leerlingen/2/adresgegevens", new(ADRES)),
    Asked("adresgegevens_van_ouder", (3,), "GET /api/ouders/3/adresgegevens", new(ADRES)),
    Asked("adressen", (1,), "GET /api/personen/1/adressen", new(ADRES)),
    Asked(
        "ouders",
        (2,),
        "GET /api/leerlingen/2/ouders",
        new(
            {
                "id": 3,
                "voorletters": "V.",
                "tussenvoegsel": "de",
                "achternaam": "Achternaam",
                "aanhef": {"id": 1, "omschrijving": "Mevrouw", "korteOmschrijving": "Mevr.", "links": NEW_LINKS},
                "verzorgerTypeId": 1,
                "verzorgerType": "moeder",
                "geslacht": "vrouw",
                "volgnummer": 1,
                "heeftToestemming": True,
                "nationaliteit": {"id": 1},
                "isPostOntvanger": True,
                "geboorteland": None,
                "links": NEW_LINKS,
            }
        ),
    ),
    Asked(
        "contactgegevens",
        (3,),
        "GET /api/ouders/3/contactgegevens",
        new(
            {
                "id": 1,
                "label": "thuis",
                "soort": "vast",
                "isGebruikerContactGegeven": True,
                "type": "telefoonnummer",
                "telefoonnummer": "06",
                "isGeheim": False,
                "links": NEW_LINKS,
            },
            {"id": 2, "type": "emailadres", "emailadres": "a@b"},
        ),
    ),
    Asked("profiel", (1,), "GET /api/personen/1/profiel", PROFIEL),
    Asked(
        "opleidinggegevens",
        (1,),
        "GET /api/personen/1/opleidinggegevensprofiel",
        {"Studie": "hv1", "Klas": "1a", "StamNr": "42", "ExamenNr": None, "Profielen": ["NT"]},
    ),
    Asked(
        "autorisatie",
        (2,),
        "GET /api/leerlingen/2/autorisatie",
        {"oudersMogenGegevensZien": True, "magInzageOudersInstellen": False, "meerderJarigeLeeftijd": 18},
    ),
    Asked(
        "toestemmingen",
        (1,),
        "GET /api/toestemmingen/personen/1/antwoorden",
        new(
            {
                "vraagId": 1,
                "code": "foto",
                "omschrijving": "Mag de foto",
                "uitleg": "Op de site",
                "volgnummer": 1,
                "datumAangepast": MOMENT,
                "toestemming": True,
            }
        ),
    ),
    Asked(
        "contacten",
        ("**",),
        "GET /api/contacten/personen?q=**&top=250&type=alle",
        new({"id": 1, **NAAM, "code": "abc", "klas": "1a", "type": "leerling", "links": NEW_LINKS}),
    ),
    Asked(
        "wijzig_profiel",
        (1, Profiel(mobiel="06", email_adres="a@b", elo_berichten_doorsturen=True, extra={"Nieuw": 1})),
        "PUT /api/personen/1/profiel",
        body={**PROFIEL, "Nieuw": 1},
    ),
]
