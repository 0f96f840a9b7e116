"""Grades of the current and past years, with their columns, periods, subjects and averages.

The web application of 2026 reads ``cijfers``. The old overview is nearly empty for the current year (recorded), but it
is still the way to read past years (all clients found).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from attrs import field, frozen

from magister_connect.core.flow import Flow
from magister_connect.core.json import (
    CamelRecord,
    LastDay,
    Link,
    NumberOrText,
    OpenInteger,
    OpenText,
    PascalRecord,
    named,
    parse_json,
    read_record,
)
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.values import to_decimal
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.public_api.aanmeldingen import Aanmelding, PersoonAanmelding, Vak, vakken
from magister_connect.public_api.exchange.connection import Connection, path_part, show
from magister_connect.public_api.exchange.operations import Listing, Single, day
from magister_connect.public_api.exchange.paging import read_list


class KolomSoort(OpenInteger):
    """The kind of a column (several clients). Other numbers are kept."""

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
    """Return a grade as a number: ``"7,4"`` is ``Decimal("7.4")``.

    Letters and words (``V``, ``vr``) return ``None``.
    """
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
    start: dt.date | None = None
    einde: LastDay | None = None


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
    kolom_soort: KolomSoort | None = None
    is_herkansing_kolom: bool | None = None
    is_docent_kolom: bool | None = None
    heeft_onderliggende_kolommen: bool | None = None
    is_pta_kolom: bool | None = named("IsPTAKolom", default=None)


@frozen(kw_only=True, repr=False, slots=False)
class CijferUitOverzicht(PascalRecord):
    """A cell of the grade overview (several clients). ``cijfer_id`` 0 is an empty cell."""

    cijfer_id: int
    cijfer_str: str | None = None
    is_voldoende: bool | None = None
    ingevoerd_door: str | None = None
    datum_ingevoerd: dt.datetime | None = None
    cijfer_periode: Cijferperiode | None = None
    vak: Cijfervak | None = None
    inhalen: bool | None = None
    vrijstelling: bool | None = None
    telt_mee: bool | None = None
    cijfer_kolom: Cijferkolom | None = None
    cijfer_kolom_id_elo_opdracht: int | None = None
    docent: str | None = None
    vak_ontheffing: bool | None = None
    vak_vrijstelling: bool | None = None

    @property
    def getal(self) -> Decimal | None:
        """The grade as a number. ``cijfer_str`` is the original text."""
        return read_number(self.cijfer_str)

    @property
    def is_leeg(self) -> bool:
        """Whether the cell is empty."""
        return self.cijfer_id == 0


@frozen(kw_only=True, repr=False, slots=False)
class Kolominfo(PascalRecord):
    """Details of a column that the overview lacks, such as its weight (several clients)."""

    kolom_soort_kolom: KolomSoort | None = None
    kolom_naam: str | None = None
    kolom_kopnaam: str | None = None
    kolom_niveau: NumberOrText | None = None
    kolom_omschrijving: str | None = None
    weging: float
    werkinformatie_datum_ingevoerd: dt.date | None = None
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
    behaald_op: dt.date | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @property
    def getal(self) -> Decimal | None:
        """The grade as a number. ``waarde`` is the original text."""
        return read_number(self.waarde)


class KolomType(OpenText):
    """The kind of a column. The first four are recorded, the last is known from older clients."""

    CIJFER = "cijfer"
    GEMIDDELDE = "gemiddelde"
    FORMULE = "formule"
    SOM = "som"
    TEKORTPUNTEN = "tekortpunten"


@frozen(kw_only=True, repr=False, slots=False)
class Kolomperiode(CamelRecord):
    """The period of a column (recorded)."""

    id: int
    code: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Kolom(CamelRecord):
    """A column of the grade book (recorded; name, description, weight and type also in older clients)."""

    id: int | None = None
    nummer: int | None = None
    naam: str | None = None
    omschrijving: str | None = None
    kop: str | None = None
    werkinformatie_kop: str | None = None
    opties: tuple[str, ...] = ()
    type: KolomType | None = None
    deelcijfer_optie: str | None = None
    studievak_id: int | None = None
    volg_nummer: int | None = None
    weegfactor: float | None = None
    periode: Kolomperiode | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Cijfer(CamelRecord):
    """A grade (recorded, and one older client).

    ``waarde`` is text: ``6,4``, or a word such as ``RV``, ``Vr``, ``Inh``. ``cijfer_getal`` may have a value even for a
    word (recorded). So use ``getal``, which is ``None`` for a word.
    """

    waarde: str | None = None
    cijfer_getal: float | None = None
    is_voldoende: bool | None = None
    heeft_vrijstelling: bool | None = None
    moet_inhalen: bool | None = None
    telt_mee: bool | None = None
    ingevoerd_op: dt.datetime | None = None
    kolom: Kolom | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @property
    def getal(self) -> Decimal | None:
        """The grade as a number. ``waarde`` is the original text."""
        return read_number(self.waarde)


@frozen(kw_only=True)
class Grade(PlainData):
    """A grade with its subject. ``vak`` is ``None`` if the enrolment does not list the subject."""

    cijfer: Cijfer
    vak: Vak | None

    @property
    def periode(self) -> Kolomperiode | None:
        """The period of the grade."""
        return None if self.cijfer.kolom is None else self.cijfer.kolom.periode

    @property
    def getal(self) -> Decimal | None:
        """The grade as a number, or ``None`` for a word."""
        return self.cijfer.getal


@frozen(kw_only=True)
class Average(PlainData):
    """The weighted average of the grades of a subject in a period, or in all periods (``periode`` is ``None``).

    ``value`` is exact. ``count`` is the number of grades, and ``weight`` their total weight. ``school`` is the school's
    own average column for this subject and period, if there is one.
    """

    vak: Vak | None
    studievak_id: int | None
    periode: Kolomperiode | None
    value: Decimal = field(repr=False)
    weight: Decimal
    count: int
    school: Decimal | None = field(default=None, repr=False)

    @property
    def rounded(self) -> Decimal:
        """The average rounded to one decimal, halves up."""
        return self.value.quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def agrees(self) -> bool | None:
        """Whether the school's own average is the same within rounding. ``None`` if the school has none."""
        if self.school is None:
            return None
        exponent = self.school.as_tuple().exponent
        return abs(self.value - self.school) <= Decimal(5).scaleb(int(exponent) - 1)


