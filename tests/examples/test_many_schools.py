"""The pull of many schools on a cluster of processes, of which one is killed on the way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import magister_connect

ROOT = Path(__file__).parents[2]
SOURCE = Path(str(magister_connect.__file__)).parents[1]


@pytest.mark.slow
@pytest.mark.postgres
def test_a_killed_worker_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples" / "many_schools.py"), "--schools", "8", "--workers", "2"]
    done = subprocess.run(
        [*command, "--kill-a-worker"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "killed the worker that was pulling S0005" in done.stdout
    assert "round 2: 100%" in done.stderr, "the lease of the dead worker should have held its school for one round"
    assert "nothing lost, nothing doubled" in done.stdout
