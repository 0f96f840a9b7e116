"""The settings of a login. They have no defaults, because the values belong to one accredited party."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from attrs import field, frozen

from magister_connect.core.addresses import is_secure
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError

Word = TypeVar("Word", bound=StrEnum)

MAGISTER_ISSUER: Final = "https://accounts.magister.net"
HOST_META: Final = "https://magister.net/.well-known/host-meta.json"
DAY: Final = 86_400.0


class ResponseType(StrEnum):
    """How the code comes back: in the query, or in the fragment with an identity token (the hybrid flow)."""

    CODE = "code"
    CODE_ID_TOKEN = "code id_token"  # noqa: S105 - the name of a response type


class ClientAuthentication(StrEnum):
    """How the application authenticates at the token endpoint. It is not public which method Magister wants."""

    AUTOMATIC = "automatic"
    POST = "client_secret_post"
    BASIC = "client_secret_basic"
    PRIVATE_KEY = "private_key_jwt"
    NONE = "none"


class AssertionAudience(StrEnum):
    """The audience of a signed assertion. RFC 7523 uses the token endpoint; later profiles use the issuer."""

    TOKEN_ENDPOINT = "token_endpoint"  # noqa: S105 - the name of an address
    ISSUER = "issuer"


@frozen
class ClientKey:
    """The private key (PEM) of an application that authenticates with signed assertions (RFC 7523).

    Without ``key_id``, the assertion names no key. ``audience`` is a member of :class:`AssertionAudience`, or another
    text that the server wants as ``aud``.
    """

    pem: Secret
    key_id: str | None = None
    algorithm: str = "RS256"
    audience: AssertionAudience | str = AssertionAudience.TOKEN_ENDPOINT


def _as_tuple(scopes: Iterable[str]) -> tuple[str, ...]:
    return (scopes,) if isinstance(scopes, str) else tuple(scopes)


def _as_response_type(word: ResponseType | str) -> ResponseType:
    return _member(ResponseType, word)


def _as_authentication(word: ClientAuthentication | str) -> ClientAuthentication:
    return _member(ClientAuthentication, word)


def _member(kind: type[Word], word: str) -> Word:
    try:
        return kind(word)
    except ValueError:
        words = ", ".join(repr(str(each)) for each in kind)
    raise UsageError(f"This is not a {kind.__name__}", advice=f"Pass one of {words}.")


def _random_text() -> str:
    return randomness.token_urlsafe(32)


@frozen(kw_only=True)
class LoginSettings(SafeRepr):
    """The settings that identify the application to the login server.

    - ``client_id``, ``redirect_uri`` and ``scopes``: from your partner contract. There are no defaults. Do not use the
      values of Magister's own apps.
    - ``client_secret`` or ``client_key``: authenticates the application. PKCE (S256) is always used.
    - ``search_parameters``: sent with a search for schools. It is not public by which parameter the server recognises
      the application (inferred: ``client_id``).
    - ``tenant_id_in_acr_values``: send the tenant id of a school with an unknown host. Only hosts are documented there.
      Without this setting, the login page asks for the school.
    - ``push_requests``: push authorization requests, for a server that requires this of your client only (RFC 9126).
    - ``metadata_lifetime``: how many seconds the discovery document and the keys are cached.

    Addresses must be HTTPS, except on loopback.
    """

    client_id: str
    redirect_uri: str | None = None
    scopes: tuple[str, ...] = field(default=("openid",), converter=_as_tuple)
    client_secret: Secret | None = None
    client_key: ClientKey | None = None
    authentication: ClientAuthentication = field(default=ClientAuthentication.AUTOMATIC, converter=_as_authentication)
    issuer: str = MAGISTER_ISSUER
    host_meta: str = HOST_META
    response_type: ResponseType = field(default=ResponseType.CODE, converter=_as_response_type)
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256")
    clock_skew: float = 60.0
    pending_lifetime: float = 900.0
    audience: str | None = None
    search_parameters: Mapping[str, str] | None = None
    tenant_id_in_acr_values: bool = False
    push_requests: bool = False
    metadata_lifetime: float = DAY
    random_text: Callable[[], str] = field(default=_random_text, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.client_id:
            raise UsageError(
                "The client id is empty", advice="Pass the client id from the accreditation of your application."
            )
        require_secure(self.issuer, "issuer")
        require_secure(self.host_meta, "host_meta")
        if self.redirect_uri is not None and "#" in self.redirect_uri:  # RFC 6749, 3.1.2
            raise UsageError(
                "A redirect address must not have a fragment", advice="Leave out the # sign and the text after it."
            )

    @property
    def search_query(self) -> Mapping[str, str]:
        """The extra parameters of a search for schools."""
        if self.search_parameters is None:
            return MappingProxyType({"client_id": self.client_id})
        return self.search_parameters

    def address(self, path: str) -> str:
        """Return an address below the issuer."""
        return f"{self.issuer.rstrip('/')}/{path}"


def require_secure(address: str, name: str) -> None:
    """Raise :class:`UsageError` unless ``address`` is HTTPS or on loopback, because tokens are sent there."""
    if not is_secure(address):
        raise UsageError(
            f"{name} must be an https:// address",
            advice="Use https://, since tokens go there; http:// is accepted on loopback only.",
        )
