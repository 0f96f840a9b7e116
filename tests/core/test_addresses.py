"""Where keys and personal data are sent: over TLS, or to this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from magister_connect.codes import CodesClient
from magister_connect.core.addresses import is_secure
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.login import LoginSettings, StaticToken
from magister_connect.medius import AsyncMediusClient, MediusClient
from magister_connect.nummervoorziening import AsyncNummervoorzieningClient, NummervoorzieningClient
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.results import AsyncResultsClient, ResultsClient
from magister_connect.scim import AsyncScimClient, ScimClient
from magister_connect.uwlr import AsyncUwlrClient, UwlrClient

TOKENS = StaticToken(Secret("t"))
RESULTS: dict[str, Any] = {"product": "JIJ", "instellingscode": "x", "soap_key": "k"}
HTTPS = "https://school.example"
CLIENTS: dict[str, Callable[[str], object]] = {
    "Medius": lambda url: MediusClient(url, username="u", password="p"),
    "Medius, async": lambda url: AsyncMediusClient(url, username="u", password="p"),
    "results": lambda url: ResultsClient(f"{url}/x?wsdl", **RESULTS),
    "results, async": lambda url: AsyncResultsClient(f"{url}/x?wsdl", **RESULTS),
    "results, address": lambda url: ResultsClient(b"<x/>", address=url, **RESULTS),
    "Public API": lambda url: PublicApiClient(url, tokens=TOKENS),
    "Public API, async": lambda url: AsyncPublicApiClient(url, tokens=TOKENS),
    "SCIM": lambda url: ScimClient(url, tokens=TOKENS),
    "SCIM, async": lambda url: AsyncScimClient(url, tokens=TOKENS),
    "UWLR": lambda url: UwlrClient(url, "n", "c", "k"),
    "UWLR, async": lambda url: AsyncUwlrClient(url, "n", "c", "k"),
    "UWLR, results": lambda url: UwlrClient(HTTPS, "n", "c", "k", results_endpoint=url),
    "Nummervoorziening": lambda url: NummervoorzieningClient(url, oin="00000001234567890000"),
    "Nummervoorziening, async": lambda url: AsyncNummervoorzieningClient(url, oin="00000001234567890000"),
    "codes": CodesClient,
    "login": lambda url: LoginSettings(client_id="c", issuer=url),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("url", ["http://school.example", "ftp://school.example", "https://u:geheim@school.example"])
def test_no_client_takes_an_address_that_is_not_safe(client: str, url: str) -> None:
    with pytest.raises(UsageError) as refusal:
        CLIENTS[client](url)
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_takes_https(client: str) -> None:
    CLIENTS[client](HTTPS)


@pytest.mark.parametrize(
    ("address", "secure"),
    [
        ("https://school.example", True),
        ("http://127.0.0.1:8800", True),
        ("http://[::1]/x", True),
        ("http://las.localhost", True),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
        ("http://127.0.0.1@school.example", False),
        ("https://", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_plain_http_is_for_this_machine(address: str, secure: bool) -> None:
    assert is_secure(address) is secure
