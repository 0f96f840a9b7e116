"""Translate error responses of a SCIM server (RFC 7644, 3.12). ``scimType`` becomes the ``code`` of the error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from magister_connect.core.flow import Reply, Request
from magister_connect.core.json import parse_json
from magister_connect.core.secrets import MASK, Secret
from magister_connect.errors import (
    ConsentMissing,
    LoginRequired,
    Maintenance,
    NotFound,
    NotJson,
    Refused,
    Responsible,
    ServiceError,
)
from magister_connect.login.error_responses import explain_audience, explain_limit, read_retry_after
from magister_connect.login.token_stores.sources import is_for_another_audience

TYPES: Final[Mapping[str, str]] = {
    "invalidFilter": "The server does not understand the filter",
    "tooMany": "The filter matches more accounts than the server returns",
    "uniqueness": "Another account has this value already",
    "mutability": "An attribute cannot be written",
    "invalidSyntax": "The server does not understand the request",
    "invalidPath": "The server does not know the path of a change",
    "noTarget": "A change matches no value of the account",
    "invalidValue": "A value does not fit its attribute",
    "invalidVers": "The server uses another version of SCIM",
    "invalidCursor": "The server does not know the cursor of a page",
    "expiredCursor": "The cursor of a page has expired",
    "invalidCount": "The size of a page does not fit its cursor",
    "sensitive": "The server refuses a request that would put personal data into an address",
}
ADVICE: Final[Mapping[str, str]] = {
    "invalidFilter": "Compare its attributes with those that schemas() lists.",
    "tooMany": "Request fewer at a time, or use a narrower filter.",
    "uniqueness": "Choose another value; search for the account that has it.",
    "mutability": "Leave the attribute out; schemas() lists which attributes can be written.",
    "invalidPath": "Compare its paths with the attributes that schemas() lists.",
    "noTarget": "Read the account again: what should be changed or removed is not there.",
    "invalidValue": "Compare the value with the type of its attribute in schemas().",
    "invalidCursor": "Read the list again from the start.",
    "expiredCursor": "Read the list again from the start, and spend less time between its pages.",
    "invalidCount": "Read the list again from the start.",
    "sensitive": "Search with method POST: users(..., post=True).",
}
LONGEST_DETAIL: Final = 200
VALUES: Final = re.compile(r"'[^']*'|\"[^\"]*\"|<.*>|\S+@\S+|\d{3,}")
QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Names from the standard and of attributes, as in messages: no values of a person.
NAMES: Final = re.compile(
    r"schemas|Operations|op|path|value|urn:[\w:.-]+|add|replace|remove|true|false|filter|attributes|excludedAttributes"
    r"|startIndex|count|cursor|sortBy|sortOrder|ascending|descending|[a-z]+(?:[A-Z][a-z]+)+",
)
CHECK_THE_CALL: Final = "Compare the call with config() and schemas() of the server."
AGAIN: Final = "Read the account again, and check whether the change is still needed."
Meaning: TypeAlias = tuple[type[Refused], str, Responsible | None, str | None]
"""Error class, what happened, who can fix it, what to do. ``None`` means the default of the class."""

MEANINGS: Final[Mapping[int, Meaning]] = {
    401: (
        LoginRequired,
        "The server accepts neither the token nor a renewed one",
        None,
        (
            "If the application logs in for itself, compare grant and scopes with your partner contract. If a person "
            "logs in, start a new login."
        ),
    ),
    403: (
        ConsentMissing,
        "The school has not opened its accounts to your application, or not for this call",
        None,
        "Request access to the accounts, and compare the scopes with your partner contract.",
    ),
    404: (
        NotFound,
        "There is nothing at this address",
        None,
        "Check the id of the account: if others are found, it is no longer there. If none is, check the base address.",
    ),
    409: (Refused, "The change contradicts what is there", Responsible.YOU, AGAIN),
    412: (Refused, "The account has been changed since it was read", Responsible.YOU, AGAIN),
    413: (Refused, "The request is too large", Responsible.YOU, "Make fewer changes at a time."),
    501: (
        Refused,
        "The server cannot do this",
        Responsible.SUPPLIER,
        "Report this if config() lists the call as supported.",
    ),
    503: (Maintenance, "The server is temporarily closed", None, None),
}
ELSEWHERE: Final[Meaning] = (
    Refused,
    "The server redirects to another address, which is not followed",
    Responsible.YOU,
    "Compare the base address with your partner contract.",
)
DETAILED: Final[Meaning] = (Refused, "The server refuses the request", Responsible.YOU, CHECK_THE_CALL)
REFUSED: Final[Meaning] = (
    Refused,
    "The server refuses the request, and does not say why",
    Responsible.YOU,
    CHECK_THE_CALL,
)
BROKEN: Final[Meaning] = (ServiceError, "The server failed", None, None)


def raise_for_error(reply: Reply, request: Request) -> None:
    """Raise the error for a response, unless it is a success.

    The ``detail`` of a 400 explains what is wrong with the request. The error quotes it without possible values.
    """
    if reply.status < 300:
        return
    where, status, body = request.line, reply.status, _read_error(reply)
    code = body.get("scimtype")
    if is_for_another_audience(reply):
        raise explain_audience(where)
    if status == 429:
        raise explain_limit("The server asks for fewer requests", where, read_retry_after(reply))
    said = _quote_detail(body.get("detail"), request) if status == 400 else ""
    if isinstance(code, str) and code in TYPES:
        what_to_do = ADVICE.get(code, CHECK_THE_CALL)
        raise Refused(
            f"{TYPES[code]}{said}",
            where=where,
            status=status,
            code=code,
            responsible=Responsible.YOU,
            advice=what_to_do,
        )
    kind, what, responsible, advice = (DETAILED if said else None) or MEANINGS.get(status) or _by_class(status)
    raise kind(f"{what}{said}", where=where, status=status, responsible=responsible, advice=advice)


def _read_error(reply: Reply) -> Mapping[str, object]:
    try:
        body = parse_json(reply.body, "")
    except NotJson:
        return {}
    # names compare without regard to case (RFC 7643, 2.1)
    return {str(name).lower(): value for name, value in body.items()} if isinstance(body, dict) else {}


def _quote_detail(detail: object, request: Request) -> str:
    """Return the server's text without quoted texts, numbers, addresses, and values from the request."""
    if not isinstance(detail, str) or not detail.strip():
        return ""
    text = VALUES.sub(MASK, " ".join(detail.split()))
    for value in sorted(_values_in(request), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, text, flags=re.IGNORECASE)
    return f'; it says: "{text[:LONGEST_DETAIL]}"'


def _values_in(request: Request) -> set[str]:
    """Return the words of all values in a request: compared values of a filter, and texts in the body."""
    query = [value.reveal() if isinstance(value, Secret) else value for _, value in request.query]
    sent = "\n".join(query) + "\n" + (request.body or b"").decode("utf-8", "replace")
    texts = [text for text in QUOTED.findall(sent) if not NAMES.fullmatch(text)]
    words = {word for text in texts for word in (text, *re.findall(r"\w+", text))}
    return {word for word in words if len(word) > 1 and not NAMES.fullmatch(word)}


def _by_class(status: int) -> Meaning:
    if status >= 500:
        return BROKEN
    return REFUSED if status >= 400 else ELSEWHERE
