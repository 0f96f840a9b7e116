"""Files: followed to a storage elsewhere, without the token, to safe addresses, whole or not at all."""

import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import stamina

from magister_connect.core.drivers import Pace, SyncDriver
from magister_connect.core.json import Link
from magister_connect.core.secrets import Secret
from magister_connect.errors import LoginRequired, NotFound, NotPermitted, ReplyInvalid, ReplyTooLarge, UsageError
from magister_connect.login import StaticToken
from magister_connect.public_api import AsyncPublicApiClient, Foto, PublicApiClient
from magister_connect.public_api.agenda import Bijlage
from magister_connect.public_api.berichten import Berichtbijlage
from magister_connect.public_api.elo import Bron
from magister_connect.public_api.exchange.refusals import asked_wait
from magister_connect.public_api.files import File, link_of
from magister_connect.public_api.politeness import PATIENT
from magister_connect.sandbox import PublicApiSwitches, Sandbox
from tests.public_api.conftest import quick
from tests.public_api.simulated import BOTH, Ask, ask_sync, first_pupil

SCHOOL = "https://voorbeeld.magister.net/api"
STORAGE = "https://opslag.example/blob?sig=geheim"
MESSAGE_FILE = Berichtbijlage(id=7, naam="a.pdf", content_type="application/pdf")
Handler = Callable[[httpx.Request], httpx.Response]


def served(answer: httpx.Response, sent: list[httpx.Request], location: str = STORAGE) -> Handler:
    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.url.host == "voorbeeld.magister.net":
            return httpx.Response(302, headers={"location": location})
        return answer

    return handle


def client(handler: Handler, base: str = SCHOOL) -> PublicApiClient:
    http = httpx.Client(transport=httpx.MockTransport(handler))
    return PublicApiClient(base, tokens=StaticToken(Secret("t")), http=http, pace=quick(), headers={"X-Contract": "1"})


@pytest.mark.parametrize(
    ("file", "link"),
    [
        (MESSAGE_FILE, "berichten/bijlagen/7/download"),
        (Berichtbijlage(id=7, links={"download": Link(href="/api/x/7")}), "/api/x/7"),
        (Bijlage(id=7, links={"Self": Link(href="/api/z"), "Contents": Link(href="/api/c")}), "/api/c"),
        (Bijlage(id=7, links={"Self": Link(href="/api/z")}), "/api/z"),
        (Bron(id=7, links={"Contents": Link(href="/api/c")}), "/api/c"),
    ],
)
def test_where_a_file_is(file: File, link: str) -> None:
    assert link_of(file) == link


def test_a_folder_has_no_content() -> None:
    with pytest.raises(UsageError, match="no link to its content"):
        link_of(Bron(id=1))


def test_the_token_does_not_travel_to_the_storage() -> None:
    sent: list[httpx.Request] = []
    with client(served(httpx.Response(200, content=b"%PDF", headers={"content-type": "application/pdf"}), sent)) as api:
        found = api.open(MESSAGE_FILE)
    assert (found.content, found.content_type, found.name) == (b"%PDF", "application/pdf", "a.pdf")
    assert "%PDF" not in repr(found)
    assert [(each.url.host, each.url.raw_path) for each in sent] == [
        ("voorbeeld.magister.net", b"/api/berichten/bijlagen/7/download"),
        ("opslag.example", b"/blob?sig=geheim"),
    ]
    assert sent[0].headers["authorization"] == "Bearer t"
    assert {"authorization", "x-contract", "cookie"}.isdisjoint(sent[1].headers)


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("http://opslag.example/blob", ReplyInvalid),
        ("http://127.0.0.1/blob", ReplyInvalid),  # the school is at https
        ("https://naam@opslag.example/blob", ReplyInvalid),
        ("file:///etc/passwd", ReplyInvalid),
        ("", ReplyInvalid),
        ("https://accounts.magister.net/account/login?returnUrl=x", LoginRequired),
    ],
)
def test_no_other_address_is_followed(location: str, error: type[Exception]) -> None:
    sent: list[httpx.Request] = []
    with client(served(httpx.Response(200, content=b"x"), sent, location)) as api, pytest.raises(error) as caught:
        api.open(MESSAGE_FILE)
    assert len(sent) == 1
    assert "sig" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(404), NotFound),
        (httpx.Response(200, json={"location": "x"}), ReplyInvalid),
        (httpx.Response(200, html="<html>"), ReplyInvalid),
    ],
)
def test_what_is_no_file_is_an_error(answer: httpx.Response, error: type[Exception], tmp_path: Path) -> None:
    with client(served(answer, [])) as api:
        with pytest.raises(error) as caught:
            api.download(MESSAGE_FILE, tmp_path / "a.pdf")
        assert "geheim" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_json_is_one_where_the_interface_says_so() -> None:
    with client(served(httpx.Response(200, json={"a": 1}), [])) as api:
        found = api.open(Bijlage(id=1, content_type="application/json", links={"Self": Link(href="/api/z")}))
        assert found.content_type == "application/json"


