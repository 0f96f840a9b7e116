"""The RIO LOD API and downloads, by both clients: pages of HAL, days, and an API that is not as it was."""

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.codes import (
    AsyncCodesClient,
    CodeFile,
    CodesClient,
    Manifest,
    RioRecord,
    read_rio_codes,
    table_of_records,
)
from magister_connect.core.drivers import RetryPolicy
from magister_connect.core.flow import Reply
from magister_connect.errors import (
    CursorStuck,
    DocumentInvalid,
    FieldInvalid,
    ListShifted,
    MagisterConnectError,
    Maintenance,
    NotFound,
    NotJson,
    RateLimited,
    Refused,
    ReplyInvalid,
    ServiceError,
    UsageError,
)
from magister_connect.identifiers import Crebo, RioOnderwijsaanbieder
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.rio import PROVIDER, RioSwitches
from magister_connect.testing import Script

API = "https://lod.example/api/rio/v2"
DAY = dt.date(2025, 10, 1)
ONCE = RetryPolicy(attempts=1)
NOW = dt.datetime(2025, 11, 20, 9, tzinfo=dt.UTC)


@pytest.fixture(params=["sync", "async"])
def both(request: pytest.FixtureRequest) -> "Both":
    return Both(request.param)


class Both:
    """One call, by the client of one kind; a list is read to its end."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __call__(self, name: str, *given: Any, script: Script | None = None, address: str = API, **named: Any) -> Any:
        settings: dict[str, Any] = {"retries": ONCE, "clock": lambda: NOW}
        if self.kind == "sync":
            with CodesClient(address, http=script.client() if script else None, **settings) as client:
                found = getattr(client, name)(*given, **named)
                return list(found) if name == "records" else found
        return asyncio.run(self._ask(name, given, named, script, address, settings))

    async def _ask(
        self, name: str, given: Any, named: Any, script: Script | None, address: str, settings: dict[str, Any]
    ) -> Any:
        http = script.async_client() if script else None
        async with AsyncCodesClient(address, http=http, **settings) as client:
            found = getattr(client, name)(*given, **named)
            return [each async for each in found] if name == "records" else await found


def reply(value: object, status: int = 200, **headers: str) -> Reply:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Reply(status, tuple(headers.items()), body)


def page(*numbers: int, following: str | None = None, **more: object) -> dict[str, object]:
    items = [record(number) for number in numbers]
    links = {"self": {"href": "x"}} | ({"next": {"href": following}} if following else {})
    return {"_links": links, "_embedded": {"opleidingserkenningen": items}, **more}


def record(number: int, **more: object) -> dict[str, object]:
    link = {"self": {"href": f"/opleidingserkenningen/{99000 + number}"}}
    return {"erkendeopleidingscode": f"{99000 + number}", "begindatum": "2012-08-01", "_links": link, **more}


def scripted(*replies: Reply) -> Script:
    script = Script()
    for each in replies:
        script.add(each, method="GET")
    return script


# -- against the simulated API --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=20, staff=5, rio=RioSwitches(largest_page=3, says_total=True)) as opened:
        yield opened


def test_the_list_of_a_day_is_what_the_table_says_of_that_day(school: Sandbox, both: Both) -> None:
    table = read_rio_codes(school.crebo_register_path, Crebo)
    for day in (DAY, dt.date(2025, 7, 31), dt.date(2000, 1, 1)):
        found = both("records", "opleidingserkenningen", geldig_op=day, address=school.rio_url)
        assert {each.erkendeopleidingscode for each in found} == {
            str(code) for code in table if table.standing(code, as_of=day).holds
        }
        assert all(each.holds_on(day) for each in found)


def test_records_become_a_code_table(school: Sandbox, both: Both) -> None:
    found = both("records", "opleidingserkenningen", geldig_op=DAY, address=school.rio_url)
    table = table_of_records(found, Crebo, title="omschrijving")
    assert table.standing(Crebo("99101"), as_of=DAY).holds
    assert table.row(Crebo("99101"), as_of=DAY).title == "Brood en banket (voorbeeld)"
    units = both("records", "organisatorische-eenheden", address=school.rio_url)
    assert list(table_of_records(units, RioOnderwijsaanbieder, key="organisatorischeEenheidcode")) == [
        RioOnderwijsaanbieder(PROVIDER)
    ]


def test_one_record_is_that_of_its_day(school: Sandbox, both: Both) -> None:
    found = both("record", "opleidingserkenningen", "99104", geldig_op=dt.date(2025, 7, 31), address=school.rio_url)
    assert (found.einddatum, found.holds_on(DAY)) == (dt.date(2025, 8, 1), False)
    with pytest.raises(NotFound):
        both("record", "opleidingserkenningen", "99104", geldig_op=DAY, address=school.rio_url)
    with pytest.raises(NotFound):
        both("records", "opleidingen", address=school.rio_url)
    assert "_links" in both("get", "opleidingserkenningen", address=school.rio_url, pageSize=1)


# -- against HAL as others write it ---------------------------------------------------------------------------------

# The example of the specification of HAL (draft-kelly-json-hal, 4.1): links that are arrays, templated ones, and a
# list under a name with a prefix.
ORDERS = {
    "_links": {
        "self": {"href": "/api/rio/v2/orders"},
        "curies": [{"name": "ea", "href": "http://example.com/docs/rels/{rel}", "templated": True}],
        "next": {"href": "/api/rio/v2/orders?page=2"},
        "ea:find": {"href": "/api/rio/v2/orders{?id}", "templated": True},
        "ea:admin": [{"href": "/api/rio/v2/admins/2", "title": "Fred"}, {"href": "/api/rio/v2/admins/5"}],
    },
    "currentlyProcessing": 14,
    "shippedToday": 20,
    "_embedded": {
        "ea:order": [
            {"_links": {"self": {"href": "/orders/123"}, "ea:basket": {"href": "/baskets/98712"}}, "total": 30.0},
            {"_links": {"self": {"href": "/orders/124"}, "ea:basket": {"href": "/baskets/97213"}}, "total": 20.0},
        ]
    },
}


def test_hal_is_read_as_its_specification_shows_it(both: Both) -> None:
    last = {"_links": {"self": {"href": "/orders?page=2"}}, "_embedded": {"ea:order": {"total": 10.0}}}
    script = scripted(reply(ORDERS), reply(last))
    found = both("records", "orders", script=script)
    assert [each.extra["total"] for each in found] == [30.0, 20.0, 10.0]
    assert [(sent.path, sent.query) for sent in script.sent] == [
        ("/api/rio/v2/orders", {"pageSize": "100"}),
        ("/api/rio/v2/orders", {"page": "2"}),
    ]


def test_a_call_asks_for_what_is_documented(both: Both) -> None:
    script = scripted(reply({"_links": {}}))
    assert both("records", "onderwijslocaties", geldig_op=DAY, script=script, plaats="Voorbeelddam") == []
    (sent,) = script.sent
    assert sent.query == {"pageSize": "100", "datumGeldigOp": "2025-10-01", "plaats": "Voorbeelddam"}
    assert sent.headers["accept"].startswith("application/hal+json")


@given(st.lists(st.integers(0, 40), unique=True, max_size=30), st.integers(1, 7))
def test_however_a_list_is_cut_each_record_comes_once(numbers: list[int], size: int) -> None:
    pages = [numbers[start : start + size] for start in range(0, len(numbers), size)] or [[]]
    script = Script()
    for place, held in enumerate(pages):
        following = f"?page={place + 1}" if place + 1 < len(pages) else None
        script.add(reply(page(*held, following=following)), query={"page": str(place)} if place else None)
    with CodesClient(API, http=script.client(), retries=ONCE) as client:
        found = [each.erkendeopleidingscode for each in client.records("opleidingserkenningen", page_size=size)]
    assert found == [f"{99000 + number}" for number in numbers]


# -- an API that is not as it was -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "error", "words"),
    [
        ([reply({"items": []})], ReplyInvalid, "not HAL"),
        ([reply([])], ReplyInvalid, "not HAL"),
        ([reply(b"<html>")], NotJson, "web page"),
        ([reply({"_embedded": []})], FieldInvalid, "_embedded"),
        ([reply({"_embedded": {"opleidingserkenningen": 3}})], FieldInvalid, "array"),
        ([reply({"_embedded": {"a": [], "b": []}})], FieldInvalid, "there are a, b"),
        ([reply({"_links": {"next": {"href": 3}}})], FieldInvalid, "_links/next"),
        (
            [reply(page(1) | {"_embedded": {"x": [record(1, begindatum=2012)]}})],
            FieldInvalid,
            r"page 1\[0\]/begindatum",
        ),
        ([reply(page(1, following="https://other.example/api"))], ReplyInvalid, "outside the API"),
        ([reply(page(1, following="/admin?page=1"))], ReplyInvalid, "outside the API"),
        ([reply(page(1, following="?pageSize=100"))], CursorStuck, "earlier page"),
        ([reply(page(1, page={"totalElements": 3}))], ListShifted, "before it was complete"),
        ([reply({}, 404)], NotFound, "nothing at this address"),
        ([reply({}, 400)], Refused, "description"),
        ([reply({}, 301, location="https://new.example/rio?key=1")], Refused, r"https://new\.example/rio\."),
        ([reply({}, 429)], RateLimited, "fewer requests"),
        ([reply({}, 503)], Maintenance, "closed"),
        ([reply({}, 500)], ServiceError, "failed"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_told(
    replies: list[Reply], error: type[MagisterConnectError], words: str, both: Both
) -> None:
    with pytest.raises(error, match=words) as caught:
        both("records", "opleidingserkenningen", script=scripted(*replies))
    assert "99001" not in str(caught.value)


def test_a_page_that_comes_for_ever_ends() -> None:
    script = Script()
    for number in range(40):
        script.add(reply(page(1, 2, following=f"?page={number + 1}")))
    with CodesClient(API, http=script.client(), retries=ONCE) as client, pytest.raises(CursorStuck):
        list(client.records("opleidingserkenningen"))


def test_a_record_that_cannot_be_read_is_kept_apart_on_request(both: Both) -> None:
    broken = page(1, 2)
    broken["_embedded"] = {"x": [record(1), record(2, einddatum="ooit"), 7]}
    with pytest.warns(UserWarning, match="kept apart"):
        found = both("records", "opleidingserkenningen", script=scripted(reply(broken)), on_unreadable="keep")
    assert [each.erkendeopleidingscode for each in found] == ["99001"]


def test_a_field_that_got_another_name_is_told_with_the_names_there_are() -> None:
    switches = RioSwitches(renamed={"erkendeopleidingscode": "opleidingscode"}, absolute_links=False)
    with Sandbox(pupils=20, staff=5, rio=switches) as school, CodesClient(school.rio_url) as client:
        found = list(client.records("opleidingserkenningen", geldig_op=DAY))
    with pytest.raises(FieldInvalid, match="opleidingscode, omschrijving"):
        table_of_records(found, Crebo)
    assert len(table_of_records(found, Crebo, key="opleidingscode")) == len(found)


def test_a_record_whose_period_means_nothing_is_no_row() -> None:
    wrong = RioRecord(begindatum=DAY, einddatum=DAY, erkendeopleidingscode="99101")
    with pytest.raises(FieldInvalid, match="einddatum"):
        table_of_records([wrong], Crebo)
    with pytest.warns(UserWarning, match="kept apart"):
        kept = table_of_records([wrong, RioRecord(erkendeopleidingscode="x")], Crebo, on_unreadable="keep")
    assert [each.path for each in kept.unreadable] == ["einddatum", "erkendeopleidingscode"]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.record("onderwijslocaties", ""),
        lambda client: client.get("../admin"),
        lambda client: client.fetch("http://duo.example/a.csv"),
        lambda client: list(client.records("a b")),
        lambda client: list(client.records("a", page_size=101)),
        lambda client: list(client.records("a", geldig_op="2025-10-01")),
    ],
)
def test_a_call_that_means_nothing_is_refused_before_anything_is_sent(call: Callable[[CodesClient], object]) -> None:
    script = Script()
    with CodesClient(API, http=script.client()) as client, pytest.raises(UsageError):
        call(client)
    assert script.sent == []


def test_the_api_is_asked_over_tls() -> None:
    with pytest.raises(UsageError, match="https"):
        CodesClient("http://lod.example/api")
    assert repr(CodesClient()) == "<CodesClient https://lod.onderwijsregistratie.nl/api/rio/v2>"
    assert repr(AsyncCodesClient()).startswith("<AsyncCodesClient https")


# -- downloads ------------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_with_its_address_hash_and_moment(both: Both) -> None:
    content = b"ERKENDEOPLEIDINGSCODE,BEGINDATUM,EINDDATUM\n99101,2012-08-01,\n"
    script = scripted(reply(content))
    file = both("fetch", "https://duo.example/codes/mbo%20codes.csv?dag=1#top", script=script)
    digest = hashlib.sha256(content).hexdigest()
    assert (file.name, file.address, file.sha256) == (
        "mbo codes.csv",
        "https://duo.example/codes/mbo%20codes.csv",
        digest,
    )
    assert file.retrieved_at == NOW
    assert script.sent[0].query == {"dag": "1"}
    assert list(read_rio_codes(file, Crebo)) == [Crebo("99101")]
    Manifest.of([file]).check(CodeFile(file.name, content))
    again = both("fetch", "https://duo.example/x.csv", script=scripted(reply(content)), sha256=digest.upper())
    assert again.content == content
    with pytest.raises(DocumentInvalid, match="expected hash"):
        both("fetch", "https://duo.example/x.csv", script=scripted(reply(b"x")), sha256=digest)


def test_a_file_that_is_larger_than_its_limit_is_not_read(both: Both) -> None:
    with pytest.raises(MagisterConnectError, match="limit"):
        both("fetch", "https://duo.example/x.csv", script=scripted(reply(b"0" * 2_000)), limit=1_000)
