"""The test results of one school, every night: a command for cron or a systemd timer.

    python nightly_results.py

Set these environment variables:

- ``JIJ_WSDL``, ``JIJ_INSTELLINGSCODE``, ``JIJ_SOAP_KEY``: the address, the code and the key
  of the results service
- ``STORE_URL``: the database
- ``STORE_KEY``: a key from ``Store.generate_key()``, which encrypts the records that wait
- ``STAMNUMMERS_FILE``: a text file with one stamnummer per line; your administration
  writes it before each run

The exit code is 0 if the results are stored or another run is active, and 75 if the same
command can succeed later. It is 1 if a person must act: the last line of the log says who,
and what to do. The log contains no number of a pupil.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from magister_connect.core.drivers import utc_now
from magister_connect.core.secrets import redact_logging
from magister_connect.errors import LeaseHeld, MagisterConnectError, Responsible, UsageError
from magister_connect.results import PullReport, ResultsClient, pull_results
from magister_connect.store import Store

DONE: Final = 0
CALL_A_PERSON: Final = 1
TRY_AGAIN_LATER: Final = 75  # EX_TEMPFAIL of sysexits.h
NEEDED: Final = (
    *("JIJ_WSDL", "JIJ_INSTELLINGSCODE", "JIJ_SOAP_KEY"),
    *("STORE_URL", "STORE_KEY", "STAMNUMMERS_FILE"),
)
LOG: Final = logging.getLogger("nightly_results")


def pull(settings: Mapping[str, str], clock: Callable[[], dt.datetime]) -> PullReport:
    """Pull new results.

    Raises the errors of :mod:`magister_connect.errors`, and ``OSError`` for the file.
    """
    if missing := [name for name in NEEDED if not settings.get(name)]:
        raise UsageError(
            f"Environment variables are missing: {', '.join(missing)}",
            advice="Set them and run again.",
        )
    with (
        Store(settings["STORE_URL"], key=settings["STORE_KEY"]) as store,
        ResultsClient(
            settings["JIJ_WSDL"],
            product="JIJ",  # or TOA, with its own instellingscode and key
            instellingscode=settings["JIJ_INSTELLINGSCODE"],
            soap_key=settings["JIJ_SOAP_KEY"],
            clock=clock,
        ) as service,
    ):
        return pull_results(
            service, store, stamnummers=stamnummers(Path(settings["STAMNUMMERS_FILE"]))
        )


def stamnummers(file: Path) -> frozenset[str]:
    """The stamnummers of the school.

    Raises :class:`UsageError` for an empty file: every result would wait.
    """
    found = frozenset(file.read_text(encoding="utf-8-sig").split())
    if not found:
        raise UsageError(
            "This file contains no stamnummer",
            where=str(file),
            advice="Export the stamnummers again.",
        )
    return found


def main(
    settings: Mapping[str, str] = os.environ, clock: Callable[[], dt.datetime] = utc_now
) -> int:
    """One night; returns the exit code."""
    try:
        report = pull(settings, clock)
    except LeaseHeld as error:
        LOG.info("%s", error)
        return DONE
    except MagisterConnectError as error:
        LOG.error("%s", error)  # noqa: TRY400 - the error says what to do
        return TRY_AGAIN_LATER if error.responsible is Responsible.NOBODY else CALL_A_PERSON
    except OSError as error:
        LOG.error("%s: %s", error.strerror, error.filename)  # noqa: TRY400 - as above
        return CALL_A_PERSON
    for alarm in report.alarms:
        LOG.warning("%s", alarm)
    LOG.info("%s", report)
    return DONE


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(
        logging.WARNING
    )  # without this, httpx logs every request
    redact_logging()
    sys.exit(main())
