"""The agenda: lessons and appointments, their changes, and what a user writes in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow
from magister_connect.core.json import (
    CamelRecord,
    JsonObject,
    LastDay,
    Link,
    OpenInteger,
    PascalRecord,
    Variant,
    Variants,
    read_record,
)
from magister_connect.errors import UsageError
from magister_connect.public_api.exchange.connection import Connection, Service, path_part, show
from magister_connect.public_api.exchange.operations import (
    Change,
    Listing,
    Single,
    between,
    between_moments,
    created_number,
    json_object,
    read_single,
    send_change,
    write_record,
)
from magister_connect.public_api.personen import Naam, Stamklas


class AfspraakStatus(OpenInteger):
    """The state of an appointment (several clients, which differ on some values)."""

    GEEN = 0
    AUTOMATISCH_GEPLAND = 1
    HANDMATIG_GEPLAND = 2
    GEWIJZIGD = 3
    HANDMATIG_VERVALLEN = 4
    AUTOMATISCH_VERVALLEN = 5
    IN_GEBRUIK = 6
    AFGESLOTEN = 7
    INGEZET = 8
    VERPLAATST = 9
    GEWIJZIGD_EN_VERPLAATST = 10


class InfoType(OpenInteger):
    """What an appointment announces (several clients)."""

    GEEN = 0
    HUISWERK = 1
    TOETS = 2
    TENTAMEN = 3
    SCHRIFTELIJKE_OVERHORING = 4
    MONDELINGE_OVERHORING = 5
    INFORMATIE = 6
    NOTITIE = 7


class AfspraakType(OpenInteger):
    """The kind of an appointment (several clients)."""

    GEEN = 0
    PERSOONLIJK = 1
    ALGEMEEN = 2
    SCHOOLBREED = 3
    STAGE = 4
    INTAKE = 5
    ROOSTERVRIJ = 6
    KWT = 7
    STANDBY = 8
    GEBLOKKEERD = 9
    OVERIG = 10
    LOKAAL_GEBLOKKEERD = 11
    KLAS_GEBLOKKEERD = 12
    LES = 13
    STUDIEHUIS = 14
    ROOSTERVRIJE_STUDIE = 15
    PLANNING = 16
    MAATREGELEN = 101
    PRESENTATIES = 102
    EXAMENROOSTER = 103


@frozen(kw_only=True, repr=False, slots=False)
class Vakverwijzing(PascalRecord):
    """A subject of an appointment."""

    id: int | None = None
    naam: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Docentverwijzing(PascalRecord):
    """A teacher of an appointment or an assignment."""

    id: int | None = None
    naam: str | None = None
    docentcode: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Lokaal(PascalRecord):
    """The room of an appointment."""

    naam: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Groepverwijzing(PascalRecord):
    """A group of an appointment. Its fields are not documented."""

    id: int | None = None
    naam: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Bijlage(PascalRecord):
    """A file of an appointment or an assignment (several clients)."""

    id: int
    bron_soort: int | None = None
    content_type: str | None = None
    datum: dt.datetime | None = None
    grootte: int | None = None
    naam: str | None = None
    status: int | None = None
    unique_id: str | None = None
    url: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Dagelijks(PascalRecord):
    """Repetition by days."""

    interval: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Wekelijks(PascalRecord):
    """Repetition by weeks. ``dagen`` is a bitmask."""

    interval: int | None = None
    dagen: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Herhaling(PascalRecord):
    """How an appointment repeats."""

    begin_datum: dt.date | None = None
    eind_datum: LastDay | None = None
    aantal_keer: int | None = None
    dagelijks: Dagelijks | None = None
    wekelijks: Wekelijks | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Afspraak(PascalRecord):
    """An appointment (several clients).

    ``status`` is an open list, and clients differ on some of its values. 7 is the normal state of a lesson (recorded).
    In lists, ``bijlagen`` is empty even if ``heeft_bijlagen`` is true. Read the single appointment to get them
    (recorded).
    """

    id: int
    start: dt.datetime
    einde: dt.datetime
    lesuur_van: int | None = None
    lesuur_tot_met: int | None = None
    duurt_hele_dag: bool | None = None
    omschrijving: str | None = None
    lokatie: str | None = None
    status: AfspraakStatus | None = None
    type: AfspraakType | None = None
    subtype: int | None = None
    is_online_deelname: bool | None = None
    weergave_type: int | None = None
    inhoud: str | None = None
    opmerking: str | None = None
    info_type: InfoType | None = None
    aantekening: str | None = None
    afgerond: bool | None = None
    herhaal_status: int | None = None
    herhaling: Herhaling | None = None
    vakken: tuple[Vakverwijzing, ...] = ()
    docenten: tuple[Docentverwijzing, ...] = ()
    lokalen: tuple[Lokaal, ...] = ()
    groepen: tuple[Groepverwijzing, ...] = ()
    opdracht_id: int | None = None
    heeft_bijlagen: bool | None = None
    bijlagen: tuple[Bijlage, ...] = ()
    afwezigheid: JsonObject | None = None
    externe_id: str | None = None
    taak_aangemaakt_op: dt.datetime | None = None
    taak_gewijzigd_op: dt.datetime | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @property
    def is_cancelled(self) -> bool:
        """Whether it is cancelled: status 4 or 5 (recorded)."""
        return self.status in {AfspraakStatus.HANDMATIG_VERVALLEN, AfspraakStatus.AUTOMATISCH_VERVALLEN}

    @property
    def is_changed(self) -> bool:
        """Whether its time, room or teacher changed: status 3, 9 or 10 (recorded)."""
        return self.status in {
            AfspraakStatus.GEWIJZIGD,
            AfspraakStatus.VERPLAATST,
            AfspraakStatus.GEWIJZIGD_EN_VERPLAATST,
        }

    @property
    def is_lesson(self) -> bool:
        """Whether it is a lesson of the timetable, and not a personal appointment or an entry without duration."""
        return self.type == AfspraakType.LES

    @property
    def is_homework(self) -> bool:
        """Whether the pupil must prepare something: homework, a test or an exam."""
        return InfoType.HUISWERK <= (self.info_type or 0) <= InfoType.MONDELINGE_OVERHORING


@frozen(kw_only=True, repr=False, slots=False)
class EigenAfspraak(PascalRecord):
    """A personal appointment to create. ``type`` is PERSOONLIJK or PLANNING (several clients)."""

    start: dt.datetime
    einde: dt.datetime
    omschrijving: str
    lokatie: str | None = None
    inhoud: str | None = None
    duurt_hele_dag: bool = False
    type: AfspraakType = AfspraakType.PERSOONLIJK
    status: AfspraakStatus = AfspraakStatus.HANDMATIG_GEPLAND
    info_type: InfoType = InfoType.GEEN


@frozen(kw_only=True, repr=False, slots=False)
class Lesuur(CamelRecord):
    """The first and last lesson hour."""

    begin: int | None = None
    einde: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Locatie(CamelRecord):
    """The location of an appointment."""

    id: int | None = None
    code: str | None = None
    omschrijving: str | None = None
    type: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class AfspraakVak(CamelRecord):
    """The subject of an appointment."""

    id: int | None = None
    code: str | None = None
    omschrijving: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class NieuweAfspraak(CamelRecord):
    """An appointment in the newer generation (one client). ``herhaal_status`` is geen, gewijzigd or herhaling."""

    id: int
    heeft_inhoud: bool | None = None
    heeft_aantekening: bool | None = None
    onderwijstijd: int | None = None
    subtype: str | None = None
    heeft_bijlagen: bool | None = None
    herhaal_status: str | None = None
    begin: dt.datetime
    einde: dt.datetime
    lesuur: Lesuur | None = None
    onderwerp: str | None = None
    type: str | None = None
    opmerking: str | None = None
    is_prive: bool | None = None
    deelnames: tuple[Deelname, ...] = ()
    vakken: tuple[AfspraakVak, ...] = ()
    locaties: tuple[Locatie, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @property
    def is_lesson(self) -> bool:
        """Whether it is a lesson of the timetable."""
        return self.type == "les"


@frozen(kw_only=True, repr=False, slots=False)
class Plaats(CamelRecord):
    """The location of an extra appointment."""

    description: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Deelnemer(CamelRecord):
    """A participant of an extra appointment."""

    type: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    code: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class ExtraAfspraak(CamelRecord):
    """An appointment of the calendar service, with English names (one client)."""

    id: str
    start: dt.datetime
    end: dt.datetime
    start_time_slot: int | None = None
    end_time_slot: int | None = None
    topic: str | None = None
    locations: tuple[Plaats, ...] = ()
    status: str | None = None
    remark: str | None = None
    subjects: tuple[Plaats, ...] = ()
    participants: tuple[Deelnemer, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Agendafeed(CamelRecord):
    """The address of a person's iCalendar feed (one client). It needs no token, so keep it secret."""

    href: str
    last_modified: dt.datetime | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Deelname(Variant, CamelRecord):
    """A participant of an appointment, by ``type``. An unknown type keeps its keys in ``extra``."""

    type: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @classmethod
    def variants(cls) -> Variants:
        """Groups, employees and pupils."""
        if cls is not Deelname:
            return {}
        return {"groep": GroepDeelname, "medewerker": MedewerkerDeelname, "leerling": LeerlingDeelname}


