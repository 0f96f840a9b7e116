"""One request of the results service, and its reply: batches as they come over the wire."""

from __future__ import annotations

from base64 import b64encode
from typing import Final, TypeAlias

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, Reply, Request, exchange, sleep
from magister_connect.core.secrets import Secret
from magister_connect.core.soap import Description, Fault, read_body
from magister_connect.core.soap.reply import fault_of
from magister_connect.core.xml import Element
from magister_connect.errors import ServiceError
from magister_connect.results.contract import Contract, Credentials
from magister_connect.results.reading import RecordReader
from magister_connect.results.records import Connection, Result, Unreadable

Patience: TypeAlias = tuple[float, ...]
"""Seconds before each further attempt at what may be poison, or a passing trouble."""

PATIENCE: Final[Patience] = (1.0, 3.0)


@frozen(kw_only=True)
class PageRequest:
    """What one request asks for, in the service's own texts; ``None`` is left out."""

    since: str | None = None
    until: str | None = None
    offset: int | None = None
    limit: int | None = None
    last_number: int | None = None


@frozen(kw_only=True)
class Page:
    """One reply, read: its records, readable or not, in the order in which they came."""

    ask: PageRequest
    records: tuple[Result | Unreadable, ...] = ()
    spooled: int | None = None

    @property
    def results(self) -> tuple[Result, ...]:
        """The records that could be read."""
        return tuple([record for record in self.records if isinstance(record, Result)])

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """The records that could not be read."""
        return tuple([record for record in self.records if isinstance(record, Unreadable)])

    @property
    def count(self) -> int:
        """How many records the reply held."""
        return len(self.records)


class PageFailed(ServiceError):
    """The service cannot answer this request, whatever the reason: a smaller one may tell."""


@frozen(kw_only=True)
class Service:
    """Where results are asked for, by whom, and under which contract."""

    address: str
    connection: Connection
    key: Secret
    contract: Contract
    description: Description = field(repr=False)

    @property
    def reader(self) -> RecordReader:
        """Makes records of the elements of a reply."""
        return RecordReader(self.contract, self.connection)

    def request(self, ask: PageRequest) -> Request:
        """The request for a batch. Raises :class:`UsageError` where the WSDL does not take it."""
        return self._request(self.contract.operation, self._arguments(ask), repeatable=self.contract.repeatable)

    def _request(self, operation: str, arguments: dict[str, object], *, repeatable: bool) -> Request:
        contract, credentials = self.contract, self._credentials()
        headers: dict[str, object] = {}
        if contract.credentials is Credentials.PARAMETERS:
            arguments = {**credentials, **arguments}
        elif contract.credentials is Credentials.HEADER:
            headers = {contract.header: {name: value.reveal() for name, value in credentials.items()}}
        call = self.description.call(operation, arguments, headers=headers)
        request = call.request(self.address, safe_to_repeat=repeatable)
        return self._with_basic(request) if contract.credentials is Credentials.BASIC else request

    def _credentials(self) -> dict[str, Secret]:
        names = self.contract.parameters
        values = ((names.institution, Secret(self.connection.instellingscode)), (names.key, self.key))
        return {name: value for name, value in values if name}

    def _arguments(self, ask: PageRequest) -> dict[str, object]:
        names = self.contract.parameters
        values = (
            (names.since, ask.since),
            (names.until, ask.until),
            (names.offset, ask.offset),
            (names.limit, ask.limit),
            (names.last_number, ask.last_number),
        )
        return {name: value for name, value in values if name and value is not None}

    def _with_basic(self, request: Request) -> Request:
        pair = f"{self.connection.instellingscode}:{self.key.reveal()}".encode()
        basic = ("Authorization", Secret(f"Basic {b64encode(pair).decode('ascii')}"))
        return evolve(request, headers=(*request.headers, basic))

    def send(self, ask: PageRequest, *, patience: Patience = PATIENCE) -> Flow[Reply]:
        """Send a request until it is answered or patience ends; a reply that carries a fault is told by its meaning.

        Raises :class:`PageFailed` when the service keeps breaking down over this very request, and what faults mean.
        """
        request = self.request(ask)
        waits = list(patience) if self.contract.repeatable else []
        while True:
            reply = yield from exchange(request)
            fault = _fault_in(reply, request.line)
            if fault is None and reply.status != 500:
                return reply
            if fault is not None and not self.contract.faults.means_poison(fault):
                return self._told(fault, reply, request)
            if not waits:
                raise _poisoned(fault, reply, request)
            yield from sleep(waits.pop(0))

    def call(self, operation: str, arguments: dict[str, object]) -> Flow[Element]:
        """Any operation of the WSDL, with the credentials filled in; the body of the answer as it came."""
        request = self._request(operation, arguments, repeatable=False)
        reply = yield from exchange(request)
        fault = _fault_in(reply, request.line)
        if fault is not None:
            raise self.contract.faults.error(fault, self.connection.product, request.line, reply.status)
        return read_body(reply, request.line)

    def read(self, reply: Reply, ask: PageRequest) -> Page:
        """The batch in a reply. Raises :class:`ContractChanged`, :class:`NotXml` and other :class:`ReplyInvalid`."""
        line = f"POST {self.address}"
        if _fault_in(reply, line) is not None:
            return Page(ask=ask)  # a fault that means that there is nothing: all others have been raised
        body = read_body(reply, line)
        return Page(ask=ask, records=self.reader.read(body))

    def _told(self, fault: Fault, reply: Reply, request: Request) -> Reply:
        if self.contract.faults.means_no_results(fault):
            return reply
        raise self.contract.faults.error(fault, self.connection.product, request.line, reply.status)


def _fault_in(reply: Reply, where: str) -> Fault | None:
    """The fault in a reply; the name is looked for first, so that a large batch is not parsed twice."""
    return fault_of(reply, where) if b"Fault" in reply.body else None


def _poisoned(fault: Fault | None, reply: Reply, request: Request) -> PageFailed:
    words = f": {fault.printable}" if fault else ""
    return PageFailed(
        f"The service breaks down over this request (status {reply.status}){words}",
        where=request.line,
        status=reply.status,
    )
