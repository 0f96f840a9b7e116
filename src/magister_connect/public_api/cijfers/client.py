"""Grades: overview, latest, columns and periods: the two clients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls, AsyncListed, Listed
from magister_connect.public_api.cijfers import operations
from magister_connect.public_api.cijfers.records import (
    Cijfer,
    Cijferperiode,
    CijferUitOverzicht,
    Kolominfo,
    LaatsteCijfer,
    Periode,
    Werkinformatie,
)
from magister_connect.public_api.cijfers.weging import read_kolominfo

__all__ = ["AsyncCijfersClient", "CijfersClient"]


class CijfersClient(ApiCalls):
    """Grades: overview, latest, columns and periods."""

    def cijferoverzicht(
        self,
        persoon: int,
        aanmelding: int,
        *,
        actieve_perioden: bool = True,
        alleen_berekende_kolommen: bool = False,
        alleen_pta_kolommen: bool = False,
        peildatum: dt.date | None = None,
    ) -> Listed[CijferUitOverzicht]:
        """The grade overview of an enrolment (several clients)."""
        return self._list(
            operations.cijferoverzicht(
                persoon,
                aanmelding,
                actieve_perioden=actieve_perioden,
                alleen_berekende_kolommen=alleen_berekende_kolommen,
                alleen_pta_kolommen=alleen_pta_kolommen,
                peildatum=peildatum,
            )
        )

    def kolominfo(self, persoon: int, aanmelding: int, kolom: int) -> Kolominfo:
        """What the overview does not tell of a column, such as its weight (several clients)."""
        return self._one(operations.kolominfo(persoon, aanmelding, kolom))

    def cijferperioden(self, persoon: int, aanmelding: int) -> Listed[Cijferperiode]:
        """Periods of the grade book (several clients)."""
        return self._list(operations.cijferperioden(persoon, aanmelding))

    def laatste_cijfers(self, persoon: int) -> Listed[LaatsteCijfer]:
        """The latest grades, newest first, page after page (several clients)."""
        return self._list(operations.laatste_cijfers(persoon))

    def cijfers(self, aanmelding: int) -> Listed[Cijfer]:
        """Grades of an enrolment in the newer generation (one client)."""
        return self._list(operations.cijfers(aanmelding))

    def perioden(self, aanmelding: int) -> Listed[Periode]:
        """Periods of an enrolment in the newer generation (one client)."""
        return self._list(operations.perioden(aanmelding))

    def werkinformatie(self, cijfer: Cijfer) -> Werkinformatie:
        """What a grade of the newer generation was given for, by its link (one client)."""
        return self._one(operations.werkinformatie(cijfer))

    def kolominfo_van(self, persoon: int, aanmelding: int, kolommen: Sequence[int]) -> Mapping[int, Kolominfo]:
        """What the overview does not tell of many columns, such as their weights, by the number of the column.

        One request for each column, as many at a time as the client allows and at its pace, so that the school's limit
        holds; each column is asked for once.
        """
        return self._run(read_kolominfo(self.connection, persoon, aanmelding, kolommen))


class AsyncCijfersClient(AsyncApiCalls):
    """Grades: overview, latest, columns and periods, awaiting."""

    def cijferoverzicht(
        self,
        persoon: int,
        aanmelding: int,
        *,
        actieve_perioden: bool = True,
        alleen_berekende_kolommen: bool = False,
        alleen_pta_kolommen: bool = False,
        peildatum: dt.date | None = None,
    ) -> AsyncListed[CijferUitOverzicht]:
        """The grade overview of an enrolment (several clients)."""
        return self._list(
            operations.cijferoverzicht(
                persoon,
                aanmelding,
                actieve_perioden=actieve_perioden,
                alleen_berekende_kolommen=alleen_berekende_kolommen,
                alleen_pta_kolommen=alleen_pta_kolommen,
                peildatum=peildatum,
            )
        )

    async def kolominfo(self, persoon: int, aanmelding: int, kolom: int) -> Kolominfo:
        """What the overview does not tell of a column, such as its weight (several clients)."""
        return await self._one(operations.kolominfo(persoon, aanmelding, kolom))

    def cijferperioden(self, persoon: int, aanmelding: int) -> AsyncListed[Cijferperiode]:
        """Periods of the grade book (several clients)."""
        return self._list(operations.cijferperioden(persoon, aanmelding))

    def laatste_cijfers(self, persoon: int) -> AsyncListed[LaatsteCijfer]:
        """The latest grades, newest first, page after page (several clients)."""
        return self._list(operations.laatste_cijfers(persoon))

    def cijfers(self, aanmelding: int) -> AsyncListed[Cijfer]:
        """Grades of an enrolment in the newer generation (one client)."""
        return self._list(operations.cijfers(aanmelding))

    def perioden(self, aanmelding: int) -> AsyncListed[Periode]:
        """Periods of an enrolment in the newer generation (one client)."""
        return self._list(operations.perioden(aanmelding))

    async def werkinformatie(self, cijfer: Cijfer) -> Werkinformatie:
        """What a grade of the newer generation was given for, by its link (one client)."""
        return await self._one(operations.werkinformatie(cijfer))

    async def kolominfo_van(self, persoon: int, aanmelding: int, kolommen: Sequence[int]) -> Mapping[int, Kolominfo]:
        """What the overview does not tell of many columns, such as their weights, by the number of the column.

        One request for each column, as many at a time as the client allows and at its pace, so that the school's limit
        holds; each column is asked for once.
        """
        return await self._run(read_kolominfo(self.connection, persoon, aanmelding, kolommen))
