"""All errors of this library, in one tree.

.. code-block:: none

    MagisterConnectError
        UsageError(ValueError)        a mistake in the calling code; nothing was sent
        ConnectionFailed              no usable response came back
            AllowListSuspected  TimedOut  ReplyTooLarge  TlsFailed
        Refused                       the service refused the request
            NotAuthenticated (LoginRequired)  NotPermitted (SessionLocked)
            ConsentMissing  NotFound  RateLimited  SoapFault  ServiceError  Maintenance
        ReplyInvalid                  a response came back that cannot be trusted
            FieldInvalid  ContractMismatch  CursorStuck (ListShifted)  NotXml  NotJson
            CallbackInvalid  IdentityInvalid
        DocumentInvalid               a file cannot be read, or must not be written
        MappingError                  an identifier is malformed, unknown or ambiguous
        StoreFailed                   the database failed or refused
            LeaseHeld  SnapshotStopped
        InternalError                 a bug in this library

Every error says what happened, where, who can fix it, and what to do. No error contains a body, a header, a secret or
the value of a field, so pupil data stay out of log files. The path and the kind of value are enough to find the place.
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
    """Who can fix an error.

    - ``YOU``: the author of the program.
    - ``NOBODY``: the cause passes; try again later.
    - ``SCHOOL``: the administrator of Magister at the school.
    - ``SUPPLIER``: the organisation that runs the service.
    - ``NETWORK``: the administrator of the network in between.
    - ``SENDER``: the organisation that made the file.
    - ``MAINTAINER``: the maintainers of this library.

    :attr:`label` is the text for it in an error message.
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
        """The words before the advice, such as ``"Ask the school"``."""
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


class ErrorOptions(TypedDict, total=False):
    """Optional arguments of every error. ``responsible`` and ``advice`` have a default in each class."""

    where: str | None
    responsible: Responsible | None
    advice: str | None


