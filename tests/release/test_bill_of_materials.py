"""The bill of materials names everything that a user installs, and every licence in it is known and allowed."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "requirements" / "sbom.py"
# Licences that let anybody use the library in a product of their own. Weak copyleft (MPL, LGPL) is for the library's
# own files, and is met by packages that are used unchanged: certifi and tqdm, and psycopg behind an extra.
ALLOWED = {"MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "PSF-2.0", "0BSD", "Unlicense"}
WEAK_COPYLEFT = {
    *("certifi", "psycopg", "psycopg-binary", "tqdm"),
}


def load_script() -> ModuleType:
    specification = importlib.util.spec_from_file_location("sbom", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both files, made by the script for a wheel that is installed for this purpose only."""
    folder = tmp_path_factory.mktemp("bill")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "site")
    runner = f"import runpy, sys; sys.path.insert(0, {str(folder / 'site')!r}); sys.argv = ['sbom', {str(folder)!r}]; "
    subprocess.run([sys.executable, "-c", f"{runner}runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"], check=True)
    return folder


@pytest.fixture(scope="module")
def bill(written: Path) -> dict[str, Any]:
    return json.loads((written / "sbom.cdx.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # JSON


def test_the_bill_is_about_this_project(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "magister-connect"


def test_the_bill_names_what_a_user_installs_and_no_tool_of_ours(bill: dict[str, Any]) -> None:
    names = {component["name"].lower() for component in bill["components"]}
    assert {"attrs", "httpx", "httpcore", "lxml", "zeep", "requests", "sqlalchemy", "polars", "starlette"} <= names
    assert names & {"ruff", "mypy", "sphinx", "hypothesis", "dask", "hatchling"} == set()


def test_every_component_has_an_address_and_a_licence(bill: dict[str, Any]) -> None:
    assert [each["name"] for each in bill["components"] if not each["purl"].startswith("pkg:pypi/")] == []
    assert [each["name"] for each in bill["components"] if not each.get("licenses")] == []


def test_every_dependency_leads_to_a_component(bill: dict[str, Any]) -> None:
    known = {each["bom-ref"] for each in [bill["metadata"]["component"], *bill["components"]]}
    assert {ref for each in bill["dependencies"] for ref in [each["ref"], *each.get("dependsOn", ())]} <= known


def test_every_licence_is_allowed(written: Path) -> None:
    rows = [line.strip("| ").split(" | ") for line in (written / "licences.md").read_text().splitlines()[2:]]
    assert len(rows) > 20
    strange = {
        name: licence
        for name, _version, licence in rows
        if name.lower() not in WEAK_COPYLEFT
        and not any(part in ALLOWED for part in licence.replace("(", "").replace(")", "").split(" OR "))
    }
    assert strange == {}


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT", "MIT"),
        ("License: Apache 2.0", "Apache-2.0"),
        ("License: Copyright (c) 2021\nClassifier: License :: OSI Approved :: BSD License", "Copyright (c) 2021"),
        (f"License: {'long ' * 20}\nClassifier: License :: OSI Approved :: BSD License", "BSD-3-Clause"),
        ("Classifier: License :: OSI Approved :: ISC License (ISCL)", "ISC"),
        ("Classifier: License :: Other/Proprietary License", "unknown"),
        ("Summary: nothing is said", "unknown"),
    ],
)
def test_a_licence_is_read_from_what_a_package_says(tmp_path: Path, metadata: str, licence: str) -> None:
    from importlib.metadata import PathDistribution

    folder = tmp_path / "thing-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n{metadata}\n")
    assert load_script().licence_of(PathDistribution(folder)) == licence
