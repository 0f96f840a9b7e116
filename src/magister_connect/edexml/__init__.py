"""EDEXML: read, write, check, convert and compare; every version, files of any size.

The names of this room are loaded when they are first used. Where things stand:

- The model, from the ground up: code lists in ``codes``, ``countries`` and ``lvs_codes``; what a text may be in
  ``simple_types``; order and number of elements in ``particles``; extensions in ``blocks``; what comes out in
  ``records`` and ``kinds``. ``versions`` writes every version in these words, ``model_page`` prints it.
- Reading, on the way of the bytes: ``sources``, ``feed`` (which steps through the document), ``building`` (which makes
  records of elements); past it the fast way for plain records, ``express_feed``, ``express`` and ``fast_records``.
  ``identity`` knows keys and references, ``detection`` the version that a record needs. Who hears of departures
  stands in ``observing`` (strict) and ``leniency``. ``reading`` and ``stream`` are what is called.
- Checking: ``checking`` is what is called, ``meaning`` and ``check_digits`` hold the rules beyond the schema,
  ``findings`` and ``remedies`` what is told, ``completeness`` and ``report`` what comes back.
- Writing: ``writing`` is what is called, ``converting`` fits a record to a version, ``rendering`` makes markup of it,
  ``population`` tells what can be written.
- Comparing: ``comparing`` and ``proposals``. Other forms: ``uwlr_body``, ``edex2000``, ``frames``. Classes: ``groups``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
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
    from magister_connect.edexml.comparing import Difference, GroupChange, Rekeyed, diff
    from magister_connect.edexml.converting import Loss, convert
    from magister_connect.edexml.countries import Land
    from magister_connect.edexml.edex2000 import read_edex2000
    from magister_connect.edexml.findings import Finding, Severity
    from magister_connect.edexml.frames import Tables, to_polars
    from magister_connect.edexml.groups import ClassList, class_lists, combine_groups, dummy_key, effective_jaargroep
    from magister_connect.edexml.population import Population, StreamedDocument
    from magister_connect.edexml.proposals import Proposal, apply, propose
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
    from magister_connect.edexml.stream import AsyncStream, Stream, open, open_async, read_async  # noqa: A004 - as gzip.open
    from magister_connect.edexml.uwlr_body import from_uwlr_body, to_uwlr_body
    from magister_connect.edexml.versions import Model, model
    from magister_connect.edexml.writing import Written, to_bytes, write

_HOMES: Final = {
    "blocks": "ANY_TEXT BLOCKS BOOLEAN BlockTypes Blok LvsGegevens OnbekendBlok Opmerking STRING64 block_type element",
    "checking": "check",
    "codes": "Etniciteit Geslacht Gewicht GewichtNieuw Jaargroep Rol",
    "comparing": "Difference GroupChange Rekeyed diff",
    "converting": "Loss convert",
    "countries": "Land",
    "edex2000": "read_edex2000",
    "findings": "Finding Severity",
    "frames": "Tables to_polars",
    "groups": "ClassList class_lists combine_groups dummy_key effective_jaargroep",
    "population": "Population StreamedDocument",
    "proposals": "Proposal apply propose",
    "reading": "read",
    "records": (
        "Document Groep GroepReferentie Leerkracht Leerling SamengesteldeGroep SamengesteldeGroepReferentie School"
        " Vestiging"
    ),
    "report": "Report",
    "stream": "AsyncStream Stream open open_async read_async",
    "uwlr_body": "from_uwlr_body to_uwlr_body",
    "versions": "Model model",
    "writing": "Written to_bytes write",
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "ANY_TEXT",
    "BLOCKS",
    "BOOLEAN",
    "STRING64",
    "AsyncStream",
    "BlockTypes",
    "Blok",
    "ClassList",
    "Difference",
    "Document",
    "Etniciteit",
    "Finding",
    "Geslacht",
    "Gewicht",
    "GewichtNieuw",
    "Groep",
    "GroepReferentie",
    "GroupChange",
    "Jaargroep",
    "Land",
    "Leerkracht",
    "Leerling",
    "Loss",
    "LvsGegevens",
    "Model",
    "OnbekendBlok",
    "Opmerking",
    "Population",
    "Proposal",
    "Rekeyed",
    "Report",
    "Rol",
    "SamengesteldeGroep",
    "SamengesteldeGroepReferentie",
    "School",
    "Severity",
    "Stream",
    "StreamedDocument",
    "Tables",
    "Vestiging",
    "Written",
    "apply",
    "block_type",
    "check",
    "class_lists",
    "combine_groups",
    "convert",
    "diff",
    "dummy_key",
    "effective_jaargroep",
    "element",
    "from_uwlr_body",
    "model",
    "open",
    "open_async",
    "propose",
    "read",
    "read_async",
    "read_edex2000",
    "to_bytes",
    "to_polars",
    "to_uwlr_body",
    "write",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
