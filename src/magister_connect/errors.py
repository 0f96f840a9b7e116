"""The one tree of errors.

::

    MagisterConnectError
        UsageError(ValueError)        the caller's mistake, found before anything is sent
        ConnectionFailed              nothing usable came back
            AllowListSuspected  TimedOut  ReplyTooLarge  TlsFailed
        Refused                       the service says no
            NotAuthenticated (LoginRequired)  NotPermitted (SessionLocked)  ConsentMissing  NotFound  RateLimited
            SoapFault  ServiceError  Maintenance
        ReplyInvalid                  an answer that cannot be trusted
            FieldInvalid  ContractMismatch  CursorStuck (ListShifted)  NotXml  NotJson
            CallbackInvalid  IdentityInvalid
        DocumentInvalid               a file that cannot be read or must not be written
        MappingError                  an identifier that is malformed, unknown or ambiguous
        StoreFailed                   the database cannot take or give what it is asked for
            LeaseHeld  SnapshotStopped
        InternalError                 a bug of this library

Every error answers four questions: what happened, where, who can fix it, and what to do. None of them holds a body,
a header, a secret or the value of a field: a path and a kind are enough to find the place, and pupil data stay out of
log files that way.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final, Protocol, Self, TypedDict, Unpack

__all__ = [
    "AllowListSuspected",
    "CallbackInvalid",
    "ConnectionFailed",
    "ConsentMissing",
    "ContractMismatch",
    "CursorStuck",
    "DocumentInvalid",
    "FieldInvalid",
    "IdentityInvalid",
    "InternalError",
    "LeaseHeld",
    "ListShifted",
    "LoginRequired",
    "MagisterConnectError",
    "Maintenance",
    "MappingError",
    "NotAuthenticated",
    "NotFound",
    "NotJson",
    "NotPermitted",
    "NotXml",
    "RateLimited",
    "Reason",
    "Refused",
    "ReplyInvalid",
    "ReplyTooLarge",
    "Responsible",
    "ServiceError",
    "SessionLocked",
    "SnapshotStopped",
    "SoapFault",
    "StoreFailed",
    "TimedOut",
    "TlsFailed",
    "UsageError",
]


TRY_AGAIN_THEN_REPORT: Final = "If this continues, report it with the time and the address."
CHECK_THE_ADDRESS: Final = (
    "Check that the address is that of the service itself and not of a web page or a proxy; if it is, try again later."
)


class Responsible(StrEnum):
    """Who can fix an error. :attr:`label` is how the text of the error says it.

    ``YOU`` is whoever wrote the program, ``NOBODY`` means that the error passes, ``SUPPLIER`` runs the service,
    ``NETWORK`` runs the network between, ``SENDER`` made the file, and ``MAINTAINER`` maintains this library.
    """

    YOU = "you"
    NOBODY = "nobody"
    SCHOOL = "school"
    SUPPLIER = "supplier"
    NETWORK = "network"
    SENDER = "sender"
    MAINTAINER = "maintainer"

    @property
    def label(self) -> str:
        """The words that come before the advice, such as ``"Ask the school"``."""
        return _LABELS[self]


_LABELS: Final = MappingProxyType(
    {
        Responsible.YOU: "Fix this in your code",
        Responsible.NOBODY: "Try again later",
        Responsible.SCHOOL: "Ask the school",
        Responsible.SUPPLIER: "Ask the supplier",
        Responsible.NETWORK: "Ask your network administrator",
        Responsible.SENDER: "Ask the sender of the file",
        Responsible.MAINTAINER: "Report this to the maintainers of magister-connect",
    }
)


class Told(TypedDict, total=False):
    """What every error may be told beside what happened; without it, its class has defaults for the last two."""

    where: str | None
    responsible: Responsible | None
    advice: str | None


class MagisterConnectError(Exception):
    """Base of everything that this library raises.

    ``what`` happened; ``where`` (a path, a line, a row, an address without its query), or ``None`` where the traceback
    alone shows the place; ``responsible`` is who can fix it; ``advice`` is what to do. ``str()`` joins the
    four. Errors pickle.
    """

    default_responsible: ClassVar[Responsible] = Responsible.YOU
    default_advice: ClassVar[str | None] = None

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        responsible: Responsible | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.responsible = responsible or self.default_responsible
        self.advice = advice or self.default_advice

    @property
    def to_do(self) -> str:
        """Who can fix it and what to do, as the text of the error ends: ``"Ask the school: ..."``."""
        label, advice = self.responsible.label, self.advice
        if advice is None:
            return f"{label}."
        return advice if advice.startswith(label) else f"{label}: {advice}"  # "Ask the school for it" says both

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.what}{place}. {self.to_do}"


class UsageError(MagisterConnectError, ValueError):
    """The caller's mistake, found before anything is sent."""

    default_advice = "Correct the arguments or the settings."


