"""Tools that show variables show no value of a record, no body and no secret in frames of this library.

Each scenario ends in an error. What is searched for stands in the scenario in objects without a repr, so that whatever
a tool prints of it comes from the library.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from magister_connect import crosswalk, edexml, identifiers, uwlr
from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.secrets import Secret
from magister_connect.errors import MagisterConnectError
from magister_connect.identifiers import Stamnummer
from magister_connect.login import StaticToken, StoredTokens, Tokens
from magister_connect.login.token_stores.sql import SqlTokenStore
from magister_connect.medius import MediusClient, Table
from magister_connect.nummervoorziening import hpgn
from magister_connect.public_api import PublicApiClient
from magister_connect.scim import AsyncScimClient
from magister_connect.store import Store


class Hidden:
    """Holds a value that no tool shows."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __call__(self) -> Any:
        return self._value

    def __repr__(self) -> str:
        return "<hidden>"


NAME = Hidden("Zwanenburg")
NUMBER = Hidden("123456782")
SALT = Hidden("c2FsdC1kaWUtZ2VoZWltLWlz")
TOKEN = Hidden("tok-geheim-van-pieter")
MARK = Hidden("ZX7QK")
SEARCHED = (NAME, NUMBER, SALT, TOKEN, MARK)


class CallersError(Exception):
    """Raised in code of the caller."""


def replying(status: int, body: str, media_type: str) -> httpx.Client:
    content = Hidden(body.encode())
    body = ""
    return httpx.Client(
        transport=httpx.MockTransport(
            lambda _: httpx.Response(status, content=content(), headers={"content-type": media_type})
        )
    )


def medius(body: str, ask: Callable[[MediusClient], object]) -> None:
    http = replying(200, body, "text/xml")
    body = ""
    account: dict[str, Any] = {"username": "u", "password": Secret(TOKEN()), "stateless": True}
    with MediusClient("https://school.example", **account, http=http, retries=NO_RETRIES) as client:
        ask(client)


def public_api(body: str, ask: Callable[[PublicApiClient], object], status: int = 200) -> None:
    http, tokens = replying(status, body, "application/json"), StaticToken(Secret(TOKEN()))
    body = ""
    with PublicApiClient("https://school.example/api", tokens=tokens, http=http, retries=NO_RETRIES) as client:
        ask(client)


def uwlr_client(body: str, ask: Callable[[uwlr.UwlrClient], object], status: int = 200) -> None:
    http = replying(status, body, "text/xml")
    body = ""
    account = ("klant", Secret(TOKEN()), Secret(TOKEN()))
    with uwlr.UwlrClient("https://las.example/uwlr", *account, http=http, retries=NO_RETRIES) as client:
        ask(client)


def scim(body: str, ask: Callable[[AsyncScimClient], Any]) -> None:
    content = Hidden(body.encode())
    body = ""
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=content())))

    async def call() -> None:
        tokens = StaticToken(Secret(TOKEN()))
        async with AsyncScimClient("https://school.example/scim", tokens=tokens, http=http) as client:
            await in_a_group(ask(client))

    asyncio.run(call())


async def in_a_group(call: Any) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(call)


async def take_all(items: Any) -> None:
    async for _ in items:
        pass


def with_a_hook(ask: Callable[[PublicApiClient], object]) -> None:
    http, tokens = replying(200, ACCOUNT(), "application/json"), StaticToken(Secret(TOKEN()))
    http.event_hooks = {"response": [raising]}
    with PublicApiClient("https://school.example/api", tokens=tokens, http=http, retries=NO_RETRIES) as client:
        ask(client)


TABLE = Hidden(f"<Response><Data><Leerlingen><Leerling><stamnr_str>51155</stamnr_str><achternaam>{NAME()}</achternaam>")
ACCOUNT = Hidden(f'{{"Persoon": {{"Id": "{MARK()}", "Achternaam": "{NAME()}"}}, "Groep": "{NUMBER()}"}}')
PUPIL = Hidden(f'<leerling key="1"><achternaam>{NAME()}</achternaam><geslacht>{MARK()}</geslacht></leerling>')
DOCUMENT = Hidden(
    "<EDEX><school><brincode>99ZZ</brincode><dependancecode>00</dependancecode><schooljaar>2025-2026</schooljaar>"
    "<aanmaakdatum>2025-10-01T08:00:00</aanmaakdatum><xsdversie>2.1</xsdversie></school>"
    f"<groepen/><leerlingen>{PUPIL()}</leerlingen></EDEX>"
)


