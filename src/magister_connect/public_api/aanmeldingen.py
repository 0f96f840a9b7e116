"""Enrolments, subjects and mentors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.core.json import CamelRecord, LastDay, Link, PascalRecord, named
from magister_connect.public_api.exchange.connection import path_part
from magister_connect.public_api.exchange.operations import Listing, between, covers
from magister_connect.public_api.personen import Naam


@frozen(kw_only=True, repr=False, slots=False)
class Gekoppeld(CamelRecord):
    """A study, group, period or profile of an enrolment."""

    id: int | None = None
    code: str | None = None
    omschrijving: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class PersoonlijkeMentor(CamelRecord):
    """The mentor of a pupil, in an enrolment."""

    voorletters: str | None = None
    tussenvoegsel: str | None = None
    achternaam: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Aanmelding(CamelRecord):
    """An enrolment (several clients). ``einde`` is its last day, included."""

    id: int
    studie: Gekoppeld | None = None
    groep: Gekoppeld | None = None
    lesperiode: Gekoppeld | None = None
    profielen: tuple[Gekoppeld, ...] = ()
    persoonlijke_mentor: PersoonlijkeMentor | None = None
    begin: dt.date | None = None
    einde: LastDay | None = None
    is_zitten_blijver: bool | None = None
    indicatie: str | None = None
    opleiding_code: Gekoppeld | None = None
    is_hoofd_aanmelding: bool | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    def covers(self, day: dt.date) -> bool:
        """Whether the enrolment includes a date."""
        return covers(self.begin, self.einde, day)


@frozen(kw_only=True, repr=False, slots=False)
class Keuze(PascalRecord):
    """A study or group, in the older generation of the API."""

    id: int | None = None
    omschrijving: str | None = None
    locatie_id: int | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class PersoonAanmelding(PascalRecord):
    """An enrolment in the older generation (several clients). ``einde`` is its last day, included.

    Only the recorded school sent ``leerling_id`` and ``aan_bron_melden``.
    """

    id: int
    start: dt.date | None = None
    einde: LastDay | None = None
    lesperiode: str | None = None
    studie: Keuze | None = None
    groep: Keuze | None = None
    profiel: str | None = None
    profiel2: str | None = named("Profiel2", default=None)
    leerling_id: int | None = None
    aan_bron_melden: bool | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    def covers(self, day: dt.date) -> bool:
        """Whether the enrolment includes a date."""
        return covers(self.start, self.einde, day)


@frozen(kw_only=True, repr=False, slots=False)
class Vak(CamelRecord):
    """A subject of an enrolment.

    - ``studie_vak_id``: a grade refers to its subject by this id (``kolom.studievak_id``, recorded).
    - ``einddatum``: the last day, included.
    - ``vak_dispensatie`` and ``vak_vrijstelling``: sent until 2024 (several clients), in a different spelling.
    - ``heeft_ontheffing`` and ``vrijstelling``: sent now (recorded).
    """

    id: int
    studie_vak_id: int | None = None
    studie_id: int | None = None
    vrijstelling: bool | None = None
    heeft_ontheffing: bool | None = None
    hoger_niveau: bool | None = None
    niveau: str | None = None
    begindatum: dt.date | None = None
    einddatum: LastDay | None = None
    afkorting: str
    omschrijving: str
    volgnr: int | None = None
    docent: str | None = None
    vak_dispensatie: bool | None = named("VakDispensatie", default=None)
    vak_vrijstelling: bool | None = named("VakVrijstelling", default=None)


@frozen(kw_only=True, repr=False, slots=False)
class Mentor(Naam):
    """A mentor of an enrolment (one client)."""

    type: tuple[str, ...] = ()
    id: int | None = None
    volgnummer: int | None = None
    naam: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Studievak(CamelRecord):
    """A subject (vak) of a study, in an enrolment (one client of 2026).

    A grade refers to its subject by ``id`` (``kolom.studievak_id``). A cijferstructuur is a structure of columns for
    its grades. ``niveau`` is its level.
    """

    id: int
    code: str | None = None
    omschrijving: str | None = None
    niveau: str | None = None
    volgnummer: int | None = None
    heeft_cijferstructuur: bool | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Vakdocent(CamelRecord):
    """A teacher of a subject. ``is_hoofd_docent`` marks the main (hoofd) teacher (one client of 2026)."""

    code: str | None = None
    voorletters: str | None = None
    tussenvoegsel: str | None = None
    achternaam: str | None = None
    is_hoofd_docent: bool | None = None


@frozen(kw_only=True, repr=False, slots=False)
class VakVanAanmelding(CamelRecord):
    """A subject of a pupil, in the newer generation (one client of 2026).

    ``einde`` is its last day, included. Roostertechnisch: it exists for the timetable only.
    """

    id: int
    begin: dt.date | None = None
    einde: LastDay | None = None
    studievak: Studievak | None = None
    docenten: tuple[Vakdocent, ...] = ()
    heeft_ontheffing: bool | None = None
    heeft_vrijstelling: bool | None = None
    is_roostertechnisch: bool | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    def covers(self, day: dt.date) -> bool:
        """Whether the pupil has the subject on a date."""
        return covers(self.begin, self.einde, day)


def aanmeldingen(leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None) -> Listing[Aanmelding]:
    """Enrolments of a pupil (several clients). Without a range: the current ones. From 1970-01-01: all."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/aanmeldingen",
        kind=Aanmelding,
        query=between(begin=begin, einde=einde),
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
    """Subjects of an enrolment in the newer generation, with their teachers (one client of 2026)."""
    return Listing(path=f"aanmeldingen/{path_part(aanmelding)}/vakken", kind=VakVanAanmelding)


def mentoren(aanmelding: int) -> Listing[Mentor]:
    """Mentors of an enrolment (one client)."""
    return Listing(path=f"aanmeldingen/{path_part(aanmelding)}/mentoren", kind=Mentor)
