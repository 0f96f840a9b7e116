"""Absence and attendance: what the interface answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.json_records import CamelRecord, DateOrMoment, Link, OpenInteger, PascalRecord
from magister_connect.public_api.personen.records import Naam, Stamklas

__all__ = [
    "Absentie",
    "Absentiemelding",
    "Absentieperiode",
    "AfwezigeAfspraak",
    "GemisteAfspraak",
    "Meldingssoort",
    "OngeoorloofdeRegistratie",
    "Reden",
    "Terugkommaatregel",
    "Verantwoording",
    "Verantwoordingtype",
]


class Verantwoordingtype(OpenInteger):
    """Kind of an absence (several clients); 5 has not been seen."""

    ONBEKEND = 0
    AFWEZIG = 1
    TE_LAAT = 2
    ZIEK = 3
    UITGESTUURD = 4
    VRIJSTELLING = 6
    BOEKEN = 7
    HUISWERK = 8


@frozen(kw_only=True, repr=False, slots=False)
class AfwezigeAfspraak(PascalRecord):
    """The appointment that was missed."""

    id: int | None = None
    start: dt.datetime | None = None
    einde: dt.datetime | None = None
    omschrijving: str | None = None
    lokatie: str | None = None
    vakken: object | None = None
    docenten: object | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Absentie(PascalRecord):
    """An absence (several clients); its end is called ``Eind`` here and ``Einde`` in the agenda."""

    id: int
    start: dt.datetime
    eind: dt.datetime | None = None
    lesuur: int | None = None
    geoorloofd: bool
    afspraak_id: int | None = None
    omschrijving: str | None = None
    verantwoordingtype: Verantwoordingtype
    code: str | None = None
    afspraak: AfwezigeAfspraak | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Absentieperiode(PascalRecord):
    """A period of absence (shape: one client)."""

    id: int | None = None
    omschrijving: str | None = None
    naam: str | None = None
    start: DateOrMoment | None = None
    eind: DateOrMoment | None = None
    einde: DateOrMoment | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Reden(CamelRecord):
    """Why somebody was absent."""

    id: int | None = None
    code: str | None = None
    type: str | None = None
    is_geoorloofd: bool | None = None
    omschrijving: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Verantwoording(CamelRecord):
    """What was recorded about an absence (one client)."""

    id: int | None = None
    reden: Reden | None = None
    opmerking: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class GemisteAfspraak(CamelRecord):
    """An appointment without an excuse (one client)."""

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
    """A pupil with absence that nobody has excused (one client). ``stamnummer`` is text here."""

    id: int
    naam: str | None = None
    stamklas: Stamklas | None = None
    stamnummer: str | None = None
    afwezigheidsredenen: object | None = None
    afspraken: tuple[GemisteAfspraak, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Terugkommaatregel(CamelRecord):
    """A pupil who has to come back (one client); what a read holds is not documented."""

    id: int | None = None
    omschrijving: str | None = None
    terugkomen_op: DateOrMoment | None = None
    begin_tijd: str | None = None
    eind_tijd: str | None = None
    aantal_dagen: int | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Absentiemelding(CamelRecord):
    """A notice of absence by a guardian or pupil; what it holds is not documented (one client)."""

    id: object | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Meldingssoort(CamelRecord):
    """A kind of notice (one client)."""

    code: str
    description: str | None = None
    comment_mandatory: bool | None = None
    attachment_allowed: bool | None = None