PLACE = uwlr.SchoolReference(brincode="99ZZ", dependancecode="00")
ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
FAULT = Hidden(
    ENVELOPE.format(f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{NAME()} {NUMBER()}</faultstring></s:Fault>")
)
ANSWER = Hidden(
    ENVELOPE.format(
        '<n:leerlinggegevens_antwoord xmlns:n="http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens">'
        f"{DOCUMENT()}</n:leerlinggegevens_antwoord>"
    )
)
USERS = Hidden(
    '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 1,'
    f' "Resources": [{{"id": 5, "userName": ["{NAME()}"], "active": "{MARK()}"}}]}}'
)


def raising(*_: object) -> Any:
    raise CallersError


def of_caller() -> Iterator[bytes]:
    yield DOCUMENT()[:-60].encode()
    raise CallersError


def interrupted() -> Iterator[bytes]:
    yield DOCUMENT()[:-60].encode()
    raise KeyboardInterrupt


def locked(path: Path, write: Callable[[str], object]) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE IF NOT EXISTS x (y)")
        other.commit()
        other.execute("BEGIN EXCLUSIVE")
        write(f"sqlite:///{path}")


def keep_tokens(url: str) -> None:
    store = SqlTokenStore(url, patience=0.01)
    store.replace("k", None, StoredTokens(tokens=Tokens(access_token=Secret(TOKEN()), refresh_token=Secret(TOKEN()))))


def keep_links(url: str) -> None:
    with Store(url, key=Store.generate_key(), patience=0.01) as store:
        link = crosswalk.Link(identifiers.Bsn(NUMBER()), Stamnummer("51155", scope="99ZZ"))
        store.save_crosswalk(crosswalk.Crosswalk([link]))


HTML = Hidden(f"<html><body>{NAME()} {NUMBER()}</body></html>")
LINKS = Hidden(f"pgn;nr\n{NUMBER()[:-1]}9;51155\n")
SCENARIOS: dict[str, Callable[[Path], object]] = {
    "Medius, a page": lambda _: medius(HTML(), lambda client: client.students()),
    "Medius, cut off": lambda _: medius(TABLE(), lambda client: client.students()),
    "Medius, of one person": lambda _: medius(TABLE(), lambda client: client.student_groups(NUMBER())),
    "Medius, streamed": lambda _: medius(TABLE(), lambda client: list(client.iter_data("x"))),
    "Public API, a value": lambda _: public_api(ACCOUNT(), lambda client: client.account()),
    "Public API, a page": lambda _: public_api(HTML(), lambda client: client.account()),
    "a hook of the caller": lambda _: with_a_hook(lambda client: client.account()),
    "Public API, refused": lambda _: public_api(ACCOUNT(), lambda client: client.account(), 400),
    "EDEXML, a value": lambda _: edexml.read(BytesIO(DOCUMENT().encode())),
    "EDEXML, bytes": lambda _: edexml.read(DOCUMENT().encode()),
    "EDEXML, of the caller": lambda _: edexml.read(of_caller()),
    "EDEXML, interrupted": lambda _: edexml.read(interrupted()),
    "EDEXML, a stream": lambda _: [list(each.leerlingen) for each in [edexml.open(DOCUMENT().encode()).__enter__()]],
    "UWLR, pupils": lambda _: uwlr_client(ANSWER(), lambda client: client.pupils(PLACE, "2025-2026")),
    "UWLR, streamed": lambda _: uwlr_client(ANSWER(), lambda client: list(client.stream(PLACE, "2025-2026"))),
    "UWLR, a fault": lambda _: uwlr_client(FAULT(), lambda client: client.pupils(PLACE, "2025-2026"), 500),
    "SCIM, a list in a task group": lambda _: scim(USERS(), lambda client: take_all(client.users())),
    "SCIM, a password in a task group": lambda _: scim(HTML(), lambda client: client.set_password("x", TOKEN())),
    "a list of the Public API": lambda _: public_api(ACCOUNT(), lambda client: list(client.kinderen(1))),
    "a client, made": lambda _: MediusClient(f"https://u:{TOKEN()}@school.example", username="u", password=TOKEN()),
    "a store, made": lambda _: SqlTokenStore(f"postgresql://u:{TOKEN()}@x@host/db"),
    "a key of a store": lambda _: SqlTokenStore("sqlite://", encryption_key=TOKEN()),
    "UWLR, a request": lambda _: uwlr.parse_request(DOCUMENT().encode()),
    "UWLR, version 1": lambda _: uwlr.read_version_1(DOCUMENT().encode()),
    "an identifier": lambda _: identifiers.Bsn.parse(NUMBER()[:-1] + NAME()),
    "an identifier, leniently": lambda _: identifiers.Bsn.parse_lenient(NUMBER() + NAME()),
    "an identifier, made": lambda _: identifiers.EckId(NAME()),
    "an identifier, scoped": lambda _: Stamnummer.parse(NAME(), scope="99ZZ"),
    "an identifier, restored": lambda _: identifiers.restore("stamnummer", "99ZZ", NAME()),
    "a school year": lambda _: identifiers.Schooljaar.parse_lenient(NAME()),
    "a hash": lambda _: hpgn(NUMBER(), salt=SALT() + "!"),
    "a table": lambda _: crosswalk.read_text_table(f'a;b\n"{NAME()}'.encode()),
    "links": lambda _: crosswalk.build_links(
        crosswalk.read_text_table(LINKS().encode()),
        crosswalk.Column("pgn", identifiers.Pgn),
        crosswalk.Column("nr", Stamnummer, scope="99ZZ"),
        source="x",
        on_unreadable="raise",
    ),
    "parameters": lambda _: crosswalk.ParameterTable.read(f"crebo;code\n{NAME()};1\n".encode()),
    "a record": lambda _: edexml.Leerling.from_dict({"key": "1", "achternaam": [NAME()], "geslacht": NUMBER()}),
    "a table of Medius": lambda _: Table.from_dict({"rows": NAME()}),
    "tokens in a locked database": lambda path: locked(path / "x.db", keep_tokens),
    "links in a locked database": lambda path: locked(path / "x.db", keep_links),
}


def with_rich(error: BaseException) -> str:
    from rich.console import Console
    from rich.traceback import Traceback

    made = Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_string=10_000,
        locals_max_length=1_000,
        extra_lines=0,
    )
    Console(file=(out := StringIO()), width=300).print(made)
    return out.getvalue()


