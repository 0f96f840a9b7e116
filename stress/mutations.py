"""Mutated inputs over all readers: an answer, or an error of this library that is no bug of it."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import httpx

from magister_connect import edexml, identifiers
from magister_connect.core import values
from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.drivers.retrying import asked_by_header
from magister_connect.core.flow import Reply
from magister_connect.core.json import parse_json
from magister_connect.core.secrets import RedactionFilter, Secret, redact
from magister_connect.core.soap.reply import read_body
from magister_connect.errors import InternalError, MagisterConnectError
from magister_connect.login import MemoryTokenStore
from magister_connect.medius import MediusClient
from magister_connect.public_api import PublicApiClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store
from magister_connect.uwlr import (
    DataRequest,
    GroupReference,
    Operation,
    Refusal,
    SchoolReference,
    UwlrClient,
    parse_request,
)
from magister_connect.uwlr.messages import write_envelope, write_request
from magister_connect.uwlr.results import write_results
from stress.tally import Runs, Tally

Call = Callable[[httpx.Client], object]
PIECES: tuple[bytes, ...] = (
    *(b"", b"\x00", b"\xff\xfe", b"<", b">", b"&#0;", b"&x;", b'"', b"}", b"]", b"9" * 400, b"-", b"1e999", b"null"),
    *("\u00b2".encode(), b"\xed\xa0\x80", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///'>]>", b"0000-00-00", b"[" * 3000),
)


def mutated(body: bytes, chance: random.Random) -> bytes:
    """The bytes with one to three changes."""
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(body) + 1)
        until = min(len(body), at + chance.choice((0, 1, 1, 2, 9, 60)))
        kind = chance.randrange(5)
        if kind == 0:
            body = body[:at] + chance.choice(PIECES) + body[until:]
        elif kind == 1:
            body = body[:at] + chance.randbytes(chance.randrange(1, 5)) + body[until:]
        elif kind == 2:
            body = body[:at]
        elif kind == 3:
            start = chance.randrange(len(body) + 1)
            body = body[:at] + body[start : start + 50] + body[until:]
        else:
            body = body[:at] + bytes(byte ^ 1 << chance.randrange(8) for byte in body[at:until]) + body[until:]
    return body


def judge(tally: Tally, read: Callable[[], object]) -> None:
    """Read once; count whatever is neither an answer nor an error of the library."""
    try:
        read()
    except InternalError as error:
        tally.note("foreign exceptions", str(error))
    except MagisterConnectError as error:
        str(error)
    except Exception as error:  # noqa: BLE001 - what is looked for
        tally.note("foreign exceptions", f"{type(error).__name__}: {str(error)[:80]}")


def over_samples(samples: Callable[[], list[bytes]], read: Callable[[bytes], object]) -> Runs:
    """Runs that give mutated samples to one reader."""

    def runs(tally: Tally, numbers: range) -> Iterator[int]:
        held = samples() if numbers else []
        for number in numbers:
            chance = random.Random(number)
            body = mutated(chance.choice(held), chance)
            judge(tally, lambda body=body: read(body))  # type: ignore[misc]  # bound now
            yield 1

    return runs


class Recording(httpx.BaseTransport):
    """Sends on and remembers the replies, in their order."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.replies: list[tuple[int, list[tuple[str, str]], bytes]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        reply = self._inner.handle_request(request)
        body = reply.read()
        reply.close()
        kept = [(k, v) for k, v in reply.headers.items() if k.lower() not in {"content-length", "content-encoding"}]
        self.replies.append((reply.status_code, kept, body))
        return httpx.Response(reply.status_code, headers=kept, content=body)


