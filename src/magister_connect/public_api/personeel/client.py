"""What staff see: searching people, log books, lockers: the two clients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls, AsyncListed, Listed
from magister_connect.public_api.personeel import operations
from magister_connect.public_api.personeel.records import (
    GevondenLeerling,
    GevondenMedewerker,
    Kluisje,
    Logboekformulier,
)

__all__ = ["AsyncPersoneelClient", "PersoneelClient"]


class PersoneelClient(ApiCalls):
    """What staff see: searching people, log books, lockers."""

    def zoek_leerlingen(
        self,
        zoekterm: str = "**",
        *,
        peildatum: dt.date | None = None,
        velden: Sequence[str] = (),
        rol: str | None = None,
        volgorde: str = "achternaam asc",
    ) -> Listed[GevondenLeerling]:
        """Pupils by a part of their name, as staff search them (one client)."""
        return self._list(
            operations.zoek_leerlingen(zoekterm, peildatum=peildatum, velden=velden, rol=rol, volgorde=volgorde)
        )

    def zoek_medewerkers(self, zoekterm: str = "**", *, status: str = "actief") -> Listed[GevondenMedewerker]:
        """Members of staff by a part of their name (one client)."""
        return self._list(operations.zoek_medewerkers(zoekterm, status=status))

    def ongelezen_logboekformulieren(self) -> Listed[Logboekformulier]:
        """Forms of the log book that nobody has read (one client)."""
        return self._list(operations.ongelezen_logboekformulieren())

    def logboekformulieren(self, leerling: int, begin: dt.date, einde: dt.date) -> Listed[Logboekformulier]:
        """Forms of the log book about a pupil (one client)."""
        return self._list(operations.logboekformulieren(leerling, begin, einde))

    def kluisjes(self) -> Listed[Kluisje]:
        """Lockers and who rents them (one client)."""
        return self._list(operations.kluisjes())


class AsyncPersoneelClient(AsyncApiCalls):
    """What staff see: searching people, log books, lockers, awaiting."""

    def zoek_leerlingen(
        self,
        zoekterm: str = "**",
        *,
        peildatum: dt.date | None = None,
        velden: Sequence[str] = (),
        rol: str | None = None,
        volgorde: str = "achternaam asc",
    ) -> AsyncListed[GevondenLeerling]:
        """Pupils by a part of their name, as staff search them (one client)."""
        return self._list(
            operations.zoek_leerlingen(zoekterm, peildatum=peildatum, velden=velden, rol=rol, volgorde=volgorde)
        )

    def zoek_medewerkers(self, zoekterm: str = "**", *, status: str = "actief") -> AsyncListed[GevondenMedewerker]:
        """Members of staff by a part of their name (one client)."""
        return self._list(operations.zoek_medewerkers(zoekterm, status=status))

    def ongelezen_logboekformulieren(self) -> AsyncListed[Logboekformulier]:
        """Forms of the log book that nobody has read (one client)."""
        return self._list(operations.ongelezen_logboekformulieren())

    def logboekformulieren(self, leerling: int, begin: dt.date, einde: dt.date) -> AsyncListed[Logboekformulier]:
        """Forms of the log book about a pupil (one client)."""
        return self._list(operations.logboekformulieren(leerling, begin, einde))

    def kluisjes(self) -> AsyncListed[Kluisje]:
        """Lockers and who rents them (one client)."""
        return self._list(operations.kluisjes())
