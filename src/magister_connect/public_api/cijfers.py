"""Grades: overview, latest, columns and periods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from attrs import field, frozen

from magister_connect.core.flow import Flow
from magister_connect.core.json import (
    CamelRecord,
    DateOrMoment,
    Link,
    OpenInteger,
    PascalRecord,
    named,
    parse_json,
    read_record,
)
from magister_connect.core.values import to_decimal
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.public_api.asking import Listing, Single, day
from magister_connect.public_api.connection import Connection, path_part, show


class KolomSoort(OpenInteger):
    """Kind of a column (several clients); other numbers are kept."""

    ONBEKEND = 0
    CIJFER = 1
    GEMIDDELDE = 2
    MAXIMUM = 3
    FORMULE = 4
    MINIMUM = 5
    SOM = 6
    AANTAL = 7
    CEVO = 8
    TEKST = 9
    CEVO_CPE = 10
    CEVO_CIE = 11
    WEGING = 12
    EINDCIJFER = 13
    TEKORTPUNTEN = 14
    BOOMTOP = 15
    VAKEIS = 16


def read_number(text: str | None) -> Decimal | None:
    """A grade as a number: ``"7,4"`` is ``Decimal("7.4")``; letters and words (``V``, ``vr``) are no numbers."""
    if text is None:
        return None
    try:
        return to_decimal(text, "", comma=True)
    except FieldInvalid:
        return None


@frozen(kw_only=True, repr=False, slots=False)
class Cijferperiode(PascalRecord):
    """A period of the grade book."""

    id: int
    naam: str | None = None
    volg_nummer: int | None = None
    omschrijving: str | None = None
    start: DateOrMoment | None = None
    einde: DateOrMoment | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Cijfervak(PascalRecord):
    """The subject of a grade."""

    id: int
    afkorting: str | None = None
    omschrijving: str | None = None
    volgnr: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Cijferkolom(PascalRecord):
    """A column of the grade book."""

    id: int
    kolom_naam: str | None = None
    kolom_nummer: str | None = None
    kolom_volg_nummer: str | None = None
    kolom_kop: str | None = None
    kolom_omschrijving: str | None = None
    kolom_soort: KolomSoort
    is_herkansing_kolom: bool | None = None
    is_docent_kolom: bool | None = None
    heeft_onderliggende_kolommen: bool | None = None
    is_pta_kolom: bool | None = named("IsPTAKolom", default=None)


@frozen(kw_only=True, repr=False, slots=False)
class CijferUitOverzicht(PascalRecord):
    """A cell of the grade overview (several clients); ``cijfer_id`` 0 is an empty cell."""

    cijfer_id: int
    cijfer_str: str | None = None
    is_voldoende: bool | None = None
    ingevoerd_door: str | None = None
    datum_ingevoerd: dt.datetime | None = None
    cijfer_periode: Cijferperiode | None = None
    vak: Cijfervak
    inhalen: bool | None = None
    vrijstelling: bool | None = None
    telt_mee: bool | None = None
    cijfer_kolom: Cijferkolom
    cijfer_kolom_id_elo_opdracht: int | None = None
    docent: str | None = None
    vak_ontheffing: bool | None = None
    vak_vrijstelling: bool | None = None

    @property
    def getal(self) -> Decimal | None:
        """The grade as a number; ``cijfer_str`` keeps the text as it came."""
        return read_number(self.cijfer_str)


@frozen(kw_only=True, repr=False, slots=False)
class Kolominfo(PascalRecord):
    """What the overview does not tell of a column, such as its weight (several clients)."""

    kolom_soort_kolom: KolomSoort | None = None
    kolom_naam: str | None = None
    kolom_kopnaam: str | None = None
    kolom_niveau: object | None = None
    kolom_omschrijving: str | None = None
    weging: float
    werkinformatie_datum_ingevoerd: DateOrMoment | None = None
    werk_informatie_omschrijving: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Vakcode(CamelRecord):
    """The subject of one of the latest grades."""

    code: str | None = None
    omschrijving: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class LaatsteCijfer(CamelRecord):
    """One of the latest grades (several clients)."""

    kolom_id: int
    omschrijving: str | None = None
    ingevoerd_op: dt.datetime
    vak: Vakcode
    waarde: str
    weegfactor: float | None = None
    is_voldoende: bool | None = None
    telt_mee: bool | None = None
    moet_inhalen: bool | None = None
    heeft_vrijstelling: bool | None = None
    behaald_op: DateOrMoment | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @property
    def getal(self) -> Decimal | None:
        """The grade as a number; ``waarde`` keeps the text as it came."""
        return read_number(self.waarde)


@frozen(kw_only=True, repr=False, slots=False)
class Kolom(CamelRecord):
    """A column in the newer generation; ``type`` is cijfer, gemiddelde, tekortpunten or som."""

    naam: str | None = None
    omschrijving: str | None = None
    weegfactor: float | None = None
    type: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Cijfer(CamelRecord):
    """A grade in the newer generation (one client)."""

    waarde: str
    is_voldoende: bool | None = None
    telt_mee: bool | None = None
    ingevoerd_op: dt.datetime | None = None
    kolom: Kolom | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @property
    def getal(self) -> Decimal | None:
        """The grade as a number; ``waarde`` keeps the text as it came."""
        return read_number(self.waarde)


@frozen(kw_only=True, repr=False, slots=False)
class Periode(CamelRecord):
    """A period in the newer generation (one client)."""

    id: int
    code: str | None = None
    omschrijving: str | None = None
    begin: DateOrMoment | None = None
    einde: DateOrMoment | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Werkinformatie(CamelRecord):
    """What a grade was given for (one client)."""

    afgenomen_op: DateOrMoment | None = None
    weegfactor: float | None = None
    omschrijving: str | None = None


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


def kolominfo_van(
    connection: Connection, persoon: int, aanmelding: int, kolommen: Sequence[int]
) -> Flow[Mapping[int, Kolominfo]]:
    """What the overview does not hold of many columns, such as their weights, by the number of the column.

    One request for each column, as many at a time as the client allows and at its pace, so that the school's limit
    holds; each column is asked for once.
    """
    numbers = tuple(dict.fromkeys(kolommen))
    addresses = [connection.address(kolominfo(persoon, aanmelding, each).path) for each in numbers]
    replies = yield from connection.ask_all(addresses)
    return {
        number: read_record(Kolominfo, parse_json(reply.body, f"GET {show(address)}"), f"GET {show(address)}")
        for number, address, reply in zip(numbers, addresses, replies, strict=True)
    }
