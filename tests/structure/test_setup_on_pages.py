"""What a page tells a newcomer to install is enough for the code on it, and works on Windows."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from magister_connect.sandbox.sandbox import SERVICES

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "notebooks", "examples")
PAGES = sorted(
    [
        ROOT / "README.md",
        *(path for name in FOLDERS for path in (ROOT / name).rglob("*.md") if "_build" not in path.parts),
    ]
)
NEEDS = {
    "magister_connect.store": "store",
    "magister_connect.warehouse": "warehouse",
    "magister_connect.public_api": "public-api",
    "magister_connect.login": "public-api",
    "magister_connect.scim": "scim",
    "polars": "frames",
    "duckdb": "warehouse",
}


def with_parts(extras: set[str]) -> set[str]:
    """The extras, and those that they install."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    found = set(extras)
    while True:
        inside = " ".join(line for extra in found for line in declared.get(extra, ()))
        more = {each for group in re.findall(r"magister-connect\[([a-z,-]+)\]", inside) for each in group.split(",")}
        if more <= found:
            return found
        found |= more


def missing_extras(text: str) -> Iterator[str]:
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    words = re.sub(r"```python.*?```", "", text, flags=re.DOTALL)
    named = {each for group in re.findall(r"(?:connect|\.)\[([a-z,-]+)\]", words) for each in group.split(",")}
    named |= set(re.findall(r"extras? `([a-z-]+)`", words))
    there = with_parts(named | {"sandbox"})  # the first page installs it
    for module, extra in NEEDS.items():
        if re.search(rf"^(?:from|import) {re.escape(module)}\b", code, re.MULTILINE) and extra not in there:
            yield extra


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_the_extras_that_its_code_needs(page: Path) -> None:
    assert list(missing_extras(page.read_text(encoding="utf-8"))) == []


def test_a_page_that_names_no_extra_is_found() -> None:
    assert list(missing_extras("```python\nimport polars as pl\n```\n")) == ["frames"]
    assert list(missing_extras('`"magister-connect[all]"`\n```python\nimport polars as pl\n```\n')) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_with_an_activate_script_says_what_to_do_if_windows_refuses_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("Activate.ps1") <= text.count("Set-ExecutionPolicy -Scope Process RemoteSigned")


def test_the_page_of_the_sandbox_names_how_many_ports_it_uses() -> None:
    words = ("seven", "eight", "nine", "ten", "eleven", "twelve")
    assert f"the first of {words[len(SERVICES) - 7]} consecutive ports" in (ROOT / "docs" / "sandbox.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    "page",
    [path for path in PAGES if path.parent.name == "recipes" and path.stem != "index"],
    ids=lambda page: page.stem,
)
def test_a_recipe_says_what_to_install_and_how_to_change_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert 0 < text.find("Install: `pip install") < text.find("```python")
    assert "\n## Change it into your own\n" in text


def test_the_table_of_contributing_leads_to_every_package() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("| the report is about |")[2]
    packages = {path.parent.name for path in (ROOT / "src" / "magister_connect").glob("*/__init__.py")}
    named = {name.split("/")[-1] for name in re.findall(r"`([a-z_/]+)(?:\.py)?`", table)} | {"core"}
    assert packages - named == set()
    lines = table.partition("\n\n")[0].splitlines()
    assert all(line.startswith("   | ") for line in lines[1:]), "a line outside the list ends the table"
