"""Absence and attendance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.core.flow import Flow
from magister_connect.core.json import (
    CamelRecord,
    JsonValue,
    LastDay,
    Link,
    NumberOrText,
    OpenInteger,
    PascalRecord,
    parse_json,
)
from magister_connect.errors import UsageError
from magister_connect.public_api.agenda import Afspraak
from magister_connect.public_api.exchange.connection import Connection, Service, path_part, show, write_query
from magister_connect.public_api.exchange.operations import Change, Listing, bare_uuid, between, day
from magister_connect.public_api.exchange.paging import read_list, read_page
from magister_connect.public_api.personeel import GevondenLeerling, zoek_leerlingen
from magister_connect.public_api.personen import Naam, Stamklas


class Verantwoordingtype(OpenInteger):
    """The kind of an absence (several clients). 5 has not been seen."""

    ONBEKEND = 0
    AFWEZIG = 1
    TE_LAAT = 2
    ZIEK = 3
    UITGESTUURD = 4
    VRIJSTELLING = 6
    BOEKEN = 7
    HUISWERK = 8


@frozen(kw_only=True, repr=False, slots=False)
class Absentie(PascalRecord):
    """An absence (several clients). Its end is called ``Eind`` here, and ``Einde`` in the agenda.

    At a school of 2026, ``start`` and ``eind`` are both the midnight of the day. The lesson is in ``lesuur`` and
    ``afspraak`` (recorded).
    """

    id: int
    start: dt.datetime
    eind: dt.datetime | None = None
    lesuur: int | None = None
    geoorloofd: bool
    afspraak_id: int | None = None
    omschrijving: str | None = None
    verantwoordingtype: Verantwoordingtype
    code: str | None = None
    afspraak: Afspraak | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @property
    def dag(self) -> dt.date:
        """The day of the absence."""
        return self.start.date()


@frozen(kw_only=True, repr=False, slots=False)
class Absentieperiode(PascalRecord):
    """A period of absence (shape: one client)."""

    id: int | None = None
    omschrijving: str | None = None
    naam: str | None = None
    start: dt.date | None = None
    eind: LastDay | None = None
    einde: LastDay | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Reden(CamelRecord):
    """The reason of an absence."""

    id: int | None = None
    code: str | None = None
    type: str | None = None
    is_geoorloofd: bool | None = None
    omschrijving: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Verantwoording(CamelRecord):
    """What staff recorded about an absence (one client)."""

    id: int | None = None
    reden: Reden | None = None
    opmerking: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class GemisteAfspraak(CamelRecord):
    """A missed appointment without an excuse (one client)."""

    id: int
    begin: dt.datetime | None = None
    einde: dt.datetime | None = None
    lesuur_begin: int | None = None
    lesuur_einde: int | None = None
    omschrijving: str | None = None
    organisator_persoon_ids: tuple[int, ...] = ()
    is_verantwoord: bool | None = None
    verantwoordingen: tuple[Verantwoording, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class OngeoorloofdeRegistratie(Naam):
    """A pupil with unexcused absence (one client). ``stamnummer`` is text here.

    ``afwezigheidsredenen`` was null in what that client saw. It is kept as received.
    """

    id: int
    naam: str | None = None
    stamklas: Stamklas | None = None
    stamnummer: str | None = None
    afwezigheidsredenen: JsonValue = None
    afspraken: tuple[GemisteAfspraak, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Terugkommaatregel(CamelRecord):
    """A pupil who must come back to school (one client). The fields are not documented."""

    id: int | None = None
    omschrijving: str | None = None
    terugkomen_op: dt.date | None = None
    begin_tijd: str | None = None
    eind_tijd: str | None = None
    aantal_dagen: int | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Absentiemelding(CamelRecord):
    """A notice of absence by a guardian or pupil (one client). Its fields are not documented."""

    id: NumberOrText | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Meldingssoort(CamelRecord):
    """A kind of notice (one client)."""

    code: str
    description: str | None = None
    comment_mandatory: bool | None = None
    attachment_allowed: bool | None = None


def absenties(persoon: int, van: dt.date, tot: dt.date) -> Listing[Absentie]:
    """The absences of a person from ``van`` to ``tot``, both included (several clients)."""
    return Listing(path=f"personen/{path_part(persoon)}/absenties", kind=Absentie, query=between(van=van, tot=tot))


@frozen(kw_only=True)
class Registration:
    """An absence and its pupil."""

    leerling: GevondenLeerling
    absentie: Absentie

    @property
    def dag(self) -> dt.date:
        """The day."""
        return self.absentie.dag

    @property
    def les(self) -> Afspraak | None:
        """The missed lesson, or ``None`` if there was none."""
        return self.absentie.afspraak


def absence_of_class(connection: Connection, klas: str, van: dt.date, tot: dt.date) -> Flow[tuple[Registration, ...]]:
    """Return the absences of all pupils of a class in a period, the oldest first. For staff.

    Searches the pupils who are in the class on the first day. Then sends one request per pupil, at the client's pace.
    """
    found = yield from read_list(connection, zoek_leerlingen(peildatum=van))
    pupils = [each for each in found if klas in each.klassen]
    if not pupils:
        raise UsageError(
            f"No pupil is in the class {klas!r}", advice="Pass a class from the klassen of zoek_leerlingen()."
        )
    query = write_query(between(van=van, tot=tot))
    addresses = [connection.address(f"personen/{path_part(each.id)}/absenties") for each in pupils]
    replies = yield from connection.ask_all(addresses, query)
    registrations = [
        Registration(leerling=pupil, absentie=each)
        for pupil, address, reply in zip(pupils, addresses, replies, strict=True)
        for each in read_page(parse_json(reply.body, f"GET {show(address)}"), Absentie, f"GET {show(address)}").items
    ]
    return tuple(sorted(registrations, key=lambda each: (each.dag, each.absentie.lesuur or 0)))


def registreer_absentie(afspraak: int, persoon: int, reden: int, *, opmerking: str | None = None) -> Change:
    """Record why a pupil missed a lesson, for staff (POST; one client). ``reden`` is the id of a ``Reden``.

    A later registration of the same lesson replaces it (inferred). ``verwijder_verantwoording`` undoes it.
    """
    body = {"persoonId": persoon, "redenId": reden, "opmerking": opmerking}
    return Change("POST", f"medewerkers/afspraken/{path_part(afspraak)}/verantwoordingen", body)


def verwijder_verantwoording(verantwoording: Verantwoording) -> Change:
    """Undo a registration of absence, for staff: send DELETE to its own link.

    The link is known (one client); that it accepts DELETE is inferred. If the school returns 405, register the lesson
    again with the right reason. Raises :class:`UsageError` for a record without its link.
    """
    link = verantwoording.links.get("self")
    if link is None or link.href is None:
        raise UsageError(
            "This registration has no link to itself",
            advice="Use one from verantwoordingen() or ongeoorloofde_registraties().",
        )
    return Change("DELETE", link.href)


def absentieperioden(persoon: int) -> Listing[Absentieperiode]:
    """Periods of absence (shape: one client)."""
    return Listing(path=f"personen/{path_part(persoon)}/absentieperioden", kind=Absentieperiode)


def verantwoordingen(leerling: int, begin: dt.date, einde: dt.date) -> Listing[Verantwoording]:
    """What staff recorded about a pupil's absence (one client)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/verantwoordingen",
        kind=Verantwoording,
        query=between(begin=begin, einde=einde),
    )


