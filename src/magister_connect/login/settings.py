"""The settings of a login: what an accredited party brings along, without defaults that could be somebody else's."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from attrs import field, frozen

from magister_connect.core.addresses import is_secure
from magister_connect.core.half_made import HalfMade
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError

Word = TypeVar("Word", bound=StrEnum)

MAGISTER_ISSUER: Final = "https://accounts.magister.net"
HOST_META: Final = "https://magister.net/.well-known/host-meta.json"
DAY: Final = 86_400.0


class ResponseType(StrEnum):
    """How the code comes back: in the query, or, with an identity token, in the fragment (the hybrid answer)."""

    CODE = "code"
    CODE_ID_TOKEN = "code id_token"  # noqa: S105 - the name of a kind of answer


class ClientAuthentication(StrEnum):
    """How the application authenticates at the token endpoint; which of them Magister wants is not public."""

    AUTOMATIC = "automatic"
    POST = "client_secret_post"
    BASIC = "client_secret_basic"
    PRIVATE_KEY = "private_key_jwt"
    NONE = "none"


class AssertionAudience(StrEnum):
    """Whom a signed assertion is for: RFC 7523 names the token endpoint, later profiles the issuer."""

    TOKEN_ENDPOINT = "token_endpoint"  # noqa: S105 - the name of an address
    ISSUER = "issuer"


@frozen
class ClientKey:
    """The private key (PEM) of an application that authenticates with signed assertions (RFC 7523).

    Without ``key_id`` the assertion names no key. ``audience`` is one of :class:`AssertionAudience`, or any other text
    that the server wants as ``aud``.
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
class LoginSettings(HalfMade):
    """What identifies the application to the login server.

    ``client_id``, ``redirect_uri`` and ``scopes`` come from the partner contract; there are no defaults, and those of
    Magister's own apps never serve. ``client_secret`` or ``client_key`` authenticate the application; PKCE (S256) is
    always used. ``search_parameters`` are sent with a search for schools: by which parameter the server knows for whom
    it searches is not public (inferred: ``client_id``). ``tenant_id_in_acr_values`` sends the tenant id of a school
    whose host is not known; only hosts are documented there, so without it the login page asks for such a school.
    ``push_requests`` pushes authorization requests to a server that requires this of your client alone (RFC 9126).
    ``metadata_lifetime`` is how long, in seconds, the discovery document and the keys are used before they are read
    again. Addresses must be HTTPS, except on loopback.
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
        """The parameters that a search for schools carries along."""
        if self.search_parameters is None:
            return MappingProxyType({"client_id": self.client_id})
        return self.search_parameters

    def address(self, path: str) -> str:
        """An address below the issuer."""
        return f"{self.issuer.rstrip('/')}/{path}"


def require_secure(address: str, name: str) -> None:
    """Raise :class:`UsageError` unless ``address`` is HTTPS, or on loopback: tokens travel there."""
    if not is_secure(address):
        raise UsageError(
            f"{name} must be an https:// address",
            advice="Use https://, since tokens go there; http:// is accepted on loopback only.",
        )
