"""A server of UWLR for one school: ``uvicorn uwlr_server:application``, behind TLS.

Its data are an EDEXML file.

Set ``EDEXML_FILE``, ``UWLR_KLANTCODE`` (the code of the supplier) and ``UWLR_SLEUTEL`` (the
key of the school).
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from magister_connect import edexml, uwlr

NEEDED = ("EDEXML_FILE", "UWLR_KLANTCODE", "UWLR_SLEUTEL")
if missing := [name for name in NEEDED if not os.environ.get(name)]:
    sys.exit(f"Set these environment variables first: {', '.join(missing)}")
FILE = Path(os.environ["EDEXML_FILE"])
SCHOOLS = (uwlr.SchoolReference.of("99ZZ"),)  # those for which the school gave the key
SUPPLIER = uwlr.Supplier(
    "uitgever", os.environ["UWLR_KLANTCODE"], {os.environ["UWLR_SLEUTEL"]: SCHOOLS}
)


class Portal:
    """Hosts the school of one file."""

    async def outcome(
        self,
        request: uwlr.IncomingRequest,
        supplier: uwlr.Supplier,  # noqa: ARG002 - as Host has it
    ) -> uwlr.Outcome:
        """The data of the school, in the profile that it and the supplier agreed on."""
        document, _ = uwlr.restrict(edexml.read(FILE), uwlr.SMALLE_SET)
        return uwlr.outcome_since(request, document, last_change())

    async def take_results(
        self, results: uwlr.ResultsMessage, supplier: uwlr.Supplier
    ) -> None:
        """Store all results or none, in one transaction.

        A result with a known key replaces the earlier one.
        """
        for result in results.results:
            print(supplier.klantnaam, result.key)


def last_change() -> datetime:
    """The moment of the last change of the data."""
    return datetime.fromtimestamp(FILE.stat().st_mtime, UTC)


application = uwlr.UwlrApplication(Portal(), lambda: [SUPPLIER])
