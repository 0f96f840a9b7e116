"""Translate error responses of the login server (RFC 6749, 4.1.2.1 and 5.2) to errors with advice."""

from __future__ import annotations

from typing import Final

from magister_connect.core.flow import Reply, Request
from magister_connect.core.json import parse_json
from magister_connect.errors import (
    ConsentMissing,
    LoginRequired,
    Maintenance,
    NotAuthenticated,
    NotJson,
    RateLimited,
    Refused,
    Responsible,
    ServiceError,
)

SWITCH_ON: Final = (
    "Have an administrator switch your application on in Magister, among the third parties that may use the "
    "school's data (Privacy Manager). Until then, everything is off."
)
COMPARE: Final = "Compare issuer, client id, secret or key, and scopes with your partner contract."
# Inferred: it is not public which of these means that the school has not consented, so both count.
WITHOUT_CONSENT: Final = frozenset({"access_denied", "unauthorized_client"})
WITHOUT_CONSENT_FOR_TOKENS: Final = WITHOUT_CONSENT | {"invalid_scope"}
ASK_THE_PERSON: Final = frozenset(
    {"login_required", "interaction_required", "consent_required", "account_selection_required"}
)
STANDARD_CODES: Final = (
    WITHOUT_CONSENT
    | WITHOUT_CONSENT_FOR_TOKENS
    | ASK_THE_PERSON
    | {"invalid_request", "invalid_client", "invalid_grant", "unsupported_response_type", "unsupported_grant_type"}
    | {"server_error", "temporarily_unavailable", "invalid_token", "insufficient_scope"}
)


def raise_for_error(reply: Reply, request: Request) -> None:
    """Raise the error for statuses that mean the same at every endpoint of the login server."""
    if 300 <= reply.status < 400:
        raise Refused(
            "The login server redirects to another address, which is not followed",
            where=request.line,
            status=reply.status,
            responsible=Responsible.YOU,
            advice="Compare the issuer in your settings with your partner contract.",
        )
    if reply.status == 429:
        raise explain_limit("The login server asks for fewer requests", request.line, read_retry_after(reply))
    if reply.status == 503:
        raise Maintenance("The login server is temporarily unavailable", where=request.line, status=503)
    if reply.status >= 500:
        raise ServiceError("The login server failed", where=request.line, status=reply.status)
    if reply.status >= 400:
        raise Refused(
            "The login server refused", where=request.line, status=reply.status, code=error_code(reply),
            responsible=Responsible.YOU, advice=COMPARE,
        )  # fmt: skip


def explain_limit(what: str, where: str, wait: float | None) -> RateLimited:
    """Return the error for a 429, with the seconds to wait if the server sent them."""
    wait_note = "" if wait is None else f"; the wait asked for is {wait:g} s"
    limited = RateLimited(f"{what}{wait_note}", where=where, status=429)
    limited.retry_after = wait
    return limited


def read_retry_after(reply: Reply) -> float | None:
    """Return the seconds in ``Retry-After``, if it is a number."""
    asked = (reply.header("retry-after") or "").strip()
    return float(asked) if asked.isascii() and asked.isdigit() else None


def explain_audience(where: str) -> NotAuthenticated:
    """Return the error for a token of another service (observed by one client, as a 401)."""
    return NotAuthenticated(
        "The token is meant for another service: its audience is not this one", where=where, status=401,
        code="invalid_token", advice="Request the scope of this service; see your partner contract.",
    )  # fmt: skip


def error_code(reply: Reply) -> str | None:
    """Return the OAuth error code of a response, if it is a standard one.

    Its description may quote data and is not used.
    """
    try:
        body = parse_json(reply.body, "")
    except NotJson:
        return None
    code = body.get("error") if isinstance(body, dict) else None
    return standard_code(code)


def standard_code(code: object) -> str | None:
    """Return the code if the standards define it, else ``None``: any other text may contain anything."""
    return code if isinstance(code, str) and code in STANDARD_CODES else None


def explain_callback(code: str) -> Refused:
    """Return the error for an ``error`` in the callback."""
    shown, where = standard_code(code), "the address that the browser came back to"
    if shown in WITHOUT_CONSENT:
        return ConsentMissing(
            "The school has not consented to your application, or the person refused", where=where, code=shown,
            advice=SWITCH_ON,
        )  # fmt: skip
    if shown in ASK_THE_PERSON:
        return LoginRequired("The user must log in: there is no session to continue", where=where, code=shown)
    return Refused(
        "The login server did not log the user in", where=where, code=shown, responsible=Responsible.YOU,
        advice="Compare the host of the school, and client id, redirect address, response type and scopes with your "
        "partner contract.",
    )  # fmt: skip


def explain_token_error(reply: Reply, request: Request, grant: str) -> Refused:
    """Return the error for a refusal by the token endpoint.

    Observed by one client: every 4xx except 408 and 429 means that the grant has ended and the user must log in again.
    """
    code, where, status = error_code(reply), request.line, reply.status
    if code in WITHOUT_CONSENT_FOR_TOKENS:
        return ConsentMissing(
            "The school has not consented to your application, or not to these scopes", where=where, status=status,
            code=code, advice=f"{SWITCH_ON} If it is on, check that it covers these scopes.",
        )  # fmt: skip
    if code == "invalid_client":
        return NotAuthenticated(
            "The login server does not accept the credentials of your application", where=where, status=status,
            code=code, advice="Compare client id, secret or key with your partner contract.",
        )  # fmt: skip
    if grant == "client_credentials":
        return NotAuthenticated(
            "The login server refuses a token to your application",
            where=where,
            status=status,
            code=code,
            advice=COMPARE,
        )
    what = (
        "The code was used before, or is too old" if grant == "authorization_code" else "The grant is no longer valid"
    )
    return LoginRequired(what, where=where, status=status, code=code)
