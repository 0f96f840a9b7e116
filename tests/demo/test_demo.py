import datetime as dt
import importlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from platform_feed.settings import NEEDED, simulated_school

from magister_connect.sandbox import ChangeKind, Sandbox
from magister_connect.sandbox.faults import Refused
from magister_connect.store import Store
from magister_connect.testing import assert_no_personal_numbers

if TYPE_CHECKING:
    from tests.demo.conftest import Job

LOOK_FIRST = 3
SCRIPT = Path(__file__).parents[2] / "examples" / "progress_to_platform.py"


def interrupted() -> None:
    raise KeyboardInterrupt


def figures(printed: str) -> tuple[int, int, int]:
    found = re.search(r"delivered (\d+), unchanged (\d+), held back (\d+)", printed)
    assert found, printed
    return int(found[1]), int(found[2]), int(found[3])


def test_everything_is_delivered_once_and_a_second_run_delivers_nothing(job: "Job") -> None:
    delivered, unchanged, held_back = figures(job.run_well())
    assert (delivered, unchanged) == (len(job.school.platform.documents), 0)
    assert {kind for kind, _ in job.school.platform.documents} == {
        "participants",
        "enrolments",
        "absence",
        "progress",
        "results",
    }
    assert held_back > 0
    writes = job.school.platform.writes
    assert figures(job.run_well()) == (0, delivered, held_back)
    assert job.school.platform.writes == writes == delivered


def test_a_later_run_delivers_only_what_changed(job: "Job") -> None:
    first, _, _ = figures(job.run_well())
    before = dict(job.school.platform.documents)
    job.school.clock.advance(days=21)
    delivered, unchanged, _ = figures(job.run_well())
    after = job.school.platform.documents
    after = {place: document for place, document in after.items() if place[0] != "changes"}
    different = {place for place, document in after.items() if before.get(place) != document}
    assert 0 < delivered == len(different) < first
    assert unchanged == len(after) - delivered


def test_each_change_of_an_enrolment_is_told_once(job: "Job") -> None:
    key = Store.generate_key().reveal()
    for days in (0, 90, 0):
        job.school.clock.advance(days=days)
        assert job.run_here(STORE_KEY=key) == 0
    documents = job.school.platform.documents
    told = [(body["participant"], body["kind"]) for (kind, _), body in documents.items() if kind == "changes"]
    first = job.school.clock.today() - dt.timedelta(days=90)
    known = {key for kind, key in documents if kind == "participants"}
    log = [each for each in job.school.school.changes(first) if str(each.stamnummer) in known]
    left = sorted(str(each.stamnummer) for each in log if each.kind is ChangeKind.LEFT)
    assert sorted(person for person, kind in told if kind == "left") == left
    assert len(told) == len(set(told)) >= len(left)


def test_without_a_key_changes_are_not_announced_and_the_report_says_so(job: "Job") -> None:
    assert "STORE_KEY is not set" in job.run_well()


def test_an_enrolment_that_is_completed_is_delivered_by_the_next_run(job: "Job") -> None:
    job.run_well()
    school = job.school.school
    pupil = next(each for each in school.leerlingen.values() if each.inschrijvingen[-1].gebrek == "klas")
    aanmelding = str(pupil.inschrijvingen[-1].nummer)
    assert ("enrolments", aanmelding) not in job.school.platform.documents
    last = pupil.inschrijvingen[-1]
    school.replace(pupil, inschrijvingen=(*pupil.inschrijvingen[:-1], attrs.evolve(last, gebrek="")))
    try:
        job.run_well()
    finally:
        school.replace(pupil, inschrijvingen=pupil.inschrijvingen)
    assert ("enrolments", aanmelding) in job.school.platform.documents


