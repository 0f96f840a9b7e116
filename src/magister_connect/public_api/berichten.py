"""Messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from magister_connect.core.flow import Flow
from magister_connect.core.json import CamelRecord, JsonValue, Link, NumberOrText, OpenText
from magister_connect.errors import UsageError
from magister_connect.public_api.exchange.connection import Connection, path_part
from magister_connect.public_api.exchange.operations import (
    Change,
    Listing,
    Single,
    created_number,
    send_change,
    write_record,
)


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
    """Who wrote a message, or to whom. No client has typed ``mail_groep``: it is kept as it came."""

    id: int | None = None
    naam: str | None = None
    type: str | None = None
    weergavenaam: str | None = None
    mail_groep: JsonValue = None
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
    status: NumberOrText | None = None
    aangemaakt_op: dt.datetime | None = None
    gewijzigd_op: dt.datetime | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


class VerzendOptie(OpenText):
    """How a message came about (several clients)."""

    STANDAARD = "standaard"
    BEANTWOORD = "beantwoord"
    DOORGESTUURD = "doorgestuurd"


@frozen(kw_only=True, repr=False, slots=False)
class Ontvanger(CamelRecord):
    """Who a new message goes to."""

    id: int
    type: str = "persoon"


@frozen(kw_only=True, repr=False, slots=False)
class MeeTeSturen(CamelRecord):
    """A file that goes along: an ``upload``, or the ``bijlage`` of a message that is forwarded."""

    id: int
    type: str = "upload"


@frozen(kw_only=True, repr=False, slots=False)
class NieuwBericht(CamelRecord):
    """A message to send or to save as a draft; ``inhoud`` is HTML (several clients)."""

    ontvangers: tuple[Ontvanger, ...] = ()
    kopie_ontvangers: tuple[Ontvanger, ...] = ()
    blinde_kopie_ontvangers: tuple[Ontvanger, ...] = ()
    onderwerp: str = ""
    inhoud: str = ""
    heeft_prioriteit: bool = False
    verzend_optie: VerzendOptie = VerzendOptie.STANDAARD
    gerelateerd_bericht_id: int | None = None
    bijlagen: tuple[MeeTeSturen, ...] = ()


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


def concepten(*, in_map: bool = False) -> Listing[Bericht]:
    """Your drafts, the newest first (inferred: read where one client saves them, ``berichten/concepten``).

    Pass ``in_map=True`` where your school has them as the messages of a folder, ``berichten/concepten/berichten``.
    """
    return Listing(path="berichten/concepten/berichten" if in_map else "berichten/concepten", kind=Bericht, paged=True)


def concept(concept: int) -> Single[VolledigBericht]:
    """A draft with its text and recipients (inferred: read where one client writes it)."""
    return Single(path=f"berichten/concepten/{path_part(concept)}", kind=VolledigBericht)


def folder_path(folder: int | str) -> str:
    """The path of a folder: named ones stand beside the numbered ones."""
    if isinstance(folder, int):
        return f"berichten/mappen/{folder}"
    if folder not in {"postvakin", "verzondenitems", "verwijderdeitems"}:
        raise UsageError(
            "The folder is not a number, postvakin, verzondenitems or verwijderdeitems",
            advice="Pass one of these; mappen() lists the numbers of the other folders.",
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


def verstuur(connection: Connection, bericht: NieuwBericht) -> Flow[int | None]:
    """Send a message (POST; several clients) and return its number, where the school answers one. It is sent once."""
    if not isinstance(bericht, NieuwBericht):  # pyright: ignore[reportUnnecessaryIsInstance] - as in agenda
        raise UsageError(
            "A NieuwBericht is expected", advice="Create berichten.NieuwBericht(...), or use reply_to() or forward()."
        )
    if not bericht.ontvangers:
        raise UsageError(
            "The message has no ontvangers", advice="Pass a tuple of Ontvanger(id=...); contacten() finds the ids."
        )
    reply = yield from send_change(connection, Change("POST", "berichten/berichten", write_record(bericht)))
    return created_number(reply)


def bewaar_concept(connection: Connection, bericht: NieuwBericht, concept: int | None = None) -> Flow[int | None]:
    """Save a draft, or write the draft with this number again (POST, PUT; one client); return its number."""
    path = "berichten/concepten"
    change = (
        Change("POST", path, write_record(bericht))
        if concept is None
        else Change("PUT", f"{path}/{path_part(concept)}", write_record(bericht))
    )
    reply = yield from send_change(connection, change)
    return created_number(reply) or concept


def verwijder_concepten(concepten: Sequence[int]) -> Change:
    """Remove drafts (DELETE with a body; one client)."""
    return Change("DELETE", "berichten/concepten", [{"conceptId": each} for each in concepten])


def edit_draft(concept: VolledigBericht, *, bijlagen: Sequence[Berichtbijlage] = ()) -> NieuwBericht:
    """A draft as a message to change and save again or send, with the files you pass. Sends nothing.

    Pass it through ``attrs.evolve``, then to ``bewaar_concept(..., concept.id)`` or to ``verstuur``.
    """
    return NieuwBericht(
        ontvangers=_recipients(concept.ontvangers),
        kopie_ontvangers=_recipients(concept.kopie_ontvangers),
        blinde_kopie_ontvangers=_recipients(concept.blinde_kopie_ontvangers),
        onderwerp=concept.onderwerp or "",
        inhoud=concept.inhoud or "",
        heeft_prioriteit=bool(concept.heeft_prioriteit),
        bijlagen=tuple(MeeTeSturen(id=each.id, type="bijlage") for each in bijlagen),
    )


def _recipients(people: Sequence[Correspondent]) -> tuple[Ontvanger, ...]:
    return tuple(Ontvanger(id=each.id, type=each.type or "persoon") for each in people if each.id is not None)


def reply_to(bericht: VolledigBericht, inhoud: str, *, to_all: bool = False) -> NieuwBericht:
    """An answer to a message, to its sender or ``to_all`` who got it; ``inhoud`` is HTML. Sends nothing."""
    others = (*bericht.ontvangers, *bericht.kopie_ontvangers) if to_all else ()
    people = [each.id for each in (bericht.afzender, *others) if each is not None and each.id is not None]
    return NieuwBericht(
        ontvangers=tuple(Ontvanger(id=each) for each in dict.fromkeys(people)),
        onderwerp=_with_prefix("RE", bericht.onderwerp),
        inhoud=inhoud,
        verzend_optie=VerzendOptie.BEANTWOORD,
        gerelateerd_bericht_id=bericht.id,
    )


def forward(
    bericht: VolledigBericht, ontvangers: Sequence[int], inhoud: str = "", *, bijlagen: Sequence[Berichtbijlage] = ()
) -> NieuwBericht:
    """A message for others, by their ids: its text below ``inhoud`` (HTML), and the files you pass. Sends nothing."""
    return NieuwBericht(
        ontvangers=tuple(Ontvanger(id=each) for each in ontvangers),
        onderwerp=_with_prefix("FW", bericht.onderwerp),
        inhoud=f"{inhoud}{bericht.inhoud or ''}",
        verzend_optie=VerzendOptie.DOORGESTUURD,
        gerelateerd_bericht_id=bericht.id,
        bijlagen=tuple(MeeTeSturen(id=each.id, type="bijlage") for each in bijlagen),
    )


def _with_prefix(prefix: str, subject: str | None) -> str:
    words = subject or ""
    return words if words.upper().startswith(f"{prefix}:") else f"{prefix}: {words}".strip()


def _patch(berichten: Sequence[int], path: str, value: int) -> Change:
    operations = [{"op": "replace", "path": path, "value": value}]
    body = {"berichten": [{"berichtId": each, "operations": operations} for each in berichten]}
    return Change("PATCH", "berichten/berichten", body)
