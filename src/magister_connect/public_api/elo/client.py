"""Study guides, projects, assignments, materials and activities: the two clients."""

from __future__ import annotations

import datetime as dt

from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls, AsyncListed, Listed
from magister_connect.public_api.elo import operations
from magister_connect.public_api.elo.records import (
    Activiteit,
    Activiteitonderdeel,
    Bron,
    Lesmateriaal,
    Onderdeel,
    Opdracht,
    Opdrachtversie,
    Studiewijzer,
    Vindplaats,
)

__all__ = ["AsyncEloClient", "EloClient"]


class EloClient(ApiCalls):
    """Study guides, projects, assignments, materials and activities."""

    def studiewijzers(self, leerling: int, *, peildatum: dt.date | None = None) -> Listed[Studiewijzer]:
        """Study guides of a pupil (several clients)."""
        return self._list(operations.studiewijzers(leerling, peildatum=peildatum))

    def projecten(self, leerling: int, *, peildatum: dt.date | None = None) -> Listed[Studiewijzer]:
        """Projects of a pupil (several clients)."""
        return self._list(operations.projecten(leerling, peildatum=peildatum))

    def studiewijzer(self, leerling: int, studiewijzer: int) -> Studiewijzer:
        """A study guide with its parts (several clients)."""
        return self._one(operations.studiewijzer(leerling, studiewijzer))

    def project(self, leerling: int, project: int) -> Studiewijzer:
        """A project with its parts (several clients)."""
        return self._one(operations.project(leerling, project))

    def onderdeel(self, leerling: int, studiewijzer: int, onderdeel: int) -> Onderdeel | None:
        """A part of a study guide, or nothing where it is empty (several clients)."""
        return self._one_or_none(operations.onderdeel(leerling, studiewijzer, onderdeel))

    def studiewijzerbijlage(self, leerling: int, studiewijzer: int, bijlage: int) -> Vindplaats:
        """Where a file of a study guide can be fetched for a while (several clients)."""
        return self._one(operations.studiewijzerbijlage(leerling, studiewijzer, bijlage))

    def opdrachten(
        self, persoon: int, *, begin: dt.date | None = None, einde: dt.date | None = None, status: str | None = None
    ) -> Listed[Opdracht]:
        """Assignments of a person, page after page (several clients)."""
        return self._list(operations.opdrachten(persoon, begin=begin, einde=einde, status=status))

    def opdracht(self, persoon: int, opdracht: int) -> Opdracht:
        """An assignment (several clients)."""
        return self._one(operations.opdracht(persoon, opdracht))

    def opdrachtversie(self, persoon: int, versie: int) -> Opdrachtversie:
        """A version of an assignment that was handed in (several clients)."""
        return self._one(operations.opdrachtversie(persoon, versie))

    def lesmateriaal(self, persoon: int) -> Listed[Lesmateriaal]:
        """Learning materials of a person (several clients)."""
        return self._list(operations.lesmateriaal(persoon))

    def digitaal_lesmateriaal(self, persoon: int, ean: str) -> Vindplaats:
        """Where a material opens (several clients)."""
        return self._one(operations.digitaal_lesmateriaal(persoon, ean))

    def bronnen(self, persoon: int, *, soort: int = 0, parent: int | None = None) -> Listed[Bron]:
        """Files and folders of a person (several clients)."""
        return self._list(operations.bronnen(persoon, soort=soort, parent=parent))

    def activiteiten(self, persoon: int) -> Listed[Activiteit]:
        """Activities that a person can subscribe to (shape: one client)."""
        return self._list(operations.activiteiten(persoon))

    def activiteitonderdelen(self, persoon: int, activiteit: int) -> Listed[Activiteitonderdeel]:
        """Parts of an activity (one client)."""
        return self._list(operations.activiteitonderdelen(persoon, activiteit))


class AsyncEloClient(AsyncApiCalls):
    """Study guides, projects, assignments, materials and activities, awaiting."""

    def studiewijzers(self, leerling: int, *, peildatum: dt.date | None = None) -> AsyncListed[Studiewijzer]:
        """Study guides of a pupil (several clients)."""
        return self._list(operations.studiewijzers(leerling, peildatum=peildatum))

    def projecten(self, leerling: int, *, peildatum: dt.date | None = None) -> AsyncListed[Studiewijzer]:
        """Projects of a pupil (several clients)."""
        return self._list(operations.projecten(leerling, peildatum=peildatum))

    async def studiewijzer(self, leerling: int, studiewijzer: int) -> Studiewijzer:
        """A study guide with its parts (several clients)."""
        return await self._one(operations.studiewijzer(leerling, studiewijzer))

    async def project(self, leerling: int, project: int) -> Studiewijzer:
        """A project with its parts (several clients)."""
        return await self._one(operations.project(leerling, project))

    async def onderdeel(self, leerling: int, studiewijzer: int, onderdeel: int) -> Onderdeel | None:
        """A part of a study guide, or nothing where it is empty (several clients)."""
        return await self._one_or_none(operations.onderdeel(leerling, studiewijzer, onderdeel))

    async def studiewijzerbijlage(self, leerling: int, studiewijzer: int, bijlage: int) -> Vindplaats:
        """Where a file of a study guide can be fetched for a while (several clients)."""
        return await self._one(operations.studiewijzerbijlage(leerling, studiewijzer, bijlage))

    def opdrachten(
        self, persoon: int, *, begin: dt.date | None = None, einde: dt.date | None = None, status: str | None = None
    ) -> AsyncListed[Opdracht]:
        """Assignments of a person, page after page (several clients)."""
        return self._list(operations.opdrachten(persoon, begin=begin, einde=einde, status=status))

    async def opdracht(self, persoon: int, opdracht: int) -> Opdracht:
        """An assignment (several clients)."""
        return await self._one(operations.opdracht(persoon, opdracht))

    async def opdrachtversie(self, persoon: int, versie: int) -> Opdrachtversie:
        """A version of an assignment that was handed in (several clients)."""
        return await self._one(operations.opdrachtversie(persoon, versie))

    def lesmateriaal(self, persoon: int) -> AsyncListed[Lesmateriaal]:
        """Learning materials of a person (several clients)."""
        return self._list(operations.lesmateriaal(persoon))

    async def digitaal_lesmateriaal(self, persoon: int, ean: str) -> Vindplaats:
        """Where a material opens (several clients)."""
        return await self._one(operations.digitaal_lesmateriaal(persoon, ean))

    def bronnen(self, persoon: int, *, soort: int = 0, parent: int | None = None) -> AsyncListed[Bron]:
        """Files and folders of a person (several clients)."""
        return self._list(operations.bronnen(persoon, soort=soort, parent=parent))

    def activiteiten(self, persoon: int) -> AsyncListed[Activiteit]:
        """Activities that a person can subscribe to (shape: one client)."""
        return self._list(operations.activiteiten(persoon))

    def activiteitonderdelen(self, persoon: int, activiteit: int) -> AsyncListed[Activiteitonderdeel]:
        """Parts of an activity (one client)."""
        return self._list(operations.activiteitonderdelen(persoon, activiteit))
