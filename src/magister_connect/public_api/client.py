"""The sync and the async client of a school's API: all methods, by subject."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeAlias, TypeVar

from magister_connect.core.drivers import AsyncClient, ClientMethod, SyncClient
from magister_connect.core.late import LateModule, LateOperations
from magister_connect.core.lists import SMALLEST_PAGE
from magister_connect.core.records.safe_repr import SafeRepr

if TYPE_CHECKING:
    import datetime as dt

    from magister_connect.core.drivers import (
        AsyncDriver,
        AsyncHttp,
        Pace,
        RetryPolicy,
        SyncDriver,
        SyncHttp,
        Timeouts,
    )
    from magister_connect.core.flow import Flow, StreamingFlow
    from magister_connect.core.records.unreadable import OnUnreadable
    from magister_connect.core.secrets import Secret
    from magister_connect.login import TokenSource
    from magister_connect.public_api import (
        aanmeldingen,
        absentie,
        account,
        agenda,
        berichten,
        cijfers,
        elo,
        files,
        me,
        personeel,
        personen,
        politeness,
        uploads,
    )
    from magister_connect.public_api.exchange import connection as connections
    from magister_connect.public_api.exchange import operations as exchange
    from magister_connect.public_api.exchange import paging
    from magister_connect.public_api.exchange.connection import Connection
    from magister_connect.public_api.exchange.operations import Change, Listing, Single
    from magister_connect.public_api.exchange.paging import Page, RecordList
else:
    aanmeldingen = LateOperations("magister_connect.public_api.aanmeldingen")
    absentie = LateOperations("magister_connect.public_api.absentie")
    account = LateOperations("magister_connect.public_api.account")
    agenda = LateOperations("magister_connect.public_api.agenda")
    berichten = LateOperations("magister_connect.public_api.berichten")
    cijfers = LateOperations("magister_connect.public_api.cijfers")
    elo = LateOperations("magister_connect.public_api.elo")
    files = LateOperations("magister_connect.public_api.files")
    me = LateOperations("magister_connect.public_api.me")
    personeel = LateOperations("magister_connect.public_api.personeel")
    personen = LateOperations("magister_connect.public_api.personen")
    uploads = LateOperations("magister_connect.public_api.uploads")
    exchange = LateOperations("magister_connect.public_api.exchange.operations")
    connections = LateModule("magister_connect.public_api.exchange.connection")
    paging = LateModule("magister_connect.public_api.exchange.paging")
    politeness = LateModule("magister_connect.public_api.politeness")

P = ParamSpec("P")
T = TypeVar("T")


class ResourceList(SafeRepr, Generic[T]):
    """A list of the API. Iterating sends the requests. Each iteration reads the list again."""

    def __init__(self, driver: SyncDriver, connection: Connection, listing: Listing[T]) -> None:
        self._driver = driver
        self._connection = connection
        self._listing = listing

    def __iter__(self) -> Iterator[T]:
        """Yield all items, page by page."""
        return self._driver.iterate(paging.walk_items(self._connection, self._listing))

    def pages(
        self, *, page_size: int | None = None, limit: int | None = None, on_unreadable: OnUnreadable = "raise"
    ) -> Iterator[Page[T]]:
        """Yield the pages as they arrive. ``limit`` and ``on_unreadable`` are as in :meth:`list`.

        ``page_size`` is how many items to request per page. The school may send fewer (recorded).
        """
        flow = paging.walk_pages(
            self._connection, self._listing, page_size=page_size, limit=limit, on_unreadable=on_unreadable
        )
        return self._driver.iterate(flow)

    def list(
        self, *, limit: int | None = None, page_size: int | None = None, on_unreadable: OnUnreadable = "raise"
    ) -> RecordList[T]:
        """Return all items, or the first ``limit``. No further pages are read.

        With ``on_unreadable="keep"``, unreadable items are in ``.unreadable`` of the result, with a warning. By default
        an unreadable item raises :class:`FieldInvalid`.
        """
        flow = paging.read_list(
            self._connection, self._listing, limit=limit, page_size=page_size, on_unreadable=on_unreadable
        )
        return self._driver.run(flow)

    def first(self) -> T | None:
        """Return the first item, or ``None`` if the list is empty. Requests one item."""
        found = self.list(limit=1)
        return found[0] if found else None

    def __repr__(self) -> str:
        return f"<ResourceList {self._listing.kind.__name__}>"


class AsyncResourceList(SafeRepr, Generic[T]):
    """A list of the API. Iterating sends the requests. Each iteration reads the list again."""

    def __init__(self, driver: AsyncDriver, connection: Connection, listing: Listing[T]) -> None:
        self._driver = driver
        self._connection = connection
        self._listing = listing

    def __aiter__(self) -> AsyncIterator[T]:
        """Yield all items, page by page."""
        return self._driver.iterate(paging.walk_items(self._connection, self._listing))

    def pages(
        self, *, page_size: int | None = None, limit: int | None = None, on_unreadable: OnUnreadable = "raise"
    ) -> AsyncIterator[Page[T]]:
        """Yield the pages as they arrive. ``limit`` and ``on_unreadable`` are as in :meth:`list`.

        ``page_size`` is how many items to request per page. The school may send fewer (recorded).
        """
        flow = paging.walk_pages(
            self._connection, self._listing, page_size=page_size, limit=limit, on_unreadable=on_unreadable
        )
        return self._driver.iterate(flow)

    async def list(
        self, *, limit: int | None = None, page_size: int | None = None, on_unreadable: OnUnreadable = "raise"
    ) -> RecordList[T]:
        """Return all items, or the first ``limit``. No further pages are read.

        With ``on_unreadable="keep"``, unreadable items are in ``.unreadable`` of the result, with a warning. By default
        an unreadable item raises :class:`FieldInvalid`.
        """
        flow = paging.read_list(
            self._connection, self._listing, limit=limit, page_size=page_size, on_unreadable=on_unreadable
        )
        return await self._driver.run(flow)

    async def first(self) -> T | None:
        """Return the first item, or ``None`` if the list is empty. Requests one item."""
        found = await self.list(limit=1)
        return found[0] if found else None

    def __repr__(self) -> str:
        return f"<AsyncResourceList {self._listing.kind.__name__}>"


ListMethod: TypeAlias = ClientMethod[P, ResourceList[T], AsyncResourceList[T]]
FlowMethod: TypeAlias = ClientMethod[P, T, Coroutine[Any, Any, T]]


def listing(operation: Callable[P, Listing[T]]) -> ListMethod[P, T]:
    """Make a method that returns a list."""

    def read(self: PublicApiClient, /, *args: P.args, **kwargs: P.kwargs) -> ResourceList[T]:
        return ResourceList(self._driver, self.connection, operation(*args, **kwargs))

    def read_async(self: AsyncPublicApiClient, /, *args: P.args, **kwargs: P.kwargs) -> AsyncResourceList[T]:
        return AsyncResourceList(self._driver, self.connection, operation(*args, **kwargs))

    return ClientMethod(operation, read, read_async, returns=("ResourceList[{}]", "AsyncResourceList[{}]"))


def flow(operation: Callable[Concatenate[Connection, P], Flow[T]]) -> FlowMethod[P, T]:
    """Make a method that runs a flow over the client's connection."""
    return _flow_method(operation, operation, hidden=1)