def chunks(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield bytes(1000)


def test_a_file_beyond_the_limit_is_not_read_to_its_end(tmp_path: Path) -> None:
    for read in ("open", "stream", "download"):
        arguments = [tmp_path / "a.pdf"] if read == "download" else []
        answer = httpx.Response(200, content=chunks(50))
        with client(served(answer, [])) as api, pytest.raises(ReplyTooLarge, match="larger than 10000 bytes"):
            list(getattr(api, read)(MESSAGE_FILE, *arguments, limit=10_000))
    assert list(tmp_path.iterdir()) == []


async def many() -> AsyncIterator[bytes]:
    for each in chunks(50):
        yield each


def test_both_clients_write_and_stream_the_same(tmp_path: Path) -> None:
    target = io.BytesIO()
    with client(served(httpx.Response(200, content=chunks(50)), [])) as api:
        assert api.download(MESSAGE_FILE, target) == 50_000
    with client(served(httpx.Response(200, content=chunks(50)), [])) as api:
        assert b"".join(api.stream(MESSAGE_FILE)) == target.getvalue()

    async def main() -> bytes:
        def handler() -> Any:
            return served(httpx.Response(200, content=many()), [])

        async def ask(transport: httpx.MockTransport) -> AsyncPublicApiClient:
            http = httpx.AsyncClient(transport=transport)
            return AsyncPublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), http=http, pace=quick())

        async with await ask(httpx.MockTransport(handler())) as api:
            assert await api.download(MESSAGE_FILE, tmp_path / "b.pdf") == 50_000
        async with await ask(httpx.MockTransport(handler())) as api:
            return b"".join([each async for each in api.stream(MESSAGE_FILE)])

    assert anyio.run(main) == target.getvalue() == (tmp_path / "b.pdf").read_bytes()


PHOTO = Foto.of_pupil(5)


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "application/octet-stream", ""])
def test_a_photo_is_an_image(kind: str, tmp_path: Path) -> None:
    headers = {"content-type": kind} if kind else {}
    for read in ("foto", "open", "download", "stream"):
        with client(served(httpx.Response(200, content=b"\x89PNG", headers=headers), [])) as api:
            if read == "foto":
                assert api.foto(5).content == b"\x89PNG"  # type: ignore[union-attr]  # there is one
            elif read == "download":
                assert api.download(PHOTO, tmp_path / "p.png") == 4
            else:
                found = getattr(api, read)(PHOTO)
                assert (found.content if read == "open" else b"".join(found)) == b"\x89PNG"


@pytest.mark.parametrize("answer", [{"json": {"a": 1}}, {"html": "<html>"}, {"text": "nee"}])
@pytest.mark.parametrize("read", ["foto", "download", "stream"])
def test_anything_else_is_no_photo(answer: dict[str, Any], read: str, tmp_path: Path) -> None:
    given: dict[str, list[Any]] = {"foto": [5], "download": [PHOTO, tmp_path / "p.png"], "stream": [PHOTO]}
    with (
        client(served(httpx.Response(200, **answer), [])) as api,
        pytest.raises(ReplyInvalid, match="image was expected"),
    ):
        list(getattr(api, read)(*given[read]))
    assert list(tmp_path.iterdir()) == []


def test_opening_files_keeps_the_pace_and_is_tried_again() -> None:
    answers = [httpx.Response(429, json={"secondsLeft": 3}), *(httpx.Response(200, content=b"x") for _ in range(2))]
    waits: list[float] = []
    http = httpx.Client(transport=httpx.MockTransport(lambda _: answers.pop(0)))
    pace = Pace(ticks=lambda: sum(waits), asked=asked_wait)
    with stamina.set_testing(True, attempts=6), http, SyncDriver(
        http, pace=pace, retries=PATIENT, sleep=waits.append
    ) as driver, PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), driver=driver) as api:  # fmt: skip
        assert [api.open(MESSAGE_FILE).content for _ in range(2)] == [b"x", b"x"]
    assert [round(each, 2) for each in waits] == [3.0, 0.9]


def test_a_refused_file_says_why() -> None:
    body = {"Fouttype": "OnvoldoendePrivileges", "Message": "Geen rechten."}
    with client(lambda _: httpx.Response(403, json=body)) as api, pytest.raises(NotPermitted) as caught:
        api.open(MESSAGE_FILE)
    assert caught.value.code == "OnvoldoendePrivileges"


@BOTH
@pytest.mark.parametrize("at_school", [True, False])
def test_files_of_the_simulated_school(ask: Ask, at_school: bool) -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(files_at_school=at_school)) as school:
        pupil = first_pupil(school)
        message = next(each for each in ask_sync(school, pupil, "berichten") if each.heeft_bijlagen)
        (file,) = ask(school, pupil, "berichtbijlagen", message.id)
        (assignment, *_) = ask(school, pupil, "opdrachten", pupil.persoon_id)
        guide = ask(school, pupil, "studiewijzers", pupil.persoon_id)[0]
        parts = ask(school, pupil, "studiewijzer", pupil.persoon_id, guide.id).onderdelen
        for each in (file, assignment.bijlagen[0], parts.items[1].bronnen[0]):
            found = ask(school, pupil, "open", each)
            assert found.content.startswith(each.naam.encode())
