"""The WSDL of the service, in its possible styles. Every name is invented, in the house style of the supplier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from magister_connect.sandbox.results.switches import ResultsSwitches

NAMESPACE: Final = "https://tap.example.invalid/api/v3/results"

FIELDS: Final[tuple[tuple[str, str], ...]] = (
    ("submission_nr", "int"),
    ("username", "string"),
    ("test_nr", "int"),
    ("test_code", "string"),
    ("test_name", "string"),
    ("subject", "string"),
    ("skill", "string"),
    ("taken", "dateTime"),
    ("graded", "dateTime"),
    ("modified", "dateTime"),
    ("level", "string"),
    ("development_score", "int"),
    ("score", "string"),
    ("percentage", "int"),
    ("grade", "string"),
    ("status", "string"),
    ("download_report", "string"),
)
PART_FIELDS: Final[tuple[tuple[str, str], ...]] = (
    ("code", "string"),
    ("name", "string"),
    ("score", "int"),
    ("percentage", "int"),
    ("level", "string"),
)
_ALWAYS: Final = frozenset({"submission_nr", "username", "test_nr", "modified"})


def namespace_of(switches: ResultsSwitches, address: str) -> str:
    """Return the namespace. Laminas uses the address of the service itself (measured)."""
    return address if switches.style == "laminas" else NAMESPACE


def parameters_of(switches: ResultsSwitches) -> Iterator[tuple[str, str, bool]]:
    """Yield name, type and whether it is required, of each parameter."""
    if switches.credentials == "parameters":
        yield "institution_code", "string", True
        yield "key", "string", True
    if switches.takes_since:
        yield "date_from", switches.date_form, switches.paging != "once"
    if switches.takes_until:
        yield "date_to", switches.date_form, False
    if switches.paging == "offset":
        yield "offset", "int", False
    if switches.paging == "number":
        yield "last_submission_nr", "int", False
    if switches.paging == "page":
        yield "page", "int", False
    if switches.paging == "token":
        yield "cursor", "string", False
    if switches.takes_limit:
        yield "limit", "int", False


def wsdl(switches: ResultsSwitches, address: str) -> bytes:
    """Return the contract, with the address where it is served."""
    writers = {"laminas": _laminas, "rpc-encoded": _rpc_encoded}
    return writers.get(switches.style, _hand_written)(switches, address).encode()


def _elements(fields: Iterable[tuple[str, str, str]]) -> str:
    """Write name, type and occurrence of each field."""
    return "".join(f'<xsd:element name="{name}" type="xsd:{kind}"{occurrence}/>' for name, kind, occurrence in fields)


def _hand_written(switches: ResultsSwitches, address: str) -> str:
    parameters = _elements(
        (name, kind, "" if required else _OPTIONAL) for name, kind, required in parameters_of(switches)
    )
    fields = _elements(
        (name, kind, _EXACTLY_ONCE if name in _ALWAYS else _OPTIONAL + _NILLABLE)
        for name, kind in FIELDS
        if switches.style != "nested" or name != "username"
    )
    parts = _elements((name, kind, _OPTIONAL) for name, kind in PART_FIELDS)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<wsdl:definitions name="Results" '
        f'targetNamespace="{NAMESPACE}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
        f'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:tns="{NAMESPACE}"><wsdl:types><xsd:schema targetNamespace="{NAMESPACE}" '
        f'elementFormDefault="{"qualified" if switches.qualified else "unqualified"}">'
        f'<xsd:element name="get_results"><xsd:complexType><xsd:sequence>{_asked(switches, parameters)}</xsd:sequence>'
        f"</xsd:complexType></xsd:element>"
        f'<xsd:element name="get_resultsResponse"><xsd:complexType><xsd:sequence>{_listed(switches)}</xsd:sequence>'
        f"</xsd:complexType></xsd:element>{_header_element(switches)}{_nested_types(switches, parameters)}"
        f'<xsd:complexType name="Part"><xsd:all>{parts}</xsd:all></xsd:complexType>'
        f'<xsd:complexType name="PartArray"><xsd:sequence><xsd:element name="part" type="tns:Part"{_MANY}/>'
        f"</xsd:sequence></xsd:complexType>"
        f'<xsd:complexType name="Result"><xsd:all>{fields}'
        f'<xsd:element name="parts" type="tns:PartArray"{_OPTIONAL}/></xsd:all></xsd:complexType>'
        f'<xsd:complexType name="ResultArray"><xsd:sequence>'
        f'<xsd:element name="result" type="tns:Result"{_MANY}/></xsd:sequence></xsd:complexType>'
        f"</xsd:schema></wsdl:types>"
        f"{_message('get_resultsRequest', 'get_results')}{_message('get_resultsResponse', 'get_resultsResponse')}"
        f"{_header_message(switches)}"
        f'<wsdl:portType name="ResultsPort"><wsdl:operation name="get_results">'
        f'<wsdl:input message="tns:get_resultsRequest"/><wsdl:output message="tns:get_resultsResponse"/>'
        f"</wsdl:operation></wsdl:portType>"
        f"{_binding(switches, NAMESPACE, 'ResultsPort', 'ResultsBinding')}"
        f'<wsdl:service name="ResultsService"><wsdl:port name="ResultsPort" binding="tns:ResultsBinding">'
        f'<soap:address location="{address}"/></wsdl:port></wsdl:service></wsdl:definitions>\n'
    )


def _asked(switches: ResultsSwitches, parameters: str) -> str:
    return '<xsd:element name="request" type="tns:Request"/>' if switches.style == "nested" else parameters


def _listed(switches: ResultsSwitches) -> str:
    name, kind = ("students", "Students") if switches.style == "nested" else ("results", "ResultArray")
    listed = f'<xsd:element name="{name}" type="tns:{kind}" minOccurs="0" nillable="true"/>'
    return listed + _cursor(switches)


def _cursor(switches: ResultsSwitches) -> str:
    cursor = _elements((("next_token", "string", _OPTIONAL), ("has_more", "boolean", "")))
    return cursor if switches.paging == "token" else ""


def _nested_types(switches: ResultsSwitches, parameters: str) -> str:
    if switches.style != "nested":
        return ""
    return (
        f'<xsd:complexType name="Request"><xsd:sequence>{parameters}</xsd:sequence></xsd:complexType>'
        f'<xsd:complexType name="Students"><xsd:sequence><xsd:element name="student" type="tns:Student"{_MANY}/>'
        f'</xsd:sequence></xsd:complexType><xsd:complexType name="Student"><xsd:sequence>'
        f'<xsd:element name="username" type="xsd:string"/><xsd:element name="results" type="tns:ResultArray"/>'
        f"</xsd:sequence></xsd:complexType>"
    )


def _rpc_encoded(switches: ResultsSwitches, address: str) -> str:
    """Write PHP's default form: every parameter required, a list as an array of the encoding."""
    parts = "".join(f'<part name="{name}" type="xsd:{kind}"/>' for name, kind, _ in parameters_of(switches))
    more = '<part name="next_token" type="xsd:string"/><part name="has_more" type="xsd:boolean"/>'
    fields, below = (_elements((name, kind, "") for name, kind in each) for each in (FIELDS, PART_FIELDS))
    encoded = f'use="encoded" namespace="{NAMESPACE}" encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
    arrays = "".join(
        f'<xsd:complexType name="{kind}Array"><xsd:complexContent><xsd:restriction base="SOAP-ENC:Array">'
        f'<xsd:attribute ref="SOAP-ENC:arrayType" wsdl:arrayType="tns:{kind}[]"/></xsd:restriction>'
        f"</xsd:complexContent></xsd:complexType>"
        for kind in ("Result", "Part")
    )
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" '
        f'xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" '
        f'xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}"><types><xsd:schema targetNamespace="{NAMESPACE}">'
        f'<xsd:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>'
        f'<xsd:complexType name="Part"><xsd:all>{below}</xsd:all></xsd:complexType>{arrays}'
        f'<xsd:complexType name="Result"><xsd:all>{fields}<xsd:element name="parts" type="tns:PartArray"/></xsd:all>'
        f"</xsd:complexType>{_header_element(switches)}</xsd:schema></types>"
        f'<message name="get_resultsRequest">{parts}</message><message name="get_resultsResponse">'
        f'<part name="return" type="tns:ResultArray"/>{more if switches.paging == "token" else ""}</message>'
        f'{_header_message(switches)}<portType name="ResultsPort"><operation name="get_results">'
        f'<input message="tns:get_resultsRequest"/><output message="tns:get_resultsResponse"/></operation></portType>'
        f'<binding name="ResultsBinding" type="tns:ResultsPort"><soap:binding style="rpc" '
        f'transport="http://schemas.xmlsoap.org/soap/http"/><operation name="get_results">'
        f'<soap:operation soapAction="{NAMESPACE}#get_results" style="rpc"/><input><soap:body {encoded}/>'
        f"{_header_use(switches)}</input><output><soap:body {encoded}/></output></operation></binding>"
        f'<service name="ResultsService"><port name="ResultsPort" binding="tns:ResultsBinding">'
        f'<soap:address location="{address}"/></port></service></definitions>\n'
    )


