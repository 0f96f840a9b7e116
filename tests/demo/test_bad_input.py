"""What comes in wrong ends in an error that says what, where, who can fix it and what to do, and leaves nothing."""

import importlib
import io
import socket
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
import stamina

from magister_connect.core.drivers import Timeouts
from magister_connect.errors import AllowListSuspected
from magister_connect.medius import MediusClient
from magister_connect.sandbox.faults import Cut, Fault, HtmlPage, Maintenance, Truncated
from magister_connect.testing import assert_no_personal_numbers

if TYPE_CHECKING:
    from tests.demo.conftest import Job

CLOSED_PORT = "http://127.0.0.1:9"


def archive(_: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("leerlingen.txt", "niets")
    return file.getvalue()


class Stopped(Protocol):
    """Runs the job to a bad end; gives what it said."""

    def __call__(self, *arguments: str, **changes: str) -> str: ...


@pytest.fixture
def stopped(job: "Job", capsys: pytest.CaptureFixture[str]) -> Iterator[Stopped]:
    def run(*arguments: str, **changes: str) -> str:
        assert job.run_here(*arguments, **changes) == 1
        printed, complaints = capsys.readouterr()
        assert printed == ""
        assert complaints.startswith("stopped: ")
        assert all(secret not in complaints for secret in (job.school.medius_password, job.school.platform_token))
        assert_no_personal_numbers(complaints)
        assert job.school.platform.writes == 0
        assert not [path.name for path in job.state.iterdir() if path.suffix in {".html", ".unfinished"}]
        return complaints

    with stamina.set_testing(testing=True):
        yield run


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"MEDIUS_URL": CLOSED_PORT}, "Check the port of the address"),
        ({"MEDIUS_URL": "school.swp.nl"}, "https://"),
        ({"MEDIUS_URL": "http://school.swp.nl:8800"}, "https"),
        ({"MEDIUS_PASSWORD": "verkeerd"}, "Check the name and the password"),
        ({"MEDIUS_PASSWORD": ""}, "MEDIUS_PASSWORD"),
        ({"JIJ_SOAP_KEY": "verkeerd"}, "key"),
        ({"JIJ_WSDL": f"{CLOSED_PORT}/?wsdl"}, "Check the port of the address"),
        ({"PLATFORM_URL": CLOSED_PORT}, "The platform is not reachable"),
        ({"PLATFORM_TOKEN": "verkeerd"}, "The platform does not accept the token"),
        ({"EDEXML_FILE": "/nowhere/school.xml"}, "No such file"),
        ({"NUMBER_TABLE": ""}, "NUMBER_TABLE"),
    ],
)
def test_a_wrong_setting_is_named(stopped: Stopped, changes: dict[str, str], said: str) -> None:
    assert said in stopped(**changes)


@pytest.mark.parametrize(
    ("service", "kind", "said"),
    [
        ("medius", HtmlPage(), "HTML"),
        ("medius", Truncated(200), "Ask the supplier"),
        ("medius", Cut(100), "broke off"),
        ("results", HtmlPage(), "HTML"),
        ("results", Truncated(200), "ends too early"),
    ],
)
def test_a_broken_answer_is_told_apart_from_an_empty_one(
    job: "Job", stopped: Stopped, service: str, kind: Fault, said: str
) -> None:
    job.school.faults.on("/", kind, service=service)
    assert said in stopped()


def test_maintenance_is_nobodys_mistake(job: "Job", stopped: Stopped) -> None:
    job.school.faults.on("/", Maintenance(), service="medius")
    assert "try again later" in stopped().lower()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file[: len(file) // 2], "line "),
        (lambda file: file[:-10], "line "),
        (archive, "zip archive"),
        (lambda _: b"stamnr;naam\r\n10001;Testman\r\n", "such as a CSV file"),
        (lambda _: b"Testman".ljust(145) + b"\r\n", "as in EDEX2000"),
        (lambda _: b"", "Nothing came instead of XML"),
        (lambda _: b"<!DOCTYPE html><html></html>", "HTML page"),
        (lambda file: file.replace(b"<xsdversie>2.1<", b"<xsdversie>9.9<"), "stated xsdversie is unknown"),
        (lambda file: file.replace(b"<geslacht>1<", b"<geslacht>7<", 1), "geslacht"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(
    job: "Job", stopped: Stopped, tmp_path: Path, damage: Callable[[bytes], bytes], said: str
) -> None:
    path = tmp_path / "damaged.xml"
    path.write_bytes(damage(job.school.edexml()))
    assert said in stopped("--edexml", str(path))


@pytest.mark.parametrize(
    ("table", "content", "said"),
    [
        ("NUMBER_TABLE", b"bsn;nummer\r\n", "Columns are missing: pgn, stamnummer"),
        ("NUMBER_TABLE", b"pgn;stamnummer\r\n123456789;10001\r\n", "line 2"),
        (
            "PROGRAMME_TABLE",
            b"crebo;platformcode\r\n99101;A\r\n99101;B\r\n",
            "Rows 2 and 3 match the same enrolment, and neither takes precedence",
        ),
        ("PROGRAMME_TABLE", b"crebo;platformcode\r\n99101.0;A\r\n", "The crebo is damaged"),
    ],
)
def test_a_damaged_table_is_refused_as_a_whole(
    stopped: Stopped, tmp_path: Path, table: str, content: bytes, said: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert said in stopped(**{table: str(path)})


@pytest.mark.parametrize(
    ("arguments", "real", "said"),
    [
        (["--days-later", "x"], False, "use a number of days from 0 to 3650"),
        (["--days-later", "-1"], False, "use a number of days from 0 to 3650"),
        (["--days-later", "99999999"], False, "use a number of days from 0 to 3650"),
        (["--days-later", "7"], True, "MEDIUS_URL names a real one"),
        (["--moment", "gisteren"], True, "use a moment such as 2025-11-20T10:00"),
        (["--moment", "2025-11-20"], False, "the simulated one takes --days-later"),
    ],
)
def test_a_wrong_option_is_refused_in_words(
    arguments: list[str],
    real: bool,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("MEDIUS_URL", raising=False)
    if real:
        monkeypatch.setenv("MEDIUS_URL", "https://school.example:8800")
    with pytest.raises(SystemExit) as left:
        importlib.import_module("progress_to_platform").main(arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_named(job: "Job", capsys: pytest.CaptureFixture[str]) -> None:
    job.state.write_text("a file")
    assert job.run_here() == 1
    assert f"stopped: File exists ({job.state}). Fix this in your command" in capsys.readouterr().err


def test_whoever_stops_it_by_hand_is_told_that_nothing_is_lost(
    job: "Job", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("progress_to_platform.run", interrupted)
    assert job.run_here() == 130
    assert capsys.readouterr().err == "stopped: by you.\nNothing is lost: the next run continues from here.\n"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port behind which nobody answers the knock: its queue is full, and the system drops what else comes."""
    with socket.socket() as silent, ExitStack() as waiting:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(silent.getsockname())
        yield silent.getsockname()[1]


def test_a_machine_that_is_not_on_the_allow_list_is_told_so(silent_port: int) -> None:
    client = MediusClient(
        f"http://127.0.0.1:{silent_port}",
        username="platform",
        password="geheim",
        allow_http=True,
        timeouts=Timeouts(connect=0.2),
    )
    with client as medius, stamina.set_testing(testing=True), pytest.raises(AllowListSuspected) as refusal:
        medius.students()
    said = str(refusal.value)
    assert "No connection within 0.2 s" in said
    assert "Ask the school: Is the public IP address of this machine on the school's allow-list?" in said
    assert "geheim" not in said
