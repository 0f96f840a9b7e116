"""The real service asks for a certificate; the client shows the one that its HTTP client has."""

import ssl
from collections.abc import Iterator

import httpx
import httpx2
import pytest
import trustme

from magister_connect.errors import ConnectionFailed
from magister_connect.nummervoorziening import NummervoorzieningClient, Polling
from magister_connect.sandbox.nummervoorziening import Nummervoorziening, NummervoorzieningSwitches, application
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.serving import serve
from magister_connect.sandbox.state import SandboxState

OIN = "0000000700099ZZ00000"
AUTHORITY = trustme.CA()


@pytest.fixture
def address() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    AUTHORITY.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    switches = NummervoorzieningSwitches()
    service = Nummervoorziening(SandboxState(School.seeded(pupils=3, staff=6)), switches)
    with serve(application(service.state, switches, service), tls=context) as served:
        yield f"{served.url}/eck/ws/201703"


def trusting(*, with_certificate: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    if with_certificate:
        AUTHORITY.issue_cert("school.example").configure_cert(context)
    return context


@pytest.mark.parametrize("make", [httpx.Client, httpx2.Client])
def test_a_client_with_a_certificate_is_let_in(address: str, make: type[httpx.Client] | type[httpx2.Client]) -> None:
    with (
        make(verify=trusting(with_certificate=True)) as http,
        NummervoorzieningClient(address, oin=OIN, http=http) as service,
    ):
        assert service.ping().available


def test_a_client_without_a_certificate_is_not(address: str) -> None:
    with (
        httpx.Client(verify=trusting(with_certificate=False)) as http,
        NummervoorzieningClient(address, oin=OIN, http=http) as service,
        pytest.raises(ConnectionFailed),
    ):
        service.retrieve_batch("x", save_reply=lambda _name, _body: None, polling=Polling(interval=0))
