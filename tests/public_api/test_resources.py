"""Every method, by both clients: what goes out, and that all that is documented of the answer comes back."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
import httpx
import pytest

from magister_connect.core.drivers import AsyncClient, RetryPolicy, SyncClient
from magister_connect.core.json import AMSTERDAM, Record, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import ConnectionFailed
from magister_connect.login import StaticToken
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.public_api.agenda import Bijlage, GroepDeelname
from magister_connect.testing import NetworkFault, Script, json_reply
from tests.login.both_clients import Ask, choose_client, read_whole
from tests.public_api.conftest import quick
from tests.public_api.documented.asked import Asked

SUBJECTS = ("account", "personen", "aanmeldingen", "cijfers", "agenda", "absentie", "elo", "berichten", "personeel")
ROWS: dict[str, Asked] = {
    row.name: row for subject in SUBJECTS for row in import_module(f"tests.public_api.documented.{subject}").ROWS
}
READ = [row for row in ROWS.values() if row.line.startswith("GET")]
WRITTEN = [row for row in ROWS.values() if not row.line.startswith("GET")]
PHOTOS: list[tuple[str, dict[str, Any], str]] = [
    ("foto", {}, "GET /api/leerlingen/2/foto"),
    (
        "foto_van_persoon",
        {"breedte": 64, "hoogte": 80, "uitsnede": True},
        "GET /api/personen/2/foto?width=64&height=80&crop=true",
    ),
]
BASE = "https://voorbeeld.magister.net/api"
BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
OPTIONS: dict[str, Any] = {"tokens": StaticToken(Secret("t")), "retries": RetryPolicy(attempts=1)}


def _answering(reply: httpx.Response, sent: list[httpx.Request]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return reply

    return httpx.MockTransport(answer)


def _call_sync(reply: httpx.Response, name: str, *arguments: Any, **named: Any) -> tuple[Any, list[httpx.Request]]:
    sent: list[httpx.Request] = []
    with (
        httpx.Client(transport=_answering(reply, sent)) as http,
        PublicApiClient(BASE, http=http, pace=quick(), **OPTIONS) as api,
    ):
        found = getattr(api, name)(*arguments, **named)
        return list(found) if hasattr(found, "pages") else found, sent


async def _call_async(
    reply: httpx.Response, name: str, *arguments: Any, **named: Any
) -> tuple[Any, list[httpx.Request]]:
    sent: list[httpx.Request] = []
    async with (
        httpx.AsyncClient(transport=_answering(reply, sent)) as http,
        AsyncPublicApiClient(BASE, http=http, pace=quick(), **OPTIONS) as api,
    ):
        return await read_whole(getattr(api, name)(*arguments, **named)), sent


@pytest.fixture(params=["blocking", "awaiting"])
def call(request: pytest.FixtureRequest) -> Ask:
    """Call a method of either client, which is given one answer: gives what comes of it and what went out."""
    return choose_client(request.param, _call_sync, _call_async)


def line_of(request: httpx.Request) -> str:
    """Method, path and query; the host as well, where it is not the school's own."""
    host = "" if request.url.host == "voorbeeld.magister.net" else request.url.host
    query = unquote(request.url.query.decode().replace("+", " "))
    return f"{request.method} {host}{request.url.path}{'?' if query else ''}{query}"


def differences(found: object, told: Any, path: str = "") -> Iterator[str]:
    """Where a record is not what its JSON told, read by rules of our own: key by key, down to the last value."""
    if isinstance(found, Record):
        yield from chain(
            (f"{path}/{key} was not known" for key in found.extra),
            *(
                differences(getattr(found, BOUNDARY.sub("_", key).lower()), value, f"{path}/{key}")
                for key, value in told.items()
                if key not in found.extra
            ),
        )
    elif path.lower().endswith("/links"):
        expected = {each["Rel"]: each["Href"] for each in told} if isinstance(told, list) else _hrefs(told or {})
        assert isinstance(found, Mapping)
        if {name: link.href for name, link in found.items()} != expected:
            yield path
    elif found == () and told is None:
        return
    elif isinstance(found, tuple) and len(found) == len(told):
        for number, (each, item) in enumerate(zip(found, told, strict=True)):
            yield from differences(each, item, f"{path}[{number}]")
    elif found != _meant(found, told):
        yield path


