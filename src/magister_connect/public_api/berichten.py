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
    """A sender or recipient of a message. No client shows the type of ``mail_groep``; it is kept as received."""

    id: int | None = None
    naam: str | None = None
    type: str | None = None
    weergavenaam: str | None = None
    mail_groep: JsonValue = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Bericht(CamelRecord):
    """A message in a folder (several clients). Drafts have no folder and no read mark (one client)."""

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
    """A message with its text as HTML (several clients)."""

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
    """How a message was made (several clients)."""

    STANDAARD = "standaard"
    BEANTWOORD = "beantwoord"
    DOORGESTUURD = "doorgestuurd"


@frozen(kw_only=True, repr=False, slots=False)
class Ontvanger(CamelRecord):
    """A recipient of a new message."""

    id: int
    type: str = "persoon"


@frozen(kw_only=True, repr=False, slots=False)
class MeeTeSturen(CamelRecord):
    """A file for a new message: an ``upload``, or the ``bijlage`` of a forwarded message."""

    id: int
    type: str = "upload"


@frozen(kw_only=True, repr=False, slots=False)
class NieuwBericht(CamelRecord):
    """A message to send or to save as a draft. ``inhoud`` is HTML (several clients)."""

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

    ``folder`` is a number, or ``postvakin``, ``verzondenitems`` or ``verwijderdeitems``.
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
    """Your drafts, the newest first (inferred: read from ``berichten/concepten``, where one client saves them).

    Pass ``in_map=True`` if your school has them in a folder, ``berichten/concepten/berichten``.
    """
    return Listing(path="berichten/concepten/berichten" if in_map else "berichten/concepten", kind=Bericht, paged=True)


def concept(concept: int) -> Single[VolledigBericht]:
    """A draft with its text and recipients (inferred: read from the address where one client writes it)."""
    return Single(path=f"berichten/concepten/{path_part(concept)}", kind=VolledigBericht)


def folder_path(folder: int | str) -> str:
    """Return the path of a folder. Named folders are beside the numbered ones."""
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
    """Move messages to a folder (PATCH; several clients). Folder 3 is the bin."""
    return _patch(berichten, "/MapId", folder)


def verwijder(berichten: Sequence[int]) -> Change:
    """Remove messages (DELETE with a body; several clients)."""
    return Change("DELETE", "berichten/berichten", [{"berichtId": each} for each in berichten])


def verstuur(connection: Connection, bericht: NieuwBericht) -> Flow[int | None]:
    """Send a message once (POST; several clients). Return its number if the school returns one."""
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
    """Save a new draft (POST), or overwrite the draft with this number (PUT; one client). Return its number."""
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
    """Return a draft as a message that you can change, save again or send, with the files you pass. Sends nothing.

    Change it with ``attrs.evolve``. Then pass it to ``bewaar_concept(..., concept.id)`` or to ``verstuur``.
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
    """Return an answer to the sender of a message, or to all recipients. ``inhoud`` is HTML. Sends nothing."""
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
    """Return a message for other recipients, with the original text below ``inhoud`` (HTML). Sends nothing.

    ``ontvangers`` are ids of people. ``bijlagen`` are the files to send along.
    """
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