def _laminas(switches: ResultsSwitches, address: str) -> str:
    """Write the form of AutoDiscover: no occurrences inside ``all``, messages after the service (measured)."""
    parameters = _elements(
        (name, kind, "" if required else _NILLABLE) for name, kind, required in parameters_of(switches)
    )
    fields = _elements((name, kind, "" if name in _ALWAYS else _NILLABLE) for name, kind in FIELDS)
    parts = _elements((name, kind, _NILLABLE) for name, kind in PART_FIELDS)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" '
        f'xmlns:tns="{address}" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        f'xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
        f'name="Results" targetNamespace="{address}"><types><xsd:schema targetNamespace="{address}">'
        f'<xsd:complexType name="Part"><xsd:all>{parts}</xsd:all></xsd:complexType>'
        f'<xsd:complexType name="ArrayOfPart"><xsd:sequence><xsd:element name="item" type="tns:Part"{_MANY}/>'
        f"</xsd:sequence></xsd:complexType>"
        f'<xsd:complexType name="Result"><xsd:all>{fields}'
        f'<xsd:element name="parts" type="tns:ArrayOfPart"{_NILLABLE}/></xsd:all></xsd:complexType>'
        f'<xsd:complexType name="ArrayOfResult"><xsd:sequence><xsd:element name="item" type="tns:Result"{_MANY}/>'
        f"</xsd:sequence></xsd:complexType>"
        f'<xsd:element name="get_results"><xsd:complexType><xsd:sequence>{parameters}</xsd:sequence>'
        f"</xsd:complexType></xsd:element>{_header_element(switches)}"
        f'<xsd:element name="get_resultsResponse"><xsd:complexType><xsd:sequence>'
        f'<xsd:element name="get_resultsResult" type="tns:ArrayOfResult"/>{_cursor(switches)}</xsd:sequence>'
        f"</xsd:complexType>"
        f"</xsd:element></xsd:schema></types>"
        f'<portType name="ResultsPort"><operation name="get_results"><documentation>get_results</documentation>'
        f'<input message="tns:get_resultsIn"/><output message="tns:get_resultsOut"/></operation></portType>'
        f"{_binding(switches, address, 'ResultsPort', 'ResultsBinding')}"
        f'<service name="ResultsService"><port name="ResultsPort" binding="tns:ResultsBinding">'
        f'<soap:address location="{address}"/></port></service>'
        f"{_message('get_resultsIn', 'get_results')}{_message('get_resultsOut', 'get_resultsResponse')}"
        f"{_header_message(switches)}</definitions>\n"
    )


