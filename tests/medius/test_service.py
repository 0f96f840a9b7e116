"""The simulated service as other clients meet it: with their URLs, their patterns and their habits."""

import csv
import io
import re
from collections.abc import Callable

import httpx
import pytest

from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.medius.dictionary import relabelled, sanitised
from magister_connect.sandbox.medius.functions import FUNCTIONS
from magister_connect.sandbox.medius.tables import EMPLOYEE_COLUMNS, STUDENT_COLUMNS
from tests.medius.conftest import MakeSandbox

LOGIN = "Library=Algemeen&Function=Login&UserName=platform&Password=zandbak-wachtwoord"
STATELESS = "platform%3Bzandbak-wachtwoord"
Get = Callable[..., httpx.Response]


@pytest.fixture
def get(school: Sandbox) -> Get:
    return lambda query="", path="/doc", method="GET": httpx.request(method, f"{school.medius_url}{path}?{query}")


@pytest.mark.parametrize("path", ["/", "/doc", "/doc/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_all_paths_and_methods_are_taken(get: Get, path: str, method: str) -> None:
    assert "<Result>True</Result>" in get(f"{LOGIN}&Type=xml", path, method).text


def test_names_have_no_case_and_unknown_arguments_are_ignored(get: Get) -> None:
    query = f"LIBRARY=ADFuncties&function=GetActiveEmpoyees&sessionTOKEN={STATELESS}&LesPeriode=&type=Xml"
    assert get(query).text.startswith("<Response><Result>True</Result><Data><Personeelsleden><Personeelslid>")


def test_a_login_without_a_type_is_a_page_that_the_perl_pattern_reads(get: Get) -> None:
    pattern = re.compile(r".+SessionToken\">(.+)</td>.+")
    found = [match[1] for line in get(LOGIN).text.splitlines() if (match := pattern.match(line))]
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", found[0])
    refused = get(LOGIN + "x").text
    assert re.search(r".+ResultMessage\">(.+)</td>.+", refused)


def test_csv_has_its_mark_and_its_first_column(get: Get) -> None:
    reply = get(f"library=ADFuncties&function=GetActiveStudents&SessionToken={STATELESS}&Type=CSV")
    assert reply.content.startswith(b"\xef\xbb\xbfstamnr_str;")
    assert len(next(csv.reader(io.StringIO(reply.text), delimiter=";"))) == 32


def test_ansi_is_windows_1252(get: Get) -> None:
    query = f"library=Data&function=GetData&SessionToken={STATELESS}&Layout=SDS-Medewerker&Parameters=&Type=CSV"
    ansi, utf8 = get(f"{query}&Encoding=ANSI").content, get(f"{query}&Encoding=UTF-8").content
    assert ansi == utf8.decode("utf-8-sig").encode("cp1252", "replace")


def test_a_table_can_be_seen_as_a_page(get: Get) -> None:
    page = get(f"library=Data&function=GetData&SessionToken={STATELESS}&Layout=SDS-Medewerker").text
    assert "<th>Volledige_naam</th>" in page


@pytest.mark.parametrize("query", ["", "Library=Data", "Library=Data&Function=Bestaat_Niet&Type=XML"])
def test_without_a_known_function_the_documentation_page_comes(get: Get, query: str) -> None:
    page = get(query).text
    for name in FUNCTIONS:
        library, _, function = name.partition(".")
        assert f'id="Service_{library}"' in page
        assert f'id="Operation_{library}_{function}"' in page
    assert (
        "public Boolean ADFuncties.GetActiveStudents(String SessionToken, String LesPeriode, out TTable Data);" in page
    )


@pytest.mark.parametrize(("how", "status"), [("exception", 200), ("404", 404)])
def test_what_an_unknown_function_gives_is_a_switch(sandbox: MakeSandbox, how: str, status: int) -> None:
    school = sandbox(unknown_function=how)
    assert httpx.get(f"{school.medius_url}/doc?Library=X&Function=Y").status_code == status


def test_names_of_functions_may_have_case(sandbox: MakeSandbox) -> None:
    school = sandbox(values_ignore_case=False)
    reply = httpx.get(f"{school.medius_url}/doc?Library=adfuncties&Function=GetActiveEmpoyees&SessionToken={STATELESS}")
    assert "<h2" in reply.text


def test_a_stamnummer_that_is_none_breaks_off_in_the_words_of_delphi(get: Get) -> None:
    reply = get(f"library=ADFuncties&function=GetLeerlingVakken&SessionToken={STATELESS}&StamNr=x&Type=XML")
    assert "<ExceptionMsg>'x' is not a valid integer value</ExceptionMsg>" in reply.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("function=UpdateLeerEMail&StamNr=9999999&EMail=a", "Onbekend stamnummer"),
        ("function=UpdateGebruiker&LoginNaam=niemand&NieuweLoginNaam=x", "Onbekende loginnaam"),
    ],
)
def test_a_write_about_nobody_is_refused(get: Get, query: str, words: str) -> None:
    assert words in get(f"library=ADFuncties&SessionToken={STATELESS}&Type=XML&{query}", method="POST").text


