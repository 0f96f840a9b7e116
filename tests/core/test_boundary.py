"""Only errors of the library leave a call; what the caller's own code raises passes unchanged."""

from __future__ import annotations

import json
import traceback
import types
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import magister_connect
from magister_connect import edexml
from magister_connect.core.boundary import boundary, file_boundary
from magister_connect.core.drivers import NO_RETRIES, AsyncDriver, SyncDriver
from magister_connect.core.drivers.retrying import asked_by_header as asked_wait
from magister_connect.core.flow import Flow, Reply, Request, exchange
from magister_connect.core.secrets import Secret
from magister_connect.core.tables.text_tables import read_text_table
from magister_connect.crosswalk import Column, ParameterTable, build_links
from magister_connect.crosswalk.files import crosswalk_from_rows
from magister_connect.errors import InternalError, MagisterConnectError, NotFound, Responsible, UsageError
from magister_connect.identifiers import Bsn, Pgn, Stamnummer, canonical_stamnummer, restore
from magister_connect.login import StaticToken
from magister_connect.medius import AsyncMediusClient, MediusClient, Records, Student, Table
from magister_connect.public_api import PublicApiClient
from magister_connect.store import Store

SECRET = "geheim-van-pieter"


def library_function(body: str, **names: object) -> Callable[[], object]:
    """A function that counts as one of this library: its module says so."""
    module = types.ModuleType("magister_connect.core.values")
    module.__dict__.update(names)
    path = Path(str(magister_connect.__file__)).parent / "core" / "values.py"
    exec(compile(f"def broken():\n    {body}", str(path), "exec"), module.__dict__)  # noqa: S102 - text of this test
    function: Callable[[], object] = module.__dict__["broken"]
    return function


BUGS = ["1 / 0", "[][1]", "{}['x']", "None.x", f"raise OverflowError('{SECRET}')", "import json; json.loads('{')"]


@pytest.mark.parametrize("body", BUGS)
def test_a_bug_of_the_library_names_its_place_and_no_value(body: str) -> None:
    with pytest.raises(InternalError) as caught, boundary:
        library_function(body)()
    text = str(caught.value)
    assert "(magister_connect/core/values.py:2 in broken)" in text
    assert "Report this to the maintainers of magister-connect: " in text
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.responsible is Responsible.MAINTAINER


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, DeprecationWarning])
def test_what_is_no_error_passes(kind: type[BaseException]) -> None:
    with pytest.raises(kind), boundary:
        library_function("raise kind", kind=kind)()


@pytest.mark.parametrize(("kind", "leaves"), [(FileNotFoundError, FileNotFoundError), (TypeError, InternalError)])
def test_what_the_file_system_says_leaves_a_reader_of_files(kind: type[Exception], leaves: type[Exception]) -> None:
    reader = file_boundary.around(library_function("raise kind", kind=kind))
    with pytest.raises(leaves):
        reader()


def callers_code() -> object:
    return json.loads("{")  # raised inside the standard library, but called from here


def test_an_exception_of_the_callers_code_passes_unchanged() -> None:
    with pytest.raises(json.JSONDecodeError), boundary:
        library_function("call()", call=callers_code)()
    with pytest.raises(NotFound) as caught, boundary:
        library_function("call()", call=raise_not_found)()
    assert any(frame.name == "raise_not_found" for frame in traceback.extract_tb(caught.value.__traceback__))


def raise_not_found() -> None:
    raise NotFound("told by the caller")


def test_an_error_of_the_library_loses_the_frames_inside_and_the_chain_that_adds_nothing() -> None:
    body = "try: 1 / 0\n    except ZeroDivisionError: raise UsageError('Give something else')"
    with pytest.raises(UsageError) as caught, boundary:
        library_function(body, UsageError=UsageError)()
    lines = "".join(traceback.format_exception(caught.value))
    assert "ZeroDivisionError" not in lines
    assert "in broken" not in lines
    assert lines.rstrip().endswith(str(caught.value))


# -- drivers ------------------------------------------------------------------------------------------------------


