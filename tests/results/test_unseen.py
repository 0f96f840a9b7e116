"""Three services in the manner of other makers (Java, .NET, rpc/literal), adapted with a contract file alone."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from magister_connect.results import Contract, ResultsClient
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
