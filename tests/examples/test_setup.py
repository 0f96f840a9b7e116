"""What an example says if something is missing that it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
# Runs a script as if a library were not installed.
WITHOUT = """
import sys, runpy
from importlib.machinery import PathFinder
find, (library, path) = PathFinder.find_spec, sys.argv[1:]
PathFinder.find_spec = classmethod(
    lambda cls, name, *rest: None if name.partition(".")[0] == library else find(name, *rest)
)
sys.argv = [path]
runpy.run_path(path, run_name="__main__")
"""


@pytest.mark.parametrize(
    ("example", "library", "words"),
    [
        ("warehouse.py", "dlt", 'pip install "magister-connect[warehouse]"'),
        ("uwlr_server.py", "none", "Set these environment variables first: EDEXML_FILE, UWLR_KLANTCODE, UWLR_SLEUTEL"),
    ],
)
def test_an_example_names_what_is_missing(example: str, library: str, words: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EDEXML", "UWLR"))}
    found = subprocess.run(
        [sys.executable, "-c", WITHOUT, library, str(EXAMPLES / example)],
        capture_output=True,
        text=True,
        env=kept,
        cwd=tmp_path,
        check=False,
    )
    assert found.returncode != 0
    assert words in found.stderr
