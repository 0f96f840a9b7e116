"""Nothing secret and nothing of a pupil in any log record or exception of a call, failing or not."""

import logging
import traceback
from collections.abc import Callable

import httpx
import httpx2
import pytest

from magister_connect.core.drivers import NO_RETRIES, SyncDriver
from magister_connect.core.flow import Flow, Reply, Request, exchange
from magister_connect.core.secrets import Secret
from magister_connect.errors import ConnectionFailed, MagisterConnectError, UsageError
from tests.core.drivers.conftest import OK, Runner, ScriptedServer

PASSWORD = "correct;horse&battery"
ENCODED = "correct%3Bhorse%26battery"
STAMNUMMER = "7654321"
COOKIE = "session-0A1B2C3D"
BODY = "Roepnaam-Testpersoon"
TELLTALE = (PASSWORD, ENCODED, STAMNUMMER, COOKIE, BODY)
HEAD = f"HTTP/1.1 200 OK\r\nSet-Cookie: t={COOKIE}\r\nContent-Length: {len(BODY)}\r\nConnection: close\r\n\r\n"
REPLY = f"{HEAD}{BODY}".encode()


def call(url: str) -> Flow[Reply]:
    query = (("UserName", "u"), ("Password", Secret(PASSWORD)), ("StamNr", STAMNUMMER))
    headers = (("Authorization", Secret(PASSWORD)),)
    return (yield from exchange(Request("POST", f"{url}/doc", query=query, headers=headers, body=BODY.encode())))


def everything_printed(caplog: pytest.LogCaptureFixture, error: BaseException | None) -> str:
    formatter = logging.Formatter()
    printed = [formatter.format(record) + repr(vars(record)) for record in caplog.records]
    while error is not None:
        printed += [repr(error), str(error), repr(vars(error))]
        printed += [
            f"{frame.f_code.co_name}: {frame.f_locals!r}"
            for frame, _ in traceback.walk_tb(error.__traceback__)
            if frame.f_code.co_filename not in {__file__, Runner.run.__code__.co_filename}
        ]
        error = error.__cause__ or error.__context__
    return "\n".join(printed)


@pytest.mark.parametrize(
    "script",
    [
        [REPLY],
        [REPLY[:-3]],
        [b"not http"],
        [f"HTTP/1.1 {BODY}\r\n\r\n".encode()],
        [REPLY.replace(b"200 OK", b"503 Busy")],
    ],
)
def test_no_log_record_and_no_exception_of_a_call_tells_anything(
    runner: Runner, server: ScriptedServer, caplog: pytest.LogCaptureFixture, script: list[bytes | None]
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script = script
    failure = None
    try:
        runner.run(lambda: call(server.url), retries=NO_RETRIES)
    except MagisterConnectError as error:
        failure = error
    assert ENCODED.encode() in server.heads[0]
    printed = everything_printed(caplog, failure)
    assert "/doc" in printed
    assert [text for text in TELLTALE if text in printed] == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "ftp://127.0.0.1", "nonsense"])
def test_no_exception_of_a_call_that_was_never_sent_tells_anything(
    runner: Runner, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MagisterConnectError) as caught:
        runner.run(lambda: call(address), retries=NO_RETRIES)
    printed = everything_printed(caplog, caught.value)
    assert [text for text in TELLTALE if text in printed] == []


@pytest.mark.parametrize("key", [f"{COOKIE}\n", f"{COOKIE}\r\nX-Other: y", f"{COOKIE}é"])
def test_a_key_that_cannot_travel_is_the_callers_to_correct_and_is_not_told(
    runner: Runner, server: ScriptedServer, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    caplog.set_level(logging.DEBUG)
    request = Request("GET", server.url, headers=(("Authorization", Secret(key)),))
    with pytest.raises(UsageError, match=r"key or token") as caught:
        runner.run(lambda: exchange(request))
    assert server.heads == []
    assert COOKIE not in everything_printed(caplog, caught.value)


def test_a_failure_is_logged_by_its_kind(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="magister_connect")
    with SyncDriver(retries=NO_RETRIES) as driver, pytest.raises(ConnectionFailed):
        driver.send(Request("GET", "http://127.0.0.1:1/doc"))
    (message,) = [each.getMessage() for each in caplog.records if each.name == "magister_connect.core.drivers"]
    assert message.startswith("GET http://127.0.0.1:1/doc: ConnectionFailed in ")


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_the_library_logs_the_address_without_its_query(
    library: object, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    make: Callable[[], httpx.Client] = library.Client  # type: ignore[attr-defined]  # httpx2 has the same
    with make() as http:
        SyncDriver(http).run(call(server.url))
    messages = [record.getMessage() for record in caplog.records if record.name in {"httpx", "httpx2"}]
    assert messages == [f'HTTP Request: POST {server.url}/doc "HTTP/1.1 200 OK"']


def test_our_own_log_tells_method_address_and_status(server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="magister_connect")
    server.script = [OK]
    with SyncDriver() as driver:
        driver.run(call(server.url))
    (record,) = [record for record in caplog.records if record.name == "magister_connect.core.drivers"]
    assert record.getMessage().startswith(f"POST {server.url}/doc: 200 in ")


def test_user_and_password_in_an_address_are_not_shown(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with SyncDriver() as driver:
        driver.send(Request("GET", server.url.replace("http://", f"http://u:{STAMNUMMER}@"), shown=f"{server.url}/"))
    assert STAMNUMMER not in everything_printed(caplog, None)
