"""The interface of one school, for an accredited party: all subjects, blocking and awaiting."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Final, Generic, TypeVar, Unpack

from magister_connect.core.drivers import (
    AsyncClient,
    AsyncDriver,
    AsyncHttp,
    ClientSettings,
    Pace,
    RetryPolicy,
    SyncClient,
    SyncDriver,
    SyncHttp,
    Timeouts,
)
from magister_connect.core.drivers.clients import AsyncSettings, SyncSettings
from magister_connect.core.drivers.retrying import asked_by_header
from magister_connect.core.flow import Reply
from magister_connect.core.json import JsonObject
from magister_connect.core.secrets import Secret
from magister_connect.login import TokenSource
from magister_connect.public_api import (
    aanmeldingen,
    absentie,
    agenda,
    cijfers,
    elo,
    personeel,
    personen,
)
from magister_connect.public_api import account as account_operations
from magister_connect.public_api import berichten as berichten_operations
from magister_connect.public_api.aanmeldingen import Aanmelding, Mentor, PersoonAanmelding, Vak, VakVanAanmelding
from magister_connect.public_api.absentie import (
    Absentie,
    Absentiemelding,
    Absentieperiode,
    Meldingssoort,
    OngeoorloofdeRegistratie,
    Terugkommaatregel,
    Verantwoording,
)
from magister_connect.public_api.account import Account, Accountgegevens, Sessie, Versie
from magister_connect.public_api.agenda import Afspraak, Agendafeed, ExtraAfspraak, NieuweAfspraak
from magister_connect.public_api.asking import (
    Change,
    Listing,
    Photo,
    Single,
    make_change,
    read_photo,
    read_single,
    read_single_or_none,
)
from magister_connect.public_api.berichten import Bericht, Berichtbijlage, Map, VolledigBericht
from magister_connect.public_api.cijfers import (
    Cijfer,
    Cijferperiode,
    CijferUitOverzicht,
    Kolominfo,
    LaatsteCijfer,
    Periode,
    Werkinformatie,
    read_kolominfo,
)
from magister_connect.public_api.connection import Connection
from magister_connect.public_api.elo import (
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
from magister_connect.public_api.paging import Page, walk_items, walk_pages
from magister_connect.public_api.personeel import GevondenLeerling, GevondenMedewerker, Kluisje, Logboekformulier
from magister_connect.public_api.personen import (
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
from magister_connect.public_api.refusals import asked_wait

T = TypeVar("T")


def _asked(reply: Reply) -> float | None:
    return asked_wait(reply) or asked_by_header(reply)


PATIENT: Final = RetryPolicy(asked_wait=_asked, attempts=6, total=120.0)
"""A limit of this interface is over within 15 to 30 s (observed), so a few of them fit."""


def patience() -> ClientSettings:
    """How often and how fast a school may be asked as long as nobody says otherwise; a pace for each client."""
    return {"retries": PATIENT, "pace": Pace(asked=_asked)}


class ResourceList(Generic[T]):
    """A list of the interface. Nothing is sent before it is iterated over, and each iteration reads it anew."""

    def __init__(self, driver: SyncDriver, connection: Connection, listing: Listing[T]) -> None:
        self._driver = driver
        self._connection = connection
        self._listing = listing

    def __iter__(self) -> Iterator[T]:
        """All items, page after page."""
        return self._driver.iterate(walk_items(self._connection, self._listing))

    def pages(self) -> Iterator[Page[T]]:
        """All pages."""
        return self._driver.iterate(walk_pages(self._connection, self._listing))

    def __repr__(self) -> str:
        return f"<ResourceList {self._listing.kind.__name__}>"


class AsyncResourceList(Generic[T]):
    """A list of the interface. Nothing is sent before it is iterated over, and each iteration reads it anew."""

    def __init__(self, driver: AsyncDriver, connection: Connection, listing: Listing[T]) -> None:
        self._driver = driver
        self._connection = connection
        self._listing = listing

    def __aiter__(self) -> AsyncIterator[T]:
        """All items, page after page."""
        return self._driver.iterate(walk_items(self._connection, self._listing))

    def pages(self) -> AsyncIterator[Page[T]]:
        """All pages."""
        return self._driver.iterate(walk_pages(self._connection, self._listing))

    def __repr__(self) -> str:
        return f"<AsyncResourceList {self._listing.kind.__name__}>"


class ApiCalls(SyncClient):
    """One connection and the driver that runs its flows."""

    def __init__(
        self, connection: Connection, driver: SyncDriver | None = None, **settings: Unpack[SyncSettings]
    ) -> None:
        super().__init__(driver, **settings)
        self._connection = connection

    def _defaults(self) -> ClientSettings:
        return patience()

    @property
    def connection(self) -> Connection:
        """Where the interface is, and whose token opens it."""
        return self._connection

    def _list(self, listing: Listing[T]) -> ResourceList[T]:
        return ResourceList(self._driver, self._connection, listing)

    def _one(self, single: Single[T]) -> T:
        return self._driver.run(read_single(self._connection, single))

    def _one_or_none(self, single: Single[T]) -> T | None:
        flow = read_single_or_none(self._connection, single)
        return self._driver.run(flow)

    def _photo(self, photo: Photo) -> bytes | None:
        return self._driver.run(read_photo(self._connection, photo))

    def _change(self, change: Change) -> None:
        self._driver.run(make_change(self._connection, change))


class AsyncApiCalls(AsyncClient):
    """One connection and the driver that runs its flows."""

    def __init__(
        self, connection: Connection, driver: AsyncDriver | None = None, **settings: Unpack[AsyncSettings]
    ) -> None:
        super().__init__(driver, **settings)
        self._connection = connection

    def _defaults(self) -> ClientSettings:
        return patience()

    @property
    def connection(self) -> Connection:
        """Where the interface is, and whose token opens it."""
        return self._connection

    def _list(self, listing: Listing[T]) -> AsyncResourceList[T]:
        return AsyncResourceList(self._driver, self._connection, listing)

    async def _one(self, single: Single[T]) -> T:
        return await self._driver.run(read_single(self._connection, single))

    async def _one_or_none(self, single: Single[T]) -> T | None:
        flow = read_single_or_none(self._connection, single)
        return await self._driver.run(flow)

    async def _photo(self, photo: Photo) -> bytes | None:
        return await self._driver.run(read_photo(self._connection, photo))

    async def _change(self, change: Change) -> None:
        await self._driver.run(make_change(self._connection, change))


class AccountClient(ApiCalls):
    """Account, session and privileges."""

    def account(self) -> Account:
        """The account that the token belongs to, with its privileges (several clients)."""
        return self._one(account_operations.account())

    def sessie(self) -> Sessie:
        """The current session (several clients)."""
        return self._one(account_operations.sessie())

    def accountgegevens(self, account: int) -> Accountgegevens:
        """One account in the newer generation (one client)."""
        return self._one(account_operations.accountgegevens(account))

    def versie(self) -> Versie:
        """Versions of the school's Magister (one client)."""
        return self._one(account_operations.versie())


