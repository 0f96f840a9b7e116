"""Read SOAP responses by local names, in one pass.

The body is read before the media type is checked, because a fault may have any media type (PHP sent status 500 with
``text/html``, measured). Envelopes inside ``multipart/related`` (MTOM) are unpacked first. So are envelopes in a
character set that only the HTTP header names.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from copy import deepcopy
from email import message_from_bytes
from typing import Final
from urllib.parse import unquote

from attrs import evolve, field, frozen

from magister_connect.core.flow import Reply
from magister_connect.core.secrets import MASK
from magister_connect.core.xml import Element, describe_content, local_name, parse, parse_reply, reply_complaint
from magister_connect.errors import (
    MagisterConnectError,
    Maintenance,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    NotXml,
    RateLimited,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
    SoapFault,
)

LONGEST_TEXT: Final = 200
_REVEALING: Final = re.compile(r"'[^']*'|\"[^\"]*\"|<.*>|\d{3,}|(?:/[\w.-]+){2,}|\S+@\S+")


@frozen
class Fault:
    """A SOAP fault.

    - ``code``: the fault code without prefix.
    - ``text``: the fault text, as sent.
    - ``detail``: the contents of the detail element, by path.
    - ``subcode``: the second code of SOAP 1.2, without prefix.
    - ``actor``: the origin according to the service. Nummervoorziening puts the name of its exception here.

    ``text`` and ``detail`` may contain values, so the repr leaves them out. :attr:`printable` is safe to print.
    """

    code: str
    text: str = field(repr=False)
    detail: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    actor: str = ""
    subcode: str = ""

    @property
    def printable(self) -> str:
        """The text without parts that may be values."""
        return _REVEALING.sub(MASK, " ".join(self.text.split()))[:LONGEST_TEXT]

    @property
    def blames_request(self) -> bool:
        """Whether the service blames the request, not itself."""
        return self.code.partition(".")[0] in {"Client", "Sender"}

    def error(self, where: str, status: int | None = None) -> SoapFault:
        """Return the fault as an error to raise."""
        return SoapFault(
            f"The service returned the fault {self.code}: {self.printable or 'no text'}",
            where=where,
            status=status,
            code=self.code,
            responsible=Responsible.YOU if self.blames_request else Responsible.SUPPLIER,
            advice=(
                "Check the account, the key and the parameters: the service considers the request wrong."
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
    return Fault(_bare(code), text, detail, actor, _bare(texts.get("Code/Subcode/Value") or ""))


def _bare(code: str) -> str:
    return code.rpartition(":")[2].strip()


def _leaves(element: Element, prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for child in element.iterchildren("{*}*"):
        path = f"{prefix}{local_name(child)}"
        found += _leaves(child, f"{path}/") if len(child) else [(path, (child.text or "").strip())]
    return found


def refuse_status(reply: Reply, where: str) -> None:
    """Raise the error for the HTTP status. Statuses 200 and 202, and a 400 or 500 that may contain a fault, pass.

    SOAP 1.1 sends faults with 500. SOAP 1.2 sends faults about the request with 400 (both documented).

    Raises :class:`ReplyInvalid` for a redirect, :class:`NotAuthenticated`, :class:`NotPermitted`, :class:`NotFound`,
    :class:`RateLimited` and :class:`Maintenance` by their statuses, :class:`Refused` for any other 4xx, and
    :class:`ServiceError` for the rest.
    """
    status = reply.status
    if status in {200, 202} or (
        status in {400, 500} and b"Fault" in reply.body and describe_content(reply.body) == "XML"
    ):
        return
    if 300 <= status < 400:
        raise ReplyInvalid(
            f"The service redirects (status {status}), which is not followed",
            where=where,
            responsible=Responsible.YOU,
            advice="Configure the address that it redirects to, if you trust it.",
        )
    if status == 401:
        raise NotAuthenticated("The service does not know this account", where=where, status=status)
    if status == 403:
        raise NotPermitted("The service does not allow this", where=where, status=status)
    if status in {404, 405, 410}:
        raise NotFound(
            f"There is no service at this address (status {status})",
            where=where,
            status=status,
            advice="Check the address of the service.",
        )
    if status == 429:
        raise RateLimited("Too many requests", where=where, status=status)
    if status in {502, 503, 504}:
        raise Maintenance(f"The service is temporarily unavailable (status {status})", where=where, status=status)
    if 400 <= status < 500:
        raise Refused(
            f"The service refuses this request (status {status})",
            where=where,
            status=status,
            responsible=Responsible.YOU,
            advice="Check the address, with its scheme and port, and the arguments of the call.",
        )
    raise ServiceError(f"The service failed (status {status})", where=where, status=status)


_MOST_OF_A_DECLARATION: Final = 200
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_CONTENT_ID: Final = re.compile(r"^<|>$")


_SELF_DESCRIBING: Final = frozenset({None, "utf-8", "utf8", "us-ascii"})


def needs_unpacking(head: Reply) -> bool:
    """Whether a response may need :func:`unpack`, judging by its headers."""
    return head.media_type == "multipart/related" or head.charset not in _SELF_DESCRIBING


def unpack(reply: Reply) -> Reply:
    """Return the response with only the envelope as its body, in a character set that the envelope itself declares.

    Raises :class:`NotXml` for a multipart body without an envelope, and for bytes that do not fit the declared
    character set.
    """
    if reply.media_type == "multipart/related":
        reply = _root_part(reply)
    charset, head = reply.charset, reply.body[:_MOST_OF_A_DECLARATION]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    declared = b"encoding" in head.partition(b"?>")[0]
    if not wide and (declared or charset in _SELF_DESCRIBING):
        return reply
    try:
        text = reply.body.decode("utf-16" if wide else charset or "utf-8")
    except (LookupError, ValueError):  # an unknown character set, or bytes of another one
        return reply  # the parser reports what it cannot read
    envelope = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    # Some codecs of Python produce half surrogate pairs.
    return evolve(reply, body=envelope.encode("utf-8", "replace"), headers=(("content-type", reply.media_type),))


def _root_part(reply: Reply) -> Reply:
    """Return the part with the envelope. Parts that it includes (XOP) are inserted as base64."""
    declared = reply.header("content-type") or ""
    message = message_from_bytes(b"Content-Type: " + declared.encode("latin-1") + b"\r\n\r\n" + reply.body)
    parts = {
        _CONTENT_ID.sub("", each.get("Content-ID", "")): each for each in message.walk() if not each.is_multipart()
    }
    start = _CONTENT_ID.sub("", str(message.get_param("start") or ""))
    root = parts.get(start) or next(iter(parts.values()), None)
    body = root.get_payload(decode=True) if root is not None else None
    if root is None or not isinstance(body, bytes):
        raise NotXml("The multipart reply has no part with an envelope", where="multipart/related")
    included = {name: part.get_payload(decode=True) for name, part in parts.items()}
    if b"Include" in body and len(parts) > 1:
        body = _include(body, included)
    media_type = root.get_content_type().replace("application/xop+xml", "text/xml")
    charset = root.get_content_charset()
    kind = f"{media_type}; charset={charset}" if charset else media_type
    return evolve(reply, body=body, headers=(("content-type", kind),))


def _include(body: bytes, parts: Mapping[str, object]) -> bytes:
    from lxml import etree

    root = parse(body, reply_complaint("multipart/related"))
    for element in list(root.iter("{http://www.w3.org/2004/08/xop/include}Include")):
        content = parts.get(unquote((element.get("href") or "").removeprefix("cid:")))
        parent = element.getparent()
        if parent is not None and isinstance(content, bytes):
            parent.text = b64encode(content).decode("ascii")
            parent.remove(element)
    return etree.tostring(root)


_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUE: Final = frozenset({"true", "1"})


def read_body(reply: Reply, where: str, *, huge_text: bool = False) -> Element:
    """Return the first element of the body: :func:`read_repaired_body` without the notes."""
    return read_repaired_body(reply, where, huge_text=huge_text)[0]


def read_repaired_body(reply: Reply, where: str, *, huge_text: bool = False) -> tuple[Element, tuple[str, ...]]:
    """Return the first element of the body with its references resolved, and notes on repairs.

    ``where`` is the request line, for errors. Raises :class:`SoapFault` for a fault with any status (ext-soap sends
    500, measured), and :class:`NotXml` for a web page. Raises other subclasses of :class:`Refused` by status. Raises
    :class:`ReplyInvalid` for an envelope without content.
    """
    reply = unpack(reply)
    body, notes = _body(reply, where, huge_text=huge_text)
    fault = _fault_in(body)
    if fault is not None:
        raise fault.error(where, reply.status)
    content = next(body.iterchildren("{*}*"), None)
    if content is None:
        raise ReplyInvalid("The body of the envelope is empty", where=where)
    if b"href" in reply.body or b"\x00" in reply.body[:64]:  # checking the bytes costs less than checking each element
        resolve_references(body)
    return content, notes


def fault_of(reply: Reply, where: str) -> Fault | None:
    """Return the fault in a response, or ``None``. Other problems with the response raise nothing."""
    try:
        return _fault_in(_body(reply, where, huge_text=False)[0])
    except MagisterConnectError:
        return None


def read_texts(element: Element) -> dict[str, str | None]:
    """Return the children of an element: local name to text, ``None`` for nil, ``""`` for empty.

    An absent name is not in the result. A name that occurs twice is an error, because we cannot know which one counts.
    """
    texts: dict[str, str | None] = {}
    for child in element:
        name = local_name(child)
        if name in texts:
            raise ReplyInvalid("An element appears twice, but is allowed once", where=name)
        texts[name] = None if child.get(_NIL) in _TRUE else child.text or ""
    return texts


def resolve_references(body: Element) -> None:
    """Replace each ``href="#..."`` by a copy of its target.

    ext-soap writes an object that occurs twice as an ``id`` and an empty element with ``href``, also in literal mode
    (measured). The rule for multi-references is in SOAP 1.1, section 5.
    """
    references = [element for element in body.iter("{*}*") if (element.get("href") or "").startswith("#")]
    if not references:
        return
    targets = {element.get("id"): element for element in body.iter("{*}*") if element.get("id")}
    for element in references:
        target = targets.get((element.get("href") or "")[1:])
        if target is None or len(element):
            raise ReplyInvalid("A reference has no target", where=local_name(element))
        element.text = target.text
        for child in target:
            element.append(deepcopy(child))
        del element.attrib["href"]


def _body(reply: Reply, where: str, *, huge_text: bool) -> tuple[Element, tuple[str, ...]]:
    reply = unpack(reply)
    refuse_status(reply, where)
    root, notes = parse_reply(reply.body, reply_complaint(where), huge_text=huge_text)
    if local_name(root) != "Envelope":
        raise NotXml("The response is XML, but not a SOAP envelope", where=where)
    body = next(root.iterchildren("{*}Body"), None)
    if body is None:
        raise ReplyInvalid("The envelope has no body", where=where)
    return body, notes


def _fault_in(body: Element) -> Fault | None:
    element = next(body.iterchildren("{*}Fault"), None)
    return None if element is None else read_fault(element)
