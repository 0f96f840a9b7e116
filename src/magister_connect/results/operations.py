"""What a client of the results service does: reads the contract, asks for batches, window by window."""

from __future__ import annotations

import datetime as dt
import os
import re
from typing import Final, TypeAlias

from attrs import field, frozen, mutable

from magister_connect.core.flow import Flow, StreamingFlow, run_blocking
from magister_connect.core.secrets import Secret
from magister_connect.core.soap import Description, describe, fetch_documents, hold_documents
from magister_connect.core.xml import Element
from magister_connect.errors import UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results.contract import Contract, ContractDiff, contract_for, diff, fitted
from magister_connect.results.faults import PRODUCTS
from magister_connect.results.paging import Batch, WindowReader, read_window
from magister_connect.results.records import Checkpoint, Connection
from magister_connect.results.service import Service
from magister_connect.results.values import Window, refuse_negative, to_local, window_of, write_moment

_BRIN: Final = re.compile(r"[0-9]{2}[A-Za-z]{2}(?:[0-9]{2})?")

Moment: TypeAlias = dt.datetime | dt.date | str

_WHENCE: Final = {
    "product": 'product="JIJ", product="TOA", or the name of the product of another supplier.',
    "instellingscode": "The supplier of the tests gives it to the school; look whether a setting is not filled in.",
    "soap_key": "The supplier of the tests gives it to the school; look whether a setting is not filled in.",
}


@frozen(kw_only=True)
class Account:
    """Who asks, where, and under which contract; checked before anything is sent."""

    wsdl: str | os.PathLike[str] | bytes = field(repr=False)
    address: str = field(repr=False)
    connection: Connection
    key: Secret
    contract: Contract | None = None

    @classmethod
    def of(
        cls,
        wsdl: str | os.PathLike[str] | bytes,
        *,
        product: str,
        instellingscode: str,
        soap_key: str | Secret,
        address: str | None,
        contract: Contract | None,
        allow_brin: bool,
    ) -> Account:
        """An account from what a user types. Raises :class:`UsageError`."""
        key = soap_key if isinstance(soap_key, Secret) else Secret(soap_key)
        _refuse_empty(product=product, instellingscode=instellingscode, soap_key=key)
        if not allow_brin and _BRIN.fullmatch(instellingscode):
            raise UsageError(
                "This instellingscode looks like a BRIN code, which is another thing",
                where="instellingscode",
                advice="Ask the supplier of the tests for the code of the institution; allow_brin=True if it is one.",
            )
        return cls(
            wsdl=wsdl,
            address=address or _address_of(wsdl),
            connection=Connection(_product(product), instellingscode),
            key=key,
            contract=contract,
        )

    def describe(self) -> Flow[Description]:
        """Read the WSDL: fetched from a URL, or from the file or the bytes that were given."""
        source = self.wsdl
        if isinstance(source, str) and _is_url(source):
            held = yield from fetch_documents(source)
        else:
            held = yield from run_blocking(lambda: hold_documents(source))
        return describe(held)

    def check(self) -> Flow[ContractDiff]:
        """Hold the WSDL against the contract, or against the shipped profile that fits."""
        description = yield from self.describe()
        return diff(description, fitted(description, self.contract or contract_for(description)))

    def open(self) -> Flow[Service]:
        """The service, its WSDL read and held against the contract. Raises :class:`ContractChanged`."""
        description = yield from self.describe()
        contract = fitted(description, self.contract or contract_for(description))
        found = diff(description, contract)
        if found:
            raise found.error(self.address)
        return Service(
            address=self.address,
            connection=self.connection,
            key=self.key,
            contract=contract,
            description=description,
        )


@mutable
class Opened:
    """A service that is opened when it is first needed, and once."""

    account: Account
    service: Service | None = None

    def open(self) -> Flow[Service]:
        """The service."""
        if self.service is None:
            self.service = yield from self.account.open()
        return self.service


def call_operation(opened: Opened, operation: str, arguments: dict[str, object]) -> Flow[Element]:
    """Any operation of the WSDL; the body of its answer as an element."""
    service = yield from opened.open()
    return (yield from service.call(operation, arguments))


def batches(
    opened: Opened,
    *,
    since: Moment | Checkpoint | None = None,
    until: Moment | None = None,
    school_year: str | Schooljaar | None = None,
    overlap: dt.timedelta = dt.timedelta(),
) -> StreamingFlow[Batch]:
    """The batches of one window, each with the checkpoint to keep beside its results."""
    window, begin = _window(since, until, school_year, overlap)
    if isinstance(since, Checkpoint) and since.connection != opened.account.connection:
        raise UsageError(
            f"The checkpoint is one of {since.connection}, and the client is one for {opened.account.connection}",
            where="since",
            advice="Keep checkpoints by connection, and give each client its own.",
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
    """The window to read, and the moment to begin at when that is after its beginning. Raises :class:`UsageError`."""
    refuse_negative(overlap=overlap)
    if isinstance(since, Checkpoint):
        school_year, mark = since.school_year, since.watermark
        begin = None if mark is None else to_local(mark, "since") - overlap
    else:
        begin = None if since is None else to_local(since, "since")
    if begin is None and school_year is None:
        raise UsageError(
            "Say from when on: since= a date, or school_year=", where="since", advice='For example since="2025-08-01".'
        )
    year = _year(school_year) if school_year is not None else Schooljaar.of(begin.date())  # type: ignore[union-attr]  # one of both is given
    whole = window_of(year)
    end = whole.end if until is None else to_local(until, "until")
    start = whole.begin if begin is None else max(begin, whole.begin) if school_year is not None else begin
    if not whole.begin <= start < end <= whole.end:
        raise UsageError(
            "The period is empty, or goes over the first of August",
            where="since, until",
            advice="The service takes one school year at a time: split the period, or use pull_results().",
        )
    return Window(whole.begin if begin is None else start, end), None if begin is None else start


def _year(year: str | Schooljaar) -> Schooljaar:
    return year if isinstance(year, Schooljaar) else Schooljaar.parse(year)


def _refuse_empty(**values: str | Secret) -> None:
    for name, value in values.items():
        if not value:
            raise UsageError(f"The {name} is empty", where=name, advice=_WHENCE[name])


def _product(product: str) -> str:
    """JIJ and TOA in whatever way they are written; every other product as it is given."""
    bare = product.strip().rstrip("!").upper()
    return bare if bare in PRODUCTS else product.strip()


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _address_of(wsdl: str | os.PathLike[str] | bytes) -> str:
    """The address that the key is sent to: what the caller gave, never what a WSDL says."""
    if isinstance(wsdl, str) and _is_url(wsdl):
        return wsdl.partition("?")[0]
    raise UsageError(
        "A WSDL from a file or from bytes needs the address of the service beside it",
        where="address",
        advice="Pass address=: the one inside a WSDL is never used, because it must not decide where the key is sent.",
    )