_OPTIONAL: Final = ' minOccurs="0"'
_NILLABLE: Final = ' nillable="true"'
_EXACTLY_ONCE: Final = ' minOccurs="1" maxOccurs="1"'
_MANY: Final = ' minOccurs="0" maxOccurs="unbounded"'


def _message(name: str, element: str) -> str:
    return f'<wsdl:message name="{name}"><wsdl:part name="parameters" element="tns:{element}"/></wsdl:message>'


def _header_element(switches: ResultsSwitches) -> str:
    if switches.credentials != "header":
        return ""
    return (
        '<xsd:element name="authentication"><xsd:complexType><xsd:sequence>'
        '<xsd:element name="institution_code" type="xsd:string"/><xsd:element name="key" type="xsd:string"/>'
        "</xsd:sequence></xsd:complexType></xsd:element>"
    )


def _header_use(switches: ResultsSwitches) -> str:
    used = '<soap:header message="tns:authentication_header" part="authentication" use="literal"/>'
    return used if switches.credentials == "header" else ""


def _header_message(switches: ResultsSwitches) -> str:
    if switches.credentials != "header":
        return ""
    return (
        '<wsdl:message name="authentication_header">'
        '<wsdl:part name="authentication" element="tns:authentication"/></wsdl:message>'
    )


def _binding(switches: ResultsSwitches, namespace: str, port: str, name: str) -> str:
    header = _header_use(switches)
    return (
        f'<wsdl:binding name="{name}" type="tns:{port}">'
        f'<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
        f'<wsdl:operation name="get_results"><soap:operation soapAction="{namespace}#get_results"/>'
        f'<wsdl:input><soap:body use="literal"/>{header}</wsdl:input>'
        f'<wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation></wsdl:binding>'
    )