@frozen(kw_only=True, repr=False, slots=False)
class GroepDeelname(Deelname):
    """A group that takes part."""

    id: int | None = None
    code: str | None = None
    omschrijving: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class MedewerkerDeelname(Naam, Deelname):
    """An employee who takes part."""

    id: int | None = None
    code: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class LeerlingDeelname(Naam, Deelname):
    """A pupil who takes part."""

    id: int | None = None
    stamklas: Stamklas | None = None


def afspraken(persoon: int, van: dt.date, tot: dt.date, *, status: int | None = None) -> Listing[Afspraak]:
    """The agenda of a person from ``van`` to ``tot``, both included (several clients). ``status`` 0: all, 1: active."""
    return Listing(
        path=f"personen/{path_part(persoon)}/afspraken",
        kind=Afspraak,
        query={**between(van=van, tot=tot), "status": status},
    )


def afspraak_met(persoon: int, nummer: int) -> Single[Afspraak]:
    """One appointment by its number."""
    return Single(path=f"personen/{path_part(persoon)}/afspraken/{path_part(nummer)}", kind=Afspraak)


def afspraak(persoon: int, afspraak: int) -> Single[Afspraak]:
    """One appointment with its files (several clients)."""
    return afspraak_met(persoon, afspraak)


def roosterwijzigingen(persoon: int, van: dt.date, tot: dt.date) -> Listing[Afspraak]:
    """Timetable changes (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/roosterwijzigingen",
        kind=Afspraak,
        query=between(van=van, tot=tot),
    )


def afspraken_van_leerling(
    leerling: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
) -> Listing[NieuweAfspraak]:
    """The agenda of a pupil in the newer generation (one client)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/afspraken",
        kind=NieuweAfspraak,
        query={**between(begin=begin, einde=einde), "status": status},
    )


