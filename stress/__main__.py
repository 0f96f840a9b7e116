"""Kill, fault, cancel and mutation runs, with one table at the end.

By default, it takes some minutes. The full counts take about forty minutes on two free cores::

    python -m stress --kills 1000 --faults 10000 --cancels 2000 --mutations 1000000

Every few seconds, the progress is saved in ``--state``. The same command continues an interrupted run.
The exit status is 1 if a run found a fault.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from pathlib import Path

from stress.calls import CALLS
from stress.cancels import CANCELS
from stress.faults import FAULTS
from stress.inputs import INPUTS
from stress.kills import KILLS
from stress.nights import NIGHTS
from stress.tally import WAITING, Runs, Tally, read, table, work_off, write

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


def main() -> int:
    """Do the runs, print the table."""
    parser = argparse.ArgumentParser(prog="stress", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="number of pulls to kill at a random moment")
    parser.add_argument("--faults", type=int, default=100, help="number of pulls from a service that fails at random")
    parser.add_argument("--cancels", type=int, default=200, help="number of calls to cancel at a random moment")
    parser.add_argument("--mutations", type=int, default=20_000, help="number of mutated inputs for all readers")
    parser.add_argument(
        "--state", type=Path, default=Path("stress.json"), help="the file that stores the progress (stress.json)"
    )
    parser.add_argument("--only", default="", help="do only runs with this text in their name")
    options = parser.parse_args()
    kinds: dict[str, tuple[int, Runs]] = {
        **{
            f"kills of {name}": (round(options.kills * share), runs)
            for name, (share, runs) in {**KILLS, **NIGHTS}.items()
        },
        **{f"faults, {name}": (int(options.faults * share), runs) for name, (share, runs) in FAULTS.items()},
        **{name: (options.cancels // len(CANCELS), runs) for name, runs in CANCELS.items()},
        **{
            f"mutated inputs: {name}": (round(options.mutations * share), runs)
            for name, (share, runs) in {**INPUTS, **CALLS}.items()
        },
    }
    kinds = {name: kind for name, kind in kinds.items() if options.only in name}
    tallies = read(options.state)
    for name, (count, runs) in kinds.items():
        tally = tallies.setdefault(name, Tally(name))
        work_off(tally, count, runs, lambda: write(options.state, tallies))
        print(f"{name}: {tally.runs:,} runs in {tally.seconds:.0f} s", file=sys.stderr, flush=True)
    chosen = [tallies[name] for name in kinds]
    print(table(chosen))
    waiting = sum(each.found[WAITING] for each in chosen)
    print(f"\n{waiting} results wait in the quarantine as unreadable, under their numbers")
    print(f"{sum(each.seconds for each in chosen) / 60:.0f} minutes in all")
    for each in chosen:
        print(*each.notes, sep="\n")
    return 0 if all(each.is_clean for each in chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