def verantwoordingen_per_maand(leerling: int, begin: dt.date, einde: dt.date) -> Listing[Verantwoording]:
    """The same by month (one client)."""
    return Listing(
        path=f"m6/leerlingen/{path_part(leerling)}/verantwoordingen/maanden",
        kind=Verantwoording,
        query=between(begin=begin, einde=einde),
    )


def ongeoorloofde_registraties(datum: dt.date) -> Listing[OngeoorloofdeRegistratie]:
    """Pupils with unexcused absence (one client)."""
    return Listing(
        path="m6/verantwoordingen/ongeoorloofderegistraties",
        kind=OngeoorloofdeRegistratie,
        query={"datum": day(datum)},
        paged=True,
    )


def terugkommaatregelen(
    leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
) -> Listing[Terugkommaatregel]:
    """When a pupil must come back to school (one client)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/verantwoordingen/terugkommaatregelen",
        kind=Terugkommaatregel,
        query=between(begin=begin, einde=einde),
    )


def terugkomers() -> Listing[Terugkommaatregel]:
    """Pupils who must come back to school (one client)."""
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
    """Notices of absence of today, page by page (one client; ``top`` and ``skip`` are inferred)."""
    return Listing(path="absence-notices/today", kind=Absentiemelding, service=Service.ATTENDANCE, paged=True)


def meldingssoorten() -> Listing[Meldingssoort]:
    """Kinds of notices (one client)."""
    return Listing(path="attendance-types", kind=Meldingssoort, query={"active": True}, service=Service.ATTENDANCE)
