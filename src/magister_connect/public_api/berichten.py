"""Messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from magister_connect.core.json import CamelRecord, JsonObject, Link
from magister_connect.errors import UsageError
from magister_connect.public_api.asking import Change, Listing, Single
from magister_connect.public_api.connection import path_part


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
    ontvangers: tuple[Correspondent, ...] = ()
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

    kopie_ontvangers: tuple[Correspondent, ...] = ()
    blinde_kopie_ontvangers: tuple[Correspondent, ...] = ()
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


def mappen() -> Listing[Map]:
    """All folders of messages (several clients)."""
    return Listing(path="berichten/mappen/alle", kind=Map)


def berichten(folder: int | str = "postvakin", *, trefwoorden: str | None = None) -> Listing[Bericht]:
    """Messages of a folder (several clients).

    Folders go by number, or ``postvakin``, ``verzondenitems``, ``verwijderdeitems``.
    """
    return Listing(
        path=f"{folder_path(folder)}/berichten", kind=Bericht, query={"trefwoorden": trefwoorden}, paged=True
    )


def bericht(bericht: int) -> Single[VolledigBericht]:
    """A message with its text (several clients)."""
    return Single(path=f"berichten/berichten/{path_part(bericht)}", kind=VolledigBericht)


def berichtbijlagen(bericht: int) -> Listing[Berichtbijlage]:
    """Files of a message (several clients)."""
    return Listing(path=f"berichten/berichten/{path_part(bericht)}/bijlagen", kind=Berichtbijlage)


def folder_path(folder: int | str) -> str:
    """The path of a folder: named ones stand beside the numbered ones."""
    if isinstance(folder, int):
        return f"berichten/mappen/{folder}"
    if folder not in {"postvakin", "verzondenitems", "verwijderdeitems"}:
        raise UsageError(
            "A folder is a number, or postvakin, verzondenitems or verwijderdeitems",
            advice="mappen() lists the numbers of the others.",
        )
    return f"berichten/{folder}"


def markeer_gelezen(berichten: Sequence[int], *, gelezen: bool = True) -> Change:
    """Mark messages as read or unread (PATCH; several clients)."""
    return _patch(berichten, "/IsGelezen", gelezen)


def verplaats(berichten: Sequence[int], folder: int) -> Change:
    """Move messages to a folder; folder 3 is the bin (PATCH; several clients)."""
    return _patch(berichten, "/MapId", folder)


def verwijder(berichten: Sequence[int]) -> Change:
    """Remove messages (DELETE with a body; several clients)."""
    return Change("DELETE", "berichten/berichten", [{"berichtId": each} for each in berichten])


def verstuur(bericht: JsonObject) -> Change:
    """Send a message, as the interface spells it (POST; several clients). It is sent once and never repeated."""
    if not bericht.get("ontvangers"):
        raise UsageError(
            "A message needs ontvangers",
            advice="Give a list of {'id': ..., 'type': 'persoon'}; contacten() finds the ids.",
        )
    return Change("POST", "berichten/berichten", bericht)


def _patch(berichten: Sequence[int], path: str, value: int) -> Change:
    operations = [{"op": "replace", "path": path, "value": value}]
    body = {"berichten": [{"berichtId": each, "operations": operations} for each in berichten]}
    return Change("PATCH", "berichten/berichten", body)
