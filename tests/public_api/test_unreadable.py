"""One odd value of JSON costs one record of a list, and only where that was asked for, sync and async."""

from collections.abc import Mapping
from typing import Any

import anyio
import httpx
import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.records.unreadable import UnreadableRecordWarning
from magister_connect.core.secrets import Secret
from magister_connect.errors import FieldInvalid
from magister_connect.login import StaticToken
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.testing import Script, json_reply
from tests.odd_values import JSON_CASES, JSON_ROWS, JsonCase, Unreadable
from tests.public_api.conftest import quick

ADDRESS = "https://voorbeeld.magister.net/api"
NAME = "Zwanenburg"
FIELDS = {
    "text": ("onderwerp", "onderwerp"),
    "record": ("afzender", "afzender"),
    "list": ("ontvangers", "ontvangers"),
    "moment": ("verzondenOp", "verzonden_op"),
    "integer": ("mapId", "map_id"),
}


def messages(client: str, rows: list[object], **settings: Any) -> Any:
    """The messages of a folder that holds these."""
    script = Script()
    named: dict[str, Any] = {"tokens": StaticToken(Secret("t")), "pace": quick(), "retries": NO_RETRIES}
    script.add(json_reply({"items": rows, "totalCount": len(rows)}), times=None)
    if client == "sync":
        with PublicApiClient(ADDRESS, http=script.client(), **named) as api:
            return api.berichten().list(**settings)

    async def ask() -> object:
        async with AsyncPublicApiClient(ADDRESS, http=script.async_client(), **named) as api:
            return await api.berichten().list(**settings)

    return anyio.run(ask)


def expect_one_unreadable(client: str, rows: list[object]) -> None:
    with pytest.raises(FieldInvalid, match='on_unreadable="keep"') as caught:
        messages(client, rows)
    with pytest.warns(UnreadableRecordWarning, match=r"item 1\b") as seen:
        found = messages(client, rows, on_unreadable="keep")
    assert ([each.id for each in found], len(seen)) == ([1, 3], 1)
    (unreadable,) = found.unreadable
    assert unreadable.place.endswith("postvakin/berichten, item 1")
    assert NAME not in str(caught.value) + repr(unreadable) + str(seen[0].message)


@pytest.mark.parametrize("client", ["sync", "async"])
@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case.name)
def test_an_odd_value_is_read_or_costs_one_record(client: str, case: JsonCase) -> None:
    key, field = FIELDS[case.kind]
    rows: list[object] = [{"id": 1}, {"id": 2, "inhoud": NAME, key: case.value}, {"id": 3}]
    if case.reads_as is Unreadable:
        expect_one_unreadable(client, rows)
    else:
        assert getattr(messages(client, rows)[1], field) == case.reads_as


@pytest.mark.parametrize("client", ["sync", "async"])
@pytest.mark.parametrize("what", JSON_ROWS)
def test_what_is_no_record_costs_one(client: str, what: str) -> None:
    row = JSON_ROWS[what]
    expect_one_unreadable(client, [{"id": 1}, {**row, "inhoud": NAME} if isinstance(row, Mapping) else row, {"id": 3}])


def test_records_without_a_number_are_all_told_and_each_once() -> None:
    rows: list[dict[str, int]] = [{"id": 1}, {}, {}, {"id": 4}, {}, {}, {"id": 7}]

    def answer(request: httpx.Request) -> httpx.Response:
        skip, top = int(request.url.params["skip"]), int(request.url.params["top"])
        return httpx.Response(200, json={"items": rows[skip : skip + top], "totalCount": len(rows)})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        PublicApiClient(ADDRESS, http=http, tokens=StaticToken(Secret("t")), pace=quick(), retries=NO_RETRIES) as api,
        pytest.warns(UnreadableRecordWarning) as seen,
    ):
        found = api.berichten().list(on_unreadable="keep", page_size=3)
    assert [each.id for each in found] == [1, 4, 7]
    assert [each.place.rpartition(" ")[2] for each in found.unreadable] == ["1", "2", "4", "5"]
    assert len(seen) == 4