def _hrefs(told: Mapping[str, Any]) -> dict[str, str]:
    return {name: link["href"] for name, link in told.items() if link is not None}


def _meant(found: object, told: Any) -> object:
    if isinstance(found, dt.datetime):
        assert found.tzinfo is AMSTERDAM
        meant = dt.datetime.fromisoformat(told)
        return meant if meant.tzinfo else meant.replace(tzinfo=AMSTERDAM)
    if isinstance(found, dt.date):
        return (
            dt.datetime.fromisoformat(told).astimezone(AMSTERDAM).date() if "T" in told else dt.date.fromisoformat(told)
        )
    return told


@pytest.mark.parametrize("row", READ, ids=lambda row: row.name)
def test_all_that_is_documented_is_asked_for_and_read(row: Asked, call: Ask) -> None:
    found, sent = call(httpx.Response(200, json=row.answer), row.name, *row.arguments, **row.named)
    assert line_of(sent[0]) == row.line
    # Nothing but an empty page ends a list that takes skip and names no total.
    assert len(sent) == (2 if row.name == "absentiemeldingen_vandaag" else 1)
    assert sent[0].headers["accept"] == "application/json"
    assert sent[0].headers["authorization"] == "Bearer t"
    records = found if isinstance(found, list) else [found]
    assert len(records) == len(row.items) > 0
    for record, item in zip(records, row.items, strict=True):
        assert isinstance(record, Record)
        assert list(differences(record, item)) == []


@pytest.mark.parametrize("row", WRITTEN, ids=lambda row: row.name)
def test_what_is_written_goes_out_once_and_whole(row: Asked, call: Ask) -> None:
    found, sent = call(httpx.Response(204), row.name, *row.arguments, **row.named)
    assert found is None
    assert [line_of(each) for each in sent] == [row.line]
    if row.body is None:
        assert sent[0].content == b""
    else:
        assert sent[0].headers["content-type"] == "application/json"
        assert json.loads(sent[0].content) == row.body


@pytest.mark.parametrize(("name", "named", "line"), PHOTOS)
@pytest.mark.parametrize(("status", "photo"), [(200, b"\x89PNG"), (404, None), (204, None)])
def test_a_photo_is_its_bytes_or_nothing(
    name: str, named: dict[str, Any], line: str, status: int, photo: bytes | None, call: Ask
) -> None:
    answer = httpx.Response(status, content=photo or b"", headers={"content-type": "image/png"})
    found, sent = call(answer, name, 2, **named)
    assert (found and found.content) == photo
    assert [line_of(each) for each in sent] == [line]


def test_many_columns_cost_one_request_each(call: Ask) -> None:
    row = ROWS["kolominfo"]
    found, sent = call(httpx.Response(200, json=row.answer), "kolominfo_van", 1, 7, [9, 8, 9])
    assert [line_of(each) for each in sent] == [row.line, row.line.replace("/9", "/8")]
    assert list(found) == [9, 8]
    assert list(differences(found[8], row.answer)) == []


@pytest.mark.parametrize(("text", "number"), [("7,4", Decimal("7.4")), ("10", Decimal(10)), ("V", None), ("", None)])
def test_a_grade_is_a_number_where_its_text_is_one(text: str, number: Decimal | None, call: Ask) -> None:
    for name, key in (("cijferoverzicht", "CijferStr"), ("laatste_cijfers", "waarde"), ("cijfers", "waarde")):
        row = ROWS[name]
        answer = [{**row.items[0], key: text}]
        (grade,), _ = call(httpx.Response(200, json=answer), name, *row.arguments)
        assert grade.getal == number


