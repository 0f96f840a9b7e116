"""How the interface says no: by status, and by what its body calls it.

Bodies come in four spellings (documented by public clients): ``{"Fouttype": ..., "Message": ...}``, ``{"foutcode": ...,
"omschrijving": ...}``, ``{"Message": ...}`` and plain text. What they call the trouble becomes the ``code`` of the
error where it is a name; messages are free text and are dropped.
"""

from __future__ import annotations

import re
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
    NotPermitted,
    RateLimited,
    Refused,
    ServiceError,
    SessionLocked,
)
from magister_connect.exchange import Reply, Request
from magister_connect.json_records import JsonObject, parse_json
from magister_connect.login.bearer import is_for_another_audience
from magister_connect.login.refusals import SWITCH_ON

__all__ = ["asked_wait", "raise_for_refusal", "seconds_left"]

NAMES: Final = ("fouttype", "foutcode", "error", "type")
NAME: Final = re.compile(r"[A-Za-z][A-Za-z_]{2,47}|[0-9a-fA-F]{7}")
NO_PRIVILEGE: Final = "OnvoldoendePrivileges"
SESSION_STATE: Final = "OngeldigeSessieStatus"


def raise_for_refusal(reply: Reply, request: Request) -> None:
    """Raise what the answer means, unless it is a success that holds what was asked for."""
    if reply.status < 300:
        return _raise_for_page(reply, request)
    raise _explain(reply, request.line, _name_of(_read_body(reply)))


def seconds_left(reply: Reply) -> float | None:
    """The wait that a 429 asks for in its body: ``SecondsLeft`` or ``secondsLeft`` (documented, both spellings)."""
    value = next((each for key, each in _read_body(reply).items() if key.lower() == "secondsleft"), None)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 86_400:
        return None
    return float(value)


def asked_wait(reply: Reply) -> float | None:
    """The wait that a reply asks for, in its body or in ``Retry-After``; the longer of the two."""
    from_header = (reply.header("retry-after") or "").strip()
    asked = [float(from_header)] if from_header.isascii() and from_header.isdigit() else []
    asked += [left] if (left := seconds_left(reply)) is not None else []
    return max(asked, default=None)


def _raise_for_page(reply: Reply, request: Request) -> None:
    """Observed by one client: maintenance answers 200 with a page in HTML."""
    start = reply.body.lstrip()[:16].lower()
    if reply.media_type in {"text/html", "application/xhtml+xml"} or start.startswith((b"<html", b"<!doctype")):
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
        return _explain_429(reply, where)
    if status < 400:  # observed: a dead session leads to the login page, or to a 404
        return LoginRequired("The interface sends us to its login page", where=where, status=status)
    kind, what, move = MEANINGS.get(status, BROKEN if status >= 500 else REFUSED)
    advice = CHECK_THE_CALL if move is Move.YOURS else None
    return kind(what, where=where, status=status, code=name, move=move, advice=advice)


MEANINGS: Final[Mapping[int, tuple[type[Refused], str, Move | None]]] = {
    404: (NotFound, "There is nothing at this address, or not for this account", None),
    405: (Refused, "This address does not know this method", Move.YOURS),
    502: (Maintenance, "The interface is closed for a while", None),
    503: (Maintenance, "The interface is closed for a while", None),
    504: (Maintenance, "The interface is closed for a while", None),
}
BROKEN: Final = (ServiceError, "The interface failed", None)
REFUSED: Final = (Refused, "The interface refuses this", Move.YOURS)
CHECK_THE_CALL: Final = (
    "Check the arguments of this call; the code of the error is what the interface calls it. Its message is not kept, "
    "since it may hold what is personal."
)


def _explain_429(reply: Reply, where: str) -> RateLimited:
    limited = RateLimited("The school's limit has been reached, and patience ended", where=where, status=429)
    limited.retry_after = asked_wait(reply)
    return limited


def _explain_401(reply: Reply, where: str) -> NotAuthenticated:
    if is_for_another_audience(reply):
        return NotAuthenticated(
            "The token is meant for another service: its audience is not this one", where=where, status=401,
            code="invalid_token", advice="Ask for the scope of this service; see your partner contract.",
        )  # fmt: skip
    return LoginRequired("The token is not accepted, nor is a new one", where=where, status=401)


def _explain_403(where: str, name: str | None) -> Refused:
    if name == SESSION_STATE:
        return SessionLocked("The school has closed its Magister for this account", where=where, status=403, code=name)
    if name == NO_PRIVILEGE:
        wanted = privilege_of(where)
        return NotPermitted(
            f"The account lacks the privilege {wanted}" if wanted else "The account lacks a privilege",
            where=where, status=403, code=name,
            advice="Ask the school for it; account() lists the privileges that the account has.",
        )  # fmt: skip
    # Inferred: a refusal that says nothing of itself is how an application without consent may be answered.
    return ConsentMissing(
        "The school's Magister refuses this to your application, without a reason that is known", where=where,
        status=403, code=name, advice=f"{SWITCH_ON} If it is on, the account may not do this.",
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
"""Which privilege opens which part of the interface: inferred from their names, the list itself is documented."""


def privilege_of(line: str) -> str | None:
    """The privilege that an address needs, as far as its parts tell."""
    parts = line.lower().replace("?", "/").split("/")
    return next((name for part, name in PRIVILEGES if part in parts), None)


def _read_body(reply: Reply) -> JsonObject:
    try:
        body = parse_json(reply.body, "")
    except NotJson:
        return {}
    return body if isinstance(body, dict) else {}


def _name_of(body: JsonObject) -> str | None:
    """What the body calls the trouble, where that is a name and no sentence."""
    lowered = {key.lower(): value for key, value in body.items()}
    named = next((lowered[name] for name in NAMES if isinstance(lowered.get(name), str)), None)
    return named if isinstance(named, str) and NAME.fullmatch(named) else None
