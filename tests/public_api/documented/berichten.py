"""Messages, as public clients know them."""

from tests.public_api.documented.asked import MOMENT, NEW_LINKS, Asked, new

BERICHT = {
    "id": 7,
    "onderwerp": "Bericht &amp; meer",
    "mapId": 1,
    "afzender": {"id": 2, "naam": "De afzender", "links": NEW_LINKS},
    "ontvangers": None,
    "heeftPrioriteit": False,
    "heeftBijlagen": True,
    "isGelezen": False,
    "verzondenOp": MOMENT,
    "doorgestuurdOp": None,
    "beantwoordOp": MOMENT,
    "links": NEW_LINKS,
}
ONTVANGER = {"id": 3, "type": "persoon", "weergavenaam": "De ontvanger", "mailGroep": None, "links": NEW_LINKS}
CONCEPT = {"id": 8, "onderwerp": "Concept", "laatsteWijzigingDatumTijd": MOMENT}


def patch(path: str, value: object) -> object:
    """The body of a change to one message (several clients)."""
    return {"berichten": [{"berichtId": 7, "operations": [{"op": "replace", "path": path, "value": value}]}]}


ROWS = [
    Asked(
        "mappen",
        (),
        "GET /api/berichten/mappen/alle",
        new({"id": 1, "naam": "Postvak IN", "aantalOngelezen": 2, "bovenliggendeId": 0, "links": NEW_LINKS}),
    ),
    Asked(
        "berichten",
        (9,),
        "GET /api/berichten/mappen/9/berichten?trefwoorden=a b&top=100&skip=0",
        new(BERICHT, CONCEPT),
        named={"trefwoorden": "a b"},
    ),
    Asked(
        "bericht",
        (7,),
        "GET /api/berichten/berichten/7",
        {
            **BERICHT,
            "inhoud": "<p>x</p>",
            "ontvangers": [ONTVANGER],
            "kopieOntvangers": [ONTVANGER],
            "blindeKopieOntvangers": [],
        },
    ),
    Asked(
        "berichtbijlagen",
        (7,),
        "GET /api/berichten/berichten/7/bijlagen",
        new(
            {
                "id": 1,
                "naam": "blad.txt",
                "contentType": "text/plain",
                "grootte": 12,
                "status": "beschikbaar",
                "aangemaaktOp": MOMENT,
                "gewijzigdOp": None,
                "links": {"self": {"href": "/api/a"}, "download": {"href": "/api/b"}},
            }
        ),
    ),
    Asked("concepten", (), "GET /api/berichten/concepten?top=100&skip=0", new(CONCEPT)),
    Asked("concept", (8,), "GET /api/berichten/concepten/8", {**CONCEPT, "inhoud": "<p>x</p>", "ontvangers": []}),
    Asked("markeer_gelezen", ([7],), "PATCH /api/berichten/berichten", body=patch("/IsGelezen", True)),
    Asked("verplaats", ([7], 3), "PATCH /api/berichten/berichten", body=patch("/MapId", 3)),
    Asked("verwijder", ([7],), "DELETE /api/berichten/berichten", body=[{"berichtId": 7}]),
    Asked("verwijder_concepten", ([7],), "DELETE /api/berichten/concepten", body=[{"conceptId": 7}]),
]