class AsyncAccountClient(AsyncApiCalls):
    """Account, session and privileges, awaiting."""

    async def account(self) -> Account:
        """The account that the token belongs to, with its privileges (several clients)."""
        return await self._one(account_operations.account())

    async def sessie(self) -> Sessie:
        """The current session (several clients)."""
        return await self._one(account_operations.sessie())

    async def accountgegevens(self, account: int) -> Accountgegevens:
        """One account in the newer generation (one client)."""
        return await self._one(account_operations.accountgegevens(account))

    async def versie(self) -> Versie:
        """Versions of the school's Magister (one client)."""
        return await self._one(account_operations.versie())


class PersonenClient(ApiCalls):
    """Pupils, parents and children, personalia, addresses, contacts."""

    def kinderen(self, persoon: int) -> ResourceList[Kind]:
        """The children of a parent (several clients)."""
        return self._list(personen.kinderen(persoon))

    def kinderen_van_ouder(self, ouder: int) -> ResourceList[KindVanOuder]:
        """The children of a parent, in the newer generation (one client)."""
        return self._list(personen.kinderen_van_ouder(ouder))

    def leerling(self, leerling: int) -> Leerling:
        """A pupil (one client)."""
        return self._one(personen.leerling(leerling))

    def personalia(self, leerling: int) -> Personalia:
        """Personalia of a pupil (shape: one client)."""
        return self._one(personen.personalia(leerling))

    def adresgegevens(self, leerling: int) -> ResourceList[Adres]:
        """Addresses of a pupil (one client)."""
        return self._list(personen.adresgegevens(leerling))

    def adresgegevens_van_ouder(self, ouder: int) -> ResourceList[Adres]:
        """Addresses of a parent (one client)."""
        return self._list(personen.adresgegevens_van_ouder(ouder))

    def adressen(self, persoon: int) -> ResourceList[Adres]:
        """Addresses of a person (shape: one client)."""
        return self._list(personen.adressen(persoon))

    def ouders(self, leerling: int) -> ResourceList[Ouder]:
        """Parents and carers of a pupil (one client)."""
        return self._list(personen.ouders(leerling))

    def contactgegevens(self, ouder: int) -> ResourceList[Contactgegeven]:
        """How a parent can be reached (one client)."""
        return self._list(personen.contactgegevens(ouder))

    def profiel(self, persoon: int) -> Profiel:
        """What a person set for messages (several clients)."""
        return self._one(personen.profiel(persoon))

    def opleidinggegevens(self, persoon: int) -> Opleidinggegevens:
        """What a person follows (several clients)."""
        return self._one(personen.opleidinggegevens(persoon))

    def autorisatie(self, leerling: int) -> Autorisatie:
        """Whether parents may see a pupil's data (one client)."""
        return self._one(personen.autorisatie(leerling))

    def toestemmingen(self, persoon: int) -> ResourceList[Toestemming]:
        """Answers to the school's questions of consent (one client)."""
        return self._list(personen.toestemmingen(persoon))

    def foto(self, leerling: int) -> bytes | None:
        """The photo of a pupil, or nothing where there is none (several clients)."""
        return self._photo(personen.foto(leerling))

    def foto_van_persoon(
        self, persoon: int, *, breedte: int | None = None, hoogte: int | None = None, uitsnede: bool | None = None
    ) -> bytes | None:
        """The photo of a person, or nothing where there is none (several clients)."""
        return self._photo(personen.foto_van_persoon(persoon, breedte=breedte, hoogte=hoogte, uitsnede=uitsnede))

    def contacten(self, zoekterm: str, *, soort: str = "alle") -> ResourceList[Contact]:
        """People who can be written to; at least two characters, ``**`` stands for all (several clients)."""
        return self._list(personen.contacten(zoekterm, soort=soort))

    def wijzig_profiel(self, persoon: int, profiel: Profiel) -> None:
        """Write what a person set for messages, whole (PUT; several clients)."""
        self._change(personen.wijzig_profiel(persoon, profiel))