def test_an_empty_cell_has_no_number(call: Ask) -> None:
    row = ROWS["cijferoverzicht"]
    (cell,), _ = call(httpx.Response(200, json=[{**row.items[0], "CijferId": 0, "CijferStr": None}]), row.name, 1, 7)
    assert cell.getal is None


def test_the_pages_of_an_awaited_list_are_shown() -> None:
    sent: list[httpx.Request] = []

    async def main() -> tuple[str, list[tuple[int, int | None]]]:
        transport = _answering(httpx.Response(200, json=ROWS["mappen"].answer), sent)
        async with (
            httpx.AsyncClient(transport=transport) as http,
            AsyncPublicApiClient(BASE, http=http, pace=quick(), **OPTIONS) as api,
        ):
            folders = api.mappen()
            assert sent == []  # nothing goes out before it is iterated over
            return repr(folders), [(len(page.items), page.total) async for page in folders.pages()]

    assert anyio.run(main) == ("<AsyncResourceList Map>", [(1, 1)])


def test_a_connection_that_breaks_under_many_columns_is_not_passed_over() -> None:
    script = Script()
    script.add(
        json_reply(ROWS["kolominfo"].answer), path="/api/personen/1/aanmeldingen/7/cijfers/extracijferkolominfo/9"
    )
    script.add(NetworkFault.BROKEN_OFF)
    with (
        PublicApiClient(BASE, http=script.client(), pace=quick(), **OPTIONS) as api,
        pytest.raises(ConnectionFailed, match=r"extracijferkolominfo/\{id\}"),
    ):
        api.kolominfo_van(1, 7, [9, 8])


def test_one_kind_of_participant_can_be_read_by_itself() -> None:
    found = read_record(GroepDeelname, {"type": "medewerker", "id": 1, "code": "1a", "omschrijving": "Klas"}, "")
    assert (type(found), found.code) == (GroepDeelname, "1a")


COMPOSED = {
    *("kolominfo_van", "grades_with_subjects", "afspraakbijlagen"),
    *("maak_afspraak", "wijzig_afspraak", "vink_af", "open", "stream", "download", "upload", "me", "get"),
    *("verstuur", "bewaar_concept", "absence_of_class", "lever_in", "schrijf_in", "schrijf_uit"),
}
"""Methods that ask more than once; they have tests of their own."""


def methods_of(client: type[object], lifecycle: type[object]) -> set[str]:
    return {name for name in dir(client) if not name.startswith("_") and not hasattr(lifecycle, name)} - {"connection"}


def test_no_method_is_left_out_here_or_in_the_documentation() -> None:
    tested = {*ROWS, *(name for name, *_ in PHOTOS), *COMPOSED}
    assert methods_of(PublicApiClient, SyncClient) == tested
    assert methods_of(AsyncPublicApiClient, AsyncClient) == tested
    text = (Path(__file__).parents[2] / "docs" / "public-api.md").read_text(encoding="utf-8")
    assert {name for name in tested if f"`{name}`" not in text} == set()


def test_a_difference_is_seen() -> None:
    """The comparison above can fail: each of these answers is read as another one than is told."""
    row = {"Id": 8, "Naam": "a", "Links": [{"Rel": "Self", "Href": "/x"}], "Datum": "2025-05-31"}
    found = read_record(Bijlage, row, "")
    assert list(differences(found, row)) == []
    changes: list[dict[str, object]] = [{"Naam": "b"}, {"Links": []}, {"Datum": "2025-06-01"}, {"Grootte": 1}]
    for change in changes:
        assert len(list(differences(found, {**row, **change}))) == 1
    assert list(differences(read_record(Bijlage, {**row, "Iets": 1}, ""), row)) == ["/Iets was not known"]
