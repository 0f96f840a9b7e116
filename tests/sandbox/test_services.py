import datetime as dt
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from magister_connect import RetryPolicy, edexml
from magister_connect.errors import ConnectionFailed, UsageError
from magister_connect.medius import MediusClient
from magister_connect.nummervoorziening import NummervoorzieningClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox, School, serving
from magister_connect.sandbox.__main__ import environment, main, setting
from magister_connect.sandbox.faults import (
    Cut,
    DeclaredEncoding,
    Drip,
    Fault,
    Gzip,
    HtmlPage,
    Latency,
    Maintenance,
    Redirect,
    TooMany,
    Truncated,
)
from magister_connect.sandbox.sandbox import SERVICES
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.store import Store

SMALL = School.seeded(pupils=10, staff=6)


@pytest.fixture
def school() -> Iterator[Sandbox]:
    with Sandbox(data=SMALL) as sandbox:
        yield sandbox


@pytest.fixture
def platform(school: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{school.platform_url}/api", headers={"Authorization": f"Bearer {school.platform_token}"}
    ) as client:
        yield client


def test_nothing_is_left_when_the_context_ends() -> None:
    before = threading.active_count()
    with Sandbox(data=SMALL) as school:
        address, path = school.platform_url, school.edexml_path
        assert school.platform_url == address
        assert path.read_bytes() == school.edexml()
    assert threading.active_count() == before
    assert not path.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_it_is_served_over_tls_to_those_who_trust_its_authority() -> None:
    with Sandbox(data=SMALL, tls=True) as school:
        assert school.platform_url.startswith("https://127.0.0.1:")
        assert school.ca_path.exists()
        assert httpx.get(f"{school.platform_url}/api/results", verify=school.client_context()).status_code == 401
        with pytest.raises(httpx.ConnectError):
            httpx.get(school.platform_url)


def test_without_tls_there_is_no_authority(school: Sandbox) -> None:
    with pytest.raises(ValueError, match="tls=True"):
        school.client_context()


def test_the_reprs_say_what_a_developer_wants_to_know(school: Sandbox) -> None:
    assert re.fullmatch(
        r"<Sandbox: <School Zandbakcollege, seed 1: 10 pupils, 6 staff> at 2025-11-20 10:00, serving nothing yet>",
        repr(school),
    )
    school.faults.on("/", Cut())
    assert school.platform_url
    assert repr(school).endswith("serving platform>")
    assert repr(school.faults) == "<Faults: 1 rules>"
    assert repr(school.platform) == "<Platform: 0 documents, 0 written by this process>"
    assert repr(school.school.leerlingen) == "<People: 10>"
    assert "geheim" not in repr(school.state) + repr(school.accounts)


def free_row() -> int:
    """The first of so many free ports in a row as the school has services."""
    for first in range(20_000, 30_000, len(SERVICES)):
        with ExitStack() as held, suppress(OSError):
            for port in range(first, first + len(SERVICES)):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    pytest.fail("this machine has no free ports in a row")


def port_of(address: str) -> int:
    return httpx.URL(address).port or 0


def test_with_a_first_port_each_service_has_its_own_whatever_is_asked_for_first() -> None:
    first = free_row()
    with Sandbox(data=SMALL, first_port=first) as school:
        asked = [school.platform_url, school.issuer_url, school.medius_url, school.results_wsdl, school.scim_url]
        asked += [school.toa_wsdl, school.nummervoorziening_url, school.public_api_url]
        assert [port_of(each) - first for each in asked] == [6, 3, 0, 1, 5, 1, 2, 4]


def test_a_taken_port_stops_the_module_in_words(
    school: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["sandbox", "--pupils", "1", "--port", str(port_of(school.platform_url))])
    with pytest.raises(SystemExit):
        main()
    assert "The port cannot be used: Address already in use" in capsys.readouterr().err


