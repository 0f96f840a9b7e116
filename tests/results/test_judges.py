"""Services of other people's SOAP servers: PHP's own extension, and spyne. Skipped where they cannot be had."""

import datetime as dt
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.errors import NotAuthenticated, NotPermitted
from magister_connect.results import Contract, ResultsClient
from magister_connect.store import Store
from tests.php import PHP, needs_php
from tests.results import foreign
from tests.results.foreign import ACCOUNT, KEY, NOW, PERIOD
from tests.results.test_foreign import ADDED, KINDS, MORE

SCRIPT = Path(__file__).parent / "php" / "service.php"
# Each manner of the service in PHP: the kind of WSDL that it is served with, where that is one of the table of kinds.
MANNERS = {
    "Encoded": "rpc encoded, imported",
    "Literal": None,
    "Nested": "nested",
    "Child": "in a child",
    "Attributes": "attributes",
    "Constants": "constants",
    "Header": "header",
    "Basic": "basic",
    "Security": "wsse text",
    "Page": "page",
    "Token": "token",
}
PLAIN = foreign.literal(foreign.elements(f"{ACCOUNT} {PERIOD} offset:int?"))


def wsdl_of(manner: str) -> bytes:
    kind = MANNERS[manner]
    return PLAIN if kind is None else KINDS[kind]().description


@contextmanager
def running(command: list[str], **environment: str) -> Generator[str, None, None]:
    """The address of a server that a command starts; ``{port}`` in it is replaced."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = [part.format(port=port) for part in command]
    settings = {**os.environ, **environment}
    with subprocess.Popen(told, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
            yield f"http://127.0.0.1:{port}/dienst"
        finally:
            process.terminate()


@contextmanager
def served(manner: str, folder: Path, **environment: str) -> Generator[str, None, None]:
    """The address of PHP's built-in server with the service."""
    wsdl = folder / "service.wsdl"
    wsdl.write_bytes(wsdl_of(manner))
    command = [str(PHP), "-S", "127.0.0.1:{port}", str(SCRIPT)]
    with running(command, WSDL=str(wsdl), MANNER=manner, **environment) as address:
        yield address


def client_of(address: str, manner: str, **changes: Any) -> ResultsClient:
    kind = MANNERS[manner] or ""
    options: dict[str, Any] = {"product": "Facet", "instellingscode": "ZAND", "soap_key": KEY, **MORE.get(kind, {})}
    options |= changes
    contract = Contract.from_wsdl(wsdl_of(manner)).contract
    assert contract is not None
    contract = contract.evolve(**{**ADDED.get(kind, {}), **options.pop("evolve", {})})
    client = ResultsClient(
        wsdl_of(manner), address=address, contract=contract, clock=lambda: NOW, retries=NO_RETRIES, **options
    )
    client._driver._sleep = lambda _seconds: None
    return client


@needs_php
@pytest.mark.parametrize("manner", MANNERS)
def test_a_service_of_ext_soap_is_pulled_whole(manner: str, tmp_path: Path) -> None:
    with served(manner, tmp_path) as address, client_of(address, manner) as client, Store("sqlite://") as store:
        assert "the service answered: 0 records" in client.check(live=True).proven
        report = client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
        assert (report.new, report.quarantined) == (35, 0)
        assert {each.submission_nr for each in store.results()} == {str(1000 + place) for place in range(35)}
        assert max(each.modified_at for each in store.results() if each.modified_at) == dt.datetime(2025, 9, 2, 18)


@needs_php
def test_ext_soap_takes_a_digest_that_counts_once(tmp_path: Path) -> None:
    digest = {"credentials": {"institution": "wsse:username", "key": "wsse:digest"}}
    with served("Security", tmp_path) as address, Store("sqlite://") as store:
        with client_of(address, "Security", evolve=digest) as client:
            client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
        assert store.count() == 35


@needs_php
def test_a_record_that_ext_soap_cannot_write_costs_one_record(tmp_path: Path) -> None:
    with served("Literal", tmp_path, POISON="1012") as address, client_of(address, "Literal") as client:
        report = client.pull(Store("sqlite://"), stamnummers=range(1000, 2000), from_school_year="2025-2026")
    assert (report.new, report.quarantined) == (34, 1)
    assert "Encoding" in next(iter(report.reasons))


@needs_php
def test_a_fault_of_ext_soap_is_a_refusal(tmp_path: Path) -> None:
    refused = pytest.raises(NotAuthenticated, match="Ongeldige sleutel")
    with served("Encoded", tmp_path) as address, client_of(address, "Encoded", soap_key="fout") as client, refused:
        next(iter(client.batches(since="2025-08-01")))


# -- spyne -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spyne_address() -> Iterator[str]:
    """A service of spyne in a process of its own."""
    if importlib.util.find_spec("spyne") is None or sys.version_info >= (3, 12):
        pytest.skip("spyne is not here, or older than this Python")
    with running([sys.executable, "-W", "ignore", "-m", "tests.results.spyne_service", "{port}"]) as address:
        yield address


@pytest.mark.parametrize("key", [KEY, "fout"])
def test_a_service_of_spyne_is_pulled_whole(key: str, spyne_address: str) -> None:
    wsdl = httpx.get(f"{spyne_address}?wsdl").content
    contract = Contract.from_wsdl(wsdl).contract
    assert contract is not None
    client = ResultsClient(
        f"{spyne_address}?wsdl",
        product="Facet",
        instellingscode="ZAND",
        soap_key=key,
        contract=contract.evolve(limit=10),
        clock=lambda: NOW,
        retries=NO_RETRIES,
    )
    with client, Store("sqlite://") as store:
        if key != KEY:
            with pytest.raises(NotPermitted):
                client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
            return
        assert not client.check()
        report = client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
        assert (report.new, report.quarantined) == (35, 0)
