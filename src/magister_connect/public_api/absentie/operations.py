"""Absence and attendance: what can be asked."""

from __future__ import annotations

import datetime as dt

from magister_connect.public_api.absentie.records import (
    Absentie,
    Absentiemelding,
    Absentieperiode,
    Meldingssoort,
    OngeoorloofdeRegistratie,
    Terugkommaatregel,
    Verantwoording,
)
from magister_connect.public_api.asking import Listing, Service, bare_uuid, day, path_part

__all__ = [
    "absentiemeldingen",
    "absentiemeldingen_vandaag",
    "absentieperioden",
    "absenties",
    "meldingssoorten",
    "ongeoorloofde_registraties",
    "terugkomers",
    "terugkommaatregelen",
    "verantwoordingen",
    "verantwoordingen_per_maand",
]


def absenties(persoon: int, van: dt.date, tot: dt.date) -> Listing[Absentie]:
    """The absence of a person from day to day (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/absenties", kind=Absentie, query={"van": day(van), "tot": day(tot)}
    )


def absentieperioden(persoon: int) -> Listing[Absentieperiode]:
    """Periods of absence (shape: one client)."""
    return Listing(path=f"personen/{path_part(persoon)}/absentieperioden", kind=Absentieperiode)


def verantwoordingen(leerling: int, begin: dt.date, einde: dt.date) -> Listing[Verantwoording]:
    """What staff recorded about a pupil's absence (one client)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/verantwoordingen",
        kind=Verantwoording,
        query={"begin": day(begin), "einde": day(einde)},
    )


def verantwoordingen_per_maand(leerling: int, begin: dt.date, einde: dt.date) -> Listing[Verantwoording]:
    """The same by month (one client)."""
    return Listing(
        path=f"m6/leerlingen/{path_part(leerling)}/verantwoordingen/maanden",
        kind=Verantwoording,
        query={"begin": day(begin), "einde": day(einde)},
    )


def ongeoorloofde_registraties(datum: dt.date) -> Listing[OngeoorloofdeRegistratie]:
    """Pupils with absence that nobody has excused (one client)."""
    return Listing(
        path="m6/verantwoordingen/ongeoorloofderegistraties",
        kind=OngeoorloofdeRegistratie,
        query={"datum": day(datum)},
        paged=True,
    )


def terugkommaatregelen(
    leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
) -> Listing[Terugkommaatregel]:
    """When a pupil has to come back (one client)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/verantwoordingen/terugkommaatregelen",
        kind=Terugkommaatregel,
        query={"begin": day(begin), "einde": day(einde)},
    )


def terugkomers() -> Listing[Terugkommaatregel]:
    """Pupils who have to come back (one client)."""
    return Listing(path="m6/leerlingen/terugkomers", kind=Terugkommaatregel)


def absentiemeldingen(
    leerling_uuid: str, *, volgorde_kolom: str | None = None, volgorde: str | None = None
) -> Listing[Absentiemelding]:
    """Notices of absence of a pupil, by ``externe_id`` (one client)."""
    return Listing(
        path=f"student/{bare_uuid(leerling_uuid)}/absence-notices",
        kind=Absentiemelding,
        query={"orderColumn": volgorde_kolom, "orderBy": volgorde},
        service=Service.ATTENDANCE,
    )


def absentiemeldingen_vandaag() -> Listing[Absentiemelding]:
    """Notices of absence of today, page after page (one client; that it takes ``top`` and ``skip`` is inferred)."""
    return Listing(path="absence-notices/today", kind=Absentiemelding, service=Service.ATTENDANCE, paged=True)


def meldingssoorten() -> Listing[Meldingssoort]:
    """Kinds of notices (one client)."""
    return Listing(path="attendance-types", kind=Meldingssoort, query={"active": True}, service=Service.ATTENDANCE)
