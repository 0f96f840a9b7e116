"""The SOAP face: logging in, and writing an employee with every field."""

import datetime as dt
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs
import pytest
from lxml import etree

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.flow import Reply
from magister_connect.errors import (
    ConnectionFailed,
    ContractMismatch,
    NotAuthenticated,
    NotPermitted,
    NotXml,
    Refused,
    SoapFault,
    UsageError,
)
from magister_connect.medius import OMITTED, Employee, MediusClient
from magister_connect.sandbox import MediusAccount
from magister_connect.testing import Script, soap_fault
from tests.medius.conftest import Connect, MakeSandbox

DAY = dt.date(2025, 8, 1)
DAYS = ("geboorte_datum", "datum_overlijden", "datum_in_dienst", "datum_uit_dienst")
TEXTS = [each.name for each in attrs.fields(Employee) if each.name not in {*DAYS, "personeelsnummer"}]
ARGUMENTS = [
    *("SessionToken", "PersoneelsNummer", "Roepnaam", "Geboortenaam", "Geslacht", "Voorletters", "Voornamen"),
    *("Tussenvoegsel", "Achternaam", "Tussenvoegsel_meisjesnaam", "Meisjesnaam", "GeboorteDatum"),
    *("DatumOverlijden", "Geboorteplaats", "Geboorteland", "Nationaliteit", "Huis_Straat", "Huis_Huisnummer"),
    *("Huis_Huisnummer_toevoeging", "Huis_Postcode", "Huis_Woonplaats", "Huis_Woonland", "Post_Straat"),
    *("Post_Huisnummer", "Post_Huisnummer_toevoeging", "Post_Postcode", "Post_Woonplaats", "Post_Woonland"),
    *("DatumInDienst", "DatumUitDienst", "Telefoon_Prive", "Telefoon_Prive_Mobiel", "Telefoon_Werk"),
    *("Email_Prive", "Email_Werk", "Functie"),
]


def envelope(inside: str) -> Reply:
    soap = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    return Reply(200, (), f"<s:Envelope {soap}><s:Body>{inside}</s:Body></s:Envelope>".encode())


def whole(number: int = 900, **changes: Any) -> Employee:
    """An employee with every field."""
    fields: dict[str, Any] = {**{name: f"x{place}" for place, name in enumerate(TEXTS)}, **dict.fromkeys(DAYS, DAY)}
    given: dict[str, Any] = {"personeelsnummer": number, **fields, **changes}
    return Employee(**given)


def envelope_of(body: bytes | str) -> etree._Element:
    return etree.fromstring(body if isinstance(body, bytes) else body.encode())


def test_an_employee_has_every_argument_in_the_order_of_the_vendor() -> None:
    assert len(ARGUMENTS) == 36
    assert list(whole().on_the_wire()) == ARGUMENTS[1:]


