"""Every notebook runs from top to bottom on loopback, and shows no personal number."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests.notebooks.executing import Notebook, execute, executed_once

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
MOST_OUTPUT = 600_000  # bytes: a page that a phone still loads
# Not inside a word, a hexadecimal id or the decimals of a number.
NINE_DIGITS = re.compile(r"(?<![0-9A-Za-z.])[0-9]{9}(?![0-9A-Za-z])")


def texts(output: Mapping[str, Any]) -> Iterator[str]:
    """What an output says in words; pictures of dots are left out."""
    yield output.get("text", "")
    for kind, content in output.get("data", {}).items():
        if not kind.startswith("image/") or kind == "image/svg+xml":
            yield content if isinstance(content, str) else json.dumps(content)


def objections(notebook: Notebook) -> list[str]:
    """Say what a reader of an executed notebook must not find."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    shown = [text for output in outputs for text in texts(output)]
    found = []
    if any(NINE_DIGITS.search(text) for text in shown):
        found.append("an output contains a number of nine digits")
    if any("Warning" in output.get("text", "") for output in outputs if output.get("name") == "stderr"):
        found.append("a cell warns")
    if len(json.dumps(outputs)) > MOST_OUTPUT:
        found.append(f"the outputs are larger than {MOST_OUTPUT} bytes")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_no_personal_number(path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert objections(nbformat.read(executed_once(path, tmp_path_factory), as_version=4)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_begins_with_its_title(path: Path) -> None:
    first = jupytext.read(path).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")


def test_notebooks_are_kept_as_text() -> None:
    assert list((ROOT / "notebooks").rglob("*.ipynb")) == []


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"text": "stamnummer 10042"}, []),
        ({"data": {"text/plain": "0.123456789", "text/html": "<i id='a123456789b'>"}}, []),
        ({"data": {"image/png": "100000001"}}, []),
        ({"text": "pgn 100000001"}, ["an output contains a number of nine digits"]),
        ({"data": {"text/html": "<td>100000001</td>"}}, ["an output contains a number of nine digits"]),
        ({"data": {"image/svg+xml": "<text>100000001</text>"}}, ["an output contains a number of nine digits"]),
        ({"data": {"application/json": {"pgn": "100000001"}}}, ["an output contains a number of nine digits"]),
        ({"name": "stderr", "text": "UserWarning: stale"}, ["a cell warns"]),
        ({"name": "stderr", "text": "100 %"}, []),
        ({"text": "x" * MOST_OUTPUT}, [f"the outputs are larger than {MOST_OUTPUT} bytes"]),
    ],
)
def test_what_a_notebook_may_not_show_is_found(output: dict[str, Any], expected: list[str]) -> None:
    assert objections(Notebook(cells=[Notebook(outputs=[output])])) == expected


@pytest.mark.slow
def test_a_notebook_cannot_leave_this_machine(tmp_path: Path) -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with pytest.raises(CellExecutionError, match="OutsideLoopback"):
        execute(notebook, tmp_path)
