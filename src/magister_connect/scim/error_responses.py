"""How a SCIM server says no (RFC 7644, 3.12): by status, and by ``scimType``, which the error has as its ``code``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from magister_connect.core.flow import Reply, Request
from magister_connect.core.json import parse_json
from magister_connect.errors import (
    ConsentMissing,
    LoginRequired,
    Maintenance,
    Move,
    NotFound,
    NotJson,
    Refused,
    ServiceError,
)
from magister_connect.login.error_responses import explain_audience, explain_limit, read_retry_after
from magister_connect.login.token_stores.sources import is_for_another_audience

TYPES: Final[Mapping[str, str]] = {
    "invalidFilter": "The server does not understand the filter",
    "tooMany": "The filter fits more accounts than the server gives",
    "uniqueness": "Another account has this value already",
    "mutability": "An attribute cannot be written",
    "invalidSyntax": "The server does not understand the request",
    "invalidPath": "The server does not know the path of a change",
    "noTarget": "A change fits nothing",
    "invalidValue": "A value does not fit its attribute",
    "invalidVers": "The server speaks another version of SCIM",
    "sensitive": "The server refuses a request that would put personal data into an address",
}
ADVICE: Final[Mapping[str, str]] = {
    "invalidFilter": "Compare its attributes with those that schemas() lists.",
    "tooMany": "Ask for fewer at a time, or filter more sharply.",
    "uniqueness": "Choose another value; search for the account that has it.",
    "mutability": "schemas() tells of each attribute whether it can be written.",
    "invalidPath": "Compare its paths with the attributes that schemas() lists.",
    "noTarget": "Read the account again: what should be changed or removed is not there.",
    "invalidValue": "Compare the value with the type of its attribute in schemas().",
    "sensitive": "Search with method POST: users(..., post=True).",
}
CHECK_THE_CALL: Final = "Compare the call with what config() and schemas() tell of the server."
AGAIN: Final = "Read the account again and decide again."
Meaning: TypeAlias = tuple[type[Refused], str, Move | None, str | None]
"""Error, what happened, whose move it is, what to do; ``None`` for that of the error itself."""

MEANINGS: Final[Mapping[int, Meaning]] = {
    401: (
        LoginRequired,
        "The token is not accepted, nor is a new one",
        None,
        (
            "Where the application asks for itself, compare grant and scopes with your partner contract; where it asks "
            "for a person, start a new login."
        ),
    ),
    403: (
        ConsentMissing,
        "The school has not opened its accounts to your application, or not this",
        None,
        "Ask the school to open them, and compare the scopes with your partner contract.",
    ),
    404: (
        NotFound,
        "There is nothing at this address",
        None,
        "Check the id of the account: if others are found, it is no longer there. If none is, check the base address.",
    ),
    409: (Refused, "The change contradicts what is there", Move.YOURS, AGAIN),
    412: (Refused, "The account has been changed since it was read", Move.YOURS, AGAIN),
    413: (Refused, "The request is too large", Move.YOURS, "Make fewer changes at a time."),
    501: (Refused, "The server cannot do this", Move.VENDOR, "config() tells what the server can do."),
    503: (Maintenance, "The server is closed for a while", None, None),
}
ELSEWHERE: Final[Meaning] = (
    Refused,
    "The server sends us to another address, which is not followed",
    Move.YOURS,
    "Compare the base address with your partner contract.",
)
REFUSED: Final[Meaning] = (Refused, "The server refuses this, and does not say why", Move.YOURS, CHECK_THE_CALL)
BROKEN: Final[Meaning] = (ServiceError, "The server failed", None, None)


def raise_for_error(reply: Reply, request: Request) -> None:
    """Raise what the answer means, unless it is a success."""
    if reply.status < 300:
        return
    where, status, code = request.line, reply.status, scim_type(reply)
    if is_for_another_audience(reply):
        raise explain_audience(where)
    if status == 429:
        raise explain_limit("The server asks for fewer requests", where, read_retry_after(reply))
    if code is not None:
        told = ADVICE.get(code, CHECK_THE_CALL)
        raise Refused(TYPES[code], where=where, status=status, code=code, move=Move.YOURS, advice=told)
    kind, what, move, advice = MEANINGS.get(status) or _by_class(status)
    raise kind(what, where=where, status=status, move=move, advice=advice)


def _by_class(status: int) -> Meaning:
    if status >= 500:
        return BROKEN
    return REFUSED if status >= 400 else ELSEWHERE


def scim_type(reply: Reply) -> str | None:
    """The ``scimType`` of an error, when it is one that the standard knows; ``detail`` is free text and is dropped."""
    try:
        body = parse_json(reply.body, "")
    except NotJson:
        return None
    found = body.get("scimType") if isinstance(body, dict) else None
    return found if isinstance(found, str) and found in TYPES else None
