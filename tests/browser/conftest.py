"""Headless Chromium, where there is one; and the pages to look at."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

import magister_connect
from magister_connect import edexml
from magister_connect.crosswalk import Crosswalk, Link
from magister_connect.identifiers import Stamnummer
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.school.identities import PUPIL_NUMBERS
from tests.notebooks.executing import executed_once

ROOT = Path(__file__).parents[2]
SOURCE = Path(str(magister_connect.__file__)).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NO_CHROMIUM = "no Chromium on this machine: make programs"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Skips where there is no Chromium: ``make programs`` installs one, or anything of that name on the path serves."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages that this project makes for people: of the demo, of a check and of a match."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    folder = tmp_path_factory.mktemp("reports")
    command = [sys.executable, str(ROOT / "examples" / "progress_to_platform.py"), "--state", str(folder)]
    subprocess.run(
        [*command, "--show-keys"], env={**os.environ, "PYTHONPATH": str(SOURCE)}, check=True, capture_output=True
    )
    pages = {"check": check_report(), "match": match_report()}
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {"demo": folder / "report.html", **{name: folder / f"{name}.html" for name in pages}}


def check_report() -> str:
    with Sandbox(pupils=60) as school:
        file = school.edexml().replace(b"<geslacht>1<", b"<geslacht>7<").replace(b"L-0002", b"L-0001")
    return edexml.check(file).to_html()


def match_report() -> str:
    numbers = [*PUPIL_NUMBERS[:9], PUPIL_NUMBERS[0]]
    links = [Link(number, Stamnummer.parse(str(10001 + place), scope="99XX")) for place, number in enumerate(numbers)]
    return Crosswalk(links).resolve_many(PUPIL_NUMBERS[:20], to=Stamnummer, as_of=None).report.to_html()


@pytest.fixture(scope="session")
def documentation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages that are looked at, as HTML, with the outputs of the notebook whose tables are the widest.

    Reference and notebooks that no test opens are left out: ``make docs`` makes all of them.
    """
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    folder = tmp_path_factory.mktemp("documentation")
    executed = executed_once(ROOT / "notebooks" / "first_connection.py", tmp_path_factory).parent
    left_out = "_build,*.py,generated/reference/[!m]*,generated/notebooks/[!f]*"
    settings = ["-D", f"executed_notebooks={executed}", "-D", f"exclude_patterns={left_out}"]
    command = [sys.executable, "-m", "sphinx", "-q", *settings]
    subprocess.run(
        [*command, "-b", "html", "-d", str(folder / "doctrees"), str(ROOT / "docs"), str(folder / "html")],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=True,
        capture_output=True,
    )
    return folder / "html"
