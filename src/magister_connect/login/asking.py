"""The token address: codes, refresh tokens and the application's own proof, for tokens. oauthlib writes the forms."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

import jwt
from oauthlib.oauth2.rfc6749.parameters import prepare_token_request

from magister_connect.errors import UsageError
from magister_connect.exchange import Flow, Request, ask_time, exchange
from magister_connect.json_records import parse_json, read_record
from magister_connect.login.discovery import Endpoints
from magister_connect.login.refusals import explain_token_refusal, raise_for_trouble
from magister_connect.login.settings import ClientAuthentication, LoginSettings
from magister_connect.login.tokens import TokenAnswer, Tokens
from magister_connect.secrets import Secret

__all__ = ["ask_tokens"]

TOKEN_TIMEOUT: Final = 20.0  # well below the lease under which a refresh is made
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def ask_tokens(
    settings: LoginSettings, endpoints: Endpoints, grant: str, fields: Mapping[str, str | Secret]
) -> Flow[Tokens]:
    """Ask for tokens by one grant. It is asked once: codes and refresh tokens are single-use (documented).

    Raises :class:`LoginRequired` where the grant is dead, :class:`ConsentMissing` where the school or the scopes are
    refused, :class:`NotAuthenticated` where the application itself is, and :class:`ServiceError` or
    :class:`ConnectionFailed` where the grant may still be good.
    """
    moment = yield from ask_time()
    request = _write_request(settings, endpoints, grant, fields, moment)
    reply = yield from exchange(request)
    if reply.status in {408, 429} or reply.status >= 500:
        raise_for_trouble(reply, request)
    if reply.status >= 400:
        raise explain_token_refusal(reply, request, grant)
    answer = read_record(TokenAnswer, parse_json(reply.body, request.line), request.line)
    came = yield from ask_time()
    return Tokens.from_answer(answer, came, settings.scopes)


def _write_request(
    settings: LoginSettings,
    endpoints: Endpoints,
    grant: str,
    fields: Mapping[str, str | Secret],
    moment: dt.datetime,
) -> Request:
    proof, headers = _prove(settings, endpoints, moment)
    plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in fields.items()}
    form = prepare_token_request(grant, client_id=settings.client_id, include_client_id=True, **plain)
    body = f"{form}&{urlencode(proof)}" if proof else form
    return Request(
        "POST",
        endpoints.token_endpoint,
        headers=(
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
            *headers,
        ),
        body=body.encode("ascii"),
        timeout=TOKEN_TIMEOUT,
    )


def _prove(
    settings: LoginSettings, endpoints: Endpoints, moment: dt.datetime
) -> tuple[Mapping[str, str], tuple[tuple[str, Secret], ...]]:
    """How the application proves itself: form fields and headers."""
    way = _choose_way(settings, endpoints)
    secret = settings.client_secret.reveal() if settings.client_secret else ""
    if way is ClientAuthentication.BASIC:  # RFC 6749, 2.3.1: both halves are form-encoded first
        pair = f"{quote(settings.client_id, safe='')}:{quote(secret, safe='')}"
        return {}, (("authorization", Secret(f"Basic {base64.b64encode(pair.encode()).decode()}")),)
    if way is ClientAuthentication.POST:
        return {"client_secret": secret}, ()
    if way is ClientAuthentication.PRIVATE_KEY:
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": _sign(settings, endpoints, moment)}, ()
    return {}, ()


def _choose_way(settings: LoginSettings, endpoints: Endpoints) -> ClientAuthentication:
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
    key = settings.client_key
    if key is None:
        raise UsageError("client_key is needed for private_key_jwt", advice="Give LoginSettings(client_key=...).")
    claims = {
        "iss": settings.client_id,
        "sub": settings.client_id,
        "aud": endpoints.token_endpoint,
        "jti": settings.random_text(),
        "iat": int(moment.timestamp()),
        "exp": int(moment.timestamp()) + 60,
    }
    try:
        return jwt.encode(claims, key.pem.reveal(), algorithm=key.algorithm, headers={"kid": key.key_id or ""})
    except (jwt.PyJWTError, ValueError, TypeError, NotImplementedError):  # the last for an unknown algorithm
        pass
    raise UsageError("The client key cannot sign", advice="Give an unencrypted PEM that fits the algorithm.")
