"""EDEXML: read, write, check, convert and compare; every version, files of any size."""

from __future__ import annotations

from magister_connect.edexml.blocks import (
    ANY_TEXT,
    BLOCKS,
    BOOLEAN,
    STRING64,
    BlockTypes,
    Blok,
    LvsGegevens,
    OnbekendBlok,
    Opmerking,
    block_type,
    element,
)
from magister_connect.edexml.checking import check
from magister_connect.edexml.codes import Etniciteit, Geslacht, Gewicht, GewichtNieuw, Jaargroep, Rol
from magister_connect.edexml.converting import Loss, convert
from magister_connect.edexml.countries import Land
from magister_connect.edexml.findings import Finding, Severity
from magister_connect.edexml.population import Population, StreamedDocument
from magister_connect.edexml.reading import read
from magister_connect.edexml.records import (
    Document,
    Groep,
    GroepReferentie,
    Leerkracht,
    Leerling,
    SamengesteldeGroep,
    SamengesteldeGroepReferentie,
    School,
    Vestiging,
)
from magister_connect.edexml.report import Report
from magister_connect.edexml.stream import AsyncStream, Stream, open, open_async  # noqa: A004 - as gzip.open
from magister_connect.edexml.writing import Written, to_bytes, write

__all__ = [
    "ANY_TEXT",
    "BLOCKS",
    "BOOLEAN",
    "STRING64",
    "AsyncStream",
    "BlockTypes",
    "Blok",
    "Document",
    "Etniciteit",
    "Finding",
    "Geslacht",
    "Gewicht",
    "GewichtNieuw",
    "Groep",
    "GroepReferentie",
    "Jaargroep",
    "Land",
    "Leerkracht",
    "Leerling",
    "Loss",
    "LvsGegevens",
    "OnbekendBlok",
    "Opmerking",
    "Population",
    "Report",
    "Rol",
    "SamengesteldeGroep",
    "SamengesteldeGroepReferentie",
    "School",
    "Severity",
    "Stream",
    "StreamedDocument",
    "Vestiging",
    "Written",
    "block_type",
    "check",
    "convert",
    "element",
    "open",
    "open_async",
    "read",
    "to_bytes",
    "write",
]
