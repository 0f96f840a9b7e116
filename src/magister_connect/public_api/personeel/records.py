"""What staff see: searching people, log books, lockers: what the interface answers."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.json_records import CamelRecord, DateOrMoment, Link
from magister_connect.public_api.personen.records import Naam

__all__ = [
    "Cluster",
    "GevondenLeerling",
    "GevondenMedewerker",
    "GevondenPersoon",
    "Huurder",
    "Huurperiode",
    "Kluisje",
    "Logboekformulier",
]


@frozen(kw_only=True, repr=False, slots=False)
class GevondenPersoon(Naam):
    """What a search tells of anybody (one client)."""

    id: int
    code: str | None = None
    emailadres: str | None = None
    telefoonnummer: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class GevondenMedewerker(GevondenPersoon):
    """A member of staff that was found (one client)."""


@frozen(kw_only=True, repr=False, slots=False)
class GevondenLeerling(GevondenPersoon):
    """A pupil that was found (one client). ``code`` is the stamnummer, as text."""

    lesgroepen: tuple[str, ...] = ()
    klassen: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    externe_id: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Logboekformulier(CamelRecord):
    """A form of the log book; what it holds is not documented (one client)."""

    id: object | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Cluster(CamelRecord):
    """A group of lockers."""

    id: str | None = None
    title: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Huurder(CamelRecord):
    """The pupil who rents a locker: ``id`` is the pupil's ``externe_id``."""

    id: str | None = None
    student_number: object | None = None
    person_id: int | None = None
    group: str | None = None
    study: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Huurperiode(CamelRecord):
    """For how long a locker is rented."""

    id: object | None = None
    start_date: DateOrMoment | None = None
    end_date: DateOrMoment | None = None
    rent: object | None = None
    deposit: object | None = None
    key_state: object | None = None
    student: Huurder | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Kluisje(CamelRecord):
    """A locker (one client)."""

    id: str | None = None
    locker_id: object | None = None
    unit_id: object | None = None
    locker_type_title: str | None = None
    cluster: Cluster | None = None
    cluster_title: str | None = None
    locker_code: str | None = None
    key_code: str | None = None
    lock_code: str | None = None
    rental_period: Huurperiode | None = None