def with_sentry(error: BaseException) -> str:
    from sentry_sdk.utils import event_from_exception

    event, _ = event_from_exception(error)
    return str(event)


def with_pytest(error: BaseException) -> str:
    shown = pytest.ExceptionInfo.from_exception(error)
    return str(shown.getrepr(showlocals=True, style="long", tbfilter=False, truncate_locals=False))


def with_traceback(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def with_ipython(error: BaseException) -> str:
    from IPython.core.ultratb import VerboseTB

    return str(VerboseTB(theme_name="nocolor").text(type(error), error, error.__traceback__))


def with_cgitb(error: BaseException) -> str:
    if sys.version_info >= (3, 13):
        return ""  # it is gone
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import cgitb
    return cgitb.text((type(error), error, error.__traceback__))  # type: ignore[arg-type]  # there is one


TOOLS = [with_rich, with_sentry, with_pytest, with_traceback, with_ipython, with_cgitb]


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_tool_shows_a_value_in_frames_of_the_library(name: str, tmp_path: Path) -> None:
    with pytest.raises((MagisterConnectError, CallersError, KeyboardInterrupt, ExceptionGroup, uwlr.Refusal)) as caught:
        SCENARIOS[name](tmp_path)
    error = caught.value
    found = {tool.__name__: [each() for each in SEARCHED if each() in tool(error)] for tool in TOOLS}
    assert {tool: values for tool, values in found.items() if values} == {}
