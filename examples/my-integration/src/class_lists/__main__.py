"""``python -m class_lists classes.csv``: the nightly job."""

import logging
import os
import sys
from pathlib import Path

from class_lists import as_csv, group_by_class
from magister_connect.errors import ConnectionFailed, MagisterConnectError, Maintenance
from magister_connect.medius import MediusClient

LOGGER = logging.getLogger("class_lists")
TRY_AGAIN_LATER = 75  # schedulers read it as a temporary failure


def export(medius: MediusClient, target: Path) -> int:
    """Write the classes of today; returns the number of classes."""
    classes = group_by_class(medius.students())
    target.write_text(as_csv(classes), encoding="utf-8", newline="")
    LOGGER.info("%d classes, %d pupils", len(classes), sum(map(len, classes.values())))
    return len(classes)


def run(medius: MediusClient, target: Path) -> int:
    """Export, and return the exit code for a scheduler."""
    try:
        export(medius, target)
    except (ConnectionFailed, Maintenance) as error:
        LOGGER.warning("%s", error)
        return TRY_AGAIN_LATER
    except MagisterConnectError as error:
        LOGGER.error("%s", error)  # noqa: TRY400 - the error says what to do
        return 1
    return 0


def main() -> int:
    """Read the settings and run; returns 2 if a setting is missing."""
    needed = ("MEDIUS_URL", "MEDIUS_USERNAME", "MEDIUS_PASSWORD")
    missing = [name for name in needed if not os.environ.get(name)]
    if missing or len(sys.argv) != 2:
        print(
            f"usage: python -m class_lists FILE, with {', '.join(missing or needed)} set",
            file=sys.stderr,
        )
        return 2
    address, username, password = (os.environ[name] for name in needed)
    simulated = address.startswith(
        "http://127.0.0.1:"
    )  # only the simulated school needs no TLS
    with MediusClient(
        address, username=username, password=password, allow_http=simulated
    ) as medius:
        return run(medius, Path(sys.argv[1]))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    sys.exit(main())
