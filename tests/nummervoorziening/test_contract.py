"""Messages against the contract that Kennisnet publishes, and its service through the eyes of an independent client."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import zeep
from lxml import etree
from zeep.exceptions import Fault as ZeepFault
from zeep.wsa import WsAddressingPlugin

from magister_connect.core.drivers import SyncDriver
from magister_connect.core.flow import Request, RunBlocking, Sleep
from magister_connect.core.soap import describe, hold_documents
from magister_connect.identifiers import Hpgn, Oin, Stampseudoniem
from magister_connect.nummervoorziening import CHAIN_ECK, SECTORS, wsdl
from magister_connect.nummervoorziening.messages import RESPONSES
from magister_connect.nummervoorziening.operations import Polling, Service
from magister_connect.sandbox import NummervoorzieningSwitches, Sandbox, School
from magister_connect.sandbox.nummervoorziening import (
    PILOT_HPGN,
    PILOT_STAMPSEUDONYM,
    PILOT_TEACHER_HPGN,
    PILOT_TEACHER_STAMPSEUDONYM,
)

NAMESPACE = "http://ketenid.nl/eck/schemas/v1_0"
ADDRESSING = "{http://www.w3.org/2005/08/addressing}"
XSD = "{http://www.w3.org/2001/XMLSchema}"
OIN = "0000000700099ZZ00000"
EFFECTIVE = "2025-11-20T11:26:30.806+01:00"


def schema_in(document: bytes) -> etree._Element:
    """The schema by itself, with the prefixes that it inherits from the contract."""
    return etree.fromstring(etree.tostring(next(etree.fromstring(document).iter(f"{XSD}schema"))))


def shape_of(schema: etree._Element) -> dict[str, Any]:
    """Each global element with what is in it, by names, types and how often; prefixes and comments do not count."""
    types = {each.get("name"): each for each in schema.iterchildren(f"{XSD}complexType")}

    def inside(name: str) -> list[Any]:
        local = name.rpartition(":")[2]
        if local not in types:
            return [local]
        if (text := types[local].find(f"{XSD}simpleContent/{XSD}extension")) is not None:
            return [str(text.get("base")).rpartition(":")[2]]
        return [
            (each.get("name"), each.get("minOccurs", "1"), each.get("maxOccurs", "1"), inside(str(each.get("type"))))
            for each in types[local].iterfind(f"{XSD}sequence/{XSD}element")
        ]

    return {str(each.get("name")): inside(str(each.get("type"))) for each in schema.iterchildren(f"{XSD}element")}


@pytest.fixture(scope="session")
def official(shared_data: Path) -> bytes:
    return (shared_data / "nummervoorziening" / "eckid.wsdl").read_bytes()


@pytest.fixture(scope="session")
def official_schema(official: bytes) -> etree.XMLSchema:
    return etree.XMLSchema(schema_in(official))


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(data=School.seeded(pupils=3, staff=6), nummervoorziening=NummervoorzieningSwitches(polls=0)) as school:
        yield school


# -- our contract and the published one -----------------------------------------------------------------------------


def test_our_contract_is_read_by_an_independent_library() -> None:
    description = describe(hold_documents(wsdl()))
    assert set(description.operations) == set(RESPONSES)


def test_our_schema_has_the_elements_of_the_official_one(official: bytes) -> None:
    ours, theirs = shape_of(schema_in(wsdl())), shape_of(schema_in(official))
    assert len(theirs) == 17
    assert ours == theirs


@pytest.mark.parametrize(
    "path",
    ["portType", "binding", "service", "service/{*}port", "message", "portType/{*}operation", "binding/{*}operation"],
)
def test_our_contract_names_everything_as_the_official_one(official: bytes, path: str) -> None:
    def names(document: bytes) -> set[str | None]:
        return {each.get("name") for each in etree.fromstring(document).iterfind(f"{{*}}{path}")}

    assert names(wsdl()) == names(official) != set()


# -- messages -------------------------------------------------------------------------------------------------------


def flows(service: Service) -> list[Any]:
    pupils = [Hpgn(PILOT_HPGN), Hpgn("0" * 64)]
    pseudonyms = [Stampseudoniem(PILOT_STAMPSEUDONYM)]
    return [
        service.ping(),
        service.retrieve_chains(),
        service.retrieve_sectors(),
        service.retrieve_stampseudonym(pupils[0]),
        service.retrieve_eck_id(pseudonyms[0], None, SECTORS["po"]),
        service.submit_stampseudonym_batch(pupils),
        service.submit_eck_id_batch(pseudonyms, CHAIN_ECK, SECTORS["vo"]),
        service.replace_stampseudonym(pupils[0], pupils[1], None),
        service.replace_stampseudonym(pupils[0], pupils[1], datetime.fromisoformat(EFFECTIVE)),
        service.retrieve_batch("20251120100000" + "0" * 32, lambda *_: None, Polling(interval=0, attempts=1)),
    ]


def requests_of(address: str) -> list[Request]:
    """The request of each operation."""
    found = []
    for flow in flows(Service(address, Oin(OIN))):
        step = next(flow)
        while isinstance(step, Sleep | RunBlocking):
            step = flow.send(None)
        found.append(step)
        flow.close()
    return found


def content_of(document: bytes) -> etree._Element:
    return next(iter(next(etree.fromstring(document).iter("{*}Body"))))


def header_of(document: bytes, name: str) -> str | None:
    return etree.fromstring(document).findtext(f"{{*}}Header/{ADDRESSING}{name}")


def test_every_request_is_valid_by_the_official_schema(official_schema: etree.XMLSchema) -> None:
    requests = requests_of("https://service.invalid/eck")
    assert {str(content_of(each.body or b"").tag) for each in requests} == {
        f"{{{NAMESPACE}}}{name}Request" for name in RESPONSES
    }
    for request in requests:
        official_schema.assertValid(content_of(request.body or b""))
        operation = etree.QName(content_of(request.body or b"")).localname.removesuffix("Request")
        assert dict(request.headers)["SOAPAction"] == f'"{NAMESPACE}/{operation}"'
        assert header_of(request.body or b"", "Action") == f"{NAMESPACE}/{operation}"
        assert header_of(request.body or b"", "To") == "https://service.invalid/eck"
        assert (header_of(request.body or b"", "MessageID") or "").startswith("urn:uuid:")
        sender = etree.fromstring(request.body or b"").findtext(f"{{*}}Header/{ADDRESSING}From/{ADDRESSING}Address")
        assert sender == f"http://www.w3.org/2005/08/addressing/anonymous?oin={OIN}"
        assert PILOT_HPGN not in repr(request)


def test_every_reply_of_the_sandbox_is_valid_by_the_official_schema(
    school: Sandbox, official_schema: etree.XMLSchema
) -> None:
    batch = ""
    for request in requests_of(school.nummervoorziening_url):
        body = (request.body or b"").replace(("20251120100000" + "0" * 32).encode(), batch.encode())
        reply = httpx.post(request.address, content=body, headers=dict(request.headers))  # type: ignore[arg-type]  # plain
        assert reply.status_code == 200, reply.text
        content = content_of(reply.content)
        official_schema.assertValid(content)
        operation = etree.QName(content_of(body)).localname.removesuffix("Request")
        assert etree.QName(content).localname == RESPONSES[operation]
        assert header_of(reply.content, "Action") == f"{NAMESPACE}/EckIDPort/{operation}Response"
        assert (header_of(reply.content, "MessageID") or "").startswith("urn:uuid:")
        assert header_of(reply.content, "RelatesTo") == header_of(body, "MessageID")
        batch = content.findtext("{*}batchIdentifier") or batch


@pytest.mark.parametrize("relates_to", [True, False])
def test_a_fault_has_addressing_headers_too(relates_to: bool) -> None:
    switches = NummervoorzieningSwitches(relates_to=relates_to, failing=frozenset({"ping"}))
    with Sandbox(data=School.seeded(pupils=3, staff=6), nummervoorziening=switches) as school:
        request = requests_of(school.nummervoorziening_url)[0]
        reply = httpx.post(request.address, content=request.body, headers=dict(request.headers))  # type: ignore[arg-type]
    assert reply.status_code == 500
    assert content_of(reply.content).findtext("faultactor") == "HashOperationException"
    assert header_of(reply.content, "Action")
    assert header_of(reply.content, "MessageID")
    assert (header_of(reply.content, "RelatesTo") is not None) is relates_to


# -- a client that nobody here wrote --------------------------------------------------------------------------------


class _Sender(zeep.Plugin):
    """Puts the OIN of the school where Edukoppeling has it."""

    def egress(self, envelope: Any, http_headers: Any, operation: Any, binding_options: Any) -> tuple[Any, Any]:
        del operation, binding_options
        header = envelope.find("{*}Header")
        sender = etree.SubElement(header, f"{ADDRESSING}From")
        etree.SubElement(
            sender, f"{ADDRESSING}Address"
        ).text = f"http://www.w3.org/2005/08/addressing/anonymous?oin={OIN}"
        return envelope, http_headers


@pytest.fixture
def foreign(school: Sandbox, official: bytes, tmp_path: Path) -> Any:
    """zeep over the official contract, at the address of the sandbox."""
    path = tmp_path / "eckid.wsdl"
    path.write_bytes(official)
    client: Any = zeep.Client(str(path), plugins=[WsAddressingPlugin(), _Sender()])  # type: ignore[no-untyped-call]  # publishes no types
    return client.create_service(f"{{{NAMESPACE}}}EckIDSoapBinding", school.nummervoorziening_url)


def text(value: str) -> dict[str, str]:
    """A text of the contract's own types, as zeep takes it."""
    return {"_value_1": value}


