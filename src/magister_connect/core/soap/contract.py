"""Read WSDLs and write SOAP envelopes. This is the only module that uses zeep.

It uses these names of zeep, all without a client and without I/O: ``wsdl.Document``, ``.bindings``, ``.all``,
``operation.create``, ``.soapaction`` and ``operation.input``; and of zeep's types ``elements``, ``attributes`` and
``_array_type``. A test pins them. The address in a WSDL is never used, because the caller decides where a key is sent.

The schema of the SOAP encoding (``soapenc:Array``) is built in. WSDLs of PHP refer to it whether or not they import it
(measured with NuSOAP and ext-soap), and nothing is fetched from another host.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from attrs import field, frozen

from magister_connect.core.flow import Flow, Request, exchange
from magister_connect.core.secrets import Secret, reveal
from magister_connect.core.soap.envelopes import MEDIA_TYPES, SOAP_11
from magister_connect.core.soap.reply import refuse_status
from magister_connect.core.xml import Element, local_name, parse
from magister_connect.errors import ContractMismatch, MagisterConnectError, NotXml, Responsible, UsageError

LARGEST_DOCUMENT: Final = 4 * 1024 * 1024  # the largest public WSDL of Dutch education, UWLR 2.2, is under 0.1 MB
MOST_DOCUMENTS: Final = 50
_NOWHERE: Final = "https://contract.invalid/"  # the address of what was passed as bytes
_PASSED: Final = f"{_NOWHERE}held.wsdl"
_IMPORTS: Final = frozenset({"import", "include", "redefine"})
_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_ENCODING: Final = "http://schemas.xmlsoap.org/soap/encoding/"
_ARRAY_TYPE: Final = "{http://schemas.xmlsoap.org/wsdl/}arrayType"
_SIMPLE_TYPES: Final = (
    "string normalizedString token boolean decimal float double integer long int short byte date time"
)
_ENCODED_TYPES: Final = f"{_SIMPLE_TYPES} dateTime anyURI base64Binary"


def _encoding_schema() -> bytes:
    """Return a schema of the SOAP encoding: arrays of anything, and each simple type under its own name."""
    simple = "".join(
        f'<xsd:complexType name="{name}"><xsd:simpleContent><xsd:extension base="xsd:{name}"/></xsd:simpleContent>'
        "</xsd:complexType>"
        for name in _ENCODED_TYPES.split()
    )
    anything = '<xsd:sequence><xsd:any namespace="##any" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence>'
    return (
        f'<xsd:schema xmlns:xsd="{_XSD}" xmlns:tns="{_ENCODING}" targetNamespace="{_ENCODING}">'
        '<xsd:attribute name="arrayType" type="xsd:string"/><xsd:attribute name="offset" type="xsd:string"/>'
        f'<xsd:complexType name="Array">{anything}<xsd:attribute ref="tns:arrayType"/></xsd:complexType>'
        f'<xsd:complexType name="Struct">{anything}</xsd:complexType>{simple}</xsd:schema>'
    ).encode()


_BUILT_IN: Final[Mapping[str, bytes]] = {_ENCODING: _encoding_schema()}


@frozen
class HeldDocuments:
    """A WSDL and everything that it imports, by absolute address. ``root`` is the address of the WSDL."""

    root: str
    documents: Mapping[str, bytes] = field(repr=lambda documents: f"<{len(documents)} documents>")

    @property
    def place(self) -> str:
        """What an error calls the WSDL: its address or file, or in words that it was passed as bytes."""
        return _place(self.root)

    def __reduce__(self) -> tuple[Callable[..., HeldDocuments], tuple[str, dict[str, bytes]]]:
        return HeldDocuments, (self.root, dict(self.documents))


def _place(address: str) -> str:
    return "the WSDL that you passed" if address == _PASSED else address.removeprefix(_NOWHERE)


def hold_documents(source: str | os.PathLike[str] | bytes, *, name: str = "held.wsdl") -> HeldDocuments:
    """Load a local WSDL: bytes, or a file that imports from its own folder or a folder beside it.

    Raises :class:`UsageError` if a file is missing or is in another place, and :class:`NotXml` if a file is not XML.
    """
    if isinstance(source, bytes):
        address = f"{_NOWHERE}{name}"
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
    """Fetch a WSDL and its imports, from its own host only.

    Raises :class:`ConnectionFailed`, :class:`Refused` by status, :class:`NotXml`, and :class:`ContractMismatch` if the
    WSDL imports from another host.
    """
    held: dict[str, bytes] = {}
    wanted = [address]
    while wanted:
        place = wanted.pop()
        if place in held:
            continue
        if urlsplit(place)[:2] != urlsplit(address)[:2] or len(held) >= MOST_DOCUMENTS:
            raise ContractMismatch(
                f"The contract imports from another host, or imports more than {MOST_DOCUMENTS} documents",
                where=address,
                responsible=Responsible.YOU,
                advice="Save the contract with its imports, check them, and pass the file instead of the address.",
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
            "The contract imports a file outside its folder",
            where=str(root),
            advice="Keep the imported files in its folder, or in one beside it.",
        )
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    raise UsageError(f"A file of the contract cannot be read: {reason}", where=str(path))


def read_document(document: bytes, place: str) -> Element:
    """Return the root of one document. Raises :class:`NotXml`."""
    where = _place(place)
    return parse(document, lambda what, line: not_a_contract(what, where if line is None else f"{where}, line {line}"))


def not_a_contract(what: str, where: str) -> NotXml:
    """Return the error for a document that is not a WSDL."""
    advice = "Check that this is the contract itself (WSDL) and not a page about it: its address mostly ends in ?wsdl."
    return NotXml(what, where=where, advice=advice)


def _imports_of(document: bytes, place: str) -> list[str]:
    found = (
        element.get("schemaLocation") or element.get("location")
        for element in read_document(document, place).iter("{*}*")
        if local_name(element) in _IMPORTS
    )
    places = [urljoin(place, location) for location in found if location]
    return [each for each in places if each not in _BUILT_IN]


_DEEPEST: Final = 8  # a type may contain itself


@frozen
class Part:
    """One element of a message: its name, its type (local name), and its parts.

    An element of a SOAP-encoded array may have any name, so its part is called ``*``. ``needed`` are the attributes
    that have to be there.
    """

    name: str
    type_name: str
    required: bool = True
    repeated: bool = False
    nillable: bool = False
    parts: tuple[Part, ...] = ()
    attributes: tuple[str, ...] = ()
    needed: frozenset[str] = frozenset()

    def attribute_parts(self) -> tuple[Part, ...]:
        """The attributes as parts of their own, each with ``@`` before its name."""
        return tuple(Part(f"@{name}", "string", required=name in self.needed) for name in self.attributes)

    def walk(self, path: str = "") -> Iterator[tuple[str, Part]]:
        """Yield this part and all parts below it, with their paths."""
        here = f"{path}/{self.name}" if path else self.name
        yield here, self
        for part in self.parts:
            yield from part.walk(here)


@frozen
class Operation:
    """One operation of a service, with its input and output in the order of the contract.

    Attributes of the request's own element come after its elements in ``input``, with ``@`` before their names.
    ``encoded`` is whether its messages are SOAP-encoded (rpc/encoded), so that values contain their types.
    """

    name: str
    soap_action: str
    input: tuple[Part, ...]
    output: tuple[Part, ...]
    headers: tuple[Part, ...] = ()
    encoded: bool = False


@frozen
class Call:
    """A complete envelope. Its bytes may contain secrets."""

    body: bytes = field(repr=False)
    soap_action: str
    content_type: str = "text/xml; charset=utf-8"

    def request(self, address: str, *, safe_to_repeat: bool = False, timeout: float | None = None) -> Request:
        """Return the request that sends the envelope to ``address``."""
        return Request(
            "POST",
            address,
            headers=(("Content-Type", self.content_type), ("SOAPAction", f'"{self.soap_action}"')),
            body=self.body,
            safe_to_repeat=safe_to_repeat,
            timeout=timeout,
        )


class Description:
    """A WSDL that has been read. It cannot be pickled, but its :class:`HeldDocuments` can."""

    def __init__(self, held: HeldDocuments) -> None:
        self.held = held
        self._operations: dict[str, Any] = _read(held)
        encoded = _encoded_operations(held)
        self.operations: Mapping[str, Operation] = {
            name: _operation(name, operation, encoded=name in encoded) for name, operation in self._operations.items()
        }

    def operation(self, name: str) -> Operation:
        """Return the operation with this name. Raises :class:`ContractMismatch`, which lists the available ones."""
        found = self.operations.get(name)
        if found is None:
            there = ", ".join(sorted(self.operations)) or "none"
            raise ContractMismatch(f"The contract has no operation {name}; it has: {there}", where=self.held.place)
        return found

    def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        *,
        headers: Mapping[str, object] | None = None,
        header_elements: Sequence[Element] = (),
        typed: bool | None = None,
    ) -> Call:
        """Build the envelope of a call. Only its bytes contain revealed secrets.

        - ``headers``: headers of the WSDL, by name.
        - ``header_elements``: extra header elements, added unchanged.
        - ``typed``: whether to write ``xsi:type`` and ``encodingStyle`` as rpc/encoded requires; zeep leaves them out
          (measured). By default the WSDL decides.

        Raises :class:`UsageError` for an argument that is missing, unknown or of the wrong kind.
        """
        operation = self.operation(name)
        unknown = set(arguments) - {part.name for part in operation.input}
        if unknown:
            taken = ", ".join(part.name for part in operation.input) or "none"
            raise UsageError(
                f"{name} takes no argument {', '.join(sorted(unknown))}; it takes: {taken}", where=self.held.place
            )
        _refuse_structures(operation, arguments)
        message = _create(self._operations[name], name, _revealed(arguments), _revealed(headers or {}))
        envelope = message.content
        if operation.encoded if typed is None else typed:
            _write_types(envelope, operation)
        _add_headers(envelope, header_elements)
        return Call(_serialize(envelope), operation.soap_action, _content_type(envelope, operation.soap_action))


def describe(held: HeldDocuments) -> Description:
    """Read a WSDL. Raises :class:`NotXml` or :class:`ContractMismatch` if it is not usable."""
    return Description(held)


class _Loader:
    """Gives zeep the loaded documents, and nothing else."""

    def __init__(self, held: HeldDocuments) -> None:
        self._held = held

    def load(self, address: str) -> bytes:
        document = self._held.documents.get(address) or _BUILT_IN.get(address)
        if document is None:
            raise ContractMismatch(
                "The contract imports a document that is not available",
                where=_place(address),
                responsible=Responsible.YOU,
                advice="Load the contract from its file or address, so that its imports are loaded too.",
            )
        return _with_prefixed_array_types(document, address)


def _with_prefixed_array_types(document: bytes, place: str) -> bytes:
    """Rewrite ``wsdl:arrayType="urn:own:Result[]"``, as NuSOAP writes it (measured), to a prefixed name."""
    if b"arrayType" not in document:
        return document
    from lxml import etree

    root = read_document(document, place)
    for element in root.iter("{*}attribute"):
        namespace, _, name = (element.get(_ARRAY_TYPE) or "").rpartition(":")
        prefix = next((each for each, uri in element.nsmap.items() if each and uri == namespace), None)
        if prefix:
            element.set(_ARRAY_TYPE, f"{prefix}:{name}")
    return etree.tostring(root)


def _read(held: HeldDocuments) -> dict[str, Any]:
    from zeep import Settings
    from zeep.wsdl import Document
    from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

    if local_name(read_document(held.documents[held.root], held.root)) != "definitions":
        raise not_a_contract("The document is XML, but not a WSDL", held.place)
    try:
        loader: Any = _Loader(held)
        settings: Any = Settings
        closed = settings(strict=True, forbid_dtd=True, force_https=False)
        document: Any = Document(held.root, loader, settings=closed)
        for kind in (Soap11Binding, Soap12Binding):
            usable: Any = [binding for binding in document.bindings.values() if type(binding) is kind]
            if usable:
                return dict(usable[0].all())
    except MagisterConnectError:
        raise
    except Exception as error:  # noqa: BLE001 - bad WSDLs make zeep raise anything, also recursion and assertion errors
        reason = type(error).__name__  # its text may quote the document
    else:
        reason = "it has no SOAP binding"
    raise ContractMismatch(
        f"The contract cannot be read: {reason}",
        where=held.place,
        advice="Report this, unless the file is not the contract of the service.",
    )


def _encoded_operations(held: HeldDocuments) -> frozenset[str]:
    """Return the operations with SOAP-encoded requests. zeep does not keep this."""
    found: set[str] = set()
    for place, document in held.documents.items():
        for operation in read_document(document, place).iterfind("{*}binding/{*}operation"):
            body = operation.find("{*}input/{*}body")
            if body is not None and body.get("use") == "encoded":
                found.add(operation.get("name", ""))
    return frozenset(found)


def _operation(name: str, operation: Any, *, encoded: bool) -> Operation:
    return Operation(
        name=name,
        soap_action=operation.soapaction or "",
        input=_request_parts(operation.input),
        output=_message_parts(operation.output),
        headers=_header_parts(operation.input),
        encoded=encoded,
    )


def _message_parts(message: Any) -> tuple[Part, ...]:
    body = getattr(message, "body", None)
    return () if body is None else _type_parts(body.type, 0)


def _request_parts(message: Any) -> tuple[Part, ...]:
    kind = getattr(getattr(message, "body", None), "type", None)
    own = Part("", "", attributes=_attributes(kind), needed=_needed(kind))
    return (*_message_parts(message), *own.attribute_parts())


def _header_parts(message: Any) -> tuple[Part, ...]:
    header = getattr(message, "header", None)
    return () if header is None else _type_parts(getattr(header, "type", header), 0)


def _type_parts(kind: Any, depth: int) -> tuple[Part, ...]:
    if depth >= _DEEPEST:
        return ()
    if (item := getattr(getattr(kind, "_array_type", None), "array_type", None)) is not None:
        parts, attributes = _type_parts(item, depth + 1), _attributes(item)
        return (
            Part("*", str(item.name or "anyType"), required=False, repeated=True, parts=parts, attributes=attributes),
        )
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
        attributes=_attributes(kind),
        needed=_needed(kind),
    )


def _needed(kind: Any) -> frozenset[str]:
    given = getattr(kind, "attributes", ())
    return frozenset(str(each.name) for _, each in given if getattr(each, "required", False) and each.default is None)


def _attributes(kind: Any) -> tuple[str, ...]:
    """Return the named attributes of a type. Those of an array belong to the encoding, not to the service."""
    if getattr(kind, "_array_type", None) is not None:
        return ()
    return tuple(str(each.name) for _, each in getattr(kind, "attributes", ()) if getattr(each, "name", None))


def _refuse_structures(operation: Operation, arguments: Mapping[str, object]) -> None:
    """Refuse a list or mapping where one value is expected; zeep would write its ``str()`` (measured)."""
    for part in operation.input:
        if not part.parts and not part.repeated and isinstance(arguments.get(part.name), (list, tuple, dict, set)):
            raise UsageError(f"{operation.name} takes one value for {part.name}, not a collection")


def _revealed(values: Mapping[str, object]) -> dict[str, object]:
    """Plain values by the names that zeep has for them: an attribute as if it were an element."""
    return {name.removeprefix("@"): _plain(value) for name, value in values.items()}


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return reveal(value)
    return _revealed(value) if isinstance(value, Mapping) else value


def _create(operation: Any, name: str, arguments: dict[str, object], headers: dict[str, object]) -> Any:
    from zeep.exceptions import ValidationError

    try:
        return operation.create(**arguments, **({"_soapheaders": headers} if headers else {}))
    except ValidationError as error:
        wrong = (
            f"{name} lacks an argument, or one does not fit ({'/'.join(map(str, error.path)) or 'see the contract'})"
        )
    except Exception:  # noqa: BLE001 - an argument makes zeep raise anything; the text may quote it
        wrong = f"{name} was given an argument of the wrong kind"
    raise UsageError(wrong, advice="Compare the arguments with the contract of the service.")


def _write_types(envelope: Any, operation: Operation) -> None:
    wrapper = next(envelope.iterchildren(f"{{{SOAP_11}}}Body"))[0]
    wrapper.set(f"{{{SOAP_11}}}encodingStyle", _ENCODING)
    _set_types(wrapper, operation.input)


def _set_types(element: Element, parts: tuple[Part, ...]) -> None:
    """Set the types of simple values. A structure gets none, because its type belongs to the service."""
    known = {part.name: part for part in parts}
    for child in element:
        part = known[local_name(child)]
        if part.parts:
            _set_types(child, part.parts)
        else:
            child.set(f"{{{_XSI}}}type", f"xsd:{part.type_name}")


def _add_headers(envelope: Any, elements: Sequence[Element]) -> None:
    if not elements:
        return
    from lxml import etree

    namespace = etree.QName(envelope).namespace
    header = envelope.find(f"{{{namespace}}}Header")
    if header is None:
        header = etree.Element(f"{{{namespace}}}Header")
        envelope.insert(0, header)
    header.extend(elements)


def _serialize(envelope: Any) -> bytes:
    from lxml import etree

    # The value of xsi:type contains a prefix, so the prefix must be declared: a new envelope declares it.
    whole = etree.Element(envelope.tag, nsmap={**envelope.nsmap, "xsd": _XSD, "xsi": _XSI})
    whole.extend(list(envelope))
    return etree.tostring(whole, xml_declaration=True, encoding="utf-8")


def _content_type(envelope: Any, action: str) -> str:
    if envelope.tag.startswith(f"{{{SOAP_11}}}"):
        return f"{MEDIA_TYPES['1.1']}; charset=utf-8"
    return f'{MEDIA_TYPES["1.2"]}; charset=utf-8; action="{action}"'
