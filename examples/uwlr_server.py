"""A server of UWLR for one school: ``uvicorn uwlr_server:application``, behind TLS. Its data are an EDEXML file."""

import os
from datetime import UTC, datetime
from pathlib import Path

from magister_connect import edexml, uwlr

FILE = Path(os.environ["EDEXML_FILE"])
SCHOOLS = (uwlr.SchoolReference.of("99ZZ"),)  # those for which the school gave the key
SUPPLIER = uwlr.Supplier("uitgever", os.environ["UWLR_KLANTCODE"], {os.environ["UWLR_SLEUTEL"]: SCHOOLS})


class Portal:
    """Hosts the school of one file."""

    async def outcome(self, request: uwlr.IncomingRequest, supplier: uwlr.Supplier) -> uwlr.Outcome:  # noqa: ARG002 - as Host has it
        """Its data in the profile that was agreed with the supplier."""
        document, _ = uwlr.restrict(edexml.read(FILE), uwlr.SMALLE_SET)
        return uwlr.outcome_since(request, document, last_change())

    async def take_results(self, results: uwlr.ResultsMessage, supplier: uwlr.Supplier) -> None:
        """Keep all of them or none, in one transaction; the same key again replaces what is there."""
        for result in results.results:
            print(supplier.klantnaam, result.key)


def last_change() -> datetime:
    """When the data changed last."""
    return datetime.fromtimestamp(FILE.stat().st_mtime, UTC)


application = uwlr.UwlrApplication(Portal(), lambda: [SUPPLIER])
