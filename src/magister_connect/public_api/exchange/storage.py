"""The separate storage for files: signed addresses, without the token.

For a file, the API redirects to, or returns, an address that is signed for a limited time (2026 clients and older
ones). The token must not be sent there. So a request to the storage contains neither the token nor the headers of the
contract. Addresses must be HTTPS. Plain HTTP is only used on loopback, for a school that is itself plain HTTP on
loopback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from attrs import evolve

from magister_connect.core.addresses import is_secure
from magister_connect.core.flow import Flow, Reply, Request, exchange_stream
from magister_connect.core.secrets import Secret
from magister_connect.errors import NotFound, ReplyInvalid
from magister_connect.public_api.exchange.connection import Connection, show
from magister_connect.public_api.exchange.refusals import LOGIN_PAGE, raise_for_refusal

REDIRECTS: Final = 3


def open_stored(
    connection: Connection, link: str, query: Sequence[tuple[str, str]] = (), *, limit: int
) -> Flow[tuple[Reply, str]]:
    """Open the stream of a file behind a link of the API, and follow redirects.

    Return the response and its request line.

    Reading more than ``limit`` bytes raises :class:`ReplyTooLarge`. Raises :class:`NotFound` if the file does not
    exist, :class:`ReplyInvalid` for a storage at an unsafe address, and the usual errors for other refusals.
    """
    address, more = connection.locate(link)
    reply = yield from connection.open(address, (*more, *query), limit=limit)
    for _ in range(REDIRECTS):
        if not 300 <= reply.status < 400:
            break
        address = _leads_to(connection, address, reply)
        reply = yield from exchange_stream(evolve(bare_request(address), stream=True, limit=limit))
    bare = address.partition("?")[0]
    line = f"GET {show(bare)}"
    if reply.status in {204, 404, 410}:
        raise NotFound(
            "The file does not exist, or no longer exists", where=line, status=reply.status,
            advice="Read the record of the file again, and use the link that it has then.",
        )  # fmt: skip
    if reply.status >= 300:
        raise_for_refusal(reply, Request("GET", bare, shown=show(bare)))
    return reply, line


def safe_address(connection: Connection, address: str, location: str) -> str:
    """Return the absolute address of a redirect. Raises :class:`ReplyInvalid` for an unsafe one."""
    target = urljoin(address, location)
    plain_school = urlsplit(connection.base_url).scheme == "http"  # on loopback, as checked before
    safe = is_secure(target) and (urlsplit(target).scheme == "https" or plain_school)
    if not location or not safe:
        raise ReplyInvalid(
            "The interface leads to a file storage without https", where=f"GET {show(address.partition('?')[0])}"
        )
    return target


def bare_request(target: str, method: str = "GET", body: bytes | None = None) -> Request:
    """Build a request to the storage, without the token and with its signature as a secret."""
    parts = urlsplit(target)
    query = tuple((name, Secret(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    shown = f"{parts.scheme}://{parts.netloc}/..."
    return Request(method, address, query=query, body=body, shown=shown)


def _leads_to(connection: Connection, address: str, reply: Reply) -> str:
    location = reply.header("location") or ""
    if LOGIN_PAGE.search(urlsplit(location).path):
        bare = address.partition("?")[0]
        raise_for_refusal(reply, Request("GET", bare, shown=show(bare)))
    return safe_address(connection, address, location)
