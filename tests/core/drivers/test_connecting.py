"""Why no connection came about, in words, from what the library was told."""

import socket
import ssl

import anyio
import httpx
import httpx2
import pytest

from magister_connect.core.drivers import NO_RETRIES, AsyncDriver, RetryPolicy, SyncDriver, Timeouts
from magister_connect.core.flow import Request
from magister_connect.errors import (
    AllowListSuspected,
    ConnectionFailed,
    MagisterConnectError,
    Responsible,
    TimedOut,
    TlsFailed,
    UsageError,
)
from magister_connect.testing import Script

LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2])


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


def plain_text() -> ssl.SSLError:
    error = ssl.SSLError(1, "wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


CAUSES = [
    ("ConnectTimeout", None, False, TimedOut, "No connection within 5 s"),
    ("ConnectTimeout", None, True, AllowListSuspected, "No connection within 5 s"),
    ("ConnectError", untrusted(), True, TlsFailed, "not trusted: self-signed certificate"),
    ("ConnectError", ssl.SSLError(1, "handshake failure"), False, TlsFailed, "handshake failed"),
    ("ConnectError", ssl.SSLError(1, "handshake failure"), True, AllowListSuspected, "handshake was interrupted"),
    ("ConnectError", plain_text(), True, TlsFailed, "does not use TLS"),
    (
        "ConnectError",
        socket.gaierror(-2, "Name or service not known"),
        False,
        ConnectionFailed,
        "no host with",
    ),
    ("ConnectError", ConnectionRefusedError(111, "refused"), True, ConnectionFailed, "no service listens"),
    ("ConnectError", ExceptionGroup("x", [ConnectionRefusedError()]), False, ConnectionFailed, "no service listens"),
    (
        "ConnectError",
        ExceptionGroup("x", [OSError(), OSError()]),
        False,
        ConnectionFailed,
        "No connection could be made",
    ),
    ("ConnectError", OSError(101, "unreachable"), False, ConnectionFailed, "No connection could be made"),
    ("PoolTimeout", None, False, TimedOut, "became free within 60 s"),
    ("ReadTimeout", None, True, TimedOut, "No complete response within 60 s"),
    ("WriteError", None, False, ConnectionFailed, "broke off"),
    ("ProxyError", None, False, ConnectionFailed, "proxy did not let the request through"),
    ("LocalProtocolError", None, False, UsageError, "a header cannot be sent"),
]


@LIBRARIES
@pytest.mark.parametrize(("name", "cause", "listed", "kind", "words"), CAUSES)
def test_every_cause_has_its_words(
    library: object, name: str, cause: Exception | None, listed: bool, kind: type[MagisterConnectError], words: str
) -> None:
    def fail(_request: object) -> object:
        raise getattr(library, name)("told by the library") from cause

    http = library.Client(transport=library.MockTransport(fail))  # type: ignore[attr-defined]  # httpx or httpx2
    driver = SyncDriver(http, retries=NO_RETRIES)
    with pytest.raises(kind, match=words) as caught:
        driver.send(Request("GET", "https://school.invalid:8800/doc", allow_list=listed))
    assert type(caught.value) is kind
    assert "told by the library" not in str(caught.value)


LOOK_UPS = [
    (socket.EAI_NONAME, "There is no host with this name", Responsible.YOU, 1),
    (socket.EAI_NODATA, "There is no host with this name", Responsible.YOU, 1),
    (socket.EAI_AGAIN, "could not be looked up", Responsible.NOBODY, 3),
    (socket.EAI_FAIL, "could not be looked up", Responsible.NOBODY, 3),
]


@pytest.mark.parametrize(("code", "words", "responsible", "attempts"), LOOK_UPS)
def test_a_name_that_does_not_exist_is_looked_up_once(
    code: int, words: str, responsible: Responsible, attempts: int
) -> None:
    calls = []

    def fail(_request: object) -> object:
        calls.append(code)
        raise httpx.ConnectError("x") from socket.gaierror(code, "told by the library")

    http = httpx.Client(transport=httpx.MockTransport(fail))  # type: ignore[arg-type]  # always raises
    policy = RetryPolicy(attempts=3, first_wait=0, longest_wait=0, jitter=0)
    with pytest.raises(ConnectionFailed, match=words) as caught:
        SyncDriver(http, retries=policy).send(Request("GET", "https://school.invalid/"))
    assert caught.value.responsible is responsible
    assert len(calls) == attempts


def test_a_refused_connection_is_tried_again_and_names_both_causes() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    policy = RetryPolicy(attempts=2, first_wait=0, longest_wait=0, jitter=0)
    with SyncDriver(retries=policy) as driver, pytest.raises(ConnectionFailed) as caught:
        driver.send(Request("GET", address))
    assert "Check the port" in str(caught.value)
    assert "Try again later" in str(caught.value)
    assert caught.value.attempts == 2


@pytest.mark.parametrize("address", ["http://[::1", "https://:80:80/", "http://xn--/", "ftp://x/", "no"])
def test_a_malformed_address_is_refused_at_once(address: str) -> None:
    with SyncDriver() as driver, pytest.raises(UsageError, match="address") as caught:
        driver.send(Request("GET", address))
    assert caught.value.responsible is Responsible.YOU


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
@pytest.mark.parametrize("name", ["connect", "read"])
def test_a_time_out_is_a_number_above_zero(name: str, seconds: float) -> None:
    with pytest.raises(UsageError, match=rf"above zero \(the timeout to {name}\)"):
        Timeouts(**{name: seconds})


def test_the_time_out_of_one_call_is_one_too() -> None:
    with (
        SyncDriver(Script().client()) as driver,
        pytest.raises(UsageError, match=r"above zero \(the read timeout of the call\)"),
    ):
        driver.send(Request("GET", "https://school.example/", timeout=-1.0))


def test_a_client_of_the_other_kind_is_refused() -> None:
    with httpx.Client() as http, pytest.raises(UsageError, match="takes the AsyncClient of httpx or httpx2"):
        AsyncDriver(http)  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(UsageError, match="takes the Client of httpx or httpx2, but received: AsyncClient"):
        SyncDriver(httpx.AsyncClient())  # type: ignore[arg-type]  # the mistake under test


def test_a_call_after_closing_is_a_mistake_of_the_caller() -> None:
    driver = SyncDriver()
    driver.close()
    with pytest.raises(UsageError, match="has been closed"):
        driver.send(Request("GET", "https://school.invalid/"))


def test_time_outs_are_set_on_every_request_and_can_be_changed_for_one() -> None:
    seen: list[dict[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200)

    http = httpx.Client(transport=httpx.MockTransport(answer), timeout=None)  # noqa: S113 - what is under test
    driver = SyncDriver(http, timeouts=Timeouts(connect=1, read=2))
    driver.send(Request("GET", "https://school.invalid/"))
    driver.send(Request("GET", "https://school.invalid/", timeout=300))
    assert [(times["connect"], times["read"]) for times in seen] == [(1, 2), (1, 300)]


def test_credentials_of_the_callers_client_are_not_sent_along() -> None:
    seen: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append("authorization" in request.headers)
        return httpx.Response(301, headers={"location": "https://other.invalid/"})

    http = httpx.Client(transport=httpx.MockTransport(answer), auth=("u", "p"), follow_redirects=True)
    assert SyncDriver(http).send(Request("GET", "https://school.invalid/")).status == 301
    assert seen == [False]


def test_a_redirect_to_no_address_is_told_and_not_repeated() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(301, headers={"location": "https://[::1"})

    driver = SyncDriver(httpx.Client(transport=httpx.MockTransport(answer)))
    with pytest.raises(ConnectionFailed, match=r"redirects to an address that is not valid .*Ask the supplier"):
        driver.send(Request("GET", "https://school.invalid/"))
    assert len(asked) == 1


def test_a_client_of_the_caller_stays_open_and_one_of_ours_is_closed() -> None:
    http = httpx.Client()
    with SyncDriver(http):
        pass
    assert not http.is_closed
    http.close()
    own = SyncDriver()
    own.close()
    assert own._transport._http.is_closed


def test_the_same_holds_for_an_awaiting_client() -> None:
    async def main() -> tuple[bool, bool]:
        async with httpx.AsyncClient() as http:
            async with AsyncDriver(http):
                pass
            theirs = http.is_closed
        own = AsyncDriver()
        await own.close()
        return theirs, own._transport._http.is_closed

    assert anyio.run(main) == (False, True)


def test_the_awaiting_clock_is_utc_by_default() -> None:
    import datetime as dt

    from magister_connect.core.flow import current_time

    async def main() -> dt.datetime:
        async with AsyncDriver() as driver:
            return await driver.run(current_time())

    assert anyio.run(main).tzinfo is dt.UTC


@LIBRARIES
def test_an_address_that_prints_without_query_still_equals_the_address_it_is(library: object) -> None:
    seen: list[object] = []

    def answer(request: httpx.Request) -> object:
        seen.append(request.url)
        return library.Response(200)  # type: ignore[attr-defined]  # httpx or httpx2

    http = library.Client(transport=library.MockTransport(answer))  # type: ignore[attr-defined]  # httpx or httpx2
    SyncDriver(http).send(Request("GET", "https://school.invalid/doc", query=(("a", "1"),)))
    full = library.URL("https://school.invalid/doc?a=1")  # type: ignore[attr-defined]  # httpx or httpx2
    assert seen == [full]
    assert hash(seen[0]) == hash(full)
    assert repr(seen[0]) == "URL('https://school.invalid/doc')"
