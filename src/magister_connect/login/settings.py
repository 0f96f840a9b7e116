"""Who logs in where: all that an accredited party brings along, without defaults that could be somebody else's."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from attrs import field, frozen

from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError

MAGISTER_ISSUER: Final = "https://accounts.magister.net"
HOST_META: Final = "https://magister.net/.well-known/host-meta.json"


class ResponseType(StrEnum):
    """How the code comes back: in the query, or, with an identity token, in the fragment (the hybrid answer)."""

    CODE = "code"
    CODE_ID_TOKEN = "code id_token"  # noqa: S105 - the name of a kind of answer


class ClientAuthentication(StrEnum):
    """How the application proves itself at the token address; which of them Magister wants is not public."""

    AUTOMATIC = "automatic"
    POST = "client_secret_post"
    BASIC = "client_secret_basic"
    PRIVATE_KEY = "private_key_jwt"
    NONE = "none"


@frozen
class ClientKey:
    """The private key (PEM) of an application that proves itself with signed assertions (RFC 7523)."""

    pem: Secret
    key_id: str | None = None
    algorithm: str = "RS256"


@frozen(kw_only=True)
class Tenant:
    """A school at the login server. Host, tenant id and BRIN are three different things, and all three are kept.

    ``host`` is what ``acr_values`` and the tenant claim hold (``voorbeeld.magister.net``), ``id`` what the search for
    schools gives (32 hexadecimal digits), ``brin`` what UWLR and DUO know the school by. Documented by several
    clients, all three; nothing turns one into another.
    """

    host: str | None = None
    id: str | None = None
    brin: str | None = None


def _as_tuple(scopes: Iterable[str]) -> tuple[str, ...]:
    return (scopes,) if isinstance(scopes, str) else tuple(scopes)


def _random_text() -> str:
    return randomness.token_urlsafe(32)


@frozen(kw_only=True)
class LoginSettings:
    """What identifies the application to the login server.

    ``client_id``, ``redirect_uri`` and ``scopes`` come from the partner contract; there are no defaults, and those of
    Magister's own apps never serve. ``client_secret`` or ``client_key`` prove the application where it has one; PKCE
    (S256) is always used. ``search_parameters`` go along with a search for schools: by which parameter the server
    knows for whom it searches is not public (inferred: ``client_id``). Addresses must be HTTPS, except on loopback.
    """

    client_id: str
    redirect_uri: str | None = None
    scopes: tuple[str, ...] = field(default=("openid",), converter=_as_tuple)
    client_secret: Secret | None = None
    client_key: ClientKey | None = None
    authentication: ClientAuthentication = ClientAuthentication.AUTOMATIC
    issuer: str = MAGISTER_ISSUER
    host_meta: str = HOST_META
    response_type: ResponseType = ResponseType.CODE
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256")
    clock_skew: float = 60.0
    pending_lifetime: float = 900.0
    audience: str | None = None
    search_parameters: Mapping[str, str] | None = None
    random_text: Callable[[], str] = field(default=_random_text, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.client_id:
            raise UsageError("A client id is needed", advice="It comes with the accreditation of your application.")
        require_secure(self.issuer, "issuer")
        require_secure(self.host_meta, "host_meta")

    @property
    def search_query(self) -> Mapping[str, str]:
        """The parameters that a search for schools carries along."""
        if self.search_parameters is None:
            return MappingProxyType({"client_id": self.client_id})
        return self.search_parameters

    def address(self, path: str) -> str:
        """An address below the issuer."""
        return f"{self.issuer.rstrip('/')}/{path}"


def require_secure(address: str, name: str) -> None:
    """Raise :class:`UsageError` unless ``address`` is HTTPS, or on loopback: tokens travel there."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    raise UsageError(f"{name} must be an https:// address", advice="Tokens go there; http:// serves on loopback only.")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