# -- nothing usable came back ---------------------------------------------------------------------------------------


class ConnectionFailed(MagisterConnectError):
    """Nothing usable came back: no connection, a broken one, or no end to it.

    ``attempts`` is how often it was tried; ``transient`` is whether another attempt may succeed, which decides whether
    a driver makes one. The address in ``where`` never holds the query.
    """

    default_responsible = Responsible.NOBODY
    default_advice = (
        "Wait a moment: the service may be down. If this continues, check the address, the network and the proxy."
    )
    attempts: int = 1
    transient: bool = True

    def lasting(self) -> Self:
        """The same error, marked as one that another attempt would only repeat."""
        self.transient = False
        return self

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.attempts == 1 else f"{text} It was tried {self.attempts} times."


class AllowListSuspected(ConnectionFailed):
    """The server did not answer the knock: the usual sign of a machine that is not on an allow-list.

    Observed: a Medius server does not refuse an unknown machine, it lets the connection time out.
    """

    transient = False
    default_responsible = Responsible.SCHOOL
    default_advice = (
        "Is the public IP address of this machine on the school's allow-list? "
        "The school has it added with a support ticket to the supplier. Until then, every connection times out."
    )


class TimedOut(ConnectionFailed):
    """The connection, or the answer, took longer than the timeout."""

    default_advice = "If this continues, request less at a time, or set a longer timeout."


class ReplyTooLarge(ConnectionFailed):
    """The answer was larger than the limit of the call, and was not read to its end."""

    transient = False
    default_responsible = Responsible.YOU
    default_advice = "Request less at a time, read it as a stream, or raise the limit of the call."


class TlsFailed(ConnectionFailed):
    """No trusted TLS connection could be made."""

    transient = False
    default_responsible = Responsible.NETWORK
    default_advice = "Check the certificate and any proxy. To trust another authority, pass your own HTTP client."


# -- the service says no --------------------------------------------------------------------------------------------


class Refused(MagisterConnectError):
    """The service understood and says no.

    ``status`` is the HTTP status (in-band refusals of Medius have 200), ``code`` the service's own code.
    """

    default_responsible = Responsible.SCHOOL
    default_advice = "Send this text, and ask for the reason."

    def __init__(self, what: str, *, status: int | None = None, code: str | None = None, **told: Unpack[Told]) -> None:
        super().__init__(what, **told)
        self.status = status
        self.code = code


class NotAuthenticated(Refused):
    """The service does not accept who we say we are."""

    default_responsible = Responsible.YOU
    default_advice = "Check the account and its password or key."


class LoginRequired(NotAuthenticated):
    """The grant is gone: only the person at the browser can give a new one."""

    default_advice = "Send the user through the login again: MagisterLogin.start, then MagisterLogin.finish."


class NotPermitted(Refused):
    """The account is known, but may not do this."""

    default_advice = "Request this right for the account."


class SessionLocked(NotPermitted):
    """The account is locked for now, as a whole: not a matter of rights.

    Observed by one client: a school that closes Magister for the holidays answers like this.
    """

    default_advice = "When does it open Magister again? Until then, every request is refused."


class ConsentMissing(Refused):
    """The school has not switched this party on."""

    default_advice = "Request consent for your application in Magister."


class NotFound(Refused):
    """What was asked for is not there."""

    default_responsible = Responsible.YOU
    default_advice = "Check the address and the requested number or name."


class RateLimited(Refused):
    """Too many requests, and patience has ended; ``retry_after`` seconds are asked for when known."""

    default_responsible = Responsible.NOBODY
    default_advice = "Continue with fewer requests at a time."
    retry_after: float | None = None


class SoapFault(Refused):
    """The SOAP service answered with a fault; ``code`` is its faultcode without prefix."""

    default_responsible = Responsible.SUPPLIER
    default_advice = TRY_AGAIN_THEN_REPORT


class ServiceError(Refused):
    """The service broke while it was answering."""

    default_responsible = Responsible.SUPPLIER
    default_advice = TRY_AGAIN_THEN_REPORT


class Maintenance(Refused):
    """The service is closed for a while."""

    default_responsible = Responsible.NOBODY
    default_advice = "Repeat the call in the next run; the call itself is correct."


# -- an answer that cannot be trusted -------------------------------------------------------------------------------


class Revealing(Protocol):
    """What holds a secret text."""

    def reveal(self) -> str:
        """The text itself."""
        ...


