"""One school's data from end to end: the nightly job of a platform for vocational training.

    python examples/progress_to_platform.py                    # against the simulated school
    python examples/progress_to_platform.py --days-later 7     # the same school, a week later
    python examples/progress_to_platform.py --edexml FILE      # with another EDEXML file
    python examples/progress_to_platform.py --language nl      # the report in Dutch

The exit code is 0 after a complete run, 1 after an error, and 3 if the run read far less
than was delivered before. In that case, nothing was sent, and a person should check the
data. ``--many-left`` then accepts the same data.

With the environment variables that the README lists, the same script runs against a real
school.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve
from platform_feed.job import run
from platform_feed.report import Report, lines_of
from platform_feed.settings import AMSTERDAM, Settings, real_school, simulated_school

from magister_connect.errors import MagisterConnectError, SnapshotStopped

SIMULATED = "MEDIUS_URL is not set: starting the simulated school, which takes a moment."
LOOK_FIRST = 3
STOPPED_BY_HAND = 130  # the exit code that shells use
CHECK = """Nothing was sent. Check, in this order:
  - the rights of the account and its lists: if a right is missing, the list is empty
  - the school year: is it the current one, and is it filled in Magister?
  - the number of rows: does the list show the same number in Magister itself?
  - a field that is gone: is its column still in the list, and is the EDEXML file complete?
If so much has really changed (for example after the summer), run it again with --many-left."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job once, and print its report; returns the exit code."""
    chosen = _read(arguments)
    try:
        chosen.state.mkdir(parents=True, exist_ok=True)
        report = _run_real(chosen) if "MEDIUS_URL" in os.environ else _run_simulated(chosen)
    except SnapshotStopped as stopped:
        print(f"stopped: {stopped}\n{CHECK}", file=sys.stderr)
        return LOOK_FIRST
    except MagisterConnectError as error:
        return _stop(str(error))
    except OSError as error:
        return _stop(
            f"{error.strerror} ({error.filename}). Fix this in your command: check the path."
        )
    except KeyboardInterrupt:
        _stop("by you.")
        return STOPPED_BY_HAND
    print("\n".join(lines_of(report, chosen.language)))
    return 0


def _run_real(chosen: argparse.Namespace) -> Report:
    moment = chosen.moment or dt.datetime.now(dt.UTC)
    return run(
        _as_chosen(
            real_school(os.environ, chosen.state, edexml=chosen.edexml, now=lambda: moment),
            chosen,
        )
    )


def _run_simulated(chosen: argparse.Namespace) -> Report:
    print(SIMULATED, file=sys.stderr)
    with simulated_school(
        chosen.state, edexml=chosen.edexml, days_later=chosen.days_later
    ) as settings:
        return run(_as_chosen(settings, chosen))


def _as_chosen(settings: Settings, chosen: argparse.Namespace) -> Settings:
    return evolve(
        settings,
        many_left=chosen.many_left,
        language=chosen.language,
        show_keys=chosen.show_keys,
    )


def _stop(why: str) -> int:
    print(f"stopped: {why}", file=sys.stderr)
    print("Nothing is lost: the next run continues from here.", file=sys.stderr)
    return 1


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--edexml", type=Path, metavar="FILE", help="read this EDEXML file, of any version"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FOLDER",
        help="stored state and reports (demo-output, or school-output for a real school)",
    )
    parser.add_argument(
        "--days-later",
        type=_days,
        default=0,
        metavar="DAYS",
        help="move the clock (simulated school only)",
    )
    parser.add_argument(
        "--moment",
        type=_moment,
        help="run as of this moment, Dutch time (real school only)",
    )
    parser.add_argument(
        "--language", choices=("en", "nl"), default="en", help="language of the report (en)"
    )
    parser.add_argument(
        "--show-keys",
        action="store_true",
        help="add the numbers that the school needs to find a pupil; keep this report at the school",
    )
    parser.add_argument(
        "--many-left",
        action="store_true",
        help="accept that many pupils have left or many values are gone, after somebody has checked",
    )
    chosen = parser.parse_args(arguments)
    chosen.state = chosen.state or Path(
        "school-output" if "MEDIUS_URL" in os.environ else "demo-output"
    )
    if chosen.days_later and "MEDIUS_URL" in os.environ:
        parser.error(
            "--days-later moves the clock of the simulated school, and MEDIUS_URL names a real one"
        )
    if chosen.moment and "MEDIUS_URL" not in os.environ:
        parser.error("--moment is for a real school; the simulated one takes --days-later")
    return chosen


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) > 3650:
        raise argparse.ArgumentTypeError("use a number of days from 0 to 3650")
    return int(text)


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("use a moment such as 2025-11-20T10:00") from None
    return moment.replace(tzinfo=AMSTERDAM) if moment.tzinfo is None else moment


if __name__ == "__main__":
    sys.exit(main())