class Replaying(httpx.BaseTransport):
    """Gives the remembered replies again, one of them mutated: its body, or now and then its headers or status."""

    def __init__(self, replies: list[tuple[int, list[tuple[str, str]], bytes]], chance: random.Random) -> None:
        self._replies = replies
        self._chance = chance
        self._spoiled = chance.randrange(len(replies))
        self._given = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx calls it."""
        place = min(self._given, len(self._replies) - 1)
        self._given += 1
        if self._given > 200:
            raise httpx.ReadError("the client goes on for ever", request=request)
        status, headers, body = self._replies[place]
        if place == self._spoiled:
            status, headers, body = self._spoil(status, headers, body)
        raw = [(k.encode(), v.encode("latin-1", "replace")) for k, v in headers]
        return httpx.Response(status, headers=raw, content=body)

    def _spoil(
        self, status: int, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        kind = self._chance.randrange(8)
        if kind == 0:
            status = self._chance.choice((204, 301, 302, 400, 401, 403, 404, 409, 429, 500, 503, 599))
            address = self._chance.choice(("http://[::1", "https://xn--a/", "\x00", "//", "https://a..b/", "x:y"))
            headers = [*headers, ("location", address), ("retry-after", "9" * 400)]
        if kind == 1:
            headers = [("content-type", self._chance.choice(("text/html", "application/json; charset=\x00x", "x")))]
        return status, headers, mutated(body, self._chance)


def over_calls(prepare: Callable[[Sandbox], list[Call]]) -> Runs:
    """Runs that make a call of a client again with one of its replies mutated."""

    def runs(tally: Tally, numbers: range) -> Iterator[int]:
        if not numbers:
            return
        with Sandbox(pupils=6, staff=3) as school:
            calls = []
            for call in prepare(school):
                recording = Recording()
                with httpx.Client(transport=recording) as http:
                    call(http)
                calls.append((call, recording.replies))
            for number in numbers:
                chance = random.Random(number)
                call, replies = chance.choice(calls)
                with httpx.Client(transport=Replaying(replies, chance)) as http:
                    judge(tally, lambda call=call, http=http: call(http))  # type: ignore[misc]  # bound now
                yield 1

    return runs


def medius_calls(school: Sandbox) -> list[Call]:
    """The lists of Medius."""

    def call(method: str) -> Call:
        def made(http: httpx.Client) -> object:
            with MediusClient(
                school.medius_url,
                username=school.medius_username,
                password=school.medius_password,
                allow_http=True,
                http=http,
                retries=NO_RETRIES,
                clock=school.clock,
            ) as client:
                return getattr(client, method)()

        return made

    return [call("students"), call("employees")]


def results_calls(school: Sandbox) -> list[Call]:
    """A pull into a store in memory."""

    def made(http: httpx.Client) -> object:
        with (
            Store("sqlite://", key=Store.generate_key()) as store,
            ResultsClient(
                school.results_wsdl,
                product="JIJ",
                instellingscode=school.instellingscode,
                soap_key="zandbak-jij-sleutel",
                http=http,
                retries=NO_RETRIES,
                clock=school.clock,
            ) as client,
        ):
            return client.pull(store, stamnummers=str.isdigit, from_school_year="2025-2026")

    return [made]


def api_calls(school: Sandbox) -> list[Call]:
    """A call with a token that holds."""
    from tests.login.conftest import log_in, login_to

    with login_to(school) as login:
        started, back = log_in(school, login)
        source = login.keep(login.finish(started.pending, back), MemoryTokenStore(), "k")

    def call(method: Callable[[PublicApiClient], object]) -> Call:
        def made(http: httpx.Client) -> object:
            with PublicApiClient(
                school.public_api_url, tokens=source, http=http, retries=NO_RETRIES, pace=None, clock=school.clock
            ) as api:
                return method(api)

        return made

    return [call(lambda api: api.account())]


def uwlr_calls(school: Sandbox) -> list[Call]:
    """Pupils in one answer, in three steps and as a stream, and results back."""
    from tests.uwlr.test_las import YEAR, of_school

    def call(method: Callable[[UwlrClient], object], **settings: Any) -> Call:
        def made(http: httpx.Client) -> object:
            with UwlrClient(
                school.uwlr_url,
                school.accounts.uwlr_klantnaam,
                school.accounts.uwlr_klantcode,
                school.uwlr.keys,
                results_endpoint=school.uwlr_url,
                http=http,
                retries=NO_RETRIES,
                clock=school.clock,
                **settings,
            ) as uwlr:
                return method(uwlr)

        return made

    brin, results = school.school.brin, of_school(school, 1, 2)
    return [
        call(lambda uwlr: uwlr.pupils(brin, YEAR)),
        call(lambda uwlr: uwlr.pupils(brin, YEAR), lenient=False, on_unreadable="keep"),
        call(lambda uwlr: uwlr.stepped(brin, YEAR)),
        call(lambda uwlr: list(uwlr.stream(brin, YEAR)), on_unreadable="keep"),
        call(lambda uwlr: uwlr.send_results(results)),
    ]


def uwlr_requests() -> list[bytes]:
    """A request for data, and one with results."""
    from tests.uwlr.messages import ACCOUNT, FULL, message, result, taking

    asked = DataRequest(
        Operation.PUPILS, SchoolReference.of("00AA"), "2025-2026", groepen=(GroupReference("g1"), GroupReference())
    )
    sent = message(taking(result(toetsonderdeelcode="O1")), tests=(FULL,))
    return [write_request(asked, ACCOUNT), write_envelope(write_results(sent), ACCOUNT)]


def answer_request(body: bytes) -> None:
    """As a server reads it; a refusal is an answer."""
    for lenient in (False, True):
        with suppress(Refusal):
            parse_request(body, lenient=lenient)


def documents() -> list[bytes]:
    """EDEXML of two versions."""
    with Sandbox(pupils=4, staff=2) as school:
        return [school.edexml(version=version) for version in ("2.0", "2.1")]


def texts() -> list[bytes]:
    """One text of each kind."""
    return [
        *(b"2025-08-01", b"2025-08-01T10:00:00.1234567+02:00", b"24:00:00", b"1-8-2025", b"81,5", b"ja", b"1e5"),
        *(b"123456782", b"https://ketenid.nl/201703/" + b"a" * 128, b"12AB", b"12AB00", b"2025-2026", b"10001"),
    ]


def read_text(body: bytes) -> None:
    """Every reader of one value; each may refuse it, in words of its own."""
    text = body.decode("utf-8", "surrogateescape")
    readers: list[Callable[[str], object]] = [
        lambda text: values.to_date(text, "x", slashed=True, day_first=True),
        lambda text: values.to_datetime(text, "x"),
        lambda text: values.to_time(text, "x"),
        lambda text: values.to_decimal(text, "x", comma=True),
        lambda text: values.to_integer(text, "x"),
        lambda text: values.to_boolean(text, "x", values.DUTCH_WORDS),
        identifiers.Bsn.parse,
        identifiers.EckId.parse,
        identifiers.Schooljaar.parse,
        lambda text: asked_by_header(Reply(503, (("retry-after", text), ("date", text)))),
        lambda text: (Secret(text) == Secret("x"), repr(Secret(text)), hash(Secret(text))),
        lambda text: redact(text, Secret(text[:9])),
        lambda text: RedactionFilter(Secret("x")).filter(logging.makeLogRecord({"msg": text, "args": (1,)})),
    ]
    for read in readers:
        with suppress(MagisterConnectError):
            read(text)


def replies() -> list[bytes]:
    """One page and two envelopes."""
    page = {"items": [{"Id": 1, "Naam": "x", "Op": "2025-08-01T00:00:00Z"}], "totalCount": 1, "links": {}}
    envelope = b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>%s</S:Body></S:Envelope>'
    return [
        json.dumps(page).encode(),
        envelope % b"<r id='a'><x href='#a'/></r>",
        envelope % b"<S:Fault><faultcode>S:Client</faultcode><faultstring>no</faultstring></S:Fault>",
    ]


def read_reply(body: bytes) -> None:
    """The bytes as JSON, and as the reply of a SOAP service."""
    with suppress(MagisterConnectError):
        parse_json(body, "x")
    read_body(Reply(200, (("content-type", "text/xml"),), body), "x")


MUTATIONS: dict[str, tuple[float, Runs]] = {  # the share of all mutated inputs: a contract takes long to read
    "texts of single values": (0.27, over_samples(texts, read_text)),
    "JSON and SOAP": (0.3, over_samples(replies, read_reply)),
    "EDEXML, strict": (0.1, over_samples(documents, lambda body: edexml.read(BytesIO(body)))),
    "EDEXML, lenient": (0.1, over_samples(documents, lambda body: edexml.read(BytesIO(body), lenient=True))),
    "replies of UWLR": (0.04, over_calls(uwlr_calls)),
    "requests of UWLR": (0.04, over_samples(uwlr_requests, answer_request)),
    "replies of Medius": (0.08, over_calls(medius_calls)),
    "replies of the Public API": (0.06, over_calls(api_calls)),
    "replies of the results service": (0.01, over_calls(results_calls)),
}
