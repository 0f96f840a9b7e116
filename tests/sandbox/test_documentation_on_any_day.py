"""What the README and the documentation print works as pasted on any day, by the clock of the reader.

Today is what the blocks themselves are run on; here are two other days.
"""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
THIS_YEAR = dt.datetime.now(dt.UTC).year


@pytest.mark.slow
@pytest.mark.parametrize("day", [dt.date(THIS_YEAR, 7, 31), dt.date(THIS_YEAR + 2, 1, 2)], ids=["31 July", "2 January"])
def test_every_block_runs_on_another_day(day: dt.date) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", f"--today={day}"]
    run = subprocess.run([*command, "README.md", "docs"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3_000:]
    assert " passed" in run.stdout