def afspraken_van_medewerker(
    medewerker: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
) -> Listing[NieuweAfspraak]:
    """The agenda of an employee (several clients)."""
    return Listing(
        path=f"medewerkers/{path_part(medewerker)}/afspraken",
        kind=NieuweAfspraak,
        query={**between(begin=begin, einde=einde), "status": status},
    )


def extra_afspraken(gebruiker: str, start: dt.datetime, einde: dt.datetime) -> Listing[ExtraAfspraak]:
    """Appointments of the calendar service (one client). It refuses tokens for other services."""
    return Listing(
        path=f"user/{path_part(gebruiker)}/additional-appointments",
        kind=ExtraAfspraak,
        query=between_moments(start=start, end=einde),
        service=Service.CALENDAR,
    )


def agendafeed() -> Single[Agendafeed]:
    """The address of the iCalendar feed (one client). Keep it secret."""
    return Single(path="icalendar", kind=Agendafeed, service=Service.CALENDAR)


def maak_afspraak(connection: Connection, persoon: int, afspraak: EigenAfspraak) -> Flow[Afspraak | None]:
    """Create a personal appointment (POST; several clients). Return it as stored by the school, with its id.

    The request is sent once. Returns ``None`` if the school does not return the id. Look the appointment up with
    ``afspraken`` then.
    """
    if not isinstance(afspraak, EigenAfspraak):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may pass a dictionary
        raise _wrong_record("EigenAfspraak", "Create agenda.EigenAfspraak(start=..., einde=..., omschrijving=...).")
    if afspraak.type not in {AfspraakType.PERSOONLIJK, AfspraakType.PLANNING}:
        raise UsageError(
            "Only appointments of type PERSOONLIJK (1) and PLANNING (16) can be created",
            advice="Set type= of the EigenAfspraak to one of these.",
        )
    if afspraak.einde < afspraak.start:
        raise UsageError("The appointment ends before it begins", advice="Swap start and einde of the EigenAfspraak.")
    path = f"personen/{path_part(persoon)}/afspraken"
    reply = yield from send_change(connection, Change("POST", path, write_record(afspraak, whole=False)))
    if "Start" in json_object(reply):
        return read_record(Afspraak, json_object(reply), f"POST {show(path)}")
    number = created_number(reply)
    return None if number is None else (yield from read_single(connection, afspraak_met(persoon, number)))


