"""Foreign clients and a foreign server, all from the official contract: zeep and PHP ask our server, we ask PHP."""

import json
import runpy
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from lxml import etree

from magister_connect.core.drivers.retrying import NO_RETRIES
from magister_connect.errors import NotAuthenticated, NotPermitted
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.serving import serve
from magister_connect.sandbox.uwlr import uwlr_document
from magister_connect.uwlr import AsyncUwlrClient, GroupReference, NoData, NothingChanged, PupilData, UwlrClient
from tests.php import needs_php
from tests.results.test_judges import running
from tests.uwlr.messages import ACCOUNT, message, result, schema, taking
from tests.uwlr.test_las import KINDS, Kind

zeep = pytest.importorskip("zeep")

SCRIPTS = Path(__file__).parent / "php"
YEAR = "2024-2025"  # the last of the official schema, which zeep does not check and PHP does


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=20) as school:
        school.clock.set(school.clock.now().replace(year=2024))
        yield school


@pytest.fixture(scope="module")
def contracts(shared_data: Path) -> Path:
    return shared_data / "uwlr" / "2.2" / "wsdl"


def account(school: Sandbox) -> dict[str, str]:
    accounts = school.accounts
    return {
        "autorisatiesleutel": accounts.uwlr_key,
        "klantcode": accounts.uwlr_klantcode,
        "klantnaam": accounts.uwlr_klantnaam,
    }


def service(contracts: Path, school: Sandbox, name: str, port: str) -> tuple[Any, Any]:
    client = zeep.Client(str(contracts / f"UWLR_{name}_v2p2.wsdl"))
    found = client.wsdl.services[f"{name}Service"].ports[port]
    return client, client.create_service(str(found.binding.name), school.uwlr_url)


def test_zeep_asks_by_every_operation_and_is_answered_by_the_official_schema(
    school: Sandbox, contracts: Path, shared_data: Path
) -> None:
    """zeep writes the requests. It cannot read the choices of these answers (measured), so the schema judges them."""
    hosted = uwlr_document(school.school, school.clock())
    asked = {"schooljaar": YEAR, "brincode": school.school.brin, "xsdversie": "2.2"}
    header = {"msgpHeader": account(school)}
    official = schema(shared_data, "UWLR_Leerlinggegevens_v2p2.xsd")
    groups = {"groepen": {"_value_1": [{"groep": {"key": each.key}} for each in hosted.groepen]}}
    client, whole = service(contracts, school, "Leerlinggegevens", "prtLeerlinggegevensService")
    stepping, steps = service(contracts, school, "Leerlinggegevens", "prtLeerlinggegevensService-getrapt")
    with client.settings(raw_response=True), stepping.settings(raw_response=True):
        answers = [
            whole.HaalLeerlinggegevens(**asked, dependancecode="00", _soapheaders=header),
            steps.HaalStructuur(**asked, _soapheaders=header),
            steps.HaalLeerlingen(**asked, **groups, _soapheaders=header),
            steps.HaalLeerkrachten(**asked, **groups, _soapheaders=header),
            whole.HaalLeerlinggegevens(**{**asked, "schooljaar": "2031-2032"}, _soapheaders=header),
        ]
    contents = [next(etree.fromstring(each.content).iterfind("{*}Body/*")) for each in answers]
    for content in contents:
        assert official.validate(content), official.error_log
    keys = [[each.get("key") for each in content.iterfind("*/{*}leerlingen/{*}leerling")] for content in contents]
    pupils = [each.key for each in hosted.leerlingen]
    assert keys == [pupils, [], pupils, [], []]
    assert etree.QName(contents[4][0]).localname == "geengegevens"
    assert len(contents[3].findall("*/{*}leerkrachten/{*}leerkracht")) > 1


