"""Messages: what can be asked."""

from __future__ import annotations

from collections.abc import Sequence

from magister_connect.errors import UsageError
from magister_connect.json_records import JsonObject
from magister_connect.public_api.asking import Change, Listing, Single, path_part
from magister_connect.public_api.berichten.records import Bericht, Berichtbijlage, Map, VolledigBericht

__all__ = [
    "bericht",
    "berichtbijlagen",
    "berichten",
    "folder_path",
    "mappen",
    "markeer_gelezen",
    "verplaats",
    "verstuur",
    "verwijder",
]


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
    """Send a message (POST; several clients)."""
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
