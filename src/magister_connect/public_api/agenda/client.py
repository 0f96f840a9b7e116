"""Agenda and its changes: the two clients."""

from __future__ import annotations

import datetime as dt

from magister_connect.json_records import JsonObject
from magister_connect.public_api.agenda import operations
from magister_connect.public_api.agenda.records import Afspraak, Agendafeed, ExtraAfspraak, NieuweAfspraak
from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls, AsyncListed, Listed

__all__ = ["AgendaClient", "AsyncAgendaClient"]


class AgendaClient(ApiCalls):
    """Agenda and its changes."""

    def afspraken(self, persoon: int, van: dt.date, tot: dt.date, *, status: int | None = None) -> Listed[Afspraak]:
        """The agenda of a person from day to day, both included (several clients). ``status`` 0: all, 1: active."""
        return self._list(operations.afspraken(persoon, van, tot, status=status))

    def afspraak(self, persoon: int, afspraak: int) -> Afspraak:
        """One appointment (several clients)."""
        return self._one(operations.afspraak(persoon, afspraak))

    def roosterwijzigingen(self, persoon: int, van: dt.date, tot: dt.date) -> Listed[Afspraak]:
        """Changes of the timetable (several clients)."""
        return self._list(operations.roosterwijzigingen(persoon, van, tot))

    def afspraken_van_leerling(
        self, leerling: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
    ) -> Listed[NieuweAfspraak]:
        """The agenda of a pupil in the newer generation (one client)."""
        return self._list(operations.afspraken_van_leerling(leerling, begin, einde, status=status))

    def afspraken_van_medewerker(
        self, medewerker: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
    ) -> Listed[NieuweAfspraak]:
        """The agenda of a member of staff (several clients)."""
        return self._list(operations.afspraken_van_medewerker(medewerker, begin, einde, status=status))

    def extra_afspraken(self, gebruiker: str, start: dt.datetime, einde: dt.datetime) -> Listed[ExtraAfspraak]:
        """Appointments of the calendar service (one client), which refuses tokens that were not made for it."""
        return self._list(operations.extra_afspraken(gebruiker, start, einde))

    def agendafeed(self) -> Agendafeed:
        """The address of the iCalendar feed (one client). Treat it as a secret."""
        return self._one(operations.agendafeed())

    def maak_afspraak(self, persoon: int, afspraak: JsonObject) -> None:
        """Make an appointment of one's own, as the interface spells it (POST; several clients).

        Only ``Type`` 1 (personal) and 16 (planning) can be made.
        """
        self._change(operations.maak_afspraak(persoon, afspraak))

    def wijzig_afspraak(self, persoon: int, afspraak: JsonObject) -> None:
        """Write an appointment, whole, as the interface spells it (PUT; several clients)."""
        self._change(operations.wijzig_afspraak(persoon, afspraak))

    def verwijder_afspraak(self, persoon: int, afspraak: int) -> None:
        """Remove an appointment of one's own (DELETE; several clients)."""
        self._change(operations.verwijder_afspraak(persoon, afspraak))


class AsyncAgendaClient(AsyncApiCalls):
    """Agenda and its changes, awaiting."""

    def afspraken(
        self, persoon: int, van: dt.date, tot: dt.date, *, status: int | None = None
    ) -> AsyncListed[Afspraak]:
        """The agenda of a person from day to day, both included (several clients). ``status`` 0: all, 1: active."""
        return self._list(operations.afspraken(persoon, van, tot, status=status))

    async def afspraak(self, persoon: int, afspraak: int) -> Afspraak:
        """One appointment (several clients)."""
        return await self._one(operations.afspraak(persoon, afspraak))

    def roosterwijzigingen(self, persoon: int, van: dt.date, tot: dt.date) -> AsyncListed[Afspraak]:
        """Changes of the timetable (several clients)."""
        return self._list(operations.roosterwijzigingen(persoon, van, tot))

    def afspraken_van_leerling(
        self, leerling: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
    ) -> AsyncListed[NieuweAfspraak]:
        """The agenda of a pupil in the newer generation (one client)."""
        return self._list(operations.afspraken_van_leerling(leerling, begin, einde, status=status))

    def afspraken_van_medewerker(
        self, medewerker: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
    ) -> AsyncListed[NieuweAfspraak]:
        """The agenda of a member of staff (several clients)."""
        return self._list(operations.afspraken_van_medewerker(medewerker, begin, einde, status=status))

    def extra_afspraken(self, gebruiker: str, start: dt.datetime, einde: dt.datetime) -> AsyncListed[ExtraAfspraak]:
        """Appointments of the calendar service (one client), which refuses tokens that were not made for it."""
        return self._list(operations.extra_afspraken(gebruiker, start, einde))

    async def agendafeed(self) -> Agendafeed:
        """The address of the iCalendar feed (one client). Treat it as a secret."""
        return await self._one(operations.agendafeed())

    async def maak_afspraak(self, persoon: int, afspraak: JsonObject) -> None:
        """Make an appointment of one's own, as the interface spells it (POST; several clients).

        Only ``Type`` 1 (personal) and 16 (planning) can be made.
        """
        await self._change(operations.maak_afspraak(persoon, afspraak))

    async def wijzig_afspraak(self, persoon: int, afspraak: JsonObject) -> None:
        """Write an appointment, whole, as the interface spells it (PUT; several clients)."""
        await self._change(operations.wijzig_afspraak(persoon, afspraak))

    async def verwijder_afspraak(self, persoon: int, afspraak: int) -> None:
        """Remove an appointment of one's own (DELETE; several clients)."""
        await self._change(operations.verwijder_afspraak(persoon, afspraak))