def test_zeep_brings_results_and_reads_our_faults(school: Sandbox, contracts: Path) -> None:
    _, results = service(contracts, school, "Leerresultaten", "prtLeerresultatenService")
    pupil = uwlr_document(school.school, school.clock()).leerlingen[0].key
    sent = {
        "school": {
            "schooljaar": YEAR,
            "brincode": school.school.brin,
            "aanmaakdatum": "2024-11-20T10:00:00",
            "xsdversie": "2.2",
        },
        "toetsafnames": {
            "toetsafname": [
                {
                    "leerlingid": pupil,
                    "resultaten": {
                        "resultaat": [{"key": "zeep-1", "afnamedatum": "2024-11-19", "toetscode": "T1", "score": 7}]
                    },
                }
            ]
        },
        "toetsen": {"toets": [{"toetscode": {"_value_1": "T1"}}]},
    }
    results.BrengLeerresultaten(**sent, _soapheaders={"msgpHeader": account(school)})
    assert school.uwlr.results["zeep-1"].result.score == 7
    with pytest.raises(zeep.exceptions.Fault) as raised:
        results.BrengLeerresultaten(**sent, _soapheaders={"msgpHeader": {**account(school), "klantcode": "x"}})
    assert raised.value.code.rpartition(":")[2] == "Client.OngeldigeKlantIdentificatie"


EXAMPLE = Path(__file__).parents[2] / "examples" / "uwlr_server.py"