class ReplyInvalid(MagisterConnectError):
    """An answer came that cannot be trusted; nothing of it was used.

    ``raw`` is the body that was read, as a ``Secret``, where the client was made with ``keep_raw=True``. It is dropped
    when the error is pickled or copied.
    """

    __slots__ = ("_raw",)

    default_responsible = Responsible.SUPPLIER
    default_advice = "Report this text with the path. Nothing of this response was used."

    def __getattr__(self, name: str) -> None:
        """Debuggers ask for every attribute that a class names."""
        if name != "_raw":
            message = f"{type(self).__name__} has no attribute {name}"
            raise AttributeError(message)

    @property
    def raw(self) -> Revealing | None:
        """The body that was read, where it was kept."""
        return self._raw

    def keep_raw(self, raw: Revealing) -> None:
        """Keep the body with the error; clients do this that were asked to."""
        self._raw = raw


class FieldInvalid(ReplyInvalid):
    """A field holds something else than it should; ``where`` is its path, the value is not told."""

    def under(self, place: str) -> Self:
        """The same error, seen from one level higher: ``place`` comes before the path."""
        self.where = place if not self.where else f"{place}{'' if self.where.startswith('[') else '/'}{self.where}"
        return self


class ContractMismatch(ReplyInvalid):
    """The service does not look the way its contract says."""

    default_advice = "Report the difference between the WSDL or schema of the service and the contract in use."


class CursorStuck(ReplyInvalid):
    """A list came back that never moves on, so that asking again would never end."""


class ListShifted(CursorStuck):
    """A list changed while it was read page by page, so that something may have been missed."""

    default_responsible = Responsible.NOBODY
    default_advice = "Read the list again from the start. The items so far are correct, but may be incomplete."


class NotXml(ReplyInvalid):
    """XML was asked for and something else came: a web page, or XML that is broken or of another kind."""

    default_responsible = Responsible.YOU
    default_advice = CHECK_THE_ADDRESS


class NotJson(ReplyInvalid):
    """JSON was asked for and something else came: a web page, half an answer, or nothing."""

    default_responsible = Responsible.YOU
    default_advice = CHECK_THE_ADDRESS


class CallbackInvalid(ReplyInvalid):
    """The address that the browser came back to does not belong to the login that was started."""

    default_responsible = Responsible.YOU
    default_advice = "Do not log this user in. Start a new login, and keep its pending login with the same browser."


class IdentityInvalid(ReplyInvalid):
    """An identity token that cannot be trusted: its signature, its time, or whom it is from or for."""

    default_responsible = Responsible.YOU
    default_advice = (
        "Do not log this user in. Start a new login. If this continues, check the issuer and the client id."
    )


# -- files and identifiers ------------------------------------------------------------------------------------------


class DocumentInvalid(MagisterConnectError):
    """A file cannot be read, or must not be written like this; ``line`` is where, when known."""

    default_responsible = Responsible.SENDER
    default_advice = "Request a new export. Nothing of this file was used."

    def __init__(self, what: str, *, line: int | None = None, **told: Unpack[Told]) -> None:
        super().__init__(what, **told)
        self.line = line

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.line is None else f"line {self.line}: {text}"


class Reason(StrEnum):
    """Why an identifier leads nowhere: a closed list, the same in errors, answers and reports."""

    MALFORMED = "malformed"
    CHECKSUM = "checksum"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    WRONG_SCOPE = "wrong_scope"
    SUPERSEDED = "superseded"


class MappingError(MagisterConnectError):
    """An identifier is malformed, unknown or ambiguous. Its digits are never told; ``reason`` is one of the list."""

    default_advice = "Correct it at its source. Until then, set the record apart."
    reason: Reason | None = None

    def because(self, reason: Reason) -> Self:
        """The same error with its reason."""
        self.reason = reason
        return self


# -- what outlives the process --------------------------------------------------------------------------------------


class StoreFailed(MagisterConnectError):
    """The database cannot take or give what it is asked for; nothing of the transaction was kept."""

    default_advice = "Repeat the step: nothing of it was kept."


class LeaseHeld(StoreFailed):
    """Another run works on the same connection, or has taken it over."""

    default_responsible = Responsible.NOBODY
    default_advice = "Wait until that run ends. If its process is gone, the lease expires automatically."


class SnapshotStopped(StoreFailed):
    """What was read differs so much from the last snapshot that a person should look first.

    ``approval`` is the text that lets this very snapshot pass.
    """

    default_responsible = Responsible.SCHOOL
    default_advice = "Why is so much gone: a withdrawn right, a file that was cut off, a new school year?"
    approval: str = ""


# -- a bug ----------------------------------------------------------------------------------------------------------


class InternalError(MagisterConnectError):
    """Something unexpected was raised inside this library; ``where`` is the place, and no value is told."""

    default_responsible = Responsible.MAINTAINER
    default_advice = "Report this text as it is; it contains no data. Incomplete work was not kept."
