"""A contract is read offline, and its envelopes are right or are an error before anything is sent."""

import datetime as dt
import pickle
from pathlib import Path
from typing import cast

import pytest
from lxml import etree
from zeep.wsdl import Document

from magister_connect.core.flow import Flow, Reply, Request
from magister_connect.core.secrets import Secret
from magister_connect.core.soap import HeldDocuments, describe, fetch_documents, hold_documents
from magister_connect.errors import (
    ConnectionFailed,
    ContractMismatch,
    MagisterConnectError,
    NotFound,
    NotXml,
    UsageError,
)
from tests.core.soap.wsdl import DOCUMENT_LITERAL, IMPORTING, RPC_ENCODED

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
KEY = "geheim & <sleutel>"
ARGUMENTS: dict[str, object] = {"sleutel": Secret(KEY), "dag": dt.date(2025, 8, 1)}


def test_a_contract_tells_what_goes_in_and_what_comes_out() -> None:
    operation = describe(hold_documents(DOCUMENT_LITERAL)).operation("geef_menu")
    assert [(part.name, part.type_name, part.required) for part in operation.input] == [
        ("sleutel", "string", True),
        ("dag", "date", True),
        ("aantal", "int", False),
    ]
    paths = dict(operation.output[0].walk())
    assert paths["gerechten/gerecht"].repeated
    assert not paths["gerechten"].repeated
    assert paths["gerechten/gerecht/prijs"].nillable
    assert operation.soap_action == "urn:kantine#geef_menu"


def test_a_type_that_holds_itself_is_walked_to_an_end() -> None:
    operation = describe(hold_documents(DOCUMENT_LITERAL)).operation("geef_menu")
    deepest = max(path.count("/") for path, _ in operation.output[0].walk())
    assert 3 < deepest < 12


def test_an_envelope_follows_the_contract_and_escapes_its_values() -> None:
    call = describe(hold_documents(DOCUMENT_LITERAL)).call("geef_menu", ARGUMENTS)
    wrapper = etree.fromstring(call.body)[0][0]
    assert wrapper.tag == "{urn:kantine}geef_menu"
    assert [(child.tag, child.text) for child in wrapper] == [("sleutel", KEY), ("dag", "2025-08-01")]


def test_an_envelope_is_sent_where_the_caller_says_and_not_where_the_contract_says() -> None:
    request = (
        describe(hold_documents(DOCUMENT_LITERAL)).call("geef_menu", ARGUMENTS).request("https://own.invalid/soap")
    )
    assert request.address == "https://own.invalid/soap"
    assert ("SOAPAction", '"urn:kantine#geef_menu"') in request.headers
    assert not request.repeatable
    assert b"somewhere" not in (request.body or b"")
    assert KEY not in repr(request)


def test_rpc_encoded_arguments_carry_their_types_unless_told_otherwise() -> None:
    description = describe(hold_documents(RPC_ENCODED))
    arguments = {"code": "a", "nummer": 7}
    typed = etree.fromstring(description.call("Open", arguments).body)[0][0]
    assert typed.tag == "{urn:kluis-Kluis}Open"
    assert [child.get(f"{XSI}type") for child in typed] == ["xsd:string", "xsd:int"]
    assert typed.nsmap["xsd"] == "http://www.w3.org/2001/XMLSchema"
    plain = etree.fromstring(description.call("Open", arguments, typed=False).body)[0][0]
    assert [child.get(f"{XSI}type") for child in plain] == [None, None]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "lacks an argument"),
        ({"sleutel": KEY}, "lacks an argument"),
        ({**ARGUMENTS, "dagje": 1}, "takes no argument dagje; it takes: sleutel, dag, aantal"),
        ({**ARGUMENTS, "aantal": [KEY]}, "one value for aantal"),
    ],
)
def test_a_wrong_argument_is_an_error_that_does_not_quote_it(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        describe(hold_documents(DOCUMENT_LITERAL)).call("geef_menu", arguments)
    assert KEY not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_value_that_cannot_be_written_is_an_error_that_does_not_quote_it() -> None:
    with pytest.raises(UsageError, match="wrong kind") as caught:
        describe(hold_documents(DOCUMENT_LITERAL)).call("geef_menu", {"sleutel": KEY, "dag": object()})
    assert KEY not in str(caught.value)


def test_a_contract_of_soap_12_has_its_own_content_type() -> None:
    document = DOCUMENT_LITERAL.replace(b"/wsdl/soap/", b"/wsdl/soap12/")
    call = describe(hold_documents(document)).call("geef_menu", ARGUMENTS)
    assert call.content_type == 'application/soap+xml; charset=utf-8; action="urn:kantine#geef_menu"'


def test_a_contract_that_refers_to_what_is_not_held_is_refused() -> None:
    held = HeldDocuments(ROOT, {ROOT: IMPORTING % b"https://school.invalid/absent.wsdl"})
    with pytest.raises(ContractMismatch, match="not available"):
        describe(held)


def test_what_a_passed_contract_lacks_is_named_as_it_is_written_there() -> None:
    with pytest.raises(ContractMismatch) as caught:
        describe(hold_documents(IMPORTING % b"absent.wsdl"))
    assert caught.value.where == "absent.wsdl"


def test_an_operation_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ContractMismatch, match="has no operation haal_menu; it has: geef_menu"):
        describe(hold_documents(DOCUMENT_LITERAL)).operation("haal_menu")


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (b"<html><body>login</body></html>", NotXml),
        (b"<school/>", NotXml),
        (b"", NotXml),
        (DOCUMENT_LITERAL[:700], NotXml),
        (DOCUMENT_LITERAL.replace(b"<definitions", b"<!DOCTYPE definitions>\n<definitions", 1), NotXml),
        (b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:x"/>', ContractMismatch),
        (DOCUMENT_LITERAL.replace(b"xsd:decimal", b"own:Nergens"), ContractMismatch),
    ],
)
def test_what_is_no_usable_contract_is_refused(document: bytes, kind: type[MagisterConnectError]) -> None:
    with pytest.raises(kind) as caught:
        describe(hold_documents(document))
    assert caught.value.__context__ is None
    assert str(caught.value.where).startswith("the WSDL that you passed")
    assert any(words in str(caught.value) for words in ("Check that this is the contract", "is not the contract"))


