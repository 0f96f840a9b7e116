"""Contracts: what a WSDL offers, and envelopes that follow it. The only place that knows zeep.

Six names of zeep are used, all without a client and none that does I/O: ``wsdl.Document``, ``.bindings``, ``.all``,
``operation.create``, ``.soapaction`` and ``operation.input``; a test pins them. The address in a WSDL is never used:
whoever holds the key decides where it is sent.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from attrs import field, frozen

from magister_connect.core.flow import Flow, Request, exchange
from magister_connect.core.secrets import Secret, reveal
from magister_connect.core.soap.reply import refuse_status
from magister_connect.core.xml import Element, local_name, parse
from magister_connect.errors import ContractChanged, Move, NotXml, UsageError

LARGEST_DOCUMENT: Final = 4 * 1024 * 1024  # the largest public WSDL of Dutch education, UWLR 2.2, is under 0.1 MB
MOST_DOCUMENTS: Final = 50
_IMPORTS: Final = frozenset({"import", "include", "redefine"})


@frozen
class HeldDocuments:
    """A WSDL (``root`` is its address) and everything that it imports, by absolute address."""

    root: str
    documents: Mapping[str, bytes] = field(repr=lambda documents: f"<{len(documents)} documents>")

    def __reduce__(self) -> tuple[Callable[..., HeldDocuments], tuple[str, dict[str, bytes]]]:
        return HeldDocuments, (self.root, dict(self.documents))


def hold_documents(
    source: str | os.PathLike[str] | bytes, *, address: str = "https://contract.invalid/held.wsdl"
) -> HeldDocuments:
    """Hold a WSDL that is here already: bytes, or a file whose imports lie in its folder or one beside it.

    Raises :class:`UsageError` when a file is missing or lies elsewhere, :class:`NotXml` when one
    of them is no XML.
    """
    if isinstance(source, bytes):
        read_document(source, address)
        return HeldDocuments(address, MappingProxyType({address: source}))
    root = Path(source).absolute()
    held: dict[str, bytes] = {}
    wanted = [root.as_uri()]
    while wanted:
        place = wanted.pop()
        if place not in held:
            held[place] = _read_beside(place, root)
            wanted += _imports_of(held[place], place)
    return HeldDocuments(root.as_uri(), MappingProxyType(held))


def fetch_documents(address: str, *, timeout: float | None = None) -> Flow[HeldDocuments]:
    """Fetch a WSDL and what it imports, from its own host alone.

    Raises :class:`ConnectionFailed`, :class:`Refused` by status, :class:`NotXml`, and :class:`ContractChanged` where
    the WSDL leads to another host.
    """
    held: dict[str, bytes] = {}
    wanted = [address]
    while wanted:
        place = wanted.pop()
        if place in held:
            continue
        if urlsplit(place)[:2] != urlsplit(address)[:2] or len(held) >= MOST_DOCUMENTS:
            raise ContractChanged(
                f"The contract leads to another host, or to more than {MOST_DOCUMENTS} documents",
                where=address,
                move=Move.YOURS,
                advice="Save it with what it imports, look at that, and give the file instead of the address.",
            )
        reply = yield from exchange(Request("GET", place, timeout=timeout, limit=LARGEST_DOCUMENT))
        refuse_status(reply, f"GET {place}")
        held[place] = reply.body
        wanted += _imports_of(reply.body, place)
    return HeldDocuments(address, MappingProxyType(held))


def _read_beside(place: str, root: Path) -> bytes:
    path = Path(urlsplit(place).path)
    if urlsplit(place).scheme != "file" or not path.resolve().is_relative_to(root.resolve().parents[1]):
        raise UsageError(
            "The contract leads out of its own folder",
            where=str(root),
            advice="Keep what it imports in its folder, or in one beside it.",
        )
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    raise UsageError(f"A file of the contract cannot be read: {reason}", where=str(path))


def read_document(document: bytes, place: str) -> Element:
    """The root of one document. Raises :class:`NotXml`."""
    return parse(document, lambda what, line: not_a_contract(what, place if line is None else f"{place}, line {line}"))


def not_a_contract(what: str, where: str) -> NotXml:
    """The error for what should have been a contract and is none, wherever it came from."""
    return NotXml(what, where=where, advice="Check that this is the contract itself (WSDL) and not a page about it.")


def _imports_of(document: bytes, place: str) -> list[str]:
    found = (
        element.get("schemaLocation") or element.get("location")
        for element in read_document(document, place).iter("{*}*")
        if local_name(element) in _IMPORTS
    )
    return [urljoin(place, location) for location in found if location]


_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_ENCODING: Final = "http://schemas.xmlsoap.org/soap/encoding/"
_ENVELOPE_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_DEEPEST: Final = 8  # a type that holds itself would never end


@frozen
class Part:
    """One element of a message: its name, its type by local name, and what it consists of."""

    name: str
    type_name: str
    required: bool = True
    repeated: bool = False
    nillable: bool = False
    parts: tuple[Part, ...] = ()

    def walk(self, path: str = "") -> Iterator[tuple[str, Part]]:
        """This part and all below it, with their paths."""
        here = f"{path}/{self.name}" if path else self.name
        yield here, self
        for part in self.parts:
            yield from part.walk(here)


@frozen
class Operation:
    """One operation of a service: what goes in and what comes out, in the order of the contract."""

    name: str
    soap_action: str
    input: tuple[Part, ...]
    output: tuple[Part, ...]
    headers: tuple[Part, ...] = ()


@frozen
class Call:
    """An envelope, ready to be sent; its bytes may hold secrets."""

    body: bytes = field(repr=False)
    soap_action: str
    content_type: str = "text/xml; charset=utf-8"

    def request(self, address: str, *, safe_to_repeat: bool = False, timeout: float | None = None) -> Request:
        """The request that sends it to ``address``."""
        return Request(
            "POST",
            address,
            headers=(("Content-Type", self.content_type), ("SOAPAction", f'"{self.soap_action}"')),
            body=self.body,
            safe_to_repeat=safe_to_repeat,
            timeout=timeout,
        )


class Description:
    """A WSDL that has been read. It cannot be pickled; the :class:`HeldDocuments` it was made from can."""

    def __init__(self, held: HeldDocuments) -> None:
        self.held = held
        self._operations: dict[str, Any] = _read(held)
        self.operations: Mapping[str, Operation] = {
            name: _operation(name, operation) for name, operation in self._operations.items()
        }

    def operation(self, name: str) -> Operation:
        """The operation of this name. Raises :class:`ContractChanged` that lists what there is."""
        found = self.operations.get(name)
        if found is None:
            there = ", ".join(sorted(self.operations)) or "none"
            raise ContractChanged(f"The contract has no operation {name}; it has: {there}", where=self.held.root)
        return found

    def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        *,
        headers: Mapping[str, object] | None = None,
        typed: bool = False,
    ) -> Call:
        """The envelope of a call. Secrets are revealed in its bytes and nowhere else.

        ``typed`` writes ``xsi:type`` and ``encodingStyle`` as rpc/encoded wants them, which zeep leaves out (measured).
        Raises :class:`UsageError` for an argument that is missing, unknown or of a wrong kind.
        """
        operation = self.operation(name)
        unknown = set(arguments) - {part.name for part in operation.input}
        if unknown:
            taken = ", ".join(part.name for part in operation.input) or "none"
            raise UsageError(
                f"{name} takes no argument {', '.join(sorted(unknown))}; it takes: {taken}", where=self.held.root
            )
        _refuse_structures(operation, arguments)
        message = _create(self._operations[name], name, _revealed(arguments), _revealed(headers or {}))
        envelope = message.content
        if typed:
            _write_types(envelope, operation)
        return Call(_serialize(envelope), operation.soap_action, _content_type(envelope, operation.soap_action))


def describe(held: HeldDocuments) -> Description:
    """Read a contract. Raises :class:`NotXml` or :class:`ContractChanged` for what is no usable WSDL."""
    return Description(held)


class _Loader:
    """Hands zeep the documents that are held, and nothing else."""

    def __init__(self, held: HeldDocuments) -> None:
        self._held = held

    def load(self, address: str) -> bytes:
        document = self._held.documents.get(address)
        if document is None:
            raise ContractChanged(
                "The contract refers to a document that is not held",
                where=address,
                move=Move.YOURS,
                advice="Hold the contract from its file or its address, so that what it imports is held too.",
            )
        return document


def _read(held: HeldDocuments) -> dict[str, Any]:
    from zeep import Settings
    from zeep.exceptions import Error as ZeepError
    from zeep.wsdl import Document
    from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

    if local_name(read_document(held.documents[held.root], held.root)) != "definitions":
        raise not_a_contract("The document is XML, but no WSDL", held.root)
    try:
        loader: Any = _Loader(held)
        settings: Any = Settings
        closed = settings(strict=True, forbid_dtd=True, force_https=False)
        document: Any = Document(held.root, loader, settings=closed)
        for kind in (Soap11Binding, Soap12Binding):
            usable: Any = [binding for binding in document.bindings.values() if type(binding) is kind]
            if usable:
                return dict(usable[0].all())
    except (ZeepError, LookupError, AttributeError, TypeError, ValueError) as error:
        reason = type(error).__name__  # its text may quote the document
    else:
        reason = "it has no SOAP binding"
    raise ContractChanged(
        f"The contract cannot be read: {reason}",
        where=held.root,
        advice="Check that this is the contract of the service; if it is, report it to the vendor.",
    )


def _operation(name: str, operation: Any) -> Operation:
    return Operation(
        name=name,
        soap_action=operation.soapaction or "",
        input=_message_parts(operation.input),
        output=_message_parts(operation.output),
        headers=_header_parts(operation.input),
    )


def _message_parts(message: Any) -> tuple[Part, ...]:
    body = getattr(message, "body", None)
    return () if body is None else _type_parts(body.type, 0)


def _header_parts(message: Any) -> tuple[Part, ...]:
    header = getattr(message, "header", None)
    return () if header is None else _type_parts(getattr(header, "type", header), 0)


def _type_parts(kind: Any, depth: int) -> tuple[Part, ...]:
    if depth >= _DEEPEST:
        return ()
    return tuple(_part(name, element, depth) for name, element in getattr(kind, "elements", ()))


def _part(name: str, element: Any, depth: int) -> Part:
    kind = getattr(element, "type", None)
    many = getattr(element, "max_occurs", 1)
    return Part(
        name=name,
        type_name=str(getattr(kind, "name", None) or "anyType"),
        required=getattr(element, "min_occurs", 1) != 0,
        repeated=many == "unbounded" or many > 1,
        nillable=bool(getattr(element, "nillable", False)),
        parts=_type_parts(kind, depth + 1),
    )


def _refuse_structures(operation: Operation, arguments: Mapping[str, object]) -> None:
    """Zeep writes whatever ``str()`` makes of a list or mapping where one value belongs (measured)."""
    for part in operation.input:
        if not part.parts and not part.repeated and isinstance(arguments.get(part.name), (list, tuple, dict, set)):
            raise UsageError(f"{operation.name} takes one value for {part.name}, not a collection")


def _revealed(values: Mapping[str, object]) -> dict[str, object]:
    return {name: reveal(value) if isinstance(value, Secret) else value for name, value in values.items()}


def _create(operation: Any, name: str, arguments: dict[str, object], headers: dict[str, object]) -> Any:
    from zeep.exceptions import Error as ZeepError
    from zeep.exceptions import ValidationError

    try:
        return operation.create(**arguments, **({"_soapheaders": headers} if headers else {}))
    except ValidationError as error:
        wrong = (
            f"{name} lacks an argument, or one does not fit ({'/'.join(map(str, error.path)) or 'see the contract'})"
        )
    except (ZeepError, AttributeError, TypeError, ValueError, ArithmeticError):  # their texts may quote an argument
        wrong = f"{name} was given an argument of the wrong kind"
    raise UsageError(wrong, advice="Compare the arguments with the contract of the service.")


def _write_types(envelope: Any, operation: Operation) -> None:
    wrapper = next(envelope.iterchildren(f"{{{_ENVELOPE_11}}}Body"))[0]
    wrapper.set(f"{{{_ENVELOPE_11}}}encodingStyle", _ENCODING)
    kinds = {part.name: part.type_name for part in operation.input}
    for child in wrapper:
        child.set(f"{{{_XSI}}}type", f"xsd:{kinds[local_name(child)]}")


def _serialize(envelope: Any) -> bytes:
    from lxml import etree

    # xsi:type holds a prefixed name, so the prefix has to be declared: an envelope of its own declares it.
    whole = etree.Element(envelope.tag, nsmap={**envelope.nsmap, "xsd": _XSD, "xsi": _XSI})
    whole.extend(list(envelope))
    return etree.tostring(whole, xml_declaration=True, encoding="utf-8")


def _content_type(envelope: Any, action: str) -> str:
    if envelope.tag.startswith(f"{{{_ENVELOPE_11}}}"):
        return "text/xml; charset=utf-8"
    return f'application/soap+xml; charset=utf-8; action="{action}"'