def test_the_server_of_the_documentation_answers_zeep(
    school: Sandbox, contracts: Path, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len([line for line in EXAMPLE.read_text().splitlines() if line.strip()]) <= 30
    file = tmp_path / "school.xml"
    file.write_bytes(school.edexml(version="2.1"))
    keys = {"autorisatiesleutel": "Sleutel1", "klantcode": "code=1", "klantnaam": "uitgever"}
    for name, value in {"EDEXML_FILE": str(file), "UWLR_KLANTCODE": "code=1", "UWLR_SLEUTEL": "Sleutel1"}.items():
        monkeypatch.setenv(name, value)
    found = runpy.run_path(str(EXAMPLE))
    with serve(found["application"]) as served:
        client = zeep.Client(str(contracts / "UWLR_Leerlinggegevens_v2p2.wsdl"))
        port = client.wsdl.services["LeerlinggegevensService"].ports["prtLeerlinggegevensService"]
        las = client.create_service(str(port.binding.name), served.url)
        asked = {"schooljaar": YEAR, "brincode": "99ZZ", "xsdversie": "2.2", "_soapheaders": {"msgpHeader": keys}}
        with client.settings(raw_response=True):
            bodies = [
                etree.fromstring(las.HaalLeerlinggegevens(**{**asked, **more}).content)
                for more in ({}, {"schooljaar": "2031-2032"}, {"laatstontvangengegevens": "2099-01-01T00:00:00"})
            ]
        official = schema(shared_data, "UWLR_Leerlinggegevens_v2p2.xsd")
        contents = [next(body.iterfind("{*}Body/*")) for body in bodies]
        for content in contents:
            assert official.validate(content), official.error_log
        outcomes = ["leerlinggegevens", "geengegevens", "geenwijzigingen"]
        assert [etree.QName(content[0]).localname for content in contents] == outcomes
        with pytest.raises(zeep.exceptions.Fault, match="autorisatie"):
            las.HaalLeerlinggegevens(**{**asked, "brincode": "01ZZ"})
        with UwlrClient(served.url, "uitgever", "code=1", "Sleutel1") as uwlr:
            first = uwlr.pupils("99ZZ", YEAR)
            assert isinstance(first, PupilData)
            assert uwlr.pupils("99ZZ", YEAR, since=first.since) == NothingChanged(first.since)


@needs_php
def test_php_asks_by_every_operation_and_brings_results(school: Sandbox, contracts: Path) -> None:
    hosted = uwlr_document(school.school, school.clock())
    keys, groups = account(school), [each.key for each in hosted.groepen]
    arguments = [
        *(str(contracts), school.uwlr_url, YEAR, school.school.brin),
        *(keys["autorisatiesleutel"], keys["klantcode"], keys["klantnaam"], hosted.leerlingen[0].key),
        json.dumps(groups),
    ]
    done = subprocess.run(
        ["php", str(SCRIPTS / "client.php"), *arguments], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pupils = [each.key for each in hosted.leerlingen]
    staff = [each.key for each in hosted.leerkrachten if {group.key for group in each.groepen} & {*groups}]
    assert json.loads(done.stdout) == {
        "whole": pupils,
        "groups": groups,
        "pupils": pupils,
        "staff": staff,
        "nothing": True,
        "fault": "soap:Client.AutorisatieOngeldig",
    }
    assert school.uwlr.results["php-1"].result.score == 8


@pytest.fixture(scope="module")
def administration(contracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of an administration that PHP serves, and the file with the results that it was sent."""
    log = tmp_path_factory.mktemp("php") / "results.jsonl"
    log.touch()
    settings = {"UWLR_CONTRACTS": str(contracts), "UWLR_LOG": str(log)}
    with running(["php", "-S", "127.0.0.1:{port}", str(SCRIPTS / "service.php")], **settings) as address:
        yield address, log


def client_of_php(kind: Kind, address: str, call: Callable[[Any], Any], **changes: Any) -> Any:
    settings: dict[str, Any] = {
        "klantnaam": ACCOUNT.klantnaam,
        "klantcode": ACCOUNT.klantcode,
        "autorisatiesleutel": ACCOUNT.autorisatiesleutel,
        "results_endpoint": address,
        "retries": NO_RETRIES,
        **changes,
    }
    if kind == "sync":
        with UwlrClient(address, **settings) as uwlr:
            return call(uwlr)

    async def asked() -> Any:
        async with AsyncUwlrClient(address, **settings) as uwlr:
            return await call(uwlr)

    return anyio.run(asked)


@needs_php
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lenient", [False, True])
def test_our_client_asks_php_by_every_operation(kind: Kind, lenient: bool, administration: tuple[str, Path]) -> None:
    address, _ = administration

    def ask(call: Callable[[Any], Any]) -> Any:
        return client_of_php(kind, address, call, lenient=lenient)

    whole = ask(lambda uwlr: uwlr.pupils("00AA", "2025-2026"))
    joined = ask(lambda uwlr: uwlr.stepped("00AA", "2025-2026"))
    assert [each.achternaam for each in whole.document.leerlingen] == ["Een & meer", "Twee"]
    assert whole.document.leerlingen[1].roepnaam == "Zoë"
    assert whole.document.findings == ()
    assert joined.document == whole.document
    some = ask(lambda uwlr: uwlr.pupils_of("00AA", "2025-2026", whole.document.groepen[:1]))
    assert [each.key for each in some.document.leerlingen] == ["l1"]
    assert ask(lambda uwlr: uwlr.pupils_of("00AA", "2025-2026", [GroupReference("g9")])) == NoData()
    assert ask(lambda uwlr: uwlr.pupils("00AA", "2031-2032")) == NoData()
    assert ask(lambda uwlr: uwlr.pupils("00AA", "2025-2026", since=whole.since)) == NothingChanged(whole.since)


@needs_php
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("quoted_action", [False, True])
def test_our_client_brings_results_to_php_and_reads_its_faults(
    kind: Kind, quoted_action: bool, administration: tuple[str, Path]
) -> None:
    address, log = administration
    sent = message(taking(result("k-1", score=7)), taking(result("k-2", score=9), leerlingid="L2"))
    client_of_php(kind, address, lambda uwlr: uwlr.send_results(sent), quoted_action=quoted_action)
    kept = [json.loads(line) for line in log.read_text().splitlines()]
    assert kept[-2:] == [["L1", "k-1", "T1", 7], ["L2", "k-2", "T1", 9]]
    for changes, error in (({"klantcode": "x"}, NotAuthenticated), ({"autorisatiesleutel": "x"}, NotPermitted)):
        with pytest.raises(error):
            client_of_php(kind, address, lambda uwlr: uwlr.pupils("00AA", "2025-2026"), **changes)
