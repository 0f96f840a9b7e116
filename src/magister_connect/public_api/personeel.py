"""For staff: searching people, log books, lockers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from magister_connect.core.json import CamelRecord, LastDay, Link, NumberOrText
from magister_connect.public_api.exchange.connection import Service, path_part
from magister_connect.public_api.exchange.operations import Listing, between, day
from magister_connect.public_api.personen import Naam


@frozen(kw_only=True, repr=False, slots=False)
class GevondenPersoon(Naam):
    """A person in search results (one client)."""

    id: int
    code: str | None = None
    emailadres: str | None = None
    telefoonnummer: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class GevondenMedewerker(GevondenPersoon):
    """An employee in search results (one client)."""


@frozen(kw_only=True, repr=False, slots=False)
class GevondenLeerling(GevondenPersoon):
    """A pupil in search results (one client). ``code`` is the stamnummer, as text."""

    lesgroepen: tuple[str, ...] = ()
    klassen: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    externe_id: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Logboekformulier(CamelRecord):
    """A form of the log book (one client). Its fields are not documented."""

    id: NumberOrText | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Cluster(CamelRecord):
    """A group of lockers."""

    id: str | None = None
    title: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Huurder(CamelRecord):
    """The pupil who rents a locker. ``id`` is the pupil's ``externe_id``."""

    id: str | None = None
    student_number: NumberOrText | None = None
    person_id: int | None = None
    group: str | None = None
    study: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Huurperiode(CamelRecord):
    """The period in which a locker is rented."""

    id: NumberOrText | None = None
    start_date: dt.date | None = None
    end_date: LastDay | None = None
    rent: NumberOrText | None = None
    deposit: NumberOrText | None = None
    key_state: NumberOrText | None = None
    student: Huurder | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Kluisje(CamelRecord):
    """A locker (one client)."""

    id: str | None = None
    locker_id: NumberOrText | None = None
    unit_id: NumberOrText | None = None
    locker_type_title: str | None = None
    cluster: Cluster | None = None
    cluster_title: str | None = None
    locker_code: str | None = None
    key_code: str | None = None
    lock_code: str | None = None
    rental_period: Huurperiode | None = None


def zoek_leerlingen(
    zoekterm: str = "**",
    *,
    peildatum: dt.date | None = None,
    velden: Sequence[str] = (),
    rol: str | None = None,
    volgorde: str = "achternaam asc",
) -> Listing[GevondenLeerling]:
    """Search pupils by a part of their name, as staff do (one client)."""
    return Listing(
        path="leerlingen/zoeken",
        kind=GevondenLeerling,
        query={"q": zoekterm, "orderby": volgorde, "peildatum": day(peildatum), "velden": velden, "rol": rol},
        paged=True,
    )


def zoek_medewerkers(zoekterm: str = "**", *, status: str = "actief") -> Listing[GevondenMedewerker]:
    """Search employees by a part of their name (one client)."""
    return Listing(
        path="medewerkers/zoeken", kind=GevondenMedewerker, query={"q": zoekterm, "status": status}, paged=True
    )


def ongelezen_logboekformulieren() -> Listing[Logboekformulier]:
    """Unread forms of the log book (one client)."""
    return Listing(path="lvs/logboekformulieren/ongelezen", kind=Logboekformulier, paged=True)


def logboekformulieren(leerling: int, begin: dt.date, einde: dt.date) -> Listing[Logboekformulier]:
    """Forms of the log book about a pupil (one client)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/lvs/logboekformulieren",
        kind=Logboekformulier,
        query=between(begin=begin, einde=einde),
    )


def kluisjes() -> Listing[Kluisje]:
    """Lockers and the pupils who rent them (one client)."""
    return Listing(path="lockers/details", kind=Kluisje, service=Service.LOCKERS)
