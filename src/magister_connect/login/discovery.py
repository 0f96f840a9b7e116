"""The endpoints of the login server, from its discovery document or from known paths if it has none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import NOTHING, evolve, fields, frozen

from magister_connect.core.addresses import is_secure
from magister_connect.core.flow import Flow, Request, exchange
from magister_connect.core.json import Record, parse_json, read_record
from magister_connect.errors import ContractMismatch, Responsible
from magister_connect.login.error_responses import raise_for_error
from magister_connect.login.settings import LoginSettings

# The paths that public clients use (documented by several of them). The key set and the rest are defaults of the
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
ADDRESSES: Final = (
    *DEFAULT_PATHS,
    "revocation_endpoint",
    "pushed_authorization_request_endpoint",
)


@frozen(kw_only=True, repr=False, slots=False)
class Endpoints(Record):
    """The endpoints of the login server and the features it supports (OpenID Connect Discovery 1.0, 3; RFC 8414, 2).

    ``discovered`` is false if the server has no discovery document, so that the known paths are used.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    revocation_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    require_pushed_authorization_requests: bool = False
    authorization_response_iss_parameter_supported: bool = False
    scopes_supported: tuple[str, ...] = ()
    grant_types_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()
    id_token_signing_alg_values_supported: tuple[str, ...] = ()
    discovered: bool = True


def discover(settings: LoginSettings) -> Flow[Endpoints]:
    """Read the discovery document. The known paths are used only if the server responds that it has none.

    A web page, as during maintenance, raises :class:`NotJson`, because it does not show the endpoints. Raises
    :class:`ContractMismatch` for a document of another issuer and for an endpoint without TLS. Raises
    :class:`FieldInvalid` for a document without a mandatory endpoint.
    """
    request = Request("GET", settings.address(".well-known/openid-configuration"))
    reply = yield from exchange(request)
    if reply.status in WITHOUT_DOCUMENT:
        return _default_endpoints(settings)
    raise_for_error(reply, request)
    document = parse_json(reply.body, request.line)
    found = read_record(Endpoints, _without_oddities(document), request.line)
    _check(found, settings, request)
    return evolve(found, discovered=True)


def _without_oddities(document: object) -> object:
    """Remove nulls, and optional values of the wrong type, because they mean nothing."""
    if not isinstance(document, dict):
        return document
    defaults = {each.name: each.default for each in fields(Endpoints) if each.default is not NOTHING}
    odd = {name for name, default in defaults.items() if name in document and not _fits(document[name], default)}
    return {name: value for name, value in document.items() if name not in odd}


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, tuple):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str)


def _default_endpoints(settings: LoginSettings) -> Endpoints:
    addresses = {name: settings.address(path) for name, path in DEFAULT_PATHS.items()}
    return Endpoints(issuer=settings.issuer, discovered=False, **addresses)  # type: ignore[arg-type]  # addresses only


def _check(found: Endpoints, settings: LoginSettings, request: Request) -> None:
    if found.issuer.rstrip("/") != settings.issuer.rstrip("/"):
        raise ContractMismatch(
            "The discovery document belongs to another issuer",
            where=request.line,
            responsible=Responsible.YOU,
            advice="Check the issuer in your settings, and any proxy in between.",
        )
    for name in ADDRESSES:
        address = getattr(found, name)
        if address is not None and not is_secure(address):
            raise ContractMismatch(
                f"The discovery document names an address without TLS: {name}",
                where=request.line,
                advice="Report the right address with TLS; http:// is accepted on loopback only.",
            )
        if address is not None and "#" in address:  # a query after it would never arrive (RFC 6749, 3.1)
            raise ContractMismatch(
                f"The discovery document names an address with a fragment: {name}",
                where=request.line,
                advice="Report the right address, without the # sign and the text after it.",
            )
