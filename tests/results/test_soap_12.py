"""Faults of SOAP 1.2 by the simulated service, as zeep's binding of SOAP 1.2 and our own client read them."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import zeep
from lxml import etree
from zeep.exceptions import Fault as ZeepFault

from magister_connect.core.soap.envelopes import SOAP_11, SOAP_12, fault_element, fault_status
from magister_connect.core.soap.reply import read_fault
from magister_connect.errors import NotAuthenticated
from magister_connect.results import ResultsClient
from magister_connect.sandbox import ResultsSwitches, SandboxState, School, VirtualClock
from magister_connect.sandbox.results import ResultsService
from tests.results.foreign import ADDRESS, of_attributes
from tests.results.test_foreign import contract_of

WRONG = "urn:nobody"


class Judge:
    """The simulated service with a WSDL that has only a binding of SOAP 1.2, behind zeep or behind our client."""

    def __init__(self, school: School, folder: Path, **switches: Any) -> None:
        self.contract = contract_of("attributes", of_attributes(), folder)
        self.switches = ResultsSwitches(wsdl=of_attributes().description, contract=self.contract, **switches)
        self.service = ResultsService(SandboxState(school, VirtualClock()), self.switches)
        self.replies: list[httpx.Response] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the service answers over HTTP."""
        if request.method == "GET":
            return httpx.Response(200, content=of_attributes().description, headers={"content-type": "text/xml"})
        found = self.service.answer("JIJ", request.content, ADDRESS)
        media_type = f"{found.media_type}; charset=utf-8"
        self.replies.append(httpx.Response(found.status, content=found.body, headers={"content-type": media_type}))
        return self.replies[-1]

    def ask_zeep(self, folder: Path, **arguments: str) -> Any:
        """Call the operation with zeep."""
        judge = self

        class Wire(zeep.Transport):
            def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
                return judge.answer(httpx.Request("POST", address, content=message, headers=headers))

        path = folder / "service.wsdl"
        path.write_bytes(of_attributes().description)
        client: Any = zeep.Client(str(path), transport=Wire())  # type: ignore[no-untyped-call]  # publishes no types
        return client.create_service("{urn:toetsen}B", ADDRESS).Haal(**arguments)


@pytest.mark.parametrize("detailed", [False, True])
def test_a_refused_account_is_a_fault_that_zeep_reads_as_one_of_the_sender(
    detailed: bool, small_school: School, tmp_path: Path
) -> None:
    judge = Judge(small_school, tmp_path, fault_detail=detailed)
    sent = {"institution_code": "ZAND", "key": "fout", "date_from": "2025-09-01", "date_to": "2025-09-02"}
    with pytest.raises(ZeepFault) as raised:
        judge.ask_zeep(tmp_path, **sent)
    fault, (reply,) = raised.value, judge.replies
    assert (fault.message, fault.code, fault.subcodes) == ("Authentication failed", "SOAP-ENV:Sender", [])
    assert (fault.detail is not None) is detailed
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/soap+xml; charset=utf-8")
    (element,) = etree.fromstring(reply.content).iterfind(f"{{{SOAP_12}}}Body/{{{SOAP_12}}}Fault")
    names = [etree.QName(each).localname for each in element]
    assert names == ["Code", "Reason", *(["Detail"] if detailed else [])]  # the order of the schema
    assert {etree.QName(each).namespace for each in element.iter("*") if len(each)} <= {SOAP_12, None}
    assert [each.get("{http://www.w3.org/XML/1998/namespace}lang") for each in element[1]] == ["nl"]


def test_our_client_reads_the_same_fault_as_a_refused_account(small_school: School, tmp_path: Path) -> None:
    judge = Judge(small_school, tmp_path)
    client = ResultsClient(
        f"{ADDRESS}?wsdl", product="JIJ", instellingscode="ZAND", soap_key="fout", contract=judge.contract,
        http=httpx.Client(transport=httpx.MockTransport(judge.answer)),
    )  # fmt: skip
    with pytest.raises(NotAuthenticated) as raised:
        list(client.batches(school_year="2025-2026"))
    assert raised.value.status == 400
    assert len(judge.replies) == 1


def test_an_envelope_of_soap_11_is_answered_in_soap_11_with_the_version_to_use(
    small_school: School, tmp_path: Path
) -> None:
    judge = Judge(small_school, tmp_path)
    envelope = f'<e:Envelope xmlns:e="{SOAP_11}"><e:Body/></e:Envelope>'.encode()
    reply = judge.answer(httpx.Request("POST", ADDRESS, content=envelope))
    root = etree.fromstring(reply.content)
    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/xml; charset=utf-8")
    assert root.findtext(f"{{{SOAP_11}}}Body/{{{SOAP_11}}}Fault/faultcode") == "SOAP-ENV:VersionMismatch"
    (supported,) = root.iterfind(f"{{{SOAP_11}}}Header/{{{SOAP_12}}}Upgrade/{{{SOAP_12}}}SupportedEnvelope")
    prefix, name = (supported.get("qname") or "").split(":")
    assert (supported.nsmap[prefix], name) == (SOAP_12, "Envelope")


@pytest.mark.parametrize(
    ("code", "value", "subcode", "status"),
    [
        ("Sender", "Sender", "", 400),
        ("soap:Client", "Sender", "", 400),
        ("SOAP-ENV:Server", "Receiver", "", 500),
        ("soap:Client.AutorisatieOngeldig", "Sender", "Client.AutorisatieOngeldig", 400),
        ("soap:MustUnderstand", "MustUnderstand", "", 500),
        ("own:Busy", "Receiver", "Busy", 500),
    ],
)
def test_a_code_of_soap_11_gets_one_of_the_five_of_soap_12(code: str, value: str, subcode: str, status: int) -> None:
    fault = read_fault(fault_element(code, "onbekend", version="1.2", actor=WRONG, detail=[etree.Element("uitleg")]))
    assert (fault.code, fault.subcode, fault.text, fault.actor) == (value, subcode, "onbekend", WRONG)
    assert fault_status(code, "1.2") == status
    old = read_fault(fault_element(code, "onbekend", actor=WRONG))
    assert (old.code, old.actor, fault_status(code)) == (code.rpartition(":")[2], WRONG, 500)
