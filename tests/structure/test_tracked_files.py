"""What may not stand in a file of the project, and what must."""

import re
import subprocess
from pathlib import Path

import pytest

import magister_connect

ROOT = Path(__file__).parents[2]
# Put together here, so that this file does not contain what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("deb", "debian", "org"),
        ("conda", "anaconda"),
    )
]
INDEX_OPTIONS = [f"--{option}" for option in ("index" + "-url", "extra-index" + "-url", "find" + "-links")]
MACHINE_PATHS = [r"(?<![\w.])/(?:root|home|Users|work)/\w"]
FORBIDDEN = re.compile("|".join([*map(re.escape, REGISTRY_HOSTS + INDEX_OPTIONS), *MACHINE_PATHS]))
UNFINISHED_WORDS = (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK"))
UNFINISHED = re.compile(rf"\b(?:{'|'.join(first + rest for first, rest in UNFINISHED_WORDS)})\b")
# An exception names a rule and then, behind a dash or a second comment sign, why.
EXCEPTION_MARK = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:\s*ignore|mypy:|pragma: no (?:cover|branch))(.*)$")
REASON = re.compile(r"[\])\w]?[^#\-]*(?:#|-)\s*\w{2}")
RELATIVE_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    listed = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return [path for path in listed if path.is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


TRACKED = tracked_files()
PYTHON = [path for path in TRACKED if path.suffix == ".py"]
MARKDOWN = [path for path in TRACKED if path.suffix == ".md"]
SOURCES = [path for path in PYTHON if path.is_relative_to(ROOT / "src")]


def links_of(page: str) -> list[str]:
    return RELATIVE_LINK.findall(re.sub(r"```.*?```", "", page, flags=re.DOTALL))


def lines_that_match(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    assert lines_that_match(FORBIDDEN, TRACKED) == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_that_match(UNFINISHED, PYTHON) == []


def test_every_exception_to_a_rule_has_its_reason_beside_it() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in PYTHON
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if path != Path(__file__) and (mark := EXCEPTION_MARK.search(line)) and not REASON.search(mark[1])
    ]
    assert bare == []


def test_every_lint_rule_that_is_off_has_its_reason_beside_it() -> None:
    lines = text_of(ROOT / "pyproject.toml").partition("[tool.ruff.lint]")[2].partition("[tool.mypy]")[0].splitlines()
    rules = [line for line in lines if re.match(r'\s+"[A-Z]+\d*",', line)]
    assert rules
    assert [line for line in rules if not re.search(r"#\s*\w", line)] == []


@pytest.mark.parametrize("name", ["dev.txt", "lowest.txt"])
def test_requirements_are_pinned_and_hashed(name: str) -> None:
    lines = text_of(ROOT / "requirements" / name).splitlines()
    pins = [number for number, line in enumerate(lines) if line and line[0] not in "# "]
    assert pins
    assert [lines[number] for number in pins if "==" not in lines[number]] == []
    assert [lines[number] for number in pins if "--hash=sha256:" not in lines[number + 1]] == []


def test_relative_links_lead_somewhere() -> None:
    links = ((path, target) for path in MARKDOWN for target in links_of(text_of(path)))
    assert [f"{path.relative_to(ROOT)}: {link}" for path, link in links if not (path.parent / link).exists()] == []


def test_a_link_in_a_code_block_is_code() -> None:
    assert links_of("[one](a.md) [two](https://b.example) [three](#c)\n```\nlist[int](d)\n```\n") == ["a.md"]


def test_the_changelog_starts_with_what_is_unreleased_or_with_this_version() -> None:
    version = magister_connect.__version__
    headings = re.findall(r"^## (.+)$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert headings
    assert headings[0] == "Unreleased" or headings[0].startswith(f"{version} - ")
    released = [heading for heading in headings if heading != "Unreleased"]
    assert [heading for heading in released if not re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", heading)] == []
