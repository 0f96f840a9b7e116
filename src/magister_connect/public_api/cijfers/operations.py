"""Grades: overview, latest, columns and periods: what can be asked."""

from __future__ import annotations

import datetime as dt

from magister_connect.errors import UsageError
from magister_connect.public_api.asking import Listing, Single, day, path_part
from magister_connect.public_api.cijfers.records import (
    Cijfer,
    Cijferperiode,
    CijferUitOverzicht,
    Kolominfo,
    LaatsteCijfer,
    Periode,
    Werkinformatie,
)

__all__ = ["cijferoverzicht", "cijferperioden", "cijfers", "kolominfo", "laatste_cijfers", "perioden", "werkinformatie"]


def cijferoverzicht(
    persoon: int,
    aanmelding: int,
    *,
    actieve_perioden: bool = True,
    alleen_berekende_kolommen: bool = False,
    alleen_pta_kolommen: bool = False,
    peildatum: dt.date | None = None,
) -> Listing[CijferUitOverzicht]:
    """The grade overview of an enrolment (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/aanmeldingen/{path_part(aanmelding)}/cijfers/cijferoverzichtvooraanmelding",
        kind=CijferUitOverzicht,
        query={
            "actievePerioden": actieve_perioden,
            "alleenBerekendeKolommen": alleen_berekende_kolommen,
            "alleenPTAKolommen": alleen_pta_kolommen,
            "peildatum": day(peildatum),
        },
        key="cijfer_id",
    )


def kolominfo(persoon: int, aanmelding: int, kolom: int) -> Single[Kolominfo]:
    """What the overview does not tell of a column, such as its weight (several clients)."""
    return Single(
        path=f"personen/{path_part(persoon)}/aanmeldingen/{path_part(aanmelding)}/cijfers/extracijferkolominfo/{path_part(kolom)}",
        kind=Kolominfo,
    )


def cijferperioden(persoon: int, aanmelding: int) -> Listing[Cijferperiode]:
    """Periods of the grade book (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/aanmeldingen/{path_part(aanmelding)}/cijfers/cijferperiodenvooraanmelding",
        kind=Cijferperiode,
    )


def laatste_cijfers(persoon: int) -> Listing[LaatsteCijfer]:
    """The latest grades, newest first, page after page (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/cijfers/laatste", kind=LaatsteCijfer, paged=True, key="kolom_id"
    )


def cijfers(aanmelding: int) -> Listing[Cijfer]:
    """Grades of an enrolment in the newer generation (one client)."""
    return Listing(path=f"aanmeldingen/{path_part(aanmelding)}/cijfers", kind=Cijfer)


def perioden(aanmelding: int) -> Listing[Periode]:
    """Periods of an enrolment in the newer generation (one client)."""
    return Listing(path=f"aanmeldingen/{path_part(aanmelding)}/cijfers/perioden", kind=Periode)


def werkinformatie(cijfer: Cijfer) -> Single[Werkinformatie]:
    """What a grade of the newer generation was given for, by its link (one client)."""
    link = cijfer.links.get("werkinformatie")
    if link is None or link.href is None:
        raise UsageError(
            "This grade has no link to what it was given for",
            advice="Only grades from cijfers() can have one; see whether 'werkinformatie' is in their links first.",
        )
    return Single(path=link.href, kind=Werkinformatie)
