"""Account and session, as public clients know them."""

from tests.public_api.documented.asked import DAY, NEW_LINKS, OLD_LINKS, Asked

PERSOON = {
    "Id": 1,
    "Roepnaam": "Roepnaam",
    "Tussenvoegsel": None,
    "Achternaam": "Achternaam",
    "OfficieleVoornamen": "Voornamen",
    "Voorletters": "V.",
    "OfficieleTussenvoegsels": "van",
    "OfficieleAchternaam": "Officieel",
    "Geboortedatum": DAY,
    "GeboorteAchternaam": "Geboren",
    "GeboortenaamTussenvoegsel": None,
    "GebruikGeboortenaam": False,
}
ROWS = [
    Asked(
        "account",
        (),
        "GET /api/account",
        {
            "UuId": "0f-aa",
            "Persoon": PERSOON,
            "Groep": [
                {
                    "Naam": "Leerling",
                    "Privileges": [{"Naam": "Cijfers", "AccessType": ["Read", "Update"]}],
                    "Links": None,
                }
            ],
            "Links": OLD_LINKS,
        },
    ),
    Asked("sessie", (), "GET /api/sessions/current", {"links": {"account": {"href": "/api/accounts/3"}}}),
    Asked(
        "accountgegevens",
        (3,),
        "GET /api/accounts/3",
        {
            "id": 3,
            "naam": "Naam",
            "emailadres": None,
            "mobielTelefoonnummer": "06",
            "softtokenStatus": "nietGekoppeld",
            "isEmailadresGeverifieerd": True,
            "moetEmailadresVerifieren": False,
            "uuId": "0f-aa",
            "links": NEW_LINKS,
        },
    ),
    Asked(
        "versie",
        (),
        "GET /api/versie",
        {
            "CoreVersie": "1",
            "ApiVersie": "2",
            "DatabaseVersie": "3",
            "ProductVersie": "4",
            "ReleaseDatum": DAY,
        },
    ),
]
