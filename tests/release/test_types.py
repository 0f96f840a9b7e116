"""The types of the installed wheel are found and hold, for mypy and for pyright."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "typing"
WRONG = """
from magister_connect.medius import MediusClient
number: int = MediusClient("https://school.example", username="u", password="p").students()[0].klas

import magister_connect
print(magister_connect.anything)
from magister_connect import MediusClint
from magister_connect.results import pull_result
from magister_connect.mediums import Student
"""
# What stands here for the tests, and what the optional imports of a user's libraries would lead to.
TOOLS_OF_TESTS = (
    *("IPython", "dns", "hypothesis", "jedi", "markdown_it", "matplotlib"),
    *("numpy", "pandas", "prompt_toolkit", "pyarrow", "rich", "trio"),
)
MYPY_SETTINGS = (
    f"[mypy]\nstrict = true\n[mypy-{','.join(f'{name}.*' for name in TOOLS_OF_TESTS)}]\nfollow_imports = skip\n"
)
# The line of each error above, and what every type checker says about it.
ERRORS = {3: '"str"', 6: "anything", 7: "MediusClint", 8: "pull_result", 9: "mediums"}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel installed, and the libraries of this one beside it."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv.create(folder / "venv", symlinks=os.name != "nt")
    (site,) = (folder / "venv").rglob("site-packages")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(site)
    (site / "beside.pth").write_text(sysconfig.get_path("purelib"))
    return next(path for path in (folder / "venv").glob("*/python*") if path.is_file())


Check = Callable[[Path, Path, Path], "subprocess.CompletedProcess[str]"]


def mypy(python: Path, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    (folder / "mypy.ini").write_text(MYPY_SETTINGS)
    command = [sys.executable, "-m", "mypy", "--config-file=mypy.ini", "--python-executable", str(python)]
    return subprocess.run(
        [*command, "--cache-dir", os.devnull, str(target)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def pyright(python: Path, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "basedpyright", "--project", str(folder), "--pythonpath", str(python), str(target)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("check", [mypy, pyright])
def test_the_types_of_the_wheel_hold_and_a_wrong_use_is_found(check: Check, python: Path, tmp_path: Path) -> None:
    for path in CASES.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "wrong.py").write_text(WRONG)
    done = check(python, tmp_path, tmp_path)
    found = dict[str, str]()
    for line in done.stdout.splitlines():
        if "error:" in line:
            place = match[1] if (match := re.search(r"wrong\.py:(\d+)", line)) else line
            found[place] = found.get(place, "") + line
    assert set(found) == {str(number) for number in ERRORS}, done.stdout
    assert [number for number, text in ERRORS.items() if text not in found[str(number)]] == [], done.stdout