def test_an_operation_whose_message_is_missing_is_not_there() -> None:
    document = DOCUMENT_LITERAL.replace(b'input message="own:vraag"', b'input message="own:weg"')
    with pytest.warns(UserWarning, match="geef_menu"):
        description = describe(hold_documents(document))
    with pytest.raises(ContractMismatch, match="it has: none"):
        description.operation("geef_menu")


def test_held_documents_reach_another_process() -> None:
    held = hold_documents(DOCUMENT_LITERAL)
    assert describe(pickle.loads(pickle.dumps(held))).operations  # noqa: S301 - our own bytes


def test_a_contract_in_several_files_is_held_whole(tmp_path: Path) -> None:
    (tmp_path / "kantine.wsdl").write_bytes(DOCUMENT_LITERAL)
    (tmp_path / "begin.wsdl").write_bytes(IMPORTING % b"kantine.wsdl")
    held = hold_documents(tmp_path / "begin.wsdl")
    assert len(held.documents) == 2
    assert held.root.endswith("begin.wsdl")


def test_files_that_import_each_other_are_each_held_once(tmp_path: Path) -> None:
    (tmp_path / "begin.wsdl").write_bytes(IMPORTING % b"einde.wsdl")
    (tmp_path / "einde.wsdl").write_bytes(IMPORTING % b"begin.wsdl")
    assert len(hold_documents(tmp_path / "begin.wsdl").documents) == 2


@pytest.mark.parametrize(
    "location", [b"/etc/hostname", b"../../elsewhere.wsdl", b"http://other.invalid/x.wsdl", b"absent.wsdl"]
)
def test_a_file_does_not_lead_out_of_its_folder(tmp_path: Path, location: bytes) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "begin.wsdl").write_bytes(IMPORTING % location)
    with pytest.raises(UsageError):
        hold_documents(folder / "begin.wsdl")


ROOT = "https://school.invalid/soap/begin.wsdl"


def fetch(replies: dict[str, Reply]) -> HeldDocuments:
    flow: Flow[HeldDocuments] = fetch_documents(ROOT)
    step = next(flow)
    try:
        while True:
            assert isinstance(step, Request)
            step = flow.send(replies[step.address])
    except StopIteration as end:
        return cast("HeldDocuments", end.value)


def test_a_contract_is_fetched_with_what_it_imports() -> None:
    held = fetch({
        ROOT: Reply(200, body=IMPORTING % b"../kantine.wsdl"),
        "https://school.invalid/kantine.wsdl": Reply(200, body=DOCUMENT_LITERAL),
    })  # fmt: skip
    assert list(held.documents) == [ROOT, "https://school.invalid/kantine.wsdl"]


def test_documents_that_import_each_other_are_each_fetched_once() -> None:
    held = fetch({
        ROOT: Reply(200, body=IMPORTING % b"einde.wsdl"),
        "https://school.invalid/soap/einde.wsdl": Reply(200, body=IMPORTING % b"begin.wsdl"),
    })  # fmt: skip
    assert len(held.documents) == 2


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(404), NotFound),
        (Reply(301, (("Location", "https://other.invalid/"),)), MagisterConnectError),
        (Reply(200, body=b"<html/>"), NotXml),
        (Reply(200, body=IMPORTING % b"https://other.invalid/x.wsdl"), ContractMismatch),
        (Reply(200, body=IMPORTING % b"file:///etc/hostname"), ContractMismatch),
    ],
)
def test_a_fetch_that_leads_elsewhere_is_refused(reply: Reply, kind: type[MagisterConnectError]) -> None:
    with pytest.raises(kind):
        fetch({ROOT: reply})


