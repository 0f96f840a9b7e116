"""Runs a notebook behind the guard that keeps tests on loopback; once in a run of the tests, for all who look at it."""

import os
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

import magister_connect

ROOT = Path(__file__).parents[2]
SECONDS = 120
SOURCE = Path(str(magister_connect.__file__)).parents[1]
GUARD = f"""
import importlib.util, sys
sys.path.insert(0, {str(SOURCE)!r})
specification = importlib.util.spec_from_file_location("guard", {str(ROOT / "conftest.py")!r})
guard = importlib.util.module_from_spec(specification)
specification.loader.exec_module(guard)
sys.addaudithook(guard.refuse_outside_loopback)
del guard, specification
"""

Notebook = nbformat.NotebookNode


def execute(notebook: Notebook, folder: Path) -> Notebook:
    """Run a copy of the notebook, behind the guard, in a folder."""
    guarded = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(GUARD), *notebook.cells])
    guarded.metadata.update(notebook.metadata)
    client = NotebookClient(
        guarded, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    done = client.execute()
    del done.cells[0]
    return done


def executed_once(path: Path, folders: pytest.TempPathFactory) -> Path:
    """The executed notebook as a file, which all workers of this run share; it appears when it is whole."""
    base = folders.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    target = shared / "notebooks" / f"{path.stem}.ipynb"
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        folder = folders.mktemp(path.stem)
        nbformat.write(execute(jupytext.read(path), folder), folder / target.name)
        (folder / target.name).rename(target)
    return target
