"""Foreign clients, from the official contract: zeep calls all five operations of our server, and so does PHP."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.uwlr import uwlr_document
from tests.uwlr.messages import schema

zeep = pytest.importorskip("zeep")

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


PHP = r"""
[$folder, $address, $year, $brin, $key, $code, $name, $pupil] = array_slice($argv, 1);
$header = new SoapHeader('http://www.edustandaard.nl/leerresultaten/2/autorisatie', 'autorisatie',
    ['autorisatiesleutel' => $key, 'klantcode' => $code, 'klantnaam' => $name]);
$options = ['location' => $address, 'exceptions' => true, 'cache_wsdl' => WSDL_CACHE_NONE];
$asked = ['schooljaar' => $year, 'brincode' => $brin, 'xsdversie' => '2.2'];
$client = new SoapClient("$folder/UWLR_Leerlinggegevens_v2p2.wsdl", $options);
$client->__setSoapHeaders([$header]);
$whole = $client->__soapCall('HaalLeerlinggegevens', [$asked]);
$structure = $client->__soapCall('HaalStructuur', [$asked]);
$groups = ['groepen' => ['groep' => [['key' => '']]]];
$found['pupils'] = count($whole->leerlinggegevens->leerlingen->leerling);
$found['groups'] = count($structure->{'leerlinggegevens-structuur'}->groepen->groep);
$nothing = $client->__soapCall('HaalLeerlinggegevens', [['schooljaar' => '2031-2032'] + $asked]);
$found['nothing'] = property_exists($nothing, 'geengegevens');
$results = new SoapClient("$folder/UWLR_Leerresultaten_v2p2.wsdl", $options);
$results->__setSoapHeaders([$header]);
$results->__soapCall('BrengLeerresultaten', [[
    'school' => ['aanmaakdatum' => '2024-11-20T10:00:00'] + $asked,
    'toetsafnames' => ['toetsafname' => [['leerlingid' => $pupil, 'resultaten' => ['resultaat' => [
        ['key' => 'php-1', 'afnamedatum' => '2024-11-19', 'toetscode' => 'T1', 'score' => 8]]]]]],
    'toetsen' => ['toets' => [['toetscode' => 'T1']]]]]);
$client->__setSoapHeaders([new SoapHeader('http://www.edustandaard.nl/leerresultaten/2/autorisatie', 'autorisatie',
    ['autorisatiesleutel' => 'x', 'klantcode' => $code, 'klantnaam' => $name])]);
try { $client->__soapCall('HaalLeerlinggegevens', [$asked]); }
catch (SoapFault $fault) { $found['fault'] = $fault->faultcode; }
echo json_encode($found);
"""


def has_php_soap() -> bool:
    php = shutil.which("php")
    return php is not None and b"soap" in subprocess.run([php, "-m"], capture_output=True, check=False).stdout


@pytest.mark.skipif(not has_php_soap(), reason="PHP with ext-soap is not installed")
@pytest.mark.skipif(sys.platform == "win32", reason="PHP is asked by the paths of Unix")
def test_php_is_given_pupils_and_brings_results(school: Sandbox, contracts: Path) -> None:
    hosted = uwlr_document(school.school, school.clock())
    keys = account(school)
    arguments = [
        *(str(contracts), school.uwlr_url, YEAR, school.school.brin),
        *(keys["autorisatiesleutel"], keys["klantcode"], keys["klantnaam"], hosted.leerlingen[0].key),
    ]
    done = subprocess.run(["php", "-r", PHP, "--", *arguments], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {
        "pupils": len(hosted.leerlingen),
        "groups": len(hosted.groepen),
        "nothing": True,
        "fault": "soap:Client.AutorisatieOngeldig",
    }
    assert school.uwlr.results["php-1"].result.score == 8