def failing(kind: type[BaseException]) -> Callable[[httpx.Request], httpx.Response]:
    def hook(_request: httpx.Request) -> httpx.Response:
        raise kind(SECRET)

    return hook


CALLERS = [ValueError, KeyError, RuntimeError, AssertionError, OSError]


@pytest.mark.parametrize("kind", CALLERS)
def test_a_transport_or_hook_of_the_caller_fails_as_itself(kind: type[Exception]) -> None:
    transport = httpx.Client(transport=httpx.MockTransport(failing(kind)))
    hooks = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(200)), event_hooks={"request": [failing(kind)]}
    )
    for http in (transport, hooks):
        with pytest.raises(kind, match=SECRET):
            SyncDriver(http, retries=NO_RETRIES).run(exchange(Request("GET", "https://school.invalid/")))


@pytest.mark.anyio
@pytest.mark.parametrize("kind", CALLERS)
async def test_an_async_transport_of_the_caller_fails_as_itself(kind: type[Exception]) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(failing(kind))) as http:
        with pytest.raises(kind, match=SECRET):
            await AsyncDriver(http, retries=NO_RETRIES).run(exchange(Request("GET", "https://school.invalid/")))


def test_a_flow_of_the_caller_fails_as_itself() -> None:
    def flow() -> Flow[None]:
        yield from ()
        raise LookupError(SECRET)

    with pytest.raises(LookupError, match=SECRET):
        SyncDriver(httpx.Client()).run(flow())


RETRY_AFTER = ["Wed, 21 Oct 99999 07:28:00 GMT", "Wed, 21 Oct 2025 07:28:00 +9999999999", "9" * 5000, "²", "x", ""]


@pytest.mark.parametrize("text", RETRY_AFTER)
def test_no_wait_that_a_server_asks_for_raises(text: str) -> None:
    reply = Reply(503, (("retry-after", text), ("date", "Mon, 01 Jan 0001 00:00:00 +2359")))
    assert (asked_wait(reply) or 1.0) > 0


def test_a_wrong_password_shows_a_short_traceback() -> None:
    from magister_connect.medius import MediusClient

    page = "<Response><Result>False</Result><ResultMessage>Ongeldig</ResultMessage></Response>"
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, text=page)))
    client = MediusClient("https://school.invalid:8800", username="user", password="wrong", http=http)
    with pytest.raises(MagisterConnectError) as caught:
        client.students()
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert len(frames) <= 6, [frame.name for frame in frames]
    assert "During handling" not in "".join(traceback.format_exception(caught.value))


ENVIRONMENTS = [
    ({"ALL_PROXY": "socks5://127.0.0.1:1"}, "SOCKS"),
    ({"SSL_CERT_FILE": "/nowhere/at/all.pem"}, "certificates that the environment names"),
    ({"HTTPS_PROXY": "nothing://user:geheim@[::1"}, "proxy settings of the environment"),
]


@pytest.mark.parametrize(("environment", "words"), ENVIRONMENTS)
def test_an_environment_that_does_not_work_is_named(
    environment: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=words) as caught:
        SyncDriver()
    assert "geheim" not in str(caught.value)


NAME = "Zwanenburg"
COLUMNS = "bsn;nr;stamnr_str;crebo;geldig_van;geb_datum_str;naam\n"
ODD = f"{COLUMNS}111222334;x;7;25187;x;x;{NAME}\n".encode()
SHORT = f"{COLUMNS}{NAME}\n".encode()
EDEX = f"<EDEX><x>{NAME}</x></EDEX>".encode()


def open_document() -> None:
    with edexml.open(EDEX):
        raise AssertionError


async def open_document_async() -> None:
    async with edexml.open_async(chunks()):
        raise AssertionError


async def chunks() -> AsyncIterator[bytes]:
    yield EDEX


WRONG_NUMBER: Any = 111222334.0

