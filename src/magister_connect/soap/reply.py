"""Reading the answer of a SOAP service, by local names, in one pass."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from magister_connect.errors import MagisterConnectError, NotXml, ReplyInvalid
from magister_connect.exchange import Reply
from magister_connect.markup import Element, local_name, parse, reply_complaint
from magister_connect.soap.faults import Fault, read_fault, refuse_status

__all__ = ["fault_of", "read_body", "read_texts", "resolve_references"]

_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUE: Final = frozenset({"true", "1"})


def read_body(reply: Reply, where: str, *, huge_text: bool = False) -> Element:
    """The first element of the body of a reply, its references resolved.

    ``where`` is the request line, for errors. Raises :class:`SoapFault` for a fault with whatever status (ext-soap
    sends 500, measured), :class:`NotXml` for a page, other :class:`Refused` by status, :class:`ReplyInvalid` for
    an envelope without content.
    """
    body = _body(reply, where, huge_text=huge_text)
    fault = _fault_in(body)
    if fault is not None:
        raise fault.error(where, reply.status)
    content = next(body.iterchildren("{*}*"), None)
    if content is None:
        raise ReplyInvalid("The body of the envelope is empty", where=where)
    if b"href" in reply.body or b"\x00" in reply.body[:64]:  # a look at the bytes costs less than one at each element
        resolve_references(body)
    return content


def fault_of(reply: Reply, where: str) -> Fault | None:
    """The fault that a reply carries, or ``None``; raises nothing about anything else that is wrong with it."""
    try:
        return _fault_in(_body(reply, where, huge_text=False))
    except MagisterConnectError:
        return None


def read_texts(element: Element) -> dict[str, str | None]:
    """The children of an element in one pass: local name to text, ``None`` for nil, ``""`` for empty.

    A name that is absent is absent. A name that comes twice is an error: which one counts is not ours to choose.
    """
    texts: dict[str, str | None] = {}
    for child in element:
        name = local_name(child)
        if name in texts:
            raise ReplyInvalid("An element stands twice where it may stand once", where=name)
        texts[name] = None if child.get(_NIL) in _TRUE else child.text or ""
    return texts


def resolve_references(body: Element) -> None:
    """Put a copy of what is referred to in the place of each ``href="#..."``.

    ext-soap writes an object that occurs twice as an ``id`` and an empty element with ``href``, in literal mode too
    (measured); the multi-reference rule is that of SOAP 1.1, section 5.
    """
    references = [element for element in body.iter("{*}*") if (element.get("href") or "").startswith("#")]
    if not references:
        return
    targets = {element.get("id"): element for element in body.iter("{*}*") if element.get("id")}
    for element in references:
        target = targets.get((element.get("href") or "")[1:])
        if target is None or len(element):
            raise ReplyInvalid("A reference leads nowhere", where=local_name(element))
        element.text = target.text
        for child in target:
            element.append(deepcopy(child))
        del element.attrib["href"]


def _body(reply: Reply, where: str, *, huge_text: bool) -> Element:
    refuse_status(reply, where)
    root = parse(reply.body, reply_complaint(where), huge_text=huge_text)
    if local_name(root) != "Envelope":
        raise NotXml("The answer is XML, but no SOAP envelope", where=where)
    body = next(root.iterchildren("{*}Body"), None)
    if body is None:
        raise ReplyInvalid("The envelope has no body", where=where)
    return body


def _fault_in(body: Element) -> Fault | None:
    element = next(body.iterchildren("{*}Fault"), None)
    return None if element is None else read_fault(element)
