"""What the README and the documentation print works as pasted on any day, by the clock of the reader.

Today is what the blocks themselves are run on. Each page is run on one of two other days as well, and the README on
both.
"""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
THIS_YEAR = dt.datetime.now(dt.UTC).year
PAGES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md") if "```python" in page.read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "pages"),
    [
        pytest.param(dt.date(THIS_YEAR, 7, 31), PAGES[::2], id="31 July"),
        pytest.param(dt.date(THIS_YEAR + 2, 1, 2), PAGES[1::2], id="2 January"),
    ],
)
def test_every_block_runs_on_another_day(day: dt.date, pages: list[str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", f"--today={day}"]
    run = subprocess.run([*command, "README.md", *pages], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3_000:]
    assert " passed" in run.stdout