def test_a_write_creates_and_changes_and_empties(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    medius, people = connect(school), school.school.medewerkers
    medius.update_employee(whole(900, roepnaam='A & B <"x">', functie="Docent", datum_uit_dienst=dt.date(2099, 12, 31)))
    assert (people[900].roepnaam, people[900].functies, people[900].datum_in) == ('A & B <"x">', ("Docent",), DAY)
    assert school.medius.soap.updates[-1]["GeboorteDatum"] == "2025-08-01T00:00:00"
    medius.update_employee(Employee(personeelsnummer=900, roepnaam="Bo"), partial=True)
    assert (people[900].roepnaam, people[900].achternaam, people[900].functies) == ("Bo", "", ())


def test_a_partial_employee_is_refused_with_the_names_of_what_lacks(connect: Connect) -> None:
    medius = connect("https://school.invalid")
    with pytest.raises(UsageError, match="achternaam") as caught:
        medius.update_employee(whole(achternaam=OMITTED, functie=OMITTED))
    assert "roepnaam" not in str(caught.value)
    assert repr(OMITTED) == "OMITTED"


def test_a_preview_shows_what_would_be_sent_and_sends_nothing(connect: Connect) -> None:
    medius = connect("https://school.invalid")
    preview = medius.preview(Employee(personeelsnummer=7, roepnaam="Bo & co", datum_in_dienst=DAY, geboorte_datum=None))
    assert preview.address == "https://school.invalid/soap/personeel?service=Personeel"
    assert preview.soap_action == "urn:MediusServer_Soap-Personeel#UpdateMedewerker"
    assert preview.fields["DatumInDienst"] == "2025-08-01T00:00:00"
    assert {"achternaam", "functie"} <= set(preview.blanked)
    assert "geboorte_datum" not in preview.blanked
    operation = envelope_of(preview.envelope)[0][0]
    assert [child.tag for child in operation] == ARGUMENTS
    assert (operation[0].text, operation[2].text) == ("***", "Bo & co")
    assert "Bo" not in repr(preview)
    assert "Bo" not in repr(whole(roepnaam="Bo"))


def test_the_envelope_is_what_the_known_client_sends(connect: Connect) -> None:
    operation = envelope_of(connect("https://school.invalid").preview(whole()).envelope)[0][0]
    xsi = "{http://www.w3.org/2001/XMLSchema-instance}type"
    assert operation.tag == "{urn:MediusServer_Soap-Personeel}UpdateMedewerker"
    kinds = {child.tag: child.get(xsi) for child in operation}
    assert kinds["PersoneelsNummer"] == "xsd:int"
    assert kinds["DatumUitDienst"] == "xsd:dateTime"
    assert set(kinds.values()) == {"xsd:string", "xsd:int", "xsd:dateTime"}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"personeelsnummer": "twaalf"}, "Employee.personeelsnummer"),
        ({"personeelsnummer": None}, "Employee.personeelsnummer"),
        ({"roepnaam": 5}, "Employee.roepnaam"),
        ({"roepnaam": None}, "Employee.roepnaam"),
        ({"geboorte_datum": "1-8-2025"}, "Employee.geboorte_datum"),
    ],
)
def test_a_value_of_another_kind_is_refused(connect: Connect, changes: dict[str, Any], where: str) -> None:
    with pytest.raises(UsageError) as caught:
        connect("https://school.invalid").update_employee(whole(**changes))
    assert caught.value.where == where


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x0b", "\ud800", "\uffff"])
def test_a_character_that_xml_cannot_hold_is_told_by_its_field(connect: Connect, sign: str) -> None:
    medius = connect("https://school.invalid")
    with pytest.raises(UsageError, match="control character") as caught:
        medius.preview(whole(roepnaam=f"Jan{sign}sen"))
    assert caught.value.where == "Employee.roepnaam"
    assert "Jan" not in str(caught.value)
    assert medius.preview(whole(roepnaam="Zo\u00eb\t\U0001f600")).fields["Roepnaam"] == "Zo\u00eb\t\U0001f600"


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"soap_true": "True"},
        {"soap_true": "1"},
        {"soap_result": "last"},
        {"soap_result": "absent"},
        {"soap_types": False},
        {"soap_namespace": False},
        {"soap_write_answer": "result"},
    ],
    ids=str,
)
def test_soap_works_under_every_position_of_every_switch(
    connect: Connect, sandbox: MakeSandbox, switches: dict[str, Any]
) -> None:
    school = sandbox(**switches)
    medius = connect(school, login_over="soap")
    medius.update_employee(whole())
    assert school.medius.calls == ["Algemeen.Login", "Personeel.UpdateMedewerker"]
    assert 900 in school.school.medewerkers
    with pytest.raises(NotAuthenticated):
        connect(school, login_over="soap", password="fout").login()


@pytest.mark.parametrize("way", ["SOAP", "", "https"])
def test_another_way_to_log_in_is_refused(connect: Connect, way: Any) -> None:
    with pytest.raises(UsageError, match=r"neither 'http' nor 'soap' \(login_over\)"):
        connect("http://127.0.0.1:9", login_over=way)


@pytest.mark.parametrize("refused", ["exception", "result"])
def test_the_right_to_write_is_needed(connect: Connect, sandbox: MakeSandbox, refused: str) -> None:
    school = sandbox(
        accounts=(MediusAccount("smal", "w", frozenset()),), refused_function=refused, soap_write_answer="result"
    )
    with pytest.raises(Refused, match="geen recht"):
        connect(school, username="smal", password="w").update_employee(whole())


