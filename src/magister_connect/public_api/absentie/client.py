"""Absence and attendance: the two clients."""

from __future__ import annotations

import datetime as dt

from magister_connect.public_api.absentie import operations
from magister_connect.public_api.absentie.records import (
    Absentie,
    Absentiemelding,
    Absentieperiode,
    Meldingssoort,
    OngeoorloofdeRegistratie,
    Terugkommaatregel,
    Verantwoording,
)
from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls, AsyncListed, Listed

__all__ = ["AbsentieClient", "AsyncAbsentieClient"]


class AbsentieClient(ApiCalls):
    """Absence and attendance."""

    def absenties(self, persoon: int, van: dt.date, tot: dt.date) -> Listed[Absentie]:
        """The absence of a person from day to day (several clients)."""
        return self._list(operations.absenties(persoon, van, tot))

    def absentieperioden(self, persoon: int) -> Listed[Absentieperiode]:
        """Periods of absence (shape: one client)."""
        return self._list(operations.absentieperioden(persoon))

    def verantwoordingen(self, leerling: int, begin: dt.date, einde: dt.date) -> Listed[Verantwoording]:
        """What staff recorded about a pupil's absence (one client)."""
        return self._list(operations.verantwoordingen(leerling, begin, einde))

    def verantwoordingen_per_maand(self, leerling: int, begin: dt.date, einde: dt.date) -> Listed[Verantwoording]:
        """The same by month (one client)."""
        return self._list(operations.verantwoordingen_per_maand(leerling, begin, einde))

    def ongeoorloofde_registraties(self, datum: dt.date) -> Listed[OngeoorloofdeRegistratie]:
        """Pupils with absence that nobody has excused (one client)."""
        return self._list(operations.ongeoorloofde_registraties(datum))

    def terugkommaatregelen(
        self, leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
    ) -> Listed[Terugkommaatregel]:
        """When a pupil has to come back (one client)."""
        return self._list(operations.terugkommaatregelen(leerling, begin=begin, einde=einde))

    def terugkomers(self) -> Listed[Terugkommaatregel]:
        """Pupils who have to come back (one client)."""
        return self._list(operations.terugkomers())

    def absentiemeldingen(
        self, leerling_uuid: str, *, volgorde_kolom: str | None = None, volgorde: str | None = None
    ) -> Listed[Absentiemelding]:
        """Notices of absence of a pupil, by ``externe_id`` (one client)."""
        return self._list(operations.absentiemeldingen(leerling_uuid, volgorde_kolom=volgorde_kolom, volgorde=volgorde))

    def absentiemeldingen_vandaag(self) -> Listed[Absentiemelding]:
        """Notices of absence of today, page after page (one client; that it takes ``top`` and ``skip`` is inferred)."""
        return self._list(operations.absentiemeldingen_vandaag())

    def meldingssoorten(self) -> Listed[Meldingssoort]:
        """Kinds of notices (one client)."""
        return self._list(operations.meldingssoorten())


class AsyncAbsentieClient(AsyncApiCalls):
    """Absence and attendance, awaiting."""

    def absenties(self, persoon: int, van: dt.date, tot: dt.date) -> AsyncListed[Absentie]:
        """The absence of a person from day to day (several clients)."""
        return self._list(operations.absenties(persoon, van, tot))

    def absentieperioden(self, persoon: int) -> AsyncListed[Absentieperiode]:
        """Periods of absence (shape: one client)."""
        return self._list(operations.absentieperioden(persoon))

    def verantwoordingen(self, leerling: int, begin: dt.date, einde: dt.date) -> AsyncListed[Verantwoording]:
        """What staff recorded about a pupil's absence (one client)."""
        return self._list(operations.verantwoordingen(leerling, begin, einde))

    def verantwoordingen_per_maand(self, leerling: int, begin: dt.date, einde: dt.date) -> AsyncListed[Verantwoording]:
        """The same by month (one client)."""
        return self._list(operations.verantwoordingen_per_maand(leerling, begin, einde))

    def ongeoorloofde_registraties(self, datum: dt.date) -> AsyncListed[OngeoorloofdeRegistratie]:
        """Pupils with absence that nobody has excused (one client)."""
        return self._list(operations.ongeoorloofde_registraties(datum))

    def terugkommaatregelen(
        self, leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
    ) -> AsyncListed[Terugkommaatregel]:
        """When a pupil has to come back (one client)."""
        return self._list(operations.terugkommaatregelen(leerling, begin=begin, einde=einde))

    def terugkomers(self) -> AsyncListed[Terugkommaatregel]:
        """Pupils who have to come back (one client)."""
        return self._list(operations.terugkomers())

    def absentiemeldingen(
        self, leerling_uuid: str, *, volgorde_kolom: str | None = None, volgorde: str | None = None
    ) -> AsyncListed[Absentiemelding]:
        """Notices of absence of a pupil, by ``externe_id`` (one client)."""
        return self._list(operations.absentiemeldingen(leerling_uuid, volgorde_kolom=volgorde_kolom, volgorde=volgorde))

    def absentiemeldingen_vandaag(self) -> AsyncListed[Absentiemelding]:
        """Notices of absence of today, page after page (one client; that it takes ``top`` and ``skip`` is inferred)."""
        return self._list(operations.absentiemeldingen_vandaag())

    def meldingssoorten(self) -> AsyncListed[Meldingssoort]:
        """Kinds of notices (one client)."""
        return self._list(operations.meldingssoorten())