def text_of(found: Any) -> str:
    return str(getattr(found, "_value_1", found))


def test_an_independent_client_gets_what_the_official_tests_expect(foreign: Any, school: Sandbox) -> None:
    assert foreign.ping().available is True
    assert [each.id for each in foreign.retrieveChains()] == [CHAIN_ECK]
    assert len(foreign.retrieveSectors()) == 4
    for hpgn, stampseudonym in ((PILOT_HPGN, PILOT_STAMPSEUDONYM), (PILOT_TEACHER_HPGN, PILOT_TEACHER_STAMPSEUDONYM)):
        assert text_of(foreign.retrieveStampseudonym(text(hpgn))) == stampseudonym
    with pytest.raises(ZeepFault) as caught:
        foreign.retrieveEckId(text(PILOT_STAMPSEUDONYM), "", SECTORS["po"])
    assert caught.value.actor == "InvalidChainIdException"


def test_a_wrong_or_empty_value_in_a_batch_fails_its_entry_alone(foreign: Any) -> None:
    entries = [(7, PILOT_HPGN), (3, ""), (5, "geen hash")]
    identifier = text_of(
        foreign.submitStampseudonymBatch([{"index": index, "hPgn": text(hpgn)} for index, hpgn in entries])
    )
    assert len(identifier) == 46
    assert identifier[:14].isdigit()
    assert int(identifier[14:], 16) >= 0
    result = foreign.retrieveBatch(text(identifier))
    assert [(each.index, each.value) for each in result.success] == [(7, PILOT_STAMPSEUDONYM)]
    assert [(each.index, each.errorMessage) for each in result.failed] == [
        (3, "InvalidHPgnException"),
        (5, "InvalidHPgnException"),
    ]


