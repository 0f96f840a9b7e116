"""What a SOAP service says instead of an answer: faults, and HTTP statuses.

Only ``faultcode`` tells machines something, and its prefix depends on the server's mood (``SOAP-ENV:Client``,
``Sender`` without prefix; measured with PHP's ext-soap and Laminas), so it is compared by its local part:
``Client`` and ``Sender`` put the blame on the request, ``Server`` and ``Receiver`` on the service. The text is for
people. It may quote a value (ext-soap quotes the string that it could not encode, measured), so that everything in
quotes, every number and every file path is masked in messages.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import field, frozen

from magister_connect.errors import (
    Maintenance,
    Move,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    RateLimited,
    Refused,
    ReplyInvalid,
    ServiceError,
    SoapFault,
)
from magister_connect.exchange import Reply
from magister_connect.markup import Element, local_name
from magister_connect.secrets import MASK

__all__ = ["Fault", "read_fault", "refuse_status"]

LONGEST_TEXT: Final = 200
_REVEALING: Final = re.compile(r"'[^']*'|\"[^\"]*\"|<.*>|\d{3,}|(?:/[\w.-]+){2,}|\S+@\S+")


@frozen
class Fault:
    """A SOAP fault: ``code`` without prefix, ``text`` as sent, and what stands in its detail by path.

    ``actor`` is what the service names as the origin; Nummervoorziening puts the name of its exception there.

    ``text`` and ``detail`` may hold values, so the repr leaves them out; :attr:`printable` is the text as it may be
    printed.
    """

    code: str
    text: str = field(repr=False)
    detail: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    actor: str = ""

    @property
    def printable(self) -> str:
        """The text, without what may be a value."""
        return _REVEALING.sub(MASK, " ".join(self.text.split()))[:LONGEST_TEXT]

    @property
    def blames_request(self) -> bool:
        """Whether the service puts the blame on the request rather than on itself."""
        return self.code.partition(".")[0] in {"Client", "Sender"}

    def error(self, where: str, status: int | None = None) -> SoapFault:
        """The fault as an error to raise."""
        return SoapFault(
            f"The service answered with the fault {self.code}: {self.printable or 'without a word'}",
            where=where,
            status=status,
            code=self.code,
            move=Move.YOURS if self.blames_request else Move.VENDOR,
            advice=(
                "The service holds the request to be wrong: check the account, the key and the parameters."
                if self.blames_request
                else None
            ),
        )


def read_fault(element: Element) -> Fault:
    """Read a ``Fault`` element of SOAP 1.1 or 1.2, by local names."""
    texts = dict(_leaves(element))
    code = texts.get("faultcode") or texts.get("Code/Value") or "unknown"
    text = texts.get("faultstring") or texts.get("Reason/Text") or ""
    detail = tuple((path, value) for path, value in _leaves(element) if path.startswith(("detail/", "Detail/")))
    actor = texts.get("faultactor") or texts.get("Role") or ""
    return Fault(code.rpartition(":")[2].strip(), text, detail, actor)


def _leaves(element: Element, prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for child in element.iterchildren("{*}*"):
        path = f"{prefix}{local_name(child)}"
        found += _leaves(child, f"{path}/") if len(child) else [(path, (child.text or "").strip())]
    return found


def refuse_status(reply: Reply, where: str) -> None:
    """Raise the error that a status stands for, unless it is 200 or 202, or a 500 that may carry a fault.

    Raises :class:`ReplyInvalid` for a redirect, :class:`NotAuthenticated`, :class:`NotPermitted`, :class:`NotFound`,
    :class:`RateLimited` and :class:`Maintenance` by their statuses, :class:`Refused` for any other 4xx, and
    :class:`ServiceError` for the rest.
    """
    status = reply.status
    if status in {200, 202} or (status == 500 and "xml" in reply.media_type and reply.body.strip()):
        return
    if 300 <= status < 400:
        raise ReplyInvalid(
            f"The service redirects (status {status}), which is not followed",
            where=where,
            move=Move.YOURS,
            advice="Configure the address that it redirects to, if you trust it.",
        )
    if status == 401:
        raise NotAuthenticated("The service does not know this account", where=where, status=status)
    if status == 403:
        raise NotPermitted("The service does not allow this", where=where, status=status)
    if status in {404, 405, 410}:
        raise NotFound(
            f"There is no such service at this address (status {status})",
            where=where,
            status=status,
            advice="Check the address of the service.",
        )
    if status == 429:
        raise RateLimited("Too many requests", where=where, status=status)
    if status in {502, 503, 504}:
        raise Maintenance(f"The service is out of order for the moment (status {status})", where=where, status=status)
    if 400 <= status < 500:
        raise Refused(
            f"The service does not take this request (status {status})",
            where=where,
            status=status,
            move=Move.YOURS,
            advice="Check the address, https or http and the port included, and what the call was given.",
        )
    raise ServiceError(f"The service broke down (status {status})", where=where, status=status)
