"""The example project in ``examples/my-integration`` passes its own tests, as its reader would run them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import magister_connect

PROJECT = Path(__file__).parents[2] / "examples" / "my-integration"
SOURCE = Path(str(magister_connect.__file__)).parents[1]


@pytest.mark.slow
def test_the_example_project_passes_its_own_tests(tmp_path: Path) -> None:
    copied = tmp_path / "my-integration"
    shutil.copytree(PROJECT, copied, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "magister_connect.testing.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=copied, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
