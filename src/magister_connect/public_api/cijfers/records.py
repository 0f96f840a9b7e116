"""Grades: overview, latest, columns and periods: what the interface answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from attrs import field, frozen

from magister_connect.errors import FieldInvalid
from magister_connect.json_records import CamelRecord, DateOrMoment, Link, OpenInteger, PascalRecord, named
from magister_connect.values import to_decimal

__all__ = [
    "Cijfer",
    "CijferUitOverzicht",
    "Cijferkolom",
    "Cijferperiode",
    "Cijfervak",
    "Kolom",
    "KolomSoort",
    "Kolominfo",
    "LaatsteCijfer",
    "Periode",
    "Vakcode",
    "Werkinformatie",
    "read_number",
]


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
