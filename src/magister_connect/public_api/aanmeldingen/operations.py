"""Enrolments, subjects and mentors: what can be asked."""

from __future__ import annotations

import datetime as dt

from magister_connect.public_api.aanmeldingen.records import (
    Aanmelding,
    Mentor,
    PersoonAanmelding,
    Vak,
    VakVanAanmelding,
)
from magister_connect.public_api.asking import Listing, day, path_part

__all__ = ["aanmeldingen", "aanmeldingen_van_persoon", "mentoren", "vakken", "vakken_van_aanmelding"]


def aanmeldingen(leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None) -> Listing[Aanmelding]:
    """Enrolments of a pupil (several clients). Without a range: those that hold today; from 1970-01-01: all."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/aanmeldingen",
        kind=Aanmelding,
        query={"begin": day(begin), "einde": day(einde)},
    )


def aanmeldingen_van_persoon(persoon: int, *, geen_toekomstige: bool | None = None) -> Listing[PersoonAanmelding]:
    """Enrolments in the older generation (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/aanmeldingen",
        kind=PersoonAanmelding,
        query={"geenToekomstige": geen_toekomstige},
    )


def vakken(persoon: int, aanmelding: int) -> Listing[Vak]:
    """Subjects of an enrolment (several clients)."""
    return Listing(path=f"personen/{path_part(persoon)}/aanmeldingen/{path_part(aanmelding)}/vakken", kind=Vak)


def vakken_van_aanmelding(aanmelding: int) -> Listing[VakVanAanmelding]:
    """Subjects of an enrolment in the newer generation (one client)."""
    return Listing(path=f"aanmeldingen/{path_part(aanmelding)}/vakken", kind=VakVanAanmelding)


def mentoren(aanmelding: int) -> Listing[Mentor]:
    """Mentors of an enrolment (one client)."""
    return Listing(path=f"aanmeldingen/{path_part(aanmelding)}/mentoren", kind=Mentor)
