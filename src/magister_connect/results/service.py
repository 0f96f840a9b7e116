"""One request to the results service, and its response."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, TypeAlias

from attrs import field, frozen

from magister_connect.core.flow import Flow, Reply, Request, current_time, exchange, sleep
from magister_connect.core.soap import Fault
from magister_connect.core.soap.reply import fault_of, read_repaired_body, unpack
from magister_connect.core.xml import Element
from magister_connect.errors import FieldInvalid, ReplyInvalid, ServiceError
from magister_connect.results.contracts.contract import Contract
from magister_connect.results.contracts.paths import FieldPath
from magister_connect.results.contracts.reading import RecordReader
from magister_connect.results.contracts.requests import PageRequest, RequestWriter
from magister_connect.results.records import Connection, Result, Unreadable

Waits: TypeAlias = tuple[float, ...]
"""Seconds to wait before each retry of a request that the service fails on."""

RETRY_WAITS: Final[Waits] = (1.0, 3.0)
_WORDS: Final = {
    **dict.fromkeys(("true", "1", "ja", "j", "yes", "y"), True),
    **dict.fromkeys(("false", "0", "nee", "n", "no", ""), False),
}


@frozen(kw_only=True)
class Page:
    """One response: its records, readable or not, in their order.

    ``next_token`` and ``more`` show whether more follows; ``None`` if the service does not say. ``set_aside`` means
    that the response could not be read and is in quarantine.
    """

    asked: PageRequest
    records: tuple[Result | Unreadable, ...] = ()
    spooled: int | None = None
    next_token: str | None = None
    more: bool | None = None
    set_aside: bool = False

    @property
    def results(self) -> tuple[Result, ...]:
        """The readable records."""
        return tuple([record for record in self.records if isinstance(record, Result)])

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """The unreadable records."""
        return tuple([record for record in self.records if isinstance(record, Unreadable)])

    @property
    def count(self) -> int:
        """The number of records in the response."""
        return len(self.records)


class PageFailed(ServiceError):
    """The service failed on this request without a reason. One record may be the cause, or the service is down."""


@frozen(kw_only=True)
class Service:
    """The address of the service, and how requests are written and responses are read."""

    connection: Connection
    contract: Contract
    writer: RequestWriter = field(repr=False)
    reader: RecordReader = field(repr=False)
    huge_text: bool = False

    @property
    def address(self) -> str:
        """The address for requests."""
        return self.writer.address

    def send(self, asked: PageRequest, *, waits: Waits = RETRY_WAITS) -> Flow[Reply]:
        """Send a request, and retry after each wait in ``waits``. Raises the error for a fault in the response.

        Raises :class:`PageFailed` if the service keeps failing on this request.
        """
        left = list(waits) if self.contract.repeatable else []
        while True:
            request = self.writer.write(asked, (yield from self._now()))
            reply = yield from exchange(request)
            fault = _fault_in(reply, request.line)
            if fault is None and reply.status != 500:
                return reply
            if fault is not None and not self.contract.faults.may_be_one_record(fault):
                return self._explained(fault, reply, request)
            if not left:
                raise _page_failed(fault, reply, request)
            yield from sleep(left.pop(0))

    def call(self, operation: str, arguments: Mapping[str, object]) -> Flow[Element]:
        """Call any operation of the WSDL with the credentials. Return the body of the response."""
        request = self.writer.call(operation, arguments, (yield from self._now()))
        reply = yield from exchange(request)
        fault = _fault_in(reply, request.line)
        if fault is not None:
            raise self.contract.faults.error(fault, self.connection.product, request.line, reply.status)
        return read_repaired_body(reply, request.line, huge_text=self.huge_text)[0]

    def _now(self) -> Flow[dt.datetime]:
        if self.writer.names_its_time:
            return (yield from current_time())
        return dt.datetime.min.replace(tzinfo=dt.UTC)  # not used in any request

    def read(self, reply: Reply, asked: PageRequest) -> Page:
        """Read the batch in a response.

        Raises :class:`ContractMismatch`, :class:`NotXml` and other :class:`ReplyInvalid`.
        """
        line = f"POST {self.address}"
        if _fault_in(reply, line) is not None:
            return Page(asked=asked)  # a fault that means "no results"; all other faults have been raised
        body, repairs = read_repaired_body(reply, line, huge_text=self.huge_text)
        return Page(
            asked=asked,
            records=self.reader.read(body, repaired=bool(repairs)),
            next_token=_text_at(body, self.contract.next_token),
            more=_flag_at(body, self.contract.more),
        )

    def _explained(self, fault: Fault, reply: Reply, request: Request) -> Reply:
        if self.contract.faults.means_no_results(fault):
            return reply
        raise self.contract.faults.error(fault, self.connection.product, request.line, reply.status)


def _text_at(body: Element, path: str | None) -> str | None:
    found = None if path is None else FieldPath.of(path).find(body)
    return None if found is None else found[1]


def _flag_at(body: Element, path: str | None) -> bool | None:
    text = _text_at(body, path)
    if text is None:
        return None
    if text.lower() not in _WORDS:
        raise FieldInvalid("True or false was expected", where=path)
    return _WORDS[text.lower()]


def _fault_in(reply: Reply, where: str) -> Fault | None:
    """Return the fault in a response. Its name is searched first, so that a large batch is not parsed twice."""
    with suppress(ReplyInvalid):
        reply = unpack(reply)
    return fault_of(reply, where) if b"Fault" in reply.body else None


def _page_failed(fault: Fault | None, reply: Reply, request: Request) -> PageFailed:
    words = f": {fault.printable}" if fault else ""
    return PageFailed(
        f"The service fails on this request (status {reply.status}){words}",
        where=request.line,
        status=reply.status,
    )