def single(operation: Callable[P, Single[T]]) -> FlowMethod[P, T]:
    """Make a method that reads one record."""

    def read(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        return exchange.read_single(connection, operation(*args, **kwargs))

    return _flow_method(operation, read)


def optional(operation: Callable[P, Single[T]]) -> FlowMethod[P, T | None]:
    """Make a method that reads one record, or ``None`` if the response is empty."""

    def read(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> Flow[T | None]:
        return exchange.read_single_or_none(connection, operation(*args, **kwargs))

    return _flow_method(operation, read, returns="{} | None")


def change(operation: Callable[P, Change]) -> FlowMethod[P, None]:
    """Make a method that sends a change once."""

    def write(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> Flow[None]:
        return exchange.make_change(connection, operation(*args, **kwargs))

    return _flow_method(operation, write, returns="None")


def streamed(
    operation: Callable[Concatenate[Connection, P], StreamingFlow[T]],
) -> ClientMethod[P, Iterator[T], AsyncIterator[T]]:
    """Make a method that yields items while they arrive."""

    def read(self: PublicApiClient, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        return self._driver.iterate(operation(self.connection, *args, **kwargs))

    def read_async(self: AsyncPublicApiClient, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
        return self._driver.iterate(operation(self.connection, *args, **kwargs))

    return ClientMethod(operation, read, read_async, hidden=1, returns=("Iterator[{}]", "AsyncIterator[{}]"))


def _flow_method(
    shown: Callable[..., object],
    operation: Callable[Concatenate[Connection, P], Flow[T]],
    *,
    hidden: int = 0,
    returns: str = "{}",
) -> FlowMethod[P, T]:
    def run(self: PublicApiClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(operation(self.connection, *args, **kwargs))

    async def run_async(self: AsyncPublicApiClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(operation(self.connection, *args, **kwargs))

    return ClientMethod(shown, run, run_async, hidden=hidden, returns=(returns, returns))


class ApiMethods:
    """All requests to a school, by subject.

    A method with the name of its module comes last in its group, because after it the name means the method.
    """

    # any other address
    get = flow(exchange.get)

    # account, session and privileges
    me = flow(me.me)
    sessie = single(account.sessie)
    accountgegevens = single(account.accountgegevens)
    versie = single(account.versie)
    account = single(account.account)

    # pupils, parents and children, personal details, addresses, contacts
    kinderen = listing(personen.kinderen)
    kinderen_van_ouder = listing(personen.kinderen_van_ouder)
    leerling = single(personen.leerling)
    personalia = single(personen.personalia)
    adresgegevens = listing(personen.adresgegevens)
    adresgegevens_van_ouder = listing(personen.adresgegevens_van_ouder)
    adressen = listing(personen.adressen)
    ouders = listing(personen.ouders)
    contactgegevens = listing(personen.contactgegevens)
    profiel = single(personen.profiel)
    opleidinggegevens = single(personen.opleidinggegevens)
    autorisatie = single(personen.autorisatie)
    toestemmingen = listing(personen.toestemmingen)
    contacten = listing(personen.contacten)
    wijzig_profiel = change(personen.wijzig_profiel)

    # enrolments, subjects and mentors
    aanmeldingen_van_persoon = listing(aanmeldingen.aanmeldingen_van_persoon)
    vakken = listing(aanmeldingen.vakken)
    vakken_van_aanmelding = listing(aanmeldingen.vakken_van_aanmelding)
    mentoren = listing(aanmeldingen.mentoren)
    aanmeldingen = listing(aanmeldingen.aanmeldingen)

    # grades: overview, latest, columns and periods
    cijferoverzicht = listing(cijfers.cijferoverzicht)
    kolominfo = single(cijfers.kolominfo)
    cijferperioden = listing(cijfers.cijferperioden)
    laatste_cijfers = listing(cijfers.laatste_cijfers)
    perioden = listing(cijfers.perioden)
    werkinformatie = single(cijfers.werkinformatie)
    gerelateerde_kolommen = listing(cijfers.gerelateerde_kolommen)
    grades_with_subjects = flow(cijfers.grades_with_subjects)
    kolominfo_van = flow(cijfers.kolominfo_van)
    cijfers = listing(cijfers.cijfers)

    # agenda and its changes
    afspraken = listing(agenda.afspraken)
    afspraak = single(agenda.afspraak)
    roosterwijzigingen = listing(agenda.roosterwijzigingen)
    afspraken_van_leerling = listing(agenda.afspraken_van_leerling)
    afspraken_van_medewerker = listing(agenda.afspraken_van_medewerker)
    extra_afspraken = listing(agenda.extra_afspraken)
    agendafeed = single(agenda.agendafeed)
    afspraakbijlagen = flow(agenda.afspraakbijlagen)
    maak_afspraak = flow(agenda.maak_afspraak)
    wijzig_afspraak = flow(agenda.wijzig_afspraak)
    vink_af = flow(agenda.vink_af)
    verwijder_afspraak = change(agenda.verwijder_afspraak)

    # absence and attendance
    absenties = listing(absentie.absenties)
    absence_of_class = flow(absentie.absence_of_class)
    registreer_absentie = change(absentie.registreer_absentie)
    verwijder_verantwoording = change(absentie.verwijder_verantwoording)
    absentieperioden = listing(absentie.absentieperioden)
    verantwoordingen = listing(absentie.verantwoordingen)
    verantwoordingen_per_maand = listing(absentie.verantwoordingen_per_maand)
    ongeoorloofde_registraties = listing(absentie.ongeoorloofde_registraties)
    terugkommaatregelen = listing(absentie.terugkommaatregelen)
    terugkomers = listing(absentie.terugkomers)
    absentiemeldingen = listing(absentie.absentiemeldingen)
    absentiemeldingen_vandaag = listing(absentie.absentiemeldingen_vandaag)
    meldingssoorten = listing(absentie.meldingssoorten)

    # study guides, projects, assignments, materials and activities
    studiewijzers = listing(elo.studiewijzers)
    projecten = listing(elo.projecten)
    studiewijzer = single(elo.studiewijzer)
    project = single(elo.project)
    onderdeel = optional(elo.onderdeel)
    studiewijzerbijlage = single(elo.studiewijzerbijlage)
    opdrachten = listing(elo.opdrachten)
    opdracht = single(elo.opdracht)
    opdrachtversie = single(elo.opdrachtversie)
    lever_in = flow(elo.lever_in)
    lesmateriaal = listing(elo.lesmateriaal)
    digitaal_lesmateriaal = single(elo.digitaal_lesmateriaal)
    bronnen = listing(elo.bronnen)
    activiteiten = listing(elo.activiteiten)
    activiteitonderdelen = listing(elo.activiteitonderdelen)
    schrijf_in = flow(elo.schrijf_in)
    schrijf_uit = flow(elo.schrijf_uit)

    # messages
    mappen = listing(berichten.mappen)
    bericht = single(berichten.bericht)
    berichtbijlagen = listing(berichten.berichtbijlagen)
    markeer_gelezen = change(berichten.markeer_gelezen)
    verplaats = change(berichten.verplaats)
    verwijder = change(berichten.verwijder)
    verstuur = flow(berichten.verstuur)
    concepten = listing(berichten.concepten)
    concept = single(berichten.concept)
    bewaar_concept = flow(berichten.bewaar_concept)
    verwijder_concepten = change(berichten.verwijder_concepten)
    berichten = listing(berichten.berichten)

    # files: attachments, sources and photos; uploads
    open = flow(files.open_file)
    stream = streamed(files.stream_file)
    download = flow(files.download)
    foto = flow(files.foto)
    foto_van_persoon = flow(files.foto_van_persoon)
    uploadinstellingen = single(uploads.uploadinstellingen)
    upload = flow(uploads.upload)

    # for staff: searching people, log books, lockers
    zoek_leerlingen = listing(personeel.zoek_leerlingen)
    zoek_medewerkers = listing(personeel.zoek_medewerkers)
    ongelezen_logboekformulieren = listing(personeel.ongelezen_logboekformulieren)
    logboekformulieren = listing(personeel.logboekformulieren)
    kluisjes = listing(personeel.kluisjes)


class PublicApiClient(ApiMethods, SyncClient):
    """A sync client for the API of one school.

    - ``base_url``: from your partner contract or from ``login.api_address(tokens)``. There is no default.
    - ``tokens``: a source from ``login.keep(...)`` or ``login.kept(...)``.
    - ``pace``: by default, at most four requests run at a time, 150 ms apart. After the school returns "too many
      requests", they are further apart for a while (observed limits). All clients of this process with the same school
      and client id share one pace.
    - ``http``: your own client of httpx or httpx2. You close it yourself.
    - ``service_urls``: ``calendar_url``, ``attendance_url`` and ``lockers_url``. Pass them for an API outside
      ``magister.net``, or if they differ from the ones that public clients use.
    - ``smallest_page``: the smallest page size of a school that may send a wrong total. With 1, every list on one page
      costs one more request.
    - ``clock``: decides when a token has expired.
    - ``driver``: your own driver, which has its own pace, retries and HTTP client. Passing one of those beside it
      raises :class:`UsageError`.
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
        smallest_page: int = SMALLEST_PAGE,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: SyncDriver | None = None,
    ) -> None:
        self.connection = connections.Connection(
            base_url=base_url, tokens=tokens, headers=headers or {}, smallest_page=smallest_page, **(service_urls or {})
        )
        if driver is None:
            polite = politeness.be_polite(self.connection, retries, pace)
            super().__init__(None, keep_raw=keep_raw, http=http, timeouts=timeouts, clock=clock, **polite)
        else:
            super().__init__(
                driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, pace=pace, clock=clock
            )

    def __repr__(self) -> str:
        return f"<PublicApiClient {self.connection.base_url}>"


class AsyncPublicApiClient(ApiMethods, AsyncClient):
    """An async client for the API of one school, on asyncio or trio.

    - ``base_url``: from your partner contract or from ``login.api_address(tokens)``. There is no default.
    - ``tokens``: a source from ``login.keep(...)`` or ``login.kept(...)``.
    - ``pace``: by default, at most four requests run at a time, 150 ms apart. After the school returns "too many
      requests", they are further apart for a while (observed limits). All clients of this process with the same school
      and client id share one pace.
    - ``http``: your own async client of httpx or httpx2. You close it yourself.
    - ``service_urls``: ``calendar_url``, ``attendance_url`` and ``lockers_url``. Pass them for an API outside
      ``magister.net``, or if they differ from the ones that public clients use.
    - ``smallest_page``: the smallest page size of a school that may send a wrong total. With 1, every list on one page
      costs one more request.
    - ``clock``: decides when a token has expired.
    - ``driver``: your own driver, which has its own pace, retries and HTTP client. Passing one of those beside it
      raises :class:`UsageError`.
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
        smallest_page: int = SMALLEST_PAGE,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: AsyncDriver | None = None,
    ) -> None:
        self.connection = connections.Connection(
            base_url=base_url, tokens=tokens, headers=headers or {}, smallest_page=smallest_page, **(service_urls or {})
        )
        if driver is None:
            polite = politeness.be_polite(self.connection, retries, pace)
            super().__init__(None, keep_raw=keep_raw, http=http, timeouts=timeouts, clock=clock, **polite)
        else:
            super().__init__(
                driver, keep_raw=keep_raw, http=http, timeouts=timeouts, retries=retries, pace=pace, clock=clock
            )

    def __repr__(self) -> str:
        return f"<AsyncPublicApiClient {self.connection.base_url}>"
