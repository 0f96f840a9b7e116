"""What the README and the documentation print works as pasted on any day, by the clock of the reader.

Today is what the blocks themselves are run on. Here is the last day of a school year, two years on: whatever is told
from the day, the year or the school year of today is another there.
"""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_block_runs_on_another_day() -> None:
    day = dt.date(dt.datetime.now(dt.UTC).year + 2, 7, 31)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", f"--today={day}"]
    run = subprocess.run([*command, "README.md", "docs"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3_000:]
    assert " passed" in run.stdout