def test_an_expired_token_is_renewed_for_a_write_that_speaks_of_it(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    medius = connect(school)
    medius.login()
    school.medius.rights.forget_tokens()
    medius.update_employee(whole())
    assert school.medius.calls.count("Algemeen.Login") == 2


def test_a_stateless_account_writes_too(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    connect(school, stateless=True).update_employee(whole())
    assert school.medius.calls == ["Personeel.UpdateMedewerker"]


def test_a_fault_is_an_error_without_what_it_quotes(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    school.medius.soap.fault = "Ongeldige waarde 'Jansen'"
    with pytest.raises(SoapFault, match="Ongeldige waarde") as caught:
        connect(school).update_employee(whole())
    assert "Jansen" not in str(caught.value)
    assert school.medius.calls.count("Personeel.UpdateMedewerker") == 0


def scripted(connect: Connect, script: Script, **options: Any) -> Any:
    http = connect.scripted(script)
    return connect("https://school.invalid", http=http, stateless=True, **options)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200),
        Reply(202),
        envelope("<UpdateMedewerkerResponse/>"),
        envelope("<UpdateMedewerkerResponse><Result>True</Result></UpdateMedewerkerResponse>"),
        envelope(""),
    ],
)
def test_next_to_no_answer_means_done(connect: Connect, magister_script: Script, answer: Reply) -> None:
    magister_script.add(answer, body_has="UpdateMedewerker")
    scripted(connect, magister_script).update_employee(whole())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (envelope("<R><Result>False</Result></R>"), Refused),
        (envelope("<R><ResultMessage>geen recht</ResultMessage></R>"), NotPermitted),
        (soap_fault("kapot"), SoapFault),
        (soap_fault("Sessie verlopen"), NotAuthenticated),
        (Reply(200, (), b"<html>Onderhoud</html>"), NotXml),
        (Reply(403), NotPermitted),
    ],
)
def test_a_write_that_was_not_done_is_told(
    connect: Connect, magister_script: Script, answer: Reply, kind: type[Exception]
) -> None:
    magister_script.add(answer)
    with pytest.raises(kind):
        scripted(connect, magister_script).update_employee(whole())


def test_a_write_is_sent_once_even_when_the_server_is_busy(connect: Connect, magister_script: Script) -> None:
    magister_script.add(Reply(503))
    with pytest.raises(Refused):
        scripted(connect, magister_script).update_employee(whole())
    assert len(magister_script.sent) == 1


def test_contracts_can_be_live_a_file_or_bytes(connect: Connect, sandbox: MakeSandbox, tmp_path: Path) -> None:
    school = sandbox()
    contract = files("magister_connect.medius").joinpath("contracts", "personeel.wsdl").read_bytes()
    path = tmp_path / "personeel.wsdl"
    path.write_bytes(contract)
    for wsdl in ("live", {"Personeel": path}, {"Personeel": contract}, None):
        medius = connect(school, wsdl=wsdl)
        assert medius.preview(whole()).fields["Functie"]
        medius.update_employee(whole())
    assert len(school.medius.soap.updates) == 4


def test_a_contract_that_lacks_the_operation_is_told_of(connect: Connect, sandbox: MakeSandbox) -> None:
    contract = files("magister_connect.medius").joinpath("contracts", "algemeen.wsdl").read_bytes()
    with pytest.raises(ContractMismatch, match="Login"):
        connect(sandbox(), wsdl={"Personeel": contract}).update_employee(whole())


def test_a_contract_by_its_name_alone_is_refused() -> None:
    with pytest.raises(UsageError, match="wsdl="):
        MediusClient("https://school.invalid", username="u", password="p", wsdl="live.wsdl")  # type: ignore[arg-type]  # that is the case


def test_a_server_that_is_gone_is_a_failed_connection(connect: Connect) -> None:
    with pytest.raises(ConnectionFailed):
        connect("http://127.0.0.1:9", login_over="soap", retries=NO_RETRIES).login()
