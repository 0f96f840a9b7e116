"""Enrolments, subjects and mentors: the two clients."""

from __future__ import annotations

import datetime as dt

from magister_connect.public_api.aanmeldingen import operations
from magister_connect.public_api.aanmeldingen.records import (
    Aanmelding,
    Mentor,
    PersoonAanmelding,
    Vak,
    VakVanAanmelding,
)
from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls, AsyncListed, Listed

__all__ = ["AanmeldingenClient", "AsyncAanmeldingenClient"]


class AanmeldingenClient(ApiCalls):
    """Enrolments, subjects and mentors."""

    def aanmeldingen(
        self, leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
    ) -> Listed[Aanmelding]:
        """Enrolments of a pupil (several clients). Without a range: those that hold today; from 1970-01-01: all."""
        return self._list(operations.aanmeldingen(leerling, begin=begin, einde=einde))

    def aanmeldingen_van_persoon(
        self, persoon: int, *, geen_toekomstige: bool | None = None
    ) -> Listed[PersoonAanmelding]:
        """Enrolments in the older generation (several clients)."""
        return self._list(operations.aanmeldingen_van_persoon(persoon, geen_toekomstige=geen_toekomstige))

    def vakken(self, persoon: int, aanmelding: int) -> Listed[Vak]:
        """Subjects of an enrolment (several clients)."""
        return self._list(operations.vakken(persoon, aanmelding))

    def vakken_van_aanmelding(self, aanmelding: int) -> Listed[VakVanAanmelding]:
        """Subjects of an enrolment in the newer generation (one client)."""
        return self._list(operations.vakken_van_aanmelding(aanmelding))

    def mentoren(self, aanmelding: int) -> Listed[Mentor]:
        """Mentors of an enrolment (one client)."""
        return self._list(operations.mentoren(aanmelding))


class AsyncAanmeldingenClient(AsyncApiCalls):
    """Enrolments, subjects and mentors, awaiting."""

    def aanmeldingen(
        self, leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
    ) -> AsyncListed[Aanmelding]:
        """Enrolments of a pupil (several clients). Without a range: those that hold today; from 1970-01-01: all."""
        return self._list(operations.aanmeldingen(leerling, begin=begin, einde=einde))

    def aanmeldingen_van_persoon(
        self, persoon: int, *, geen_toekomstige: bool | None = None
    ) -> AsyncListed[PersoonAanmelding]:
        """Enrolments in the older generation (several clients)."""
        return self._list(operations.aanmeldingen_van_persoon(persoon, geen_toekomstige=geen_toekomstige))

    def vakken(self, persoon: int, aanmelding: int) -> AsyncListed[Vak]:
        """Subjects of an enrolment (several clients)."""
        return self._list(operations.vakken(persoon, aanmelding))

    def vakken_van_aanmelding(self, aanmelding: int) -> AsyncListed[VakVanAanmelding]:
        """Subjects of an enrolment in the newer generation (one client)."""
        return self._list(operations.vakken_van_aanmelding(aanmelding))

    def mentoren(self, aanmelding: int) -> AsyncListed[Mentor]:
        """Mentors of an enrolment (one client)."""
        return self._list(operations.mentoren(aanmelding))
