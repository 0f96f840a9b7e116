"""What the clients do: read the WSDL, compare it with the contract, and read batches window by window."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from functools import partial
from typing import Final, TypeAlias, TypedDict, Unpack

from attrs import evolve, field, frozen, mutable

from magister_connect.core.addresses import require_secure
from magister_connect.core.flow import Flow, Reply, StreamingFlow, current_time, run_blocking
from magister_connect.core.secrets import Secret
from magister_connect.core.soap import Description, describe, fetch_documents, hold_documents
from magister_connect.core.xml import Element
from magister_connect.errors import UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results.contracts.checking import (
    ContractDiff,
    contract_for,
    diff,
    fitted,
    prove,
    seen_live,
    siblings_of,
)
from magister_connect.results.contracts.contract import Contract
from magister_connect.results.contracts.faults import PRODUCTS
from magister_connect.results.contracts.reading import ReadRecord, RecordReader
from magister_connect.results.contracts.requests import PageRequest, RequestWriter, WriteRequest
from magister_connect.results.moments import local_time, refuse_negative, to_local, write_moment
from magister_connect.results.pulling.paging import read_window
from magister_connect.results.pulling.store_protocol import ResultStore, under_lease
from magister_connect.results.pulling.window_reader import Batch, WindowReader
from magister_connect.results.pulling.windows import Window, window_of
from magister_connect.results.records import Checkpoint, Connection
from magister_connect.results.service import Page, Service

_LIVE_WINDOW: Final = dt.timedelta(days=7)
_BRIN: Final = re.compile(r"[0-9]{2}[A-Za-z]{2}(?:[0-9]{2})?")

Moment: TypeAlias = dt.datetime | dt.date | str

_WHENCE: Final = {
    "product": 'Pass product="JIJ", product="TOA", or the name of another product.',
    "instellingscode": "Fill in this setting. The school received the code from the supplier of the tests.",
    "soap_key": "Fill in this setting. The school received the key from the supplier of the tests.",
}


@frozen(kw_only=True)
class Account:
    """Address, credentials and contract of a client, checked before anything is sent."""

    wsdl: str | os.PathLike[str] | bytes | None = field(repr=False)
    address: str = field(repr=False)
    connection: Connection
    credentials: Mapping[str, Secret] = field(repr=False)
    contract: Contract | None = None
    write_request: WriteRequest | None = field(default=None, repr=False)
    read_record: ReadRecord | None = field(default=None, repr=False)
    huge_text: bool = False

    @classmethod
    def of(
        cls,
        wsdl: str | os.PathLike[str] | bytes | None,
        *,
        product: str,
        instellingscode: str,
        soap_key: str | Secret,
        credentials: Mapping[str, str | Secret] | None,
        address: str | None,
        allow_brin: bool,
        contract: Contract | None,
        **more: Unpack[Hooks],
    ) -> Account:
        """Make an account from the arguments of a client. Raises :class:`UsageError`."""
        named = {"institution": instellingscode, "key": soap_key, **(credentials or {})}
        secret = {name: value if isinstance(value, Secret) else Secret(value) for name, value in named.items()}
        _refuse_empty(product=product, instellingscode=instellingscode, soap_key=secret["key"])
        if not allow_brin and _BRIN.fullmatch(instellingscode):
            raise UsageError(
                "This instellingscode looks like a BRIN code",
                where="instellingscode",
                advice="Pass the code that the supplier of the tests issued, or pass allow_brin=True if this is it.",
            )
        if contract is not None:
            _refuse_credentials(contract, secret)
        if wsdl is None and (more.get("write_request") is None or contract is None):
            raise UsageError(
                "Without a WSDL the client needs a contract and a function that writes requests",
                where="wsdl",
                advice="Pass contract=, write_request= and address=, or pass wsdl=.",
            )
        address = address or _address_of(wsdl)
        require_secure(address, "address")
        return cls(
            wsdl=wsdl,
            address=address,
            connection=Connection(_product(product), instellingscode),
            credentials=secret,
            contract=contract,
            **more,
        )

    def describe(self) -> Flow[Description | None]:
        """Read the WSDL from a URL, a file or bytes."""
        source = self.wsdl
        if source is None:
            return None
        if isinstance(source, str) and _is_url(source):
            held = yield from fetch_documents(source)
        else:
            held = yield from run_blocking(lambda: hold_documents(source))
        return describe(held)

    def service(self, description: Description | None, contract: Contract) -> Service:
        """Return the service with a contract."""
        siblings = frozenset[str]() if description is None else siblings_of(description, contract)
        return Service(
            connection=self.connection,
            contract=contract,
            writer=RequestWriter(
                address=self.address,
                contract=contract,
                credentials=self.credentials,
                description=description,
                hook=self.write_request,
            ),
            reader=RecordReader(contract, self.connection, siblings=siblings, hook=self.read_record),
            huge_text=self.huge_text,
        )

    def differences(self, description: Description | None) -> ContractDiff:
        """Compare the WSDL with the contract, or with the built-in profile that matches.

        A hook replaces the parts that it writes or reads, so a difference there does not count.
        """
        if description is None or (self.contract is not None and self.write_request and self.read_record):
            assert self.contract is not None  # noqa: S101 - Account.of has checked it
            return ContractDiff(self.contract)
        contract = fitted(description, self.contract or contract_for(description))
        found = diff(description, contract)
        if self.write_request is None and self.read_record is None:
            return found
        counts = _about_requests if self.read_record is not None else _about_replies
        return evolve(found, blocking=tuple(each for each in found.blocking if counts(each)))

    def check(self, sample: bytes | None, store: ResultStore | None, *, live: bool) -> Flow[ContractDiff]:
        """Compare the WSDL with the contract, prove it, and optionally request one small window."""
        description = yield from self.describe()
        found = self.differences(description)
        if found:
            return found
        service = self.service(description, found.contract)
        generated = description if self.read_record is None else None  # a hook reads what cannot be made from a WSDL
        found = prove(found, service, generated, sample)
        if found or not live:
            return found
        page = yield from _ask_live(service, store)
        return seen_live(found, page)

    def open(self) -> Flow[Service]:
        """Return the service after comparing its WSDL with the contract. Raises :class:`ContractMismatch`."""
        description = yield from self.describe()
        found = self.differences(description)
        if found:
            raise found.error(self.address)
        return self.service(description, found.contract)


class Hooks(TypedDict, total=False):
    """Arguments of a client beside the contract, for services that no contract can describe."""

    write_request: WriteRequest | None
    read_record: ReadRecord | None
    huge_text: bool


def _about_requests(blocking: str) -> bool:
    return blocking.startswith(("the operation", "there is no operation"))


def _about_replies(blocking: str) -> bool:
    return not _about_requests(blocking)


def _refuse_credentials(contract: Contract, credentials: Mapping[str, Secret]) -> None:
    """Raise an error for a credential that would leak or be forgotten.

    Contracts are mailed around, so a credential among the constants would leak. A placed credential without a value
    would never be sent.
    """
    values = {secret.reveal() for name, secret in credentials.items() if name != "institution"}
    for place, text in contract.constants.items():
        if text in values:
            raise UsageError(
                "A constant of the contract is a credential",
                where=place,
                advice="Move it to credentials, and pass its value to the client: a contract is shared, a key is not.",
            )
    missing = sorted(set(contract.credentials) - set(credentials))
    if missing:
        raise UsageError(
            f"The contract places credentials that have no value: {', '.join(missing)}",
            where="credentials",
            advice='Pass their values to the client, for example credentials={"username": "..."}.',
        )


def _ask_live(service: Service, store: ResultStore | None) -> Flow[Page]:
    """Request one small window: the last week. A response that comes only once is first kept for the next pull."""
    now = yield from current_time()
    end = local_time(now)
    year = window_of(Schooljaar.of(end.date()))
    window = Window(max(year.begin, end - _LIVE_WINDOW), end)
    reader = WindowReader(
        service=service,
        window=window,
        checkpoint=Checkpoint(connection=service.connection, school_year=Schooljaar.of(end.date()).reveal()),
        year=year,
    )
    asked = reader.ask(window, reader.write(window.begin))
    if service.contract.repeatable:
        return (yield from reader.fetch(asked))
    if store is None or not store.can_spool():
        raise UsageError(
            "This service delivers each result once, so a live check would lose those results",
            where="live",
            advice="Pass a store with a key: check(live=True, store=store). The next pull reads the kept replies.",
        )
    reply = yield from under_lease(store, service.connection, now, lambda _: _spooled(service, store, asked, now))
    return service.read(reply, asked)


def _spooled(service: Service, store: ResultStore, asked: PageRequest, now: dt.datetime) -> Flow[Reply]:
    reply = yield from service.send(asked)
    yield from run_blocking(partial(store.spool, service.connection, reply, now))
    return reply


@mutable
class LazyService:
    """A service that is opened once, on first use."""

    account: Account
    service: Service | None = None

    def open(self) -> Flow[Service]:
        """Return the service."""
        if self.service is None:
            self.service = yield from self.account.open()
        return self.service


def call_operation(opened: LazyService, operation: str, arguments: Mapping[str, object]) -> Flow[Element]:
    """Call any operation of the WSDL, and return the body of the response as an element."""
    service = yield from opened.open()
    return (yield from service.call(operation, arguments))


def batches(
    opened: LazyService,
    *,
    since: Moment | Checkpoint | None = None,
    until: Moment | None = None,
    school_year: str | Schooljaar | None = None,
    overlap: dt.timedelta = dt.timedelta(),
) -> StreamingFlow[Batch]:
    """Yield the batches of one window, each with the checkpoint to store with its results."""
    window, begin = _window(since, until, school_year, overlap)
    if isinstance(since, Checkpoint) and since.connection != opened.account.connection:
        raise UsageError(
            f"The checkpoint belongs to {since.connection}, and the client to {opened.account.connection}",
            where="since",
            advice="Store one checkpoint for each connection, and pass each client its own.",
        )
    service = yield from opened.open()
    checkpoint = (
        since
        if isinstance(since, Checkpoint)
        else Checkpoint(connection=service.connection, school_year=Schooljaar.of(window.begin.date()).reveal())
    )
    first = None if begin is None else write_moment(begin, service.contract.date_form)
    reader = WindowReader(
        service=service,
        window=window,
        checkpoint=checkpoint,
        since=first,
        whole=begin is None,
        year=window_of(Schooljaar.of(window.begin.date())),
    )
    yield from read_window(reader)


def _window(
    since: Moment | Checkpoint | None,
    until: Moment | None,
    school_year: str | Schooljaar | None,
    overlap: dt.timedelta,
) -> tuple[Window, dt.datetime | None]:
    """Return the window, and where to start if that is later than the start of the window.

    Raises :class:`UsageError`.
    """
    refuse_negative(overlap=overlap)
    if isinstance(since, Checkpoint):
        school_year, mark = since.school_year, since.watermark
        begin = None if mark is None else to_local(mark, "since") - overlap
    else:
        begin = None if since is None else to_local(since, "since")
    if begin is None and school_year is None:
        raise UsageError(
            "The period has no start", where="since", advice='Pass since="2025-08-01", or school_year="2025-2026".'
        )
    year = _year(school_year) if school_year is not None else Schooljaar.of(begin.date())  # type: ignore[union-attr]  # one of both is given
    whole = window_of(year)
    end = whole.end if until is None else to_local(until, "until")
    start = whole.begin if begin is None else max(begin, whole.begin) if school_year is not None else begin
    if not whole.begin <= start < end <= whole.end:
        raise UsageError(
            "The period is empty, or crosses the first of August",
            where="since, until",
            advice="Split the period at 1 August, or use pull_results(): the service takes one school year at a time.",
        )
    return Window(whole.begin if begin is None else start, end), None if begin is None else start


def _year(year: str | Schooljaar) -> Schooljaar:
    return year if isinstance(year, Schooljaar) else Schooljaar.parse(year)


def _refuse_empty(**values: str | Secret) -> None:
    for name, value in values.items():
        if not value:
            raise UsageError(f"The {name} is empty", where=name, advice=_WHENCE[name])


def _product(product: str) -> str:
    """Normalise the spelling of JIJ and TOA. Other products stay as given."""
    bare = product.strip().rstrip("!").upper()
    return bare if bare in PRODUCTS else product.strip()


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _address_of(wsdl: str | os.PathLike[str] | bytes | None) -> str:
    """Return the address for requests with the key: the caller's, never the one inside a WSDL."""
    if isinstance(wsdl, str) and _is_url(wsdl):
        return wsdl.partition("?")[0]
    raise UsageError(
        "A WSDL from a file or from bytes needs the address of the service",
        where="address",
        advice="Pass address=. The address in the WSDL is never used: it must not decide where the key is sent.",
    )