@frozen(kw_only=True, repr=False, slots=False)
class Periode(CamelRecord):
    """A period in the newer generation (one client). ``einde`` is its last day, included."""

    id: int
    code: str | None = None
    omschrijving: str | None = None
    begin: dt.date | None = None
    einde: LastDay | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Werkinformatie(CamelRecord):
    """The piece of work behind a grade (one client)."""

    afgenomen_op: dt.date | None = None
    weegfactor: float | None = None
    omschrijving: str | None = None


def cijferoverzicht(
    persoon: int,
    aanmelding: int | Aanmelding | PersoonAanmelding,
    *,
    actieve_perioden: bool = False,
    alleen_berekende_kolommen: bool = False,
    alleen_pta_kolommen: bool = False,
    peildatum: dt.date | None = None,
) -> Listing[CijferUitOverzicht]:
    """The grade overview of an enrolment (several clients).

    Use it for past years, and ``cijfers`` for the current year.

    Most cells of the current year are empty (recorded; ``cell.is_leeg``). If you pass the enrolment itself,
    ``peildatum`` is its last day, as six of eight clients send it. If you pass its number, ``peildatum`` is only sent
    if you set it.
    """
    number = aanmelding if isinstance(aanmelding, int) else aanmelding.id
    last = None if isinstance(aanmelding, int) else aanmelding.einde
    return Listing(
        path=f"personen/{path_part(persoon)}/aanmeldingen/{path_part(number)}/cijfers/cijferoverzichtvooraanmelding",
        kind=CijferUitOverzicht,
        query={
            "actievePerioden": actieve_perioden,
            "alleenBerekendeKolommen": alleen_berekende_kolommen,
            "alleenPTAKolommen": alleen_pta_kolommen,
            "peildatum": day(peildatum or last),
        },
        key="cijfer_id",
    )


