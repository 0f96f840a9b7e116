"""Pupils, parents and children, personalia, addresses, contacts: what can be asked."""

from __future__ import annotations

from magister_connect.errors import UsageError
from magister_connect.public_api.asking import Change, Listing, Photo, Single, path_part
from magister_connect.public_api.personen.records import (
    Adres,
    Autorisatie,
    Contact,
    Contactgegeven,
    Kind,
    KindVanOuder,
    Leerling,
    Opleidinggegevens,
    Ouder,
    Personalia,
    Profiel,
    Toestemming,
)

__all__ = [
    "adresgegevens",
    "adresgegevens_van_ouder",
    "adressen",
    "autorisatie",
    "contacten",
    "contactgegevens",
    "foto",
    "foto_van_persoon",
    "kinderen",
    "kinderen_van_ouder",
    "leerling",
    "opleidinggegevens",
    "ouders",
    "personalia",
    "profiel",
    "toestemmingen",
    "wijzig_profiel",
]


def kinderen(persoon: int) -> Listing[Kind]:
    """The children of a parent (several clients)."""
    return Listing(path=f"personen/{path_part(persoon)}/kinderen", kind=Kind, query={"openData": ""})


def kinderen_van_ouder(ouder: int) -> Listing[KindVanOuder]:
    """The children of a parent, in the newer generation (one client)."""
    return Listing(path=f"ouders/{path_part(ouder)}/kinderen", kind=KindVanOuder)


def leerling(leerling: int) -> Single[Leerling]:
    """A pupil (one client)."""
    return Single(path=f"leerlingen/{path_part(leerling)}", kind=Leerling)


def personalia(leerling: int) -> Single[Personalia]:
    """Personalia of a pupil (shape: one client)."""
    return Single(path=f"leerlingen/{path_part(leerling)}/personalia", kind=Personalia)


def adresgegevens(leerling: int) -> Listing[Adres]:
    """Addresses of a pupil (one client)."""
    return Listing(path=f"leerlingen/{path_part(leerling)}/adresgegevens", kind=Adres)


def adresgegevens_van_ouder(ouder: int) -> Listing[Adres]:
    """Addresses of a parent (one client)."""
    return Listing(path=f"ouders/{path_part(ouder)}/adresgegevens", kind=Adres)


def adressen(persoon: int) -> Listing[Adres]:
    """Addresses of a person (shape: one client)."""
    return Listing(path=f"personen/{path_part(persoon)}/adressen", kind=Adres)


def ouders(leerling: int) -> Listing[Ouder]:
    """Parents and carers of a pupil (one client)."""
    return Listing(path=f"leerlingen/{path_part(leerling)}/ouders", kind=Ouder)


def contactgegevens(ouder: int) -> Listing[Contactgegeven]:
    """How a parent can be reached (one client)."""
    return Listing(path=f"ouders/{path_part(ouder)}/contactgegevens", kind=Contactgegeven)


def profiel(persoon: int) -> Single[Profiel]:
    """What a person set for messages (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/profiel", kind=Profiel)


def opleidinggegevens(persoon: int) -> Single[Opleidinggegevens]:
    """What a person follows (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/opleidinggegevensprofiel", kind=Opleidinggegevens)


def autorisatie(leerling: int) -> Single[Autorisatie]:
    """Whether parents may see a pupil's data (one client)."""
    return Single(path=f"leerlingen/{path_part(leerling)}/autorisatie", kind=Autorisatie)


def toestemmingen(persoon: int) -> Listing[Toestemming]:
    """Answers to the school's questions of consent (one client)."""
    return Listing(path=f"toestemmingen/personen/{path_part(persoon)}/antwoorden", kind=Toestemming)


def foto(leerling: int) -> Photo:
    """The photo of a pupil, or nothing where there is none (several clients)."""
    return Photo(path=f"leerlingen/{path_part(leerling)}/foto")


def foto_van_persoon(
    persoon: int, *, breedte: int | None = None, hoogte: int | None = None, uitsnede: bool | None = None
) -> Photo:
    """The photo of a person, or nothing where there is none (several clients)."""
    return Photo(
        path=f"personen/{path_part(persoon)}/foto", query={"width": breedte, "height": hoogte, "crop": uitsnede}
    )


def contacten(zoekterm: str, *, soort: str = "alle") -> Listing[Contact]:
    """People who can be written to; at least two characters, ``**`` stands for all (several clients)."""
    if len(zoekterm) < 2:
        raise UsageError("A search for contacts needs at least two characters", advice="'**' stands for everybody.")
    return Listing(path="contacten/personen", kind=Contact, query={"q": zoekterm, "top": 250, "type": soort})


def wijzig_profiel(persoon: int, profiel: Profiel) -> Change:
    """Write what a person set for messages, whole (PUT; several clients)."""
    body = {
        "EloBerichtenDoorsturen": profiel.elo_berichten_doorsturen,
        "EmailAdres": profiel.email_adres,
        "EmailAdresPrive": profiel.email_adres_prive,
        "Mobiel": profiel.mobiel,
    }
    return Change("PUT", f"personen/{path_part(persoon)}/profiel", {**profiel.extra, **body})
