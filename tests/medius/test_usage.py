"""What is refused before anything is sent, and what never shows."""

import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    AllowListSuspected,
    ConnectionFailed,
    MagisterConnectError,
    NotAuthenticated,
    Responsible,
    TlsFailed,
    UsageError,
)
from magister_connect.medius import MediusClient
from magister_connect.medius.account import account_at
from magister_connect.medius.calls import FunctionCall, argument_texts
from magister_connect.medius.tables.lists import decode_parameters, encode_parameters
from magister_connect.sandbox import Sandbox
from magister_connect.testing import Script, assert_no_personal_numbers, medius_session, medius_table
from tests.medius.conftest import Connect

PASSWORD = "zeer+geheim&wacht;woord#%"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "school.swp.nl:8800",
        "ftp://school.invalid",
        "https://",
        "https://school.invalid:port",
        "https://school.invalid/doc?Library=Data",
        "https://school.invalid/?",
        "https://school.invalid/#Operation_Data_GetData",
        "https://user:pw@school.invalid",
        "https://[::1",
        "http://school.invalid:8800",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        MediusClient(address, username="u", password="p")
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "full"),
    [
        ("https://school.invalid:8800", "https://school.invalid:8800/doc"),
        ("https://school.invalid:8800/", "https://school.invalid:8800/doc"),
        ("https://school.invalid:8800/doc/", "https://school.invalid:8800/doc"),
        ("https://school.invalid/medius", "https://school.invalid/medius"),
    ],
)
def test_an_address_is_taken_with_and_without_its_path(address: str, full: str) -> None:
    assert account_at(address, "u", "p").address == full


@pytest.mark.parametrize(("username", "password"), [("", "p"), ("u", ""), ("u", Secret(""))])
def test_an_empty_account_is_refused(username: str, password: str | Secret) -> None:
    with pytest.raises(UsageError, match="empty"):
        MediusClient("https://school.invalid", username=username, password=password)


def test_a_name_with_a_semicolon_needs_a_session() -> None:
    assert account_at("https://school.invalid", "a;b", "p").username == "a;b"
    with pytest.raises(UsageError, match="';'"):
        account_at("https://school.invalid", "a;b", "p", stateless=True)


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
SAFE = st.text(st.characters(exclude_characters=";=#'", exclude_categories=("Cc", "Cs")), max_size=15)


@given(st.dictionaries(NAMES, SAFE, max_size=5))
def test_what_is_sent_as_parameters_decodes_to_what_was_meant(parameters: dict[str, str]) -> None:
    assert decode_parameters(encode_parameters(parameters)) == parameters


@pytest.mark.parametrize("sign", [";", "=", "#", "'", "\n", "\x00"])
def test_signs_that_the_sql_of_a_list_would_feel_are_refused_unless_they_are_meant(sign: str) -> None:
    with pytest.raises(UsageError) as caught:
        encode_parameters({"tekst": f"een{sign}twee"})
    assert caught.value.where == "parameter tekst"
    assert "twee" not in str(caught.value)
    assert encode_parameters({"tekst": f"een{sign}twee"}, allow_unsafe=True) == f"tekst=een{sign}twee"


def test_values_become_text_the_way_that_lists_expect() -> None:
    import datetime as dt
    from decimal import Decimal

    text = encode_parameters(
        {
            "a": True,
            "b": False,
            "c": None,
            "d": dt.date(2025, 8, 1),
            "e": dt.datetime(2025, 8, 1, 9),
            "f": Decimal("1E2"),
        }
    )
    assert text == "a=1;b=0;c=;d=2025-08-01;e=2025-08-01T09:00:00;f=100"


