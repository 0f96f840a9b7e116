"""Three services in the manner of other makers (Java, .NET, rpc/literal), adapted with a contract file alone."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from lxml import etree

from magister_connect.results import Contract, ResultsClient, check_contract
from magister_connect.sandbox import ResultsSwitches, Sandbox
from magister_connect.store import Store
from tests.results.foreign import ADDRESS, KEY, NOW

HERE: Final = Path(__file__).parent
DOCS: Final = HERE.parents[1] / "docs" / "_static"
ROWS: Final = [
    (5000 + place, f"{1001 + place % 7}", dt.datetime(2025, 9, 1, 8) + dt.timedelta(hours=5 * place))
    for place in range(57)
]
Texts = dict[str, str]


def java(texts: Texts) -> str | None:
    """Pages from 0, a flag that says the opposite of more, moments with a zone, the number in a structure."""
    if texts["apiKey"] != KEY or texts["schoolCode"] != "ZAND":
        return None
    since, until = (dt.datetime.fromisoformat(texts[name][:19]) for name in ("changedFrom", "changedTo"))
    found = [row for row in ROWS if since <= row[2] < until]
    begin, size = int(texts["pageNumber"]) * 20, int(texts["pageSize"])
    records = "".join(
        f"<content><id>{number}</id><candidate><externalId>{student}</externalId><lastName>Vries</lastName></candidate>"
        f"<lastChange>{moment.isoformat()}.000+02:00</lastChange><level>2F</level><points>60.5</points></content>"
        for number, student, moment in found[begin : begin + min(size, 20)]
    )
    last = str(begin + 20 >= len(found)).lower()
    page = f"<totalPages>{len(found) // 20 + 1}</totalPages><lastPage>{last}</lastPage>{records}"
    name = "n:findExamResultsResponse"
    return f'<{name} xmlns:n="http://ws.toetsplein.example/v2/"><return>{page}</return></{name}>'


def dotnet(texts: Texts) -> str | None:
    """The account in a SOAP header, a type that extends another, after the last number."""
    if texts["Wachtwoord"] != KEY or texts["Gebruiker"] != "ZAND":
        return None
    since = dt.datetime.fromisoformat(texts["vanafDatum"][:19])
    found = [row for row in ROWS if row[2] >= since and row[0] > int(texts["naNummer"])]
    records = "".join(
        f"<Uitslag><Uitslagnummer>{number}</Uitslagnummer><Leerlingnr>{student}</Leerlingnr><Niveau>2F</Niveau>"
        f"<Cijfer>6.5</Cijfer><Mutatiedatum>{moment.isoformat()}</Mutatiedatum></Uitslag>"
        for number, student, moment in found[: min(int(texts["maximum"]), 25)]
    )
    listed = f"<HaalUitslagenResult>{records}</HaalUitslagenResult>"
    return f'<HaalUitslagenResponse xmlns="http://tempuri.org/">{listed}</HaalUitslagenResponse>'


def rpc(texts: Texts) -> str | None:
    """Days without a time, written day first in replies; records of attributes below the test that they belong to."""
    if texts["sleutel"] != KEY or texts["school"] != "ZAND":
        return None
    since, until = (dt.date.fromisoformat(texts[name]) for name in ("van", "tm"))
    found = [row for row in ROWS if since <= row[2].date() <= until]
    tests = "".join(
        f'<toets code="{code}" vak="{code.lower()}">'
        + "".join(
            f'<afname nr="{number}" kandidaat="{student}" datum="{moment:%d-%m-%Y}"><cijfer>6,5</cijfer></afname>'
            for number, student, moment in found
            if number % 2 == odd
        )
        + "</toets>"
        for odd, code in enumerate(("NE", "RE"))
    )
    return f'<m:afnamesResponse xmlns:m="urn:toetsbank"><lijst>{tests}</lijst></m:afnamesResponse>'


SERVICES: Final[dict[str, tuple[Path, Callable[[Texts], str | None], dict[str, Any]]]] = {
    "java": (DOCS / "toetsplein.wsdl", java, {"first_page": 0, "more": None, "limit": 20}),
    "dotnet": (HERE / "wsdl" / "uitslagen.wsdl", dotnet, {}),
    "rpc": (HERE / "wsdl" / "toetsbank.wsdl", rpc, {"date_form": "2024-10-01", "day_first": True}),
}


def client_of(kind: str, folder: Path, key: str = KEY) -> ResultsClient:
    description, answer, changes = SERVICES[kind]
    proposed = Contract.from_wsdl(description).contract
    assert proposed is not None
    contract = proposed.evolve(name=kind, **changes)
    contract.save(folder / "contract.toml")

    def respond(request: httpx.Request) -> httpx.Response:
        text = request.content.decode()
        sent = dict(re.findall(r"<(?:[\w-]+:)?(\w+)(?: [^<>]*)?>([^<>]*)</", text))
        namespace = re.findall(r'"(http[^"]*envelope/?)"', text)[0]
        fault = "<e:Fault><faultcode>e:Server</faultcode><faultstring>Toegang geweigerd</faultstring></e:Fault>"
        found = answer(sent)
        body = f'<e:Envelope xmlns:e="{namespace}"><e:Body>{found or fault}</e:Body></e:Envelope>'
        return httpx.Response(200 if found else 500, text=body, headers={"content-type": "text/xml; charset=utf-8"})

    return ResultsClient(
        description,
        address=ADDRESS,
        product="Toetsplein",
        instellingscode="ZAND",
        soap_key=key,
        contract=Contract.load(folder / "contract.toml"),
        clock=lambda: NOW,
        http=httpx.Client(transport=httpx.MockTransport(respond)),
    )


@pytest.mark.parametrize("kind", SERVICES)
def test_an_unseen_service_is_pulled_whole_with_what_the_proposal_cannot_know(kind: str, tmp_path: Path) -> None:
    with client_of(kind, tmp_path) as client, Store("sqlite://") as store:
        assert not client.check(live=True)
        assert client.pull(store, stamnummers=str.isdigit, from_school_year="2025-2026").new == len(ROWS)
        assert client.pull(store, stamnummers=str.isdigit, from_school_year="2025-2026").stored == 0
        stored = {(int(each.submission_nr), each.stamnummer) for each in store.results()}
        assert stored == {(number, student) for number, student, _ in ROWS}
        assert {(each.modified_at or each.taken_at or NOW).date() for each in store.results()} == {
            moment.date() for _, _, moment in ROWS
        }


# -- attributes in requests, and fields in structures of a parent -------------------------------------------------

ATTRIBUTES: Final = (HERE / "wsdl" / "attributen.wsdl").read_bytes()


def _schema_of(wsdl: bytes, folder: Path) -> etree.XMLSchema:
    """The service's own schemas, for libxml2 as the judge of requests."""
    common, messages = (etree.tostring(each) for each in etree.fromstring(wsdl).iterfind(".//{*}schema"))
    (folder / "common.xsd").write_bytes(common)
    place = b'<xs:import namespace="urn:t:common" schemaLocation="common.xsd"/>'
    (folder / "messages.xsd").write_bytes(messages.replace(b'<xs:import namespace="urn:t:common"/>', place))
    return etree.XMLSchema(etree.parse(folder / "messages.xsd"))


