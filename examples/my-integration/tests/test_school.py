"""The complete job with the simulated school.

The plugin of magister-connect provides ``magister_school``.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from class_lists.__main__ import export, main, run

from magister_connect.medius import MediusClient
from magister_connect.sandbox import Sandbox
from magister_connect.testing import assert_no_personal_numbers


@pytest.fixture
def medius(magister_school: Sandbox) -> Iterator[MediusClient]:
    with MediusClient(
        magister_school.medius_url,
        username=magister_school.medius_username,
        password=magister_school.medius_password,
        allow_http=True,  # the simulated school is on this machine
    ) as client:
        yield client


def test_every_active_pupil_with_a_class_is_in_it(
    magister_school: Sandbox, medius: MediusClient, tmp_path: Path
) -> None:
    export(medius, tmp_path / "classes.csv")
    active = list(magister_school.school.pupils_on(magister_school.clock.now().date()))
    without = [
        pupil for pupil, enrolment in active if enrolment.gebrek == "klas"
    ]  # a real school has these too
    assert without
    assert len((tmp_path / "classes.csv").read_text().splitlines()) == 1 + len(
        active
    ) - len(without)


def test_a_pupil_who_leaves_is_gone_the_next_night(
    magister_school: Sandbox, medius: MediusClient, tmp_path: Path
) -> None:
    export(medius, tmp_path / "before.csv")
    leaver = magister_school.school.leerlingen[10002]
    magister_school.school.replace(leaver, inschrijvingen=())
    export(medius, tmp_path / "after.csv")
    before, after = (
        (tmp_path / name).read_text().splitlines() for name in ("before.csv", "after.csv")
    )
    assert [line.partition(",")[2] for line in sorted(set(before) - set(after))] == [
        "10002"
    ]


def test_nothing_of_a_pupil_leaves_but_the_stamnummer(
    magister_school: Sandbox,
    medius: MediusClient,
    tmp_path: Path,
    private_log: pytest.LogCaptureFixture,
) -> None:
    assert run(medius, tmp_path / "classes.csv") == 0
    assert_no_personal_numbers(tmp_path)
    names = {pupil.achternaam for pupil in magister_school.school.leerlingen.values()}
    assert not [name for name in names if name in (tmp_path / "classes.csv").read_text()]
    assert [
        record.levelno for record in private_log.records if record.name == "class_lists"
    ] == [logging.INFO]


def test_the_job_takes_its_settings_from_the_environment(
    magister_school: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["class_lists", str(tmp_path / "classes.csv")])
    monkeypatch.delenv("MEDIUS_URL", raising=False)
    monkeypatch.setenv("MEDIUS_USERNAME", magister_school.medius_username)
    monkeypatch.setenv("MEDIUS_PASSWORD", magister_school.medius_password)
    assert main() == 2
    assert "MEDIUS_URL set" in capsys.readouterr().err
    monkeypatch.setenv("MEDIUS_URL", magister_school.medius_url)
    assert main() == 0
    assert (tmp_path / "classes.csv").exists()
