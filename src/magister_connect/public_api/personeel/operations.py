"""What staff see: searching people, log books, lockers: what can be asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from magister_connect.public_api.asking import Listing, Service, day, path_part
from magister_connect.public_api.personeel.records import (
    GevondenLeerling,
    GevondenMedewerker,
    Kluisje,
    Logboekformulier,
)

__all__ = ["kluisjes", "logboekformulieren", "ongelezen_logboekformulieren", "zoek_leerlingen", "zoek_medewerkers"]


def zoek_leerlingen(
    zoekterm: str = "**",
    *,
    peildatum: dt.date | None = None,
    velden: Sequence[str] = (),
    rol: str | None = None,
    volgorde: str = "achternaam asc",
) -> Listing[GevondenLeerling]:
    """Pupils by a part of their name, as staff search them (one client)."""
    return Listing(
        path="leerlingen/zoeken",
        kind=GevondenLeerling,
        query={"q": zoekterm, "orderby": volgorde, "peildatum": day(peildatum), "velden": velden, "rol": rol},
        paged=True,
    )


def zoek_medewerkers(zoekterm: str = "**", *, status: str = "actief") -> Listing[GevondenMedewerker]:
    """Members of staff by a part of their name (one client)."""
    return Listing(
        path="medewerkers/zoeken", kind=GevondenMedewerker, query={"q": zoekterm, "status": status}, paged=True
    )


def ongelezen_logboekformulieren() -> Listing[Logboekformulier]:
    """Forms of the log book that nobody has read (one client)."""
    return Listing(path="lvs/logboekformulieren/ongelezen", kind=Logboekformulier, paged=True)


def logboekformulieren(leerling: int, begin: dt.date, einde: dt.date) -> Listing[Logboekformulier]:
    """Forms of the log book about a pupil (one client)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/lvs/logboekformulieren",
        kind=Logboekformulier,
        query={"begin": day(begin), "einde": day(einde)},
    )


def kluisjes() -> Listing[Kluisje]:
    """Lockers and who rents them (one client)."""
    return Listing(path="lockers/details", kind=Kluisje, service=Service.LOCKERS)