@pytest.mark.parametrize(
    "arguments", [{"Type": "CSV"}, {"sessiontoken": "x"}, {"a-b": 1}, {"StamNr": 1, "stamnr": 2}, {"a": 1.5}]
)
def test_arguments_of_any_function_are_looked_at(arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        argument_texts(tuple(arguments.items()))


@pytest.mark.parametrize(
    "call",
    [
        lambda medius: medius.call("Data Base", "Get"),
        lambda medius: medius.call("Data", ""),
        lambda medius: medius.call("ADFuncties", "Get Leerlingen"),
        lambda medius: medius.update_student_email(1, "geen adres"),
        lambda medius: medius.update_employee_email(1, "geenadres"),
        lambda medius: medius.rename_user("", "b"),
        lambda medius: medius.rename_user("a", ""),
    ],
)
def test_a_call_that_cannot_be_meant_is_not_sent(connect: Connect, call: Callable[[Any], object]) -> None:
    with pytest.raises(UsageError):
        call(connect("https://school.invalid"))


class TestDiscretion:
    """The password and the token travel in the query, and show nowhere."""

    def test_requests_show_names_only(self) -> None:
        account = account_at("https://school.invalid", "u", PASSWORD)
        call = FunctionCall("Algemeen", "Login", (("Password", account.password), ("EMail", "jan@x.nl")))
        request = call.request(account, Secret("TOKEN"))
        shown = repr(account) + repr(call) + repr(request) + str(request)
        assert not [each for each in (PASSWORD, "TOKEN", "jan@") if each in shown]

    @pytest.mark.parametrize("stateless", [True, False])
    def test_nothing_is_logged_or_raised(
        self, connect: Connect, private_log: pytest.LogCaptureFixture, *, stateless: bool
    ) -> None:
        script = Script()
        script.add(medius_session("GEHEIM-TOKEN"), query={"Function": "Login"}, times=None)
        script.add(medius_table([{"stamnr_str": "fout 123456782"}], plural="L", singular="l"), times=None)
        http = connect.scripted(script)
        password = PASSWORD.replace(";", "")
        medius = connect("https://school.invalid", http=http, password=password, stateless=stateless)
        logging.getLogger("httpx").setLevel(logging.DEBUG)
        with pytest.raises(MagisterConnectError) as caught:
            medius.students()
        printed = "".join(traceback.format_exception(caught.value)) + private_log.text + repr(caught.value)
        encoded = str(httpx.QueryParams({"p": password}))[2:]
        assert not [each for each in (password, encoded, "GEHEIM-TOKEN", "123456782") if each in printed]
        assert_no_personal_numbers(printed)

    def test_what_was_sent_is_what_was_meant(self, connect: Connect, magister_script: Script) -> None:
        magister_script.add(medius_session("T"), query={"Password": PASSWORD, "UserName": "u", "Type": "XML"})
        magister_script.add(medius_table([]), query={"SessionToken": "T", "Parameters": "a=x y&z+"})
        http = connect.scripted(magister_script)
        medius = connect("https://school.invalid", http=http, username="u", password=PASSWORD)
        medius.get_data("lijst", {"a": "x y&z+"})

    def test_errors_travel_between_processes(self) -> None:
        error = NotAuthenticated("nee", where="Algemeen.Login", status=200, code="10")
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes


class TestConnections:
    def test_a_server_that_does_not_answer_the_knock_makes_one_think_of_the_allow_list(self, connect: Connect) -> None:
        def silent(_request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectTimeout("")

        http = connect.http(transport=httpx.MockTransport(silent))
        with pytest.raises(AllowListSuspected, match="allow-list"):
            connect("https://school.invalid", http=http, retries=NO_RETRIES).students()

    def test_a_server_that_is_gone_is_told_as_such(self, connect: Connect) -> None:
        with pytest.raises(ConnectionFailed, match="no service listens"):
            connect("http://127.0.0.1:9", retries=NO_RETRIES).students()

    def test_everything_works_over_tls_with_a_private_authority(self, tls_school: Sandbox, connect: Connect) -> None:
        http = connect.http(verify=tls_school.client_context())
        medius = connect(tls_school, http=http, allow_http=False)
        assert medius.students()
        assert list(medius.iter_data("SDS-Medewerker"))

    def test_an_authority_that_is_not_trusted_is_told_as_such(self, tls_school: Sandbox, connect: Connect) -> None:
        with pytest.raises(TlsFailed, match="not trusted") as caught:
            connect(tls_school, allow_http=False).students()
        assert caught.value.responsible is Responsible.NETWORK
        assert "authority" in str(caught.value)

    def test_the_other_httpx_works_too(self, connect: Connect, magister_script: Script) -> None:
        magister_script.add(medius_session())
        magister_script.add(medius_table([{"stamnr_str": 1}]))
        http = connect.scripted(magister_script, "httpx2")
        assert connect("https://school.invalid", http=http).students()[0].stamnummer == "1"


def test_both_clients_are_contexts(school: Sandbox) -> None:
    import asyncio

    from magister_connect.medius import AsyncMediusClient

    async def count() -> int:
        async with AsyncMediusClient(
            school.medius_url, username="platform", password="zandbak-wachtwoord", allow_http=True
        ) as medius:
            return len(await medius.students())

    with MediusClient(school.medius_url, username="platform", password="zandbak-wachtwoord", allow_http=True) as medius:
        assert len(medius.students()) == asyncio.run(count())
    medius.close()
    with pytest.raises(UsageError):
        medius.students()


@pytest.mark.parametrize(
    ("call", "where", "advice"),
    [
        (lambda medius: medius.students(2425), "LesPeriode", '"2526"'),
        (lambda medius: medius.student_groups(1, None), "LesPeriode", '"2526"'),
        (lambda medius: medius.student_groups("jan.jansen"), "StamNr", "digits"),
        (lambda medius: medius.student_groups_of([1, 2, "jan.jansen"]), "stamnummers[2]", "digits"),
        (lambda medius: medius.student_groups_of([1], 2425), "LesPeriode", '"2526"'),
        (lambda medius: medius.call("ADFuncties.GetLeerlingen", ""), "call", 'call("ADFuncties", '),
        (lambda medius: medius.get_data("lijst", "klas=4h"), "parameters", "2526"),
        (lambda medius: medius.get_data("lijst", {"gewicht": 1.5}), "gewicht", "Decimal"),
    ],
)
def test_what_is_refused_before_it_is_sent_says_where_and_what_to_do(
    connect: Connect, call: Callable[[Any], object], where: str, advice: str
) -> None:
    with pytest.raises(UsageError) as caught:
        call(connect("https://school.invalid"))
    assert caught.value.where == where
    assert advice in (caught.value.advice or "")
    assert "jan" not in str(caught.value)