def test_a_failing_connection_reaches_the_caller_of_the_flow() -> None:
    flow = fetch_documents(ROOT)
    next(flow)
    with pytest.raises(ConnectionFailed):
        flow.throw(ConnectionFailed("No"))


def test_the_names_of_zeep_that_are_used_are_there() -> None:
    held = hold_documents(DOCUMENT_LITERAL)

    class Loader:
        def load(self, address: str) -> bytes:
            return held.documents[address]

    document = Document(held.root, Loader())  # type: ignore[arg-type]  # what is under test
    (binding,) = document.bindings.values()
    operation = binding.all()["geef_menu"]  # type: ignore[no-untyped-call]  # zeep is untyped
    assert operation.soapaction == "urn:kantine#geef_menu"
    message = operation.create(sleutel="x", dag=dt.date(2025, 8, 1))
    assert message.content.tag.endswith("Envelope")
    assert [name for name, _ in operation.input.body.type.elements] == ["sleutel", "dag", "aantal"]


@pytest.mark.parametrize("wsdl", ["UWLR_Leerlinggegevens_v2p2.wsdl", "UWLR_Leerresultaten_v2p2.wsdl"])
def test_an_official_contract_in_many_files_is_read(shared_data: Path, wsdl: str) -> None:
    description = describe(hold_documents(shared_data / "uwlr" / "2.2" / "wsdl" / wsdl))
    assert description.operations
    assert all(operation.input for operation in description.operations.values())


ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
IMPORTS_OF_THE_ENCODING = {
    "no import": "",
    "by namespace": f'<xsd:import namespace="{ENCODING}"/>',
    "by address": f'<xsd:import namespace="{ENCODING}" schemaLocation="{ENCODING}"/>',
}


def encoded_array(imported: str, array_type: str) -> bytes:
    """A contract whose reply is an array of the SOAP encoding, as PHP writes it."""
    schema = (
        f'<types><xsd:schema targetNamespace="urn:kluis">{imported}<xsd:complexType name="Vak"><xsd:all>'
        '<xsd:element name="nummer" type="xsd:int"/></xsd:all><xsd:attribute name="kleur" type="xsd:string"/>'
        '</xsd:complexType><xsd:complexType name="Vakken"><xsd:complexContent>'
        f'<xsd:restriction base="enc:Array"><xsd:attribute ref="enc:arrayType" wsdl:arrayType="{array_type}"/>'
        "</xsd:restriction></xsd:complexContent></xsd:complexType></xsd:schema></types>"
    )
    text = RPC_ENCODED.decode().replace(
        'targetNamespace="urn:kluis">',
        f'targetNamespace="urn:kluis" xmlns:enc="{ENCODING}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">{schema}',
        1,
    )
    return text.replace('type="xsd:boolean"', 'type="own:Vakken"').encode()


@pytest.mark.parametrize("imported", IMPORTS_OF_THE_ENCODING)
@pytest.mark.parametrize("array_type", ["own:Vak[]", "urn:kluis:Vak[]"])
def test_an_array_of_the_soap_encoding_has_parts_of_any_name(imported: str, array_type: str) -> None:
    operation = describe(hold_documents(encoded_array(IMPORTS_OF_THE_ENCODING[imported], array_type))).operation("Open")
    assert operation.encoded
    paths = dict(operation.output[0].walk())
    assert list(paths) == ["Result", "Result/*", "Result/*/nummer"]
    assert paths["Result/*"].repeated
    assert paths["Result/*"].attributes == ("kleur",)
    assert paths["Result"].attributes == ()


def test_the_schema_of_the_encoding_is_not_fetched() -> None:
    flow = fetch_documents("https://kluis.invalid/?wsdl")
    next(flow)
    with pytest.raises(StopIteration):
        flow.send(Reply(200, body=encoded_array(IMPORTS_OF_THE_ENCODING["by address"], "own:Vak[]")))


def test_a_request_nested_in_one_object_reveals_its_secrets_only_in_its_bytes() -> None:
    nested = DOCUMENT_LITERAL.replace(b'name="sleutel" type="xsd:string"', b'name="vraag" type="own:Vraag"').replace(
        b'<xsd:complexType name="Gerechten">',
        b'<xsd:complexType name="Vraag"><xsd:sequence><xsd:element name="sleutel" type="xsd:string"/></xsd:sequence>'
        b'</xsd:complexType><xsd:complexType name="Gerechten">',
    )
    call = describe(hold_documents(nested)).call(
        "geef_menu", {"vraag": {"sleutel": Secret(KEY)}, "dag": dt.date(2025, 8, 1)}
    )
    assert etree.fromstring(call.body).findtext(".//vraag/sleutel") == KEY
    assert KEY not in repr(call)


def test_an_element_may_be_added_to_the_header() -> None:
    element = etree.Element("{urn:veilig}Security")
    call = describe(hold_documents(DOCUMENT_LITERAL)).call("geef_menu", ARGUMENTS, header_elements=[element])
    header, body = etree.fromstring(call.body)
    assert [child.tag for child in header] == ["{urn:veilig}Security"]
    assert etree.QName(body).localname == "Body"
