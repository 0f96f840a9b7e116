"""EDEXML: read, write, check, convert and compare; every version, files of any size."""

from __future__ import annotations

from magister_connect.edexml.blocks import (
    BLOCKS,
    BlockTypes,
    Blok,
    LvsGegevens,
    OnbekendBlok,
    Opmerking,
    block_type,
)
from magister_connect.edexml.codes import Etniciteit, Geslacht, Gewicht, GewichtNieuw, Jaargroep, Rol
from magister_connect.edexml.countries import Land
from magister_connect.edexml.findings import Finding, Severity
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

__all__ = [
    "BLOCKS",
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
    "LvsGegevens",
    "OnbekendBlok",
    "Opmerking",
    "Rol",
    "SamengesteldeGroep",
    "SamengesteldeGroepReferentie",
    "School",
    "Severity",
    "Vestiging",
    "block_type",
    "read",
]