def test_a_service_that_does_not_begin_to_listen_is_told(school: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_START_LIMIT", 0.01)
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    with pytest.raises(ConnectionFailed, match=r"listen within 0 seconds \(http://127.+\)\. Try again later"):
        school.serve("mine", school.medius.application())


@pytest.fixture
def hearing_ctrl_c() -> Iterator[None]:
    """What is started from here hears Ctrl-C, also where the tests run in the background of a shell and do not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("number", "fixed"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_the_module_runs_for_a_person_until_it_is_stopped(hearing_ctrl_c: None, number: int, fixed: bool) -> None:
    first = free_row() if fixed else None
    command = [sys.executable, "-m", "magister_connect.sandbox", "--pupils", "10"]
    command += [] if first is None else ["--port", str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(running.stdout.readline())
        running.send_signal(number)
        try:
            _, errors = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 0
    assert errors == ""
    ports = [int(number) for line in lines for number in re.findall(r"http://127\.0\.0\.1:(\d+)", line)]
    assert len(set(ports)) == len(SERVICES)
    assert first is None or set(ports) == set(range(first, first + len(SERVICES)))
    file = next(line.split()[-1] for line in lines if line.startswith("EDEXML file"))
    assert not Path(file).exists()


def test_what_it_prints_for_a_shell_is_what_the_examples_read(tmp_path: Path) -> None:
    with Sandbox(data=SMALL, tls=True) as school:
        lines = [setting("sh", name, value) for name, value in environment(school, tls=True)]
        show = subprocess.run(
            ["/bin/sh", "-c", "\n".join([*lines, "env"])],
            env={},
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        shown = dict(line.split("=", 1) for line in show.stdout.splitlines())
        assert {name: shown[name] for name, _ in environment(school, tls=True)} == dict(environment(school, tls=True))
        assert shown["JIJ_WSDL"].endswith("?wsdl")
        assert {"MEDIUS_URL", "PLATFORM_TOKEN", "PROGRAMME_TABLE", "SSL_CERT_FILE"} <= set(shown)


def test_the_examples_need_no_setting_that_it_does_not_print() -> None:
    folder = Path(__file__).parents[2] / "examples"
    names = r"\b(?:MEDIUS|JIJ|PLATFORM|STORE|EDEXML)_[A-Z_]+\b|\b[A-Z]+_(?:TABLE|FILE)\b"
    scripts = [folder / name for name in ("nightly_results.py", "nightly_pull.py", "platform_feed/settings.py")]
    asked = {name for script in scripts for name in re.findall(names, script.read_text(encoding="utf-8"))}
    with Sandbox(data=SMALL) as school:
        printed = dict(environment(school, tls=False))
        numbers = Path(printed["STAMNUMMERS_FILE"]).read_text(encoding="utf-8").split()
        assert set(map(int, numbers)) <= school.school.leerlingen.keys()
        with Store("sqlite://", key=printed["STORE_KEY"]):
            pass
    assert len(asked) > 10
    assert asked <= printed.keys()


@pytest.mark.parametrize(
    ("shell", "line"),
    [("sh", "export NAME='it'\"'\"'s $HOME'"), ("powershell", "$env:NAME = 'it''s $HOME'")],
)
def test_a_value_means_nothing_to_the_shell(shell: str, line: str) -> None:
    assert setting(shell, "NAME", "it's $HOME") == line


@pytest.mark.parametrize(
    ("option", "values", "told"),
    [
        ("--pupils", ("0", "-3", "x"), "a school has one pupil or more"),
        ("--port", ("0", "65530", "x"), f"the first port is a number from 1 to {65_536 - len(SERVICES)}"),
        ("--now", ("x", "1-8-2027"), "give a day such as 2027-08-01, or 2027-08-01T08:30"),
    ],
)
def test_a_wrong_option_is_refused_in_words(
    option: str, values: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in values:
        monkeypatch.setattr(sys, "argv", ["sandbox", option, value])
        with pytest.raises(SystemExit):
            main()
        assert f"error: argument {option}: {told}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--now", "2021-12-31"], "it was founded on 1 August 2022"),
        (["--founded", "2060"], "it was founded on 1 August 2060"),
        (["--founded", "12"], "The founding year must be from 1900"),
    ],
)
def test_a_day_before_the_founding_stops_the_module_in_words(
    given: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["sandbox", *given])
    with pytest.raises(SystemExit):
        main()
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("given", "day"), [([], None), (["--now", "2031-08-01"], dt.date(2031, 8, 1))])
def test_the_module_runs_on_the_day_of_the_machine_or_on_another(
    given: list[str], day: dt.date | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: threading.Event) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(threading.Event, "wait", interrupted)
    monkeypatch.setattr("magister_connect.sandbox.__main__.addresses", lambda school, **_: [("at", school.clock.now())])
    monkeypatch.setattr("magister_connect.sandbox.__main__.environment", lambda *_, **__: [])
    monkeypatch.setattr(sys, "argv", ["sandbox", "--pupils", "5", *given])
    main()
    shown = dt.datetime.fromisoformat(capsys.readouterr().out.splitlines()[0].split(maxsplit=1)[1])
    expected = day or dt.datetime.now(AMSTERDAM).date()
    assert abs(shown.date() - expected) <= dt.timedelta(days=1 if day is None else 0)


def test_a_port_that_does_not_exist_is_told(school: Sandbox) -> None:
    with pytest.raises(UsageError, match=r"ports end at 65535 \(127\.0\.0\.1:65536\)\. Fix this in your code"):
        school.serve("mine", school.medius.application(), port=65_536)


def test_a_port_that_is_taken_is_told(school: Sandbox) -> None:
    port = int(school.platform_url.rpartition(":")[2])
    with pytest.raises(UsageError, match=rf"in use \(127\.0\.0\.1:{port}\)\. Fix this in your code"):
        school.serve("mine", school.medius.application(), port=port)


def test_a_service_takes_the_place_of_the_one_with_its_name() -> None:
    before = threading.active_count()
    with Sandbox(data=SMALL) as school:
        first = school.medius_url
        again = school.serve("medius", school.medius.application(), port=port_of(first))
        assert again == first == school.medius_url
        assert httpx.get(f"{again}/doc").status_code == 200
        other = school.serve("medius", school.medius.application())
        with pytest.raises(httpx.ConnectError):
            httpx.get(first)
        assert school.medius_url == other != first
    assert threading.active_count() == before


@pytest.mark.parametrize(
    "ask", [lambda school: school.medius_url, lambda school: school.edexml_path], ids=["an address", "a file"]
)
def test_nothing_is_started_once_the_school_is_closed(ask: Callable[[Sandbox], object]) -> None:
    with Sandbox(data=SMALL) as school:
        pass
    with pytest.raises(UsageError, match="is closed"):
        ask(school)


def test_a_put_is_idempotent(school: Sandbox, platform: httpx.Client) -> None:
    replies = [platform.put("/participants/1", json={"name": name}) for name in ("a", "a", "b")]
    assert [each.status_code for each in replies] == [201, 200, 200]
    assert [each.json()["outcome"] for each in replies] == ["created", "unchanged", "changed"]
    assert school.platform.writes == 2
    assert platform.get("/participants/1").json() == {"name": "b"}
    assert platform.get("/participants").json() == {"count": 1}


@pytest.mark.parametrize(
    ("path", "document", "status"),
    [
        ("/participants/1", {}, 422),
        ("/participants/1", {"name": ""}, 422),
        ("/results/1", {"participant": "9", "test": "x"}, 409),
        ("/invoices/1", {"name": "x"}, 404),
    ],
)
def test_the_platform_refuses(platform: httpx.Client, path: str, document: dict[str, str], status: int) -> None:
    assert platform.put(path, json=document).status_code == status


def test_the_platform_refuses_strangers_and_what_is_no_json(platform: httpx.Client) -> None:
    assert platform.put("/participants/1", json={"name": "a"}, headers={"Authorization": "Bearer x"}).status_code == 401
    assert platform.put("/participants/1", content=b"<xml/>").status_code == 422
    assert platform.get("/participants/1").status_code == 404


def test_the_platform_outlives_the_process_with_a_journal(tmp_path: Path) -> None:
    journal = tmp_path / "platform.jsonl"
    for outcome in ("created", "unchanged"):
        with Sandbox(data=SMALL, platform_journal=journal) as school:
            assert school.platform.put("participants", "1", {"name": "a"}) == outcome


# -- faults --------------------------------------------------------------------------------------------------------


def reply_under(school: Sandbox, platform: httpx.Client, fault: Fault) -> httpx.Response:
    school.faults.on("/api/participants", fault)
    return platform.get("/participants")


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        (Maintenance(), 503, "Onderhoud"),
        (HtmlPage(), 200, "<!DOCTYPE html>"),
        (TooMany(3), 429, ""),
        (Redirect("https://example.invalid/"), 301, ""),
        (Gzip(), 200, '{"count":0}'),
        (Drip(3, 0), 200, '{"count":0}'),
        (Latency(0), 200, '{"count":0}'),
        (Truncated(5), 200, '{"cou'),
        (DeclaredEncoding("iso-8859-1"), 200, '{"count":0}'),
    ],
)
def test_a_fault_answers(school: Sandbox, platform: httpx.Client, fault: Fault, status: int, text: str) -> None:
    reply = reply_under(school, platform, fault)
    assert reply.status_code == status
    assert text in reply.text


def test_a_fault_has_the_headers_that_belong_to_it(school: Sandbox, platform: httpx.Client) -> None:
    assert reply_under(school, platform, TooMany(3)).headers["retry-after"] == "3"
    school.faults.clear()
    assert reply_under(school, platform, Gzip()).headers["content-encoding"] == "gzip"
    school.faults.clear()
    reply = reply_under(school, platform, DeclaredEncoding("iso-8859-1"))
    assert reply.headers["content-type"] == "application/json; charset=iso-8859-1"


@pytest.mark.parametrize("fault", [Cut(), Cut(3)])
def test_a_fault_cuts_the_connection(school: Sandbox, platform: httpx.Client, fault: Fault) -> None:
    with pytest.raises(httpx.TransportError):
        reply_under(school, platform, fault)


def test_a_fault_comes_to_the_requests_that_were_named(school: Sandbox, platform: httpx.Client) -> None:
    school.faults.on("/api/results", Maintenance(), requests={2, 3})
    school.faults.on("/", TooMany(), service="medius")
    assert [platform.get("/results").status_code for _ in range(4)] == [200, 503, 503, 200]
    assert platform.get("/participants").status_code == 200


def test_every_service_has_an_address_and_answers(school: Sandbox) -> None:
    with MediusClient(
        school.medius_url, username=school.medius_username, password=school.medius_password, allow_http=True
    ) as medius:
        assert len(medius.students()) > 0
    for product, wsdl, key in (
        ("JIJ", school.results_wsdl, school.results_key),
        ("TOA", school.toa_wsdl, school.toa_key),
    ):
        with ResultsClient(wsdl, product=product, instellingscode=school.instellingscode, soap_key=key) as results:
            assert not results.check()
    with NummervoorzieningClient(school.nummervoorziening_url, oin=school.oin) as nummervoorziening:
        assert nummervoorziening.ping().available
    assert httpx.get(f"{school.issuer_url}/.well-known/openid-configuration").json()["issuer"] == school.issuer_url
    assert httpx.get(school.host_meta_url).status_code == 401
    assert httpx.get(f"{school.public_api_url}/account").status_code == 401
    assert httpx.get(f"{school.scim_url}/Users").status_code == 401


def test_a_head_is_answered_as_a_get_where_a_service_has_its_contract(school: Sandbox) -> None:
    medius = f"{school.medius_url}/soap/algemeen?wsdl"
    for address in (medius, school.results_wsdl, f"{school.nummervoorziening_url}?wsdl"):
        head, get = httpx.head(address), httpx.get(address)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(get.content)))


def test_the_slow_models_of_scim_are_loaded_when_they_are_needed() -> None:
    code = "import sys, magister_connect.sandbox as s; assert 'scim2_models' not in sys.modules; s.ScimSwitches()"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_services_print_as_one_short_line_without_a_place_in_memory() -> None:
    with Sandbox(pupils=3, staff=3) as sandbox:
        stream = edexml.open(sandbox.edexml())
        services = (sandbox.medius, sandbox.results, sandbox.nummervoorziening, sandbox.issuer, sandbox.scim)
        lines = [repr(each) for each in (sandbox, sandbox.state, *services, stream, RetryPolicy())]
        with stream:
            lines.append(repr(stream))
        lines.append(repr(stream))
    assert [line for line in lines if "0x" in line or "\n" in line or len(line) > 160] == []
    assert lines[-3:] != [lines[-1]] * 3