class MagisterConnectError(Exception):
    """Base class of all errors of this library.

    - ``what``: what happened.
    - ``where``: a path, a line, a row, or an address without its query. ``None`` if only the traceback shows the place.
    - ``responsible``: who can fix it.
    - ``advice``: what to do.

    ``str()`` joins the four. Errors can be pickled.
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
        """Who can fix it and what to do, as in the error message: ``"Ask the school: ..."``."""
        label, advice = self.responsible.label, self.advice
        if advice is None:
            return f"{label}."
        return advice if advice.startswith(label) else f"{label}: {advice}"  # says it once

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.what}{place}. {self.to_do}"


class UsageError(MagisterConnectError, ValueError):
    """The calling code made a mistake. Nothing was sent."""

    default_advice = "Correct the arguments or the settings."


# -- no usable response ---------------------------------------------------------------------------------------------


class ConnectionFailed(MagisterConnectError):
    """No usable response came back: no connection, a broken connection, or a response without an end.

    ``attempts`` counts the attempts that were made. ``transient`` is true if another attempt may succeed; the driver
    then retries. The address in ``where`` never contains the query.
    """

    default_responsible = Responsible.NOBODY
    default_advice = (
        "Wait a moment: the service may be down. If this continues, check the address, the network and the proxy."
    )
    attempts: int = 1
    transient: bool = True

    def lasting(self) -> Self:
        """Return this error marked as not transient, so that it is not retried."""
        self.transient = False
        return self

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.attempts == 1 else f"{text} It was tried {self.attempts} times."


class AllowListSuspected(ConnectionFailed):
    """The server did not respond to the connection request. Usually your machine is not on its allow-list.

    Observed: a Medius server does not refuse an unknown machine. It lets the connection time out.
    """

    transient = False
    default_responsible = Responsible.SCHOOL
    default_advice = (
        "Is the public IP address of this machine on the school's allow-list? "
        "The school has it added with a support ticket to the supplier. Until then, every connection times out."
    )


class TimedOut(ConnectionFailed):
    """Connecting, or waiting for the response, took longer than the timeout."""

    default_advice = "If this continues, request less at a time, or set a longer timeout."


class ReplyTooLarge(ConnectionFailed):
    """The response is larger than the limit of the call. Reading stopped at the limit."""

    transient = False
    default_responsible = Responsible.YOU
    default_advice = "Request less at a time, read it as a stream, or raise the limit of the call."


class TlsFailed(ConnectionFailed):
    """No trusted TLS connection could be made."""

    transient = False
    default_responsible = Responsible.NETWORK
    default_advice = "Check the certificate and any proxy. To trust another authority, pass your own HTTP client."


# -- the service refused --------------------------------------------------------------------------------------------


class Refused(MagisterConnectError):
    """The service understood the request and refused it.

    ``status`` is the HTTP status; Medius refuses with status 200. ``code`` is the error code of the service itself.
    """

    default_responsible = Responsible.SCHOOL
    default_advice = "Send this text, and ask for the reason."

    def __init__(
        self, what: str, *, status: int | None = None, code: str | None = None, **options: Unpack[ErrorOptions]
    ) -> None:
        super().__init__(what, **options)
        self.status = status
        self.code = code


class NotAuthenticated(Refused):
    """The service does not accept the credentials."""

    default_responsible = Responsible.YOU
    default_advice = "Check the account and its password or key."


class LoginRequired(NotAuthenticated):
    """The grant has expired or was withdrawn. The user must log in again in the browser."""

    default_advice = "Send the user through the login again: MagisterLogin.start, then MagisterLogin.finish."


class NotPermitted(Refused):
    """The service knows the account, but the account has no right to do this."""

    default_advice = "Give the account the right to do this."


class SessionLocked(NotPermitted):
    """The whole account is locked for the moment. This is not about missing rights.

    Observed by one client: a school that closes Magister for the holidays responds like this.
    """

    default_advice = "When does it open Magister again? Until then, every request is refused."


class ConsentMissing(Refused):
    """The school has not switched on this party."""

    default_advice = "Request consent for your application in Magister."


class NotFound(Refused):
    """The requested object does not exist."""

    default_responsible = Responsible.YOU
    default_advice = "Check the address and the requested number or name."


class RateLimited(Refused):
    """The client sent too many requests, and retrying did not help.

    ``retry_after`` is the number of seconds that the service asks you to wait, or ``None`` if it does not say.
    """

    default_responsible = Responsible.NOBODY
    default_advice = "Continue with fewer requests at a time."
    retry_after: float | None = None


class SoapFault(Refused):
    """The SOAP service responded with a fault. ``code`` is the faultcode without prefix."""

    default_responsible = Responsible.SUPPLIER
    default_advice = TRY_AGAIN_THEN_REPORT


class ServiceError(Refused):
    """The service failed while it handled the request."""

    default_responsible = Responsible.SUPPLIER
    default_advice = TRY_AGAIN_THEN_REPORT


class Maintenance(Refused):
    """The service is temporarily closed for maintenance."""

    default_responsible = Responsible.NOBODY
    default_advice = "Repeat the call in the next run; the call itself is correct."


# -- a response that cannot be trusted ------------------------------------------------------------------------------


class Revealing(Protocol):
    """An object that holds a secret text."""

    def reveal(self) -> str:
        """Return the text itself."""
        ...


class ReplyInvalid(MagisterConnectError):
    """A response came back that cannot be trusted. Nothing of it was used.

    ``raw`` is the body of the response as a ``Secret``, if the client was made with ``keep_raw=True``. Pickling or
    copying the error drops it.
    """

    __slots__ = ("_raw",)

    default_responsible = Responsible.SUPPLIER
    default_advice = "Report this text with the path. Nothing of this response was used."

    def __getattr__(self, name: str) -> None:
        """Return ``None`` for declared attributes that are not set; debuggers read all of them."""
        if name != "_raw":
            message = f"{type(self).__name__} has no attribute {name}"
            raise AttributeError(message)

    @property
    def raw(self) -> Revealing | None:
        """The body of the response, if it was kept."""
        return self._raw

    def keep_raw(self, raw: Revealing) -> None:
        """Store the body with the error. Clients with ``keep_raw=True`` call this."""
        self._raw = raw


class FieldInvalid(ReplyInvalid):
    """A field has a value of the wrong kind. ``where`` is the path of the field; the value is not shown."""

    def under(self, place: str) -> Self:
        """Return the same error with ``place`` added in front of its path."""
        self.where = place if not self.where else f"{place}{'' if self.where.startswith('[') else '/'}{self.where}"
        return self


class ContractMismatch(ReplyInvalid):
    """The service does not match its contract."""

    default_advice = "Report the difference between the WSDL or schema of the service and the contract in use."


class CursorStuck(ReplyInvalid):
    """A list keeps returning the same pages, so reading it would never end."""


class ListShifted(CursorStuck):
    """A list changed while its pages were read, so items may be missing."""

    default_responsible = Responsible.NOBODY
    default_advice = "Read the list again from the start. The items so far are correct, but may be incomplete."


class NotXml(ReplyInvalid):
    """The response is not the expected XML: a web page, broken XML, or another kind of XML."""

    default_responsible = Responsible.YOU
    default_advice = CHECK_THE_ADDRESS


class NotJson(ReplyInvalid):
    """The response is not the expected JSON: a web page, incomplete JSON, or an empty body."""

    default_responsible = Responsible.YOU
    default_advice = CHECK_THE_ADDRESS


class CallbackInvalid(ReplyInvalid):
    """The callback address does not belong to the login that was started."""

    default_responsible = Responsible.YOU
    default_advice = "Do not log this user in. Start a new login, and keep its pending login with the same browser."


class IdentityInvalid(ReplyInvalid):
    """An identity token cannot be trusted because of its signature, time, issuer or audience."""

    default_responsible = Responsible.YOU
    default_advice = (
        "Do not log this user in. Start a new login. If this continues, check the issuer and the client id."
    )


# -- files and identifiers ------------------------------------------------------------------------------------------


class DocumentInvalid(MagisterConnectError):
    """A file cannot be read, or must not be written like this. ``line`` is the line number, if known."""

    default_responsible = Responsible.SENDER
    default_advice = "Request a new export. Nothing of this file was used."

    def __init__(self, what: str, *, line: int | None = None, **options: Unpack[ErrorOptions]) -> None:
        super().__init__(what, **options)
        self.line = line

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.line is None else f"line {self.line}: {text}"


class Reason(StrEnum):
    """Why an identifier cannot be mapped. Errors, results and reports use this closed list."""

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
    """An identifier is malformed, unknown or ambiguous.

    The digits of the identifier are never shown. ``reason`` is a member of :class:`Reason`.
    """

    default_advice = "Correct it at its source. Until then, set the record apart."
    reason: Reason | None = None

    def because(self, reason: Reason) -> Self:
        """Return the same error with this reason."""
        self.reason = reason
        return self


# -- the store ------------------------------------------------------------------------------------------------------


class StoreFailed(MagisterConnectError):
    """The database failed or refused. The transaction was rolled back as a whole."""

    default_advice = "Repeat the step: nothing of it was kept."


class LeaseHeld(StoreFailed):
    """Another run works on the same connection, or has taken over its lease."""

    default_responsible = Responsible.NOBODY
    default_advice = "Wait until that run ends. If its process is gone, the lease expires automatically."


class SnapshotStopped(StoreFailed):
    """The data differ so much from the last snapshot that a person must check them first.

    ``approval`` is the text that approves exactly this snapshot.
    """

    default_responsible = Responsible.SCHOOL
    default_advice = "Why is so much gone: a withdrawn right, a file that was cut off, a new school year?"
    approval: str = ""


# -- a bug ----------------------------------------------------------------------------------------------------------


class InternalError(MagisterConnectError):
    """An unexpected exception inside this library. ``where`` is the place in the code; no value is shown."""

    default_responsible = Responsible.MAINTAINER
    default_advice = "Report this text as it is; it contains no data. Incomplete work was not kept."
