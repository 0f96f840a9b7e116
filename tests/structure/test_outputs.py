"""An output on a page is what the block of code before it prints."""

from pathlib import Path

import pytest
from sybil import Sybil
from sybil.example import SybilFailure
from sybil.parsers.myst import CodeBlockParser

from conftest import outputs, run_and_keep

PAGE = '```python\nprint("one")\nprint("two")\n```\n\n```\n{}```\n'


def run_page(folder: Path, text: str) -> None:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    sybil = Sybil([CodeBlockParser("python", run_and_keep), outputs], path=str(folder), pattern="*.md")
    for example in sybil.parse(page).examples():
        example.evaluate()


@pytest.mark.parametrize("text", ["one\ntwo\n", "one\n...\n", "...\ntwo\n"])
def test_an_output_that_is_printed_is_accepted(tmp_path: Path, text: str) -> None:
    run_page(tmp_path, PAGE.format(text))


@pytest.mark.parametrize("text", ["one\n", "one\nthree\n", "two\none\n", "", "...\nthree\n"])
def test_an_output_that_is_not_printed_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SybilFailure, match="on the page"):
        run_page(tmp_path, PAGE.format(text))