SIDES = Column("bsn", Bsn), Column("nr", Stamnummer, "99ZZ")
READERS: dict[str, Callable[[], object]] = {
    "text": lambda: read_text_table(SHORT),
    "table": lambda: Table.read(SHORT),
    "records": lambda: Table.read(ODD).to(Student),
    "parameters": lambda: ParameterTable.read(ODD),
    "links": lambda: build_links(read_text_table(ODD), *SIDES, source="x"),
    "crosswalk": lambda: crosswalk_from_rows([(NAME,) * 15]),
    "plain record": lambda: Student.from_dict({"stamnummer": 7, "roepnaam": NAME}),
    "plain records": lambda: Records.from_dict({"records": [NAME]}, Student),
    "plain table": lambda: Table.from_dict({"rows": [NAME]}),
    "identifier": lambda: Bsn("111222334"),
    "parsed identifier": lambda: Pgn.parse("111222334"),
    "lenient identifier": lambda: Stamnummer.parse_lenient(NAME, scope="99ZZ"),
    "restored identifier": lambda: restore("bsn", "", "111222334"),
    "identifier of a number": lambda: Pgn.from_number(111222334),
    "identifier of plain data": lambda: Bsn.from_dict({"kind": "bsn", "realm": "", "text": "111222334"}),
    "stamnummer": lambda: canonical_stamnummer(WRONG_NUMBER),
    "opened document": open_document,
    "document opened async": lambda: anyio.run(open_document_async),
    "document read async": lambda: anyio.run(edexml.read_async, chunks()),
    "checked document": lambda: edexml.check(EDEX, encoding="nothing"),
    "document": lambda: edexml.read(EDEX),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_that_fails_holds_no_variable_with_what_it_read(reader: str) -> None:
    with pytest.raises(MagisterConnectError) as caught:
        READERS[reader]()
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = [value for frame in told.stack[1:] for value in (frame.locals or {}).values()]
    assert shown
    assert [value for value in shown if NAME in value or "111222334" in value or "x" in value.split(";")] == []
    assert told.__suppress_context__


def test_what_the_records_of_the_caller_raise_keeps_its_frames() -> None:
    def rows() -> Iterator[object]:
        yield {"bsn": "", "nr": ""}
        raise UsageError("of the caller")

    with pytest.raises(UsageError) as caught:
        build_links(rows(), *SIDES, source="x")
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "rows"


def test_a_type_error_beside_the_boundary_itself_is_a_bug() -> None:
    with pytest.raises(InternalError):
        library_function("with boundary: len(1)", boundary=boundary)()


MISTYPED: list[tuple[str, Callable[[], object]]] = [
    ("unexpected keyword", lambda: medius().students(lespriode="2526")),  # type: ignore[call-arg]  # that is the test
    ("missing", lambda: medius().get_data()),  # type: ignore[call-arg]  # that is the test
    ("positional argument", lambda: medius().employees(1, 2, 3)),  # type: ignore[call-arg, arg-type]  # that is the test
    ("unexpected keyword", lambda: Store("sqlite://").results(prodct="JIJ")),  # type: ignore[call-arg]  # that is the test
    ("unexpected keyword", lambda: anyio.run(partial(async_medius().students, lespriode="2526"))),  # type: ignore[call-arg]  # that is the test
    (r"student_groups\(\) missing", lambda: medius().student_groups()),  # type: ignore[call-arg]  # that is the test
    (r"account\(\) got too many", lambda: public_api().account(1)),  # type: ignore[call-arg]  # that is the test
    (r"kinderen\(\) missing", lambda: public_api().kinderen()),  # type: ignore[call-arg]  # that is the test
    (r"groups\(\) got", lambda: anyio.run(partial(async_medius().student_groups, "1", x="1"))),  # type: ignore[call-arg]  # that is the test
    ("unexpected keyword", lambda: Bsn.parse(txt="1")),  # type: ignore[call-arg]  # that is the test
]


def public_api() -> PublicApiClient:
    return PublicApiClient("https://school.invalid/api", tokens=StaticToken(Secret("t")))


def medius() -> MediusClient:
    return MediusClient("https://school.invalid", username="u", password="p")


def async_medius() -> AsyncMediusClient:
    return AsyncMediusClient("https://school.invalid", username="u", password="p")


@pytest.mark.parametrize(("words", "call"), MISTYPED, ids=range(len(MISTYPED)))
def test_arguments_that_do_not_fit_are_pythons_own_type_error(words: str, call: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=words):
        call()