def wijzig_afspraak(connection: Connection, persoon: int, afspraak: Afspraak) -> Flow[Afspraak]:
    """Write a whole appointment (PUT; several clients). Return it as stored by the school.

    Change a record that you read before: ``attrs.evolve(api.afspraak(...), aantekening="...")``. For a lesson, the
    school keeps its own fields.
    """
    if not isinstance(afspraak, Afspraak):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may pass a dictionary
        raise _wrong_record("Afspraak", "Read it with afspraak(), and change it with attrs.evolve(...).")
    single = afspraak_met(persoon, afspraak.id)
    yield from send_change(connection, Change("PUT", single.path, write_record(afspraak)))
    return (yield from read_single(connection, single))


def vink_af(connection: Connection, persoon: int, afspraak: Afspraak, *, afgerond: bool = True) -> Flow[Afspraak]:
    """Mark the homework of a lesson as done, or undo that (PUT of ``Afgerond``; several clients)."""
    if not isinstance(afspraak, Afspraak):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may pass a dictionary
        raise _wrong_record("Afspraak", "Read it with afspraken() or afspraak().")
    return (yield from wijzig_afspraak(connection, persoon, evolve(afspraak, afgerond=afgerond)))


def afspraakbijlagen(connection: Connection, persoon: int, afspraak: Afspraak) -> Flow[tuple[Bijlage, ...]]:
    """Return the files of an appointment. A request is sent only if the record lacks its files."""
    if afspraak.bijlagen or not afspraak.heeft_bijlagen:
        return afspraak.bijlagen
    return (yield from read_single(connection, afspraak_met(persoon, afspraak.id))).bijlagen


def _wrong_record(wanted: str, advice: str) -> UsageError:
    return UsageError(f"An {wanted} is expected", advice=advice)


def verwijder_afspraak(persoon: int, afspraak: int) -> Change:
    """Remove a personal appointment (DELETE; several clients)."""
    return Change("DELETE", f"personen/{path_part(persoon)}/afspraken/{path_part(afspraak)}")
