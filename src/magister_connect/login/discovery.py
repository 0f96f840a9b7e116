"""Where the login server has its addresses: its discovery document first, known paths only if there is none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from magister_connect.core.flow import Flow, Reply, Request, exchange
from magister_connect.core.json import Record, parse_json, read_record
from magister_connect.errors import ContractChanged, ReplyInvalid
from magister_connect.login.error_responses import raise_for_error
from magister_connect.login.settings import LoginSettings, require_secure

# The paths that public clients use (documented by several of them); the key set and the rest are defaults of the
# product that the server is built on (inferred).
DEFAULT_PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authorization_endpoint": "connect/authorize",
        "token_endpoint": "connect/token",
        "userinfo_endpoint": "connect/userinfo",
        "end_session_endpoint": "connect/endsession",
        "jwks_uri": ".well-known/openid-configuration/jwks",
    }
)
WITHOUT_DOCUMENT: Final = frozenset({404, 405, 410, 501})


@frozen(kw_only=True, repr=False, slots=False)
class Endpoints(Record):
    """The addresses of the login server and what it says that it can do.

    ``discovered`` is false where the server has no discovery document and the known paths stand in.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    revocation_endpoint: str | None = None
    scopes_supported: tuple[str, ...] = ()
    grant_types_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()
    id_token_signing_alg_values_supported: tuple[str, ...] = ()
    discovered: bool = True


def discover(settings: LoginSettings) -> Flow[Endpoints]:
    """Read the discovery document; where the server has none, or answers with something else, use the known paths.

    A document that names another issuer is no substitute case: it raises :class:`ContractChanged`. A server that
    cannot be reached raises ``ConnectionFailed``, since the known paths would not answer either.
    """
    request = Request("GET", settings.address(".well-known/openid-configuration"))
    reply = yield from exchange(request)
    if reply.status in WITHOUT_DOCUMENT:
        return _known_endpoints(settings)
    raise_for_error(reply, request)
    try:
        document = _read_document(reply, request)
    except ReplyInvalid:
        return _known_endpoints(settings)
    return _checked(document, settings, request)


def _read_document(reply: Reply, request: Request) -> Endpoints:
    return read_record(Endpoints, parse_json(reply.body, request.line), request.line)


def _known_endpoints(settings: LoginSettings) -> Endpoints:
    addresses = {name: settings.address(path) for name, path in DEFAULT_PATHS.items()}
    return Endpoints(issuer=settings.issuer, discovered=False, **addresses)  # type: ignore[arg-type]  # addresses only


def _checked(found: Endpoints, settings: LoginSettings, request: Request) -> Endpoints:
    if found.issuer.rstrip("/") != settings.issuer.rstrip("/"):
        raise ContractChanged(
            "The discovery document is that of another issuer",
            where=request.line,
            advice="Check the issuer in your settings; a proxy in between may also have answered.",
        )
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        require_secure(getattr(found, name), name)
    return found
