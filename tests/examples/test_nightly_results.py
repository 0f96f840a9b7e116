"""The nightly command: one exit code for each thing that a scheduler can do about it, and no number in its log."""

import datetime as dt
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import magister_connect
from magister_connect.results import Connection
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store

ROOT = Path(__file__).parents[2]
SOURCE = Path(str(magister_connect.__file__)).parents[1]
DONE, CALL_A_PERSON, TRY_AGAIN_LATER = 0, 1, 75


@pytest.fixture
def nightly_results(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example, imported as it stands."""
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import nightly_results

    return nightly_results


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=12, staff=3) as sandbox:
        yield sandbox


@pytest.fixture
def settings(school: Sandbox, tmp_path: Path) -> dict[str, str]:
    """What the environment tells the command, all of it right."""
    file = tmp_path / "stamnummers.txt"
    file.write_text("\n".join(map(str, school.school.leerlingen)), encoding="utf-8")
    return {
        "JIJ_WSDL": school.results_wsdl,
        "JIJ_INSTELLINGSCODE": school.instellingscode,
        "JIJ_SOAP_KEY": school.results_key,
        "STORE_URL": f"sqlite:///{tmp_path / 'school.db'}",
        "STORE_KEY": Store.generate_key().reveal(),
        "STAMNUMMERS_FILE": str(file),
    }


def test_the_first_night_and_the_second_are_done(
    nightly_results: Any, school: Sandbox, settings: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="nightly_results")
    assert [nightly_results.main(settings, school.clock) for _ in range(2)] == [DONE, DONE]
    first, second = (record.getMessage() for record in caplog.records if record.name == "nightly_results")
    assert first.startswith("JIJ ZAND: ")
    assert " 0 new, 0 changed" not in first
    assert " 0 new, 0 changed" in second


def test_no_line_of_the_log_holds_a_stamnummer(
    nightly_results: Any, school: Sandbox, settings: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    nightly_results.main(settings, school.clock)
    words = {word.strip(".,:;()[]'\"") for record in caplog.records for word in record.getMessage().split()}
    assert not words & {str(number) for number in school.school.leerlingen}


def test_a_run_beside_another_one_is_no_trouble(
    nightly_results: Any, school: Sandbox, settings: dict[str, str]
) -> None:
    with Store(settings["STORE_URL"], key=settings["STORE_KEY"]) as store:
        store.take_lease(Connection("JIJ", school.instellingscode), school.clock())
    assert nightly_results.main(settings, school.clock) == DONE


def test_passing_trouble_is_told_as_such(
    nightly_results: Any,
    school: Sandbox,
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(nightly_results, "Store", lambda url, *, key: Store(url, key=key, patience=0))
    path = settings["STORE_URL"].removeprefix("sqlite:///")
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    assert nightly_results.main(settings, school.clock) == TRY_AGAIN_LATER
    assert "locked" in caplog.records[-1].getMessage()
    blocker.close()
    assert nightly_results.main(settings, school.clock) == DONE


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"JIJ_SOAP_KEY": "another"}, "refuses the key"),
        ({"JIJ_INSTELLINGSCODE": "19XH"}, "BRIN"),
        ({"JIJ_WSDL": "", "STORE_KEY": ""}, "missing: JIJ_WSDL, STORE_KEY"),
        ({"STORE_URL": "school.db"}, "The database URL cannot be used"),
        ({"STORE_KEY": "short"}, "generate_key"),
        ({"STAMNUMMERS_FILE": "nobody-wrote-this.txt"}, "nobody-wrote-this.txt"),
        ({"STAMNUMMERS_FILE": os.devnull}, "contains no stamnummer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_pass_by_itself_calls_a_person(
    nightly_results: Any,
    school: Sandbox,
    settings: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    changed: dict[str, str],
    told: str,
) -> None:
    assert nightly_results.main({**settings, **changed}, school.clock) == CALL_A_PERSON
    assert told in caplog.records[-1].getMessage()


def test_more_withdrawn_results_than_can_be_believed_are_told(
    nightly_results: Any, school: Sandbox, settings: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert nightly_results.main(settings, school.clock) == DONE
    states = school.school.submissions("JIJ")
    away = dict(states)
    later = school.clock() + dt.timedelta(days=31)
    states.clear()
    try:
        assert nightly_results.main(settings, lambda: later) == DONE
    finally:
        states.update(away)
    assert any(record.levelname == "WARNING" and "no longer listed" in record.message for record in caplog.records)


def test_the_command_ends_with_its_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "nightly_results.py")],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == CALL_A_PERSON
    assert "Environment variables are missing: JIJ_WSDL" in done.stderr
    assert "Traceback" not in done.stderr
