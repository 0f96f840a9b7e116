"""Pupils, parents and children, personalia, addresses, contacts: the two clients."""

from __future__ import annotations

from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls, AsyncListed, Listed
from magister_connect.public_api.personen import operations
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

__all__ = ["AsyncPersonenClient", "PersonenClient"]


class PersonenClient(ApiCalls):
    """Pupils, parents and children, personalia, addresses, contacts."""

    def kinderen(self, persoon: int) -> Listed[Kind]:
        """The children of a parent (several clients)."""
        return self._list(operations.kinderen(persoon))

    def kinderen_van_ouder(self, ouder: int) -> Listed[KindVanOuder]:
        """The children of a parent, in the newer generation (one client)."""
        return self._list(operations.kinderen_van_ouder(ouder))

    def leerling(self, leerling: int) -> Leerling:
        """A pupil (one client)."""
        return self._one(operations.leerling(leerling))

    def personalia(self, leerling: int) -> Personalia:
        """Personalia of a pupil (shape: one client)."""
        return self._one(operations.personalia(leerling))

    def adresgegevens(self, leerling: int) -> Listed[Adres]:
        """Addresses of a pupil (one client)."""
        return self._list(operations.adresgegevens(leerling))

    def adresgegevens_van_ouder(self, ouder: int) -> Listed[Adres]:
        """Addresses of a parent (one client)."""
        return self._list(operations.adresgegevens_van_ouder(ouder))

    def adressen(self, persoon: int) -> Listed[Adres]:
        """Addresses of a person (shape: one client)."""
        return self._list(operations.adressen(persoon))

    def ouders(self, leerling: int) -> Listed[Ouder]:
        """Parents and carers of a pupil (one client)."""
        return self._list(operations.ouders(leerling))

    def contactgegevens(self, ouder: int) -> Listed[Contactgegeven]:
        """How a parent can be reached (one client)."""
        return self._list(operations.contactgegevens(ouder))

    def profiel(self, persoon: int) -> Profiel:
        """What a person set for messages (several clients)."""
        return self._one(operations.profiel(persoon))

    def opleidinggegevens(self, persoon: int) -> Opleidinggegevens:
        """What a person follows (several clients)."""
        return self._one(operations.opleidinggegevens(persoon))

    def autorisatie(self, leerling: int) -> Autorisatie:
        """Whether parents may see a pupil's data (one client)."""
        return self._one(operations.autorisatie(leerling))

    def toestemmingen(self, persoon: int) -> Listed[Toestemming]:
        """Answers to the school's questions of consent (one client)."""
        return self._list(operations.toestemmingen(persoon))

    def foto(self, leerling: int) -> bytes | None:
        """The photo of a pupil, or nothing where there is none (several clients)."""
        return self._photo(operations.foto(leerling))

    def foto_van_persoon(
        self, persoon: int, *, breedte: int | None = None, hoogte: int | None = None, uitsnede: bool | None = None
    ) -> bytes | None:
        """The photo of a person, or nothing where there is none (several clients)."""
        return self._photo(operations.foto_van_persoon(persoon, breedte=breedte, hoogte=hoogte, uitsnede=uitsnede))

    def contacten(self, zoekterm: str, *, soort: str = "alle") -> Listed[Contact]:
        """People who can be written to; at least two characters, ``**`` stands for all (several clients)."""
        return self._list(operations.contacten(zoekterm, soort=soort))

    def wijzig_profiel(self, persoon: int, profiel: Profiel) -> None:
        """Write what a person set for messages, whole (PUT; several clients)."""
        self._change(operations.wijzig_profiel(persoon, profiel))


class AsyncPersonenClient(AsyncApiCalls):
    """Pupils, parents and children, personalia, addresses, contacts, awaiting."""

    def kinderen(self, persoon: int) -> AsyncListed[Kind]:
        """The children of a parent (several clients)."""
        return self._list(operations.kinderen(persoon))

    def kinderen_van_ouder(self, ouder: int) -> AsyncListed[KindVanOuder]:
        """The children of a parent, in the newer generation (one client)."""
        return self._list(operations.kinderen_van_ouder(ouder))

    async def leerling(self, leerling: int) -> Leerling:
        """A pupil (one client)."""
        return await self._one(operations.leerling(leerling))

    async def personalia(self, leerling: int) -> Personalia:
        """Personalia of a pupil (shape: one client)."""
        return await self._one(operations.personalia(leerling))

    def adresgegevens(self, leerling: int) -> AsyncListed[Adres]:
        """Addresses of a pupil (one client)."""
        return self._list(operations.adresgegevens(leerling))

    def adresgegevens_van_ouder(self, ouder: int) -> AsyncListed[Adres]:
        """Addresses of a parent (one client)."""
        return self._list(operations.adresgegevens_van_ouder(ouder))

    def adressen(self, persoon: int) -> AsyncListed[Adres]:
        """Addresses of a person (shape: one client)."""
        return self._list(operations.adressen(persoon))

    def ouders(self, leerling: int) -> AsyncListed[Ouder]:
        """Parents and carers of a pupil (one client)."""
        return self._list(operations.ouders(leerling))

    def contactgegevens(self, ouder: int) -> AsyncListed[Contactgegeven]:
        """How a parent can be reached (one client)."""
        return self._list(operations.contactgegevens(ouder))

    async def profiel(self, persoon: int) -> Profiel:
        """What a person set for messages (several clients)."""
        return await self._one(operations.profiel(persoon))

    async def opleidinggegevens(self, persoon: int) -> Opleidinggegevens:
        """What a person follows (several clients)."""
        return await self._one(operations.opleidinggegevens(persoon))

    async def autorisatie(self, leerling: int) -> Autorisatie:
        """Whether parents may see a pupil's data (one client)."""
        return await self._one(operations.autorisatie(leerling))

    def toestemmingen(self, persoon: int) -> AsyncListed[Toestemming]:
        """Answers to the school's questions of consent (one client)."""
        return self._list(operations.toestemmingen(persoon))

    async def foto(self, leerling: int) -> bytes | None:
        """The photo of a pupil, or nothing where there is none (several clients)."""
        return await self._photo(operations.foto(leerling))

    async def foto_van_persoon(
        self, persoon: int, *, breedte: int | None = None, hoogte: int | None = None, uitsnede: bool | None = None
    ) -> bytes | None:
        """The photo of a person, or nothing where there is none (several clients)."""
        return await self._photo(
            operations.foto_van_persoon(persoon, breedte=breedte, hoogte=hoogte, uitsnede=uitsnede)
        )

    def contacten(self, zoekterm: str, *, soort: str = "alle") -> AsyncListed[Contact]:
        """People who can be written to; at least two characters, ``**`` stands for all (several clients)."""
        return self._list(operations.contacten(zoekterm, soort=soort))

    async def wijzig_profiel(self, persoon: int, profiel: Profiel) -> None:
        """Write what a person set for messages, whole (PUT; several clients)."""
        await self._change(operations.wijzig_profiel(persoon, profiel))
