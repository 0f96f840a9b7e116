"""A control character or a notice of PHP costs no batch; in a key it costs one record."""

import datetime as dt
import warnings
from typing import Any

import anyio
import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.flow import Reply
from magister_connect.core.xml import local_name
from magister_connect.errors import ContractMismatch, Refused
from magister_connect.results import AsyncResultsClient, Batch, ResultsClient
from magister_connect.results.moments import read_moment
from magister_connect.testing import Script, results_batch, results_contract, soap_fault
from tests.odd_values import CONTROL_CHARACTERS, HEADS, NO_DAY

ADDRESS = "https://tap.example/results"
SINCE = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
SETTINGS: dict[str, Any] = {
    "product": "JIJ",
    "instellingscode": "ZAND",
    "soap_key": "a-key",
    "retries": NO_RETRIES,
    "clock": lambda: dt.datetime(2025, 11, 20, tzinfo=dt.UTC),
}
ROWS = [
    {"submission_nr": 7, "username": "10001", "test_nr": 5, "test_name": "a@b", "modified": "2025-11-01 10:00:00"},
    {"submission_nr": 8, "username": "10@02", "test_nr": 5, "modified": "2025-11-02 10:00:00"},
]


def script(*replies: Reply) -> Script:
    made = Script()
    made.add(results_contract(ADDRESS), method="GET")
    for reply in replies:
        made.add(reply, method="POST")
    made.add(results_batch(), method="POST", times=None)
    return made


def odd(old: bytes, new: bytes, rows: list[dict[str, object]] | None = None) -> Reply:
    reply = results_batch(ROWS if rows is None else rows)
    return Reply(reply.status, reply.headers, reply.body.replace(old, new))


def batches(kind: str, made: Script) -> list[Batch]:
    if kind == "sync":
        with ResultsClient(f"{ADDRESS}?wsdl", http=made.client(), **SETTINGS) as service:
            return list(service.batches(since=SINCE))

    async def ask() -> list[Batch]:
        async with AsyncResultsClient(f"{ADDRESS}?wsdl", http=made.async_client(), **SETTINGS) as service:
            return [batch async for batch in service.batches(since=SINCE)]

    return anyio.run(ask)


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("what", CONTROL_CHARACTERS)
def test_a_control_character_is_a_finding_in_a_text_and_costs_one_record_in_a_key(kind: str, what: str) -> None:
    found = batches(kind, script(odd(b"@", CONTROL_CHARACTERS[what])))
    (result,) = [each for batch in found for each in batch.results]
    assert result.findings == ("test_name: a character that XML does not allow was replaced",)
    assert [(each.submission_nr, each.test_name) for batch in found for each in batch.results] == [("7", "a\ufffdb")]
    (unreadable,) = [each for batch in found for each in batch.unreadable]
    assert (unreadable.submission_nr, unreadable.path.rpartition("/")[2]) == ("8", "stamnummer")


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("what", HEADS)
def test_what_stands_before_the_declaration_costs_nothing(kind: str, what: str) -> None:
    reply = results_batch(ROWS[:1])
    body = reply.body if reply.body.startswith(b"<?xml") else b'<?xml version="1.0"?>' + reply.body
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if "PHP" in what else "error")
        found = batches(kind, script(Reply(200, reply.headers, HEADS[what] + body)))
    assert [each.submission_nr for batch in found for each in batch.results] == ["7"]


@pytest.mark.parametrize("text", NO_DAY[1:])
def test_what_programs_write_for_no_date_is_no_moment(text: str) -> None:
    assert read_moment(text, "modified") is None


ASKED = {"date_from": "2025-08-01", "date_to": "2025-11-20"}


def test_any_operation_of_the_service_can_be_called_and_its_answer_comes_as_it_is() -> None:
    made = script(results_batch(ROWS[:1]))
    with ResultsClient(f"{ADDRESS}?wsdl", http=made.client(), **SETTINGS) as service:
        body = service.call("get_results", **ASKED)
        assert [element.text for element in body.iter() if local_name(element) == "username"] == ["10001"]
        with pytest.raises(ContractMismatch, match="noSuchOperation"):
            service.call("noSuchOperation")


def test_any_operation_can_be_called_async() -> None:
    made = script(results_batch(ROWS[:1]))

    async def ask() -> list[str | None]:
        async with AsyncResultsClient(f"{ADDRESS}?wsdl", http=made.async_client(), **SETTINGS) as service:
            body = await service.call("get_results", **ASKED)
            return [element.text for element in body.iter() if local_name(element) == "username"]

    assert anyio.run(ask) == ["10001"]


def test_a_fault_of_a_call_is_raised() -> None:
    made = script(soap_fault("broken"))
    with ResultsClient(f"{ADDRESS}?wsdl", http=made.client(), **SETTINGS) as service, pytest.raises(Refused):
        service.call("get_results", **ASKED)
