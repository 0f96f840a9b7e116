"""An output on a page is what the block of code before it prints, and the code fits beside the sidebar."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.example import SybilFailure
from sybil.parsers.myst import CodeBlockParser

ROOT = Path(__file__).parents[2]
WIDEST = 92  # characters of a line of code that a page shows without scrolling
CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
INCLUDED = re.compile(r"^```\{literalinclude\} (\S+\.py)$", re.MULTILINE)
PAGE = '```python\nprint("one")\nprint("two")\n```\n\n```\n{}```\n'


@pytest.fixture
def run_page(pytestconfig: pytest.Config, tmp_path: Path) -> Callable[[str], None]:
    """Runs a page as the pages of the documentation are run."""
    conftest: Any = pytestconfig.pluginmanager.get_plugin(str(pytestconfig.rootpath / "conftest.py"))
    parsers = [CodeBlockParser("python", conftest.run_and_keep), conftest.outputs]
    sybil = Sybil(parsers, path=str(tmp_path), pattern="*.md")

    def run(text: str) -> None:
        page = tmp_path / "page.md"
        page.write_text(PAGE.format(text), encoding="utf-8")
        for example in sybil.parse(page).examples():
            example.evaluate()

    return run


@pytest.mark.parametrize("text", ["one\ntwo\n", "one\n...\n", "...\ntwo\n"])
def test_an_output_that_is_printed_is_accepted(run_page: Callable[[str], None], text: str) -> None:
    run_page(text)


@pytest.mark.parametrize("text", ["one\n", "one\nthree\n", "two\none\n", "", "...\nthree\n"])
def test_an_output_that_is_not_printed_is_refused(run_page: Callable[[str], None], text: str) -> None:
    with pytest.raises(SybilFailure, match="on the page"):
        run_page(text)


def test_nobody_scrolls_sideways_to_read_code() -> None:
    pages = {path: path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md")}
    included = {(path.parent / name).resolve() for path, text in pages.items() for name in INCLUDED.findall(text)}
    files = [*(ROOT / "notebooks").glob("*.py"), *included]
    codes = [(path, code) for path, text in pages.items() for code in CODE.findall(text)]
    codes += [(path, path.read_text(encoding="utf-8")) for path in files]
    lines = [(path.name, line) for path, code in codes for line in code.splitlines()]
    assert included
    assert len(lines) > 1000
    assert [(name, line) for name, line in lines if len(line) > WIDEST] == []
