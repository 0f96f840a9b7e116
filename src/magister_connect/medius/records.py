"""Records for the tables with known columns.

Fields have the names of the columns in snake_case. A missing text is ``""``, because the service makes no difference
between empty and NULL. Missing dates and booleans are ``None``. ``stamnummer`` is text without leading zeros, as in the
results, so that you can join both (:func:`~magister_connect.identifiers.canonical_stamnummer`). ``extra`` contains
unknown columns. Printing a record hides its values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import attrs
from attrs import field, frozen

from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.medius.tables.columns import (
    NOTHING_LEFT,
    column,
    read_optional_stamnummer,
    read_stamnummer,
    rest,
)


@frozen(repr=False)
class Student(MaskedRepr):
    """A pupil from ``GetActiveStudents``: 32 columns (observed).

    ``personeelslid_volledige_naam`` and ``sis_pers0_naam_vol`` are the two mentors (inferred). A pupil may have several
    rows, one for each enrolment.
    """

    stamnummer: str = field(metadata=column("stamnr_str", read=read_stamnummer))
    achternaam: str = field(default="", metadata=column("Achternaam"))
    tussenv: str = field(default="", metadata=column("Tussenv"))
    roepnaam: str = field(default="", metadata=column("Roepnaam"))
    voorletters: str = field(default="", metadata=column("Voorletters"))
    volledige_naam: str = field(default="", metadata=column("Volledige_naam"))
    geslacht: str = field(default="", metadata=column("Geslacht"))
    geb_datum: dt.date | None = field(default=None, metadata=column("geb_datum_str"))
    email: str = field(default="", metadata=column("Email"))
    loginaccount_naam: str = field(default="", metadata=column("Loginaccount.Naam"))
    straat: str = field(default="", metadata=column("Straat"))
    nr: str = field(default="", metadata=column("Nr"))
    nr_tv: str = field(default="", metadata=column("Nr.tv"))
    adres: str = field(default="", metadata=column("Adres"))
    postcode: str = field(default="", metadata=column("Postcode"))
    plaats_woonplaats: str = field(default="", metadata=column("Plaats.Woonplaats"))
    land_nationaliteit_land: str = field(default="", metadata=column("Land___Nationaliteit.Land"))
    telefoon: str = field(default="", metadata=column("Telefoon"))
    telefoon_2: str = field(default="", metadata=column("Telefoon_2"))
    tel_1_geheim: bool | None = field(default=None, metadata=column("Tel._1_geheim"))
    klas: str = field(default="", metadata=column("Klas"))
    studie: str = field(default="", metadata=column("Studie"))
    leerfase_leerjaar: str = field(default="", metadata=column("Leerfase.Leerjaar"))
    lesperiode_korte_omschrijving: str = field(default="", metadata=column("Lesperiode.Korte_omschrijving"))
    profiel_code: str = field(default="", metadata=column("Profiel.Code"))
    profiel_omschrijving: str = field(default="", metadata=column("Profiel.Omschrijving"))
    administratieve_eenheid_omschrijving: str = field(
        default="", metadata=column("Administratieve_eenheid.Omschrijving")
    )
    administratieve_eenheid_plaats: str = field(default="", metadata=column("Administratieve_eenheid.Plaats"))
    personeelslid_volledige_naam: str = field(default="", metadata=column("Personeelslid.Volledige_naam"))
    sis_pers0_naam_vol: str = field(default="", metadata=column("sis_pers0.sis_pers0.sis_pers0__naam_vol"))
    c_vrij1: str = field(default="", metadata=column("c_vrij1"))
    c_vrij2: str = field(default="", metadata=column("c_vrij2"))
    extra: Mapping[str, str] = field(default=NOTHING_LEFT, metadata=rest())


@frozen(repr=False)
class StaffMember(MaskedRepr):
    """A row of ``GetActiveEmpoyees`` (spelled like that): 30 columns (observed), without an e-mail address.

    There is one row per role of a person, and some accounts that belong to no person; see ``merge_employees``. The
    ``code`` of a person who has left starts with ``*`` (observed); see ``has_left``.
    """

    stamnummer: str | None = field(metadata=column("stamnr_str", read=read_optional_stamnummer))
    code: str = field(default="", metadata=column("Code"))
    oude_personeelscode: str = field(default="", metadata=column("Oude_personeelscode"))
    achternaam: str = field(default="", metadata=column("Achternaam"))
    tussenv: str = field(default="", metadata=column("Tussenv"))
    roepnaam: str = field(default="", metadata=column("Roepnaam"))
    voorletters: str = field(default="", metadata=column("Voorletters"))
    off_voornamen: str = field(default="", metadata=column("Off._voornamen"))
    m_v: str = field(default="", metadata=column("M_V"))
    functie_omschr: str = field(default="", metadata=column("Functie.Omschr"))
    datum_in: dt.date | None = field(default=None, metadata=column("datum_in_str"))
    d_vertrek: dt.date | None = field(default=None, metadata=column("dVertrek_str"))
    loginaccount_naam: str = field(default="", metadata=column("Loginaccount.Naam"))
    loginaccount_volledige_naam: str = field(default="", metadata=column("Loginaccount.Volledige_naam"))
    straat: str = field(default="", metadata=column("Straat"))
    huisnr: str = field(default="", metadata=column("Huisnr"))
    huisnr_toevoeging: str = field(default="", metadata=column("Huisnr._toevoeging"))
    adres: str = field(default="", metadata=column("Adres"))
    postcode: str = field(default="", metadata=column("Postcode"))
    plaats: str = field(default="", metadata=column("Plaats"))
    telefoon: str = field(default="", metadata=column("Telefoon"))
    telefoon_2: str = field(default="", metadata=column("Telefoon_2"))
    telefoon_3: str = field(default="", metadata=column("Telefoon_3"))
    telefoon_4: str = field(default="", metadata=column("Telefoon_4"))
    geheim: bool | None = field(default=None, metadata=column("Geheim"))
    administratieve_eenheid_omschrijving: str = field(
        default="", metadata=column("Administratieve_eenheid.Omschrijving")
    )
    c_vrij1: str = field(default="", metadata=column("c_vrij1"))
    c_vrij2: str = field(default="", metadata=column("c_vrij2"))
    c_vrij3: str = field(default="", metadata=column("c_vrij3"))
    c_vrij4: str = field(default="", metadata=column("c_vrij4"))
    extra: Mapping[str, str] = field(default=NOTHING_LEFT, metadata=rest())

    @property
    def has_left(self) -> bool:
        """Whether the person has left: the code starts with ``*`` (observed)."""
        return self.code.startswith("*")


@frozen(repr=False)
class StudentGroup(MaskedRepr):
    """A teaching group of a pupil, from ``GetLeerlingGroepen`` (observed)."""

    stamnummer: str = field(metadata=column("Stamnr", read=read_stamnummer))
    lesgroep: str = field(default="", metadata=column("Lesgroep"))
    groep: str = field(default="", metadata=column("groep"))
    extra: Mapping[str, str] = field(default=NOTHING_LEFT, metadata=rest())


@frozen(repr=False)
class StudentSubject(MaskedRepr):
    """A subject of a pupil, from ``GetLeerlingVakken`` (observed)."""

    stamnummer: str = field(metadata=column("Stamnr", read=read_stamnummer))
    vak: str = field(default="", metadata=column("Vak"))
    extra: Mapping[str, str] = field(default=NOTHING_LEFT, metadata=rest())


@frozen(repr=False)
class EmployeeGroup(MaskedRepr):
    """A group that an employee teaches in a subject, from ``GetPersoneelGroepVakken`` (observed)."""

    stamnummer: str = field(metadata=column("Personeelslid.Stamnr", read=read_stamnummer))
    klas: str = field(default="", metadata=column("Klas"))
    vak_vakcode: str = field(default="", metadata=column("Vak.Vakcode"))
    vak_omschrijving: str = field(default="", metadata=column("Vak.Omschrijving"))
    extra: Mapping[str, str] = field(default=NOTHING_LEFT, metadata=rest())


@frozen(repr=False)
class EmployeeClass(MaskedRepr):
    """A class that an employee teaches, from ``GetPersoneelKlasVakken`` (observed)."""

    stamnummer: str = field(metadata=column("Personeelslid.Stamnr", read=read_stamnummer))
    klas_lesgroep: str = field(default="", metadata=column("Klas_Lesgroep"))
    klas: str = field(default="", metadata=column("Klas"))
    extra: Mapping[str, str] = field(default=NOTHING_LEFT, metadata=rest())


@frozen(repr=False)
class EmployeeSubject(MaskedRepr):
    """A subject of an employee, from ``GetPersoneelVakken`` (observed)."""

    stamnummer: str = field(metadata=column("Personeelslid.Stamnr", read=read_stamnummer))
    vak_vakcode: str = field(default="", metadata=column("Vak.Vakcode"))
    vak_omschrijving: str = field(default="", metadata=column("Vak.Omschrijving"))
    extra: Mapping[str, str] = field(default=NOTHING_LEFT, metadata=rest())


@frozen(repr=False)
class Colleague(MaskedRepr):
    """One employee. ``member`` is the first of the ``rows``; ``functies`` are the roles from all rows.

    ``differing`` names the other fields in which the rows differ.
    """

    member: StaffMember
    functies: tuple[str, ...]
    rows: tuple[StaffMember, ...]
    differing: tuple[str, ...] = ()

    @property
    def stamnummer(self) -> str | None:
        """The stamnummer of the person, or ``None`` for an account that belongs to no person."""
        return self.member.stamnummer

    @property
    def has_left(self) -> bool:
        """Whether the person has left."""
        return self.member.has_left


def merge_employees(staff: Iterable[StaffMember]) -> tuple[Colleague, ...]:
    """Return one :class:`Colleague` per stamnummer, in the order of the first row of each.

    Rows without a stamnummer (accounts that belong to no person) are not merged.
    """
    grouped: dict[object, list[StaffMember]] = {}
    for row in staff:
        grouped.setdefault(row.stamnummer if row.stamnummer is not None else object(), []).append(row)
    return tuple(_merged(rows) for rows in grouped.values())


def _merged(rows: list[StaffMember]) -> Colleague:
    roles = tuple(dict.fromkeys(row.functie_omschr for row in rows if row.functie_omschr))
    names = (each.name for each in attrs.fields(StaffMember) if each.name != "functie_omschr")
    differing = tuple(name for name in names if any(getattr(row, name) != getattr(rows[0], name) for row in rows))
    return Colleague(rows[0], roles, tuple(rows), differing)