def kolominfo(persoon: int, aanmelding: int, kolom: int) -> Single[Kolominfo]:
    """Details of a column that the overview lacks, such as its weight (several clients)."""
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
    """The latest grades, newest first, page by page (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/cijfers/laatste", kind=LaatsteCijfer, paged=True, key="kolom_id"
    )


def cijfers(aanmelding: int) -> Listing[Cijfer]:
    """Grades of an enrolment, as read by the web application of 2026 (recorded).

    A grade refers to its subject by number only. Use :func:`grades_with_subjects` to get the subject.
    """
    return Listing(path=f"aanmeldingen/{path_part(aanmelding)}/cijfers", kind=Cijfer)


def perioden(aanmelding: int) -> Listing[Periode]:
    """Periods of an enrolment in the newer generation (one client)."""
    return Listing(path=f"aanmeldingen/{path_part(aanmelding)}/cijfers/perioden", kind=Periode)


def werkinformatie(cijfer: Cijfer) -> Single[Werkinformatie]:
    """The piece of work behind a grade, by its link (recorded link; shape: one client)."""
    return Single(path=_linked(cijfer, "werkinformatie", "what it was given for"), kind=Werkinformatie)


def gerelateerde_kolommen(cijfer: Cijfer) -> Listing[Kolom]:
    """The columns behind an average or a formula, by its link (recorded link; the response is inferred)."""
    return Listing(path=_linked(cijfer, "gerelateerdeKolommen", "the columns behind it"), kind=Kolom)


def _linked(cijfer: Cijfer, name: str, what: str) -> str:
    link = cijfer.links.get(name)
    if link is None or link.href is None:
        raise UsageError(
            f"This grade has no link to {what}",
            advice=f"Use a grade from cijfers(), and check first that {name!r} is in its links.",
        )
    return link.href


def grades_with_subjects(connection: Connection, persoon: int, aanmelding: int) -> Flow[tuple[Grade, ...]]:
    """Return the grades of an enrolment with subject and period, in the order of the API.

    Reads two lists, ``cijfers`` and ``vakken``. ``kolom.studievak_id`` of a grade equals ``studie_vak_id`` of its
    subject; there is no other link (recorded).
    """
    grades = yield from read_list(connection, cijfers(aanmelding))
    subjects = yield from read_list(connection, vakken(persoon, aanmelding))
    by_number = {each.studie_vak_id: each for each in subjects}
    return tuple(
        Grade(cijfer=each, vak=None if (number := _subject_of(each)) is None else by_number.get(number))
        for each in grades
    )


def averages(grades: Iterable[Grade | Cijfer]) -> tuple[Average, ...]:
    """Return the weighted average per subject and period, and per subject over all periods.

    A grade counts if ``telt_mee`` is true, its column has type ``cijfer`` and its ``waarde`` is a number. Its weight is
    ``weegfactor`` of the column. This is the rule of a client of 2026. It agreed with the school's own averages in 60
    of 60 subject-periods, within rounding. A subject without counting grades has no average.
    """
    given = [each if isinstance(each, Grade) else Grade(cijfer=each, vak=None) for each in grades]
    groups: dict[tuple[int | None, int | None], list[Grade]] = {}
    for each in given:
        period = None if each.periode is None else each.periode.id
        for key in dict.fromkeys([(_subject_of(each.cijfer), period), (_subject_of(each.cijfer), None)]):
            groups.setdefault(key, []).append(each)
    found = (_average(subject, period, members) for (subject, period), members in groups.items())
    return tuple(each for each in found if each is not None)


def _average(subject: int | None, period: int | None, members: Sequence[Grade]) -> Average | None:
    counted = [(each.getal, _weight(each.cijfer)) for each in members if _counts(each.cijfer)]
    weight = sum((weight for _, weight in counted), Decimal())
    if not weight:
        return None
    columns = [each for each in members if period is not None and _type(each.cijfer) is KolomType.GEMIDDELDE]
    return Average(
        vak=members[0].vak,
        studievak_id=subject,
        periode=None if period is None else members[0].periode,
        value=sum((number * weight for number, weight in counted if number is not None), Decimal()) / weight,
        weight=weight,
        count=len(counted),
        school=next((each.getal for each in columns if each.getal is not None), None),
    )


def _counts(cijfer: Cijfer) -> bool:
    return cijfer.telt_mee is True and _type(cijfer) is KolomType.CIJFER and cijfer.getal is not None


def _type(cijfer: Cijfer) -> KolomType | None:
    return None if cijfer.kolom is None else cijfer.kolom.type


def _weight(cijfer: Cijfer) -> Decimal:
    return Decimal(str(cijfer.kolom.weegfactor or 0)) if cijfer.kolom else Decimal()


def _subject_of(cijfer: Cijfer) -> int | None:
    return None if cijfer.kolom is None else cijfer.kolom.studievak_id


def kolominfo_van(
    connection: Connection, persoon: int, aanmelding: int, kolommen: Sequence[int]
) -> Flow[Mapping[int, Kolominfo]]:
    """Return details of many columns that the overview lacks, such as weights, by column number.

    Sends one request per column, at the client's concurrency and pace, so that the limit of the school is respected. A
    column that you pass twice is requested once.
    """
    numbers = tuple(dict.fromkeys(kolommen))
    addresses = [connection.address(kolominfo(persoon, aanmelding, each).path) for each in numbers]
    replies = yield from connection.ask_all(addresses)
    return {
        number: read_record(Kolominfo, parse_json(reply.body, f"GET {show(address)}"), f"GET {show(address)}")
        for number, address, reply in zip(numbers, addresses, replies, strict=True)
    }
