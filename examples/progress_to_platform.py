"""One school's data from end to end: what a training-branch platform does every night.

    python examples/progress_to_platform.py                    # against the simulated school
    python examples/progress_to_platform.py --days-later 7     # the same school, a week later
    python examples/progress_to_platform.py --edexml FILE      # with another EDEXML file

With the environment variables that the README lists, the same script runs against a real school.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from platform_feed.job import run
from platform_feed.report import lines_of
from platform_feed.settings import real_school, simulated_school

from magister_connect.errors import MagisterConnectError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job once, and print its report."""
    chosen = _parser().parse_args(arguments)
    chosen.state.mkdir(parents=True, exist_ok=True)
    try:
        if "MEDIUS_URL" in os.environ:
            moment = chosen.moment or dt.datetime.now(dt.UTC)
            report = run(real_school(os.environ, chosen.state, edexml=chosen.edexml, now=lambda: moment))
        else:
            with simulated_school(chosen.state, edexml=chosen.edexml, days_later=chosen.days_later) as settings:
                report = run(settings)
    except MagisterConnectError as error:
        print(f"stopped: {error}", file=sys.stderr)
        print("Nothing is lost: the next run goes on from here.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"stopped: {error.strerror} ({error.filename})", file=sys.stderr)
        return 1
    print("\n".join(lines_of(report)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edexml", type=Path, help="read this EDEXML file")
    parser.add_argument("--state", type=Path, default=Path("demo-output"), help="folder of what outlives the run")
    parser.add_argument("--days-later", type=int, default=0, help="let time pass at the simulated school")
    parser.add_argument("--moment", type=dt.datetime.fromisoformat, help="run a real school as of this moment")
    return parser


if __name__ == "__main__":
    sys.exit(main())
