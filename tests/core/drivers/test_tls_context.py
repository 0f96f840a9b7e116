"""The TLS context that all own clients share: one for a process, read-only, and never another's."""

import multiprocessing
import os
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import certifi
import httpx
import pytest

from magister_connect.core.drivers import NO_RETRIES, AsyncDriver, SyncDriver, transport
from magister_connect.core.flow import Reply, Request
from magister_connect.errors import TlsFailed
from magister_connect.sandbox import Sandbox, School


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(data=School.seeded(pupils=5, staff=5), tls=True) as running:
        yield running


@pytest.fixture
def trusted(school: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A school that every client of this process trusts, as the variable of the environment says."""
    monkeypatch.setenv("SSL_CERT_FILE", str(school.ca_path))
    return school


def context_of(driver: Any) -> ssl.SSLContext:
    found = driver._transport._http._transport._pool._ssl_context
    assert isinstance(found, ssl.SSLContext)
    return found


def trusted_by(context: ssl.SSLContext) -> set[bytes]:
    return set(context.get_ca_certs(binary_form=True))


def page(school: Sandbox) -> Request:
    return Request("GET", f"{school.medius_url}/doc")


def status(school: Sandbox) -> int:
    with SyncDriver(retries=NO_RETRIES) as driver:
        return driver.send(page(school)).status


async def status_async(school: Sandbox) -> int:
    async with AsyncDriver(retries=NO_RETRIES) as driver:
        reply: Reply = await driver.send(page(school))
        return reply.status


def test_all_own_clients_share_one_context() -> None:
    with SyncDriver() as one, SyncDriver() as other:
        assert context_of(one) is context_of(other) is context_of(AsyncDriver())


def test_it_checks_certificates_and_names_as_the_context_of_httpx_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file of its own: OpenSSL sorts the authorities of a context that has shaken hands.
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    shared, theirs = context_of(SyncDriver()), httpx.create_ssl_context()
    assert (shared.check_hostname, shared.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert (shared.options, shared.verify_flags, shared.minimum_version) == (
        theirs.options,
        theirs.verify_flags,
        theirs.minimum_version,
    )
    assert trusted_by(shared) == trusted_by(theirs) != set()


def test_a_client_of_the_user_keeps_its_own_context() -> None:
    own = ssl.create_default_context()
    with httpx.Client(verify=own) as http, httpx.Client() as plain:
        assert context_of(SyncDriver(http)) is own
        assert context_of(SyncDriver(plain)) is not context_of(SyncDriver())


def test_a_new_client_follows_a_change_of_the_authorities(
    school: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SyncDriver(retries=NO_RETRIES) as before:
        with pytest.raises(TlsFailed, match="not trusted"):
            before.send(page(school))
        monkeypatch.setenv("SSL_CERT_FILE", str(school.ca_path))
        assert status(school) == 200
        with pytest.raises(TlsFailed, match="not trusted"):
            before.send(page(school))
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(TlsFailed, match="not trusted"):
        status(school)


def test_the_protocols_cannot_be_changed_while_another_thread_reads_them(trusted: Sandbox) -> None:
    context = context_of(SyncDriver())
    context.set_alpn_protocols(["h2"])
    server = ssl.MemoryBIO()
    hello = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(server, hello, server_hostname="localhost").do_handshake()
    sent = hello.read()
    assert b"http/1.1" in sent
    assert b"h2" not in sent


def test_many_threads_and_loops_use_it_at_once(trusted: Sandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        blocking = [pool.submit(status, trusted) for _ in range(16)]
        awaiting = [
            pool.submit(anyio.run, partial(status_async, trusted), backend=("asyncio", "trio")[turn % 2])
            for turn in range(8)
        ]
    assert {future.result() for future in blocking + awaiting} == {200}


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_uses_it(trusted: Sandbox) -> None:
    assert status(trusted) == 200
    forked = multiprocessing.get_context("fork")
    queue = forked.SimpleQueue()
    process = forked.Process(target=lambda: queue.put(status(trusted)))
    process.start()
    process.join(30)
    assert (process.exitcode, queue.get()) == (0, 200)


def test_a_second_client_builds_no_context(monkeypatch: pytest.MonkeyPatch) -> None:
    SyncDriver().close()
    built = transport._shared_context.cache_info().misses
    for _ in range(10):
        SyncDriver().close()
    assert transport._shared_context.cache_info().misses == built