def test_an_empty_batch_of_a_foreign_client_is_a_fault(school: Sandbox) -> None:
    operation = "submitStampseudonymBatch"
    body = (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="{ADDRESSING[1:-1]}"><s:Header>'
        f"<a:Action>{NAMESPACE}/{operation}</a:Action><a:MessageID>urn:uuid:1</a:MessageID>"
        f"<a:From><a:Address>x?oin={OIN}</a:Address></a:From></s:Header>"
        f'<s:Body><{operation}Request xmlns="{NAMESPACE}"/></s:Body></s:Envelope>'
    )
    headers = {"soapaction": f'"{NAMESPACE}/{operation}"', "content-type": "text/xml"}
    for content in (body, body.replace("<", "&lt;", 1), ""):
        reply = httpx.post(school.nummervoorziening_url, content=content, headers=headers)
        assert (reply.status_code, etree.QName(content_of(reply.content)).localname) == (500, "Fault")


@pytest.mark.parametrize("effective", ["12000-01-01T00:00:00Z", "-0001-01-01T00:00:00", "2025-02-28T24:00:00"])
def test_a_moment_that_only_the_schema_knows_is_answered_in_soap(
    school: Sandbox, official_schema: etree.XMLSchema, effective: str
) -> None:
    (request,) = [
        each for each in requests_of(school.nummervoorziening_url) if EFFECTIVE.encode() in (each.body or b"")
    ]
    body = (request.body or b"").replace(EFFECTIVE.encode(), effective.encode())
    official_schema.assertValid(content_of(body))
    reply = httpx.post(request.address, content=body, headers=dict(request.headers))  # type: ignore[arg-type]  # plain
    assert content_of(reply.content).findtext("faultactor") == (
        None if reply.status_code == 200 else "UnmarshalException"
    )


def test_a_driver_runs_the_operations_one_by_one(school: Sandbox) -> None:
    service = Service(school.nummervoorziening_url, Oin(OIN))
    with SyncDriver() as driver:
        batch = driver.run(service.submit_stampseudonym_batch([Hpgn(PILOT_TEACHER_HPGN)]))
        result = driver.run(service.retrieve_batch(batch, lambda *_: None, Polling(interval=0)))
    assert result.stampseudonyms == {0: Stampseudoniem(PILOT_TEACHER_STAMPSEUDONYM)}
