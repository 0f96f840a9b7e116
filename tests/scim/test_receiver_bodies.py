"""How much of a request the receiver for ECK iDs reads: nothing of a stranger's, and never more than the limit."""

import asyncio
import json
import time
from collections.abc import MutableMapping
from typing import Any

import pytest
from attrs import define, field

from magister_connect.errors import UsageError
from magister_connect.sandbox.school.identities import synthetic_eck_id
from magister_connect.scim.receiver import EckIdReceiver

Message = MutableMapping[str, Any]
MEBIBYTE = 1_048_576
PUPIL = {
    "schemas": ["urn:magister-connect:schemas:2.0:EduUser"],
    "externalId": "leerling@zandbak",
    "eckId": synthetic_eck_id("pupil 1").reveal(),
    "name": {"familyName": "Achternaam"},
}


@define
class Sender:
    """A client that sends a body in pieces, and counts how many of them the application asks for."""

    pieces: list[bytes]
    asked: int = 0
    sent: list[Message] = field(factory=list)

    async def receive(self) -> Message:
        self.asked += 1
        piece = self.pieces[self.asked - 1] if self.asked <= len(self.pieces) else b""
        return {"type": "http.request", "body": piece, "more_body": self.asked < len(self.pieces)}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


def send(receiver: EckIdReceiver, pieces: list[bytes], **changes: Any) -> Sender:
    scope: Message = {
        "type": "http",
        "method": "POST",
        "path": "/EduUsers",
        "query_string": b"",
        "scheme": "https",
        "headers": [(b"host", b"platform.example"), (b"content-type", b"application/scim+json")],
        **changes,
    }
    sender = Sender(pieces)
    asyncio.run(receiver(scope, sender.receive, sender.send))
    return sender


def whole(size: int) -> bytes:
    """A pupil in a body of so many bytes."""
    return json.dumps(PUPIL).encode().ljust(size)


def test_the_body_of_a_stranger_is_not_read() -> None:
    sender = send(EckIdReceiver(lambda _: False), [b"x" * MEBIBYTE] * 400)
    assert (sender.status, sender.asked) == (401, 0)


def test_of_a_request_that_fails_whatever_its_body_next_to_nothing_is_read() -> None:
    sender = send(EckIdReceiver(lambda _: True), [b"x" * 1000] * 400, path="/Bulk")
    assert (sender.status, sender.asked) == (501, 1)


@pytest.mark.parametrize(("size", "status"), [(1000, 201), (1001, 413), (400_000, 413)])
def test_a_body_is_read_up_to_the_limit_that_is_set_rfc7644_3_12(size: int, status: int) -> None:
    body = whole(size)
    pieces = [body[place : place + 100] for place in range(0, size, 100)]
    sender = send(EckIdReceiver(lambda _: True, largest_body=1000), pieces)
    assert sender.status == status
    assert sender.asked <= 11
    if status == 413:
        assert json.loads(sender.sent[1]["body"])["detail"] == "The body is larger than 1000 bytes"


@pytest.mark.parametrize("accepted", [True, False], ids=["known", "stranger"])
def test_the_headers_of_a_response_have_no_character_that_a_header_cannot_have_rfc9110_5_5(accepted: bool) -> None:
    path = "/EduUsers/a\r\nSet-Cookie: b\x00é 1"
    sender = send(EckIdReceiver(lambda _: accepted), [b""], method="GET", path=path)
    assert sender.status == (404 if accepted else 401)
    headers = dict(sender.sent[0]["headers"])
    assert headers[b"Location"].endswith(b"/EduUsers/a%0D%0ASet-Cookie:%20b%00%C3%A9%201")
    assert all(value.isascii() and value.decode().isprintable() for value in headers.values())


def test_reading_takes_time_that_grows_with_the_size() -> None:
    receiver = EckIdReceiver(lambda _: True, largest_body=64 * MEBIBYTE)

    def seconds(mebibytes: int) -> float:
        pieces = [b" " * 16_384] * (64 * mebibytes)
        begun = time.process_time()
        assert send(receiver, pieces).status == 400
        return time.process_time() - begun

    seconds(1)
    # Joining piece by piece took some sixteen times as long for four times the size (measured).
    assert seconds(32) < 8 * seconds(8) + 0.2


def test_a_sender_who_leaves_is_no_error() -> None:
    async def leave() -> Message:
        return {"type": "http.disconnect"}

    sender = Sender([])
    scope: Message = {
        "type": "http", "method": "POST", "path": "/EduUsers", "query_string": b"", "scheme": "https", "headers": [],
    }  # fmt: skip
    asyncio.run(EckIdReceiver(lambda _: True)(scope, leave, sender.send))
    assert sender.status == 400


def test_a_websocket_is_refused_before_it_is_accepted() -> None:
    sender = send(EckIdReceiver(lambda _: True), [], type="websocket")
    assert [message["type"] for message in sender.sent] == ["websocket.close"]


@pytest.mark.parametrize("query", [b"filter=\xff", b"count=\xc3\xa9"])
def test_a_query_of_any_bytes_is_answered(query: bytes) -> None:
    assert send(EckIdReceiver(lambda _: True), [], method="GET", query_string=query).status == 400


@pytest.mark.parametrize("limits", [{"largest_body": 0}, {"largest_page": 0}])
def test_a_limit_of_nothing_is_a_mistake(limits: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        EckIdReceiver(lambda _: True, **limits)


def test_an_authentication_that_fails_is_an_error_of_the_server() -> None:
    def broken(_: str) -> bool:
        raise OSError

    assert send(EckIdReceiver(broken), [b"x"]).status == 500
