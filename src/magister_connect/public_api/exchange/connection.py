"""Send one request to the API of a school: add the token, and check the response."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urljoin, urlsplit

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, Outcome, Reply, Request
from magister_connect.core.json import parse_json
from magister_connect.core.lists import SMALLEST_PAGE, require_size
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.secrets import Secret
from magister_connect.errors import ReplyInvalid, UsageError
from magister_connect.login import TokenSource
from magister_connect.login.settings import require_secure
from magister_connect.login.token_stores.sources import KeptTokens, ask_all_with_token, ask_with_token
from magister_connect.public_api.exchange.refusals import raise_for_refusal

Query: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]

JSON: Final = "application/json"
DOMAIN: Final = ".magister.net"  # public clients find schools and related services at this domain
PERSONAL_PART: Final = re.compile(r"/(?:[0-9]+|[0-9a-fA-F-]{32,36})(?=/|$)")


class Service(StrEnum):
    """The services of a school: its own API, and related services."""

    BASE = "base_url"
    CALENDAR = "calendar_url"
    ATTENDANCE = "attendance_url"
    LOCKERS = "lockers_url"


BESIDE: Final = {
    Service.CALENDAR: "https://calendar.magister.net/api",
    Service.ATTENDANCE: "https://attendance.magister.net/api/v2",
    Service.LOCKERS: "https://lockers.magister.net/api/v1",
}
"""The addresses of the related services in public clients (one client each)."""


@frozen(kw_only=True)
class Connection(SafeRepr):
    """The address of a school's API, and the source of tokens for it.

    - ``base_url``: from the partner contract or from host-meta, without a default. It ends in ``/api`` in public
      clients.
    - ``headers``: added to every request, if your contract requires them.
    - ``calendar_url``, ``attendance_url`` and ``lockers_url``: the related services. For a school at ``magister.net``,
      the defaults are in :data:`BESIDE`. Elsewhere, pass them before you use those services: a token is never sent to a
      host that you have not named.
    - ``smallest_page``: see :class:`~magister_connect.core.lists.ListReader`.
    """

    base_url: str
    tokens: TokenSource = field(repr=False)
    headers: Mapping[str, str | Secret] = field(factory=dict, repr=False)
    calendar_url: str | None = None
    attendance_url: str | None = None
    lockers_url: str | None = None
    smallest_page: int = field(default=SMALLEST_PAGE, converter=require_size)

    def __attrs_post_init__(self) -> None:
        for service in Service:
            if (given := getattr(self, service)) is not None:
                require_secure(given, service)

    def root(self, service: Service) -> str:
        """Return the address of a service. Raises :class:`UsageError` if you have not passed its address."""
        given: str | None = getattr(self, service)
        if given is not None:
            return given.rstrip("/")
        if not (urlsplit(self.base_url).hostname or "").endswith(DOMAIN):
            raise UsageError(
                "The address of this service is known only for schools at magister.net",
                where=service,
                advice=f"Pass service_urls={{'{service}': 'https://...'}} to the client.",
            )
        return BESIDE[service]

    def address(self, path: str, service: Service = Service.BASE) -> str:
        """Return the address of a path below a service. A link from a response (it starts with ``/``) is resolved."""
        if path.startswith("/"):
            return self.resolve(path, service)[0]
        return f"{self.root(service)}/{path}"

    def resolve(self, href: str, service: Service = Service.BASE) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return address and query of a link from a response. It must stay at that service.

        Links start with ``/api/`` (documented by several clients). A link to another host raises :class:`ReplyInvalid`,
        because it would send the token there.
        """
        address = self.root(service)
        base = urlsplit(address)
        if href.startswith("/api/") and base.path.rstrip("/").endswith("/api"):
            href = f"{base.path.rstrip('/')[:-4]}{href}"
        parts = urlsplit(urljoin(f"{address}/", href))
        if (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
            raise ReplyInvalid(
                "A link leads to another host than that of the interface, so it is not followed", where=address
            )
        return f"{parts.scheme}://{parts.netloc}{parts.path}", tuple(parse_qsl(parts.query, keep_blank_values=True))

    def locate(self, link: str, service: Service = Service.BASE) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return address and query of a path below a service, or of a link from a response (it starts with ``/``)."""
        return self.resolve(link, service) if link.startswith("/") else (self.address(link, service), ())

    def open(self, address: str, query: Sequence[tuple[str, str]] = (), *, limit: int) -> Flow[Reply]:
        """Open a streamed response of at most ``limit`` bytes, with a token.

        Redirects and refusals are not handled here.
        """
        request = evolve(self.request("GET", address, query), stream=True, limit=limit)
        return (yield from ask_with_token(self.tokens, request))

    def ask(
        self,
        method: str,
        address: str,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        *,
        content_type: str = JSON,
        safe_to_repeat: bool | None = None,
    ) -> Flow[Reply]:
        """Send with a valid token. If it has just expired, send once more with a new one."""
        request = self.request(method, address, query, body, content_type=content_type, safe_to_repeat=safe_to_repeat)
        reply = yield from ask_with_token(self.tokens, request)
        raise_for_refusal(reply, request)
        return reply

    def ask_all(self, addresses: Sequence[str], query: Sequence[tuple[str, str]] = ()) -> Flow[tuple[Reply, ...]]:
        """Read many addresses, as many at a time as the client allows. Raises the first refusal or failure."""
        requests = [self.request("GET", address, query) for address in addresses]
        outcomes = yield from ask_all_with_token(self.tokens, requests)
        return tuple(_checked(outcome, request) for outcome, request in zip(outcomes, requests, strict=True))

    def read(self, address: str, query: Sequence[tuple[str, str]] = ()) -> Flow[object]:
        """Return the JSON at one address, or ``None`` for an empty response (204)."""
        reply = yield from self.ask("GET", address, query)
        return None if reply.status == 204 else parse_json(reply.body, f"GET {show(address)}")

    def request(
        self,
        method: str,
        address: str,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        *,
        content_type: str = JSON,
        safe_to_repeat: bool | None = None,
    ) -> Request:
        """Build a request without its token."""
        headers: list[tuple[str, str | Secret]] = [("accept", JSON), *self.headers.items()]
        if body is not None:
            headers.append(("content-type", content_type))
        return Request(
            method,
            address,
            query=tuple(query),
            headers=tuple(headers),
            body=body,
            safe_to_repeat=safe_to_repeat,
            shown=show(address),
        )


def client_id_of(tokens: TokenSource) -> str:
    """Return the client id of a source of tokens, or an empty text if your own source has no ``client_id``."""
    if isinstance(tokens, KeptTokens):
        return tokens.server.settings.client_id
    return str(getattr(tokens, "client_id", ""))


def _checked(outcome: Outcome, request: Request) -> Reply:
    if not isinstance(outcome, Reply):
        raise outcome
    raise_for_refusal(outcome, request)
    return outcome


def show(address: str) -> str:
    """Return a printable address: its numbers identify people and are masked."""
    return PERSONAL_PART.sub("/{id}", address)


def write_query(query: Query) -> tuple[tuple[str, str], ...]:
    """Return query parameters as pairs. ``None`` is left out, lists repeat their name, booleans are lower case."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if isinstance(value, bool):
            pairs.append((name, str(value).lower()))
        elif isinstance(value, str | int):
            pairs.append((name, str(value)))
        elif value is not None:
            pairs += [(name, each) for each in value]
    return tuple(pairs)


def path_part(value: str | int) -> str:
    """Return a value as one part of a path. It must be an identifier, so that it cannot change the path.

    Raises :class:`UsageError` for any other value.
    """
    text = str(value)
    if not text or not all(each.isascii() and (each.isalnum() or each in "-_.") for each in text) or set(text) == {"."}:
        raise UsageError(
            "An identifier may hold letters, digits, '-', '_' and '.' only",
            advice="Pass the id as the interface writes it, without the path around it.",
        )
    return text
