"""The sandbox: a simulated school, and its services."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Self, cast

from magister_connect import edexml
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError
from magister_connect.identifiers import Brin, Oin
from magister_connect.sandbox.certificates import Certificates
from magister_connect.sandbox.faults import Faults
from magister_connect.sandbox.login.endpoints import application as issuer_application
from magister_connect.sandbox.login.server import Issuer, IssuerSwitches
from magister_connect.sandbox.medius import MediusService, MediusSwitches
from magister_connect.sandbox.nummervoorziening import PATH as NUMMERVOORZIENING_PATH
from magister_connect.sandbox.nummervoorziening import Nummervoorziening, NummervoorzieningSwitches
from magister_connect.sandbox.nummervoorziening import application as nummervoorziening_application
from magister_connect.sandbox.platform import Platform, PlatformSwitches
from magister_connect.sandbox.platform import application as platform_application
from magister_connect.sandbox.results import PATHS, ResultsService, ResultsSwitches
from magister_connect.sandbox.rio import PATH as RIO_PATH
from magister_connect.sandbox.rio import RioSwitches
from magister_connect.sandbox.rio import application as rio_application
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.clock import VirtualClock
from magister_connect.sandbox.school.edexml_export import Combination, edexml_document
from magister_connect.sandbox.school.programmes import FOUNDED
from magister_connect.sandbox.school.registers import crebo_register, sbb_accreditations
from magister_connect.sandbox.school.tables import number_table, programme_table
from magister_connect.sandbox.serving import Application, Served, mounted
from magister_connect.sandbox.state import Accounts, SandboxState
from magister_connect.sandbox.uwlr import Las, UwlrSwitches
from magister_connect.sandbox.uwlr import application as uwlr_application
from magister_connect.sandbox.web.application import API, SERVICE_PATHS
from magister_connect.sandbox.web.application import application as public_api_application
from magister_connect.sandbox.web.switches import PublicApiSwitches

if TYPE_CHECKING:
    from magister_connect.sandbox.scim import ScimApplication, ScimSwitches


SERVICES: Final = ("medius", "results", "nummervoorziening", "issuer", "public_api", "scim", "platform", "uwlr", "rio")
"""The services in the order of their ports, for ``first_port``."""


class Sandbox(SafeRepr):
    """A simulated school with its services, for as long as the context lasts.

    - ``seed``, ``pupils``, ``staff`` and ``founded`` define the school. To use your own, pass ``data``.
    - ``now``: the moment on the clock, by default a Thursday in November 2025. A moment without a zone is in
      Europe/Amsterdam. The clock stands still until you move it. For a clock that runs with that of the machine, pass
      ``clock=RunningClock()``.
    - ``tls``: serves everything over TLS with a certificate of its own authority (``ca_path``, ``client_context()``).
    - ``first_port``: the services use this port and the next ones, always the same for each. Without it, each uses a
      free port.
    - ``platform_journal``: a file in which the receiving platform stores what it received.

    Services stop within about a second. Raises :class:`UsageError` for a school without pupils or staff, and for a
    clock before the founding. A port that is not available raises it when its address is read. Reading an address or a
    file after the end raises it too.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        pupils: int = 400,
        staff: int = 60,
        founded: int = FOUNDED,
        data: School | None = None,
        clock: VirtualClock | None = None,
        now: dt.datetime | None = None,
        accounts: Accounts | None = None,
        tls: bool = False,
        first_port: int | None = None,
        medius: MediusSwitches | None = None,
        results: ResultsSwitches | None = None,
        nummervoorziening: NummervoorzieningSwitches | None = None,
        platform: PlatformSwitches | None = None,
        issuer: IssuerSwitches | None = None,
        public_api: PublicApiSwitches | None = None,
        scim: ScimSwitches | None = None,
        uwlr: UwlrSwitches | None = None,
        rio: RioSwitches | None = None,
        platform_journal: Path | None = None,
    ) -> None:
        if clock is not None and now is not None:
            raise UsageError(
                "clock= and now= cannot be combined", where="Sandbox", advice="Pass clock= or now=, not both."
            )
        if uwlr is not None and uwlr.client_certificate and not tls:
            what = "There is no client certificate without TLS"
            raise UsageError(what, where="UwlrSwitches.client_certificate", advice="Pass tls=True to the sandbox.")
        school = data or School.seeded(seed, pupils=pupils, staff=staff, founded=founded)
        clock = clock or VirtualClock(now or school.clock.now())
        self.state = SandboxState(school, clock, accounts or Accounts())
        self.faults = Faults(SERVICES)
        self.platform = Platform(platform_journal)
        self._folder = TemporaryDirectory(prefix="magister-sandbox-")
        self._certificates = Certificates.made_in(Path(self._folder.name)) if tls else None
        self.medius = MediusService(self.state, medius or MediusSwitches())
        self.results = ResultsService(self.state, results or ResultsSwitches())
        self.nummervoorziening = Nummervoorziening(self.state, nummervoorziening or NummervoorzieningSwitches())
        self._platform = platform or PlatformSwitches()
        self.issuer = Issuer(self.state, issuer or IssuerSwitches())
        self._public_api = public_api or PublicApiSwitches()
        self._scim = scim
        self.uwlr = Las(self.state, lambda: self.primary, uwlr or UwlrSwitches())
        self._rio = rio or RioSwitches()
        self._ports = {} if first_port is None else {name: first_port + at for at, name in enumerate(SERVICES)}
        self._served: dict[str, Served] = {}
        self._closed = False

    # -- parts ------------------------------------------------------------------------------------------------------

    @property
    def school(self) -> School:
        """The data."""
        return self.state.school

    @cached_property
    def primary(self) -> School:
        """A second school, for primary education, with the same seed and clock, for files and exchanges."""
        return School.primary(self.school.seed, founded=self.school.founded).at(self.clock)

    @property
    def clock(self) -> VirtualClock:
        """The clock of all services."""
        return self.state.clock

    @property
    def accounts(self) -> Accounts:
        """The accounts of all services."""
        return self.state.accounts

    @property
    def ca_path(self) -> Path:
        """The certificate of the authority, as PEM. Raises :class:`UsageError` without ``tls=True``."""
        return self._tls().authority

    def client_context(self) -> ssl.SSLContext:
        """Return a context for clients that trust this school. Raises :class:`UsageError` without ``tls=True``."""
        return self._tls().client_context()

    @property
    def client_certificate(self) -> Path:
        """A certificate with its key for a client, as PEM, for services that require one.

        Raises :class:`UsageError` without ``tls=True``.
        """
        return self._tls().client

    # -- services ---------------------------------------------------------------------------------------------------

    @property
    def medius_url(self) -> str:
        """The Medius web services: ``MediusClient(school.medius_url, ..., allow_http=True)`` without TLS."""
        return self._address("medius", self.medius.application)

    @property
    def medius_username(self) -> str:
        """The web service account with all rights."""
        return self.accounts.medius_username

    @property
    def medius_password(self) -> str:
        """Its password."""
        return self.accounts.medius_password

    @property
    def results_wsdl(self) -> str:
        """The WSDL of the JIJ! results service: ``ResultsClient(school.results_wsdl, product="JIJ", ...)``."""
        return f"{self._address('results', self.results.application)}{PATHS['JIJ']}?wsdl"

    @property
    def toa_wsdl(self) -> str:
        """The WSDL of the TOA results service, with its own key."""
        return f"{self._address('results', self.results.application)}{PATHS['TOA']}?wsdl"

    @property
    def instellingscode(self) -> str:
        """The code of the institution, for JIJ! and TOA."""
        return self.accounts.instellingscode

    @property
    def results_key(self) -> str:
        """The SOAP-key for JIJ!."""
        return self.accounts.results_key

    @property
    def toa_key(self) -> str:
        """The SOAP-key for TOA."""
        return self.accounts.toa_key

    @property
    def nummervoorziening_url(self) -> str:
        """Nummervoorziening: ``NummervoorzieningClient(school.nummervoorziening_url, oin=school.oin)``."""
        service = self.nummervoorziening
        address = self._address(
            "nummervoorziening", lambda: nummervoorziening_application(self.state, service.switches, service)
        )
        return f"{address}{NUMMERVOORZIENING_PATH}"

    @property
    def oin(self) -> str:
        """The OIN of the school at Nummervoorziening."""
        return Oin.of_brin(Brin(self.school.brin)).reveal()

    @property
    def platform_url(self) -> str:
        """The receiving platform, with ``/api/...`` below it."""
        return self._address("platform", lambda: platform_application(self.state, self._platform, self.platform))

    @property
    def platform_token(self) -> str:
        """Its bearer token."""
        return self.accounts.platform_token

    @property
    def issuer_url(self) -> str:
        """The login server, which also serves host-meta."""
        url = self._address("issuer", lambda: issuer_application(self.issuer))
        self.issuer.api_url = self.public_api_url
        return url

    @property
    def host_meta_url(self) -> str:
        """Where a client finds the interface for the school of its token."""
        return f"{self.issuer_url}/.well-known/host-meta.json"

    @property
    def public_api_url(self) -> str:
        """The web interface, ending in ``/api``."""
        return f"{self._public_api_root}{API}"

    @property
    def service_urls(self) -> Mapping[str, str]:
        """The addresses of calendar, attendance and lockers: ``PublicApiClient(..., service_urls=...)``."""
        return {name: f"{self._public_api_root}{path}" for name, path in SERVICE_PATHS.items()}

    @property
    def _public_api_root(self) -> str:
        return self._address("public_api", lambda: public_api_application(self.issuer, self._public_api))

    @property
    def uwlr_url(self) -> str:
        """The administration with UWLR, for pupils and for results: ``UwlrClient(school.uwlr_url, ...)``.

        ``uwlr.keys`` has the key of each school, and ``accounts`` the name and code of the supplier.
        """
        return f"{self._address('uwlr', lambda: uwlr_application(self.uwlr))}/uwlr"

    @property
    def rio_url(self) -> str:
        """The RIO LOD API, which needs no account: ``CodesClient(school.rio_url)``."""
        return f"{self._address('rio', lambda: rio_application(self.state, self._rio))}{RIO_PATH}"

    @property
    def scim_url(self) -> str:
        """The SCIM server, with an address that ends in ``/scim`` like that of Magister."""
        address = self._address("scim", lambda: mounted("/scim", cast("Any", self.scim)))
        return f"{address}/scim"

    @cached_property
    def scim(self) -> ScimApplication:
        """The SCIM server itself, with its accounts."""
        from magister_connect.sandbox.scim import ScimApplication, ScimSwitches

        return ScimApplication(self.issuer, self._scim or ScimSwitches())

    # -- files ------------------------------------------------------------------------------------------------------

    def edexml(self, *, version: str = "2.1", primary: bool = False, combination: Combination = "split") -> bytes:
        """Return the school's EDEXML file of today. An older version leaves out what it does not support.

        ``primary`` returns that of the primary school. ``combination`` states how its combination groups are written.
        Raises :class:`UsageError` on a day without enrolments, because no version allows a school without pupils.
        """
        school = self.primary if primary else self.school
        document = edexml_document(school, self.clock, version=version, combination=combination)
        if not document.leerlingen:
            raise UsageError(
                f"Nobody is enrolled on {self.clock.today()}, but an EDEXML file needs at least one pupil",
                where="Sandbox.edexml",
                advice="Choose another day, or a school with more pupils.",
            )
        return edexml.to_bytes(document, loss="report")

    @property
    def edexml_path(self) -> Path:
        """The same as a file, written again at each call."""
        return self._file("school.xml", self.edexml())

    @property
    def number_table_path(self) -> Path:
        """The administrator's table of personal numbers and stamnummers: CSV."""
        return self._file("pgn-stamnummer.csv", number_table(self.school))

    @property
    def stamnummers_path(self) -> Path:
        """The stamnummers of today's pupils, one per line, as an administration writes them for a nightly job."""
        numbers = (str(pupil.stamnummer) for pupil, _ in self.school.pupils_on(self.clock.today()))
        return self._file("stamnummers.txt", "".join(f"{number}\n" for number in numbers).encode())

    @property
    def programme_table_path(self) -> Path:
        """The administrator's table of crebos and programmes of the platform: CSV."""
        return self._file("crebo-opleiding.csv", programme_table(self.school))

    @property
    def crebo_register_path(self) -> Path:
        """The register of crebos as DUO publishes it: RIO CSV, including crebos that the school does not know."""
        return self._file("mbo_opleidingserkenningen.csv", crebo_register(self.school))

    @property
    def sbb_path(self) -> Path:
        """The same crebos as SBB publishes them, with equivalents: JSON in which the last day is included."""
        return self._file("sbb-accreditaties.json", sbb_accreditations(self.school))

    # -- begin and end ----------------------------------------------------------------------------------------------

    def serve(self, name: str, application: Application, *, port: int = 0) -> str:
        """Serve your own application next to the school's services, with the same faults. Returns its address.

        An earlier application with that name is stopped. Raises :class:`UsageError` if the port is taken, or the school
        is closed.
        """
        self._require_open()
        if (before := self._served.pop(name, None)) is not None:
            before.stop()
        asks_client = name == "uwlr" and self.uwlr.switches.client_certificate
        context = self._certificates.server_context(asks_client=asks_client) if self._certificates else None
        self._served[name] = Served(self.faults.around(name, application), port=port, tls=context)
        return self._served[name].url

    def close(self) -> None:
        """Stop all services and remove the files."""
        for served in self._served.values():
            served.ask_to_stop()
        for served in self._served.values():
            served.stop()
        self._served.clear()
        self._folder.cleanup()
        self._closed = True

    def __repr__(self) -> str:
        running = "closed" if self._closed else f"serving {', '.join(self._served) or 'nothing yet'}"
        return f"<Sandbox: {self.school!r} at {self.clock.local():%Y-%m-%d %H:%M}, {running}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def _address(self, name: str, make: Callable[[], Application]) -> str:
        if name in self._served:
            return self._served[name].url
        return self.serve(name, make(), port=self._ports.get(name, 0))

    def _file(self, name: str, content: bytes) -> Path:
        self._require_open()
        path = Path(self._folder.name) / name
        path.write_bytes(content)
        return path

    def _require_open(self) -> None:
        if self._closed:
            raise UsageError(
                "This simulated school is closed", where="Sandbox", advice="Read its addresses inside its with block."
            )

    def _tls(self) -> Certificates:
        if self._certificates is None:
            raise UsageError("This simulated school uses plain HTTP", where="Sandbox", advice="Pass tls=True.")
        return self._certificates