def test_what_the_school_no_longer_has_is_told_and_not_taken_away(job: "Job") -> None:
    job.run_well()
    school, platform = job.school.school, job.school.platform
    pupil = next(
        each for each in school.leerlingen.values() if ("participants", str(each.stamnummer)) in platform.documents
    )
    school.replace(pupil, inschrijvingen=())
    try:
        printed = job.run_well()
    finally:
        school.replace(pupil, inschrijvingen=pupil.inschrijvingen)
    assert re.search(r"No longer at the school, but still on the platform: 1 absence, 1 enrolments, 1 part", printed)
    assert ("participants", str(pupil.stamnummer)) in platform.documents


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_much_less_than_before_is_never_taken_for_many_who_left(
    job: "Job", share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    job.run_well()
    school, platform = job.school.school, job.school.platform
    writes, before = platform.writes, dict(platform.documents)
    enrolled = [
        each
        for each in school.leerlingen.values()
        if any(enrolment.studie.soort == "mbo" for enrolment in each.inschrijvingen)
    ]
    gone = enrolled[: round(share * len(enrolled))]
    for pupil in gone:
        school.replace(pupil, inschrijvingen=())
    try:
        assert job.run_here() == LOOK_FIRST
        told = capsys.readouterr().err
        assert "nothing was read" in told if share == 1 else re.search(r"[0-9]+ of [0-9]+ \w+ are gone", told)
        assert "Ask the school" in told
        assert "Nothing was sent. Check, in this order:" in told
        assert_no_personal_numbers(told)
        assert (platform.writes, platform.documents) == (writes, before)
        assert job.run_here("--many-left") == (LOOK_FIRST if share == 1 else 0)
        if share < 1:
            assert job.run_here() == 0, "who has left is not expected back"
    finally:
        for pupil in gone:
            school.replace(pupil, inschrijvingen=pupil.inschrijvingen)
    job.run_well()
    assert platform.documents.keys() == before.keys()


def test_values_that_are_gone_for_many_pupils_stop_the_run(
    job: "Job", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An EDEXML file of two pupils is a file that was cut, and not a school without birth dates."""
    job.run_well()
    platform = job.school.platform
    writes, before = platform.writes, dict(platform.documents)
    whole = job.school.edexml().decode()
    begins = [each.start() for each in re.finditer("<leerling ", whole)]
    file = tmp_path / "school.xml"
    file.write_text(whole[: begins[2]] + whole[whole.index("</leerlingen>") :], encoding="utf-8")
    assert job.run_here("--edexml", str(file)) == LOOK_FIRST
    told = capsys.readouterr().err
    assert re.search(r"[0-9]+ of [0-9]+ participants with the field born are gone", told)
    assert "is the EDEXML file complete?" in told
    assert (platform.writes, platform.documents) == (writes, before)
    assert job.run_here("--edexml", str(file), "--many-left") == 0
    assert job.run_here("--edexml", str(file)) == 0, "what was accepted once is not asked again"
    assert job.run_here() == 0
    assert platform.documents == before


@pytest.mark.parametrize("folder", ["school-output", "demo-output"])
def test_a_real_school_has_another_folder_than_the_simulated_one(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The state of one is worth nothing to the other, and each has a key of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDIUS_URL", "https://school.example")
    for name in NEEDED[1:]:
        monkeypatch.delenv(name, raising=False)
    if folder == "demo-output":
        monkeypatch.delenv("MEDIUS_URL")
        monkeypatch.setattr("platform_feed.settings.Store.generate_key", interrupted)
    status = importlib.import_module(SCRIPT.stem).main([])
    assert [each.name for each in tmp_path.iterdir()] == [folder]
    assert status == (130 if folder == "demo-output" else 1), capsys.readouterr().err


def test_what_is_held_back_has_not_left(job: "Job", tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job.run_well()
    table = tmp_path / "programmes.csv"
    table.write_bytes(b"crebo;platformcode\r\n")
    assert job.run_here(PROGRAMME_TABLE=str(table)) == 0
    printed = capsys.readouterr().out
    assert "No longer at the school" not in printed
    assert figures(printed)[0] == 0


def test_the_report_is_in_dutch_where_the_school_reads_it(job: "Job") -> None:
    printed = job.run_well("--language", "nl")
    page = (job.state / "report.html").read_text(encoding="utf-8")
    assert '<html lang="nl">' in page
    for text in (printed, page):
        assert "leerlingen van het EDEXML-bestand" in text
        english = ("held back", "enrolments", "the table", "Next:", "Have ", "Add ", ">row ", ">pupil ", "expired")
        assert [word for word in english if word in text] == []


def test_numbers_to_find_a_pupil_by_are_on_the_page_only_when_asked_for(job: "Job") -> None:
    job.run_well()
    page = job.state / "report.html"
    assert "stamnummer 1" not in page.read_text(encoding="utf-8")
    assert "stamnummer 1" not in job.run_well("--show-keys")
    shown = page.read_text(encoding="utf-8")
    held_back = re.findall(r"enrolments</td><td>row [0-9]+ of .+?stamnummer ([0-9]+), aanmelding ([0-9]+)</td>", shown)
    assert held_back
    for stamnummer, aanmelding in held_back:
        pupil = job.school.school.leerlingen[int(stamnummer)]
        assert int(aanmelding) in {each.nummer for each in pupil.inschrijvingen}


def test_every_record_that_is_held_back_has_a_reason_and_something_to_do(job: "Job") -> None:
    printed = job.run_well()
    for reason in (
        "no programme of the platform for this crebo",
        "the enrolment is incomplete: no crebo",
        "the enrolment is incomplete: no class",
        "one personal number for several pupils",
        "the number is not in the table of numbers",
    ):
        assert re.search(rf"^ +\d+  [\w ]+: {reason}\n +\w.+\.$", printed, re.MULTILINE), reason
    assert "next: " in printed


def test_no_report_holds_a_number_or_a_name_of_a_pupil(job: "Job") -> None:
    printed = job.run_well()
    page = (job.state / "report.html").read_text(encoding="utf-8")
    for text in (printed, page):
        assert_no_personal_numbers(text)
        words = set(re.findall(r"[\w-]+", text))
        for pupil in job.school.school.leerlingen.values():
            assert str(pupil.stamnummer) not in words
            assert pupil.achternaam not in words


def test_the_page_needs_no_server_and_sorts_and_knows_the_dark(job: "Job") -> None:
    job.run_well()
    page = (job.state / "report.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in page
    assert page.count('<button type="button">') > 10
    assert 'name="viewport"' in page


def test_two_runs_do_not_work_in_one_folder(job: "Job", capsys: pytest.CaptureFixture[str]) -> None:
    job.run_well()
    with sqlite3.connect(job.state / "lock.db", isolation_level=None) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        assert job.run_here() == 1
    lock.close()
    assert "Another run works in this folder" in capsys.readouterr().err


def test_the_platform_tells_what_it_misses_and_the_rest_is_delivered(job: "Job") -> None:
    job.school.faults.on("/api/enrolments", Refused(422), requests={1})
    printed = job.run_well()
    assert "the platform refuses it (status 422)" in printed
    assert figures(job.run_well())[0] == 1


@pytest.mark.parametrize("version", ["1.03", "2.0", "2.1"])
def test_official_files_go_through_it(job: "Job", shared_data: Path, version: str) -> None:
    sample = shared_data / "edexml-samples" / f"EDEXML.Voorbeeld.{version}.xml"
    printed = job.run_well("--edexml", str(sample))
    assert figures(printed)[0] > 0
    assert re.search(r"\d+  pupils \(EDEXML\)", printed)
    assert re.search(r"note: The EDEXML file is of 201\d-201\d, but this is 2025-2026: ask for a new export", printed)
    assert f"of {sample.name}" in (job.state / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_without_a_real_school_it_runs_against_the_simulated_one_and_remembers(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--state", str(tmp_path)]
    runs = [
        subprocess.run([*command, *more], capture_output=True, text=True, check=True).stdout
        for more in ([], [], ["--days-later", "30"])
    ]
    (first, _, _), (second, unchanged, _), (third, _, _) = map(figures, runs)
    assert first > 1000
    assert (second, unchanged) == (0, first)
    assert 0 < third < first
    assert dt.date(2025, 12, 20).strftime("%d-%m-%Y") in runs[2]


@pytest.fixture
def young_job(make_job: "type[Job]", tmp_path: Path) -> "Iterator[Job]":
    """The job at a school of its own, which the other tests do not write to."""
    with Sandbox(seed=3, pupils=30, staff=10) as school:
        yield make_job(school, tmp_path / "state")


def test_it_goes_on_for_a_year_of_nights_over_the_first_of_august(young_job: "Job") -> None:
    school, platform = young_job.school, young_job.school.platform
    for day in ("2025-11-20", "2026-02-03", "2026-07-31", "2026-08-01", "2026-10-20", "2026-11-20"):
        school.clock.set(dt.datetime.fromisoformat(f"{day}T03:00"))
        summer_is_over = day == "2026-08-01"
        if summer_is_over:
            assert young_job.run_here() == LOOK_FIRST
        printed = young_job.run_well(*(["--many-left"] if summer_is_over else []))
        delivered, _, _ = figures(printed)
        assert delivered > 0
        assert "The EDEXML file is of" not in printed
        assert figures(young_job.run_well())[0] == 0
        enrolled = {
            str(each.nummer)
            for _, each in school.school.pupils_on(school.clock.today())
            if each.studie.soort == "mbo" and not each.gebrek and not each.studie.crebo.endswith("90")
        }
        assert enrolled <= {key for kind, key in platform.documents if kind == "enrolments"}
        if summer_is_over:
            assert re.search(r"No longer at the school, but still on the platform: .+ enrolments", printed)
    programmes = {document["programme"] for (kind, _), document in platform.documents.items() if kind == "enrolments"}
    assert "BAK-3-R1" in programmes


@pytest.mark.parametrize("later", [255, 260, 1_000])
def test_any_day_later_is_a_day_of_the_simulated_school(later: int, tmp_path: Path) -> None:
    with simulated_school(tmp_path, edexml=None, days_later=later) as settings:
        assert settings.schooljaar in settings.edexml_file.read_text(encoding="utf-8")


def test_a_file_of_this_year_needs_no_note(job: "Job") -> None:
    assert "The EDEXML file is of" not in job.run_well()


def test_the_table_of_programmes_is_compared_with_the_register_and_drawn(job: "Job") -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREBO_REGISTER", str(job.school.sbb_path))
        printed = job.run_well()
    page = (job.state / "report.html").read_text(encoding="utf-8")
    for words in ("crebo 99104 expired on", "crebo 99154 replaced 99104", "99105 is not in the"):
        assert words in printed
        assert words in page
    assert page.count("<svg") == 1
