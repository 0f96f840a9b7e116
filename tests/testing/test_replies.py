"""Builders write what the services write: read back here with lxml, and by the rooms' own readers in their tests."""

import datetime as dt
import json
from collections.abc import Callable

import pytest
from lxml import etree

from magister_connect.core.flow import Reply
from magister_connect.core.soap import read_body, read_texts
from magister_connect.core.soap.envelopes import SoapVersion
from magister_connect.errors import NotXml, SoapFault
from magister_connect.medius import MediusClient, StaffMember, Student
from magister_connect.testing import (
    Script,
    cut_off,
    html_page,
    json_reply,
    medius_error,
    medius_exception,
    medius_refusal,
    medius_session,
    medius_table,
    soap_fault,
    soap_reply,
    unavailable,
)


def texts(reply: Reply) -> dict[str, str]:
    root = etree.fromstring(reply.body)
    tree = etree.ElementTree(root)
    return {tree.getpath(each): each.text or "" for each in root.iter() if not len(each)}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (medius_session("T-1"), {"/Response/Result": "True", "/Response/SessionToken": "T-1"}),
        (medius_refusal("Nee & nee"), {"/Response/Result": "False", "/Response/ResultMessage": "Nee & nee"}),
        (medius_exception("x"), {"/Response/Exception": "EMGeneralFailure", "/Response/ExceptionMsg": "x"}),
        (medius_table(), {"/Response/Result": "True", "/Response/Data/Leerlingen": ""}),
        (
            medius_error(code="11", text="anders", code_column="Fout_nummer"),
            {
                "/Response/Result": "False",
                "/Response/Table/Regels/Regel/Fout_nummer": "11",
                "/Response/Table/Regels/Regel/Fout_omschrijving": "anders",
            },
        ),
    ],
)
def test_medius_answers_have_their_form(reply: Reply, expected: dict[str, str]) -> None:
    assert reply.status == 200
    assert reply.media_type == "text/xml"
    assert texts(reply) == expected


def test_values_are_written_as_medius_writes_them() -> None:
    row = {"Naam": "Ç <d'Été>", "geb_datum": dt.date(2010, 2, 3), "Actief": True, "Klas": None, "Nr": 7}
    reply = medius_table([row], out="Table", plural="Kluisjes", singular="Kluisje")
    values = [text for path, text in texts(reply).items() if "/Table/Kluisjes/Kluisje/" in path]
    assert values == ["Ç <d'Été>", "2010/02/03", "True", "", "7"]


STUDENT = Student("10001", klas="1a", email="a@b.example", geb_datum=dt.date(2010, 2, 3), tel_1_geheim=True)


@pytest.mark.parametrize(
    ("call", "record"),
    [
        ("students", STUDENT),
        ("students", Student("10002", extra={"Kluis": "7"})),
        ("employees", StaffMember("61", code="*abc", d_vertrek=dt.date(2025, 8, 1))),
        ("employees", StaffMember(None, loginaccount_naam="beheer")),
    ],
    ids=["a pupil", "an unknown column", "somebody who left", "an account of nobody"],
)
def test_records_become_rows_with_the_columns_of_the_service(
    magister_script: Script, call: str, record: Student | StaffMember
) -> None:
    magister_script.add(medius_session())
    magister_script.add(medius_table([record]))
    with MediusClient("https://school.example", username="u", password="p", http=magister_script.client()) as medius:
        assert list(getattr(medius, call)()) == [record]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_soap_answers_are_read_back(version: SoapVersion) -> None:
    reply = soap_reply("getResults", {"status": "ok", "rows": {"row": [{"nr": 1}, {"nr": 2}]}}, version=version)
    body = read_body(reply, "POST https://school.example")
    assert read_texts(body) == {"status": "ok", "rows": ""}
    assert [each.text for each in body.iter("nr")] == ["1", "2"]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_soap_faults_are_read_back(version: SoapVersion) -> None:
    with pytest.raises(SoapFault, match="onbekend") as raised:
        read_body(soap_fault("onbekend", code="Server", version=version), "POST https://school.example")
    assert raised.value.code == {"1.1": "Server", "1.2": "Receiver"}[version]
    assert raised.value.status == 500


def test_a_page_is_no_xml_to_whoever_asked_for_xml() -> None:
    with pytest.raises(NotXml):
        read_body(html_page(), "POST https://school.example")


def test_json_carries_status_and_headers() -> None:
    reply = json_reply({"items": []}, 429, Retry_After="3")
    assert (reply.status, reply.header("retry-after"), json.loads(reply.body)) == (429, "3", {"items": []})


@pytest.mark.parametrize(
    ("make", "wait"), [(unavailable, None), (lambda: unavailable(429, retry_after=7), "7")], ids=["silent", "asking"]
)
def test_a_server_may_say_when_to_come_back(make: Callable[[], Reply], wait: str | None) -> None:
    assert make().header("Retry-After") == wait


def test_a_reply_can_be_cut_off() -> None:
    whole = medius_table([{"Nr": 1}])
    assert cut_off(whole, 60).body == whole.body[:60]
