"""How a SCIM server says no (RFC 7644, 3.12): by status, and by ``scimType``, which the error has as its ``code``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from magister_connect.errors import (
    ConsentMissing,
    LoginRequired,
    Maintenance,
    Move,
    NotAuthenticated,
    NotFound,
    NotJson,
    RateLimited,
    Refused,
    ServiceError,
)
from magister_connect.exchange import Reply, Request
from magister_connect.json_records import parse_json
from magister_connect.login.bearer import is_for_another_audience

__all__ = ["raise_for_refusal", "scim_type"]

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
    "sensitive": "Search with method POST: users(..., post=True).",
}
MEANINGS: Final[Mapping[int, tuple[type[Refused], str, Move | None]]] = {
    401: (LoginRequired, "The token is not accepted, nor is a new one", None),
    403: (ConsentMissing, "The school has not opened its accounts to your application, or not this", None),
    404: (NotFound, "There is no such account", None),
    409: (Refused, "The change contradicts what is there", Move.YOURS),
    412: (Refused, "The account has been changed since it was read", Move.YOURS),
    413: (Refused, "The request is too large", Move.YOURS),
    429: (RateLimited, "The server asks for fewer requests", None),
    501: (Refused, "The server cannot do this", Move.VENDOR),
    503: (Maintenance, "The server is closed for a while", None),
}
BROKEN: Final = (ServiceError, "The server failed", None)
REFUSED: Final = (Refused, "The server refuses this", None)
STATUS_ADVICE: Final[Mapping[int, str]] = {
    401: "Where the application asks for itself, compare grant and scopes with your partner contract; where it asks "
    "for a person, start a new login.",
    412: "Read the account again and decide again.",
}


def raise_for_refusal(reply: Reply, request: Request) -> None:
    """Raise what the answer means, unless it is a success."""
    if reply.status < 300:
        return
    where, status, code = request.line, reply.status, scim_type(reply)
    if is_for_another_audience(reply):
        raise NotAuthenticated("The token is meant for another service", where=where, status=401, code="invalid_token")
    if code is not None:
        raise Refused(TYPES[code], where=where, status=status, code=code, move=Move.YOURS, advice=ADVICE.get(code))
    kind, what, move = MEANINGS.get(status, BROKEN if status >= 500 else REFUSED)
    raise kind(what, where=where, status=status, move=move, advice=STATUS_ADVICE.get(status))


def scim_type(reply: Reply) -> str | None:
    """The ``scimType`` of an error, when it is one that the standard knows; ``detail`` is free text and is dropped."""
    try:
        body = parse_json(reply.body, "")
    except NotJson:
        return None
    found = body.get("scimType") if isinstance(body, dict) else None
    return found if isinstance(found, str) and found in TYPES else None