class AsyncPersonenClient(AsyncApiCalls):
    """Pupils, parents and children, personalia, addresses, contacts, awaiting."""

    def kinderen(self, persoon: int) -> AsyncResourceList[Kind]:
        """The children of a parent (several clients)."""
        return self._list(personen.kinderen(persoon))

    def kinderen_van_ouder(self, ouder: int) -> AsyncResourceList[KindVanOuder]:
        """The children of a parent, in the newer generation (one client)."""
        return self._list(personen.kinderen_van_ouder(ouder))

    async def leerling(self, leerling: int) -> Leerling:
        """A pupil (one client)."""
        return await self._one(personen.leerling(leerling))

    async def personalia(self, leerling: int) -> Personalia:
        """Personalia of a pupil (shape: one client)."""
        return await self._one(personen.personalia(leerling))

    def adresgegevens(self, leerling: int) -> AsyncResourceList[Adres]:
        """Addresses of a pupil (one client)."""
        return self._list(personen.adresgegevens(leerling))

    def adresgegevens_van_ouder(self, ouder: int) -> AsyncResourceList[Adres]:
        """Addresses of a parent (one client)."""
        return self._list(personen.adresgegevens_van_ouder(ouder))

    def adressen(self, persoon: int) -> AsyncResourceList[Adres]:
        """Addresses of a person (shape: one client)."""
        return self._list(personen.adressen(persoon))

    def ouders(self, leerling: int) -> AsyncResourceList[Ouder]:
        """Parents and carers of a pupil (one client)."""
        return self._list(personen.ouders(leerling))

    def contactgegevens(self, ouder: int) -> AsyncResourceList[Contactgegeven]:
        """How a parent can be reached (one client)."""
        return self._list(personen.contactgegevens(ouder))

    async def profiel(self, persoon: int) -> Profiel:
        """What a person set for messages (several clients)."""
        return await self._one(personen.profiel(persoon))

    async def opleidinggegevens(self, persoon: int) -> Opleidinggegevens:
        """What a person follows (several clients)."""
        return await self._one(personen.opleidinggegevens(persoon))

    async def autorisatie(self, leerling: int) -> Autorisatie:
        """Whether parents may see a pupil's data (one client)."""
        return await self._one(personen.autorisatie(leerling))

    def toestemmingen(self, persoon: int) -> AsyncResourceList[Toestemming]:
        """Answers to the school's questions of consent (one client)."""
        return self._list(personen.toestemmingen(persoon))

    async def foto(self, leerling: int) -> bytes | None:
        """The photo of a pupil, or nothing where there is none (several clients)."""
        return await self._photo(personen.foto(leerling))

    async def foto_van_persoon(
        self, persoon: int, *, breedte: int | None = None, hoogte: int | None = None, uitsnede: bool | None = None
    ) -> bytes | None:
        """The photo of a person, or nothing where there is none (several clients)."""
        return await self._photo(personen.foto_van_persoon(persoon, breedte=breedte, hoogte=hoogte, uitsnede=uitsnede))

    def contacten(self, zoekterm: str, *, soort: str = "alle") -> AsyncResourceList[Contact]:
        """People who can be written to; at least two characters, ``**`` stands for all (several clients)."""
        return self._list(personen.contacten(zoekterm, soort=soort))

    async def wijzig_profiel(self, persoon: int, profiel: Profiel) -> None:
        """Write what a person set for messages, whole (PUT; several clients)."""
        await self._change(personen.wijzig_profiel(persoon, profiel))


class AanmeldingenClient(ApiCalls):
    """Enrolments, subjects and mentors."""

    def aanmeldingen(
        self, leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
    ) -> ResourceList[Aanmelding]:
        """Enrolments of a pupil (several clients). Without a range: those that hold today; from 1970-01-01: all."""
        return self._list(aanmeldingen.aanmeldingen(leerling, begin=begin, einde=einde))

    def aanmeldingen_van_persoon(
        self, persoon: int, *, geen_toekomstige: bool | None = None
    ) -> ResourceList[PersoonAanmelding]:
        """Enrolments in the older generation (several clients)."""
        return self._list(aanmeldingen.aanmeldingen_van_persoon(persoon, geen_toekomstige=geen_toekomstige))

    def vakken(self, persoon: int, aanmelding: int) -> ResourceList[Vak]:
        """Subjects of an enrolment (several clients)."""
        return self._list(aanmeldingen.vakken(persoon, aanmelding))

    def vakken_van_aanmelding(self, aanmelding: int) -> ResourceList[VakVanAanmelding]:
        """Subjects of an enrolment in the newer generation (one client)."""
        return self._list(aanmeldingen.vakken_van_aanmelding(aanmelding))

    def mentoren(self, aanmelding: int) -> ResourceList[Mentor]:
        """Mentors of an enrolment (one client)."""
        return self._list(aanmeldingen.mentoren(aanmelding))


