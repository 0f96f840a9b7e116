"""Grades, as public clients know them."""

import datetime as dt
from typing import Any

from magister_connect.core.json import Link
from magister_connect.public_api.cijfers import Cijfer
from tests.public_api.documented.asked import DAY, MOMENT, Asked, new, old

BOOK = "GET /api/personen/1/aanmeldingen/7/cijfers"
KOLOM = {
    "Id": 9,
    "KolomNaam": "T1",
    "KolomNummer": "3",
    "KolomVolgNummer": "30",
    "KolomKop": "Toets",
    "KolomOmschrijving": None,
    "KolomSoort": 1,
    "IsHerkansingKolom": False,
    "IsDocentKolom": True,
    "HeeftOnderliggendeKolommen": False,
    "IsPTAKolom": True,
}
RELATED = "leerlingen/1/cijfers/kolommen/31/gerelateerdekolommen"
RECORDED: dict[str, Any] = {  # in 2026
    "waarde": "RV",
    "cijferGetal": 7.0,
    "isVoldoende": True,
    "heeftVrijstelling": False,
    "moetInhalen": False,
    "teltMee": True,
    "ingevoerdOp": MOMENT,
    "kolom": {
        "id": 31,
        "nummer": 3,
        "naam": "SO",
        "omschrijving": "Hoofdstuk 1",
        "kop": "H1",
        "werkinformatieKop": None,
        "opties": ["meetellen"],
        "type": "formule",
        "deelcijferOptie": "geen",
        "studievakId": 77,
        "volgNummer": 4,
        "weegfactor": 2.0,
        "periode": {"id": 5, "code": "P2", "links": {}},
    },
    "links": {
        "werkinformatie": {"href": "/api/cijfers/werkinformatie/31"},
        "gerelateerdeKolommen": {"href": f"/api/{RELATED}"},
    },
}
ROWS = [
    Asked(
        "cijferoverzicht",
        (1, 7),
        f"{BOOK}/cijferoverzichtvooraanmelding"
        "?actievePerioden=false&alleenBerekendeKolommen=true&alleenPTAKolommen=true&peildatum=2025-05-31",
        old(
            {
                "CijferId": 5,
                "CijferStr": "7,4",
                "IsVoldoende": True,
                "IngevoerdDoor": "abc",
                "DatumIngevoerd": MOMENT,
                "CijferPeriode": {"Id": 1, "Naam": "P1", "VolgNummer": 1},
                "Vak": {"Id": 2, "Afkorting": "ne", "Omschrijving": "Nederlands", "Volgnr": 1},
                "Inhalen": False,
                "Vrijstelling": False,
                "TeltMee": True,
                "CijferKolom": KOLOM,
                "CijferKolomIdEloOpdracht": 0,
                "Docent": None,
                "VakOntheffing": False,
                "VakVrijstelling": True,
            }
        ),
        named={
            "actieve_perioden": False,
            "alleen_berekende_kolommen": True,
            "alleen_pta_kolommen": True,
            "peildatum": dt.date(2025, 5, 31),
        },
    ),
    Asked(
        "kolominfo",
        (1, 7, 9),
        f"{BOOK}/extracijferkolominfo/9",
        {
            "KolomSoortKolom": 99,
            "KolomNaam": "T1",
            "KolomKopnaam": None,
            "KolomNiveau": "v",
            "KolomOmschrijving": "Toets",
            "Weging": 1.5,
            "WerkinformatieDatumIngevoerd": MOMENT,
            "WerkInformatieOmschrijving": "Hoofdstuk 1",
        },
    ),
    Asked(
        "cijferperioden",
        (1, 7),
        f"{BOOK}/cijferperiodenvooraanmelding",
        old({"Id": 1, "Naam": "P1", "VolgNummer": 1, "Omschrijving": "Periode", "Start": DAY, "Einde": MOMENT}),
    ),
    Asked(
        "laatste_cijfers",
        (1,),
        "GET /api/personen/1/cijfers/laatste?top=100&skip=0",
        new(
            {
                "kolomId": 9,
                "omschrijving": "Toets",
                "ingevoerdOp": MOMENT,
                "vak": {"code": "ne", "omschrijving": "Nederlands"},
                "waarde": "7,4",
                "weegfactor": 2,
                "isVoldoende": True,
                "teltMee": True,
                "moetInhalen": False,
                "heeftVrijstelling": False,
                "behaaldOp": None,
                "links": None,
            }
        ),
    ),
    Asked(
        "cijfers",
        (7,),
        "GET /api/aanmeldingen/7/cijfers",
        new(
            {
                "waarde": "V",
                "isVoldoende": True,
                "teltMee": True,
                "ingevoerdOp": MOMENT,
                "kolom": {"naam": "T1", "omschrijving": "Toets", "weegfactor": 1.5, "type": "cijfer"},
                "links": {"werkinformatie": {"href": "/api/aanmeldingen/7/cijfers/5/werkinformatie"}},
            },
            RECORDED,
        ),
    ),
    Asked(
        "gerelateerde_kolommen",
        (Cijfer(waarde="7,4", links={"gerelateerdeKolommen": Link(href=f"/api/{RELATED}")}),),
        f"GET /api/{RELATED}",
        new(RECORDED["kolom"]),
    ),
    Asked(
        "perioden",
        (7,),
        "GET /api/aanmeldingen/7/cijfers/perioden",
        new({"id": 1, "code": "P1", "omschrijving": "Periode 1", "begin": DAY, "einde": DAY}),
    ),
    Asked(
        "werkinformatie",
        (Cijfer(waarde="7,4", links={"werkinformatie": Link(href="/api/aanmeldingen/7/cijfers/5/werkinformatie")}),),
        "GET /api/aanmeldingen/7/cijfers/5/werkinformatie",
        {"afgenomenOp": DAY, "weegfactor": 1.0, "omschrijving": "Hoofdstuk 1"},
    ),
]
