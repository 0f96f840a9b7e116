"""Agenda and its changes: what can be asked."""

from __future__ import annotations

import datetime as dt

from magister_connect.errors import UsageError
from magister_connect.json_records import JsonObject
from magister_connect.public_api.agenda.records import Afspraak, Agendafeed, ExtraAfspraak, NieuweAfspraak
from magister_connect.public_api.asking import Change, Listing, Service, Single, day, instant, path_part

__all__ = [
    "afspraak",
    "afspraken",
    "afspraken_van_leerling",
    "afspraken_van_medewerker",
    "agendafeed",
    "extra_afspraken",
    "maak_afspraak",
    "roosterwijzigingen",
    "verwijder_afspraak",
    "wijzig_afspraak",
]


def afspraken(persoon: int, van: dt.date, tot: dt.date, *, status: int | None = None) -> Listing[Afspraak]:
    """The agenda of a person from day to day, both included (several clients). ``status`` 0: all, 1: active."""
    return Listing(
        path=f"personen/{path_part(persoon)}/afspraken",
        kind=Afspraak,
        query={"van": day(van), "tot": day(tot), "status": status},
    )


def afspraak(persoon: int, afspraak: int) -> Single[Afspraak]:
    """One appointment (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/afspraken/{path_part(afspraak)}", kind=Afspraak)


def roosterwijzigingen(persoon: int, van: dt.date, tot: dt.date) -> Listing[Afspraak]:
    """Changes of the timetable (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/roosterwijzigingen",
        kind=Afspraak,
        query={"van": day(van), "tot": day(tot)},
    )


def afspraken_van_leerling(
    leerling: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
) -> Listing[NieuweAfspraak]:
    """The agenda of a pupil in the newer generation (one client)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/afspraken",
        kind=NieuweAfspraak,
        query={"begin": day(begin), "einde": day(einde), "status": status},
    )


def afspraken_van_medewerker(
    medewerker: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
) -> Listing[NieuweAfspraak]:
    """The agenda of a member of staff (several clients)."""
    return Listing(
        path=f"medewerkers/{path_part(medewerker)}/afspraken",
        kind=NieuweAfspraak,
        query={"begin": day(begin), "einde": day(einde), "status": status},
    )


def extra_afspraken(gebruiker: str, start: dt.datetime, einde: dt.datetime) -> Listing[ExtraAfspraak]:
    """Appointments of the calendar service (one client), which refuses tokens that were not made for it."""
    return Listing(
        path=f"user/{path_part(gebruiker)}/additional-appointments",
        kind=ExtraAfspraak,
        query={"start": instant(start), "end": instant(einde)},
        service=Service.CALENDAR,
    )


def agendafeed() -> Single[Agendafeed]:
    """The address of the iCalendar feed (one client). Treat it as a secret."""
    return Single(path="icalendar", kind=Agendafeed, service=Service.CALENDAR)


def maak_afspraak(persoon: int, afspraak: JsonObject) -> Change:
    """Make an appointment of one's own (POST; several clients)."""
    if afspraak.get("Type") not in {1, 16}:
        raise UsageError(
            "Only appointments of Type 1 (personal) and 16 (planning) can be made", advice="Give the key Type as well."
        )
    return Change("POST", f"personen/{path_part(persoon)}/afspraken", afspraak)


def wijzig_afspraak(persoon: int, afspraak: JsonObject) -> Change:
    """Write an appointment, whole (PUT; several clients)."""
    number = afspraak.get("Id")
    if not isinstance(number, int):
        raise UsageError(
            "An appointment is written under its Id", advice="Give the whole appointment, with the key Id as it came."
        )
    return Change("PUT", f"personen/{path_part(persoon)}/afspraken/{number}", afspraak)


def verwijder_afspraak(persoon: int, afspraak: int) -> Change:
    """Remove an appointment of one's own (DELETE; several clients)."""
    return Change("DELETE", f"personen/{path_part(persoon)}/afspraken/{path_part(afspraak)}")