class AsyncAanmeldingenClient(AsyncApiCalls):
    """Enrolments, subjects and mentors, awaiting."""

    def aanmeldingen(
        self, leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
    ) -> AsyncResourceList[Aanmelding]:
        """Enrolments of a pupil (several clients). Without a range: those that hold today; from 1970-01-01: all."""
        return self._list(aanmeldingen.aanmeldingen(leerling, begin=begin, einde=einde))

    def aanmeldingen_van_persoon(
        self, persoon: int, *, geen_toekomstige: bool | None = None
    ) -> AsyncResourceList[PersoonAanmelding]:
        """Enrolments in the older generation (several clients)."""
        return self._list(aanmeldingen.aanmeldingen_van_persoon(persoon, geen_toekomstige=geen_toekomstige))

    def vakken(self, persoon: int, aanmelding: int) -> AsyncResourceList[Vak]:
        """Subjects of an enrolment (several clients)."""
        return self._list(aanmeldingen.vakken(persoon, aanmelding))

    def vakken_van_aanmelding(self, aanmelding: int) -> AsyncResourceList[VakVanAanmelding]:
        """Subjects of an enrolment in the newer generation (one client)."""
        return self._list(aanmeldingen.vakken_van_aanmelding(aanmelding))

    def mentoren(self, aanmelding: int) -> AsyncResourceList[Mentor]:
        """Mentors of an enrolment (one client)."""
        return self._list(aanmeldingen.mentoren(aanmelding))


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
    ) -> ResourceList[CijferUitOverzicht]:
        """The grade overview of an enrolment (several clients)."""
        return self._list(
            cijfers.cijferoverzicht(
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
        return self._one(cijfers.kolominfo(persoon, aanmelding, kolom))

    def cijferperioden(self, persoon: int, aanmelding: int) -> ResourceList[Cijferperiode]:
        """Periods of the grade book (several clients)."""
        return self._list(cijfers.cijferperioden(persoon, aanmelding))

    def laatste_cijfers(self, persoon: int) -> ResourceList[LaatsteCijfer]:
        """The latest grades, newest first, page after page (several clients)."""
        return self._list(cijfers.laatste_cijfers(persoon))

    def cijfers(self, aanmelding: int) -> ResourceList[Cijfer]:
        """Grades of an enrolment in the newer generation (one client)."""
        return self._list(cijfers.cijfers(aanmelding))

    def perioden(self, aanmelding: int) -> ResourceList[Periode]:
        """Periods of an enrolment in the newer generation (one client)."""
        return self._list(cijfers.perioden(aanmelding))

    def werkinformatie(self, cijfer: Cijfer) -> Werkinformatie:
        """What a grade of the newer generation was given for, by its link (one client)."""
        return self._one(cijfers.werkinformatie(cijfer))

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
    ) -> AsyncResourceList[CijferUitOverzicht]:
        """The grade overview of an enrolment (several clients)."""
        return self._list(
            cijfers.cijferoverzicht(
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
        return await self._one(cijfers.kolominfo(persoon, aanmelding, kolom))

    def cijferperioden(self, persoon: int, aanmelding: int) -> AsyncResourceList[Cijferperiode]:
        """Periods of the grade book (several clients)."""
        return self._list(cijfers.cijferperioden(persoon, aanmelding))

    def laatste_cijfers(self, persoon: int) -> AsyncResourceList[LaatsteCijfer]:
        """The latest grades, newest first, page after page (several clients)."""
        return self._list(cijfers.laatste_cijfers(persoon))

    def cijfers(self, aanmelding: int) -> AsyncResourceList[Cijfer]:
        """Grades of an enrolment in the newer generation (one client)."""
        return self._list(cijfers.cijfers(aanmelding))

    def perioden(self, aanmelding: int) -> AsyncResourceList[Periode]:
        """Periods of an enrolment in the newer generation (one client)."""
        return self._list(cijfers.perioden(aanmelding))

    async def werkinformatie(self, cijfer: Cijfer) -> Werkinformatie:
        """What a grade of the newer generation was given for, by its link (one client)."""
        return await self._one(cijfers.werkinformatie(cijfer))

    async def kolominfo_van(self, persoon: int, aanmelding: int, kolommen: Sequence[int]) -> Mapping[int, Kolominfo]:
        """What the overview does not tell of many columns, such as their weights, by the number of the column.

        One request for each column, as many at a time as the client allows and at its pace, so that the school's limit
        holds; each column is asked for once.
        """
        return await self._run(read_kolominfo(self.connection, persoon, aanmelding, kolommen))


class AgendaClient(ApiCalls):
    """Agenda and its changes."""

    def afspraken(
        self, persoon: int, van: dt.date, tot: dt.date, *, status: int | None = None
    ) -> ResourceList[Afspraak]:
        """The agenda of a person from day to day, both included (several clients). ``status`` 0: all, 1: active."""
        return self._list(agenda.afspraken(persoon, van, tot, status=status))

    def afspraak(self, persoon: int, afspraak: int) -> Afspraak:
        """One appointment (several clients)."""
        return self._one(agenda.afspraak(persoon, afspraak))

    def roosterwijzigingen(self, persoon: int, van: dt.date, tot: dt.date) -> ResourceList[Afspraak]:
        """Changes of the timetable (several clients)."""
        return self._list(agenda.roosterwijzigingen(persoon, van, tot))

    def afspraken_van_leerling(
        self, leerling: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
    ) -> ResourceList[NieuweAfspraak]:
        """The agenda of a pupil in the newer generation (one client)."""
        return self._list(agenda.afspraken_van_leerling(leerling, begin, einde, status=status))

    def afspraken_van_medewerker(
        self, medewerker: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
    ) -> ResourceList[NieuweAfspraak]:
        """The agenda of a member of staff (several clients)."""
        return self._list(agenda.afspraken_van_medewerker(medewerker, begin, einde, status=status))

    def extra_afspraken(self, gebruiker: str, start: dt.datetime, einde: dt.datetime) -> ResourceList[ExtraAfspraak]:
        """Appointments of the calendar service (one client), which refuses tokens that were not made for it."""
        return self._list(agenda.extra_afspraken(gebruiker, start, einde))

    def agendafeed(self) -> Agendafeed:
        """The address of the iCalendar feed (one client). Treat it as a secret."""
        return self._one(agenda.agendafeed())

    def maak_afspraak(self, persoon: int, afspraak: JsonObject) -> None:
        """Make an appointment of one's own, as the interface spells it (POST; several clients).

        Only ``Type`` 1 (personal) and 16 (planning) can be made.
        """
        self._change(agenda.maak_afspraak(persoon, afspraak))

    def wijzig_afspraak(self, persoon: int, afspraak: JsonObject) -> None:
        """Write an appointment, whole, as the interface spells it (PUT; several clients)."""
        self._change(agenda.wijzig_afspraak(persoon, afspraak))

    def verwijder_afspraak(self, persoon: int, afspraak: int) -> None:
        """Remove an appointment of one's own (DELETE; several clients)."""
        self._change(agenda.verwijder_afspraak(persoon, afspraak))


class AsyncAgendaClient(AsyncApiCalls):
    """Agenda and its changes, awaiting."""

    def afspraken(
        self, persoon: int, van: dt.date, tot: dt.date, *, status: int | None = None
    ) -> AsyncResourceList[Afspraak]:
        """The agenda of a person from day to day, both included (several clients). ``status`` 0: all, 1: active."""
        return self._list(agenda.afspraken(persoon, van, tot, status=status))

    async def afspraak(self, persoon: int, afspraak: int) -> Afspraak:
        """One appointment (several clients)."""
        return await self._one(agenda.afspraak(persoon, afspraak))

    def roosterwijzigingen(self, persoon: int, van: dt.date, tot: dt.date) -> AsyncResourceList[Afspraak]:
        """Changes of the timetable (several clients)."""
        return self._list(agenda.roosterwijzigingen(persoon, van, tot))

    def afspraken_van_leerling(
        self, leerling: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
    ) -> AsyncResourceList[NieuweAfspraak]:
        """The agenda of a pupil in the newer generation (one client)."""
        return self._list(agenda.afspraken_van_leerling(leerling, begin, einde, status=status))

    def afspraken_van_medewerker(
        self, medewerker: int, begin: dt.date, einde: dt.date, *, status: str = "actief"
    ) -> AsyncResourceList[NieuweAfspraak]:
        """The agenda of a member of staff (several clients)."""
        return self._list(agenda.afspraken_van_medewerker(medewerker, begin, einde, status=status))

    def extra_afspraken(
        self, gebruiker: str, start: dt.datetime, einde: dt.datetime
    ) -> AsyncResourceList[ExtraAfspraak]:
        """Appointments of the calendar service (one client), which refuses tokens that were not made for it."""
        return self._list(agenda.extra_afspraken(gebruiker, start, einde))

    async def agendafeed(self) -> Agendafeed:
        """The address of the iCalendar feed (one client). Treat it as a secret."""
        return await self._one(agenda.agendafeed())

    async def maak_afspraak(self, persoon: int, afspraak: JsonObject) -> None:
        """Make an appointment of one's own, as the interface spells it (POST; several clients).

        Only ``Type`` 1 (personal) and 16 (planning) can be made.
        """
        await self._change(agenda.maak_afspraak(persoon, afspraak))

    async def wijzig_afspraak(self, persoon: int, afspraak: JsonObject) -> None:
        """Write an appointment, whole, as the interface spells it (PUT; several clients)."""
        await self._change(agenda.wijzig_afspraak(persoon, afspraak))

    async def verwijder_afspraak(self, persoon: int, afspraak: int) -> None:
        """Remove an appointment of one's own (DELETE; several clients)."""
        await self._change(agenda.verwijder_afspraak(persoon, afspraak))


class AbsentieClient(ApiCalls):
    """Absence and attendance."""

    def absenties(self, persoon: int, van: dt.date, tot: dt.date) -> ResourceList[Absentie]:
        """The absence of a person from day to day (several clients)."""
        return self._list(absentie.absenties(persoon, van, tot))

    def absentieperioden(self, persoon: int) -> ResourceList[Absentieperiode]:
        """Periods of absence (shape: one client)."""
        return self._list(absentie.absentieperioden(persoon))

    def verantwoordingen(self, leerling: int, begin: dt.date, einde: dt.date) -> ResourceList[Verantwoording]:
        """What staff recorded about a pupil's absence (one client)."""
        return self._list(absentie.verantwoordingen(leerling, begin, einde))

    def verantwoordingen_per_maand(self, leerling: int, begin: dt.date, einde: dt.date) -> ResourceList[Verantwoording]:
        """The same by month (one client)."""
        return self._list(absentie.verantwoordingen_per_maand(leerling, begin, einde))

    def ongeoorloofde_registraties(self, datum: dt.date) -> ResourceList[OngeoorloofdeRegistratie]:
        """Pupils with absence that nobody has excused (one client)."""
        return self._list(absentie.ongeoorloofde_registraties(datum))

    def terugkommaatregelen(
        self, leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
    ) -> ResourceList[Terugkommaatregel]:
        """When a pupil has to come back (one client)."""
        return self._list(absentie.terugkommaatregelen(leerling, begin=begin, einde=einde))

    def terugkomers(self) -> ResourceList[Terugkommaatregel]:
        """Pupils who have to come back (one client)."""
        return self._list(absentie.terugkomers())

    def absentiemeldingen(
        self, leerling_uuid: str, *, volgorde_kolom: str | None = None, volgorde: str | None = None
    ) -> ResourceList[Absentiemelding]:
        """Notices of absence of a pupil, by ``externe_id`` (one client)."""
        return self._list(absentie.absentiemeldingen(leerling_uuid, volgorde_kolom=volgorde_kolom, volgorde=volgorde))

    def absentiemeldingen_vandaag(self) -> ResourceList[Absentiemelding]:
        """Notices of absence of today, page after page (one client; that it takes ``top`` and ``skip`` is inferred)."""
        return self._list(absentie.absentiemeldingen_vandaag())

    def meldingssoorten(self) -> ResourceList[Meldingssoort]:
        """Kinds of notices (one client)."""
        return self._list(absentie.meldingssoorten())


class AsyncAbsentieClient(AsyncApiCalls):
    """Absence and attendance, awaiting."""

    def absenties(self, persoon: int, van: dt.date, tot: dt.date) -> AsyncResourceList[Absentie]:
        """The absence of a person from day to day (several clients)."""
        return self._list(absentie.absenties(persoon, van, tot))

    def absentieperioden(self, persoon: int) -> AsyncResourceList[Absentieperiode]:
        """Periods of absence (shape: one client)."""
        return self._list(absentie.absentieperioden(persoon))

    def verantwoordingen(self, leerling: int, begin: dt.date, einde: dt.date) -> AsyncResourceList[Verantwoording]:
        """What staff recorded about a pupil's absence (one client)."""
        return self._list(absentie.verantwoordingen(leerling, begin, einde))

    def verantwoordingen_per_maand(
        self, leerling: int, begin: dt.date, einde: dt.date
    ) -> AsyncResourceList[Verantwoording]:
        """The same by month (one client)."""
        return self._list(absentie.verantwoordingen_per_maand(leerling, begin, einde))

    def ongeoorloofde_registraties(self, datum: dt.date) -> AsyncResourceList[OngeoorloofdeRegistratie]:
        """Pupils with absence that nobody has excused (one client)."""
        return self._list(absentie.ongeoorloofde_registraties(datum))

    def terugkommaatregelen(
        self, leerling: int, *, begin: dt.date | None = None, einde: dt.date | None = None
    ) -> AsyncResourceList[Terugkommaatregel]:
        """When a pupil has to come back (one client)."""
        return self._list(absentie.terugkommaatregelen(leerling, begin=begin, einde=einde))

    def terugkomers(self) -> AsyncResourceList[Terugkommaatregel]:
        """Pupils who have to come back (one client)."""
        return self._list(absentie.terugkomers())

    def absentiemeldingen(
        self, leerling_uuid: str, *, volgorde_kolom: str | None = None, volgorde: str | None = None
    ) -> AsyncResourceList[Absentiemelding]:
        """Notices of absence of a pupil, by ``externe_id`` (one client)."""
        return self._list(absentie.absentiemeldingen(leerling_uuid, volgorde_kolom=volgorde_kolom, volgorde=volgorde))

    def absentiemeldingen_vandaag(self) -> AsyncResourceList[Absentiemelding]:
        """Notices of absence of today, page after page (one client; that it takes ``top`` and ``skip`` is inferred)."""
        return self._list(absentie.absentiemeldingen_vandaag())

    def meldingssoorten(self) -> AsyncResourceList[Meldingssoort]:
        """Kinds of notices (one client)."""
        return self._list(absentie.meldingssoorten())


class EloClient(ApiCalls):
    """Study guides, projects, assignments, materials and activities."""

    def studiewijzers(self, leerling: int, *, peildatum: dt.date | None = None) -> ResourceList[Studiewijzer]:
        """Study guides of a pupil (several clients)."""
        return self._list(elo.studiewijzers(leerling, peildatum=peildatum))

    def projecten(self, leerling: int, *, peildatum: dt.date | None = None) -> ResourceList[Studiewijzer]:
        """Projects of a pupil (several clients)."""
        return self._list(elo.projecten(leerling, peildatum=peildatum))

    def studiewijzer(self, leerling: int, studiewijzer: int) -> Studiewijzer:
        """A study guide with its parts (several clients)."""
        return self._one(elo.studiewijzer(leerling, studiewijzer))

    def project(self, leerling: int, project: int) -> Studiewijzer:
        """A project with its parts (several clients)."""
        return self._one(elo.project(leerling, project))

    def onderdeel(self, leerling: int, studiewijzer: int, onderdeel: int) -> Onderdeel | None:
        """A part of a study guide, or nothing where it is empty (several clients)."""
        return self._one_or_none(elo.onderdeel(leerling, studiewijzer, onderdeel))

    def studiewijzerbijlage(self, leerling: int, studiewijzer: int, bijlage: int) -> Vindplaats:
        """Where a file of a study guide can be fetched for a while (several clients)."""
        return self._one(elo.studiewijzerbijlage(leerling, studiewijzer, bijlage))

    def opdrachten(
        self, persoon: int, *, begin: dt.date | None = None, einde: dt.date | None = None, status: str | None = None
    ) -> ResourceList[Opdracht]:
        """Assignments of a person, page after page (several clients)."""
        return self._list(elo.opdrachten(persoon, begin=begin, einde=einde, status=status))

    def opdracht(self, persoon: int, opdracht: int) -> Opdracht:
        """An assignment (several clients)."""
        return self._one(elo.opdracht(persoon, opdracht))

    def opdrachtversie(self, persoon: int, versie: int) -> Opdrachtversie:
        """A version of an assignment that was handed in (several clients)."""
        return self._one(elo.opdrachtversie(persoon, versie))

    def lesmateriaal(self, persoon: int) -> ResourceList[Lesmateriaal]:
        """Learning materials of a person (several clients)."""
        return self._list(elo.lesmateriaal(persoon))

    def digitaal_lesmateriaal(self, persoon: int, ean: str) -> Vindplaats:
        """Where a material opens (several clients)."""
        return self._one(elo.digitaal_lesmateriaal(persoon, ean))

    def bronnen(self, persoon: int, *, soort: int = 0, parent: int | None = None) -> ResourceList[Bron]:
        """Files and folders of a person (several clients)."""
        return self._list(elo.bronnen(persoon, soort=soort, parent=parent))

    def activiteiten(self, persoon: int) -> ResourceList[Activiteit]:
        """Activities that a person can subscribe to (shape: one client)."""
        return self._list(elo.activiteiten(persoon))

    def activiteitonderdelen(self, persoon: int, activiteit: int) -> ResourceList[Activiteitonderdeel]:
        """Parts of an activity (one client)."""
        return self._list(elo.activiteitonderdelen(persoon, activiteit))


class AsyncEloClient(AsyncApiCalls):
    """Study guides, projects, assignments, materials and activities, awaiting."""

    def studiewijzers(self, leerling: int, *, peildatum: dt.date | None = None) -> AsyncResourceList[Studiewijzer]:
        """Study guides of a pupil (several clients)."""
        return self._list(elo.studiewijzers(leerling, peildatum=peildatum))

    def projecten(self, leerling: int, *, peildatum: dt.date | None = None) -> AsyncResourceList[Studiewijzer]:
        """Projects of a pupil (several clients)."""
        return self._list(elo.projecten(leerling, peildatum=peildatum))

    async def studiewijzer(self, leerling: int, studiewijzer: int) -> Studiewijzer:
        """A study guide with its parts (several clients)."""
        return await self._one(elo.studiewijzer(leerling, studiewijzer))

    async def project(self, leerling: int, project: int) -> Studiewijzer:
        """A project with its parts (several clients)."""
        return await self._one(elo.project(leerling, project))

    async def onderdeel(self, leerling: int, studiewijzer: int, onderdeel: int) -> Onderdeel | None:
        """A part of a study guide, or nothing where it is empty (several clients)."""
        return await self._one_or_none(elo.onderdeel(leerling, studiewijzer, onderdeel))

    async def studiewijzerbijlage(self, leerling: int, studiewijzer: int, bijlage: int) -> Vindplaats:
        """Where a file of a study guide can be fetched for a while (several clients)."""
        return await self._one(elo.studiewijzerbijlage(leerling, studiewijzer, bijlage))

    def opdrachten(
        self, persoon: int, *, begin: dt.date | None = None, einde: dt.date | None = None, status: str | None = None
    ) -> AsyncResourceList[Opdracht]:
        """Assignments of a person, page after page (several clients)."""
        return self._list(elo.opdrachten(persoon, begin=begin, einde=einde, status=status))

    async def opdracht(self, persoon: int, opdracht: int) -> Opdracht:
        """An assignment (several clients)."""
        return await self._one(elo.opdracht(persoon, opdracht))

    async def opdrachtversie(self, persoon: int, versie: int) -> Opdrachtversie:
        """A version of an assignment that was handed in (several clients)."""
        return await self._one(elo.opdrachtversie(persoon, versie))

    def lesmateriaal(self, persoon: int) -> AsyncResourceList[Lesmateriaal]:
        """Learning materials of a person (several clients)."""
        return self._list(elo.lesmateriaal(persoon))

    async def digitaal_lesmateriaal(self, persoon: int, ean: str) -> Vindplaats:
        """Where a material opens (several clients)."""
        return await self._one(elo.digitaal_lesmateriaal(persoon, ean))

    def bronnen(self, persoon: int, *, soort: int = 0, parent: int | None = None) -> AsyncResourceList[Bron]:
        """Files and folders of a person (several clients)."""
        return self._list(elo.bronnen(persoon, soort=soort, parent=parent))

    def activiteiten(self, persoon: int) -> AsyncResourceList[Activiteit]:
        """Activities that a person can subscribe to (shape: one client)."""
        return self._list(elo.activiteiten(persoon))

    def activiteitonderdelen(self, persoon: int, activiteit: int) -> AsyncResourceList[Activiteitonderdeel]:
        """Parts of an activity (one client)."""
        return self._list(elo.activiteitonderdelen(persoon, activiteit))


class BerichtenClient(ApiCalls):
    """Messages."""

    def mappen(self) -> ResourceList[Map]:
        """All folders of messages (several clients)."""
        return self._list(berichten_operations.mappen())

    def berichten(self, folder: int | str = "postvakin", *, trefwoorden: str | None = None) -> ResourceList[Bericht]:
        """Messages of a folder (several clients).

        Folders go by number, or ``postvakin``, ``verzondenitems``, ``verwijderdeitems``.
        """
        return self._list(berichten_operations.berichten(folder, trefwoorden=trefwoorden))

    def bericht(self, bericht: int) -> VolledigBericht:
        """A message with its text (several clients)."""
        return self._one(berichten_operations.bericht(bericht))

    def berichtbijlagen(self, bericht: int) -> ResourceList[Berichtbijlage]:
        """Files of a message (several clients)."""
        return self._list(berichten_operations.berichtbijlagen(bericht))

    def markeer_gelezen(self, berichten: Sequence[int], *, gelezen: bool = True) -> None:
        """Mark messages as read or unread (PATCH; several clients)."""
        self._change(berichten_operations.markeer_gelezen(berichten, gelezen=gelezen))

    def verplaats(self, berichten: Sequence[int], folder: int) -> None:
        """Move messages to a folder; folder 3 is the bin (PATCH; several clients)."""
        self._change(berichten_operations.verplaats(berichten, folder))

    def verwijder(self, berichten: Sequence[int]) -> None:
        """Remove messages (DELETE with a body; several clients)."""
        self._change(berichten_operations.verwijder(berichten))

    def verstuur(self, bericht: JsonObject) -> None:
        """Send a message, as the interface spells it (POST; several clients). It is never sent twice by itself."""
        self._change(berichten_operations.verstuur(bericht))


class AsyncBerichtenClient(AsyncApiCalls):
    """Messages, awaiting."""

    def mappen(self) -> AsyncResourceList[Map]:
        """All folders of messages (several clients)."""
        return self._list(berichten_operations.mappen())

    def berichten(
        self, folder: int | str = "postvakin", *, trefwoorden: str | None = None
    ) -> AsyncResourceList[Bericht]:
        """Messages of a folder (several clients).

        Folders go by number, or ``postvakin``, ``verzondenitems``, ``verwijderdeitems``.
        """
        return self._list(berichten_operations.berichten(folder, trefwoorden=trefwoorden))

    async def bericht(self, bericht: int) -> VolledigBericht:
        """A message with its text (several clients)."""
        return await self._one(berichten_operations.bericht(bericht))

    def berichtbijlagen(self, bericht: int) -> AsyncResourceList[Berichtbijlage]:
        """Files of a message (several clients)."""
        return self._list(berichten_operations.berichtbijlagen(bericht))

    async def markeer_gelezen(self, berichten: Sequence[int], *, gelezen: bool = True) -> None:
        """Mark messages as read or unread (PATCH; several clients)."""
        await self._change(berichten_operations.markeer_gelezen(berichten, gelezen=gelezen))

    async def verplaats(self, berichten: Sequence[int], folder: int) -> None:
        """Move messages to a folder; folder 3 is the bin (PATCH; several clients)."""
        await self._change(berichten_operations.verplaats(berichten, folder))

    async def verwijder(self, berichten: Sequence[int]) -> None:
        """Remove messages (DELETE with a body; several clients)."""
        await self._change(berichten_operations.verwijder(berichten))

    async def verstuur(self, bericht: JsonObject) -> None:
        """Send a message, as the interface spells it (POST; several clients). It is never sent twice by itself."""
        await self._change(berichten_operations.verstuur(bericht))


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
    ) -> ResourceList[GevondenLeerling]:
        """Pupils by a part of their name, as staff search them (one client)."""
        return self._list(
            personeel.zoek_leerlingen(zoekterm, peildatum=peildatum, velden=velden, rol=rol, volgorde=volgorde)
        )

    def zoek_medewerkers(self, zoekterm: str = "**", *, status: str = "actief") -> ResourceList[GevondenMedewerker]:
        """Members of staff by a part of their name (one client)."""
        return self._list(personeel.zoek_medewerkers(zoekterm, status=status))

    def ongelezen_logboekformulieren(self) -> ResourceList[Logboekformulier]:
        """Forms of the log book that nobody has read (one client)."""
        return self._list(personeel.ongelezen_logboekformulieren())

    def logboekformulieren(self, leerling: int, begin: dt.date, einde: dt.date) -> ResourceList[Logboekformulier]:
        """Forms of the log book about a pupil (one client)."""
        return self._list(personeel.logboekformulieren(leerling, begin, einde))

    def kluisjes(self) -> ResourceList[Kluisje]:
        """Lockers and who rents them (one client)."""
        return self._list(personeel.kluisjes())


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
    ) -> AsyncResourceList[GevondenLeerling]:
        """Pupils by a part of their name, as staff search them (one client)."""
        return self._list(
            personeel.zoek_leerlingen(zoekterm, peildatum=peildatum, velden=velden, rol=rol, volgorde=volgorde)
        )

    def zoek_medewerkers(
        self, zoekterm: str = "**", *, status: str = "actief"
    ) -> AsyncResourceList[GevondenMedewerker]:
        """Members of staff by a part of their name (one client)."""
        return self._list(personeel.zoek_medewerkers(zoekterm, status=status))

    def ongelezen_logboekformulieren(self) -> AsyncResourceList[Logboekformulier]:
        """Forms of the log book that nobody has read (one client)."""
        return self._list(personeel.ongelezen_logboekformulieren())

    def logboekformulieren(self, leerling: int, begin: dt.date, einde: dt.date) -> AsyncResourceList[Logboekformulier]:
        """Forms of the log book about a pupil (one client)."""
        return self._list(personeel.logboekformulieren(leerling, begin, einde))

    def kluisjes(self) -> AsyncResourceList[Kluisje]:
        """Lockers and who rents them (one client)."""
        return self._list(personeel.kluisjes())


class PublicApiClient(
    AccountClient,
    PersonenClient,
    AanmeldingenClient,
    CijfersClient,
    AgendaClient,
    AbsentieClient,
    EloClient,
    BerichtenClient,
    PersoneelClient,
):
    """The interface of one school.

    ``base_url`` has no default: your partner contract or ``login.api_address(tokens)`` tells it. ``tokens`` is a
    source from ``login.keep(...)`` or ``login.kept(...)``. At most four requests are on their way at a time, 150 ms
    apart, and farther apart for a while after the school has said that this is too many (observed limits). ``http`` is
    a client of httpx or httpx2 that stays yours; ``service_urls`` are ``calendar_url``, ``attendance_url`` and
    ``lockers_url``, for an interface elsewhere than at ``magister.net`` or where they differ from what public clients
    know. ``clock`` tells when a token ends. A ``driver`` of yours brings all of this itself, its pace and patience
    too: beside it, none of it can be given.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        pace: Pace | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        service_urls: Mapping[str, str] | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: SyncDriver | None = None,
    ) -> None:
        connection = Connection(base_url=base_url, tokens=tokens, headers=headers or {}, **(service_urls or {}))
        super().__init__(connection, driver, http=http, timeouts=timeouts, retries=retries, pace=pace, clock=clock)


class AsyncPublicApiClient(
    AsyncAccountClient,
    AsyncPersonenClient,
    AsyncAanmeldingenClient,
    AsyncCijfersClient,
    AsyncAgendaClient,
    AsyncAbsentieClient,
    AsyncEloClient,
    AsyncBerichtenClient,
    AsyncPersoneelClient,
):
    """The interface of one school.

    ``base_url`` has no default: your partner contract or ``login.api_address(tokens)`` tells it. ``tokens`` is a
    source from ``login.keep(...)`` or ``login.kept(...)``. At most four requests are on their way at a time, 150 ms
    apart, and farther apart for a while after the school has said that this is too many (observed limits). ``http`` is
    a client of httpx or httpx2 that stays yours; ``service_urls`` are ``calendar_url``, ``attendance_url`` and
    ``lockers_url``, for an interface elsewhere than at ``magister.net`` or where they differ from what public clients
    know. ``clock`` tells when a token ends. A ``driver`` of yours brings all of this itself, its pace and patience
    too: beside it, none of it can be given.
    """

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        pace: Pace | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        service_urls: Mapping[str, str] | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        driver: AsyncDriver | None = None,
    ) -> None:
        connection = Connection(base_url=base_url, tokens=tokens, headers=headers or {}, **(service_urls or {}))
        super().__init__(connection, driver, http=http, timeouts=timeouts, retries=retries, pace=pace, clock=clock)
