"""Messages: what the interface answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.json_records import CamelRecord, Link

__all__ = ["Bericht", "Berichtbijlage", "Correspondent", "Map", "VolledigBericht"]


@frozen(kw_only=True, repr=False, slots=False)
class Map(CamelRecord):
    """A folder of messages (several clients)."""

    id: int
    naam: str
    aantal_ongelezen: int | None = None
    bovenliggende_id: int | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Correspondent(CamelRecord):
    """Who wrote a message, or to whom."""

    id: int | None = None
    naam: str | None = None
    type: str | None = None
    weergavenaam: str | None = None
    mail_groep: object | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Bericht(CamelRecord):
    """A message as a folder shows it (several clients); drafts lack folder and reading mark (one client)."""

    id: int
    onderwerp: str | None = None
    map_id: int | None = None
    afzender: Correspondent | None = None
    ontvangers: tuple[Correspondent, ...] | None = None
    heeft_prioriteit: bool | None = None
    heeft_bijlagen: bool | None = None
    is_gelezen: bool | None = None
    verzonden_op: dt.datetime | None = None
    doorgestuurd_op: dt.datetime | None = None
    beantwoord_op: dt.datetime | None = None
    laatste_wijziging_datum_tijd: dt.datetime | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class VolledigBericht(Bericht):
    """A message with its text in HTML (several clients)."""

    kopie_ontvangers: tuple[Correspondent, ...] | None = None
    blinde_kopie_ontvangers: tuple[Correspondent, ...] | None = None
    inhoud: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Berichtbijlage(CamelRecord):
    """A file of a message (several clients)."""

    id: int
    naam: str | None = None
    content_type: str | None = None
    grootte: int | None = None
    status: object | None = None
    aangemaakt_op: dt.datetime | None = None
    gewijzigd_op: dt.datetime | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)