def test_a_request_with_attributes_is_valid_for_the_schema_of_the_service(tmp_path: Path) -> None:
    proposal = Contract.from_wsdl(ATTRIBUTES)
    assert proposal.contract is not None
    assert "the parameter @versie (required): set it in parameters, or give it a text in constants" in proposal.unplaced
    assert proposal.contract.fields["stamnummer"][0] == "../wie/Leerlingnummer"
    contract = proposal.contract.evolve(
        constants={"taal": "nl", "@versie": "1", "periode/@soort": "dag"},
        fields={**proposal.contract.fields, "level": "."},
    )
    contract.save(tmp_path / "attributen.toml")
    schema, asked = _schema_of(ATTRIBUTES, tmp_path), list[Any]()

    def answer(request: httpx.Request) -> httpx.Response:
        (call,) = etree.fromstring(request.content).iterfind("{*}Body/*")
        asked.append(etree.fromstring(etree.tostring(call)))
        texts = {etree.QName(each).localname: each.text or "" for each in call.iter()}
        begin, end = (dt.date.fromisoformat(texts[name]) for name in ("van", "tot"))
        page = int(texts["bladzijde"])
        found = [row for row in ROWS if begin <= row[2].date() <= end][(page - 1) * 20 : page * 20] if page else []
        records = "".join(
            f"<kandidaat><wie><c:Leerlingnummer>{student}</c:Leerlingnummer></wie>"
            f'<uitslag nr="{number}" gewijzigd="{moment.isoformat()}">2F</uitslag></kandidaat>'
            for number, student, moment in found
        )
        envelope = "http://www.w3.org/2003/05/soap-envelope"
        return httpx.Response(
            200,
            headers={"content-type": "application/soap+xml"},
            content=f'<e:Envelope xmlns:e="{envelope}"><e:Body><t:HaalUitslagenAntwoord xmlns:t="urn:t:msg" '
            f'xmlns:c="urn:t:common"><kandidaten>{records}</kandidaten></t:HaalUitslagenAntwoord></e:Body></e:Envelope>',
        )

    client = ResultsClient(
        ATTRIBUTES, address=ADDRESS, product="Uitslag", instellingscode="ZAND", soap_key=KEY, clock=lambda: NOW,
        contract=Contract.load(tmp_path / "attributen.toml"), http=httpx.Client(transport=httpx.MockTransport(answer)),
    )  # fmt: skip
    assert not client.check()
    with Store("sqlite://") as store:
        client.pull(store, stamnummers=str.isdigit)
        assert sorted(int(each.submission_nr) for each in store.results()) == [number for number, *_ in ROWS]
        assert {each.level_raw for each in store.results()} == {"2F"}
    numbered = [each for each in asked if each.findtext("bladzijde") != "0"]  # a page 0 is asked for once, to see
    assert numbered
    assert all(schema.validate(each) for each in numbered)
    assert {(each.get("versie"), each.find("periode").get("soort")) for each in asked} == {("1", "dag")}


def test_a_required_attribute_of_a_request_that_is_never_sent_is_found() -> None:
    contract = Contract.from_wsdl(ATTRIBUTES).contract
    assert contract is not None
    assert "the parameter @versie" in str(check_contract(ATTRIBUTES, contract.evolve(constants={"taal": "nl"})))


def test_the_sandbox_serves_a_contract_with_attributes() -> None:
    contract = Contract.from_wsdl(ATTRIBUTES).contract
    assert contract is not None
    contract = contract.evolve(constants={"taal": "nl", "@versie": "1"})
    switches = ResultsSwitches(wsdl=ATTRIBUTES, contract=contract)
    with Sandbox(pupils=10, results=switches) as school, Store("sqlite://") as store:
        client = ResultsClient(
            school.results_wsdl, product="Uitslag", instellingscode=school.instellingscode, contract=contract,
            soap_key=school.results_key, clock=school.clock,
        )  # fmt: skip
        client.pull(store, stamnummers=str.isdigit)
        assert list(store.results())
        client.close()
