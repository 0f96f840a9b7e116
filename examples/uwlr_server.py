"""A server of UWLR for the school of one EDEXML file: ``uvicorn uwlr_server:application``.

Run it behind TLS. Set ``EDEXML_FILE``, ``UWLR_KLANTCODE`` and ``UWLR_SLEUTEL`` (the key).
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from magister_connect import edexml, uwlr
from magister_connect.uwlr import IncomingRequest, Outcome, ResultsMessage, Supplier

NEEDED = ("EDEXML_FILE", "UWLR_KLANTCODE", "UWLR_SLEUTEL")
if missing := [name for name in NEEDED if not os.environ.get(name)]:
    sys.exit(f"Set these environment variables first: {', '.join(missing)}")
FILE, CODE, KEY = (os.environ[name] for name in NEEDED)
SCHOOLS = (uwlr.SchoolReference.of("99ZZ"),)  # those for which the school gave the key
SUPPLIER = Supplier("uitgever", CODE, {KEY: SCHOOLS})


class Portal:
    """Hosts the school of one file."""

    async def outcome(self, request: IncomingRequest, supplier: Supplier) -> Outcome:
        """Return the data of the school, in the profile that was agreed on."""
        print(supplier.klantnaam, "asks for", request.operation.name)
        document, _ = uwlr.restrict(edexml.read(FILE), uwlr.SMALLE_SET)
        return uwlr.outcome_since(request, document, last_change())

    async def take_results(self, results: ResultsMessage, supplier: Supplier) -> None:
        """Store all results or none. One with a known key replaces the earlier one."""
        for result in results.results:
            print(supplier.klantnaam, result.key)


def last_change() -> datetime:
    """Return the moment of the last change of the data."""
    return datetime.fromtimestamp(Path(FILE).stat().st_mtime, UTC)


application = uwlr.UwlrApplication(Portal(), lambda: [SUPPLIER])
