"""The token endpoint and related endpoints: authenticated form requests, and their responses."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from magister_connect.core.flow import Flow, Request, current_time, exchange
from magister_connect.core.json import parse_json
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.login.discovery import Endpoints
from magister_connect.login.error_responses import explain_token_error, raise_for_error
from magister_connect.login.settings import AssertionAudience, ClientAuthentication, ClientKey, LoginSettings
from magister_connect.login.tokens import TokenResponse

TOKEN_TIMEOUT: Final = 20.0  # well below the lease under which a refresh is made
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS: Final = 60


def request_tokens(
    settings: LoginSettings, endpoints: Endpoints, grant: str, fields: Mapping[str, str | Secret]
) -> Flow[TokenResponse]:
    """Request tokens by one grant.

    The request is sent once, because codes and refresh tokens are single-use (documented).

    Raises :class:`LoginRequired` if the grant has ended, :class:`ConsentMissing` if the school or the scopes are
    refused, and :class:`NotAuthenticated` if the application is refused. After :class:`ServiceError` or
    :class:`ConnectionFailed`, the grant may still be valid.
    """
    from oauthlib.oauth2.rfc6749.parameters import prepare_token_request  # imported here: it takes long

    plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in fields.items()}
    form = prepare_token_request(grant, client_id=settings.client_id, include_client_id=True, **plain)
    request = yield from write_form(settings, endpoints, endpoints.token_endpoint, form)
    reply = yield from exchange(request)
    if reply.status in {408, 429} or (not 200 <= reply.status < 300 and not 400 <= reply.status < 500):
        raise_for_error(reply, request)
    if reply.status >= 400:
        raise explain_token_error(reply, request, grant)
    moment = yield from current_time()
    return TokenResponse.read(parse_json(reply.body, request.line), moment, settings.scopes, request.line)


def write_form(settings: LoginSettings, endpoints: Endpoints, address: str, form: str) -> Flow[Request]:
    """Return a form request to the login server, with the authentication of the application."""
    moment = yield from current_time()
    fields, headers = _authenticate(settings, endpoints, moment)
    return Request(
        "POST",
        address,
        headers=(
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
            *headers,
        ),
        body=(f"{form}&{urlencode(fields)}" if fields else form).encode("ascii"),
        timeout=TOKEN_TIMEOUT,
    )


def _authenticate(
    settings: LoginSettings, endpoints: Endpoints, moment: dt.datetime
) -> tuple[Mapping[str, str], tuple[tuple[str, Secret], ...]]:
    """Return the form fields and headers that authenticate the application."""
    method = _choose_method(settings, endpoints)
    secret = settings.client_secret.reveal() if settings.client_secret else ""
    if method is ClientAuthentication.BASIC:  # RFC 6749, 2.3.1: both halves are form-encoded first
        pair = f"{quote(settings.client_id, safe='')}:{quote(secret, safe='')}"
        return {}, (("authorization", Secret(f"Basic {base64.b64encode(pair.encode()).decode()}")),)
    if method is ClientAuthentication.POST:
        return {"client_secret": secret}, ()
    if method is ClientAuthentication.PRIVATE_KEY:
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": _sign(settings, endpoints, moment)}, ()
    return {}, ()


def _choose_method(settings: LoginSettings, endpoints: Endpoints) -> ClientAuthentication:
    if settings.authentication is not ClientAuthentication.AUTOMATIC:
        return settings.authentication
    if settings.client_key is not None:
        return ClientAuthentication.PRIVATE_KEY
    if settings.client_secret is None:
        return ClientAuthentication.NONE
    offered = endpoints.token_endpoint_auth_methods_supported
    only_post = ClientAuthentication.POST in offered and ClientAuthentication.BASIC not in offered
    return ClientAuthentication.POST if only_post else ClientAuthentication.BASIC


def _sign(settings: LoginSettings, endpoints: Endpoints, moment: dt.datetime) -> str:
    import jwt  # imported here: it takes long

    key = settings.client_key
    if key is None:
        raise UsageError("client_key is needed for private_key_jwt", advice="Pass LoginSettings(client_key=...).")
    claims = {
        "iss": settings.client_id,
        "sub": settings.client_id,
        "aud": _audience_of(key, endpoints),
        "jti": settings.random_text(),
        "iat": int(moment.timestamp()),
        "exp": int(moment.timestamp()) + ASSERTION_SECONDS,
    }
    headers = None if key.key_id is None else {"kid": key.key_id}
    try:
        return jwt.encode(claims, key.pem.reveal(), algorithm=key.algorithm, headers=headers)
    except (jwt.PyJWTError, ValueError, TypeError, NotImplementedError):  # the last for an unknown algorithm
        pass
    raise UsageError("The client key cannot sign", advice="Pass an unencrypted PEM that fits the algorithm.")


def _audience_of(key: ClientKey, endpoints: Endpoints) -> str:
    named = {
        AssertionAudience.TOKEN_ENDPOINT: endpoints.token_endpoint,
        AssertionAudience.ISSUER: endpoints.issuer,
    }
    return named.get(key.audience, key.audience)  # type: ignore[call-overload,no-any-return]  # any other text is itself