def test_a_stray_hash_breaks_a_list(get: Get) -> None:
    query = (
        f"library=Data&function=GetData&SessionToken={STATELESS}&Layout=leerlinggegevens&Parameters=klas%3D%23&Type=XML"
    )
    assert "'p' is not a valid integer value" in get(query).text


def test_contracts_are_handed_out_with_the_schools_own_address(get: Get, school: Sandbox) -> None:
    for suffix in ("", "&wsdl"):
        text = get(f"service=Personeel{suffix}", "/soap/personeel").text
        assert f"{school.medius_url}/soap/personeel?service=Personeel" in text
        assert "UpdateMedewerker" in text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("geen xml", "Client"),
        ("<a/>", "Client"),
        ("<E xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Body><Weg/></Body></E>", "Unknown method"),
    ],
)
def test_what_is_no_call_is_a_fault(school: Sandbox, body: str, words: str) -> None:
    reply = httpx.post(f"{school.medius_url}/soap/personeel?service=Personeel", content=body)
    assert reply.status_code == 500
    assert words in reply.text


@pytest.mark.parametrize("fields", ["<PersoneelsNummer>x</PersoneelsNummer>", "<PersoneelsNummer>7</PersoneelsNummer>"])
@pytest.mark.parametrize("quoted", ['"{}"', "{}"])
def test_bare_requests_are_taken(sandbox: MakeSandbox, fields: str, quoted: str) -> None:
    school = sandbox()
    body = (
        "<E xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Body><q:UpdateMedewerker xmlns:q='urn:x'>"
        f"<SessionToken xmlns=''>platform;zandbak-wachtwoord</SessionToken>{fields}"
        "<GeboorteDatum>1-8-2025</GeboorteDatum></q:UpdateMedewerker></Body></E>"
    )
    reply = httpx.post(
        f"{school.medius_url}/soap/personeel?service=Personeel",
        content=body,
        headers={"SOAPAction": quoted.format("urn:MediusServer_Soap-Personeel#UpdateMedewerker")},
    )
    assert "EConvertError" in reply.text
    assert len(school.medius.soap.updates) == 1


@pytest.mark.parametrize(
    ("aliases", "names"),
    [
        (("Leerlingnummer", "team"), ("Leerlingnummer", "team")),
        (("voornamen",), ("Off._voornamen",)),
        (("sis_gebr__login_naam",), ("Loginaccount.Naam",)),
        (("gsm", "email", "email"), ("Mobiel_nr", "email", "email_1")),
        (("sis_land__land", "geslacht"), ("Land___Nationaliteit.Land", "M_V")),
        (("lwoo", "offic_naam"), ("LWOOindicatie", "Officile_naam")),
    ],
)
def test_columns_are_relabelled_by_the_dictionary(aliases: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert relabelled(aliases) == names
    assert sanitised("Land / Nationaliteit") == "Land___Nationaliteit"


def test_the_columns_are_as_many_as_were_seen() -> None:
    assert (len(STUDENT_COLUMNS), len(EMPLOYEE_COLUMNS)) == (32, 30)
