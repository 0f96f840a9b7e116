"""Translate refusals of the API to errors, by status and body.

Bodies have four forms (documented by public clients): ``{"Fouttype": ..., "Message": ...}``, ``{"foutcode": ...,
"omschrijving": ...}``, ``{"Message": ...}`` and plain text. The fault name becomes the ``code`` of the error if it is a
name. Messages are free text and are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from magister_connect.core.flow import Reply, Request
from magister_connect.core.json import JsonObject, parse_json
from magister_connect.errors import (
    ConsentMissing,
    LoginRequired,
    Maintenance,
    NotAuthenticated,
    NotFound,
    NotJson,
    NotPermitted,
    Refused,
    Responsible,
    ServiceError,
    SessionLocked,
)
from magister_connect.login.error_responses import SWITCH_ON, explain_audience, explain_limit, read_retry_after
from magister_connect.login.token_stores.sources import is_for_another_audience

NAMES: Final = ("fouttype", "foutcode", "error", "type")
NAME: Final = re.compile(r"[A-Za-z][A-Za-z_]{2,47}|[0-9A-Za-z]{7}")
LOGIN_PAGE: Final = re.compile(r"/login\b", re.IGNORECASE)
NO_PRIVILEGE: Final = "OnvoldoendePrivileges"
SESSION_STATE: Final = "OngeldigeSessieStatus"


def raise_for_refusal(reply: Reply, request: Request) -> None:
    """Raise the error for a response, unless it is a success with data."""
    if reply.status < 300:
        return _raise_for_page(reply, request)
    raise _explain(reply, request.line, _name_of(_read_body(reply)))


def seconds_left(reply: Reply) -> float | None:
    """Return the wait in the body of a 429: ``SecondsLeft`` or ``secondsLeft`` (documented, both spellings)."""
    value = next((each for key, each in _read_body(reply).items() if key.lower() == "secondsleft"), None)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 86_400:
        return None
    return float(value)


def asked_wait(reply: Reply) -> float | None:
    """Return the wait in the body or in ``Retry-After``, whichever is longer."""
    return max((each for each in (read_retry_after(reply), seconds_left(reply)) if each is not None), default=None)


def is_web_page(reply: Reply) -> bool:
    """Whether the response is an HTML page."""
    start = reply.body.lstrip()[:16].lower()
    return reply.media_type in {"text/html", "application/xhtml+xml"} or start.startswith((b"<html", b"<!doctype"))


def _raise_for_page(reply: Reply, request: Request) -> None:
    """Raise :class:`Maintenance` for an HTML page with status 200 (observed by one client)."""
    if is_web_page(reply):
        raise Maintenance(
            "A web page came instead of data, as during maintenance", where=request.line, status=reply.status
        )


def _explain(reply: Reply, where: str, name: str | None) -> Refused:
    status = reply.status
    if status == 401:
        return _explain_401(reply, where)
    if status == 403:
        return _explain_403(where, name)
    if status == 429:
        return explain_limit(
            "The limit of the school is reached, and all retries are used up", where, asked_wait(reply)
        )
    if status < 400:
        return _explain_redirect(reply, where)
    kind, what, responsible, advice = MEANINGS.get(status, BROKEN if status >= 500 else REFUSED)
    return kind(what, where=where, status=status, code=name, responsible=responsible, advice=advice)


Meaning: TypeAlias = tuple[type[Refused], str, Responsible | None, str | None]
"""Error class, what happened, who can fix it, what to do. ``None`` means the default of the class."""

CLOSED: Final[Meaning] = (Maintenance, "The interface is temporarily closed", None, None)
MEANINGS: Final[Mapping[int, Meaning]] = {
    404: (
        NotFound,
        "There is nothing at this address, or not for this account",
        None,
        (
            "Check that the id belongs to this school and to the right kind of record, such as a person or an "
            "enrolment. If nothing is found at all, get the base address from login.api_address."
        ),
    ),
    405: (
        Refused,
        "This address does not support this method",
        Responsible.YOU,
        "Compare the base address and this call with your partner contract.",
    ),
    502: CLOSED,
    503: CLOSED,
    504: CLOSED,
}
REFUSED: Final[Meaning] = (
    Refused,
    "The interface refuses the request",
    Responsible.YOU,
    (
        "Check the arguments of this call, and look at error.code, the name of the fault. The message of the "
        "interface is not kept, since it may be personal."
    ),
)
BROKEN: Final[Meaning] = (ServiceError, "The interface failed", None, None)


def _explain_redirect(reply: Reply, where: str) -> Refused:
    """Return the error for a redirect. Observed: an expired session redirects to the login page.

    No other address is followed, because the token would be sent along.
    """
    status = reply.status
    if LOGIN_PAGE.search(reply.header("location") or ""):
        return LoginRequired("The interface redirects to its login page", where=where, status=status)
    return Refused(
        "The interface redirects to another address, which is not followed",
        where=where,
        status=status,
        responsible=Responsible.YOU,
        advice="Compare the base address with your partner contract, or get it from login.api_address.",
    )


def _explain_401(reply: Reply, where: str) -> NotAuthenticated:
    if is_for_another_audience(reply):
        return explain_audience(where)
    return LoginRequired("The interface accepts neither the token nor a renewed one", where=where, status=401)


def _explain_403(where: str, name: str | None) -> Refused:
    if name == SESSION_STATE:
        return SessionLocked("The school has closed its Magister for this account", where=where, status=403, code=name)
    if name == NO_PRIVILEGE:
        wanted = privilege_of(where)
        return NotPermitted(
            f"The account lacks the privilege {wanted}" if wanted else "The account lacks a privilege",
            where=where, status=403, code=name,
            advice="Request this privilege; account() lists those that the account has.",
        )  # fmt: skip
    # Inferred: an application without consent may get a refusal without a reason.
    return ConsentMissing(
        "The school's Magister refuses this to your application, and does not say why", where=where,
        status=403, code=name, advice=f"{SWITCH_ON} If it is on, the account may lack a right.",
    )  # fmt: skip


PRIVILEGES: Final = (
    ("kinderen", "Kinderen"),
    ("cijfers", "Cijfers"),
    ("absenties", "Absenties"),
    ("verantwoordingen", "Absenties"),
    ("roosterwijzigingen", "Roosterwijzigingen"),
    ("afspraken", "Afspraken"),
    ("berichten", "Berichten"),
    ("studiewijzers", "Studiewijzers"),
    ("projecten", "Projecten"),
    ("opdrachten", "EloOpdracht"),
    ("lesmateriaal", "DigitaalLesmateriaal"),
    ("bronnen", "Bronnen"),
    ("activiteiten", "Activiteiten"),
    ("foto", "LeerlingFoto"),
    ("profiel", "Profiel"),
    ("vakken", "Vakken"),
    ("aanmeldingen", "Aanmeldingen"),
    ("contacten", "Contactpersonen"),
    ("personalia", "Persoonsgegevens"),
    ("leerlingen", "Leerlingen"),
)
"""The privilege for each part of the API. The list is documented; the assignment is inferred from the names."""


def privilege_of(line: str) -> str | None:
    """Return the privilege for an address, as far as its parts show it."""
    parts = line.lower().replace("?", "/").split("/")
    return next((name for part, name in PRIVILEGES if part in parts), None)


def _read_body(reply: Reply) -> JsonObject:
    try:
        body = parse_json(reply.body, "")
    except NotJson:
        return {}
    return body if isinstance(body, dict) else {}


def _name_of(body: JsonObject) -> str | None:
    """Return the fault name in a body, if it is a name and not a sentence."""
    lowered = {key.lower(): value for key, value in body.items()}
    named = next((lowered[name] for name in NAMES if isinstance(lowered.get(name), str)), None)
    return named if isinstance(named, str) and NAME.fullmatch(named) else None
