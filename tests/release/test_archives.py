"""The wheel and the source archive hold what they should and nothing else, and say the same."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

import magister_connect

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "magister_connect"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Code, the marker of types, and contracts that are written by hand.
PACKAGED_SUFFIXES = {".py", ".pyi", ".typed", ".wsdl", ".xsd", ".json", ".csv"}
BOOKKEEPING = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
SOURCE_TOP = {
    *("src", "tests", "examples", "notebooks", "benchmarks", "stress", "docs", "requirements"),
    *("Makefile", "conftest.py", "pyproject.toml", ".gitignore", "PKG-INFO"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
}
MADE_BY_MACHINES = (
    "/__pycache__/",
    ".pyc",
    "/_build/",
    "/generated/",
    "/.venv/",
    ".ipynb",
    ".db",
    "_cache/",
    "/.hypothesis/",
)


def build(source: Path, target: Path, *kinds: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target)]
    for kind in kinds:
        subprocess.run([*command, "-t", kind], cwd=source, check=True, capture_output=True)


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder, "wheel", "sdist")
    return folder


@pytest.fixture(scope="module")
def wheel(archives: Path) -> dict[str, bytes]:
    return contents(only(archives, "*.whl"))


@pytest.fixture(scope="module")
def unpacked(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    with tarfile.open(only(archives, "*.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return only(folder, "*")


@pytest.fixture(scope="module")
def metadata(wheel: dict[str, bytes]) -> Message:
    return message_from_bytes(next(content for name, content in wheel.items() if name.endswith("/METADATA")))


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packaged_files() -> set[str]:
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(PACKAGE.parent).as_posix() for path in files}


def test_the_wheel_holds_the_package_and_its_bookkeeping(wheel: dict[str, bytes]) -> None:
    bookkeeping = {f"magister_connect-{magister_connect.__version__}.dist-info/{name}" for name in BOOKKEEPING}
    assert set(wheel) == packaged_files() | bookkeeping


def test_only_code_types_and_contracts_are_packaged() -> None:
    assert {Path(name).suffix for name in packaged_files()} <= PACKAGED_SUFFIXES
    assert "magister_connect/py.typed" in packaged_files()


def test_every_file_in_the_wheel_is_the_file_in_the_tree(wheel: dict[str, bytes]) -> None:
    assert [name for name in packaged_files() if wheel[name] != (PACKAGE.parent / name).read_bytes()] == []


def test_what_is_tested_is_what_is_in_the_wheel(wheel: dict[str, bytes]) -> None:
    tested = Path(str(magister_connect.__file__)).parents[1]
    assert [name for name in packaged_files() if wheel[name] != (tested / name).read_bytes()] == []


def test_the_source_archive_holds_what_was_written_by_people(unpacked: Path) -> None:
    files = [path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()]
    assert {path.parts[0] for path in files} <= SOURCE_TOP
    assert [path for path in files if any(mark in f"/{path.as_posix()}" for mark in MADE_BY_MACHINES)] == []


def test_the_source_archive_can_be_tested(unpacked: Path) -> None:
    needed = {path.name for path in ROOT.iterdir() if path.name in SOURCE_TOP}
    assert needed <= {path.name for path in unpacked.iterdir()}


def test_the_wheel_can_be_built_from_the_source_archive(
    unpacked: Path, wheel: dict[str, bytes], tmp_path: Path
) -> None:
    build(unpacked, tmp_path, "wheel")
    assert contents(only(tmp_path, "*.whl")) == wheel


def test_the_same_source_gives_the_same_wheel(archives: Path, tmp_path: Path) -> None:
    build(ROOT, tmp_path, "wheel")
    assert only(tmp_path, "*.whl").read_bytes() == only(archives, "*.whl").read_bytes()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Name", PROJECT["name"]),
        ("Version", magister_connect.__version__),
        ("License-Expression", "MIT"),
        ("Requires-Python", PROJECT["requires-python"]),
        ("Description-Content-Type", "text/markdown"),
    ],
)
def test_the_wheel_says_what_it_is(metadata: Message, name: str, expected: str) -> None:
    assert metadata[name] == expected


def test_the_wheel_offers_every_extra(metadata: Message) -> None:
    assert set(metadata.get_all("Provides-Extra", [])) == set(PROJECT["optional-dependencies"])


def test_the_readme_is_shown_with_the_wheel(metadata: Message) -> None:
    assert str(metadata.get_payload()).strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()


def test_pytest_finds_the_plugin_by_itself(wheel: dict[str, bytes]) -> None:
    points = next(content.decode() for name, content in wheel.items() if name.endswith("entry_points.txt"))
    assert points.split() == ["[pytest11]", "magister_connect", "=", "magister_connect.testing.plugin"]


def test_no_dependency_has_an_upper_bound_without_a_word_on_why() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    bounded = [line for line in lines if line.strip().startswith('"') and "<" in line.partition("#")[0]]
    assert [line for line in bounded if "#" not in line] == []


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    found = (line.split(";")[0].rstrip(" \\").partition("==") for line in lines if "==" in line and line[0].isalnum())
    return {package: version for package, _, version in found}


def test_the_demo_installs_a_small_part_of_what_the_tests_install() -> None:
    demo, everything = pins("demo.txt"), pins("dev.txt")
    assert {"httpx", "starlette", "sqlalchemy", "hatchling"} <= demo.keys()
    assert {name: version for name, version in demo.items() if everything.get(name) != version} == {}
    assert len(demo) * 3 < len(everything)
    assert demo.keys() & {"polars", "pytest", "sphinx", "dlt", "duckdb", "psycopg"} == set()


FIRST_LINES = re.compile(r"```python\n(from magister_connect import MediusClient, Sandbox\n.*?)```", re.DOTALL)


def test_readme_index_and_first_connection_begin_with_the_same_lines() -> None:
    pages = [ROOT / name for name in ("README.md", "docs/index.md", "docs/first-connection.md")]
    found = [FIRST_LINES.search(page.read_text(encoding="utf-8")) for page in pages]
    assert None not in found
    assert len({match[1] for match in found if match}) == 1
    blocks = [page.read_text(encoding="utf-8").index("```python") for page in pages]
    assert [match.start() for match in found if match] == blocks, "nothing comes before them"


def test_every_link_of_the_readme_works_on_a_package_index() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
